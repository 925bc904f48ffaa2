"""`/desk/texts/<id>/claims/<claim>/links/<key>`: link a reference, change or remove a link."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, render_template, request

from evidence.journal import JournalError
from webapp import outage
from webapp.accounts.session import needs
from webapp.desk.blueprint import blueprint
from webapp.desk.claim_page import back, claim_view, recorded
from webapp.desk.forms import LinkForm, link_values
from webapp.desk.indexed import take_what_is_linked
from webapp.desk.passage import passage_of
from webapp.desk.recording import sent_entry
from webapp.http.error_pages import Missing
from webapp.site import site
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained


@blueprint.get("/desk/texts/<text_id>/claims/<claim_id>/links/<key>")
@needs("link")
def link_form(text_id: str, claim_id: str, key: str) -> tuple[str, int]:
    """Link a reference, or change how it is linked."""
    return _link_page(text_id, claim_id, key)


def _link_page(
    text_id: str, claim_id: str, key: str, status: int = 200, **more: Any
) -> tuple[str, int]:
    view, state, claim = claim_view(text_id, claim_id)
    reference = site().references([key]).get(key)
    link = next((one for one in claim.links if one.reference == key), None)
    if reference is None and link is None:
        missing = Missing(_("There is no reference with the key “%(key)s”.", key=key))
        raise outage.search_fault() or missing  # the index may know it
    context = {
        "view": view,
        "text": view.text,
        "state": state,
        "claim": claim,
        "key": key,
        "reference": reference,
        "link": link,
        "values": link_values(link),
        "errors": [],
        "passage": passage_of(view, claim),
    }
    return render_template("desk/link.html", **(context | more)), status


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/links/<key>")
@needs("link")
def save_link(text_id: str, claim_id: str, key: str) -> Response | tuple[str, int]:
    """Record a link with its stance, directness, finding and note."""
    view, state, claim = claim_view(text_id, claim_id)
    take_what_is_linked([key])
    if key not in site().kb.library and key not in {link.reference for link in claim.links}:
        abort(404)
    form = LinkForm.sent()
    form.keep_theirs(next((link for link in claim.links if link.reference == key), None))
    if not set(form.directness.values()) <= {"direct", "indirect"}:
        abort(400)
    errors = form.mistakes()
    if not errors:
        entry = sent_entry("link-added", text_id, claim_id, {"link": form.link(key)})
        try:
            done = _("The reference is linked.")
            return recorded(view, state, entry, done, lambda: back(view, claim_id, "links"))
        except outage.FAULTS:
            raise
        except JournalError as error:
            errors.append(explained(error))
    return _link_page(text_id, claim_id, key, 422, errors=errors)


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/links/<key>/remove")
@needs("link")
def remove_link(text_id: str, claim_id: str, key: str) -> Response | tuple[str, int]:
    """Take a link away; the history keeps it."""
    view, state, _claim = claim_view(text_id, claim_id)
    payload = {"reference": key, "reason": request.form.get("reason", "").strip()}
    entry = sent_entry("link-removed", text_id, claim_id, payload)
    try:
        done = _("The link is removed; the history keeps it.")
        return recorded(view, state, entry, done, lambda: back(view, claim_id, "links"))
    except outage.FAULTS:
        raise
    except JournalError as error:
        flash(explained(error))
        return back(view, claim_id, "links")
