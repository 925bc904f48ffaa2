"""Decisions written back into registers: exactly what was decided, and not one line more."""

from __future__ import annotations

import difflib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from journal_states import claim_state, claim_states

from evidence.claims.claim import Claim
from evidence.claims.text import read_text
from evidence.journal import Entry, Journal, JournalError, signing_payload
from evidence.journal.apply import WrittenClaims, apply_states
from evidence.knowledge import KnowledgeBase
from evidence.standing import StandingText

LINK = {
    "reference": "durand2021",
    "stance": "qualifies",
    "directness": {"population": "direct"},
    "note": {"fr": "Peu de monde.", "en": "Few people."},
}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path) as opened:
        yield opened


def decide(journal: Journal, kb: KnowledgeBase, name: str, kind: str, **payload: Any) -> None:
    text = kb.text("bain")
    state = claim_state(journal, text, name)
    entry = Entry("anne", kind, "bain", name, state.hash, payload, person="Dr Anne Moreau")
    assert journal.record(entry, state.registered).conflict is None


def sign(journal: Journal, kb: KnowledgeBase, name: str) -> None:
    claim = claim_state(journal, kb.text("bain"), name).claim
    assert claim is not None
    decide(journal, kb, name, "sign-off", **signing_payload(claim, kb.library))


def write(journal: Journal, base: Path, **more: Any) -> tuple[WrittenClaims, list[str]]:
    """Apply; returns what was written and the lines that differ, as a git user sees them."""
    kb = KnowledgeBase(base)
    text, path = kb.text("bain"), base / "texts" / "bain.yaml"
    before = path.read_text("utf-8")
    states = claim_states(journal, text, kb.library)
    expected = StandingText(text, kb, tuple(journal.events(text.id))).text
    done = apply_states(path, text, states.values(), expected.sources, **more)
    after = path.read_text("utf-8")
    if not more:
        again, problems = read_text(path)
        assert problems == []
        assert again is not None
        assert [c.hash for c in again.claims] == [c.hash for c in expected.claims]
        assert again.sources == expected.sources
    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return done, [row for row in rows if not row.startswith(("---", "+++", "@@"))]


def test_nothing_decided_writes_nothing(journal: Journal, base: Path) -> None:
    done, rows = write(journal, base)
    assert done.is_empty
    assert rows == []


def test_one_field_is_one_line_and_its_comment_stays(
    journal: Journal, base: Path, small: KnowledgeBase
) -> None:
    decide(journal, small, "eases-pain", "review", changes={"certainty": "moderate"})
    done, rows = write(journal, base)
    assert done.changed == ("eases-pain",)
    assert rows == [
        "-  certainty: high   # decided in January",
        "+  certainty: moderate   # decided in January",
    ]
    assert write(journal, base)[0].is_empty


def test_a_new_field_comes_in_its_place_and_one_language_alone_changes(
    journal: Journal, base: Path, small: KnowledgeBase
) -> None:
    decide(
        journal,
        small,
        "eases-pain",
        "review",
        changes={"certainty_reasons": ["imprecision"], "caveats": None},
    )
    _, rows = write(journal, base)
    assert rows == [
        "+  certainty_reasons: [imprecision]",
        "-  caveats: {fr: Un seul essai., en: One trial only.}",
    ]


def test_links_are_added_changed_and_removed_in_place(
    journal: Journal, base: Path, small: KnowledgeBase
) -> None:
    decide(journal, small, "eases-pain", "link-added", link=LINK)
    done, rows = write(journal, base)
    assert done.changed == ("eases-pain",)
    assert rows == [
        "+  - reference: durand2021",
        "+    stance: qualifies",
        "+    directness: {population: direct}",
        "+    note:",
        '+      fr: "Peu de monde."',
        '+      en: "Few people."',
    ]
    small = KnowledgeBase(base)
    decide(journal, small, "eases-pain", "link-added", link={**LINK, "stance": "supports"})
    assert write(journal, base)[1] == ["-    stance: qualifies", "+    stance: supports"]
    small = KnowledgeBase(base)
    decide(journal, small, "eases-pain", "link-removed", reference="moreau2020")
    _, rows = write(journal, base)
    assert [row[0] for row in rows] == ["-"] * 4
    assert "# A comment that stays." in (base / "texts" / "bain.yaml").read_text("utf-8")


def test_the_first_and_the_last_link(journal: Journal, base: Path, small: KnowledgeBase) -> None:
    decide(journal, small, "lasts-minutes", "link-added", link=LINK)
    decide(journal, small, "eases-pain", "link-removed", reference="moreau2020")
    done, _ = write(journal, base)
    assert done.changed == ("eases-pain", "lasts-minutes")


def test_claims_are_added_after_their_neighbour_and_removed(
    journal: Journal, base: Path, small: KnowledgeBase
) -> None:
    new = small.text("bain").claims[0].model_copy(update={"id": "new-one"})
    plain = new.model_dump(mode="json")
    decide(journal, small, "new-one", "claim-added", claim=plain, after="eases-pain")
    decide(journal, small, "lasts-minutes", "claim-removed", reason="twice")
    done, rows = write(journal, base)
    assert (done.added, done.removed) == (("new-one",), ("lasts-minutes",))
    text, _ = read_text(base / "texts" / "bain.yaml")
    assert text is not None
    assert [claim.id for claim in text.claims] == ["eases-pain", "new-one", "effect-lasts-weeks"]
    assert not any("comment" in row for row in rows)


def test_the_last_claim_may_go_and_another_come(
    journal: Journal, base: Path, small: KnowledgeBase
) -> None:
    """A bare `claims:` would be no list, and the register one that nobody can read."""
    newcomer = small.text("bain").claims[0].model_copy(update={"id": "newcomer"})
    for claim in small.text("bain").claims:
        decide(journal, small, claim.id, "claim-removed", reason="no claim")
    done, rows = write(journal, base)
    assert done.removed == tuple(claim.id for claim in small.text("bain").claims)
    assert [row for row in rows if row.startswith("+")] == ["+claims: []"]
    assert KnowledgeBase(base).text("bain").claims == ()
    decide(journal, small, "newcomer", "claim-added", claim=newcomer.model_dump(mode="json"))
    done, rows = write(journal, base)
    assert done.added == ("newcomer",)
    assert "-claims: []" in rows
    assert KnowledgeBase(base).text("bain").claims == (newcomer,)


def test_a_signature_becomes_the_review_of_the_register(
    journal: Journal, base: Path, small: KnowledgeBase
) -> None:
    sign(journal, small, "eases-pain")
    done, rows = write(journal, base)
    assert done.signed == ("eases-pain",)
    assert len(rows) == 4
    claim = KnowledgeBase(base).text("bain").claim("eases-pain")
    assert claim.reviewed is not None
    assert (claim.reviewed.by, claim.reviewed.claim_hash) == ("Dr Anne Moreau", claim.hash)
    assert write(journal, base)[0].is_empty


def test_signed_only_leaves_open_decisions_out(
    journal: Journal, base: Path, small: KnowledgeBase
) -> None:
    decide(journal, small, "eases-pain", "review", changes={"certainty": "low"})
    decide(journal, small, "lasts-minutes", "review", changes={"kind": "efficacy"})
    sign(journal, small, "lasts-minutes")
    done, _ = write(journal, base, signed_only=True)
    assert (done.changed, done.signed) == (("lasts-minutes",), ("lasts-minutes",))


def test_a_checked_source_is_written(journal: Journal, base: Path, small: KnowledgeBase) -> None:
    source = small.text("bain").sources[0]
    payload = {"cited": source.cited, "status": "corrected", "reference": "durand2021"}
    journal.record(Entry("anne", "source-checked", "bain", payload=payload))
    done, rows = write(journal, base)
    assert done.sources == (source.cited,)
    assert rows == [
        "-  reference: moreau2020",
        "-  status: differs",
        "+  reference: durand2021",
        "+  status: corrected",
    ]


def test_a_dry_run_writes_nothing(journal: Journal, base: Path, small: KnowledgeBase) -> None:
    decide(journal, small, "eases-pain", "review", changes={"certainty": "low"})
    done, rows = write(journal, base, dry_run=True)
    assert (done.changed, rows) == (("eases-pain",), [])


def test_a_register_that_changed_meanwhile_is_not_written(
    journal: Journal, base: Path, small: KnowledgeBase
) -> None:
    decide(journal, small, "eases-pain", "review", changes={"certainty": "low"})
    path = base / "texts" / "bain.yaml"
    states = claim_states(journal, small.text("bain")).values()
    path.write_text(path.read_text("utf-8").replace("Une clinique", "Une autre"), "utf-8")
    with pytest.raises(JournalError, match="changed meanwhile"):
        apply_states(path, small.text("bain"), states)


def test_an_entry_on_one_line_is_not_guessed_at(
    journal: Journal, base: Path, small: KnowledgeBase
) -> None:
    path = base / "texts" / "bain.yaml"
    text = path.read_text("utf-8")
    at = text.index("- id: lasts-minutes")
    row = small.text("bain").claim("lasts-minutes").model_dump_json(exclude_none=True)
    path.write_text(f"{text[:at]}- {row}\n", "utf-8")
    kb = KnowledgeBase(base)
    decide(journal, kb, "lasts-minutes", "review", changes={"certainty": "low"})
    before = path.read_text("utf-8")
    with pytest.raises(JournalError, match="lines of their own"):
        write(journal, base)
    assert path.read_text("utf-8") == before


CHANGES: list[Callable[[Claim], dict[str, Any]]] = [
    lambda c: {"verdict": "mixed"},
    lambda c: {"certainty": "moderate", "certainty_reasons": ["imprecision", "large-effect"]},
    lambda c: {"statement": {"fr": "Dit « autrement » : voilà #1.", "en": c.statement.en}},
    lambda c: {"rationale": {"fr": "Une phrase.", "en": "- a dash: and 'quotes' \"both\""}},
    lambda c: {"caveats": {"fr": "Oui", "en": "no"}},
    lambda c: {"caveats": None},
    lambda c: {"anchor": {"start": "Un, deux", "end": "fin: là"}},
    lambda c: {"kind": "safety", "section": c.section, "concepts": ["pain"]},
    lambda c: {"concepts": [], "population": [], "outcome": []},
]


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_every_claim_of_the_bundled_registers_can_be_written(
    number: int, tmp_path: Path, kb: KnowledgeBase
) -> None:
    """All claims of a real, hand-written register changed at once, then read again."""
    for text in kb.texts.values():
        path = tmp_path / f"{text.id}.yaml"
        shutil.copy(kb.texts_folder / path.name, path)
        with Journal(f"sqlite:///{tmp_path}/{text.id}.sqlite") as journal:
            for claim in text.claims[number :: len(CHANGES)]:
                payload = {"changes": CHANGES[number](claim)}
                entry = Entry("anne", "review", text.id, claim.id, claim.hash, payload)
                journal.record(entry, claim)
            states = claim_states(journal, text)
        changed = {
            name
            for name, state in states.items()
            if state.pending and state.hash != text.claim(name).hash
        }
        done = apply_states(path, text, states.values())
        assert set(done.changed) == changed
        again, problems = read_text(path)
        assert problems == []
        assert again is not None
        assert {c.id: c.hash for c in again.claims} == {n: s.hash for n, s in states.items()}
        before = (kb.texts_folder / path.name).read_text("utf-8").splitlines()
        kept = difflib.SequenceMatcher(None, before, path.read_text("utf-8").splitlines(), False)
        assert sum(block.size for block in kept.get_matching_blocks()) > 0.97 * len(before)


def test_the_command(evidence: Any, base: Path, tmp_path: Path, small: KnowledgeBase) -> None:
    (tmp_path / "instance").mkdir()
    with Journal.open(tmp_path / "instance") as journal:
        decide(journal, small, "eases-pain", "review", changes={"certainty": "low"})
        sign(journal, small, "eases-pain")
    dry = json.loads(evidence("journal", "apply", "--dry-run", "--json").stdout)
    assert (dry["dry_run"], dry["texts"][0]["changed"]) == (True, ["eases-pain"])
    evidence("journal", "apply", "bain")
    claim = KnowledgeBase(base).text("bain").claim("eases-pain")
    assert claim.certainty == "low"
    assert claim.reviewed is not None
    assert json.loads(evidence("check", "--json").stdout)["errors"] == []
    assert "nothing to write" in evidence("journal", "apply").stdout
    events = [json.loads(line) for line in evidence("journal", "export").stdout.splitlines()]
    assert [event["kind"] for event in events] == ["review", "sign-off", "applied"]
    verified = json.loads(evidence("journal", "verify", "--json").stdout)
    assert (verified["ok"], verified["events"]) == (True, 3)
    assert evidence("journal", "verify", "--head", verified["head"]).returncode == 0
    assert "not in the chain" in evidence("journal", "verify", "--head", "f" * 64, code=1).stdout
