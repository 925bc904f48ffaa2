"""A page that somebody brought and that may not be the one: kept until a person says so.

It waits in `waiting/` of the instance, one for each text, and is no version of anything: nothing
is compared with it and no reader sees it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from evidence.instance import OneServer, Sharing
from evidence.originals.loaded import FetchedPage
from evidence.originals.versions import Originals


class Waiting:
    """The pages of an instance that wait to be accepted."""

    def __init__(self, instance: Path, files: Sharing | None = None) -> None:
        self._kept = Originals(instance / "waiting", files or OneServer(instance))

    def keep(self, text_id: str, page: FetchedPage) -> None:
        """Keep a page in the place of one that waited before."""
        self.forget(text_id)
        self._kept.add(text_id, page)

    def page(self, text_id: str) -> FetchedPage | None:
        """The page that waits, None where none does.

        Raises:
            SettingError: its file is damaged.
        """
        version = self._kept.latest(text_id)
        if version is None:
            return None
        sources = list((self._kept.folder / text_id).glob("*.source.*"))
        raw = sources[0].read_bytes() if sources else b""
        words = self._kept.text(version)
        return FetchedPage(
            words, version.source, version.form, version.title, version.language, raw
        )

    def forget(self, text_id: str) -> None:
        """Throw a page away that waits, if one does."""
        folder = self._kept.folder / text_id
        self._kept.files.remove(folder.glob("*"))
        with suppress(OSError):  # it was not there, or another page has just come
            folder.rmdir()
