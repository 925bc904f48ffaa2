"""References: `/references/<key>` and its exports `.bib`, `.ris`, `.json`, `.nbib`."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, url_for

from references.record import Reference
from references.verify import Cited
from webapp.decided import pair_decisions
from webapp.exports import downloads, negotiation
from webapp.http import caching
from webapp.lookups import reference_or_404
from webapp.site import site, standing
from webapp.tracking import takes
from webapp.wording.last_check import last_check

blueprint = Blueprint("library", __name__)
caching.declare(blueprint, part=negotiation.chosen, accept=negotiation.ENDPOINTS)
takes(blueprint, reference="", export_reference="")


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
        doubles=_undecided(reference),
        studies=site().studies,
        last_check=last_check(Cited(key, reference)),
        is_indexed=key not in site().kb.library,
        exports=downloads.OF_ONE,
    )


def _undecided(reference: Reference) -> list[Reference]:
    """The records that may be the same work, as long as nobody has decided."""
    others = site().studies.possible_duplicates(reference.key)
    return [one for one in others if not pair_decisions().about(reference, one)]


@blueprint.get("/references/<key>.<any(bib, ris, json, nbib):extension>")
def export_reference(key: str, extension: str) -> Response:
    """One reference for a reference manager."""
    return downloads.answer([reference_or_404(key)], extension, key)
