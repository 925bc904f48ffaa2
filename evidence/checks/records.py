"""The fields of a record, one beside the other: what contradicts itself is wrong somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from evidence.checks.rule import Fault, is_filled, no_concept, of_record, wrong
from evidence.checks.tables import rows
from evidence.knowledge import KnowledgeBase
from references.hosts import is_address
from references.matching import KINDS
from references.normalise import fold
from references.record import DESIGNS, FAVOURS, RELATIONS, STATUSES, Reference

#: The facets that each study field of a reference may name.
_STUDY_FACETS = {
    "indications": ("indication", "outcome", "anatomy", "intervention"),
    "interventions": ("intervention",),
    "population": ("population",),
    "comparators": ("intervention",),
    "nerves": ("nerve", "anatomy"),
    "guidance": ("guidance",),
}
#: What a browser would run, or open on the reader's own machine.
_SCRIPT = re.compile(r"\s*(?:javascript|vbscript|data|file|blob):", re.IGNORECASE)


@of_record
def fields(_kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """Values that no record may have."""
    design, status = reference.study.design, reference.status
    if not reference.title:
        yield wrong("title", "a reference needs a title; add one, in brackets if none was seen")
    if design and design not in DESIGNS:
        yield wrong("design", "'{design}' is not a design; see references/README.md", design=design)
    if status and status not in STATUSES:
        yield wrong("status", "'{status}' is not a status; see references/README.md", status=status)
    if reference.added and not _is_day(reference.added):
        yield wrong("added", "'{date}' is no day; write one as 2026-11-30", date=reference.added)
    if reference.url and not is_address(reference.url):
        yield wrong(
            "url",
            "'{url}' is no address of a page; it begins with https:// or http://",
            url=reference.url[:60],
        )
    for source in reference.provenance:
        if _SCRIPT.match(source.address):
            yield wrong(
                "provenance",
                "'{url}' is no address of a page; it begins with https:// or http://",
                url=source.address[:60],
            )
    if not reference.provenance:
        yield wrong("provenance", "nothing says where the facts were seen; add an address")
    for name, remembered in reference.unverified.items():
        if remembered and str(getattr(reference, name, None)) == remembered:
            yield wrong(
                name, "the value is listed as unverified and stands in the field; remove one"
            )
    yield from _wrong_results(reference)


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _wrong_results(reference: Reference) -> Iterator[Fault]:
    for finding in reference.findings:
        if finding.favours and finding.favours not in FAVOURS:
            yield wrong(
                "finding",
                "'{value}' is no side that a result favours; write one of {allowed}",
                value=finding.favours,
                allowed=FAVOURS,
            )
    for harm in reference.harms:
        if harm.number is not None and harm.of is not None and harm.number > harm.of:
            yield wrong(
                "harm",
                "'{event}' happened to {number} of {of}; mend one of the numbers",
                event=harm.event,
                number=harm.number,
                of=harm.of,
            )


@of_record
def concepts(kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """Concept ids that the vocabulary lacks, or that belong to another field."""
    for name, facets in _STUDY_FACETS.items():
        for value in getattr(reference.study, name):
            concept = kb.vocabulary.get(value)
            if concept is None and name == "comparators":
                yield wrong(
                    name,
                    "'{id}' is not a concept; mend the id, or write words into 'comparison'",
                    id=value,
                )
            elif concept is None:
                yield no_concept(name, value)
            elif concept.facet not in facets:
                yield wrong(
                    name, "'{id}' is a concept of the facet {facet}", id=value, facet=concept.facet
                )


@of_record
def relations(kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """Relations that nobody knows, to records that are not there."""
    for one in reference.related:
        if one.kind not in (*RELATIONS, *KINDS):
            yield wrong(
                "related",
                "'{kind}' is no relation of two records; write one of {allowed}",
                kind=one.kind,
                allowed=RELATIONS,
            )
        if one.key not in kb.library:
            yield wrong(
                "related", "no reference has the key '{key}'; mend it or add it", key=one.key
            )
        elif one.key == reference.key:
            yield wrong("related", "a record is not related to itself; mend the key")


@of_record
def status(_kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """A record called verified that lacks what every citation needs."""
    if reference.status == "verified" and not reference.is_complete:
        yield wrong(
            "status", "is 'verified' without {names}; write 'incomplete'", names=reference.missing
        )


# ---- provenance -----------------------------------------------------------------------

#: What a provenance calls a field that a page showed. A first author is not the authors.
_SEEN = re.compile(
    r"(?:(?:full|complete|official) )?(?:(?P<title>title)|(?P<year>year|date)|"
    r"(?P<authors>authors?|all authors|author list|list of authors)|(?P<journal>journal)|"
    r"(?P<volume>volume)|(?P<number>issue)|(?P<pages>pages|page range)|(?P<doi>doi)|"
    r"(?P<pmid>pmid|pubmed number)|(?P<publisher>publisher)|(?P<design>design))"
    r"(?: .*\d.*)?"
)
_UNSEEN = re.compile(r"\b(?:not|no|without|non|pas|sans)\b")


def _fields_seen(seen: str) -> Iterator[str]:
    """The fields that a provenance says a page showed: "title, date 1 May 2020; pages"."""
    for sentence in fold(seen).split(";"):
        if not _UNSEEN.search(sentence):
            for part in re.split(r",| and (?=\w+$)", sentence):
                if named := _SEEN.fullmatch(part.strip()):
                    yield str(named.lastgroup)


@of_record
def provenance(_kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """A field that is left empty as unverified, though the provenance says a page showed it."""
    seen = {
        name: source.address
        for source in reference.provenance
        for name in _fields_seen(source.seen)
    }
    for name in reference.unverified:
        if name in seen and not is_filled(reference, name):
            yield wrong(
                f"unverified.{name}",
                "is not verified, and the provenance says that {address} showed it; write the "
                "value into its field, or mend one of the two",
                address=seen[name],
            )


# ---- design and people ----------------------------------------------------------------


@lru_cache(maxsize=1)
def _titled() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """What titles say, and the designs that fit, as `designs.tsv` lists them."""
    return tuple(
        (re.compile(row["words"]), tuple(row["designs"].split())) for row in rows("designs.tsv")
    )


@of_record
def design(_kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """A design that the title of the study speaks against."""
    title = fold(reference.title)
    allowed = next((designs for words, designs in _titled() if words.search(title)), ())
    if reference.study.design and allowed and reference.study.design not in allowed:
        yield wrong(
            "design",
            "is {design}, and the title speaks of {allowed}; compare with the source and mend it",
            design=reference.study.design,
            allowed=allowed,
        )


#: Designs whose arms count studies.
_REVIEWS = ("systematic-review", "meta-analysis", "narrative-review")
#: The size of an arm: "cryoneurolysis (44)", "sham (n = 43)".
_ARM = re.compile(r"\((?:n ?= ?)?(\d{1,5})(?: (?:patients|women|men|people))?\)")
#: How many people an arm's text says took part, where it says so once.
_RANDOMISED = re.compile(r"\b(\d[\d,]*) (?:\w+ )?(?:randomi[sz]ed|enrolled|included|recruited)\b")
#: How many there were of what is counted, and is no person.
_UNITS = re.compile(
    r"\b(\d[\d,]*) (?:\w+ ){0,2}?(?:knees|procedures|nerves|limbs|feet|hands|legs|hips|shoulders|"
    r"interventions|treatments|sessions|blocks|injections|sides|ears|teeth|lesions|ablations)\b"
)
_PEOPLE = re.compile(
    r"\b(\d[\d,]*) (?:\w+ ){0,2}?(?:patients?|people|persons|women|woman|men|man|participants?|"
    r"subjects|children|adults|volunteers|animals|rats|mice|rabbits|dogs|horses|pigs)\b"
)


def _numbers(pattern: re.Pattern[str], text: str) -> set[int]:
    return {int(number.replace(",", "")) for number in pattern.findall(text)}


@of_record
def participants(_kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """A number of people that its arms do not add up to, or that counts something else."""
    study = reference.study
    if study.participants is None:
        return
    sizes = [int(size) for size in _ARM.findall(study.arms)]
    if len(sizes) > 1 and sum(sizes) != study.participants:
        yield wrong(
            "participants",
            "is {participants}, and the arms hold {sum} people; mend one, or say in 'arms' why",
            participants=study.participants,
            sum=sum(sizes),
        )
    told_once = _numbers(_RANDOMISED, study.arms) if study.design not in _REVIEWS else set()
    if len(told_once) == 1 and study.participants not in told_once:
        yield wrong(
            "participants",
            "is {participants}, and 'arms' says that {number} took part; mend one",
            participants=study.participants,
            number=told_once.pop(),
        )
    told = " ; ".join([study.arms, *(f"{one.outcome} ; {one.text}" for one in reference.findings)])
    counted = _numbers(_UNITS, told) - _numbers(_PEOPLE, told)
    if study.participants in counted:
        yield wrong(
            "participants",
            "{participants} is a number of knees, nerves or procedures in the text of the record; "
            "write how many people there were",
            participants=study.participants,
        )
