"""The certainty of a claim beside the studies that it is said to rest on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from evidence.appraisal.certainty import ENOUGH, UNGRADED, WeighedStudy, large_effects, weigh
from evidence.checks.rule import Fault, of_claim, wrong
from evidence.claims.claim import CertaintyReason, Claim
from evidence.knowledge import KnowledgeBase
from references.errors import Message, message

_Body = Sequence[WeighedStudy]
_BIAS = re.compile(r"\bbias|blind|open[- ]label|uncontrolled|drop(?:ped)? out|lost to", re.I)
_DISAGREE = re.compile(r"\bI2\b|I²|heterogen|inconsisten|conflict|disagree|mixed results", re.I)
_DOSE = re.compile(
    r"\bdose|durations?\b|longer|colder|temperatures?|minutes|seconds|cycles?\b|repeat|degrees|°C",
    re.I,
)
#: What happened to all or to none, which no ratio can express.
_ALL = re.compile(
    r"\b100 ?%|\ball (?!of these)|\bevery\b|\bcomplete|\babolish|\bnone\b|\b0 of ", re.I
)


def _say(body: _Body, words: re.Pattern[str]) -> bool:
    """Whether a record says something in its findings or in our words on it."""
    return any(
        words.search(f"{finding.outcome} {finding.value} {finding.text}")
        for study in body
        for finding in study.reference.findings
    ) or any(words.search(study.reference.study.relevance) for study in body)


def _risk_of_bias(body: _Body) -> Message | None:
    controlled = all(study.level.number in (1, 2, 3) for study in body)
    doubtful = any(study.reference.status == "expression-of-concern" for study in body)
    if controlled and not doubtful and not _say(body, _BIAS):
        return message("all linked studies have a control group, and no record speaks of bias")
    return None


def _inconsistency(body: _Body) -> Message | None:
    if len({study.link.stance for study in body}) == 1 and not _say(body, _DISAGREE):
        return message("all linked studies point the same way")
    return None


def _indirectness(body: _Body) -> Message | None:
    if any(study.indirect for study in body):
        return None
    return message("no link calls its study indirect")


def _imprecision(body: _Body) -> Message | None:
    """People in the direct studies that support the claim, or in all where none does."""
    direct = [study for study in body if not study.indirect]
    carrying = [study for study in direct if study.link.stance == "supports"] or direct
    people = sum(study.reference.study.participants or 0 for study in carrying)
    if people >= ENOUGH and not any(map(_is_open, carrying)):
        return message("the direct studies hold {people} people", people=people)
    return None


def _is_open(study: WeighedStudy) -> bool:
    """Whether an interval of the study holds both a benefit and none."""
    return any(
        finding.interval and finding.favours == "neither" for finding in study.reference.findings
    )


def _large_effect(body: _Body) -> Message | None:
    if large_effects(body) or _say(body, _ALL):
        return None
    return message("no finding has a ratio of at least 2 or at most 0.5, or speaks of all or none")


def _dose_response(body: _Body) -> Message | None:
    if _say(body, _DOSE):
        return None
    return message("no finding compares doses, times or temperatures")


#: For each reason that records can bear out, what speaks against it.
_AGAINST: dict[CertaintyReason, Callable[[_Body], Message | None]] = {
    "risk-of-bias": _risk_of_bias,
    "inconsistency": _inconsistency,
    "indirectness": _indirectness,
    "imprecision": _imprecision,
    "large-effect": _large_effect,
    "dose-response": _dose_response,
}


@of_claim
def reasons(kb: KnowledgeBase, claim: Claim) -> Iterator[Fault]:
    """A reason of the certainty that no linked record bears out."""
    if not claim.is_assessed:
        return
    body = [study for study in weigh(claim, kb.library) if study.weight]
    for reason in claim.certainty_reasons:
        against: Message | None = None
        if reason == "no-studies":
            if any(study.link.stance == "supports" for study in body):
                against = message("a linked study supports the claim")
        elif not body:
            against = message("no linked study counts")
        elif rule := _AGAINST.get(reason):
            against = rule(body)
        if against:
            yield wrong(
                "certainty_reasons",
                "'{reason}' is given, but {against}; take it out, or link the record it rests on",
                reason=reason,
                against=against,
            )


@of_claim
def ungraded(_kb: KnowledgeBase, claim: Claim) -> Iterator[Fault]:
    """A certainty on what no study measures."""
    if claim.is_assessed and claim.kind in UNGRADED and claim.certainty != "none":
        yield wrong(
            "certainty",
            "is '{certainty}' on a claim of kind {kind}, which no study measures; write 'none'",
            certainty=claim.certainty,
            kind=claim.kind,
        )
