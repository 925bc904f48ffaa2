"""ETags: a page that cannot have changed is not made again.

Every page follows from the library, the texts as they stand, the checks of sources, the look of the
pages, the address, the language, the theme and who is signed in; their hash is known before
the page is made. The pages read most, which are long, are kept under it: a warm server only
sends them.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from http import HTTPStatus

from flask import Flask, Response, request

from evidence.services.source_checks import stamp as checks_stamp
from webapp.accounts.session import account
from webapp.exports import negotiation
from webapp.http import outage
from webapp.site import site, standing
from webapp.wording.language import chosen_language, chosen_theme

#: Endpoints whose answer depends on more than the knowledge base.
_LIVE = {"static", "health.healthz"}
#: Blueprints whose pages are kept, and how many of them, for readers who are not signed in.
_KEPT = {"texts", "evidencemap", "indications", "library", "guide"}
MOST = 100


class Pages:
    """The pages asked for last, each under its ETag."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._pages: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, etag: str) -> bytes | None:
        """A page that was kept, or None."""
        with self._lock:
            if etag in self._pages:
                self._pages.move_to_end(etag)
            return self._pages.get(etag)

    def keep(self, etag: str, page: bytes) -> None:
        """Keep a page; the one asked for longest ago makes room."""
        with self._lock:
            self._pages[etag] = page
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)


def _etag() -> str | None:
    if request.method not in {"GET", "HEAD"} or request.endpoint in _LIVE | {None}:
        return None
    if request.blueprint == "desk":
        return None
    reader, now = account(), standing()
    if outage.faults():
        return None  # a page that shows less than it should is kept by nobody
    parts = (
        site().fingerprint,
        now.stamp,
        checks_stamp(site().instance),
        f"{reader.name} {reader.role}" if reader else "",
        request.host_url,
        request.full_path,
        chosen_language(),
        chosen_theme(),
        negotiation.chosen(),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def install(app: Flask) -> None:
    """Answer 304 where the reader has the page already; name the ETag of every page."""
    pages = Pages()

    def is_kept() -> bool:
        return request.method == "GET" and request.blueprint in _KEPT and account() is None

    @app.before_request
    def unchanged() -> Response | None:
        etag = _etag()
        if etag is None:
            return None
        if request.if_none_match.contains_weak(etag) and not request.if_none_match.star_tag:
            response = Response(status=304)
            response.set_etag(etag, weak=True)
            return response
        page = pages.get(etag) if is_kept() else None
        return Response(page, content_type="text/html; charset=utf-8") if page else None

    @app.after_request
    def name_etag(response: Response) -> Response:
        if request.endpoint == "static":
            if response.status_code == 200 and request.args.get("v"):
                response.cache_control.immutable = True
            return response
        varies = "Accept-Language, Cookie"
        if request.endpoint in negotiation.ENDPOINTS:
            varies = f"Accept, {varies}"
        response.headers.setdefault("Vary", varies)
        if outage.faults():  # it shows less than it should: nobody is to keep it
            response.headers["Cache-Control"] = "no-store"
        if outage.journal_fault():  # for programs; pages say it in words
            response.headers["Evidence-Notice"] = "register alone: the journal cannot be read"
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-cache"
        if response.status_code == HTTPStatus.OK and (etag := _etag()):
            response.set_etag(etag, weak=True)
            if response.mimetype == "text/html" and is_kept():
                pages.keep(etag, response.get_data())
        return response
