"""What a claim rests on: each study once, in comparable people, whole, and as it is today."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from evidence.appraisal.harms import is_in_people
from evidence.checks.rule import (
    Fault,
    RegisterFault,
    is_filled,
    of_claim,
    of_register,
    wrong,
)
from evidence.claims.claim import Claim, Link
from evidence.claims.text import Text
from evidence.knowledge import KnowledgeBase
from references.concepts import Vocabulary
from references.errors import Message, message
from references.record import Reference
from references.relations import studies_of
from references.yamlfile import Location

#: Stances that count towards a verdict.
_COUNTING = ("supports", "qualifies", "contradicts")
_SIDES = ("supports", "contradicts")


def _known(kb: KnowledgeBase, claim: Claim) -> Iterator[tuple[int, Link, Reference]]:
    """The links to records of the library, with their places."""
    for number, link in enumerate(claim.links):
        if link.reference in kb.library:
            yield number, link, kb.library[link.reference]


@of_claim
def counted_twice(kb: KnowledgeBase, claim: Claim) -> Iterator[Fault]:
    """Two records of one study that count on the same side of a claim."""
    study = studies_of((link.reference for link in claim.links), kb.library)
    first: dict[tuple[str, str], str] = {}
    for number, link, _ in _known(kb, claim):
        if link.stance in _COUNTING:
            key = first.setdefault((study[link.reference], link.stance), link.reference)
            if key != link.reference:
                yield wrong(
                    f"links.{number}",
                    "'{key}' and '{other}' are one study and count twice; keep the fuller one, or "
                    "make one of them background",
                    key=link.reference,
                    other=key,
                )


# ---- in whom --------------------------------------------------------------------------

_WOMEN = {"women", "vulvar-pain", "obstetric-perineal-trauma", "childbirth", "endometriosis"}
_MEN = {"men", "penile-pain", "testicular-pain", "prostatitis-pain", "premature-ejaculation"}
_ACUTE, _CHRONIC = {"acute-pain", "postoperative-pain"}, {"chronic-pain", "neuropathic-pain"}
#: What is true of one side need not be so of the other, and what the sides are called.
_APART = (
    (_WOMEN, _MEN, message("women"), message("men")),
    (_ACUTE, _CHRONIC, message("acute pain"), message("chronic or neuropathic pain")),
)
#: What is said of words and of places, not of bodies.
_NOT_OF_PATIENTS = ("definition", "organisation")


def _with_broader(ids: Iterable[str], vocabulary: Vocabulary) -> set[str]:
    known = [one for one in ids if one in vocabulary]
    return {*known, *(wider for one in known for wider in vocabulary.broader(one))}


def _across(kb: KnowledgeBase, claim: Claim, reference: Reference) -> Iterator[tuple[Message, ...]]:
    """(of the claim, of the record) where the two are about different people or pain."""
    study = reference.study
    claimed = _with_broader((*claim.population, *claim.concepts), kb.vocabulary)
    studied = _with_broader((*study.population, *study.indications), kb.vocabulary)
    for one, other, name, other_name in _APART:
        for mine, theirs, names in (
            (one, other, (name, other_name)),
            (other, one, (other_name, name)),
        ):
            if claimed & mine and not claimed & theirs and studied & theirs and not studied & mine:
                yield names
    if claim.kind not in _NOT_OF_PATIENTS and not is_in_people(reference):
        yield message("patients"), message("animals, cadavers or the laboratory")


@of_claim
def across(kb: KnowledgeBase, claim: Claim) -> Iterator[Fault]:
    """A study of other people or another pain that supports or contradicts as if it were direct."""
    for number, link, reference in _known(kb, claim):
        if link.stance in _SIDES and link.directness.population != "indirect":
            for claimed, studied in _across(kb, claim, reference):
                yield wrong(
                    f"links.{number}.directness",
                    "the claim is about {claimed}, '{key}' about {studied}; write population: "
                    "indirect, or qualify instead",
                    claimed=claimed,
                    key=link.reference,
                    studied=studied,
                )


# ---- records that are not whole -------------------------------------------------------

#: The stances that carry a verdict.
_CARRYING = {
    "partly-supported": ("supports", "qualifies"),
    "mixed": ("contradicts",),
    "contradicted": ("contradicts",),
}


@of_claim
def incomplete_alone(kb: KnowledgeBase, claim: Claim) -> Iterator[Fault]:
    """A verdict that rests on incomplete records only."""
    stances = _CARRYING.get(claim.judgement, ())
    carrying = [one for _, link, one in _known(kb, claim) if link.stance in stances]
    if carrying and not any(reference.is_complete for reference in carrying):
        yield wrong(
            "verdict",
            "is '{verdict}' on incomplete records only: {keys}; complete one, or change the "
            "verdict",
            verdict=claim.verdict,
            keys=tuple(reference.key for reference in carrying),
        )


# ---- what a note says of the record ---------------------------------------------------

_FIELD_WORDS = {
    "authors": r"authors?|auteurs?",
    "year": r"year|année",
    "title": r"title|titre",
    "journal": r"journal|revue",
    "volume": r"volume",
    "pages": r"pages",
    "doi": r"DOI",
}
_UNSEEN = re.compile(
    rf"(?P<fields>\b(?:{'|'.join(_FIELD_WORDS.values())})\b[^.,;:()«»]{{0,60}}?)"
    r"\b(?:to be confirmed|to confirm|not (?:yet )?(?:seen|shown|known|confirmed)|unknown|"
    r"à confirmer|non (?:vue?s?|affichée?s?|confirmée?s?)|pas été vue?s?|inconnue?s?)\b",
    re.I,
)


def _stale(words: str, reference: Reference) -> Iterator[str]:
    """The fields that a note calls unseen and that the record has."""
    for clause in _UNSEEN.finditer(words):
        for name, pattern in _FIELD_WORDS.items():
            named = re.search(rf"\b(?:{pattern})\b", clause["fields"], re.I)
            if named and is_filled(reference, name):
                yield name


@of_register
def stale_notes(kb: KnowledgeBase, text: Text) -> Iterator[RegisterFault]:
    """A note that calls a field unseen or unconfirmed which the record has by now."""
    for location, name, words in text.bilinguals():
        for key, said in _said_of_records(text, location, words.fr, words.en):
            stale = tuple(dict.fromkeys(_stale(said, kb.library[key]))) if key in kb.library else ()
            if stale:
                why = message(
                    "says of '{key}' that something was not seen or is to be confirmed which the "
                    "record has: {fields}; mend the note",
                    key=key,
                    fields=stale,
                )
                yield location, name, why


def _said_of_records(text: Text, location: Location, *words: str) -> Iterator[tuple[str, str]]:
    """(key, what is said of it): a note speaks of its link, other words of a key in brackets."""
    if location[0] == "claims" and location[-1] == "note":
        claim, link = int(location[1]), int(location[3])
        yield text.claims[claim].links[link].reference, " ; ".join(words)
    for said in words:
        for named in re.finditer(r"\b([a-z][\w-]*\d[\w-]*) \(([^()]*)\)", said):
            yield named[1], named[2]
