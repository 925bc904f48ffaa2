"""The indexes behind a name: the one that is searched, the one before, one that is being made.

Searches go through an alias, so a new index takes the place of the old one in one step, and the old
one in turn when somebody wants it back.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from evidence.search.opensearch.client import Client, ClusterDown, ClusterRefused
from evidence.search.opensearch.mapping import mapping, settings
from evidence.search.ranking_parameters import DEFAULT, SearchParameters
from references.errors import SettingError

LOADING = "loading"  # in the description of an index that is not whole yet
BEFORE = "before"  # in that of the one that is searched: the one before
_GREEN = 600.0  # seconds in which the copies of a new index must have been made
#: What an index is loaded with, and what it is searched with.
_QUIET = {"index": {"refresh_interval": "-1", "translog": {"durability": "async"}}}
_LIVELY = {"index": {"refresh_interval": None, "translog": {"durability": "request"}}}


class Generations:
    """The indexes whose names begin with the prefix of a cluster's address."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.alias = client.address.prefix

    def current(self) -> str | None:
        """The index that is searched."""
        try:
            return next(iter(self.client.get(f"_alias/{self.alias}")), None)
        except ClusterRefused as error:
            if error.status == 404:
                return None
            raise

    def meta(self, index: str) -> dict[str, Any]:
        """What an index was made from, and how far."""
        return self._metas(index).get(index, {})

    def put_meta(self, index: str, meta: dict[str, Any]) -> None:
        """Write down what an index was made from."""
        self.client.put(f"{index}/_mapping", {"_meta": meta}, patience=60.0)

    def unfinished(self) -> str | None:
        """The newest index that somebody began to make."""
        begun = [name for name, meta in self._metas().items() if meta.get(LOADING)]
        return max(begun, default=None)

    def begin(
        self, meta: dict[str, Any], shards: int = 1, parameters: SearchParameters = DEFAULT
    ) -> str:
        """Make a new index, which nobody searches yet; its name."""
        name = f"{self.alias}-{time.strftime('%Y%m%dt%H%M%S')}-{uuid4().hex[:6]}"
        body = {
            "settings": settings(shards, 0, parameters),
            "mappings": mapping({**meta, LOADING: True}),
        }
        self.client.put(name, body, patience=60.0)
        self.client.put(f"{name}/_settings", _QUIET, patience=60.0)
        return name

    def finish(self, index: str, replicas: int) -> int:
        """Let a loaded index be searched in place of the one before; its documents.

        Args:
            index: that was begun.
            replicas: copies of each of its shards on other nodes.

        Raises:
            ClusterDown: the copies are not made in time; the old index is still searched.
        """
        lively = {"index": {**_LIVELY["index"], "number_of_replicas": replicas}}
        self.client.put(f"{index}/_settings", lively, patience=60.0)
        self.client.post(f"{index}/_refresh", patience=_GREEN)
        self.client.post(f"{index}/_flush", patience=_GREEN)
        self._wait(index)
        before = self.current()
        self.put_meta(index, {**self.meta(index), LOADING: False, BEFORE: before})
        self._switch(before, index)
        self._sweep({index, before})
        return self.count(index)

    def rollback(self) -> str:
        """Search the index before the current one again; its name.

        Raises:
            SettingError: there is none.
        """
        current = self.current()
        before = self.meta(current).get(BEFORE) if current else None
        if before is None or before not in self._metas():
            raise SettingError(
                "There is no index before the one that is searched; nothing was changed."
            )
        self.put_meta(before, {**self.meta(before), BEFORE: current})
        self._switch(current, before)
        return str(before)

    def drop(self, index: str) -> None:
        """Remove an index by its exact name."""
        self.client.delete(index, patience=60.0)

    def count(self, index: str) -> int:
        """The documents of an index that searches see."""
        return int(self.client.get(f"{index}/_count")["count"])

    def spare_nodes(self) -> int:
        """How many nodes beside one can keep a copy of a shard."""
        health = self.client.get("_cluster/health")
        return max(0, int(health["number_of_data_nodes"]) - 1)

    def _metas(self, index: str = "") -> dict[str, dict[str, Any]]:
        try:
            found = self.client.get(f"{index or f'{self.alias}-*'}/_mapping")
        except ClusterRefused as error:
            if error.status == 404:
                return {}
            raise
        return {name: one["mappings"].get("_meta", {}) for name, one in found.items()}

    def _wait(self, index: str) -> None:
        until = time.monotonic() + _GREEN
        while self.client.get(f"_cluster/health/{index}")["status"] != "green":
            if time.monotonic() > until:
                raise ClusterDown(
                    "The copies of the index {index} were not made in {minutes} minutes; see that "
                    "all nodes run, then load again: what is loaded stays.",
                    index=index,
                    minutes=round(_GREEN / 60),
                )
            time.sleep(1)

    def _switch(self, old: str | None, new: str) -> None:
        actions: list[dict[str, Any]] = [{"add": {"index": new, "alias": self.alias}}]
        if old and old != new:
            actions.insert(0, {"remove": {"index": old, "alias": self.alias}})
        self.client.post("_aliases", {"actions": actions}, patience=60.0)

    def _sweep(self, kept: set[str | None]) -> None:
        """Remove what is older than the index before the current one."""
        for name, meta in self._metas().items():
            if name not in kept and "mapping" in meta and not meta.get(LOADING):
                self.drop(name)
