"""A register by itself: its keys, its verdicts, what a draft left, what somebody signed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evidence.appraisal.verdict import bar_to_support
from evidence.checks.rule import (
    Fault,
    RegisterFault,
    claim_fault,
    no_concept,
    of_register,
    wrong,
)
from evidence.claims.claim import Claim
from evidence.claims.text import Text
from evidence.knowledge import KnowledgeBase
from references.errors import message

#: What bars a claim from being called supported, and what to do about it.
_BARS = {
    "only-incomplete": wrong(
        "verdict", "is 'supported' on incomplete references only; lower the verdict"
    ),
    "only-indirect": wrong(
        "verdict", "is 'supported' on indirect references only; lower the verdict"
    ),
    "directness-unsaid": wrong(
        "verdict",
        "is 'supported' and no link that supports it says that its study is direct; say it on one, "
        "or lower the verdict",
    ),
}


def claim_problems(kb: KnowledgeBase, text: Text, claim: Claim) -> Iterator[Fault]:
    """(field, message) for each rule that one claim of a text breaks.

    A claim that nobody has assessed has no verdict to be wrong.
    """
    if all(claim.section != section.id for section in text.sections):
        yield wrong(
            "section",
            "'{section}' is not a section of the text; mend one of the two",
            section=claim.section,
        )
    for name in ("concepts", "population", "intervention", "comparator", "outcome"):
        for value in getattr(claim, name):
            if value not in kb.vocabulary:
                yield no_concept(name, value)
    yield from _wrong_links(kb, claim)
    if claim.is_assessed:
        yield from _wrong_verdict(kb, claim)


def _wrong_links(kb: KnowledgeBase, claim: Claim) -> Iterator[Fault]:
    seen: Counter[tuple[str, str]] = Counter()
    for number, link in enumerate(claim.links):
        where, key = f"links.{number}", link.reference
        reference = kb.library.get(key)
        if reference is None:
            yield wrong(
                where, "no reference has the key '{key}'; mend it or add the reference", key=key
            )
            continue
        seen[key, link.stance] += 1
        if seen[key, link.stance] == 2:
            yield wrong(
                where, "'{key}' is linked twice with the same stance; merge the links", key=key
            )
        outcomes = sorted({finding.outcome for finding in reference.findings})
        if link.finding and link.finding not in outcomes:
            yield wrong(
                f"{where}.finding",
                "'{key}' has no finding '{finding}'; it has: {outcomes}",
                key=key,
                finding=link.finding,
                outcomes="; ".join(outcomes) or message("none"),
            )


def _wrong_verdict(kb: KnowledgeBase, claim: Claim) -> Iterator[Fault]:
    supporting, verdict = claim.links_of("supports"), claim.verdict
    if verdict == "supported":
        known = [
            (one, kb.library[one.reference]) for one in supporting if one.reference in kb.library
        ]
        if not supporting:
            yield wrong(
                "verdict", "is 'supported' without any link that supports it; lower the verdict"
            )
        elif bar := bar_to_support(known):
            yield _BARS[bar]
    elif verdict == "contradicted" and not claim.links_of("contradicts"):
        yield wrong("verdict", "is 'contradicted' without any link that contradicts it; mend one")
    elif verdict == "no-evidence-found" and supporting:
        yield wrong(
            "verdict", "is 'no-evidence-found' while a link supports it; mend one of the two"
        )
    elif verdict == "not-checkable" and claim.certainty != "none":
        yield wrong("certainty", "a claim that cannot be checked has the certainty 'none'")


@of_register
def registers(kb: KnowledgeBase, text: Text) -> Iterator[RegisterFault]:
    """Ids, sources and claims of a register that cannot be right."""
    yield from _ids_used_twice(text)
    yield from _wrong_sources(kb, text)
    for number, claim in enumerate(text.claims):
        for name, why in claim_problems(kb, text, claim):
            yield claim_fault(number, claim, name, why)


def _ids_used_twice(text: Text) -> Iterator[RegisterFault]:
    sections = [section.id for section in text.sections]
    claims = [claim.id for claim in text.claims]
    for name, ids in (("sections", sections), ("claims", claims)):
        for number, value in enumerate(ids):
            if value in ids[:number]:
                yield (name, number), value, message("the id is used twice; rename one")


def _wrong_sources(kb: KnowledgeBase, text: Text) -> Iterator[RegisterFault]:
    for number, cited in enumerate(text.sources):
        where = ("sources", number)
        for key in [*cited.nearest, *([cited.reference] if cited.reference else [])]:
            if key not in kb.library:
                why = message("no reference has the key '{key}'; mend it", key=key)
                yield where, "nearest", why
        if cited.status == "verified" and not cited.reference:
            why = message("a verified source needs its reference; add it")
            yield where, "reference", why


@of_register
def unwritten(_kb: KnowledgeBase, text: Text) -> Iterator[RegisterFault]:
    """What a draft left for a person to write: claims to assess, words to translate or reword."""
    for location, name, words in text.bilinguals():
        if words.marks:
            why = message(
                "still says {marks}; finish it here, or on the desk and then run "
                "'evidence journal apply'",
                marks=words.marks,
            )
            yield location, name, why
    for number, claim in enumerate(text.claims):
        if not (claim.is_assessed or claim.rationale):
            why = message(
                "is not assessed yet ([to assess]); decide it here, or on the desk and then run "
                "'evidence journal apply'"
            )
            yield claim_fault(number, claim, "verdict", why)


@of_register
def signatures(_kb: KnowledgeBase, text: Text) -> Iterator[RegisterFault]:
    """Claims that changed after somebody signed them."""
    why = message("the claim changed after it was signed; review it again")
    for number, claim in enumerate(text.claims):
        if claim.reviewed and claim.reviewed.claim_hash != claim.hash:
            yield claim_fault(number, claim, "reviewed", why)
