"""A report from all that an instance knows: register, journal, page."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from evidence.appraisal.level import level
from evidence.claims.claim import VERDICTS
from evidence.claims.readings import agreement_of
from evidence.claims.text import CitedSource, Text
from evidence.knowledge import KnowledgeBase
from evidence.report.content import (
    Report,
    ReportedClaim,
    ReportedReference,
    ReportedSource,
    Reviewer,
)
from evidence.report.described import reported_study
from evidence.report.judged import GROUPS, Judged, group_heading, numbers_of
from evidence.report.phrases import colon
from evidence.report.printable import printable
from evidence.report.voice import Voice, tidy, untranslated
from evidence.standing import Assembler, StandingText
from evidence.wording import render, terms, typeset
from evidence.wording.results import Said
from evidence.wording.terms import of_number
from references.formats.vancouver import cite
from references.record import Reference


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
    made = _Gatherer(kb, standing, language).report(journal_head, datetime.now(UTC).date())
    return printable(made)


class _Gatherer:
    """One report in the making: each method gives one part of it."""

    def __init__(self, kb: KnowledgeBase, standing: StandingText, language: str) -> None:
        self._kb = kb
        self._standing = standing
        self._text = standing.text
        self._language = language
        self._voice = Voice(kb, language)
        self._numbers = numbers_of(self._text.claims)

    def report(self, journal_head: str, today: date) -> Report:
        """All parts together."""
        sections = tuple(self._sections())
        claims = [claim for _, group in sections for claim in group]
        return Report(
            language=self._language,
            text_id=self._text.id,
            text_language=self._text.language,
            title=self._voice.said(self._text.title),
            facts=tuple((name, value) for name, value in self._facts(today) if value),
            made=today.isoformat(),
            verdicts=tuple(self._verdicts(claims)),
            signed=sum(claim.signatures.are_enough for claim in claims),
            groups=tuple(self._groups(claims)),
            method=self._method(claims),
            sections=sections,
            references=tuple(self._reference(key, number) for key, number in self._numbers.items()),
            sources=tuple(map(self._source, self._text.sources)),
            reviewers=self._reviewers(),
            hashes=tuple((name, value) for name, value in self._hashes(journal_head) if value),
            untranslated=untranslated(self._text, self._language),
            notices=tuple(self._notices(claims)),
            labels={name: self._voice.label(name) for name in terms.terms("report-label")},
        )

    # ---- about the whole --------------------------------------------------------------

    def _facts(self, today: date) -> Iterator[tuple[str, str]]:
        text, original, voice = self._text, self._standing.version, self._voice
        compared = voice.label("not_loaded")
        if original:
            compared = f"{voice.day(original.loaded.date())} (version {original.number})"
        yield voice.label("publisher"), text.publisher
        yield voice.label("address"), text.url
        yield voice.label("published"), voice.day(text.published)
        yield voice.label("retrieved"), voice.day(text.retrieved)
        yield voice.label("text_language"), voice.name("language", text.language)
        yield voice.label("original"), compared
        yield voice.label("made"), voice.day(today)

    def _notices(self, claims: Sequence[ReportedClaim]) -> Iterator[str]:
        """What the author should know before reading on."""
        drift = self._standing.drift
        for notice in drift.notices if drift else ():
            yield render(notice, self._language)
        if not any(claim.signed.people for claim in claims):
            yield self._voice.label("no_reviewers")
        if any(not claim.quoted.is_whole for claim in claims):
            yield self._voice.label("quoted_by_ends")
        statuses = Counter(source.status for source in self._text.sources)
        if statuses:
            told = (
                f"{count} {of_number('source-status', status, count, self._language)}"
                for status, count in statuses.items()
            )
            yield self._voice.label("sources") + colon(self._language) + ", ".join(told) + "."

    def _hashes(self, journal_head: str) -> Iterator[tuple[str, str]]:
        yield self._voice.label("hash_text"), text_hash(self._text)
        yield self._voice.label("hash_base"), self._kb.fingerprint()
        yield self._voice.label("hash_page"), self._standing.page_hash
        yield self._voice.label("hash_journal"), journal_head
        yield self._voice.label("program"), f"evidence-base {version('evidence-base')}"

    def _method(self, claims: Sequence[ReportedClaim]) -> tuple[str, ...]:
        library, readings = self._kb.library, self._standing.readings
        incomplete = sum(key in library and not library[key].is_complete for key in self._numbers)
        figures = {
            "references": len(library),
            "linked": len(self._numbers),
            "incomplete": incomplete,
            "unassessed": sum(not claim.assessed for claim in claims),
            "readings": len(readings),
            "agreement": agreement_of(readings.values()).sentence(self._language),
            "unsought": sum(source.status == "unchecked" for source in self._text.sources),
        }
        return tuple(
            term.names[self._language].format(**figures)
            for name, term in terms.terms("report-method").items()
            if figures.get(name, True)  # what is left to do is named where there is some
        )

    # ---- claims -----------------------------------------------------------------------

    def _sections(self) -> Iterator[tuple[Said, tuple[ReportedClaim, ...]]]:
        """Heading and claims of each section that has any; those of no section come last."""
        judged = Judged(self._standing, self._voice, self._numbers)
        claims = [judged.claim(number, one) for number, one in enumerate(self._text.claims, 1)]
        known = {section.id for section in self._text.sections}
        for section in self._text.sections:
            if of_it := tuple(claim for claim in claims if claim.section == section.id):
                yield self._voice.said(section.heading), of_it
        if loose := tuple(claim for claim in claims if claim.section not in known):
            yield Said("", self._language), loose

    def _verdicts(self, claims: Sequence[ReportedClaim]) -> Iterator[tuple[str, str, int, str]]:
        for name in VERDICTS:
            if count := sum(claim.verdict == name for claim in claims):
                meaning = terms.terms("verdict")[name].meanings[self._language]
                yield name, self._voice.heading("verdict", name), count, meaning

    def _groups(
        self, claims: Sequence[ReportedClaim]
    ) -> Iterator[tuple[str, tuple[ReportedClaim, ...]]]:
        for group in GROUPS:
            if those := tuple(claim for claim in claims if claim.group == group):
                yield group_heading(group, len(those), self._language), those

    # ---- references and sources -------------------------------------------------------

    def _cited(self, key: str) -> str:
        reference = self._kb.library.get(key)
        return cite(reference, language=self._language) if reference else key

    def _reference(self, key: str, number: int) -> ReportedReference:
        reference = self._kb.library.get(key)
        if reference is None:
            return ReportedReference(number, key, citation=key)
        at = level(reference)
        address = f"https://doi.org/{reference.doi}" if reference.doi else reference.url
        if not address and reference.pmid:
            address = f"https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/"
        return ReportedReference(
            number=number,
            key=key,
            citation=self._cited(key),
            design=self._design(reference.study.design),
            level=self._voice.name("level", f"level-{at.number}") if at.number else "",
            participants=reference.study.participants,
            remark=self._voice.name("reference-status", _remark(reference)),
            address=address,
            study=reported_study(self._kb, reference, self._language),
        )

    def _design(self, design: str) -> str:
        vocabulary = self._kb.vocabulary
        return typeset(vocabulary.label(design, self._language), self._language) if design else ""

    def _source(self, source: CitedSource) -> ReportedSource:
        # Before anybody has looked, what merely resembles it is no answer.
        nearest = () if source.status == "unchecked" else source.nearest
        return ReportedSource(
            cited=typeset(tidy(source.cited), self._text.language),
            status=source.status,
            status_word=self._voice.heading("source-status", source.status),
            located=self._cited(source.reference) if source.reference else "",
            nearest=tuple(map(self._cited, nearest)),
            looked=self._voice.said(source.looked),
            note=self._voice.said(source.note),
        )

    # ---- who signed -------------------------------------------------------------------

    def _reviewers(self) -> tuple[Reviewer, ...]:
        #: Person -> day, claim, whether the signature holds.
        rows: dict[str, list[tuple[date, str, bool]]] = {}
        states = self._standing.states
        for state in states.values():
            for one in state.signatures:
                row = one.event.at.date(), state.claim_id, one.holds
                rows.setdefault(one.event.person, []).append(row)
        for claim in self._text.claims:
            state_now = states.get(claim.id)
            if claim.reviewed and not (state_now and state_now.signatures):
                review = claim.reviewed
                row = review.on, claim.id, review.claim_hash == claim.hash
                rows.setdefault(review.by, []).append(row)
        return tuple(self._reviewer(person, signed) for person, signed in rows.items())

    def _reviewer(self, person: str, signed: list[tuple[date, str, bool]]) -> Reviewer:
        days = [day for day, _, _ in signed]
        holding = {claim for _, claim, holds in signed if holds}
        lapsed = {claim for _, claim, _ in signed} - holding
        first, last = self._voice.day(min(days)), self._voice.day(max(days))
        return Reviewer(
            person=person, first=first, last=last, claims=len(holding), lapsed=len(lapsed)
        )


def _remark(reference: Reference) -> str:
    """What readers should know of a record: its status, or that something is missing from it."""
    if reference.status == "retracted":
        return reference.status
    journalless = reference.type == "article" and not reference.journal
    if not reference.is_complete or journalless:
        return "incomplete"
    return "" if reference.status == "verified" else reference.status
