"""`/desk/texts/<id>/state`: who sees a text: publish, review, withdraw, archive, delete."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, render_template, request, session, url_for

from evidence.journal.stage import NEXT, STAGES, StageName
from evidence.lifecycle import (
    REVIEW_DAYS,
    LeftBehind,
    StageError,
    StageMoved,
    deletion,
    finish_deletions,
    move,
)
from evidence.standing import StandingText
from references.errors import UserError
from references.normalise import whole_number
from webapp import outage
from webapp.accounts.session import allowed, needs, signed_in
from webapp.desk.attention import Progress, attention_rows
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.claim_page import view_or_404
from webapp.desk.unsent import typed_in
from webapp.site import refresh_standing, site, standing
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained

#: What somebody has to be allowed to bring a text to a stage.
ACTIONS: dict[StageName, str] = {
    "private": "send-for-review",
    "in-review": "send-for-review",
    "published": "publish",
    "withdrawn": "publish",
    "archived": "publish",
    "deleted": "delete-text",
}
#: For how many days a review link may be asked for.
DAYS = (7, REVIEW_DAYS, 30, 90)
_LINKS = "review-links"
#: How many links a session remembers: they stand in its cookie, which browsers bound.
MOST_LINKS = 8


def _page(view: StandingText, status: int = 200, errors: tuple[str, ...] = ()) -> tuple[str, int]:
    stage = view.stage
    offered = [to for to in NEXT[stage.name] if allowed(ACTIONS[to])]
    context: dict[str, Any] = {
        "view": view,
        "text": view.text,
        "stage": stage,
        "offered": offered,
        "others": [to for to in NEXT[stage.name] if to not in offered and to != stage.name],
        "actions": ACTIONS,
        "progress": Progress.of(attention_rows(view), view.text.sources),
        "deletion": deletion(site().assembler, view),
        "days": DAYS,
        "usual_days": REVIEW_DAYS,
        "link": _known_link(view),
        "typed": typed_in(url_for("desk.change_state", text_id=view.registered.id)),
        "errors": errors,
    }
    return render_template("desk/lifecycle.html", **context), status


def _known_link(view: StandingText) -> str:
    """The review link, for whoever made it and has not signed out since; "" for others."""
    secret = str(session.get(_LINKS, {}).get(view.registered.id, ""))
    if not secret or not view.stage.is_opened_by(secret):
        return ""
    return url_for("review.text", secret=secret, _external=True)


def _links_that_open() -> dict[str, str]:
    """The links that were made in this session and still open something, the newest of them."""
    texts, known = standing().texts, dict(session.get(_LINKS, {}))
    opening = {
        text_id: secret
        for text_id, secret in known.items()
        if text_id in texts and texts[text_id].stage.is_opened_by(str(secret))
    }
    return dict(list(opening.items())[-MOST_LINKS:])


@blueprint.get("/desk/texts/<text_id>/state")
@needs("read")
def text_state(text_id: str) -> tuple[str, int]:
    """Who sees a text now, and what can be done about it."""
    return _page(view_or_404(text_id))


@blueprint.post("/desk/texts/<text_id>/state")
@needs("send-for-review")
def change_state(text_id: str) -> Response | tuple[str, int]:
    """Bring a text to another stage, from the one that was seen."""
    form = request.form
    to = next((name for name in STAGES if name == form.get("to")), None) or abort(400)
    if not allowed(ACTIONS[to]):
        abort(403)
    gone = standing().gone.get(text_id)
    if to == "deleted" and gone is not None and gone.name == to:
        return _delete_the_rest(text_id)
    view = view_or_404(text_id)
    if form.get("seen") != view.stage.name:
        again = _("Somebody changed the state of this text after you opened the page: look again.")
        return _page(view, 409, (again,))
    if to == "deleted" and form.get("typed", "").strip() != text_id:
        wrong = _("Nothing is deleted: type “%(id)s” to delete this text.", id=text_id)
        return _page(view, 422, (wrong,))
    me = signed_in()
    try:
        moved = move(
            site().assembler,
            text_id,
            to,
            me.name,
            person=me.person,
            shown=form.get("shown", "")[:200],
            reason=form.get("reason", "")[:1000],
            days=whole_number(form.get("days", "")) or REVIEW_DAYS,
        )
    except LeftBehind as error:
        return _not_finished(error)
    except StageMoved as error:
        refresh_standing()
        return _page(view_or_404(text_id), 409, (explained(error),))
    except StageError as error:
        return _page(view, 422, (explained(error),))
    except outage.FAULTS:
        raise
    except UserError as error:
        refresh_standing()
        flash(explained(error))
        return go_to("desk.desk_home")
    refresh_standing()
    if moved.secret:
        session[_LINKS] = _links_that_open() | {text_id: moved.secret}
    flash(_DONE[to]())
    if to == "deleted":
        return go_to("desk.desk_home")
    return go_to("desk.text_state", text_id=text_id)


def _not_finished(error: LeftBehind) -> tuple[str, int]:
    """What could not be removed, and the button that goes on."""
    sent = [(name, value) for name, value in request.form.items() if name != "csrf_token"]
    title, said = _("The deletion is not finished"), explained(error)
    page = render_template(
        "error.html", code=503, title=title, message=said, typed=sent, unkept=True
    )
    return page, 503


def _delete_the_rest(text_id: str) -> Response | tuple[str, int]:
    """Go on with a deletion that was cut short."""
    try:
        finish_deletions(site().assembler, text_id)
    except LeftBehind as error:
        return _not_finished(error)
    flash(_DONE["deleted"]())
    return go_to("desk.desk_home")


_DONE = {
    "private": lambda: _("The text is private: editors alone see it."),
    "in-review": lambda: _("The text is in review: send the link below."),
    "published": lambda: _("The text is published."),
    "withdrawn": lambda: _("The text is withdrawn: readers see nothing of it from now on."),
    "archived": lambda: _("The text is archived."),
    "deleted": lambda: _("The text is deleted; what the journal says of it stays."),
}
