"""What a reverse proxy says about a request, believed only from the proxies that are named.

`EVIDENCE_TRUSTED_PROXIES` lists addresses or networks. From them, and from nobody else, the
client's address (`X-Forwarded-For`), the scheme (`X-Forwarded-Proto`) and, when
`EVIDENCE_SSO_HEADER` names it, the person who signed in at the proxy are taken over. This is
the only place that reads such headers: whatever server runs the app hands them on, and nothing
behind it sees them. The name of the site is the request's own `Host`, never `X-Forwarded-Host`,
which proxies hand on as clients wrote it unless they are told otherwise.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from references.errors import SettingError, message

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: Where the name of somebody who signed in at a trusted proxy stands.
PERSON = "evidence.person"

#: What proxies write about the client, as WSGI names it.
FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_PROTO",
)
_EXAMPLE = message("write for example 127.0.0.1 or 10.0.0.0/8")
#: An address as proxies write it in X-Forwarded-For, a port behind it or not.
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+)(?::\d+)?")
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
#: Networks without public addresses that are wider than any we trust otherwise.
_PRIVATE = (ipaddress.IPv6Network("fc00::/7"), ipaddress.IPv6Network("fe80::/10"))
#: The shortest prefix of a network that can be one owner's: 10.0.0.0/8, a provider's /16.
_SHORTEST = {4: 8, 6: 16}


def trusted_networks() -> tuple[Network, ...]:
    """The networks of `EVIDENCE_TRUSTED_PROXIES`, separated by commas or spaces.

    Raises:
        SettingError: one of them is not an address, or they are more than proxies can be.
    """
    named: list[Any] = []
    for part in re.split(r"[\s,]+", os.environ.get("EVIDENCE_TRUSTED_PROXIES", "").strip()):
        if not part:
            continue
        try:
            named.append(_unmapped(ipaddress.ip_network(part, strict=False)))
        except ValueError:
            raise SettingError(
                "EVIDENCE_TRUSTED_PROXIES names '{value}', which is no address or network; "
                "{example}.",
                value=part[:60],
                example=_EXAMPLE,
            ) from None
    # Together, so that two halves of the internet are seen to be all of it.
    networks: tuple[Network, ...] = tuple(
        network
        for version in (4, 6)
        for network in ipaddress.collapse_addresses(n for n in named if n.version == version)
    )
    for network in networks:
        _refuse_crowd(network)
    return networks


def _unmapped(network: Network) -> Network:
    """A network of IPv4 addresses written as IPv6 ones (::ffff:10.0.0.0/104), as IPv4."""
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        low = int(network.network_address) & 0xFFFFFFFF
        return ipaddress.IPv4Network((low, network.prefixlen - 96))
    return network


def _refuse_crowd(network: Network) -> None:
    private = isinstance(network, ipaddress.IPv6Network) and any(map(network.subnet_of, _PRIVATE))
    if network.prefixlen < _SHORTEST[network.version] and not private:
        raise SettingError(
            "EVIDENCE_TRUSTED_PROXIES trusts {network}, where anybody may be: whoever can "
            "reach the server could then be anybody. Name the address of the proxy; "
            "{example}.",
            network=network,
            example=_EXAMPLE,
        )


def sso_header() -> str:
    """The header that names who signed in at the proxy, "" when there is none.

    Raises:
        SettingError: it is no name of a header, or no proxy is trusted to send it.
    """
    name = os.environ.get("EVIDENCE_SSO_HEADER", "").strip()
    if name and not re.fullmatch(r"[A-Za-z0-9-]{1,64}", name):
        raise SettingError(
            "EVIDENCE_SSO_HEADER is '{name}', no name of a header; write one like X-Remote-User.",
            name=name,
        )
    if name and not trusted_networks():
        raise SettingError(
            "EVIDENCE_SSO_HEADER is set and EVIDENCE_TRUSTED_PROXIES is not: anybody could send "
            "the header. Name the address of the proxy."
        )
    return name


def _address(written: str) -> Address | None:
    """The address that a server or a proxy writes, None when it is none ("unknown")."""
    match = _WITH_PORT.fullmatch(written.strip().strip('"'))
    bare = (match["six"] or match["four"]) if match else written.strip()
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_among(written: str, networks: Iterable[Network]) -> bool:
    """Whether an address, as a server or a proxy writes it, belongs to one of some networks."""
    address = _address(written)
    return address is not None and any(address in network for network in networks)


class TrustedProxies:
    """The app as seen through its trusted proxies, of which there may be none."""

    def __init__(self, app: WSGIApplication, networks: Iterable[Network], header: str) -> None:
        self._app = app
        self._networks = tuple(networks)
        self._key = "HTTP_" + header.upper().replace("-", "_") if header else ""

    def _is_trusted(self, written: str) -> bool:
        return bool(self._networks) and is_among(written, self._networks)

    def _client(self, environ: WSGIEnvironment) -> str:
        """The first address, counted from us, that is not one of the proxies."""
        address = str(environ["REMOTE_ADDR"])
        for earlier in reversed(str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")):
            earlier_address = _address(earlier)
            if earlier_address is None or not self._is_trusted(address):
                break
            address = str(earlier_address)
        return address

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request (PEP 3333)."""
        environ.pop(PERSON, None)
        if self._is_trusted(str(environ.get("REMOTE_ADDR", ""))):
            environ["REMOTE_ADDR"] = self._client(environ)
            scheme = str(environ.get("HTTP_X_FORWARDED_PROTO", "")).split(",")[-1].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
            if self._key and (name := str(environ.get(self._key, "")).strip().lower()):
                environ[PERSON] = name
        for forwarded in FORWARDED:
            environ.pop(forwarded, None)
        return self._app(environ, start_response)
