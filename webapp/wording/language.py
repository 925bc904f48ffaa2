"""French and English, light and dark: what a reader chose, and how it is remembered."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from flask import Flask, Response, g, redirect, request
from werkzeug.urls import iri_to_uri

from evidence.wording.catalogue import LANGUAGES, Language, render
from references.errors import Message, Problem, UserError
from webapp import outage
from webapp.site import is_api_request
from webapp.tracking import meant_parameters

THEMES = ("light", "dark", "auto")
_YEAR = 31_536_000  # seconds


def chosen_language() -> Language:
    """The language of the answer: the address, else the cookie, else the browser.

    Where none of them says, a page is French and the API, whose callers are programs, English.
    """
    known = g.get("language")  # asked hundreds of times for one page
    if known is None:
        wishes = (request.args.get("lang"), request.cookies.get("lang"))
        named = next((value for value in wishes if value in LANGUAGES), None)
        default = "en" if is_api_request() else "fr"
        known = g.language = named or request.accept_languages.best_match(LANGUAGES) or default
    return cast(Language, known)


def translated(message: Message | UserError | Problem | str) -> str:
    """A message, or what an error says, in the language of this request."""
    return render(message, chosen_language())


def explained(error: Exception | Message | str) -> str:
    """What went wrong, in the language of the person who sent a form.

    Raises:
        Exception: the error itself when it is a fault of the server: what that says (a
            folder, the address of a database) is not for whoever sent a form.
    """
    if isinstance(error, Exception) and outage.is_of_the_server(error):
        raise error
    return translated(error if isinstance(error, UserError | Message) else str(error))


def chosen_theme() -> str:
    """The theme of the page; "auto" follows the system."""
    value = request.cookies.get("theme", "")
    return value if value in THEMES else "auto"


def address_with(**changes: str | None) -> str:
    """This page's address with other query values; None removes one."""
    values = meant_parameters()
    for name, value in changes.items():
        values.poplist(name)
        if value is not None:
            values[name] = value
    query = urlencode(list(values.items(multi=True)))
    return iri_to_uri(request.script_root + request.path) + (f"?{query}" if query else "")


def install(app: Flask) -> None:
    """Choose the language and the theme of every request, and remember a choice."""
    app.jinja_env.filters["translated"] = translated

    @app.before_request
    def take_choice() -> Response | None:
        if is_api_request() and request.endpoint != "api.documentation":
            return None  # the API has no cookies
        theme = request.args.get("theme")
        if theme in THEMES and request.method == "GET":
            # The theme is no part of an address worth keeping: remember it and go on.
            target = cast(Response, redirect(address_with(theme=None), 303))
            _remember(target, "theme", theme)
            target.headers["Cache-Control"] = "no-store"
            return target
        if request.args.get("lang") in LANGUAGES:
            g.language_chosen = request.args["lang"]
        return None

    @app.after_request
    def remember_language(response: Response) -> Response:
        if (language := g.get("language_chosen")) and request.cookies.get("lang") != language:
            _remember(response, "lang", language)
        if request.endpoint != "static":
            response.headers.setdefault("Content-Language", chosen_language())
        return response


def _remember(response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=_YEAR, secure=request.is_secure, httponly=True, samesite="Lax"
    )
