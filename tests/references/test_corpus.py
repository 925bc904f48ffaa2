"""The shipped corpus: whole, resolvable, and without loss against the facts it came from."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from evidence.knowledge import KnowledgeBase
from references.record import DESIGNS, STATUSES, Reference


@pytest.fixture(scope="module")
def facts(shared: Path) -> list[dict[str, Any]]:
    lines = (shared / "facts" / "references.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def plain(name: str) -> str:
    """A name without the comma that some facts write and some do not."""
    return " ".join(name.replace(",", " ").split())


def place(source: str) -> str:
    """Where something was seen; the facts also say by which command a file was found."""
    return re.sub(r"^github \w+ id", "GitHub file id", source)


def remembered(value: Any) -> str:
    return " and ".join(value) if isinstance(value, list) else str(value)


def test_every_file_reads_without_a_problem(kb: KnowledgeBase) -> None:
    assert kb.library.problems == []
    assert len(kb.library) == 483


def test_no_record_of_the_facts_is_missing(kb: KnowledgeBase, facts: list[dict[str, Any]]) -> None:
    assert {fact["key"] for fact in facts} == set(kb.library)


def test_no_field_of_the_facts_is_lost(kb: KnowledgeBase, facts: list[dict[str, Any]]) -> None:
    same = {
        "type": "type",
        "title": "title",
        "journal": "journal",
        "volume": "volume",
        "number": "number",
        "pages": "pages",
        "doi": "doi",
        "pmid": "pmid",
        "pmcid": "pmcid",
        "publisher": "publisher",
        "language": "language",
        "url": "url",
        "year": "year",
    }
    study = {
        "design": "design",
        "n": "participants",
        "arms": "arms",
        "device": "device",
        "comparator": "comparator",
        "follow_up": "followup",
        "harms": "harms",
        "relevance": "relevance",
    }
    notes = {"authors_note": "authorsnote", "note": "note", "year_note": "yearnote"}
    losses: list[str] = []

    def expect(key: str, field: str, stored: Any, fact: Any) -> None:
        if stored != fact:
            losses.append(f"{key}.{field}: {stored!r} instead of {fact!r}")

    for fact in facts:
        key = fact["key"]
        reference = kb.library[key]
        doubted = fact.get("unverified", {})
        for name, value in fact.items():
            if name in same:
                # A value that is also listed as unverified lives there and nowhere else.
                if doubted.get(name) == value:
                    expect(key, name, reference.unverified[name], str(value))
                    assert not getattr(reference, same[name])
                else:
                    whole = value.rstrip("-") if name == "pages" else value
                    expect(key, name, getattr(reference, same[name]), whole)
            elif name in study:
                expect(key, name, getattr(reference.study, study[name]), value or "")
            elif name in notes:
                expect(key, name, reference.extra[notes[name]].replace("\\", ""), value)
            elif name == "authors":
                people = [plain(a.sort_name) for a in reference.authors]
                expect(key, name, people, [plain(a) for a in value if a != "others"])
                expect(key, "others", reference.more_authors, "others" in value)
            elif name == "findings":
                stored = [(f.outcome, f.timepoint, f.value, f.text) for f in reference.findings]
                parts = ("outcome", "timepoint", "value", "text")
                expect(key, name, stored, [tuple(f.get(p, "") for p in parts) for f in value])
            elif name == "sources":
                stored = [(s.address, s.seen) for s in reference.provenance]
                expect(key, name, stored, [(place(s["url"]), s["seen"]) for s in value])
            elif name in ("indications", "nerves"):
                for word in value:
                    assert word in reference.keywords, f"{key}: the word {word} is lost"
            elif name == "unverified":
                for field, memory in value.items():
                    expect(key, field, reference.unverified[field], remembered(memory))
            elif name == "included_studies":
                expect(key, name, len(reference.extra["includedstudies"].split(" ;; ")), len(value))
            elif name != "key" and name != "guidance":
                losses.append(f"{key}.{name}: nothing looks at this field")
    assert losses == []


def test_every_indication_nerve_and_guidance_of_the_facts_is_a_concept(
    kb: KnowledgeBase, facts: list[dict[str, Any]]
) -> None:
    lost: list[str] = []
    for fact in facts:
        concepts = kb.library[fact["key"]].study.concepts
        for name in ("indications", "nerves", "guidance"):
            for word in fact.get(name) or []:
                found = [
                    kb.vocabulary.resolve(word, facet)
                    for facet in (
                        "indication",
                        "population",
                        "nerve",
                        "guidance",
                        "anatomy",
                        "outcome",
                        "intervention",
                    )
                ]
                if not any(concept and concept.id in concepts for concept in found):
                    lost.append(f"{fact['key']}: {word}")
    assert lost == []


def test_values_seen_in_no_source_stand_in_no_checked_field(
    kb: KnowledgeBase, facts: list[dict[str, Any]]
) -> None:
    leaks = []
    for fact in facts:
        reference = kb.library[fact["key"]]
        for name, memory in fact.get("unverified", {}).items():
            stored = getattr(reference, name, None)
            if stored and name != "authors" and str(stored) == remembered(memory):
                leaks.append(f"{fact['key']}.{name}")
    assert leaks == []


def test_incomplete_records_say_so(kb: KnowledgeBase) -> None:
    for reference in kb.library.values():
        assert reference.status in STATUSES
        assert (reference.status == "incomplete") == bool(reference.missing), reference.key
    without_year = [r for r in kb.library.values() if r.year is None]
    without_author = [r for r in kb.library.values() if not r.authors]
    assert len(without_year) >= 53
    assert len(without_author) == 126
    assert all("year" in reference.missing for reference in without_year)


def _values(reference: Reference) -> list[str]:
    study = reference.study
    return [*study.indications, *study.population, *study.nerves, *study.guidance]


def test_every_value_resolves_to_a_concept(kb: KnowledgeBase) -> None:
    unknown = {
        value
        for reference in kb.library.values()
        for value in _values(reference)
        if value not in kb.vocabulary
    }
    assert unknown == set()
    assert {reference.study.design for reference in kb.library.values()} <= set(DESIGNS)
    assert all(design in kb.vocabulary for design in DESIGNS)


def test_every_reference_says_where_its_facts_were_seen(kb: KnowledgeBase) -> None:
    for reference in kb.library.values():
        assert reference.provenance, reference.key
        assert all(source.address for source in reference.provenance), reference.key


def test_identifiers_are_well_formed(kb: KnowledgeBase) -> None:
    for reference in kb.library.values():
        assert not reference.doi or re.match(r"^10\.\d{4,9}/\S+$", reference.doi), reference.key
        assert not reference.pmid or re.match(r"^[1-9]\d{0,8}$", reference.pmid), reference.key
        assert not reference.pmcid or re.match(r"^PMC\d+$", reference.pmcid), reference.key
