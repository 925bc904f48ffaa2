"""An open run of the update: its plan, and every page written down so far.

A run that was killed goes on from here: a page is on the disk before the next one is asked.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter

from evidence.services.harvest import HarvestedPage
from evidence.services.searches import Stream
from references.errors import DataError, problem_in
from references.files import write_atomic

#: What the files of a run hold, as JSON.
_STREAM, _PAGE = TypeAdapter(Stream), TypeAdapter(HarvestedPage)


class OpenRun:
    """The folder of a run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plan = folder / "run.json"
        self._pages = folder / "pages.jsonl"
        self.id = ""
        self.streams: list[Stream] = []
        self.pages: dict[str, list[HarvestedPage]] = {}

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
            DataError: plan or pages cannot be read.
        """
        try:
            plan = json.loads(self._plan.read_text(encoding="utf-8"))
            self.id = plan["run"]
            self.streams = [
                _STREAM.validate_python({**plain, "since": plain["since"] or None})
                for plain in plan["streams"]
            ]
        except (OSError, ValueError, KeyError, TypeError) as error:
            template = "the open run cannot be read; start over with --restart"
            raise DataError(problem_in(self._plan, 0, "", template)) from error
        self.pages = {}
        for number, line in enumerate(self._whole_lines(), 1):
            try:
                plain = json.loads(line)
                page = _PAGE.validate_python(plain)
                pages = self.pages.setdefault(plain["stream"], [])
            except (ValueError, KeyError, TypeError) as error:
                template = "the page cannot be read; start over with --restart"
                raise DataError(problem_in(self._pages, number, "", template)) from error
            if page.number == len(pages):
                pages.append(page)

    def _whole_lines(self) -> list[bytes]:
        """The lines of the pages; what stands after the last end of a line is cut off."""
        data = self._pages.read_bytes() if self._pages.exists() else b""
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            with self._pages.open("r+b") as file:
                file.truncate(whole)
        return data[:whole].splitlines()

    def keep(self, stream: Stream, page: HarvestedPage) -> None:
        """Write a page down; it is on the disk when this returns."""
        self.pages.setdefault(stream.name, []).append(page)
        plain = {"stream": stream.name, **asdict(page)}
        with self._pages.open("ab") as file:
            file.write(json.dumps(plain, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def last(self, stream: Stream) -> HarvestedPage | None:
        """The last page of a stream that was written down."""
        pages = self.pages.get(stream.name)
        return pages[-1] if pages else None

    def is_whole(self, stream: Stream) -> bool:
        """True when nothing of a stream is left to ask."""
        last = self.last(stream)
        return last is not None and not last.following

    def end(self) -> None:
        """Forget the run."""
        shutil.rmtree(self._folder, ignore_errors=True)
