"""Who is signed in: sessions, roles, forms that nobody else can send.

A session is a signed cookie with a token that the instance knows; it is looked up at every
request, so signing out, a changed password or role, or a closed account ends it at once, also
where its cookie was copied to.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from flask import (
    Flask,
    Request,
    Response,
    abort,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadSignature
from werkzeug.http import parse_cookie

from evidence.journal import JournalUnavailable
from evidence.journal.accounts import Account, may
from references.errors import SettingError
from webapp import outage
from webapp.accounts.proxies import PERSON, is_among, sso_header, trusted_networks
from webapp.http import caching, problem
from webapp.site import is_api_request, site

V = TypeVar("V", bound=Callable[..., Any])

#: What may be sent to the desk by somebody signed in, in bytes.
MAX_FORM = 4_000_000
MAX_UPLOAD = 22_000_000
#: What may be sent by somebody whose session is over: a form that was typed before it was.
MAX_SIGNED_OUT = 1_000_000
#: What names a session in its cookie.
_TOKEN = "token"  # noqa: S105
#: What makes the first account, typed where the server runs.
FIRST_ACCOUNT = "evidence user add NAME --role administrator"
#: What names the account in it, to know it still when the session is over.
_WHO = "who"
_UPLOADS = {"desk.bring", "desk.load_original"}
#: What members-only reading leaves open; a review link is a permission of its own.
_OPEN = {
    "static",
    "desk.login",
    "desk.sign_in",
    "health.healthz",
    "health.readyz",
    "metrics.metrics",
    "review.text",
}


class _Sessions(SecureCookieSessionInterface):
    """Flask's signed cookies, with SHA-256 and marked secure where the connection is.

    A browser takes a cookie with the prefix from this host over HTTPS only (RFC 6265bis, 4.1.3).
    """

    digest_method = staticmethod(hashlib.sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()  # so it is of nearly all readers
        return super().open_session(app, request)

    def get_cookie_name(self, app: Flask) -> str:
        name = super().get_cookie_name(app)
        return f"__Host-{name}" if request.is_secure else name

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
        outage.degrade(fault)
        return None


def _known_account() -> Account | None:
    if name := request.environ.get(PERSON):
        known = site().accounts.get(str(name))
        return known if known and not known.disabled else None
    token = session.get(_TOKEN)
    if not token or not site().assembler.has_journal:
        return None
    known = site().accounts.of_session(str(token))
    if known is None:
        session.pop(_TOKEN)
    return known


def was_signed_in() -> str:
    """Whose session it was that is over in this browser, "" where nobody knows."""
    return str(session.get(_WHO, ""))


def accounts_are_there() -> None:
    """Raise when the accounts cannot be read: then nobody signed in is not an answer.

    Raises:
        JournalUnavailable: the accounts cannot be read now.
    """
    if fault := outage.journal_fault():
        raise fault
    if site().assembler.has_journal:
        site().assembler.journal.head()


def signed_in() -> Account:
    """Who is signed in, in a view that `needs` an action."""
    who = account()
    if who is None:
        abort(401)
    return who


def allowed(action: str) -> bool:
    """Whether who is signed in may do something."""
    who = account()
    return who is not None and may(who.role, action)


def needs(action: str) -> Callable[[V], V]:
    """Restrict a view to accounts that may do `action`; the view carries the action's name."""
    may("reader", action)  # an unknown action is an error when the program starts

    def declare(view: V) -> V:
        @functools.wraps(view)
        def guarded(**values: Any) -> Any:
            who = account()
            if who is None:
                accounts_are_there()
                if request.method in ("GET", "HEAD"):
                    return redirect(url_for("desk.login", next=request.full_path.rstrip("?")))
                abort(401)
            if not may(who.role, action):
                abort(403)
            return view(**values)

        guarded.action = action  # type: ignore[attr-defined]
        return cast(V, guarded)

    return declare


def begin(who: Account) -> None:
    """A session of its own for somebody who proved who they are; an older one is over.

    Raises:
        JournalUnavailable: it cannot be written down.
    """
    end()
    session[_TOKEN] = site().accounts.begin_session(who)
    session[_WHO] = who.name


def end() -> None:
    """End the session of this request, if there is one.

    Raises:
        JournalUnavailable: that it is over cannot be written down.
    """
    if token := session.pop(_TOKEN, ""):
        site().accounts.end_session(str(token))
    session.clear()


def reader() -> str:
    """Who reads a page, as far as it differs for them; "" for whoever is not signed in."""
    who = account()
    return f"{who.name} {who.role}" if who else ""


def body_allowance(app: Flask) -> Callable[[str, Mapping[str, str], str], int]:
    """What says how large the body of a request may be before any of it is kept.

    It is asked with the path, the headers (as `HTTP_…` of WSGI, without the prefix) and the
    sender, at the start of a request, and has only its signature to tell a session by; what the
    request may really do is decided when it is whole (`_limits`).
    """
    networks, header = trusted_networks(), sso_header().upper().replace("-", "_")
    names = [f"{prefix}{app.config['SESSION_COOKIE_NAME']}" for prefix in ("__Host-", "")]

    def is_signed_in(headers: Mapping[str, str], address: str) -> bool:
        if header and headers.get(header) and is_among(address, networks):
            return True
        cookies = parse_cookie(headers.get("COOKIE", ""))
        # Made anew each time: servers of one database agree on their key when they can reach it.
        serializer = cast(_Sessions, app.session_interface).get_signing_serializer(app)
        for value in filter(None, map(cookies.get, names)):
            try:
                if serializer and _TOKEN in serializer.loads(value):
                    return True
            except BadSignature:
                continue
        return False

    def allowance(path: str, headers: Mapping[str, str], address: str) -> int:
        if path.startswith("/desk/") and is_signed_in(headers, address):
            return MAX_UPLOAD
        if path.startswith("/desk/"):
            return MAX_SIGNED_OUT
        return int(app.config["MAX_CONTENT_LENGTH"])

    return allowance


def _limits(asked: Request) -> None:
    """Somebody signed in may send more than a search, and files where files are asked for.

    Whoever was signed in when the accounts went away gets back what they typed.
    """
    if asked.blueprint != "desk" or asked.method != "POST":
        return
    away = account() is None and outage.journal_fault() and _TOKEN in session
    if account() is None and not away:
        asked.max_content_length = asked.max_form_memory_size = MAX_SIGNED_OUT
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
        accounts_are_there()
        if is_api_request():
            return problem.answer(401, "Unauthorized", "Reading needs an account here.")
        return cast(Response, redirect(url_for("desk.login", next=request.full_path.rstrip("?"))))

    CSRFProtect(app)
    caching.rules(app).reader = reader

    app.context_processor(lambda: {"account": account(), "allowed": allowed})
