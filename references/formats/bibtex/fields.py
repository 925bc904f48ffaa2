"""The fields of a BibTeX entry: how each is read, and how it is written again.

A value is written as its file wrote it as long as its meaning has not changed, so a file that
is read and written differs only where a reference differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from references.errors import Message, Problem, message, problem_in
from references.formats.bibtex.items import (
    read_findings,
    read_french,
    read_french_findings,
    read_french_harms,
    read_harms,
    read_number,
    read_provenance,
    read_relations,
    read_text_value,
    read_unverified,
    write_findings,
    write_french_findings,
    write_french_harms,
    write_harms,
    write_provenance,
    write_relations,
    write_unverified,
)
from references.formats.bibtex.values import (
    article_number,
    one_item,
    splits_names,
    with_subtitles,
    without_stale_subtitles,
)
from references.formats.field_values import LANGUAGES, read_doi
from references.formats.latex import decode_address, encode
from references.formats.name_lists import not_apart
from references.formats.names import read_authors, write_authors
from references.normalise import plain_pages, year_of
from references.record import (
    TRANSLATED,
    Finding,
    FindingWords,
    Harm,
    Place,
    Reference,
    Study,
)

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
    "intervention": "interventions",
    "comparator": "comparators",
    "nerve": "nerves",
    "finding": "findings",
    "finding_fr": "findings_fr",
}
_WRITTEN = {
    "indications": "indication",
    "interventions": "intervention",
    "comparators": "comparator",
    "nerves": "nerve",
    "findings": "finding",
    "findings_fr": "finding_fr",
}
#: Fields that hold, item by item, the French words of another one.
_PAIRED = {"findings_fr": "findings", "harm_fr": "harm"}


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


def _language(value: str) -> str:
    text = read_text_value(value)
    return LANGUAGES.get(text.lower(), text)


def _keywords(value: str) -> tuple[str, ...]:
    separator = ";" if ";" in value else ","
    return tuple(
        word for word in (read_text_value(part) for part in value.split(separator)) if word
    )


def _concepts(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for part in value.split(",") if (word := part.strip())))


def _ids(value: str) -> tuple[str, ...] | None:
    """Concept ids; None for words, as `comparator` held them before."""
    ids = _concepts(value)
    return ids if all(re.fullmatch(r"[a-z0-9][a-z0-9-]*", one) for one in ids) else None


def _write_keywords(words: Sequence[str]) -> str:
    value = "; ".join(encode(word) for word in words)
    return value + ";" if len(words) == 1 and "," in value else value


#: How each field of a `Reference` or `Study` is read from its BibTeX value, and how it is
#: written; in the order in which they are written.
_FIELDS: dict[str, tuple[Callable[[str], Any], Callable[[Any], str]]] = {
    "author": (read_authors, lambda meaning: write_authors(*meaning)),
    "title": (read_text_value, encode),
    "journal": (read_text_value, encode),
    "year": (_year, str),
    "volume": (read_text_value, encode),
    "number": (read_text_value, encode),
    "pages": (
        lambda value: plain_pages(read_text_value(value)),
        lambda pages: encode(pages).replace("-", "--"),
    ),
    "publisher": (read_text_value, lambda name: one_item(encode(name))),
    "doi": (read_doi, str),
    "pmid": (str.strip, str),
    "pmcid": (str.strip, str),
    "issn": (str.strip, str),
    "isbn": (str.strip, str),
    "url": (decode_address, str),
    "language": (_language, encode),
    "abstract": (read_text_value, encode),
    "keywords": (_keywords, _write_keywords),
    "design": (str.strip, str),
    "participants": (read_number, str),
    "arms": (read_text_value, encode),
    "indications": (_concepts, ", ".join),
    "interventions": (_concepts, ", ".join),
    "population": (_concepts, ", ".join),
    "comparators": (_ids, ", ".join),
    "nerves": (_concepts, ", ".join),
    "guidance": (_concepts, ", ".join),
    "device": (read_text_value, encode),
    "comparison": (read_text_value, encode),
    "followup": (read_text_value, encode),
    "findings": (read_findings, write_findings),
    "harms": (read_text_value, encode),
    "harm": (read_harms, write_harms),
    "relevance": (read_text_value, encode),
    **{f"{name}_fr": (read_french, encode) for name in TRANSLATED},
    "findings_fr": (read_french_findings, write_french_findings),
    "harm_fr": (read_french_harms, write_french_harms),
    "related": (read_relations, write_relations),
    "added": (str.strip, str),
    "status": (str.strip, str),
    "unverified": (read_unverified, write_unverified),
    "provenance": (read_provenance, write_provenance),
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

    for name, value in (*with_subtitles(values).items(), *with_subtitles(implied or {}).items()):
        wrong = _take(name, value, known, extra)
        if splits_names(name, value):
            wrong = not_apart()
        if wrong is not None:
            remark(name, wrong)
    for name in (_WRITTEN.get(name, name) for name in _pair_french(known)):
        extra[name] = values[name]
        remark(name, message("has not as many items as the field it translates; mend one"))
    study = Study(**{name: known.pop(name) for name in list(known) if name in _STUDY_FIELDS})
    if not known.get("pages") and (number := article_number(extra)):
        known["pages"] = number
    if "harm" in known:
        known["harms"] = known.pop("harm")
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


def _take(name: str, value: str, known: dict[str, Any], extra: dict[str, str]) -> Message | None:
    """Put what a field means into `known`, or its source into `extra`; what is wrong with it."""
    field = _field_of(name, value)
    if name == "author":
        known["authors"], known["more_authors"] = read_authors(value)
    elif field not in NAMES or field in known:
        extra[name] = value
    elif (meaning := _FIELDS[field][0](value)) is not None:
        known[field] = meaning
        if field == "year" and _is_impossible(value):
            return message("'{date}' is no date; mend it, its year is kept", date=value.strip())
    else:
        extra[name] = value
        if value.strip() and field != "related":  # a list of keys, as BibLaTeX has it
            return _meaningless(field, value)
    return None


def _field_of(name: str, value: str) -> str:
    """The field that a name of the file means; words in `comparator` are its older form."""
    field = ALIASES.get(name, name)
    return "comparison" if field == "comparators" and _ids(value) is None else field


def _pair_french(known: dict[str, Any]) -> list[str]:
    """Put the French words that were read into what they translate.

    Returns:
        The fields whose items do not match those of what they translate; left out.
    """
    french = {
        name: text for name in TRANSLATED if (text := known.pop(f"{name}_fr", "")) and name in known
    }
    if french:
        known["french"] = french
    unmatched = []
    for name, translated in _PAIRED.items():
        words = known.pop(name, ())
        if words and len(words) == len(known.get(translated, ())):
            pairs = zip(known[translated], words, strict=True)
            known[translated] = tuple(replace(one, french=wording) for one, wording in pairs)
        elif words:
            unmatched.append(name)
    return unmatched


def _meaningless(field: str, value: str) -> Message:
    if field == "year":
        return message("'{value}' holds no year; the value is kept as text", value=value[:40])
    return message("'{value}' is not a number; the value is kept as text", value=value[:40])


# ---- writing --------------------------------------------------------------------------


def _meaning(reference: Reference, name: str) -> Any:
    if read := _MEANINGS.get(name):
        return read(reference)
    if name.removesuffix("_fr") in TRANSLATED and name.endswith("_fr"):
        return reference.study.french.get(name.removesuffix("_fr"), "")
    return getattr(reference.study if name in _STUDY_FIELDS else reference, name)


def _translations(items: Iterable[Finding | Harm]) -> tuple[Any, ...]:
    """The French words of findings or harms; nothing when none of them has any."""
    words = tuple(item.french for item in items)
    return words if any(words) and words != (FindingWords(),) * len(words) else ()


#: What fields mean whose value is not an attribute of that name.
_MEANINGS: dict[str, Callable[[Reference], Any]] = {
    "author": lambda reference: (reference.authors, reference.more_authors),
    "findings": lambda reference: tuple(
        replace(finding, french=FindingWords()) for finding in reference.findings
    ),
    "findings_fr": lambda reference: _translations(reference.findings),
    "harm": lambda reference: tuple(replace(harm, french="") for harm in reference.harms),
    "harm_fr": lambda reference: _translations(reference.harms),
}


def _is_empty(value: Any) -> bool:
    return value in (None, "", (), ((), False)) or (isinstance(value, Mapping) and not value)


def to_fields(reference: Reference) -> dict[str, str]:
    """The BibTeX fields of a reference, in the order they are written."""
    # What another entry says stays there as long as it is meant.
    done = {
        field
        for name, raw in with_subtitles(reference.implied).items()
        if (field := _field_of(name, raw)) in _FIELDS
        if _FIELDS[field][0](raw) == _meaning(reference, field)
    }
    if reference.pages and reference.pages == article_number(reference.extra):
        done.add("pages")
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
    said = with_subtitles(reference.as_read)
    for name, raw in reference.as_read.items():
        field = _field_of(name, raw)
        if name not in said:  # a subtitle
            fields[name] = raw
            continue
        if field == "comparison" and field != name and reference.study.comparators:
            continue  # the older form: its name holds concepts now
        if name in reference.extra:
            fields[name] = reference.extra[name]
        elif field in _FIELDS and field not in done:
            done.add(field)
            read, write = _FIELDS[field]
            meaning = _meaning(reference, field)
            if read(said[name]) == meaning:
                fields[name] = raw
            elif not _is_empty(meaning):
                fields[name] = write(meaning)
    without_stale_subtitles(fields, reference.as_read)
    return fields


def _written_name(field: str, reference: Reference) -> str:
    """The name under which a field is written that no file wrote before."""
    if field == "journal" and reference.type in ("incollection", "inproceedings"):
        return "booktitle"
    return _WRITTEN.get(field, field)
