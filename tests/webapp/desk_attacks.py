"""Attacks of somebody who may sign in: files that are none, misleading names, inner addresses."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from attacking import EVIL, SCRIPT, TEXT, Answer, Attack

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_BOUNDARY = "----attack"
LOAD = f"/desk/texts/{TEXT}/original"


def _multipart(parts: list[tuple[str, str, bytes]], boundary: str = _BOUNDARY) -> bytes:
    """A form with files: the rest of each Content-Disposition, more headers, the content."""
    body = b""
    for disposition, more, content in parts:
        head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{more}\r\n"
        body += head.encode("utf-8", "surrogateescape") + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


def upload(
    name: str,
    content: bytes,
    disposition: str = 'filename="page.html"',
    kind: str = "text/html",
    holds: Callable[[Answer], bool] = lambda answer: answer.status in (303, 400, 413, 422),
) -> Attack:
    """A page brought to the desk by an editor."""
    token = ('name="csrf_token"', "", b"TOKEN")
    file = (f'name="file"; {disposition}', f"Content-Type: {kind}\r\n", content)
    return Attack(
        f"a file at the desk: {name}",
        LOAD,
        "POST",
        headers={"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"},
        body=_multipart([token, file]),
        role="editor",
        holds=holds,
    )


def _zip(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def word(document: bytes, **more: bytes) -> bytes:
    types = (
        b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        b'relationships+xml"/><Default Extension="xml" ContentType="application/vnd.'
        b'openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    links = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/officeDocument" Target="word/document.xml"/></Relationships>'
    )
    parts = {"[Content_Types].xml": types, "_rels/.rels": links, "word/document.xml": document}
    return _zip({**parts, **more})


def _secret(answer: Answer) -> bool:
    return "root:" not in answer.body and answer.status in (303, 400, 413, 422)


def files() -> Iterator[Attack]:
    """Files that are not what they say, or are made to exhaust or to tell."""
    entity = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    laughs = b'<!DOCTYPE d [<!ENTITY a "ha">%s]>' % b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%s;" % (str(n - 1).encode() if n else b"") * 10)
        for n in range(9)
    )
    paragraph = b"<w:p><w:r><w:t>&x;&a8; Le froid calme.</w:t></w:r></w:p>"
    for name, prolog in {"an entity of a file": entity, "a billion laughs": laughs}.items():
        document = prolog + f"<w:document {_W}><w:body>".encode() + paragraph
        document += b"</w:body></w:document>"
        yield upload(f"Word with {name}", word(document), 'filename="a.docx"', holds=_secret)
        svg = prolog + b'<svg xmlns="http://www.w3.org/2000/svg"><text>&x;&a8;</text></svg>'
        yield upload(f"SVG with {name}", svg, 'filename="a.svg"', "image/svg+xml", _secret)
        html = prolog + b"<html><body><p>&x;&a8; Le froid calme la douleur.</p></body></html>"
        yield upload(f"XHTML with {name}", html, 'filename="a.xhtml"', holds=_secret)
    yield upload("Word that unpacks to a gigabyte", word(b" " * 200_000_000), 'filename="a.docx"')
    yield upload(
        "Word with a part outside", word(b"<x/>", **{"../../x": b"y"}), 'filename="a.docx"'
    )
    yield upload("a ZIP of nothing", _zip({}), 'filename="a.docx"')
    yield upload("a PDF of one line", b"%PDF-1.7\n", 'filename="a.pdf"', "application/pdf")
    yield upload("a GIF that is a page", b"GIF89a/*<script>alert(1)</script>*/=1;")
    yield upload("scripts", f"<p>{SCRIPT} Le froid calme la douleur.</p>".encode())
    yield upload("a page of NULs", b"\0" * 10_000)
    yield upload(
        "a page that sends elsewhere", b'<meta http-equiv="refresh" content="0;//evil.example">'
    )


def names() -> Iterator[Attack]:
    """Names of files, and forms that are cut, nested or endless."""
    page = b"<p>Le bain froid calme la douleur des pieds.</p>"
    for name, disposition in {
        "a path": 'filename="../../../../tmp/evil.html"',
        "a Windows path": 'filename="C:\\\\..\\\\evil.html"',
        "a NUL": 'filename="a.html%00.exe"',
        "a line": 'filename="a.html%0d%0aSet-Cookie: x=y"',
        "a script": f'filename="{SCRIPT}.html"',
        "5,000 letters": f'filename="{"a" * 5000}.html"',
        "no letters": 'filename=""',
        "directions turned": 'filename="\u202elmth.exe"',
        "an encoding of its own": "filename*=utf-7''%2BADw-script",
        "a lone surrogate": "filename*=utf-8''%ed%a0%80.html",
        "two names": 'filename="a.html"; filename="b.exe"',
    }.items():
        yield upload(f"named by {name}", page, disposition)
    for name, (kind, body) in {
        "no boundary": ("multipart/form-data", "csrf_token=TOKEN"),
        "a boundary of 5,000 signs": (f"multipart/form-data; boundary={'b' * 5000}", "--bbb"),
        "an empty boundary": ('multipart/form-data; boundary=""', "----\r\n\r\n----"),
        "20,000 fields": (
            "application/x-www-form-urlencoded",
            "csrf_token=TOKEN&" + "&".join(f"a{n}=1" for n in range(20_000)),
        ),
        "8,000 parts": (
            f"multipart/form-data; boundary={_BOUNDARY}",
            _multipart([(f'name="a{n}"', "", b"x") for n in range(8000)]),
        ),
        "a part with 2,000 headers": (
            f"multipart/form-data; boundary={_BOUNDARY}",
            _multipart([('name="csrf_token"', "X: y\r\n" * 2000, b"TOKEN")]),
        ),
        "a part without an end": (
            f"multipart/form-data; boundary={_BOUNDARY}",
            f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name=csrf_token\r\n\r\nTOKEN",
        ),
        "a charset that is none": (
            "application/x-www-form-urlencoded; charset=nothing",
            "csrf_token=TOKEN&url=%ff%fe",
        ),
    }.items():
        yield Attack(
            f"a form with {name}",
            LOAD,
            "POST",
            headers={"Content-Type": kind},
            body=body,
            role="editor",
            holds=lambda answer: answer.status in (303, 400, 413, 415, 422),
        )


INSIDE = (
    *("http://127.0.0.1:{}/", "http://localhost:{}/", "http://127.1:{}/", "http://0:{}/"),
    *("http://2130706433:{}/", "http://0x7f000001:{}/", "http://0177.0.0.1:{}/"),
    *("http://[::1]:{}/", "http://[::ffff:127.0.0.1]:{}/", "http://[::ffff:7f00:1]:{}/"),
    *("http://0.0.0.0:{}/", "http://[::]:{}/", "http://127.0.0.1.:{}/", "http://①②⑦.0.0.1:{}/"),
    *(
        "http://user:pass@127.0.0.1:{}/",
        f"http://{EVIL}@127.0.0.1:{{}}/",
        "http://127.0.0.1:{}#@x/",
    ),
    *("http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://10.0.0.1/"),
    *(
        "gopher://127.0.0.1:{}/_GET",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{}/",
        "dict://127.0.0.1:{}/",
    ),
    *(
        "http://127.0.0.1:{}\\@example.org/",
        "http:127.0.0.1:{}",
        "//127.0.0.1:{}/",
        "http:///127.0.0.1",
    ),
    *("http://127.0.0.1:{}%00.example.org/", "http://127.0.0.1%09:{}/", "http://[::1%25lo]:{}/"),
    *("javascript:alert(1)", "data:text/html,<p>x</p>", "http://", "http://[", "http://a b/", "\0"),
    *(
        "http://" + "a" * 3000 + ".org/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:-1/",
        "jar:http://x!/",
    ),
)


def addresses(port: int) -> Iterator[Attack]:
    """Addresses inside, in all their spellings; on the port something listens and counts."""
    for address in INSIDE:
        url = address.replace("{}", str(port))
        yield Attack(
            f"a page to fetch: {url[:50]!r}",
            LOAD,
            "POST",
            body=f"csrf_token=TOKEN&{urlencode({'url': url, 'source': url, 'address': url})}",
            role="editor",
            holds=lambda answer: answer.status in (400, 422) and "root:" not in answer.body,
        )
