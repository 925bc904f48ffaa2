"""`/sitemap.xml` and `/robots.txt`: what search engines should read, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, render_template, url_for

from evidence.wording import LANGUAGES
from webapp.lookups import LISTED
from webapp.site import site, standing

blueprint = Blueprint("sitemap", __name__)

MOST = 50_000  # addresses of one sitemap, by the protocol

_ONCE = (
    "texts.home",
    "search.search",
    "indications.index",
    "evidencemap.evidence_map",
    "changes.changes",
    "guide.guide",
    "guide.accessibility",
    "api.documentation",
)


def _date(path: Path) -> str:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
    except OSError:
        return ""


def _pages() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Endpoint, values and date of every page worth finding; the texts come first."""
    kb, studies = site().kb, site().studies
    for endpoint in _ONCE:
        yield endpoint, {}, ""
    for text in standing().public.values():
        date = _date(kb.text_path(text.id))
        yield "texts.text", {"text_id": text.id}, date
        yield "sources.sources", {"text_id": text.id}, date
        for claim in text.claims:
            yield "texts.claim", {"text_id": text.id, "claim_id": claim.id}, date
    for concept in kb.vocabulary:
        if concept.facet in LISTED and studies.count(concept.id):
            yield "indications.concept", {"concept_id": concept.id}, ""
    dates = {path.name: _date(path) for path in kb.references_folder.glob("*.bib")}
    for key, reference in kb.library.items():
        yield "library.reference", {"key": key}, dates.get(Path(reference.place.file).name, "")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Every page once, with its address in each language."""
    pages = (
        (
            url_for(endpoint, _external=True, **values),
            date,
            [(o, url_for(endpoint, _external=True, lang=o, **values)) for o in LANGUAGES],
        )
        for endpoint, values, date in islice(_pages(), MOST)
    )
    body = render_template("sitemap.xml", pages=pages)
    return Response(body, content_type="application/xml; charset=utf-8")


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Everything may be read but searches and open cells, which have no end, and the desk."""
    lines = (
        "User-agent: *",
        "Disallow: /search?",
        "Disallow: /search.",
        "Disallow: /feeds/search",
        "Disallow: /map?*cell=",
        "Disallow: /desk",
        "Disallow: /*theme=",
        "Allow: /",
        f"Sitemap: {url_for('.sitemap', _external=True)}",
    )
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
