"""Files and servers made to exhaust: memory and time are bounded, the reader gets a sentence."""

from __future__ import annotations

import io
import socketserver
import struct
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.anchoring.segment import sentences
from evidence.drafting.draft import DraftError, draft
from evidence.knowledge import KnowledgeBase
from evidence.originals import bounded
from evidence.originals.load import fetch, read_bytes
from evidence.originals.loaded import FetchedPage, OriginalError

SENTENCE = "Le bain froid calme la douleur des pieds pendant plusieurs semaines. "
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
    f'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
    f'ContentType="{_OFFICE}"/></Types>'
)
_RELATIONS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="http://schemas.'
    'openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


def docx(body: str, times: int = 1, method: int = zipfile.ZIP_DEFLATED, prolog: str = "") -> bytes:
    """A Word file of three parts whose body is this XML, so many times."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONS)
        with archive.open("word/document.xml", "w", force_zip64=times > 1000) as part:
            part.write(f"{prolog}<w:document {_W}><w:body>".encode())
            for _ in range(times):
                part.write(body.encode())
            part.write(b"</w:body></w:document>")
    return stream.getvalue()


def paragraph(words: str) -> str:
    return f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"


def with_a_false_size(raw: bytes, size: int) -> bytes:
    """The archive whose directory says that its last part is so large."""
    changed = bytearray(raw)
    struct.pack_into("<I", changed, raw.rfind(b"PK\x01\x02") + 24, size)
    return bytes(changed)


def pdf(content: bytes, layers: int = 1) -> bytes:
    """A PDF of one page whose content is compressed so often."""
    filters = b"/FlateDecode" * layers
    for _ in range(layers - 1):
        content = zlib.compress(content, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter[%s]>>stream\n%s\nendstream" % (len(content), filters, content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    raw, places = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, 1):
        places.append(b"%010d 00000 n \n" % len(raw))
        raw += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(raw)
    raw += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(places)
    return bytes(raw + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start)


def spaces(megabytes: int) -> bytes:
    """So many million spaces, compressed."""
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(b" " * 1_000_000) for _ in range(megabytes)) + packer.flush()


def operators(count: int) -> bytes:
    shown = (b"1 0 0 1 %d %d Tm (douleur) Tj " % (n % 500, n % 700) for n in range(count))
    return zlib.compress(b"BT /F1 12 Tf " + b"".join(shown) + b"ET", 1)


_LAUGHS = (
    "<!DOCTYPE l [<!ENTITY a0 'lol'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 11))
    + "]>"
)

_MEGABYTE = " " * 1_000_000
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a part that unpacks to 250 MB": ("a.docx", lambda: docx(_MEGABYTE, 250)),
    "a part packed as no DOCX is": ("a.docx", lambda: docx(_MEGABYTE, 100, zipfile.ZIP_BZIP2)),
    "a part larger than it says": ("a.docx", lambda: with_a_false_size(docx(_MEGABYTE, 700), 1000)),
    "a body of millions of elements": ("a.docx", lambda: docx("<w:p/>" * 80_000, 100)),
    "entities of entities": ("a.docx", lambda: docx(paragraph("&a10;"), prolog=_LAUGHS)),
    "a stream that unpacks to 700 MB": ("a.pdf", lambda: pdf(spaces(700))),
    "a stream packed three times": ("a.pdf", lambda: pdf(spaces(700), 3)),
    "400,000 text operators": ("a.pdf", lambda: pdf(operators(400_000))),
    "15 MB of tags": ("a.html", lambda: b"<html><body>" + b"<p>x" * 3_700_000),
}

READ = """
import resource, sys
from pathlib import Path
from evidence.originals.load import read_bytes
from evidence.originals.loaded import OriginalError
try:
    read_bytes(Path(sys.argv[1]).read_bytes(), sys.argv[2])
except OriginalError as error:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, error)
"""


@pytest.mark.parametrize("kind", BOMBS)
def test_a_file_made_to_burst_is_refused_within_its_memory(kind: str, tmp_path: Path) -> None:
    name, make = BOMBS[kind]
    (tmp_path / name).write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", READ, tmp_path / name, name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    peak, _, said = done.stdout.partition(" ")
    assert 10_000 < int(peak) < 700_000, "kilobytes"
    assert said.strip().endswith("."), "nothing was refused"
    assert "Traceback" not in done.stderr


def test_the_command_says_so_and_ends_with_2(evidence: Any, tmp_path: Path) -> None:
    (tmp_path / "trois.pdf").write_bytes(pdf(spaces(700), 3))
    for words in (("load", "bain"), ("anchor", "bain"), ("draft", "--id", "trois")):
        done = evidence("text", *words, tmp_path / "trois.pdf", code=2)
        assert "takes more memory or time" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


LONG = {
    "Word": ("a.docx", lambda: docx(paragraph("douleur"), 20_000)),
    "paragraphs": ("a.html", lambda: b"<!-- -->" + b"<p>Le froid calme.</p>" * 12_000),
    "cells": ("a.html", lambda: b"<table><tr><td>" + b"<p>mot</p>" * 40_000),
    "one line": ("a.html", lambda: b"<p>" + b"<b>froid</b> " * 30_000),
}


@pytest.mark.parametrize("kind", LONG)
def test_long_pages_below_the_limit_are_read(kind: str) -> None:
    name, make = LONG[kind]
    assert len(read_bytes(make(), name).text) > 100_000


@pytest.mark.parametrize("columns", ["2", "1000000000"])
def test_a_cell_over_however_many_columns_stands_once(columns: str) -> None:
    spans = f'<w:tcPr><w:gridSpan w:val="{columns}"/></w:tcPr>'
    cells = "".join(f"<w:tc>{spans}{paragraph(words)}</w:tc>" for words in ("froid", "calme"))
    table = f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    read = read_bytes(docx(table + paragraph("soin")), "a.docx")
    assert read.text.split("\n") == ["froid | calme", "", "soin", ""]


TABLES = b"<table>" * 2500 + b"<p>Le froid.</p>"  # trafilatura takes half a minute for it


def test_the_processor_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "CPU_SECONDS", 1)
    with pytest.raises(OriginalError, match="memory or time"):
        read_bytes(TABLES, "a.html")


def test_so_is_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(bounded.OverLimit):
        bounded.run("read", {"name": "a.html", "content_type": ""}, TABLES, seconds=1.0)


def test_few_are_read_at_once_and_turns_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "PATIENCE", 0.0)
    for _ in range(bounded.AT_ONCE + 1):
        with pytest.raises(OriginalError, match="not a readable PDF"):
            read_bytes(b"%PDF-1.4 broken", "a.pdf")
    for _ in range(bounded.AT_ONCE):
        assert bounded._turns.acquire(blocking=False)
    try:
        with pytest.raises(OriginalError, match="try again in a minute"):
            read_bytes(b"Le froid.", "a.txt")
    finally:
        bounded._turns.release(bounded.AT_ONCE)
    assert read_bytes(b"Le froid.", "a.txt").text == "Le froid."


# ---- servers that trickle -------------------------------------------------------------


class Trickle(socketserver.StreamRequestHandler):
    """Sends a piece now and then, for two minutes, in the headers or in the body."""

    def handle(self) -> None:
        assert isinstance(self.server, TrickleServer)
        path = self.rfile.readline().split()[1]
        begin, piece = {
            b"/status": (b"HTTP/1.1 ", b"2"),
            b"/head": (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
            b"/body": (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"x"),
            b"/redirects": (b"HTTP/1.1 302 Found\r\nLocation: /redirects\r\n", b"X-A: b\r\n"),
        }[path]
        try:
            self.wfile.write(begin)
            for _ in range(600):
                self.wfile.write(piece)
                self.wfile.flush()
                if self.server.hung_up.wait(0.2):
                    return
        except OSError:
            self.server.gone.set()


class TrickleServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Trickle)
        self.gone = threading.Event()  # the reader closed the connection
        self.hung_up = threading.Event()


@pytest.fixture
def server() -> Iterator[TrickleServer]:
    with TrickleServer() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.hung_up.set()
        running.shutdown()


@pytest.mark.parametrize("where", ["status", "head", "body", "redirects"])
def test_a_page_that_trickles_is_given_up_and_its_connection_closed(
    server: TrickleServer, where: str
) -> None:
    url = f"http://127.0.0.1:{server.server_address[1]}/{where}"
    with pytest.raises(OriginalError, match="too slowly"):
        fetch(url, allow_private=True, seconds=2.0)
    assert server.gone.wait(60)


# ---- what is done with the text -------------------------------------------------------

LENGTH = 120_000  # half of the longest that is read
TEXTS = {
    "plain sentences": SENTENCE,
    "abbreviations": "M. ",
    "abbreviations in sentences": "p. ex. le dr. M. X. calme ",
    "numbers of lists": "1. Le froid calme 2. la douleur ",
    "words cut by hyphens": "froi-\nd ",
    "words cut by hyphens in sentences": "calme la dou-\nleur du ner-\n",
    "narrow lines": "douleur du nerf pudendal calme par le froid\n",
    "items": "• rare\n  douleur\n",
    "digits": "1",
    "questions": "?",
    "a question and room": "Le froid calme ?" + " " * 40_000 + "oui",
}

CUT = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (15, 15))
from evidence.anchoring.segment import sentences
text = sys.stdin.read()
found = sentences(text, "fr")
print(len(found), all(text[one.start : one.end] == one.text for one in found))
"""


@pytest.mark.parametrize("kind", TEXTS)
def test_a_long_text_is_cut_within_its_processor_time(kind: str) -> None:
    words = TEXTS[kind] * (LENGTH // len(TEXTS[kind]))
    done = subprocess.run(
        [sys.executable, "-c", CUT], input=words, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, "it was ended by its limit"
    count, whole = done.stdout.split()
    assert int(count) >= 1
    assert whole == "True"


def test_long_lines_are_cut_where_short_ones_are() -> None:
    many = sentences(SENTENCE * 200, "fr")
    assert [one.text for one in many] == [SENTENCE.strip()] * 200
    doctor = "Elle voit le Dr. Martin pour la douleur du nerf. "
    assert [s.text for s in sentences(doctor * 200, "fr")] == [doctor.strip()] * 200
    wrapped = "le froid calme la dou-\nleur du nerf pendant des mois, " * 400
    assert len(sentences(f"Ici {wrapped}fin.", "fr")) == 1


def test_a_draft_of_more_than_anybody_judges_is_refused(kb: KnowledgeBase) -> None:
    for words in (SENTENCE * 501, "Smith J, et al. Cold for pain. Pain. 2019;3:4.\n" * 600):
        page = FetchedPage(words + "\n" + SENTENCE, "livre.pdf", "pdf", "", "fr")
        with pytest.raises(DraftError, match="bring it in parts"):
            draft(page, "livre", kb.vocabulary, kb.library)


def test_a_page_that_repeats_itself_is_drafted(kb: KnowledgeBase) -> None:
    made = draft(
        FetchedPage(SENTENCE * 400, "a.txt", "text", "", "fr"), "a", kb.vocabulary, kb.library
    )
    assert len(made.text.claims) == 400
