"""A text that was published and is no more: on no public address, nor out of anybody's cache."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from desk_site import make_accounts
from small_base import KEYS
from surfaces import BASE, LANGUAGES, World, addresses, make_world, run
from test_lifecycle import TEXT

from evidence.knowledge import KnowledgeBase
from webapp.publish.publisher import publish_to

#: What only this text says: its id, its title, its sentence, what was decided of it.
ITS_OWN = re.compile(r"chaud|\bhot\b|Deux essais tièdes|Two lukewarm trials", re.IGNORECASE)
VALUES = {
    "text_id": ["bain", "chaud"],
    "text": ["bain", "chaud"],
    "claim_id": ["calms"],
    "key": [*KEYS],
    "concept_id": ["shoulder-pain", "pain", "radiofrequency"],
    "extension": ["bib", "ris", "json", "csl.json", "csv"],
    "name": ["levels"],
    "secret": ["nobody-knows-it"],
}
WAYS = {
    "withdrawn": [("withdraw",)],
    "archived": [("archive",)],
    "in review": [("withdraw",), ("review",)],
    "private": [("withdraw",), ("private",)],
    "deleted": [("delete", "--confirm", "chaud")],
}


@pytest.fixture
def published(few: Path, tmp_path: Path) -> World:
    """A base with one text, and one of its instance that everybody reads."""
    made = make_world(few, tmp_path, TEXT)
    make_accounts(made.instance)
    own = TEXT.replace("bain\n", "chaud\n", 1).replace("froid", "chaud").replace("cold", "hot")
    own = own.replace("Deux essais", "Deux essais tièdes").replace(
        "Two trials", "Two lukewarm trials"
    )
    (made.instance / "texts").mkdir()
    (made.instance / "texts" / "chaud.yaml").write_text(own, "utf-8")
    run(made, "text", "publish", "chaud")
    return made


@pytest.mark.parametrize("way", WAYS)
def test_what_was_published_is_nowhere_once_it_is_taken_back(
    published: World, way: str, tmp_path: Path
) -> None:
    client = published.app.test_client(use_cookies=False)

    def ask(address: str, language: str, etag: str = "") -> tuple[int, str, str]:
        headers = {"Accept-Language": language} | ({"If-None-Match": etag} if etag else {})
        answer = client.get(address, headers=headers, base_url=BASE)
        said = answer.text + answer.headers.get("Link", "") + answer.headers.get("Location", "")
        return answer.status_code, answer.headers.get("ETag", ""), said

    asked = addresses(published.app, VALUES)
    before = {(one, tongue): ask(one, tongue) for one in asked for tongue in LANGUAGES}
    told = [place for place, (_, _, said) in before.items() if ITS_OWN.search(said)]
    assert len(told) > 40
    for command, *options in WAYS[way]:
        run(published, "text", command, "chaud", *options)
    for place in told:
        address, tongue = place
        _, etag, _ = before[place]
        status, _, said = ask(address, tongue, etag)
        assert status != 304, place
        # An address that names it may say that it is not there, and to whom it belongs.
        said = said.replace(address, "").replace("/texts/chaud", "")
        if "chaud" not in address:
            assert not ITS_OWN.search(said), place
        else:
            assert status in (200, 302, 404, 410), place
            assert not re.search("Deux essais|lukewarm|bain chaud|hot bath", said), place
    kb = KnowledgeBase(published.base, published.instance)
    assert not publish_to(
        kb, tmp_path / "out", address="https://www.example.org/e", instance=published.instance
    ).broken
    for path in (tmp_path / "out").rglob("*"):
        if path.suffix in (".html", ".xml", ".jsonld", ".json", ".csv", ".txt"):
            assert not ITS_OWN.search(path.read_text("utf-8")), path
