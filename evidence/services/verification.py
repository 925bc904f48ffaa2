"""A run of verification: many citations, a few at a time, every result kept as it comes.

An interrupted run goes on where it stopped: what was checked since it began, and has not
changed, is not asked again.
"""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from evidence.instance import has_journal
from evidence.journal.documents import documents_of
from evidence.knowledge import KnowledgeBase
from evidence.services.shared_pace import SharedPace
from evidence.services.source_checks import StoredCheck, digest_of, latest_checks, store_check
from references.files import write_atomic
from references.sources import all_sources
from references.sources.session import Session, SourceSettings
from references.verify import Check, Checker, Cited, LibrarySource, configured, wellformed

#: A run left alone for longer begins anew.
_LONGEST_PAUSE = timedelta(days=7)
#: Enough to keep several services busy at their own pace.
_AT_ONCE = 3


def open_session(instance: Path, offline: bool = False) -> Session:
    """A session for one run: settings from the environment, answers kept in the instance.

    Raises:
        SettingError: a setting cannot be used, or the cache cannot be written.
    """
    settings = SourceSettings.from_environment(instance / "cache")
    turns = SharedPace(documents_of(instance)) if has_journal(instance) else None
    return Session(replace(settings, offline=True) if offline else settings, turns=turns)


def open_checker(kb: KnowledgeBase, session: Session, refresh: bool = False) -> Checker:
    """A checker that asks all services, the list of EVIDENCE_RETRACTIONS, and offers the
    nearest works of the library for citations that are printed strings.

    Raises:
        SettingError, DataError: the list of retractions cannot be used.
    """
    references = list(kb.library.values())
    return Checker(
        all_sources(session, refresh),
        configured(),
        LibrarySource(references),
        wellformed.journals(references),
    )


def check_now(kb: KnowledgeBase, instance: Path, cited: Sequence[Cited]) -> list[Check]:
    """Check some citations, asking anew, and keep the results: the desk's button.

    Takes as long as the services need: seconds, two minutes when all of them hang.

    Raises:
        SettingError, DataError: a setting, the cache or the list of retractions is unusable.
    """
    checker = open_checker(kb, open_session(instance), refresh=True)
    checks: dict[str, Check] = {}
    for one, check in _checked(checker, cited):
        store_check(instance, one, check)
        checks[one.key] = check
    return [checks[one.key] for one in cited]


def _checked(checker: Checker, cited: Sequence[Cited]) -> Iterator[tuple[Cited, Check]]:
    """Each citation with its check, as they are done, a few at a time.

    In threads that end with the program: whoever interrupts it does not wait for a service.
    """
    left: queue.SimpleQueue[Cited] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Cited, Check | BaseException]] = queue.SimpleQueue()
    over = threading.Event()
    for item in cited:
        left.put(item)

    def work() -> None:
        while not over.is_set():
            try:
                item = left.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((item, checker.check(item)))
            except BaseException as error:  # handed to the thread that waits
                done.put((item, error))

    for _ in range(min(_AT_ONCE, len(cited))):
        threading.Thread(target=work, daemon=True, name="verify").start()
    try:
        for _ in cited:
            item, check = done.get()
            if isinstance(check, BaseException):
                raise check
            yield item, check
    finally:
        over.set()


@dataclass(frozen=True)
class CheckedCitation:
    """A citation and what came of it; `check` is None when that is of before an interruption."""

    cited: Cited
    result: dict[str, Any]
    needs_a_person: bool
    check: Check | None = None


class CheckRun:
    """One run over a fixed list of citations."""

    def __init__(self, instance: Path, cited: Sequence[Cited], restart: bool = False) -> None:
        self._instance = instance
        self._cited = list(cited)
        names = json.dumps(sorted(item.key for item in self._cited), ensure_ascii=False)
        self._scope = hashlib.sha256(names.encode()).hexdigest()
        self._file = instance / "verify-run.json"
        self._began = None if restart else self._unfinished()
        self.resumed = self._began is not None
        if self._began is None:
            self._began = datetime.now(UTC)
            state = {"scope": self._scope, "began": self._began.isoformat()}
            write_atomic(self._file, json.dumps(state))

    def _unfinished(self) -> datetime | None:
        try:
            state = json.loads(self._file.read_text(encoding="utf-8"))
            began = datetime.fromisoformat(state["began"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if state.get("scope") != self._scope or datetime.now(UTC) - began > _LONGEST_PAUSE:
            return None
        return began

    def _done(self) -> dict[str, StoredCheck]:
        """The checks that need not be made again, by the name of the citation."""
        if not self.resumed or self._began is None:
            return {}
        stored = latest_checks(self._instance)
        return {
            item.key: check
            for item in self._cited
            if (check := stored.get(item.key))
            and check.at >= self._began
            and check.digest == digest_of(item)
            and check.status != "unchecked"
        }

    def results(
        self, checker: Checker, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> Iterator[CheckedCitation]:
        """Each citation with its result, in the order of the list.

        Args:
            checker: asks the services.
            progress: called with how many are done and how many there are.
        """
        done = self._done()
        waiting = [item for item in self._cited if item.key not in done]
        fresh: dict[int, Check] = {}
        for item, check in _checked(checker, waiting):
            store_check(self._instance, item, check)
            fresh[id(item)] = check
            progress(len(done) + len(fresh), len(self._cited))
        self._file.unlink(missing_ok=True)
        for item in self._cited:
            if new := fresh.get(id(item)):
                yield CheckedCitation(item, new.as_dict(), new.needs_a_person, new)
            else:
                kept = done[item.key]
                yield CheckedCitation(item, kept.result, kept.needs_a_person)
