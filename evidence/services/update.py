"""Update: the saved searches of a knowledge base, run again since the last time.

What a service answers is written down page by page before the next page is asked, and the
merge at the end is a pure function of these pages, the library and the candidates. So a run
that was killed goes on where it stopped and ends like one that ran through: nothing is lost,
nothing is counted twice.

In the instance: `update-run/` while a run is open, `candidates.bib` with what was found new,
`update-state.json` with the dates of each search, the identifiers ever met, and the counts of
every run (the numbers of a PRISMA flow diagram).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import Timeout

from evidence.instance import OneServer, Sharing
from evidence.knowledge import KnowledgeBase
from evidence.services.abstracts import keep_abstracts
from evidence.services.doubles import kept_decisions
from evidence.services.harvest import pages
from evidence.services.merging import merge
from evidence.services.run import OpenRun
from evidence.services.searches import SOURCES, SearchStrategy, Stream, read_searches
from references.errors import DataError, Message, SettingError, message, problem_in
from references.files import write_atomic
from references.formats.bibtex import read_file, write_file
from references.record import Reference
from references.sources.errors import SourceError
from references.sources.session import Session

#: Services add records late: each run looks back a little before the last one.
OVERLAP = timedelta(days=14)
Progress = Callable[[Message], None]


@dataclass(frozen=True)
class UpdateReport:
    """What `evidence update` tells."""

    run: str
    resumed: bool
    streams: list[dict[str, Any]]
    found: int
    duplicates: int
    new: int
    added: list[str]
    notices: list[dict[str, str]]
    candidates: str
    doubtful: list[dict[str, str]] = field(default_factory=list)

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The streams that a service did not answer."""
        return [stream for stream in self.streams if stream.get("error")]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        plain = asdict(self)
        return {**plain, "searches": plain.pop("streams")}


def candidates_file(instance: Path) -> Path:
    """Where new records wait for a person."""
    return instance / "candidates.bib"


def update(
    kb: KnowledgeBase,
    instance: Path,
    session: Session,
    since: date | None = None,
    only: Iterable[str] = (),
    restart: bool = False,
    progress: Progress = lambda message: None,
    files: Sharing | None = None,
) -> UpdateReport:
    """Run saved searches and merge what they find.

    A service that fails ends its own stream only: the others are merged, and the failed
    one is asked for the same period next time.

    Args:
        kb: whose searches are run, and whose library is not found anew.
        instance: where candidates, abstracts and the state are kept.
        session: asks the services.
        since: the first day of the period; None for since the last run.
        only: ids of the searches to run; none for all of them.
        restart: begin anew, although a run was interrupted.
        progress: called with a sentence after each page.
        files: how other servers of the instance get what is written.

    Raises:
        SettingError: another update of this instance is running, or it cannot be written.
        DataError: the searches, the candidates or the state cannot be read.
    """
    files = files or OneServer(instance)
    try:
        with files.alone("update", 0):
            files.pull()
            report = _Update(kb, instance, session).run(since, frozenset(only), restart, progress)
            files.sync()
            return report
    except Timeout:
        raise SettingError(
            "Another update of this instance is running; wait until it has ended."
        ) from None


class _Update:
    """One update of one instance, by whoever holds its lock."""

    def __init__(self, kb: KnowledgeBase, instance: Path, session: Session) -> None:
        self._kb = kb
        self._instance = instance
        self._session = session
        self._state_file = instance / "update-state.json"
        self._state = self._read_state()
        self._run = OpenRun(instance / "update-run")

    def _read_state(self) -> dict[str, Any]:
        try:
            state = json.loads(self._state_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            state = {}
        except (OSError, ValueError) as error:
            template = (
                "the state of the updates cannot be read; restore it, or "
                "move it away to search from the beginning"
            )
            raise DataError(problem_in(self._state_file, 0, "", template)) from error
        return {"streams": {}, "seen": {}, "runs": [], **state}

    def run(
        self, since: date | None, only: frozenset[str], restart: bool, progress: Progress
    ) -> UpdateReport:
        """Ask what is left to ask, then merge."""
        resumed = self._run.exists and not restart
        if resumed:
            self._run.load()
            ended = next((one for one in self._state["runs"] if one["run"] == self._run.id), None)
            if ended is not None:  # killed between the last write and the end
                self._run.end()
                return UpdateReport(**{**ended, "resumed": True})
            progress(
                message("Going on with the update of {run} that was interrupted.", run=self._run.id)
            )
        else:
            now = datetime.now(UTC)
            streams = self._plan(self._chosen(only), since, now.date())
            self._run.begin(now.isoformat(timespec="microseconds"), streams)
        return self._finish(self._harvest(progress), resumed)

    def _chosen(self, only: frozenset[str]) -> list[SearchStrategy]:
        searches = read_searches(self._kb)
        if not searches:
            raise SettingError("kb.toml has no saved search; write one as [[searches]].")
        ids = [search.id for search in searches]
        if unknown := only.difference(ids):
            raise SettingError(
                "No saved search {unknown} in kb.toml; it has: {searches}.",
                unknown=", ".join(sorted(unknown)),
                searches=", ".join(ids),
            )
        return [search for search in searches if not only or search.id in only]

    def _plan(
        self, searches: Iterable[SearchStrategy], since: date | None, today: date
    ) -> list[Stream]:
        streams = []
        for search in searches:
            for source in SOURCES:
                if not (query := search.queries.get(source)):
                    continue
                before = self._state["streams"].get(f"{search.id}/{source}", {})
                begin = since
                # A changed strategy is a new search: it runs over the whole period.
                if begin is None and before.get("query") == query:
                    begin = date.fromisoformat(before["until"]) - OVERLAP
                streams.append(Stream(search.id, source, query, begin, today))
        return streams

    def _harvest(self, progress: Progress) -> dict[str, SourceError]:
        """Ask the services, and write down what they say; the errors of streams that failed."""
        errors: dict[str, SourceError] = {}
        for stream in self._run.streams:
            if self._run.is_whole(stream):
                continue
            try:
                for page in pages(self._session, stream, self._run.last(stream)):
                    self._run.keep(stream, page)
                    count = sum(len(one.works) for one in self._run.pages[stream.name])
                    progress(
                        message(
                            "{stream}: {count} of {total} records",
                            stream=stream.name,
                            count=count,
                            total=page.total,
                        )
                    )
            except SourceError as error:
                errors[stream.name] = error
                progress(message("{stream}: {error}", stream=stream.name, error=error))
        return errors

    def _candidates(self) -> tuple[Reference, ...]:
        path = candidates_file(self._instance)
        if not path.exists():
            return ()
        bibliography = read_file(path)
        if bibliography.problems:
            raise DataError(list(bibliography.problems))
        return bibliography.references

    def _finish(self, errors: Mapping[str, SourceError], resumed: bool) -> UpdateReport:
        """Merge and write: abstracts, candidates, then the state that says the run is over."""
        run, state = self._run, self._state
        candidates = self._candidates()
        whole = [stream for stream in run.streams if run.is_whole(stream)]
        library = self._kb.library.values()
        merged = merge(
            run.id,
            whole,
            run.pages,
            library,
            candidates,
            state["seen"],
            self._kb.vocabulary,
            kept_decisions(self._instance),
        )
        keep_abstracts(self._instance, merged.abstracts)
        kept = [one for one in candidates if one.extra.get("updaterun") != run.id]
        path = candidates_file(self._instance)
        if merged.new or len(kept) != len(candidates):
            write_file(path, [*kept, *merged.new])
        streams: list[dict[str, Any]] = []
        for stream in run.streams:
            counts = merged.counts[stream.name].as_dict() if stream in whole else {}
            if answers := run.pages.get(stream.name):  # what the service itself counts
                counts["total"] = max(page.total for page in answers)
            error = {"error": str(errors[stream.name])} if stream.name in errors else {}
            streams.append({**stream.as_dict(), **counts, **error})
        report = UpdateReport(
            run=run.id,
            resumed=resumed,
            streams=streams,
            found=sum(count.found for count in merged.counts.values()),
            duplicates=sum(count.duplicates for count in merged.counts.values()),
            new=len(merged.new),
            added=[reference.key for reference in merged.new],
            notices=merged.notices,
            candidates=str(path),
            doubtful=merged.doubtful,
        )
        for stream in whole:
            state["streams"][stream.name] = {"until": str(stream.until), "query": stream.query}
        state["seen"] |= merged.identifiers
        state["runs"].append(asdict(report))
        write_atomic(self._state_file, json.dumps(state, ensure_ascii=False, indent=1))
        run.end()
        return report
