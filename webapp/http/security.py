"""Headers that keep pages to themselves: no foreign script, frame, form or referrer.

A request whose `Host` header cannot be a host name is refused: no page could give its address.
So is one for a name that is not ours, where `EVIDENCE_TRUSTED_HOSTS` says which are.
"""

from __future__ import annotations

import ipaddress
import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from werkzeug.sansio.utils import host_is_trusted

from references.errors import SettingError

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
#: What monitors and load balancers ask for by address, and what holds no address of ours.
_BY_ADDRESS = {"/healthz", "/readyz", "/metrics"}
#: A name in labels or an IPv4 address, or an IPv6 one in brackets; and a port.
_HOST = re.compile(
    r"(?P<name>[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_.])?|\[(?P<six>[0-9a-f:.]{2,45})\])"
    r"(?::[0-9]{1,5})?",
    re.IGNORECASE | re.ASCII,
)


@lru_cache(maxsize=256)
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


def trusted_hosts() -> tuple[str, ...]:
    """The names of `EVIDENCE_TRUSTED_HOSTS`, which this server answers to; none means any.

    Raises:
        SettingError: one of them is no name of a host.
    """
    names = re.split(r"[\s,]+", os.environ.get("EVIDENCE_TRUSTED_HOSTS", "").strip())
    for name in filter(None, names):
        if not is_host(name.removeprefix(".")):
            raise SettingError(
                "EVIDENCE_TRUSTED_HOSTS names '{value}', which is no name of a host; write for "
                "example evidence.example.org, or .example.org for all names below it.",
                value=name[:60],
            )
    return tuple(filter(None, names))


class HostCheck:
    """The app, asked only when the request names a host that there can be, and that is ours."""

    def __init__(self, app: WSGIApplication, trusted: tuple[str, ...] = ()) -> None:
        self._app = app
        self._trusted = trusted

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request (PEP 3333); without a Host the server's own name stands in."""
        host = str(environ.get("HTTP_HOST") or "localhost")
        if not is_host(host):
            return _refused("The Host header names no host.\n")(environ, start_response)
        known = environ.get("PATH_INFO") in _BY_ADDRESS or not self._trusted
        if not known and not host_is_trusted(host, self._trusted):
            return _refused("This server has another name.\n")(environ, start_response)
        return self._app(environ, start_response)


def _refused(words: str) -> Response:
    answer = Response(words, 400, HEADERS)
    answer.content_type = "text/plain; charset=utf-8"
    return answer


def _strict_transport() -> str:
    """How long browsers use HTTPS only, and whether for names below ours too.

    Raises:
        SettingError: `EVIDENCE_HSTS_SUBDOMAINS` is neither yes nor no.
    """
    chosen = os.environ.get("EVIDENCE_HSTS_SUBDOMAINS", "").strip().lower() or "no"
    if chosen not in ("yes", "no"):
        raise SettingError(
            "EVIDENCE_HSTS_SUBDOMAINS is '{chosen}'; write yes or no.", chosen=chosen[:60]
        )
    return "max-age=31536000" + ("; includeSubDomains" if chosen == "yes" else "")


def install(app: Flask) -> None:
    """Add the headers to every answer, errors included."""
    app.wsgi_app = HostCheck(app.wsgi_app, trusted_hosts())  # type: ignore[method-assign]
    lasting = _strict_transport()

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", lasting)
        return response
