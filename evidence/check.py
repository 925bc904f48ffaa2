"""Offline integrity of a knowledge base: what a person must mend before anyone reads it.

A check is a function from a knowledge base to problems. Errors make the base wrong;
warnings are worth a look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence.appraisal import harms
from evidence.claims.claim import Bilingual, Claim
from evidence.claims.text import Text
from evidence.claims.yamlfile import line_of
from evidence.knowledge import KnowledgeBase
from references.errors import Problem, problem_in
from references.matching import MARK, possible_duplicates
from references.record import DESIGNS, STATUSES

#: The facet that each study field of a reference must belong to.
_STUDY_FACETS = {
    "indications": ("indication", "outcome", "anatomy", "intervention"),
    "population": ("population",),
    "nerves": ("nerve", "anatomy"),
    "guidance": ("guidance",),
}


@dataclass
class Findings:
    """What the checks found; `counts` says how much was looked at."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence check --json`."""
        return {
            "errors": [problem.as_dict() for problem in self.errors],
            "warnings": [problem.as_dict() for problem in self.warnings],
            "counts": self.counts,
        }


def _references(kb: KnowledgeBase) -> Iterator[Problem]:
    for reference in kb.library.values():
        study = reference.study

        def wrong(name: str, message: str, place: Any = reference.place, key: str = reference.key):  # type: ignore[no-untyped-def]
            return problem_in(place.file, place.line, f"{key}.{name}", message)

        if not reference.title:
            yield wrong("title", "a reference needs a title; add one, in brackets if none was seen")
        if study.design and study.design not in DESIGNS:
            yield wrong("design", f"'{study.design}' is not a design; see references/README.md")
        if reference.status and reference.status not in STATUSES:
            yield wrong("status", f"'{reference.status}' is not a status; see references/README.md")
        if not reference.provenance:
            yield wrong("provenance", "nothing says where the facts were seen; add an address")
        for name, facets in _STUDY_FACETS.items():
            for value in getattr(study, name):
                concept = kb.vocabulary.get(value)
                if concept is None:
                    yield wrong(name, f"'{value}' is not a concept; mend the id or add the concept")
                elif concept.facet not in facets:
                    yield wrong(name, f"'{value}' is a concept of the facet {concept.facet}")
        for name, remembered in reference.unverified.items():
            if remembered and str(getattr(reference, name, None)) == remembered:
                yield wrong(
                    name, "the value is listed as unverified and stands in the field; remove one"
                )


def _status(kb: KnowledgeBase) -> Iterator[Problem]:
    for reference in kb.library.values():
        if reference.status == "verified" and not reference.is_complete:
            yield problem_in(
                reference.place.file,
                reference.place.line,
                f"{reference.key}.status",
                "is 'verified' without {names}; write 'incomplete'",
                names=", ".join(reference.missing),
            )


def is_direct(claim: Claim) -> bool:
    """True when a link that supports the claim is direct on every element it states."""
    return any(link.directness.is_direct for link in claim.links_of("supports"))


def claim_problems(kb: KnowledgeBase, text: Text, claim: Claim) -> Iterator[tuple[str, str]]:
    """(field, message) for each rule that one claim breaks."""
    sections = {section.id for section in text.sections}
    if claim.section not in sections:
        yield "section", f"'{claim.section}' is not a section of the text; mend one of the two"
    for name in ("concepts", "population", "intervention", "comparator", "outcome"):
        for value in getattr(claim, name):
            if value not in kb.vocabulary:
                yield name, f"'{value}' is not a concept; mend the id or add the concept"
    seen: Counter[tuple[str, str]] = Counter()
    for number, link in enumerate(claim.links):
        where = f"links.{number}"
        reference = kb.library.get(link.reference)
        if reference is None:
            yield (
                where,
                f"no reference has the key '{link.reference}'; mend it or add the reference",
            )
            continue
        seen[link.reference, link.stance] += 1
        if seen[link.reference, link.stance] == 2:
            yield where, f"'{link.reference}' is linked twice with the same stance; merge the links"
        outcomes = {finding.outcome for finding in reference.findings}
        if link.finding and link.finding not in outcomes:
            yield (
                f"{where}.finding",
                f"'{link.reference}' has no finding '{link.finding}'; it has: "
                + ("; ".join(sorted(outcomes)) or "none"),
            )
    if not claim.is_assessed:  # its verdict only holds a place
        return
    supporting = claim.links_of("supports")
    known = [kb.library[link.reference] for link in supporting if link.reference in kb.library]
    if claim.verdict == "supported":
        if not supporting:
            yield "verdict", "is 'supported' without any link that supports it; lower the verdict"
        elif not is_direct(claim):
            yield "verdict", "is 'supported' on indirect references only; lower the verdict"
        elif not any(reference.is_complete for reference in known):
            yield "verdict", "is 'supported' on incomplete references only; lower the verdict"
    if claim.verdict == "contradicted" and not claim.links_of("contradicts"):
        yield "verdict", "is 'contradicted' without any link that contradicts it; mend one"
    if claim.verdict == "no-evidence-found" and supporting:
        yield "verdict", "is 'no-evidence-found' while a link supports it; mend one of the two"
    if claim.verdict == "not-checkable" and claim.certainty != "none":
        yield "certainty", "a claim that cannot be checked has the certainty 'none'"


def _texts(kb: KnowledgeBase) -> Iterator[Problem]:
    for text in kb.texts.values():
        path = kb.text_path(text.id)
        source = path.read_text(encoding="utf-8")
        found: list[tuple[tuple[str | int, ...], str, str]] = []
        for name, ids in (
            ("sections", [section.id for section in text.sections]),
            ("claims", [claim.id for claim in text.claims]),
        ):
            for number, value in enumerate(ids):
                if value in ids[:number]:
                    found.append(((name, number), value, "the id is used twice; rename one"))
        for number, cited in enumerate(text.sources):
            where: tuple[str | int, ...] = ("sources", number)
            for key in [*cited.nearest, *([cited.reference] if cited.reference else [])]:
                if key not in kb.library:
                    found.append((where, "nearest", f"no reference has the key '{key}'; mend it"))
            if cited.status == "verified" and not cited.reference:
                found.append((where, "reference", "a verified source needs its reference; add it"))
        for number, claim in enumerate(text.claims):
            for name, message in claim_problems(kb, text, claim):
                steps: tuple[str | int, ...] = tuple(
                    int(step) if step.isdigit() else step for step in name.split(".")
                )
                found.append((("claims", number, *steps), f"{claim.id}.{name}", message))
        for location, name, message in found:
            yield problem_in(path, line_of(source, location), name, message)


def _unwritten(kb: KnowledgeBase) -> Iterator[Problem]:
    """What a draft left for a person to write: claims to assess, words to translate or reword."""
    for text in kb.texts.values():
        path = kb.text_path(text.id)
        source = path.read_text(encoding="utf-8")
        for location, name, words in _bilinguals(text):
            if words.marks:
                yield problem_in(
                    path,
                    line_of(source, location),
                    name,
                    "still says {names}; finish it here, or on the desk and then run "
                    "'evidence journal apply'",
                    names=" and ".join(words.marks),
                )


def _bilinguals(text: Text) -> Iterator[tuple[tuple[str | int, ...], str, Bilingual]]:
    """Everything a register says in two languages: where it stands, its name, its words."""
    yield ("title",), "title", text.title
    for number, section in enumerate(text.sections):
        yield ("sections", number, "heading"), f"{section.id}.heading", section.heading
    for number, cited in enumerate(text.sources):
        for field_name in ("looked", "note"):
            if words := getattr(cited, field_name):
                yield ("sources", number, field_name), f"sources.{number}.{field_name}", words
    for number, claim in enumerate(text.claims):
        for field_name in ("statement", "rationale", "caveats"):
            if words := getattr(claim, field_name):
                yield ("claims", number, field_name), f"{claim.id}.{field_name}", words
        for place, link in enumerate(claim.links):
            name = f"{claim.id}.{link.reference}.note"
            yield ("claims", number, "links", place, "note"), name, link.note


def _signatures(kb: KnowledgeBase) -> Iterator[Problem]:
    for text in kb.texts.values():
        for claim in text.claims:
            if claim.reviewed and claim.reviewed.claim_hash != claim.hash:
                yield problem_in(
                    kb.text_path(text.id),
                    0,
                    f"{claim.id}.reviewed",
                    "the claim changed after it was signed; review it again",
                )


def _duplicates(kb: KnowledgeBase) -> Iterator[Problem]:
    for name in ("doi", "pmid"):
        seen: dict[str, str] = {}
        for reference in kb.library.values():
            value = getattr(reference, name).lower()
            if value and value in seen:
                yield problem_in(
                    reference.place.file,
                    reference.place.line,
                    f"{reference.key}.{name}",
                    "the same {name} stands in {value}; relate or merge the two",
                    name=name,
                    value=seen[value],
                )
            seen.setdefault(value, reference.key)


def _doubts(kb: KnowledgeBase) -> Iterator[Problem]:
    """Records that an import marked as possibly one work, until a person has decided."""
    for reference in kb.library.values():
        for key in possible_duplicates(reference):
            if other := kb.library.get(key):
                message = (
                    f"may be the same work as '{key}' ({Path(other.place.file).name}, line "
                    f"{other.place.line}); compare them, then delete one of the two, or this "
                    "field when they are two works"
                )
            else:
                message = f"no reference has the key '{key}'; delete the field"
            place = reference.place
            yield problem_in(place.file, place.line, f"{reference.key}.{MARK}", message)


ERRORS: tuple[Callable[[KnowledgeBase], Iterator[Problem]], ...] = (_references, _texts)
WARNINGS: tuple[Callable[[KnowledgeBase], Iterator[Problem]], ...] = (
    _status,
    _unwritten,
    _signatures,
    _duplicates,
    harms.unlinked,
    _doubts,
)


def check(kb: KnowledgeBase) -> Findings:
    """Run every check on a knowledge base; reads files only, never the network."""
    findings = Findings(errors=list(kb.problems))
    for rule in ERRORS:
        findings.errors += rule(kb)
    for rule in WARNINGS:
        findings.warnings += rule(kb)
    texts = kb.texts.values()
    findings.counts = {
        "references": len(kb.library),
        "incomplete": sum(not reference.is_complete for reference in kb.library.values()),
        "concepts": len(kb.vocabulary),
        "texts": len(texts),
        "claims": sum(len(text.claims) for text in texts),
        "unassessed": sum(not claim.is_assessed for text in texts for claim in text.claims),
        "links": sum(len(claim.links) for text in texts for claim in text.claims),
        "sources": sum(len(text.sources) for text in texts),
    }
    return findings


def shown(problem: Problem, base: Path) -> Problem:
    """The problem with its file relative to `base`, where it is below it."""
    path = Path(problem.file)
    if path.is_absolute() and path.is_relative_to(base):
        return problem_in(path.relative_to(base), problem.line, problem.field, problem.message)
    return problem
