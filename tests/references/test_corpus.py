"""The shipped corpus: whole, resolvable, and without loss against the facts it came from."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from evidence.knowledge import KnowledgeBase
from references.record import DESIGNS, STATUSES, TRANSLATED, Reference


@pytest.fixture(scope="module")
def facts(shared: Path) -> list[dict[str, Any]]:
    lines = (shared / "facts" / "references.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


#: Records of the facts that told a work twice, and the one that was kept.
MERGED = {
    "jcm2024thoracic": "guitron2024histopathologic",
    "nygaard2024koa": "nygaard2025efficacy",
    "nct06071715phantom": "ilfeld2023nct06071715",
    "statpearls2024cryoanalgesia": "derian2024cryoanalgesia",
    "fda2018k173763b": "fda2018k173763",
    "fdak243677": "fda2024k243677",
}
#: Fields without which nobody finds the work: what the facts knew of them, the library knows.
IDENTIFIERS = ("doi", "pmid", "pmcid")


def test_every_file_reads_without_a_problem(kb: KnowledgeBase, corpus_size: int) -> None:
    assert kb.library.problems == []
    assert len(kb.library) == corpus_size > 700


def test_no_record_of_the_facts_is_missing(kb: KnowledgeBase, facts: list[dict[str, Any]]) -> None:
    keys = {MERGED.get(fact["key"], fact["key"]) for fact in facts}
    assert keys - set(kb.library) == set()
    assert not MERGED.keys() & set(kb.library)


def test_no_identifier_of_the_facts_is_lost(kb: KnowledgeBase, facts: list[dict[str, Any]]) -> None:
    known = {getattr(r, name).lower() for r in kb.library.values() for name in IDENTIFIERS}
    wanted = {
        str(fact[name]).lower(): fact["key"]
        for fact in facts
        for name in IDENTIFIERS
        if name in fact
    }
    assert {value: key for value, key in wanted.items() if value not in known} == {}


def test_a_value_that_no_source_showed_stands_in_no_field(kb: KnowledgeBase) -> None:
    for reference in kb.library.values():
        for name, memory in reference.unverified.items():
            stored = getattr(reference, name, None)
            if memory and stored and name != "authors":
                assert str(stored) != memory, f"{reference.key}.{name}"


def test_incomplete_records_say_so_and_are_few(kb: KnowledgeBase) -> None:
    for reference in kb.library.values():
        assert reference.status in STATUSES
        assert (reference.status == "incomplete") == bool(reference.missing), reference.key
    linked = {
        link.reference
        for text in kb.texts.values()
        for claim in text.claims
        for link in claim.links
    }
    incomplete = {reference.key for reference in kb.library.values() if reference.missing}
    assert len(incomplete) / len(kb.library) <= 0.15
    assert len(incomplete & linked) / len(linked) <= 0.05


def test_most_records_have_an_identifier(kb: KnowledgeBase) -> None:
    """A DOI, PMID, PMCID, ISBN or the number of a register or of a regulator's file."""
    registered = re.compile(r"NCT\d{8}|ISRCTN\d{8}|ChiCTR|EUCTR|CRD42|\bK\d{6}\b|CD\d{6}")
    having = [
        r.key
        for r in kb.library.values()
        if any((r.doi, r.pmid, r.pmcid, r.isbn))
        or registered.search(f"{r.title} {r.url} {r.number} {' '.join(r.extra.values())}")
    ]
    assert len(having) / len(kb.library) >= 0.75


def test_every_record_is_told_in_french_too(kb: KnowledgeBase) -> None:
    for reference in kb.library.values():
        for name in set(TRANSLATED) - {"device"}:  # a device has a trade name
            words = getattr(reference.study, name)
            if len(words.split()) > 3:
                assert reference.study.french.get(name), f"{reference.key}.{name}"
        for finding in reference.findings:
            if len(finding.text.split()) > 3:
                assert finding.french.text, f"{reference.key}: {finding.outcome}"
        for harm in reference.harms:
            assert harm.french, f"{reference.key}: {harm.event}"


def test_no_working_note_is_left(kb: KnowledgeBase) -> None:
    notes = re.compile(r"seed text|file id|flattened table", re.I)
    for reference in kb.library.values():
        shown = [source.seen for source in reference.provenance]
        assert not notes.search(" ".join([*shown, *reference.extra.values()])), reference.key
        assert not reference.extra.keys() & {"authorsnote", "yearnote"}, reference.key


def _values(reference: Reference) -> list[str]:
    study = reference.study
    return [*study.concepts, *study.comparators]


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
