"""ETags: a page that cannot have changed is not made again.

Every page follows from the knowledge base, the journal, the checks of sources, the look of the
pages, the address, the language, the theme and who is signed in; their hash is known before
the page is made.
"""

from __future__ import annotations

import hashlib

from flask import Flask, Response, request

from evidence.source_checks import stamp as checks_stamp
from webapp import negotiation
from webapp.desk.session import account
from webapp.desk.state import desk
from webapp.language import chosen_language, chosen_theme
from webapp.site import site

#: Endpoints whose answer depends on more than the knowledge base.
_LIVE = {"static", "health.healthz"}


def _etag() -> str | None:
    if request.method not in {"GET", "HEAD"} or request.endpoint in _LIVE | {None}:
        return None
    if request.blueprint == "desk":
        return None
    reader = account()
    parts = (
        site().fingerprint,
        desk().stamp(),
        checks_stamp(site().instance),
        f"{reader.name} {reader.role}" if reader else "",
        request.full_path,
        chosen_language(),
        chosen_theme(),
        negotiation.chosen(),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def install(app: Flask) -> None:
    """Answer 304 where the reader has the page already; name the ETag of every page."""

    @app.before_request
    def unchanged() -> Response | None:
        etag = _etag()
        if (
            etag
            and request.if_none_match.contains_weak(etag)
            and not request.if_none_match.star_tag
        ):
            response = Response(status=304)
            response.set_etag(etag, weak=True)
            return response
        return None

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
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-cache"
        if response.status_code == 200 and (etag := _etag()):
            response.set_etag(etag, weak=True)
        return response
