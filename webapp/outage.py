"""When something this server needs is unavailable: a sentence for readers, one line for the log.

Pages are shown without it where they can be, with a sentence that says so, and no cache keeps
them. Where nothing can be shown or recorded the answer is 503. What exactly is wrong (a folder,
a database, an address) is for the log and never for a visitor.
"""

from __future__ import annotations

import errno
import logging
import time
from typing import cast

from flask import Flask, g

from evidence.journal import JournalUnavailable
from references.errors import DataError, SettingError, Unavailable

log = logging.getLogger(__name__)


class SearchUnavailable(Exception):
    """The index cannot be opened or does not answer; the rest of the app goes on without it."""


#: Errors that say something about this server and nothing about what was asked of it.
FAULTS = (Unavailable, SettingError, DataError)
#: The same where the system itself refuses.
_REFUSED = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ETIMEDOUT,
}
#: Seconds after which a client may well ask again, and in which a fault is logged once.
LATER = {"Retry-After": "30"}
_LOGGED_FOR = 600.0
_MOST_LOGGED = 100


#: When each fault was last written to the log.
_logged: dict[str, float] = {}


def note(fault: BaseException) -> None:
    """Write a fault to the log, once in ten minutes and not at every request that meets it."""
    words, now = f"{type(fault).__name__}: {fault}", time.monotonic()
    if now - _logged.get(words, -_LOGGED_FOR) < _LOGGED_FOR:
        return
    if len(_logged) >= _MOST_LOGGED:
        _logged.clear()
    _logged[words] = now
    log.error("%s (not repeated for ten minutes)", words)


def degrade(fault: Exception) -> None:
    """Go on with this request without something: its page says so and is not cached."""
    note(fault)
    g.setdefault("faults", []).append(fault)


def faults() -> list[Exception]:
    """What this request had to do without."""
    return cast("list[Exception]", g.get("faults", []))


def journal_fault() -> JournalUnavailable | None:
    """Why the journal could not be read for this request, or None."""
    return next((one for one in faults() if isinstance(one, JournalUnavailable)), None)


def search_fault() -> SearchUnavailable | None:
    """Why this request lacks references that only the index holds, or None."""
    return next((one for one in faults() if isinstance(one, SearchUnavailable)), None)


def is_of_the_server(error: BaseException) -> bool:
    """Whether an error says nothing about what was asked."""
    return isinstance(error, FAULTS) or (isinstance(error, OSError) and error.errno in _REFUSED)


def install(app: Flask) -> None:
    """Let the pages say what they are shown without."""
    app.jinja_env.globals["journal_fault"] = journal_fault
    app.jinja_env.globals["search_fault"] = search_fault
