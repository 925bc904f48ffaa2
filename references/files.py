"""Files of a knowledge base: text read whatever its encoding, atomic writes.

Of a file that is written a reader sees the old one or the new one, never half of one.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from glob import escape
from importlib.resources import files
from pathlib import Path
from typing import IO

from references.errors import DataError, Problem, SettingError, problem_in

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_NOT_UTF8 = re.compile("[\udc80-\udcff]")  # what Python makes of such bytes


def decoded(content: bytes, path: Path) -> tuple[str, list[Problem]]:
    """The text of a file that should be UTF-8, and a problem where it is not.

    One letter from another program would otherwise cost all that a file holds: bytes that are
    no UTF-8 are read as Windows-1252, which is what nearly all of them are.
    """
    text = content.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
    first = _NOT_UTF8.search(text)
    if first is None:
        return text, []

    def meant(match: re.Match[str]) -> str:
        return bytes([ord(match[0]) - 0xDC00]).decode("cp1252", "replace")

    line = text.count("\n", 0, first.start()) + 1
    wrong = problem_in(path, line, "", "the file is not UTF-8 text; save it as UTF-8")
    return _NOT_UTF8.sub(meant, text), [wrong]


@cache
def table(package: str, name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of a table in a package (values between tabs), comments (#) left out."""
    text = (files(package) / name).read_text(encoding="utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines() if line[:1] not in ("", "#"))


def read_bytes(path: Path) -> bytes:
    """What a file holds.

    Raises:
        DataError: it cannot be opened; the problem says why.
    """
    try:
        return path.read_bytes()
    except IsADirectoryError as error:
        raise DataError(problem_in(path, 0, "", "is a folder; name the files in it")) from error
    except OSError as error:
        template = "cannot be read: {reason}; check its name and rights"
        raise DataError(problem_in(path, 0, "", template, reason=error)) from error


def write_atomic(path: Path, content: str | bytes, durable: bool = True) -> None:
    """Write `content` to `path` through a temporary file in the same folder.

    The data reaches the disk before the name does, so a crash or a power cut leaves
    the old file. An existing file keeps its permissions. Without `durable` the disk is not
    waited for: for thousands of files that can be made again.

    Raises:
        SettingError: the folder or the file cannot be written.
    """
    with replacing(path, durable) as stream:
        stream.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def replacing(
    path: Path, durable: bool = True, mode: int | None = None, prefix: str = ""
) -> Iterator[IO[bytes]]:
    """A stream to write what takes the place of `path` once it is whole, as `write_atomic` does.

    What a process that was killed had begun is swept away by the next one.

    Args:
        durable: whether the disk is waited for.
        mode: the permissions of the file; None for those of the one it replaces.
        prefix: how the names of such beginnings begin; "" for a name after that of the file.

    Raises:
        SettingError: the folder or the file cannot be written.
    """
    prefix = prefix or f".{path.name}."
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode is None:
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        if durable:
            _remove_begun(path.parent.glob(f"{escape(prefix)}????????"))
        handle, name = _begun(path.parent, prefix)
        try:
            with os.fdopen(handle, "wb") as stream:
                yield stream
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())
                os.chmod(name, mode)
                os.replace(name, path)
            if durable:
                _reach_disk(path.parent)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SettingError(
            "Cannot write {path}: {value}. Choose another place or change the permissions "
            "of its folder.",
            path=path,
            value=error,
        ) from error


def _begun(folder: Path, prefix: str) -> tuple[int, str]:
    """A temporary file that is locked as long as somebody writes it."""
    while True:
        handle, name = tempfile.mkstemp(dir=folder, prefix=prefix)
        if not _is_free(handle) or os.fstat(handle).st_nlink:
            return handle, name
        os.close(handle)  # swept away between its making and its lock


def sweep(folder: Path) -> None:
    """Remove what processes that were killed had begun, in a folder of ours and below it.

    For folders in which many files are written, each under a name of its own.
    """
    _remove_begun(folder.rglob(".*.????????"))


@contextmanager
def being_written(folder: Path) -> Iterator[None]:
    """Make a folder that `is_being_written` as long as the block runs, however it ends.

    Raises:
        OSError: it cannot be made.
    """
    while True:
        folder.mkdir(parents=True)
        handle = _opened(folder)
        if handle is None or not _is_free(handle) or os.fstat(handle).st_nlink:
            break
        os.close(handle)  # swept away between its making and its lock
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def is_being_written(folder: Path) -> bool:
    """Whether a process is in `being_written`; True too where the system cannot tell."""
    handle = _opened(folder)
    if handle is None:
        return True
    try:
        return not fcntl or not _is_free(handle)
    finally:
        os.close(handle)


def _opened(folder: Path) -> int | None:
    """A handle on a folder; None where the system opens none."""
    try:
        return os.open(folder, os.O_RDONLY)
    except OSError:
        return None


def _reach_disk(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can say so."""
    handle = _opened(folder)
    if handle is None:
        return
    try:
        os.fsync(handle)
    except OSError:  # nor does every file system write them
        pass
    finally:
        os.close(handle)


def _remove_begun(paths: Iterable[Path]) -> None:
    """Remove those of these files that nobody is writing."""
    for path in paths:
        try:
            handle = os.open(path, os.O_RDWR)
        except OSError:
            continue
        try:
            if fcntl and _is_free(handle):
                path.unlink(missing_ok=True)
        finally:
            os.close(handle)


def _is_free(handle: int) -> bool:
    """Lock an open file, unless another process holds it or the system has no such locks."""
    try:
        if fcntl:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
