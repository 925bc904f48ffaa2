"""French and English, light and dark: what a reader chose, and how it is remembered."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlencode

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, Response, g, redirect, request
from flask_babel import Babel
from werkzeug.datastructures import MultiDict
from werkzeug.urls import iri_to_uri

from webapp.site import is_api_request

Lang = Literal["fr", "en"]
LANGUAGES: tuple[Lang, ...] = ("fr", "en")
THEMES = ("light", "dark", "auto")
CATALOGUES = Path(__file__).parent.parent / "translations"
_YEAR = 31_536_000  # seconds


def compile_catalogues(folder: Path = CATALOGUES) -> list[Path]:
    """Compile the .po catalogues that are newer than their .mo; the files written.

    The build does this for a wheel; here it keeps an edited checkout right. A folder that
    cannot be written keeps the catalogues it came with.
    """
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        try:
            with source.open("rb") as stream:
                catalogue = read_po(stream, locale=source.parts[-3])
            with target.open("wb") as stream:
                write_mo(stream, catalogue)
        except PermissionError:
            continue
        written.append(target)
    return written


def chosen_language() -> Lang:
    """The language of the page: the address, else the cookie, else the browser, else French."""
    if "language" not in g:  # asked hundreds of times for one page
        wishes = (request.args.get("lang"), request.cookies.get("lang"))
        named = next((value for value in wishes if value in LANGUAGES), None)
        g.language = named or request.accept_languages.best_match(LANGUAGES) or "fr"
    return cast(Lang, g.language)


def chosen_theme() -> str:
    """The theme of the page; "auto" follows the system."""
    value = request.cookies.get("theme", "")
    return value if value in THEMES else "auto"


def address_with(**changes: str | None) -> str:
    """This page's address with other query values; None removes one."""
    values = MultiDict(request.args)
    for name, value in changes.items():
        values.poplist(name)
        if value is not None:
            values[name] = value
    query = urlencode(list(values.items(multi=True)))
    return iri_to_uri(request.path) + (f"?{query}" if query else "")


_BEFORE = re.compile(r"[ \u00a0\u202f]+([;!?»]|%(?!\())")
_COLON = re.compile(r"(?<=\w|\)|»)[ \u00a0\u202f]+:")
_OPENING = re.compile(r"«[ \u00a0\u202f]*")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_ARROW = re.compile(r"\s*->\s*")
_FIGURE = re.compile(r"(?<=\d) (?=(?:%|mm|cm|mg|min|°C)\b|%)")


def typeset(text: str, language: str = "en") -> str:
    """A sentence of the data with the spaces and signs of its language.

    French puts a narrow no-break space before ; ! ? » and a no-break space before a colon
    (Imprimerie nationale); the files are written with plain spaces.
    """
    text = _APOSTROPHE.sub("’", _ARROW.sub(" → ", text))
    if language == "fr":
        text = _BEFORE.sub("\u202f\\1", text)
        text = _COLON.sub("\u00a0:", text)
        text = _OPENING.sub("«\u202f", text)
    return _FIGURE.sub("\u00a0", text)


def install(app: Flask) -> None:
    """Choose the language and the theme of every request, and remember a choice."""
    Babel(app, locale_selector=chosen_language, default_translation_directories=str(CATALOGUES))

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
