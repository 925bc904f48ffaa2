"""`/desk/texts/<id>/original`: load the page, see claim by claim what became of it."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, render_template

from evidence.anchoring.anchor import anchor_for
from evidence.anchoring.drift import compare
from evidence.anchoring.tokens import TokenisedPage
from evidence.journal import JournalError
from evidence.standing import StandingText
from webapp import outage
from webapp.accounts.session import needs
from webapp.desk.blueprint import blueprint
from webapp.desk.claim_page import back, claim_view, view_or_404
from webapp.desk.passage import passage_of
from webapp.desk.recording import record, sent_entry
from webapp.site import site
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained

ORDER = ("missing", "changed", "moved", "found")


def original_page(
    view: StandingText, status: int = 200, errors: list[str] | None = None
) -> tuple[str, int]:
    """What became of the claims on the newest version, with what a form to load one got wrong."""
    drift = view.drift
    claims = {claim.id: claim for claim in view.text.claims}
    located = sorted(drift.claims, key=lambda one: ORDER.index(one.status)) if drift else []
    counts = {name: sum(one.status == name for one in located) for name in ORDER}
    context: dict[str, Any] = {
        "view": view,
        "text": view.text,
        "counts": counts,
        "changed": [
            (one, claims[one.claim], passage_of(view, claims[one.claim]), view.states[one.claim])
            for one in located
            if one.status in ("missing", "changed")
        ],
        "sources": [
            (one, tuple(compare(one.before, one.after)))
            for one in (drift.sources if drift else ())
            if one.status != "found"
        ],
        "added_sources": drift.added_sources if drift else (),
        "moved": [(one, claims[one.claim]) for one in located if one.status == "moved"],
        "several": [(one, claims[one.claim]) for one in located if one.places > 1],
        "translated": bool(drift and drift.language and drift.language != view.text.language),
        "unclaimed": drift.unclaimed if drift else (),
        "sections": {section.id: section.heading for section in view.text.sections},
        "versions": site().assembler.originals.versions(view.text.id),
        "errors": errors or [],
    }
    return render_template("desk/original.html", **context), status


@blueprint.get("/desk/texts/<text_id>/original")
@needs("read")
def original(text_id: str) -> tuple[str, int]:
    """The page as loaded last, compared with what the claims were written or signed on."""
    return original_page(view_or_404(text_id))


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/anchor")
@needs("review")
def anchor_again(text_id: str, claim_id: str) -> Response:
    """Take the words that stand on the page now as the passage of a claim."""
    view, state, _claim = claim_view(text_id, claim_id)
    located = view.located.get(claim_id)
    if located is None or located.start is None or located.end is None:
        abort(400)
    page = TokenisedPage(view.page)
    anchor = anchor_for(page, page.passage_at(located.start, located.end))
    changes = {"anchor": anchor.model_dump(mode="json")}
    reason = _("The passage reads otherwise on the page; the claim was compared with it.")
    entry = sent_entry("review", text_id, claim_id, {"changes": changes, "reason": reason})
    try:
        conflict = record(entry, state.registered)
    except outage.FAULTS:
        raise
    except JournalError as error:
        flash(explained(error))
    else:
        if conflict:
            flash(_("The claim changed after you opened the page; look at it again."))
        else:
            flash(_("The claim points at the new words; look whether it still says the same."))
    return back(view, claim_id)
