"""Fetch the page at an address from the host that was named and from no other.

Redirects to other hosts and, unless allowed, private and local addresses are refused. A server
can stall as long as it likes, in the name look-up, the headers or the body: only
`evidence.originals.child` calls this, in a process that ends when its time is over (`load.fetch`).
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any, cast
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from evidence.originals.loaded import MAX_BYTES, OriginalError
from references.errors import Message, message

MAX_REDIRECTS = 5
TIMEOUT = (10.0, 30.0)  # seconds to connect, seconds between two packets


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not parsed.is_multicast


class _PrivateError(OSError):
    """The connection reached a private address."""


def _checked(connection: Any) -> Any:
    if not _is_public(connection.getpeername()[0]):
        connection.close()
        raise _PrivateError
    return connection


class _PublicConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return cast(socket.socket, _checked(super()._new_conn()))


class _PublicSecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return cast(socket.socket, _checked(super()._new_conn()))


class _PublicPool(HTTPConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicSecurePool(HTTPSConnectionPool):
    ConnectionCls = _PublicSecureConnection


class _PublicAdapter(HTTPAdapter):
    """Looks at the address a connection really reached, before anything is sent: a name that
    changes its address between look-up and connection gains nothing."""

    def init_poolmanager(self, *args: Any, **settings: Any) -> None:
        super().init_poolmanager(*args, **settings)
        pools: PoolManager = self.poolmanager
        pools.pool_classes_by_scheme = {"http": _PublicPool, "https": _PublicSecurePool}


def _resolves_publicly(host: str) -> bool:
    try:
        addresses = socket.getaddrinfo(host, None)
    except OSError:
        return True  # the proxy may know the name; without one, connecting says what is wrong
    return all(_is_public(str(item[4][0])) for item in addresses)


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
    session, proxies = _session(host, allow_private)
    address = url
    try:
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
    except requests.RequestException as error:
        if "_PrivateError" in repr(error) or isinstance(error.__cause__, _PrivateError):
            raise _private(host) from error
        raise OriginalError(
            "{url} cannot be fetched ({reason}); check the address and the connection.",
            url=url,
            reason=_reason(error),
        ) from error
    except _PrivateError as error:
        raise _private(host) from error


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


def _session(host: str, allow_private: bool) -> tuple[requests.Session, dict[str, str]]:
    """A session for one host, and the proxies to reach it through."""
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = "evidence (patient text check)"
    proxies = {
        scheme: proxy for scheme, proxy in getproxies().items() if scheme in ("http", "https")
    }
    if not allow_private:
        if proxies and not _resolves_publicly(host):
            raise _private(host)
        if not proxies:
            session.mount("http://", _PublicAdapter())
            session.mount("https://", _PublicAdapter())
    elif not _resolves_publicly(host):
        proxies = {}  # a host of one's own network is reached directly
    return session, proxies


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
