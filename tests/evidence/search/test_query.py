from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.knowledge import KnowledgeBase
from evidence.search.protocol import MAX_QUERY
from evidence.search.query import (
    MAX_CLAUSES,
    MAX_DEPTH,
    And,
    Field,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Range,
    SearchError,
    Words,
    describe,
    identifier,
    parse,
    with_concepts,
)
from references.concepts import Vocabulary

EMPTY = Vocabulary()


def read(query: str) -> Node:
    return parse(query, EMPTY).node


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
        ("-70 °C", Words("-70 °C")),
    ],
)
def test_the_language_is_read(query: str, tree: Node) -> None:
    assert read(query) == tree
    assert parse(query, EMPTY).notices == ()


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
        ("*", "everything", "star alone"),
        ("*lysis", "lysis", "end of a word"),
        ("cryo*lysis", "cryo*", "end of a word"),
        ("pain~2 cold^3", "pain cold", "not used here"),
        ("year:2025..2015", "year:2015..2025", "was read as"),
        ("title:", "everything", "without a value"),
        ("?", "everything", "Nothing in the query"),
        ("🙂 — '", "everything", "Nothing in the query"),
        ("[a TO b}", "[a TO b}", "brackets were passed over"),
    ],
)
def test_slips_are_forgiven_and_said(query: str, read_as: str, notice: str) -> None:
    parsed = parse(query, EMPTY)
    assert describe(parsed.node) == read_as
    assert any(notice in remark for remark in parsed.notices), parsed.notices
    assert parsed.rewritten


@pytest.mark.parametrize(
    ("query", "mend"),
    [
        ("year:abc", "year:2015..2025"),
        ("year:99999999999999999999", "year:2015..2025"),
        ("n:many", "n>50"),
        ("ab*", "at least 3 letters"),
        ("author:i*", "at least 3 letters"),
        ("doi:1*", "at least 3 letters"),
        ("design:colour", "designs are systematic-review"),
        ("indication:unheardof", "vocabulary"),
    ],
)
def test_what_has_no_meaning_says_what_to_type(query: str, mend: str) -> None:
    with pytest.raises(SearchError, match=r"^.+\.$") as caught:
        read(query)
    assert mend in str(caught.value)


def test_an_unknown_concept_names_its_neighbours(kb: KnowledgeBase) -> None:
    with pytest.raises(SearchError, match="vulvodyni"):
        parse("indication:vulvodinxia", kb.vocabulary)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("10.1007/s00404-019-05272-z", "10.1007/s00404-019-05272-z"),
        ("https://doi.org/10.1007/S00404-019-05272-Z", "10.1007/s00404-019-05272-z"),
        ("doi: 10.1000/a(1)2", "10.1000/a(1)2"),
        ("PMID: 31234567", "31234567"),
        ("31234567", "31234567"),
        ("PMC1234567", "pmc1234567"),
        ("2015", None),
        ("phantom limb", None),
    ],
)
def test_identifiers_are_known(query: str, found: str | None) -> None:
    assert identifier(query) == found


def test_concepts_are_found_in_both_languages(kb: KnowledgeBase) -> None:
    for query in ("névralgie pudendale", "nevralgie pudendale", "pudendal neuralgia"):
        node = with_concepts(parse(query, kb.vocabulary).node, kb.vocabulary, frozenset())
        assert "pudendal-neuralgia" in getattr(node, "ids", ())


def test_a_concept_can_be_switched_off(kb: KnowledgeBase) -> None:
    parsed = parse("pudendal neuralgia", kb.vocabulary)
    off = frozenset(mention.concept.id for mention in kb.vocabulary.find("pudendal neuralgia"))
    assert with_concepts(parsed.node, kb.vocabulary, off) == Words("pudendal neuralgia")


def test_what_is_excluded_is_the_words_as_typed(kb: KnowledgeBase) -> None:
    node = with_concepts(parse("cold NOT pain", kb.vocabulary).node, kb.vocabulary, frozenset())
    assert isinstance(node, And)
    assert node.parts[-1] == Not(Words("pain"))


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
                ["(", ")", '"', "AND", "OR", "NOT", "-", "*", ":", "year:", "title:", "a", "cryo*",
                 "n>5", "doi:10.1/x", "\x00", "\u202e", "«", "~2", "^0", "[", "TO", "é"]
            ),
            max_size=400,
        ).map(" ".join),
    )
)  # fmt: skip
def test_anything_is_read_or_refused_in_one_sentence_and_bounded(query: str) -> None:
    message = ""
    parsed = None
    try:
        parsed = parse(query, EMPTY)
    except SearchError as error:
        message = str(error)
    if parsed is None:
        assert message.endswith(".")
        assert "\n" not in message
        return
    assert len(parsed.text) <= MAX_QUERY
    assert _leaves(parsed.node) <= MAX_CLAUSES + 1
    assert _depth(parsed.node) <= 3 * MAX_DEPTH + 3


@given(
    st.lists(st.sampled_from(["alpha", "beta", '"gamma delta"', "eps*"]), min_size=1, max_size=4)
)
def test_what_is_understood_reads_as_itself(parts: list[str]) -> None:
    node = read(" AND ".join(parts))
    assert read(describe(node)) == node
