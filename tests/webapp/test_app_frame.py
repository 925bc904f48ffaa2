"""What every page has: headers, languages, themes, errors, caching, health, valid links."""

from __future__ import annotations

import logging
import re
import shutil
from collections import Counter, deque
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from app_pages import TEXT, Page
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from evidence.knowledge import KnowledgeBase
from evidence.search.protocol import SearchEngine
from references.concepts import Vocabulary
from references.library import Library
from references.record import Author, Finding, Reference, Study
from webapp import create_app
from webapp.http.security import HEADERS

PAGES = [
    "/",
    f"/texts/{TEXT}",
    f"/texts/{TEXT}/claims/minimally-invasive",
    f"/texts/{TEXT}/compare",
    f"/sources/{TEXT}",
    "/search",
    "/search?q=vulvodynia",
    "/references/goyal2022efficacy",
    "/indications/",
    "/indications/vulvodynia",
    "/guide",
    "/accessibility",
]
LOST = [
    "/nothing",
    "/texts/nothing",
    f"/texts/{TEXT}/claims/nothing",
    "/references/nothing",
    "/references/nothing.bib",
    "/indications/nothing-at-all",
    "/sources/nothing",
]


@pytest.mark.parametrize(
    "address", [*PAGES, *LOST, "/healthz", "/references/goyal2022efficacy.ris"]
)
def test_security_headers_on_every_answer(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    policy = answer.headers["Content-Security-Policy"]
    assert "'unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_obey_the_policy_and_have_one_structure(
    page: Page, address: str, language: str
) -> None:
    soup = page(address, language)
    assert soup.html["lang"] == language
    assert not soup.select("[style], style")
    for script in soup.select("script:not([src])"):
        assert script["type"] == "application/ld+json", "only data may stand in the page"
    assert not [tag for tag in soup.find_all(True) if any(a.startswith("on") for a in tag.attrs)]
    loaded = "script[src], img[src], link[rel=stylesheet], link[rel=icon], link[rel=preload]"
    for item in soup.select(loaded):
        found = item.get("src") or item["href"]
        place = urlsplit(urljoin("http://localhost/", found))
        assert place.netloc == "localhost", f"{address}: {found} is not ours"
    assert len(soup.select("h1")) == 1
    assert len(soup.select("main")) == 1
    assert soup.select_one("a.skip")["href"] == "#content"
    assert soup.title.text.strip()
    ids = [tag["id"] for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    for label in soup.select("label[for]"):
        assert label["for"] in ids


@pytest.mark.parametrize("address", PAGES)
def test_alternates_name_both_languages(page: Page, address: str) -> None:
    soup = page(address)
    alternates = {link["hreflang"]: link["href"] for link in soup.select("link[hreflang]")}
    if "?q=" in address:
        assert not alternates
        return
    assert set(alternates) == {"fr", "en"}
    for language, href in alternates.items():
        parts = urlsplit(href)
        assert page(f"{parts.path}?{parts.query}").html["lang"] == language


@pytest.mark.parametrize("address", LOST)
@pytest.mark.parametrize(
    ("language", "title"), [("fr", "Page introuvable"), ("en", "Page not found")]
)
def test_lost_readers_get_help_in_their_language(
    page: Page, address: str, language: str, title: str
) -> None:
    soup = page(address, language, status=404)
    assert soup.h1.text == title
    assert len(soup.select("main a")) >= 3


def test_only_reading_is_possible(client: FlaskClient) -> None:
    for method in (client.post, client.put, client.delete):
        answer = method("/search", headers={"Accept-Language": "fr"})
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]
        assert "lue" in answer.get_data(as_text=True)


def test_a_fault_shows_a_number_and_no_traceback(
    kb: KnowledgeBase, engine: SearchEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(kb, tmp_path, engine)

    @app.get("/fault")
    def fault() -> str:
        raise RuntimeError("secret of the inside")

    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get("/fault", headers={"Accept-Language": "fr"})
    body = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "secret" not in body
    assert "Traceback" not in body
    number = re.search(r"\b[0-9a-f]{8}\b", body)
    assert number is not None
    assert number.group() in caplog.text


# ---- languages and themes -------------------------------------------------------------


def test_language_comes_from_address_then_cookie_then_browser(client: FlaskClient) -> None:
    def shown(address: str, **headers: str) -> str:
        answer = client.get(address, headers=headers)
        assert answer.headers["Content-Language"] == BeautifulSoup(answer.data, "lxml").html["lang"]
        return answer.headers["Content-Language"]

    english, french = {"Accept-Language": "en-GB,en;q=0.9"}, {"Accept-Language": "fr-FR"}
    assert shown("/") == "fr"
    assert shown("/", **english) == "en"
    assert shown("/?lang=fr", **english) == "fr"
    assert shown("/guide", **english) == "fr", "the choice was not remembered"
    assert shown("/guide?lang=en", **french) == "en"
    assert shown("/?lang=xx", **french) == "en"


def test_switching_language_keeps_the_page_and_its_query(page: Page) -> None:
    soup = page("/search?q=n%C3%A9vralgie+pudendale&design=rct", "fr")
    link = soup.select_one(".languages a[hreflang=en]")["href"]
    assert dict(parse_qsl(urlsplit(link).query)) == {
        "q": "névralgie pudendale",
        "design": "rct",
        "lang": "en",
    }


def test_theme_is_remembered_and_leaves_the_address(client: FlaskClient) -> None:
    answer = client.get("/guide?theme=dark&lang=en")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/guide?lang=en"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert BeautifulSoup(client.get("/").data, "lxml").html["data-theme"] == "dark"
    client.set_cookie("theme", "<script>")
    assert BeautifulSoup(client.get("/").data, "lxml").html["data-theme"] == "auto"


def test_cookies_are_secure_where_the_connection_is(app: Flask) -> None:
    answer = app.test_client().get("/?lang=en", base_url="https://evidence.example")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"  # a year
    assert "Strict-Transport-Security" not in app.test_client().get("/").headers


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "/%2F%2Fevil.example"])
def test_the_theme_link_never_leads_elsewhere(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}?theme=dark")
    location = answer.headers.get("Location", "/")
    assert urlsplit(urljoin("http://localhost/", location)).netloc == "localhost"


# ---- caching --------------------------------------------------------------------------


@pytest.mark.parametrize("address", PAGES)
def test_an_unchanged_page_is_not_sent_again(client: FlaskClient, address: str) -> None:
    first = client.get(address)
    etag = first.headers["ETag"]
    again = client.get(address, headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert again.data == b""
    other = client.get(address, headers={"If-None-Match": etag, "Accept-Language": "en"})
    assert other.status_code == 200
    client.set_cookie("theme", "dark")
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_errors_are_never_taken_for_pages(client: FlaskClient) -> None:
    assert "ETag" not in client.get("/references/nothing").headers


def test_static_files_are_kept_by_the_browser(page: Page, client: FlaskClient) -> None:
    address = page("/").select_one("link[rel=stylesheet]")["href"]
    answer = client.get(address)
    assert answer.cache_control.max_age >= 31_000_000
    assert answer.cache_control.immutable


def test_fonts_of_the_stylesheet_are_there(client: FlaskClient) -> None:
    css = client.get("/static/style.css").get_data(as_text=True)
    fonts = re.findall(r'url\("(fonts/[^"]+)"\)', css)
    assert len(fonts) == 6
    for font in fonts:
        answer = client.get(f"/static/{font}")
        assert answer.status_code == 200, f"{font}: install the package to build the fonts"
        assert answer.data.startswith(b"wOF2")
    assert not re.findall(r"url\(\s*[\"']?https?:", css)


def test_reader_stays_within_its_budget(client: FlaskClient) -> None:
    for language in ("fr", "en"):
        answer = client.get(f"/texts/{TEXT}", headers={"Accept-Language": language})
        extra = sum(
            len(client.get(f"/static/{name}").data) for name in ("style.css", "app.js", "reader.js")
        )
        assert len(answer.data) < 150_000
        assert len(answer.data) + extra < 200_000


def test_health(client: FlaskClient, kb: KnowledgeBase) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["status"] == "ok"
    assert answer.json["references"] == len(kb.library)
    assert answer.json["claims"] == sum(len(text.claims) for text in kb.texts.values())
    assert answer.headers["Cache-Control"] == "no-store"


# ---- data cannot break out ------------------------------------------------------------

EVIL = "\"><img src=x onerror=alert(1)>'{{7*7}}<script>x</script>"


class _HostileBase(KnowledgeBase):
    """A base whose every field tries to become markup."""

    def __init__(self) -> None:
        super().__init__()
        self.__dict__["library"] = Library(
            [
                Reference(
                    key="evil1",
                    title=EVIL,
                    authors=(Author(family=EVIL),),
                    year=2020,
                    journal=EVIL,
                    doi='10.1/"><b>',
                    url='javascript:alert("x")',
                    study=Study(design=EVIL, arms=EVIL, harms=EVIL, relevance=EVIL, device=EVIL),
                    findings=(Finding(EVIL, EVIL, EVIL, EVIL),),
                    unverified={EVIL: EVIL},
                    status="incomplete",
                    language=EVIL,
                )
            ]
        )
        self.__dict__["_vocabulary"] = (Vocabulary(), [])


def test_hostile_data_stays_text(engine: SearchEngine, tmp_path: Path) -> None:
    client = create_app(_HostileBase(), tmp_path, engine).test_client()
    for language in ("fr", "en"):
        answer = client.get("/references/evil1", headers={"Accept-Language": language})
        assert answer.status_code == 200
        soup = BeautifulSoup(answer.data, "lxml")
        assert not soup.select("img, main script, main b[onerror]")
        assert not soup.select('a[href^="javascript"]')
        assert "{{7*7}}" in soup.h1.text


# ---- the crawler ----------------------------------------------------------------------


def _plain(address: str) -> str:
    """An address without what only changes the look: language and theme."""
    parts = urlsplit(address)
    query = "&".join(
        piece
        for piece in parts.query.split("&")
        if piece and piece.split("=")[0] not in {"lang", "theme"}
    )
    return parts.path + (f"?{query}" if query else "")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_link_leads_somewhere(client: FlaskClient, language: str, corpus_size: int) -> None:
    """From `/`, every internal link is followed, but for endless combinations of filters."""
    waiting, seen = deque(["/"]), {"/"}
    names: dict[str, set[str]] = {}
    fragments: list[tuple[str, str, str]] = []
    endless = Counter[str]()
    while waiting:
        address = waiting.popleft()
        answer = client.get(address, headers={"Accept-Language": language})
        assert answer.status_code in {200, 301, 302}, f"{address}: {answer.status_code}"
        if answer.status_code != 200:
            links = [answer.headers["Location"]]
        elif answer.mimetype == "text/html":
            body = answer.get_data(as_text=True)
            # A pattern, not a parser: a thousand pages have to be read.
            names[address] = set(re.findall(r'\sid="([^"]+)"', body))
            links = [
                found.replace("&amp;", "&")
                for found in re.findall(r'(?:href|src|action)="([^"]+)"', body)
            ]
        else:
            continue
        for link in links:
            target = urljoin(f"http://localhost{address}", link)
            if urlsplit(target).netloc != "localhost" or not target.startswith("http"):
                continue
            plain = _plain(target)
            if fragment := urlsplit(target).fragment:
                fragments.append((address, plain, fragment))
            if plain in seen:
                continue
            if page := re.match(r"/(search|map)[?.]", plain):
                endless[page[1]] += 1
                if endless[page[1]] > 150:
                    continue
            seen.add(plain)
            waiting.append(plain)
    for source, target, fragment in fragments:
        if target in names:
            assert fragment in names[target], f"{source} links to {target}#{fragment}"
    assert len([a for a in seen if a.startswith("/references/")]) > corpus_size
    assert f"/sources/{TEXT}" in seen


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("lecture@example.org", "mailto:lecture@example.org"),
        ("https://example.org/contact", "https://example.org/contact"),
        ("javascript:alert(1)", None),
    ],
)
def test_whom_to_write_to_is_told(
    few: Path, tmp_path: Path, contact: str, link: str | None
) -> None:
    base = tmp_path / "base"
    shutil.copytree(few, base)
    settings = base / "kb.toml"
    settings.write_text(f'contact = "{contact}"\n{settings.read_text("utf-8")}', "utf-8")
    kb = KnowledgeBase(base)
    answer = create_app(kb, tmp_path / "instance").test_client().get("/accessibility")
    found = BeautifulSoup(answer.text, "lxml").select("main p a")
    assert [a["href"] for a in found] == ([link] if link else [])
    assert any(problem.field == "contact" for problem in kb.problems) == (link is None)
