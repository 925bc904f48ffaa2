"""The versions of originals that an instance keeps.

Originals belong to their publishers: they stay in the instance folder and are never shipped.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from evidence.claims.text import is_text_id
from evidence.instance import OneServer, Overtaken, Sharing, remove_file
from evidence.originals.loaded import FetchedPage
from references.errors import NotFound, SettingError, UserError
from references.files import sweep, write_atomic

_EXTENSION = {"html": "html", "text": "txt", "markdown": "md", "docx": "docx", "pdf": "pdf"}


@dataclass(frozen=True)
class Version:
    """One version of an original: `number` counts from 1, `loaded` and `checked` are UTC.

    `checked` is when a load last found the page just so.
    """

    text_id: str
    number: int
    source: str
    form: str
    title: str
    language: str
    sha256: str
    loaded: datetime
    checked: datetime


#: Reads and writes the file that describes a version.
_FILE = TypeAdapter(Version)


class Originals:
    """The originals of an instance: `originals/<text>/0001.txt` with what is known about it."""

    def __init__(self, instance: Path, files: Sharing | None = None) -> None:
        self.folder = instance / "originals"
        self.files: Sharing = files or OneServer(instance)

    def _folder(self, text_id: str) -> Path:
        if not is_text_id(text_id):
            raise NotFound(
                "'{text_id}' is no id of a text; ids are lower case words with hyphens.",
                text_id=text_id,
            )
        return self.folder / text_id

    def versions(self, text_id: str) -> list[Version]:
        """All versions of a text's original, oldest first; empty when none was loaded.

        Raises:
            SettingError: a version's description is damaged.
        """
        versions = []
        for path in sorted(self._folder(text_id).glob("[0-9]*.json")):
            try:
                versions.append(_FILE.validate_json(path.read_bytes()))
            except (OSError, ValueError) as error:
                raise SettingError(
                    "{path} is damaged; remove it and its text, then load the page again.",
                    path=path,
                ) from error
        return versions

    def latest(self, text_id: str) -> Version | None:
        """The newest version, or None when no original was loaded."""
        versions = self.versions(text_id)
        return versions[-1] if versions else None

    def text(self, version: Version) -> str:
        """The plain text of a version.

        Raises:
            SettingError: it is gone, or is not what was loaded.
        """
        path = self._folder(version.text_id) / f"{version.number:04}.txt"
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError("{path} cannot be read; load the page again.", path=path) from error
        if hashlib.sha256(text.encode()).hexdigest() != version.sha256:
            raise SettingError(
                "{path} was altered since it was loaded; load the page again.", path=path
            )
        return text

    def add(
        self, text_id: str, loaded: FetchedPage, now: datetime | None = None
    ) -> tuple[Version, bool]:
        """Keep a page; returns its version and whether it is new.

        A page with the same text as the newest version is the same version, checked again.
        Two loads at once get two numbers, on whichever servers; nothing kept before is
        overwritten.
        """
        now = (now or datetime.now(UTC)).replace(microsecond=0)
        while True:
            with self.files.writing():
                self.files.pull()
                version, is_new, written = self._add(text_id, loaded, now)
                try:
                    self.files.push(written)
                    return version, is_new
                except UserError as error:  # what others cannot see is no version
                    for path in written if is_new else ():
                        remove_file(path)
                    if not isinstance(error, Overtaken):
                        raise  # else somebody on another server has taken the number

    def _add(
        self, text_id: str, loaded: FetchedPage, now: datetime
    ) -> tuple[Version, bool, list[Path]]:
        """The version of a page, whether it is new, and the files that were written."""
        folder = self._folder(text_id)
        latest = self.latest(text_id)
        if latest and latest.sha256 == loaded.sha256:
            version = replace(latest, checked=now)
            described = folder / f"{latest.number:04}.json"
            write_atomic(described, _FILE.dump_json(version, indent=2))
            return version, False, [described]
        for number in self._free(folder, latest.number + 1 if latest else 1):
            version = Version(
                text_id,
                number,
                loaded.source,
                loaded.form,
                loaded.title,
                loaded.language,
                loaded.sha256,
                now,
                now,
            )
            contents: dict[str, str | bytes] = {}
            if loaded.raw:
                contents[f"{number:04}.source.{_EXTENSION[loaded.form]}"] = loaded.raw
            contents[f"{number:04}.txt"] = loaded.text
            # The description comes last: a version is there when it is.
            contents[f"{number:04}.json"] = _FILE.dump_json(version, indent=2)
            for name, content in contents.items():
                write_atomic(folder / name, content)
            return version, True, [folder / name for name in contents]
        raise SettingError("{folder} cannot take another version.", folder=folder)

    def _free(self, folder: Path, first: int) -> Iterator[int]:
        """Numbers nobody else has; taking one is making an empty file that must not exist."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            sweep(folder)
            for number in range(first, first + 10_000):
                try:
                    os.close(os.open(folder / f"{number:04}.txt", os.O_CREAT | os.O_EXCL))
                except FileExistsError:
                    continue
                yield number
        except OSError as error:
            raise SettingError(
                "{folder} cannot be written ({reason}).", folder=folder, reason=error
            ) from error
