"""Copies of answers on disk, so that the same question is asked once a day."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

from requests_cache import CachedSession
from requests_cache.backends.sqlite import SQLiteCache

from references.errors import SettingError

#: Statuses of answers worth keeping: what is known, and that nothing is.
KEPT = (200, 404)
_OLDEST = timedelta(days=90)
#: Parameters that say who asks; the answer is the same for all.
_SIGNATURES = ["api_key", "email", "mailto", "tool", "User-Agent"]


def open_store(path: Path) -> SQLiteCache:
    """The cache file; one that cannot be read is replaced: it holds nothing but copies.

    JSON, because the default serializer unpickles whatever it finds in the file.

    Raises:
        SettingError: the file cannot be written, or is in use by something else.
    """
    for last in (False, True):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            store = SQLiteCache(str(path), serializer="json", wal=True, busy_timeout=10_000)
            store.delete(older_than=_OLDEST)
            return store
        except (sqlite3.Error, OSError) as error:
            if last or isinstance(error, sqlite3.OperationalError | OSError):
                raise SettingError(
                    "The cache {path} cannot be used ({error}); delete it or choose "
                    "another instance folder.",
                    path=path,
                    error=error,
                ) from error
            path.unlink(missing_ok=True)
    raise AssertionError


def cached_session(store: SQLiteCache, fresh: float) -> CachedSession:
    """A session whose answers are kept in `store`, and used again for `fresh` seconds."""
    return CachedSession(
        backend=store,
        expire_after=timedelta(seconds=fresh),
        allowable_codes=KEPT,
        stale_if_error=True,  # an old copy, shown with its age, beats no answer
        ignored_parameters=_SIGNATURES,
    )
