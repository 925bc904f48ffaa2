"""One address, several forms: a reference in the form that the client's Accept header asks for."""

from __future__ import annotations

from flask import Response, json, request, url_for

from references.record import Reference
from webapp.exports import downloads, jsonld
from webapp.wording import citation

#: Media types by which the forms are asked for; the first is the page itself.
PAGE = "text/html"
FORMS = {
    "application/x-bibtex": "bib",
    "text/x-bibtex": "bib",
    "application/x-research-info-systems": "ris",
    "application/vnd.citationstyles.csl+json": "json",
    "application/json": "json",
    "application/ld+json": "jsonld",
    "text/x-bibliography": "text",
}
#: Endpoints whose address has several forms.
ENDPOINTS = {"library.reference"}


def chosen() -> str:
    """The form asked for, "" for the page: also when nothing that is asked for exists."""
    if request.endpoint not in ENDPOINTS:
        return ""
    media_type = request.accept_mimetypes.best_match([PAGE, *FORMS], default=PAGE)
    return FORMS.get(media_type, "")


def answer(reference: Reference, form: str) -> Response:
    """A reference in a form other than the page."""
    if form == "jsonld":
        response = Response(
            json.dumps(jsonld.reference_ld(reference), ensure_ascii=False, sort_keys=False),
            content_type="application/ld+json",
        )
    elif form == "text":
        response = Response(
            citation.vancouver(reference) + "\n",
            content_type="text/x-bibliography; charset=utf-8",
        )
    else:
        response = downloads.answer([reference], form, reference.key)
        response.headers["Content-Location"] = url_for(
            "library.export_reference", key=reference.key, extension=form
        )
        del response.headers["Content-Disposition"]
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"

    return response
