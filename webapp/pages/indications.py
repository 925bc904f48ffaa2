"""`/indications/` and `/indications/<concept>`: what is known about a concept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for

from evidence.claims.claim import STANCES
from evidence.search.index.documents import CONCEPT_FACETS
from references.concepts import Concept
from references.normalise import fold
from references.record import DESIGNS, Reference
from webapp.http import caching
from webapp.http.error_pages import Missing
from webapp.lookups import LISTED, concept_or_404
from webapp.site import site, standing
from webapp.wording.gettext import gettext as _
from webapp.wording.language import chosen_language

blueprint = Blueprint("indications", __name__)
caching.declare(blueprint, kept=True)

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
    return render_template(
        "indications.html", facet=facet, facets=listed or [facet], branches=branches(facet)
    )


@blueprint.get("/indications/<concept_id>")
def concept(concept_id: str) -> str:
    """What is known about one concept: studies by design, participants, the studies."""
    concept = concept_or_404(concept_id)
    kb, studies = site().kb, site().studies
    references = studies.of(concept.id)
    uses = [use for r in references for use in standing().uses_of(r.key)]
    within = set(kb.vocabulary.narrower(concept.id))
    claims = [
        (text, claim)
        for text, claim in standing().claims()
        if within.intersection(claim.all_concepts)
    ]
    narrower = [c for c in kb.vocabulary if concept.id in c.broader]
    narrower.sort(key=lambda c: (-studies.count(c.id), fold(c.label[chosen_language()])))
    # A reference that supports five claims is one reference: it counts once for each stance.
    stances: Counter[str] = Counter(
        stance for stance, _key in {(link.stance, link.reference) for _t, _c, link in uses}
    )
    return render_template(
        "concept.html",
        concept=concept,
        CONCEPT_FACETS=CONCEPT_FACETS,
        references=references[:MAX_STUDIES],
        total=len(references),
        rows=by_design(references),
        participants=sum(r.study.participants or 0 for r in references),
        stances={stance: stances[stance] for stance in STANCES},
        used=len({link.reference for _text, _claim, link in uses}),
        claims=claims,
        narrower=narrower,
        broader=[kb.vocabulary[b] for b in concept.broader if b in kb.vocabulary],
        studies=studies,
        years=[r.year for r in references if r.year],
    )
