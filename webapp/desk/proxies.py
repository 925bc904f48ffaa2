"""What a reverse proxy says about a request, believed only from the proxies that are named.

`EVIDENCE_TRUSTED_PROXIES` lists addresses or networks. From them, and from nobody else, the
client's address (`X-Forwarded-For`), the scheme (`X-Forwarded-Proto`) and, when
`EVIDENCE_SSO_HEADER` names it, the person who signed in at the proxy are taken over.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from references.errors import SettingError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: Where the name of somebody who signed in at a trusted proxy stands.
PERSON = "evidence.person"


def trusted_networks() -> tuple[Network, ...]:
    """The networks of `EVIDENCE_TRUSTED_PROXIES`, separated by commas or spaces.

    Raises:
        SettingError: one of them is not an address.
    """
    found = []
    for part in re.split(r"[\s,]+", os.environ.get("EVIDENCE_TRUSTED_PROXIES", "").strip()):
        if not part:
            continue
        try:
            found.append(ipaddress.ip_network(part, strict=False))
        except ValueError:
            raise SettingError(
                f"EVIDENCE_TRUSTED_PROXIES names '{part}', which is no address or network; "
                "write for example 127.0.0.1 or 10.0.0.0/8."
            ) from None
    return tuple(found)


def sso_header() -> str:
    """The header that names who signed in at the proxy, "" when there is none.

    Raises:
        SettingError: it is no name of a header, or no proxy is trusted to send it.
    """
    name = os.environ.get("EVIDENCE_SSO_HEADER", "").strip()
    if name and not re.fullmatch(r"[A-Za-z0-9-]{1,64}", name):
        raise SettingError(
            f"EVIDENCE_SSO_HEADER is '{name}', no name of a header; write one like X-Remote-User."
        )
    if name and not trusted_networks():
        raise SettingError(
            "EVIDENCE_SSO_HEADER is set and EVIDENCE_TRUSTED_PROXIES is not: anybody could send "
            "the header. Name the address of the proxy."
        )
    return name


class TrustedProxies:
    """The app as seen through its trusted proxies."""

    def __init__(self, app: WSGIApplication, networks: Iterable[Network], header: str) -> None:
        self._app = app
        self._networks = tuple(networks)
        self._key = "HTTP_" + header.upper().replace("-", "_") if header else ""

    def _is_trusted(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address.strip())
        except ValueError:
            return False
        return any(found in network for network in self._networks)

    def _client(self, environ: WSGIEnvironment) -> str:
        """The first address, counted from us, that is not one of the proxies."""
        address = str(environ["REMOTE_ADDR"])
        for earlier in reversed(str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")):
            if not self._is_trusted(address) or not earlier.strip():
                break
            try:
                ipaddress.ip_address(earlier.strip())
            except ValueError:
                break
            address = earlier.strip()
        return address

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request (PEP 3333)."""
        environ.pop(PERSON, None)
        if self._is_trusted(str(environ.get("REMOTE_ADDR", ""))):
            environ["REMOTE_ADDR"] = self._client(environ)
            scheme = str(environ.get("HTTP_X_FORWARDED_PROTO", "")).split(",")[-1].strip()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
            if self._key and (name := str(environ.get(self._key, "")).strip().lower()):
                environ[PERSON] = name
        return self._app(environ, start_response)
