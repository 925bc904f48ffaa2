"""Several claims at once: assign, mark as reviewed or sign, each against the state shown.

What is signed is shown first, claim by claim: a list of statements is not what somebody signs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Literal, cast

from flask import Response, abort, flash, render_template, request

from evidence.appraisal.verdict import propose
from evidence.checks.claims import claim_problems
from evidence.standing import StandingText
from references.errors import UserError
from webapp import outage
from webapp.accounts.session import allowed, needs, signed_in
from webapp.desk.attention import AttentionRow, attention_rows
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.claim_page import view_or_404
from webapp.desk.discussion import sent_assignee
from webapp.desk.passage import passage_of
from webapp.desk.recording import record, sent_entry
from webapp.desk.signing import is_on_the_page_seen, sign_off
from webapp.site import site
from webapp.wording.gettext import gettext as _
from webapp.wording.gettext import plural
from webapp.wording.language import explained

MAX_BULK = 1000  # claims
#: What became of a claim; "" when there was nothing to do.
Outcome = Literal[
    "",
    "done",
    "failed",
    "reason",
    "unassessed",
    "page",
    "problem",
    "comment",
    "signed",
    "conflict",
]


def _assign(row: AttentionRow, against: str, view: StandingText) -> Outcome:
    to = request.form.get("to", "")
    if row.state.assignee == to:
        return ""
    record(sent_entry("assignment", view.text.id, row.claim.id, {"to": to}, against))
    return "done"


def _hindrance(row: AttentionRow, view: StandingText) -> Outcome:
    """Why a claim can be neither confirmed nor signed as it stands, "" when it can."""
    if not row.claim.is_assessed:
        return "unassessed"
    differs = propose(row.claim, site().kb.library).differs(row.claim)
    if differs and not row.state.reason:
        return "reason"
    return "problem" if any(claim_problems(site().kb, view.text, row.claim)) else ""


def _confirm(row: AttentionRow, against: str, view: StandingText) -> Outcome:
    """A review that changes nothing: read, and right as it stands."""
    if hindrance := _hindrance(row, view):
        return hindrance
    payload = {"changes": {}, "reason": row.state.reason}
    entry = sent_entry("review", view.text.id, row.claim.id, payload, against)
    return "conflict" if record(entry, row.state.registered) else "done"


def _unsigned(row: AttentionRow, view: StandingText) -> Outcome:
    """Why a claim cannot be signed by who is signed in, "" when it can."""
    if signed_in().name in row.state.signers:
        return "signed"
    return _hindrance(row, view) or ("comment" if row.state.open_comments else "")


def _sign(row: AttentionRow, against: str, view: StandingText) -> Outcome:
    if hindrance := _unsigned(row, view):
        return hindrance
    if not is_on_the_page_seen(view):
        return "page"
    entry = sign_off(view, row.claim, row.state.reason, against)
    return "conflict" if record(entry, row.state.registered) else "done"


#: Each action, which is also the word for who may do it.
ACTIONS: dict[str, Callable[[AttentionRow, str, StandingText], Outcome]] = {
    "assign": _assign,
    "review": _confirm,
    "sign": _sign,
}


@blueprint.post("/desk/texts/<text_id>/bulk")
@needs("assign")
def bulk(text_id: str) -> Response | str:
    """Assign, mark as reviewed or sign the ticked claims, each against the state shown."""
    view = view_or_404(text_id)
    action = request.form.get("action", "")
    if action not in ACTIONS:
        abort(400)
    if not allowed(action):
        abort(403)
    if action == "assign":
        sent_assignee()
    rows = {row.claim.id: row for row in attention_rows(view)}
    chosen = [c for c in dict.fromkeys(request.form.getlist("claim")) if c in rows][:MAX_BULK]
    if action == "sign" and chosen and not request.form.get("confirmed"):
        return _to_sign(view, [rows[claim_id] for claim_id in chosen])
    outcomes: Counter[Outcome] = Counter()
    for place, claim_id in enumerate(chosen):
        against = request.form.get(f"against-{claim_id}", "")[:64]
        try:
            outcomes[ACTIONS[action](rows[claim_id], against, view)] += 1
        except outage.FAULTS as fault:  # those before it are recorded: that is to be told
            outage.note(fault)
            outcomes["failed"] = len(chosen) - place
            break
        except UserError as error:
            flash(explained(error))
    if not chosen:
        flash(_("No claim was ticked."))
    for outcome, sentence in {"done": _DONE[action], **_HINDRANCES}.items():
        if count := outcomes[cast(Outcome, outcome)]:
            flash(sentence(count))
    filters: dict[str, Any] = request.args.to_dict(False)  # they stay as they were
    return go_to("desk.dashboard", "claims", **(filters | {"text_id": text_id}))


def _to_sign(view: StandingText, rows: list[AttentionRow]) -> str:
    """What would be signed, as it would be, and what is left out and why."""
    why = {row.claim.id: _unsigned(row, view) for row in rows}
    return render_template(
        "desk/sign_several.html",
        view=view,
        text=view.text,
        ready=[(row, passage_of(view, row.claim)) for row in rows if not why[row.claim.id]],
        left=[
            (row, _HINDRANCES[cast(str, hindrance)](1))
            for row in rows
            if (hindrance := why[row.claim.id])
        ],
    )


_DONE: dict[str, Callable[[int], str]] = {
    "assign": plural("%(num)s claim assigned.", "%(num)s claims assigned."),
    "review": plural("%(num)s claim marked as reviewed.", "%(num)s claims marked as reviewed."),
    "sign": plural("%(num)s claim signed.", "%(num)s claims signed."),
}
#: What is told of claims that were left as they are, in this order.
_HINDRANCES: dict[str, Callable[[int], str]] = {
    "failed": plural(
        "%(num)s claim could not be recorded: the server cannot write at the moment. "
        "Try again in a minute.",
        "%(num)s claims could not be recorded: the server cannot write at the moment. "
        "Try again in a minute.",
    ),
    "reason": plural(
        "%(num)s claim differs from the proposal without a reason: open it and give one.",
        "%(num)s claims differ from the proposal without a reason: open them and give one.",
    ),
    "unassessed": plural(
        "%(num)s claim is still to be assessed: open it and decide.",
        "%(num)s claims are still to be assessed: open them and decide.",
    ),
    "page": lambda n: _(
        "The page was loaded again after you opened this list: look at it, then sign."
    ),
    "problem": plural(
        "%(num)s claim breaks a rule of the register: open it to see which.",
        "%(num)s claims break a rule of the register: open them to see which.",
    ),
    "comment": plural(
        "%(num)s claim has an open comment: settle it first.",
        "%(num)s claims have open comments: settle them first.",
    ),
    "signed": plural(
        "%(num)s claim bears your signature already.",
        "%(num)s claims bear your signature already.",
    ),
    "conflict": plural(
        "%(num)s claim has changed since you opened this page: look at it again.",
        "%(num)s claims have changed since you opened this page: look at them again.",
    ),
}
