"""A claim for a report: the page's own words, what was decided, by whom, on what evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from evidence.anchoring.segment import sentences
from evidence.appraisal.level import level
from evidence.appraisal.verdict import propose
from evidence.claims.claim import STANCES, Claim, Link
from evidence.journal import ClaimState
from evidence.report.content import (
    Departure,
    Done,
    Quoted,
    ReportedClaim,
    ReportedLink,
    SignaturesGiven,
)
from evidence.report.described import reported_differences, reported_outcomes
from evidence.report.phrases import about_study_kind, colon
from evidence.report.voice import Voice, tidy
from evidence.standing import StandingText
from evidence.wording import terms, typeset
from evidence.wording.results import Said, harms_of, results_with
from references.record import Reference

#: Why the author of a page has something to do about a claim, the most urgent first.
GROUPS = (
    "retracted",
    "contradicted",
    "page-changed",
    "no-evidence-found",
    "mixed",
    "partly-supported",
    "supported",
    "not-checkable",
)
#: The longest beginning of a rationale on the first page, in characters, where sentences allow.
_BRIEF = 150


def numbers_of(claims: tuple[Claim, ...]) -> dict[str, int]:
    """The numbers of the linked references by key, in the order in which claims meet them."""
    numbers: dict[str, int] = {}
    for claim in claims:
        for stance in STANCES:
            for link in claim.links_of(stance):
                numbers.setdefault(link.reference, len(numbers) + 1)
    return numbers


class Judged:
    """Tells claims of a text as it stands, in one voice."""

    def __init__(self, standing: StandingText, voice: Voice, numbers: Mapping[str, int]) -> None:
        self._standing = standing
        self._voice = voice
        self._numbers = numbers

    def claim(self, number: int, claim: Claim) -> ReportedClaim:
        """A claim with all that stands behind it."""
        voice, assessed = self._voice, claim.is_assessed
        located = self._standing.located.get(claim.id)
        state = self._standing.states.get(claim.id)
        reading = self._standing.readings.get(claim.id)
        page_state = located.status if located else ""
        rationale = voice.said(claim.rationale if assessed else None)
        # Where works are linked there is something; that nothing in it can be graded is no news.
        graded = assessed and not (claim.certainty == "none" and claim.links)
        made = ReportedClaim(
            number=number,
            id=claim.id,
            section=claim.section,
            quoted=self._quoted(claim),
            statement=voice.said(claim.statement),
            assessed=assessed,
            verdict=claim.verdict,
            verdict_word=voice.heading("verdict", claim.judgement),
            certainty=claim.certainty,
            certainty_word=voice.name("certainty", claim.certainty or "") if graded else "",
            certainty_short=voice.name("certainty-short", claim.certainty or "") if graded else "",
            reasons=tuple(
                voice.name("certainty-reason", one) for one in claim.certainty_reasons if graded
            ),
            group="",
            todo="",
            wrong=_brief(rationale),
            rationale=rationale,
            caveats=voice.said(claim.caveats),
            links=tuple(self._link(claim, link) for s in STANCES for link in claim.links_of(s)),
            departure=self._departure(claim, state),
            page_state=page_state,
            page_word=voice.heading("page-state", page_state),
            decided=self._decided(state),
            signed=self._signed(claim, state),
            signatures=self._signatures(claim, state),
            lapses=self._lapses(state),
            hash=claim.hash,
            readings=reading.sentences(voice.language) if reading else (),
            differences=tuple(reported_differences(voice.kb, reading, claim, voice.language))
            if reading
            else (),
            outcomes=reported_outcomes(voice.kb, claim, voice.language),
        )
        group = _group(made, self._rests_on_retracted(claim))
        return replace(made, group=group, todo=voice.name("report-todo", _todo(made, group)))

    # ---- the page ---------------------------------------------------------------------

    def _quoted(self, claim: Claim) -> Quoted:
        located = self._standing.located.get(claim.id)
        language = self._standing.text.language

        def told(words: str) -> str:
            return typeset(tidy(words), language)

        if located is None:
            anchor = claim.anchor
            ends = " … ".join(filter(None, (anchor.start, anchor.end)))
            headings = tuple(filter(None, (self._heading(claim.section),)))
            return Quoted(headings, "", told(ends), not anchor.end)
        around = located.around
        if located.status == "missing" or around is None:
            return Quoted((), "", told(located.before), True)
        return Quoted(
            headings=tuple(map(told, around.headings)),
            lead=told(around.lead),
            words=told(around.sentence),
            is_whole=True,
            was=" · ".join(told(change.before) for change in located.changes if change.before),
        )

    def _heading(self, section: str) -> str:
        """The heading of a section as the register has it in the language of the page."""
        text = self._standing.text
        for one in text.sections:
            if one.id == section:
                return typeset(one.heading[text.language], text.language)
        return ""

    # ---- the evidence -----------------------------------------------------------------

    def _link(self, claim: Claim, link: Link) -> ReportedLink:
        voice = self._voice
        reference = voice.kb.library.get(link.reference)
        figures: tuple[Said, ...] = ()
        harms: tuple[Said, ...] = ()
        if reference is not None:
            found = results_with(reference, link.finding, voice.language)
            figures = tuple(Said(one.line, one.outcome.language) for one in found)
            if claim.kind == "safety":
                told = harms_of(reference, voice.language)
                harms = tuple(Said(one.line, one.event.language) for one in told)
        elements = link.directness.as_dict()
        return ReportedLink(
            number=self._numbers[link.reference],
            reference=link.reference,
            name=voice.byline(reference) if reference else link.reference,
            study=self._study(reference, claim.kind),
            stance=link.stance,
            stance_word=voice.name("stance", link.stance),
            note=voice.said(link.note),
            finding=link.finding,
            figures=figures,
            directness=self._directness(elements),
            elements=elements,
            harms=harms,
        )

    def _study(self, reference: Reference | None, kind: str) -> str:
        """What kind of study a reference is, for a line: design, level, participants."""
        if reference is None:
            return ""
        design, language = reference.study.design, self._voice.language
        at = level(reference, kind).number
        return about_study_kind(
            typeset(self._voice.kb.vocabulary.label(design, language), language) if design else "",
            self._voice.name("level", f"level-{at}") if at else "",
            reference.study.participants,
            language,
        )

    def _directness(self, elements: Mapping[str, str]) -> str:
        """What a study looked at otherwise than the claim; where nothing, in what it is direct."""
        voice = self._voice
        indirect = [name for name, value in elements.items() if value == "indirect"]
        kind, said = ("indirect", indirect) if indirect else ("direct", list(elements))
        named = ", ".join(voice.name("directness", name) for name in said)
        return voice.name("direct", kind) + colon(voice.language) + named if said else ""

    def _rests_on_retracted(self, claim: Claim) -> bool:
        """Whether a work that the claim is judged by was retracted."""
        judging = [link.reference for link in claim.links if link.stance != "background"]
        linked = [self._voice.kb.library.get(key) for key in judging]
        return any(one is not None and one.status == "retracted" for one in linked)

    # ---- who decided, and why otherwise -----------------------------------------------

    def _departure(self, claim: Claim, state: ClaimState | None) -> Departure | None:
        """Where the decision is not what the rules propose, and the reason that was given."""
        reason = state.reason if state else ""
        if not claim.is_assessed or not reason:
            return None
        proposal = propose(claim, self._voice.kb.library)
        if not proposal.differs(claim):
            return None
        words = (
            self._voice.name("verdict", proposal.verdict),
            self._voice.name("certainty", proposal.certainty),
        )
        return Departure(", ".join(words), typeset(reason, self._voice.language))

    def _decided(self, state: ClaimState | None) -> Done:
        """Who made the claim what it is, and when last."""
        made = [event for event in state.events if event.is_decision] if state else []
        accepted = [event for event in made if event.accepted]
        names = tuple(dict.fromkeys(event.person or event.by for event in accepted))
        return self._done(names, accepted[-1].at.date() if accepted else None)

    def _signed(self, claim: Claim, state: ClaimState | None) -> Done:
        """Whose signatures hold, and since when; the journal comes before the register.

        They may be fewer than the base asks for (`_signatures`).
        """
        if state and state.signatures:
            holding = [one.event for one in state.signatures if one.holds]
            names = tuple(dict.fromkeys(event.person for event in holding))
            return self._done(names, holding[-1].at.date() if holding else None)
        if claim.reviewed and claim.reviewed.claim_hash == claim.hash:
            return self._done((claim.reviewed.by,), claim.reviewed.on)
        return Done()

    def _signatures(self, claim: Claim, state: ClaimState | None) -> SignaturesGiven:
        if state and state.signatures:
            needed = state.rules.signatures
            return SignaturesGiven(min(len(state.signers), needed), needed)
        needed = state.rules.signatures if state else 1
        is_signed = bool(claim.reviewed and claim.reviewed.claim_hash == claim.hash)
        return SignaturesGiven(needed if is_signed else 0, needed)

    def _done(self, people: tuple[str, ...], day: date | None) -> Done:
        return Done(people, self._voice.day(day))

    def _lapses(self, state: ClaimState | None) -> tuple[str, ...]:
        if state is None or not state.lapsed:
            return ()
        reasons = dict.fromkeys(one.reason for s in state.signatures for one in s.lapses)
        return tuple(self._voice.name("lapse", reason) for reason in reasons)


def _brief(rationale: Said) -> Said:
    """The first sentences of a rationale, one at least, that fit on the first page."""
    kept = ""
    for one in sentences(rationale.text, rationale.language):
        longer = f"{kept} {one.text}".strip()
        if kept and len(longer) > _BRIEF:
            break
        kept = longer
    return Said(kept, rationale.language)


def _group(claim: ReportedClaim, rests_on_retracted: bool) -> str:
    """Why the author has something to do about a claim, "" when there is nothing to do."""
    if not claim.assessed:
        return ""
    if rests_on_retracted:
        return "retracted"
    if claim.verdict == "contradicted":
        return "contradicted"
    if claim.page_state in ("changed", "missing"):
        return "page-changed"
    if claim.verdict in ("supported", "not-checkable") and not claim.caveats:
        return ""
    return claim.verdict or ""


def _todo(claim: ReportedClaim, group: str) -> str:
    """What the author has to do about a claim of a group."""
    if not claim.assessed:
        return "wait"
    if group in ("retracted", "contradicted"):
        return "correct"
    if claim.page_state in ("changed", "missing"):
        return "read-again"
    return "reword" if claim.caveats else "reconsider" if group else "nothing"


def group_heading(group: str, count: int, language: str) -> str:
    """What the first page calls the claims of a group, with their number."""
    return f"{terms.heading('report-group', group, language)} ({count})"
