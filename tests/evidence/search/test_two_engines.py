"""One ranking, two engines: what an OpenSearch cluster answers is what this machine answers.

Both are asked the same of the same references, and have to say the same: which, in which order, how
many, beside which choices, marked where and for which reasons. One node serves this whole file.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.knowledge import KnowledgeBase
from evidence.search import build_index, index_stamp, open_engine, roll_back
from evidence.search.engine import WhooshEngine
from evidence.search.evaluate import evaluate
from evidence.search.index import embeddings, writer
from evidence.search.index.documents import document_of
from evidence.search.index.reader import OpenIndex
from evidence.search.opensearch import lists, mapping
from evidence.search.opensearch.address import ClusterAddress, address_of
from evidence.search.opensearch.body import add_vectors, body_of
from evidence.search.opensearch.client import Client, ClusterDown
from evidence.search.opensearch.engine import OpenSearchEngine
from evidence.search.opensearch.knowledge import whole
from evidence.search.protocol import Answer, Suggestion
from evidence.search.request import SORTS, SearchRequest
from references.errors import SettingError
from references.record import Author, Reference, Study
from tests.opensearch_node import free_port, running

#: How far scores may be apart: the sums are the same, in another order.
NEAR = 1e-4
_numbers = count(1)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as cluster:
        yield cluster.address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Client]:
    opened = Client(ClusterAddress((address,), "test"), 60.0)
    yield opened
    opened.close()


def loaded(
    client: Client,
    references: Sequence[Reference],
    kb: KnowledgeBase,
    shards: int = 1,
    model: str = "",
) -> OpenSearchEngine:
    """An engine over some references in a new index, with vectors of a model."""
    name = f"test-{next(_numbers)}"
    body = {
        "settings": mapping.settings(shards),
        "mappings": mapping.mapping({mapping.MODEL: model}),
    }
    client.put(name, body)
    documents = (document_of(one, kb.vocabulary) for one in references)
    bodies = [body_of(one, seq) for seq, one in enumerate(documents)]
    if model:
        add_vectors(bodies, embeddings.encoder().encode)
    lines: list[Any] = []
    for one in bodies:
        lines += [{"index": {"_id": one["key"]}}, one]
    for begin in range(0, len(lines), 400):
        assert not client.lines(f"{name}/_bulk", lines[begin : begin + 400])["errors"]
    client.post(f"{name}/_refresh")
    return OpenSearchEngine(client, name, kb.vocabulary)


@pytest.fixture(scope="module")
def there(client: Client, kb: KnowledgeBase) -> OpenSearchEngine:
    """The bundled references in the cluster, on two shards."""
    return loaded(client, list(kb.library.values()), kb, shards=2)


@pytest.fixture(scope="module")
def here(engine: WhooshEngine) -> Iterator[WhooshEngine]:
    """The same on this machine, without nearness in meaning, which no cluster has."""
    semantic, engine.statistics.semantic = engine.statistics.semantic, False
    yield engine
    engine.statistics.semantic = semantic


def same_answer(mine: Answer, theirs: Answer) -> None:
    def told(answer: Answer) -> dict[str, Any]:
        return {
            "total": answer.total,
            "results": [replace(hit, score=0.0) for hit in answer.results],
            "facets": {name: list(counts.items()) for name, counts in answer.facets.items()},
            "did_you_mean": answer.did_you_mean,
            "concepts": answer.concepts,
            "understood": answer.understood,
            "notices": list(map(str, answer.notices)),
            "redirect": answer.redirect,
        }

    assert told(theirs) == told(mine), mine.query
    scores = [hit.score for hit in mine.results]
    assert [hit.score for hit in theirs.results] == pytest.approx(scores, rel=NEAR), mine.query


def same_suggestions(mine: Sequence[Suggestion], theirs: Sequence[Suggestion]) -> None:
    def told(suggestions: Sequence[Suggestion]) -> list[Any]:
        return [
            (one.key, one.part, one.same_as, [(why.kind, why.what) for why in one.why])
            for one in suggestions
        ]

    assert told(theirs) == told(mine)
    for one, other in zip(mine, theirs, strict=True):
        assert other.score == pytest.approx(one.score, rel=NEAR)
        weights = [why.weight for why in one.why]
        assert [why.weight for why in other.why] == pytest.approx(weights, abs=1.5e-3)


QUERIES = [
    *("pudendal neuralgia", "névralgie pudendale cryoneurolyse", "cryo*", '"phantom limb"'),
    *("Ilfeld 2023", "vulvodynia 2020", "IL-6", "author:ilfeld year:2020..2025"),
    *("(phantom OR stump) NOT protocol", "CT-guided cryoablation", "title:cryoneurolysis"),
    *("sham sheep zeppelin pain", "douleur du membre fantôme après amputation", "vulvodinie"),
    *("neuralgai", "protien", "", "10.1016", "genou douleur", "-70 °C", "the of", "n>50"),
    *("journal:pain", "intercostal nerve cryoablation pectus", "nothing nowhere zzz"),
    *("comparator:sham", "spasticity -stroke", '"the intercostal nerve"', "author:smi*"),
    *("knee year:2019", "indication:neuralgia rct", '"plus de douleur"', "β-endorphin", "Ilfeld"),
    *("3-month follow-up", "title:(nerve OR nerf) women", "language:fr", "provenance:pubmed"),
]
CHOICES: list[dict[str, Any]] = [
    {},
    {"filters": {"design": ("rct",)}, "limit": 40},
    {"filters": {"year": ("2021", "2019")}, "verified": True, "offset": 5},
    {"years": (2015, None), "filters": {"indication": ("pain",)}, "reader": "fr"},
]


@pytest.mark.parametrize("query", QUERIES)
def test_searches_have_the_same_answer(
    here: WhooshEngine, there: OpenSearchEngine, kb: KnowledgeBase, query: str
) -> None:
    place = QUERIES.index(query)
    stances = {"supports": frozenset(list(kb.library)[::7]), "qualifies": frozenset({"nobody"})}
    for turn in range(2):
        request = SearchRequest(
            query,
            sort=SORTS[(place + turn) % len(SORTS)],
            stances=stances,
            **CHOICES[(place + 2 * turn) % len(CHOICES)],
        )
        same_answer(here.search(request), there.search(request))
    chosen = SearchRequest(query, filters={"stance": ("supports",)}, stances=stances)
    same_answer(here.search(chosen), there.search(chosen))


def test_claims_have_the_same_references(
    here: WhooshEngine, there: OpenSearchEngine, kb: KnowledgeBase
) -> None:
    statements = [
        s
        for text in kb.texts.values()
        for claim in text.claims
        for s in (claim.statement["fr"], claim.statement["en"])
    ]
    claims = random.Random(16).sample(statements, 10)
    claims += [
        "knee",
        "Le parking est gratuit.",
        "Cryoneurolysis reduces pain after knee arthroplasty. It may relieve spasticity of the "
        "arm after stroke; serious harms are rare.\nRecovery takes three months.",
    ]
    for claim in claims:
        same_suggestions(here.suggest(claim), there.suggest(claim))
        assert there.recognise(claim) == here.recognise(claim)
    more: dict[str, Any] = {"around": "Névralgie pudendale et cryoneurolyse", "concepts": ["women"]}
    for claim in claims[:3]:
        same_suggestions(here.suggest(claim, **more), there.suggest(claim, **more))
        by_level = here.suggest(claim, 15, "level")
        same_suggestions(by_level, there.suggest(claim, 15, "level"))
        ranked = [one.key for one in here.rank(claim, 100)]
        assert [one.key for one in there.rank(claim, 100)] == ranked


@pytest.mark.parametrize(
    "page", ["Rhizolyse facettaire. Risques", "La cimentoplastie vertébrale. "]
)
def test_what_has_the_word_of_a_title_is_found_among_many_that_fit_a_claim_better(
    here: WhooshEngine, there: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    claim = "La douleur diminue pendant plusieurs mois."
    monkeypatch.setattr(lists, "WINDOW", 20)  # as if the library were of many more
    found = [one.key for one in here.suggest(claim, 3, around=page)]
    assert found
    assert [one.key for one in there.suggest(claim, 3, around=page)] == found


@pytest.mark.skipif(not embeddings.is_installed(), reason="needs the extra [semantic]")
def test_nearness_in_meaning_counts_alike(
    client: Client, kb: KnowledgeBase, tmp_path: Path
) -> None:
    some = list(kb.library.values())[::6]
    writer.create(tmp_path, ((document_of(one, kb.vocabulary), "") for one in some))
    index = OpenIndex(tmp_path)
    texts = [embeddings.text_of(index.passages(number)) for number in range(index.count)]
    embeddings.write_matrix(tmp_path, embeddings.encoder().encode(texts))
    here = WhooshEngine(index, kb.vocabulary, tmp_path)
    there = loaded(client, some, kb, 2, embeddings.MODEL)
    claims = [claim.statement for text in kb.texts.values() for claim in text.claims]
    by_meaning = 0
    for claim in (one[language] for one in claims[::40] for language in ("fr", "en")):
        same_suggestions(here.suggest(claim), there.suggest(claim))
        near = here.rank(claim, 50)
        assert [one.key for one in there.rank(claim, 50)] == [one.key for one in near]
        there.use_meaning(False)
        by_meaning += [one.key for one in there.rank(claim, 50)] != [one.key for one in near]
        there.use_meaning(True)
    assert by_meaning
    assert there.knowledge.library[0] == sorted(one.key for one in some)
    older = loaded(client, some[:3], kb, 1, "another model")
    assert not older.knowledge.has_vectors


def test_a_judged_corpus_is_measured_in_the_cluster_and_leaves_nothing(
    client: Client, kb: KnowledgeBase, tmp_path: Path
) -> None:
    some = [one for one in kb.library.values() if one.findings][:60]
    corpus = [{"_id": one.key, "title": one.title, "text": one.findings[0].text} for one in some]
    asked = [" ".join(one["text"].split()[-4:]) for one in corpus[::4]]
    queries = [{"_id": f"q{n}", "text": text} for n, text in enumerate(asked)]
    judged = [f"q{n}\t{one['_id']}\t1" for n, one in enumerate(corpus[::4])]
    for name, lines in (("corpus", corpus), ("queries", queries)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("\n".join(judged))
    here = evaluate(tmp_path, kb.vocabulary, None)
    there = evaluate(tmp_path, kb.vocabulary, None, address=client.address)
    for report in (here, there):
        del report["ms_per_query"]
    assert there == here
    assert 0.2 < here["ndcg@10"] < 1
    assert not client.get("test-judged-*/_settings")


# ---- corpora and queries that nobody wrote ----------------------------------------------

WORDS = [
    *("nerve", "nerf", "pain", "douleur", "knee", "genou", "sham", "cold", "froid", "freezing"),
    *("IL-6", "β-amyloid", "il6", "CT-guided", "follow-up", "l'épaule", "children", "enfants"),
    *("vulvodynia", "neuralgia", "cryoneurolysis", "2020", "vitamin", "D", "of", "the"),
]
NAMES = ("Ilfeld", "Böhm", "Vieira-Baptista", "van den Berg", "Pain", "Smith")
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
study = st.builds(
    Study,
    design=st.sampled_from(["", "rct", "case-series", "protocol"]),
    participants=st.sampled_from([None, 12, 60]),
    indications=st.sampled_from(
        [(), ("vulvodynia",), ("neuralgia", "pain", "vulvodynia", "stroke")]
    ),
    interventions=st.sampled_from([(), ("cryoneurolysis",)]),
    population=st.sampled_from([(), ("women",), ("children",)]),
)
record = st.builds(
    Reference,
    title=words,
    abstract=st.one_of(st.just(""), words),
    year=st.sampled_from([None, 1999, 2020, 2021]),
    language=st.sampled_from(["", "en", "fr"]),
    journal=st.sampled_from(["Pain", "Knee", ""]),
    authors=st.lists(st.sampled_from(NAMES).map(Author), max_size=2).map(tuple),
    study=study,
)
leaf = st.one_of(
    words,
    words.map('"{}"'.format),
    st.sampled_from(["cry*", "vul*", "title:nerve", "author:smith", "year:2020..", "n>20"]),
    st.sampled_from(["indication:vulvodynia", "Ilfeld 2020", "language:fr", "zeppelin", "neurve"]),
)
tree = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("({0[0]}) AND ({0[1]})".format),
        st.tuples(inner, inner).map("({0[0]}) OR ({0[1]})".format),
        inner.map("NOT ({})".format),
        st.tuples(inner, inner).map("{0[0]} {0[1]}".format),
    ),
    max_leaves=4,
)


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    records=st.lists(record, min_size=1, max_size=25),
    queries=st.lists(st.tuples(tree, st.sampled_from(SORTS)), min_size=6, max_size=8),
    claims=st.lists(words, min_size=1, max_size=2),
    shards=st.integers(1, 3),
)
def test_generated_corpora_and_queries(
    client: Client,
    kb: KnowledgeBase,
    records: list[Reference],
    queries: list[tuple[str, Any]],
    claims: list[str],
    shards: int,
) -> None:
    references = [replace(one, key=f"r{number}") for number, one in enumerate(records)]
    folder = Path(tempfile.mkdtemp())
    try:
        writer.create(folder, ((document_of(one, kb.vocabulary), "") for one in references))
        here = WhooshEngine(OpenIndex(folder), kb.vocabulary, folder)
        here.statistics.semantic = False
        there = loaded(client, references, kb, shards)
        for query, sort in queries:
            request = SearchRequest(query, sort=sort)
            same_answer(here.search(request), there.search(request))
        for claim in claims:
            same_suggestions(here.suggest(claim), there.suggest(claim))
        client.delete(there.knowledge.index)
    finally:
        shutil.rmtree(folder)


# ---- pages beyond what is ranked here ---------------------------------------------------


@pytest.mark.parametrize("sort", SORTS)
def test_pages_beyond_the_window_hold_each_reference_once(
    here: WhooshEngine, there: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch, sort: Any
) -> None:
    for module in ("lists", "engine"):
        monkeypatch.setattr(f"evidence.search.opensearch.{module}.WINDOW", 40)
    request = SearchRequest("cryoneurolysis pain", sort=sort, limit=20, facets=(), highlight=False)
    pages = [there.search(replace(request, offset=20 * page)) for page in range(5)]
    keys = [hit.key for page in pages for hit in page.results]
    assert len(set(keys)) == len(keys) == 100
    all_of_them = [
        hit.key
        for offset in (0, 20, 40, 60, 80)
        for hit in here.search(replace(request, offset=offset)).results
    ]
    if sort in ("newest", "level"):
        assert keys == all_of_them
    assert len(set(keys) & set(all_of_them)) >= 95
    assert lists.WINDOW == 40


# ---- the index of a base ----------------------------------------------------------------

Make = Callable[..., KnowledgeBase]


def test_an_index_is_built_updated_swapped_and_rolled_back(
    address: str,
    client: Client,
    small_base: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EVIDENCE_SEARCH_URL", f"{address}/small")

    def titles(base: KnowledgeBase, query: str) -> list[str]:
        opened = open_engine(base, tmp_path, keeps_up=True)
        return [h.title for h in opened.search(SearchRequest(query)).results]

    base = small_base()
    opened = open_engine(base, tmp_path)
    assert opened.name == "opensearch"
    assert len(titles(base, "pudendal")) == 2
    first = index_stamp(base, tmp_path)
    assert first == index_stamp(base, tmp_path)
    changed = (Path(base.folder) / "references" / "all.bib").read_text()
    changed = changed.replace("Freezing the infrapatellar", "Warming the infrapatellar")
    base = small_base(changed)
    assert titles(base, "warming") == ["Warming the infrapatellar branch before knee replacement"]
    assert not any(title.startswith("Freezing") for title in titles(base, "infrapatellar"))
    assert index_stamp(base, tmp_path) != first
    assert build_index(base, tmp_path) == 4
    before = list(client.get("_alias/small"))
    with monkeypatch.context() as elsewhere:
        elsewhere.delenv("EVIDENCE_SEARCH_URL")
        with pytest.raises(SettingError, match="EVIDENCE_SEARCH_URL"):
            build_index(base, tmp_path, engine="opensearch")
    roll_back(base, tmp_path)
    after = list(client.get("_alias/small"))
    assert before != after
    assert len(before) == len(after) == 1
    roll_back(base, tmp_path)
    assert list(client.get("_alias/small")) == before


def test_only_who_keeps_an_index_up_writes_it_and_nobody_that_of_another_base(
    address: str, client: Client, small_base: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_SEARCH_URL", f"{address}/kept")

    def state() -> Any:
        name = next(iter(client.get("_alias/kept")))
        return client.get(f"{name}/_mapping")[name]["mappings"]["_meta"]["state"]

    base = small_base()
    bib = Path(base.folder) / "references" / "all.bib"
    first = bib.read_text()
    open_engine(base, tmp_path, keeps_up=True)
    old = state()

    newer = small_base(first[: first.index("@misc")])
    assert open_engine(newer, tmp_path).search(SearchRequest("")).total == 4  # as it is
    assert state() == old
    open_engine(newer, tmp_path, keeps_up=True)
    new = state()
    assert new != old

    # Another server, of another library, wrote: it is not written back, until ours changes.
    name = next(iter(client.get("_alias/kept")))
    meta = client.get(f"{name}/_mapping")[name]["mappings"]["_meta"]
    client.put(f"{name}/_mapping", {"_meta": meta | {"state": old}})
    open_engine(newer, tmp_path, keeps_up=True)
    assert state() == old
    open_engine(small_base(first.replace("Freezing", "Warming")), tmp_path, keeps_up=True)
    assert state() not in (old, new)

    other = tmp_path / "other"
    shutil.copytree(base.folder, other)
    (other / "kb.toml").write_text('name = {fr = "autre", en = "other"}\n')
    written = state()
    for use in (open_engine, build_index, roll_back):
        with pytest.raises(SettingError, match="another knowledge base \\(small\\)"):
            use(KnowledgeBase(other), tmp_path)
    assert state() == written


def test_a_prefix_that_begins_another_leaves_its_indexes_alone(
    address: str, client: Client, small_base: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = small_base()
    for prefix in ("begin-staging", "begin-staging", "begin", "begin", "begin"):
        monkeypatch.setenv("EVIDENCE_SEARCH_URL", f"{address}/{prefix}")
        build_index(base, tmp_path)
    names = list(client.get("begin-*/_settings"))
    assert sum(name.startswith("begin-staging-") for name in names) == 2
    assert len(names) == 4
    assert client.get("begin-staging/_count")["count"] == 4


def test_scores_stay_ours_when_references_were_rewritten(client: Client, kb: KnowledgeBase) -> None:
    some = list(kb.library.values())[:60]
    engine = loaded(client, some, kb, shards=2)
    name = engine.knowledge.index
    for one in some[:20]:
        document = body_of(document_of(one, kb.vocabulary), some.index(one))
        client.put(f"{name}/_doc/{one.key}", document)
    client.post(f"{name}/_refresh")
    engine = OpenSearchEngine(client, name, kb.vocabulary)
    measures = engine.knowledge.measures
    assert measures.documents == 60
    assert measures.total == 80  # until the cluster clears away what was replaced
    ours, theirs = engine.one_score()
    assert ours == pytest.approx(theirs, rel=NEAR)
    assert ours > 0


def test_another_release_and_no_index_are_told(
    address: str, client: Client, small_base: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_SEARCH_URL", f"{address}/older")
    base = small_base()
    with pytest.raises(SettingError, match="no index to go back"):
        roll_back(base, tmp_path)
    build_index(base, tmp_path)
    name = next(iter(client.get("_alias/older")))
    meta = client.get(f"{name}/_mapping")[name]["mappings"]["_meta"]
    client.put(f"{name}/_mapping", {"_meta": meta | {"schema": 1}})
    with pytest.raises(SettingError, match="another release"):
        open_engine(base, tmp_path)


# ---- what goes wrong --------------------------------------------------------------------


def test_a_dead_node_is_passed_over_and_none_tells_a_password(address: str) -> None:
    dead = f"127.0.0.1:{free_port()}"
    there = Client(ClusterAddress((f"http://{dead}", address), "test", "editor", "s3cret"), 10.0)
    for _ in range(4):
        assert there.get("")["version"]["distribution"] == "opensearch"
    alone = address_of({"EVIDENCE_SEARCH_URL": f"http://editor:s3cret@{dead}/test"})
    assert alone is not None
    with pytest.raises(ClusterDown) as told:
        Client(alone, 0.5).get("")
    assert "s3cret" not in f"{told.value} {alone!r}"
    assert dead in str(told.value)


@pytest.mark.parametrize(
    "answer",
    [
        {"_shards": {"total": 3, "failed": 1}, "hits": {}},
        {"timed_out": True, "_shards": {"failed": 0}},
        {"error": {"type": "search_phase_execution_exception", "reason": "x"}, "status": 503},
    ],
)
def test_a_part_of_an_answer_is_none(answer: Mapping[str, Any]) -> None:
    with pytest.raises(ClusterDown):
        whole(answer)
