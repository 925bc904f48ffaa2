"""Propose the certainty of a claim and its verdict, rule by rule.

A proposal for a person to accept or to change, not a GRADE assessment: rules see only what
the library records. Every rule, its source and what it cannot see: docs/appraisal.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidence.appraisal.certainty import Step, WeighedStudy, certainty_of, keys_of, sums_of, weigh
from evidence.claims.claim import Bilingual, Certainty, CertaintyReason, Claim, Verdict
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


_Answer = tuple[Verdict, Bilingual]


def _without_weight(kind: str) -> _Answer:
    if kind == "organisation":
        return "not-checkable", Bilingual(
            fr="dit comment un lieu s’organise : rien à chercher",
            en="says how a place is organised: no study to look for",
        )
    return "no-evidence-found", Bilingual(
        fr="aucune étude liée ne soutient ni ne contredit",
        en="no linked study supports or contradicts",
    )


def _contradicted(contradicts: float, others: float) -> _Answer:
    if contradicts >= MOST:
        return "contradicted", Bilingual(
            fr="l’essentiel du poids contredit", en="most of the weight contradicts"
        )
    if others < MUCH:
        return "contradicted", Bilingual(fr="le poids contredit", en="the weight contradicts")
    return "mixed", Bilingual(fr="le poids est partagé", en="the weight is divided")


def _unsupported(body: Sequence[WeighedStudy]) -> _Answer:
    if any(study.level.number and not study.indirect for study in body):
        return "partly-supported", Bilingual(
            fr="les études nuancent sans soutenir pleinement",
            en="the studies qualify without full support",
        )
    return "no-evidence-found", Bilingual(
        fr="rien ne soutient ; ce qui nuance est indirect ou n’est qu’un avis",
        en="nothing supports; what qualifies is indirect or an opinion only",
    )


def _supported(body: Sequence[WeighedStudy], qualifies: float) -> _Answer:
    firm = [
        study for study in body if study.link.stance == "supports" and study.reference.is_complete
    ]
    if not firm:
        return "partly-supported", Bilingual(
            fr="seules des notices incomplètes soutiennent", en="only incomplete records support"
        )
    if all(study.indirect for study in firm):
        return "partly-supported", Bilingual(
            fr="seules des études indirectes soutiennent", en="only indirect studies support"
        )
    if qualifies > QUALIFIED:
        return "partly-supported", Bilingual(
            fr="une bonne part du poids nuance", en="a good part of the weight qualifies"
        )
    return "supported", Bilingual(
        fr="le poids soutient, avec au moins une étude directe",
        en="the weight supports, with at least one study not known to be indirect",
    )


def _verdict(kind: str, body: Sequence[WeighedStudy]) -> tuple[Verdict, Step]:
    """The verdict from the weight on each side, and the step that says why."""
    sums = sums_of(body)
    whole = sum(sums.values())
    if not whole:
        verdict, why = _without_weight(kind)
    else:
        supports, qualifies, contradicts = (weight / whole for weight in sums.values())
        if contradicts >= MUCH:
            verdict, why = _contradicted(contradicts, supports + qualifies)
        elif not supports:
            verdict, why = _unsupported(body)
        else:
            verdict, why = _supported(body, qualifies)
    shares = ", ".join(f"{name} {value:g}" for name, value in sums.items())
    reason = Bilingual(fr=f"{why.fr} ({shares})", en=f"{why.en} ({shares})")
    return verdict, Step("verdict", 0, verdict, reason, keys_of(body))


def _counted(counting: int, left_out: Sequence[WeighedStudy]) -> Step:
    """The first step: how many studies count, and which do not."""
    fr = f"{counting} étude(s) comptent"
    en = f"{counting} {'study counts' if counting == 1 else 'studies count'}"
    if left_out:
        count = len(left_out)
        fr += f" ; {count} laissée(s) de côté (contexte, rétractée, introuvable)"
        en += f"; {count} left out (background, retracted, not located)"
    return Step("evidence", 0, str(counting), Bilingual(fr=fr, en=en), keys_of(left_out))


def propose(claim: Claim, library: Mapping[str, Reference]) -> Proposal:
    """What the rules propose for a claim from its links, step by step.

    References that are retracted or not located as cited, and links whose stance is
    background, count nothing and are named in the first step.

    Args:
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
