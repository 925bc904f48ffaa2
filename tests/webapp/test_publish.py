"""Publishing: the files on a plain file server, below a path; what is written again; what is left.

The browser's part (the search, the claim beside the text) is in tests/browser.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
import requests
from bs4 import BeautifulSoup
from click.testing import CliRunner
from lxml import etree, html
from small_base import served, small_base

from evidence.cli import cli
from evidence.knowledge import KnowledgeBase
from references.errors import SettingError
from webapp.publish.publisher import MANIFEST, publish_to

ADDRESS = "https://www.example.org/evidence"
TEXT = "vulvodynie-cryoneurolyse"
Sites = tuple[Path, Path]


@pytest.fixture(scope="module")
def original(kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """A small base and its site, published once."""
    base = small_base(kb, tmp_path_factory.mktemp("base"))
    folder = tmp_path_factory.mktemp("public")
    done = publish_to(KnowledgeBase(base), folder, address=ADDRESS)
    assert done.broken == []
    return base, folder


@pytest.fixture
def sites(original: Sites, tmp_path: Path) -> Sites:
    """Copies that a test may change."""
    base, folder = tmp_path / "base", tmp_path / "public"
    shutil.copytree(original[0], base)
    shutil.copytree(original[1], folder)
    return base, folder


@pytest.fixture(scope="module")
def address(original: Sites) -> Iterator[str]:
    with served(original[1], "/a/b") as where:
        yield where


def _times(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }


@pytest.fixture(scope="module")
def pages(original: Sites) -> dict[str, BeautifulSoup]:
    """The published pages by their files."""
    folder = original[1]
    return {
        path.relative_to(folder).as_posix(): BeautifulSoup(path.read_bytes(), "lxml")
        for path in sorted(folder.rglob("index.html"))
    }


def test_every_link_leads_somewhere_below_any_path(address: str) -> None:
    waiting, seen = [f"{address}/"], set()
    with requests.Session() as session:
        while waiting:
            where = waiting.pop()
            if where in seen or not where.startswith("http://127.0.0.1"):
                continue
            seen.add(where)
            assert where.startswith(f"{address}/"), where
            answer = session.get(where, timeout=10)
            assert answer.status_code == 200, where
            if "text/html" not in answer.headers["Content-Type"]:
                continue
            for to in html.fromstring(answer.content).xpath("//@href | //@src | //@action"):
                waiting.append(urldefrag(urljoin(answer.url, str(to)))[0])
    assert {f"{address}/en/texts/{TEXT}/", f"{address}/references/ilfeld2023phantom.bib"} <= seen
    assert len(seen) > 100


def test_every_page_is_there_in_both_languages(pages: dict[str, BeautifulSoup]) -> None:
    names = set(pages)
    french = {name for name in names if not name.startswith("en/")}
    assert {f"en/{name}" for name in french} == names - french
    for name, page in pages.items():
        assert page.html is not None
        assert page.html["lang"] == ("en" if name.startswith("en/") else "fr")


def test_pages_are_strict_about_where_things_come_from(pages: dict[str, BeautifulSoup]) -> None:
    for name, page in pages.items():
        policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})
        assert policy is not None, name
        assert "default-src 'none'" in str(policy["content"])
        assert "unsafe-inline" not in str(policy["content"])
        for script in page.find_all("script"):
            assert script.get("src") or script["type"] == "application/ld+json", name
        assert page.select("style, [style], [onclick]") == [], name
        for element in page.select(
            "script[src], img[src], link[rel=stylesheet], link[rel=preload]"
        ):
            assert "//" not in str(element.get("src") or element.get("href")), name


def test_what_needs_a_server_is_not_offered(pages: dict[str, BeautifulSoup]) -> None:
    for name, page in pages.items():
        assert page.select(".themes, .filter, link[rel=unapi-server], abbr.unapi-id") == [], name
        words = page.select_one("nav.site-nav").get_text(" ")  # type: ignore[union-attr]
        assert "Desk" not in words
        assert "Rédaction" not in words


def test_canonical_addresses_lead_to_the_files(
    original: Sites, pages: dict[str, BeautifulSoup]
) -> None:
    _, folder = original
    for name, page in pages.items():
        place = name.removesuffix("index.html")
        assert [str(link["href"]) for link in page.select("link[rel=canonical]")] == [
            f"{ADDRESS}/{place}"
        ]
        for link in page.select("link[rel=alternate][hreflang]"):
            assert str(link["href"]).startswith(f"{ADDRESS}/")
            other = str(link["href"]).removeprefix(f"{ADDRESS}/")
            assert (folder / other / "index.html").is_file()
    tree = etree.fromstring((folder / "sitemap.xml").read_bytes())
    listed = [node.text.removeprefix(f"{ADDRESS}/") for node in tree.iter("{*}loc")]
    assert all((folder / place / "index.html").is_file() for place in listed)
    assert f"en/texts/{TEXT}/" in listed
    assert not (folder / "robots.txt").exists(), "robots.txt counts at the top of a host only"


def test_feeds_and_linked_data_have_the_address_of_the_site(original: Sites) -> None:
    _, folder = original
    for language in ("", "en/"):
        feed = etree.fromstring((folder / f"{language}feeds/texts/{TEXT}.xml").read_bytes())
        links = [str(link.get("href")) for link in feed.iter("{*}link")]
        assert links[0] == f"{ADDRESS}/{language}feeds/texts/{TEXT}.xml"
        for link in links[1:]:
            assert (folder / link.removeprefix(f"{ADDRESS}/") / "index.html").is_file()
            assert link.startswith(f"{ADDRESS}/{language}texts/")
    page = BeautifulSoup((folder / f"texts/{TEXT}/index.html").read_bytes(), "lxml")
    data = json.loads(page.select_one("script[type='application/ld+json']").get_text())  # type: ignore[union-attr]
    assert data["url"] == f"{ADDRESS}/texts/{TEXT}"
    annotations = json.loads((folder / f"texts/{TEXT}/annotations.jsonld").read_text())
    assert annotations["id"] == f"{ADDRESS}/texts/{TEXT}/annotations.jsonld"


def test_without_an_address_nothing_claims_to_have_one(sites: Sites, tmp_path: Path) -> None:
    folder = tmp_path / "anywhere"
    done = publish_to(KnowledgeBase(sites[0]), folder, language="en")
    assert done.broken == []
    for path in folder.rglob("*"):
        if path.suffix in {".html", ".bib", ".ris", ".json", ".csv"}:
            assert "localhost" not in path.read_text(encoding="utf-8"), path
    for name in ("feeds", "sitemap.xml", "robots.txt", f"texts/{TEXT}/annotations.jsonld"):
        assert not (folder / name).exists()
    page = BeautifulSoup((folder / "index.html").read_bytes(), "lxml")
    assert page.html is not None
    assert page.html["lang"] == "en"
    assert (folder / "fr" / "index.html").is_file()


def test_publishing_again_writes_nothing(sites: Sites) -> None:
    base, folder = sites
    before = _times(folder)
    done = publish_to(KnowledgeBase(base), folder, address=ADDRESS)
    assert (done.written, done.removed, done.pages > 50) == (0, 0, True)
    assert _times(folder) == before


def test_a_changed_claim_writes_its_pages_and_those_of_its_studies(sites: Sites) -> None:
    base, folder = sites
    before = _times(folder)
    register = base / "texts" / f"{TEXT}.yaml"
    content = yaml_with(register, "follow-up-by-team", "Words of another day.")
    register.write_text(content, encoding="utf-8")
    done = publish_to(KnowledgeBase(base), folder, address=ADDRESS)
    changed = {name for name, at in _times(folder).items() if before.get(name) != at}
    assert done.written == len(changed)
    assert f"en/texts/{TEXT}/claims/follow-up-by-team/index.html" in changed
    assert not [name for name in changed if name.startswith("static/")]
    pages = {name for name in changed if not name.startswith("pagefind/")}
    assert len(pages) < len(before) / 4


def yaml_with(register: Path, claim_id: str, english: str) -> str:
    """A register in which one claim is stated otherwise."""
    import yaml

    plain = yaml.safe_load(register.read_text(encoding="utf-8"))
    (claim,) = [claim for claim in plain["claims"] if claim["id"] == claim_id]
    claim["statement"]["en"] = english
    return str(yaml.safe_dump(plain, allow_unicode=True))


def test_what_is_gone_is_removed_and_nothing_else(sites: Sites, tmp_path: Path) -> None:
    base, folder = sites
    library = base / "references" / "few.bib"
    entries = re.split(r"(?m)^(?=@)", library.read_text(encoding="utf-8"))
    kept = [entry for entry in entries if "cha2021intercostal" not in entry]
    assert len(kept) == len(entries) - 1
    library.write_text("".join(kept), encoding="utf-8")
    (folder / "google.html").write_text("ours")
    (folder / "uploads").mkdir()
    (folder / "references" / "cha2021intercostal.ris").write_text("changed by hand")
    outside = tmp_path / "outside.txt"
    outside.write_text("precious")
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"]["../outside.txt"] = manifest["files"]["google.html"] = "0" * 64
    (folder / MANIFEST).write_text(json.dumps(manifest))

    done = publish_to(KnowledgeBase(base), folder, address=ADDRESS)
    assert not (folder / "references" / "cha2021intercostal").exists()
    assert not (folder / "references" / "cha2021intercostal.bib").exists()
    assert done.removed >= 4
    assert done.kept == ["google.html", "references/cha2021intercostal.ris"]
    assert outside.read_text() == "precious"
    assert (folder / "google.html").read_text() == "ours"
    assert (folder / "uploads").is_dir()


def test_a_damaged_file_is_made_whole(sites: Sites) -> None:
    base, folder = sites
    page = folder / "guide" / "index.html"
    whole = page.read_bytes()
    page.write_bytes(whole[:100])
    (folder / "map" / "index.html").unlink()
    assert publish_to(KnowledgeBase(base), folder, address=ADDRESS).written == 2
    assert page.read_bytes() == whole


def test_an_interrupted_run_is_taken_up(sites: Sites, tmp_path: Path) -> None:
    folder = tmp_path / "begun"

    def stop(pages: int) -> None:
        if pages == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish_to(KnowledgeBase(sites[0]), folder, address=ADDRESS, progress=stop)
    done = publish_to(KnowledgeBase(sites[0]), folder, address=ADDRESS)
    assert done.broken == []
    assert done.written < done.files


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("full",), "was not made by 'evidence publish'"),
        (("file",), "is a file; name a folder"),
        (("new", "--address", "example.org"), "is not the address of a site"),
        (("new", "--language", "de"), "is not one of"),
        (("file/below",), "Cannot write"),
    ],
)
def test_wrong_use_is_one_sentence(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "index.html").write_text("somebody's page")
    (tmp_path / "file").write_text("no folder")
    folder, *options = words
    done = CliRunner().invoke(cli, ["publish", str(tmp_path / folder), *options])
    said = str(done.exception) if isinstance(done.exception, SettingError) else done.output
    assert says in said
    assert done.exit_code != 0
    assert (tmp_path / "full" / "index.html").read_text() == "somebody's page"


def test_without_pagefind_the_mend_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kb: KnowledgeBase
) -> None:
    monkeypatch.setattr("evidence.extras.find_spec", lambda name: None)
    with pytest.raises(SettingError, match=r"pip install 'evidence-base\[publish\]'"):
        publish_to(kb, tmp_path / "public")
    assert not (tmp_path / "public").exists()
