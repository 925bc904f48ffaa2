"""The production server: waitress, with bounds on what a client may take and a graceful end.

Waitress reads whole requests in one thread that waits for nobody, and hands them to a few that
answer: a slow client holds none of them. Beyond that a client here

- has `HEAD_SECONDS` for the head of a request, and for its body as long as a slow line needs;
- may send no more than strangers may, unless it carries a session (`allowance`), and no more is
  written to the disk;
- is closed when it takes its answer more slowly than any line is;
- makes room for others when there are more connections than there may be, and it has not yet
  sent a whole request.

Times are of a clock that nobody sets.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask

from webapp.accounts.session import MAX_UPLOAD, body_allowance
from webapp.http.security import HEADERS
from webapp.workers import FINISHING, LAST_COMERS

if TYPE_CHECKING:
    import socket

    from flask import Flask

#: Seconds in which a connection has to begin a request, and then for its head, whole.
IDLE_SECONDS, HEAD_SECONDS = 30.0, 20.0
#: Bytes a second of the slowest line there may be, for bodies and for answers.
SLOWEST = 20_000
#: Seconds for a body beside those; seconds an answer may be taken more slowly.
GRACE = 30.0
#: Headers that a request may have; browsers send some twenty.
MOST_HEADERS = 100
#: Connections at once in a process; beyond, the one that has kept it waiting longest makes room.
CONNECTIONS = 1000
#: Seconds in which a request may still come on a connection, when the server is told to stop.
ON_ITS_WAY = 1.0

ADJUSTMENTS: dict[str, Any] = {
    "ident": "evidence",
    # What proxies say is handed on: `webapp.accounts.proxies` alone believes or drops it.
    "clear_untrusted_proxy_headers": False,
    "max_request_header_size": 32 * 1024,  # bytes
    "max_request_body_size": MAX_UPLOAD + 1,  # as much is refused
    "connection_limit": CONNECTIONS + 100,
    "asyncore_use_poll": True,  # select() ends at 1,024 files
    "cleanup_interval": 2,  # seconds
}
#: How many bytes the body of a request may have, by its path, headers and sender.
Allowance = Callable[[str, Mapping[str, str], str], int]


class _Request(HTTPRequestParser):  # type: ignore[misc]
    """A request whose body is refused as soon as it is more than its client may send."""

    def __init__(
        self, adj: Adjustments, allowance: Callable[[str, Mapping[str, str]], int]
    ) -> None:
        super().__init__(adj)
        self.adj: Any = adj
        self._allowance = allowance

    def parse_header(self, header_plus: bytes) -> None:
        if b"\n " in header_plus or b"\n\t" in header_plus:  # RFC 9112, 5.2
            raise ParsingError("a header in several lines")
        super().parse_header(header_plus)
        if len(self.headers) > MOST_HEADERS:
            raise ParsingError(f"more than {MOST_HEADERS} headers")
        if self.version == "1.1" and not self.headers.get("HOST"):
            raise ParsingError("no Host, which HTTP/1.1 asks for")
        if "TRANSFER_ENCODING" in self.headers or (
            self.chunked and "CONTENT_LENGTH" in self.headers
        ):  # a proxy before us may have taken it for two requests
            raise ParsingError("a length and chunks, or chunks in HTTP/1.0")
        if self.content_length or self.chunked:
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = self._allowance(self.path, self.headers) + 1
            if self.content_length >= self.adj.max_request_body_size:
                self.expect_continue = False  # nobody is asked for what is refused


class _Refusal(ErrorTask):  # type: ignore[misc]
    """What the server itself refuses, with the headers that every answer has."""

    def execute(self) -> None:
        self.response_headers.extend(HEADERS.items())
        super().execute()


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that knows how long its client has kept it waiting."""

    error_task_class = _Refusal

    def __init__(self, server: _Server, sock: Any, addr: Any, *more: Any, **named: Any) -> None:
        self.waiting_since = self._sampled_at = time.monotonic()
        self._taken = self._taken_then = 0  # bytes of answers
        address = str(addr[0])
        self.parser_class = partial(
            _Request, allowance=lambda path, headers: server.allowance(path, headers, address)
        )
        super().__init__(server, sock, addr, *more, **named)

    def service(self) -> None:
        super().service()
        self.waiting_since = time.monotonic()

    def send(self, data: bytes, do_close: bool = True) -> int:
        taken = int(super().send(data, do_close=do_close) or 0)
        self._taken += taken
        return taken

    @property
    def is_asking(self) -> bool:
        """Whether it waits for its client to send a request."""
        return not self.requests and not self.total_outbufs_len

    def is_too_slow(self, now: float) -> bool:
        """Whether its client takes too long, to send a request or to take an answer."""
        if self.is_asking:
            return now > self._deadline()
        if not self.total_outbufs_len:
            self._sampled_at, self._taken_then = now, self._taken
        elif now - self._sampled_at > GRACE:
            slow = self._taken - self._taken_then < GRACE * SLOWEST / 10
            self._sampled_at, self._taken_then = now, self._taken
            return slow
        return False

    def _deadline(self) -> float:
        """When a request, begun or not, has to be here."""
        request, seconds = self.request, IDLE_SECONDS
        if request is not None:
            seconds += HEAD_SECONDS
            if request.headers_finished:
                body = max(request.content_length, request.body_bytes_received)
                seconds += GRACE + body / SLOWEST
        return float(self.waiting_since + seconds)


class _Server(TcpWSGIServer):  # type: ignore[misc]
    """The server, with room for newcomers and an end that loses no request."""

    channel_class = _Channel
    allowance: Allowance

    def handle_accept(self) -> None:
        if len(self.active_channels) >= CONNECTIONS:
            asking = (one for one in self.active_channels.values() if one.is_asking)
            if slowest := min(asking, key=lambda one: one.waiting_since, default=None):
                slowest.handle_close()
        super().handle_accept()

    def handle_close(self) -> None:
        """The socket is closed to newcomers; those who are here are answered."""
        self.del_channel()

    def maintenance(self, _now: float) -> None:
        now = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.is_too_slow(now):
                channel.handle_close()

    def serve(self, goes_on: Callable[[], bool]) -> None:
        """Answer requests as long as it is to go on, asked every second; then finish them."""
        while goes_on():
            self._once()
        end = time.monotonic() + LAST_COMERS
        while time.monotonic() < end:  # whoever is in the queue of the socket
            self._once(0.05)
        self.del_channel()
        self.socket.close()  # nobody new; another process may go on listening
        end = time.monotonic() + FINISHING
        while self.active_channels and time.monotonic() < end:
            for channel in list(self.active_channels.values()):
                if channel.is_asking and time.monotonic() > channel.waiting_since + ON_ITS_WAY:
                    channel.handle_close()
            self._once(0.1)
        self.task_dispatcher.shutdown(timeout=1)
        self.trigger.close()

    def _once(self, seconds: float = 1.0) -> None:
        self.asyncore.loop(timeout=seconds, map=self._map, use_poll=True, count=1)


def make_server(app: Flask, listening: socket.socket, threads: int) -> _Server:
    """The production server of an app on a socket that listens.

    Args:
        app: what is served.
        listening: bound; it may be shared with other processes.
        threads: how many requests are answered at once.
    """
    server = _Server(
        app,
        map={},
        _start=False,
        _sock=listening,
        adj=Adjustments(sockets=[listening], threads=threads, **ADJUSTMENTS),
        sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
        bind_socket=False,
    )
    server.allowance = body_allowance(app)
    server.accept_connections()
    return server
