"""Who may do what at the desk: roles, sessions, proxies, reading for members."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path

import pytest
from desk_site import (
    CLAIM,
    PASSWORD,
    TEXT,
    Person,
    make_accounts,
    make_desk,
    person,
    soup,
)
from flask import Flask
from werkzeug.test import TestResponse

from evidence.journal.accounts import ROLES, may
from evidence.knowledge import KnowledgeBase
from evidence.search.protocol import SearchEngine
from references.errors import SettingError
from webapp import create_app
from webapp.accounts.proxies import TrustedProxies, trusted_networks
from webapp.accounts.session import MAX_SIGNED_OUT, MAX_UPLOAD, body_allowance
from webapp.serve import account_command

# ---- roles ----------------------------------------------------------------------------

VALUES = {
    "text_id": TEXT,
    "claim_id": CLAIM,
    "key": "goyal2022efficacy",
    "comment_id": "none",
    "draft_id": "none",
    "name": "nobody",
    "form": "json",
}
OPEN = {"desk.login", "desk.sign_in", "desk.sign_out"}


def test_every_address_of_the_desk_with_every_role(desk: Flask) -> None:
    people = {role: person(desk, role) for role in ROLES}
    anonymous = person(desk)
    tried = 0
    for rule in desk.url_map.iter_rules():
        if not rule.endpoint.startswith("desk.") or rule.endpoint in OPEN:
            continue
        action = getattr(desk.view_functions[rule.endpoint], "action", None)
        assert action, f"{rule.endpoint} does not say what it needs"
        values = {name: VALUES[name] for name in rule.arguments}
        with desk.test_request_context():
            from flask import url_for

            address = url_for(rule.endpoint, **values)
        for method in sorted(rule.methods & {"GET", "POST"}):
            if method == "GET":
                answer = anonymous.client.get(address)
                assert answer.status_code == 302, rule.endpoint
                assert answer.headers["Location"].startswith("/desk/login?next=")
            else:
                assert anonymous.post(address).status_code == 401, rule.endpoint
                assert people["administrator"].client.post(address).status_code == 400, (
                    f"{rule.endpoint} takes a form without its token"
                )
            for role, someone in people.items():
                send = someone.post if method == "POST" else someone.client.get
                status = send(address).status_code
                if may(role, action):
                    assert status not in (401, 403), f"{role} at {rule.endpoint}: {status}"
                    assert status < 500, f"{role} at {rule.endpoint}: {status}"
                else:
                    assert status == 403, f"{role} at {rule.endpoint}: {status}"
                tried += 1
    assert tried > 90


def test_nothing_outside_the_desk_takes_a_form(shared_desk: Flask) -> None:
    for rule in shared_desk.url_map.iter_rules():
        if not rule.endpoint.startswith("desk."):
            assert rule.methods <= {"GET", "HEAD", "OPTIONS"}, rule.endpoint


def test_an_editor_cannot_sign_through_the_bulk_form(shared_desk: Flask) -> None:
    answer = person(shared_desk, "editor").post(
        f"/desk/texts/{TEXT}/bulk", {"action": "sign", "claim": CLAIM}
    )
    assert answer.status_code == 403


def test_without_accounts_the_desk_says_how_the_first_is_made(
    kb: KnowledgeBase, engine: SearchEngine, tmp_path: Path, shared_desk: Flask
) -> None:
    instance = tmp_path / "of-ours"
    nobody = create_app(kb, instance, engine).test_client()
    page = nobody.get("/desk", headers={"Accept-Language": "fr"}, follow_redirects=True)
    notice = soup(page).select_one("#first-account")
    assert "Personne n’a encore de compte ici" in notice.text
    assert notice.select_one("code").text == "evidence user add NAME --role administrator"
    assert "of-ours" not in page.get_data(as_text=True), "a path is shown to a visitor"
    make_accounts(instance)
    assert soup(nobody.get("/desk/login")).select_one("#first-account") is None
    assert soup(shared_desk.test_client().get("/desk/login")).select_one("#first-account") is None


def test_the_command_for_the_first_account_fits_what_is_served() -> None:
    first = "evidence user add NAME --role administrator"
    assert account_command(None, None) == first
    assert account_command("my texts", "/srv/i") == f"{first} --kb 'my texts' --instance /srv/i"


# ---- sessions -------------------------------------------------------------------------


def test_the_cookie_of_a_session(desk: Flask) -> None:
    someone = person(desk)
    base = {"base_url": "https://desk.example"}
    page = soup(someone.client.get("/desk/login", **base))
    answer = someone.client.post(
        "/desk/login",
        **base,
        headers={"Referer": "https://desk.example/desk/login"},
        data={
            "csrf_token": page.select_one("[name=csrf_token]")["value"],
            "name": "editor",
            "password": PASSWORD,
            "next": "//evil.example",
        },
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/desk"
    cookies = answer.headers.getlist("Set-Cookie")
    assert {c.partition("=")[0] for c in cookies} == {
        "__Host-evidence-session",
        "__Secure-evidence-browser",
    }
    for cookie in cookies:
        for word in ("Secure", "HttpOnly", "SameSite=Lax"):
            assert word in cookie
    assert someone.client.get("/desk", **base).headers["Cache-Control"] == "no-store"


def guess_until_slowed(someone: Person) -> TestResponse:
    """Wrong passwords until they have to wait; a slow machine needs more of them."""
    for _ in range(30):
        answer = someone.sign_in("editor", "a wrong password")
        if answer.status_code == 429:
            return answer
        assert answer.status_code == 401
    raise AssertionError("nobody was slowed")


def test_wrong_passwords_wait_and_say_nothing_of_the_account(desk: Flask) -> None:
    someone = person(desk)
    for name in ("editor", "nobody-here"):
        answer = someone.sign_in(name, "a wrong password")
        assert answer.status_code == 401
        assert "do not go together" in soup(answer).text
    answer = guess_until_slowed(someone)
    assert int(answer.headers["Retry-After"]) >= 1
    other = desk.test_client()
    other.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert Person(other).sign_in("editor").status_code == 303, "a stranger locked the editor out"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "/%5cevil",
        "\\\\evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "http:evil.example",
        "",
    ],
)
def test_signing_in_leads_to_no_other_site(shared_desk: Flask, elsewhere: str) -> None:
    someone = person(shared_desk)
    answer = someone.post(
        "/desk/login", {"name": "reader", "password": PASSWORD, "next": elsewhere}
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] in ("/desk", "/%5cevil")
    again = someone.client.get("/desk/login", query_string={"next": elsewhere})
    assert again.headers["Location"] in ("/desk", "/%5cevil")


def test_a_session_from_before_signing_in_is_another_one(desk: Flask) -> None:
    someone = person(desk)
    token = someone.token
    before = someone.client.get_cookie("evidence-session").value
    assert someone.sign_in("editor").status_code == 303
    assert someone.client.get_cookie("evidence-session").value != before
    answer = someone.client.post("/desk/logout", data={"csrf_token": token})
    assert answer.status_code == 400, "a token from before signing in still works"
    intruder = desk.test_client()
    intruder.set_cookie("evidence-session", before)
    assert intruder.get("/desk").status_code == 302


def test_a_browser_known_at_the_door_is_not_held_up_by_its_neighbours(desk: Flask) -> None:
    known = person(desk, "editor")
    known.post("/desk/logout")
    stranger = person(desk)
    guess_until_slowed(stranger)
    assert known.sign_in("editor").status_code == 303


def test_another_password_of_ones_own(desk: Flask) -> None:
    here, there = person(desk, "reader"), person(desk, "reader")
    new = "d'autres mots bien choisis"
    wrong = here.post("/desk/me", {"password": "not this one", "new": new})
    assert wrong.status_code == 422
    short = here.client.post(
        "/desk/me",
        headers={"Accept-Language": "fr"},
        data={"csrf_token": here.token, "password": PASSWORD, "new": "court"},
    )
    assert short.status_code == 422
    assert "12 à 200 caractères" in soup(short).select_one("#errors").text
    assert here.post("/desk/me", {"password": PASSWORD, "new": new}).status_code == 303
    assert here.client.get("/desk").status_code == 200
    assert there.client.get("/desk").status_code == 302, "the other session lives on"
    assert person(desk).sign_in("reader").status_code == 401
    assert person(desk).sign_in("reader", new).status_code == 303


def test_a_changed_account_ends_its_sessions(desk: Flask) -> None:
    editor, admin = person(desk, "editor"), person(desk, "administrator")
    editor.get("/desk")
    answer = admin.post(
        "/desk/people",
        {"name": "editor", "role": "reader", "replace": "1", "password": "encore quatre mots"},
    )
    assert answer.status_code == 303
    assert editor.client.get("/desk").status_code == 302
    admin.post("/desk/people/editor/disable")
    assert Person(desk.test_client()).sign_in("editor", "encore quatre mots").status_code == 401


def test_a_session_lasts_twelve_hours(desk: Flask, tmp_path: Path) -> None:
    someone, hours = person(desk, "editor"), 3600
    for elapsed, status in ((12 * hours - 60, 200), (12 * hours + 60, 302)):
        with closing(sqlite3.connect(tmp_path / "instance" / "journal.sqlite")) as database:
            database.execute("UPDATE session SET since = ?", (time.time() - elapsed,))
            database.commit()
        assert someone.client.get("/desk").status_code == status, elapsed


def test_signing_out_ends_the_session_wherever_its_cookie_was_copied_to(desk: Flask) -> None:
    someone, elsewhere = person(desk, "editor"), person(desk, "editor")
    copied = someone.client.get_cookie("evidence-session").value
    assert someone.post("/desk/logout").status_code == 303
    assert someone.client.get("/desk").status_code == 302
    thief = desk.test_client()
    thief.set_cookie("evidence-session", copied)
    assert thief.get("/desk").status_code == 302
    assert elsewhere.client.get("/desk").status_code == 200


@pytest.mark.parametrize(
    "target", ["/desk\r\nX: y", "/desk\nX", "/\x00", "/desk\x7f", "//[", "/\u2028"]
)
def test_a_line_in_the_address_to_go_to_leads_to_the_desk(shared_desk: Flask, target: str) -> None:
    someone = person(shared_desk, "editor")
    answer = someone.client.get("/desk/login", query_string={"next": target})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk")
    newcomer = person(shared_desk)
    answer = newcomer.post("/desk/login", {"name": "reader", "password": PASSWORD, "next": target})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")


def test_the_key_is_made_once_and_is_ours_alone(desk: Flask, tmp_path: Path) -> None:
    path = tmp_path / "instance" / "secret-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    path.chmod(0o644)
    create_app(KnowledgeBase(), tmp_path / "instance")
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_that_servers_agreed_on_later_tells_a_session_too(desk: Flask) -> None:
    """The database was away at the start; what is uploaded since is not taken for a stranger's."""
    allowance = body_allowance(desk)
    desk.secret_key = b"the key that the first of the servers had put there"
    someone = person(desk, "editor")
    cookie = someone.client.get_cookie("evidence-session")
    assert cookie is not None
    headers = {"COOKIE": f"evidence-session={cookie.value}"}
    assert allowance("/desk/texts/new", headers, "::1") == MAX_UPLOAD
    assert allowance("/desk/texts/new", {}, "::1") == MAX_SIGNED_OUT


def test_reading_for_members_only(
    tmp_path: Path, engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_READING", "members")
    app = make_desk(tmp_path / "instance", engine)
    anonymous = app.test_client()
    for address in ("/", f"/texts/{TEXT}", "/search?q=pain", "/nothing"):
        answer = anonymous.get(address)
        assert answer.status_code == 302, address
        assert answer.headers["Location"].startswith("/desk/login")
    assert anonymous.get("/api/v1/texts").status_code == 401
    assert anonymous.get("/healthz").status_code == 200
    assert person(app, "reader").client.get(f"/texts/{TEXT}").status_code == 200
    monkeypatch.setenv("EVIDENCE_READING", "some")
    with pytest.raises(SettingError, match="everyone or members"):
        make_desk(tmp_path / "other", engine)


def test_single_sign_on_only_from_trusted_proxies(
    tmp_path: Path, engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_SSO_HEADER", "X-Remote-User")
    with pytest.raises(SettingError, match="anybody could send"):
        create_app(KnowledgeBase(), tmp_path)
    monkeypatch.setenv("EVIDENCE_TRUSTED_PROXIES", "10.1.0.0/16")
    app = make_desk(tmp_path / "instance", engine)

    def asked(peer: str, name: str) -> int:
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = peer
        return client.get("/desk", headers={"X-Remote-User": name}).status_code

    assert asked("10.1.2.3", "editor") == 200
    assert asked("10.1.2.3", "nobody-here") == 302
    assert asked("192.0.2.1", "editor") == 302, "a stranger's header was believed"


def test_addresses_behind_proxies() -> None:
    seen = {}

    def app(environ: dict[str, str], start: object) -> list[bytes]:
        seen.update(environ)
        return []

    os.environ["EVIDENCE_TRUSTED_PROXIES"] = "10.0.0.1, 10.0.0.2"
    try:
        wrapped = TrustedProxies(app, trusted_networks(), "")  # type: ignore[arg-type]
    finally:
        del os.environ["EVIDENCE_TRUSTED_PROXIES"]
    chain = {
        "HTTP_X_FORWARDED_FOR": "6.6.6.6, 192.0.2.9, 10.0.0.2",
        "HTTP_X_FORWARDED_PROTO": "https",
        "wsgi.url_scheme": "http",
    }
    wrapped({"REMOTE_ADDR": "10.0.0.1", **chain}, None)  # type: ignore[arg-type]
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == ("192.0.2.9", "https")
    wrapped({"REMOTE_ADDR": "6.6.6.6", **chain}, None)  # type: ignore[arg-type]
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]) == ("6.6.6.6", "http")


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("192.0.2.9:4711", "192.0.2.9"),  # as some balancers write it
        ("[2001:db8::9]:4711", "2001:db8::9"),
        ('"[2001:db8::9]"', "2001:db8::9"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("unknown", "10.0.0.1"),
        ("192.0.2.9, unknown", "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1"])
def test_addresses_in_any_form_that_proxies_write(
    monkeypatch: pytest.MonkeyPatch, said: str, client: str, peer: str
) -> None:
    monkeypatch.setenv("EVIDENCE_TRUSTED_PROXIES", "10.0.0.0/24")
    seen = {}
    wrapped = TrustedProxies(
        lambda environ, start: seen.update(environ) or [],  # type: ignore[func-returns-value]
        trusted_networks(),
        "",
    )
    wrapped({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": said}, None)  # type: ignore[arg-type]
    assert seen["REMOTE_ADDR"] == (peer if client == "10.0.0.1" else client)
    assert not [name for name in seen if "FORWARDED" in name]


@pytest.mark.parametrize(
    "everybody",
    [
        "0.0.0.0/0",
        "::/0",
        "0.0.0.0/1 128.0.0.0/1",
        "::/1, 8000::/1",
        "::ffff:0:0/96",
        "64.0.0.0/2",
        "2000::/3",
        "127.0.0.1, 0.0.0.0/0",
        "10.0.0.1/0",
    ],
)
def test_nobody_trusts_the_internet(monkeypatch: pytest.MonkeyPatch, everybody: str) -> None:
    monkeypatch.setenv("EVIDENCE_TRUSTED_PROXIES", everybody)
    with pytest.raises(SettingError, match="where anybody may be"):
        trusted_networks()


@pytest.mark.parametrize(
    "wrong",
    [
        "*",
        "localhost",
        "10.0.0.1;10.0.0.2",
        "127.0.0.1:80",
        "10.0.0/8",
        "unix:",
        "300.1.1.1",
        "10.0.0.0/33",
    ],
)
def test_what_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("EVIDENCE_TRUSTED_PROXIES", wrong)
    with pytest.raises(SettingError, match=f"names '{re.escape(wrong)}', which is no address"):
        trusted_networks()


def test_networks_that_proxies_are_in(monkeypatch: pytest.MonkeyPatch) -> None:
    named = (
        "127.0.0.1, ::1 10.0.0.0/8,192.168.1.7/24  fc00::/7 2400:cb00::/32 ::ffff:172.16.0.0/108"
    )
    monkeypatch.setenv("EVIDENCE_TRUSTED_PROXIES", named)
    assert set(map(str, trusted_networks())) == {
        "127.0.0.1/32",
        "::1/128",
        "10.0.0.0/8",
        "192.168.1.0/24",
        "fc00::/7",
        "2400:cb00::/32",
        "172.16.0.0/12",
    }
