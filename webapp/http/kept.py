"""What was made is kept in bounded memory, and what is asked for again stays longest.

A segmented cache (Karedla, Love and Wherry, IEEE Computer 1994): what was asked for once has its
own room, so that a stream of things that nobody asks for a second time, such as a robot's or an
attacker's, pushes out only others of its kind.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")

#: The share of the memory for what was asked for again.
_AGAIN = 0.75


class Kept(Generic[V]):
    """A cache bounded in bytes. Safe to share between threads."""

    def __init__(self, most: int, size: Callable[[Hashable, V], int]) -> None:
        """Nothing is kept yet.

        Args:
            most: bytes that everything kept may take.
            size: bytes that a key and its value take, with their place among the others.
        """
        self._most, self._size = most, size
        self._once: OrderedDict[Hashable, V] = OrderedDict()
        self._again: OrderedDict[Hashable, V] = OrderedDict()
        self._held = self._held_again = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._once) + len(self._again)

    def get(self, key: Hashable) -> V | None:
        """What was kept under a key, or None."""
        with self._lock:
            if key in self._again:
                self._again.move_to_end(key)
                return self._again[key]
            if key not in self._once:
                return None
            value = self._again[key] = self._once.pop(key)
            self._held_again += self._size(key, value)
            while self._held_again > self._most * _AGAIN:
                self._held_again -= self._size(*(oldest := self._again.popitem(last=False)))
                self._once[oldest[0]] = oldest[1]
            return value

    def keep(self, key: Hashable, value: V) -> None:
        """Keep a value; those asked for once and longest ago make room."""
        size = self._size(key, value)
        with self._lock:
            self._forget(key)
            if size > self._most:
                return
            self._once[key] = value
            self._held += size
            while self._held > self._most:
                self._forget(next(iter(self._once if len(self._once) > 1 else self._again)))

    def _forget(self, key: Hashable) -> None:
        if key in self._once:
            self._held -= self._size(key, self._once.pop(key))
        elif key in self._again:
            size = self._size(key, self._again.pop(key))
            self._held -= size
            self._held_again -= size
