"""Atom feeds (RFC 4287) of any search, of the verdicts of a text and of new evidence on it.

A reference bears the day on which it entered the library; one whose record does not say is older
than all that do. A claim bears the day it was signed, else decided, else the date of its register.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from flask import Blueprint, Response, render_template, request, url_for

from evidence.claims.claim import Claim
from evidence.claims.text import Text
from evidence.wording import results
from references.record import Reference
from webapp.exports.parts import xml_text
from webapp.lookups import text_or_404
from webapp.query import SearchAddress, requested_search
from webapp.site import every_hit, search_library, site, standing
from webapp.tracking import meant_query
from webapp.wording import citation
from webapp.wording.display import byline, entered, lang_of, localised, title_of
from webapp.wording.gettext import gettext as _
from webapp.wording.language import chosen_language
from webapp.wording.words import CERTAINTIES, judged

blueprint = Blueprint("feeds", __name__, url_prefix="/feeds")

MEDIA_TYPE = "application/atom+xml"
ENTRIES = 50  # where the address does not say how many


@dataclass(frozen=True)
class FeedEntry:
    """One entry; its `id` is the address of a page, `language` that of its title."""

    id: str
    title: str
    updated: datetime
    summary: str
    language: str
    authors: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


def _written(path: Path) -> datetime:
    """When a file was written last, to the second."""
    try:
        return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    except OSError:
        return datetime(1970, 1, 1, tzinfo=UTC)


def _feed(title: str, page: str, entries: Iterable[FeedEntry], empty: datetime) -> Response:
    """An Atom document; `page` is the page it belongs to, `empty` its date without entries."""
    listed = list(entries)
    query = meant_query()
    own = f"{request.base_url}?{query}" if query else request.base_url
    updated = max((entry.updated for entry in listed), default=empty)
    body = render_template(
        "feed.xml", own=own, title=title, page=page, entries=listed, updated=updated
    )
    return Response(xml_text(body), content_type=f"{MEDIA_TYPE}; charset=utf-8")


def _before_all() -> date:
    """The day before the first reference with a date entered: when all others are said to have."""
    days = [day for reference in site().kb.library.values() if (day := entered(reference))]
    return min(days) - timedelta(days=1) if days else date(1970, 1, 1)


def _last_entered(references: Iterable[Reference], limit: int = ENTRIES) -> list[FeedEntry]:
    """Entries of references, those that entered the library last first, then the newest."""

    def order(reference: Reference) -> tuple[date, int, str]:
        return entered(reference) or date.min, reference.year or 0, reference.key

    before = _before_all()
    newest = sorted(references, key=order, reverse=True)[:limit]
    return [_reference_entry(reference, before) for reference in newest]


def _reference_entry(reference: Reference, before: date) -> FeedEntry:
    page = url_for("library.reference", key=reference.key, _external=True)
    told = results.results_of(reference, chosen_language())
    finding = next((result.text.text for result in told if result.text), "")
    return FeedEntry(
        id=page,
        title=title_of(reference) or byline(reference),
        updated=datetime.combine(entered(reference) or before, time(), UTC),
        summary=" ".join(part for part in (citation.vancouver(reference), finding) if part),
        language=lang_of(reference),
        authors=tuple(author.name for author in reference.authors if author.name),
        terms=site().studies.concepts_of(reference),
    )


@blueprint.get("/search")
def search() -> Response:
    """What entered the library last of a search; takes the parameters of the search page.

    An address that says how to sort keeps that order.
    """
    search_request = requested_search(ENTRIES)
    library = site().kb.library
    if request.args.get("sort"):
        found = search_library(replace(search_request, facets=(), highlight=False)).results
        before = _before_all()
        entries = [_reference_entry(library[h.key], before) for h in found if h.key in library]
    else:
        found = tuple(every_hit(search_request))
        entries = _last_entered(
            (library[hit.key] for hit in found if hit.key in library), search_request.limit
        )
    newest = max((_written(path) for path in site().kb.files()), default=datetime.now(UTC))
    words = search_request.query or _("the whole library")
    return _feed(
        _("Search: %(words)s", words=words),
        url_for(
            "search.search", _external=True, **SearchAddress(search_request).arguments(limit=None)
        ),
        entries,
        newest,
    )


def _claim_entry(text: Text, claim: Claim, written: datetime) -> FeedEntry:
    page = url_for("texts.claim", text_id=text.id, claim_id=claim.id, _external=True)
    updated = _decided(text, claim) or written
    who: tuple[str, ...] = ()
    if claim.reviewed and standing().text(text.id).is_signed(claim):
        updated = datetime.combine(claim.reviewed.on, time(), UTC)
        who = (claim.reviewed.by,)
    return FeedEntry(
        id=page,
        title=f"{judged(claim).name}{_(': ')}{localised(claim.statement)}",
        updated=updated,
        summary=f"{CERTAINTIES[claim.certainty or 'none'].name}. {localised(claim.rationale)}",
        language=chosen_language(),
        authors=who,
        terms=(claim.judgement, claim.certainty or "none", claim.kind),
    )


def _decided(text: Text, claim: Claim) -> datetime | None:
    """When a claim was decided last, if since its register was written."""
    state = standing().text(text.id).states.get(claim.id)
    return state.pending[-1].at.replace(microsecond=0) if state and state.pending else None


@blueprint.get("/texts/<text_id>")
def text(text_id: str) -> Response:
    """The claims of a text with their verdicts, last changed first."""
    text = text_or_404(text_id)
    written = _written(site().kb.text_path(text.id))
    entries = [_claim_entry(text, claim, written) for claim in text.claims]
    entries.sort(key=lambda entry: entry.updated, reverse=True)
    return _feed(
        _("Verdicts: %(title)s", title=localised(text.title)),
        url_for("texts.text", text_id=text.id, _external=True),
        entries,
        written,
    )


@blueprint.get("/texts/<text_id>/evidence")
def evidence(text_id: str) -> Response:
    """References that entered the library last and bear on claims of a text."""
    text = text_or_404(text_id)
    library = site().kb.library
    keys = {link.reference for claim in text.claims for link in claim.links}
    for claim in text.claims:
        keys |= _studied_for(claim)
    return _feed(
        _("New evidence: %(title)s", title=localised(text.title)),
        url_for("texts.text", text_id=text.id, _external=True),
        _last_entered(library[key] for key in keys if key in library),
        _written(site().kb.text_path(text.id)),
    )


def _studied_for(claim: Claim) -> frozenset[str]:
    """Keys of the references that study both whom and what a claim is about; none for half of it.

    Concepts that are narrower count.
    """
    studies = site().studies
    parts = [
        frozenset().union(*(studies.keys_of(name) for name in part))
        for part in (claim.population, claim.intervention)
    ]
    return parts[0] & parts[1]
