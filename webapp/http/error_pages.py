"""Error pages that say what happened and what to do next; never a traceback."""

from __future__ import annotations

import logging
import uuid
from contextlib import suppress
from http import HTTPStatus
from typing import cast

from flask import Flask, Response, current_app, redirect, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from evidence.journal.stage import TextGone
from evidence.parameters import BadParameters
from evidence.wording.terms import terms
from references.errors import NotFound, UserError
from webapp import outage
from webapp.http import problem
from webapp.outage import SearchUnavailable
from webapp.site import is_api_request
from webapp.wording.gettext import gettext as _
from webapp.wording.language import chosen_language, translated

log = logging.getLogger(__name__)


class Missing(HTTPException):
    """A page that does not exist, with addresses that may be what was meant."""

    code = 404

    def __init__(self, message: str, near: list[tuple[str, str]] | None = None) -> None:
        super().__init__(message)
        self.near = near or []


class Ended(Missing):
    """A page that was there and is there no longer, by somebody's decision."""

    code = 410


class Moved(RequestRedirect):
    """The thing has another address, which is the one to bookmark."""

    code = 301


def _page(code: int, title: str, message: str, **more: object) -> tuple[str | Response, int]:
    if is_api_request():
        return problem.answer(code, HTTPStatus(code).phrase, message), code
    return render_template("error.html", code=code, title=title, message=message, **more), code


def _explanation(code: int) -> tuple[str, str]:
    """What an error is called, and what the reader can do about it."""
    known, language = terms("http-error"), chosen_language()
    term = known.get(str(code), known["other"])
    return term.names[language], term.meanings[language]


#: Fields that are never shown back, kept or carried along; their form is typed anew.
SECRET_FIELDS = frozenset({"password", "new"})


def _page_above() -> str:
    """The nearest page above an address that only takes forms, "" when it is none of those."""
    address, adapter = request.path, current_app.url_map.bind("")
    if request.method not in ("GET", "HEAD") or is_api_request():
        return ""
    while (address := address.rpartition("/")[0]).count("/") > 0:
        with suppress(HTTPException):
            adapter.match(address, method="GET")
            return address
    return ""


def _typed() -> list[tuple[str, str]]:
    """The fields of a form that could not be dealt with; none where a password was among them."""
    if request.method != "POST" or isinstance(request.routing_exception, MethodNotAllowed):
        return []
    try:
        form = request.form
    except HTTPException:  # too large to be read at all
        return []
    sent = [(name, value) for name, value in form.items(multi=True) if name != "csrf_token"]
    return [] if SECRET_FIELDS & {name for name, _value in sent} else sent


def _unavailable(fault: Exception) -> Response:
    """The answer where this server can do nothing for now: what exactly fails is in its log."""
    outage.note(fault)
    message = _(
        "The server cannot use its database or its disk at the moment. Texts, references "
        "and the search can still be read; try again in a minute."
    )
    typed = _typed()
    if request.method not in ("GET", "HEAD"):
        message = _(
            "The server cannot use its database or its disk at the moment: what you sent "
            "was not recorded. Try again in a minute."
        )
    return _later(_("Not available at the moment"), message, typed)


def _later(title: str, message: str, typed: list[tuple[str, str]]) -> Response:
    """An answer that nobody keeps, with when to ask again and what was typed."""
    answer = current_app.make_response(_page(503, title, message, typed=typed))
    answer.headers.update(outage.LATER)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def install(app: Flask) -> None:
    """Show every error as a page in the reader's language."""

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> tuple[str | Response, int] | HTTPException | Response:
        code = error.code or 500
        if code < 400:
            return error
        if isinstance(error, Missing):
            title = _("No longer here") if code == 410 else _("Page not found")
            said, typed = str(error.description), _typed()
            return _page(code, title, said, near=error.near, typed=typed)
        if isinstance(error, MethodNotAllowed) and (above := _page_above()):
            return cast(Response, redirect(above, 303))
        title, message = _explanation(code)
        answer = app.make_response(_page(code, title, message, typed=_typed()))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            answer.allow.update(error.valid_methods)
        return answer

    @app.errorhandler(SearchUnavailable)
    def search_unavailable(error: SearchUnavailable) -> Response:
        message = _(
            "The index of this site does not answer just now. Texts, claims, indications and the "
            "references of the library can still be read; try again in a minute. The log of the "
            "server says what is wrong."
        )
        return _later(_("The search is not available"), message, _typed())

    @app.errorhandler(UserError)
    def user_error(error: UserError) -> tuple[str | Response, int] | Response:
        if outage.is_of_the_server(error):
            return _unavailable(error)
        if isinstance(error, BadParameters) and is_api_request():
            faults = [{"parameter": n, "message": translated(fault)} for n, fault in error.faults]
            return problem.answer(400, "Bad Request", translated(error), errors=faults)
        if isinstance(error, TextGone):
            return _page(410, _("No longer here"), translated(error))
        if isinstance(error, NotFound):
            return _page(404, _("Page not found"), translated(error), typed=_typed())
        return _page(400, _("Not understood"), translated(error))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> tuple[str | Response, int] | Response:
        if outage.is_of_the_server(error):
            return _unavailable(error)
        incident = uuid.uuid4().hex[:8]
        log.error("incident %s at %s", incident, request.url_rule, exc_info=error)
        return _page(
            InternalServerError.code or 500,
            _("Something went wrong here"),
            _(
                "This is a fault of the server, not of what you asked. It has been written to the "
                "server's log; tell the person who runs it this number: %(incident)s.",
                incident=incident,
            ),
        )
