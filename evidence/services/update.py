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
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from evidence.knowledge import KnowledgeBase
from evidence.services.abstracts import Abstracts
from references.concepts import Vocabulary
from references.errors import DataError, SettingError, problem_in
from references.files import write_atomic
from references.formats.bibtex_file import read_file, write_file
from references.formats.jsonl import from_json, to_json
from references.intake.keys import make_key
from references.matching import SAME, Matcher, Pair, doubts, marked
from references.matching import merge as combine
from references.notices import RETRACTION
from references.record import Provenance, Reference
from references.sources.clinicaltrials import ClinicalTrials
from references.sources.errors import BadAnswer, ServiceFailed, SourceError
from references.sources.europepmc import EuropePMC
from references.sources.pubmed import PubMed
from references.sources.session import SERVICES, Session
from references.sources.work import Work

#: The services a search can name, in the order they are run.
SOURCES = ("pubmed", "europepmc", "clinicaltrials")
#: Services add records late: each run looks back a little before the last one.
OVERLAP = timedelta(days=14)
#: PubMed gives no more numbers for one search; nobody could screen more either.
MOST = 9_999
_PAGE = 100
_STATUS = {
    "retraction": "retracted",
    "expression-of-concern": "expression-of-concern",
    "correction": "corrected",
}
#: Facet of a concept -> field of a study that proposals go to.
_FIELDS = {
    "indication": "indications",
    "nerve": "nerves",
    "guidance": "guidance",
    "population": "population",
}


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
    found: list[SearchStrategy] = []
    for number, table in enumerate(kb.settings.get("searches", []), 1):
        name = str(table.get("id", ""))
        where = f"searches[{number}]"
        if not name or any(search.id == name for search in found):
            raise DataError(problem_in(path, 0, f"{where}.id", "write an id of its own"))
        unknown = set(table) - {"id", "label", "note", *SOURCES}
        if unknown:
            raise DataError(
                problem_in(
                    path,
                    0,
                    where,
                    "unknown field {names}; a search has id, label, note, {names2}",
                    names=", ".join(sorted(unknown)),
                    names2=", ".join(SOURCES),
                )
            )
        queries = {s: " ".join(str(table[s]).split()) for s in SOURCES if table.get(s)}
        if not queries:
            raise DataError(
                problem_in(
                    path, 0, where, "has no query; write one for {names}", names=", ".join(SOURCES)
                )
            )
        found.append(SearchStrategy(name, table.get("label", {}), queries))
    return found


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
        return {
            "search": self.search,
            "source": self.source,
            "query": self.query,
            "since": str(self.since or ""),
            "until": str(self.until),
        }


def _stream(data: Mapping[str, str]) -> Stream:
    since = date.fromisoformat(data["since"]) if data["since"] else None
    return Stream(
        data["search"], data["source"], data["query"], since, date.fromisoformat(data["until"])
    )


# ---- what the services say, page by page ----------------------------------------------


def _work_data(work: Work) -> dict[str, Any]:
    return {
        "id": work.id,
        "address": work.address,
        "reference": to_json(work.reference),
        "notices": [notice.type for notice in work.notices],
    }


def _page(number: int, total: int, works: Iterable[Work], following: str) -> dict[str, Any]:
    return {
        "page": number,
        "total": total,
        "works": [_work_data(work) for work in works],
        "following": following,
    }


def _check_total(stream: Stream, total: int) -> None:
    if total > MOST:
        raise BadAnswer(
            SERVICES[stream.source].name,
            "The search '{search}' finds {total:,} records in {name}, more than {most:,}; "
            "narrow it or give --since.",
            search=stream.search,
            total=total,
            name=SERVICES[stream.source].name,
            most=MOST,
        )


def _pages(
    session: Session, stream: Stream, last: dict[str, Any] | None
) -> Iterator[dict[str, Any]]:
    """The pages of a stream after `last`, each ready to be written down."""
    number = last["page"] + 1 if last else 0
    following = last["following"] if last else ""
    if stream.source == "pubmed":
        pubmed = PubMed(session, refresh=True)
        pmids: list[str] = last["left"] if last else []
        total = last["total"] if last else 0
        if last is None:
            limits: dict[str, Any] = {
                "datetype": "edat",
                "maxdate": f"{stream.until:%Y/%m/%d}",
                "mindate": f"{stream.since or date(1700, 1, 1):%Y/%m/%d}",
            }
            limits = limits if stream.since else {}
            found = pubmed.search(stream.query, most=MOST, **limits)
            _check_total(stream, found.total)
            pmids, total = list(found.pmids), found.total
        while True:
            now, pmids = pmids[:_PAGE], pmids[_PAGE:]
            page = _page(number, total, pubmed.records(now), "more" if pmids else "")
            yield page | {"left": pmids}
            if not pmids:
                return
            number += 1
    elif stream.source == "europepmc":
        service = EuropePMC(session, refresh=True)
        query = f"({stream.query})"
        if stream.since:
            query += f" AND (FIRST_IDATE:[{stream.since} TO {stream.until}])"
        while True:
            found_page = service.search(query, most=_PAGE, cursor=following or "*")
            _check_total(stream, found_page.total)
            following = found_page.following
            yield _page(number, found_page.total, found_page.works, following)
            if not following:
                return
            number += 1
    else:
        trials = ClinicalTrials(session, refresh=True)
        total = last["total"] if last else 0
        while True:
            answer = trials.search(stream.query, stream.since, most=_PAGE, page=following)
            total = total or answer.total
            _check_total(stream, total)
            following = answer.following
            yield _page(number, total, answer.works, following)
            if not following:
                return
            number += 1


def _pages_of_now(
    session: Session, stream: Stream, last: dict[str, Any] | None
) -> Iterator[dict[str, Any]]:
    """The pages of a stream as the service gives them now.

    An old answer cannot stand in for one that fails: what is new would be missing, and the
    period would count as searched.
    """
    pages = _pages(session, stream, last)
    while True:
        heard = session.listen()
        page = next(pages, None)
        if page is None:
            return
        if any(one.stands_in for one in heard):
            name = SERVICES[stream.source].name
            raise ServiceFailed(
                name, "{name} did not answer; only an old answer is kept.", name=name
            )
        yield page


class _OpenRun:
    """The folder of a run: its plan, and every page written down so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plan = folder / "run.json"
        self._pages = folder / "pages.jsonl"
        self.id = ""
        self.streams: list[Stream] = []
        self.pages: dict[str, list[dict[str, Any]]] = {}

    @property
    def exists(self) -> bool:
        """True when a run was begun and not ended."""
        return self._plan.exists()

    def begin(self, run: str, streams: list[Stream]) -> None:
        """Write the plan down; everything of an older run goes."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self.id, self.streams, self.pages = run, streams, {}
        plan = {"run": run, "streams": [stream.as_dict() for stream in streams]}
        write_atomic(self._plan, json.dumps(plan, ensure_ascii=False, indent=1))

    def load(self) -> None:
        """Read plan and pages; a page that a crash cut short is asked again.

        Raises:
            DataError: the plan cannot be read.
        """
        try:
            plan = json.loads(self._plan.read_text(encoding="utf-8"))
            self.id = plan["run"]
            self.streams = [_stream(item) for item in plan["streams"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                problem_in(
                    self._plan, 0, "", "the open run cannot be read; start over with --restart"
                )
            ) from error
        data = self._pages.read_bytes() if self._pages.exists() else b""
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            with self._pages.open("r+b") as file:
                file.truncate(whole)
        self.pages = {}
        for number, line in enumerate(data[:whole].splitlines(), 1):
            try:
                page = json.loads(line)
                pages = self.pages.setdefault(page["stream"], [])
                if page["page"] == len(pages):
                    pages.append(page)
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(
                    problem_in(
                        self._pages,
                        number,
                        "",
                        "the page cannot be read; start over with --restart",
                    )
                ) from error

    def keep(self, stream: Stream, page: dict[str, Any]) -> None:
        """Write a page down; it is on the disk when this returns."""
        page = {"stream": stream.name, **page}
        self.pages.setdefault(stream.name, []).append(page)
        with self._pages.open("ab") as file:
            file.write(json.dumps(page, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def last(self, stream: Stream) -> dict[str, Any] | None:
        """The last page of a stream that was written down."""
        pages = self.pages.get(stream.name)
        return pages[-1] if pages else None

    def is_whole(self, stream: Stream) -> bool:
        """True when nothing of a stream is left to ask."""
        last = self.last(stream)
        return last is not None and not last["following"]

    def end(self) -> None:
        """Forget the run."""
        shutil.rmtree(self._folder, ignore_errors=True)


# ---- same work twice ------------------------------------------------------------------


def identifiers(reference: Reference) -> tuple[str, ...]:
    """What names a work beyond doubt: DOI, PubMed and PMC number, trial number."""
    found = []
    if reference.doi:
        found.append(f"doi:{reference.doi.lower()}")
    if reference.pmid:
        found.append(f"pmid:{reference.pmid}")
    if reference.pmcid:
        found.append(f"pmcid:{reference.pmcid.upper().removeprefix('PMC')}")
    for value in (reference.number, reference.extra.get("eprint", "")):
        if value.upper().startswith("NCT") and value[3:].isdigit():
            found.append(f"nct:{value[3:]}")
    return tuple(found)


class _Known:
    """Works met so far, found again by `references.matching`; those screened out, by identifier."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._seen: dict[str, str] = {}
        self._matcher = Matcher()

    def add(self, reference: Reference, kind: str) -> None:
        """Remember a work; `kind` says where it is: library, candidate, new."""
        self._names[reference.key] = kind
        self._matcher.add(reference)

    def add_identifier(self, identifier: str, key: str) -> None:
        """Remember an identifier whose record may be gone (screened out)."""
        self._seen[identifier] = key

    def find(self, reference: Reference) -> tuple[str, str, list[Pair]]:
        """Key and kind of the same work ("" when there is none), and what else is near it.

        One that may be the same work as a known one is not known: a person screens it.
        """
        pairs = self._matcher.matches(reference)
        if pairs and pairs[0].kind == SAME:
            return pairs[0].key_a, self._names[pairs[0].key_a], []
        for identifier in identifiers(reference):
            key = self._seen.get(identifier, "")
            if key and key not in self._names:
                return key, "seen", []
        return "", "", pairs


# ---- merging --------------------------------------------------------------------------


@dataclass
class Count:
    """What one stream gave: records found, of them new, and why the others are not."""

    total: int = 0
    found: int = 0
    new: int = 0
    in_library: int = 0
    known_before: int = 0
    within_run: int = 0

    @property
    def duplicates(self) -> int:
        """Records found that are not new."""
        return self.in_library + self.known_before + self.within_run

    def as_dict(self) -> dict[str, int]:
        """JSON-ready."""
        return {
            "found": self.found,
            "duplicates": self.duplicates,
            "new": self.new,
            "in_library": self.in_library,
            "known_before": self.known_before,
            "within_run": self.within_run,
        }


@dataclass
class MergedRecords:
    """The outcome of a merge: the new references, counts by stream, abstracts, notices.

    `doubtful` names the new references that may be the same work as a known one, and why.
    """

    new: list[Reference] = field(default_factory=list)
    counts: dict[str, Count] = field(default_factory=dict)
    abstracts: dict[str, str] = field(default_factory=dict)
    notices: list[dict[str, str]] = field(default_factory=list)
    doubtful: list[dict[str, str]] = field(default_factory=list)
    identifiers: dict[str, str] = field(default_factory=dict)


def propose(reference: Reference, abstract: str, vocabulary: Vocabulary) -> Reference:
    """`reference` with the concepts its title, abstract and keywords name.

    They are proposals of a machine: `proposed` lists them until a person has screened.
    """
    text = ". ".join([reference.title, abstract, *reference.keywords])
    language = reference.language if reference.language in ("fr", "en") else None
    found: dict[str, list[str]] = {}
    for mention in vocabulary.find(text, language):
        ids = found.setdefault(mention.concept.facet, [])
        if mention.concept.id not in ids:
            ids.append(mention.concept.id)
    if not found:
        return reference
    fields: dict[str, Any] = {
        name: tuple(dict.fromkeys((*getattr(reference.study, name), *found.get(facet, ()))))
        for facet, name in _FIELDS.items()
    }
    everything = ", ".join(dict.fromkeys(i for ids in found.values() for i in ids))
    return replace(
        reference,
        study=replace(reference.study, **fields),
        extra={**reference.extra, "proposed": everything},
    )


def _new_key(reference: Reference, taken: set[str]) -> str:
    """A key of its own; a registered trial goes by its number."""
    number = next((i for i in identifiers(reference) if i.startswith("nct:")), "")
    return number.replace(":", "") if number else make_key(reference, taken)


def merge(
    run: str,
    streams: Iterable[Stream],
    pages: Mapping[str, list[dict[str, Any]]],
    library: Iterable[Reference],
    candidates: Iterable[Reference],
    seen: Mapping[str, str],
    vocabulary: Vocabulary,
) -> MergedRecords:
    """What is new among the pages of a run; depends on nothing else than its arguments.

    Candidates that this same run has written before a crash do not count as known.
    """
    known, merged = _Known(), MergedRecords()
    taken: set[str] = set(seen.values())
    for reference in library:
        known.add(reference, "library")
        taken.add(reference.key)
    for reference in candidates:
        if reference.extra.get("updaterun") != run:
            known.add(reference, "candidate")
            taken.add(reference.key)
    for identifier, key in seen.items():
        known.add_identifier(identifier, key)
    new: dict[str, Reference] = {}
    found_by: dict[str, list[str]] = {}
    for stream in streams:
        count = merged.counts.setdefault(stream.name, Count())
        for page in pages.get(stream.name, ()):
            count.total = page["total"]
            for item in page["works"]:
                count.found += 1
                reference = Reference(key="", **from_json(item["reference"]))
                abstract = reference.abstract
                key, kind, pairs = known.find(reference)
                if not key:
                    key = _new_key(reference, taken)
                    taken.add(key)
                    reference = marked(reference, pairs)
                    merged.doubtful += [
                        {"key": key, "with": pair.key_a, "why": pair.why} for pair in doubts(pairs)
                    ]
                    status = next((_STATUS[n] for n in item["notices"] if n in _STATUS), "")
                    reference = replace(
                        reference,
                        key=key,
                        abstract="",
                        status=status,
                        provenance=(
                            Provenance(item["address"], f"found by the search {stream.name}"),
                        ),
                    )
                    new[key] = reference
                    known.add(reference, "new")
                    count.new += 1
                else:
                    if kind == "new":
                        count.within_run += 1
                        both = combine(new[key], replace(reference, key=key, abstract=""))
                        if both.filled:
                            new[key] = both.reference
                            known.add(both.reference, "new")
                    elif kind == "library":
                        count.in_library += 1
                        told = {"key": key, "type": RETRACTION, "source": stream.source}
                        if RETRACTION in item["notices"] and told not in merged.notices:
                            merged.notices.append(told)
                    else:
                        count.known_before += 1
                    if kind == "seen":
                        continue
                found_by.setdefault(key, [])
                if stream.name not in found_by[key]:
                    found_by[key].append(stream.name)
                if abstract:
                    merged.abstracts.setdefault(key, abstract)
    for key, reference in new.items():
        reference = propose(reference, merged.abstracts.get(key, ""), vocabulary)
        status = reference.status or ("verified" if reference.is_complete else "incomplete")
        merged.new.append(
            replace(
                reference,
                status=status,
                extra={**reference.extra, "foundby": ", ".join(found_by[key]), "updaterun": run},
            )
        )
        for identifier in identifiers(reference):
            merged.identifiers[identifier] = key
    return merged


# ---- the run --------------------------------------------------------------------------


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
        return {
            "run": self.run,
            "resumed": self.resumed,
            "found": self.found,
            "duplicates": self.duplicates,
            "new": self.new,
            "added": self.added,
            "doubtful": self.doubtful,
            "searches": self.streams,
            "notices": self.notices,
            "candidates": self.candidates,
        }


def _read_state(path: Path) -> dict[str, Any]:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        state = {}
    except (OSError, ValueError) as error:
        raise DataError(
            problem_in(
                path,
                0,
                "",
                "the state of the updates cannot be read; restore it, or "
                "move it away to search from the beginning",
            )
        ) from error
    return {"streams": {}, "seen": {}, "runs": [], **state}


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
    progress: Callable[[str], None] = lambda message: None,
) -> UpdateReport:
    """Run the saved searches, those of the ids in `only` or all, and merge what they find.

    A service that fails ends its own stream only: the others are merged, and the failed
    one is asked for the same period next time.

    Raises:
        SettingError: another update of this instance is running, or it cannot be written.
        DataError: the searches, the candidates or the state cannot be read.
    """
    lock = FileLock(instance / "update.lock")
    try:
        with lock.acquire(timeout=0):
            return _update(kb, instance, session, since, tuple(only), restart, progress)
    except Timeout:
        raise SettingError(
            "Another update of this instance is running; wait until it has ended."
        ) from None


def _plan(
    searches: list[SearchStrategy], state: dict[str, Any], since: date | None, today: date
) -> list[Stream]:
    streams = []
    for search in searches:
        for source in SOURCES:
            if not (query := search.queries.get(source)):
                continue
            before = state["streams"].get(f"{search.id}/{source}", {})
            begin = since
            # A changed strategy is a new search: it runs over the whole period.
            if begin is None and before.get("query") == query:
                begin = date.fromisoformat(before["until"]) - OVERLAP
            streams.append(Stream(search.id, source, query, begin, today))
    return streams


def _update(
    kb: KnowledgeBase,
    instance: Path,
    session: Session,
    since: date | None,
    only: tuple[str, ...],
    restart: bool,
    progress: Callable[[str], None],
) -> UpdateReport:
    state_file = instance / "update-state.json"
    state = _read_state(state_file)
    run = _OpenRun(instance / "update-run")
    resumed = run.exists and not restart
    if resumed:
        run.load()
        done = next((entry for entry in state["runs"] if entry["run"] == run.id), None)
        if done is not None:  # killed between the last write and the end
            run.end()
            return UpdateReport(**{**done, "resumed": True})
        progress(f"Going on with the update of {run.id} that was interrupted.")
    else:
        searches = read_searches(kb)
        unknown = set(only) - {search.id for search in searches}
        if unknown or not searches:
            names = ", ".join(search.id for search in searches) or "none"
            raise SettingError(
                "No saved search {value} in kb.toml; it has: {names}.",
                value=", ".join(sorted(unknown)) or "at all",
                names=names,
            )
        chosen = [search for search in searches if not only or search.id in only]
        now = datetime.now(UTC)
        run.begin(now.isoformat(timespec="microseconds"), _plan(chosen, state, since, now.date()))
    errors: dict[str, str] = {}
    for stream in run.streams:
        if run.is_whole(stream):
            continue
        try:
            for page in _pages_of_now(session, stream, run.last(stream)):
                run.keep(stream, page)
                count = sum(len(p["works"]) for p in run.pages[stream.name])
                progress(f"{stream.name}: {count} of {page['total']} records")
        except SourceError as error:
            errors[stream.name] = str(error)
            progress(f"{stream.name}: {error}")
    return _finish(kb, instance, state, state_file, run, errors, resumed)


def _finish(
    kb: KnowledgeBase,
    instance: Path,
    state: dict[str, Any],
    state_file: Path,
    run: _OpenRun,
    errors: dict[str, str],
    resumed: bool,
) -> UpdateReport:
    """Merge and write: abstracts, candidates, then the state that says the run is over."""
    path = candidates_file(instance)
    candidates: tuple[Reference, ...] = ()
    if path.exists():
        bibliography = read_file(path)
        if bibliography.problems:
            raise DataError(list(bibliography.problems))
        candidates = bibliography.references
    whole = [stream for stream in run.streams if run.is_whole(stream)]
    merged = merge(
        run.id, whole, run.pages, kb.library.values(), candidates, state["seen"], kb.vocabulary
    )
    Abstracts(instance).put_all(merged.abstracts)
    kept = [ref for ref in candidates if ref.extra.get("updaterun") != run.id]
    if merged.new or len(kept) != len(candidates):
        write_file(path, [*kept, *merged.new])
    streams = []
    for stream in run.streams:
        told: dict[str, Any] = stream.as_dict()
        told |= merged.counts[stream.name].as_dict() if stream in whole else {}
        if stream.name in errors:
            told["error"] = errors[stream.name]
        streams.append(told)
    counts = merged.counts.values()
    report = UpdateReport(
        run=run.id,
        resumed=resumed,
        streams=streams,
        found=sum(count.found for count in counts),
        duplicates=sum(count.duplicates for count in counts),
        new=sum(count.new for count in counts),
        added=[reference.key for reference in merged.new],
        notices=merged.notices,
        candidates=str(path),
        doubtful=merged.doubtful,
    )
    for stream in whole:
        state["streams"][stream.name] = {"until": str(stream.until), "query": stream.query}
    state["seen"] |= merged.identifiers
    state["runs"].append(
        {name: getattr(report, name) for name in UpdateReport.__dataclass_fields__}
    )
    write_atomic(state_file, json.dumps(state, ensure_ascii=False, indent=1))
    run.end()
    return report
