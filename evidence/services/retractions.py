"""The whole list of Retraction Watch, brought into the instance and used without the network.

Crossref publishes the list as a CSV file (some 70 MB). It is Crossref's and Retraction Watch's,
free to use with attribution, and never part of this program: whoever runs it fetches it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import requests

from references.errors import SettingError, UserError
from references.sources.service_settings import TOOL
from references.verify import RetractionList, read_retractions

SETTING = "EVIDENCE_RETRACTIONS_URL"
#: Where Crossref publishes the file.
PUBLISHED = "https://gitlab.com/crossref/retraction-watch-data/-/raw/main/retraction_watch.csv"
_LARGEST = 1_000_000_000  # bytes
_PIECE = 1_000_000
_PATIENCE = (10, 60)  # seconds to connect, and between two pieces


def brought_file(instance: Path) -> Path:
    """Where the list is kept."""
    return instance / "retractions.csv"


def bring(instance: Path, source: str = "", contact: str = "") -> RetractionList:
    """Bring a list into the instance, in place of the one that is there, once it was read whole.

    Args:
        instance: where it is kept.
        source: a file, or an address; "" for that of EVIDENCE_RETRACTIONS_URL, else Crossref's.
        contact: mail address told to the server.

    Raises:
        UserError: it cannot be fetched.
        DataError: it is no list of retractions.
        SettingError: the instance cannot be written.
    """
    meant = source or os.environ.get(SETTING, "").strip() or PUBLISHED
    is_address = urlsplit(meant).scheme in ("http", "https")
    target = brought_file(instance)
    try:
        handle, name = tempfile.mkstemp(dir=instance, prefix="retractions-", suffix=".csv")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in _fetched(meant, contact) if is_address else _read(Path(meant)):
                    file.write(piece)
            brought = read_retractions(part)
            part.replace(target)
        finally:
            with suppress(OSError):
                part.unlink()
    except OSError as error:
        raise SettingError(
            "{path} cannot be written ({error}); check the instance folder.",
            path=target,
            error=error,
        ) from error
    brought.name = target.name
    return brought


def _read(path: Path) -> Iterator[bytes]:
    try:
        with path.expanduser().open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        raise UserError("{path} cannot be read ({error}).", path=path, error=error) from error


def _fetched(address: str, contact: str) -> Iterator[bytes]:
    """The file of an address, piece by piece; no other host is contacted than the one it names."""
    agent = f"{TOOL}/0.1 (claims linked to references{f'; mailto:{contact}' if contact else ''})"
    host, size = urlsplit(address).netloc.rpartition("@")[2], 0  # no word of a sign-in is told
    try:
        with requests.get(
            address,
            headers={"User-Agent": agent},
            stream=True,
            timeout=_PATIENCE,
            allow_redirects=False,
        ) as response:
            if response.status_code != 200:
                raise UserError(
                    "{host} did not send the list ({status}); give its address, or fetch the file "
                    "and name it.",
                    host=host,
                    status=response.status_code,
                )
            for piece in response.iter_content(_PIECE):
                size += len(piece)
                if size > _LARGEST:
                    raise UserError("The list of {host} is larger than 1 GB.", host=host)
                yield piece
    except requests.RequestException as error:
        raise UserError(
            "{host} cannot be reached, or broke off; try again, or fetch the file and name it.",
            host=host,
        ) from error
