"""Parts of pages that are made once: those of a reference or a claim that many pages show.

A part follows from the library, the language, the address of the site, from what it is of and,
where it is of a text, from that text as it stands. It knows nothing of who reads, of the theme, or
of the page around it.
"""

from __future__ import annotations

from collections.abc import Hashable
from sys import getsizeof
from typing import Any, cast

from flask import Flask, current_app, g, has_request_context, request, url_for
from markupsafe import Markup

from evidence.claims.text import Text
from webapp.http.kept import Kept
from webapp.site import site, standing
from webapp.wording.language import chosen_language

MOST = 48 * 2**20  # bytes of parts kept, with all that each takes
_A_PART = 500  # bytes of a part's name and of its place among the others


def _size(key: Hashable, part: str) -> int:
    words = (one for one in cast("tuple[object, ...]", key) if isinstance(one, str))
    return _A_PART + sum(map(getsizeof, words)) + getsizeof(part)


def _kept() -> Kept[str]:
    return cast("Kept[str]", current_app.extensions["fragments"])


def once(macro: Any, name: str, *values: Any, text: Text | None = None) -> Markup:
    """What a macro of a template makes, made again only when something it shows has changed.

    Args:
        macro: called with the values.
        name: of what it shows, such as the key of a reference; with the macro's own name it says
            which part this is.
        values: what the macro needs, all of it known by the name.
        text: the text it shows something of, as it stands; without one, the part follows from
            the library alone, and a decision leaves it as it is.
    """
    if "parts_key" not in g:  # asked dozens of times for a page
        g.parts_key = (
            *(site().fingerprint, site().opened),
            *(chosen_language(), request.url_root),
        )
    state = standing().text(text.id).serial if text is not None else 0
    key = (macro.name, name, state, *g.parts_key)
    part = _kept().get(key)
    if part is None:
        part = cast(Markup, macro(*values))
        _kept().keep(key, part)
    return cast(Markup, part)


def address(endpoint: str, **values: Any) -> str:
    """As `flask.url_for`, for templates: a page has hundreds of addresses, the same each time."""
    if not has_request_context():
        return url_for(endpoint, **values)
    root = request.url_root if values.get("_external") else request.script_root
    key = ("address", root, endpoint, *values, *values.values())
    try:
        kept = _kept().get(key)
    except TypeError:  # several values of one name
        return url_for(endpoint, **values)
    if kept is None:
        kept = url_for(endpoint, **values)
        _kept().keep(key, kept)
    return kept


def install(app: Flask) -> None:
    """Let templates ask for parts and addresses that are made once."""
    app.extensions["fragments"] = Kept[str](MOST, _size)
    app.jinja_env.globals.update(
        once=once,
        url_for=address,
        url_of_reference=lambda key: address("library.reference", key=key),
    )
