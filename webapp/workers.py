"""Several processes that serve one socket, and one that looks after them.

    SIGTERM           `/healthz` says so for a while, for whoever spreads requests over servers;
                      then no new requests; those under way are finished, and everything ends
    SIGINT            the same at once
    SIGHUP            new processes, with new settings and a new program, take over one by one

A process that ends by itself is replaced. Children end when the one that looks after them is gone.
Each child makes its app itself, after the fork: threads and databases are not shared. After SIGHUP
a child is the command typed anew, which finds its socket in `_GIVEN`: what this process has
imported may be of the program before an upgrade. One that cannot begin leaves the others as
they are.
"""

from __future__ import annotations

import errno
import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NoReturn

from references.errors import SettingError

log = logging.getLogger(__name__)

#: Seconds that requests under way have to be finished when the server is told to stop.
FINISHING = 30.0
#: Seconds in which it still takes those who came before.
LAST_COMERS = 0.4
#: Seconds in which a server that was told to stop still takes requests, unless somebody says
#: otherwise.
LINGERING = 2.0
#: What tells a process that the server will stop.
STOPPING = getattr(signal, "SIGUSR1", None)
#: Seconds in which a new process has to be ready; reading the largest base takes some ten.
STARTING = 120.0
#: Seconds between two starts of a process that ends at once.
_PAUSE = 2.0
#: Names, to the command of a new process, its socket and the pipe on which it says it is ready.
_GIVEN = "_EVIDENCE_PROCESS"
_WATCHED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM}

#: Serves a socket as long as it is told to go on; calls the second when it is ready.
Work = Callable[[socket.socket, Callable[[], bool], Callable[[], None]], None]


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to an address, listening.

    Raises:
        SettingError: it cannot be bound.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(1024)
    except socket.gaierror as error:
        raise SettingError(
            "'{host}' is not an address of this machine; try 127.0.0.1.", host=host
        ) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingError(
                "Port {port} on {host} is in use by another program; stop it or choose "
                "another port, for example --port {value}.",
                port=port,
                host=host,
                value=port + 1,
            ) from error
        raise SettingError(
            "Cannot listen on {host}:{port} ({reason}); choose another address or port.",
            host=host,
            port=port,
            reason=error,
        ) from error
    return bound


def in_this_process(listening: socket.socket, work: Work, ready: Callable[[], None]) -> None:
    """Serve a socket until SIGTERM or SIGINT, then finish what is under way."""
    told: list[int] = []
    before = {
        one: signal.signal(one, lambda number, _frame: told.append(number))
        for one in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        work(listening, lambda: not told, ready)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Workers:
    """The processes that serve a socket."""

    def __init__(
        self,
        listening: socket.socket,
        work: Work,
        count: int,
        again: Sequence[str] = (),
        lingering: float = LINGERING,
    ) -> None:
        """Nothing is started yet.

        Args:
            listening: the socket.
            work: what a process does.
            count: how many processes there are.
            again: the command that begins a new process after SIGHUP; without one, a fork.
            lingering: seconds after SIGTERM in which requests are still taken.
        """
        self._lingering = lingering
        self._listening = listening
        self._work = work
        self._count = count
        self._again, self._anew = list(again), False
        self._running: dict[int, float] = {}  # process id -> when it was started

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT; `ready` is called once somebody answers.

        Raises:
            SystemExit: a process could not be started, for the reason that it has given.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        try:
            for _ in range(self._count):
                self._start(first=True)
            ready()
            sys.stdout.flush()
            self._watch()
        finally:
            self._stop(list(self._running), whole=True)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _watch(self) -> None:
        while True:
            told = signal.sigwait(_WATCHED)
            if told == signal.SIGTERM:
                self._linger()
            if told in (signal.SIGTERM, signal.SIGINT):
                return
            if told == signal.SIGHUP:
                self._anew = bool(self._again)
                self._replace_all()
            self._reap()
            while len(self._running) < self._count:
                self._start()

    def _linger(self) -> None:
        """Say that this server stops, and go on for a while; a second signal ends that."""
        for child in self._running:
            _tell(child, signal.SIGUSR1)
        end = time.monotonic() + self._lingering
        while (left := end - time.monotonic()) > 0:
            told = signal.sigtimedwait(_WATCHED - {signal.SIGCHLD}, left)
            if told is not None and told.si_signo in (signal.SIGTERM, signal.SIGINT):
                return

    def _start(self, first: bool = False) -> None:
        """Start a process and wait until it is ready.

        Raises:
            SystemExit: it was one of the first and could not begin.
        """
        receiving, sending = os.pipe()
        sys.stdout.flush()  # or the child would print it again
        child = os.fork()
        if child == 0:
            os.close(receiving)
            if self._anew:
                self._be_the_command(sending)
            be_a_child(self._listening, self._work, sending)
        os.close(sending)
        self._running[child] = time.monotonic()
        begun = _is_written(receiving, STARTING)
        os.close(receiving)
        if begun:
            return
        code = self._end(child)
        if first:
            sys.exit(code or 1)
        log.error("A process of the server could not start (code %s); it is tried again.", code)
        time.sleep(_PAUSE)

    def _be_the_command(self, sending: int) -> None:
        """Become the command, with the socket and the pipe; comes back only if it cannot."""
        given = (self._listening.fileno(), sending)
        for one in given:
            os.set_inheritable(one, True)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # which may come before it listens to it
        os.environ[_GIVEN] = ":".join(map(str, given))
        try:
            os.execv(self._again[0], self._again)  # noqa: S606 - what was typed
        except OSError:
            log.exception("The program of the server cannot be started anew.")
            os._exit(1)

    def _replace_all(self) -> None:
        """New processes, one by one; an old one goes when a new one answers."""
        for old in list(self._running):
            count = len(self._running)
            self._start()
            if len(self._running) <= count:  # it could not start: those of before go on
                return
            self._stop([old])

    def _reap(self) -> None:
        """Forget the processes that ended; one that ended at once is not replaced at once."""
        while True:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not child:
                return
            begun = self._running.pop(child, None)
            if begun is None:
                continue  # as process 1 we are also the parent of orphans
            log.error("A process of the server ended (status %s); it is replaced.", status)
            if time.monotonic() - begun < _PAUSE:
                time.sleep(_PAUSE)

    def _stop(self, children: Iterable[int], whole: bool = False) -> None:
        """Let processes finish what they are doing, and end them when they do not.

        When the `whole` server ends, newcomers are refused at once, while the processes still take
        those who wait at the socket: they would be cut off when it closes.
        """
        children = list(children)
        for child in children:
            _tell(child, signal.SIGTERM)
        if whole and children:
            time.sleep(LAST_COMERS / 2)
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
        end = time.monotonic() + FINISHING + 5
        for child in children:
            while time.monotonic() < end and not self._has_ended(child):
                time.sleep(0.05)
            self._end(child)

    def _has_ended(self, child: int) -> bool:
        try:
            ended, _status = os.waitpid(child, os.WNOHANG)
        except ChildProcessError:
            ended = child
        if ended:
            self._running.pop(child, None)
        return bool(ended)

    def _end(self, child: int) -> int:
        """End a process, if it has not ended; its exit code."""
        code = 0
        if child in self._running:
            _tell(child, signal.SIGKILL)
            try:
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            except ChildProcessError:
                code = 1
            self._running.pop(child, None)
        return code


def given_socket() -> tuple[socket.socket, int] | None:
    """The socket and the pipe of a process that was begun anew by the one that looks after it."""
    given = os.environ.pop(_GIVEN, "")
    if not given:
        return None
    listening, sending = map(int, given.split(":"))
    return socket.socket(fileno=listening), sending


def be_a_child(listening: socket.socket, work: Work, sending: int) -> NoReturn:
    """Serve, in a process of its own, and never come back; a pipe is told when it is ready."""
    code = 1
    try:
        told: list[int] = []
        signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
        for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):  # or told too early
            signal.signal(ignored, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)
        parent = os.getppid()
        work(
            listening,
            lambda: not told and os.getppid() == parent,
            lambda: _say_so(sending),
        )
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        log.exception("A process of the server ended.")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _tell(child: int, what: signal.Signals) -> None:
    try:
        os.kill(child, what)
    except ProcessLookupError:
        return


def _say_so(pipe: int) -> None:
    """Write something to a pipe, and close it."""
    os.write(pipe, b"1")
    os.close(pipe)


def _is_written(pipe: int, seconds: float) -> bool:
    """Whether something comes through a pipe in time, before it is closed."""
    return bool(select.select([pipe], [], [], seconds)[0]) and bool(os.read(pipe, 1))


def can_fork() -> bool:
    """Whether this system has what several processes need."""
    return hasattr(os, "fork") and hasattr(signal, "sigwait")
