"""The fields of a BibTeX entry: how each is read, and how it is written again.

A value is written as its file wrote it as long as its meaning has not changed, so a file that
is read and written differs only where a reference differs.

Fields of ours that hold several items separate them with " ;; ", and the parts of one
item with " | ": other tools that fold white space keep them intact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from references.errors import Message, Problem, message, problem_in
from references.formats.field_values import LANGUAGES, read_doi
from references.formats.latex import decode, decode_address, encode
from references.formats.names import read_authors, write_authors
from references.normalise import plain_pages, year_of
from references.record import Finding, Place, Provenance, Reference, Study

ITEM = " ;; "
PART = " | "

#: Names other tools write for a field of ours; the file keeps the name it had.
ALIASES = {
    "journaltitle": "journal",
    "booktitle": "journal",
    "date": "year",
    "langid": "language",
    "institution": "publisher",
    "school": "publisher",
    "organization": "publisher",
    "issue": "number",
    "keyword": "keywords",
    "pmcid": "pmcid",
    "pmc": "pmcid",
    "indication": "indications",
    "nerve": "nerves",
    "finding": "findings",
}
_WRITTEN = {"indications": "indication", "nerves": "nerve", "findings": "finding"}


def _text(value: str) -> str:
    text = decode(value)
    joined = " ".join(text.split())
    return text if joined == text else joined  # the same object: abstracts take memory


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(ITEM.strip()) if item.strip()]


def _escape(text: str) -> str:
    """LaTeX for a text, its own separators hidden from `_items` and the part split."""
    return encode(" ".join(text.split())).replace("|", r"\textbar{}").replace(";;", ";{};")


def _parts(item: str, count: int) -> list[str]:
    parts = [_text(part) for part in item.split("|", count - 1)]
    return parts + [""] * (count - len(parts))


def _year(value: str) -> int | None:
    """The year; what `\\noopsort{1973b}` says is for sorting only."""
    return year_of(re.sub(r"\\noopsort\s*\{[^{}]*\}", "", value))


def _is_impossible(value: str) -> bool:
    """Whether a value has the form of a day and is none, such as a 30th of February."""
    if not re.fullmatch(r"\s*\d{4}-\d\d-\d\d\s*", value):
        return False
    try:
        date.fromisoformat(value.strip())
    except ValueError:
        return True
    return False


def _number(value: str) -> int | None:
    digits = re.sub(r"[\s,\u202f\u00a0]", "", value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None


def _language(value: str) -> str:
    text = _text(value)
    return LANGUAGES.get(text.lower(), text)


def _keywords(value: str) -> tuple[str, ...]:
    separator = ";" if ";" in value else ","
    return tuple(word for word in (_text(part) for part in value.split(separator)) if word)


def _concepts(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for part in value.split(",") if (word := part.strip())))


def _findings(value: str) -> tuple[Finding, ...]:
    return tuple(Finding(*_parts(item, 4)) for item in _items(value))


def _provenance(value: str) -> tuple[Provenance, ...]:
    sources = []
    for item in _items(value):
        address, _, seen = item.partition(": ")
        sources.append(Provenance(decode_address(address.rstrip(":")), _text(seen)))
    return tuple(sources)


def _unverified(value: str) -> Mapping[str, str]:
    pairs = (item.partition("=") for item in _items(value))
    return {name.strip(): _text(remembered) for name, _, remembered in pairs}


def _write_findings(findings: Iterable[Finding]) -> str:
    items = (
        PART.join(_escape(part) for part in (f.outcome, f.timepoint, f.value, f.text))
        for f in findings
    )
    return ITEM.join(" ".join(item.split()) for item in items)


def _write_provenance(sources: Iterable[Provenance]) -> str:
    # ": " ends the address, so one inside it is written ":{} "
    pairs = ((source.address.replace(": ", ":{} "), _escape(source.seen)) for source in sources)
    return ITEM.join(f"{address}: {seen}" if seen else address for address, seen in pairs)


def _write_keywords(words: Sequence[str]) -> str:
    value = "; ".join(encode(word) for word in words)
    return value + ";" if len(words) == 1 and "," in value else value


def _write_unverified(fields: Mapping[str, str]) -> str:
    return ITEM.join(f"{name}={_escape(v)}" if v else name for name, v in fields.items())


#: How each field of a `Reference` or `Study` is read from its BibTeX value, and how it is
#: written; in the order in which they are written.
_FIELDS: dict[str, tuple[Callable[[str], Any], Callable[[Any], str]]] = {
    "author": (read_authors, lambda meaning: write_authors(*meaning)),
    "title": (_text, encode),
    "journal": (_text, encode),
    "year": (_year, str),
    "volume": (_text, encode),
    "number": (_text, encode),
    "pages": (
        lambda value: plain_pages(_text(value)),
        lambda pages: encode(pages).replace("-", "--"),
    ),
    "publisher": (_text, encode),
    "doi": (read_doi, str),
    "pmid": (str.strip, str),
    "pmcid": (str.strip, str),
    "issn": (str.strip, str),
    "isbn": (str.strip, str),
    "url": (decode_address, str),
    "language": (_language, encode),
    "abstract": (_text, encode),
    "keywords": (_keywords, _write_keywords),
    "design": (str.strip, str),
    "participants": (_number, str),
    "arms": (_text, encode),
    "indications": (_concepts, ", ".join),
    "population": (_concepts, ", ".join),
    "nerves": (_concepts, ", ".join),
    "guidance": (_concepts, ", ".join),
    "device": (_text, encode),
    "comparator": (_text, encode),
    "followup": (_text, encode),
    "findings": (_findings, _write_findings),
    "harms": (_text, encode),
    "relevance": (_text, encode),
    "status": (str.strip, str),
    "unverified": (_unverified, _write_unverified),
    "provenance": (_provenance, _write_provenance),
}
#: The fields that have a meaning, but for the names of authors.
NAMES = frozenset(_FIELDS) - {"author"}
_STUDY_FIELDS = frozenset(Study.__dataclass_fields__)


# ---- reading --------------------------------------------------------------------------


def from_fields(
    kind: str,
    key: str,
    values: Mapping[str, str],
    place: Place | None = None,
    problems: list[Problem] | None = None,
    implied: Mapping[str, str] | None = None,
) -> Reference:
    """A reference from the BibTeX fields of one entry (names in lower case).

    Args:
        kind: the type of the entry.
        key: its key.
        values: its fields, as BibTeX source.
        place: where it stands.
        problems: takes in what is wrong with a value; such a value is kept as text.
        implied: fields that the entry has without writing them; see `Reference`.
    """
    place = place or Place()
    known: dict[str, Any] = {}
    extra: dict[str, str] = {}

    def remark(name: str, sentence: Message) -> None:
        if problems is not None:
            field = f"{key}.{name}".lstrip(".")
            problems.append(problem_in(place.file, place.line, field, sentence))

    for name, value in (*values.items(), *(implied or {}).items()):
        field = ALIASES.get(name, name)
        if name == "author":
            known["authors"], known["more_authors"] = read_authors(value)
        elif field not in NAMES or field in known:
            extra[name] = value
        elif (meaning := _FIELDS[field][0](value)) is not None:
            known[field] = meaning
            if field == "year" and _is_impossible(value):
                remark(
                    name,
                    message("'{date}' is no date; mend it, its year is kept", date=value.strip()),
                )
        else:
            extra[name] = value
            if value.strip():
                remark(name, _meaningless(field, value))
    study = Study(**{name: known.pop(name) for name in list(known) if name in _STUDY_FIELDS})
    return Reference(
        key=key,
        type=kind,
        study=study,
        extra=extra,
        as_read=dict(values),
        implied=implied or {},
        place=place,
        **known,
    )


def _meaningless(field: str, value: str) -> Message:
    if field == "year":
        return message("'{value}' holds no year; the value is kept as text", value=value[:40])
    return message("'{value}' is not a number; the value is kept as text", value=value[:40])


# ---- writing --------------------------------------------------------------------------


def _meaning(reference: Reference, name: str) -> Any:
    if name == "author":
        return reference.authors, reference.more_authors
    return getattr(reference.study if name in _STUDY_FIELDS else reference, name)


def _is_empty(value: Any) -> bool:
    return value in (None, "", (), ((), False)) or (isinstance(value, Mapping) and not value)


def to_fields(reference: Reference) -> dict[str, str]:
    """The BibTeX fields of a reference, in the order they are written."""
    # What another entry says stays there as long as it is meant.
    done = {
        field
        for name, raw in reference.implied.items()
        if (field := ALIASES.get(name, name)) in _FIELDS
        if _FIELDS[field][0](raw) == _meaning(reference, field)
    }
    fields = _as_read(reference, done)
    for field, (_, write) in _FIELDS.items():
        meaning = _meaning(reference, field)
        if field not in done and not _is_empty(meaning):
            fields[_written_name(field, reference)] = write(meaning)
    for name, raw in reference.extra.items():
        if reference.implied.get(name) != raw:
            fields.setdefault(name, raw)
    return fields


def _as_read(reference: Reference, done: set[str]) -> dict[str, str]:
    """The fields that the file had, as it wrote them where they still mean the same.

    `done` takes in the fields that need not be written again.
    """
    fields: dict[str, str] = {}
    for name, raw in reference.as_read.items():
        field = ALIASES.get(name, name)
        if name in reference.extra:
            fields[name] = reference.extra[name]
        elif field in _FIELDS and field not in done:
            done.add(field)
            read, write = _FIELDS[field]
            meaning = _meaning(reference, field)
            if read(raw) == meaning:
                fields[name] = raw
            elif not _is_empty(meaning):
                fields[name] = write(meaning)
    return fields


def _written_name(field: str, reference: Reference) -> str:
    """The name under which a field is written that no file wrote before."""
    if field == "journal" and reference.type in ("incollection", "inproceedings"):
        return "booktitle"
    return _WRITTEN.get(field, field)
