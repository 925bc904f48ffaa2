"""Answers are compressed for readers, never for somebody whose pages carry a secret."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
import pytest
from desk_site import make_desk, person
from flask.testing import FlaskClient

from evidence.search.protocol import SearchEngine

READER = "/texts/vulvodynie-cryoneurolyse"
BOTH = {"Accept-Encoding": "gzip, br"}


def test_a_page_is_the_same_compressed_or_not(client: FlaskClient) -> None:
    plain = client.get(READER)
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    short = client.get(READER, headers=BOTH)
    assert short.headers["Content-Encoding"] == "br"
    assert brotli.decompress(short.data) == plain.data
    older = client.get(READER, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(older.data) == plain.data


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_reader_weighs_less_than_150_kb_without_fonts(
    client: FlaskClient, language: str
) -> None:
    page = client.get(READER, headers=BOTH | {"Accept-Language": language})
    weight = len(page.data)
    for name in ("style.css", "figures.css", "app.js", "reader.js", "icon.svg"):
        weight += len(client.get(f"/static/{name}", headers=BOTH).data)
    assert weight < 60_000, "the budget is 150 kB; the rest is room for longer texts"


def test_unchanged_pages_and_styles_are_not_sent_again(client: FlaskClient) -> None:
    for address in (READER, "/static/style.css"):
        first = client.get(address, headers=BOTH)
        assert first.headers["Content-Encoding"] == "br"
        again = client.get(address, headers=BOTH | {"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304
        assert again.data == b""


def test_pages_with_a_token_go_out_as_they_are(tmp_path: Path, engine: SearchEngine) -> None:
    app = make_desk(tmp_path / "instance", engine)
    assert "Content-Encoding" not in app.test_client().get("/desk/login", headers=BOTH).headers
    reader = person(app, "reader").client
    for address in ("/", READER, "/desk"):
        answer = reader.get(address, headers=BOTH)
        assert b"csrf_token" in answer.data
        assert "Content-Encoding" not in answer.headers


def test_fonts_are_compressed_already(client: FlaskClient) -> None:
    answer = client.get("/static/fonts/serif.woff2", headers=BOTH)
    assert "Content-Encoding" not in answer.headers
