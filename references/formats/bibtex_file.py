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
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pybtex.database import BibliographyData, Entry
from pybtex.database.input.bibtex import LowLevelParser, month_names
from pybtex.database.output.bibtex import BibTeXError, Writer
from pybtex.exceptions import PybtexError
from pybtex.utils import CaseInsensitiveDict

from references.errors import DataError, Problem, problem_in
from references.files import decoded, write_atomic
from references.formats.latex import decode, decode_address, encode
from references.formats.names import read_authors, write_authors
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
    "keyword": "keywords",
    "pmcid": "pmcid",
    "pmc": "pmcid",
    "indication": "indications",
    "nerve": "nerves",
    "finding": "findings",
}
#: The name under which we write a field that no file wrote before.
_WRITTEN = {
    "authors": "author",
    "indications": "indication",
    "nerves": "nerve",
    "findings": "finding",
}

#: Names and codes of languages as files write them, to ISO 639-1.
LANGUAGES = {
    "english": "en",
    "american": "en",
    "british": "en",
    "usenglish": "en",
    "ukenglish": "en",
    "eng": "en",
    "french": "fr",
    "francais": "fr",
    "français": "fr",
    "fre": "fr",
    "fra": "fr",
    "german": "de",
    "ngerman": "de",
    "deutsch": "de",
    "ger": "de",
    "deu": "de",
    "spanish": "es",
    "spa": "es",
    "italian": "it",
    "ita": "it",
    "portuguese": "pt",
    "por": "pt",
    "russian": "ru",
    "rus": "ru",
    "chinese": "zh",
    "chi": "zh",
    "zho": "zh",
    "japanese": "ja",
    "jpn": "ja",
    "dutch": "nl",
    "dut": "nl",
    "nld": "nl",
    "polish": "pl",
    "pol": "pl",
    "turkish": "tr",
    "tur": "tr",
    "korean": "ko",
    "kor": "ko",
    "arabic": "ar",
    "ara": "ar",
    "swedish": "sv",
    "swe": "sv",
    "danish": "da",
    "dan": "da",
    "norwegian": "no",
    "nor": "no",
    "finnish": "fi",
    "fin": "fi",
    "hungarian": "hu",
    "hun": "hu",
    "czech": "cs",
    "cze": "cs",
    "ces": "cs",
    "greek": "el",
    "gre": "el",
    "ell": "el",
    "hebrew": "he",
    "heb": "he",
    "romanian": "ro",
    "rum": "ro",
    "ron": "ro",
    "ukrainian": "uk",
    "ukr": "uk",
    "persian": "fa",
    "per": "fa",
    "fas": "fa",
    "croatian": "hr",
    "hrv": "hr",
    "serbian": "sr",
    "srp": "sr",
    "slovenian": "sl",
    "slv": "sl",
    "slovak": "sk",
    "slo": "sk",
    "slk": "sk",
    "bulgarian": "bg",
    "bul": "bg",
    "catalan": "ca",
    "cat": "ca",
    "lithuanian": "lt",
    "lit": "lt",
    "vietnamese": "vi",
    "vie": "vi",
    "thai": "th",
    "tha": "th",
}


@dataclass(frozen=True)
class Bibliography:
    """What one file holds.

    `rejected` are entries that could not be read; `remarks` are about entries that were.
    """

    references: tuple[Reference, ...]
    rejected: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that should be mended, in the order of the file."""
        return tuple(sorted((*self.rejected, *self.remarks), key=lambda problem: problem.line))


# ---- values ---------------------------------------------------------------------------


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
    match = re.search(r"\b(1[5-9]\d\d|20\d\d|2100)\b", value)
    return int(match.group()) if match else None


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
    "title": _text,
    "year": _year,
    "journal": _text,
    "volume": _text,
    "number": _text,
    "pages": _pages,
    "doi": read_doi,
    "pmid": _plain,
    "pmcid": _plain,
    "issn": _plain,
    "isbn": _plain,
    "publisher": _text,
    "language": _language,
    "url": decode_address,
    "abstract": _text,
    "keywords": _keywords,
    "findings": _findings,
    "provenance": _provenance,
    "unverified": _unverified,
    "status": _plain,
    "design": _plain,
    "participants": _number,
    "arms": _text,
    "indications": _concepts,
    "population": _concepts,
    "nerves": _concepts,
    "guidance": _concepts,
    "device": _text,
    "comparator": _text,
    "followup": _text,
    "harms": _text,
    "relevance": _text,
}
_STUDY_FIELDS = frozenset(Study.__dataclass_fields__)


def _write_concepts(values: Iterable[str]) -> str:
    return ", ".join(values)


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


#: ... and written; a field that is not here is text.
_WRITE: dict[str, Callable[[Any], str]] = {
    "year": str,
    "participants": str,
    "doi": str,
    "pmid": str,
    "pmcid": str,
    "issn": str,
    "isbn": str,
    "url": str,
    "status": str,
    "design": str,
    "pages": lambda pages: encode(pages).replace("-", "--"),
    "keywords": _write_keywords,
    "indications": _write_concepts,
    "population": _write_concepts,
    "nerves": _write_concepts,
    "guidance": _write_concepts,
    "findings": _write_findings,
    "provenance": _write_provenance,
    "unverified": _write_unverified,
}

# ---- reading --------------------------------------------------------------------------

#: Where an entry can start. A file is cut there before it is parsed, so that an entry whose
#: braces do not close spoils itself and not the rest of the file.
_START = re.compile(r"^[ \t]*@[ \t]*[A-Za-z]+[ \t]*\n?[ \t]*[{(,]", re.MULTILINE)
#: Lines that may start an entry or be part of a value ("@" after a line break in an abstract).
_JOINED = 3
_NO_KEY = re.compile(
    r"(@\s*([A-Za-z]+)\s*[{(])(?=\s*(?:,|[A-Za-z][\w-]*\s*=))(\s*,)?", re.MULTILINE
)
_KEY_WITH_SPACES = re.compile(
    r"(@\s*([A-Za-z]+)\s*[{(]\s*)([^\s,{}=\"]+(?:[ \t]+[^\s,{}=\"]+)+)(?=\s*,)"
)
_STANDIN = "no-key"
_LONGEST_MACRO = 20_000  # signs of an @string
_NOT_ENTRIES = ("string", "preamble", "comment")

_Command = tuple[int, str, Any, Any]  # start, kind, key (or name), fields (or value)


class _Macros(CaseInsensitiveDict):  # type: ignore[misc]
    """@string definitions; a word that none defines stands for itself, and is noted.

    So is a definition of unheard-of length: thirty that each double the one before would
    fill any memory.
    """

    def __init__(self) -> None:
        super().__init__(month_names)
        self.undefined: list[str] = []
        self.too_long: list[str] = []

    def __setitem__(self, name: str, value: str) -> None:
        if len(value) > _LONGEST_MACRO:
            self.too_long.append(name)
            return
        super().__setitem__(name, value)

    def __getitem__(self, name: str) -> Any:
        try:
            return super().__getitem__(name)
        except KeyError:
            self.undefined.append(name)
            return name


class _Chunk:
    """A piece of a file that holds one entry, parsed."""

    def __init__(self, text: str, name: str, macros: _Macros) -> None:
        self.text = text
        self.errors: list[tuple[int, int, str, str]] = []  # start, line in chunk, key, message
        self.commands: list[_Command] = []
        self.unclosed = False
        macros.undefined.clear()
        macros.too_long.clear()
        self.scanner = LowLevelParser(text, filename=name, macros=macros, handle_error=self._report)
        try:
            for kind, body in self.scanner:
                self.commands.append(
                    (self.scanner.command_start, kind, *body)
                    if len(body) == 2
                    else (self.scanner.command_start, kind, "", body)
                )
        except RecursionError:
            self.errors.append((0, 1, "", "the entry nests too deeply; simplify its braces"))
        self.undefined = tuple(dict.fromkeys(macros.undefined))
        self.errors += [
            (0, 1, long, f"the @string is longer than {_LONGEST_MACRO} signs; write it out")
            for long in macros.too_long
        ]

    def _report(self, error: PybtexError) -> None:
        scanner = self.scanner
        if re.match(r"@\s*comment\b", self.text[scanner.command_start or 0 :], re.IGNORECASE):
            return
        line = scanner.lineno
        lowered = str(error).lower()
        key = str(scanner.current_entry_key or "")
        if "premature" in lowered:  # an unclosed entry is named by its first line, not its last
            self.unclosed = True
            line = self.text.count("\n", 0, scanner.command_start) + 1
            message = "the entry is not closed; add the missing brace or quote"
        elif "nested" in lowered or "unbalanced" in lowered:
            message = "a value has unbalanced braces; write as many closing as opening ones"
        elif "entry key" in lowered:
            message = "the entry has no key; write one after the opening brace, and a comma"
        elif "'}' expected" in lowered or "')' expected" in lowered:
            last = scanner.current_fields[-1][0] if scanner.current_fields else ""
            where = f"after the field '{last}'" if last else "after the key"
            message = f"a comma is missing {where}, or a brace or quote too many closes it"
        elif "'(' or '{' expected" in lowered:
            message = "the type of the entry is not followed by '{'; write @type{key, ...}"
        elif "'=' expected" in lowered:
            message = (
                f"the field '{scanner.current_field_name}' has no '='; write name = {{value}}, or "
                "add the brace that the field before it misses"
            )
        elif "field value expected" in lowered:
            message = f"the field '{scanner.current_field_name}' has no value; write one in braces"
        else:
            detail = str(error).split("\n")[0].split(": ", 1)[-1]
            message = f"the entry cannot be read ({detail}); mend the commas, quotes and braces"
        self.errors.append((scanner.command_start, line, key, message))


def _parsed(
    text: str, starts: list[int], index: int, name: str, macros: _Macros
) -> tuple[_Chunk, int]:
    """The chunk at `starts[index]`, and the index of the next one.

    A chunk that is not closed is tried together with the next ones: what looked like the
    start of an entry may have been a line of an abstract.
    """
    bounds = [*starts, len(text)]
    source = _without_comments(text[bounds[index] : bounds[index + 1]])
    first = _Chunk(source, name, macros)
    if first.errors and (r"\{" in source or r"\}" in source):
        # BibTeX counts escaped braces too, but many programs do not when they write.
        signs = source.replace(r"\{", r"\textbraceleft ").replace(r"\}", r"\textbraceright ")
        again = _Chunk(signs, name, macros)
        if not again.errors:
            return again, index + 1
    if first.unclosed:
        for count in range(2, _JOINED + 1):
            if index + count >= len(bounds):
                break
            whole = _Chunk(text[bounds[index] : bounds[index + count]], name, macros)
            if not whole.errors and len(whole.commands) == 1:
                return whole, index + count
    return first, index + 1


def _without_comments(chunk: str) -> str:
    """`chunk` with lines that start with % emptied, where they stand between fields."""
    if "%" not in chunk:
        return chunk
    lines = chunk.split("\n")
    depth = 0
    for number, line in enumerate(lines):
        if depth < 2 and line.lstrip().startswith("%"):
            lines[number] = ""
        else:
            depth += line.count("{") - line.count("}")
    return "\n".join(lines)


def _with_keys(text: str) -> str:
    """Entries without a key get a stand-in, keys with spaces get underscores."""

    def stand_in(match: re.Match[str]) -> str:
        if match[2].lower() in _NOT_ENTRIES:
            return match[0]
        lines = "\n" * (match[3] or "").count("\n")
        return f"{match[1]}{_STANDIN},{lines}"

    def joined(match: re.Match[str]) -> str:
        if match[2].lower() in _NOT_ENTRIES:
            return match[0]
        return match[1] + re.sub(r"[ \t]+", "_", match[3])

    return _KEY_WITH_SPACES.sub(joined, _NO_KEY.sub(stand_in, text))


def _entries(
    text: str, name: str, rejected: list[Problem], remarks: list[Problem]
) -> Iterable[tuple[int, str, str, list[tuple[str, list[str]]]]]:
    """Line, type, key and fields of each readable entry; the others are rejected."""
    macros = _Macros()
    starts = [match.start() for match in _START.finditer(text)]
    line, position, index = 1, 0, 0
    while index < len(starts):
        line += text.count("\n", position, starts[index])
        position = starts[index]
        chunk, index = _parsed(text, starts, index, name, macros)
        if chunk.errors:
            _, at, key, message = chunk.errors[0]
            shown = "" if key == _STANDIN else key
            rejected.append(problem_in(name, line + at - 1, shown, message))
        broken = {start for start, _, _, _ in chunk.errors}
        for start, kind, key, fields in chunk.commands:
            if start in broken or kind.lower() in _NOT_ENTRIES:
                continue
            at = line + chunk.text.count("\n", 0, start)
            if chunk.undefined:
                words = ", ".join(f"'{word}'" for word in chunk.undefined[:5])
                remarks.append(
                    problem_in(
                        name,
                        at,
                        key,
                        "no @string defines {words}; the words are kept as text, put them "
                        "in braces",
                        words=words,
                    )
                )
            yield at, kind, key, fields


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    key: str
    values: Mapping[str, str]
    line: int


#: What an entry takes from the one its `crossref` names, by the rules of BibLaTeX (manual,
#: appendix B); identifiers and what describes the other work alone are left there.
_SHARED = frozenset(
    {
        "year",
        "date",
        "month",
        "journal",
        "journaltitle",
        "booktitle",
        "shortjournal",
        "volume",
        "number",
        "publisher",
        "organization",
        "institution",
        "address",
        "location",
        "editor",
        "series",
        "edition",
        "isbn",
        "issn",
        "eventtitle",
        "eventdate",
        "venue",
        "howpublished",
        "language",
        "langid",
    }
)
_IN_BOOKS = frozenset(
    {
        "inbook",
        "bookinbook",
        "suppbook",
        "incollection",
        "suppcollection",
        "inproceedings",
        "conference",
        "inreference",
    }
)
_ELSEWHERE = frozenset({"crossref", "xdata", "eprint"})
_PUBMED = re.compile(r"pubmed|pmid|medline", re.IGNORECASE)


def _taken(kind: str, name: str, parent: str) -> str:
    """The field that an entry of a kind fills with field `name` of its parent; "" for none."""
    if name == "title" and kind in _IN_BOOKS:
        return "booktitle"
    if name == "title" and parent == "periodical":
        return "journaltitle"
    if name == "author":
        return name if kind in ("inbook", "bookinbook", "suppbook") else ""
    return name if name in _SHARED else ""


def _implied(
    entry: _Entry, by_key: Mapping[str, _Entry], known: dict[int, dict[str, str]], depth: int = 8
) -> dict[str, str]:
    """The fields that an entry takes from `xdata` and `crossref` entries, and its PubMed number.

    What it says itself, under whatever name, is never replaced. `known` are the answers given
    before: entries that name each other in circles or in crowds are looked at once.
    """
    if id(entry) in known or not depth:
        return known.get(id(entry), {})
    found = known[id(entry)] = {}
    values = entry.values
    said = {ALIASES.get(name, name) for name in values}

    def offer(name: str, value: str) -> None:
        if name and value and ALIASES.get(name, name) not in said:
            found[name] = value
            said.add(ALIASES.get(name, name))

    for field_name in ("xdata", "crossref"):
        for key in values.get(field_name, "").lower().split(","):
            parent = by_key.get(key.strip("{} "))
            if parent is None or parent is entry:
                continue
            more = _implied(parent, by_key, known, depth - 1)
            for name, value in (*parent.values.items(), *more.items()):
                is_data = field_name == "xdata" and name != "xdata"
                offer(name if is_data else _taken(entry.kind, name, parent.kind), value)
    if _PUBMED.fullmatch(values.get("eprinttype") or values.get("archiveprefix") or ""):
        offer("pmid", values.get("eprint", ""))
    return found


def read_text(text: str, name: str = "<text>", *, keyless: bool = False) -> Bibliography:
    """The references of BibTeX `text`; `name` is how problems call the file.

    A broken entry becomes a problem with its line and the mend; every other entry loads. An
    entry without a key is broken too, unless `keyless` lets it in with the key "".
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    entries: list[_Entry] = []
    rejected: list[Problem] = []
    remarks: list[Problem] = []
    for line, kind, key, fields in _entries(_with_keys(text), name, rejected, remarks):
        if key == _STANDIN:
            key = ""
            if not keyless:
                rejected.append(
                    problem_in(
                        name,
                        line,
                        "",
                        "the @{kind} entry has no key; write one after {{",
                        kind=kind,
                    )
                )
                continue
        values: dict[str, str] = {}
        for field_name, parts in fields:
            field_name = field_name.lower()
            value = " ".join("".join(parts).split())
            if field_name in values and values[field_name] != value:
                if value:
                    remarks.append(
                        problem_in(
                            name,
                            line,
                            f"{key}.{field_name}".lstrip("."),
                            "the field is given twice; the first is kept, remove the other",
                        )
                    )
                continue
            values[field_name] = value
        entries.append(_Entry(kind.lower(), key, values, line))
    by_key = {entry.key.lower(): entry for entry in reversed(entries) if entry.key}
    known: dict[int, dict[str, str]] = {}
    references = tuple(
        from_fields(
            entry.kind,
            entry.key,
            entry.values,
            Place(name, entry.line),
            remarks,
            _implied(entry, by_key, known) if _ELSEWHERE & entry.values.keys() else None,
        )
        for entry in entries
    )
    return Bibliography(references, tuple(rejected), tuple(remarks))


def from_fields(
    kind: str,
    key: str,
    values: Mapping[str, str],
    place: Place | None = None,
    problems: list[Problem] | None = None,
    implied: Mapping[str, str] | None = None,
) -> Reference:
    """A reference from the BibTeX fields of one entry (names in lower case).

    `implied` are fields that the entry has without writing them; see `Reference`.
    """
    place = place or Place()
    known: dict[str, Any] = {}
    extra: dict[str, str] = {}
    for name, value in (*values.items(), *(implied or {}).items()):
        field_name = ALIASES.get(name, name)
        if name == "author":
            known["authors"], known["more_authors"] = read_authors(value)
        elif field_name in _READ and field_name not in known:
            meaning = _READ[field_name](value)
            if meaning is None:
                if problems is not None and value.strip():
                    said = "holds no year" if field_name == "year" else "is not a number"
                    problems.append(
                        problem_in(
                            place.file,
                            place.line,
                            f"{key}.{name}".lstrip("."),
                            "'{value}' {said}; the value is kept as text",
                            value=value[:40],
                            said=said,
                        )
                    )
                extra[name] = value
            else:
                known[field_name] = meaning
                if problems is not None and field_name == "year" and _is_impossible(value):
                    problems.append(
                        problem_in(
                            place.file,
                            place.line,
                            f"{key}.{name}".lstrip("."),
                            "'{strip}' is no date; mend it, its year is kept",
                            strip=value.strip(),
                        )
                    )
        else:
            extra[name] = value
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


def read_file(path: Path, strict: bool = True) -> Bibliography:
    """The references of one .bib file (UTF-8).

    Args:
        path: of the file.
        strict: refuse a file in another encoding, as whoever writes it again must; else read
            what can be read and remark on it.

    Raises:
        DataError: the file cannot be opened, or `strict` and it is not text in UTF-8.
    """
    try:
        text, wrong = decoded(path.read_bytes(), path)
    except OSError as error:
        raise DataError(
            problem_in(
                path,
                0,
                "",
                "cannot be read: {strerror}; check its name and rights",
                strerror=error.strerror,
            )
        ) from error
    if wrong and strict:
        raise DataError(wrong)
    found = read_text(text, str(path))
    return replace(found, remarks=(*wrong, *found.remarks))


# ---- writing --------------------------------------------------------------------------

_ORDER = (
    "author",
    "title",
    "journal",
    "year",
    "volume",
    "number",
    "pages",
    "publisher",
    "doi",
    "pmid",
    "pmcid",
    "issn",
    "isbn",
    "url",
    "language",
    "abstract",
    "keywords",
    "design",
    "participants",
    "arms",
    "indications",
    "population",
    "nerves",
    "guidance",
    "device",
    "comparator",
    "followup",
    "findings",
    "harms",
    "relevance",
    "status",
    "unverified",
    "provenance",
)


def _meaning(reference: Reference, name: str) -> Any:
    if name == "author":
        return reference.authors, reference.more_authors
    return getattr(reference.study if name in _STUDY_FIELDS else reference, name)


def standing_alone(reference: Reference) -> Reference:
    """The reference with what other entries say about it written in its own entry."""
    if not reference.implied:
        return reference
    return replace(reference, as_read={**reference.as_read, **reference.implied}, implied={})


def _is_empty(value: Any) -> bool:
    return value in (None, "", (), ((), False)) or (isinstance(value, Mapping) and not value)


def to_fields(reference: Reference) -> dict[str, str]:
    """The BibTeX fields of a reference, in the order they are written."""
    fields: dict[str, str] = {}
    # What another entry says stays there as long as it is meant.
    done = {
        field_name
        for name, raw in reference.implied.items()
        if (field_name := ALIASES.get(name, name)) in _READ or name == "author"
        if _read(field_name, raw) == _meaning(reference, field_name)
    }
    for name, raw in reference.as_read.items():
        field_name = ALIASES.get(name, name)
        if name in reference.extra:
            fields[name] = reference.extra[name]
        elif field_name not in done and (field_name in _READ or name == "author"):
            done.add(field_name)
            meaning = _meaning(reference, field_name)
            if _read(field_name, raw) == meaning:
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
        if reference.implied.get(name) != raw:
            fields.setdefault(name, raw)
    return fields


def _read(field_name: str, raw: str) -> Any:
    return read_authors(raw) if field_name == "author" else _READ[field_name](raw)


def _write(name: str, meaning: Any) -> str:
    if name == "author":
        return write_authors(*meaning)
    return _WRITE.get(name, encode)(meaning)


_BRACE = re.compile(r"[{}]")


class _EntryWriter(Writer):  # type: ignore[misc]
    """pybtex's writer, for values that are LaTeX already; always in braces, long lists broken."""

    def _encode(self, text: str) -> str:
        return text

    def check_braces(self, s: str) -> None:
        """pybtex's check, which looks at every letter, on the braces alone."""
        depth = 0
        for match in _BRACE.finditer(s):
            depth += 1 if match[0] == "{" else -1
            if depth < 0:
                break
        if depth:
            raise BibTeXError(f"the value has unmatched braces: {s[:60]}")

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
            _EntryWriter().check_braces("".join(entry.fields.values()))
            data.add_entry(reference.key, entry)
        except PybtexError as error:
            raise DataError(
                problem_in(
                    reference.place.file or "<references>",
                    reference.place.line,
                    reference.key,
                    "cannot be written: {error}",
                    error=error,
                )
            ) from error
    stream = io.StringIO()
    _EntryWriter().write_stream(data, stream)
    return stream.getvalue()


def write_file(path: Path, references: Iterable[Reference]) -> None:
    """Write a .bib file atomically; errors as `write_text` and `write_atomic`."""
    write_atomic(path, write_text(references))


__all__ = [
    "LANGUAGES",
    "Author",
    "Bibliography",
    "from_fields",
    "read_doi",
    "read_file",
    "read_text",
    "standing_alone",
    "to_fields",
    "write_file",
    "write_text",
]
