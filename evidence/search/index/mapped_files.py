"""Files of an index in mapped memory: nothing is copied, any thread may read.

This mends what of Whoosh's known faults touches us: opening a file copies all of it, and readers
share a file position (every read here names its own).
"""

from __future__ import annotations

import mmap
from array import array
from io import BytesIO
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile


class MappedFile(StructFile):  # type: ignore[misc]
    """A file in mapped memory: nothing is copied, and `get` is safe in any thread."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            if path.stat().st_size:
                self.map: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                super().__init__(self.map, name=str(path))
            else:
                self.map = b""
                super().__init__(BytesIO(), name=str(path))
        self._view = memoryview(self.map)
        self.is_real = False

    def get(self, position: int, length: int) -> bytes:
        return bytes(self._view[position : position + length])

    def get_array(self, position: int, typecode: str, length: int) -> Any:
        values = array(typecode)
        values.frombytes(self.get(position, length * values.itemsize))
        values.byteswap()  # Whoosh writes big-endian arrays
        return values

    def subset(self, position: int, length: int, name: str | None = None) -> Any:
        raise NotImplementedError("compound files are not written")

    def close(self) -> None:
        """Leave the memory to the arrays that still look at it."""
        self.is_closed = True


class MappedStorage(FileStorage):  # type: ignore[misc]
    """A folder whose files are opened as `MappedFile`."""

    def open_file(self, name: str, **options: Any) -> Any:
        return MappedFile(Path(self.folder) / name)
