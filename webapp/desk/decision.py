"""`/desk/texts/<id>/claims/<claim>`: read a claim and decide.

Every form carries the hash of the claim it was opened on. The journal accepts a decision only
against the current state; whoever comes second is shown both versions and decides again.
"""

from __future__ import annotations

from flask import Response, request

from evidence.appraisal.verdict import propose
from evidence.journal import JournalError
from evidence.journal.state import change, claim_at
from webapp.accounts.session import needs
from webapp.desk.attention import reviewed_by
from webapp.desk.blueprint import blueprint
from webapp.desk.claim_page import claim_page, claim_view, onward, recorded
from webapp.desk.forms import DecisionForm
from webapp.desk.recording import sent_entry
from webapp.site import site
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained


@blueprint.get("/desk/texts/<text_id>/claims/<claim_id>")
@needs("read")
def decide(text_id: str, claim_id: str) -> tuple[str, int]:
    """One claim: what it says, what speaks for it, what was decided, what to do."""
    return claim_page(*claim_view(text_id, claim_id))


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/decide")
@needs("review")
def save_decision(text_id: str, claim_id: str) -> Response | tuple[str, int]:
    """Record verdict, certainty and wording; a reason where they differ from the proposal."""
    view, state, claim = claim_view(text_id, claim_id)
    form = DecisionForm.sent()
    reason = form.reason.data
    seen = claim_at(state, request.form.get("against", "")) or claim
    errors = form.mistakes()
    changes = {} if errors else form.changes(seen)
    entry = sent_entry("review", text_id, claim_id, {"changes": changes, "reason": reason})
    if not errors:
        try:
            made = change(seen, entry)
            if made and not reason and propose(made, site().kb.library).differs(made):
                errors.append(_("Your decision differs from the proposal: say why."))
        except JournalError as error:
            errors.append(explained(error))
    if errors:
        more = {"values": form.data, "reason": reason, "errors": errors}
        return claim_page(view, state, claim, 422, **more)
    done = _("Your decision is recorded.") if changes else _("Marked as reviewed.")
    return recorded(
        view,
        state,
        entry,
        done,
        lambda: onward(view, claim_id, lambda state: reviewed_by(state) is None),
    )
