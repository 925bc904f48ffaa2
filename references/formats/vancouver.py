"""Citations in a style, through CSL: Vancouver, as medicine prints them.

The style is ours (`styles/vancouver.csl`): the package of all public styles unpacks to
90 MB, and none of them says that a date or a title is missing.
"""

from __future__ import annotations

import html
import json
import re
import threading
from contextlib import AbstractContextManager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from references.errors import SettingError
from references.formats.vancouver_item import item
from references.record import Reference

Format = Literal["text", "html"]

STYLES_FOLDER = Path(__file__).parent / "styles"
STYLES = tuple(sorted(path.stem for path in STYLES_FOLDER.glob("*.csl")))
_LOCALES = {"en": "en-US", "fr": "fr-FR"}
_CACHED = 20_000  # citations kept; some 500 bytes each

# citeproc-py keeps the state of a rendering in the style itself.
_LOCK = threading.Lock()


def rendering() -> AbstractContextManager[object]:
    """Held while a bibliography is made: one at a time."""
    return _LOCK


@cache
def _style(name: str, language: str) -> Any:
    from citeproc import CitationStylesStyle

    path = STYLES_FOLDER / f"{name}.csl"
    locale = _LOCALES.get(language, _LOCALES["en"])
    return CitationStylesStyle(str(path), locale=locale, validate=False)


#: A full stop after a mark that ends the sentence already: "Why?." or "“Why?”."
_DOUBLED = re.compile(r"([?!…]|[?!.][”»\"’])\.(?= |$)")


def finished(text: str) -> str:
    """A citation as a processor made it, on one line and without doubled stops."""
    return _DOUBLED.sub(r"\1", " ".join(text.split()))


@lru_cache(maxsize=_CACHED)
def _render(item: str, style: str, language: str) -> str:
    """The citation of an item, given as JSON so that it can be looked up among those made."""
    from citeproc import Citation, CitationItem, CitationStylesBibliography
    from citeproc.formatter import plain
    from citeproc.source.json import CiteProcJSON

    source = CiteProcJSON([json.loads(item)])
    with _LOCK:
        bibliography = CitationStylesBibliography(_style(style, language), source, plain)
        bibliography.register(Citation([CitationItem("cited")]))
        text = str(bibliography.bibliography()[0])
    return finished(text)


def cite(
    reference: Reference,
    style: str = "vancouver",
    format: Format = "text",
    language: str = "en",
) -> str:
    """The citation of a reference, on one line.

    A reference without year, author or title says so in square brackets, as NLM's "Citing
    Medicine" (2nd edition, 2007) has it of what a citer adds; what an organisation published
    without naming authors begins with its title.

    Args:
        reference: what is cited.
        style: "vancouver", the only one.
        format: "text", or "html", in which every value is escaped.
        language: "en" or "fr", of the words around the facts ("Available from").

    Raises:
        SettingError: the style or the format is unknown.
    """
    if style not in STYLES:
        raise SettingError(
            "No citation style '{style}'; there is: {names}.", style=style, names=", ".join(STYLES)
        )
    if format not in get_args(Format):
        raise SettingError("Citations are written as text or html, not '{format}'.", format=format)
    text = _render(json.dumps(item(reference, language)), style, language)
    # The style sets no type (italics, bold), so its HTML is its text, escaped as a whole.
    return html.escape(text) if format == "html" else text
