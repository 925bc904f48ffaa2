"""What PubMed's two formats (XML and tagged text) say alike: types, subject headings, notices."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from references.formats.tables import words_of_format
from references.preprints import PREPRINT

LIST = "; "  # between several values in one field of `extra`

_KINDS, _DESIGNS, _NOTICES = (
    words_of_format("publication_types.tsv", f"pubmed{what}") for what in ("", "-design", "-notice")
)

#: The publication type that PubMed has for a design.
PUBMED_DESIGNS = {design: name for name, design in reversed(_DESIGNS.items())}

_NOT_AVAILABLE = re.compile(
    r"\[?\s*(?:not available|no title available|in process citation)\s*\]?\.?", re.I
)
_INITIAL_BEFORE = re.compile(r"\b[A-Z]\.[A-Z]\.$")


def title_of(title: str, vernacular: str = "") -> str:
    """A title as its work has it, without the full stop that MEDLINE puts behind each.

    One in brackets was translated, and keeps them; where MEDLINE has no translation, it is
    the title in the language of the work.
    """
    if not title or _NOT_AVAILABLE.fullmatch(title):
        title = vernacular or title
    is_end = title.endswith(".") and not title.endswith("..")
    return title[:-1].rstrip() if is_end and not _INITIAL_BEFORE.search(title) else title


def number_of(pii: str) -> str:
    """The number of an article, of a publisher's identifier that is one: "e42692", "f813".

    Most of these identifiers are for the publisher alone: "S0304-3959(19)30123-4".
    """
    return pii if re.fullmatch(r"e\d{1,9}|[A-Za-z]{0,4}\d{3,6}", pii.strip()) else ""


def _folded(types: Iterable[str]) -> set[str]:
    return {name.casefold() for name in types}


def _first_of(words: Mapping[str, str], types: Iterable[str]) -> str:
    """Our word for the first of PubMed's that was given; "" when none was."""
    given = _folded(types)
    return next((ours for name, ours in words.items() if name.casefold() in given), "")


def design_of(types: Iterable[str]) -> str:
    """The design that PubMed's indexers gave, "" when they gave none of ours."""
    return _first_of(_DESIGNS, types)


def status_of(types: Iterable[str], notices: Collection[str]) -> str:
    """The status that publication types and notices (by RefType) give a work, "" for none.

    An "Expression of Concern" as publication type is the notice itself, not its work.
    """
    if "retracted publication" in _folded(types):
        return "retracted"
    return next((status for kind, status in _NOTICES.items() if kind in notices), "")


def kind_of(types: Iterable[str]) -> str:
    """The BibTeX type; PubMed indexes journal articles unless it says otherwise."""
    return _first_of(_KINDS, types) or "article"


def preprint_of(types: Iterable[str]) -> str:
    """What `howpublished` says: "Preprint", or ""."""
    return PREPRINT if "preprint" in _folded(types) else ""


def descriptors(headings: Iterable[str]) -> tuple[str, ...]:
    """The descriptors of subject headings such as "Cryosurgery/*methods", each once."""
    return tuple(dict.fromkeys(heading.partition("/")[0].replace("*", "") for heading in headings))
