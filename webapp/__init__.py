"""The Flask app: texts, claims, references, search and indications as pages."""

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
