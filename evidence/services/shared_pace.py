"""The pace of outside services among all servers that use one database.

The processes of one server keep it together (`references.sources.pace`); several servers would ask
as many times too often as they are. So whoever is to ask takes the next turn of a service here
first: a document a service, with the time from which the next question may be sent. The times are
those of the servers' clocks, so no wait is longer than a clock may be wrong.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable

from evidence.journal.documents import Documents
from evidence.journal.event import JournalError

log = logging.getLogger(__name__)

KIND = "pace"  # of the documents
LONGEST = 120.0  # seconds that anybody waits for others


class ServerTurns:
    """The turns of all who use a database."""

    def __init__(self, documents: Documents, clock: Callable[[], float] = time.time) -> None:
        self._documents, self._clock = documents, clock

    def turn(self, service: str, interval: float) -> float:
        """Take the next turn of a service.

        Args:
            service: which one, by its id.
            interval: seconds between two questions to it.

        Returns:
            Seconds until the question may be sent; 0 where the others cannot be asked.
        """
        return self._moved(service, lambda now, free: (max(now, free), max(now, free) + interval))

    def hold(self, service: str, seconds: float) -> None:
        """Let nobody ask a service for some seconds: it said when to come back."""
        self._moved(service, lambda now, free: (now, max(free, now + seconds)))

    def _moved(self, service: str, move: Callable[[float, float], tuple[float, float]]) -> float:
        """Seconds until the turn that `move` takes, of now and of when the next one is free."""
        turn = now = self._clock()

        def taken(body: bytes) -> bytes:
            nonlocal turn
            try:
                free = min(float(json.loads(body)), now + LONGEST)
            except (ValueError, TypeError):
                free = now
            turn, following = move(now, free)
            return json.dumps(following).encode()

        try:
            self._documents.change(KIND, service, taken)
        except JournalError as error:  # each keeps the pace by itself then
            log.warning("The pace of %s is not shared: %s", service, error)
            return 0.0
        return turn - now
