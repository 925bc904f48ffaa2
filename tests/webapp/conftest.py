"""The app on the bundled knowledge base, with a real index built once."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_pages import Page
from bs4 import BeautifulSoup
from desk_site import make_desk
from flask import Flask
from flask.testing import FlaskClient
from small_base import small_base

from evidence.knowledge import KnowledgeBase
from evidence.search.protocol import SearchEngine
from webapp import create_app


@pytest.fixture(scope="session")
def app(kb: KnowledgeBase, engine: SearchEngine, site_folder: Path) -> Flask:
    """The app under test."""
    return create_app(kb, site_folder, engine, {"TESTING": True})


@pytest.fixture(scope="session")
def few(kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a base of three references: tests copy it."""
    return small_base(kb, tmp_path_factory.mktemp("few"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies; errors inside the app become pages, as on a server."""
    app.testing = False
    return app.test_client()


@pytest.fixture
def page(client: FlaskClient) -> Page:
    """`page(address, language)`: the parsed page, which must have the expected status."""

    def get(address: str, language: str = "en", status: int = 200) -> BeautifulSoup:
        answer = client.get(address, headers={"Accept-Language": language})
        assert answer.status_code == status, f"{address}: {answer.status_code}"
        return BeautifulSoup(answer.get_data(as_text=True), "lxml")

    return get


@pytest.fixture
def desk(tmp_path: Path, engine: SearchEngine) -> Flask:
    """A desk with an account for each role, named after it."""
    return make_desk(tmp_path / "instance", engine)


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory, engine: SearchEngine) -> Flask:
    """A desk for tests that change nothing."""
    return make_desk(tmp_path_factory.mktemp("shared") / "instance", engine)
