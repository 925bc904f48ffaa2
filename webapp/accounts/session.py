"""Who is signed in: sessions, roles, forms that nobody else can send.

A session is a signed cookie that names an account and its version; the account is looked up
at every request, so a changed password, role or a closed account ends the session at once.
"""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import (
    Flask,
    Request,
    Response,
    abort,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect

from evidence.journal import JournalUnavailable
from evidence.journal.accounts import KNOWN_FOR, Account, AccountError, Throttled, may
from references.errors import SettingError
from webapp.accounts.proxies import PERSON
from webapp.desk.blueprint import blueprint
from webapp.desk.state import desk
from webapp.http import outage, problem
from webapp.wording.language import explained
from webapp.wording.phrases import gettext as _

V = TypeVar("V", bound=Callable[..., Any])

#: A session ends so long after signing in, in seconds.
LASTS = 12 * 3600
#: The cookie that tells a browser which signed in before from one that guesses.
DEVICE = "evidence-browser"
#: What may be sent to the desk by somebody signed in, in bytes.
MAX_FORM = 4_000_000
MAX_UPLOAD = 22_000_000
_UPLOADS = {"desk.bring", "desk.load_original"}
#: What members-only reading leaves open.
_OPEN = {"static", "desk.login", "desk.sign_in", "health.healthz"}


class _Sessions(SecureCookieSessionInterface):
    """Flask's signed cookies, with SHA-256 and marked secure where the connection is."""

    digest_method = staticmethod(hashlib.sha256)

    def get_cookie_secure(self, app: Flask) -> bool:
        return bool(request.is_secure)


def members_only() -> bool:
    """Whether reading needs an account: `EVIDENCE_READING`, "everyone" or "members".

    Raises:
        SettingError: it is something else.
    """
    chosen = os.environ.get("EVIDENCE_READING", "").strip().lower() or "everyone"
    if chosen not in ("everyone", "members"):
        raise SettingError(
            "EVIDENCE_READING is '{chosen}'; write everyone or members.", chosen=chosen
        )
    return chosen == "members"


def account() -> Account | None:
    """Who is signed in, or None: by the proxy's word first, then by the session."""
    if "account" not in g:
        g.account = _account()
    return cast("Account | None", g.account)


def _account() -> Account | None:
    try:
        return _known_account()
    except JournalUnavailable as fault:  # reading goes on; the session is there when it is back
        outage.met(fault)
        return None


def _known_account() -> Account | None:
    if name := request.environ.get(PERSON):
        found = desk().accounts.get(str(name))
        return found if found and not found.disabled else None
    name = session.get("account")
    if not name or not desk().has_journal:
        return None
    found = desk().accounts.get(str(name))
    fresh = time.time() - float(session.get("since", 0)) < LASTS
    if not found or found.disabled or found.version != session.get("version") or not fresh:
        for key in ("account", "version", "since"):
            session.pop(key, None)
        return None
    return found


def _accounts_are_there() -> None:
    """Tell apart nobody signed in from nobody can be looked up.

    Raises:
        JournalUnavailable: the accounts cannot be read now.
    """
    if fault := outage.journal_fault():
        raise fault
    if desk().has_journal:
        desk().journal.head()


def signed_in() -> Account:
    """Who is signed in, in a view that `needs` an action."""
    found = account()
    if found is None:
        abort(401)
    return found


def allowed(action: str) -> bool:
    """Whether who is signed in may do something."""
    found = account()
    return found is not None and may(found.role, action)


def needs(action: str) -> Callable[[V], V]:
    """Let a view be reached only by accounts that may do `action`; it carries the word."""
    may("reader", action)  # a word that does not exist is found when the program starts

    def declare(view: V) -> V:
        @functools.wraps(view)
        def guarded(**values: Any) -> Any:
            found = account()
            if found is None:
                _accounts_are_there()
                if request.method in ("GET", "HEAD"):
                    return redirect(url_for("desk.login", next=request.full_path.rstrip("?")))
                abort(401)
            if not may(found.role, action):
                abort(403)
            return view(**values)

        guarded.action = action  # type: ignore[attr-defined]
        return cast(V, guarded)

    return declare


def _here(address: str) -> str:
    """An address of ours to go to after signing in; the desk for anything else."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    if ours and not parts.netloc and not parts.scheme and "\\" not in address:
        return address
    return url_for("desk.desk_home")


@blueprint.get("/desk/login")
def login() -> Response | str:
    """The form to sign in."""
    if account() is not None:
        return cast(Response, redirect(_here(request.args.get("next", ""))))
    _accounts_are_there()
    return render_template("desk/login.html", name="", target=request.args.get("next", ""))


@blueprint.post("/desk/login")
def sign_in() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Check name and password; too many wrong ones have to wait."""
    name = request.form.get("name", "").strip()
    target = request.form.get("next", "")
    device = request.cookies.get(DEVICE, "")[:64] or secrets.token_urlsafe(24)

    def again(message: str) -> str:
        return render_template("desk/login.html", name=name, target=target, message=message)

    try:
        found = desk().accounts.authenticate(
            name, request.form.get("password", ""), request.remote_addr or "", device=device
        )
    except Throttled as wait:
        message = _("Too many attempts. Try again in %(n)s seconds.", n=wait.seconds)
        return again(message), 429, {"Retry-After": str(wait.seconds)}
    except outage.FAULTS as fault:
        outage.met(fault)
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
    if found is None:
        return again(_("Name and password do not go together.")), 401
    _begin(found)
    answer = cast(Response, redirect(_here(target), 303))
    answer.set_cookie(
        DEVICE,
        device,
        max_age=int(KNOWN_FOR),
        path=url_for("desk.login"),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _begin(found: Account) -> None:
    """A session of its own for somebody who proved who they are; an older one is over."""
    session.clear()
    session["account"], session["version"] = found.name, found.version
    session["since"] = int(time.time())


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
    mine, new = signed_in(), request.form.get("new", "")
    try:
        known = desk().accounts.authenticate(
            mine.name, request.form.get("password", ""), request.remote_addr or ""
        )
        if known is None:
            return _me(422, _("The present password is another one."))
        changed = desk().accounts.change_password(known, new)
    except Throttled as wait:
        return _me(429, _("Too many attempts. Try again in %(n)s seconds.", n=wait.seconds))
    except AccountError as error:
        return _me(422, explained(error))
    _begin(changed)
    flash(_("Your password is changed; your sessions elsewhere are over."))
    return cast(Response, redirect(url_for("desk.me"), 303))


@blueprint.post("/desk/logout")
def sign_out() -> Response:
    """End the session."""
    session.clear()
    return cast(Response, redirect(url_for("texts.home"), 303))


def _limits(asked: Request) -> None:
    """Somebody signed in may send more than a search, and files where files are asked for.

    Whoever was signed in when the accounts went away gets back what they typed.
    """
    if asked.blueprint != "desk" or asked.method != "POST":
        return
    away = account() is None and outage.journal_fault() and "account" in session
    if account() is None and not away:
        return
    if asked.endpoint in _UPLOADS and (away or allowed("draft")):
        asked.max_content_length = MAX_UPLOAD
    else:
        asked.max_content_length = MAX_FORM
    asked.max_form_memory_size = MAX_FORM
    asked.max_form_parts = 5000


def install(app: Flask) -> None:
    """Sessions, the protection of forms, and reading for members where that is set."""
    app.session_interface = _Sessions()
    app.config.update(
        SESSION_COOKIE_NAME="evidence-session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay open as long as its session
    )
    members = members_only()

    @app.before_request
    def prepare() -> Response | None:
        _limits(request)
        if not members or request.endpoint in _OPEN or account() is not None:
            return None
        _accounts_are_there()
        if problem.is_wanted():
            return problem.answer(401, "Unauthorized", "Reading needs an account here.")
        return cast(Response, redirect(url_for("desk.login", next=request.full_path.rstrip("?"))))

    CSRFProtect(app)

    @app.errorhandler(CSRFError)
    def out_of_date(error: CSRFError) -> tuple[str, int]:
        return render_template(
            "error.html",
            code=400,
            title=_("The form is out of date"),
            message=_(
                "It was opened before you signed in, or in another session. Go back, "
                "reload the page and send it again; what you typed is still there."
            ),
        ), 400

    app.context_processor(lambda: {"account": account(), "allowed": allowed})
