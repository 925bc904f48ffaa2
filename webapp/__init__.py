"""The Flask app: texts, claims, references, search and indications as pages, and the editors' desk.

    app, serve, publish         put together, run, written as files
    api, desk, pages, exports   what programs, editors, readers and other programs get
    lookups, accounts, http     an address to its thing; who asks; how an answer leaves
    query, wording              a search as an address; words in two languages
    site, outage                the base and the texts of this app; what it does without for now

A line in here may know `evidence` and `references`; neither knows anything of pages.
"""

from webapp.app import create_app

__all__ = ["create_app"]
