"""Anchors: found whatever the typography, told apart when a word changes."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_page import PAGE as SAMPLE
from sample_page import claim

from evidence.anchoring.anchor import locate, places, text_fragment
from evidence.anchoring.fingerprint import PageFingerprint, fingerprint_of
from evidence.anchoring.located import Located
from evidence.anchoring.reanchor import anchor_claims
from evidence.anchoring.tokens import TokenisedPage
from evidence.claims.claim import Anchor

PAGE = """Le soin des pieds

En bref
Le bain froid est un geste simple qui soulage la douleur. Il dure 20 à 30 minutes.

Comment faire ?
  • eau à 12 °C ;
  • cœur de la séance : ne pas dépasser 0,5 heure ;
  • arrêt si engourdissement.

L’effet apparaît en quelques jours et peut durer plusieurs semaines. Le bain froid ne guérit pas.
"""


CLAIMS = [
    claim("simple", "Le bain froid est", "la douleur"),
    claim("minutes", "Il dure", "30 minutes"),
    claim("water", "eau à 12 °C"),
    claim("limit", "ne pas dépasser", "0,5 heure"),
    claim("numb", "arrêt si engourdissement"),
    claim("onset", "L’effet apparaît", "quelques jours"),
    claim("lasting", "peut durer", "plusieurs semaines"),
    claim("cure", "Le bain froid ne guérit pas"),
]


def after(page: str, before: PageFingerprint | None = None) -> dict[str, Located]:
    return {found.claim: found for found in anchor_claims(CLAIMS, page, before)}


@pytest.fixture(params=["page", "trace"])
def before(request: pytest.FixtureRequest) -> PageFingerprint:
    whole = fingerprint_of(CLAIMS, PAGE)
    return whole if request.param == "page" else PageFingerprint.from_dict(whole.as_dict())


def others(located: dict[str, Located], *names: str) -> set[str]:
    return {found.status for name, found in located.items() if name not in names}


def test_the_unchanged_page_is_found_with_exact_offsets(before: PageFingerprint) -> None:
    located = after(PAGE, before)
    assert {found.status for found in located.values()} == {"found"}
    assert {found.similarity for found in located.values()} == {1.0}
    onset = located["onset"]
    assert PAGE[onset.start : onset.end] == "L’effet apparaît en quelques jours"


RETYPED = {
    "straight apostrophes": lambda t: t.replace("’", "'"),
    "no-break spaces": lambda t: re.sub(r" ([;:?])", "\u202f\\1", t.replace("20 à", "20\u00a0à")),
    "no space before signs": lambda t: re.sub(r" ([;:?])", r"\1", t),
    "ligature apart": lambda t: t.replace("œ", "oe"),
    "ligatures fi": lambda t: t.replace("fi", "ﬁ"),
    "accents written apart": lambda t: unicodedata.normalize("NFD", t),
    "capitals without accents": lambda t: t.replace("É", "E").replace("À", "A"),
    "dashes for bullets": lambda t: t.replace("•", "–"),
    "soft hyphens": lambda t: t.replace("engourdissement", "engour\u00addisse\u00adment"),
    "zero-width spaces": lambda t: t.replace("douleur", "dou\u200bleur"),
    "decimal point": lambda t: t.replace("0,5", "0.5"),
    "wrapped anew": lambda t: re.sub(r"(\w+ \w+ \w+) ", "\\1\n", t),
    "all on one line": lambda t: " ".join(t.split()),
    "windows lines": lambda t: t.replace("\n", "\r\n"),
    "a range with a hyphen": lambda t: t.replace("20 à 30", "20-30"),
    "letters of list items": lambda t: t.replace("•", "a)"),
    "numbers of list items": lambda t: t.replace("•", "(1)"),
    "an o for a bullet": lambda t: t.replace("•", "o"),
    "a word cut at the end of a line": lambda t: t.replace("engourdis", "engour-\ndis"),
    "a word before an item cut": lambda t: t.replace("douleur. Il", "dou-\nleur. Il"),
    "modifier apostrophes": lambda t: t.replace("’", "ʼ"),
    "calls of notes": lambda t: t.replace("douleur.", "douleur [1, 2].").replace(
        "guérit", "guérit¹"
    ),
    "hyphen left out": lambda t: t.replace("bain froid", "bain-froid"),
    "double spaces": lambda t: t.replace(" ", "  "),
    "capitals": str.upper,
    "quotes": lambda t: t.replace("bain froid", "« bain froid »"),
    "other quotes": lambda t: t.replace("bain froid", "“bain froid”"),
}


@pytest.mark.parametrize("how", RETYPED)
def test_typography_alone_raises_no_alarm(how: str, before: PageFingerprint) -> None:
    page = RETYPED[how](PAGE)
    assert page != PAGE or how == "ligatures fi" or "capitals without" in how
    assert {found.status for found in after(page, before).values()} == {"found"}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("minutes", "30 minutes", "45 minutes"),
        ("minutes", "20 à 30", "20 à 300"),
        ("simple", "un geste simple", "un geste médical simple"),
        ("simple", "qui soulage", "qui ne soulage pas"),
        ("water", "12 °C", "-12 °C"),
        ("water", "12 °C", "1,2 °C"),
        ("limit", "ne pas dépasser 0,5", "ne pas dépasser 5"),
        ("numb", "arrêt si", "arrêt immédiat si"),
        ("onset", "L’effet apparaît", "Parfois, l’effet apparaît"),
        ("onset", "L’effet apparaît", "Il est rare que L’effet apparaît"),
        ("lasting", "plusieurs semaines", "plusieurs semaines voire toujours"),
        ("cure", "ne guérit pas", "guérit"),
    ],
)
def test_a_changed_word_is_a_change_of_that_claim_alone(
    name: str, old: str, new: str, before: PageFingerprint
) -> None:
    assert PAGE.count(old) == 1
    located = after(PAGE.replace(old, new), before)
    assert located[name].status == "changed"
    assert 0.65 <= located[name].similarity < 1
    assert others(located, name) == {"found"}


def test_a_short_passage_that_changed_much_is_found_by_its_sentence() -> None:
    before = fingerprint_of(CLAIMS, PAGE)
    page = PAGE.replace("peut durer plusieurs semaines", "peut durer toujours")
    located = after(page, before)
    assert (located["lasting"].status, located["lasting"].after) == (
        "changed",
        "peut durer toujours",
    )
    assert others(located, "lasting") == {"found"}
    gone = after(PAGE.replace(" et peut durer plusieurs semaines", ""), before)
    assert gone["lasting"].status == "missing"


def test_the_words_of_a_claim_said_elsewhere_do_not_hide_what_became_of_it() -> None:
    claims = [claim("item", "anesthésie locale"), claim("end", "le geste est léger")]
    page = "Le geste :\n  • repérage ;\n  • anesthésie locale ;\n  • repos.\n\n"
    page += "Sous anesthésie locale, le geste est léger.\n"
    whole = fingerprint_of(claims, page)
    for before in (whole, PageFingerprint.from_dict(whole.as_dict())):
        located = anchor_claims(
            claims, page.replace("anesthésie locale ;", "anesthésie générale ;"), before
        )
        assert [(f.status, f.after) for f in located] == [
            ("changed", "anesthésie générale"),
            ("found", "le geste est léger"),
        ]


def test_a_passage_said_in_other_words_is_found_in_its_place() -> None:
    page = PAGE.replace("Il dure 20 à 30 minutes.", "Comptez 20 à 30 minutes pour un bain.")
    found = after(page, fingerprint_of(CLAIMS, PAGE))["minutes"]
    assert found.status == "changed"
    assert "20 à 30 minutes" in found.after


def test_a_single_word_met_elsewhere_is_not_the_claim() -> None:
    claims = [claim("surgery", "chirurgie"), claim("trauma", "ou traumatisme")]
    page = "Douleur après :\n  • chirurgie ou traumatisme.\n\nLe froid est utile.\n"
    whole = fingerprint_of(claims, page)
    new = "Douleur après :\n\nLe froid est utile. Il remplace la chirurgie.\n"
    for before in (whole, PageFingerprint.from_dict(whole.as_dict())):
        assert {f.status for f in anchor_claims(claims, new, before)} == {"missing"}


def test_figures_that_are_no_calls_of_notes_count(before: PageFingerprint) -> None:
    cubes = [claim("area", "une plaie de 10 cm²")]
    for old, new in (("cm²", "cm³"), ("10 cm", "10⁶ cm")):
        page = "Voici une plaie de 10 cm² au pied."
        assert [
            f.status
            for f in anchor_claims(cubes, page.replace(old, new), fingerprint_of(cubes, page))
        ] == ["changed"]


def test_a_changed_passage_shows_both_versions() -> None:
    page = PAGE.replace("30 minutes", "45 minutes")
    found = after(page, fingerprint_of(CLAIMS, PAGE))["minutes"]
    assert (found.before, found.after) == ("Il dure 20 à 30 minutes", "Il dure 20 à 45 minutes")
    assert page[found.start : found.end] == found.after


def test_a_negation_before_a_name_with_capitals_is_a_change() -> None:
    claims = [claim("scan", "IRM préalable")]
    before = fingerprint_of(claims, "Avant.\n\nIRM préalable. Repos.")
    found = anchor_claims(claims, "Avant.\n\nPas d’IRM préalable. Repos.", before)
    assert [one.status for one in found] == ["changed"]


def test_a_sentence_before_that_lost_its_stop_disturbs_nobody(before: PageFingerprint) -> None:
    page = PAGE.replace("soulage la douleur. Il dure", "soulage tout Il dure")
    assert after(page, before)["minutes"].status == "found"


def test_a_removed_sentence_is_missing(before: PageFingerprint) -> None:
    removed = {
        "minutes": " Il dure 20 à 30 minutes.",
        "numb": "arrêt si engourdissement.",
        "cure": " Le bain froid ne guérit pas.",
    }
    for name, words in removed.items():
        located = after(PAGE.replace(words, ""), before)
        assert (located[name].status, located[name].start) == ("missing", None)
        assert others(located, name) == {"found"}


def test_a_sentence_under_another_heading_has_moved(before: PageFingerprint) -> None:
    sentence = " Il dure 20 à 30 minutes."
    page = PAGE.replace(sentence, "").replace("Comment faire ?\n", f"Comment faire ?\n{sentence}\n")
    located = after(page, before)
    assert located["minutes"].status == "moved"
    assert located["minutes"].similarity == 1.0
    assert others(located, "minutes") == {"found"}


def test_reordered_sections_move_the_smaller_part(before: PageFingerprint) -> None:
    head, first, second = re.split(r"(?=En bref)|(?=Comment faire)", PAGE)
    located = after(head + second + first, before)
    assert {n for n, f in located.items() if f.status == "moved"} == {"simple", "minutes"}
    assert others(located, "simple", "minutes") == {"found"}


def test_a_moved_sentence_that_changed_counts_as_changed(before: PageFingerprint) -> None:
    page = PAGE.replace(" Il dure 20 à 30 minutes.", "") + "Il dure 20 à 40 minutes.\n"
    found = after(page, before)["minutes"]
    assert (found.status, found.moved) == ("changed", True)


def test_an_added_sentence_alarms_no_claim(before: PageFingerprint) -> None:
    page = PAGE.replace("la douleur. Il", "la douleur. Prévoir une serviette. Il")
    assert {found.status for found in after(page, before).values()} == {"found"}


def test_a_translated_page_has_no_claim_of_the_original(before: PageFingerprint) -> None:
    page = "Foot care\n\nA cold bath is simple and soothes pain. It takes 20 to 30 minutes.\n"
    located = anchor_claims(CLAIMS, page, before, translated=True)
    assert {found.status for found in located} == {"missing"}


def test_without_an_earlier_page_the_order_is_the_registers() -> None:
    located = {f.claim: f.status for f in anchor_claims([CLAIMS[1], CLAIMS[0], *CLAIMS[2:]], PAGE)}
    assert "moved" in (located["minutes"], located["simple"])
    assert set(list(located.values())[2:]) == {"found"}


def test_overlapping_anchors_are_all_found() -> None:
    claims = [claim("whole", "L’effet apparaît", "semaines"), claim("part", "peut durer"), *CLAIMS]
    assert {f.status for f in anchor_claims(claims, PAGE, fingerprint_of(claims, PAGE))} == {
        "found"
    }


def test_prefix_and_suffix_decide_between_places() -> None:
    page = TokenisedPage(PAGE)
    bare = Anchor(start="Le bain froid")
    assert len(places(bare, page)) == 2
    first, second = places(bare, page)
    assert locate(bare, page) == first
    assert locate(Anchor(start="Le bain froid", suffix="ne guérit"), page) == second
    assert locate(Anchor(start="Le bain froid", prefix="plusieurs semaines."), page) == second


def test_an_anchor_matches_whole_words_only() -> None:
    assert locate(Anchor(start="bain froi"), TokenisedPage(PAGE)) is None
    assert locate(Anchor(start="ain froid"), TokenisedPage(PAGE)) is None


def test_a_trace_of_another_anchor_is_not_used(before: PageFingerprint) -> None:
    page = PAGE.replace("20 à 30 minutes", "40 minutes")
    changed = [claim("minutes", "Il dure 40 minutes")]
    assert [f.status for f in anchor_claims(changed, page, before)] == ["found"]


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("à -20 °C", ["a", "-", "20", "c"]),
        ("à −20 °C", ["a", "-", "20", "c"]),
        ("à \u201320 °C", ["a", "-", "20", "c"]),
        ("(−1,2)", ["-", "1.2"]),
        ("p = -0.3", ["p", "=", "-", "0.3"]),
        ("24-48", ["24", "a", "48"]),
        ("de 24 − 48", ["de", "24", "a", "48"]),
        ("B-12", ["b", "12"]),
        ("mini-invasif", ["mini", "invasif"]),
        ("\u2013 20 minutes", ["20", "minutes"]),
        ("20 to 30", ["20", "a", "30"]),
    ],
)
def test_a_minus_sign_is_kept_and_a_hyphen_is_not(written: str, tokens: list[str]) -> None:
    """Tokens set by hand: what changes a figure is kept, what is typography leaves no trace."""
    assert TokenisedPage(written).tokens == tokens


def test_an_empty_page_has_nothing() -> None:
    assert {found.status for found in after("").values()} == {"missing"}
    assert len(TokenisedPage(" \n•–")) == 0


def test_text_fragment_is_encoded_as_browsers_read_it() -> None:
    anchor = Anchor(
        start="mini-invasif, « 24 à 48 »", end="50 % & plus", prefix="a-b", suffix="c,d"
    )
    fragment = text_fragment(anchor)
    assert fragment.startswith("#:~:text=a%2Db-,mini%2Dinvasif%2C%20%C2%AB%2024")
    assert fragment.endswith(",50%20%25%20%26%20plus,-c%2Cd")
    parts = fragment.removeprefix("#:~:text=").split(",")
    assert [unquote(part) for part in parts] == [
        "a-b-",
        "mini-invasif, « 24 à 48 »",
        "50 % & plus",
        "-c,d",
    ]
    assert text_fragment(Anchor(start="Le froid")) == "#:~:text=Le%20froid"


word = st.text(st.sampled_from("abcdeéèœçABÉ0123456789"), min_size=1, max_size=6)
words = st.lists(word, min_size=3, max_size=30)
gaps = st.sampled_from([" ", "  ", "\u00a0", "\n", " \n\t", " \u200b"])


@given(words, st.lists(gaps, min_size=30, max_size=30), st.integers(0, 29), st.integers(1, 6))
def test_any_passage_is_found_again_whatever_the_spaces(
    row: list[str], between: list[str], at: int, count: int
) -> None:
    at %= len(row)
    quote = row[at : at + count]
    page = "".join(word + gap for word, gap in zip(row, between, strict=False))
    found = TokenisedPage(page).find(" ".join(quote).upper())
    quotes = [
        "".join(TokenisedPage(TokenisedPage(page).quote(passage)).tokens) for passage in found
    ]
    assert "".join(TokenisedPage(" ".join(quote)).tokens) in quotes


@given(st.text(max_size=200))
def test_spans_never_leave_the_text(text: str) -> None:
    page = TokenisedPage(text)
    for passage in (page.passage_at(0, len(text)), *page.headings):
        if passage.first < passage.last:
            start, end = page.span(passage)
            assert 0 <= start < end <= len(text)


def each_sentence(text: str, least: int) -> None:
    """Each sentence edited, each removed: seen at that claim, and no other is disturbed."""
    rows = [s.strip(" •\u00a0;.") for s in re.split(r"(?<=[.;:])\s+|\n+", text)]
    rows = [row for row in rows if len(row.split()) > 4]
    claims = []
    for number, row in enumerate(rows):
        head, tail = " ".join(row.split()[:4]), " ".join(row.split()[-3:])
        long = len(row.split()) > 8
        claims.append(claim(f"c{number}", head, tail) if long else claim(f"c{number}", row))
    before = fingerprint_of(claims, text)
    assert len(before.passages) == len(claims) > least
    assert before.outline is not None
    around = [before.outline.around(before.passages[one.id]) for one in claims]
    read_with = [" ".join(f"{one.path} {one.lead}".split()) for one in around]
    for number, row in enumerate(rows):
        words = row.split()
        edited = " ".join([*words[:3], "désormais", *words[3:]])
        for new, wanted in ((edited, "changed"), ("", "missing")):
            located = anchor_claims(claims, text.replace(row, new, 1), before)
            assert located[number].status == wanted, row
            # Claims change with the heading above them and what announces them.
            plain = " ".join(row.split())
            others = [f for f, read in zip(located, read_with, strict=True) if plain not in read]
            assert {f.status for f in others if f is not located[number]} <= {"found"}, row


def test_every_sentence_of_a_page_of_our_own() -> None:
    each_sentence(SAMPLE, 30)


def test_every_sentence_of_the_first_text(shared: Path) -> None:
    page = shared / "patient-text" / "vulvodynie-cryoneurolyse.fr.txt"
    each_sentence(page.read_text("utf-8"), 40)
