"""A running server sees what was written: references, vocabulary, settings and a new index.

Each process looks at the dates of the files every other second, when somebody asks for a page, and
reads them anew, all of it beside its work; requests go on with what they began with. Files that
cannot be read as well as those of before change nothing: the last good state is shown, and `fault`
says what is wrong and since when. (Registers are looked at by `evidence.standing` at every
request.)
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from flask import Flask, current_app

from evidence.knowledge import KnowledgeBase
from references.errors import Problem, UserError
from webapp import outage
from webapp.http import caching
from webapp.site import Site

log = logging.getLogger(__name__)

#: Objects made before Python looks for circles among the newest ones.
_YOUNG = 10_000
#: Seconds between two looks at the files, and after a failure that may pass.
EVERY, AGAIN = 2.0, 30.0


@dataclass(frozen=True)
class Fault:
    """Why newer files are not shown: what is wrong with them, and when that was first seen."""

    reason: Problem | Exception
    since: datetime


class Watch:
    """Keeps the site of an app up to date with its files."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._next = 0.0
        self._looking = threading.Lock()  # held while files are looked at or read
        self._files = self._site.kb.library_stamp()
        self._given_up: str | None = (
            None  # the stamp of an index that could not be opened, or not yet
        )
        self.fault: Fault | None = None

    @property
    def _site(self) -> Site:
        return cast(Site, self._app.extensions["site"])

    def look(self) -> None:
        """Begin to look at the files if it is time; never waits for them, or for a cluster."""
        if time.monotonic() < self._next or not self._looking.acquire(blocking=False):
            return
        self._next = time.monotonic() + EVERY
        try:
            threading.Thread(target=self._look, daemon=True).start()
        except RuntimeError as error:  # no more threads just now: the next request tries again
            self._looking.release()
            outage.note(error)

    def _look(self) -> None:
        """Read the files anew if they changed, then let others look again."""
        try:
            files, index = self._site.kb.library_stamp(), self._site.index_stamp()
            newer = files != self._files or index not in (self._site.opened, self._given_up)
            if newer and self._read(files, index) and gc.get_freeze_count():
                settle()  # here, where nothing holds what was shown before
        except (UserError, OSError) as error:
            outage.note(error)
        finally:
            self._looking.release()

    def _read(self, files: str, index: str) -> bool:
        """Show what was written, if it is as good as what is shown; whether it is shown now."""
        try:
            site = self._site
            kb = site.kb if files == self._files else site.kb.again()
            if worse := _worse(kb, site.kb):
                self._keep(worse)
                self._given_up = index
            else:
                anew = site.again(kb)
                if kb is not site.kb or index:
                    anew.open_engine()
                self._app.extensions["site"] = anew
                self.fault = None
                log.info("The files of the base were read anew.")
            self._files = files
            return worse is None
        except (UserError, OSError) as error:
            self._keep(error)
            self._next = time.monotonic() + AGAIN
        except Exception as error:  # whatever it is, the site goes on as it was
            log.exception("The files of the base could not be read anew.")
            self._keep(error)
            self._files, self._given_up = files, index
        return False

    def _keep(self, reason: Problem | Exception) -> None:
        """Go on with the last good state, and say why."""
        log.error("Newer files are not shown: %s", reason)
        since = self.fault.since if self.fault else datetime.now(UTC)
        self.fault = Fault(reason, since)


def _worse(anew: KnowledgeBase, before: KnowledgeBase) -> Problem | None:
    """What is wrong with the files that was not wrong before; None when nothing is."""

    def kinds(problems: list[Problem]) -> set[tuple[str, str, str]]:
        return {(problem.file, problem.field, str(problem.message)) for problem in problems}

    if anew is before:
        return None
    known = kinds(before.library_problems)
    return next(
        (one for one in anew.library_problems if not kinds([one]) <= known),
        None,
    )


def settle() -> None:
    """Spare Python looking for garbage among what a process has read and keeps.

    A base is a million objects: each look at all of them stops every request for a part of a
    second. What is not used any more since the last time is freed first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)


def fault() -> Fault | None:
    """Why newer files are not shown, or None."""
    return cast(Watch, current_app.extensions["watch"]).fault


def install(app: Flask) -> None:
    """Look after the files of an app, but of one that shows a state of its own."""
    watch = Watch(app)
    app.extensions["watch"] = watch
    app.jinja_env.globals["files_fault"] = fault
    caching.rules(app).parts.append(lambda: str(watch.fault.since if watch.fault else ""))
    if app.config["WATCH_FILES"]:
        app.before_request(watch.look)
