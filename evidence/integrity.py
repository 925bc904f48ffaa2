"""Offline integrity of a knowledge base: what a person must mend before anyone reads it.

A check is a function from a knowledge base to problems. Errors make the base wrong;
warnings are worth a look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evidence.appraisal import harms
from evidence.claims.claim import Bilingual, Claim
from evidence.claims.text import Text
from evidence.knowledge import KnowledgeBase
from references.errors import Message, Problem, message, problem_in
from references.matching import MARK, possible_duplicates
from references.record import DESIGNS, STATUSES, Reference
from references.yamlfile import Location, YamlDocument, read_yaml

#: A field and what is wrong with it.
Rule = tuple[str, Message]

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


def _wrong(field: str, template: str, /, **values: object) -> Rule:
    return field, Message(template, values)


def _no_concept(field: str, value: str) -> Rule:
    return _wrong(field, "'{id}' is not a concept; mend the id or add the concept", id=value)


def _problem_of(reference: Reference, rule: Rule) -> Problem:
    name, why = rule
    return problem_in(reference.place.file, reference.place.line, f"{reference.key}.{name}", why)


def _references(kb: KnowledgeBase) -> Iterator[Problem]:
    for reference in kb.library.values():
        for rule in (*_wrong_fields(reference), *_wrong_concepts(kb, reference)):
            yield _problem_of(reference, rule)


def _wrong_fields(reference: Reference) -> Iterator[Rule]:
    design, status = reference.study.design, reference.status
    if not reference.title:
        yield _wrong("title", "a reference needs a title; add one, in brackets if none was seen")
    if design and design not in DESIGNS:
        yield _wrong(
            "design", "'{design}' is not a design; see references/README.md", design=design
        )
    if status and status not in STATUSES:
        yield _wrong(
            "status", "'{status}' is not a status; see references/README.md", status=status
        )
    if not reference.provenance:
        yield _wrong("provenance", "nothing says where the facts were seen; add an address")
    for name, remembered in reference.unverified.items():
        if remembered and str(getattr(reference, name, None)) == remembered:
            yield _wrong(
                name, "the value is listed as unverified and stands in the field; remove one"
            )


def _wrong_concepts(kb: KnowledgeBase, reference: Reference) -> Iterator[Rule]:
    for name, facets in _STUDY_FACETS.items():
        for value in getattr(reference.study, name):
            concept = kb.vocabulary.get(value)
            if concept is None:
                yield _no_concept(name, value)
            elif concept.facet not in facets:
                yield _wrong(
                    name, "'{id}' is a concept of the facet {facet}", id=value, facet=concept.facet
                )


def _status(kb: KnowledgeBase) -> Iterator[Problem]:
    for reference in kb.library.values():
        if reference.status == "verified" and not reference.is_complete:
            yield _problem_of(
                reference,
                _wrong(
                    "status",
                    "is 'verified' without {names}; write 'incomplete'",
                    names=reference.missing,
                ),
            )


# ---- claims ---------------------------------------------------------------------------


def is_direct(claim: Claim) -> bool:
    """True when a link that supports the claim is direct on every element it states."""
    return any(link.directness.is_direct for link in claim.links_of("supports"))


def claim_problems(kb: KnowledgeBase, text: Text, claim: Claim) -> Iterator[Rule]:
    """(field, message) for each rule that one claim of a text breaks.

    A claim that nobody has assessed has no verdict to be wrong, only a place for one.
    """
    if all(claim.section != section.id for section in text.sections):
        yield _wrong(
            "section",
            "'{section}' is not a section of the text; mend one of the two",
            section=claim.section,
        )
    for name in ("concepts", "population", "intervention", "comparator", "outcome"):
        for value in getattr(claim, name):
            if value not in kb.vocabulary:
                yield _no_concept(name, value)
    yield from _wrong_links(kb, claim)
    if claim.is_assessed:
        yield from _wrong_verdict(kb, claim)


def _wrong_links(kb: KnowledgeBase, claim: Claim) -> Iterator[Rule]:
    seen: Counter[tuple[str, str]] = Counter()
    for number, link in enumerate(claim.links):
        where, key = f"links.{number}", link.reference
        reference = kb.library.get(key)
        if reference is None:
            yield _wrong(
                where, "no reference has the key '{key}'; mend it or add the reference", key=key
            )
            continue
        seen[key, link.stance] += 1
        if seen[key, link.stance] == 2:
            yield _wrong(
                where, "'{key}' is linked twice with the same stance; merge the links", key=key
            )
        outcomes = sorted({finding.outcome for finding in reference.findings})
        if link.finding and link.finding not in outcomes:
            yield _wrong(
                f"{where}.finding",
                "'{key}' has no finding '{finding}'; it has: {outcomes}",
                key=key,
                finding=link.finding,
                outcomes="; ".join(outcomes) or message("none"),
            )


def _wrong_verdict(kb: KnowledgeBase, claim: Claim) -> Iterator[Rule]:
    supporting, verdict = claim.links_of("supports"), claim.verdict
    if verdict == "supported":
        known = [kb.library[link.reference] for link in supporting if link.reference in kb.library]
        if not supporting:
            yield _wrong(
                "verdict", "is 'supported' without any link that supports it; lower the verdict"
            )
        elif not is_direct(claim):
            yield _wrong("verdict", "is 'supported' on indirect references only; lower the verdict")
        elif not any(reference.is_complete for reference in known):
            yield _wrong(
                "verdict", "is 'supported' on incomplete references only; lower the verdict"
            )
    elif verdict == "contradicted" and not claim.links_of("contradicts"):
        yield _wrong("verdict", "is 'contradicted' without any link that contradicts it; mend one")
    elif verdict == "no-evidence-found" and supporting:
        yield _wrong(
            "verdict", "is 'no-evidence-found' while a link supports it; mend one of the two"
        )
    elif verdict == "not-checkable" and claim.certainty != "none":
        yield _wrong("certainty", "a claim that cannot be checked has the certainty 'none'")


# ---- registers ------------------------------------------------------------------------

#: Where something is wrong in a register, how people call the place, and what it is.
_Fault = tuple[Location, str, Message]


def _faults_of(kb: KnowledgeBase, rule: Callable[[Text], Iterator[_Fault]]) -> Iterator[Problem]:
    """The faults that a rule sees in each register, by line."""
    for text in kb.texts.values():
        path = kb.text_path(text.id)
        document: YamlDocument | None = None
        for location, name, why in rule(text):
            document = document or read_yaml(path)
            yield problem_in(path, document.line_of(location), name, why)


def _texts(kb: KnowledgeBase) -> Iterator[Problem]:
    def rule(text: Text) -> Iterator[_Fault]:
        yield from _ids_used_twice(text)
        yield from _wrong_sources(kb, text)
        for number, claim in enumerate(text.claims):
            for name, why in claim_problems(kb, text, claim):
                steps = (int(step) if step.isdigit() else step for step in name.split("."))
                yield ("claims", number, *steps), f"{claim.id}.{name}", why

    return _faults_of(kb, rule)


def _ids_used_twice(text: Text) -> Iterator[_Fault]:
    sections = [section.id for section in text.sections]
    claims = [claim.id for claim in text.claims]
    for name, ids in (("sections", sections), ("claims", claims)):
        for number, value in enumerate(ids):
            if value in ids[:number]:
                yield (name, number), value, message("the id is used twice; rename one")


def _wrong_sources(kb: KnowledgeBase, text: Text) -> Iterator[_Fault]:
    for number, cited in enumerate(text.sources):
        where = ("sources", number)
        for key in [*cited.nearest, *([cited.reference] if cited.reference else [])]:
            if key not in kb.library:
                why = message("no reference has the key '{key}'; mend it", key=key)
                yield where, "nearest", why
        if cited.status == "verified" and not cited.reference:
            why = message("a verified source needs its reference; add it")
            yield where, "reference", why


def _unwritten(kb: KnowledgeBase) -> Iterator[Problem]:
    """What a draft left for a person to write: claims to assess, words to translate or reword."""

    def rule(text: Text) -> Iterator[_Fault]:
        for location, name, words in _bilinguals(text):
            if words.marks:
                why = message(
                    "still says {marks}; finish it here, or on the desk and then run "
                    "'evidence journal apply'",
                    marks=words.marks,
                )
                yield location, name, why

    return _faults_of(kb, rule)


def _bilinguals(text: Text) -> Iterator[tuple[Location, str, Bilingual]]:
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
    why = message("the claim changed after it was signed; review it again")
    for text in kb.texts.values():
        for claim in text.claims:
            if claim.reviewed and claim.reviewed.claim_hash != claim.hash:
                yield problem_in(kb.text_path(text.id), 0, f"{claim.id}.reviewed", why)


# ---- records that may be one, harms that no claim names -------------------------------


def _duplicates(kb: KnowledgeBase) -> Iterator[Problem]:
    for name in ("doi", "pmid"):
        seen: dict[str, str] = {}
        for reference in kb.library.values():
            value = getattr(reference, name).lower()
            if value and value in seen:
                why = message(
                    "the same {name} stands in {key}; relate or merge the two",
                    name=name,
                    key=seen[value],
                )
                yield _problem_of(reference, (name, why))
            seen.setdefault(value, reference.key)


def _doubts(kb: KnowledgeBase) -> Iterator[Problem]:
    """Records that an import marked as possibly one work, until a person has decided."""
    for reference in kb.library.values():
        for key in possible_duplicates(reference):
            if other := kb.library.get(key):
                why = message(
                    "may be the same work as '{key}' ({file}, line {line}); compare them, then "
                    "delete one of the two, or this field when they are two works",
                    key=key,
                    file=Path(other.place.file).name,
                    line=other.place.line,
                )
            else:
                why = message("no reference has the key '{key}'; delete the field", key=key)
            yield _problem_of(reference, (MARK, why))


@dataclass(frozen=True, slots=True)
class _SafetyClaim:
    """A claim of kind safety: what was done to whom it speaks of, and what it links."""

    name: str  # text/claim
    interventions: frozenset[str]
    concepts: frozenset[str]
    linked: frozenset[str]


def _safety_claims(kb: KnowledgeBase) -> list[_SafetyClaim]:
    interventions = frozenset(one.id for one in kb.vocabulary.of_facet("intervention"))
    return [
        _SafetyClaim(
            f"{text.id}/{claim.id}",
            interventions.intersection(claim.intervention or claim.concepts),
            frozenset(claim.all_concepts),
            frozenset(link.reference for link in claim.links),
        )
        for text in kb.texts.values()
        for claim in text.claims
        if claim.kind == "safety"
    ]


def _unlinked_harms(kb: KnowledgeBase) -> Iterator[Problem]:
    """Each record that names a serious harm which no safety claim that should links it.

    Only records about an intervention of a safety claim are asked for. A harm is linked when a
    claim that speaks of it links the record; where no claim speaks of it, when any of them does.
    """
    claims = _safety_claims(kb)
    interventions = sorted({name for claim in claims for name in claim.interventions})
    for reference in kb.library.values():
        named = harms.harms_in(reference)
        if not named:
            continue
        about = [name for name in interventions if harms.is_about(reference, name, kb.vocabulary)]
        bearing = [claim for claim in claims if claim.interventions.intersection(about)]
        missed: list[str] = []
        wanted: dict[str, None] = {}
        for one in named:
            near = [claim for claim in bearing if claim.concepts.intersection(one.harm.concepts)]
            asked = near or bearing
            if asked and not any(reference.key in claim.linked for claim in asked):
                missed.append(f"{one.harm.en} (“{one.words}”)")
                wanted.update(dict.fromkeys(claim.name for claim in asked))
        if missed:
            why = message(
                "names a serious harm that no safety claim links: {harms}; link it from one of "
                "{claims}",
                harms=tuple(missed),
                claims=tuple(wanted),
            )
            yield _problem_of(reference, (named[0].field, why))


ERRORS: tuple[Callable[[KnowledgeBase], Iterator[Problem]], ...] = (_references, _texts)
WARNINGS: tuple[Callable[[KnowledgeBase], Iterator[Problem]], ...] = (
    _status,
    _unwritten,
    _signatures,
    _duplicates,
    _unlinked_harms,
    _doubts,
)


def check_integrity(kb: KnowledgeBase) -> Findings:
    """Run every check on a knowledge base; reads files only, never the network.

    Nothing is raised for what is wrong: `errors` make the base wrong, `warnings` are worth a look,
    and each names file, line, field and mend.
    """
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


def relative_to(base: Path, problem: Problem) -> Problem:
    """The problem with its file relative to `base`, where it is below it."""
    path = Path(problem.file)
    if path.is_absolute() and path.is_relative_to(base):
        return replace(problem, file=str(path.relative_to(base)))
    return problem
