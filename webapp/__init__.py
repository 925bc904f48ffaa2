"""The Flask app: texts, claims, references, search and indications as pages, and the editors' desk.

    app, serve, publish, demo   put together, run, written as files, shown with a page of ours
    server, workers             what a client may take, a graceful end; several processes
    api, desk, pages, exports   what programs, editors, readers and other programs get
    lookups, accounts, http     an address to its thing; who asks; how an answer leaves
    query, wording              a search as an address; words in two languages
    decided                     what people decided about findings and pairs of records
    site, outage                the base and the texts of this app; what it does without for now
    tracking                    parameters of others, which mean nothing here

A line in here may know `evidence` and `references`; neither knows anything of pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> object:
    """`create_app`, imported when it is asked for: `evidence serve --help` needs no app."""
    if name == "create_app":
        from webapp.app import create_app

        return create_app
    raise AttributeError(name)
