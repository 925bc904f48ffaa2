"""The texts as they stand: what is assessed, what readers see, when it is put together anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.claims.claim import Bilingual, Claim
from evidence.instance import has_journal
from evidence.journal import Entry, Journal
from evidence.knowledge import KnowledgeBase
from evidence.originals.load import read_bytes
from evidence.originals.versions import Originals
from evidence.standing import Assembler, StandingText


@pytest.mark.parametrize(
    ("fr", "en", "assessed"),
    [
        ("[à évaluer]", "[to assess]", False),
        ("Un essai.", "[to assess]", False),  # written in one language alone
        ("[à évaluer]", "One trial.", False),
        ("[À évaluer] voir Moreau", "One trial.", False),
        ("Un essai. [à évaluer]", "One trial.", False),
        ("[to assess]", "[to assess]", False),
        ("Un essai.", "One trial.", True),
        ("Reste à évaluer chez l'enfant.", "Still to assess in children.", True),
        ("Un essai [12].", "One trial [12].", True),
    ],
)
def test_a_claim_is_assessed_when_its_rationale_is_written(
    small: KnowledgeBase, fr: str, en: str, assessed: bool
) -> None:
    claim = small.text("bain").claims[0]
    changed = Claim.model_validate(claim.model_dump() | {"rationale": {"fr": fr, "en": en}})
    assert claim.is_assessed
    assert changed.is_assessed is assessed
    assert (changed.verdict, changed.certainty) == (
        (claim.verdict, claim.certainty) if assessed else (None, None)
    )
    assert changed.judgement == (claim.verdict if assessed else "unassessed")


@pytest.mark.parametrize(
    ("fr", "en", "shown_fr", "shown_en"),
    [
        ("Le froid.", "The cold.", "Le froid.", "The cold."),
        ("Le froid.", "[to translate] Le froid.", "Le froid.", "Le froid."),
        ("[à traduire] The cold.", "The cold.", "The cold.", "The cold."),
        ("[à reformuler] Le froid.", "[to translate] Le froid.", "Le froid.", "Le froid."),
        ("Le froid. [À traduire]", "The cold.", "The cold.", "The cold."),
        ("Voir [1].", "See [1].", "Voir [1].", "See [1]."),
    ],
)
def test_marks_of_a_draft_are_never_shown(fr: str, en: str, shown_fr: str, shown_en: str) -> None:
    words = Bilingual(fr=fr, en=en)
    assert (words["fr"], words["en"]) == (shown_fr, shown_en)


@pytest.fixture
def decided(small: KnowledgeBase, tmp_path: Path) -> tuple[KnowledgeBase, Path]:
    """The small base, and an instance where its first claim was decided "contradicted"."""
    instance = tmp_path / "instance"
    instance.mkdir()
    with Journal.open(instance) as journal:
        _contradict(journal, small.text("bain").claims[0])
    return small, instance


def _contradict(journal: Journal, claim: Claim) -> None:
    payload = {"changes": {"verdict": "contradicted"}, "reason": ""}
    entry = Entry("ada", "review", "bain", claim.id, claim.hash, payload)
    assert journal.record(entry, claim).conflict is None


def test_asking_makes_neither_a_journal_nor_an_instance(
    small: KnowledgeBase, tmp_path: Path
) -> None:
    standing = Assembler(small, tmp_path / "nowhere").now()
    assert standing.public_text("bain").claims == small.text("bain").claims
    assert not (tmp_path / "nowhere").exists()


def test_commands_that_only_look_leave_nothing_behind(
    evidence: Callable[..., Any], tmp_path: Path
) -> None:
    for words in (["claims"], ["show", "moreau2020"], ["text", "list"]):
        evidence(*words)
    assert not (tmp_path / "instance").exists()


def test_nothing_is_put_together_again_while_nothing_changes(
    decided: tuple[KnowledgeBase, Path],
) -> None:
    kb, instance = decided
    assembler = Assembler(kb, instance)
    first = assembler.now()
    assert assembler.now() is first
    with Journal.open(instance) as journal:
        journal.record(Entry("ada", "comment", "other-text", payload={"words": "Elsewhere."}))
    second = assembler.now()
    assert second.stamp != first.stamp
    assert second.text("bain") is first.text("bain")  # nothing happened to this one


def test_a_register_that_changed_is_read_again_and_no_other(base: Path, tmp_path: Path) -> None:
    register = base / "texts" / "bain.yaml"
    other = register.read_text("utf-8").replace("id: bain", "id: douche", 1)
    (base / "texts" / "douche.yaml").write_text(other, "utf-8")
    kb = KnowledgeBase(base)
    assembler = Assembler(kb, tmp_path)
    before = assembler.now()
    register.write_text(register.read_text("utf-8").replace("Un essai.", "Deux essais."), "utf-8")
    after = assembler.now()
    assert after.public_text("bain").claims[0].rationale.fr == "Deux essais."
    assert after.text("douche") is before.text("douche")
    register.unlink()
    assert list(assembler.now().texts) == ["douche"]


def test_a_journal_that_stands_elsewhere_is_asked(
    decided: tuple[KnowledgeBase, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`EVIDENCE_JOURNAL_URL` may name a SQLite file outside the instance."""
    kb, instance = decided
    (instance / "journal.sqlite").rename(tmp_path / "elsewhere.sqlite")
    assert not has_journal(instance)
    monkeypatch.setenv("EVIDENCE_JOURNAL_URL", f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    assert has_journal(instance)
    assert Assembler(kb, instance).now().public_text("bain").claims[0].verdict == "contradicted"


def test_a_restored_journal_replaces_what_was_known(
    decided: tuple[KnowledgeBase, Path], tmp_path: Path
) -> None:
    """Another journal with as many events as the one before is another journal."""
    kb, instance = decided
    assembler = Assembler(kb, instance)
    assert assembler.now().public_text("bain").claims[0].verdict == "contradicted"
    assembler.close()
    for path in instance.glob("journal.sqlite*"):
        path.unlink()
    with Journal.open(instance) as journal:
        journal.record(Entry("ada", "comment", "bain", payload={"words": "Nothing decided."}))
    assert assembler.now().public_text("bain").claims[0].verdict == "supported"


def test_a_text_without_any_claim_is_public(base: Path, tmp_path: Path) -> None:
    register = base / "texts" / "bain.yaml"
    head = register.read_text("utf-8").partition("claims:")[0]
    register.write_text(head, "utf-8")
    assert list(Assembler(KnowledgeBase(base), tmp_path).now().public) == ["bain"]


def test_a_page_that_was_altered_is_told_to_editors_and_hides_no_decision(
    decided: tuple[KnowledgeBase, Path], page: Path
) -> None:
    from evidence.originals.load import load
    from evidence.originals.versions import Originals
    from references.errors import SettingError

    kb, instance = decided
    version, _new = Originals(instance).add("bain", load(str(page)))
    (instance / "originals" / "bain" / f"{version.number:04}.txt").write_text("forged", "utf-8")
    text = Assembler(kb, instance).now().text("bain")
    assert text.journal_error is None
    assert text.public is not None
    assert text.public.claims[0].verdict == "contradicted"
    assert text.page == ""
    with pytest.raises(SettingError, match="altered"):
        text.whole()


def test_an_unreadable_journal_is_said_and_the_register_shown(
    evidence: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "journal.sqlite").write_bytes(b"no database at all " * 60)
    done = evidence("claims", "--json")
    assert "Decisions are left out" in done.stderr
    assert [row["verdict"] for row in json.loads(done.stdout)] == [
        "supported",
        "no-evidence-found",
        "partly-supported",
    ]
    evidence("report", "bain", code=2)


def test_what_searches_show_is_kept_follows_decisions_and_survives_damage(
    small: KnowledgeBase, tmp_path: Path
) -> None:
    from evidence.search.stances import shown

    instance = tmp_path / "instance"
    first = shown(small, instance)
    assert {s: sorted(keys) for s, keys in first.stances.items() if keys} == {
        "supports": ["moreau2020"],
        "qualifies": ["durand2021"],
    }
    kept = instance / "index" / "shown.json"
    assert shown(small, instance) == first
    for damage in ("", "[]", '{"stamp": 1}', "no json"):
        kept.write_text(damage, "utf-8")
        assert shown(small, instance) == first
    standing = Assembler(small, instance).now()
    assert list(shown(small, instance).claims()) == list(standing.claims())
    claim = small.text("bain").claims[0]
    with Journal.open(instance) as journal:
        entry = Entry(
            "ada", "link-removed", "bain", claim.id, claim.hash, {"reference": "moreau2020"}
        )
        journal.record(entry, claim)
    assert shown(small, instance).stances["supports"] == frozenset()
    register = small.text_path("bain")
    os.utime(register, (1, 1))  # another date, the same words
    assert shown(KnowledgeBase(small.folder), instance).stances["supports"] == frozenset()


@pytest.mark.parametrize("kept", ["with its passage", "as before passages were kept"])
def test_a_signature_lapses_when_what_stands_above_the_passage_is_turned(
    small: KnowledgeBase, tmp_path: Path, page: Path, kept: str
) -> None:
    instance, first = tmp_path / "instance", page.read_text("utf-8")
    originals = Originals(instance)

    def load(words: str) -> StandingText:
        originals.add("bain", read_bytes(words.encode(), "a.txt"))
        return Assembler(small, instance).now().text("bain")

    standing = load(first)
    claim = standing.text.claim("effect-lasts-weeks")
    payload = standing.signing_payload(claim)
    assert payload["passage"] == {
        "headings": ["Le soin des pieds", "Quels effets ?"],
        "lead": "",
        "sentence": "L’effet apparaît en quelques jours et peut durer plusieurs semaines.",
    }
    if kept != "with its passage":
        del payload["passage"]
    with Journal.open(instance) as journal:
        journal.record(Entry("anne", "sign-off", "bain", claim.id, claim.hash, payload), claim)

    def lapses(words: str) -> list[str]:
        signature = load(words).states[claim.id].signatures[-1]
        return [lapse.reason for lapse in signature.lapses]

    assert lapses(first.replace("Quels effets ?", "2. QUELS EFFETS ?")) == []
    assert lapses(first.replace("Quels effets ?", "Ce qui est faux")) == ["heading-changed"]
    assert lapses(first.replace("\n\nL’effet", "\n\nIl est faux de dire :\nL’effet")) == [
        "lead-changed"
    ]
    assert lapses(first) == []
