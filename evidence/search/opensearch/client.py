"""What is sent to an OpenSearch cluster, and what comes back: JSON over HTTP, node after node.

A node that does not answer in time, or says that it is busy, is passed over for the next one;
only when none answers is that an error, which then is the answer for some seconds without asking:
a server must not let each of its readers wait for a cluster that is away. Whatever is asked here
may be asked twice: searches change nothing, and documents are written under their own names.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import count
from typing import Any
from urllib.parse import urlencode

import urllib3

from evidence.search.opensearch.address import URL, ClusterAddress
from references.errors import SettingError, Unavailable, message

#: Seconds in which a node answers a search, or another one is asked.
PATIENCE = 5.0
#: Times that every node is asked before it is told that none answers.
_ROUNDS = 3
#: Seconds for which a node that failed is asked last.
_SHUNNED = 5.0
#: Seconds for which a client that can rest asks nobody after no node answered.
RESTS = 5.0
#: What a node answers that cannot answer for now.
_BUSY = frozenset({429, 502, 503, 504})


class ClusterDown(Unavailable):
    """No node of the cluster answers, or it cannot answer whole."""


class ClusterRefused(Unavailable):
    """The cluster understood and said no: a status with its kind of error and the reason."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        said = f"{status} {kind}: {reason}"[:300]
        super().__init__(
            message(
                "The search cluster refuses what it is asked ({reason}); see its log.", reason=said
            )
        )
        self.status = status
        self.kind = kind
        self._reason = reason

    def __reduce__(self) -> tuple[type[ClusterRefused], tuple[int, str, str]]:
        """Itself for another process: an error is made again of what it was made of."""
        return type(self), (self.status, self.kind, self._reason)


class Client:
    """Speaks to the nodes of one cluster. Safe to share between threads."""

    def __init__(
        self, address: ClusterAddress, patience: float = PATIENCE, rests: float = 0.0
    ) -> None:
        """Speak to a cluster.

        Args:
            address: of its nodes.
            patience: seconds that a node has to answer, unless a request says otherwise.
            rests: seconds for which nobody is asked after no node answered.
        """
        self.address = address
        self._patience = patience
        self._rests = rests
        self._down: tuple[float, str] = (0.0, "")  # until when nobody is asked, and why
        self._turn = count()
        self._shunned: dict[str, float] = {}
        self._headers = {"Content-Type": "application/json", **_authorization(address)}
        more: dict[str, Any] = {"ca_certs": address.authority} if address.authority else {}
        self._pool = urllib3.PoolManager(num_pools=len(address.hosts), maxsize=16, **more)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def get(self, path: str, **parameters: Any) -> Any:
        """Ask for something by its path."""
        return self.request("GET", path, None, **parameters)

    def post(self, path: str, body: Any = None, **parameters: Any) -> Any:
        """Send a question, or something to do."""
        return self.request("POST", path, body, **parameters)

    def put(self, path: str, body: Any = None, **parameters: Any) -> Any:
        """Make something under a name."""
        return self.request("PUT", path, body, **parameters)

    def delete(self, path: str, **parameters: Any) -> Any:
        """Remove something by its exact name."""
        return self.request("DELETE", path, None, **parameters)

    def lines(self, path: str, lines: Iterable[Any], **parameters: Any) -> Any:
        """Send one JSON value a line, as `_bulk` and `_msearch` take them."""
        text = "".join(f"{_json(line)}\n" for line in lines)
        return self.request("POST", path, text, **parameters)

    def request(
        self, method: str, path: str, body: Any = None, *, patience: float = 0.0, **parameters: Any
    ) -> Any:
        """The answer of the first node that gives one, decoded.

        Args:
            method: of HTTP.
            path: below the address of a node.
            body: what is sent as JSON; a text is sent as it stands.
            patience: seconds that each node has, where that is not as usual.
            parameters: of the address.

        Raises:
            ClusterDown: no node answers.
            ClusterRefused: the cluster said no.
        """
        until, said = self._down
        if time.monotonic() < until:
            raise self._away(said)
        data = body if isinstance(body, str) or body is None else _json(body)
        query = "?" + urlencode({k: _plain(v) for k, v in parameters.items()}) if parameters else ""
        wait = patience or self._patience
        timeout = urllib3.Timeout(connect=min(2.0, self._patience), read=wait)
        end = time.monotonic() + wait
        for turn in range(_ROUNDS):
            if turn and time.monotonic() > end:
                break  # nodes that keep silent are not waited for again
            if turn:
                time.sleep(0.2 * turn)
            for host in self._hosts():
                try:
                    answer = self._pool.request(
                        method,
                        f"{host}/{path.lstrip('/')}{query}",
                        body=None if data is None else data.encode("utf-8", "replace"),
                        headers=self._headers,
                        timeout=timeout,
                        retries=False,
                        redirect=False,
                    )
                except urllib3.exceptions.HTTPError as error:
                    said = type(error).__name__
                    self._shunned[host] = time.monotonic() + _SHUNNED
                    continue
                if answer.status in _BUSY:
                    said = f"HTTP {answer.status}"
                    continue
                return _read(answer)
        self._down = time.monotonic() + self._rests, said
        raise self._away(said)

    def _away(self, said: str) -> ClusterDown:
        return ClusterDown(
            "The search cluster at {hosts} does not answer ({reason}); see that its nodes run and "
            "that {name} names them.",
            hosts=", ".join(self.address.hosts),
            reason=said,
            name=URL,
        )

    def _hosts(self) -> list[str]:
        """All hosts, another one first at each turn, those that failed lately last."""
        hosts = self.address.hosts
        start, now = next(self._turn) % len(hosts), time.monotonic()
        turned = [*hosts[start:], *hosts[:start]]
        return sorted(turned, key=lambda host: self._shunned.get(host, 0.0) > now)


def _authorization(address: ClusterAddress) -> dict[str, str]:
    if address.key:
        return {"Authorization": f"ApiKey {address.key}"}
    if not address.user:
        return {}
    pair = f"{address.user}:{address.password}"
    headers: Mapping[str, str] = urllib3.make_headers(basic_auth=pair)
    return {"Authorization": headers["authorization"]}


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _read(answer: urllib3.BaseHTTPResponse) -> Any:
    """What an answer says.

    Raises:
        SettingError: who asks is not let in.
        ClusterRefused: the cluster said no.
    """
    if answer.status in (401, 403):
        raise SettingError(
            "The search cluster lets nobody in with what {name} says; mend the user and the "
            "password, or the API key.",
            name=URL,
        )
    try:
        value = json.loads(answer.data) if answer.data else {}
    except ValueError:
        raise SettingError(
            "What answers at the address in {name} is no OpenSearch; mend it.", name=URL
        ) from None
    if answer.status < 400:
        return value
    error = value.get("error", {}) if isinstance(value, dict) else {}
    if isinstance(error, str):
        raise ClusterRefused(answer.status, "", error)
    raise ClusterRefused(answer.status, str(error.get("type", "")), str(error.get("reason", "")))


def client(address: ClusterAddress, patience: float = PATIENCE) -> Client:
    """What speaks to a cluster; see `address.address_of` for where it is."""
    return Client(address, patience)


def kept_client(address: ClusterAddress) -> Client:
    """The one that this process asks for searches: it knows which nodes did not answer lately."""
    return _kept(address, os.getpid())


@lru_cache(maxsize=8)
def _kept(address: ClusterAddress, process: int) -> Client:
    """`process` is its number: one that was forked speaks through connections of its own."""
    return Client(address, rests=RESTS)
