from __future__ import annotations

import pytest
from any_holdings import ANY
from hypothesis import given
from hypothesis import strategies as st

from evidence.knowledge import KnowledgeBase
from evidence.search.query.nodes import (
    And,
    Field,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Range,
    Words,
    describe,
)
from evidence.search.query.parse import MAX_CLAUSES, MAX_DEPTH, parse, with_concepts
from evidence.search.query.values import SearchError, resolve
from evidence.search.request import MAX_QUERY
from references.concepts import Vocabulary
from references.identifiers import whole_identifier

EMPTY = Vocabulary()


def read(query: str) -> Node:
    return parse(query, EMPTY, ANY).node


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("nerf pudendal", Words("nerf pudendal")),
        ('"nerve block"', Phrase("nerve block")),
        ("« bloc nerveux »", Phrase("bloc nerveux")),
        ("cryo*", Prefix("cryo")),
        ("a OR b", Or((Words("a"), Words("b")))),
        ("a OU b", Or((Words("a"), Words("b")))),
        ("a AND b", And((Words("a"), Words("b")), typed=True)),
        ("a NOT b", And((Words("a"), Not(Words("b"))))),
        ("a SAUF b", And((Words("a"), Not(Words("b"))))),
        ("knee -pain", And((Words("knee"), Not(Words("pain"))))),
        ("(a OR b) c", And((Or((Words("a"), Words("b"))), Words("c")))),
        ("author:ilfeld", Field("author", "ilfeld")),
        ("auteur:ilfeld", Field("author", "ilfeld")),
        ('title:"nerve block"', Field("title", "nerve block")),
        ("title:(a OR b)", Or((Field("title", "a"), Field("title", "b")))),
        ("doi:10.1016/j.x(12)3", Field("identifier", "10.1016/j.x(12)3")),
        ("(doi:10.1016/x)", Field("identifier", "10.1016/x")),
        ("doi:10.1016/J*", Field("identifier", "10.1016/j*")),
        ("design:rct", Field("design", "rct")),
        ("langue:français", Field("language", "fr")),
        ("year:2015..2025", Range("year", 2015, 2025)),
        ("year:2015-2025", Range("year", 2015, 2025)),
        ("year:[2015 TO 2025]", Range("year", 2015, 2025)),
        ("année:2020", Range("year", 2020, 2020)),
        ("year>=2015", Range("year", 2015, None)),
        ("year:<2015", Range("year", None, 2014)),
        ("year:2015-", Range("year", 2015, None)),
        ("n>50", Range("participants", 51, None)),
        ("n:20..100", Range("participants", 20, 100)),
        ("p<0.05", Words("p<0.05")),
        ("nerve blocks?: a case", Words("nerve blocks?: a case")),
        ("-70 °C", Words("-70 °C")),
    ],
)
def test_the_language_is_read(query: str, tree: Node) -> None:
    assert read(query) == tree
    assert parse(query, EMPTY, ANY).notices == ()


@pytest.mark.parametrize(
    ("query", "read_as", "notice"),
    [
        ('"open quote', '"open quote"', "not closed"),
        ("(a b", "a b", "not closed"),
        ("a) b", "a AND b", "without an opening"),
        ("a OR", "a", "OR without words"),
        ("AND b", "b", "AND without words"),
        ("a NOT", "a", "NOT without words"),
        ("foo:bar", "foo bar", "no field 'foo'"),
        ("*", "*", "star alone"),
        ("*lysis", "lysis", "end of a word"),
        ("cryo*lysis", "cryo*", "end of a word"),
        ("pain~2 cold^3", "pain cold", "not used here"),
        ("year:2025..2015", "year:2015..2025", "was read as"),
        ("title:", "*", "without a value"),
        ("?", "*", "Nothing in the query"),
        ("🙂 — '", "*", "Nothing in the query"),
        ("[a TO b}", "[a TO b}", "brackets were passed over"),
    ],
)
def test_slips_are_forgiven_and_said(query: str, read_as: str, notice: str) -> None:
    parsed = parse(query, EMPTY, ANY)
    assert describe(parsed.node) == read_as
    assert any(notice in str(remark) for remark in parsed.notices), parsed.notices
    assert parsed.rewritten


class Shelf:
    """Holdings of one reference: Ilfeld's, in the journal Pain, in English."""

    languages = ("en", "fr")

    def holds(self, name: str, value: str) -> bool:
        return (name, value) in {("author", "ilfeld"), ("journal", "pain"), ("language", "en")}


@pytest.mark.parametrize(
    ("query", "read_as", "notice"),
    [
        ("year:soon", "soon", "year:2015..2025"),
        ("in the first year: results", "in the first year results", "'year: results'"),
        ("year:99999999999999999999", "99999999999999999999", "year:2015..2025"),
        ("year:12", "12", "year:2015..2025"),
        ("year:..", "..", "year:2015..2025"),
        ("n:many", "many", "n>50"),
        ("ab*", "ab", "at least 3 letters"),
        ("author:i*", "i", "at least 3 letters"),
        ("doi:1*", "1", "at least 3 letters"),
        ("design:colour", "colour", "no such value"),
        ("study design: what to know", "study design what to know", "'design: what'"),
        ("pudendal nerve: a review", "pudendal nerve a review", "'nerve: a'"),
        ("nerve: (a review)", "nerve a review", "'nerve:a review'"),
        ("the author: a life", "the author a life", "'author: a'"),
        ('author:"nobody here"', '"nobody here"', "no such value"),
        ("journal: which", "journal which", "no such value"),
        ("title: which", "title which", "no such value"),
        ("language: origins", "language origins", "languages here are en, fr"),
        ("key: results", "key results", "no such value"),
        ("Indication: chronic pain", "Indication chronic pain", "no such value"),
    ],
)
def test_a_word_before_a_colon_is_a_word_unless_a_value_follows(
    query: str, read_as: str, notice: str
) -> None:
    parsed = parse(query, EMPTY, Shelf())
    assert describe(parsed.node) == read_as
    assert any(notice in str(remark) for remark in parsed.notices), parsed.notices


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("author: ilfeld", Field("author", "ilfeld")),
        ("author:ilfeld", Field("author", "ilfeld")),
        ("journal:pain", Field("journal", "pain")),
        ("langue:anglais", Field("language", "en")),
        ("title:zebra", Field("title", "zebra")),
        ("year: 2020", Range("year", 2020, 2020)),
        ("year:2015..", Range("year", 2015, None)),
        ("year:(2015 OR 2017)", Or((Range("year", 2015, 2015), Range("year", 2017, 2017)))),
        ("pmid: 31234567", Field("identifier", "31234567")),
        ("doi: 10.1000/x", Field("identifier", "10.1000/x")),
    ],
)
def test_a_value_makes_a_field(query: str, tree: Node) -> None:
    parsed = parse(query, EMPTY, Shelf())
    assert (parsed.node, parsed.notices) == (tree, ())


def test_a_value_of_several_words_needs_no_quotation_marks(kb: KnowledgeBase) -> None:
    parsed = parse("indication:phantom limb pain year:2023", kb.vocabulary, ANY)
    wanted = (Field("indication", "phantom-limb-pain"), Range("year", 2023, 2023))
    assert parsed.node == And(wanted)


def test_an_unknown_concept_names_its_neighbours(kb: KnowledgeBase) -> None:
    parsed = parse("indication:vulvodinxia", kb.vocabulary, ANY)
    assert "nearest: vulvodynia" in str(parsed.notices[0])
    with pytest.raises(SearchError, match="vulvodyni"):
        resolve(kb.vocabulary, "vulvodinxia", "indication")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("10.1007/s00404-019-05272-z", "10.1007/s00404-019-05272-z"),
        ("https://doi.org/10.1007/S00404-019-05272-Z", "10.1007/s00404-019-05272-z"),
        ("doi: 10.1000/a(1)2", "10.1000/a(1)2"),
        ("PMID: 31234567", "31234567"),
        ("31234567", "31234567"),
        ("PMC1234567", "pmc1234567"),
        ("doi.org/10.1000/x", "10.1000/x"),
        ("dx.doi.org/10.1000/x", "10.1000/x"),
        ("www.doi.org/10.1000/x", "10.1000/x"),
        ("http://dx.doi.org/10.1000/x.", "10.1000/x"),
        ("https%3A%2F%2Fdoi.org%2F10.1000%2Fx", "10.1000/x"),
        ("https://doi.org/10.1000%2Fx", "10.1000/x"),
        ("10.1000%2fx", "10.1000/x"),
        ("DOI 10.1000/X", "10.1000/x"),
        ("(doi:10.1000/x)", "10.1000/x"),
        ("<https://doi.org/10.1000/x>", "10.1000/x"),
        ("https://doi-org.proxy.univ.fr/10.1000/x", "10.1000/x"),
        ("https://onlinelibrary.wiley.com/doi/full/10.1002/x.1?af=R", "10.1002/x.1"),
        ("https://www.tandfonline.com/doi/abs/10.1080/12/abstract", "10.1080/12"),
        (
            "10.1002/(SICI)1097-0258(19980815/30)17:15/16%3C1661::AID-SIM968%3E3.0.CO;2-2",
            "10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim968>3.0.co;2-2",
        ),
        ("PMID 31234567", "31234567"),
        ("PMID: 123", "123"),
        ("pubmed.ncbi.nlm.nih.gov/31234567/", "31234567"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/31234567?dopt=Abstract", "31234567"),
        ("PMCID: PMC1234567", "pmc1234567"),
        ("pmc.ncbi.nlm.nih.gov/articles/PMC1234567/", "pmc1234567"),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1234567/pdf/x.pdf", "pmc1234567"),
        ("2015", None),
        ("cold 10.1000/x", None),
        ("10.1000/x*", None),
        ("vulvodynia 31234567", None),
        ("phantom limb", None),
    ],
)
def test_identifiers_are_known(query: str, found: str | None) -> None:
    assert whole_identifier(query) == found


def test_concepts_are_found_in_both_languages(kb: KnowledgeBase) -> None:
    for query in ("névralgie pudendale", "nevralgie pudendale", "pudendal neuralgia"):
        node = with_concepts(parse(query, kb.vocabulary, ANY).node, kb.vocabulary, frozenset())
        assert "pudendal-neuralgia" in getattr(node, "ids", ())


def test_a_concept_can_be_switched_off(kb: KnowledgeBase) -> None:
    parsed = parse("pudendal neuralgia", kb.vocabulary, ANY)
    off = frozenset(mention.concept.id for mention in kb.vocabulary.find("pudendal neuralgia"))
    assert with_concepts(parsed.node, kb.vocabulary, off) == Words("pudendal neuralgia")


def test_what_is_excluded_is_the_words_as_typed(kb: KnowledgeBase) -> None:
    node = with_concepts(
        parse("cold NOT pain", kb.vocabulary, ANY).node, kb.vocabulary, frozenset()
    )
    assert isinstance(node, And)
    assert node.parts[-1] == Not(Words("pain"))


@pytest.mark.parametrize(
    ("query", "tree", "passed"),
    [
        ("freezing[tiab]", Words("freezing"), "[tiab]"),
        ("freezing [Title/Abstract]", Words("freezing"), "[Title/Abstract]"),
        ('"nerve block"[MeSH Terms]', Phrase("nerve block"), "[MeSH Terms]"),
        ("cryo*[tw]", Prefix("cryo"), "[tw]"),
        ("freezing.ti,ab.", Words("freezing"), ".ti,ab."),
        ("freezing:ti,ab,kw", Words("freezing"), ":ti,ab,kw"),
        ("exp Cryotherapy/", Words("Cryotherapy"), ""),
        ("freezing[ti]", Field("title", "freezing"), ""),
        ("Ilfeld[Author]", Field("author", "Ilfeld"), ""),
        ("2010:2016[dp]", Range("year", 2010, 2016), ""),
        ("language:de", Field("language", "de"), ""),
        ("water/de", Words("water/de"), ""),
        ("'water'/de", Words("'water'"), "/de"),
        ("men[12]", Words("men[12]"), ""),
        ("pain [see below]", Words("pain [see below]"), ""),
    ],
)
def test_field_tags_of_other_databases(query: str, tree: Node, passed: str) -> None:
    parsed = parse(query, EMPTY, ANY)
    assert parsed.node == tree
    told = [str(notice) for notice in parsed.notices if "other databases" in str(notice)]
    assert told == ([f"Field tags of other databases were passed over: {passed}."] * bool(passed))


def _depth(node: Node) -> int:
    match node:
        case And(parts) | Or(parts):
            return 1 + max(map(_depth, parts))
        case Not(part):
            return 1 + _depth(part)
    return 1


def _leaves(node: Node) -> int:
    match node:
        case And(parts) | Or(parts):
            return sum(map(_leaves, parts))
        case Not(part):
            return _leaves(part)
        case Words(text):
            return len(text.split())
    return 1


@given(
    st.one_of(
        st.text(max_size=1500),
        st.lists(
            st.sampled_from(
                [
                    "(",
                    ")",
                    '"',
                    "AND",
                    "OR",
                    "NOT",
                    "-",
                    "*",
                    ":",
                    "year:",
                    "title:",
                    "a",
                    "cryo*",
                    "n>5",
                    "doi:10.1/x",
                    "\x00",
                    "\u202e",
                    "«",
                    "~2",
                    "^0",
                    "[",
                    "TO",
                    "é",
                ]
            ),
            max_size=400,
        ).map(" ".join),
    )
)
def test_anything_is_read_and_bounded(query: str) -> None:
    parsed = parse(query, EMPTY, Shelf())
    told = [str(notice) for notice in parsed.notices]
    assert all(notice.endswith(".") and "\n" not in notice for notice in told)
    assert len(parsed.text) <= MAX_QUERY
    assert _leaves(parsed.node) <= MAX_CLAUSES + 1
    assert _depth(parsed.node) <= 3 * MAX_DEPTH + 3


@given(
    st.lists(st.sampled_from(["alpha", "beta", '"gamma delta"', "eps*"]), min_size=1, max_size=4)
)
def test_what_is_understood_reads_as_itself(parts: list[str]) -> None:
    node = read(" AND ".join(parts))
    assert read(describe(node)) == node
