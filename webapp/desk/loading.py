"""`/desk/texts/<id>/original`: a page is brought; one that may be another is looked at first."""

from __future__ import annotations

from flask import Response, flash, render_template, request

from evidence.anchoring.doubts import PageDoubt, doubts
from evidence.anchoring.drift import Drift
from evidence.originals.loaded import FetchedPage
from evidence.originals.waiting import Waiting
from evidence.standing import StandingText
from references.errors import UserError
from webapp.accounts.session import needs
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.bring import sent_page
from webapp.desk.claim_page import view_or_404
from webapp.desk.page import ORDER, original_page
from webapp.site import site
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained

#: How much of a page is shown to whoever decides on it, in characters.
SHOWN = 1200


def _waiting() -> Waiting:
    return Waiting(site().instance, site().assembler.files)


def _compared(view: StandingText, page: FetchedPage) -> tuple[Drift, tuple[PageDoubt, ...]]:
    drift = site().assembler.compare(view, page.text)
    return drift, doubts(view.text, page.text, drift, view.drift)


@blueprint.post("/desk/texts/<text_id>/original")
@needs("load")
def load_original(text_id: str) -> Response | tuple[str, int]:
    """Keep the page as it is now as a new version, or ask first whether it is the page."""
    view = view_or_404(text_id)
    try:
        page = sent_page()
        is_new = page.sha256 != view.page_hash
        if is_new and _compared(view, page)[1]:
            _waiting().keep(text_id, page)
            return go_to("desk.doubted_original", text_id=text_id)
    except UserError as error:
        return original_page(view, 422, [explained(error)])
    return _keep(text_id, page)


def _keep(text_id: str, page: FetchedPage) -> Response:
    version, new = site().assembler.originals.add(text_id, page)
    _waiting().forget(text_id)
    if new:
        flash(_("Version %(n)s of the page is loaded.", n=version.number))
    else:
        flash(_("The page is as it was loaded before; nothing changed."))
    return go_to("desk.original", text_id=text_id)


@blueprint.get("/desk/texts/<text_id>/original/doubted")
@needs("load")
def doubted_original(text_id: str) -> Response | str:
    """A page that waits: why it may be another, and what would become of the claims."""
    view = view_or_404(text_id)
    page = _waiting().page(text_id)
    if page is None:
        flash(_("No page waits to be looked at."))
        return go_to("desk.original", text_id=text_id)
    drift, why = _compared(view, page)
    claims = {claim.id: claim for claim in view.text.claims}
    return render_template(
        "desk/doubted.html",
        view=view,
        text=view.text,
        page=page,
        doubts=[explained(one.sentence) for one in why],
        counts={name: sum(one.status == name for one in drift.claims) for name in ORDER},
        lost=[claims[one.claim] for one in drift.claims if one.status == "missing"],
        signed=sum(view.is_signed(claims[one.claim]) for one in drift.claims if one.start is None),
        beginning=page.text[:SHOWN],
        more=len(page.text) > SHOWN,
    )


@blueprint.post("/desk/texts/<text_id>/original/doubted")
@needs("load")
def settle_original(text_id: str) -> Response:
    """Keep a page that waits all the same, or throw it away."""
    view_or_404(text_id)
    waiting = _waiting()
    page = waiting.page(text_id)
    if page is None or request.form.get("page") != page.sha256:
        flash(_("Another page was brought meanwhile: look at it again."))
        return go_to("desk.doubted_original", text_id=text_id)
    if request.form.get("do") == "keep":
        return _keep(text_id, page)
    waiting.forget(text_id)
    flash(_("The page is thrown away; nothing was changed."))
    return go_to("desk.original", text_id=text_id)
