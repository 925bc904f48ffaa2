"""References: `/references/<key>` and its exports `.bib`, `.ris`, `.json`."""

from __future__ import annotations

from difflib import get_close_matches

from flask import Blueprint, Response, redirect, render_template, url_for

from references.record import Reference
from references.verify import Cited
from webapp.exports import files, negotiation
from webapp.http.errors import Missing
from webapp.site import site, standing
from webapp.wording.phrases import gettext as _
from webapp.wording.verification import last_check

blueprint = Blueprint("library", __name__)


def reference_or_404(key: str) -> Reference:
    """The reference of an address, or a page with those of like keys."""
    library = site().kb.library
    if key in library:
        return library[key]
    near = [
        (f"{library[k].byline}. {library[k].title}", url_for("library.reference", key=k))
        for k in get_close_matches(key, library, n=4, cutoff=0.6)
    ]
    raise Missing(_("There is no reference with the key “%(key)s”.", key=key), near)


@blueprint.get("/references/")
def references() -> Response:
    """The library is browsed on the search page."""
    return redirect(url_for("search.search"))  # type: ignore[return-value]


@blueprint.get("/references/<key>")
def reference(key: str) -> str | Response:
    """One reference: what it is, what it found, where it was seen, where it is used.

    Another form is answered where the Accept header prefers it.
    """
    reference = reference_or_404(key)
    if form := negotiation.chosen():
        return negotiation.answer(reference, form)
    return render_template(
        "reference.html",
        reference=reference,
        uses=standing().uses_of(key),
        doubles=site().studies.possible_duplicates(key),
        related=site().studies.related(key),
        last_check=last_check(Cited(key, reference)),
        exports=files.EXTENSIONS,
        concepts=[site().kb.vocabulary[c] for c in site().studies.concepts_of(reference)],
    )


@blueprint.get("/references/<key>.<any(bib, ris, json):extension>")
def export_reference(key: str, extension: str) -> Response:
    """One reference for a reference manager."""
    return files.answer([reference_or_404(key)], extension, key)
