"""`/desk/unsent`: keep what is typed, show it, throw it away; and what becomes of a sent form."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, abort, flash, g, jsonify, redirect, render_template, request, url_for

from webapp import outage
from webapp.accounts.session import account, needs, signed_in
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.unsent import (
    AS,
    FORM,
    NoRoom,
    all_unsent,
    forget,
    keep_sent,
    may_send,
    page_of,
    sent_count,
    sent_fields,
    takes_words,
    unsent,
)
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained


def _sent_address() -> str:
    address = request.form.get(FORM, "")
    if not takes_words(address):
        abort(400)
    return address


@blueprint.get("/desk/unsent")
@needs("read")
def unsent_words() -> str:
    """Everything typed and not recorded, with the way to its form; also of what is gone."""
    kept = all_unsent(signed_in().name)
    return render_template("desk/unsent.html", kept=kept, page_of=page_of)


@blueprint.post("/desk/unsent")
@needs("read")
def keep_words() -> Response:
    """Keep what stands in a form: as it is typed, or by its button."""
    address = _sent_address()
    if not may_send(signed_in().role, address):
        abort(403)
    kept = keep_sent(address, signed_in().name)
    if request.accept_mimetypes.best == "application/json":
        others = len(unsent(address, signed_in().name).versions) - 1
        return jsonify({"as": kept.name, "count": kept.count, "others": others})
    flash(_("Kept for you, not recorded yet: it is in the form whenever you open it."))
    return redirect(page_of(address), 303)  # type: ignore[return-value]


@blueprint.errorhandler(NoRoom)
def no_room(error: NoRoom) -> tuple[str, int]:
    """Nothing more is kept for this account: the page has what was typed, to be sent again."""
    sent = [*request.form.items(multi=True)]
    return render_template(
        "error.html",
        code=409,
        title=_("Not kept"),
        message=explained(error),
        typed=[(name, value) for name, value in sent if name != "csrf_token"],
        unkept=True,
        near=[(_("Words that you have not sent"), url_for("desk.unsent_words"))],
    ), 409


@blueprint.post("/desk/unsent/forget")
@needs("read")
def forget_words() -> Response:
    """Throw unsent words away for good."""
    address = _sent_address()
    forget(address, signed_in().name, request.form.get(AS, ""))
    flash(_("What was not sent is thrown away."))
    if request.form.get("back") == "unsent":
        return go_to("desk.unsent_words")
    return redirect(page_of(address), 303)  # type: ignore[return-value]


def keep_for_now() -> None:
    """Let the words of this request be kept although it is answered as if it had been dealt with:
    what was sent was a step on the way."""
    g.on_the_way = True


def _came_from_here() -> bool:
    """False where the browser says that another site sent the form: its words are nobody's."""
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    return origin is None or urlsplit(origin).netloc == request.host


@blueprint.after_request
def _settle(response: Response) -> Response:
    """Forget what was recorded; keep what was refused, whatever the reason."""
    who = account()
    if request.method != "POST" or who is None or not takes_words(request.path):
        return response
    try:
        if response.status_code == 303 and not g.get("on_the_way"):
            name = request.form.get(AS, "")
            forget(request.path, who.name, name, sent_count(), sent_fields())
        elif (
            response.status_code > 303
            and request.path not in g.get("typed", {})
            and _came_from_here()
        ):
            keep_sent(request.path, who.name)
    except NoRoom as full:
        flash(explained(full))
    except outage.FAULTS as fault:  # the answer itself shows what was typed
        outage.note(fault)
    return response
