"""A second list of attacks, written without the first: wire, cookies, caches, questions, files."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from urllib.parse import quote

from attacking import EVIL, SCRIPT, TEXT, Answer, Attack
from desk_attacks import upload, word
from wire_attacks import harmless, raw, refused

_FORM = "POST /desk/login HTTP/1.1\nHost: localhost\n"
_SECOND = "GET /desk/smuggled HTTP/1.1\nHost: localhost\n\n"
_CLOSE = "Host: localhost\nConnection: close\n\n"


def one_request(answer: Answer) -> bool:
    """Nothing inside it was taken for a request of its own."""
    return "smuggled" not in answer.body and answer.body.count("HTTP/1.1 ") == 0


def framed() -> Iterator[Attack]:
    """Where a body ends, once more."""
    for name, header in {
        "a form feed": "Transfer-Encoding: \x0cchunked",
        "a no-break space": "Transfer-Encoding:\xa0chunked",
        "a parameter": "Transfer-Encoding: chunked;q=1",
        "capitals": "Transfer-Encoding: CHUNKED",
        "a comma before": "Transfer-Encoding: ,chunked",
        "a comma behind": "Transfer-Encoding: chunked,",
        "a NUL behind": "Transfer-Encoding: chunked\0",
        "x, then chunked": "Transfer-Encoding: x\nTransfer-Encoding: chunked",
        "a dash behind": "Transfer-Encoding: chunked-",
        "a name in quotes": '"Transfer-Encoding": chunked',
    }.items():
        yield raw(
            f"length and chunks, with {name}",
            f"{_FORM}Content-Length: 6\n{header}\n\n0\n\nG{_SECOND}",
            one_request,
        )
    for name, chunks in {
        "a space before the size": " 1\nZ\n0\n\n",
        "a space behind the size": "1 \nZ\n0\n\n",
        "a tab behind the size": "1\t\nZ\n0\n\n",
        "an extension with a line": '1;a="b\nZ"\nZ\n0\n\n',
        "an extension without a name": "1;=x\nZ\n0\n\n",
        "no size": "\nZ\n0\n\n",
        "a size in words": "one\nZ\n0\n\n",
        "zeros before the size": "0" * 400 + "1\nZ\n0\n\n",
        "another request as a trailer": f"0\n{_SECOND}",
        "65,536 of one letter": "1\nZ\n" * 65_536 + "0\n\n",
    }.items():
        head = f"{_FORM}Transfer-Encoding: chunked\n\n"
        yield raw(f"chunks: {name}", head + chunks, one_request)
    for name, lines in {
        "a length without a body": f"{_FORM}Content-Length: 900\n\nx",
        "a GET with a request for a body": f"GET / HTTP/1.1\nHost: localhost\n"
        f"Content-Length: {len(_SECOND) + 4}\nConnection: close\n\n{_SECOND}",
        "a HEAD with a body": "HEAD / HTTP/1.1\nContent-Length: 4\nConnection: close\n"
        "Host: localhost\n\nGET ",
        "a length of 400 digits": f"{_FORM}Content-Length: {'1' * 400}\n\n",
        "a length with a line folded": f"{_FORM}Content-Length:\n 4\n\nabcd{_SECOND}",
        "a length with a form feed": f"{_FORM}Content-Length: \x0c4\n\nabcd{_SECOND}",
        "two lengths that agree": f"{_FORM}Content-Length: 4\nContent-Length: 4\n\nabcd",
        "another host in the line": f"GET http://{EVIL}/texts/{TEXT} HTTP/1.1\n{_CLOSE}",
        "lines before the request": f"\n\n\nGET / HTTP/1.1\n{_CLOSE}",
        "HTTP/1.10": f"GET / HTTP/1.10\n{_CLOSE}",
        "HTTP/01.1": f"GET / HTTP/01.1\n{_CLOSE}",
        "wide digits for the version": "GET / HTTP/\xb9.1\nHost: localhost\n\n",
    }.items():
        yield raw(name, lines, harmless if "body" not in name else one_request)
    yield raw("only carriage returns", b"GET / HTTP/1.1\rHost: localhost\r\r", refused)


def hosts() -> Iterator[Attack]:
    """Names of this site in letters that look alike, and names that are none."""
    for host in (
        *("\uff4cocalhost", "localhost\u3002evil.example", "localhost\u2024evil.example"),
        *("local\u200bhost", "loca\u017fhost", "xn--", "xn--a", "xn--zzzzzzzzzz", "xn--localhost-"),
        *("localhost..", ".localhost", "localhost%2eevil.example", "localhost,evil.example"),
        *("localhost evil.example", "localhost;x", "localhost:80:80", "localhost:", "[::1]x"),
        *("[::ffff:127.0.0.1%25lo]", "[v1.x]", "a." * 126 + "a", "-a.example", "1.2.3.4.5:0x50"),
    ):
        lines = f"GET /texts/{TEXT} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        yield Attack(
            f"the host {host[:40]!a}",
            raw=lines.encode("utf-8", "surrogateescape"),
            holds=lambda answer: harmless(answer) and answer.status in (200, 400),
        )


def crossed() -> Iterator[Attack]:
    """Forms that another site could make a browser send, and verbs that mean others."""
    new = "/desk/people"
    made = "name=eve&role=administrator&password=vier+worte+gut+gewaehlt"
    for name, body in {
        "a token of somebody else": f"{made}&csrf_token=OTHER",
        "a token cut by a letter": f"{made}&csrf_token=TOKEN".replace("TOKEN", "TOKE"),
        "a token as a list": f"{made}&csrf_token[]=TOKEN",
        "a wrong token first": f"{made}&csrf_token=x&csrf_token=TOKEN",
        "a token in capitals": f"{made}&CSRF_TOKEN=TOKEN",
    }.items():
        yield Attack(
            name, new, "POST", body=body, role="administrator", holds=lambda a: a.status == 400
        )
    for header in ("X-HTTP-Method", "X-Method-Override", "X-HTTP-Method-Override"):
        yield Attack(
            f"a POST by {header}",
            f"/desk/logout?{made}",
            headers={header: "POST"},
            role="administrator",
            holds=lambda answer: answer.status in (303, 404, 405),  # and is signed in still
        )
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "MOVE", "SEARCH", "BREW"):
        yield Attack(
            f"{method} of an account",
            f"{new}?_method={method}",
            method,
            role="administrator",
            holds=lambda answer: answer.status in (200, 400, 405, 501) and "eve" not in answer.body,
        )
    for kind in (
        *("text/plain; application/x-www-form-urlencoded", "application/x-www-form-urlencoded2"),
        *("application/csp-report", "multipart/mixed; boundary=x", "application/json+x", "a/b/c"),
        *("", "\xff", "application/x-www-form-urlencoded; charset=utf-16"),
    ):
        yield Attack(
            f"a form of the kind {kind[:40]!a}",
            new,
            "POST",
            headers={"Content-Type": kind},
            body=made,
            role="administrator",
            holds=lambda answer: answer.status == 400,
        )


def cookies() -> Iterator[Attack]:
    """Cookies that another host of the domain set, or that were made by hand."""
    made = base64.urlsafe_b64encode(b'{"token":"x","who":"administrator"}').decode().rstrip("=")
    deep = base64.urlsafe_b64encode(b"[" * 3000).decode()
    for name, cookie in {
        "two, both made": f"evidence-session={made}.x.y; evidence-session=x",
        "one of HTTPS over HTTP": f"__Host-evidence-session={made}.x.y",
        "one in quotes": f'evidence-session="{made}.x.y"',
        "one with octal escapes": 'evidence-session="\\145\\170"',
        "one with a NUL": f"evidence-session={made}\0.x.y",
        "one without a value": "evidence-session",
        "one without a name": f"={made}.x.y",
        "one in capitals": f"EVIDENCE-SESSION={made}.x.y",
        "one signed with nothing": f"evidence-session={made}.aaaaaa.",
        "one that is compressed": "evidence-session=.eJyrVipRslIqLU4tUtJRUipITFay.x.y",
        "one of 9,000 signs": f"evidence-session={'A' * 9000}",
        "ours between 80 others": "; ".join(f"a{n}=b" for n in range(80)) + "; evidence-session=x",
        "one of nested brackets": f"evidence-session={deep}.x.y",
    }.items():
        yield Attack(
            f"a cookie: {name}",
            "/desk",
            headers={"Cookie": cookie},
            holds=lambda answer: answer.status in (302, 400),
        )
    for cookie in ("theme=<script>", "lang=../../etc", "theme=%0d%0aX: y", 'lang="\\', "lang=\xff"):
        yield Attack(f"a cookie {cookie!a}", "/", headers={"Cookie": cookie})


def paths() -> Iterator[Attack]:
    """Ways to the desk that a proxy may not take for one, and files that a cache may keep."""
    for path in (
        *("//desk", "/./desk", "/%64esk", "/desk/", "/DESK", "/desk%20", "/desk;x=1", "/desk%3bx"),
        *(
            "/texts/../desk",
            "/static/..%2fdesk",
            "/desk%0a",
            "/desk.json",
            "/desk?.css",
            "/%2fdesk",
        ),
        *(
            "/desk/people/x.css",
            "/desk/me;x.css",
            "/desk/me%2ex.css",
            "/desk%23/people",
            "/desk//me",
        ),
        *(
            "/api/v1/../../desk",
            "/\\desk",
            "/desk\\people",
            "/desk/people%00.css",
            "/desk/%2e%2e/me",
        ),
    ):
        yield raw(
            f"a way to the desk: {path}",
            f"GET {path} HTTP/1.1\n{_CLOSE}",
            lambda answer: harmless(answer) and answer.status in (301, 302, 308, 400, 404, 405),
        )
    for path in ("/desk/people", "/desk/me", "/desk", "/desk/unsent", f"/desk/texts/{TEXT}"):
        for more in ("", "?x.css", "?v=1"):
            yield Attack(
                f"{path}{more}, to be kept by a cache",
                path + more,
                role="administrator",
                holds=lambda answer: (
                    answer.status in (200, 404) and _is_for_one(answer.headers["cache-control"])
                ),
            )
        yield Attack(
            f"{path}/x.css, to be kept by a cache",
            f"{path}/x.css",
            role="administrator",
            holds=lambda answer: (
                answer.status == 404 or _is_for_one(answer.headers["cache-control"])
            ),
        )


def _is_for_one(cached: str) -> bool:
    return "no-store" in cached or "private" in cached


def told() -> Iterator[Attack]:
    """What the tag of a state, a range or a date tells of what may not be read."""
    secrets = ("/texts/private", "/texts/private.json", "/review/" + "A" * 43, "/desk", "/desk/me")
    for path in (*secrets, "/texts/private/annotations.jsonld", "/feeds/texts/private"):
        for name, value in {
            "If-None-Match": "*",
            "If-Modified-Since": "Fri, 31 Dec 2100 23:59:59 GMT",
            "If-Match": '"x"',
            "If-Unmodified-Since": "Mon, 01 Jan 1990 00:00:00 GMT",
            "Range": "bytes=0-10",
        }.items():
            yield Attack(
                f"{path} with {name}",
                path,
                headers={name: value},
                holds=lambda answer: answer.status in (302, 404),
            )


def asked() -> Iterator[Attack]:
    """Questions that are too large, too deep, or of another kind than they look."""
    questions = {
        "10,000 words": "froid " * 10_000,
        "5,000 ORs": " OR ".join(["froid"] * 5000),
        "2,000 NOTs": "NOT " * 2000 + "a",
        "nested quotes": '"' + "(" * 500 + '"' * 500,
        "stars": "a*b*c*d*e*f*g*h*" * 50,
        "one letter and a star": "a*",
        "fields": "title:" * 500,
        "a distance of 10^9": '"a b"~1000000000',
        "a fuzziness of 10^9": "froid~1000000000",
        "a weight without end": "froid^1e999",
        "a range turned round": "year:9999..-9999",
        "half a pair": "\ud83d",
        "marks on one letter": "a" + "\u0301" * 5000,
        "words turned round": "\u202e" * 1000 + "froid",
        "letters that grow": "\ufdfa" * 2000,
        "a NUL": "a\0b",
        "the end of Unicode": "\U0010ffff" * 500,
        "a template": "{{ config }}{% for x in range(10**9) %}x{% endfor %}",
        "a format": "{0.__class__.__mro__}%s%n" * 20,
    }
    for name, q in questions.items():
        sent = quote(q.encode("utf-8", "surrogatepass"))[:20_000]
        for path in (f"/search?q={sent}", f"/api/v1/search?q={sent}", f"/feeds/search?q={sent}"):
            yield Attack(f"{path[:15]} for {name}", path)
    for path in (
        *(
            "/search?page=-1",
            "/search?page=0",
            "/search?page=1e400",
            "/search?offset=" + "9" * 5000,
        ),
        *(
            "/search?limit=-5",
            "/search?limit=0",
            "/search?limit=%F0%9D%9F%99",
            "/search?sort=__class__",
        ),
        *(
            "/api/v1/claims?limit=-1&offset=-1",
            "/api/v1/claims?offset=1e9",
            "/map?rows=" + "a" * 9000,
        ),
        *("/search?indication=" + "a,".join([""] * 3000), "/texts/" + "%F0%9F%92%A9" * 200),
        *("/search?lang=zz", f"/?lang=//{EVIL}", f"/?theme=dark&next=//{EVIL}", "/?lang=fr%00"),
        *(f"/texts/{TEXT}/compare?" + "claim=a&" * 3000, f"/texts/{TEXT}?verdict=__init__"),
        *("/api/v1/suggest?text=" + "a" * 20_000, "/selection?" + "key=a&" * 3000),
        *(f"/unapi?id={quote(SCRIPT)}&format=bibtex", f"/search.csv?q=%3D1%2B1&x={quote(SCRIPT)}"),
    ):
        yield Attack(f"the question {path[:50]}", path)


def _zip(parts: list[tuple[zipfile.ZipInfo | str, bytes]]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return stream.getvalue()


def _link(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.create_system, made.external_attr = 3, 0o120777 << 16
    return made


def _pdf(*objects: bytes, root: bytes = b"1 0 R") -> bytes:
    body, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer\n<</Size %d/Root %s>>\nstartxref\n%d\n%%%%EOF\n"
    return body + head + table + end % (len(objects) + 1, root, len(body))


_W = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'


def _files() -> dict[str, tuple[str, bytes]]:
    page = b"<p>Le bain froid calme la douleur des pieds.</p>"
    catalogue = b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"
    whole = word(_W + b"<w:p><w:r><w:t>Le froid.</w:t></w:r></w:p></w:body></w:document>")
    encrypted = bytearray(whole)
    encrypted[6] |= 1
    said = bytearray(whole)
    at = said.rindex(b"PK\x01\x02")
    said[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    outside = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/officeDocument" Target="file:///etc/passwd" TargetMode="External"/>'
        b"</Relationships>"
    )
    return {
        "a link in an archive": ("a.docx", _zip([(_link("word/document.xml"), b"/etc/passwd")])),
        "20,000 parts": ("a.docx", _zip([(f"a{n}", b"") for n in range(20_000)])),
        "an archive in an archive": ("a.docx", _zip([("word/document.xml", whole)])),
        "a size that is not": ("a.docx", bytes(said)),
        "a password": ("a.docx", bytes(encrypted)),
        "half an archive": ("a.docx", whole[: len(whole) // 2]),
        "a document elsewhere": ("a.docx", word(_W, **{"_rels/.rels": outside})),
        "tables in tables": ("a.docx", word(_W + b"<w:tbl><w:tr><w:tc>" * 3000)),
        "a PDF with a script": ("a.pdf", _pdf(catalogue, b"<</Type/Pages/Kids[]/Count 0>>")),
        "a PDF whose pages are a circle": (
            "a.pdf",
            _pdf(catalogue, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"),
        ),
        "a PDF whose table is a circle": ("a.pdf", b"%PDF-1.7\nxref\n0 0\ntrailer<</Prev 9>>\n"),
        "a PDF that is a page": ("a.html", b"%PDF-1.7\n" + page),
        "a page that is a PDF": ("a.pdf", page),
        "a page in UTF-7": (
            "a.html",
            b'<meta charset="utf-7"><p>+ADw-script+AD4-alert(1)+ADw-/script+AD4- Le froid.</p>',
        ),
        "a page in UTF-16": ("a.html", ("\ufeff" + page.decode() + SCRIPT).encode("utf-16")),
        "a page that mutates": (
            "a.html",
            b'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 '
            b'onerror=alert(1)&gt;"></table></math>' + page,
        ),
        "a page that hides its end": (
            "a.html",
            b'<noscript><p title="</noscript><script>alert(1)</script>">' + page,
        ),
        "30,000 parts in parts": ("a.html", b"<div>" * 30_000 + page),
        "5,000 attributes": (
            "a.html",
            b"<p " + b" ".join(b"a%d=1" % n for n in range(5000)) + b">" + page,
        ),
        "numbers that are no letters": ("a.html", b"<p>&#xD800;&#x110000;&#0;&#-1;</p>" + page),
        "half letters": ("a.html", b"<p>\xed\xa0\x80\xc0\xaf\xff Le froid.</p>" + page),
        "brackets of Markdown": ("a.md", b"# A\n\n" + b"[" * 50_000 + b"](x)\n\nLe froid.\n"),
        "quotes of Markdown": ("a.md", b"# A\n\n" + b">" * 20_000 + b" Le froid calme.\n"),
        "a line of 3 MB": ("a.txt", b"Le froid calme la douleur. " * 110_000),
        "a YAML bomb": ("a.txt", b"a: &a [x,x]\n" + b"b: &b [*a,*a]\n" * 3000),
        "links of Markdown that run": ("a.md", b"# A\n\n[Le froid](javascript:alert(1)) calme.\n"),
    }


def files() -> Iterator[Attack]:
    """Files in two forms at once, in circles, deep or false."""
    for name, (called, content) in _files().items():
        yield upload(
            f"{name} (second list)",
            content,
            f'filename="{called}"',
            holds=lambda answer: (
                "root:" not in answer.body and answer.status in (200, 303, 400, 413, 422)
            ),
        )


_VALUES = {
    "a NUL": "%00",
    "half a pair": "%ed%a0%80",
    "an overlong sign": "%c0%af",
    "a number of 5,000 digits": "9" * 5000,
    "less than nothing": "-1",
    "a script": quote(SCRIPT),
    "a formula": quote("=HYPERLINK(1)"),
    "words turned round": quote("\u202e" * 50),
    "a way out": quote("../../../etc/passwd"),
    "YAML": quote("!!python/object/apply:os.system [id]"),
    "a template": quote("{{config}}"),
    "60,000 letters": "a" * 60_000,
}
_CLAIM = f"/desk/texts/{TEXT}/claims/follow-up-by-team"
#: Addresses of the desk and what their forms send.
_FORMS: dict[str, tuple[str, ...]] = {
    f"{_CLAIM}/decide": (
        "statement_en",
        "verdict",
        "against",
        "entry",
        "do",
    ),
    f"{_CLAIM}/comments": ("words", "entry", "against"),
    f"{_CLAIM}/assign": ("to", "entry"),
    f"/desk/texts/{TEXT}/bulk": ("action", "claim", "page"),
    f"/desk/texts/{TEXT}/state": ("to", "seen", "days", "reason"),
    "/desk/texts/new": ("id", "words", "url"),
    "/desk/me": ("password", "new"),
}


def forms() -> Iterator[Attack]:
    """Every field of a form with what it never asked for."""
    for path, fields in _FORMS.items():
        for name, value in _VALUES.items():
            body = "&".join(["csrf_token=TOKEN", *(f"{field}={value}" for field in fields)])
            yield Attack(
                f"{path} with {name}",
                path,
                "POST",
                body=body,
                role="editor",
                holds=lambda answer: (
                    answer.status in (200, 303, 400, 403, 404, 409, 413, 422, 429)
                    and "root:" not in answer.body
                ),
            )


def more() -> Iterator[Attack]:
    """All of these."""
    kinds: tuple[Callable[[], Iterator[Attack]], ...] = (
        *(framed, hosts, crossed, cookies, paths, told, asked, files, forms),
    )
    for kind in kinds:
        yield from kind()
