"""A running server sees what was written; what is broken leaves the last good state."""

from __future__ import annotations

import gc
import json
import shutil
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from small_base import KEYS

from evidence import search
from evidence.knowledge import KnowledgeBase
from evidence.search import build_index
from webapp import create_app
from webapp.http import watching
from webapp.site import Site

REFERENCE = f"/references/{KEYS[0]}"


@pytest.fixture
def base(few: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(few, tmp_path / "base"))


@pytest.fixture
def workers(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[FlaskClient]:
    """Two apps over one base and one instance, as two processes have them."""
    monkeypatch.setattr(watching, "EVERY", 0.0)
    instance = tmp_path / "instance"
    apps = [create_app(KnowledgeBase(base, instance), instance) for _ in range(2)]
    return [app.test_client() for app in apps]


def seen(client: FlaskClient, address: str) -> BeautifulSoup:
    answer = client.get(address, headers={"Accept-Language": "en"})
    return BeautifulSoup(answer.get_data(as_text=True), "lxml")


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 90
    while not true():
        assert time.monotonic() < end, "it was never seen"
        time.sleep(0.05)


def health(client: FlaskClient) -> dict[str, Any]:
    return dict(json.loads(client.get("/readyz").data))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_an_edit_of_the_library_is_seen_by_every_process(
    base: Path, workers: list[FlaskClient]
) -> None:
    bib = base / "references" / "few.bib"
    for worker in workers:
        assert worker.get("/search?q=cryoneurolysis").status_code == 200
    title = KnowledgeBase(base).library[KEYS[0]].title
    edit(bib, title, "Zebrafish and the cold")
    for worker in workers:
        until(lambda w=worker: "Zebrafish" in seen(w, REFERENCE).select_one("h1").text)
        until(lambda w=worker: "Zebrafish" in seen(w, "/search?q=zebrafish").text)
        assert health(worker)["files"] == "ok"


def test_what_was_shown_before_is_not_kept_in_memory(base: Path, tmp_path: Path) -> None:
    """Though Python looks for no garbage among what a server has read."""
    app = create_app(KnowledgeBase(base, tmp_path / "instance"), tmp_path / "instance")
    client, thresholds = app.test_client(), gc.get_threshold()
    title = seen(client, REFERENCE).select_one("h1").text
    before = weakref.ref(app.extensions["site"].kb)
    try:
        watching.settle()
        edit(base / "references" / "few.bib", title, "Zebrafish and the cold")
        watch = app.extensions["watch"]
        watch._looking.acquire()
        watch._look()
        gc.disable()
        assert "Zebrafish" in seen(client, REFERENCE).select_one("h1").text
        assert before() is None
    finally:
        gc.unfreeze()
        gc.enable()
        gc.set_threshold(*thresholds)


def test_a_new_index_is_opened(base: Path, workers: list[FlaskClient], tmp_path: Path) -> None:
    worker = workers[0]
    worker.get("/search?q=cold")
    worker.get("/healthz")
    app: Flask = worker.application
    before = app.extensions["site"].engine
    build_index(KnowledgeBase(base), tmp_path / "instance")
    until(lambda: worker.get("/guide") and app.extensions["site"].engine is not before)
    assert worker.get("/search?q=cold").status_code == 200


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("references/few.bib", "\n}\n", "\n"),
        ("kb.toml", "references =", "references = = ="),
        ("vocabulary/indication.yaml", "facet:", "facet: ["),
    ],
)
def test_files_that_break_change_nothing_and_are_told_of(
    base: Path, workers: list[FlaskClient], file: str, old: str, new: str
) -> None:
    worker = workers[0]
    title = seen(worker, REFERENCE).select_one("h1").text
    assert health(worker)["files"] == "ok"
    (path, *_) = sorted(base.glob(file))
    whole = path.read_bytes()
    edit(path, old, new)
    until(lambda: health(worker)["files"] == "problems")
    assert "files" in health(worker)["since"]
    page = seen(worker, REFERENCE)
    assert page.select_one("h1").text == title
    notice = page.select_one("main .notice")
    assert "cannot be read" in notice.text
    assert str(base) not in page.text
    assert worker.get("/search?q=cryoneurolysis").status_code == 200
    path.write_bytes(whole)
    until(lambda: health(worker)["files"] == "ok")
    assert seen(worker, REFERENCE).select_one("main .notice") is None


def test_a_text_brought_in_one_process_is_shown_by_the_other(
    base: Path, workers: list[FlaskClient], tmp_path: Path
) -> None:
    (register,) = (base / "texts").glob("*.yaml")
    text = register.read_text("utf-8").replace(
        f"id: {register.stem}", "id: brought\nstate: published", 1
    )
    assert workers[1].get("/texts/brought").status_code == 404
    folder = tmp_path / "instance" / "texts"
    folder.mkdir(parents=True)
    (folder / "brought.yaml").write_text(text, "utf-8")
    for worker in workers:
        assert worker.get("/texts/brought").status_code == 200


def test_what_was_read_is_not_named_after_files_written_since(base: Path) -> None:
    """Pages and citations are kept under the library they were made of."""
    kb = KnowledgeBase(base)
    before = kb.library_fingerprint()
    title = kb.library[KEYS[0]].title
    edit(base / "references" / "few.bib", title, "Zebrafish and the cold")
    assert kb.library_as_read == before
    anew = kb.again()
    assert anew.library_as_read == anew.library_fingerprint() != before


def test_an_index_written_while_one_opens_is_seen(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written between the opening of an index and the look at its stamp is newer."""
    instance = tmp_path / "instance"
    kb = KnowledgeBase(base, instance)
    build_index(kb, instance)
    site: Site = create_app(kb, instance).extensions["site"]
    opens = search.open_engine

    def slowly(*given: Any, **more: Any) -> Any:
        engine = opens(*given, **more)
        build_index(KnowledgeBase(base, instance), instance)
        return engine

    monkeypatch.setattr(search, "open_engine", slowly)
    site.open_engine()
    assert site.opened != site.index_stamp()
