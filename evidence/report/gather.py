"""A report from all that an instance knows: register, journal, page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from evidence.appraisal.level import level
from evidence.claims.claim import STANCES, VERDICTS, Bilingual, Claim
from evidence.claims.readings import agreement_of
from evidence.claims.text import CitedSource, Text
from evidence.journal import ClaimState
from evidence.knowledge import KnowledgeBase
from evidence.report.content import (
    Report,
    ReportedClaim,
    ReportedReference,
    ReportedSource,
    Reviewer,
)
from evidence.report.described import (
    reported_differences,
    reported_outcomes,
    reported_study,
)
from evidence.standing import Assembler, StandingText
from evidence.wording import dates, render, terms, typeset
from references.formats.vancouver import cite

#: Why a claim or a source stands in "to look at first", most urgent first.
URGENCY = (
    "retracted",
    "contradicted",
    "page-changed",
    "lapsed",
    "no-evidence-found",
    "mixed",
    "source",
    "unassessed",
    "unsought",
)


def report_of(
    kb: KnowledgeBase, text_id: str, instance: Path, language: str | None = None
) -> Report:
    """The report of a text as things stand now, in its own language unless told otherwise.

    Raises:
        NotFound: there is no such text.
        UserError: the journal or the page cannot be read: a report without them says too much.
    """
    assembler = Assembler(kb, instance)
    try:
        standing = assembler.now().text(text_id).whole()
        number, head = assembler.journal.head() if assembler.has_journal else (0, "")
    finally:
        assembler.close()
    return build(kb, standing, language or standing.text.language, head if number else "")


def text_hash(text: Text) -> str:
    """The SHA-256 of all that a text says: its claims as decided and its sources."""
    return hashlib.sha256(text.model_dump_json(exclude={"retrieved"}).encode()).hexdigest()


def build(
    kb: KnowledgeBase,
    standing: StandingText,
    language: str,
    journal_head: str = "",
) -> Report:
    """Gather a report.

    Args:
        kb: its library gives the citations.
        standing: the text with its decisions, signatures and page.
        language: "fr" or "en".
        journal_head: the hash of the last event, "" when nothing was recorded.
    """
    return _Gatherer(kb, standing, language).report(journal_head, datetime.now(UTC).date())


class _Gatherer:
    """One report in the making: each method gives one part of it."""

    def __init__(self, kb: KnowledgeBase, standing: StandingText, language: str) -> None:
        self._kb = kb
        self._standing = standing
        self._text = standing.text
        self._states = standing.states
        self._readings = standing.readings
        self._language = language
        #: Key of a linked reference -> its number, in the order of the page.
        self._numbers: dict[str, int] = {}
        for claim in self._text.claims:
            for stance in STANCES:
                for link in claim.links_of(stance):
                    self._numbers.setdefault(link.reference, len(self._numbers) + 1)

    # ---- words ------------------------------------------------------------------------

    def _name(self, kind: str, value: str) -> str:
        return terms.name(kind, value, self._language)

    def _heading(self, kind: str, value: str) -> str:
        return terms.heading(kind, value, self._language)

    def _label(self, name: str) -> str:
        return self._name("report-label", name)

    def _typeset(self, text: str) -> str:
        return typeset(text, self._language)

    def _prose(self, text: Bilingual | None) -> str:
        """A text in the language of the report, every key in it the names of its authors."""
        words = self._typeset(text[self._language]) if text else ""
        return self._kb.library.with_named(
            words, lambda reference: reference.byline_in(self._language)
        )

    def _day(self, day: date | None) -> str:
        return dates.day(day, self._language)

    # ---- parts ------------------------------------------------------------------------

    def report(self, journal_head: str, today: date) -> Report:
        """All parts together."""
        sections = tuple(self._sections())
        claims = [claim for _, group in sections for claim in group]
        sources = tuple(map(self._source, self._text.sources))
        drift = self._standing.drift
        return Report(
            language=self._language,
            text_id=self._text.id,
            title=self._typeset(self._text.title[self._language]),
            facts=tuple((name, value) for name, value in self._facts(today) if value),
            made=today.isoformat(),
            verdicts=tuple(self._verdicts(claims)),
            signed=sum(bool(claim.signed_by) for claim in claims),
            first=self._first(claims, sources),
            method=self._method(claims),
            sections=sections,
            references=tuple(self._reference(key, number) for key, number in self._numbers.items()),
            sources=sources,
            reviewers=self._reviewers(),
            hashes=tuple((name, value) for name, value in self._hashes(journal_head) if value),
            notices=tuple(render(notice, self._language) for notice in drift.notices)
            if drift
            else (),
            labels={name: self._label(name) for name in terms.terms("report-label")},
        )

    def _facts(self, today: date) -> Iterator[tuple[str, str]]:
        text, original = self._text, self._standing.version
        compared = self._label("not_loaded")
        if original:
            compared = f"{self._day(original.loaded.date())} (version {original.number})"
        yield self._label("publisher"), text.publisher
        yield self._label("address"), text.url
        yield self._label("published"), self._day(text.published)
        yield self._label("retrieved"), self._day(text.retrieved)
        yield self._label("text_language"), self._name("language", text.language)
        yield self._label("original"), compared
        yield self._label("made"), self._day(today)

    def _hashes(self, journal_head: str) -> Iterator[tuple[str, str]]:
        yield self._label("hash_text"), text_hash(self._text)
        yield self._label("hash_base"), self._kb.fingerprint()
        yield self._label("hash_page"), self._standing.page_hash
        yield self._label("hash_journal"), journal_head
        yield self._label("program"), f"evidence-base {version('evidence-base')}"

    def _method(self, claims: list[ReportedClaim]) -> tuple[str, ...]:
        library = self._kb.library
        incomplete = sum(key in library and not library[key].is_complete for key in self._numbers)
        figures = {
            "references": len(library),
            "linked": len(self._numbers),
            "incomplete": incomplete,
            "unassessed": sum(not claim.assessed for claim in claims),
            "readings": len(self._readings),
            "agreement": agreement_of(self._readings.values()).sentence(self._language),
            "unsought": sum(source.status == "unchecked" for source in self._text.sources),
        }
        return tuple(
            term.names[self._language].format(**figures)
            for name, term in terms.terms("report-method").items()
            if figures.get(name, True)  # what is left to do is named where there is some
        )

    def _verdicts(self, claims: list[ReportedClaim]) -> Iterator[tuple[str, str, int, str]]:
        for name in VERDICTS:
            if count := sum(claim.verdict == name for claim in claims):
                meaning = terms.terms("verdict")[name].meanings[self._language]
                yield name, self._heading("verdict", name), count, meaning

    # ---- claims -----------------------------------------------------------------------

    def _sections(self) -> Iterator[tuple[str, tuple[ReportedClaim, ...]]]:
        """Heading and claims of each section that has any; those of no section come last."""
        numbered = list(enumerate(self._text.claims, 1))
        headings = {
            one.id: self._typeset(one.heading[self._language]) for one in self._text.sections
        }
        for section in self._text.sections:
            claims = [self._claim(n, claim) for n, claim in numbered if claim.section == section.id]
            if claims:
                yield headings[section.id], tuple(claims)
        if loose := [self._claim(n, one) for n, one in numbered if one.section not in headings]:
            yield "", tuple(loose)

    def _claim(self, number: int, claim: Claim) -> ReportedClaim:
        language, assessed = self._language, claim.is_assessed
        located = self._standing.located.get(claim.id)
        page_state = located.status if located else ""
        signed_by, signed_on = self._signed(claim)
        reading = self._readings.get(claim.id)
        return ReportedClaim(
            number=number,
            id=claim.id,
            section=claim.section,
            statement=self._typeset(claim.statement[language]),
            assessed=assessed,
            verdict=claim.verdict,
            verdict_word=self._heading("verdict", claim.judgement),
            certainty=claim.certainty,
            certainty_word=self._name("certainty", claim.certainty) if claim.certainty else "",
            reasons=tuple(self._name("certainty-reason", one) for one in claim.certainty_reasons),
            rationale=self._prose(claim.rationale if assessed else None),
            caveats=self._prose(claim.caveats),
            evidence=tuple(self._evidence(claim)),
            page_state=page_state,
            page_word=self._heading("page-state", page_state),
            signed_by=signed_by,
            signed_on=self._day(signed_on),
            lapses=self._lapses(self._states.get(claim.id)),
            hash=claim.hash,
            readings=reading.sentences(language) if reading else (),
            differences=tuple(reported_differences(self._kb, reading, claim, language))
            if reading
            else (),
            outcomes=reported_outcomes(self._kb, claim, language),
        )

    def _evidence(self, claim: Claim) -> Iterator[tuple[str, tuple[int, ...]]]:
        for stance in STANCES:
            if links := claim.links_of(stance):
                numbers = sorted(self._numbers[link.reference] for link in links)
                yield self._name("stance", stance), tuple(numbers)

    def _signed(self, claim: Claim) -> tuple[tuple[str, ...], date | None]:
        """Whose signatures hold, and since when; the journal comes before the register."""
        state = self._states.get(claim.id)
        if state and state.signatures:
            holding = [one.event for one in state.signatures if one.holds and state.signed]
            names = tuple(dict.fromkeys(event.person for event in holding))
            return names, holding[-1].at.date() if holding else None
        if claim.reviewed and claim.reviewed.claim_hash == claim.hash:
            return (claim.reviewed.by,), claim.reviewed.on
        return (), None

    def _lapses(self, state: ClaimState | None) -> tuple[str, ...]:
        if state is None or not state.lapsed:
            return ()
        reasons = dict.fromkeys(one.reason for s in state.signatures for one in s.lapses)
        return tuple(self._name("lapse", reason) for reason in reasons)

    # ---- references and sources -------------------------------------------------------

    def _cited(self, key: str) -> str:
        reference = self._kb.library.get(key)
        return cite(reference, language=self._language) if reference else key

    def _reference(self, key: str, number: int) -> ReportedReference:
        reference = self._kb.library.get(key)
        if reference is None:
            return ReportedReference(number, key, citation=key)
        remark = "" if reference.status == "verified" else reference.status
        if not reference.is_complete and reference.status != "retracted":
            remark = "incomplete"
        at = level(reference)
        address = f"https://doi.org/{reference.doi}" if reference.doi else reference.url
        if not address and reference.pmid:
            address = f"https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/"
        return ReportedReference(
            number=number,
            key=key,
            citation=self._cited(key),
            design=self._design(reference.study.design),
            level=self._name("level", f"level-{at.number}") if at.number else "",
            participants=reference.study.participants,
            remark=self._name("reference-status", remark),
            address=address,
            study=reported_study(self._kb, reference, self._language),
        )

    def _design(self, design: str) -> str:
        vocabulary = self._kb.vocabulary
        return self._typeset(vocabulary.label(design, self._language)) if design else ""

    def _source(self, source: CitedSource) -> ReportedSource:
        return ReportedSource(
            cited=typeset(source.cited, self._text.language),
            status=source.status,
            status_word=self._heading("source-status", source.status),
            located=self._cited(source.reference) if source.reference else "",
            nearest=tuple(map(self._cited, source.nearest)),
            looked=self._prose(source.looked),
            note=self._prose(source.note),
        )

    # ---- what to look at, and who did -------------------------------------------------

    def _first(
        self, claims: Iterable[ReportedClaim], sources: Iterable[ReportedSource]
    ) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """What needs attention first, each item once, under its most urgent reason."""
        items: dict[str, list[tuple[str, str]]] = {name: [] for name in URGENCY}
        retracted = {claim.id for claim in self._text.claims if self._rests_on_retracted(claim)}
        for one in claims:
            if urgent := _most_urgent(one, one.id in retracted):
                items[urgent].append((str(one.number), one.statement))
        for source in sources:
            if source.status in ("not-located", "retracted", "several-candidates"):
                items["source"].append(("", source.cited))
            elif source.status == "unchecked":
                items["unsought"].append(("", source.cited))
        return tuple(
            (self._heading("urgency", name), tuple(those)) for name, those in items.items() if those
        )

    def _rests_on_retracted(self, claim: Claim) -> bool:
        """Whether a work that the claim is judged by was retracted."""
        judging = [link.reference for link in claim.links if link.stance != "background"]
        linked = [self._kb.library.get(key) for key in judging]
        return any(one is not None and one.status == "retracted" for one in linked)

    def _reviewers(self) -> tuple[Reviewer, ...]:
        #: Person -> day, claim, whether the signature holds.
        rows: dict[str, list[tuple[date, str, bool]]] = {}
        for state in self._states.values():
            for one in state.signatures:
                row = one.event.at.date(), state.claim_id, one.holds
                rows.setdefault(one.event.person, []).append(row)
        for claim in self._text.claims:
            state_now = self._states.get(claim.id)
            if claim.reviewed and not (state_now and state_now.signatures):
                review = claim.reviewed
                row = review.on, claim.id, review.claim_hash == claim.hash
                rows.setdefault(review.by, []).append(row)
        return tuple(self._reviewer(person, signed) for person, signed in rows.items())

    def _reviewer(self, person: str, signed: list[tuple[date, str, bool]]) -> Reviewer:
        days = [day for day, _, _ in signed]
        holding = {claim for _, claim, holds in signed if holds}
        lapsed = {claim for _, claim, _ in signed} - holding
        first, last = self._day(min(days)), self._day(max(days))
        return Reviewer(
            person=person, first=first, last=last, claims=len(holding), lapsed=len(lapsed)
        )


def _most_urgent(claim: ReportedClaim, rests_on_retracted: bool) -> str:
    """The name of the first reason to look at a claim, "" when there is none."""
    reasons = {
        "retracted": rests_on_retracted,
        "contradicted": claim.verdict == "contradicted",
        "page-changed": claim.page_state in ("changed", "missing"),
        "lapsed": bool(claim.lapses),
        "no-evidence-found": claim.verdict == "no-evidence-found",
        "mixed": claim.verdict == "mixed",
        "unassessed": not claim.assessed,
    }
    return next((name for name, applies in reasons.items() if applies), "")
