"""A run of verification: many citations, a few at a time, every result kept as it comes.

An interrupted run goes on where it stopped: what was checked since it began, and has not
changed, is not asked again.
"""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from evidence.instance import is_shared
from evidence.journal.documents import documents_of
from evidence.knowledge import KnowledgeBase
from evidence.services.shared_pace import ServerTurns
from evidence.services.source_checks import StoredCheck, digest_of, latest_checks, store_check
from references.files import write_atomic
from references.notices import Notice
from references.sources import all_sources
from references.sources.session import Session, SourceSettings
from references.sources.source import Source
from references.verify import Check, Checker, Cited, LibrarySource, configured, wellformed
from references.verify.watch import NO_NOTICE, Watched, watch

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
    turns = ServerTurns(documents_of(instance)) if is_shared(instance) else None
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
        configured(session.settings.instance_file("retractions.csv")),
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


# ---- only the notices -------------------------------------------------------------------


@dataclass(frozen=True)
class WatchedCitation:
    """What was told about one work; `check` is the whole check that something new led to."""

    watched: Watched
    is_new: bool
    check: Check | None = None

    @property
    def needs_a_person(self) -> bool:
        """Whether there is a notice, or a notice may have been missed."""
        return self.watched.status != NO_NOTICE or self.watched.problem is not None


def watch_notices(
    instance: Path, checker: Checker, sources: Sequence[Source], cited: Sequence[Cited]
) -> Iterator[WatchedCitation]:
    """Ask for nothing but notices about citations; where one is new, check that one wholly.

    So what the pages and the desk show is up to date for the price of a few questions a day, if
    the checker asks anew: what it was told before does not have the notice.

    Raises:
        SettingError: the instance cannot be used.
    """
    before = latest_checks(instance)
    known = {key: _numbers_found(check) for key, check in before.items()}
    for watched in watch(cited, known, sources, checker.retractions):
        kept = before.get(watched.cited.key)
        told = list(kept.result.get("notices", ())) if kept else []
        is_new = any(not _is_told(notice, told) for notice in watched.notices)
        check = checker.check(watched.cited) if is_new else None
        if check is not None:
            store_check(instance, watched.cited, check)
        yield WatchedCitation(watched, is_new, check)


def _is_told(notice: Notice, told: Iterable[Mapping[str, str]]) -> bool:
    """Whether a check has told a notice: of its kind, under a number of it if it has any."""
    numbers = {notice.doi.lower(), notice.pmid} - {""}
    return any(
        one["type"] == notice.type
        and (not numbers or numbers & {one.get("doi", "").lower(), one.get("pmid")})
        for one in told
    )


def _numbers_found(check: StoredCheck) -> tuple[str, str]:
    """DOI and PubMed number of the work that a check found."""
    matched = check.result.get("matched") or {}
    return matched.get("doi", ""), matched.get("pmid", "")
