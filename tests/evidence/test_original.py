"""Originals: five forms to one plain text, fetched with care, kept version by version."""

from __future__ import annotations

import contextlib
import http.server
import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
import weasyprint
from hypothesis import given
from hypothesis import strategies as st

from evidence.anchoring.calls import without_calls
from evidence.anchoring.tokens import TokenisedPage
from evidence.originals import network
from evidence.originals.convert import convert
from evidence.originals.load import fetch, load, read_bytes
from evidence.originals.loaded import FetchedPage, OriginalError
from evidence.originals.versions import Originals
from references.errors import NotFound, SettingError

BODY = """<h1>Le bain froid</h1>
<p>Le bain froid calme la douleur des pieds, c’est un geste <b>mini-invasif</b> simple.</p>
<h2>Quels effets ?</h2><p>Les effets possibles incluent&nbsp;:</p>
<ul><li>une rougeur passagère&nbsp;;</li><li><p>un engourdissement.</p></li></ul>
<table><tr><th>Durée</th><th>Effet</th></tr><tr><td>20 minutes</td><td>faible</td></tr></table>
<p>L’effet apparaît en quelques jours et peut durer plusieurs semaines.</p>"""
NOISE = """<header><nav><ul><li><a href="/">Accueil</a></li></ul></nav></header>
<script>var douleur = "aucune";</script><style>p {color: red}</style>"""
HTML = f"""<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Le bain froid |
Hôpital</title></head><body>{NOISE}<main>{BODY}</main>
<footer>© Hôpital. Tous droits réservés.</footer></body></html>"""

LINES = [
    "Le bain froid",
    "Le bain froid calme la douleur des pieds, c’est un geste mini-invasif simple.",
    "Quels effets ?",
    "• une rougeur passagère ;",
    "• un engourdissement.",
    "L’effet apparaît en quelques jours et peut durer plusieurs semaines.",
]


def lines(loaded: FetchedPage) -> list[str]:
    return [line.replace("\u00a0", " ") for line in loaded.text.splitlines() if line]


def test_html_keeps_headings_lists_and_tables_and_leaves_navigation_out() -> None:
    found = read_bytes(HTML.encode(), "page.html")
    assert (found.form, found.language, found.title) == ("html", "fr", "Le bain froid | Hôpital")
    assert [line for line in lines(found) if line in LINES] == LINES
    assert "20 minutes | faible" in found.text
    for noise in ("Accueil", "aucune", "droits", "color"):
        assert noise not in found.text


def test_html_without_main_and_in_nested_parts_is_read_too() -> None:
    soup = BODY.replace("<p>", "<div><div><span>").replace("</p>", "</span></div></div>")
    page = f"<html><body>{NOISE}<div class=c><div>{soup}</div></div></body></html>"
    text = read_bytes(page.encode(), "page.html").text.replace("\u00a0", " ")
    for line in LINES:
        assert TokenisedPage(text).find(line), line


def test_parts_that_open_are_read_and_hidden_labels_are_not() -> None:
    page = f"""<main>{BODY}<h2><button aria-expanded="false">Quels risques ?</button></h2>
<div aria-hidden="true"><p>Une brûlure légère peut durer deux ou trois jours chez une patiente sur
dix, sans trace.</p></div><span aria-hidden="true">fermer le volet</span>
<details><summary>Et après ?</summary><p>Le repos est conseillé.</p></details>
<button>Accepter</button></main>"""
    found = lines(read_bytes(page.encode(), "page.html"))
    for line in ("Quels risques ?", "Et après ?", "Le repos est conseillé."):
        assert line in found
    assert any(line.startswith("Une brûlure légère") for line in found)
    assert not any("volet" in line or "Accepter" in line for line in found)


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16", "cp1252", "utf-8-sig"])
def test_charsets(charset: str) -> None:
    page = HTML.replace("’", "'").replace('<meta charset="utf-8">', f'<meta charset="{charset}">')
    found = read_bytes(page.encode(charset), "page.html")
    assert "L'effet apparaît" in found.text


def test_markdown() -> None:
    page = "---\ntitle: x\n---\n# Le bain froid\n\nIl *calme* la [douleur](x).\n\n- un\n- deux\n"
    found = read_bytes(page.encode(), "page.md")
    assert lines(found) == ["Le bain froid", "Il calme la douleur.", "• un", "• deux"]
    assert found.title == "Le bain froid"


def test_docx() -> None:
    document = docx.Document()
    document.add_heading("Le bain froid", 1)
    document.add_paragraph("Il calme la douleur.")
    document.add_paragraph("une rougeur", style="List Bullet")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Durée", "20 minutes"
    stream = io.BytesIO()
    document.save(stream)
    found = read_bytes(stream.getvalue(), "page.docx")
    assert lines(found) == [
        "Le bain froid",
        "Il calme la douleur.",
        "• une rougeur",
        "Durée | 20 minutes",
    ]


def test_pdf_paragraphs_are_whole_and_furniture_is_left_out() -> None:
    style = "@page {size: A6; @top-left {content: 'Hôpital'} @bottom-left {content: counter(page)}}"
    long = "Le bain froid calme la douleur des pieds pendant plusieurs semaines. " * 20
    page = f"<style>{style} p {{hyphens: auto}}</style><html lang=fr>{BODY}<p>{long}</p></html>"
    found = read_bytes(weasyprint.HTML(string=page).write_pdf(), "page.pdf")
    for line in LINES:
        assert TokenisedPage(found.text).find(line), line
    assert "Hôpital" not in found.text
    assert TokenisedPage(found.text).find(long)
    assert "plusieurs semaines. Le bain" in found.text


def test_a_pdf_of_pictures_says_so() -> None:
    with pytest.raises(OriginalError, match="OCR"):
        read_bytes(weasyprint.HTML(string="<hr>").write_pdf(), "scan.pdf")


@pytest.mark.parametrize(
    ("raw", "name", "says"),
    [
        (b"%PDF-1.4 broken", "a.pdf", "not a readable PDF"),
        (b"PK\x03\x04 broken", "a.docx", "not a readable DOCX"),
        (b"\0\1\2\3", "a.bin", "is not HTML"),
        (b"<html><body><script>draw()</script></body></html>", "a.html", "no text"),
        (b"", "a.txt", "no text"),
        (b"x" * 20_000_001, "a.txt", "larger than 20 MB"),
        (b"word " * 50_001, "a.txt", "more than 250\u202f000"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(raw: bytes, name: str, says: str) -> None:
    with pytest.raises(OriginalError, match=says):
        read_bytes(raw, name)


def test_a_docx_made_to_burst_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * 201_000_000)
    with pytest.raises(OriginalError, match="unpacks"):
        read_bytes(stream.getvalue(), "a.docx")


@given(
    st.binary(max_size=400), st.sampled_from(["a.html", "a.md", "a.docx", "a.pdf", "a.txt", "a"])
)
def test_any_bytes_are_read_or_refused(raw: bytes, name: str) -> None:
    try:
        text = convert(raw, name).text
    except OriginalError as error:
        text = str(error)
    assert text.strip()


# ---- addresses ------------------------------------------------------------------------


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/elsewhere":
            self._answer(302, "text/html", b"", location="http://example.org/page")
        elif self.path == "/moved":
            self._answer(301, "text/html", b"", location="/page")
        elif self.path == "/circle":
            self._answer(301, "text/html", b"", location="/circle")
        elif self.path == "/latin":
            page = "Une gêne légère après la séance."
            self._answer(200, "text/plain; charset=iso-8859-1", page.encode("iso-8859-1"))
        elif self.path == "/large":
            self._answer(200, "text/plain", b"mot " * 6_000_000)
        elif self.path == "/page":
            self._answer(200, "text/html; charset=utf-8", HTML.encode())
        else:
            self._answer(404, "text/html", b"nothing")

    def _answer(self, code: int, kind: str, body: bytes, location: str = "") -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the reader had enough
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_page_is_fetched_from_the_host_that_was_named(site: str) -> None:
    found = fetch(f"{site}/moved", allow_private=True)
    assert (found.source, found.form, found.language) == (f"{site}/moved", "html", "fr")
    assert "rougeur" in found.text
    assert "gêne légère" in fetch(f"{site}/latin", allow_private=True).text


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/elsewhere", "another site"),
        ("/circle", "circle"),
        ("/nothing", "404"),
        ("/large", "larger than 20 MB"),
    ],
)
def test_what_cannot_be_fetched_is_said(site: str, path: str, says: str) -> None:
    with pytest.raises(OriginalError, match=says):
        fetch(site + path, allow_private=True)


def test_private_addresses_are_refused_unless_allowed(site: str) -> None:
    port = site.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "0.0.0.0", "2130706433"):
        with pytest.raises(OriginalError, match=r"private network|cannot be fetched"):
            fetch(f"http://{host}:{port}/page")
    assert fetch(f"{site}/page", allow_private=True).text


@pytest.mark.parametrize("url", ["ftp://a/b", "file:///etc/passwd", "http://", "http://u:p@h/x"])
def test_only_addresses_of_pages(url: str) -> None:
    with pytest.raises(OriginalError, match="no address of a page"):
        load(url, allow_private=True)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(OriginalError, match="cannot be read"):
        load(str(tmp_path / "none.html"))


# ---- versions -------------------------------------------------------------------------

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_versions_are_kept_and_an_unchanged_page_is_only_checked(tmp_path: Path) -> None:
    originals = Originals(tmp_path)
    first, new = originals.add("bain", read_bytes(HTML.encode(), "a.html"), DAY)
    assert (first.number, new) == (1, True)
    again, new = originals.add("bain", read_bytes(HTML.encode(), "a.html"), DAY.replace(day=2))
    assert (again.number, new, again.loaded, again.checked.day) == (1, False, DAY, 2)
    changed = HTML.replace("quelques jours", "quelques heures")
    second, new = originals.add("bain", read_bytes(changed.encode(), "a.html"), DAY)
    assert (second.number, new) == (2, True)
    assert [v.number for v in originals.versions("bain")] == [1, 2]
    assert originals.latest("bain") == second
    assert "quelques jours" in originals.text(first)
    assert (tmp_path / "originals" / "bain" / "0001.source.html").read_bytes() == HTML.encode()


def test_loads_at_once_lose_nothing(tmp_path: Path) -> None:
    def add(number: int) -> None:
        Originals(tmp_path).add("bain", read_bytes(f"Page {number} du texte.".encode(), "a.txt"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))
    originals = Originals(tmp_path)
    texts = {originals.text(version) for version in originals.versions("bain")}
    assert texts == {f"Page {number} du texte." for number in range(24)}


def test_an_altered_original_is_not_trusted(tmp_path: Path) -> None:
    originals = Originals(tmp_path)
    version, _ = originals.add("bain", read_bytes(b"Un texte.", "a.txt"))
    (tmp_path / "originals" / "bain" / "0001.txt").write_text("Un autre texte.")
    with pytest.raises(SettingError, match="altered"):
        originals.text(version)
    (tmp_path / "originals" / "bain" / "0001.json").write_text("{")
    with pytest.raises(SettingError, match="damaged"):
        originals.versions("bain")


@pytest.mark.parametrize("name", ["../x", "a/b", "", "A", "a..b"])
def test_ids_never_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        Originals(tmp_path).versions(name)


FOOTBATH = """<h2>Le bain froid</h2>
<p>Le bain froid est un geste simple qui soulage la douleur des pieds chez l’adulte. Il dure 20 à
30 minutes, se fait assis, et peut être répété chaque jour pendant plusieurs semaines si besoin.</p>
<h2>Les effets</h2><ul><li>rougeur passagère</li><li>engourdissement des orteils</li></ul>
<p>L’effet apparaît en quelques jours. Une plaie de plus de 2 cm<sup>2</sup> est à montrer.</p>"""
NOISE = {
    "calls of notes": lambda b: b.replace("l’adulte.", 'l’adulte<sup><a href="#n1">1</a></sup>.'),
    "calls of notes in brackets": lambda b: b.replace("jours.", "jours<sup>[1,2]</sup>."),
    "calls of notes after the stop": lambda b: b.replace("jours.", "jours.<sup>3</sup>"),
    "words for screen readers": lambda b: b.replace(
        "la douleur", '<a href="/d">la douleur<span class="visually-hidden"> lien</span></a>'
    ),
    "a cookie banner": lambda b: b + '<div id="cookie-box"><p>Nous aimons les cookies.</p></div>',
    "a path": lambda b: '<ol class="breadcrumb"><li>Accueil</li><li>Pieds</li></ol>' + b,
    "a dialogue": lambda b: b + '<div role="dialog"><p>Votre avis compte pour nous.</p></div>',
    "panels that open": lambda b: b.replace("<ul>", '<div hidden class="p"><ul>').replace(
        "</ul>", "</ul></div>"
    ),
}


@pytest.mark.parametrize("how", NOISE)
def test_noise_of_a_page_leaves_no_trace_in_its_words(how: str) -> None:
    def read(body: str) -> str:
        page = f"<html><body><main>{body}</main></body></html>".encode()
        return without_calls(read_bytes(page, "a.html").text)

    assert NOISE[how](FOOTBATH) != FOOTBATH
    assert " ".join(read(NOISE[how](FOOTBATH)).split()) == " ".join(read(FOOTBATH).split())
    assert "2 cm2" in read(FOOTBATH)


@pytest.mark.parametrize(
    "page",
    [
        '<div>{0}</div><div class="panel" style="display:none">{1}</div>',
        '<div>{0}</div><div class="panel" aria-hidden="true">{1}</div>',
        "<table><tr><td><nav><a>Accueil</a></nav></td><td>{0}{1}</td></tr></table>",
    ],
)
def test_parts_that_open_and_tables_that_lay_out_are_read(page: str) -> None:
    head, rest = FOOTBATH.split("<h2>Les effets")
    html = page.format(head, f"<h2>Les effets{rest}")
    lines = read_bytes(f"<html><body>{html}</body></html>".encode(), "a.html").text.splitlines()
    for line in ("Le bain froid", "Les effets", "• engourdissement des orteils"):
        assert line in lines
    assert not any("Accueil" in line for line in lines)


def test_a_binary_file_called_a_text_is_refused() -> None:
    with pytest.raises(OriginalError, match="is not HTML"):
        read_bytes(bytes(range(256)) * 4, "page.txt")


# ---- private addresses ------------------------------------------------------------------


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names and their addresses, as a name server says them now; each question is noted."""
    known: dict[str, list[str]] = {}
    asked = socket.getaddrinfo

    def resolve(host: str, port: Any, *more: Any, **also: Any) -> list[Any]:
        if host not in known:
            return list(asked(host, port, *more, **also))
        known[host], addresses = known[host][1:] or known[host], known[host]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (addresses[0], port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


def test_a_private_host_is_never_connected_to(site: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as closed:
        listening.settimeout(0.2)
        closed.bind(("127.0.0.1", 0))
        answers = []
        for port in (listening.getsockname()[1], closed.getsockname()[1]):
            with pytest.raises(OriginalError) as refused:
                fetch(f"http://127.0.0.1:{port}/")
            answers.append(str(refused.value))
        assert answers[0] == answers[1]
        assert "private network" in answers[0]
        with pytest.raises(TimeoutError):
            listening.accept()


def test_a_name_that_changes_its_address_gains_nothing(
    site: str, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names["rebind.example"] = ["93.184.215.14", "127.0.0.1"]
    connected: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, to: connected.append(to) or _no())
    with pytest.raises(OriginalError):
        network.get(site.replace("127.0.0.1", "rebind.example"))
    assert [host for host, _port in connected] == ["93.184.215.14"]


def _no() -> None:
    raise ConnectionRefusedError


#: Spellings of this machine and of inner networks, IPv4 addresses inside IPv6 ones among them
#: (RFC 6052, 3056, 4380, 4291, 2765), and addresses of no single host.
_INNER = (
    *("127.1", "0177.0.0.1", "0x7f.1", "2130706433", "017700000001", "0", "169.254.169.254"),
    *("100.64.0.1", "198.18.0.1", "192.0.0.8", "240.0.0.1", "255.255.255.255", "224.0.0.1"),
    *("[::1]", "[::]", "[::7f00:1]", "[::a00:1]", "[::ffff:127.0.0.1]", "[::ffff:0:7f00:1]"),
    *("[64:ff9b::7f00:1]", "[64:ff9b::a00:1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::1]"),
    *("[2002:a00:1::1]", "[2001:0:4136:e378:8000:63bf:f5ff:fffe]", "[fec0::1]", "[fd00::1]"),
    *("[fe80::1]", "[ff02::1]", "[100::1]", "[2001:db8::1]", "[4000::1]", "[5f00::1]"),
)


@pytest.mark.parametrize("host", _INNER)
def test_an_inner_address_in_another_spelling_is_one(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, to: connected.append(to) or _no())
    with pytest.raises(OriginalError, match=r"private network"):
        network.get(f"http://{host}/page")
    assert not connected


@pytest.mark.parametrize(
    "host", ["93.184.215.14", "[2606:2800:21f:cb07::1]", "[64:ff9b::5db8:d70e]"]
)
def test_a_public_address_is_connected_to(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, to: connected.append(to) or _no())
    with pytest.raises(OriginalError, match="no connection"):
        network.get(f"http://{host}/page")
    assert [to[0] for to in connected] == [host.strip("[]")]


def test_a_name_that_changes_its_address_at_a_redirect_gains_nothing(
    site: str, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names["rebind.example"] = ["93.184.215.14", "127.0.0.1"]
    connected: list[str] = []
    connect = socket.socket.connect
    port = int(site.rpartition(":")[2])

    def to_the_public_server(self: socket.socket, to: tuple[str, int]) -> None:
        connected.append(to[0])
        connect(self, ("127.0.0.1", port))  # which plays the server at the public address

    monkeypatch.setattr(socket.socket, "connect", to_the_public_server)
    with pytest.raises(OriginalError, match=r"private network"):
        network.get("http://rebind.example/moved")
    assert connected == ["93.184.215.14"]


def test_a_name_with_a_public_and_an_inner_address_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def both(host: str, port: int, *_: Any, **_more: Any) -> list[Any]:
        addresses = ("93.184.215.14", "10.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    connected: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", both)
    monkeypatch.setattr(socket.socket, "connect", lambda _self, to: connected.append(to) or _no())
    with pytest.raises(OriginalError, match=r"private network"):
        network.get("http://two.example/page")
    assert not connected


@pytest.mark.parametrize("name", ["intranet.only-the-proxy-knows.invalid", "inner.example"])
def test_a_proxy_is_not_asked_for_what_may_be_a_host_of_the_house(
    site: str, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    names["inner.example"] = ["10.1.2.3"]
    monkeypatch.setenv("http_proxy", site)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(OriginalError, match=r"private network"):
        network.get(f"http://{name}/page")


def test_a_proxy_is_asked_for_a_public_host(
    site: str, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names["journal.example"] = ["93.184.215.14"]
    monkeypatch.setenv("http_proxy", site)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(OriginalError, match="answered 404"):  # the stand-in was asked
        network.get("http://journal.example/page")
