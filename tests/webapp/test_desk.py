"""The desk: who may do what, sessions and forms, deciding, two editors, signing, the page."""

from __future__ import annotations

import io
import os
import re
import stat
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from desk_site import PASSWORD, TEXT, Person, make_desk, person, soup
from flask import Flask
from journal_states import claim_state
from werkzeug.test import TestResponse

from evidence.journal import Journal
from evidence.journal.accounts import ROLES, Accounts, may
from evidence.knowledge import KnowledgeBase
from evidence.originals import bounded
from evidence.search.protocol import SearchEngine
from references.errors import SettingError
from webapp import create_app
from webapp.accounts.proxies import TrustedProxies, trusted_networks

CLAIM = "minimally-invasive"
AT = f"/desk/texts/{TEXT}/claims/{CLAIM}"
PAGE = """# La cryothérapie de l'épaule

La cryothérapie diminue la douleur chez 80 % des patients après une opération de l'épaule.

Le froid bloque la conduction du nerf pendant 24 à 48 heures.

Prenez rendez-vous au secrétariat.
"""


@pytest.fixture
def desk(tmp_path: Path, engine: SearchEngine) -> Flask:
    """A desk with an account for each role, named after it."""
    return make_desk(tmp_path / "instance", engine)


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


def test_nothing_outside_the_desk_takes_a_form(desk: Flask) -> None:
    for rule in desk.url_map.iter_rules():
        if not rule.endpoint.startswith("desk."):
            assert rule.methods <= {"GET", "HEAD", "OPTIONS"}, rule.endpoint


def test_an_editor_cannot_sign_through_the_bulk_form(desk: Flask) -> None:
    answer = person(desk, "editor").post(
        f"/desk/texts/{TEXT}/bulk", {"action": "sign", "claim": CLAIM}
    )
    assert answer.status_code == 403


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
    assert {c.partition("=")[0] for c in cookies} == {"evidence-session", "evidence-browser"}
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
def test_signing_in_leads_to_no_other_site(desk: Flask, elsewhere: str) -> None:
    someone = person(desk)
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


def test_signing_out_ends_the_session(desk: Flask) -> None:
    someone = person(desk, "editor")
    assert someone.post("/desk/logout").status_code == 303
    assert someone.client.get("/desk").status_code == 302


def test_the_key_is_made_once_and_is_ours_alone(desk: Flask, tmp_path: Path) -> None:
    path = tmp_path / "instance" / "secret-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    path.chmod(0o644)
    create_app(KnowledgeBase(), tmp_path / "instance")
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


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


# ---- deciding -------------------------------------------------------------------------


def decision(someone: Person, **changes: object) -> dict[str, object]:
    """The decision form of the claim as the page shows it, with changes."""
    return {**someone.fields(AT, "/decide"), **changes}


def test_a_decision_that_differs_asks_for_a_reason_and_reaches_the_reader(desk: Flask) -> None:
    editor = person(desk, "editor")
    sent = decision(editor, verdict="contradicted", reason="")
    answer = editor.post(f"{AT}/decide", sent)
    assert answer.status_code == 422
    assert "differs from the proposal" in soup(answer).select_one("#errors").text
    checked = soup(answer).select_one("[name=verdict][checked]")
    assert checked["value"] == "contradicted", "what was chosen is lost"
    assert (
        "Contradicted"
        not in editor.get(f"/texts/{TEXT}/claims/{CLAIM}").select_one(".judgement").text
    )
    answer = editor.post(f"{AT}/decide", {**sent, "reason": "Two trials say otherwise."})
    assert answer.status_code == 303
    page = editor.get(f"/texts/{TEXT}/claims/{CLAIM}")
    assert "Contradicted" in page.select_one(".judgement").text
    assert "Decided by Dr Editor" in page.select_one(".review").text
    assert "Two trials say otherwise." in editor.get(AT).select_one("#history").text


def test_a_form_sent_twice_is_one_decision(desk: Flask) -> None:
    editor = person(desk, "editor")
    sent = decision(editor, rationale_en="Said once.", reason="as before")
    for _ in range(2):
        assert editor.post(f"{AT}/decide", sent).status_code == 303
    assert editor.get(AT).select_one("#history").text.count("Dr Editor") == 1


def test_the_second_editor_is_told_and_nothing_is_overwritten(desk: Flask) -> None:
    one, other = person(desk, "editor"), person(desk, "approver")
    first = decision(one, rationale_en="The first wording.", reason="read again")
    second = decision(other, rationale_en="The second wording.", reason="read too")
    assert one.post(f"{AT}/decide", first).status_code == 303
    answer = other.post(f"{AT}/decide", second)
    assert answer.status_code == 409
    page = soup(answer)
    cells = [cell.text for cell in page.select("tbody td")]
    assert any("The first wording." in cell for cell in cells)
    assert any("The second wording." in cell for cell in cells)
    reader = other.get(f"/texts/{TEXT}/claims/{CLAIM}").text
    assert "The first wording." in reader
    assert "The second wording." not in reader
    history = other.get(AT)
    assert "came second, not applied" in history.select_one("#history").text
    row = other.get(f"/desk/texts/{TEXT}?needs=conflict").select("[data-rows] > li h3 a")
    assert [link["href"] for link in row] == [AT]
    again = {i["name"]: i["value"] for i in page.select('form[action$="/decide"] input')}
    assert other.post(f"{AT}/decide", again).status_code == 303
    assert "The second wording." in other.get(f"/texts/{TEXT}/claims/{CLAIM}").text
    assert not other.get(f"/desk/texts/{TEXT}?needs=conflict").select("[data-rows] > li h3")


def test_link_change_and_unlink(desk: Flask) -> None:
    editor = person(desk, "editor")
    linked = {
        a["href"].rpartition("/")[2] for a in editor.get(AT).select("#links .links-list h3 a")
    }
    key = next(k for k in editor_library(desk) if k not in linked)
    form = f"{AT}/links/{key}"
    sent = editor.fields(form, f"/links/{key}")
    assert editor.post(form, {**sent, "note_fr": "Une note."}).status_code == 422
    sent |= {"stance": "qualifies", "population": "indirect", "note_fr": "Une note."}
    assert editor.post(form, sent).status_code == 303
    row = editor.get(AT).select_one(f'.links-list a[href="/references/{key}"]').find_parent("li")
    assert "qualifies" in row.text
    assert "Population: indirect" in row.text
    removal = editor.fields(AT, f"/links/{key}/remove")
    assert editor.post(f"{form}/remove", removal).status_code == 303
    assert not editor.get(AT).select(f'.links-list a[href="/references/{key}"]')


def editor_library(app: Flask) -> list[str]:
    """Keys of the library."""
    return list(app.extensions["desk"].kb.library)


def test_search_and_suggestions_beside_the_claim(desk: Flask) -> None:
    page = person(desk, "editor").get(f"{AT}?q=cryoneurolysis")
    assert len(page.select("#results .offers > li")) > 3
    assert len(page.select(".suggested .offers > li")) > 3
    assert "because of" in page.select_one(".suggested").text
    assert page.select(".rules > li")


def test_sign_lapse_and_sign_again(desk: Flask) -> None:
    approver, editor = person(desk, "approver"), person(desk, "editor")
    sent = {**approver.fields(AT, "/sign"), "note": "Discussed in the group."}
    answer = approver.post(f"{AT}/sign", sent)
    assert answer.status_code == 303, soup(answer).select_one("#errors")
    review = editor.get(f"/texts/{TEXT}/claims/{CLAIM}").select_one(".review").text
    assert "Signed by Dr Approver" in review
    assert "no longer holds" not in review
    editor.post(f"{AT}/decide", decision(editor, rationale_en="Another word.", reason="clearer"))
    review = editor.get(f"/texts/{TEXT}/claims/{CLAIM}").select_one(".review").text
    assert "no longer holds" in review
    lapsed = editor.get(f"/desk/texts/{TEXT}?needs=lapsed").select("[data-rows] > li h3 a")
    assert [link["href"] for link in lapsed] == [AT]
    assert "claim or its links have changed" in editor.get(AT).select_one("#signature").text


def test_nobody_signs_a_page_they_did_not_see(desk: Flask) -> None:
    admin = person(desk, "administrator")
    bring(admin)
    admin.post("/desk/drafts/epaule", draft_form(admin, do="create"))
    page = admin.get("/desk/texts/epaule")
    claim = page.select_one("[data-rows] > li h3 a")["href"]
    name = claim.rpartition("/")[2]
    form = {
        **admin.fields(claim, "/decide"),
        "verdict": "no-evidence-found",
        "certainty": "none",
        "rationale_fr": "Rien.",
    }
    assert admin.post(f"{claim}/decide", form).status_code == 303
    seen, listed = admin.fields(claim, "/sign"), admin.get("/desk/texts/epaule")
    bulk = {
        "action": "sign",
        "claim": name,
        "page": listed.select_one("[name=page]")["value"],
        f"against-{name}": listed.select_one(f"[name=against-{name}]")["value"],
    }
    admin.post(
        "/desk/texts/epaule/original",
        {"file": (io.BytesIO(PAGE.replace("24 à 48", "2 à 4").encode()), "epaule.md")},
        content_type="multipart/form-data",
    )
    answer = admin.post(f"{claim}/sign", seen)
    assert answer.status_code == 409
    assert "loaded again" in soup(answer).select_one("#errors").text
    admin.post("/desk/texts/epaule/bulk", bulk)
    assert not admin.get("/desk/texts/epaule?stage=signed").select("[data-rows] > li h3")
    assert admin.post(f"{claim}/sign", admin.fields(claim, "/sign")).status_code == 303


def test_drafted_claims_are_neither_reviewed_nor_signed_unseen(desk: Flask) -> None:
    admin = person(desk, "administrator")
    bring(admin)
    admin.post("/desk/drafts/epaule", draft_form(admin, do="create"))
    page = admin.get("/desk/texts/epaule")
    assert [t.text for t in page.select(".tile b")] == ["0"] * 6, "undecided claims have a verdict"
    ids = [box["value"] for box in page.select("[name=claim]")]
    hashes = {f"against-{i}": page.select_one(f"[name=against-{i}]")["value"] for i in ids}
    for action in ("review", "sign"):
        sent = {"action": action, "claim": ids, "page": page.select_one("[name=page]")["value"]}
        admin.post("/desk/texts/epaule/bulk?stage=open", {**sent, **hashes})
        told = admin.get("/desk/texts/epaule").select_one(".told").text
        assert f"{len(ids)} claims are still to be assessed" in told
    first = page.select_one("[data-rows] > li h3 a")["href"]
    form = admin.get(first).select_one("#decide form")
    assert not form.select("[name=verdict][checked], [name=certainty][checked]")
    answer = admin.post(f"{first}/decide", admin.fields(first, "/decide"))
    assert answer.status_code == 422
    said = soup(answer).select_one("#errors").text
    assert "Choose a verdict" in said
    assert "Choose a certainty" in said
    taken = admin.get(f"{first}?take=proposal").select("#decide [checked]")
    assert {box["value"] for box in taken} >= {"no-evidence-found", "none"}


def test_from_one_claim_to_the_next_that_waits(desk: Flask) -> None:
    admin = person(desk, "administrator")
    bring(admin)
    admin.post("/desk/drafts/epaule", draft_form(admin, do="create"))
    rows = admin.get("/desk/texts/epaule?order=page").select("[data-rows] > li h3 a")
    addresses = [a["href"] for a in rows]
    here, seen = addresses[-1], []
    for _ in addresses:
        seen.append(here)
        sent = {
            **admin.fields(here, "/decide"),
            "verdict": "no-evidence-found",
            "certainty": "none",
            "rationale_en": "Nothing.",
            "then": "next",
        }
        here = admin.post(f"{here}/decide", sent).headers["Location"]
    assert sorted(seen) == sorted(addresses)
    assert here == "/desk/texts/epaule"
    here = addresses[0]
    for _ in addresses:
        here = admin.post(f"{here}/sign", {**admin.fields(here, "/sign"), "then": "next"}).headers[
            "Location"
        ]
    assert here == "/desk/texts/epaule"
    assert len(admin.get("/desk/texts/epaule?stage=signed").select("[data-rows] > li h3")) == len(
        addresses
    )


def test_eight_editors_at_once_through_the_app(tmp_path: Path, engine: SearchEngine) -> None:
    app = make_desk(tmp_path / "instance", engine)
    with Journal.open(tmp_path / "instance") as journal:
        for number in range(8):
            Accounts(journal).add(f"ed{number}", "editor", PASSWORD)

    def work(number: int) -> int:
        someone, conflicts = person(app, f"ed{number}"), 0
        token, sent = someone.token, decision(someone, reason="read")
        for turn in range(4):
            sent |= {
                "rationale_en": f"{number}-{turn}",
                "rationale_fr": f"{number}-{turn}",
                "entry": str(uuid.uuid4()),
                "csrf_token": token,
            }
            while (answer := someone.client.post(f"{AT}/decide", data=sent)).status_code == 409:
                conflicts += 1
                shown = soup(answer).select_one('form[action$="/decide"] [name=against]')
                sent |= {"against": shown["value"], "entry": str(uuid.uuid4())}
            assert answer.status_code == 303
            with Journal.open(tmp_path / "instance") as journal:
                sent["against"] = claim_state(journal, KnowledgeBase().text(TEXT), CLAIM).hash
        return conflicts

    with ThreadPoolExecutor(8) as pool:
        conflicts = sum(pool.map(work, range(8)))
    with Journal.open(tmp_path / "instance") as journal:
        assert journal.verify().ok
        events = journal.events(TEXT, CLAIM)
    done = [e.payload["changes"]["rationale"]["en"] for e in events if e.accepted]
    assert sorted(done) == sorted(f"{n}-{t}" for n in range(8) for t in range(4))
    assert len(events) == len(done) + conflicts


def test_comments_wait_until_resolved(desk: Flask) -> None:
    editor, approver = person(desk, "editor"), person(desk, "approver")
    editor.post(f"{AT}/comments", {"words": "<b>Is this so?</b>"})
    page = approver.get(AT)
    assert "<b>Is this so?</b>" in page.select_one("#discussion .words").text
    resolve = page.select_one('form[action$="/resolve"]')["action"]
    other = person(desk, "editor")
    assert other.post(resolve).status_code == 303
    assert approver.post(resolve).status_code == 404
    assert not approver.get(AT).select("#discussion .words")


def test_assign_filter_and_review_several_at_once(desk: Flask) -> None:
    editor = person(desk, "editor")
    page = editor.get(f"/desk/texts/{TEXT}")
    ids = [box["value"] for box in page.select("[name=claim]")][:3]
    hashes = {f"against-{i}": page.select_one(f"[name=against-{i}]")["value"] for i in ids}
    answer = editor.post(
        f"/desk/texts/{TEXT}/bulk",
        {"action": "assign", "to": "approver", "claim": ids, **hashes},
    )
    assert answer.status_code == 303
    mine = person(desk, "approver").get(f"/desk/texts/{TEXT}?assignee=approver")
    assert sorted(box["value"] for box in mine.select("[name=claim]")) == sorted(ids)
    everything = {
        box["value"]: page.select_one(f"[name=against-{box['value']}]")["value"]
        for box in page.select("[name=claim]")
    }
    editor.post(
        f"/desk/texts/{TEXT}/bulk",
        {
            "action": "review",
            "claim": list(everything),
            **{f"against-{i}": value for i, value in everything.items()},
        },
    )
    reviewed = editor.get(f"/desk/texts/{TEXT}?stage=reviewed").select("[data-rows] > li h3")
    left = editor.get(f"/desk/texts/{TEXT}?stage=open").select("[data-rows] > li h3")
    assert len(reviewed) + len(left) == len(everything)
    assert reviewed, "nothing agreed with the proposal"


# ---- a text from nothing --------------------------------------------------------------


def bring(someone: Person, text_id: str = "epaule") -> None:
    answer = someone.post(
        "/desk/texts/new",
        {"id": text_id, "file": (io.BytesIO(PAGE.encode()), "epaule.md")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303, soup(answer).select_one("#errors")


def draft_form(someone: Person, **changes: object) -> dict[str, object]:
    return {**someone.fields("/desk/drafts/epaule", "/desk/drafts/epaule"), **changes}


def test_bring_split_merge_and_write_the_register(desk: Flask, tmp_path: Path) -> None:
    editor = person(desk, "editor")
    bring(editor)
    page = editor.get("/desk/drafts/epaule")
    names = [item["id"].removeprefix("p-") for item in page.select(".proposed:not(.dropped)")]
    assert len(names) >= 2
    assert (
        editor.post("/desk/drafts/epaule", draft_form(editor, do=f"split:{names[0]}"))
        .headers["Location"]
        .endswith(f"/split/{names[0]}")
    )
    wrong = editor.post(f"/desk/drafts/epaule/split/{names[0]}", {"words": "something\nelse"})
    assert wrong.status_code == 422
    first, second = "La cryothérapie diminue la douleur", "chez 80 % des patients"
    answer = editor.post(f"/desk/drafts/epaule/split/{names[0]}", {"words": f"{first}\n{second}"})
    assert answer.status_code == 303
    quotes = [q.text for q in editor.get("/desk/drafts/epaule").select(".proposed blockquote")]
    assert {first, second} <= set(quotes)
    editor.post("/desk/drafts/epaule", draft_form(editor, do=f"merge:{names[0]}"))
    quotes = [q.text for q in editor.get("/desk/drafts/epaule").select(".proposed blockquote")]
    assert f"{first} {second}" in quotes
    stale = draft_form(editor)
    stale["do"] = "create"
    answer = editor.post("/desk/drafts/epaule", stale)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/desk/texts/epaule"
    kb = KnowledgeBase(None, tmp_path / "instance")
    assert not kb.problems
    assert kb.text("epaule").title.fr
    assert editor.client.get("/texts/epaule").status_code == 200
    needs = editor.get("/desk/texts/epaule?needs=to-assess").select("[data-rows] > li h3")
    assert len(needs) == len(kb.text("epaule").claims)


def test_a_stale_draft_is_not_saved_over_another(desk: Flask) -> None:
    one, other = person(desk, "editor"), person(desk, "approver")
    bring(one)
    mine, theirs = draft_form(one, title_fr="Mon titre"), draft_form(other, title_fr="Leur titre")
    assert other.post("/desk/drafts/epaule", theirs).status_code == 303
    answer = one.post("/desk/drafts/epaule", mine)
    assert answer.status_code == 409
    assert soup(answer).select_one("#title_fr")["value"] == "Mon titre"
    assert one.get("/desk/drafts/epaule").select_one("#title_fr")["value"] == "Leur titre"


def test_what_cannot_be_brought_is_explained(desk: Flask) -> None:
    editor = person(desk, "editor")
    for sent in (
        {},
        {"url": "http://127.0.0.1:9/"},
        {"url": "file:///etc/passwd"},
        {"words": "Bonjour."},
        {"words": PAGE, "id": TEXT},
        {"words": PAGE, "id": "../evil"},
    ):
        answer = editor.post("/desk/texts/new", sent)
        assert answer.status_code == 422, sent
        assert soup(answer).select_one("#errors li").text.strip()


def test_a_file_made_to_burst_is_refused_in_the_language_of_the_page(
    desk: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = person(desk, "editor")
    monkeypatch.setattr(bounded, "CPU_SECONDS", 1)
    tables = b"<table>" * 2500 + b"<p>Le froid.</p>"
    for name, raw, says in (
        ("longue.txt", b"mot " * 70_000, "caract\u00e8res"),
        ("tables.html", tables, "plus de m\u00e9moire ou de temps"),
    ):
        answer = editor.client.post(
            "/desk/texts/new",
            data={"csrf_token": editor.token, "file": (io.BytesIO(raw), name)},
            content_type="multipart/form-data",
            headers={"Accept-Language": "fr"},
        )
        assert answer.status_code == 422
        assert says in soup(answer).select_one("#errors li").text


def test_what_people_type_is_shown_and_never_run(desk: Flask) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    admin = person(desk, "administrator")
    admin.post(
        "/desk/people", {"name": "eve", "person": evil, "role": "approver", "password": PASSWORD}
    )
    bring(admin)
    sent = draft_form(admin, do="create", title_fr=evil, publisher=evil, url="javascript:alert(1)")
    sent |= {name: evil for name in sent if name.startswith(("fr-", "en-", "heading-"))}
    sent["sources"] = f"{evil} A printed source. 2020."
    assert admin.post("/desk/drafts/epaule", sent).status_code == 303
    eve = person(desk, "eve")
    claim = eve.get("/desk/texts/epaule").select_one("[data-rows] > li h3 a")["href"]
    eve.post(f"{claim}/comments", {"words": evil})
    eve.post(f"{claim}/assign", {"to": "eve"})
    eve.post(
        f"{claim}/decide",
        {
            **eve.fields(claim, "/decide"),
            "verdict": "mixed",
            "certainty": "low",
            "rationale_fr": evil,
            "reason": evil,
        },
    )
    eve.post(
        "/desk/texts/epaule/original",
        {"file": (io.BytesIO(PAGE.encode()), f"{evil}.md")},
        content_type="multipart/form-data",
    )
    for address in (
        "/desk",
        "/desk/texts/epaule",
        claim,
        f"{claim}?q={evil}",
        "/desk/me",
        "/desk/texts/epaule/original",
        "/desk/texts/epaule/history",
        "/",
        "/texts/epaule",
        claim.removeprefix("/desk"),
        "/sources/epaule",
    ):
        page = eve.get(address)
        foreign = page.select("img[onerror], script:not([src], [type='application/ld+json'])")
        assert not foreign, address
        assert not page.select('a[href^="javascript:"]'), address
    assert evil in eve.get(claim).select_one("#discussion").text


def test_cited_sources_are_corrected_in_the_draft(desk: Flask, tmp_path: Path) -> None:
    editor = person(desk, "editor")
    bring(editor)
    printed = "Ilfeld BM. Cryoneurolysis. 2023.\n\n  Un livre sans titre. 2015. \n"
    sent = draft_form(editor, do="create", sources=printed)
    assert editor.post("/desk/drafts/epaule", sent).status_code == 303
    sources = KnowledgeBase(None, tmp_path / "instance").text("epaule").sources
    assert [source.cited for source in sources] == [
        "Ilfeld BM. Cryoneurolysis. 2023.",
        "Un livre sans titre. 2015.",
    ]
    assert {source.status for source in sources} == {"unchecked"}


def test_a_changed_page_shows_claim_by_claim_and_lapses_signatures(desk: Flask) -> None:
    approver = person(desk, "administrator")
    bring(approver)
    approver.post("/desk/drafts/epaule", draft_form(approver, do="create"))
    rows = approver.get("/desk/texts/epaule?order=page").select("[data-rows] > li h3 a")
    claim = next(a["href"] for a in rows if "80" in a.text)
    form = {
        **approver.fields(claim, "/decide"),
        "rationale_fr": "Aucune étude ne le dit.",
        "verdict": "no-evidence-found",
        "certainty": "none",
    }
    assert approver.post(f"{claim}/decide", form).status_code == 303
    assert approver.post(f"{claim}/sign", approver.fields(claim, "/sign")).status_code == 303
    assert "holds" in approver.get(claim).select_one("#signature").text
    changed = PAGE.replace("80 %", "95 %").replace(
        "Prenez", "La douleur revient chez la moitié des patients après six mois.\n\nPrenez"
    )
    answer = approver.post(
        "/desk/texts/epaule/original",
        {"file": (io.BytesIO(changed.encode()), "epaule.md")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    page = approver.get("/desk/texts/epaule/original")
    assert [d.text.strip() for d in page.select(".changes del")] == ["80"]
    assert [i.text.strip() for i in page.select(".changes ins")] == ["95"]
    assert "the page has changed" in approver.get(claim).select_one("#signature").text
    add = page.select('form[action$="/claims"]')
    assert add, "the new sentence is not offered as a claim"
    sent = {i["name"]: i["value"] for i in add[0].select("input")}
    answer = approver.post("/desk/texts/epaule/claims", sent)
    assert answer.status_code == 303
    assert "moitié" in approver.get(answer.headers["Location"]).h1.text
    again = approver.fields("/desk/texts/epaule/original", "/anchor")
    assert approver.post(f"{claim}/anchor", again).status_code == 303
    assert "95" in approver.get(claim).select_one(".passage-box mark").text


def test_typography_alone_lapses_nothing(desk: Flask) -> None:
    admin = person(desk, "administrator")
    bring(admin)
    admin.post("/desk/drafts/epaule", draft_form(admin, do="create"))
    retyped = PAGE.replace("'", "’").replace(" %", "\u202f%")
    admin.post(
        "/desk/texts/epaule/original",
        {"file": (io.BytesIO(retyped.encode()), "epaule.md")},
        content_type="multipart/form-data",
    )
    assert not admin.get("/desk/texts/epaule?needs=page-changed").select("[data-rows] > li h3")


# ---- sources and reports --------------------------------------------------------------


def test_sources_offline_say_so_and_change_nothing(
    desk: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_OFFLINE", "1")
    editor = person(desk, "editor")
    before = [li.text for li in editor.get(f"/desk/texts/{TEXT}").select(".sources-list p")]
    answer = editor.post(f"/desk/texts/{TEXT}/sources/check", {"source": "1"})
    assert answer.status_code == 303
    page = editor.get(f"/desk/texts/{TEXT}")
    assert "no service answered" in page.select_one(".told").text
    assert [li.text for li in page.select(".sources-list p")] == before
    with Journal.open(tmp_path / "instance") as journal:
        assert not [e for e in journal.events() if e.kind == "source-checked"]


@pytest.mark.parametrize("form", ["html", "docx", "csv", "json", "pdf"])
def test_reports_are_downloads(desk: Flask, form: str) -> None:
    answer = person(desk, "editor").client.get(f"/desk/texts/{TEXT}/report.{form}?in=fr")
    assert answer.status_code == 200
    assert f'filename="{TEXT}-fr.{form}"' in answer.headers["Content-Disposition"]
    assert len(answer.data) > 1000


# ---- pages ----------------------------------------------------------------------------

PAGES = [
    "/desk",
    f"/desk/texts/{TEXT}",
    AT,
    f"{AT}/links/goyal2022efficacy",
    f"/desk/texts/{TEXT}/original",
    f"/desk/texts/{TEXT}/history",
    "/desk/texts/new",
    "/desk/people",
    "/desk/me",
]


@pytest.mark.parametrize("address", PAGES)
def test_pages_of_the_desk_in_french_obey_the_policy(desk: Flask, address: str) -> None:
    answer = person(desk, "administrator").client.get(address, headers={"Accept-Language": "fr"})
    assert answer.status_code == 200
    page = soup(answer)
    assert not page.select("[style], style, script:not([src])")
    assert len(page.select("h1")) == 1
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)[:5]
    for form in page.select('form[method="post"]'):
        assert form.select_one("[name=csrf_token]"), form["action"]
    for foreign in page.select("main [lang], main textarea, main option, main code"):
        foreign.decompose()
    words = set(re.findall(r"[a-z]+", page.main.text.lower()))
    assert not words & {"the", "and", "with", "which", "studies", "this", "from", "claim"}
