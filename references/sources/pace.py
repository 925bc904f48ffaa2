"""When a service may be asked: its pace, what it asked for, and how it has behaved."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from references.sources.errors import GivenUp, SourceError, TooBusy, TooSlow

#: Questions are sent this much further apart than a rate asks for.
SLACK = 1.05


class Turns(Protocol):
    """The turns of a service that other processes and servers take too."""

    def turn(self, service: str, interval: float) -> float:
        """Take the next turn; seconds until the question may be sent."""

    def hold(self, service: str, seconds: float) -> None:
        """Let nobody ask for some seconds."""


class Pace:
    """Lets questions through at an even pace; shared by all threads of a session.

    Questions travel unevenly: one may arrive late and the next at once. So the pace is kept
    by the time when earlier answers were there: at a rate of 3 a second, a question waits
    until the third before it was answered a second ago. Whatever happens on the way, the
    service never sees more than the rate in any second.

    `turn` is held while a question is under way: one at a time for each service, which is
    what Crossref's x-concurrency-limit grants its anonymous users. The rate is in questions
    a second, all other figures are in seconds.
    """

    _service = ""
    _turns: Turns | None = None

    def __init__(
        self, rate: float, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self.interval = SLACK / rate
        self.clock, self.sleep = clock, sleep
        self._next = 0.0
        self._answered: deque[float] = deque(maxlen=100)
        self._lock = threading.Lock()
        self._alone = threading.Lock()

    def among(self, service: str, turns: Turns) -> None:
        """Take turns with others, who know the service by its id."""
        self._service, self._turns = service, turns

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Held while a question is under way."""
        with self._alone:
            yield

    def wait(self) -> None:
        """Return when the next question may be sent."""
        # Asked before the lock is taken: a database may let one wait.
        others = self._turns.turn(self._service, self.interval) if self._turns else 0.0
        with self._lock:
            now = self.clock()
            start = max(now + others, self._next)
            many = min(max(1, int(SLACK / self.interval + 1e-6)), self._answered.maxlen or 1)
            if len(self._answered) >= many:
                start = max(start, self._answered[-many] + many * self.interval)
            self._next = start + self.interval
        if start > now:
            self.sleep(start - now)

    def answered(self) -> None:
        """Note that a question has come to its end."""
        with self._lock:
            self._answered.append(self.clock())

    def hold(self, seconds: float) -> None:
        """Let nothing through for some seconds: a service said when to come back."""
        with self._lock:
            self._next = max(self._next, self.clock() + seconds)
        if self._turns:
            self._turns.hold(self._service, seconds)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take over the rate a service announces in x-rate-limit-* headers (Crossref)."""
        try:
            limit = float(headers["x-rate-limit-limit"])
            seconds = float(headers["x-rate-limit-interval"].strip().rstrip("s") or 1)
        except (KeyError, ValueError):
            return
        if 0.01 <= limit < 10_000 and 0.01 <= seconds <= 3600:
            self.interval = SLACK * seconds / limit


class SharedPace(Pace):
    """A pace that all processes of an instance keep together, as services count by address.

    Whoever asks holds the lock of a file, and leaves in it when the last answers were there and
    when the next question may be sent, by the clock of the machine. Between two questions a process
    lets go of it for longer than the others look away, so that each has its turn. Where the file
    cannot be used (a folder that may not be written, a file system without locks, a process that
    was stopped while it held the lock) each process keeps its own.
    """

    #: A time further ahead is of a clock that was set back.
    _FURTHEST = 120.0
    #: Whoever waits looks this often whether the lock is free; it is free for _GAP at least.
    _LOOK, _GAP = 0.01, 0.05
    #: Nobody waits longer for the others: a question takes less, and each gets its turn.
    _PATIENCE = 30.0

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        file: Path,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`file` holds the times, by the clock `wall`; its folder is made when it is not there."""
        super().__init__(rate, clock, sleep)
        self._wall = wall
        self._file, self._held = file, FileLock(file.with_suffix(".lock"))
        self._released = -self._GAP
        self._shares = True

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Held while a question is under way, by one thread of one process."""
        with super().turn():
            if not self._acquired():
                yield
                return
            try:
                self._take_over()
                yield
            finally:
                self._leave()
                self._held.release()
                self._released = time.monotonic()

    def _acquired(self) -> bool:
        """Take the lock; False where the pace cannot be shared."""
        if not self._shares:
            return False
        time.sleep(max(0.0, self._released + self._GAP - time.monotonic()))
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._held.acquire(timeout=self._PATIENCE, poll_interval=self._LOOK)
        except Timeout:  # waited for once, not before every question
            self._shares = False
        except (OSError, NotImplementedError):
            return False
        return self._shares

    def _take_over(self) -> None:
        """What the last one who asked has left; a file that cannot be read says nothing."""
        try:
            left = json.loads(self._file.read_text("utf-8"))
            times = [float(at) for at in left["answered"]]
            following = float(left["next"])
        except (OSError, ValueError, KeyError, TypeError):
            return
        now, ahead = self.clock(), self.clock() - self._wall()
        with self._lock:
            self._answered.clear()
            self._answered.extend(sorted(min(at + ahead, now) for at in times))
            self._next = min(max(self._next, following + ahead), now + self._FURTHEST)

    def _leave(self) -> None:
        ahead = self.clock() - self._wall()
        with self._lock:
            left = {
                "answered": [at - ahead for at in self._answered],
                "next": self._next - ahead,
            }
        with suppress(OSError):
            self._file.write_text(json.dumps(left), "utf-8")


class ServiceHealth:
    """How a service has behaved in this run, and whether to ask it now (a circuit breaker).

    A service that fails is not hammered, and does not hold up the others: after `PATIENCE`
    failed questions in a row (one, when it was slow or busy) it rests for `REST` seconds;
    then one question without retries shows whether it is back. A rest that it asked for
    itself (Retry-After) is kept in full.
    """

    #: An error of its own (5xx) is often about one record: the next may be answered.
    PATIENCE = 4
    REST = 60.0

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self._name, self._clock = name, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0
        self._last: SourceError | None = None

    def admit(self) -> bool:
        """Whether a question may be tried more than once.

        Raises:
            GivenUp: the service rests; the message says why.
        """
        with self._lock:
            if self._clock() < self._until and self._last is not None:
                raise GivenUp(
                    self._name, "{name} was left alone for a while. {last}", last=self._last
                )
            return self._failures < 2

    def answered(self) -> None:
        """Note that a question was answered."""
        with self._lock:
            self._failures = 0

    def failed(self, error: SourceError, asked: float = 0.0) -> None:
        """Note that a question failed; `asked` is for how long the service wants no other."""
        with self._lock:
            self._failures += 1
            self._last = error
            quick = not isinstance(error, TooSlow | TooBusy)
            if not quick or self._failures >= self.PATIENCE:
                self._until = max(self._until, self._clock() + self.REST)
            self._until = max(self._until, self._clock() + asked)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds a Retry-After header asks for (it may be a date), or None."""
    written = (headers.get("Retry-After") or "").strip()
    if not written:
        return None
    if written.isascii() and written.isdigit():
        return float(min(int(written[:9]), 10**8))
    try:
        when = parsedate_to_datetime(written)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
