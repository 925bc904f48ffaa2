"""BibTeX and BibLaTeX files to references and back, losing nothing.

pybtex scans and writes the files; this module gives the fields their meaning. A value is
written again as its file wrote it as long as its meaning has not changed, so a file that
is read and written differs only where a reference differs.

Fields of ours that hold several items separate them with " ;; ", and the parts of one
item with " | ": other tools that fold white space keep them intact.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pybtex.database import BibliographyData, Entry
from pybtex.database.input.bibtex import LowLevelParser, month_names
from pybtex.database.output.bibtex import Writer
from pybtex.exceptions import PybtexError
from pybtex.utils import CaseInsensitiveDict

from references.errors import DataError, Problem, problem_in
from references.files import write_atomic
from references.latex import decode, decode_address, encode
from references.names import read_authors, write_authors
from references.record import Author, Finding, Place, Provenance, Reference, Study

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
    "pmcid": "pmcid",
    "pmc": "pmcid",
    "indication": "indications",
    "nerve": "nerves",
    "finding": "findings",
}
#: The name under which we write a field that no file wrote before.
_WRITTEN = {"authors": "author", "indications": "indication", "nerves": "nerve",
            "findings": "finding"}  # fmt: skip

#: Names and codes of languages as files write them, to ISO 639-1.
LANGUAGES = {
    "english": "en", "american": "en", "british": "en", "usenglish": "en", "ukenglish": "en",
    "eng": "en", "french": "fr", "francais": "fr", "français": "fr", "fre": "fr", "fra": "fr",
    "german": "de", "ngerman": "de", "deutsch": "de", "ger": "de", "deu": "de",
    "spanish": "es", "spa": "es", "italian": "it", "ita": "it", "portuguese": "pt", "por": "pt",
    "russian": "ru", "rus": "ru", "chinese": "zh", "chi": "zh", "zho": "zh", "japanese": "ja",
    "jpn": "ja", "dutch": "nl", "dut": "nl", "nld": "nl", "polish": "pl", "pol": "pl",
    "turkish": "tr", "tur": "tr", "korean": "ko", "kor": "ko", "arabic": "ar", "ara": "ar",
    "swedish": "sv", "swe": "sv", "danish": "da", "dan": "da", "norwegian": "no", "nor": "no",
    "finnish": "fi", "fin": "fi", "hungarian": "hu", "hun": "hu", "czech": "cs", "cze": "cs",
    "ces": "cs", "greek": "el", "gre": "el", "ell": "el", "hebrew": "he", "heb": "he",
    "romanian": "ro", "rum": "ro", "ron": "ro", "ukrainian": "uk", "ukr": "uk",
    "persian": "fa", "per": "fa", "fas": "fa", "croatian": "hr", "hrv": "hr", "serbian": "sr",
    "srp": "sr", "slovenian": "sl", "slv": "sl", "slovak": "sk", "slo": "sk", "slk": "sk",
    "bulgarian": "bg", "bul": "bg", "catalan": "ca", "cat": "ca", "lithuanian": "lt",
    "lit": "lt", "vietnamese": "vi", "vie": "vi", "thai": "th", "tha": "th",
}  # fmt: skip


@dataclass(frozen=True)
class Bibliography:
    """What one file holds: its references, and what could not be read."""

    references: tuple[Reference, ...]
    problems: tuple[Problem, ...]


# ---- values ---------------------------------------------------------------------------


def _text(value: str) -> str:
    return " ".join(decode(value).split())


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(ITEM.strip()) if item.strip()]


def _escape(text: str) -> str:
    """LaTeX for a text, its own separators hidden from `_items` and the part split."""
    return encode(" ".join(text.split())).replace("|", r"\textbar{}").replace(";;", ";{};")


def _parts(item: str, count: int) -> list[str]:
    parts = [_text(part) for part in item.split("|", count - 1)]
    return parts + [""] * (count - len(parts))


def _year(value: str) -> int | None:
    match = re.search(r"\b(1[5-9]\d\d|20\d\d|2100)\b", value)
    return int(match.group()) if match else None


def _number(value: str) -> int | None:
    digits = re.sub(r"[\s,\u202f\u00a0]", "", value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None


def _pages(value: str) -> str:
    return re.sub(r"\s*[-\u2010-\u2015]+\s*", "-", _text(value))


def _language(value: str) -> str:
    text = _text(value)
    return LANGUAGES.get(text.lower(), text)


def read_doi(value: str) -> str:
    """The bare DOI of a value that may be an address or carry "doi:"."""
    return re.sub(
        r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", decode_address(value).strip(), flags=re.I
    )


def _keywords(value: str) -> tuple[str, ...]:
    separator = ";" if ";" in value else ","
    return tuple(word for word in (_text(part) for part in value.split(separator)) if word)


def _concepts(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for part in value.split(",") if (word := part.strip())))


def _findings(value: str) -> tuple[Finding, ...]:
    return tuple(Finding(*_parts(item, 4)) for item in _items(value))


def _provenance(value: str) -> tuple[Provenance, ...]:
    found = []
    for item in _items(value):
        address, _, seen = item.partition(": ")
        found.append(Provenance(decode_address(address.rstrip(":")), _text(seen)))
    return tuple(found)


def _unverified(value: str) -> Mapping[str, str]:
    found = {}
    for item in _items(value):
        name, _, remembered = item.partition("=")
        found[name.strip()] = _text(remembered)
    return found


def _plain(value: str) -> str:
    return value.strip()


#: How each field of a `Reference` or `Study` is read from its BibTeX value ...
_READ: dict[str, Callable[[str], Any]] = {
    "title": _text, "year": _year, "journal": _text, "volume": _text, "number": _text,
    "pages": _pages, "doi": read_doi, "pmid": _plain, "pmcid": _plain, "issn": _plain,
    "isbn": _plain, "publisher": _text, "language": _language, "url": decode_address,
    "abstract": _text, "keywords": _keywords, "findings": _findings,
    "provenance": _provenance, "unverified": _unverified, "status": _plain,
    "design": _plain, "participants": _number, "arms": _text, "indications": _concepts,
    "population": _concepts, "nerves": _concepts, "guidance": _concepts, "device": _text,
    "comparator": _text, "followup": _text, "harms": _text, "relevance": _text,
}  # fmt: skip
_STUDY_FIELDS = frozenset(Study.__dataclass_fields__)


def _write_concepts(values: Iterable[str]) -> str:
    return ", ".join(values)


def _write_findings(findings: Iterable[Finding]) -> str:
    return ITEM.join(
        PART.join(_escape(part) for part in (f.outcome, f.timepoint, f.value, f.text))
        for f in findings
    )


def _write_provenance(sources: Iterable[Provenance]) -> str:
    # ": " ends the address, so one inside it is written ":{} "
    pairs = ((source.address.replace(": ", ":{} "), _escape(source.seen)) for source in sources)
    return ITEM.join(f"{address}: {seen}" if seen else address for address, seen in pairs)


def _write_keywords(words: Sequence[str]) -> str:
    value = "; ".join(encode(word) for word in words)
    return value + ";" if len(words) == 1 and "," in value else value


def _write_unverified(fields: Mapping[str, str]) -> str:
    return ITEM.join(f"{name}={_escape(v)}" if v else name for name, v in fields.items())


#: ... and written; a field that is not here is text.
_WRITE: dict[str, Callable[[Any], str]] = {
    "year": str, "participants": str, "doi": str, "pmid": str, "pmcid": str, "issn": str,
    "isbn": str, "url": str, "status": str, "design": str,
    "pages": lambda pages: encode(pages).replace("-", "--"),
    "keywords": _write_keywords,
    "indications": _write_concepts, "population": _write_concepts,
    "nerves": _write_concepts, "guidance": _write_concepts,
    "findings": _write_findings, "provenance": _write_provenance,
    "unverified": _write_unverified,
}  # fmt: skip

# ---- reading --------------------------------------------------------------------------

#: Where an entry can start. A file is cut there before it is parsed, so that an entry whose
#: braces do not close spoils itself and not the rest of the file.
_START = re.compile(r"^[ \t]*@", re.MULTILINE)


def _message(error: PybtexError) -> str:
    text = str(error).split("\n")[0].replace("syntax error in line ", "near line ")
    lowered = text.lower()
    if "premature end of file" in lowered:
        return "the entry is not closed; add the missing brace or quote"
    if "undefined string" in lowered or "undefined macro" in lowered:
        return "a value is a bare word that no @string defines; put it in braces"
    if "unbalanced" in lowered or "nested" in lowered:
        return "a value has unbalanced braces; write as many closing as opening ones"
    detail = text.split(": ", 1)[-1]
    return f"the entry cannot be read ({detail}); mend the commas, quotes and braces around here"


def _entries(
    text: str, name: str, problems: list[Problem]
) -> Iterable[tuple[int, str, str | None, list[tuple[str, list[str]]]]]:
    """Line, type, key and fields of each readable entry; the others become problems."""
    macros: Any = CaseInsensitiveDict(month_names)
    starts = [match.start() for match in _START.finditer(text)]
    line = 1
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        line += text.count("\n", 0 if start == starts[0] else previous, start)
        previous = start
        errors: list[tuple[int | None, int, str]] = []

        def report(error: PybtexError, offset: int = line - 1, found: list[Any] = errors) -> None:
            fatal = "undefined" not in str(error).lower()
            at = scanner.lineno  # an unclosed entry is named by its first line, not its last
            if "premature" in str(error).lower():
                at = chunk.count("\n", 0, scanner.command_start) + 1
            found.append((scanner.command_start if fatal else None, offset + at, _message(error)))

        chunk = text[start:end]
        scanner = LowLevelParser(chunk, filename=name, macros=macros, handle_error=report)
        commands = []
        try:
            for kind, body in scanner:
                commands.append((scanner.command_start, kind, body))
        except RecursionError:
            errors.append((0, line, "the entry nests too deeply; simplify its braces"))
        for command_start, _, message in errors[:1]:
            key = next((b[0] for c, _, b in commands if c == command_start and len(b) == 2), None)
            shown = key if isinstance(key, str) else str(scanner.current_entry_key or "")
            problems.append(problem_in(name, errors[0][1], shown, message))
        broken = {command_start for command_start, _, _ in errors}
        for command_start, kind, body in commands:
            if command_start in broken or kind.lower() in ("string", "preamble"):
                continue
            yield line + chunk.count("\n", 0, command_start), kind, *body


def read_text(text: str, name: str = "<text>", *, keyless: bool = False) -> Bibliography:
    """The references of BibTeX `text`; `name` is how problems call the file.

    A broken entry becomes a problem with its line and the mend; every other entry loads. An
    entry without a key is broken too, unless `keyless` lets it in with the key "".
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    references: list[Reference] = []
    problems: list[Problem] = []
    for line, kind, key, fields in _entries(text, name, problems):
        if not key and not keyless:
            problems.append(
                problem_in(name, line, "", f"the @{kind} entry has no key; write one after {{")
            )
            continue
        values: dict[str, str] = {}
        for field_name, parts in fields:
            field_name = field_name.lower()
            if field_name in values:
                problems.append(
                    problem_in(
                        name, line, f"{key}.{field_name}",
                        "the field is given twice; the first is kept, merge or remove the other",
                    )
                )  # fmt: skip
                continue
            values[field_name] = " ".join("".join(parts).split())
        references.append(from_fields(kind.lower(), key or "", values, Place(name, line), problems))
    return Bibliography(tuple(references), tuple(problems))


def from_fields(
    kind: str,
    key: str,
    values: Mapping[str, str],
    place: Place | None = None,
    problems: list[Problem] | None = None,
) -> Reference:
    """A reference from the BibTeX fields of one entry (names in lower case)."""
    place = place or Place()
    known: dict[str, Any] = {}
    extra: dict[str, str] = {}
    for name, value in values.items():
        field_name = ALIASES.get(name, name)
        if name == "author":
            known["authors"], known["more_authors"] = read_authors(value)
        elif field_name in _READ and field_name not in known:
            meaning = _READ[field_name](value)
            if meaning is None:
                if problems is not None and value.strip():
                    problems.append(
                        problem_in(place.file, place.line, f"{key}.{name}",
                                   f"'{value[:40]}' is not a number; the value is kept as text")
                    )  # fmt: skip
                extra[name] = value
            else:
                known[field_name] = meaning
        else:
            extra[name] = value
    study = Study(**{name: known.pop(name) for name in list(known) if name in _STUDY_FIELDS})
    return Reference(
        key=key,
        type=kind,
        study=study,
        extra=extra,
        as_read=dict(values),
        place=place,
        **known,
    )


def read_file(path: Path) -> Bibliography:
    """The references of one .bib file (UTF-8).

    Raises:
        DataError: the file cannot be opened or is not text in UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DataError(
            problem_in(path, line, "", "the file is not UTF-8 text; save it as UTF-8")
        ) from error
    except OSError as error:
        raise DataError(
            problem_in(path, 0, "", f"cannot be read: {error.strerror}; check its name and rights")
        ) from error
    return read_text(text, str(path))


# ---- writing --------------------------------------------------------------------------

_ORDER = (
    "author", "title", "journal", "year", "volume", "number", "pages", "publisher", "doi",
    "pmid", "pmcid", "issn", "isbn", "url", "language", "abstract", "keywords", "design",
    "participants", "arms", "indications", "population", "nerves", "guidance", "device",
    "comparator", "followup", "findings", "harms", "relevance", "status", "unverified",
    "provenance",
)  # fmt: skip


def _meaning(reference: Reference, name: str) -> Any:
    if name == "author":
        return reference.authors, reference.more_authors
    return getattr(reference.study if name in _STUDY_FIELDS else reference, name)


def _is_empty(value: Any) -> bool:
    return value in (None, "", (), ((), False)) or (isinstance(value, Mapping) and not value)


def to_fields(reference: Reference) -> dict[str, str]:
    """The BibTeX fields of a reference, in the order they are written."""
    fields: dict[str, str] = {}
    done: set[str] = set()
    for name, raw in reference.as_read.items():
        field_name = ALIASES.get(name, name)
        if name in reference.extra:
            fields[name] = reference.extra[name]
        elif field_name not in done and (field_name in _READ or name == "author"):
            done.add(field_name)
            meaning = _meaning(reference, field_name)
            read = read_authors(raw) if name == "author" else _READ[field_name](raw)
            if read == meaning:
                fields[name] = raw
            elif not _is_empty(meaning):
                fields[name] = _write(field_name, meaning)
    for field_name in _ORDER:
        meaning = _meaning(reference, field_name)
        if field_name in done or _is_empty(meaning):
            continue
        name = _WRITTEN.get(field_name, field_name)
        if field_name == "journal" and reference.type in ("incollection", "inproceedings"):
            name = "booktitle"
        fields[name] = _write(field_name, meaning)
    for name, raw in reference.extra.items():
        fields.setdefault(name, raw)
    return fields


def _write(name: str, meaning: Any) -> str:
    if name == "author":
        return write_authors(*meaning)
    return _WRITE.get(name, encode)(meaning)


class _Writer(Writer):
    """pybtex's writer, for values that are LaTeX already; always in braces, long lists broken."""

    def _encode(self, text: str) -> str:
        return text

    def quote(self, s: str) -> str:
        self.check_braces(s)
        return "{" + s.replace(ITEM, " ;;\n        ") + "}"


def write_text(references: Iterable[Reference]) -> str:
    """BibTeX for the references, one entry after the other.

    Raises:
        DataError: a value has unmatched braces, or two references share a key.
    """
    data = BibliographyData()
    for reference in references:
        entry = Entry(reference.type, fields=list(to_fields(reference).items()))
        try:
            _Writer().check_braces("".join(entry.fields.values()))
            data.add_entry(reference.key, entry)
        except PybtexError as error:
            raise DataError(
                problem_in(reference.place.file or "<references>", reference.place.line,
                           reference.key, f"cannot be written: {error}")
            ) from error  # fmt: skip
    stream = io.StringIO()
    _Writer().write_stream(data, stream)
    return stream.getvalue()


def write_file(path: Path, references: Iterable[Reference]) -> None:
    """Write a .bib file atomically; errors as `write_text` and `write_atomic`."""
    write_atomic(path, write_text(references))


__all__ = [
    "LANGUAGES", "Author", "Bibliography", "from_fields", "read_doi", "read_file", "read_text", "to_fields",
    "write_file", "write_text",
]  # fmt: skip
