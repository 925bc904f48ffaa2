"""`/desk/texts/<id>/claims/<claim>`: read a claim and decide, in one form.

The form holds everything that a decision needs: the references with how each bears on the claim,
a search, verdict, certainty and words. Its buttons are steps (search, link, unlink, start from the
proposal), which leave what is typed in the form, or the decision, which records the links that
were filled in and then the review. The form carries the hash of the claim it was opened on. What
somebody else added meanwhile stands beside it; where both changed the same, whoever comes second
is shown both versions and decides again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, flash, request

from evidence.appraisal.verdict import propose
from evidence.claims.claim import Claim
from evidence.journal import ClaimState, Entry, JournalError
from evidence.journal.event import SEEN
from evidence.journal.state import change, claim_at
from evidence.standing import StandingText
from webapp import outage
from webapp.accounts.session import needs, signed_in
from webapp.desk.attention import reviewed_by
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.claim_page import (
    broken_by,
    claim_page,
    claim_view,
    conflict_page,
    onward,
)
from webapp.desk.forms import DecisionForm, LinkForm, chosen_links, with_chosen_links
from webapp.desk.indexed import take_what_is_linked
from webapp.desk.keeping import keep_for_now
from webapp.desk.recording import append, sent_entry
from webapp.desk.unsent import AS, Fields, keep, sent_count, sent_fields
from webapp.site import site
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained


@blueprint.get("/desk/texts/<text_id>/claims/<claim_id>")
@needs("read")
def decide(text_id: str, claim_id: str) -> tuple[str, int]:
    """One claim: what it says, what speaks for it, what was decided, what to do."""
    return claim_page(*claim_view(text_id, claim_id))


@dataclass(frozen=True)
class _Sent:
    """The form as it was sent, against the claim as it was seen."""

    view: StandingText
    state: ClaimState
    claim: Claim
    seen: Claim

    @property
    def against(self) -> str:
        return str(request.form.get("against", ""))[:64]

    def step(self, fields: Fields, part: str, **more: Any) -> Response:
        """Back to the page with the form as it stands, after a step on the way."""
        keep(request.path, signed_in().name, fields, request.form.get(AS, "")[:40], sent_count())
        keep_for_now()
        where = {"text_id": self.view.text.id, "claim_id": self.claim.id}
        return go_to("desk.decide", part, **where, **more)

    def refused(self, *errors: str) -> tuple[str, int]:
        """The page again, with what was typed and what is wrong with it."""
        return claim_page(self.view, self.state, self.claim, 422, errors=list(errors))

    def link_entries(self, only: str = "") -> Iterator[tuple[str, LinkForm, Entry]]:
        """The links that the form makes or changes, each with its form and its entry."""
        linked = {link.reference: link for link in self.seen.links}
        take_what_is_linked(chosen_links(request.form))
        for key in chosen_links(request.form):
            if (only and key != only) or not (key in site().kb.library or key in linked):
                continue
            before = linked.get(key)
            form = LinkForm.of(key, before)
            if before is None or _said(form.link(key)) != _said(before.model_dump(mode="json")):
                yield key, form, self._entry("link-added", {"link": form.link(key)}, key)

    def _entry(self, kind: Any, payload: dict[str, Any], part: str) -> Entry:
        """An entry for a part of the form: sent twice it is one event."""
        try:
            name = str(uuid.uuid5(uuid.UUID(request.form.get("entry", "")), f"{kind} {part}"))
        except ValueError:
            name = str(uuid.uuid4())
        me = signed_in()
        where = self.view.text.id, self.claim.id, self.against
        return Entry(me.name, kind, *where, payload, me.person, name)

    def unlink(self, key: str) -> Entry:
        """The entry that takes a link away."""
        return self._entry("link-removed", {"reference": key}, key)


def _said(link: Mapping[str, Any]) -> dict[str, Any]:
    """What a link says: what is not stated is left out."""
    inner = {name: _said(v) if isinstance(v, Mapping) else v for name, v in link.items()}
    return {name: value for name, value in inner.items() if value}


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/decide")
@needs("review")
def save_decision(text_id: str, claim_id: str) -> Response | tuple[str, int]:
    """Do what the pressed button says: a step on the way, or the decision."""
    view, state, claim = claim_view(text_id, claim_id)
    seen = claim_at(state, request.form.get("against", "")) or claim
    sent = _Sent(view, state, claim, seen)
    action, _colon, key = request.form.get("do", "record").partition(":")
    if action == "search":
        words = request.form.get("q", "").strip()
        return sent.step(sent_fields(), "results" if words else "decide", q=words or None)
    if action == "take":
        return sent.step(_with_proposal(sent), "rationale_fr")
    if action in ("link", "unlink"):
        return _one_link(sent, action, key)
    if action != "record":
        abort(400)
    return _decision(sent)


def _with_proposal(sent: _Sent) -> Fields:
    """The form with verdict, certainty and reasons as the rules propose them."""
    proposal = propose(with_chosen_links(sent.claim, request.form), site().kb.library)
    taken = {"verdict", "certainty", "certainty_reasons"}
    fields = [(name, value) for name, value in sent_fields() if name not in taken]
    fields += [("verdict", proposal.verdict), ("certainty", proposal.certainty)]
    return [*fields, *(("certainty_reasons", reason) for reason in proposal.reasons)]


def _one_link(sent: _Sent, action: str, key: str) -> Response | tuple[str, int]:
    """Record or remove one link; the rest of the form stays as it is typed."""
    if action == "unlink":
        entry = sent.unlink(key)
    else:
        found = next(sent.link_entries(key), None)
        if found is None:
            return sent.refused(_("Say which way the study points: choose a stance."))
        _key, form, entry = found
        if errors := form.mistakes():
            return sent.refused(*errors)
    try:
        recorded = append(entry, sent.state.registered)
    except outage.FAULTS:
        raise
    except JournalError as error:
        return sent.refused(explained(error))
    if recorded.conflict:
        return conflict_page(sent.view, sent.state, recorded.conflict, entry)
    flash(_("The reference is linked.") if action == "link" else _("The link is removed."))
    # Where nobody else did anything meanwhile, the form goes on from what it has just made.
    against = sent.against if SEEN in recorded.event.payload else recorded.event.result
    fields = [
        (name, against if name == "against" else value)
        for name, value in sent_fields()
        if not name.endswith(f"@{key}")
    ]
    return sent.step(fields, "links")


def _decision(sent: _Sent) -> Response | tuple[str, int]:
    """Record the links that were filled in, then verdict, certainty and wording."""
    form, links = DecisionForm.sent(), list(sent.link_entries())
    errors = form.mistakes() + [error for _k, one, _e in links for error in one.mistakes()]
    if errors:
        return sent.refused(*errors)
    changes, reason = form.changes(sent.seen), form.reason.data
    text_id, claim_id = sent.view.text.id, sent.claim.id
    review = sent_entry("review", text_id, claim_id, {"changes": changes, "reason": reason})
    try:
        linked: Claim | None = sent.seen
        for _key, _form, entry in links:
            linked = change(linked, entry)
        made = change(linked, review)
    except outage.FAULTS:
        raise
    except JournalError as error:
        return sent.refused(explained(error))
    if made:
        if broken := broken_by(sent.view, made):
            return sent.refused(*broken)
        if not reason and propose(made, site().kb.library).differs(made):
            return sent.refused(_("Your decision differs from the proposal: say why."))
    return _recorded(sent, [entry for _k, _f, entry in links], review)


def _recorded(sent: _Sent, links: list[Entry], review: Entry) -> Response | tuple[str, int]:
    """Append the links and the review, each to what the one before made."""
    against = review.against
    for entry in [*links, review]:
        entry = Entry(**{**vars(entry), "against": against})
        recorded = append(entry, sent.state.registered)
        if recorded.conflict:
            return conflict_page(sent.view, sent.state, recorded.conflict, entry)
        if SEEN not in recorded.event.payload:
            against = recorded.event.result
    done = bool(links or review.payload["changes"])
    flash(_("Your decision is recorded.") if done else _("Marked as reviewed."))
    return onward(sent.view, sent.claim.id, lambda state: reviewed_by(state) is None)
