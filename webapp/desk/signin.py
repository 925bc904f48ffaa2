"""`/desk/login`, `/desk/me`: sign in, take another password, sign out."""

from __future__ import annotations

import json
import secrets
from typing import cast
from urllib.parse import urlsplit

from flask import Response, flash, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from evidence.journal.accounts import Account, AccountError, Throttled
from evidence.journal.attempts import KNOWN_FOR
from references.normalise import whole_number
from webapp import outage
from webapp.accounts.session import (
    FIRST_ACCOUNT,
    account,
    accounts_are_there,
    begin,
    end,
    needs,
    signed_in,
    was_signed_in,
)
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.unsent import (
    AS,
    BY,
    COUNT,
    NoRoom,
    keep,
    may_send,
    page_of,
    sent_fields,
    takes_words,
)
from webapp.http.error_pages import SECRET_FIELDS
from webapp.site import site
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained

#: The cookie that tells a browser which signed in before from one that guesses.
DEVICE = "evidence-browser"


def _device() -> str:
    """Its name on this connection: over HTTPS one that nobody sets from elsewhere."""
    return f"__Secure-{DEVICE}" if request.is_secure else DEVICE


def _here(address: str) -> str:
    """An address of ours to go to after signing in; the desk for anything else."""
    try:
        parts = urlsplit(address)
    except ValueError:  # brackets of an address that is none
        return url_for("desk.desk_home")
    ours = address.startswith("/") and not address.startswith("//") and address.isprintable()
    if ours and not parts.netloc and not parts.scheme and "\\" not in address:
        return address
    return url_for("desk.desk_home")


@blueprint.get("/desk/login")
def login() -> Response | str:
    """The form to sign in."""
    if account() is not None:
        return cast(Response, redirect(_here(request.args.get("next", ""))))
    accounts_are_there()
    return _form(target=request.args.get("next", ""))


def _form(**values: str) -> str:
    """The form to sign in; where nobody can, it says how the first account is made."""
    try:
        first = "" if site().has_accounts else FIRST_ACCOUNT
    except outage.FAULTS as fault:
        outage.degrade(fault)
        first = ""
    return render_template("desk/login.html", first_account=first, **values)


@blueprint.post("/desk/login")
def sign_in() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Check name and password; too many wrong ones have to wait."""
    sent = request.form
    name, target = sent.get("name", "").strip(), sent.get("next", "")
    device = request.cookies.get(_device(), "")[:64] or secrets.token_urlsafe(24)

    def again(message: str) -> str:
        carried = {field: sent.get(field, "") for field in ("typed", "form")}
        return _form(name=name, target=target, message=message, **carried)

    try:
        known = site().accounts.authenticate(
            name, sent.get("password", ""), request.remote_addr or "", device=device
        )
        if known is not None:
            begin(known)
    except Throttled as wait:
        message = _("Too many attempts. Try again in %(n)s seconds.", n=wait.seconds)
        return again(message), 429, {"Retry-After": str(wait.seconds)}
    except outage.FAULTS as fault:
        outage.degrade(fault)
        return (
            again(
                _(
                    "Nobody can sign in at the moment: the server cannot use its database. "
                    "Try again in a minute."
                )
            ),
            503,
            outage.LATER,
        )
    if known is None:
        return again(_("Name and password do not go together.")), 401
    _keep_carried(known)
    answer = cast(Response, redirect(_here(target), 303))
    answer.set_cookie(
        _device(),
        device,
        max_age=int(KNOWN_FOR),
        path=url_for("desk.login"),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _sign_in_again(status: int, message: str) -> tuple[str, int]:
    """The form to sign in, for a form that was sent signed out; it carries what was typed.

    The words go along in the page itself and are kept once somebody has signed in, so that
    nothing of a stranger's is ever stored.
    """
    values = {"target": page_of(request.path), "message": message}
    if request.path == url_for("desk.sign_in"):  # which carried them already
        values = {name: request.form.get(name, "") for name in ("typed", "form")} | {
            "target": request.form.get("next", ""),
            "message": message,
        }
    elif takes_words(request.path) and not SECRET_FIELDS & set(request.form):
        fields = [*sent_fields(), *((name, request.form.get(name, "")) for name in (AS, COUNT))]
        fields.append((BY, request.form.get(BY, "") or was_signed_in()))
        values |= {"typed": json.dumps(fields, ensure_ascii=False), "form": request.path}
    return _form(**values), status


@blueprint.errorhandler(401)
def signed_out(error: HTTPException) -> tuple[str, int]:
    """The session ended while a form was open."""
    return _sign_in_again(
        401,
        _(
            "Your session is over. Sign in again: what you typed will be in the form, not a word "
            "lost."
        ),
    )


@blueprint.errorhandler(CSRFError)
def out_of_date(error: CSRFError) -> tuple[str, int]:
    """A form of another session: its words are kept, and it is sent again from its own page."""
    if account() is None:
        return _sign_in_again(
            400,
            _(
                "You are signed out. Sign in again: what you typed will be in the form, not a "
                "word lost."
            ),
        )
    return render_template(
        "error.html",
        code=400,
        title=_("The form is out of date"),
        message=_(
            "It was opened before you signed in, or in another session, so it was not recorded. "
            "What you typed is kept: open the form again and send it."
        ),
        near=[(_("Open the form again, with your words"), page_of(request.path))],
    ), 400


def _keep_carried(who: Account) -> None:
    """Keep the words of a form that was sent signed out, for who has signed in and typed them."""
    address, fields = request.form.get("form", ""), request.form.get("typed", "")
    if not fields or not takes_words(address):
        return
    try:
        sent = [(str(name), str(value)) for name, value in json.loads(fields)]
    except (ValueError, TypeError):
        return
    own = dict(sent)
    if own.get(BY, who.name) not in ("", who.name):
        flash(_("What somebody else typed in this browser is not kept with your words."))
        return
    if not may_send(who.role, address):
        flash(_("What you typed is not kept: your account may not send that form."))
        return
    words = [(name, value) for name, value in sent if name not in (AS, BY, COUNT)]
    try:
        keep(address, who.name, words, own.get(AS, ""), whole_number(own.get(COUNT, "")) or 0)
    except NoRoom as full:
        flash(explained(full))
        return
    flash(_("You are signed in again. What you typed is in the form; it is not recorded yet."))


@blueprint.get("/desk/me")
@needs("read")
def me() -> tuple[str, int]:
    """One's own account: name, role, and a form for another password."""
    return _me()


def _me(status: int = 200, *errors: str) -> tuple[str, int]:
    return render_template("desk/me.html", errors=errors), status


@blueprint.post("/desk/me")
@needs("read")
def change_password() -> Response | tuple[str, int]:
    """Take another password: only its owner should know the one a signature is given with."""
    present, new = request.form.get("password", ""), request.form.get("new", "")
    try:
        known = site().accounts.authenticate(signed_in().name, present, request.remote_addr or "")
        if known is None:
            return _me(422, _("The present password is another one."))
        changed = site().accounts.change_password(known, new)
    except Throttled as wait:
        return _me(429, _("Too many attempts. Try again in %(n)s seconds.", n=wait.seconds))
    except AccountError as error:
        return _me(422, explained(error))
    begin(changed)
    flash(_("Your password is changed; your sessions elsewhere are over."))
    return go_to("desk.me")


@blueprint.post("/desk/logout")
def sign_out() -> Response:
    """End the session."""
    end()
    return go_to("texts.home")
