"""A library that holds whatever a query names, for tests of how queries are read."""

from __future__ import annotations


class AnyHoldings:
    languages: tuple[str, ...] = ()

    def holds(self, name: str, value: str) -> bool:
        return bool(value)


ANY = AnyHoldings()
