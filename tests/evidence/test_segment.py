"""Sentences and sections in French and English, and which of them can be checked."""

from __future__ import annotations

import textwrap
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_page import PAGE as SAMPLE

from evidence.anchoring.segment import sentences, unclaimed
from evidence.knowledge import KnowledgeBase

FRENCH = """Les bains froids : à quoi servent-ils ?

Le bain froid est un soin simple. Le Dr. Martin (p. ex.) le propose env. 30 min. par jour.
La gêne dure 24 à 48 h. Elle disparaît, cf. fig. 3, en 3,5 jours. « Est-ce douloureux ? »
demande-t-on. Non !

Quels effets ?
Les effets possibles incluent :
  • rougeur ;
  • engourdissement des orteils.
1. ne pas dépasser 20 minutes
Prenez rendez-vous au 01 02 03 04 05.

Sources
  • Dupont A. Un titre. Une revue. 2020.
"""


def texts(page: str, language: str = "fr", form: str = "sentence") -> list[str]:
    return [" ".join(s.text.split()) for s in sentences(page, language) if s.form == form]


def test_french_abbreviations_quotes_and_wrapped_lines() -> None:
    assert texts(FRENCH)[:6] == [
        "Le bain froid est un soin simple.",
        "Le Dr. Martin (p. ex.) le propose env. 30 min. par jour.",
        "La gêne dure 24 à 48 h.",
        "Elle disparaît, cf. fig. 3, en 3,5 jours.",
        "« Est-ce douloureux ? » demande-t-on.",
        "Non !",
    ]


def test_lists_keep_their_items_and_what_announces_them() -> None:
    items = [s for s in sentences(FRENCH, "fr") if s.form == "item"]
    assert [(s.text, s.lead) for s in items[:2]] == [
        ("rougeur ;", "Les effets possibles incluent :"),
        ("engourdissement des orteils.", "Les effets possibles incluent :"),
    ]
    assert items[2].text == "ne pas dépasser 20 minutes"


def test_english_abbreviations_and_decimals() -> None:
    page = (
        "Dr. Smith et al. saw Mrs. Jones at 5 p.m. It lasts 2.5 to 3 hours. "
        "See Fig. 3. The U.S. trial (n = 120) found a change vs. placebo. Is it safe?"
    )
    assert texts(page, "en") == [
        "Dr. Smith et al. saw Mrs. Jones at 5 p.m.",
        "It lasts 2.5 to 3 hours.",
        "See Fig. 3.",
        "The U.S. trial (n = 120) found a change vs. placebo.",
        "Is it safe?",
    ]


def test_headings_make_sections() -> None:
    assert texts(FRENCH, form="heading") == [
        "Les bains froids : à quoi servent-ils ?",
        "Quels effets ?",
        "Sources",
    ]
    assert texts(FRENCH, form="source") == ["Dupont A. Un titre. Une revue. 2020."]


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("La séance dure environ 30 minutes.", "figure"),
        ("Ce froid diminue la douleur.", "effect"),
        ("Les complications sévères sont rares.", "harm"),
        ("Il est proposé en cas de douleur chronique.", "indication"),
        ("Le geste se fait sous anesthésie locale.", "procedure"),
        ("Le bain froid est un soin des pieds.", "is-a"),
        ("A cold bath relieves pain in most people.", "effect"),
        ("It is considered for patients with chronic pain.", "indication"),
    ],
)
def test_a_claim_is_recognised_with_its_reason(sentence: str, reason: str) -> None:
    found = sentences(f"{sentence} Fin du texte.", "fr")[0]
    assert reason in {cue.name for cue in found.cues}
    assert found.is_claim


@pytest.mark.parametrize(
    "sentence",
    [
        "Prenez rendez-vous en ligne avec notre équipe.",
        "Est-ce que le traitement est efficace ?",
        "Nous acceptons les cookies.",
        "© 2026 Tous droits réservés.",
        "Read more about our team.",
        "Bonjour.",
    ],
)
def test_what_cannot_be_checked_is_no_claim(sentence: str) -> None:
    assert not any(found.is_claim for found in sentences(f"{sentence}\nEt voilà tout.\n", "fr"))


def test_concepts_of_the_vocabulary_count(kb: KnowledgeBase) -> None:
    if not len(kb.vocabulary):
        pytest.skip("the vocabulary is empty")
    concept = next(iter(kb.vocabulary))
    words = f"Voici {concept.label['fr']} en images."
    bare = sentences(words, "fr")[0]
    known = sentences(words, "fr", kb.vocabulary)[0]
    assert known.score > bare.score
    assert "concept" in {cue.name for cue in known.cues}


def test_unclaimed_leaves_out_what_is_covered_and_marks_what_is_new() -> None:
    page = "Le froid calme la douleur. La séance dure 30 minutes. Merci à tous."
    found = sentences(page, "fr")
    assert [s.text for s, _ in unclaimed(found, [(0, 10)])] == ["La séance dure 30 minutes."]
    known = {"La séance dure 30 minutes."}
    assert [(s.text, new) for s, new in unclaimed(found, [], known.__contains__)] == [
        ("Le froid calme la douleur.", True),
        ("La séance dure 30 minutes.", False),
    ]


#: Sentences of our own page that say something a study could support or refute, marked by hand.
SAYS_SOMETHING = (
    "Le bain froid est un soin simple",
    "Il dure 15 à 20 minutes",
    "Son effet est souvent rapide",
    "Il est déconseillé en cas de plaie",
    "Chez la plupart des marcheurs",
    "L’effet dure de 2 à 3 jours",
    "Une étude menée auprès de 420 personnes",
    "Le bain froid ne guérit pas",
    "Ses bénéfices à long terme",
    "une rougeur passagère",
    "des picotements",
    "plus rarement, un engourdissement",
    "Une gelure superficielle",
)


def test_a_page_of_our_own_is_read_whole() -> None:
    """Counted by hand."""
    parts = sentences(SAMPLE, "fr")
    forms = Counter(part.form for part in parts)
    assert forms == {"heading": 8, "sentence": 22, "item": 6, "source": 2}
    claims = {part.text for part in parts if part.is_claim}
    missed = [words for words in SAYS_SOMETHING if not any(c.startswith(words) for c in claims)]
    assert len(missed) <= 1, missed
    for words in ("Plongez", "Notez", "Appelez", "Préparez", "Moreau", "Les effets suivants"):
        assert not any(claim.startswith(words) for claim in claims), words


def test_the_first_text_is_read_whole(shared: Path) -> None:
    text = (shared / "patient-text" / "vulvodynie-cryoneurolyse.fr.txt").read_text("utf-8")
    found = sentences(text, "fr")
    assert sum(s.form == "source" for s in found) == 4
    assert sum(s.form == "item" for s in found) == 17
    assert "Une gêne locale transitoire peut persister 24 à 48 heures." in {s.text for s in found}
    claims = [s for s in found if s.is_claim]
    assert len(claims) >= 36
    assert not any("rendez-vous" in s.text for s in claims)


@pytest.mark.parametrize("bullet", ["→", "✓", "✅", "▪", "*", "–", "o", "1.", "b)"])
def test_items_whatever_their_bullet(bullet: str) -> None:
    page = f"Les effets sont :\n{bullet} rougeur forte ;\n{bullet} bleu.\n\nFin du texte.\n"
    assert texts(page, form="item") == ["rougeur forte ;", "bleu."]


def test_a_page_wrapped_at_any_word_has_the_same_sentences() -> None:
    page = (
        "Le bain froid de la Clinique Sainte Anne soulage la douleur des pieds. Il est proposé aux "
        "adultes. Le docteur Paul Martin l’a décrit en France et en Suisse romande. Le bain n’est "
        "pas un mini-traitement : il dure 20 minutes et se fait assis."
    )
    for width in (30, 44, 60):
        wrapped = "\n".join(textwrap.wrap(page, width))
        joined = [s.replace("mini- ", "mini-") for s in texts(wrapped)]
        assert joined == texts(page)
    assert len(texts(page.replace("adultes", "adul-\ntes"))) == 4


def test_a_numbered_heading_is_no_item() -> None:
    page = "1. Avant le bain\nMangez peu.\n\n2. Après le bain\nSéchez vos pieds.\n"
    assert texts(page, form="heading") == ["1. Avant le bain", "2. Après le bain"]


def test_rows_of_a_table_are_items_and_its_head_is_no_claim() -> None:
    page = "Les effets\n\nEffet | Fréquence\n\nBleu | 1 patient sur 10\n\nFin du texte ici.\n"
    found = [(s.text, s.is_claim) for s in sentences(page, "fr") if s.form == "item"]
    assert found == [("Effet | Fréquence", False), ("Bleu | 1 patient sur 10", True)]


def test_abbreviations_and_quotations_that_end_lines() -> None:
    page = "Le bain calme, c.-à-d. qu’il apaise, env.\n30 minutes. "
    page += "Elle dit : « Merci ! » Il est sûr.\n"
    assert texts(page) == [
        "Le bain calme, c.-à-d. qu’il apaise, env. 30 minutes.",
        "Elle dit : « Merci ! »",
        "Il est sûr.",
    ]


@pytest.mark.parametrize("heading", ["Sources :", "Bibliographie", "References:"])
def test_a_list_under_a_heading_of_sources_is_sources(heading: str) -> None:
    page = f"Le bain calme.\n\n{heading}\n• HAS. Les pieds. 2022.\n• Un site.\n"
    assert texts(page, form="source") == ["HAS. Les pieds. 2022.", "Un site."]


@pytest.mark.parametrize(
    "source",
    [
        "Dupont A. Le bain froid. Revue. 2020.",
        "van der Berg JW, Smith K. Cold baths: a trial. Foot J. 2019;3:1-9.",
        "Finik J et al. Feet: epidemiology and treatment. Foot Clin. 2020.",
        "[2] Martin P, Durand L. Bains. Douleurs 2018.",
    ],
)
def test_a_printed_source_is_one_without_its_heading(source: str) -> None:
    found = sentences(f"Le bain calme la douleur.\n{source}\nMerci à tous.\n", "fr")
    assert [s.text for s in found if s.form == "source"] == [source]


@pytest.mark.parametrize(
    "sentence", ["Une IRM, si besoin, a été ajoutée en 2020.", "Le CHU. En 2020."]
)
def test_a_sentence_with_a_year_is_no_source(sentence: str) -> None:
    assert not [s for s in sentences(f"{sentence}\nFin.\n", "fr") if s.form == "source"]


@given(st.text(max_size=300), st.sampled_from(["fr", "en"]))
def test_any_text_gives_ordered_spans_that_quote_it(text: str, language: str) -> None:
    at = 0
    for sentence in sentences(text, language):
        assert sentence.start >= at
        assert text[sentence.start : sentence.end] == sentence.text
        assert 0 <= sentence.score <= 1
        at = sentence.end


@pytest.mark.parametrize(
    ("lead", "is_lead"),
    [
        ("Les effets indésirables suivants sont possibles", True),
        ("Les effets indésirables suivants sont possibles.", True),
        ("Les complications possibles sont", True),
        ("The following side effects may occur.", True),
        ("La douleur diminue nettement dans les jours suivants.", False),
        ("The pain is usually worse on the following day.", False),
    ],
)
def test_what_only_announces_a_list_is_no_claim(lead: str, is_lead: bool) -> None:
    page = f"# Infiltration\n\n{lead}\n• infection de l'articulation\n• saignement\n"
    _title, announcing, *items = sentences(page, "fr")
    assert announcing.text == lead
    assert announcing.is_claim is not is_lead
    assert [item.lead for item in items] == [lead if is_lead else ""] * 2
    assert all(item.is_claim for item in items)
