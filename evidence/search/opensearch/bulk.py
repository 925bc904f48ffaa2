"""Documents sent to an index many at a time, at the pace that the cluster can bear."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from evidence.search.opensearch.client import Client, ClusterDown, compact_json
from references.errors import Problem, problem_in

_MOST_DOCUMENTS = 500
_MOST_BYTES = 8_000_000  # of one request
_PATIENCE = 120.0  # seconds for one request
_TRIES = 9
_LONGEST_WAIT = 60.0  # seconds between two tries
_TOLD = 100  # documents that were refused and are told one by one
_NEWER = 409  # the index has a newer version: nothing is to be done
_BUSY = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Action:
    """A document to be written or, without a body, to be removed.

    `version` is that of its source: what has a higher one in the index stays.
    """

    id: str
    version: int
    body: dict[str, Any] | None = None

    def lines(self) -> str:
        """Itself as `_bulk` takes it."""
        head = {"_id": self.id, "version": self.version, "version_type": "external_gte"}
        if self.body is None:
            return compact_json({"delete": head}) + "\n"
        return f"{compact_json({'index': head})}\n{compact_json(self.body)}\n"


@dataclass
class Sent:
    """What became of documents: written, removed, already there in a newer version, refused."""

    written: int = 0
    removed: int = 0
    newer: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)

    def __iadd__(self, other: Sent) -> Sent:
        self.written += other.written
        self.removed += other.removed
        self.newer += other.newer
        self.refused += other.refused
        self.problems += other.problems[: max(0, _TOLD - len(self.problems))]
        return self


def send(client: Client, index: str, actions: Iterable[Action]) -> Sent:
    """Write documents; those that a busy cluster puts off are sent again, later each time.

    Raises:
        ClusterDown: the cluster is busy or away for minutes.
    """
    sent = Sent()
    for chunk in _chunks(actions):
        _send_all(client, index, chunk, sent)
    return sent


def _chunks(actions: Iterable[Action]) -> Iterator[list[tuple[Action, str]]]:
    chunk: list[tuple[Action, str]] = []
    size = 0
    for action in actions:
        lines = action.lines()
        if chunk and (size + len(lines) > _MOST_BYTES or len(chunk) >= _MOST_DOCUMENTS):
            yield chunk
            chunk, size = [], 0
        chunk.append((action, lines))
        size += len(lines)
    if chunk:
        yield chunk


def _send_all(client: Client, index: str, chunk: list[tuple[Action, str]], sent: Sent) -> None:
    for turn in range(_TRIES):
        if turn:
            time.sleep(min(_LONGEST_WAIT, 0.5 * 2**turn))
        text = "".join(lines for _, lines in chunk)
        try:
            answer = client.request("POST", f"{index}/_bulk", text, patience=_PATIENCE)
        except ClusterDown:
            if turn == _TRIES - 1:
                raise
            continue
        results = [next(iter(item.items())) for item in answer["items"]]
        put_off = []
        for pair, (done, item) in zip(chunk, results, strict=True):
            if item["status"] in _BUSY:
                put_off.append(pair)
            else:
                _count(pair[0], done, item, sent)
        if not put_off:
            return
        chunk = put_off
    raise ClusterDown(
        "The search cluster is too busy: {count} documents could not be written in several "
        "minutes. Load again later; what is loaded stays.",
        count=len(chunk),
    )


def _count(action: Action, done: str, item: dict[str, Any], sent: Sent) -> None:
    status = item["status"]
    if status == _NEWER:
        sent.newer += 1
    elif done == "delete" and status in (200, 404):
        sent.removed += status == 200
    elif status < 300:
        sent.written += 1
    else:
        sent.refused += 1
        if len(sent.problems) < _TOLD:
            error = item.get("error", {})
            reason = error.get("reason", "") if isinstance(error, dict) else str(error)
            template = "the search cluster does not take the record ({reason})"
            sent.problems.append(problem_in("", 0, action.id, template, reason=reason[:200]))
