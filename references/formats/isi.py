"""The tagged text of Web of Science (ISI, `.ciw`)."""

from __future__ import annotations

from references.errors import Problem, problem_in
from references.formats.dates import PartialDate, date_of
from references.formats.field_values import as_extra, doi_of, language, pages_of
from references.formats.markup import plain
from references.formats.names import read_names, write_authors
from references.formats.results import Reading
from references.formats.tables import Fields, reference_from, words_of_format
from references.formats.tagged_lines import Record, isi_records
from references.identifiers import isbn_of, issn_of, pmid_of
from references.normalise import year_of
from references.record import Author, Place, Reference

NAME = "isi"
_TAGS = words_of_format("fields.tsv", NAME)
_KINDS = {"J": "article", "B": "book", "C": "inproceedings", "S": "book", "P": "patent"}


def _one(record: Record, *tags: str) -> str:
    return plain(record.first(*tags).replace("\n", " "))


def _several(record: Record, *tags: str) -> list[str]:
    return [part for value in record.values(*tags) for part in value.split("\n")]


def _people(record: Record) -> list[str]:
    return _several(record, "AF") or _several(record, "AU") or _several(record, "BF", "BA")


def _authors(record: Record) -> tuple[Author, ...]:
    """The people, then the groups; what a group's tag holds is no person's name."""
    names = (name if "," in name else f"{name}, " for name in _several(record, "CA", "GP"))
    groups = (Author(literal=author.name) for author in read_names(names)[0])
    return (*read_names(_people(record))[0], *groups)


def _kind(record: Record) -> str:
    kind = _KINDS.get(_one(record, "PT"), "article")
    part = kind == "book" and _one(record, "SO") and _one(record, "TI")
    return "incollection" if part and _one(record, "BP", "AR") else kind


def _date(record: Record) -> PartialDate:
    year = year_of(_one(record, "PY"))
    return date_of(f"{year or ''} {_one(record, 'PD')}")._replace(year=year)


def _issns(record: Record) -> list[str]:
    return [issn for tag in ("SN", "EI") if (issn := issn_of(_one(record, tag)))]


def _pages(record: Record) -> str:
    first, last = _one(record, "BP"), _one(record, "EP")
    return pages_of((f"{first}-{last}" if last else first) or _one(record, "AR"))


def _keywords(record: Record) -> tuple[str, ...]:
    words = (word.strip() for part in _one(record, "DE").split(";") for word in [part])
    return tuple(dict.fromkeys(word for word in words if word))


def _other_tags(record: Record) -> dict[str, str]:
    extra: dict[str, str] = {}
    for tag in record.tags:
        name = _TAGS.get(tag, f"wos-{tag.lower()}")
        text = plain("; ".join(value.replace("\n", " ") for value in record.values(tag)))
        if name != "-" and text:
            extra.setdefault(name, as_extra(text))
    return extra


_FIELDS: Fields[Record] = {
    "type": _kind,
    "title": lambda record: _one(record, "TI"),
    "authors": _authors,
    "more_authors": lambda record: read_names(_people(record))[1],
    "journal": lambda record: (
        _one(record, "SO") if _kind(record) != "book" or _one(record, "TI") else ""
    ),
    "volume": lambda record: _one(record, "VL"),
    "number": lambda record: _one(record, "IS"),
    "pages": _pages,
    "doi": lambda record: doi_of(_one(record, "DI")),
    "pmid": lambda record: pmid_of(_one(record, "PM")),
    "issn": lambda record: next(iter(_issns(record)), ""),
    "isbn": lambda record: isbn_of(_one(record, "BN")),
    "publisher": lambda record: _one(record, "PU"),
    "language": lambda record: language(_one(record, "LA")),
    "abstract": lambda record: _one(record, "AB"),
    "keywords": _keywords,
    "extra": _other_tags,
    "editor": lambda record: write_authors(read_names(_several(record, "BE"))[0]),
    "date": _date,
    "eissn": lambda record: (_issns(record)[1:] or [""])[0],
}


def reference_of(record: Record, place: Place) -> Reference:
    """The reference of one record that stands at a place."""
    return reference_from(record, _FIELDS, place)


def read(text: str, name: str = "<text>") -> Reading:
    """The references of a Web of Science export with field tags."""
    remarks: list[Problem] = []
    references = []
    for record in isi_records(text):
        if not record.closed:
            remarks.append(
                problem_in(
                    name,
                    record.line,
                    plain(record.first("TI"))[:60],
                    "the record is not closed by an ER line; check that the file is whole",
                )
            )
        references.append(reference_of(record, Place(name, record.line)))
    return Reading(tuple(references), (), tuple(remarks), NAME)
