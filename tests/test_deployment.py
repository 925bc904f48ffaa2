"""The recipes of docs/deployment.md and what the repository ships to run, tried as far as a machine
without containers can: systemd's own judgement, nginx and Caddy, a root that is read-only, nobody's
rights, the lock, two wheels of one hash.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from small_base import small_base

from evidence.knowledge import KnowledgeBase

ROOT = Path(__file__).resolve().parent.parent
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
PASSWORD = "quatre mots bien choisis"
DEPLOYED = ("originals", "pdf", "publish", "metrics", "postgresql")


def needed(program: str) -> str:
    """The program of this machine, or the test is skipped."""
    found = shutil.which(program, path=PATH)
    if found is None:
        pytest.skip(f"{program} is not here")
    return found


def recipe(language: str, number: int = 0) -> str:
    """A block of docs/deployment.md."""
    page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)[number]


def run(*words: str | Path, **more: object) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return str(done.stdout + done.stderr)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


# ---- systemd --------------------------------------------------------------------------


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The documented unit; the program it names is one that there is."""
    path = tmp_path / "evidence.service"
    path.write_text(recipe("ini").replace("/opt/evidence/bin/evidence", "/bin/true"))
    return path


def test_the_unit_is_understood(unit: Path) -> None:
    told = run(needed("systemd-analyze"), "verify", unit)
    assert unit.name not in told, told


def test_the_unit_is_hardly_exposed(unit: Path) -> None:
    told = run(needed("systemd-analyze"), "security", "--offline=true", unit)
    exposure = re.search(r"Overall exposure level for evidence\.service: ([\d.]+)", told)
    assert exposure is not None
    assert float(exposure[1]) < 3.0


# ---- proxies --------------------------------------------------------------------------


class _SignedIn(BaseHTTPRequestHandler):
    """What a proxy of single sign-on answers: 202 with the name, or 401."""

    def do_GET(self) -> None:
        name = self.headers.get("Cookie", "").partition("sso=")[2]
        self.send_response(202 if name else 401)
        if name:
            self.send_header("X-Auth-Request-Preferred-Username", name)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _App(BaseHTTPRequestHandler):
    """Stands where the app does, and says which headers reach it."""

    def do_GET(self) -> None:
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def upstream() -> Iterator[tuple[int, int]]:
    """The ports of an app and of a service that signs people in."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), kind) for kind in (_App, _SignedIn)]
    for one in servers:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    yield servers[0].server_port, servers[1].server_port
    for one in servers:
        one.shutdown()
        one.server_close()


def ask(port: int, path: str, **headers: str) -> tuple[int, dict[str, str]]:
    """Status and the headers that the app saw."""
    for _ in range(100):
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
                sent = {name.replace("_", "-"): value for name, value in headers.items()}
                connection.request("GET", path, headers={"Host": "evidence.example.org", **sent})
                answer = connection.getresponse()
                body = answer.read()
                return answer.status, json.loads(body) if answer.status == 200 else {}
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("nobody listens")


def test_nginx_with_single_sign_on_names_the_person_and_nobody_else_can(
    upstream: tuple[int, int], tmp_path: Path
) -> None:
    app, sso = upstream
    port = free_port()
    block = recipe("nginx", 1)
    ours = {"8000;": f"{app};", "4180;": f"{sso};", "443 ssl;": f"127.0.0.1:{port};"}
    assert all(written in block for written in ours)
    block = re.sub(r"8000;|4180;|443 ssl;", lambda written: ours[written[0]], block)
    block = "\n".join(line for line in block.splitlines() if "ssl_certificate" not in line)
    kept = "\n".join(
        f"{part}_temp_path {tmp_path}/{part};"
        for part in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (tmp_path / "nginx.conf").write_text(
        f"{user}\ndaemon off; pid {tmp_path}/pid; error_log {tmp_path}/errors;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{kept}\n{block}}}\n"
    )
    words = [needed("nginx"), "-p", str(tmp_path), "-e", f"{tmp_path}/errors"]
    words += ["-c", f"{tmp_path}/nginx.conf"]
    run(*words, "-t")
    process = subprocess.Popen(words)
    try:
        status, seen = ask(port, "/desk", Cookie="sso=anne", X_Remote_User="root")
        assert (status, seen["X-Remote-User"]) == (200, "anne")
        status, seen = ask(port, "/", X_Remote_User="root", X_Forwarded_For="10.0.0.1")
        assert status == 200
        assert "X-Remote-User" not in seen
        assert seen["X-Forwarded-For"] == "127.0.0.1"
        assert ask(port, "/desk", X_Remote_User="root")[0] in (302, 401)
        assert ask(port, "/metrics")[0] in (403, 404)
    finally:
        process.terminate()
        process.wait()


def test_caddy_understands_its_recipe(tmp_path: Path) -> None:
    caddy = needed("caddy")
    (tmp_path / "Caddyfile").write_text(recipe("caddyfile"))
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    told = run(
        caddy,
        "validate",
        "--adapter",
        "caddyfile",
        "--config",
        tmp_path / "Caddyfile",
        env=environment,
    )
    assert "Valid configuration" in told
    adapted = run(caddy, "adapt", "--config", tmp_path / "Caddyfile", env=environment)
    assert "127.0.0.1:8000" in adapted
    assert "X-Remote-User" in adapted


# ---- as nobody, on a root that is read-only ------------------------------------------


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """A folder that anybody may look into; pytest keeps its own to itself."""
    place = Path(tempfile.mkdtemp(prefix="evidence-nobody-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def test_it_serves_as_nobody_on_a_read_only_root(
    kb: KnowledgeBase, nobodys: Path, tmp_path: Path
) -> None:
    """What the container and the unit promise: only the instance and /tmp are written."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    unshare, setpriv = needed("unshare"), needed("setpriv")
    few = small_base(kb, nobodys / "base")
    instance, temporary = nobodys / "instance", nobodys / "tmp"
    for folder in (instance, temporary):
        folder.mkdir()
        os.chown(folder, 65534, 65534)
    port = free_port()
    keep = " ".join(f"mount --bind {one} {one};" for one in (instance, temporary))
    script = (
        f"mount --make-rprivate / && {{ {keep} }} && mount -o remount,bind,ro / && "
        f"! touch /not-here 2>/dev/null && exec {setpriv} --reuid=65534 --regid=65534 "
        "--clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "
        f"{sys.executable} -m evidence serve --kb {few} --instance {instance} --port {port}"
    )
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("EVIDENCE_")},
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}",
        "TMPDIR": str(temporary),
        "HOME": "/nonexistent",
    }
    log = tmp_path / "log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [unshare, "--mount", "/bin/sh", "-c", script],
            env=environment,
            cwd=ROOT,
            stdout=stream,
            stderr=stream,
        )
        try:
            ready = None
            for _ in range(600):
                if process.poll() is not None:
                    break
                try:
                    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as c:
                        c.request("GET", "/readyz")
                        ready = json.loads(c.getresponse().read())
                        break
                except (ConnectionRefusedError, http.client.HTTPException):
                    time.sleep(0.2)
            if ready is None and "mount" in log.read_text():
                pytest.skip(f"this machine mounts nothing: {log.read_text()[:200]}")
            assert ready is not None, log.read_text()
            assert ready["status"] == "ok", ready
        finally:
            process.terminate()
            process.wait()
    owners = {path.stat().st_uid for path in instance.rglob("*")}
    assert owners == {65534}


def test_commands_beside_the_service_work_in_its_folder_with_its_settings(
    kb: KnowledgeBase, tmp_path: Path
) -> None:
    base, instance = small_base(kb, tmp_path / "base"), tmp_path / "instance"
    settings, command = tmp_path / "evidence.env", tmp_path / "evidence"
    settings.write_text("EVIDENCE_LANG='fr'\n")
    written = recipe("sh").replace("/var/lib/evidence", str(instance))
    written = written.replace("/etc/evidence.env", str(settings))
    command.write_text(
        written.replace("/opt/evidence/bin/evidence", f"{sys.executable} -m evidence")
    )
    command.chmod(0o755)
    instance.mkdir(0o700)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("EVIDENCE_")},
        "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}",
        "HOME": "/nonexistent",
    }

    def typed(*words: str) -> str:
        at = ["--kb", str(base)]
        return run(command, *words, *at, env=environment, input=f"{PASSWORD}\n")

    typed("user", "add", "anne", "--role", "administrator", "--password-stdin")
    assert "anne" in typed("user", "list")
    assert "références" in typed("index")
    typed("backup", "b.tar.gz")
    assert {"journal.sqlite", "index", "b.tar.gz"} <= {path.name for path in instance.iterdir()}


# ---- the lock, the image, the wheel --------------------------------------------------


def _locked() -> dict[str, Version]:
    pinned = re.findall(
        r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / "requirements-lock.txt").read_text(), re.M
    )
    return {canonicalize_name(name): Version(version) for name, version in pinned}


def test_the_lock_holds_what_is_deployed_with_hashes() -> None:
    locked = _locked()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *(line for one in DEPLOYED for line in extras[one])]
    for requirement in map(Requirement, asked):
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{name} is not locked: make lock"
        assert requirement.specifier.contains(locked[name]), f"{name} {locked[name]}: make lock"
    text = (ROOT / "requirements-lock.txt").read_text()
    for block in re.split(r"\n(?=[A-Za-z0-9])", text):
        if "==" in block.split("\n")[0]:
            assert "--hash=sha256:" in block, block[:80]
    whoosh = (ROOT / "requirements-index.txt").read_text()
    assert f"whoosh3=={locked['whoosh3']}" in whoosh


def test_the_image_is_small_locked_and_nobodys() -> None:
    lines = (ROOT / "Containerfile").read_text().replace("\\\n", " ").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    froms = [rest for word, rest in steps if word == "FROM"]
    assert len(froms) == 2
    assert len({one.split()[0] for one in froms}) == 1
    for word, rest in steps:
        if word == "COPY" and not rest.startswith("--from"):
            assert (ROOT / rest.split()[0]).exists()
    installs = [rest for word, rest in steps if word == "RUN" and "pip install" in rest]
    assert "--require-hashes" in installs[0]
    assert all("--no-deps" in one for one in installs)
    after = steps[max(at for at, (word, _) in enumerate(steps) if word == "FROM") :]
    (user,) = (rest for word, rest in after if word == "USER")
    assert int(user) > 0
    assert not any(word == "ADD" for word, _ in steps)


def test_two_builds_are_one_wheel(tmp_path: Path) -> None:
    """Built in two folders from files of different dates: the same bytes."""
    listed = run("git", "ls-files", "-z", cwd=ROOT).split("\0")
    made = []
    for number, when in enumerate((1_600_000_000, 1_700_000_000)):
        folder = tmp_path / f"copy-{number}"
        for name in filter(None, listed):
            if not (ROOT / name).is_file() or name.startswith(("tests/", "bench/")):
                continue
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
            os.utime(folder / name, (when, when))
        out = tmp_path / f"wheel-{number}"
        done = subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", out, folder],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        if done.returncode and re.search(r"No matching distribution|connection", done.stderr):
            pytest.skip("no index of packages can be reached")
        assert done.returncode == 0, done.stderr[-2000:]
        (wheel,) = out.glob("*.whl")
        made.append(hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert made[0] == made[1]
