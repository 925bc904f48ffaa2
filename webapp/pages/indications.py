"""`/indications/` and `/indications/<concept>`: what is known about a concept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request, url_for

from evidence.search.index.documents import CONCEPT_FACETS
from evidence.wording import LANGUAGES
from references.concepts import Concept
from references.normalise import fold, whole_number
from references.record import DESIGNS, Finding, FindingWords, Reference
from webapp.http.error_pages import Missing
from webapp.lookups import LISTED, concept_or_404
from webapp.site import site, standing
from webapp.tracking import takes
from webapp.wording.gettext import gettext as _
from webapp.wording.language import chosen_language
from webapp.wording.words import concept_label

blueprint = Blueprint("indications", __name__)
takes(blueprint, index="facet name", concept="design intervention since words")

#: How many studies a page lists; the search page has them all.
MAX_STUDIES = 60


@dataclass(frozen=True)
class DesignRow:
    """The studies of one design: how many, and their participants where these are known."""

    design: str
    levels: tuple[int, ...]  # the levels its studies have, best first; empty for none
    studies: int
    participants: int
    unknown: int  # studies that do not say how many took part


@dataclass(frozen=True)
class Branch:
    """A concept with what is narrower, as far as there are studies of it."""

    concept: Concept
    count: int
    branches: tuple[Branch, ...]


def by_design(references: list[Reference]) -> list[DesignRow]:
    """The references counted by design, best level first."""
    rows = []
    for design in (*DESIGNS, ""):
        group = [r for r in references if r.study.design == design]
        known = [r.study.participants for r in group if r.study.participants is not None]
        if group:
            levels = {site().studies.level(r).number for r in group} - {None}
            rows.append(
                DesignRow(
                    design,
                    tuple(sorted(n for n in levels if n)),
                    len(group),
                    sum(known),
                    len(group) - len(known),
                )
            )
    return sorted(rows, key=lambda row: row.levels or (9,))


def branches(facet: str) -> tuple[Branch, ...]:
    """The concepts of a facet that have studies, as trees, most studied first."""
    studies, language = site().studies, chosen_language()
    counted = studies.studied(facet)
    ids = {concept.id for concept in counted}

    def order(concept: Concept) -> tuple[int, str]:
        return -studies.count(concept.id), fold(concept.label[language])

    opened: set[str] = set()

    def branch(concept: Concept) -> Branch:
        # A concept with two broader ones stands under both; its own branches only once.
        below: list[Concept] = []
        if concept.id not in opened:
            opened.add(concept.id)
            below = sorted((c for c in counted if concept.id in c.broader), key=order)
        return Branch(concept, studies.count(concept.id), tuple(branch(child) for child in below))

    roots = [c for c in counted if not ids.intersection(c.broader)]
    return tuple(branch(concept) for concept in sorted(roots, key=order))


@blueprint.get("/indications/")
def index() -> str:
    """The concepts of a facet (`facet`), with how many studies each has."""
    facet = request.args.get("facet") or "indication"
    if facet not in LISTED:
        raise Missing(
            _("There is no list of “%(facet)s”.", facet=facet),
            [(_("All indications"), url_for("indications.index"))],
        )
    listed = [one for one in LISTED if site().studies.studied(one)]
    words = request.args.get("name", "").strip()[:100]
    trees = branches(facet)
    return render_template(
        "indications.html",
        facet=facet,
        facets=listed or [facet],
        branches=named(trees, words) if words else trees,
        words=words,
    )


def named(trees: tuple[Branch, ...], words: str) -> tuple[Branch, ...]:
    """The branches whose concept bears some words in a name of either language, in one list."""
    wanted = fold(words)
    found: dict[str, Branch] = {}

    def look(branch: Branch) -> None:
        concept = branch.concept
        if any(wanted in fold(name) for code in LANGUAGES for name in concept.names(code)):
            found.setdefault(concept.id, Branch(concept, branch.count, ()))
        for below in branch.branches:
            look(below)

    for tree in trees:
        look(tree)
    return tuple(sorted(found.values(), key=lambda branch: -branch.count))


@dataclass(frozen=True)
class StudyFilter:
    """What the list of studies of a concept is narrowed to; "" and None let everything through."""

    design: str = ""
    intervention: str = ""
    since: int | None = None
    words: str = ""

    @classmethod
    def asked(cls) -> StudyFilter:
        """As the address says; 400 for a year that is no number."""
        since = request.args.get("since", "").strip()
        return cls(
            request.args.get("design", ""),
            request.args.get("intervention", ""),
            (whole_number(since) or abort(400)) if since else None,
            request.args.get("words", "").strip()[:200],
        )

    def __bool__(self) -> bool:
        return self != StudyFilter()

    def passes(self, reference: Reference) -> bool:
        """True when a reference is what was asked for; every word has to stand in it somewhere."""
        study = reference.study
        if self.design and study.design != self.design:
            return False
        if self.since and (reference.year or 0) < self.since:
            return False
        if self.intervention and reference.key not in site().studies.keys_of(self.intervention):
            return False
        told = fold(_words_of(reference)) if self.words else ""
        return all(word in told for word in fold(self.words).split())


def _words_of(reference: Reference) -> str:
    """What a reader sees of a study in the list, as one text."""
    language = chosen_language()
    findings = (" ".join((f.outcome, f.value, f.text)) for f in map(_said, reference.findings))
    names = (concept_label(one) for one in reference.study.concepts)
    return " ".join((reference.byline_in(language), reference.title, *findings, *names))


def _said(finding: Finding) -> FindingWords:
    return finding.words(chosen_language())


def _tested(references: list[Reference]) -> list[tuple[str, int]]:
    """The interventions that studies tested, with how many did, the most tested first."""
    keys = {reference.key for reference in references}
    counted = Counter(
        {
            one.id: len(keys & site().studies.keys_of(one.id))
            for one in site().kb.vocabulary.of_facet("intervention")
        }
    )
    return [(name, count) for name, count in counted.most_common(40) if count]


@blueprint.get("/indications/<concept_id>")
def concept(concept_id: str) -> str:
    """What is known about one concept: studies by design, participants, the studies."""
    concept = concept_or_404(concept_id)
    kb, studies = site().kb, site().studies
    references = studies.of(concept.id)
    asked = StudyFilter.asked()
    listed = [r for r in references if asked.passes(r)]
    within = set(kb.vocabulary.narrower(concept.id))
    claims = [
        (text, claim)
        for text, claim in standing().claims()
        if within.intersection(claim.all_concepts)
    ]
    narrower = [c for c in kb.vocabulary if concept.id in c.broader]
    narrower.sort(key=lambda c: (-studies.count(c.id), fold(c.label[chosen_language()])))
    return render_template(
        "concept.html",
        concept=concept,
        CONCEPT_FACETS=CONCEPT_FACETS,
        references=listed[:MAX_STUDIES],
        found=len(listed),
        asked=asked,
        tested=_tested(references),
        total=len(references),
        rows=by_design(references),
        participants=sum(r.study.participants or 0 for r in references),
        used=sum(bool(standing().uses_of(r.key)) for r in references),
        claims=claims,
        narrower=narrower,
        broader=[kb.vocabulary[b] for b in concept.broader if b in kb.vocabulary],
        studies=studies,
        years=[r.year for r in references if r.year],
    )
