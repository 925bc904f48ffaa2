"""Few write at once, and nobody waits for a disk or a server that takes its time.

A transaction that writes takes some milliseconds. Where the disk is slow each takes seconds, and
whoever waits for a turn keeps a thread from those who only read: then the next one is told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: How many may write, or wait for the lock of the database, at once in a process.
PLACES = 3
#: Seconds of a transaction after which the database is slow.
SLOW = 2.0
#: Seconds for which one that was slow is remembered.
REMEMBERED = 30.0


class NoPlace(Exception):
    """All places are taken, by transactions that have been under way for long."""


class WritingPlaces:
    """The places of a process in which something is written."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free = threading.Condition()
        self._begun: list[float] = []  # when those under way did, oldest first
        self._was_slow = -REMEMBERED

    @contextmanager
    def one(self) -> Iterator[None]:
        """A place to write in, waited for as long as those who have one are quick.

        Raises:
            NoPlace: they are not.
        """
        with self._free:
            while len(self._begun) >= PLACES:
                if (left := self._begun[0] + SLOW - self._clock()) <= 0:
                    raise NoPlace
                self._free.wait(left)
            begun = self._clock()
            self._begun.append(begun)
        try:
            yield
        finally:
            with self._free:
                self._begun.remove(begun)
                if self._clock() - begun > SLOW:
                    self._was_slow = self._clock()
                self._free.notify()

    @property
    def are_slow(self) -> bool:
        """Whether somebody writes for long, or did a moment ago."""
        with self._free:
            now = self._clock()
            under_way = bool(self._begun) and now - self._begun[0] > SLOW
            return under_way or now - self._was_slow < REMEMBERED
