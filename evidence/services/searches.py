"""The saved searches of a knowledge base, and the streams of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from evidence.knowledge import KnowledgeBase
from references.errors import DataError, problem_in

#: The services a search can name, in the order they are run.
SOURCES = ("pubmed", "europepmc", "clinicaltrials")
_FIELDS = ("id", "label", "note", *SOURCES)


@dataclass(frozen=True)
class SearchStrategy:
    """A saved search: one strategy in the syntax of each service."""

    id: str
    label: Mapping[str, str]
    queries: Mapping[str, str]


def read_searches(kb: KnowledgeBase) -> list[SearchStrategy]:
    """The `[[searches]]` of kb.toml.

    Raises:
        DataError: a search has no id, no query, or a field nobody knows.
    """
    path = kb.folder / "kb.toml"
    searches: dict[str, SearchStrategy] = {}
    for number, table in enumerate(kb.settings.get("searches", []), 1):
        name = str(table.get("id", ""))
        place = f"searches[{number}]"
        if not name or name in searches:
            raise DataError(problem_in(path, 0, f"{place}.id", "write an id of its own"))
        if unknown := set(table) - set(_FIELDS):
            template = "unknown field {unknown}; a search has {fields}"
            fields = ", ".join(_FIELDS)
            names = ", ".join(sorted(unknown))
            raise DataError(problem_in(path, 0, place, template, unknown=names, fields=fields))
        queries = {s: " ".join(str(table[s]).split()) for s in SOURCES if table.get(s)}
        if not queries:
            template = "has no query; write one for {services}"
            raise DataError(problem_in(path, 0, place, template, services=", ".join(SOURCES)))
        searches[name] = SearchStrategy(name, table.get("label", {}), queries)
    return list(searches.values())


@dataclass(frozen=True)
class Stream:
    """One search in one service over one period; `since` None means from the beginning."""

    search: str
    source: str
    query: str
    since: date | None
    until: date

    @property
    def name(self) -> str:
        """How the stream is called in the state."""
        return f"{self.search}/{self.source}"

    def as_dict(self) -> dict[str, str]:
        """JSON-ready."""
        return {name: str(value or "") for name, value in vars(self).items()}
