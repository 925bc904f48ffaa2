"""Attacks on the wire: requests as no browser sends them, names and headers made to mislead."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attacking import EVIL, Answer, Attack

#: What a server may say of a request that is none: nothing, or one of these.
REFUSED = (0, 400, 401, 403, 404, 405, 411, 413, 414, 417, 422, 431, 501, 505)


def refused(answer: Answer) -> bool:
    """The request was not taken for one, and nothing in it for a second one."""
    return answer.status in REFUSED and "HTTP/1.1 2" not in answer.body


def harmless(answer: Answer) -> bool:
    """Whatever it was taken for, it was one request, and nobody else's name is in the answer."""
    return "HTTP/1.1 " not in answer.body and EVIL not in answer.body


def raw(name: str, lines: str | bytes, holds: Callable[[Answer], bool] = harmless) -> Attack:
    """A request as it stands; lines of text get their ends."""
    if isinstance(lines, str):
        lines = lines.replace("\n", "\r\n").encode("latin-1")
    return Attack(name, raw=lines, holds=holds)


def smuggled() -> Iterator[Attack]:
    """Bodies of which a proxy and this server could think differently where they end."""
    second = "GET /desk/smuggled HTTP/1.1\nHost: localhost\n\n"
    for name, header in {
        "a tab before chunked": "Transfer-Encoding:\tchunked",
        "a vertical tab": "Transfer-Encoding:\x0bchunked",
        "chunked and identity": "Transfer-Encoding: chunked, identity",
        "identity": "Transfer-Encoding: identity",
        "gzip, chunked": "Transfer-Encoding: gzip, chunked",
        "chunked twice": "Transfer-Encoding: chunked\nTransfer-Encoding: chunked",
        "chunked, then nothing": "Transfer-Encoding: chunked\nTransfer-Encoding:",
        "chunked in quotes": 'Transfer-Encoding: "chunked"',
        "a space before the colon": "Transfer-Encoding : chunked",
        "an underscore": "Transfer_Encoding: chunked",
        "a line folded": "Transfer-Encoding:\n chunked",
    }.items():
        yield raw(
            f"smuggling with {name}",
            f"POST /desk/login HTTP/1.1\nHost: localhost\nContent-Length: 4\n{header}\n\n"
            f"1\nZ\n0\n\n{second}",
            lambda answer: "smuggled" not in answer.body and refused(answer),
        )
    for name, length in {
        "a plus": "+4",
        "hexadecimal": "0x4",
        "an underscore": "1_0",
        "a fraction": "4.0",
        "two": "4, 4",
        "two that differ": "4, 44",
        "nothing": "",
        "wide digits": "\u0664".encode().decode("latin-1"),
        "a comment": "4;x",
    }.items():
        yield raw(
            f"a length with {name}",
            f"POST /desk/login HTTP/1.1\nHost: localhost\nContent-Length: {length}\n\nabcd{second}",
            lambda answer: "smuggled" not in answer.body and refused(answer),
        )
    for name, chunks in {
        "a sign": "+1\nZ\n0\n\n",
        "hexadecimal marks": "0x1\nZ\n0\n\n",
        "a minus": "-1\nZ\n0\n\n",
        "a size of 40 digits": "f" * 40 + "\nZ\n0\n\n",
        "an underscore": "1_0\nZ\n0\n\n",
        "a long extension": "1;" + "x" * 70_000 + "\nZ\n0\n\n",
        "no end": "5\nhello",
        "more than it said": "1\nZZZZ\n0\n\n",
        "trailers": "1\nZ\n0\nHost: evil.example\nX-Remote-User: root\n\n",
        "70,000 trailers": "1\nZ\n0\n" + "X: y\n" * 70_000 + "\n",
    }.items():
        yield raw(
            f"chunks with {name}",
            "POST /desk/login HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\n" + chunks,
            refused,
        )
    yield raw(
        "chunks with bare line feeds",
        b"POST /desk/login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\nZ\n0\n\n",
        refused,
    )


def spoken() -> Iterator[Attack]:
    """Other protocols, other verbs, addresses in other forms."""
    host = "Host: localhost\nConnection: close\n\n"
    for name, lines in {
        "the preface of HTTP/2": "PRI * HTTP/2.0\n\nSM\n\n",
        "HTTP/2 in plain": f"GET / HTTP/1.1\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQ\n{host}",
        "a web socket": "GET / HTTP/1.1\nUpgrade: websocket\nSec-WebSocket-Version: 13\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n{host}",
        "HTTP/0.9": "GET /\n\n",
        "HTTP/1.0 without a host": "GET / HTTP/1.0\n\n",
        "a proxy's CONNECT": f"CONNECT {EVIL}:443 HTTP/1.1\n{host}",
        "OPTIONS of everything": f"OPTIONS * HTTP/1.1\n{host}",
        "TRACE": f"TRACE / HTTP/1.1\nX-Secret: {EVIL}\n{host}",
        "an address with a name and a password": f"GET http://localhost@{EVIL}/ HTTP/1.1\n{host}",
        "an address of another scheme": f"GET gopher://{EVIL}/ HTTP/1.1\n{host}",
        "an address of this machine's files": f"GET file:///etc/passwd HTTP/1.1\n{host}",
        "an address with a fragment": f"GET /#@{EVIL}/ HTTP/1.1\n{host}",
        "a verb of 5,000 letters": f"{'A' * 5000} / HTTP/1.1\n{host}",
        "a verb in small letters": f"get / HTTP/1.1\n{host}",
        "a space in the address": f"GET /a b HTTP/1.1\n{host}",
        "tabs for spaces": f"GET\t/\tHTTP/1.1\n{host}",
        "a line of 40,000 letters": f"GET /{'a' * 40_000} HTTP/1.1\n{host}",
        "two hosts": f"GET / HTTP/1.1\nHost: {EVIL}\n{host}",
        "two hosts, ours first": f"GET / HTTP/1.1\nHost: localhost\nHost: {EVIL}\n\n",
        "a host in two lines": f"GET / HTTP/1.1\nHost: localhost\n {EVIL}\n\n",
        "a host of wide letters": "GET / HTTP/1.1\nHost: \xef\xbd\x85vil.example\n\n",
        "a host with a user": f"GET / HTTP/1.1\nHost: localhost@{EVIL}\n\n",
        "a host with a path": f"GET / HTTP/1.1\nHost: {EVIL}/x?\n\n",
        "a host with a port of letters": "GET / HTTP/1.1\nHost: localhost:8a\n\n",
        "a host with a port of 9 digits": "GET / HTTP/1.1\nHost: localhost:999999999\n\n",
        "a body that waits to be wanted": "POST /desk/login HTTP/1.1\nExpect: 100-continue\n"
        "Content-Length: 900000000\nHost: localhost\n\n",
        "an expectation nobody knows": f"GET / HTTP/1.1\nExpect: 200-maybe\n{host}",
        "a NUL in a header": f"GET / HTTP/1.1\nX: a\0b\n{host}",
        "a header without a colon": f"GET / HTTP/1.1\nnonsense\n{host}",
        "a header without a name": f"GET / HTTP/1.1\n: x\n{host}",
        "a name with a space": f"GET / HTTP/1.1\nX y: z\n{host}",
        "no line at all": "\n\n\n\n",
        "only a line": "GET / HTTP/1.1\n",
        "a greeting of mail": "EHLO evil.example\n",
    }.items():
        yield raw(name, lines)
    yield raw("a carriage return in a header", b"GET / HTTP/1.1\r\nX: a\rSet-Cookie: b\r\n\r\n")
    for name, host in {
        "no host": "",
        "an empty host": "Host:\n",
        "a blank host": "Host: \n",
    }.items():
        yield raw(name, f"GET / HTTP/1.1\n{host}Connection: close\n\n", refused)
    yield raw("binary for a request", bytes(range(256)) * 200)


PATHS = (
    *("/%00", "/texts/%00", "/texts/a%00.json", "/texts/%c0%af", "/texts/%ff%fe", "/%e0%80%af"),
    *("/texts/%ed%a0%80", "/static/%00style.css", "/static/..%00/"),
    *("/static/.%2e/.%2e/pyproject", "/static/%252e%252e/%252e%252e/etc/passwd"),
    *("/static/;/../../etc/passwd", "/static//etc/passwd", "/static/fonts/../../app.py"),
    *("/static/..\\..\\app.py", "/texts/..;/desk", "/desk%2f", "/%2e", f"//{EVIL}"),
    *(f"//{EVIL}/%2e%2e", f"/%2f{EVIL}", f"/%5c{EVIL}", f"/%09/{EVIL}", f"/.{EVIL}"),
    *(f"//{EVIL}/?theme=dark", f"/%5c{EVIL}/?theme=dark", f"/%2f{EVIL}?lang=en"),
    *(f"///{EVIL}?theme=dark", f"//{EVIL}/texts//", f"/texts//{EVIL}", "/texts/" + "a/" * 3000),
    *("/" + "../" * 3000, "/references/%0d%0aSet-Cookie:x=y"),
    *("/references/x%0d%0a%0d%0a<script>", "/texts/x%0aX:y.json", "/search?q=%00"),
    *("/search?q=%ff", "/search?q=%ed%a0%80", "/search?q=a&q=b&q=c", "/search?q[]=a"),
    *("/search?" + "&".join(f"a{n}=1" for n in range(2000)), "/search?" + "&" * 20_000),
    *("/search?%", "/search?limit=%C2%B2", "/search?offset=-1", "/search?offset=1e9"),
    *("/search?year=%C2%B2%C2%B2", "/search?year=NaN..Infinity"),
    *("/search?limit=9999999999999999999999", "/search?page=0x10"),
    *("/api/v1/search?callback=alert", "/api/v1/claims?limit=%00"),
    *("/api/v1/references?offset=-5", "/api/v1/search?year=%D9%A2%D9%A0"),
    *("/api/v1/texts/..%2f..%2fdesk", "/api/v1/suggest?text=", "/map?row=%00&column=%00"),
    *("/indications/%00", "/pico?p=%00", "/changes?since=%00", "/feeds/search?q=%00"),
    *("/search.bib?q=%00", "/selection?keys=%00", "/selection.csv?key=../../x"),
    *("/unapi?id=%00&format=x", "/texts/x/claims/..%2f..%2f/figures-a.svg"),
    *("/indications/x/figures-%22.svg", "/references/x.exe", "/review/", "/review/%25"),
    *("/review/_", "/review/" + "a" * 5000, "/review/..%2fdesk", "/review/' OR 1"),
    *("/desk/login?next=https:%0a//evil.example", "/desk/login?next=/%09/evil.example"),
    *("/desk/login?next=%0d", "/metrics/", "/healthz/..", "/readyz%00", "/robots.txt%0a"),
    *("/.git/config", "/.env", "/wsgi.py"),
)


def paths() -> Iterator[Attack]:
    """Addresses that are none, or lead elsewhere."""
    for path in PATHS:
        yield raw(
            f"the address {path[:60]}",
            f"GET {path.replace(' ', '%20')} HTTP/1.1\nHost: localhost\nConnection: close\n\n",
            lambda answer: (
                "HTTP/1.1 " not in answer.body
                and f"//{EVIL}" not in answer.headers.get("location", "").replace("\\", "/")
                and "x=y" not in answer.headers.get("set-cookie", "")
                and "root:" not in answer.body
            ),
        )


def headers() -> Iterator[Attack]:
    """Headers that are long, many, odd, or believed by somebody else."""
    many = ", ".join(f'"{n}"' for n in range(2000))
    for name, value in {
        "Accept": "text/html;q=" + "9" * 5000,
        "accept": ",".join(f"a/{n};q=0.{n}" for n in range(3000)),
        "ACCEPT": "application/json;q=nan, text/html;q=-1, */*;q=inf",
        "Accept-Language": "fr;q=1e400, en;q=NaN, \xff;q=" + "1" * 400,
        "accept-language": ",".join(f"x{n}" for n in range(4000)),
        "Accept-Encoding": "gzip;q=abc, br;q=1e999, \0",
        "Range": "bytes=" + ",".join(f"{n}-{n}" for n in range(3000)),
        "range": "bytes=-9999999999999999999999, lines=1-2",
        "If-Range": '"x" W/"y"',
        "If-None-Match": many,
        "if-none-match": 'W/"*" , *',
        "If-Modified-Since": "Thu, 99 Foo 99999 99:99:99 GMT",
        "if-modified-since": "Fri, 31 Dec 9999 23:59:59 +9959",
        "If-Unmodified-Since": "0",
        "Cookie": "evidence-session=" + "a" * 20_000,
        "cookie": "; ".join(f"a{n}=b" for n in range(3000)),
        "COOKIE": 'lang="\\303\\251\\000"; theme=%00; evidence-session="\xff\\"; =; ;;',
        "Content-Type": "text/html; charset=" + "x" * 5000,
        "content-type": "application/x-www-form-urlencoded; charset=utf-7",
        "Content-Encoding": "gzip, deflate, br",
        "Authorization": "Basic " + "A" * 20_000,
        "Referer": f"https://{EVIL}/<script>",
        "Origin": "null",
        "origin": f"https://{EVIL}",
        "User-Agent": "<script>alert(1)</script>" + "\xff" * 3000,
        "X-Request-Id": "a\tb\x0b<script>" + "c" * 3000,
        "X-Host": EVIL,
        "X-Forwarded-Server": EVIL,
        "X-HTTP-Host-Override": EVIL,
        "X-Rewrite-URL": "/desk",
        "X-Forwarded-Scheme": "https",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Ssl": "on",
        "Forwarded": f'for="[::ffff:127.0.0.1]";host={EVIL};proto=https',
        "X-Real-Ip": "127.0.0.1",
        "X_Remote_User": "administrator",
        "Via": f"1.1 {EVIL}",
        "Max-Forwards": "0",
        "Cache-Control": "no-cache, max-age=" + "9" * 400,
        "Sec-Fetch-Site": "cross-site",
        "Connection": "close, X-Remote-User, Cookie",
        "Proxy": f"http://{EVIL}",
        "Trailer": "Host",
        "TE": "trailers, deflate;q=nan",
        "Early-Data": "1",
        "Purpose": "prefetch",
    }.items():
        yield raw(
            f"/search with {name}: {value[:30]}",
            f"GET /search?q=froid HTTP/1.1\nHost: localhost\n{name}: {value}\n"
            + ("" if name == "Connection" else "Connection: close\n")
            + "\n",
            lambda answer: (
                harmless(answer)
                and "strict-transport-security" not in answer.headers
                and "x-http" not in answer.headers
            ),
        )


def wire() -> Iterator[Attack]:
    """All of these."""
    for kind in (smuggled, spoken, paths, headers):
        yield from kind()
