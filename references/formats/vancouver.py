"""Citations in a style, through CSL: Vancouver, as medicine prints them.

The style is ours (`styles/vancouver.csl`): the package of all public styles unpacks to
90 MB, and none of them says that a date or a title is missing.
"""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from references.errors import SettingError
from references.formats.latex import decode
from references.formats.names import read_authors
from references.formats.publication_types import csl_type
from references.record import NO_AUTHOR, Author, Reference

Format = Literal["text", "html"]

STYLES_FOLDER = Path(__file__).parent / "styles"
STYLES = tuple(sorted(path.stem for path in STYLES_FOLDER.glob("*.csl")))
_LOCALES = {"en": "en-US", "fr": "fr-FR"}
_UNTITLED = {"en": "[title unknown]", "fr": "[titre inconnu]"}
_AND_OTHERS = 6  # authors printed before "et al.": ICMJE's rule, as the style has it
_CACHED = 20_000  # citations kept; some 500 bytes each

# citeproc-py keeps the state of a rendering in the style itself.
_LOCK = threading.Lock()


def _name(author: Author) -> dict[str, str]:
    if author.literal or not (author.family or author.given):
        parts = {"literal": author.name}
    elif author.is_east_asian:
        parts = {"literal": f"{author.family}{author.given}"}
    else:
        parts = {
            "family": author.short or author.given,
            # "J D" for J. David: what a style with `initialize-with=""` prints as "JD"
            "given": " ".join(author.initials) if author.short else "",
            "suffix": author.suffix.replace(".", ""),
        }
    return {name: value for name, value in parts.items() if value}


def _authors(reference: Reference, language: str) -> list[dict[str, str]]:
    """The authors; of a work whose authors no source showed, that they were not seen."""
    if reference.authors_unseen:
        return [{"literal": NO_AUTHOR.get(language, NO_AUTHOR["en"])}]
    return _names(reference.authors, reference.more_authors)


def _names(authors: Iterable[Author], more: bool) -> list[dict[str, str]]:
    names = list(filter(None, map(_name, authors)))
    if more and 0 < len(names) <= _AND_OTHERS:
        names.append({"literal": "et al."})
    return names


def _item(reference: Reference, language: str) -> dict[str, Any]:
    """What the style needs of a reference: CSL variables and names."""
    extra = {name: " ".join(decode(value).split()) for name, value in reference.extra.items()}
    title = reference.title.strip()
    if title.endswith(".") and not title.endswith(".."):
        title = title[:-1]
    values: dict[str, Any] = {
        "type": csl_type(reference),
        "title": title or _UNTITLED.get(language, _UNTITLED["en"]),
        "container-title": reference.journal,
        "container-title-short": extra.get("shortjournal", ""),
        "volume": reference.volume,
        "issue": reference.number,
        "page": reference.pages.rstrip("- "),
        "DOI": reference.doi,
        "PMID": reference.pmid,
        "URL": reference.url,
        "publisher": reference.publisher,
        "publisher-place": extra.get("address") or extra.get("location", ""),
        "edition": extra.get("edition", ""),
        "author": _authors(reference, language),
        "editor": _names(*read_authors(reference.extra.get("editor", ""))),
        "issued": {"date-parts": [[reference.year]]} if reference.year is not None else None,
    }
    return {"id": "cited", **{name: value for name, value in values.items() if value}}


@cache
def _style(name: str, language: str) -> Any:
    from citeproc import CitationStylesStyle

    path = STYLES_FOLDER / f"{name}.csl"
    locale = _LOCALES.get(language, _LOCALES["en"])
    return CitationStylesStyle(str(path), locale=locale, validate=False)


#: A full stop after a mark that ends the sentence already: "Why?." or "“Why?”."
_DOUBLED = re.compile(r"([?!…]|[?!.][”»\"’])\.(?= |$)")


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
    return _DOUBLED.sub(r"\1", " ".join(text.split()))


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
    text = _render(json.dumps(_item(reference, language)), style, language)
    # The style sets no type (italics, bold), so its HTML is its text, escaped as a whole.
    return html.escape(text) if format == "html" else text
