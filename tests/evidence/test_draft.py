"""A new page becomes a register that can be read, checked, anchored and worked on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evidence.anchoring.anchor import anchor_for, locate, places
from evidence.anchoring.cues import cues_of
from evidence.anchoring.segment import sentences
from evidence.anchoring.tokens import Passage, TokenisedPage
from evidence.claims.text import read_text
from evidence.drafting.draft import DraftError, as_yaml, draft, nearest_works, slug
from evidence.knowledge import KnowledgeBase
from evidence.originals.load import read_bytes
from evidence.search.protocol import Reason, Suggestion

OTHER = """# L’électrothérapie du dos

L’électrothérapie est une technique simple. Elle diminue la douleur chez 60 % des patientes.
Prenez rendez-vous en ligne.

## Les risques

Les effets possibles incluent :

- une brûlure légère ;
- une rougeur « passagère »: rien de grave ;
- une rougeur.

## Sources

- Durand P. Cold baths in ten walkers. Foot Journal. 2021.
- Petit L. Un titre que personne ne connaît. 2019.
"""


def made(kb: KnowledgeBase, page: str = OTHER, **more: Any) -> Any:
    return draft(read_bytes(page.encode(), "dos.md"), "dos", kb.vocabulary, kb.library, **more)


def test_a_page_becomes_claims_in_sections_with_sources(small: KnowledgeBase) -> None:
    found = made(small)
    text = found.text
    assert (text.id, text.language) == ("dos", "fr")
    assert [section.id for section in text.sections] == ["electrotherapie-dos", "risques"]
    assert [(c.section, c.kind) for c in text.claims][:2] == [
        ("electrotherapie-dos", "definition"),
        ("electrotherapie-dos", "efficacy"),
    ]
    assert {c.kind for c in text.claims_of("risques")} == {"safety"}
    assert not any("rendez" in c.statement.fr for c in text.claims)
    assert any("rendez" in sentence.text for sentence in found.left_out)
    assert {c.verdict for c in text.claims} == {None}
    assert all(c.statement.fr.startswith("[à reformuler] ") for c in text.claims)
    assert all(c.statement.en.startswith("[to translate] ") for c in text.claims)
    assert [(s.status, s.nearest) for s in text.sources] == [
        ("unchecked", ("durand2021",)),
        ("unchecked", ()),
    ]
    assert {"pain", "pain-relief"} & set(text.claims[1].all_concepts)


def test_every_anchor_points_at_its_sentence_alone(small: KnowledgeBase) -> None:
    loaded = read_bytes(OTHER.encode(), "dos.md")
    page = TokenisedPage(loaded.text)
    for claim in made(small).text.claims:
        passage = locate(claim.anchor, page)
        assert passage is not None
        quote = " ".join(page.quote(passage).split())
        assert quote in claim.statement.fr.replace("\n", " ")


def test_anchors_grow_until_they_are_unique() -> None:
    page = TokenisedPage(
        "La gêne dure. Puis la gêne dure. Enfin la gêne dure un jour ou deux jours de plus."
    )
    for begin in range(len(page)):
        for end in range(begin + 1, len(page) + 1):
            passage = Passage(begin, end)
            anchor = anchor_for(page, passage)
            assert locate(anchor, page) == passage, anchor
            assert anchor.prefix or anchor.suffix or len(places(anchor, page)) == 1


def test_the_yaml_reads_back_as_the_draft_with_proposals_in_comments(
    small: KnowledgeBase, tmp_path: Path
) -> None:
    why = (Reason("concept", "pain", 1.0), Reason("words", "evil\n- id: x", 1.0))
    found = made(small, suggest=lambda words, around: [Suggestion("durand2021", 0.5, why)])
    written = as_yaml(found)
    path = tmp_path / "dos.yaml"
    path.write_text(written, "utf-8")
    text, problems = read_text(path)
    assert problems == []
    assert text == found.text
    assert written.count("# proposed: durand2021: concept pain, words evil - id: x") == len(
        found.text.claims
    )
    assert found.as_dict()["proposed"][text.claims[0].id][0]["key"] == "durand2021"


def test_a_page_without_claims_or_in_another_language_is_said(small: KnowledgeBase) -> None:
    with pytest.raises(DraftError, match="no claim"):
        made(small, "Bonjour à tous.\n\nÀ bientôt.\n")
    german = (
        "Eine MRI dauert 30 minuten und ist für die meisten Patientinnen gut verträglich. "
        "Sie ist in vielen Fällen eine gute Möglichkeit."
    )
    assert "written in 'de'" in str(made(small, german).notices[0])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("L’effet de la gêne locale, 24 à 48 h !", "effet-gene-locale-24-48"),
        ("œdème", "oedeme"),
        ("…", "part"),
        ("x" * 100, "x" * 60),
    ],
)
def test_slugs(words: str, expected: str) -> None:
    assert slug(words) == expected


def test_the_first_text_drafts_whole(shared: Path, kb: KnowledgeBase) -> None:
    raw = (shared / "patient-text" / "vulvodynie-cryoneurolyse.fr.txt").read_bytes()
    found = draft(read_bytes(raw, "a.txt"), "essai", kb.vocabulary, kb.library)
    page = TokenisedPage(read_bytes(raw, "a.txt").text)
    assert len(found.text.claims) > 30
    assert len(found.text.sources) == 4
    assert all(locate(claim.anchor, page) for claim in found.text.claims)
    scored = {s.text for s in sentences(page.text, "fr", kb.vocabulary) if s.is_claim}
    assert len(scored) == len(found.text.claims)


def test_the_command(evidence: Callable[..., Any], base: Path, tmp_path: Path) -> None:
    source = tmp_path / "dos.md"
    source.write_text(OTHER, "utf-8")
    done = json.loads(evidence("text", "draft", source, "--id", "dos", "--json").stdout)
    assert done["version"] == 1
    assert set(done["proposed"]) == {claim["id"] for claim in done["text"]["claims"]}
    assert json.loads(evidence("check", "--json").stdout)["errors"] == []
    anchored = json.loads(evidence("text", "anchor", "dos", "--json").stdout)
    assert {claim["status"] for claim in anchored["claims"]} == {"found"}
    beside = {path.name for path in (tmp_path / "instance" / "texts").iterdir()}
    assert beside == {"dos.yaml", "dos.trace.json"}
    assert [path.name for path in (base / "texts").iterdir()] == ["bain.yaml"]
    assert "already" in evidence("text", "draft", source, "--id", "dos", code=2).stderr
    assert "lower case" in evidence("text", "draft", source, "--id", "Dos !", code=2).stderr


def test_a_short_title_is_not_near_to_every_longer_one(kb: KnowledgeBase) -> None:
    cited = "Labat JJ, Riant T. Diagnostic criteria for pudendal neuralgia. Neurourol Urodyn. 2008."
    near = nearest_works(cited, kb.library)
    assert near[0].startswith("labat2008")
    assert not [key for key in near if len(kb.library[key].title.split()) < 3]


@pytest.mark.parametrize(
    ("title", "named", "publisher"),
    [
        ("L’électrothérapie du dos | CHU de Lavande", "L’électrothérapie du dos", "CHU de Lavande"),
        ("CHU de Lavande – L'électrothérapie du dos", "L’électrothérapie du dos", "CHU de Lavande"),
        ("L’électrothérapie du dos - Rachis - CHU", "L’électrothérapie du dos", ""),
        ("Soins du dos : le point | CHU", "Soins du dos : le point | CHU", ""),
        ("Microsoft Word - fiche_dos_v3.doc", "L’électrothérapie du dos", ""),
        ("fiche dos.docx", "L’électrothérapie du dos", ""),
        ("Document1", "L’électrothérapie du dos", ""),
        ("", "L’électrothérapie du dos", ""),
    ],
)
def test_the_title_of_a_page_is_not_that_of_its_site(
    small: KnowledgeBase, title: str, named: str, publisher: str
) -> None:
    page = replace(read_bytes(OTHER.encode(), "dos.md"), title=title)
    text = draft(page, "dos", small.vocabulary, small.library).text
    assert (text.title.fr.replace("'", "’"), text.publisher) == (named, publisher)


def test_a_title_printed_whole_is_not_cut_at_its_colon(small: KnowledgeBase) -> None:
    whole = "Le dos : ce qui soulage"
    page = replace(read_bytes(f"# {whole}\n\n## Le dos\n\n{OTHER}".encode(), "dos.md"), title=whole)
    text = draft(page, "dos", small.vocabulary, small.library).text
    assert (text.title.fr.replace("\u00a0", " "), text.publisher) == (whole, "")


def test_reasons_are_told_in_the_words_of_the_page(kb: KnowledgeBase) -> None:
    said = (
        "La névralgie pudendale touche 30 % des femmes après 50 ans, souvent opérées "
        "d’une vulvodynie, d’un névrome de Morton ou d’une tumeur du périnée."
    )
    cues = {cue.name: cue.words for cue in cues_of(said, kb.vocabulary)}
    assert not [words for words in cues.values() if words not in said and ", " not in words]
    named = cues["concept"].split(", ")
    assert len(named) > 2
    assert all(words and words in said for words in named)
