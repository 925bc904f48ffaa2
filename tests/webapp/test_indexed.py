"""Records that only the index of a cluster holds: found, opened, offered, taken, linked."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from desk_site import AT, make_desk, person, soup
from opensearch_node import running

from evidence.knowledge import KnowledgeBase
from evidence.search.index.documents import read_abstracts
from evidence.search.opensearch.address import address_of
from evidence.search.opensearch.load import load

#: A record of its own words, so that it is found whatever else there is.
XML = (
    "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>987001</PMID><Article><Journal>"
    "<JournalIssue><PubDate><Year>2024</Year></PubDate></JournalIssue><Title>Pain</Title>"
    "</Journal><ArticleTitle>Zirbelkiefer oil against vulvodynia</ArticleTitle><Abstract>"
    "<AbstractText>Forty women were given the oil.</AbstractText></Abstract><AuthorList>"
    "<Author><LastName>Moser</LastName><ForeName>Anna</ForeName></Author></AuthorList>"
    "</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
)
KEY = "pmid-987001"


def test_a_record_of_the_index_is_found_opened_taken_and_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = tmp_path / "instance"
    file = tmp_path / "pubmed26n0001.xml.gz"
    file.write_bytes(gzip.compress(XML.encode()))
    with running() as cluster:
        monkeypatch.setenv("EVIDENCE_SEARCH_URL", f"{cluster.address}/web")
        app = make_desk(instance, None)
        address = address_of()
        assert address is not None
        load(KnowledgeBase(None, instance), instance, address, [file], anew=True)
        reader, editor = person(app), person(app, "editor")

        found = reader.get("/search?q=zirbelkiefer")
        assert found.select_one(f"a[href*='{KEY}']") is not None
        page = reader.get(f"/references/{KEY}")
        assert "Zirbelkiefer oil" in page.h1.get_text()
        assert "not in the library" in page.select_one("#indexed").get_text()
        assert page.select_one("#indexed form") is None
        assert reader.client.get(f"/api/v1/references/{KEY}").get_json()["pmid"] == "987001"
        assert b"Moser" in reader.client.get(f"/references/{KEY}.ris").data
        reader.get("/references/pmid-987002", 404)

        offered = editor.get(f"{AT}?q=zirbelkiefer")
        assert KEY in str(offered)
        form = editor.fields(f"{AT}/links/{KEY}", f"/links/{KEY}") | {
            "stance": "supports",
            "note_fr": "Une note.",
        }
        assert editor.post(f"{AT}/links/{KEY}", form).status_code == 303
        assert read_abstracts(instance)[KEY] == "Forty women were given the oil."
        taken = KnowledgeBase(None, instance).library[KEY]
        assert (taken.pmid, taken.title) == ("987001", "Zirbelkiefer oil against vulvodynia")
        assert taken.provenance[0].address == "https://pubmed.ncbi.nlm.nih.gov/987001/"
        assert reader.get(f"/references/{KEY}").select_one("#indexed") is None
        again = soup(reader.client.get("/search?q=zirbelkiefer"))
        assert len(again.select(f"a[href$='/references/{KEY}']")) >= 1
