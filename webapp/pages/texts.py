"""Texts and their claims: `/`, `/texts/<id>`, `/texts/<id>/claims/<claim>`.

Where this instance holds the page itself, the reader shows it with every claim at its passage.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, current_app, render_template, request

from evidence.claims.claim import STANCES, VERDICTS, Claim, Link
from evidence.claims.readings import agreement_of
from evidence.summary import summarise
from references.record import Reference
from webapp import outage
from webapp.lookups import claim_or_404, readable_or_404
from webapp.pages import original
from webapp.site import site, standing
from webapp.tracking import takes

blueprint = Blueprint("texts", __name__)
takes(blueprint, home="", text="verdict claim view", claim="", compare="claim")

#: How many claims can be put side by side.
MAX_COMPARED = 4


def evidence_of(claim: Claim) -> list[tuple[Link, Reference | None]]:
    """The links of a claim with their references: by stance, then best level, then newest."""
    library, studies = site().kb.library, site().studies
    rows = [(link, library.get(link.reference)) for link in claim.links]

    def order(row: tuple[Link, Reference | None]) -> tuple[int, tuple[int, int, str]]:
        link, reference = row
        rank = studies.by_level(reference, claim.kind) if reference else (10, 0, link.reference)
        return STANCES.index(link.stance), rank

    return sorted(rows, key=order)


@blueprint.get("/")
def home() -> str:
    """All texts, each with what it amounts to, and ways into the library."""
    studies = site().studies
    indications = sorted(studies.studied("indication"), key=lambda one: -studies.count(one.id))
    return render_template(
        "home.html",
        summaries=[summarise(text) for text in standing().public.values()],
        status={name: standing().text(name).status for name in standing().public},
        indications=indications[:14],
        studies=studies,
    )


@blueprint.get("/texts/<text_id>")
def text(text_id: str) -> str:
    """The reader; `verdict` filters (several allowed), `claim` opens one beside the text.

    With the page loaded, the page is shown; `view=claims` shows the claims in our words.
    """
    text = readable_or_404(text_id)
    view = standing().text(text_id)
    asked = tuple(dict.fromkeys(filter(None, request.args.getlist("verdict"))))
    verdicts = tuple(verdict for verdict in VERDICTS if verdict in asked)
    if len(verdicts) != len(asked):
        abort(400)
    opened = request.args.get("claim")
    claim = claim_or_404(text, opened) if opened else None
    summary = summarise(text, verdicts)
    loaded = view.version if view.drift and current_app.config["SHOW_ORIGINALS"] else None
    if view.page_fault:
        outage.degrade(view.page_fault)
    readings = {c.id: view.readings[c.id] for c in text.claims if c.id in view.readings}
    page = None
    if loaded and request.args.get("view") != "claims":
        page = original.page_with_passages(
            text,
            view.page,
            view.located,
            (c.id for part in summary.sections for c in part.selected),
        )
    return render_template(
        "text.html",
        summary=summary,
        status=view.status,
        text=text,
        loaded=loaded,
        page=page,
        located=view.located,
        readings=readings,
        agreement=agreement_of(readings.values()),
        of={c.id: c for c in text.claims},
        private=view.public is None,
        stage=view.stage,
        waiting=len(view.unassessed),
        view="claims" if loaded and not page else None,
        chosen=verdicts,
        claim=claim,
        evidence=evidence_of(claim) if claim else [],
    )


@blueprint.get("/texts/<text_id>/claims/<claim_id>")
def claim(text_id: str, claim_id: str) -> str:
    """One claim with the studies behind it."""
    text = readable_or_404(text_id)
    claim = claim_or_404(text, claim_id)
    place = text.claims.index(claim)
    return render_template(
        "claim.html",
        text=text,
        status=standing().text(text_id).status,
        claim=claim,
        section=next((s for s in text.sections if s.id == claim.section), None),
        evidence=evidence_of(claim),
        number=place + 1,
        before=text.claims[place - 1] if place else None,
        after=text.claims[place + 1] if place + 1 < len(text.claims) else None,
    )


@blueprint.get("/texts/<text_id>/compare")
def compare(text_id: str) -> str:
    """Claims side by side: `claim` names each, two to four of them."""
    text = readable_or_404(text_id)
    asked = list(dict.fromkeys(filter(None, request.args.getlist("claim"))))[:MAX_COMPARED]
    claims = [claim_or_404(text, claim_id) for claim_id in asked]
    return render_template(
        "compare.html",
        text=text,
        claims=claims,
        studies=compared_studies(claims) if len(claims) > 1 else [],
        sections=[(section, text.claims_of(section.id)) for section in text.sections],
    )


@dataclass(frozen=True)
class ComparedStudy:
    """A study and what it is to each of several claims, in their order; None where not linked."""

    reference: Reference
    links: tuple[Link | None, ...]

    @property
    def shared(self) -> bool:
        """True when more than one of the claims is linked to it."""
        return sum(link is not None for link in self.links) > 1


def compared_studies(claims: list[Claim]) -> list[ComparedStudy]:
    """The studies of several claims: those they share first, then best level, then newest."""
    library, studies = site().kb.library, site().studies
    linked = [{link.reference: link for link in reversed(claim.links)} for claim in claims]
    keys = dict.fromkeys(key for links in linked for key in links if key in library)
    rows = [ComparedStudy(library[key], tuple(one.get(key) for one in linked)) for key in keys]
    return sorted(rows, key=lambda row: (not row.shared, studies.by_level(row.reference)))
