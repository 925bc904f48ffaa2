"""What a report says: gathered once, written in any form."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any

from evidence.anchoring.drift import Drift
from evidence.appraisal.level import level
from evidence.claims.claim import STANCES, VERDICTS
from evidence.claims.text import Text
from evidence.journal import ClaimState
from evidence.knowledge import KnowledgeBase
from evidence.originals.versions import Version
from evidence.report import words
from references.formats.vancouver import cite


@dataclass(frozen=True)
class ReportedReference:
    """A linked reference: its number, its citation, what kind of study it is."""

    number: int
    key: str
    citation: str
    design: str
    level: str
    participants: int | None
    remark: str
    address: str


@dataclass(frozen=True)
class ReportedClaim:
    """A claim as the table shows it. `evidence` maps a stance to numbers of references.

    A claim nobody has decided on is not `assessed`: it has no verdict, no certainty, no reasons.
    """

    number: int
    id: str
    section: str
    statement: str
    assessed: bool
    verdict: str | None
    verdict_word: str
    certainty: str | None
    certainty_word: str
    reasons: tuple[str, ...]
    rationale: str
    caveats: str
    evidence: tuple[tuple[str, tuple[int, ...]], ...]
    page_state: str
    page_word: str
    signed_by: tuple[str, ...]
    signed_on: str
    lapses: tuple[str, ...]
    hash: str


@dataclass(frozen=True)
class ReportedSource:
    """A source the page prints, and what was found when it was looked for."""

    cited: str
    status: str
    status_word: str
    located: str
    nearest: tuple[str, ...]
    looked: str
    note: str


@dataclass(frozen=True)
class Reviewer:
    """Somebody who signed: how many claims still carry the signature, how many no longer."""

    person: str
    first: str
    last: str
    claims: int
    lapsed: int


@dataclass(frozen=True)
class Report:
    """A whole report in one language."""

    language: str
    text_id: str
    title: str
    facts: tuple[tuple[str, str], ...]
    made: str
    verdicts: tuple[tuple[str, str, int, str], ...]
    signed: int
    first: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    method: tuple[str, ...]
    sections: tuple[tuple[str, tuple[ReportedClaim, ...]], ...]
    references: tuple[ReportedReference, ...]
    sources: tuple[ReportedSource, ...]
    reviewers: tuple[Reviewer, ...]
    hashes: tuple[tuple[str, str], ...]
    notices: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def claims(self) -> tuple[ReportedClaim, ...]:
        """All claims, in the order of the page."""
        return tuple(claim for _, claims in self.sections for claim in claims)

    @property
    def counted(self) -> str:
        """How many claims there are, are signed and wait for somebody to decide, in words."""
        waiting = sum(not claim.assessed for claim in self.claims)
        parts = [(len(self.claims), "claims"), (self.signed, "signed_count")]
        parts += [(waiting, "unassessed_count")] if waiting else []
        return ", ".join(f"{count} {self._label(name, count)}" for count, name in parts)

    def _label(self, name: str, count: int) -> str:
        """The word for so many: nought is plural in English and singular in French."""
        one = count == 1 or (count == 0 and self.language == "fr")
        return self.labels[f"{name}_one" if one else name]

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        plain = asdict(self)
        plain.pop("labels")
        plain["facts"] = dict(self.facts)
        plain["hashes"] = dict(self.hashes)
        plain["verdicts"] = {name: count for name, _, count, _ in self.verdicts}
        plain["sections"] = [
            {"heading": heading, "claims": [asdict(claim) for claim in claims]}
            for heading, claims in self.sections
        ]
        plain["first"] = [
            {"why": why, "items": [{"number": n, "words": w} for n, w in items]}
            for why, items in self.first
        ]
        return plain


def text_hash(text: Text) -> str:
    """The SHA-256 of all that a text says: its claims as decided and its sources."""
    return hashlib.sha256(text.model_dump_json(exclude={"retrieved"}).encode()).hexdigest()


def build(
    kb: KnowledgeBase,
    text: Text,
    language: str,
    states: Mapping[str, ClaimState] | None = None,
    drift: Drift | None = None,
    original: Version | None = None,
    journal_head: str = "",
    today: date | None = None,
) -> Report:
    """Gather a report.

    `text` holds the accepted decisions (`Journal.current_text`); `states` add signatures;
    `drift` and `original` what became of the passages on the page.
    """
    states = states or {}
    today = today or datetime.now(UTC).date()
    numbers: dict[str, int] = {}
    for claim in text.claims:
        for stance in STANCES:
            for link in claim.links_of(stance):
                numbers.setdefault(link.reference, len(numbers) + 1)
    on_page = {found.claim: found.status for found in drift.claims} if drift else {}

    def label(name: str) -> str:
        return words.word(words.LABELS, name, language)

    def set_type(value: str) -> str:
        return words.typeset(value, language)

    def reported(number: int, claim: Any) -> ReportedClaim:
        state = states.get(claim.id)
        holding = [s.event for s in state.signatures if s.holds] if state and state.signed else []
        names = tuple(dict.fromkeys(event.person for event in holding))
        signed_on = words.day(holding[-1].at.date(), language) if holding else ""
        if (
            not (state and state.signatures)
            and claim.reviewed
            and claim.reviewed.claim_hash == claim.hash
        ):
            names = (claim.reviewed.by,)
            signed_on = words.day(claim.reviewed.on, language)
        lapses: tuple[str, ...] = ()
        if state and state.lapsed:
            found = dict.fromkeys(one.reason for s in state.signatures for one in s.lapses)
            lapses = tuple(words.word(words.LAPSES, reason, language) for reason in found)
        told = claim.is_assessed  # else verdict, certainty and rationale only hold a place
        return ReportedClaim(
            number,
            claim.id,
            claim.section,
            set_type(claim.statement[language]),
            told,
            claim.verdict if told else None,
            words.word(words.VERDICTS, claim.verdict, language) if told else label("unassessed"),
            claim.certainty if told else None,
            words.word(words.CERTAINTIES, claim.certainty, language) if told else "",
            tuple(words.word(words.REASONS, r, language) for r in claim.certainty_reasons if told),
            set_type(claim.rationale[language]) if told else "",
            set_type(claim.caveats[language]) if claim.caveats else "",
            tuple(
                (
                    words.word(words.STANCES, stance, language),
                    tuple(sorted(numbers[link.reference] for link in claim.links_of(stance))),
                )
                for stance in STANCES
                if claim.links_of(stance)
            ),
            on_page.get(claim.id, ""),
            words.word(words.PAGE, on_page.get(claim.id, ""), language),
            names,
            signed_on,
            lapses,
            claim.hash,
        )

    ordered = {claim.id: number for number, claim in enumerate(text.claims, 1)}
    grouped = tuple(
        (
            set_type(section.heading[language]),
            tuple(reported(ordered[c.id], c) for c in text.claims_of(section.id)),
        )
        for section in text.sections
        if text.claims_of(section.id)
    )
    known = {section.id for section in text.sections}
    loose = tuple(reported(ordered[c.id], c) for c in text.claims if c.section not in known)
    if loose:
        grouped += (("", loose),)
    claims = [claim for _, group in grouped for claim in group]
    references = tuple(_reference(kb, key, number, language) for key, number in numbers.items())
    sources = tuple(
        ReportedSource(
            source.cited,
            source.status,
            words.word(words.SOURCES, source.status, language),
            _cited(kb, source.reference, language) if source.reference else "",
            tuple(_cited(kb, key, language) for key in source.nearest),
            set_type(source.looked[language]) if source.looked else "",
            set_type(source.note[language]) if source.note else "",
        )
        for source in text.sources
    )
    incomplete = sum(1 for key in numbers if key in kb.library and not kb.library[key].is_complete)
    figures = {"references": len(kb.library), "linked": len(numbers), "incomplete": incomplete}
    figures["unassessed"] = sum(not claim.assessed for claim in claims)
    figures["unsought"] = sum(source.status == "unchecked" for source in sources)
    method = [*words.METHOD[language]]
    method += [words.STILL[name][language] for name in words.STILL if figures[name]]
    compared = label("not_loaded")
    if original:
        compared = f"{words.day(original.loaded.date(), language)} (version {original.number})"
    facts = [
        (label("publisher"), text.publisher),
        (label("address"), text.url),
        (label("published"), words.day(text.published, language)),
        (label("retrieved"), words.day(text.retrieved, language)),
        (label("text_language"), words.word(words.LANGUAGE_NAMES, text.language, language)),
        (label("original"), compared),
        (label("made"), words.day(today, language)),
    ]
    hashes = [
        (label("hash_text"), text_hash(text)),
        (label("hash_base"), kb.fingerprint()),
        (label("hash_page"), original.sha256 if original else ""),
        (label("hash_journal"), journal_head),
        (label("program"), f"evidence-base {version('evidence-base')}"),
    ]
    return Report(
        language,
        text.id,
        set_type(text.title[language]),
        tuple((name, value) for name, value in facts if value),
        today.isoformat(),
        tuple(
            (
                name,
                words.word(words.VERDICTS, name, language),
                count,
                set_type(words.word(words.VERDICT_MEANINGS, name, language)),
            )
            for name in VERDICTS
            if (count := sum(claim.verdict == name for claim in claims))
        ),
        sum(bool(claim.signed_by) for claim in claims),
        _first(kb, text, claims, sources, language),
        tuple(set_type(part.format(**figures)) for part in method),
        grouped,
        references,
        sources,
        _reviewers(text, states, language),
        tuple((name, value) for name, value in hashes if value),
        tuple(str(notice) for notice in drift.notices) if drift else (),
        {name: set_type(label(name)) for name in words.LABELS},
    )


def _cited(kb: KnowledgeBase, key: str, language: str) -> str:
    reference = kb.library.get(key)
    return cite(reference, language=language) if reference else key


def _reference(kb: KnowledgeBase, key: str, number: int, language: str) -> ReportedReference:
    reference = kb.library.get(key)
    if reference is None:
        return ReportedReference(number, key, key, "", "", None, "", "")
    remark = words.word(words.REFERENCES, reference.status, language)
    if reference.status not in words.REFERENCES:
        remark = ""
    if not reference.is_complete:
        remark = words.word(words.REFERENCES, "incomplete", language)
    if reference.status == "retracted":
        remark = words.word(words.REFERENCES, "retracted", language)
    at = level(reference)
    address = f"https://doi.org/{reference.doi}" if reference.doi else reference.url
    if not address and reference.pmid:
        address = f"https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/"
    return ReportedReference(
        number,
        key,
        cite(reference, language=language),
        words.word(words.DESIGN, reference.study.design, language),
        at.label[language] if at.number else "",
        reference.study.participants,
        words.typeset(remark, language),
        address,
    )


def _first(
    kb: KnowledgeBase,
    text: Text,
    claims: list[ReportedClaim],
    sources: tuple[ReportedSource, ...],
    language: str,
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """What needs attention first, each item once, under its most urgent reason."""
    rests = {
        claim.id: any(
            (r := kb.library.get(link.reference)) is not None and r.status == "retracted"
            for link in claim.links
            if link.stance != "background"
        )
        for claim in text.claims
    }
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in words.ATTENTION}
    for claim in claims:
        for name, applies in (
            ("retracted", rests.get(claim.id, False)),
            ("contradicted", claim.verdict == "contradicted"),
            ("page-changed", claim.page_state in ("changed", "missing")),
            ("lapsed", bool(claim.lapses)),
            ("no-evidence-found", claim.verdict == "no-evidence-found"),
            ("mixed", claim.verdict == "mixed"),
            ("unassessed", not claim.assessed),
        ):
            if applies:
                found[name].append((str(claim.number), claim.statement))
                break
    for source in sources:
        if source.status in ("not-located", "retracted", "several-candidates"):
            found["source"].append(("", source.cited))
        elif source.status == "unchecked":
            found["unsought"].append(("", source.cited))
    return tuple(
        (words.word(words.ATTENTION, name, language), tuple(items))
        for name, items in found.items()
        if items
    )


def _reviewers(text: Text, states: Mapping[str, ClaimState], language: str) -> tuple[Reviewer, ...]:
    rows: dict[str, list[tuple[date, str, bool]]] = {}
    for state in states.values():
        for signature in state.signatures:
            rows.setdefault(signature.event.person, []).append(
                (signature.event.at.date(), state.claim_id, signature.holds)
            )
    for claim in text.claims:
        if claim.reviewed and not (claim.id in states and states[claim.id].signatures):
            rows.setdefault(claim.reviewed.by, []).append(
                (claim.reviewed.on, claim.id, claim.reviewed.claim_hash == claim.hash)
            )
    return tuple(
        Reviewer(
            person,
            words.day(min(row[0] for row in given), language),
            words.day(max(row[0] for row in given), language),
            len({row[1] for row in given if row[2]}),
            len({row[1] for row in given} - {row[1] for row in given if row[2]}),
        )
        for person, given in rows.items()
    )
