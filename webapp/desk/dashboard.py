"""`/desk` and `/desk/texts/<id>`: what needs attention, how far a text is, who did what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

from flask import Response, abort, flash, redirect, render_template, request, url_for

from evidence.appraisal.verdict import propose
from evidence.check import claim_problems
from evidence.claims.claim import CERTAINTIES, VERDICTS
from evidence.journal import Entry, signing_payload
from evidence.standing import StandingText
from references.errors import UserError
from webapp.accounts.session import allowed, needs, signed_in
from webapp.desk.attention import REASONS, AttentionRow, Progress, rows, unsettled
from webapp.desk.blueprint import blueprint
from webapp.desk.decision import known_reason, people_who, view_or_404
from webapp.desk.drafts import Drafts
from webapp.desk.state import desk
from webapp.http import outage
from webapp.site import standing
from webapp.wording.language import explained
from webapp.wording.phrases import gettext as _
from webapp.wording.phrases import ngettext

SHOWN_EVENTS = 12
PAGE_EVENTS = 100
MAX_BULK = 1000
STAGES = ("open", "reviewed", "signed")


def rows_of(view: StandingText) -> list[AttentionRow]:
    """The claims of a text with what needs attention."""
    return rows(desk(), view)


@blueprint.get("/desk")
@needs("read")
def desk_home() -> str:
    """Every text with its progress, and the last things done anywhere."""
    texts = []
    for text_id in standing().texts:
        view = desk().view(text_id)
        texts.append((view, Progress.of(rows_of(view), view.text.sources)))
    head = desk().journal.head()[0]
    events = desk().journal.events(after=max(0, head - SHOWN_EVENTS))
    mine, damaged = Drafts(desk().instance).all() if allowed("draft") else ([], [])
    return render_template(
        "desk/home.html", texts=texts, events=events[::-1], drafts=mine, damaged=damaged
    )


@dataclass(frozen=True)
class Filters:
    """What the address of a dashboard asks for; empty means everything."""

    reasons: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    certainties: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    assignee: str = ""
    order: str = "attention"
    words: str = ""

    @classmethod
    def of_request(cls) -> Filters:
        """From the address; a value that does not exist is a mistake of the address."""
        chosen = {}
        for name, key, known in (
            ("reasons", "needs", REASONS),
            ("verdicts", "verdict", VERDICTS),
            ("certainties", "certainty", CERTAINTIES),
            ("stages", "stage", STAGES),
        ):
            values = tuple(dict.fromkeys(v for v in request.args.getlist(key) if v))
            if set(values) - set(known):
                abort(400)
            chosen[name] = values
        order = request.args.get("order", "attention")
        if order not in ("attention", "page"):
            abort(400)
        return cls(
            **chosen,
            assignee=request.args.get("assignee", "")[:80],
            order=order,
            words=request.args.get("words", "").strip()[:200],
        )

    def fits(self, row: AttentionRow) -> bool:
        """Whether a row is shown."""
        said = f"{row.claim.statement.fr} {row.claim.statement.en} {row.claim.id}".casefold()
        return (
            (not self.reasons or bool(set(self.reasons) & set(row.reasons)))
            and (not self.verdicts or row.claim.verdict in self.verdicts)
            and (not self.certainties or row.claim.certainty in self.certainties)
            and (not self.stages or row.stage in self.stages)
            and (not self.assignee or (row.state.assignee or "-") == self.assignee)
            and all(word in said for word in self.words.casefold().split())
        )

    @property
    def any(self) -> bool:
        """True when something narrows the list."""
        return bool(
            self.reasons
            or self.verdicts
            or self.certainties
            or self.stages
            or self.assignee
            or self.words
        )


@blueprint.get("/desk/texts/<text_id>")
@needs("read")
def dashboard(text_id: str) -> str:
    """One text: progress, what needs attention, its claims to filter and to act on."""
    view = view_or_404(text_id)
    found = rows_of(view)
    filters = Filters.of_request()
    shown = [row for row in found if filters.fits(row)]
    if filters.order == "attention":
        shown.sort(key=lambda row: row.urgency)
    # A drafted claim has no verdict so far, only a place for one.
    decided = [row.claim for row in found if row.claim.is_assessed]
    counts: Counter[str] = Counter(claim.verdict for claim in decided)
    grades: Counter[str] = Counter(claim.certainty for claim in decided)
    return render_template(
        "desk/text.html",
        view=view,
        text=view.text,
        rows=found,
        shown=shown,
        filters=filters,
        progress=Progress.of(found, view.text.sources),
        unsettled=unsettled(view.text.sources),
        verdict_counts={v: counts[v] for v in VERDICTS},
        certainty_counts={c: grades[c] for c in CERTAINTIES},
        people=people_who("review"),
        headings={section.id: section.heading for section in view.text.sections},
        events=list(reversed(view.events))[:SHOWN_EVENTS],
    )


@blueprint.get("/desk/texts/<text_id>/history")
@needs("read")
def history(text_id: str) -> str:
    """Everything done to a text, the newest first."""
    view = view_or_404(text_id)
    page = request.args.get("page", "1")
    if not page.isascii() or not page.isdigit():
        abort(400)
    number, events = max(1, int(page[:6])), list(reversed(view.events))
    start = (number - 1) * PAGE_EVENTS
    return render_template(
        "desk/history.html",
        view=view,
        text=view.text,
        events=events[start : start + PAGE_EVENTS],
        page=number,
        more=len(events) > start + PAGE_EVENTS,
    )


# ---- several claims at once -----------------------------------------------------------


def _assign(row: AttentionRow, against: str, view: StandingText, to: str) -> str:
    if row.state.assignee == to:
        return ""
    me = signed_in()
    entry = Entry(me.name, "assignment", view.text.id, row.claim.id, against, {"to": to}, me.person)
    desk().record(entry)
    return "done"


def _hindrance(row: AttentionRow, view: StandingText) -> str:
    """Why a claim can be neither confirmed nor signed as it stands, "" when it can."""
    if not row.claim.is_assessed:
        return "unassessed"
    differs = propose(row.claim, desk().kb.library).differs(row.claim)
    if differs and not known_reason(row.state):
        return "reason"
    return "problem" if any(claim_problems(desk().kb, view.text, row.claim)) else ""


def _confirm(row: AttentionRow, against: str, view: StandingText) -> str:
    """A review that changes nothing: read, and right as it stands."""
    if hindrance := _hindrance(row, view):
        return hindrance
    me = signed_in()
    entry = Entry(
        me.name,
        "review",
        view.text.id,
        row.claim.id,
        against,
        {"changes": {}, "reason": known_reason(row.state)},
        me.person,
    )
    _event, conflict = desk().record(entry, row.state.registered)
    return "conflict" if conflict else "done"


def _sign(row: AttentionRow, against: str, view: StandingText) -> str:
    if hindrance := _hindrance(row, view):
        return hindrance
    if request.form.get("page", "") != view.page_hash:
        return "page"
    proposal = propose(row.claim, desk().kb.library)
    me = signed_in()
    payload = signing_payload(
        row.claim,
        desk().kb.library,
        view.page_hash,
        {"verdict": proposal.verdict, "certainty": proposal.certainty},
        known_reason(row.state),
    )
    entry = Entry(me.name, "sign-off", view.text.id, row.claim.id, against, payload, me.person)
    _event, conflict = desk().record(entry, row.state.registered)
    return "conflict" if conflict else "done"


@blueprint.post("/desk/texts/<text_id>/bulk")
@needs("assign")
def bulk(text_id: str) -> Response:
    """Assign, mark as reviewed or sign the ticked claims, each against the state shown."""
    view = view_or_404(text_id)
    action = request.form.get("action", "")
    needed = {"assign": "assign", "review": "review", "sign": "sign"}.get(action)
    if needed is None:
        abort(400)
    if not allowed(needed):
        abort(403)
    by_id = {row.claim.id: row for row in rows_of(view)}
    chosen = [c for c in dict.fromkeys(request.form.getlist("claim")) if c in by_id][:MAX_BULK]
    to = request.form.get("to", "")
    if action == "assign" and to and to not in {account.name for account in people_who("review")}:
        abort(400)
    results: Counter[str] = Counter()
    for place, claim_id in enumerate(chosen):
        row = by_id[claim_id]
        against = request.form.get(f"against-{claim_id}", "")[:64]
        try:
            if action == "assign":
                results[_assign(row, against, view, to)] += 1
            elif action == "review":
                results[_confirm(row, against, view)] += 1
            else:
                results[_sign(row, against, view)] += 1
        except outage.FAULTS as fault:  # those before it are recorded: that is to be said
            outage.note(fault)
            results["failed"] = len(chosen) - place
            break
        except UserError as error:
            flash(explained(error))
    if not chosen:
        flash(_("No claim was ticked."))
    elif done := results["done"]:
        flash(
            {
                "assign": ngettext("%(num)s claim assigned.", "%(num)s claims assigned.", done),
                "review": ngettext(
                    "%(num)s claim marked as reviewed.", "%(num)s claims marked as reviewed.", done
                ),
                "sign": ngettext("%(num)s claim signed.", "%(num)s claims signed.", done),
            }[action]
        )
    if count := results["failed"]:
        flash(
            ngettext(
                "%(num)s claim could not be recorded: the server cannot write at the moment. "
                "Try again in a minute.",
                "%(num)s claims could not be recorded: the server cannot write at the moment. "
                "Try again in a minute.",
                count,
            )
        )
    if count := results["reason"]:
        flash(
            ngettext(
                "%(num)s claim differs from the proposal without a reason: open it and give one.",
                "%(num)s claims differ from the proposal without a reason: open them and give one.",
                count,
            )
        )
    if count := results["unassessed"]:
        flash(
            ngettext(
                "%(num)s claim is still to be assessed: open it and decide.",
                "%(num)s claims are still to be assessed: open them and decide.",
                count,
            )
        )
    if results["page"]:
        flash(_("The page was loaded again after you opened this list: look at it, then sign."))
    if count := results["problem"]:
        flash(
            ngettext(
                "%(num)s claim breaks a rule of the register: open it to see which.",
                "%(num)s claims break a rule of the register: open them to see which.",
                count,
            )
        )
    if count := results["conflict"]:
        flash(
            ngettext(
                "%(num)s claim has changed since you opened this page: look at it again.",
                "%(num)s claims have changed since you opened this page: look at them again.",
                count,
            )
        )
    shown: dict[str, Any] = request.args.to_dict(False)  # the filters stay as they were
    address = url_for("desk.dashboard", **(shown | {"text_id": text_id})) + "#claims"
    return cast(Response, redirect(address, 303))
