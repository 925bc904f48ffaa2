"""The attack suite: a server with an account for each role, and what a stranger would try.

    python tests/webapp/attacks.py       says what passed and what failed; ends with 1 on a failure
    pytest tests/webapp/test_attacks.py  the same as a test

Each attack is a request and what must hold of the answer, whoever asks. The matrix of every route
by every role is made from the routes themselves, so a new route is attacked without being asked.
"""

from __future__ import annotations

import re
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from attacking import EVIL, SCRIPT, TEXT, Attack, Site, always
from desk_attacks import addresses, files, names
from desk_site import make_accounts
from flask import Flask
from more_attacks import more
from small_base import KEYS, small_base
from wire_attacks import wire

from evidence.journal.accounts import ROLES, may
from evidence.knowledge import KnowledgeBase
from webapp import create_app
from webapp.server import make_server
from webapp.workers import listen

# ---- what is tried ------------------------------------------------------------------------

HOSTILE = {
    "script": SCRIPT,
    "attribute": '"><img src=x onerror=alert(1)>',
    "template": "{{7*7}}${7*7}<%= 7*7 %>",
    "lines": "a\r\nSet-Cookie: x=y",
    "nul": "a\0b",
    "long": "a" * 5000,
    "overlong": "%c0%ae%c0%ae/",
    "surrogate": "\ud800".encode("utf-16", "surrogatepass").decode("latin-1"),
    "sql": "' OR 1=1; DROP TABLE event; --",
    "brackets": "(" * 300 + "a" + ")" * 300,
    "wildcards": "*" * 200,
    "quotes": '"' * 999,
    "number": "9" * 400,
}
PARAMETERS = ("q", "indication", "nerve", "design", "year", "sort", "limit", "offset", "page")
TRAVERSALS = (
    *("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd"),
    *("....//....//etc/passwd", "..%5c..%5cetc", "/etc/passwd", "%00", "."),
)
BELOW = ("/texts/{}", "/references/{}", "/static/{}", "/indications/{}", "/sources/{}", "/feeds/{}")


def reflected() -> Iterator[Attack]:
    """Words that a page may show again, and must show as words."""
    for parameter in PARAMETERS:
        for name, value in HOSTILE.items():
            address = f"/search?{urlencode({parameter: value})}"
            yield Attack(f"/search with a hostile {parameter}: {name}", address)
    for path in ("/", "/texts/{}", "/references/{}", "/nothing/{}", "/api/v1/references/{}"):
        yield Attack(f"a script in {path}", path.format(quote(SCRIPT, safe="")))


def traversals() -> Iterator[Attack]:
    """Files that no address reaches."""
    for path in BELOW:
        for name in TRAVERSALS:
            yield Attack(
                f"{path} with {name}",
                path.format(name),
                holds=lambda answer: (
                    "root:" not in answer.body and answer.status in (301, 302, 308, 400, 404)
                ),
            )


def malformed() -> Iterator[Attack]:
    """Requests that are none."""
    hosts = ("a..b", "-", "x" * 70 + ".org", "[::1", "evil.example\\", "a b", "é", "%00", "a/b")
    for host in hosts:
        yield Attack(
            f"Host {host[:20]}",
            raw=f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode(),
            holds=lambda answer: answer.status == 400,
        )
    smuggled = {
        "two lengths": "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "length and chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "odd encoding": "Transfer-Encoding: xchunked\r\n\r\n",
        "bare line feed": "X: a\nY: b\r\n\r\n",
        "folded header": "X: a\r\n b\r\n\r\n",
        "space before colon": "X : a\r\n\r\n",
        "negative length": "Content-Length: -1\r\n\r\n",
        "length in words": "Content-Length: five\r\n\r\n",
        "huge length": "Content-Length: 99999999999999999999\r\n\r\n",
        "many headers": "".join(f"X-{n}: y\r\n" for n in range(500)) + "\r\n",
        "large header": "X: " + "y" * 60_000 + "\r\n\r\n",
        "odd chunk": "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    }
    for name, rest in smuggled.items():
        yield Attack(
            f"POST with {name}",
            raw=f"POST /desk/login HTTP/1.1\r\nHost: localhost\r\n{rest}".encode(),
            holds=lambda answer: answer.status in (0, 400, 401, 411, 413, 431, 501),
        )
    for name, line in {
        "no version": "GET /",
        "odd version": "GET / HTTP/9.9",
        "no path": "GET HTTP/1.1",
        "odd verb": "JEFF / HTTP/1.1",
        "absolute": f"GET http://{EVIL}/ HTTP/1.1",
        "binary": "\x16\x03\x01",
    }.items():
        yield Attack(
            f"a request line with {name}",
            raw=f"{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode(),
            holds=lambda answer: EVIL not in answer.body,
        )


def forwarded() -> Iterator[Attack]:
    """What a stranger says that a proxy would say."""
    for name, value in {
        "X-Forwarded-Host": EVIL,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Prefix": f"//{EVIL}",
        "Forwarded": f"host={EVIL};proto=https",
        "X-Remote-User": "administrator",
        "Remote-User": "administrator",
        "X-Original-URL": "/desk",
        "X-HTTP-Method-Override": "POST",
        "X-Evidence-Person": "administrator",
    }.items():
        for path in ("/", "/desk"):
            yield Attack(
                f"{path} with {name}",
                path,
                headers={name: value},
                holds=lambda answer, path=path: (
                    EVIL not in answer.body
                    and "strict-transport-security" not in answer.headers
                    and (path != "/desk" or answer.status == 302)
                ),
            )


def redirects() -> Iterator[Attack]:
    """Addresses to go to after signing in that are not ours."""
    for target in (
        *(f"//{EVIL}", f"https://{EVIL}", f"/\\{EVIL}", f"\\\\{EVIL}", f"/\t/{EVIL}"),
        *("javascript:alert(1)", f"http:{EVIL}", "/desk\r\nX: y", "//[", "/\0", f"///{EVIL}"),
    ):
        query = urlencode({"next": target})
        yield Attack(f"next={target!r}", f"/desk/login?{query}", role="editor")


def forged() -> Iterator[Attack]:
    """Sessions and forms that are not somebody's own."""
    for cookie in ("", "x", "e30.x.y", ".eJxx", "a" * 5000, "null"):
        yield Attack(
            f"a session {cookie[:10]!r}",
            "/desk",
            headers={"Cookie": f"evidence-session={cookie}"},
            holds=lambda answer: answer.status == 302,
        )
    for token in ("", "csrf_token=", "csrf_token=x", "csrf_token=" + "a" * 2000):
        yield Attack(
            f"a form with {token[:14]!r}",
            "/desk/logout",
            "POST",
            body=token or "x=y",
            role="administrator",
            holds=lambda answer: answer.status == 400,
        )
    for kind in ("text/plain", "application/json", "multipart/form-data", "application/xml"):
        yield Attack(
            f"a form as {kind}",
            "/desk/people",
            "POST",
            headers={"Content-Type": kind},
            body='{"name": "eve", "role": "administrator"}',
            role="administrator",
            holds=lambda answer: answer.status == 400,
        )


def roles(app: Flask) -> Iterator[Attack]:
    """Every route of the desk by every role and by nobody, and every other route for anybody."""
    filled = {"text_id": TEXT, "claim_id": "none", "key": KEYS[0], "form": "json"}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda m: filled.get(m[1], "none"), rule.rule)
        action = getattr(app.view_functions[rule.endpoint], "action", None)
        if action is None:
            yield Attack(f"{rule.endpoint} by nobody", path)
            continue
        for role in ("", *ROLES):
            allowed = bool(role) and may(role, action)
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                refused = (403,) if role else {"GET": (302,), "POST": (400, 401)}[method]
                yield Attack(
                    f"{method} {rule.endpoint} by {role or 'nobody'}",
                    path,
                    method,
                    body="csrf_token=TOKEN" if method == "POST" else "",
                    role=role,
                    holds=lambda answer, allowed=allowed, refused=refused: (
                        allowed or answer.status in refused
                    ),
                )


def attacks(app: Flask, inside: int) -> list[Attack]:
    """Everything that is tried; what ends sessions is left to the tests of signing out.

    `inside` is a port of this machine on which nobody may be asked.
    """
    tried = [
        *(*reflected(), *traversals(), *malformed(), *forwarded(), *redirects(), *forged()),
        *(*wire(), *more(), *files(), *names(), *addresses(inside)),
        *roles(app),
    ]
    return [one for one in tried if "sign_out" not in one.name]


@contextmanager
def attacked(folder: Path) -> Iterator[Site]:
    """A server on a small base while the block runs."""
    base, instance = small_base(KnowledgeBase(), folder / "base"), folder / "instance"
    instance.mkdir()
    make_accounts(instance)
    app = create_app(KnowledgeBase(base, instance), instance)
    listening, ended = listen("127.0.0.1", 0), threading.Event()
    server = make_server(app, listening, 4)
    thread = threading.Thread(target=server.serve, args=[lambda: not ended.is_set()])
    thread.start()
    try:
        yield Site(app, listening.getsockname()[1])
    finally:
        ended.set()
        thread.join()


def failures(site: Site) -> Iterator[tuple[Attack, str]]:
    """Each attack, and why it got through; "" when it did not."""
    with socket.create_server(("127.0.0.1", 0)) as inside:
        for attack in attacks(site.app, inside.getsockname()[1]):
            answer = site.try_it(attack)
            wrong = always(answer) or ("" if attack.holds(answer) else f"answered {answer.status}")
            yield attack, wrong
        inside.settimeout(0)
        try:
            inside.accept()[0].close()
        except BlockingIOError:
            asked = ""
        else:
            asked = "somebody inside was asked"
        yield Attack("all of these"), asked


def main() -> int:
    """Attack a server of its own, and say what got through."""
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder, attacked(Path(folder)) as site:
        for attack, wrong in failures(site):
            passed, failed = passed + (not wrong), failed + bool(wrong)
            if wrong:
                print(f"FAILED  {attack.name}: {wrong}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
