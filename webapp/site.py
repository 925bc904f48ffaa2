"""What all pages draw on: the base, the texts as they stand, the engine, studies by concept."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flask import current_app, g, request

from evidence.journal.accounts import Accounts
from evidence.journal.documents import Documents
from evidence.knowledge import KnowledgeBase
from evidence.search.protocol import INDEXED_KEY, Answer, EngineAway, Hit, SearchEngine
from evidence.search.request import MAX_LIMIT, SearchRequest
from evidence.standing import Assembler, Standing
from evidence.studies import Studies
from references.record import Reference
from webapp import outage
from webapp.outage import SearchUnavailable

if TYPE_CHECKING:  # only a search needs it
    from evidence.claim_search import ClaimHit, ClaimSearch
    from references.library import Library


#: Seconds in which an engine that was away is not asked again: nobody waits for it meanwhile.
AWAY = 10.0


@dataclass
class Site:
    """One knowledge base as this app shows it.

    `appearance` is a hash of templates, styles and words: part of every ETag and of the addresses
    of static files.
    """

    kb: KnowledgeBase
    instance: Path
    assembler: Assembler
    _engine: SearchEngine | None
    version: str
    appearance: str
    since: float = field(default_factory=time.time)  # when its files were read
    opened: str = ""  # the stamp of the open index; records that only it has are shown too
    _opening: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _reading: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _away: EngineAway | None = field(default=None, repr=False)
    _asked_again: float = field(default=0.0, repr=False)  # when an engine that was away may be
    _claims: tuple[str, ClaimSearch] | None = field(default=None, repr=False)
    _worked_out: tuple[Library, str, Studies] | None = field(default=None, repr=False)

    @property
    def fingerprint(self) -> str:
        """Of library and appearance; the texts have their own stamp."""
        return self._of_library()[1]

    @property
    def studies(self) -> Studies:
        """Which references study which concept."""
        return self._of_library()[2]

    def _of_library(self) -> tuple[Library, str, Studies]:
        """What is worked out of the library, again only when it took a reference in."""
        library = self.kb.library
        if self._worked_out is None or self._worked_out[0] is not library:
            fingerprint = f"{self.kb.library_as_read[:16]}-{self.appearance}"
            self._worked_out = library, fingerprint, Studies(self.kb)
        return self._worked_out

    @cached_property
    def accounts(self) -> Accounts:
        """Who may sign in; their journal is opened (and made) when first needed.

        Raises:
            JournalError: it cannot be used.
        """
        return Accounts(self.assembler.journal)

    @property
    def documents(self) -> Documents:
        """What is kept beside the journal and may be changed or deleted.

        Raises:
            JournalError: the journal cannot be used.
        """
        return Documents(self.assembler.journal)

    def claims(self, standing: Standing) -> ClaimSearch:
        """The judged claims of a moment, to be searched; read again only when one changed."""
        with self._reading:
            if self._claims is None or self._claims[0] != standing.stamp:
                from evidence.claim_search import ClaimSearch

                found = ClaimSearch(standing.claims(), self.kb.vocabulary)
                self._claims = standing.stamp, found
            return self._claims[1]

    @property
    def has_accounts(self) -> bool:
        """Whether anybody can sign in; asking makes no journal.

        Raises:
            JournalError: the accounts cannot be read.
        """
        return self.assembler.has_journal and not self.accounts.is_empty

    @contextmanager
    def searching(self) -> Iterator[SearchEngine]:
        """The search engine, for what is asked of it; opened when first needed.

        Where it was away a moment ago only one request tries it again: the others are told at once.

        Raises:
            SearchUnavailable: the index can be neither opened nor built, or does not answer.
        """
        if self._away is not None:
            if time.monotonic() < self._asked_again:
                raise SearchUnavailable(str(self._away)) from self._away
            self._asked_again = time.monotonic() + AWAY
        try:
            yield self.open_engine()
            self._away = None
        except (*outage.FAULTS, OSError) as error:
            if isinstance(error, EngineAway):
                self._is_away(error)
            outage.note(error)
            raise SearchUnavailable(str(error)) from error

    @property
    def engine(self) -> SearchEngine:
        """The search engine, opened when first needed; what is asked of it goes in `searching`.

        Raises:
            SearchUnavailable: the index can be neither opened nor built.
        """
        with self.searching() as engine:
            return engine

    def _is_away(self, fault: EngineAway) -> None:
        self._away, self._asked_again = fault, time.monotonic() + AWAY

    def open_engine(self) -> SearchEngine:
        """The search engine, opened when first needed.

        Raises:
            UserError, OSError: the index can be neither opened nor built.
        """
        before = self._away
        with self._opening:
            if self._engine is None:
                if self._away is not None and self._away is not before:
                    raise self._away  # somebody tried while this request waited
                from evidence.search import index_stamp, open_engine

                try:
                    # Looked at first: what is written while it opens is seen as newer.
                    stamp = index_stamp(self.kb, self.instance)
                    engine = open_engine(self.kb, self.instance, keeps_up=True)
                    self.opened, self._engine = stamp, engine
                except EngineAway as error:
                    self._is_away(error)
                    raise
            return self._engine

    def references(self, keys: Iterable[str]) -> dict[str, Reference]:
        """The references with these keys, in their order: of the library, or of the index alone.

        Keys that nobody knows are left out. So are those of the index while it does not answer:
        then the answer to this request is kept by nobody (`outage.search_fault`).
        """
        wanted, library = list(dict.fromkeys(keys)), self.kb.library
        loaded = [key for key in wanted if key not in library and INDEXED_KEY.fullmatch(key)]
        found: Mapping[str, Reference] = {}
        if loaded:
            try:
                with self.searching() as engine:
                    found = engine.records(loaded)
            except SearchUnavailable as fault:
                outage.degrade(fault)
        return {
            key: one for key in wanted if (one := library.get(key) or found.get(key)) is not None
        }

    def reference(self, key: str) -> Reference:
        """The reference with this key: of the library, or of the index alone.

        Raises:
            NotFound: nobody knows the key.
            SearchUnavailable: it would be in the index, which does not answer.
        """
        if found := self.references([key]):
            return found[key]
        if fault := outage.search_fault():
            raise fault
        return self.kb.library[key]

    def index_stamp(self) -> str:
        """What changes when another process writes a new index; "" before one is open."""
        from evidence.search import index_stamp

        return index_stamp(self.kb, self.instance) if self._engine else ""

    def again(self, kb: KnowledgeBase) -> Site:
        """The site over another reading of its base, or with an index to be opened anew."""
        assembler = (
            self.assembler if kb is self.kb else Assembler(kb, self.instance, self.assembler)
        )
        return Site(kb, self.instance, assembler, None, self.version, self.appearance)


def is_api_request() -> bool:
    """Whether a program asked: below `/api/`, or at the address of a page with `.json`.

    Its errors are problems (RFC 9457) and no pages, and it has no cookies.
    """
    return request.path.startswith("/api/") or request.blueprint == "api"


def site() -> Site:
    """The site of the app that answers this request, the same from its beginning to its end."""
    if "site" not in g:
        g.site = current_app.extensions["site"]
    return cast(Site, g.site)


def standing() -> Standing:
    """The texts as they stand, the same from the beginning of a request to its end."""
    if "standing" not in g:
        g.standing = site().assembler.now()
        if g.standing.journal_error:
            outage.degrade(g.standing.journal_error)
    return cast(Standing, g.standing)


def refresh_standing() -> None:
    """Let the rest of this request see what it has just written."""
    g.pop("standing", None)


def claims_for(request: SearchRequest) -> tuple[ClaimHit, ...]:
    """The judged claims that answer a search, best first, as readers may see them now."""
    now = standing()
    return site().claims(now).answering(request)


def search_library(request: SearchRequest) -> Answer:
    """What the engine answers, which is told here which references are linked to claims.

    Raises:
        SearchError: the query or a filter has no sensible meaning.
        SearchUnavailable: the index can be neither opened nor built, or does not answer.
    """
    with site().searching() as engine:
        return engine.search(replace(request, stances=standing().stances))


def every_hit(request: SearchRequest, most: int = 5000) -> Iterator[Hit]:
    """All that a search finds, in its order, whatever part is asked for; without passages.

    Raises:
        SearchError: as `search_library`.
        SearchUnavailable: as `search_library`.
    """
    every = replace(request, facets=(), highlight=False, limit=MAX_LIMIT)
    seen = 0
    while seen < most:
        answer = search_library(replace(every, offset=seen))
        yield from answer.results
        seen += len(answer.results)
        if not answer.results or seen >= answer.total:
            break
