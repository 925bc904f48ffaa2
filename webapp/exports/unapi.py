"""unAPI: the formats of a reference, and it in one of them, for reference managers."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from lxml import etree

from webapp.exports import downloads, zotero
from webapp.site import site

blueprint = Blueprint("metadata", __name__)

#: Formats of unAPI, the fullest first: name, media type, address that explains it.
_UNAPI = {
    "rdf_zotero": (zotero.MEDIA_TYPE, "https://www.zotero.org/support/dev/data_formats"),
    "ris": (
        downloads.EXTENSIONS["ris"].media_type,
        "https://en.wikipedia.org/wiki/RIS_(file_format)",
    ),
    "bibtex": (downloads.EXTENSIONS["bib"].media_type, "https://www.bibtex.org/Format/"),
    "csl-json": (
        downloads.EXTENSIONS["json"].media_type,
        "https://docs.citationstyles.org/en/stable/specification.html",
    ),
}
_EXPORTS = {"ris": "ris", "bibtex": "bib", "csl-json": "json"}


@blueprint.get("/unapi")
def unapi() -> Response:
    """unAPI version 1: the formats, those of one reference (`id`), or it in one (`format`)."""
    key = request.args.get("id", "")
    reference = site().reference(key) if key else None
    asked = request.args.get("format", "")
    if reference and asked:
        if asked == "rdf_zotero":
            return Response(
                zotero.rdf(reference), content_type=f"{zotero.MEDIA_TYPE}; charset=utf-8"
            )
        if asked not in _EXPORTS:
            abort(406)
        return downloads.answer([reference], _EXPORTS[asked], key)
    root = etree.Element("formats", {"id": key} if key else {})
    for name, (media_type, docs) in _UNAPI.items():
        etree.SubElement(root, "format", name=name, type=media_type, docs=docs)
    body = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return Response(body, 300 if key else 200, content_type="application/xml; charset=utf-8")
