"""Parts of pages that are made once: those of a reference or a claim that many pages show.

A part follows from the library, the language, the address of the site, from what it is of and,
where it is of a text, from that text as it stands. It knows nothing of who reads, of the theme, or
of the page around it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, cast

from flask import Flask, current_app, g, request
from markupsafe import Markup

from evidence.claims.text import Text
from webapp.site import site, standing
from webapp.wording.language import chosen_language

MOST = 24 * 2**20  # characters of parts kept


class Fragments:
    """A cache of the parts used last, bounded in characters."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._held = most, 0
        self._parts: OrderedDict[tuple[str | int, ...], Markup] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._parts)

    def get(self, key: tuple[str | int, ...]) -> Markup | None:
        """A part that was kept, or None."""
        with self._lock:
            if key in self._parts:
                self._parts.move_to_end(key)
            return self._parts.get(key)

    def keep(self, key: tuple[str | int, ...], part: Markup) -> None:
        """Keep a part; those used longest ago make room."""
        with self._lock:
            self._held += len(part) - len(self._parts.pop(key, ""))
            self._parts[key] = part
            while self._held > self._most:
                self._held -= len(self._parts.popitem(last=False)[1])


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
    kept = cast(Fragments, current_app.extensions["fragments"])
    part = kept.get(key)
    if part is None:
        part = cast(Markup, macro(*values))
        kept.keep(key, part)
    return part


def install(app: Flask) -> None:
    """Let templates ask for parts that are made once."""
    app.extensions["fragments"] = Fragments()
    app.jinja_env.globals["once"] = once
