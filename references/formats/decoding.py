"""Bytes to text: Unicode with or without mark, declared encodings, Western, others."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:encoding\s*[=:]|charset\s*=)\s*["']?([A-Za-z][\w.:-]{1,30})""", re.I)
#: Encodings of other scripts that bibliographic files still come in.
_OTHERS = [
    *("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp1250", "cp1254"),
    *("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"),
]
_LONE = re.compile(r"[\udc80-\udcff]+")


@dataclass(frozen=True)
class Decoded:
    """The text of a file, its encoding, and whether that was guessed."""

    text: str
    encoding: str
    is_guess: bool = False


def _western(error: UnicodeError) -> tuple[str, int]:
    """Windows-1252 for what cannot be decoded; its five empty places read as Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    foreign = error.object[error.start : error.end]
    return foreign.decode(
        "latin-1" if error.encoding == "charmap" else "cp1252", WESTERN
    ), error.end


WESTERN = "western"
codecs.register_error(WESTERN, _western)


def _without_mark(data: bytes) -> Decoded | None:
    head = data[:400]
    if len(head) > 3 and b"\x00" in head:
        if head[1::2].count(0) > len(head) // 3:
            return Decoded(data.decode("utf-16-le", "replace"), "utf-16-le")
        if head[0::2].count(0) > len(head) // 3:
            return Decoded(data.decode("utf-16-be", "replace"), "utf-16-be")
    return None


#: Line ends of all systems, and what a second conversion makes of them.
_LINE_END = re.compile("\r+\n?|\u2028|\u2029|\x85")


def with_newlines(text: str) -> str:
    """A text with "\\n" at the end of each line, without byte order mark."""
    text = text.removeprefix("\ufeff")
    return _LINE_END.sub("\n", text) if _LINE_END.search(text) else text


def decode(data: bytes) -> Decoded:
    """The text of `data`. Line ends become "\\n"; a byte order mark is removed.

    Tried in turn: the mark, UTF-16 without one, UTF-8, the encoding the file declares,
    UTF-8 with a few foreign bytes, then a guess (Windows-1252 unless the bytes look like
    another script).
    """
    decoded = _decode(data)
    return Decoded(with_newlines(decoded.text), decoded.encoding, decoded.is_guess)


def _decode(data: bytes) -> Decoded:
    for mark, name in _MARKS:
        if data.startswith(mark):
            body = data[len(mark) :]
            try:
                return Decoded(body.decode(name), name)
            except UnicodeDecodeError as error:
                if len(body) - error.start > 3 and name == "utf-8":
                    return _decode(body)
                return Decoded(body.decode(name, "replace"), name, True)
    if decoded := _without_mark(data):
        return decoded
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":  # cut in the middle of a character
            return Decoded(data[: error.start].decode("utf-8"), "utf-8", True)
    declared = _DECLARED.search(data[:1000])
    if declared:
        try:
            name = codecs.lookup(declared.group(1).decode("ascii")).name
            if name not in ("utf-8", "ascii"):
                return Decoded(data.decode(name), name)
        except (LookupError, UnicodeDecodeError, ValueError):
            pass
    mixed = data.decode("utf-8", "surrogateescape")
    foreign = sum(len(match.group()) for match in _LONE.finditer(mixed))
    genuine = sum(1 for character in mixed if character > "\x7f") - foreign
    if genuine >= foreign:
        return Decoded(data.decode("utf-8", WESTERN), "utf-8", True)
    letters = sum(1 for byte in data if byte > 0x7F or chr(byte).isalpha())
    if foreign * 10 > letters * 3:  # more than three letters in ten: not a Western language
        from charset_normalizer import from_bytes

        best = from_bytes(data[:200_000], cp_isolation=_OTHERS).best()
        if best is not None and best.encoding:
            try:
                return Decoded(data.decode(best.encoding), best.encoding, True)
            except UnicodeDecodeError:
                pass
    return Decoded(data.decode("cp1252", WESTERN), "cp1252", True)
