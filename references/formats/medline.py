"""What PubMed's two formats (XML and tagged text) say alike: types, subject headings, notices."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from references.formats.tables import words_of_format
from references.preprints import PREPRINT

LIST = "; "  # between several values in one field of `extra`

_KINDS, _DESIGNS, _NOTICES = (
    words_of_format("publication_types.tsv", f"pubmed{what}") for what in ("", "-design", "-notice")
)


def untranslated(title: str) -> str:
    """A title without the brackets that mean "translated" in MEDLINE.

    With us brackets mean that no source showed the title.
    """
    if title.startswith("[") and title.rstrip(".").endswith("]") and title.count("[") == 1:
        return title.rstrip(".")[1:-1].strip()
    return title


def _folded(types: Iterable[str]) -> set[str]:
    return {name.casefold() for name in types}


def design_of(types: Iterable[str]) -> str:
    """The design that PubMed's indexers gave, "" when they gave none of ours."""
    given = _folded(types)
    return next((design for name, design in _DESIGNS.items() if name in given), "")


def status_of(types: Iterable[str], notices: Collection[str]) -> str:
    """The status that publication types and notices (by RefType) give a work, "" for none.

    An "Expression of Concern" as publication type is the notice itself, not its work.
    """
    if "retracted publication" in _folded(types):
        return "retracted"
    return next((status for kind, status in _NOTICES.items() if kind in notices), "")


def kind_of(types: Iterable[str]) -> str:
    """The BibTeX type; PubMed indexes journal articles unless it says otherwise."""
    given = _folded(types)
    return next((kind for name, kind in _KINDS.items() if name in given), "article")


def preprint_of(types: Iterable[str]) -> str:
    """What `howpublished` says: "Preprint", or ""."""
    return PREPRINT if "preprint" in _folded(types) else ""


def descriptors(headings: Iterable[str]) -> tuple[str, ...]:
    """The descriptors of subject headings such as "Cryosurgery/*methods", each once."""
    return tuple(dict.fromkeys(heading.partition("/")[0].replace("*", "") for heading in headings))
