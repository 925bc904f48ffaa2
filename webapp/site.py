"""What all pages draw on: the knowledge base, the search engine, studies by concept."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

from flask import current_app

from evidence.knowledge import KnowledgeBase
from evidence.search.protocol import SearchEngine
from references.errors import UserError
from webapp import outage
from webapp.studies import Studies


class SearchUnavailable(Exception):
    """The index cannot be opened; the rest of the app goes on without it."""


@dataclass
class Site:
    """One knowledge base as this app shows it.

    `look` is a hash of templates, styles and words: part of every ETag and of the addresses
    of static files.
    """

    kb: KnowledgeBase
    instance: Path
    _engine: SearchEngine | None
    version: str
    look: str
    _opening: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @cached_property
    def fingerprint(self) -> str:
        """What the pages are made of: changes when the base or the look of pages does."""
        return f"{self.kb.fingerprint()[:16]}-{self.look}"

    def texts_changed(self) -> None:
        """Forget what follows from the texts after a register was written."""
        for name in ("fingerprint", "studies"):
            self.__dict__.pop(name, None)

    @cached_property
    def studies(self) -> Studies:
        """Which references study which concept."""
        return Studies(self.kb)

    @property
    def engine(self) -> SearchEngine:
        """The search engine, opened when first needed.

        Raises:
            SearchUnavailable: the index can be neither opened nor built.
        """
        with self._opening:
            if self._engine is None:
                from evidence.search import open_engine

                try:
                    self._engine = open_engine(self.kb, self.instance)
                except (UserError, OSError) as error:
                    outage.note(error)
                    raise SearchUnavailable(str(error)) from error
            return self._engine


def site() -> Site:
    """The site of the app that answers this request."""
    return cast(Site, current_app.extensions["site"])
