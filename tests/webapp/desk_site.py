"""A desk to test: an instance of its own, one account for each role, a signed-in browser."""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from evidence.instance import has_journal
from evidence.journal import Journal
from evidence.journal.accounts import ROLES, Accounts
from evidence.knowledge import KnowledgeBase
from evidence.search.protocol import SearchEngine
from webapp import create_app

PASSWORD = "quatre mots bien choisis"
TEXT = "vulvodynie-cryoneurolyse"
CLAIM = "minimally-invasive"
AT = f"/desk/texts/{TEXT}/claims/{CLAIM}"
PAGE = """# La cryothérapie de l'épaule

La cryothérapie diminue la douleur chez 80 % des patients après une opération de l'épaule.

Le froid bloque la conduction du nerf pendant 24 à 48 heures.

Prenez rendez-vous au secrétariat.
"""


def soup(answer: TestResponse) -> BeautifulSoup:
    """The page of an answer."""
    return BeautifulSoup(answer.get_data(as_text=True), "lxml")


@dataclass
class Person:
    """Somebody at a browser; forms are filled from the page that shows them."""

    client: FlaskClient
    _token: tuple[str, str] = ("", "")

    def get(self, address: str, status: int = 200) -> BeautifulSoup:
        """A page, which must have the status."""
        answer = self.client.get(address, headers={"Accept-Language": "en"})
        assert answer.status_code == status, f"{address}: {answer.status_code}"
        return soup(answer)

    @property
    def token(self) -> str:
        """A token of this session, read again when its cookie has changed."""
        cookie = self.client.get_cookie("evidence-session")
        if cookie is None or self._token[0] != cookie.value:
            page = soup(self.client.get("/desk/me", follow_redirects=True))
            cookie = self.client.get_cookie("evidence-session")
            token = str(page.select_one("[name=csrf_token]")["value"])
            self._token = (cookie.value if cookie else "", token)
        return self._token[1]

    def post(
        self, address: str, data: dict[str, object] | None = None, **more: object
    ) -> TestResponse:
        """Send a form, its token included."""
        return self.client.post(
            address,
            data={"csrf_token": self.token, **(data or {})},
            headers={"Accept-Language": "en"},
            **more,
        )  # type: ignore[arg-type]

    def sign_in(self, name: str, password: str = PASSWORD) -> TestResponse:
        """Name and password."""
        return self.post("/desk/login", {"name": name, "password": password, "next": "/desk"})

    def fields(self, address: str, action: str) -> dict[str, object]:
        """What a form of a page would send as it stands; `action` is the end of its address."""
        form = self.get(address).select_one(f'form[action$="{action}"]')
        assert form is not None, action
        sent: dict[str, object] = {}
        for field in form.select("input[name], textarea[name], select[name]"):
            name, kind = field["name"], field.get("type", "")
            if kind in ("radio", "checkbox") and not field.has_attr("checked"):
                continue
            if field.name == "select":
                chosen = field.select_one("option[selected]") or field.select_one("option")
                value = chosen["value"] if chosen else ""
            else:
                value = field.text if field.name == "textarea" else field.get("value", "on")
            if kind == "checkbox" or name in ("concept",):
                sent.setdefault(name, [])
                sent[name].append(value)  # type: ignore[attr-defined]
            else:
                sent[name] = value
        return sent


@cache
def _instance_with_accounts() -> Path:
    """An instance with an account for each role; hashing their passwords takes its time."""
    folder = Path(tempfile.mkdtemp(prefix="desk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _add_accounts(folder)
    return folder


def _add_accounts(instance: Path) -> None:
    with Journal.open(instance) as journal:
        for role in ROLES:
            Accounts(journal).add(role, role, PASSWORD, f"Dr {role.title()}")


def make_accounts(instance: Path) -> None:
    """An account for each role, named after it."""
    instance.mkdir(exist_ok=True)
    if has_journal(instance):  # of the test, or a database beside the instance
        _add_accounts(instance)
    else:
        shutil.copytree(_instance_with_accounts(), instance, dirs_exist_ok=True)


def own_base(instance: Path) -> KnowledgeBase:
    """The bundled base with texts of an instance; what never changes is read once for all."""
    bundled, own = KnowledgeBase(), KnowledgeBase(None, instance)
    if not _READ:
        _READ.update(library=bundled.library, _vocabulary=bundled._vocabulary)
    vars(own).update(_READ)
    return own


_READ: dict[str, object] = {}


def make_desk(instance: Path, engine: SearchEngine | None) -> Flask:
    """The app over the bundled base and an instance with an account for each role."""
    make_accounts(instance)
    return create_app(own_base(instance), instance, engine)


def person(app: Flask, name: str = "") -> Person:
    """A new browser, signed in when there is a name."""
    found = Person(app.test_client())
    if name:
        assert found.sign_in(name).status_code == 303
    return found


def decision(someone: Person, **changes: object) -> dict[str, object]:
    """The decision form of the claim as the page shows it, with changes."""
    return {**someone.fields(AT, "/decide"), **changes}


def bring(someone: Person, text_id: str = "epaule") -> None:
    """Bring the page as a file."""
    answer = someone.post(
        "/desk/texts/new",
        {"id": text_id, "file": (io.BytesIO(PAGE.encode()), "epaule.md")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303, soup(answer).select_one("#errors")


def draft_form(someone: Person, **changes: object) -> dict[str, object]:
    """What the page of the draft would send, with changes."""
    return {**someone.fields("/desk/drafts/epaule", "/desk/drafts/epaule"), **changes}
