"""Propose the certainty of a claim and its verdict, rule by rule.

A proposal for a person to accept or to change, not a GRADE assessment: rules see only what
the library records. Every rule, its source and what it cannot see: docs/appraisal.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence.appraisal.certainty import Step, WeighedStudy, certainty_of, keys_of, sums_of, weigh
from evidence.appraisal.reasons import because
from evidence.claims.claim import Bilingual, Certainty, CertaintyReason, Claim, Link, Verdict
from references.record import Reference

#: Ours: the share of the weight from which contradiction is the answer, and is one of two.
MOST, MUCH = 0.6, 0.2
#: Ours: the share of the weight that may qualify a claim which is still called supported.
QUALIFIED = 0.4


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules propose for a claim, and every step on the way."""

    verdict: Verdict
    certainty: Certainty
    reasons: tuple[CertaintyReason, ...]
    steps: tuple[Step, ...]

    def differs(self, claim: Claim) -> tuple[str, ...]:
        """Which of "verdict" and "certainty" a claim decides otherwise: this asks for a reason."""
        pairs = (
            ("verdict", self.verdict, claim.verdict),
            ("certainty", self.certainty, claim.certainty),
        )
        return tuple(name for name, proposed, decided in pairs if proposed != decided)


#: A verdict, and the reason for it in `reasons.tsv`.
_Answer = tuple[Verdict, str]


def _contradicted(contradicts: float) -> _Answer:
    if contradicts >= MOST:
        return "contradicted", "mostly-contradicted"
    return "mixed", "divided"


def _unsupported(body: Sequence[WeighedStudy]) -> _Answer:
    if any(study.level.number and not study.indirect for study in body):
        return "partly-supported", "qualified-only"
    return "no-evidence-found", "nothing-supports"


def bar_to_support(carrying: Iterable[tuple[Link, Reference]]) -> str:
    """Why a claim cannot be called supported by the links that support it; "" when it can be.

    One of them has to be complete, and said to be direct. The proposal and the rule that
    `evidence check` and the desk go by ask this.
    """
    firm = [link for link, reference in carrying if reference.is_complete]
    if not firm:
        return "only-incomplete"
    if any(link.directness.is_direct for link in firm):
        return ""
    stated = all(link.directness.as_dict() for link in firm)
    return "only-indirect" if stated else "directness-unsaid"


def _supported(body: Sequence[WeighedStudy], qualifies: float) -> _Answer:
    carrying = [one for one in body if one.link.stance == "supports"]
    if bar := bar_to_support((one.link, one.reference) for one in carrying):
        return "partly-supported", bar
    if qualifies > QUALIFIED:
        return "partly-supported", "much-qualified"
    return "supported", "supported"


def _answer(kind: str, body: Sequence[WeighedStudy], sums: Mapping[str, float]) -> _Answer:
    whole = sum(sums.values())
    if not whole and kind == "organisation":
        return "not-checkable", "organisation"
    if not whole:
        return "no-evidence-found", "nothing-either-way"
    supports, qualifies, contradicts = (weight / whole for weight in sums.values())
    if contradicts >= MUCH:
        return _contradicted(contradicts)
    return _supported(body, qualifies) if supports else _unsupported(body)


def _verdict(kind: str, body: Sequence[WeighedStudy]) -> tuple[Verdict, Step]:
    """The verdict from the weight on each side, and the step that says why."""
    sums = sums_of(body)
    verdict, reason = _answer(kind, body, sums)
    shares = ", ".join(f"{name} {value:g}" for name, value in sums.items())
    why = because(reason)
    both = Bilingual(fr=f"{why.fr} ({shares})", en=f"{why.en} ({shares})")
    return verdict, Step("verdict", 0, verdict, both, keys_of(body))


def _counted(counting: int, left_out: Sequence[WeighedStudy]) -> Step:
    """The first step: how many studies count, and which do not."""
    why = because("counted-one" if counting == 1 else "counted", count=counting)
    if left_out:
        why = because("left-out", counted=why, count=len(left_out))
    return Step("evidence", 0, str(counting), why, keys_of(left_out))


def propose(claim: Claim, library: Mapping[str, Reference]) -> Proposal:
    """What the rules propose for a claim from its links, step by step.

    References that are retracted or not located as cited, links whose stance is background, and
    further records of a study that counts already, count nothing and are named in the first step.

    The rules follow GRADE (Guyatt et al., J Clin Epidemiol 2011;64) as far as a record can tell;
    each threshold and its source: docs/appraisal.md.

    Args:
        claim: its links are weighed; its own verdict is not looked at.
        library: the references by key; a link to a key that it lacks counts nothing.
    """
    weighed = weigh(claim, library)
    body = [study for study in weighed if study.weight]
    certainty, reasons, steps = certainty_of(claim.kind, body)
    verdict, step = _verdict(claim.kind, body)
    if verdict in ("not-checkable", "no-evidence-found"):
        certainty, reasons = "none", ("no-studies",)
    first = _counted(len(body), [study for study in weighed if not study.weight])
    return Proposal(verdict, certainty, reasons, (first, *steps, step))
