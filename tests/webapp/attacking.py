"""What an attack is, where it is tried, and what no answer may ever be."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from desk_site import PASSWORD, soup
from flask import Flask

from evidence.journal.accounts import ROLES
from webapp.http.security import HEADERS

TEXT = "vulvodynie-cryoneurolyse"
SCRIPT = "<script>alert(1)</script>"
EVIL = "evil.example"


@dataclass(frozen=True)
class Answer:
    """What came back: status 0 when the connection was closed without an answer."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Attack:
    """One thing to try, and what must hold of every answer to it."""

    name: str
    path: str = "/"
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | bytes = ""
    role: str = ""
    holds: Callable[[Answer], bool] = lambda answer: True
    raw: bytes = b""


class Site:
    """A server of its own in this process, with signed-in browsers."""

    def __init__(self, app: Flask, port: int) -> None:
        self.app, self.port = app, port
        self.cookies: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        for role in ROLES:
            self._sign_in(role)

    def _sign_in(self, role: str) -> None:
        browser = self.app.test_client()
        token = soup(browser.get("/desk/login")).select_one("[name=csrf_token]")
        assert token is not None
        form = {"csrf_token": token["value"], "name": role, "password": PASSWORD}
        assert browser.post("/desk/login", data=form).status_code == 303
        field = soup(browser.get("/desk/me")).select_one("[name=csrf_token]")
        cookie = browser.get_cookie("evidence-session")  # it holds what the token is made of
        assert cookie is not None
        assert field is not None
        self.cookies[role], self.tokens[role] = cookie.value, str(field["value"])

    def try_it(self, attack: Attack) -> Answer:
        """Send an attack as it stands."""
        if attack.raw:
            return self._send(attack.raw)
        headers = dict(attack.headers)
        if attack.role:
            headers["Cookie"] = f"evidence-session={self.cookies[attack.role]}"
        token = self.tokens.get(attack.role, "")
        body = (
            attack.body.replace("TOKEN", quote(token)).encode()
            if isinstance(attack.body, str)
            else attack.body.replace(b"TOKEN", token.encode())
        )
        if body:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(attack.method, attack.path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read().decode("utf-8", "replace")
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, content)
        finally:
            connection.close()

    def _send(self, raw: bytes) -> Answer:
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as made:
            received = b""
            try:
                made.sendall(raw)
                made.shutdown(socket.SHUT_WR)
                while chunk := made.recv(65_536):
                    received += chunk
            except OSError as error:  # what is not read to its end is cut off
                if isinstance(error, TimeoutError):
                    raise
        head, _, body = received.decode("utf-8", "replace").partition("\r\n\r\n")
        lines = head.split("\r\n")
        status = int(lines[0].split()[1]) if lines[0].startswith("HTTP/") else 0
        named = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        return Answer(status, named, body)


def always(answer: Answer) -> str:
    """What no answer to anything may be; "" when it is none of it."""
    if answer.status >= 500 and answer.status not in (501, 503):
        return f"status {answer.status}"
    if answer.status:
        missing = [name for name in HEADERS if name.lower() not in answer.headers]
        if missing:
            return f"without {', '.join(missing)}"
    if SCRIPT in answer.body and "json" not in answer.headers.get("content-type", ""):
        return "a script is reflected"
    if re.search(r"Traceback \(most recent|/site-packages/", answer.body):
        return "a traceback is shown"
    location = answer.headers.get("location", "")
    if re.match(r"(?:[a-z]+:)?//(?!localhost|127\.0\.0\.1)", location, re.I):
        return f"leads to {location}"
    return ""
