"""Texts and their claims: `/`, `/texts/<id>`, `/texts/<id>/claims/<claim>`.

Where this instance holds the page itself, the reader shows it with every claim at its passage.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from flask import Blueprint, abort, current_app, render_template, request, url_for

from evidence.claims.claim import STANCES, VERDICTS, Claim, Link
from evidence.claims.text import Text
from evidence.summary import summarise
from references.record import Reference
from webapp.accounts.session import allowed
from webapp.http import outage
from webapp.http.errors import Missing
from webapp.pages import original
from webapp.site import site, standing
from webapp.wording.display import said
from webapp.wording.phrases import gettext as _

blueprint = Blueprint("texts", __name__)

#: How many claims can be put side by side.
MAX_COMPARED = 4


def text_or_404(text_id: str) -> Text:
    """The text of an address as readers see it, or the page that lists those there are."""
    if text := standing().public.get(text_id):
        return text
    raise no_text(text_id, standing().public.values())


def readable_or_404(text_id: str) -> Text:
    """As `text_or_404`; editors also read, by itself, a text that is not public yet."""
    view = standing().texts.get(text_id)
    if view is not None and view.public is None and allowed("review"):
        return view.text
    return text_or_404(text_id)


def no_text(text_id: str, known: Iterable[Text], endpoint: str = "texts.text") -> Missing:
    """The page for an address of no text: it lists those that are `known`, with their pages."""
    if text_id in standing().texts:
        _tell_apart()
    near = [(said(text.title), url_for(endpoint, text_id=text.id)) for text in known]
    return Missing(_("There is no text “%(id)s” here.", id=text_id), near)


def _tell_apart() -> None:
    """Without the journal nobody knows whether this was decided, and may be shown.

    Raises:
        JournalUnavailable: the journal could not be read: the answer is 503 and not 404.
    """
    if fault := outage.journal_fault():
        raise fault


def claim_or_404(text: Text, claim_id: str) -> Claim:
    """The claim of an address, or a page with those of like names."""
    for claim in text.claims:
        if claim.id == claim_id:
            return claim
    _tell_apart()
    ids = get_close_matches(claim_id, [c.id for c in text.claims], n=3, cutoff=0.5)
    near = [
        (said(text.claim(i).statement), url_for("texts.claim", text_id=text.id, claim_id=i))
        for i in ids
    ] + [(said(text.title), url_for("texts.text", text_id=text.id))]
    raise Missing(_("The text has no claim “%(id)s”.", id=claim_id), near)


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
    indications = [c for c in site().kb.vocabulary.of_facet("indication") if studies.count(c.id)]
    indications.sort(key=lambda concept: -studies.count(concept.id))
    return render_template(
        "home.html",
        summaries=[summarise(text) for text in standing().public.values()],
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
    asked = tuple(dict.fromkeys(request.args.getlist("verdict")))
    verdicts = tuple(verdict for verdict in VERDICTS if verdict in asked)
    if len(verdicts) != len(asked):
        abort(400)
    opened = request.args.get("claim")
    claim = claim_or_404(text, opened) if opened else None
    summary = summarise(text, verdicts)
    loaded = view.version if view.drift and current_app.config["SHOW_ORIGINALS"] else None
    if view.page_fault:
        outage.met(view.page_fault)
    page = None
    if loaded and request.args.get("view") != "claims":
        page = original.shown(
            text,
            view.page,
            view.located,
            (c.id for part in summary.sections for c in part.selected),
        )
    return render_template(
        "text.html",
        summary=summary,
        text=text,
        loaded=loaded,
        page=page,
        located=view.located,
        of={c.id: c for c in text.claims},
        private=view.public is None,
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
    asked = list(dict.fromkeys(request.args.getlist("claim")))[:MAX_COMPARED]
    claims = [claim_or_404(text, claim_id) for claim_id in asked]
    shared: set[str] = set()
    if len(claims) > 1:
        shared = set.intersection(*({link.reference for link in c.links} for c in claims))
    return render_template(
        "compare.html",
        text=text,
        claims=claims,
        evidence={c.id: evidence_of(c) for c in claims},
        shared=shared,
    )
