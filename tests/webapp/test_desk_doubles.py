"""The page of the desk for records that may be one work."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_site import make_desk, person
from flask import Flask

from evidence.journal import Journal

WAITING = """@article{ilfeld2023again,
  author = {Ilfeld, Brian M. and Smith, Cameron R.},
  title = {Ultrasound-guided Percutaneous Cryoneurolysis to Treat Chronic Postamputation
    Phantom Limb Pain: A Multicenter Randomized Controlled Trial},
  year = {2023},
  possibleduplicate = {ilfeld2023phantom},
}
"""


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    return tmp_path / "instance"


@pytest.fixture
def app(instance: Path) -> Flask:
    made = make_desk(instance, None)
    (instance / "candidates.bib").write_text(WAITING, encoding="utf-8")
    return made


def test_an_editor_decides_about_a_pair(app: Flask, instance: Path) -> None:
    editor = person(app, "editor")
    assert "1" in editor.get("/desk").select_one("a[href='/desk/doubles']").text
    page = editor.get("/desk/doubles")
    (pair,) = page.select("section.pair")
    assert "ilfeld2023again" in pair.text
    assert pair.select(".agrees")
    assert {one["value"] for one in pair.select("input[name=decided]")} == {
        "same",
        "different",
        "related",
    }
    answer = editor.post("/desk/doubles", {"a": "ilfeld2023again", "b": "ilfeld2023phantom"})
    assert answer.status_code == 303
    assert "Say first" in editor.get("/desk/doubles").text
    editor.post(
        "/desk/doubles",
        {
            "a": "ilfeld2023again",
            "b": "ilfeld2023phantom",
            "decided": "related",
            "relation": "comment-on",
            "reason": "A letter.",
        },
    )
    page = editor.get("/desk/doubles")
    assert not page.select("section.pair")
    with Journal.open(instance) as journal:
        (event,) = (one for one in journal.events() if one.kind == "pair-decided")
    assert event.payload["relation"] == "comment-on"
    assert event.payload["reason"] == "A letter."
    assert event.person
    assert editor.client.get("/desk/doubles?page=9").status_code == 404
    assert person(app).client.get("/desk/doubles").status_code in (302, 303, 401)
