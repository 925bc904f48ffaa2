"""What is sent to an OpenSearch cluster, and what comes back: JSON over HTTP, node after node.

A node that does not answer in time, or says that it is busy, is passed over for the next one;
only when none answers is that an error. Whatever is asked here may be asked twice: searches
change nothing, and documents are written under their own names.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Iterable
from functools import lru_cache
from itertools import count
from typing import Any
from urllib.parse import urlencode

import urllib3

from evidence.search.opensearch.address import URL, ClusterAddress
from evidence.search.protocol import EngineAway
from references.errors import SettingError, Unavailable, message

#: Seconds in which a node answers a search, or another one is asked.
PATIENCE = 5.0
#: Times that every node is asked before it is told that none answers: fewer where that takes long.
_ROUNDS = 3
#: Seconds for which a node that failed is asked last.
_SHUNNED = 30.0
#: What a node answers that cannot answer for now.
_BUSY = frozenset({429, 502, 503, 504})


class ClusterDown(EngineAway):
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

    def __init__(self, address: ClusterAddress, patience: float = PATIENCE) -> None:
        """`patience` is how many seconds a node has to answer, unless a request says otherwise."""
        self.address = address
        self._patience = patience
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
        text = "".join(f"{compact_json(line)}\n" for line in lines)
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
        data = body if isinstance(body, str) or body is None else compact_json(body)
        query = "?" + urlencode({k: _plain(v) for k, v in parameters.items()}) if parameters else ""
        patience = patience or self._patience
        timeout = urllib3.Timeout(connect=min(2.0, self._patience), read=patience)
        said, until = "", time.monotonic() + patience
        for turn in range(_ROUNDS):
            if turn:
                if time.monotonic() > until:
                    break  # nodes that hang are not waited for again
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
        raise ClusterDown(
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
    pair = f"{address.user}:{address.password}".encode()  # RFC 7617: UTF-8 where it is not ASCII
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def compact_json(value: Any) -> str:
    """What is sent: JSON without spaces."""
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
    """What speaks to a cluster; see `address.address_of` for where it is.

    It is the same for all who ask with the same patience: a node that failed is known to each.
    """
    return _kept(address, patience, os.getpid())  # no connection goes over to another process


@lru_cache(maxsize=16)
def _kept(address: ClusterAddress, patience: float, process: int) -> Client:
    return Client(address, patience)
