"""What is compared of a reference, worked out once a record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum import isbn as isbn_rules

from references.formats.publication_types import is_preprint
from references.formats.field_values import extra_text
from references.record import Author, Reference
from references.verify.differences import words

_PREPRINT_DOI = re.compile(
    r"^10\.(?:1101/(?:\d{6}$|\d{4}\.\d\d\.\d\d)|21203/rs|48550/arxiv|20944/preprints|2139/ssrn|"
    r"31219/osf|31234/osf|26434/chemrxiv|22541/au|36227/techrxiv|64898/)",
    re.I,
)
_PREPRINT_PLACE = re.compile(
    r"\b(?:preprint|medrxiv|biorxiv|arxiv|research square|ssrn|osf preprints|authorea)\b", re.I
)
_NOTICE = re.compile(
    r"^(?:\W*)(?:erratum|errata|corrigend\w+|correction|retraction|rétractation|"
    r"expression of concern|addendum|reply|author'?s?'? (?:reply|response)|response|réponse|"
    r"(?:invited )?comment(?:s|ary)?|commentaires?|letter|lettre|re|editorial|éditorial)"
    r"\b(?:\s*(?:to|on|for|of|by|from|à|au|aux|sur|de)\b|\s*[:.\-–—\[(])"
    r"|[:.\-–—\[(]\s*(?:the )?(?:author'?s?'? |invited |editorial )?"
    r"(?:reply|response|comment(?:ary|aire)?|réponse|erratum|corrigendum|correction)\W*$"
    r"|\(vol\.? [^()]*\)\W*$",
    re.I,
)
#: Put before the title of the work itself when it is retracted: not a notice about it.
_RETRACTED = re.compile(
    r"^\W*(?:retracted|withdrawn|rétracté|retiré)(?: article| chapter| paper)?\s*[:\])]\W*", re.I
)
_PROTOCOL = re.compile(
    r"\bprotocole?\b|\bstudy design and rationale\b|\brationale and design\b", re.I
)
_ABSTRACT = re.compile(
    r"^\W*(?:abstract\s*(?:no\.?\s*)?[:#\d]|\(?[A-Z]{0,3}-?\d{1,4}[.:)]\s)|\bmeeting abstract\b|"
    r"\bconference abstract\b",
    re.I,
)
_ABSTRACT_NUMBER = re.compile(r"^\W*abstract\s*(?:no\.?)?\s*[\w-]{1,8}\s*[:.\-–—]\s*", re.I)
_COCHRANE = re.compile(r"10\.1002/14651858\.([a-z]{2}\d+)", re.I)
_COCHRANE_PAGE = re.compile(r"([a-z]{2}\d{6})", re.I)
_EDITION = re.compile(r"\b(?:update|updated|revision|revised|actualisation)\b", re.I)
_SUBTITLE = re.compile(r"\s*[:.?!–—]\s+|\s+-\s+")
_DIGIT = re.compile(r"\d")
#: They turn a title round and are no words. A minus stands before a number, "at -20 °C".
_SIGN = re.compile(r"[<>≤≥+±♂♀]|(?<!\w)(?<!\d\s)[-−–](?=\d)")
_NOT_SHOWN = re.compile(r"^\[[^\]]*(?:not shown|title)[^\]]*\]", re.I)
_REGISTERED = re.compile(
    r"NCT\d{8}|ISRCTN\d{8}|ACTRN\d{14}|ChiCTR[-\w]*\d+|DRKS\d{8}|(?:JPRN-)?UMIN\d{9}|"
    r"CTRI/[\d/]+|IRCT\w+|KCT\d{7}|NTR\d+|PACTR\d+|20\d\d-\d{6}-\d\d",
    re.I,
)
#: Ways to number the parts of a work; a lone V or X is a letter more often than a number.
_COUNTED = {
    word: number
    for number, said in {
        "1": "i one first premier premiere",
        "2": "ii two second deux deuxieme seconde",
        "3": "iii three third trois troisieme",
        "4": "iv four fourth quatre quatrieme",
        "5": "five fifth cinq cinquieme",
        "6": "vi six sixth sixieme",
        "7": "vii seven seventh sept septieme",
        "8": "viii eight eighth huit huitieme",
        "9": "ix nine ninth neuf neuvieme",
    }.items()
    for word in said.split()
}

#: What kind of thing a BibTeX type is. One that is not listed ("misc") can be anything.
_FORMS = {
    type: form
    for form, types in {
        "article": "article",
        "conference paper": "inproceedings conference",
        "chapter": "incollection inbook inreference",
        "book": "book mvbook collection proceedings manual reference booklet",
        "report": "techreport report",
        "thesis": "phdthesis mastersthesis thesis",
        "video": "video movie",
        **{name: name for name in ("dataset", "software", "patent", "standard", "audio")},
    }.items()
    for type in types.split()
}


@dataclass(slots=True)
class Traits:
    """What is compared of a reference.

    `wording` is the title as it must agree to be the same: its letters without typography,
    its numbers and signs. `title` is its folded words without what a notice or an abstract
    puts before them, to measure likeness. `beginnings` are the wordings of the title without
    its subtitle. `ids` are the identifiers it gives, by name.
    """

    key: str
    wording: tuple[str, ...]
    beginnings: frozenset[tuple[str, ...]]
    title: str
    sorted_title: str
    words: tuple[str, ...]
    numbers: frozenset[str]
    authors: tuple[Author, ...]
    family: str  # of the first author
    year: int | None
    journal: str
    volume: str
    number: str
    pages: str
    page: str  # the digits of the first page
    ids: dict[str, str]
    cochrane: str  # the number of a Cochrane review, which its versions share
    form: str
    is_preprint: bool
    is_protocol: bool
    is_abstract: bool
    is_notice: bool
    is_update: bool


def wording(title: str) -> tuple[str, ...]:
    """What two titles have in common when only typography sets them apart."""
    found = words(title)
    numbers = re.findall(r"\d+", " ".join(found))
    signs = re.sub("[−–]", "-", "".join(_SIGN.findall(title)))
    return ("".join(found), *numbers, *signs) if found else ()


def _beginnings(title: str) -> frozenset[tuple[str, ...]]:
    """The title up to each place where a subtitle may begin, when two words remain."""
    heads = (title[: match.start()] for match in _SUBTITLE.finditer(title))
    return frozenset(wording(head) for head in heads if len(words(head)) > 1)


def _family(author: Author) -> str:
    """The family name in one word; "" for what can only be an initial."""
    name = "".join(words(author.family or author.literal))
    return name if len(name) > 1 or not name.isascii() else ""


def _is_abstract(reference: Reference, said: str) -> bool:
    return (
        bool(_ABSTRACT.search(reference.title))
        or "meeting abstract" in said
        or "conference abstract" in said
        or _FORMS.get(reference.type) == "conference paper"
        or (
            "suppl" in f"{reference.number} {reference.volume}".casefold()
            and "-" not in reference.pages
        )
    )


def _registry_number(reference: Reference) -> str:
    """The number of a record that registers a trial, in capitals; "" for anything else."""
    if reference.volume or reference.type in _FORMS or is_preprint(reference):
        return ""
    for value in (reference.number, extra_text(reference, "eprint"), reference.pages):
        if _REGISTERED.fullmatch(value.strip()):
            return value.strip().upper()
    return ""


def _isbn(reference: Reference) -> str:
    """A book's ISBN in its long form, edition and volume; a chapter has that of its book."""
    if _FORMS.get(reference.type) != "book" or not reference.isbn:
        return ""
    number = isbn_rules.compact(reference.isbn)
    number = isbn_rules.to_isbn13(number) if isbn_rules.is_valid(number) else number
    edition = "".join(_COUNTED.get(w, w) for w in words(extra_text(reference, "edition"))[:1])
    return f"{number} {re.sub('[^0-9]', '', edition) or '1'} {reference.volume}".strip()


def _cochrane(doi: str, reference: Reference) -> str:
    match = _COCHRANE.match(doi)
    if match is None and "cochrane" in reference.journal.casefold():
        match = _COCHRANE_PAGE.fullmatch(reference.pages.strip())
    return match[1].upper() if match else ""


def traits(reference: Reference) -> Traits:
    """What is compared of a reference."""
    shown = _NOT_SHOWN.sub("", reference.title).strip()
    shown = shown if words(shown) else reference.title
    raw = _RETRACTED.sub("", shown.strip("[]") if shown.startswith("[") else shown)
    found = words(_ABSTRACT_NUMBER.sub("", raw))
    doi = re.sub("/+", "/", reference.doi.casefold().strip())
    authors = tuple(author for author in reference.authors[:30] if _family(author))
    said = " ".join(
        (reference.journal, reference.publisher, extra_text(reference, "pubtype"))
    ).casefold()
    ids = {
        "doi": doi,
        "pmid": reference.pmid,
        "pmcid": reference.pmcid.upper(),
        "registration": _registry_number(reference),
        "isbn": _isbn(reference),
    }
    return Traits(
        key=reference.key,
        wording=wording(raw),
        beginnings=_beginnings(raw),
        title=" ".join(found),
        sorted_title=" ".join(sorted(found)),
        words=found,
        numbers=frozenset(_COUNTED.get(w, w) for w in found if w in _COUNTED or _DIGIT.search(w)),
        authors=authors,
        family=_family(authors[0]) if authors else "",
        year=reference.year,
        journal=reference.journal,
        volume="".join(words(reference.volume)),
        number=reference.number,
        pages=re.sub(r"-\D*$", "", reference.pages) if _DIGIT.search(reference.pages) else "",
        page="".join(re.findall(r"\d+", reference.pages)[:1]).lstrip("0"),
        ids={name: value for name, value in ids.items() if value},
        cochrane=_cochrane(doi, reference),
        form=_FORMS.get(reference.type, ""),
        is_preprint=is_preprint(reference)
        or bool(_PREPRINT_DOI.match(doi))
        or bool(_PREPRINT_PLACE.search(said)),
        is_protocol=reference.study.design == "protocol" or bool(_PROTOCOL.search(raw)),
        is_abstract=_is_abstract(reference, said),
        is_notice=bool(_NOTICE.search(raw))
        or "retraction of publication" in said
        or "published erratum" in said,
        is_update=bool(_EDITION.search(raw)),
    )


def blocks(record: Traits) -> Iterator[str]:
    """What a record shares with another one that may be the same work."""
    for name, value in record.ids.items():
        yield f"{name} {value}"
    if record.cochrane:
        yield f"cochrane {record.cochrane}"
    compact = "".join(record.words)
    if compact:
        yield f"start {compact[:28]}"
        yield f"end {compact[-28:]}"
    telling = sorted({w for w in record.words if len(w) > 4}, key=lambda w: (-len(w), w))[:5]
    for index, first in enumerate(telling):
        for second in telling[index + 1 :]:
            yield f"words {first} {second}"
    if record.page and record.volume:
        yield f"place {record.volume} {record.page} {record.year or ''}"
        yield f"place {record.volume} {record.page} {record.journal[:1].casefold()}"
    if record.authors and record.year:
        yield f"author {record.family} {record.year} {record.page}"
