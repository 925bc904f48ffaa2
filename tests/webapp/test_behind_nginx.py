"""The server that ships, behind a real nginx with the configuration of docs/deployment.md."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest
from bs4 import BeautifulSoup
from small_base import KEYS, small_base

from evidence.journal.attempts import FREE_TRIES
from evidence.knowledge import KnowledgeBase
from webapp.http.security import HEADERS

ROOT = Path(__file__).resolve().parents[2]
HOST = "evidence.example.org"  # as the documented configuration calls it
TEXT = "vulvodynie-cryoneurolyse"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PROXY = "127.0.0.1"  # where nginx asks from; all of 127.0.0.0/8 is this machine
ONE, OTHER, STRANGER = "127.0.0.2", "127.0.0.3", "127.0.0.4"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def running(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


@dataclass
class Server:
    """`evidence serve` at its port, and what it has written to its log so far."""

    port: int
    log: Path


@pytest.fixture(scope="module")
def server(kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The command as the documented unit starts it, on a small base and a free port."""
    folder = tmp_path_factory.mktemp("behind-nginx")
    base, port, log = small_base(kb, folder / "base"), free_port(), folder / "log"
    settings = {
        "EVIDENCE_INSTANCE": str(folder / "instance"),
        "EVIDENCE_TRUSTED_PROXIES": PROXY,
    }
    command = [sys.executable, "-m", "evidence", "serve", "--kb", str(base)]
    with (
        log.open("w") as errors,
        running(
            subprocess.Popen(
                [*command, "--host", "0.0.0.0", "--port", str(port)],
                env={**os.environ, **settings},
                cwd=ROOT,
                text=True,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Serving"), log.read_text()
        yield Server(port, log)


def documented(ours: dict[str, str], which: str = "http://127.0.0.1:8000") -> str:
    """The nginx configuration of docs/deployment.md that names an upstream, with our ports."""
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)
    block = next(one for one in blocks if which in one)
    for written, replaced in ours.items():
        assert written in block
        block = block.replace(written, replaced)
    return str(block)


@contextmanager
def fronted(folder: Path, configured: Callable[[int], str]) -> Iterator[int]:
    """The port of an nginx with TLS and a configuration made for that port."""
    if NGINX is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not here (make test installs them)")
    port = free_port()
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", f"/CN={HOST}"),
            *("-addext", f"subjectAltName=DNS:{HOST}"),
            *("-keyout", "key.pem", "-out", "fullchain.pem"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    kept = "\n".join(
        f"{part}_temp_path {folder}/{part};"
        for part in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''}\n"
        f"daemon off; pid {folder}/pid; error_log {folder}/errors;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{kept}\n{configured(port)}}}\n"
    )
    command = [NGINX, "-p", str(folder), "-e", f"{folder}/errors", "-c", f"{folder}/nginx.conf"]
    with running(subprocess.Popen(command, text=True)) as process:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None, (folder / "errors").read_text()
                time.sleep(0.1)
        yield port


@pytest.fixture(scope="module")
def nginx(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx with TLS in front of the server."""
    folder = tmp_path_factory.mktemp("nginx")

    def configured(port: int) -> str:
        return documented(
            {
                "http://127.0.0.1:8000": f"http://127.0.0.1:{server.port}",
                "listen 443": f"listen 127.0.0.1:{port}",
                "/etc/ssl/evidence": str(folder),
            }
        )

    with fronted(folder, configured) as port:
        yield port


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def page(self) -> BeautifulSoup:
        return BeautifulSoup(self.text, "lxml")


@dataclass
class Browser:
    """Somebody at an address of this machine; keeps cookies as browsers do."""

    port: int
    secure: bool = True
    address: str = ONE
    sends: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> str:
        return f"{'https' if self.secure else 'http'}://{HOST}:{self.port}"

    def ask(self, path: str, form: dict[str, str] | None = None, **more: str) -> Answer:
        found = socket.create_connection(("127.0.0.1", self.port), 30, (self.address, 0))
        if self.secure:  # the certificate is thrown away; who signed it is not the question
            context = ssl._create_unverified_context()
            found = context.wrap_socket(found, server_hostname=HOST)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Referer": f"{self.root}/",
            "Accept-Language": "en",
            **self.sends,
            **more,
        }
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(http.client.HTTPConnection(HOST, self.port)) as connection:
            connection.sock = found
            body = None if form is None else urlencode(form)
            connection.request("GET" if form is None else "POST", path, body, headers)
            got = connection.getresponse()
            for cookie in got.headers.get_all("Set-Cookie", []):
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return Answer(got.status, got.headers, got.read().decode("utf-8"))

    def guess(self, name: str, **more: str) -> int:
        """Try to sign in with a wrong password: the status of the answer."""
        token = self.ask("/desk/login").page.select_one("[name=csrf_token]")["value"]
        tried = {"csrf_token": token, "name": name, "password": "not the right one"}
        return self.ask("/desk/login", tried, **more).status


def test_cookies_are_secure_and_browsers_told_to_stay_with_https(nginx: int) -> None:
    answer = Browser(nginx).ask("/desk/login")
    assert answer.status == 200
    cookies = answer.headers.get_all("Set-Cookie")
    assert cookies
    assert all("; Secure" in cookie for cookie in cookies)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/texts/{TEXT}",
        f"/references/{KEYS[0]}",
        "/search?q=pain",
        "/sitemap.xml",
        "/robots.txt",
        "/api/v1/openapi.json",
        "/api/v1/texts",
        f"/feeds/texts/{TEXT}",
        "/feeds/search?q=pain",
    ],
)
def test_addresses_are_those_that_readers_use(nginx: int, server: Server, path: str) -> None:
    browser = Browser(nginx)
    answer = browser.ask(path)
    assert answer.status == 200
    own = set(
        re.findall(rf"\w+://[^/\s\"'<]*(?:{HOST}|127\.0\.0\.1|localhost)[^/\s\"'<]*", answer.text)
    )
    assert own == {browser.root}


def test_who_is_sent_elsewhere_stays_on_the_public_address(nginx: int) -> None:
    browser = Browser(nginx)
    for path in ("/desk", "/desk/texts/new"):
        answer = browser.ask(path)
        assert 300 <= answer.status < 400
        assert urljoin(browser.root + path, answer.headers["Location"]).startswith(browser.root)


def test_who_guesses_waits_and_nobody_else_behind_the_proxy(nginx: int) -> None:
    guesser = Browser(nginx, address=ONE)
    assert [guesser.guess("someone") for _ in range(FREE_TRIES)] == [401] * FREE_TRIES
    assert guesser.guess("someone") == 429
    forged = {
        "X-Forwarded-For": "192.0.2.77",
        "Forwarded": "for=192.0.2.77",
        "X-Real-IP": "1.1.1.1",
    }
    assert Browser(nginx, address=ONE).guess("someone", **forged) == 429
    assert Browser(nginx, address=OTHER).guess("someone") == 401


def test_who_asks_the_server_itself_is_not_believed(server: Server) -> None:
    """A stranger claims to be a proxy, each time for another client."""
    stranger = Browser(server.port, secure=False, address=STRANGER)
    stranger.sends = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    answer = stranger.ask(f"/texts/{TEXT}")
    assert "Strict-Transport-Security" not in answer.headers
    assert f"https://{HOST}" not in answer.text
    assert "evil.example" not in answer.text
    assert not any("Secure" in one for one in answer.headers.get_all("Set-Cookie", []))
    tries = [
        stranger.guess("another", **{"X-Forwarded-For": f"198.51.100.{n}, {PROXY}"})
        for n in range(FREE_TRIES + 1)
    ]
    assert tries == [*[401] * FREE_TRIES, 429]


def test_what_a_client_forges_does_not_come_through_the_proxy(nginx: int) -> None:
    forged = {
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "8",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example;proto=http",
    }
    browser = Browser(nginx)
    answer = browser.ask(f"/texts/{TEXT}", **forged)
    assert "Strict-Transport-Security" in answer.headers
    assert "evil" not in answer.text
    assert f'href="{browser.root}/' in answer.text


def test_another_name_is_not_served(nginx: int) -> None:
    with (
        socket.create_connection(("127.0.0.1", nginx), 30) as plain,
        pytest.raises(ssl.SSLError),
    ):
        ssl._create_unverified_context().wrap_socket(plain, server_hostname="evil.example")


# ---- the server alone, as strangers may reach it --------------------------------------


def raw(port: int, request: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
    """What the server answers to these bytes."""
    with socket.create_connection(("127.0.0.1", port), 30, (STRANGER, 0)) as wire:
        wire.sendall(request)
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize(
    "host",
    [
        "a..b",
        "a" * 64,
        f"ok.{'a' * 64}.org",
        "a." * 130 + "b",
        "xn--zzzz",
        "xn--a",
        "-a",
        ".",
        "a b",
        "<script>",
        "[::1",
        "[1.2.3.4]",
        "a:b",
        ":80",
        "a:80:80",
        "user@a",
        "caf\u00e9",
        "%41",
        "a,b",
    ],
)
def test_a_host_that_cannot_be_one_is_refused_without_noise(server: Server, host: str) -> None:
    before = server.log.read_text()
    request = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    status, headers, body = raw(server.port, request)
    assert status == 400
    assert len(body) < 500
    if headers["Server"] and b"generated by" not in body:  # else waitress refused it itself
        assert {name: headers[name] for name in HEADERS} == HEADERS
    assert server.log.read_text() == before


@pytest.mark.parametrize(
    "host", [HOST, f"{HOST}.:8000", "127.0.0.1:80", "[::1]:8", "a_b", "xn--caf-dma.org"]
)
def test_a_host_that_can_be_one_is_served(server: Server, host: str) -> None:
    request = f"GET /robots.txt HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    assert raw(server.port, request)[0] == 200


def test_a_body_that_nobody_may_send_is_refused_unread(server: Server) -> None:
    head = f"POST /desk/login HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 900000000\r\n\r\n"
    assert raw(server.port, head.encode())[0] == 413


def test_slow_clients_leave_room_for_others(server: Server) -> None:
    slow = []
    try:
        for _ in range(150):
            one = socket.create_connection(("127.0.0.1", server.port), 30)
            one.sendall(b"GET / HT")
            slow.append(one)
        request = f"GET /robots.txt HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
        assert raw(server.port, request.encode())[0] == 200
    finally:
        for one in slow:
            one.close()


def test_trusting_everybody_is_refused_in_a_sentence(tmp_path: Path) -> None:
    settings = {
        "EVIDENCE_INSTANCE": str(tmp_path),
        "EVIDENCE_TRUSTED_PROXIES": "0.0.0.0/0",
        "EVIDENCE_SSO_HEADER": "X-Remote-User",
    }
    done = subprocess.run(
        [sys.executable, "-m", "evidence", "serve", "--port", str(free_port())],
        env={**os.environ, **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "EVIDENCE_TRUSTED_PROXIES trusts 0.0.0.0/0, where anybody may be" in done.stderr
    assert "Traceback" not in done.stderr
