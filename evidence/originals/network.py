"""Fetch the page at an address from the host that was named and from no other.

Redirects to other hosts and, unless allowed, private and local addresses are refused: a name is
looked up once, every address it has is looked at, and the connection goes to one of these, so a
name that changes its address in between gains nothing, and nobody learns from the answer which
ports of a private host are open. Where a proxy leads out, the name must have public addresses
here too: what only the proxy can look up may be a host of the house. A server
can stall as long as it likes, in the name look-up, the headers or the body: only
`evidence.originals.child` calls this, in a process that ends when its time is over (`load.fetch`).
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies

import requests
from requests.adapters import HTTPAdapter
from requests.utils import should_bypass_proxies
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from evidence.originals.loaded import MAX_BYTES, OriginalError
from references.errors import Message, message

MAX_REDIRECTS = 5
TIMEOUT = (10.0, 30.0)  # seconds to connect, seconds between two packets


#: What IPv6 gives single hosts (RFC 4291, 2.4); the IPv4 address behind a translator (RFC 6052).
_GIVEN, _TRANSLATED = IPv6Network("2000::/3"), IPv6Network("64:ff9b::/96")
#: Of protocols, whichever release of Python asks (RFC 6890).
_OF_PROTOCOLS = IPv4Network("192.0.0.0/24")


def _is_public(address: str) -> bool:
    """Whether an address is that of one host of the public net, whatever carries it there."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        if parsed in _TRANSLATED:
            parsed = IPv4Address(int(parsed) & 0xFFFFFFFF)
        elif parsed.ipv4_mapped:
            parsed = parsed.ipv4_mapped
        elif parsed not in _GIVEN or parsed.sixtofour or parsed.teredo:
            return False
    return parsed.is_global and not parsed.is_multicast and parsed not in _OF_PROTOCOLS


class _PrivateError(Exception):
    """The name has a private address; nothing was connected to."""


class _UnknownError(Exception):
    """The name has no address."""


def _public_addresses(host: str, port: int) -> list[Any]:
    """The addresses of a name, all of which are public, as `socket.getaddrinfo` gives them.

    Raises:
        _UnknownError: it has none.
        _PrivateError: one of them is private, local or of no single host.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _UnknownError from error
    if not all(_is_public(str(item[4][0])) for item in found):
        raise _PrivateError
    return found


def _connected(connection: Any) -> socket.socket:
    """A socket to one of the public addresses of a connection's host; the first that answers."""
    failed = OSError("no address")
    for family, kind, protocol, _name, address in _public_addresses(
        connection._dns_host, connection.port
    ):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(TIMEOUT[0])
            sock.connect(address)
            return sock
        except OSError as error:
            sock.close()
            failed = error
    raise NewConnectionError(connection, str(failed)) from failed


class _PublicConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self)


class _PublicSecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connected(self)


class _PublicPool(HTTPConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicSecurePool(HTTPSConnectionPool):
    ConnectionCls = _PublicSecureConnection


class _PublicAdapter(HTTPAdapter):
    """Connects to public addresses only."""

    def init_poolmanager(self, *args: Any, **settings: Any) -> None:
        super().init_poolmanager(*args, **settings)
        pools: PoolManager = self.poolmanager
        pools.pool_classes_by_scheme = {"http": _PublicPool, "https": _PublicSecurePool}


def _same_host(one: str, other: str) -> bool:
    return one.removeprefix("www.") == other.removeprefix("www.")


def get(url: str, allow_private: bool = False) -> tuple[bytes, str, str]:
    """The page at an address: its bytes, the path it was found at, its content type.

    Only http and https, only the host named (with or without "www."), at most 20 MB. Private
    and local addresses only with `allow_private`: for a person at the command line who names
    the host, never for one who types it into a page.

    Raises:
        OriginalError: it cannot be fetched.
    """
    host = host_of(url)
    address = url
    try:
        session, proxies = _session(url, allow_private)
        for _ in range(MAX_REDIRECTS + 1):
            with session.get(
                address, timeout=TIMEOUT, stream=True, allow_redirects=False, proxies=proxies
            ) as response:
                if response.is_redirect:
                    address = _redirected(response, address, url, host)
                    continue
                if response.status_code != 200:
                    raise OriginalError(
                        "{url} answered {status_code} {reason}; open it in a browser and "
                        "check the address.",
                        url=url,
                        status_code=response.status_code,
                        reason=response.reason,
                    )
                content_type = response.headers.get("content-type", "")
                return _body(response, url), urlsplit(address).path or "/", content_type
        raise OriginalError("{url} redirects in a circle; open it in a browser.", url=url)
    except _PrivateError as error:
        raise _private(host) from error
    except _UnknownError as error:
        raise _unknown(host) from error
    except requests.RequestException as error:
        raise OriginalError(
            "{url} cannot be fetched ({reason}); check the address and the connection.",
            url=url,
            reason=_reason(error),
        ) from error


def host_of(url: str) -> str:
    """The host that an address of a page names.

    Raises:
        OriginalError: it is no such address, or carries a name and a password.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise OriginalError(
            "{url} is no address of a page; it begins with http:// or https:// and names a host.",
            url=url,
        )
    return parts.hostname


def _session(url: str, allow_private: bool) -> tuple[requests.Session, dict[str, str]]:
    """A session for one host, and the proxies to reach it through.

    Raises:
        _PrivateError, _UnknownError: a proxy leads there, and the name is not a public one here.
    """
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = "evidence (patient text check)"
    proxies = {
        scheme: proxy for scheme, proxy in getproxies().items() if scheme in ("http", "https")
    }
    if should_bypass_proxies(url, None):  # NO_PROXY names it
        proxies = {}
    if allow_private:
        return session, proxies if _is_elsewhere(host_of(url)) else {}
    if proxies:
        _public_addresses(host_of(url), 0)
    else:
        session.mount("http://", _PublicAdapter())
        session.mount("https://", _PublicAdapter())
    return session, proxies


def _is_elsewhere(host: str) -> bool:
    """Whether a host is none of one's own network, which is reached directly."""
    try:
        _public_addresses(host, 0)
    except _UnknownError:
        return True  # the proxy may know the name
    except _PrivateError:
        return False
    return True


def _redirected(response: requests.Response, address: str, url: str, host: str) -> str:
    """Where an answer leads, on the same host."""
    leads = urljoin(address, response.headers["location"])
    target = urlsplit(leads)
    if target.scheme not in ("http", "https") or not _same_host(target.hostname or "", host):
        raise OriginalError(
            "{url} leads to another site ({value}); give that address if it is the page you mean.",
            url=url,
            value=target.hostname or leads,
        )
    return leads


def _unknown(host: str) -> OriginalError:
    return OriginalError(
        "{host} cannot be looked up from here, so it may be a host of a private network; check "
        "the name, or load the page from the command line or upload its file.",
        host=host,
    )


def _private(host: str) -> OriginalError:
    return OriginalError(
        "{host} is an address of a private network, which is not fetched from here; load "
        "the page from the command line or upload its file.",
        host=host,
    )


def _reason(error: requests.RequestException) -> Message | str:
    if isinstance(error, requests.Timeout):
        return message("no answer in time")
    if isinstance(error, requests.exceptions.SSLError):
        return message("its certificate is not valid")
    if isinstance(error, requests.ConnectionError):
        return message("no connection")
    return type(error).__name__


def _body(response: requests.Response, url: str) -> bytes:
    data = bytearray()
    for chunk in response.iter_content(65_536):
        data += chunk
        if len(data) > MAX_BYTES:
            raise OriginalError(
                "{url} is larger than {value} MB; shorten it.",
                url=url,
                value=MAX_BYTES // 1_000_000,
            )
    return bytes(data)
