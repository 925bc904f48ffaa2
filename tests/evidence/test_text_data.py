"""Data of a text changed at the desk, sentences that claim nothing, two versions put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.claims.text import Text, read_text
from evidence.drafting.merging import Clash, merged
from evidence.journal import Entry, Journal
from evidence.journal.apply import apply_states
from evidence.journal.state import states_of
from evidence.journal.text_data import changed_text, dismissals

REGISTER = """\
# Ours, for this test.
id: bain
title:
  fr: Le bain
  en: '[to translate] Le bain'
publisher: Hôpital
language: fr
sources:
- cited: Martin A. Baths. 2011.
  status: verified
- cited: Durand B. Water. 2012.
  status: unchecked
sections:
- id: effets
  heading:
    fr: Effets
    en: Effects
claims:
- id: calme
  section: effets
  anchor:
    start: Le bain calme
  statement:
    fr: Le bain calme.
    en: A bath calms.
  kind: efficacy
  verdict: no-evidence-found
  certainty: none
  certainty_reasons: [no-studies]
  rationale:
    fr: Rien.
    en: Nothing.
"""


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "bain.yaml"
    path.write_text(REGISTER, "utf-8")
    return path


def text_of(path: Path) -> Text:
    text, problems = read_text(path)
    assert text, problems
    return text


def test_what_was_corrected_stands_and_is_written_into_the_register(
    register: Path, tmp_path: Path
) -> None:
    text = text_of(register)
    changes = {
        "title": {"fr": "Le bain chaud", "en": "The hot bath"},
        "url": "https://example.org/bain",
        "headings": {"effets": {"fr": "Les effets", "en": "Effects"}},
        "sources": [
            {"cited": "Martin A. Baths. 2011.", "status": "unchecked"},
            {"cited": "Petit C. Steam. 2013.", "status": "unchecked"},
        ],
    }
    with Journal.open(tmp_path) as journal:
        journal.record(Entry("anne", "text-changed", "bain", payload={"changes": changes}))
        journal.record(Entry("anne", "text-changed", "bain", payload={"changes": {"url": "no"}}))
        events = journal.events("bain")
    now = changed_text(text, events)
    assert (now.title.en, now.url) == ("The hot bath", "https://example.org/bain")
    assert now.sections[0].heading.fr == "Les effets"
    cited = [(source.cited, source.status) for source in now.sources]
    assert cited == [("Martin A. Baths. 2011.", "verified"), ("Petit C. Steam. 2013.", "unchecked")]
    states = states_of(text, events).values()
    done = apply_states(register, text, states, now.sources, now=now)
    assert done.data == ("title", "url", "effets", "sources")
    assert text_of(register) == now
    assert register.read_text("utf-8").startswith("# Ours, for this test.\n")


def test_a_dismissed_sentence_is_remembered_by_its_words(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:

        def record(kind: str, words: object) -> None:
            payload = {"words": words, "reason": "an invitation"}
            journal.record(Entry("anne", kind, "bain", payload=payload))  # type: ignore[arg-type]

        record("sentence-dismissed", ["Venez nous\n voir.", "Menu"])
        record("sentence-dismissed", "Prenez rendez-vous.")
        record("dismissal-undone", "Menu")
        said = dismissals(journal.events("bain"))
    assert set(said) == {"Venez nous voir.", "Prenez rendez-vous."}
    assert said["Venez nous voir."].by == "anne"


def test_what_one_person_changed_is_taken_and_what_both_did_is_asked() -> None:
    before = {"title": "a", "publisher": "", "url": "u", "gone": "x"}
    theirs = {"title": "b", "publisher": "CHU", "url": "u"}
    yours = {"title": "c", "publisher": "", "url": "v", "gone": "x"}
    fields, clashes = merged(before, theirs, yours)
    assert fields == {"title": "c", "publisher": "CHU", "url": "v"}
    assert clashes == [Clash("title", "a", "b", "c")]


def test_a_first_judgement_without_reasons_is_read_as_it_was_recorded(
    register: Path, tmp_path: Path
) -> None:
    words = register.read_text("utf-8")
    drafted = words.replace("fr: Rien.", "fr: '[à évaluer]'").replace(
        "en: Nothing.", "en: '[to assess]'"
    )
    register.write_text(drafted, "utf-8")
    text = text_of(register)
    claim = text.claims[0]
    assert not claim.is_assessed
    rationale = {"fr": "Lu.", "en": "Read."}
    changes = {"verdict": "not-checkable", "certainty": "none", "rationale": rationale}
    entry = Entry("anne", "review", "bain", "calme", claim.hash, {"changes": changes})
    with Journal.open(tmp_path) as journal:
        for _ in range(2):  # sent again it is the same event
            recorded = journal.record(entry, claim)
        events = journal.events("bain")
    assert len(events) == 1
    state = states_of(text, events)["calme"]
    assert state.hash == recorded.event.result
    assert state.claim
    assert state.claim.certainty_reasons == ()
