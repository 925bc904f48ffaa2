"""Headers that keep pages to themselves: no foreign script, frame, form or referrer.

A request whose `Host` header cannot be a host name is refused: no page could give its address.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Everything the pages use comes from this app; there is no inline script or style.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: A name in labels or an IPv4 address, or an IPv6 one in brackets; and a port.
_HOST = re.compile(
    r"(?P<name>[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_.])?|\[(?P<six>[0-9a-f:.]{2,45})\])"
    r"(?::[0-9]{1,5})?",
    re.IGNORECASE | re.ASCII,
)


def is_host(header: str) -> bool:
    """Whether a `Host` header names a host that there can be: labels that DNS could hold."""
    match = _HOST.fullmatch(header)
    if match is None:
        return False
    try:
        if match["six"]:
            ipaddress.IPv6Address(match["six"])
        else:
            match["name"].encode("idna").decode("idna")  # both ways, as addresses are made
    except ValueError:
        return False
    return True


class HostCheck:
    """The app, asked only when the request names a host that there can be."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request (PEP 3333); without a Host the server's own name stands in."""
        host = str(environ.get("HTTP_HOST") or "localhost")
        if not is_host(host):
            answer = Response("The Host header names no host.\n", 400, HEADERS)
            answer.content_type = "text/plain; charset=utf-8"
            return answer(environ, start_response)
        return self._app(environ, start_response)


def install(app: Flask) -> None:
    """Add the headers to every answer, errors included."""
    app.wsgi_app = HostCheck(app.wsgi_app)  # type: ignore[method-assign]

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response
