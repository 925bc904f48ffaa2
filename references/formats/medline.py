"""What PubMed's two formats (XML and tagged text) say alike: types, subject headings, notices."""

from __future__ import annotations

from collections.abc import Iterable

#: Publication types that name a design of ours, most telling first.
_DESIGNS = (
    ("clinical trial protocol", "protocol"),
    ("meta-analysis", "meta-analysis"),
    ("network meta-analysis", "meta-analysis"),
    ("systematic review", "systematic-review"),
    ("practice guideline", "guideline"),
    ("guideline", "guideline"),
    ("randomized controlled trial", "rct"),
    ("pragmatic clinical trial", ""),
    ("case reports", "case-report"),
    ("editorial", "editorial"),
)
_STATUSES = {
    "retracted publication": "retracted",
    "expression of concern": "",  # the notice itself, not the work it is about
}
_KINDS = {
    "technical report": "techreport",
    "book": "book",
    "congress": "inproceedings",
    "clinical conference": "inproceedings",
    "consensus development conference": "article",
    "dataset": "dataset",
    "academic dissertation": "phdthesis",
}


def untranslated(title: str) -> str:
    """A title without the brackets that mean "translated" in MEDLINE.

    With us brackets mean that no source showed the title.
    """
    if title.startswith("[") and title.rstrip(".").endswith("]") and title.count("[") == 1:
        return title.rstrip(".")[1:-1].strip()
    return title


def design_of(types: Iterable[str]) -> str:
    """The design that PubMed's indexers gave, "" when they gave none of ours."""
    given = {name.casefold() for name in types}
    return next((design for name, design in _DESIGNS if name in given), "")


def status_of(types: Iterable[str]) -> str:
    """ "retracted" when PubMed says that the work was."""
    given = (_STATUSES.get(name.casefold(), "") for name in types)
    return next((status for status in given if status), "")


def kind_of(types: Iterable[str]) -> str:
    """The BibTeX type; PubMed indexes journal articles unless it says otherwise."""
    given = (_KINDS.get(name.casefold(), "") for name in types)
    return next((kind for kind in given if kind), "article")


def descriptors(headings: Iterable[str]) -> tuple[str, ...]:
    """The descriptors of subject headings such as "Cryosurgery/*methods", each once."""
    return tuple(dict.fromkeys(heading.partition("/")[0].replace("*", "") for heading in headings))
