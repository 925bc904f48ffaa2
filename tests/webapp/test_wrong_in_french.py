"""What is asked wrongly is answered in French: by pages, the API, the desk and commands."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from desk_site import PASSWORD, TEXT, Person, make_desk, person
from flask import Flask
from flask.testing import FlaskClient

from evidence import cli
from evidence.search.protocol import SearchEngine

FRENCH = {"Accept-Language": "fr"}
#: Small words that English cannot do without and French does not have.
_SMALL_WORDS = """
    the and with which is are was were not for of to it that this there here from by an be has
    have had write give choose nearest read cannot must only than then where nothing longer
    shorten mend another already called find found named needs take use used or if
    words word letters characters too into its no does did will would should
"""
ENGLISH = frozenset(_SMALL_WORDS.split())
_QUOTED = re.compile(
    r"«[^»]*»|“[^”]*”|'[^']*'|\"[^\"]*\"|https?://\S+|\[[^\]]*\]|\b[A-Z]{2,}\b|\b[\w./-]+[=:/_]\S*"
)


def english(text: str) -> set[str]:
    """The English words of a text, but for what it quotes: what was typed, files, addresses.

    Codes of languages, as a query takes them, are quoted too: "no" is Norwegian.
    """
    said = re.sub(r"\b(?:[a-z]{2}, )+[a-z]{2}\b", " ", _QUOTED.sub(" ", text))
    return ENGLISH & set(re.findall(r"[^\W\d_]+", said.lower()))


QUERIES = (
    *"""
    year:soon
    year:2015..x
    year>=
    n:many
    n>
    language:klingon
    foo:bar
    nerve:zzz
    design:zzz
    indication:zzzz
    guidance:zzz
    stance:zzz
    author:
    pain OR
    OR pain
    pain AND
    NOT
    (pain
    pain)
    ((((((((((((((((((((pain
    "cold pain
    *algia
    c*
    *
    cry*o
    pain~2
    pain^3
    [2015 TO 2020]
    year:2020..2015
    10.5555/none.at.all
    pmid:99999999
    doi:10.5555/none
    zzzqqq xxqq
    cryoneurolysis zzzqqqx
    the of and
    cryonerolysis
    verified:maybe
    year:-5
    year:2015..bientôt
    n:0..x
    revue:
    auteur:""
    titre:()
    nerf:
    plan:zzz
    design:rtc
    langue:xx
    cle:Durbec
    doi:abc
    pmcid:PMC
    pain NOT
    NOT NOT pain
    AND AND
    "a" "b
    )(
    p?in
    **
    a:b:c
    {1 TO 2}
    10.1016/
    PMC9999999
    %s %(n)s {0} {name}
    """.strip().split("\n    "),
    "pain " * 300,
)
_PARAMETERS = """
    nerve=zzz guidance=zzz design=zzz indication=zzz language=klingon stance=zzz year=soon
    year=2020.. from=soon sort=best limit=many limit=100000 offset=-1 verified=perhaps
    without=zzz expand=perhaps colour=red
"""


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_that_cannot_be_read_as_meant(client: FlaskClient, query: str) -> None:
    page = client.get("/search", query_string={"q": query}, headers=FRENCH, follow_redirects=True)
    soup = BeautifulSoup(page.data, "lxml")
    for notice in soup.select(".notice, .understood, [role=alert]"):
        for foreign in notice.select("[lang], button, input"):
            foreign.decompose()
        assert not english(notice.text), notice.text
    answer = client.get("/api/v1/search", query_string={"q": query}, headers=FRENCH).get_json()
    for notice in answer["notices"]:
        assert not english(notice), notice


@pytest.mark.parametrize("parameter", _PARAMETERS.split())
def test_a_parameter_that_cannot_be_used(client: FlaskClient, parameter: str) -> None:
    address = f"/api/v1/search?q=froid&{parameter}"
    answer = client.get(address, headers=FRENCH, follow_redirects=True).get_json()
    said = [answer.get("detail", ""), *(one["message"] for one in answer.get("errors", ()))]
    assert not english(" ".join([*said, *answer.get("notices", ())])), said
    page = client.get(f"/search?q=froid&{parameter}", headers=FRENCH, follow_redirects=True)
    soup = BeautifulSoup(page.data, "lxml")
    for notice in soup.select(".notice, [role=alert], .lede"):
        assert not english(notice.text), notice.text


_ADDRESSES = """
    /texts/none /texts/TEXT/claims/none /references/none2020 /indications/none /sources/none
    /nothing /api/v1/texts/none /api/v1/references/none2020 /api/v1/concepts/none
    /api/v1/texts/TEXT/claims/none /api/v1/nothing /api/v1/concepts?facet=zzz
    /api/v1/references?key=none /references/none/cite/zzz
"""


@pytest.mark.parametrize("address", _ADDRESSES.split())
def test_an_address_that_leads_nowhere(client: FlaskClient, address: str) -> None:
    answer = client.get(address.replace("TEXT", TEXT), headers=FRENCH)
    if answer.is_json:
        said = answer.get_json()
        words = " ".join([said["detail"], *(one["message"] for one in said.get("errors", ()))])
    else:
        page = BeautifulSoup(answer.data, "lxml").select_one("main")
        words = page.text if page else ""
    assert words
    assert not english(words), words


@pytest.fixture(scope="module")
def desk(engine: SearchEngine, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The app with an account for each role."""
    return make_desk(tmp_path_factory.mktemp("desk") / "instance", engine)


#: A form of the desk, who sends it, and what is wrong in it.
FORMS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("/desk/login", "", {"name": "nobody", "password": "wrong wrong wrong"}),
    ("/desk/me", "editor", {"password": "not this one", "new": "short"}),
    ("/desk/me", "editor", {"password": PASSWORD, "new": "short"}),
    ("/desk/me", "editor", {"password": PASSWORD, "new": "aaaaaaaaaaaaaaaa"}),
    ("/desk/people", "administrator", {"name": "A B", "person": "", "role": "king"}),
    ("/desk/people", "administrator", {"name": "c", "person": "C", "role": "reader"}),
    ("/desk/people", "administrator", {"name": "x" * 200, "person": "C", "role": "reader"}),
    ("/desk/people/administrator/disable", "administrator", {}),
    ("/desk/people/nobody/disable", "administrator", {}),
    ("/desk/texts/new", "editor", {"id": "bain"}),
    ("/desk/texts/new", "editor", {"id": "Not An Id", "words": "Le froid soulage."}),
    ("/desk/texts/new", "editor", {"id": TEXT, "words": "Le froid soulage la douleur."}),
    ("/desk/texts/new", "editor", {"id": "bain", "url": "ftp://example.org/page"}),
    ("/desk/texts/new", "editor", {"id": "bain", "page_url": "ftp://example.org/page"}),
    ("/desk/texts/new", "editor", {"id": "bain", "url": "http://127.0.0.1/page"}),
    ("/desk/texts/new", "editor", {"id": "bain", "words": "?"}),
    (f"/desk/texts/{TEXT}/original", "editor", {}),
    (f"/desk/texts/{TEXT}/original", "editor", {"url": "http://127.0.0.1/"}),
    (f"/desk/texts/{TEXT}/bulk", "approver", {}),
    (f"/desk/texts/{TEXT}/claims", "editor", {"passage": "nowhere on the page"}),
    ("/desk/drafts/none", "editor", {}),
    ("/desk/drafts/none/discard", "editor", {}),
)
#: Files that are no pages.
FILES = (
    ("page.docx", b"not a docx"),
    ("page.pdf", b"%PDF-1.4 broken"),
    ("page.exe", b"MZ\x00\x01\x02"),
    ("page.html", b"<html><script>draw()</script></html>"),
    ("page.txt", b""),
)


def _alerts(page: bytes) -> str:
    soup = BeautifulSoup(page, "lxml")
    return " ".join(one.text for one in soup.select("[role=alert], [role=status], .lede, .notice"))


@pytest.mark.parametrize(("address", "name", "fields"), FORMS)
def test_a_form_that_cannot_be_recorded(
    desk: Flask, address: str, name: str, fields: dict[str, object]
) -> None:
    here: Person = person(desk, name)
    answer = here.client.post(
        address,
        data={"csrf_token": here.token, **fields},
        headers=FRENCH,
        follow_redirects=True,
    )
    words = _alerts(answer.data)
    assert words, answer.status
    assert not english(words), words


@pytest.mark.parametrize(("name", "content"), FILES)
def test_a_file_that_is_no_page(desk: Flask, name: str, content: bytes) -> None:
    here = person(desk, "editor")
    answer = here.client.post(
        "/desk/texts/new",
        data={"csrf_token": here.token, "id": "bain", "file": (io.BytesIO(content), name)},
        headers=FRENCH,
        content_type="multipart/form-data",
    )
    words = _alerts(answer.data)
    assert words, answer.status
    assert not english(words), words


def test_a_decision_that_breaks_a_rule(desk: Flask) -> None:
    here = person(desk, "editor")
    claims = here.get(f"/desk/texts/{TEXT}").select("a[href*='/claims/']")
    address = claims[0]["href"].partition("#")[0].partition("?")[0]
    sent = here.fields(address, "/decide")
    for wrong in ({"verdict": "zzz"}, {"verdict": "contradicted"}):
        data = {"csrf_token": here.token, **sent, **wrong}
        answer = here.client.post(f"{address}/decide", data=data, headers=FRENCH)
        words = _alerts(answer.data)
        assert words, wrong
        assert not english(words), words


#: What is typed at a terminal.
COMMANDS = """
    serch
    search --nope
    search --limit x froid
    search froid --year soon
    search froid --nerve zzz
    search froid --sort best
    show none2020
    show
    show none2020 --format zzz
    report none
    report vulvodynie-cryoneurolyse --format zzz
    check --kb /usr
    claims --verdict zzz
    export --format zzz
    export zzzqqq
    import none.bib --to out.bib
    import broken.ris --to out.bib
    import broken.bib --to out.bib
    verify
    verify --offline --citation Durbec
    verify --dry-run
    verify --file broken.bib --offline
    update --search none
    text load none page.txt
    text load vulvodynie-cryoneurolyse none.html
    text draft broken.pdf --id bain
    text anchor vulvodynie-cryoneurolyse
    journal verify
    journal apply none
    user add a --role king
    restore broken.zip
    suggest
    evaluate none
    init .
""".strip().split("\n    ")


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_that_cannot_be_run(
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    instance: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVIDENCE_LANG", "fr")
    monkeypatch.setenv("LANGUAGE", "")
    (tmp_path / "broken.ris").write_text("TY  - JOUR\nTI  - Cold\nnothing at all\n")
    (tmp_path / "broken.bib").write_text("@article{a, title = {Cold}\n@article{b, year = {soon}}")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    (tmp_path / "broken.zip").write_bytes(b"not a zip")
    (tmp_path / "page.txt").write_text("Le froid soulage la douleur.")
    with pytest.raises(SystemExit):
        cli.main(words.split())
    lines = capfd.readouterr().err.splitlines()
    said = " ".join(line for line in lines if not line.startswith("Usage: "))
    assert said or words.startswith(("export", "verify", "search")), words
    assert not english(said), said


def test_what_a_command_counts_and_asked_is_told_in_french(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], instance: Path
) -> None:
    monkeypatch.setenv("EVIDENCE_LANG", "fr")
    monkeypatch.setenv("LANGUAGE", "")
    for words in ("check", "verify --offline --citation Durbec"):
        with pytest.raises(SystemExit):
            cli.main(words.split())
        told = [line for line in capfd.readouterr().out.splitlines() if "proche" not in line]
        assert told
        assert not english(" ".join(told)), told
        assert not any(re.search(r"\w[:;!?](\s|$)", line) for line in told), told


def test_english_words_are_seen() -> None:
    check: Callable[[str], set[str]] = english
    assert check("There is no text 'x' here.") == {"there", "is", "no", "here"}
    assert check("Il n’y a pas de texte « the text » : écrivez year:2015..2025.") == set()
