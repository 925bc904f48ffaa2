"""The index of a base in a cluster: written anew beside the one in use, then swapped for it.

An index has a name of its own; searches go through one alias, which is moved in one step once the
new index holds all documents. The one before stays until the next, so that `rolled_back` can return
to it. Small changes of the library are written into the index in use.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import uuid4

from evidence.knowledge import KnowledgeBase
from evidence.search.index import embeddings
from evidence.search.index.documents import digest, document_of, read_abstracts
from evidence.search.index.folder import IndexFolder, Progress
from evidence.search.index.schema import SCHEMA
from evidence.search.language.analysis import ANALYSIS
from evidence.search.opensearch.address import URL, ClusterAddress
from evidence.search.opensearch.body import add_vectors, body_of
from evidence.search.opensearch.client import Client, ClusterDown, ClusterRefused
from evidence.search.opensearch.engine import OpenSearchEngine
from evidence.search.opensearch.loaded import keys_of
from evidence.search.opensearch.mapping import (
    COLUMNS_ONLY,
    KEY,
    LIBRARY,
    MAPPING,
    MODEL,
    OLDEST,
    ORIGIN,
    SEQ,
    mapping,
    settings,
)
from evidence.search.ranking_parameters import SearchParameters
from references.errors import SettingError
from references.record import Reference

_AT_ONCE = 200  # documents of one request
_PATIENCE = 120.0  # seconds that writing may take
LOADING = "loading"  # in the description of an index that is not whole yet
OWNER = "owner"  # in the description of an index: of which knowledge base it is
FILES = "files"  # in that of one into which files were loaded: each with its size and version
WRITTEN = "written"  # in the description of an index: another word at each writing
_COUNTED_EVERY = 30.0  # seconds for which counts of documents that are written are not looked at
_GREEN = 600.0  # seconds in which the copies of an index must have been made
_PAGE = 5000  # documents whose digests are read at once


@dataclass(frozen=True, slots=True)
class _Counted:
    """The documents of an index as they were counted, when, and what was written by then."""

    at: float
    written: str
    counts: str


#: By address and index: the same for all who ask in this process.
_counted: dict[tuple[ClusterAddress, str], _Counted] = {}


def version_of(client: Client) -> tuple[int, ...]:
    """The release of OpenSearch that answers.

    Raises:
        SettingError: it is too old, or another product.
    """
    told = client.get("").get("version", {})
    number = str(told.get("number", ""))
    release = tuple(int(part) for part in number.split(".") if part.isdigit())
    if told.get("distribution") != "opensearch" or release < OLDEST:
        raise SettingError(
            "The search cluster runs {name} {number}; OpenSearch {oldest} or newer is needed.",
            name=told.get("distribution") or "another product",
            number=number or "?",
            oldest=".".join(map(str, OLDEST)),
        )
    return release


class ClusterIndex:
    """The index of one base in a cluster."""

    def __init__(self, client: Client, kb: KnowledgeBase, folder: IndexFolder) -> None:
        """`folder` knows what an index of the base is made from."""
        self.client = client
        self.alias = client.address.prefix
        self._kb = kb
        self._folder = folder
        self._ours = re.compile(re.escape(self.alias) + r"-\d{8}t\d{6}-[0-9a-f]{6}")

    @property
    def parameters(self) -> SearchParameters:
        """The numbers of the ranking of the base."""
        return self._folder.parameters

    def opened(self, name: str) -> OpenSearchEngine:
        """An engine over one index of the cluster."""
        return OpenSearchEngine(self.client, name, self._kb.vocabulary, self.parameters)

    # ---- what is there ----

    def current(self) -> str | None:
        """The name of the index in use; None when there is none.

        Raises:
            SettingError: it is that of another knowledge base.
        """
        name = self._in_use()
        owner = self.meta(name).get(OWNER, self._owner) if name else self._owner
        if owner and self._owner and owner != self._owner:
            raise SettingError(
                "The index {index} in the search cluster is that of another knowledge base "
                "({owner}); write another prefix at the end of the address in {name}, or the name "
                "of before in kb.toml where this base was renamed.",
                index=name,
                owner=owner,
                name=URL,
            )
        return name

    @property
    def _owner(self) -> str:
        """What a knowledge base is known by on every machine: its name, never its folder."""
        names = self._kb.settings.get("name", {})
        if not isinstance(names, dict):
            return str(names)
        return str(names.get("en") or next(iter(names.values()), ""))

    def _in_use(self) -> str | None:
        try:
            names: dict[str, Any] = self.client.get(f"_alias/{self.alias}")
        except ClusterRefused as error:
            if error.status == 404:
                return None
            raise
        return next(iter(names), None)

    def meta(self, name: str) -> dict[str, Any]:
        """What an index was made from."""
        told = self.client.get(f"{name}/_mapping")[name]["mappings"]
        found: dict[str, Any] = told.get("_meta", {})
        return found

    def unfinished(self) -> str | None:
        """The newest index that we began to load files into and that nobody searches yet."""
        described = {name: self.meta(name) for name in self._all()}
        begun = {name: meta for name, meta in described.items() if meta.get(LOADING)}
        ours = (n for n, meta in begun.items() if meta.get(OWNER, self._owner) == self._owner)
        return max(ours, default=None)

    def has_same_words(self, name: str) -> bool:
        """Whether the documents of an index were made with the vocabulary as it is."""
        made = self.meta(name).get("state", {})
        return bool(made.get("vocabulary") == self.state()["vocabulary"])

    def count(self, name: str) -> int:
        """The documents of an index that searches see."""
        return int(self.client.get(f"{name}/_count")["count"])

    def is_usable(self, name: str) -> bool:
        """Whether an index has the fields and the analysis of this release."""
        made = self.meta(name)
        return [made.get("mapping"), made.get("schema"), made.get("analysis")] == [
            MAPPING,
            SCHEMA,
            ANALYSIS,
        ]

    def check(self, name: str) -> None:
        """See that an index can be searched by this release.

        Raises:
            SettingError: it cannot; says what writes it anew with all that it holds.
        """
        if self.is_usable(name):
            return
        if self.meta(name).get(FILES):
            raise SettingError(
                "The index in the search cluster was made by another release and holds records of "
                "files; load them all anew with 'evidence load --new', which leaves it in use "
                "until the new one is complete."
            )
        raise SettingError(
            "The index in the search cluster was made by another release; run "
            "'evidence index --engine opensearch', which leaves it in use until the new one is "
            "complete."
        )

    def stamp(self) -> str:
        """What changes when documents of the index in use do; "" without one.

        At once when a file is done or the library was written, else within half a minute: a load
        writes all the time, and each change makes servers open the index anew.
        """
        name = self._in_use()
        if name is None:
            return ""
        told = self.client.get(f"{name}/_mapping", filter_path=f"*.mappings._meta.{WRITTEN}")
        written = str(told)
        kept = _counted.get((self.client.address, name))
        now = time.monotonic()
        if kept is None or kept.written != written or now - kept.at > _COUNTED_EVERY:
            kept = _Counted(now, written, self._counts(name))
            _counted[self.client.address, name] = kept
        return f"{name} {kept.counts} {written}"

    def _counts(self, name: str) -> str:
        told = self.client.get(f"{name}/_stats/docs,indexing")["indices"][name]
        documents, written = told["primaries"]["docs"], told["primaries"]["indexing"]
        counts = (documents["count"], documents.get("deleted", 0), written["index_total"])
        return " ".join(map(str, (told["uuid"], *counts)))

    def state(self) -> dict[str, Any]:
        """What the library in an index is made from."""
        state = self._folder.state()
        return {name: state[name] for name in ("base", "vocabulary", "abstracts")}

    # ---- writing ----

    def build(self, progress: Progress | None = None, shards: int = 1) -> int:
        """Write the whole library into a new index and search in that; returns its documents.

        Raises:
            SettingError: the one in use is of another release and has records of files, too.
        """
        version_of(self.client)
        current = self.current()
        if current and self.meta(current).get(FILES):
            self.check(current)
            self.update(current)  # what was loaded from files stays
            return len(self._kb.library)
        name = self.new_name()
        model = embeddings.MODEL if embeddings.is_installed() else ""
        self.create(name, shards, **{MODEL: model})
        try:
            count = self.write_library(name, progress)
            self.finish(name)
        except BaseException:
            self._drop(name)
            raise
        if self.current() == current:
            self.swap(name)
        else:  # a load that ended meanwhile is searched: it has the library, and more
            self._drop(name)
        return count

    def _drop(self, name: str) -> None:
        """Remove an index that nobody searches; it may be gone already."""
        try:
            self.client.delete(name, patience=_PATIENCE)
        except ClusterRefused as error:
            if error.status != 404:
                raise

    def new_name(self) -> str:
        """A name for another index."""
        return f"{self.alias}-{time.strftime('%Y%m%dt%H%M%S')}-{uuid4().hex[:6]}"

    def write_library(self, name: str, progress: Progress | None = None) -> int:
        """Write the whole library into an index; returns how many references it has."""
        return self.write(name, self._documents(progress))

    def create(self, name: str, shards: int = 1, **meta: Any) -> None:
        """Make a new index that nobody searches yet; it is refreshed when it is finished."""
        of_index = settings(shards, 0, self._folder.parameters) | {"refresh_interval": "-1"}
        made = mapping({OWNER: self._owner, "state": self.state(), **meta})
        body = {"settings": of_index, "mappings": made}
        self.client.put(name, body, patience=_PATIENCE)

    def write(self, name: str, documents: Iterable[tuple[str, dict[str, Any]]]) -> int:
        """Write documents under their keys; returns how many.

        Raises:
            SettingError: the cluster refuses some; the first is named.
        """
        count, waiting, with_meaning = 0, iter(documents), self.keeps_meaning(name)
        while batch := list(islice(waiting, _AT_ONCE)):
            if with_meaning:
                add_vectors([body for _, body in batch], self._vectors)
            lines = (line for key, one in batch for line in ({"index": {"_id": key}}, one))
            self._bulk(name, lines)
            count += len(batch)
        return count

    def _vectors(self, texts: Sequence[str]) -> embeddings.Vectors:
        try:
            return embeddings.VectorCache(self._folder.instance).vectors(texts)
        except SettingError:  # an instance that cannot be written keeps none
            return embeddings.encoder().encode(texts)

    def keeps_meaning(self, name: str) -> bool:
        """Whether documents that are written into an index have to bring vectors.

        Where these cannot be made here, nearness in meaning takes no part in that index any more:
        one without a vector would be far from everything.
        """
        made = self.meta(name).get(MODEL)
        if not made:
            return False
        if embeddings.is_installed() and made == embeddings.MODEL:
            return True
        self.remember(name, **{MODEL: ""})
        return False

    def _bulk(self, name: str, lines: Iterable[Any]) -> None:
        answer = self.client.lines(f"{name}/_bulk", lines, patience=_PATIENCE)
        for item in answer["items"] if answer.get("errors") else ():
            ((_, told),) = item.items()
            if told.get("status", 200) >= 400 and told["status"] != 404:
                raise SettingError(
                    "The search cluster refuses the reference {key} ({reason}).",
                    key=told.get("_id", ""),
                    reason=told.get("error", {}).get("reason", told["status"]),
                )

    def finish(self, name: str) -> None:
        """Make what was written to be found, with a copy of it where there is another node."""
        nodes = self.client.get("_cluster/health")["number_of_data_nodes"]
        replicas = max(0, min(1, nodes - 1))
        changed = {"index": {"refresh_interval": "1s", "number_of_replicas": replicas}}
        self.client.put(f"{name}/_settings", changed)
        self.client.post(f"{name}/_refresh", patience=_GREEN)
        self._wait(name)

    def _wait(self, name: str) -> None:
        """Wait until all copies of an index are made, as long as the cluster makes any.

        Raises:
            ClusterDown: for minutes none was being made.
        """
        until = time.monotonic() + _GREEN
        while (told := self.client.get(f"_cluster/health/{name}"))["status"] != "green":
            if told.get("initializing_shards"):
                until = time.monotonic() + _GREEN
            if time.monotonic() > until:
                raise ClusterDown(
                    "The copies of the index {index} were not made in {minutes} minutes; see that "
                    "all nodes run, then try again: what is written stays.",
                    index=name,
                    minutes=round(_GREEN / 60),
                )
            time.sleep(0.2)

    def swap(self, name: str) -> None:
        """Search in another index from now on, in one step; of older ones the last is kept."""
        before = self.current()
        actions: list[dict[str, Any]] = [{"add": {"index": name, "alias": self.alias}}]
        if before is not None:
            actions.append({"remove": {"index": before, "alias": self.alias}})
            self.remember(name, before=before)
        self.client.post("_aliases", {"actions": actions})
        kept = {name, before}
        for old in self._all():
            if old not in kept and not self.meta(old).get(LOADING):
                self.client.delete(old, patience=_PATIENCE)

    def _all(self) -> list[str]:
        """All indexes of exactly this prefix that we made: others may begin with it."""
        found = self.client.get(f"{self.alias}-*/_mapping")
        ours = filter(self._ours.fullmatch, found)
        return [name for name in ours if "mapping" in found[name]["mappings"].get("_meta", {})]

    def remember(self, name: str, **meta: Any) -> None:
        """Write down more of what an index was made from."""
        written = {"_meta": self.meta(name) | meta | {WRITTEN: uuid4().hex}}
        self.client.put(f"{name}/_mapping", written, patience=_PATIENCE)

    def roll_back(self) -> str:
        """Search in the index before the one in use again; returns its name.

        Raises:
            SettingError: there is none that this release can search.
        """
        current = self.current()
        before = self.meta(current).get("before") if current else None
        if current is None or before not in self._all() or not self.is_usable(before):
            raise SettingError("There is no index to go back to.")
        self.remember(before, before=current)
        swap = [
            {"add": {"index": before, "alias": self.alias}},
            {"remove": {"index": current, "alias": self.alias}},
        ]
        self.client.post("_aliases", {"actions": swap})
        return str(before)

    # ---- the library in it ----

    def is_fresh(self, name: str) -> bool:
        """Whether an index was made from the library as it is."""
        return bool(self.meta(name).get("state") == self.state())

    def update(self, name: str) -> None:
        """Bring the library in an index up to date, writing only what changed."""
        same = self.has_same_words(name)
        known = self._digests(name)
        abstracts = read_abstracts(self._folder.instance)
        library = self._kb.library
        changed = [
            one
            for one in library.values()
            if not same or known.get(one.key) != digest(one, abstracts.get(one.key, ""))
        ]
        gone = [key for key in known if key not in library]
        # What was loaded from a file and is in the library now, perhaps under another key.
        gone += [key for one in changed for key in keys_of(one) if key not in library]
        first = self._last(name) + 1
        bodies = (
            (one.key, self._body(one, abstracts, first + number))
            for number, one in enumerate(changed)
        )
        self.write(name, bodies)
        if gone:
            self._bulk(name, [{"delete": {"_id": key}} for key in gone])
        self.client.post(f"{name}/_refresh", patience=_PATIENCE)
        self.remember(name, state=self.state(), **{OWNER: self._owner})

    def _documents(self, progress: Progress | None) -> Iterator[tuple[str, dict[str, Any]]]:
        library, abstracts = self._kb.library, read_abstracts(self._folder.instance)
        total = len(library)
        for number, reference in enumerate(library.values()):
            yield reference.key, self._body(reference, abstracts, number)
            if progress is not None:
                progress(number + 1, total)

    def _body(self, one: Reference, abstracts: Any, seq: int) -> dict[str, Any]:
        abstract = abstracts.get(one.key, "")
        document = document_of(one, self._kb.vocabulary, abstract, self._folder.parameters)
        return body_of(document, seq, digest(one, abstract))

    def _digests(self, name: str) -> dict[str, str]:
        """Key and digest of what an index has of the library."""
        digests: dict[str, str] = {}
        after: list[Any] = []
        while True:
            body: dict[str, Any] = {
                "query": {"term": {ORIGIN: LIBRARY}},
                "size": _PAGE,
                "sort": [{KEY: "asc"}],
                "docvalue_fields": [KEY, "digest"],
                **COLUMNS_ONLY,
            }
            if after:
                body["search_after"] = after
            hits = self.client.post(f"{name}/_search", body, patience=_PATIENCE)["hits"]["hits"]
            for hit in hits:
                digests[hit["fields"][KEY][0]] = hit["fields"]["digest"][0]
            if len(hits) < _PAGE:
                return digests
            after = hits[-1]["sort"]

    def _last(self, name: str) -> int:
        """The place of the last reference of the library: what was loaded stands far behind."""
        body = {
            "size": 0,
            "query": {"term": {ORIGIN: LIBRARY}},
            "aggs": {"last": {"max": {"field": SEQ}}},
        }
        found = self.client.post(f"{name}/_search", body)
        return int(found["aggregations"]["last"]["value"] or 0)
