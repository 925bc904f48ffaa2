"""`/healthz`: whether the app can answer, for monitors and load balancers."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from webapp.site import SearchUnavailable, site, standing

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """JSON: status "ok", or "degraded" with 503 when the search cannot be used."""
    kb, texts = site().kb, standing().public
    report = {
        "status": "ok",
        "version": site().version,
        "references": len(kb.library),
        "texts": len(texts),
        "claims": sum(len(text.claims) for text in texts.values()),
        "concepts": len(kb.vocabulary),
        "problems": len(kb.problems),
    }
    try:
        report["engine"] = site().engine.name
    except SearchUnavailable:
        report["status"], report["engine"] = "degraded", None
    answer = jsonify(report)
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200 if report["status"] == "ok" else 503
