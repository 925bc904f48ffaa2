"""What reference managers and search engines read in the pages.

The readers below follow the rules by which Zotero's translators "COinS", "Embedded Metadata"
and "unAPI" and its OpenURL parser read a page (docs/interoperability.md), in our own words.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from evidence.knowledge import KnowledgeBase
from evidence.wording import typeset
from references.formats import read
from references.record import Author, Reference
from webapp.exports.coins import coins
from webapp.exports.zotero import item_type, rdf


def _page(client: FlaskClient, address: str) -> BeautifulSoup:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return BeautifulSoup(answer.data, "lxml")


# ---- COinS ----------------------------------------------------------------------------


def read_coins(title: str) -> dict[str, list[str]]:
    """A context object as readers take it apart: at "&", at the first "=", "+" a space."""
    found: dict[str, list[str]] = {}
    for part in title.split("&"):
        pieces = part.split("=")
        assert len(pieces) == 2, part
        found.setdefault(pieces[0], []).append(unquote(pieces[1].replace("+", " ")))
    return found


def creators(found: dict[str, list[str]]) -> list[str]:
    """Authors in order: a corporation goes first, the others are family and given name."""
    return [*found.get("rft.aucorp", []), *(name.rstrip(", ") for name in found.get("rft.au", []))]


def listed(author: Author) -> str:
    return author.literal or ", ".join(
        part for part in (author.short, f"{author.given} {author.suffix}".strip()) if part
    )


def check_coins(title: str, reference: Reference) -> None:
    found = read_coins(title)
    kind = item_type(reference)
    assert found["ctx_ver"] == ["Z39.88-2004"]
    named = found.get("rft.atitle") or found.get("rft.btitle") or found.get("rft.title") or [""]
    if kind == "bookSection":
        assert found.get("rft.btitle", [""]) == [reference.journal]
    assert named == [reference.title]
    holder = {"journalArticle": "rft.jtitle", "bookSection": "rft.btitle"}.get(kind, "rft.source")
    values = {
        holder: reference.journal,
        "rft.date": str(reference.year or ""),
        "rft.volume": reference.volume,
        "rft.issue": reference.number,
        "rft.pages": reference.pages,
        "rft.issn": reference.issn,
        "rft.language": reference.language,
    }
    for name, value in values.items():
        assert found.get(name, [""]) == [value], (reference.key, name)
    assert creators(found) == [listed(author) for author in reference.authors]
    identifiers = found["rft_id"]
    if reference.doi:
        assert f"info:doi/{reference.doi}" in identifiers
    if reference.pmid:
        assert f"info:pmid/{reference.pmid}" in identifiers
    assert sum(i.startswith(("http://", "https://")) for i in identifiers) == 1


def _all_search_pages(client: FlaskClient) -> Iterator[BeautifulSoup]:
    for offset in count(0, 20):
        page = _page(client, f"/search?offset={offset}")
        yield page
        if page.find("a", rel="next") is None:
            return


def test_every_reference_of_the_search_pages_is_found_with_all_its_fields(
    client: FlaskClient, kb: KnowledgeBase
) -> None:
    seen = []
    for page in _all_search_pages(client):
        spans = page.select("span.Z3988[title]")
        ids = [str(abbr["title"]) for abbr in page.select("abbr.unapi-id[title]")]
        hits = [str(a["href"]).rsplit("/", 1)[1] for a in page.select(".hit h3 a")]
        assert ids == hits
        assert len(spans) == len(ids)
        for span, key in zip(spans, ids, strict=True):
            check_coins(str(span["title"]), kb.library[key])
        seen += ids
    assert sorted(seen) == sorted(kb.library)


@pytest.mark.parametrize("address", ["/indications/vulvodynia", "/indications/postoperative-pain"])
def test_the_references_of_an_indication_are_found(
    client: FlaskClient, kb: KnowledgeBase, address: str
) -> None:
    page = _page(client, address)
    spans = page.select("span.Z3988[title]")
    ids = [str(abbr["title"]) for abbr in page.select("abbr.unapi-id[title]")]
    assert len(ids) == len(page.select("table.studies tbody tr")) > 10
    for span, key in zip(spans, ids, strict=True):
        check_coins(str(span["title"]), kb.library[key])


def test_values_that_would_break_a_context_object_do_not(client: FlaskClient) -> None:
    reference = Reference(
        key="a1",
        title='Cold & heat = "pain" + 50 % <more>; α–β',
        authors=(
            Author(literal="Group of A & B"),
            Author(family="Stefano", particle="De"),
            Author(family="Bosch", given="M.", particle="van den", suffix="Jr"),
            Author(literal="Second Group"),
        ),
        year=2020,
        journal="J. + Pain",
        doi="10.1/a(b)c;d<e>&f=g",
        pages="e12-e13",
    )
    with client.application.test_request_context():
        found = read_coins(coins(reference))
    assert found["rft.atitle"] == ['Cold & heat = "pain" \uff0b 50 % <more>; α–β']
    assert f"info:doi/{reference.doi}" in found["rft_id"]
    assert creators(found) == [
        "Group of A & B",
        "De Stefano",
        "van den Bosch, M. Jr",
        "Second Group",
    ]
    assert found["rft.au"][0].endswith(","), "or its last word would be taken for the family name"


# ---- Highwire -------------------------------------------------------------------------


def read_highwire(page: BeautifulSoup) -> dict[str, list[str]]:
    """The metadata of a page's head; a name counts by its end, as translators match it."""
    found: dict[str, list[str]] = {}
    for meta in page.select("head > meta[name][content]"):
        name = str(meta["name"])
        found.setdefault(name, []).append(str(meta["content"]))
    return found


def test_every_reference_page_has_all_its_fields(client: FlaskClient, kb: KnowledgeBase) -> None:
    for key, reference in kb.library.items():
        page = _page(client, f"/references/{key}")
        found = read_highwire(page)
        kind = item_type(reference)
        assert found.get("citation_title", [""]) == [reference.title], key
        assert [a.rstrip(", ") for a in found.get("citation_author", [])] == [
            listed(author) for author in reference.authors
        ]
        first, _, last = reference.pages.partition("-")
        values = {
            "citation_publication_date": str(reference.year or ""),
            "citation_volume": reference.volume,
            "citation_issue": reference.number,
            "citation_firstpage": first,
            "citation_lastpage": last,
            "citation_doi": reference.doi,
            "citation_pmid": reference.pmid,
            "citation_language": reference.language,
            "citation_issn": reference.issn,
        }
        for name, value in values.items():
            assert found.get(name, [""]) == [value], (key, name)
        if kind == "journalArticle" and reference.journal:
            assert found["citation_journal_title"] == [reference.journal]
        if kind == "document":
            assert found["z:itemType"] == ["document"]
            assert "citation_journal_title" not in found
        assert len(page.select("abbr.unapi-id")) == 1, "one item, not a list"


# ---- unAPI ----------------------------------------------------------------------------


def test_unapi_offers_what_reference_managers_understand(
    client: FlaskClient, kb: KnowledgeBase
) -> None:
    page = _page(client, "/search?q=pudendal")
    link = page.find("link", rel="unapi-server")
    assert isinstance(link, Tag)
    server = str(link["href"])
    formats = ElementTree.fromstring(client.get(server).data)
    names = [node.get("name") for node in formats]
    assert names[0] == "rdf_zotero", "in which Zotero loses nothing"
    assert {"ris", "bibtex"} <= set(names)
    for abbr in page.select("abbr.unapi-id[title]"):
        key = str(abbr["title"])
        offered = client.get(f"{server}?id={key}")
        assert offered.status_code == 300
        assert ElementTree.fromstring(offered.data).get("id") == key
        (got,) = read(client.get(f"{server}?id={key}&format=ris").data, "ris").references
        reference = kb.library[key]
        for name in ("title", "year", "journal", "volume", "number", "pages", "doi"):
            assert getattr(got, name) == getattr(reference, name), (key, name)
        assert [a.sort_name for a in got.authors] == [a.sort_name for a in reference.authors]
    assert client.get("/unapi?id=none").status_code == 404
    assert client.get(f"/unapi?id={key}&format=word").status_code == 406


_Z = "{http://www.zotero.org/namespaces/export#}"
_BIB = "{http://purl.org/net/biblio#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_FOAF = "{http://xmlns.com/foaf/0.1/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


def read_zotero_rdf(document: bytes) -> dict[str, Any]:
    """One item as Zotero's RDF translator takes it: `z:` names are fields as they stand."""
    (item,) = ElementTree.fromstring(document).findall(f"{_RDF}Description")
    found: dict[str, Any] = {
        child.tag.removeprefix(_Z): child.text for child in item if child.tag.startswith(_Z)
    }
    found["title"] = item.findtext(f"{_DC}title", "")
    extra = item.findtext(f"{_DC}description", "")
    found["extra"] = dict(line.split(": ", 1) for line in extra.split("\n"))
    found["tags"] = [node.text for node in item.findall(f"{_DC}subject")]
    found["authors"] = [
        (person.findtext(f"{_FOAF}surname", ""), person.findtext(f"{_FOAF}givenName", ""))
        for person in item.findall(f"{_BIB}authors//{_FOAF}Person")
    ]
    found["note"] = item.findtext(f".//{_BIB}Memo/{_RDF}value", "")
    return found


def test_zotero_is_given_every_field_of_every_reference(
    client: FlaskClient, kb: KnowledgeBase
) -> None:
    # Where Zotero has no field of its own for an item of this kind, CSL's name in Extra.
    holders = {
        "journal": (
            "publicationTitle",
            "bookTitle",
            "proceedingsTitle",
            "websiteTitle",
            "container-title",
        ),
        "volume": ("volume",),
        "number": ("issue", "reportNumber"),
        "pages": ("pages", "page"),
        "issn": ("ISSN",),
        "isbn": ("ISBN",),
        "publisher": ("publisher", "institution", "university", "repository"),
        "pmid": ("PMID",),
        "pmcid": ("PMCID",),
    }
    for key, reference in kb.library.items():
        got = read_zotero_rdf(client.get(f"/unapi?id={key}&format=rdf_zotero").data)
        assert got["itemType"] == item_type(reference)
        assert got["title"] == reference.title
        assert got.get("DOI", "") == reference.doi
        assert got.get("language", "") == reference.language
        assert got.get("url", "") == reference.url
        assert got.get("date", "")[:4] == str(reference.year or "")
        assert got["tags"] == list(reference.keywords)
        names = [(a.short, f"{a.given} {a.suffix}".strip()) for a in reference.authors]
        assert got["authors"] == names + [("et al.", "")] * reference.more_authors
        for name, fields in holders.items():
            values = {*(got.get(field) for field in fields)}
            values |= {got["extra"].get(field) for field in fields}
            assert values - {None} == {getattr(reference, name)} - {""}, (key, name)
        assert got["extra"]["Citation Key"] == key
        note = html.unescape(got["note"])
        words = (finding.words("fr").outcome for finding in reference.findings)
        assert all(typeset(outcome, "fr") in note for outcome in words)


def test_zotero_is_given_text_that_xml_can_hold(client: FlaskClient) -> None:
    reference = Reference(key="a1", title="Cold \x0b& <heat>", authors=(Author(literal="A, B"),))
    with client.application.test_request_context():
        got = read_zotero_rdf(rdf(reference))
    assert got["title"] == "Cold & <heat>"
    assert got["authors"] == [("A, B", "")]


# ---- JSON-LD --------------------------------------------------------------------------


def _linked_data(page: BeautifulSoup) -> dict[str, Any]:
    (script,) = page.select('script[type="application/ld+json"]')
    document: dict[str, Any] = json.loads(script.get_text())
    assert document["@context"] == "https://schema.org"
    return document


def test_articles_say_what_they_are(client: FlaskClient, kb: KnowledgeBase) -> None:
    key = "ilfeld2023phantom"
    reference = kb.library[key]
    data = _linked_data(_page(client, f"/references/{key}"))
    assert data["@type"] == ["ScholarlyArticle", "MedicalScholarlyArticle"]
    assert data["name"] == reference.title
    assert [person["familyName"] for person in data["author"]] == [
        author.short for author in reference.authors
    ]
    assert {"@type": "PropertyValue", "propertyID": "DOI", "value": reference.doi} in data[
        "identifier"
    ]
    assert f"https://doi.org/{reference.doi}" in data["sameAs"]
    assert all(about["@type"] == "MedicalCondition" for about in data["about"])
    assert "MedicalEvidenceLevel" not in json.dumps(data)


def test_claims_are_reviewed_honestly(client: FlaskClient, kb: KnowledgeBase) -> None:
    text = kb.texts["vulvodynie-cryoneurolyse"]
    for claim in text.claims:
        page = _page(client, f"/texts/{text.id}/claims/{claim.id}?lang=en")
        data = _linked_data(page)
        assert data["@type"] == "MedicalWebPage"
        if claim.verdict == "not-checkable":
            assert "mainEntity" not in data
            continue
        review = data["mainEntity"]
        assert review["@type"] == "ClaimReview"
        assert review["reviewRating"]["alternateName"]
        assert "ratingValue" not in review["reviewRating"]
        assert review["creativeWorkStatus"] == ("Published" if claim.reviewed else "Proposed")
        assert review["itemReviewed"]["author"]["name"] == text.publisher
        assert len(review["citation"]) == len(
            [link for link in claim.links if link.reference in kb.library]
        )
    assert _linked_data(_page(client, f"/texts/{text.id}"))["isBasedOn"]["url"] == text.url


# ---- one address, several forms -------------------------------------------------------

KEY = "ilfeld2023phantom"


@pytest.mark.parametrize(
    ("accept", "media_type", "begins"),
    [
        ("application/x-bibtex", "application/x-bibtex", "@article{ilfeld2023phantom"),
        ("application/x-research-info-systems", "application/x-research-info-systems", "TY  - "),
        ("application/vnd.citationstyles.csl+json", "application/vnd.citationstyles.csl+json", "["),
        ("application/json", "application/vnd.citationstyles.csl+json", "["),
        ("application/ld+json", "application/ld+json", "{"),
        ("text/x-bibliography", "text/x-bibliography", "Ilfeld"),
        ("text/html;q=0.2, application/x-bibtex", "application/x-bibtex", "@article"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html", "<!doctype html>"),
        ("*/*", "text/html", "<!doctype html>"),
        ("image/png", "text/html", "<!doctype html>"),
        ("application/x-bibtex;q=0, */*;q=0.1", "text/html", "<!doctype html>"),
    ],
)
def test_a_reference_comes_in_the_form_asked_for(
    client: FlaskClient, accept: str, media_type: str, begins: str
) -> None:
    answer = client.get(f"/references/{KEY}", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.mimetype == media_type
    assert answer.text.lstrip().startswith(begins)
    assert "Accept" in [name.strip() for name in answer.headers["Vary"].split(",")]


def test_the_forms_are_cached_apart(client: FlaskClient) -> None:
    address = f"/references/{KEY}"
    page = client.get(address)
    ris = client.get(address, headers={"Accept": "application/x-research-info-systems"})
    assert page.headers["ETag"] != ris.headers["ETag"]
    crossed = client.get(
        address,
        headers={
            "Accept": "application/x-research-info-systems",
            "If-None-Match": page.headers["ETag"],
        },
    )
    assert crossed.status_code == 200


def test_extensions_and_accept_give_the_same_file(client: FlaskClient) -> None:
    for extension, accept in (
        ("bib", "application/x-bibtex"),
        ("ris", "application/x-research-info-systems"),
        ("json", "application/vnd.citationstyles.csl+json"),
    ):
        by_accept = client.get(f"/references/{KEY}", headers={"Accept": accept})
        assert by_accept.data == client.get(f"/references/{KEY}.{extension}").data
        assert by_accept.headers["Content-Location"] == f"/references/{KEY}.{extension}"


# ---- search engines -------------------------------------------------------------------


def test_the_sitemap_leads_to_pages_that_exist(client: FlaskClient, kb: KnowledgeBase) -> None:
    tree = ElementTree.fromstring(client.get("/sitemap.xml").data)
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    addresses = [str(node.text) for node in tree.findall("s:url/s:loc", space)]
    assert len(addresses) == len(set(addresses))
    assert {f"http://localhost/references/{key}" for key in kb.library} <= set(addresses)
    for number, address in enumerate(addresses):
        if number % 12:
            continue  # each kind of page many times, not each page
        page = _page(client, address)
        canonical = page.find("link", rel="canonical")
        assert isinstance(canonical, Tag), address
        assert str(canonical["href"]) == address
    dates = [str(node.text) for node in tree.findall("s:url/s:lastmod", space)]
    assert dates
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for date in dates)


def test_robots_are_kept_out_of_endless_places(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    rules = answer.text.splitlines()
    assert {"Disallow: /search?", "Disallow: /feeds/search", "Disallow: /desk"} <= set(rules)
    assert rules.index("Allow: /") > rules.index("Disallow: /desk")
    assert "Sitemap: http://localhost/sitemap.xml" in answer.text
