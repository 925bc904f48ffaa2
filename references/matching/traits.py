"""What is compared of a reference, worked out once a record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from references.files import table
from references.formats.field_values import extra_text
from references.identifiers import doi_key, isbn13, trial_number
from references.matching.numbers import first_page_digits, number_key
from references.matching.people import family_key
from references.matching.titles import beginnings, wording
from references.normalise import comparable_words
from references.preprints import is_preprint
from references.record import Author, Reference

_NOTICE = re.compile(
    r"^(?:\W*)(?:(?:(?:publisher|author)(?:['’]?s|s['’])? )?"
    r"(?:erratum|errata|corrigend\w+|correction)|"
    r"(?:(?:statement|notice) of )?retraction(?: not(?:ic)?e)?|"
    r"rétractation|(?:editorial )?expression of concern|addendum|reply|"
    r"author'?s?'? (?:reply|response)|response|réponse|"
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
_ABSTRACT_NUMBER = re.compile(
    r"^\W*(?:(?i:abstract)\s*(?:(?i:no)\.?)?\s*[\w-]{1,8}\s*[:.\-–—]\s*|"
    r"[A-Z]{1,3}-?\d{1,4}[.:)]\s+)"
)
_COCHRANE = re.compile(r"10\.1002/14651858\.([a-z]{2}\d+)", re.I)
_COCHRANE_PAGE = re.compile(r"([a-z]{2}\d{6})", re.I)
_EDITION = re.compile(r"\b(?:update|updated|revision|revised|actualisation)\b", re.I)
_DIGIT = re.compile(r"\d")
_NOT_SHOWN = re.compile(r"^\[[^\]]*(?:not shown|title)[^\]]*\]", re.I)
#: Ways to number the parts of a work, and what kind of thing a BibTeX type is (`words.tsv`).
_COUNTED, _FORMS = (
    {
        word: meaning
        for of, meaning, words in table("references.matching", "words.tsv")
        if of == kind
        for word in words.split()
    }
    for kind in ("number", "form")
)


@dataclass(slots=True)
class Traits:
    """What is compared of a reference.

    `wording` is the title as it must agree to be the same (`titles.wording`). `title` is its
    comparable words without what a notice or an abstract puts before them, to measure likeness.
    `beginnings` are the wordings of the title without its subtitle. `ids` are the identifiers
    it gives, by name.
    """

    key: str
    wording: tuple[str, ...]
    beginnings: frozenset[tuple[str, ...]]
    title: str
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


def _is_abstract(reference: Reference, labels: str) -> bool:
    return (
        bool(_ABSTRACT.search(reference.title))
        or "meeting abstract" in labels
        or "conference abstract" in labels
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
        if number := trial_number(value):
            return number
    return ""


def _isbn(reference: Reference) -> str:
    """A book's ISBN in its long form, edition and volume; a chapter has that of its book."""
    if _FORMS.get(reference.type) != "book" or not reference.isbn:
        return ""
    number = isbn13(reference.isbn) or re.sub(r"[\s-]", "", reference.isbn)
    words = comparable_words(extra_text(reference, "edition"))[:1]
    edition = "".join(_COUNTED.get(word, word) for word in words)
    return f"{number} {re.sub('[^0-9]', '', edition) or '1'} {reference.volume}".strip()


def _cochrane(doi: str, reference: Reference) -> str:
    match = _COCHRANE.match(doi)
    if match is None and "cochrane" in reference.journal.casefold():
        match = _COCHRANE_PAGE.fullmatch(reference.pages.strip())
    return match[1].upper() if match else ""


def traits(reference: Reference) -> Traits:
    """What is compared of a reference."""
    stated = _NOT_SHOWN.sub("", reference.title).strip()
    stated = stated if comparable_words(stated) else reference.title
    raw = _RETRACTED.sub("", stated.strip("[]") if stated.startswith("[") else stated)
    words = comparable_words(_ABSTRACT_NUMBER.sub("", raw))
    doi = doi_key(reference.doi)
    authors = tuple(author for author in reference.authors[:30] if family_key(author))
    labels = " ".join(
        (reference.journal, reference.publisher, extra_text(reference, "pubtype"))
    ).casefold()
    ids = {
        "doi": doi,
        "pmid": reference.pmid,
        "pmcid": reference.pmcid.upper(),
        "registration": _registry_number(reference),
        "isbn": _isbn(reference),
    }
    # A title of one word before the subtitle is no title ("Pain: ...")
    heads = [head for head in beginnings(raw) if len(comparable_words(head)) > 1]
    return Traits(
        key=reference.key,
        wording=wording(raw),
        beginnings=frozenset(map(wording, heads)),
        title=" ".join(words),
        words=words,
        numbers=frozenset(_COUNTED.get(w, w) for w in words if w in _COUNTED or _DIGIT.search(w)),
        authors=authors,
        family=family_key(authors[0]) if authors else "",
        year=reference.year,
        journal=reference.journal,
        volume=number_key(reference.volume),
        number=reference.number,
        pages=re.sub(r"-\D*$", "", reference.pages) if _DIGIT.search(reference.pages) else "",
        page=first_page_digits(reference.pages),
        ids={name: value for name, value in ids.items() if value},
        cochrane=_cochrane(doi, reference),
        form=_FORMS.get(reference.type, ""),
        is_preprint=is_preprint(reference),
        is_protocol=reference.study.design == "protocol" or bool(_PROTOCOL.search(raw)),
        is_abstract=_is_abstract(reference, labels),
        is_notice=bool(_NOTICE.search(raw))
        or "retraction of publication" in labels
        or "published erratum" in labels,
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
    for head in {"".join(title) for title in (record.wording, *record.beginnings)}:
        if 0 < len(head) < 28:  # a short title, with and without its subtitle
            yield f"head {head}"
    telling = sorted({w for w in record.words if len(w) > 4}, key=lambda w: (-len(w), w))[:5]
    for index, first in enumerate(telling):
        for second in telling[index + 1 :]:
            yield f"words {first} {second}"
    if record.page and record.volume:
        yield f"place {record.volume} {record.page} {record.year or ''}"
        yield f"place {record.volume} {record.page} {record.journal[:1].casefold()}"
    if record.authors and record.year:
        yield f"author {record.family} {record.year} {record.page}"
