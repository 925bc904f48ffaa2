"""What is said about a claim, and who is asked to look at it."""

from __future__ import annotations

from flask import Response, abort, flash, request

from evidence.journal.accounts import may
from webapp.accounts.session import needs, signed_in
from webapp.desk.blueprint import blueprint
from webapp.desk.claim_page import back, claim_page, claim_view, people_who
from webapp.desk.forms import CommentForm
from webapp.desk.recording import record, sent_entry
from webapp.wording.gettext import gettext as _

MAX_COMMENT = 20_000  # characters


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/comments")
@needs("comment")
def comment(text_id: str, claim_id: str) -> Response | tuple[str, int]:
    """Say something about a claim."""
    view, state, claim = claim_view(text_id, claim_id)
    form = CommentForm.sent()
    if errors := form.mistakes():
        return claim_page(view, state, claim, 422, errors=errors)
    words = form.words.data[:MAX_COMMENT]
    record(sent_entry("comment", text_id, claim_id, {"words": words}))
    return back(view, claim_id, "discussion")


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/comments/<comment_id>/resolve")
@needs("comment")
def resolve(text_id: str, claim_id: str, comment_id: str) -> Response:
    """Close a comment: its author may, and whoever resolves other people's."""
    view, state, _claim = claim_view(text_id, claim_id)
    made = next((event for event in state.open_comments if event.id == comment_id), None)
    if made is None:
        abort(404)
    me = signed_in()
    if made.by != me.name and not may(me.role, "resolve"):
        abort(403)
    record(sent_entry("comment-resolved", text_id, claim_id, {"comment": comment_id}))
    return back(view, claim_id, "discussion")


def sent_assignee() -> str:
    """Who is to look at it, "" for nobody; aborts with 400 when they could not review it."""
    to = request.form.get("to", "")
    if to and to not in {account.name for account in people_who("review")}:
        abort(400)
    return to


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/assign")
@needs("assign")
def assign(text_id: str, claim_id: str) -> Response:
    """Give a claim to somebody, or to nobody."""
    view, state, _claim = claim_view(text_id, claim_id)
    to = sent_assignee()
    if to != state.assignee:
        record(sent_entry("assignment", text_id, claim_id, {"to": to}))
    flash(_("The claim is assigned.") if to else _("The claim is assigned to nobody."))
    return back(view, claim_id)
