"""ETags: a page that cannot have changed is not made again.

Every page follows from the library, the texts as they stand, the look of the pages, the address,
the language and the theme, and from what the rooms above `declare`; their hash is known before the
page is made. What was made is kept under it, compressed: a warm server only sends it. The pages of
somebody signed in hold the token of a session and messages shown once: they have none of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from sys import getsizeof
from typing import cast

from flask import Blueprint, Flask, Response, current_app, g, request
from flask.blueprints import BlueprintSetupState
from flask.sansio.app import App

from webapp import outage
from webapp.http.kept import Kept
from webapp.site import site, standing
from webapp.tracking import meant_query
from webapp.wording.language import chosen_language, chosen_theme

MOST = 48 * 2**20  # bytes of answers kept, compressed, with all that each takes
LONGEST = 2**20  # bytes of one of them
_AN_ENTRY = 600  # bytes of an answer's name, of its objects and of its place among the others
#: Headers that belong to one answer and not to what it says.
_OF_ONE = {"set-cookie", "content-length", "etag", "x-request-id", "strict-transport-security"}


@dataclass
class CachingRules:
    """What the rooms above say of their answers.

    Attributes:
        reader: names who is signed in, "" for nobody; their pages are not kept, by nobody.
        parts: what pages depend on beside all that is known here, each as words.
        live: blueprints whose answers are made anew each time and have no ETag.
        accept: endpoints whose form the Accept header chooses.
    """

    reader: Callable[[], str] = str
    parts: list[Callable[[], str]] = field(default_factory=list)
    live: set[str] = field(default_factory=set)
    accept: set[str] = field(default_factory=set)


def rules(app: App) -> CachingRules:
    """The rules of an app, for the rooms above to add theirs."""
    return cast(CachingRules, app.extensions.setdefault("caching", CachingRules()))


def declare(
    blueprint: Blueprint,
    *,
    live: bool = False,
    part: Callable[[], str] | None = None,
    accept: Collection[str] = (),
) -> None:
    """Say how the answers of a blueprint may be kept.

    Args:
        blueprint: what the pages belong to.
        live: its answers are made anew each time, without an ETag.
        part: pages are made again when this says something else.
        accept: endpoints whose form is chosen by the Accept header.
    """

    def register(state: BlueprintSetupState) -> None:
        own = rules(state.app)
        own.live.update([blueprint.name] if live else [])
        own.parts.extend([part] if part else [])
        own.accept.update(accept)

    blueprint.record(register)


def is_personal() -> bool:
    """Whether the answer may hold what is somebody's own, such as the token of a form."""
    if request.endpoint == "static":
        return False
    own = rules(current_app)
    return request.blueprint in own.live or bool(own.reader())


@dataclass(frozen=True)
class KeptPage:
    """An answer as it was sent: compressed, unless its reader takes nothing compressed."""

    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, response: Response) -> KeptPage:
        """What may be sent again of an answer."""
        headers = ((name, value) for name, value in response.headers if name.lower() not in _OF_ONE)
        return cls(response.get_data(), tuple(headers))

    @cached_property
    def size(self) -> int:
        """Bytes that it takes in memory: of a short answer, the headers are the most."""
        parts = (self.headers, *self.headers, *(part for header in self.headers for part in header))
        return _AN_ENTRY + sum(map(getsizeof, (self.body, *parts)))

    def response(self) -> Response:
        """The answer it was, but for the headers of each answer."""
        return Response(self.body, headers=list(self.headers))


def pages_kept(most: int = MOST) -> Kept[KeptPage]:
    """A cache of pages, each under its ETag and the ways it may be compressed."""
    return Kept(most, lambda _key, page: page.size)


def _key(etag: str) -> str:
    """What a page is kept under: browsers name what they take in one of a few ways."""
    return f"{etag} {request.headers.get('Accept-Encoding', '')[:100]}"


def keep(response: Response) -> Response:
    """Keep an answer as it leaves; asked last of all, when it is compressed."""
    etag = g.get("made")
    streamed = request.method != "GET" or response.is_streamed
    if etag and not streamed and "Set-Cookie" not in response.headers:
        page = KeptPage.of(response)
        if len(page.body) <= LONGEST:
            cast("Kept[KeptPage]", current_app.extensions["pages"]).keep(_key(etag), page)
    return response


def _etag() -> str | None:
    own = rules(current_app)
    if request.method not in {"GET", "HEAD"} or request.endpoint in {"static", None}:
        return None
    if request.blueprint in own.live:
        return None
    if own.reader():
        return None  # forms with the token of a session, messages that are shown once
    now = standing()
    if outage.faults():
        return None  # a page that shows less than it should is kept by nobody
    parts = (
        site().fingerprint,
        site().opened,
        now.stamp,
        request.url_root,  # with the prefix that the site is served below
        request.path,
        meant_query(),
        chosen_language(),
        chosen_theme(),
        *(part() for part in own.parts),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def install(app: Flask) -> None:
    """Answer 304 where the reader has the page already; name the ETag of every page."""
    pages = app.extensions["pages"] = pages_kept()

    @app.before_request
    def unchanged() -> Response | None:
        etag = g.etag = _etag()  # before anything is read: a page is never older than it says
        if etag is None:
            return None
        if request.if_none_match.contains_weak(etag) and not request.if_none_match.star_tag:
            response = Response(status=304)
            response.set_etag(etag, weak=True)
            return response
        page = pages.get(_key(etag)) if request.method == "GET" else None
        if page is None:
            g.made = etag
            return None
        return page.response()

    @app.after_request
    def name_etag(response: Response) -> Response:
        if request.endpoint == "static":
            if response.status_code == 200 and request.args.get("v"):
                response.cache_control.immutable = True
            return response
        varies = "Accept-Language, Cookie"
        if request.endpoint in rules(app).accept:
            varies = f"Accept, {varies}"
        response.headers.setdefault("Vary", varies)
        if outage.faults():  # it shows less than it should: nobody is to keep it
            response.headers["Cache-Control"] = "no-store"
        if outage.journal_fault():  # for programs; pages say it in words
            response.headers["Evidence-Notice"] = "register alone: the journal cannot be read"
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-cache"
        etag = g.get("etag")
        if etag and response.status_code == HTTPStatus.OK and not outage.faults():
            response.set_etag(etag, weak=True)
        else:
            g.pop("made", None)  # what went wrong, or shows less than it should, is not kept
        return response
