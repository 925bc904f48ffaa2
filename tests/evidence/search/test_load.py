"""Files loaded into a cluster: a real node, files as PubMed hands them out."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from opensearch_node import running
from small_base import small_base

from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.search.index.folder import IndexFolder
from evidence.search.opensearch.address import ClusterAddress, address_of
from evidence.search.opensearch.building import ClusterIndex
from evidence.search.opensearch.bulk import Action, send
from evidence.search.opensearch.candidates import Candidates, FoundRow
from evidence.search.opensearch.client import Client, client
from evidence.search.opensearch.knowledge import Asking, Knowledge, Measures
from evidence.search.opensearch.load import load, version_of
from evidence.search.opensearch.loaded import key_of, keys_of, records
from evidence.search.request import SearchRequest
from evidence.services.taking import take_indexed
from references.errors import SettingError
from references.library import Library
from references.record import Reference


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as cluster:
        yield cluster.address


@pytest.fixture
def address(url: str, request: pytest.FixtureRequest) -> ClusterAddress:
    name = "".join(one for one in request.node.name.lower() if one.isalnum())[:40]
    found = address_of({"EVIDENCE_SEARCH_URL": f"{url}/{name}"})
    assert found is not None
    return found


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    folder = tmp_path_factory.mktemp("kb")
    return KnowledgeBase(small_base(KnowledgeBase(), folder / "base"), folder / "instance")


def pubmed(path: Path, titles: dict[int, str], deleted: tuple[int, ...] = ()) -> Path:
    """A file as PubMed hands it out."""
    articles = "".join(
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article><Journal>'
        "<JournalIssue><PubDate><Year>2021</Year></PubDate></JournalIssue><Title>Pain</Title>"
        f"</Journal><ArticleTitle>{title}</ArticleTitle><Abstract><AbstractText>Nerves of "
        f"{pmid}.</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
        for pmid, title in titles.items()
    )
    gone = "".join(f"<PMID>{pmid}</PMID>" for pmid in deleted)
    taken = f"<DeleteCitation>{gone}</DeleteCitation>" if deleted else ""
    text = f"<PubmedArticleSet>{articles}{taken}</PubmedArticleSet>"
    path.write_bytes(gzip.compress(text.encode()))
    return path


def loaded(connection: Client, address: ClusterAddress, pmid: int) -> Reference | None:
    return records(connection, address.prefix, [f"pmid-{pmid}"]).get(f"pmid-{pmid}")


def test_a_baseline_its_updates_and_the_way_back(
    kb: KnowledgeBase, address: ClusterAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pubmed(tmp_path / "pubmed26n0001.xml.gz", {1: "Cold one", 2: "Cold two"})
    second = pubmed(tmp_path / "pubmed26n0002.xml.gz", {3: "Cold three"})
    update = pubmed(tmp_path / "pubmed26n1275.xml.gz", {2: "Cold two, revised"}, (3,))
    connection = client(address, 30)
    indexes = ClusterIndex(connection, kb, IndexFolder(kb, tmp_path))
    of_library = len(kb.library)

    result = load(kb, tmp_path, address, [first, second], anew=True, processes=2)
    assert (result.read, result.sent.written, result.documents) == (3, 3, of_library + 3)
    one = loaded(connection, address, 1)
    assert one is not None
    assert (one.title, one.year, one.abstract) == ("Cold one", 2021, "Nerves of 1.")

    monkeypatch.setenv("EVIDENCE_SEARCH_URL", f"{address.hosts[0]}/{address.prefix}")
    engine = open_engine(kb, tmp_path)
    found = engine.search(SearchRequest("cold three"))
    assert "pmid-3" in [hit.key for hit in found.results]
    assert engine.records(["pmid-3"])["pmid-3"].title == "Cold three"
    engine.close()

    result = load(kb, tmp_path, address, [update])
    assert (result.sent.written, result.sent.removed) == (1, 1)
    assert loaded(connection, address, 3) is None
    revised = loaded(connection, address, 2)
    assert revised is not None
    assert revised.title == "Cold two, revised"

    old = indexes.current()
    renamed = first.rename(tmp_path / "pubmed26n0003.xml.gz")
    load(kb, tmp_path, address, [renamed], anew=True)
    assert loaded(connection, address, 3) is None
    assert indexes.current() != old
    assert indexes.roll_back() == indexes.current() == old
    assert loaded(connection, address, 2) == revised


def test_files_that_are_done_are_passed_over_and_older_ones_change_nothing(
    kb: KnowledgeBase, address: ClusterAddress, tmp_path: Path
) -> None:
    new = pubmed(tmp_path / "pubmed26n1275.xml.gz", {1: "New"}, (2,))
    old = pubmed(tmp_path / "pubmed26n0001.xml.gz", {1: "Old", 2: "Gone"})
    load(kb, tmp_path, address, [new], anew=True)
    result = load(kb, tmp_path, address, [new, old])
    assert (result.passed_over, result.files) == (1, 1)
    one = loaded(client(address), address, 1)
    assert one is not None
    assert one.title == "New"
    assert result.sent.newer >= 1


def test_an_interrupted_load_goes_on_where_it_was(
    kb: KnowledgeBase, address: ClusterAddress, tmp_path: Path
) -> None:
    files = [pubmed(tmp_path / f"pubmed26n000{n}.xml.gz", {n: "Cold"}) for n in (1, 2, 3)]

    indexes = ClusterIndex(client(address), kb, IndexFolder(kb, tmp_path))

    def stop(done: int, part: float) -> None:
        if indexes.meta(indexes.unfinished() or "")["files"]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(kb, tmp_path, address, files, anew=True, progress=stop)
    begun = indexes.unfinished()
    assert begun
    assert indexes.current() is None  # nobody searches half an index
    result = load(kb, tmp_path, address, files)
    assert result.index == begun
    assert result.passed_over >= 1
    assert result.documents == len(kb.library) + 3
    assert indexes.current() == begun
    assert indexes.unfinished() is None


def test_a_load_that_ends_while_a_first_index_is_made_is_what_is_searched(
    kb: KnowledgeBase, address: ClusterAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that starts where nothing is searched yet writes an index of the library."""
    first = pubmed(tmp_path / "pubmed26n0001.xml.gz", {1: "Cold one"})
    ended: list[str] = []

    def meanwhile(*_: object) -> None:
        if not ended:
            ended.append("begun")
            ended[:] = [load(kb, tmp_path, address, [first], anew=True).index]

    monkeypatch.setenv("EVIDENCE_SEARCH_URL", f"{address.hosts[0]}/{address.prefix}")
    engine = open_engine(kb, tmp_path, progress=meanwhile)
    assert "pmid-1" in [hit.key for hit in engine.search(SearchRequest("cold one")).results]
    engine.close()
    indexes = ClusterIndex(client(address, 30), kb, IndexFolder(kb, tmp_path))
    assert [indexes.current()] == ended == indexes._all()


def test_an_export_replaces_no_record_of_pubmed_and_brings_none_back(
    kb: KnowledgeBase, address: ClusterAddress, tmp_path: Path
) -> None:
    baseline = pubmed(tmp_path / "pubmed26n0001.xml.gz", {1: "Of PubMed"}, (2,))
    load(kb, tmp_path, address, [baseline], anew=True)
    export = pubmed(tmp_path / "export.xml.gz", {1: "Of an export", 3: "Alone"})
    load(kb, tmp_path, address, [export])
    connection = client(address)
    one, three = (loaded(connection, address, pmid) for pmid in (1, 3))
    assert one is not None
    assert three is not None
    assert (one.title, three.title) == ("Of PubMed", "Alone")
    index = ClusterIndex(connection, kb, IndexFolder(kb, tmp_path)).current() or ""
    told = connection.get(f"{index}/_settings")[index]["settings"]["index"]
    assert told["gc_deletes"] == "24h"


def test_a_new_index_is_searched_only_when_all_files_were_read(
    kb: KnowledgeBase, address: ClusterAddress, tmp_path: Path
) -> None:
    whole = pubmed(tmp_path / "pubmed26n0001.xml.gz", {1: "Cold"})
    cut = pubmed(tmp_path / "pubmed26n0002.xml.gz", {2: "Cold"})
    cut.write_bytes(cut.read_bytes()[:-30])
    indexes = ClusterIndex(client(address), kb, IndexFolder(kb, tmp_path))
    result = load(kb, tmp_path, address, [whole, cut], anew=True)
    assert indexes.current() is None
    assert result.as_dict()["searched"] is False
    assert "not searched yet" in str(result.rejected[0])
    pubmed(cut, {2: "Cold"})
    again = load(kb, tmp_path, address, [whole, cut], anew=True)
    assert again.passed_over == 1
    assert again.index == result.index == indexes.current()


def test_an_index_with_loaded_records_is_not_replaced_by_one_of_the_library(
    kb: KnowledgeBase, address: ClusterAddress, tmp_path: Path
) -> None:
    file = pubmed(tmp_path / "pubmed26n0001.xml.gz", {1: "Cold"})
    load(kb, tmp_path, address, [file], anew=True)
    indexes = ClusterIndex(client(address), kb, IndexFolder(kb, tmp_path))
    old = indexes.current() or ""
    indexes.remember(old, schema=1)  # as an older release wrote it
    with pytest.raises(SettingError, match="evidence load --new"):
        indexes.build()
    assert indexes.current() == old
    load(kb, tmp_path, address, [file], anew=True)
    with pytest.raises(SettingError, match="no index to go back"):
        indexes.roll_back()


def test_a_daily_load_leaves_a_new_index_alone_that_is_not_whole(
    kb: KnowledgeBase, address: ClusterAddress, tmp_path: Path
) -> None:
    files = [pubmed(tmp_path / f"pubmed26n000{n}.xml.gz", {n: "Cold"}) for n in (1, 2, 3)]
    load(kb, tmp_path, address, files, anew=True)
    indexes = ClusterIndex(client(address), kb, IndexFolder(kb, tmp_path))
    searched = indexes.current()

    def stop(done: int, part: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(kb, tmp_path, address, files, anew=True, progress=stop)
    begun = indexes.unfinished()
    daily = pubmed(tmp_path / "pubmed26n1275.xml.gz", {4: "Cold"})
    result = load(kb, tmp_path, address, [daily])
    assert result.index == indexes.current() == searched
    assert result.documents == len(kb.library) + 4
    assert indexes.unfinished() == begun
    assert load(kb, tmp_path, address, files, anew=True).index == begun == indexes.current()


def test_what_the_library_holds_is_not_loaded_twice(
    kb: KnowledgeBase, address: ClusterAddress, tmp_path: Path
) -> None:
    known = next(one for one in kb.library.values() if one.doi)
    file = tmp_path / "x.ris"
    file.write_text(
        f"TY  - JOUR\nTI  - Other words\nDO  - {known.doi.upper()}\nER  - \n"
        "TY  - JOUR\nTI  - New work\nDO  - 10.1000/new\nER  - \n",
        encoding="utf-8",
    )
    result = load(kb, tmp_path, address, [file], anew=True)
    assert (result.read, result.in_library, result.sent.written) == (2, 1, 1)


def test_another_vocabulary_needs_a_new_index(
    kb: KnowledgeBase, address: ClusterAddress, tmp_path: Path
) -> None:
    file = pubmed(tmp_path / "pubmed26n0001.xml.gz", {1: "Cold"})
    load(kb, tmp_path, address, [file], anew=True)
    connection = client(address)
    indexes = ClusterIndex(connection, kb, IndexFolder(kb, tmp_path))
    index = indexes.current() or ""
    indexes.remember(index, state={"vocabulary": "another"})
    with pytest.raises(SettingError, match="--new"):
        load(kb, tmp_path, address, [file])


def test_a_document_that_is_refused_is_told(
    kb: KnowledgeBase, address: ClusterAddress, tmp_path: Path
) -> None:
    connection = client(address)
    index = f"{address.prefix}-one"
    ClusterIndex(connection, kb, IndexFolder(kb, tmp_path)).create(index)
    sent = send(connection, index, [Action("a", 1, {"no such field": 1}), Action("b", 1)])
    assert (sent.written, sent.removed, sent.refused) == (0, 0, 1)
    assert "a" in str(sent.problems[0])


def test_a_record_that_was_taken_or_imported_is_there_once_and_stays(
    kb: KnowledgeBase, address: ClusterAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is taken under the key it had, one comes with an import under a key of its own."""
    instance = tmp_path / "instance"
    own = KnowledgeBase(kb.folder, instance)
    file = pubmed(tmp_path / "pubmed26n0001.xml.gz", {881: "Zirbel one", 882: "Zirbel two"})
    load(own, instance, address, [file], anew=True)
    connection = client(address)
    known = loaded(connection, address, 881)
    assert known is not None
    assert take_indexed(own, known).key == "pmid-881"
    imported = Reference("zirbel2021two", title="Zirbel two", year=2021, pmid="882")
    monkeypatch.setattr(own, "library", Library([*own.library.values(), imported]), raising=False)
    indexes = ClusterIndex(connection, own, IndexFolder(own, instance))
    indexes.update(str(indexes.current()))

    engine = indexes.opened(str(indexes.current()))
    found = {hit.key for hit in engine.search(SearchRequest("zirbel")).results}
    assert found == {"pmid-881", "zirbel2021two"}
    by_abstract = engine.search(SearchRequest('"nerves of 881"')).results
    assert [hit.key for hit in by_abstract] == ["pmid-881"]

    update = pubmed(tmp_path / "pubmed26n1275.xml.gz", {}, (881, 882))
    load(own, instance, address, [update])
    found = {hit.key for hit in engine.search(SearchRequest("zirbel")).results}
    assert "pmid-881" in found


def test_documents_of_one_place_are_two() -> None:
    """The place of a record without a PubMed number is a hash: two may have the same."""

    class Known:
        measures = Measures(2, 2, 1.0, 0)

    known = cast(Knowledge, Known())
    hits = [{"fields": {"key": [key], "seq": [7], "row": [""]}} for key in "bab"]
    found = Candidates([FoundRow(hit) for hit in hits], Asking(known))
    assert [one.key for one in found.all] == ["a", "b"]


def test_the_keys_under_which_a_work_may_have_been_loaded() -> None:
    both = Reference("x", title="A", pmid="7", doi="10.1/x")
    assert keys_of(both) == {"pmid-7", key_of(Reference("y", doi="10.1/X"))}
    assert keys_of(Reference("x", title="A")) == set()


def test_keys_and_versions(tmp_path: Path) -> None:
    first = version_of(Path("pubmed26n1275.xml.gz"))
    assert version_of(Path("pubmed27n0001.xml.gz")) > first
    assert version_of(Path("pubmed26n1276.xml.gz")) == first + 1
    export = tmp_path / "export.ris"
    export.touch()
    assert 0 < version_of(export) < first
    doi = Reference("", title="A", doi="10.1000/X")
    assert key_of(doi) == key_of(Reference("x", title="B", doi="10.1000/x"))
    assert key_of(Reference("", title="A", year=2020)) != key_of(Reference("", title="A"))
    assert key_of(Reference("", pmid="12")) == "pmid-12"
