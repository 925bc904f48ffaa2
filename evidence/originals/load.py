"""Load the original of a text from a file, an address or bytes that somebody sent.

Everything that reads a stranger's page comes through here, and so through a process of its own
with bounded memory and time.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import cast

from evidence.originals.bounded import SECONDS, OverLimit, ReadingTooSlow, run
from evidence.originals.lines import count_words
from evidence.originals.loaded import MAX_BYTES, FetchedPage, OriginalError


def language_of(text: str) -> str:
    """The language a text is written in (ISO 639-1), "" when there is too little of it."""
    import py3langid

    if count_words(text) < 5:
        return ""
    return cast(str, py3langid.classify(text[:20_000])[0])


def read_bytes(raw: bytes, name: str, content_type: str = "") -> FetchedPage:
    """The plain text of a page given as bytes, such as an upload.

    Raises:
        OriginalError: it is too large, takes too much memory or time to read, has no text, or
            is in no form we read.
    """
    if len(raw) > MAX_BYTES:
        raise OriginalError(
            "{name} is larger than {value} MB; shorten it.", name=name, value=MAX_BYTES // 1_000_000
        )
    try:
        answer, _ = run("read", {"name": name, "content_type": content_type}, raw)
    except OverLimit as error:
        raise _unreadable(name) from error
    text = answer["text"]
    language = language_of(text)
    return FetchedPage(
        text, name, answer["form"], answer["title"], language, raw, answer["changes"]
    )


def _unreadable(name: str) -> OriginalError:
    return OriginalError(
        "{name} cannot be read: it is damaged, or takes more memory or time than a page "
        "should; save it as plain text, or only the part that matters.",
        name=name,
    )


def fetch(url: str, allow_private: bool = False, seconds: float = SECONDS) -> FetchedPage:
    """The page at an address, its text read.

    Only http and https, only the host named (with or without "www."), at most 20 MB, and no
    longer than `seconds` from the first look-up to the last byte. Private and local addresses
    only with `allow_private`: for a person at the command line who names the host, never for
    one who types it into a page.

    Raises:
        OriginalError: it cannot be fetched or read.
    """
    try:
        answer, raw = run("fetch", {"url": url, "allow_private": allow_private}, seconds=seconds)
    except ReadingTooSlow as error:
        raise OriginalError("{url} sends its page too slowly; try again later.", url=url) from error
    except OverLimit as error:
        raise _unreadable(url) from error
    page = read_bytes(raw, answer["path"], answer["content_type"])
    return replace(page, source=url)


def load(source: str, allow_private: bool = False) -> FetchedPage:
    """The original at a path or an http(s) address.

    Raises:
        OriginalError: it cannot be fetched or read.
    """
    if re.match(r"[a-z][a-z0-9+.-]*://", source, re.I):
        return fetch(source, allow_private)
    path = Path(source).expanduser()
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)  # a device or a pipe has no size to ask for
    except OSError as error:
        raise OriginalError(
            "{source} cannot be read ({reason}); give a file or an http(s) address.",
            source=source,
            reason=error,
        ) from error
    return read_bytes(raw, path.name)
