"""Atom feeds (RFC 4287): `/feeds/search?…` of any search, `/feeds/texts/<id>` of verdicts.

A reference bears the day on which it entered the library, else the date of the file that holds
it; a claim the day it was signed, else decided, else the date of its register.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path

from flask import Blueprint, Response, render_template, request, url_for

from evidence.claims.claim import Claim
from evidence.claims.text import Text
from evidence.wording import results
from references.record import Reference
from webapp.exports.parts import xml_text
from webapp.lookups import text_or_404
from webapp.query import SearchAddress, requested_search
from webapp.site import search_library, site, standing
from webapp.tracking import meant_query
from webapp.wording import citation
from webapp.wording.display import byline, entered, lang_of, localised, title_of
from webapp.wording.gettext import gettext as _
from webapp.wording.language import chosen_language
from webapp.wording.words import CERTAINTIES, VERDICTS

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


def _reference_entry(reference: Reference) -> FeedEntry:
    page = url_for("library.reference", key=reference.key, _external=True)
    told = results.results_of(reference, chosen_language())
    finding = next((result.text.text for result in told if result.text), "")
    since = entered(reference)
    file = site().kb.references_folder / Path(reference.place.file).name
    return FeedEntry(
        id=page,
        title=title_of(reference) or byline(reference),
        updated=datetime.combine(since, time(), UTC) if since else _written(file),
        summary=" ".join(part for part in (citation.vancouver(reference.key), finding) if part),
        language=lang_of(reference),
        authors=tuple(author.name for author in reference.authors if author.name),
        terms=site().studies.concepts_of(reference),
    )


@blueprint.get("/search")
def search() -> Response:
    """The newest results of a search; takes the parameters of the search page."""
    search_request = requested_search(ENTRIES)
    if not request.args.get("sort"):
        search_request = replace(search_request, sort="newest")
    answer = search_library(replace(search_request, facets=(), highlight=False))
    library = site().kb.library
    newest = max((_written(path) for path in site().kb.files()), default=datetime.now(UTC))
    words = search_request.query or _("the whole library")
    return _feed(
        _("Search: %(words)s", words=words),
        url_for(
            "search.search", _external=True, **SearchAddress(search_request).arguments(limit=None)
        ),
        (_reference_entry(library[hit.key]) for hit in answer.results if hit.key in library),
        newest,
    )


def _claim_entry(text: Text, claim: Claim, written: datetime) -> FeedEntry:
    page = url_for("texts.claim", text_id=text.id, claim_id=claim.id, _external=True)
    updated = _decided(text, claim) or written
    who: tuple[str, ...] = ()
    if claim.reviewed and standing().text(text.id).is_signed(claim):
        updated = datetime.combine(claim.reviewed.on, time(), UTC)
        who = (claim.reviewed.by,)
    verdict = VERDICTS[claim.verdict].name
    return FeedEntry(
        id=page,
        title=f"{verdict}{_(': ')}{localised(claim.statement)}",
        updated=updated,
        summary=f"{CERTAINTIES[claim.certainty].name}. {localised(claim.rationale)}",
        language=chosen_language(),
        authors=who,
        terms=(claim.verdict, claim.certainty, claim.kind),
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
