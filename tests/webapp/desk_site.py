"""A desk to test: an instance of its own, one account for each role, a signed-in browser."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from evidence.journal import Journal
from evidence.journal.accounts import ROLES, Accounts
from evidence.knowledge import KnowledgeBase
from evidence.search.protocol import SearchEngine
from webapp import create_app

PASSWORD = "quatre mots bien choisis"
TEXT = "vulvodynie-cryoneurolyse"


def soup(answer: TestResponse) -> BeautifulSoup:
    """The page of an answer."""
    return BeautifulSoup(answer.get_data(as_text=True), "lxml")


@dataclass
class Person:
    """Somebody at a browser; forms are filled from the page that shows them."""

    client: FlaskClient

    def get(self, address: str, status: int = 200) -> BeautifulSoup:
        """A page, which must have the status."""
        answer = self.client.get(address, headers={"Accept-Language": "en"})
        assert answer.status_code == status, f"{address}: {answer.status_code}"
        return soup(answer)

    @property
    def token(self) -> str:
        """A token of this session."""
        page = soup(self.client.get("/desk/login", follow_redirects=True))
        return str(page.select_one("[name=csrf_token]")["value"])

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


def make_accounts(instance: Path) -> None:
    """An account for each role, named after it."""
    instance.mkdir(exist_ok=True)
    with Journal.open(instance) as journal:
        for role in ROLES:
            Accounts(journal).add(role, role, PASSWORD, f"Dr {role.title()}")


def make_desk(instance: Path, engine: SearchEngine | None) -> Flask:
    """The app over the bundled base and an instance with an account for each role."""
    make_accounts(instance)
    return create_app(KnowledgeBase(None, instance), instance, engine)


def person(app: Flask, name: str = "") -> Person:
    """A new browser, signed in when there is a name."""
    found = Person(app.test_client())
    if name:
        assert found.sign_in(name).status_code == 303
    return found
