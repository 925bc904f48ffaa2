"""Load the original of a text: HTML, plain text, Markdown, DOCX or PDF, from a file or an address.

Whatever the form, the result is plain text in which a heading is a line of its own, a list item
begins with a bullet and blocks are set apart by an empty line. Originals belong to their
publishers: they stay in the instance folder, version by version, and are never shipped.

An address is fetched from the host that was named and from no other: redirects to other hosts
and, unless allowed, private and local addresses are refused.
"""

from __future__ import annotations

import hashlib
import io
import ipaddress
import json
import os
import re
import socket
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies

import lxml.html
import requests
from charset_normalizer import from_bytes
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from references.errors import NotFound, SettingError, UserError
from references.files import write_atomic

MAX_BYTES = 20_000_000
MAX_UNPACKED = 200_000_000  # of a DOCX, against archives made to burst
MAX_SIGNS = 2_000_000
MAX_PAGES = 500
MAX_REDIRECTS = 5
TIMEOUT = (10.0, 30.0)  # seconds to connect, seconds between two packets
MAX_SECONDS = 120.0

_SUFFIXES = {
    ".html": "html", ".htm": "html", ".xhtml": "html", ".txt": "text", ".text": "text",
    ".md": "markdown", ".markdown": "markdown", ".docx": "docx", ".pdf": "pdf",
}  # fmt: skip
_TYPES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "text/markdown": "markdown",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
_EXTENSION = {"html": "html", "text": "txt", "markdown": "md", "docx": "docx", "pdf": "pdf"}


class OriginalError(UserError):
    """A page that cannot be fetched or read; the sentence says why and what to do."""


@dataclass(frozen=True)
class Loaded:
    """A page as read: its plain text, where it came from, and the bytes that were read."""

    text: str
    source: str
    form: str
    title: str = ""
    language: str = ""
    raw: bytes = b""

    @property
    def sha256(self) -> str:
        """The hash of the plain text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


# ---- from HTML, Markdown, DOCX and PDF to plain text ----------------------------------

_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "dd", "details", "dialog", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "main",
    "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "thead", "tr", "ul", "quote",
    "list", "row", "caption", "doc", "li", "item", "h1", "h2", "h3", "h4", "h5", "h6", "head",
}  # fmt: skip
_HEADS = {"h1", "h2", "h3", "h4", "h5", "h6", "head"}
_ITEMS = {"li", "item"}
_CELLS = {"td", "th", "cell"}
_HIDDEN = {
    "script", "style", "noscript", "template", "svg", "iframe", "object", "select", "button",
    "nav", "title", "meta", "link", "input", "textarea", "canvas", "video", "audio",
}  # fmt: skip

_FOR_LISTENERS = re.compile(
    r"\b(?:sr-only|visually-?hidden|screen-reader-text|element-invisible|u-hidden-visually)\b", re.I
)
_FURNITURE = re.compile(
    r"cookie|\bgdpr|\brgpd|didomi|onetrust|axeptio|tarteaucitron|breadcrumb|\bfil-d?-?ariane", re.I
)


def _is_title(element: Any) -> bool:
    """True for the button that opens a part of the page and is its heading."""
    if element.tag != "button":
        return False
    above = element.getparent()
    return above is not None and (above.tag in _HEADS or above.tag == "summary")


def _is_folded(element: Any) -> bool:
    """True for what is hidden for good: a label, an icon. A part that opens has blocks, or
    more words."""
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    if not hidden and not _FOR_LISTENERS.search(element.get("class", "")):
        return False
    if any(child.tag in _BLOCKS for child in element.iterdescendants()):
        return False
    return len(element.text_content().split() if hasattr(element, "text_content") else ()) < 12


def _is_furniture(element: Any) -> bool:
    """True for a cookie banner, a path to the page, a dialogue: around the text, not in it."""
    if element.get("role") in ("navigation", "search", "dialog", "alertdialog"):
        return True
    return bool(_FURNITURE.search(f"{element.get('id', '')} {element.get('class', '')}"))


def _calls_note(element: Any, before: str) -> bool:
    """True for the raised figure or letter that calls a note; not for that of "cm²" or "10⁶"."""
    if element.tag != "sup":
        return False
    words = "".join(element.itertext()).strip()
    if not re.fullmatch(r"[\[(]?(?:\d{1,3}|[a-z*†‡])(?:\s?[,;–-]\s?\d{1,3})*[\])]?", words):
        return False
    is_link = next(element.iter("a"), None) is not None
    return is_link or words[0] in "[(" or bool(re.search(r"(?:[^\W\d_]{4}|[.,;:!?)»])\s*$", before))


def _lays_out(element: Any) -> bool:
    """True for a cell of several paragraphs or lists: it lays out the page, holds no value."""
    return element.tag in _CELLS and sum(child.tag in _BLOCKS for child in element) > 1


def _walk(element: Any, lines: list[str]) -> None:
    """Append the lines of an element; the last line of the list is still being written."""
    tag = element.tag if isinstance(element.tag, str) else ""
    hidden = (
        not tag
        or (tag in _HIDDEN and not _is_title(element))
        or _is_folded(element)
        or _is_furniture(element)
        or _calls_note(element, lines[-1])
    )
    if not hidden:
        laid_out = _lays_out(element)
        parent = element.getparent()
        block = laid_out or (
            tag in _BLOCKS and (parent is None or parent.tag not in _CELLS or _lays_out(parent))
        )
        if block:
            lines.append("")
            if tag not in _ITEMS | {"row", "tr"}:
                lines.append("")
        if tag in _ITEMS:
            lines[-1] += "• "
        elif tag in _CELLS and not laid_out and lines[-1].strip():
            lines[-1] = f"{lines[-1].rstrip()} | "
        elif tag in ("br", "lb"):
            lines.append("")
        if element.text:
            lines[-1] += re.sub(r"[ \t\r\n\f]+", " ", element.text)
        for child in element:
            _walk(child, lines)
        if block:
            lines.append("")
            if tag in _HEADS:
                lines.append("")
    if element.tail:
        lines[-1] += re.sub(r"[ \t\r\n\f]+", " ", element.tail)


def _tidy(lines: list[str]) -> str:
    """Lines without space at their ends, bullets with their words, single empty lines."""
    tidied: list[str] = []
    pending = False
    for line in lines:
        plain = line.strip(" \t")
        if plain == "•":
            pending = True
        elif plain:
            tidied.append(f"• {plain}" if pending and not plain.startswith("•") else plain)
            pending = False
        elif tidied and tidied[-1] and not pending:
            tidied.append("")
    # An empty line between two items of one list would part them.
    kept = [
        line
        for at, line in enumerate(tidied)
        if line or not (tidied[at - 1].startswith("•") and (tidied[at + 1 :] or [""])[0][:1] == "•")
    ]
    return "\n".join(kept).strip() + "\n"


def _element_text(element: Any) -> str:
    lines = [""]
    _walk(element, lines)
    return _tidy(lines)


def _words(text: str) -> int:
    return len(re.findall(r"\w+", text))


def _from_html(raw: bytes, charset: str | None = None) -> tuple[str, str]:
    """Main text and title.

    What the page marks as its main part is taken whole; else trafilatura finds where the main
    text begins and ends, and all between is taken: it drops a heading here and there, and a
    sentence that comes and goes would look like a change of the page.
    """
    import trafilatura

    page = _decode(raw, charset)
    if not page.strip():
        return "", ""
    try:
        tree: Any = lxml.html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", page))
    except (lxml.etree.ParserError, ValueError) as error:
        raise OriginalError(f"The page is not readable HTML ({error}).") from error
    title = " ".join((tree.findtext(".//title") or "").split())
    marked = tree.xpath("//main | //*[@role='main']") or tree.xpath("//article")
    part = marked[0] if len(marked) == 1 else tree.find("body")
    text = _element_text(part) if part is not None else ""
    if len(marked) == 1 and _words(text) > 50:
        return text, title
    whole = _element_text(tree.find("body")) if tree.find("body") is not None else text
    _open(tree)
    found = trafilatura.extract(
        tree, favor_recall=True, include_comments=False, include_tables=True, deduplicate=False
    )
    lines = whole.splitlines()
    kept = {_plain(line) for line in (found or "").splitlines()} - {""}
    all_kept = _plain(found or "")
    inside = [
        at
        for at, plain in enumerate(map(_plain, lines))
        if plain in kept or (len(plain) >= 25 and plain in all_kept)
    ]
    if sum(_words(lines[at]) for at in inside) < 0.5 * _words(found or "") or not inside:
        return (found or whole), title
    first, last = inside[0], inside[-1]
    while "".join(line[:1] for line in lines[last : last + 2]) == "••":
        last += 1  # the end of a list that was begun
    heads = [_plain(head.text_content()) for head in tree.iter("h1", "h2")]
    above = [at for at in range(max(0, first - 6), first) if _plain(lines[at]) in heads]
    return _tidy(lines[above[0] if above else first : last + 1]), title


def _open(tree: Any) -> None:
    """Take away what hides parts of a page until somebody opens them: they are read as well."""
    for element in tree.iter():
        for name in ("hidden", "aria-hidden", "aria-expanded"):
            element.attrib.pop(name, None)
        if "display" in element.get("style", ""):
            del element.attrib["style"]


def _plain(line: str) -> str:
    """A line as it compares between two extractions."""
    return "".join(re.findall(r"\w+", line)).lower()


def _from_markdown(raw: bytes) -> tuple[str, str]:
    from markdown_it import MarkdownIt

    page = re.sub(r"\A---\n.*?\n---\n", "", _decode(raw), count=1, flags=re.S)
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(page)
    if not html.strip():
        return "", ""
    tree: Any = lxml.html.document_fromstring(html)
    heads = tree.xpath("//h1 | //h2")
    return _element_text(tree), heads[0].text_content().strip() if heads else ""


def _from_docx(raw: bytes) -> tuple[str, str]:
    import docx
    from docx.oxml.ns import qn
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise OriginalError(
                    "The DOCX file unpacks to more than 200 MB; save it without its pictures."
                )
        document = docx.Document(io.BytesIO(raw))
    except OriginalError:
        raise
    except Exception as error:  # python-docx lets errors of zipfile, lxml and its own through
        raise OriginalError(
            "The file is not a readable DOCX document; open it in a word processor and save it."
        ) from error
    lines: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                cells = dict.fromkeys(" ".join(cell.text.split()) for cell in row.cells)
                lines += ["", " | ".join(cell for cell in cells if cell)]
        elif isinstance(block, Paragraph):
            words = block.text.strip()
            style = (block.style.name or "").lower() if block.style else ""
            properties = block._p.find(qn("w:pPr"))
            numbered = properties is not None and properties.find(qn("w:numPr")) is not None
            if style.startswith("list") or numbered:
                lines.append(f"• {words}")
            else:
                lines += ["", *words.split("\n"), ""]
    return _tidy(lines), (document.core_properties.title or "").strip()


def _from_pdf(raw: bytes) -> tuple[str, str]:
    import logging

    from pdfminer.high_level import extract_text
    from pdfminer.layout import LAParams

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        text = extract_text(io.BytesIO(raw), maxpages=MAX_PAGES, laparams=LAParams())
    except Exception as error:  # pdfminer raises what its parsers meet
        raise OriginalError(
            "The file is not a readable PDF (damaged or protected); save or print it to PDF again."
        ) from error
    if _words(text) < 3:
        raise OriginalError(
            "The PDF has no text, only pictures of it; run text recognition (OCR) on it first."
        )
    return _tidy(_unwrap(_without_furniture(text))), ""


def _without_furniture(text: str) -> str:
    """Pages without page numbers and without the first or last line that most of them share."""
    pages = [page.strip("\n").split("\n") for page in text.split("\f") if page.strip()]

    def plain(line: str) -> str:
        return re.sub(r"\d+", "#", " ".join(line.split()))

    for edge in (0, -1):
        for _ in range(2):
            if len(pages) < 3:
                break
            seen = [plain(page[edge]) for page in pages if page]
            common = {line for line in seen if line and seen.count(line) > len(pages) / 2}
            for page in pages:
                while page and (plain(page[edge]) in common or not page[edge].strip()):
                    page.pop(edge)
    whole = ""
    for page in pages:
        body = re.sub(r"\n\s*(?:page\s*)?\d{1,4}(?:\s*/\s*\d+)?\s*$", "", "\n".join(page)).strip()
        runs_on = whole and not whole.endswith((".", "!", "?", ":", ";")) and body[:1].islower()
        whole += ("\n" if runs_on else "\n\n") + body
    return whole


def _unwrap(text: str) -> list[str]:
    """The lines of a PDF as paragraphs; a word cut at a line's end is whole again."""
    lines: list[str] = []
    text = re.sub(r"(\w)[-\u00ad\u2010]\n(?=[a-zà-ÿ])", "\\1\u00ad", text)
    for raw in text.split("\n"):
        line = re.sub(r"^\s*[•·◦▪●■\uf0b7–]\s*", "• ", raw).strip()
        if re.fullmatch(r"\d{1,2}[.)]", line):
            continue  # the numbers of a list, set apart from its items
        before = lines[-1] if lines else ""
        if before.startswith("•") and before.endswith(";") and line[:1].islower():
            line = f"• {line}"  # the bullets stood in a column of their own
        continues = (
            before
            and line
            and not line.startswith("•")
            and (
                line[0].islower()
                or (len(before) > 60 and not before.endswith((".", ":", "!", "?", ";")))
            )
            and not before.endswith((".", "!", "?", ":", ";"))
        )
        if continues:
            lines[-1] = f"{before} {line}"
        else:
            lines.append(line)
    return [line.replace("\u00ad", "") for line in lines]


def _decode(raw: bytes, charset: str | None = None) -> str:
    """Bytes as text: as declared, else UTF-8, else as an HTML page declares, else guessed."""
    declared = re.search(rb"<meta[^>]+charset=[\"']?([\w-]+)", raw[:4096], re.I)
    tried = [
        charset,
        "utf-8-sig",
        declared.group(1).decode("ascii", "replace") if declared else None,
    ]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        tried.insert(0, "utf-16")
    for name in tried:
        try:
            if name:
                return raw.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    best = from_bytes(raw).best()
    return str(best) if best else raw.decode("cp1252", "replace")


def _form_of(raw: bytes, name: str, content_type: str = "") -> str:
    """What the bytes are: by their first signs, then the content type, then the name."""
    if raw.startswith(b"%PDF-"):
        return "pdf"
    if raw.startswith(b"PK\x03\x04"):
        return "docx"
    if b"\0" in raw[:2048] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise OriginalError(
            f"{name} is not HTML, plain text, Markdown, DOCX or PDF; save the page in one of these."
        )
    named = _SUFFIXES.get(Path(name).suffix.lower(), "")
    declared = _TYPES.get(content_type.partition(";")[0].strip().lower(), "")
    if named == "markdown" and declared in ("", "text"):
        return named
    if form := declared or named:
        return form
    start = raw[:2048].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")) or b"<body" in start:
        return "html"
    return "text"


def language_of(text: str) -> str:
    """The language a text is written in (ISO 639-1), "" when there is too little of it."""
    import py3langid

    if _words(text) < 5:
        return ""
    return cast(str, py3langid.classify(text[:20_000])[0])


def read_bytes(raw: bytes, name: str, content_type: str = "") -> Loaded:
    """The plain text of a page given as bytes, such as an upload.

    Raises:
        OriginalError: it is too large, has no text, or is in no form we read.
    """
    if len(raw) > MAX_BYTES:
        raise OriginalError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB; shorten it.")
    form = _form_of(raw, name, content_type)
    title = ""
    if form in ("html", "text"):
        charset = re.search(r"charset=[\"']?([\w-]+)", content_type)
        declared = charset.group(1) if charset else None
        if form == "html":
            text, title = _from_html(raw, declared)
        else:
            text = _decode(raw, declared).replace("\r\n", "\n").replace("\r", "\n")
    else:
        text, title = {"markdown": _from_markdown, "docx": _from_docx, "pdf": _from_pdf}[form](raw)
    if not re.search(r"\w", text):
        raise OriginalError(
            f"{name} has no text that could be read; check that it is the page itself "
            "(a page drawn by scripts must be saved from the browser first)."
        )
    if len(text) > MAX_SIGNS:
        raise OriginalError(f"{name} holds more than {MAX_SIGNS:,} characters; shorten it.")
    return Loaded(text, name, form, title, language_of(text), raw)


# ---- from an address ------------------------------------------------------------------


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not parsed.is_multicast


class _PrivateError(OSError):
    """The connection reached a private address."""


def _checked(connection: Any) -> Any:
    if not _is_public(connection.getpeername()[0]):
        connection.close()
        raise _PrivateError
    return connection


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return cast(socket.socket, _checked(super()._new_conn()))


class _SecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return cast(socket.socket, _checked(super()._new_conn()))


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _PublicAdapter(HTTPAdapter):
    """Looks at the address a connection really reached, before anything is sent: a name that
    changes its address between look-up and connection gains nothing."""

    def init_poolmanager(self, *args: Any, **settings: Any) -> None:
        super().init_poolmanager(*args, **settings)
        pools: PoolManager = self.poolmanager
        pools.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def _resolves_publicly(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return True  # the proxy may know the name; without one, connecting says what is wrong
    return all(_is_public(str(item[4][0])) for item in found)


def _same_host(one: str, other: str) -> bool:
    return one.removeprefix("www.") == other.removeprefix("www.")


def fetch(url: str, allow_private: bool = False) -> Loaded:
    """The page at an address, its text read.

    Only http and https, only the host named (with or without "www."), at most 20 MB and two
    minutes. Private and local addresses only with `allow_private`: for a person at the command
    line who names the host, never for one who types it into a page.

    Raises:
        OriginalError: it cannot be fetched or read.
    """
    first = urlsplit(url)
    if first.scheme not in ("http", "https") or not first.hostname or first.username:
        raise OriginalError(
            f"{url} is no address of a page; it begins with http:// or https:// and names a host."
        )
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = "evidence (patient text check)"
    proxies = {
        scheme: proxy for scheme, proxy in getproxies().items() if scheme in ("http", "https")
    }
    if not allow_private:
        if proxies and not _resolves_publicly(first.hostname):
            raise _private(first.hostname)
        if not proxies:
            session.mount("http://", _PublicAdapter())
            session.mount("https://", _PublicAdapter())
    elif not _resolves_publicly(first.hostname):
        proxies = {}  # a host of one's own network is reached directly
    address = url
    try:
        for _ in range(MAX_REDIRECTS + 1):
            with session.get(
                address, timeout=TIMEOUT, stream=True, allow_redirects=False, proxies=proxies
            ) as response:
                if response.is_redirect:
                    address = urljoin(address, response.headers["location"])
                    target = urlsplit(address)
                    if target.scheme not in ("http", "https") or not _same_host(
                        target.hostname or "", first.hostname
                    ):
                        raise OriginalError(
                            f"{url} leads to another site ({target.hostname or address}); "
                            "give that address if it is the page you mean."
                        )
                    continue
                if response.status_code != 200:
                    raise OriginalError(
                        f"{url} answered {response.status_code} {response.reason}; "
                        "open it in a browser and check the address."
                    )
                raw = _bounded(response, url)
                found = read_bytes(
                    raw, urlsplit(address).path or "/", response.headers.get("content-type", "")
                )
                return Loaded(found.text, url, found.form, found.title, found.language, raw)
        raise OriginalError(f"{url} redirects in a circle; open it in a browser.")
    except requests.RequestException as error:
        if "_PrivateError" in repr(error) or isinstance(error.__cause__, _PrivateError):
            raise _private(first.hostname) from error
        raise OriginalError(
            f"{url} cannot be fetched ({_reason(error)}); check the address and the connection."
        ) from error
    except _PrivateError as error:
        raise _private(first.hostname) from error


def _private(host: str) -> OriginalError:
    return OriginalError(
        f"{host} is an address of a private network, which is not fetched from here; "
        "load the page from the command line or upload its file."
    )


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not valid"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return type(error).__name__


def _bounded(response: requests.Response, url: str) -> bytes:
    started = datetime.now(UTC)
    data = bytearray()
    for chunk in response.iter_content(65_536):
        data += chunk
        if len(data) > MAX_BYTES:
            raise OriginalError(f"{url} is larger than {MAX_BYTES // 1_000_000} MB.")
        if (datetime.now(UTC) - started).total_seconds() > MAX_SECONDS:
            raise OriginalError(f"{url} sends its page too slowly; try again later.")
    return bytes(data)


def load(source: str, allow_private: bool = False) -> Loaded:
    """The original at a path or an http(s) address.

    Raises:
        OriginalError: it cannot be fetched or read.
    """
    if re.match(r"[a-z][a-z0-9+.-]*://", source, re.I):
        return fetch(source, allow_private)
    path = Path(source).expanduser()
    try:
        if path.stat().st_size > MAX_BYTES:
            raise OriginalError(f"{source} is larger than {MAX_BYTES // 1_000_000} MB.")
        raw = path.read_bytes()
    except OSError as error:
        raise OriginalError(
            f"{source} cannot be read ({error.strerror}); give a file or an http(s) address."
        ) from error
    return read_bytes(raw, path.name)


# ---- the versions kept in the instance ------------------------------------------------


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


class Originals:
    """The originals of an instance: `originals/<text>/0001.txt` with what is known about it."""

    def __init__(self, instance: Path) -> None:
        self.folder = instance / "originals"

    def _folder(self, text_id: str) -> Path:
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", text_id):
            raise NotFound(
                f"'{text_id}' is no id of a text; ids are lower case words with hyphens."
            )
        return self.folder / text_id

    def versions(self, text_id: str) -> list[Version]:
        """All versions of a text's original, oldest first; empty when none was loaded.

        Raises:
            SettingError: a version's description is damaged.
        """
        found = []
        for path in sorted(self._folder(text_id).glob("[0-9]*.json")):
            try:
                plain = json.loads(path.read_text("utf-8"))
                plain["loaded"] = datetime.fromisoformat(plain["loaded"])
                plain["checked"] = datetime.fromisoformat(plain["checked"])
                found.append(Version(**plain))
            except (OSError, ValueError, TypeError, KeyError) as error:
                raise SettingError(
                    f"{path} is damaged; remove it and its text, then load the page again."
                ) from error
        return found

    def latest(self, text_id: str) -> Version | None:
        """The newest version, or None when no original was loaded."""
        found = self.versions(text_id)
        return found[-1] if found else None

    def text(self, version: Version) -> str:
        """The plain text of a version.

        Raises:
            SettingError: it is gone, or is not what was loaded.
        """
        path = self._folder(version.text_id) / f"{version.number:04}.txt"
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(f"{path} cannot be read; load the page again.") from error
        if hashlib.sha256(text.encode()).hexdigest() != version.sha256:
            raise SettingError(f"{path} was altered since it was loaded; load the page again.")
        return text

    def add(
        self, text_id: str, loaded: Loaded, now: datetime | None = None
    ) -> tuple[Version, bool]:
        """Keep a page; returns its version and whether it is new.

        A page with the same text as the newest version is the same version, checked again.
        Two loads at once get two numbers; nothing kept before is overwritten.
        """
        now = (now or datetime.now(UTC)).replace(microsecond=0)
        folder = self._folder(text_id)
        latest = self.latest(text_id)
        if latest and latest.sha256 == loaded.sha256:
            version = replace(latest, checked=now)
            write_atomic(folder / f"{latest.number:04}.json", _described(version))
            return version, False
        for number in self._free(folder, latest.number + 1 if latest else 1):
            version = Version(
                text_id, number, loaded.source, loaded.form, loaded.title, loaded.language,
                loaded.sha256, now, now,
            )  # fmt: skip
            if loaded.raw:
                raw = folder / f"{number:04}.source.{_EXTENSION[loaded.form]}"
                write_atomic(raw, loaded.raw)
            write_atomic(folder / f"{number:04}.txt", loaded.text)
            # The description comes last: a version is there when it is.
            write_atomic(folder / f"{number:04}.json", _described(version))
            return version, True
        raise SettingError(f"{folder} cannot take another version.")

    def _free(self, folder: Path, first: int) -> Iterator[int]:
        """Numbers nobody else has; taking one is making an empty file that must not exist."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(first, first + 10_000):
                try:
                    os.close(os.open(folder / f"{number:04}.txt", os.O_CREAT | os.O_EXCL))
                except FileExistsError:
                    continue
                yield number
        except OSError as error:
            raise SettingError(f"{folder} cannot be written ({error.strerror}).") from error


def _described(version: Version) -> str:
    plain = asdict(version)
    plain["loaded"] = version.loaded.isoformat()
    plain["checked"] = version.checked.isoformat()
    return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"
