"""Sign a claim as it was shown, or take it out of the register."""

from __future__ import annotations

from flask import Response, request

from evidence.appraisal.verdict import propose
from evidence.claims.claim import Claim
from evidence.journal import ClaimState, Entry
from evidence.journal.state import claim_at
from evidence.standing import StandingText
from webapp.accounts.session import needs, signed_in
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.claim_page import (
    claim_page,
    claim_view,
    onward,
    problems_of,
    recorded,
)
from webapp.desk.forms import RemovalForm
from webapp.desk.recording import sent_entry
from webapp.site import site
from webapp.wording.gettext import gettext as _


def sign_off(view: StandingText, claim: Claim, note: str, against: str | None = None) -> Entry:
    """The signature of who is signed in: on the claim, its references and the page as they are.

    Args:
        view: the text as it stands.
        claim: the claim as it was seen.
        note: the reason for deciding otherwise than the rules propose.
        against: the hash of the claim that was seen, as in `sent_entry`.
    """
    payload = view.signing_payload(claim, note)
    return sent_entry("sign-off", view.text.id, claim.id, payload, against)


def is_on_the_page_seen(view: StandingText) -> bool:
    """Whether the page is still the one that the form was opened on."""
    return request.form.get("page", "") == view.page_hash


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/sign")
@needs("sign")
def sign(text_id: str, claim_id: str) -> Response | tuple[str, int]:
    """Sign a claim as it was shown, in one's own name."""
    view, state, claim = claim_view(text_id, claim_id)
    seen = claim_at(state, request.form.get("against", "")) or claim
    note = request.form.get("note", "").strip() or state.reason
    errors = []
    if signed_in().name in state.signers and claim.hash == seen.hash:
        errors.append(_("You have signed it already, and your signature holds."))
    if not note and propose(seen, site().kb.library).differs(seen):
        errors.append(_("The decision differs from the proposal: say why before you sign."))
    if not seen.is_assessed:
        errors.append(_("Nobody has decided on this claim yet: decide before you sign."))
    else:
        errors += problems_of(view, seen)
    if errors:
        return claim_page(view, state, claim, 422, errors=errors)
    if not is_on_the_page_seen(view):
        again = _(
            "The page was loaded again after you opened this claim: look at the passage "
            "as it stands now, then sign."
        )
        return claim_page(view, state, claim, 409, errors=[again])
    return recorded(
        view,
        state,
        sign_off(view, seen, note),
        _("Signed by %(who)s.", who=signed_in().person),
        lambda: onward(
            view,
            claim_id,
            _waits_for_me,
        ),
    )


def _waits_for_me(state: ClaimState) -> bool:
    """Whether a claim waits for the signature of who is signed in."""
    assessed = state.claim is not None and state.claim.is_assessed
    return assessed and not state.signed and signed_in().name not in state.signers


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/remove")
@needs("remove-claim")
def remove_claim(text_id: str, claim_id: str) -> Response | tuple[str, int]:
    """Take a claim out of the register; the history keeps it."""
    view, state, claim = claim_view(text_id, claim_id)
    form = RemovalForm.sent()
    if errors := form.mistakes():
        return claim_page(view, state, claim, 422, errors=errors)
    entry = sent_entry("claim-removed", text_id, claim_id, {"reason": form.reason.data})
    done = _("The claim is removed; the history keeps it.")
    return recorded(view, state, entry, done, lambda: go_to("desk.dashboard", text_id=text_id))
