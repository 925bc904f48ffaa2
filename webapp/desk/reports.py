"""`/desk/texts/<id>/report.<format>`: the document for the author of the page."""

from __future__ import annotations

from flask import Response, abort, request

from evidence.report import FORMATS, render, report_of
from webapp.accounts.session import needs
from webapp.desk.blueprint import blueprint
from webapp.desk.claim_page import view_or_404
from webapp.site import site

_TYPES = {
    "html": "text/html; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


@blueprint.get("/desk/texts/<text_id>/report.<form>")
@needs("report")
def report(text_id: str, form: str) -> Response:
    """The report in a format, in the language of the text unless `in` says otherwise."""
    text = view_or_404(text_id).text
    if form not in FORMATS:
        abort(404)
    language = request.args.get("in", text.language)
    if language not in ("fr", "en"):
        abort(400)
    made = report_of(site().kb, text_id, site().instance, language)
    response = Response(render(made, form))
    response.headers["Content-Type"] = _TYPES[form]
    name = f"{text_id}-{language}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
