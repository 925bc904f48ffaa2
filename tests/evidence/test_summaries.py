"""Summaries: what they may say, and when readers are no longer told them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml

from evidence.checks.run import check_integrity
from evidence.knowledge import KnowledgeBase
from evidence.standing import Assembler
from evidence.wording.terms import how_direct, of_number

SOUND = Path(__file__).parent.parent / "data" / "checks"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A sound base whose text and one concept have a summary."""
    folder = Path(shutil.copytree(SOUND, tmp_path / "base"))
    (register,) = folder.glob("texts/*.yaml")
    text = yaml.safe_load(register.read_text("utf-8"))
    claim = text["claims"][0]
    summary = {
        "fr": "Un essai de 40 personnes le dit.",
        "en": "A trial of 40 people says so.",
        "claims": {claim["id"]: claim["verdict"]},
        "written": date(2026, 11, 30),
    }
    claim["rationale"] = {"fr": "Un essai (40 personnes).", "en": "A trial (40 people)."}
    text["summary"] = summary
    write(register, text)
    of_concept = summary | {"claims": {f"{text['id']}/{claim['id']}": claim["verdict"]}}
    write(folder / "summaries.yaml", {"vulvodynia": of_concept})
    return folder


def write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def change(base: Path, old: str, new: str) -> None:
    """Change a value in the summaries of the text and of the concept."""
    for path in (next(base.glob("texts/*.yaml")), base / "summaries.yaml"):
        whole = path.read_text("utf-8")
        head, _mark, tail = whole.rpartition("summary:\n")
        assert old in tail
        path.write_text(f"{head}{_mark}{tail.replace(old, new)}", "utf-8")


def told(base: Path) -> list[str]:
    """What is said of the two summaries."""
    found = check_integrity(KnowledgeBase(base))
    said = [*found.errors, *found.warnings]
    return [str(one.message) for one in said if one.field in ("summary", "vulvodynia")]


def test_a_sound_summary_is_told_to_readers(base: Path, tmp_path: Path) -> None:
    assert told(base) == []
    standing = Assembler(KnowledgeBase(base), tmp_path).now()
    (text,) = standing.public.values()
    assert text.summary is not None
    assert text.summary["en"] == "A trial of 40 people says so."
    assert standing.concept_summaries["vulvodynia"]["fr"] == "Un essai de 40 personnes le dit."
    status = standing.texts[text.id].status
    assert (status.claims, status.signed, status.as_of) == (
        len(text.claims),
        0,
        date(2026, 11, 30),
    )


def test_a_number_that_no_claim_gives_is_reported(base: Path) -> None:
    change(base, "40", "41")
    said = told(base)
    assert len(said) == 4  # text and concept, in both languages
    assert all("these numbers stand in none of the claims it names: 41" in one for one in said)


def test_a_claim_that_is_gone_is_an_error(base: Path, tmp_path: Path) -> None:
    path = base / "summaries.yaml"
    plain = yaml.safe_load(path.read_text("utf-8"))
    plain["vulvodynia"]["claims"] = {"nowhere/gone": "supported"}
    write(path, plain)
    (error,) = check_integrity(KnowledgeBase(base)).errors
    assert error.file == str(path)
    assert "'nowhere/gone', which is no claim" in str(error.message)
    assert Assembler(KnowledgeBase(base), tmp_path).now().concept_summaries == {}


def test_an_overtaken_summary_is_kept_from_readers_until_it_is_read_again(
    base: Path, tmp_path: Path
) -> None:
    kb = KnowledgeBase(base)
    assembler = Assembler(kb, tmp_path)
    assert assembler.now().concept_summaries
    for path in (next(base.glob("texts/*.yaml")), base / "summaries.yaml"):
        plain = yaml.safe_load(path.read_text("utf-8"))
        summary = plain.get("summary") or plain["vulvodynia"]
        summary["claims"] = dict.fromkeys(summary["claims"], "contradicted")
        write(path, plain)
    standing = assembler.now()  # written meanwhile, seen at once
    assert standing.concept_summaries == {}
    assert [text.summary for text in standing.public.values()] == [None]
    assert len(told(base)) == 2
    assert all("was written when" in one and "'contradicted'" in one for one in told(base))


def test_a_summary_that_names_no_claim_is_reported(base: Path) -> None:
    path = base / "summaries.yaml"
    plain = yaml.safe_load(path.read_text("utf-8"))
    plain["vulvodynia"] = {"fr": "Rien n’est montré.", "en": "Nothing is shown."}
    write(path, plain)
    assert told(base) == ["names no claim; write under 'claims' those that it rests on"]


def test_the_summaries_shipped_say_no_more_than_their_claims(kb: KnowledgeBase) -> None:
    findings = check_integrity(kb)
    said = [*findings.errors, *findings.warnings]
    own = [one for one in said if one.field == "summary" or one.file == str(kb.summaries_path)]
    assert [str(one) for one in own] == []
    assert all(text.summary and text.summary.claims for text in kb.texts.values())
    assert {"cryoneurolysis", "vulvodynia", "pudendal-neuralgia", "morton-neuroma"} <= set(
        kb.summaries
    )
    assert set(kb.summaries) <= {concept.id for concept in kb.vocabulary}


@pytest.mark.parametrize(
    ("kind", "value", "number", "french", "english"),
    [
        ("verdict", "supported", 13, "étayées", "supported"),
        ("verdict", "supported", 1, "étayée", "supported"),
        ("verdict", "partly-supported", 26, "étayées en partie", "partly supported"),
        ("verdict", "no-evidence-found", 20, "sans preuve trouvée", "with no evidence found"),
        ("verdict", "not-checkable", 6, "non vérifiables", "not checkable"),
        ("verdict", "mixed", 1, "aux résultats discordants", "mixed"),
        ("certainty", "low", 7, "de certitude faible", "of low certainty"),
        (
            "source-status",
            "not-located",
            4,
            "non retrouvées telles que citées",
            "not located as cited",
        ),
        ("source-status", "retracted", 1, "rétractée", "retracted"),
    ],
)
def test_words_agree_with_their_number(
    kind: str, value: str, number: int, french: str, english: str
) -> None:
    assert of_number(kind, value, number, "fr") == french
    assert of_number(kind, value, number, "en") == english


def test_directness_agrees_with_what_is_direct() -> None:
    said = [
        how_direct(element, "indirect", "fr")
        for element in ("population", "intervention", "comparator", "outcome")
    ]
    assert said == ["indirecte", "indirecte", "indirect", "indirect"]
    assert how_direct("population", "direct", "fr") == "directe"
    assert how_direct("population", "direct", "en") == "direct"
