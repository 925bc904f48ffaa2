"""Drift of a page since its claims were written or signed, and the commands that tell it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sample_page import PAGE as SAMPLE
from sample_page import claims

from evidence.anchoring import drift
from evidence.anchoring.fingerprint import PageFingerprint, fingerprint_of
from evidence.anchoring.reanchor import anchor_claims
from evidence.anchoring.segment import sentences
from evidence.claims.claim import Claim
from evidence.journal import Entry, Journal, signing_payload
from evidence.knowledge import KnowledgeBase
from evidence.originals.load import read_bytes
from evidence.originals.versions import Originals
from references.errors import DataError

Run = Callable[..., Any]


def states(found: drift.Drift) -> dict[str, str]:
    return {state.claim: state.status for state in found.claims}


def test_the_words_of_a_change_are_shown_in_order() -> None:
    assert drift.compare("Il dure 20 à 30 minutes.", "Il dure environ 45 minutes.") == [
        ("same", "Il dure "),
        ("removed", "20 à 30 "),
        ("added", "environ 45 "),
        ("same", "minutes."),
    ]


def test_a_claim_signed_again_is_compared_with_the_page_it_was_signed_on(
    small: KnowledgeBase, page: Path, tmp_path: Path
) -> None:
    originals, text = Originals(tmp_path), small.text("bain")
    old = page.read_text("utf-8")
    new = old.replace("geste simple qui", "geste qui").replace(
        "en quelques jours et peut", "et peut"
    )
    originals.add("bain", read_bytes(old.encode(), "a.txt"))
    version, _ = originals.add("bain", read_bytes(new.encode(), "a.txt"))
    before = states(drift.check(text, new, originals))
    assert (before["eases-pain"], before["effect-lasts-weeks"]) == ("changed", "changed")
    signed = {"eases-pain": version.sha256}
    after = states(drift.check(text, new, originals, signed=signed))
    assert (after["eases-pain"], after["effect-lasts-weeks"]) == ("found", "changed")


def test_a_trace_tells_a_change_without_the_words(
    small: KnowledgeBase, page: Path, tmp_path: Path
) -> None:
    text, old = small.text("bain"), page.read_text("utf-8")
    drift.write_fingerprint(tmp_path, text, old)
    kept = (tmp_path / "bain.trace.json").read_text("utf-8")
    assert "bain froid" not in kept
    trace = drift.read_fingerprint(tmp_path, "bain")
    nothing = Originals(tmp_path / "empty")
    assert set(states(drift.check(text, old, nothing, trace)).values()) == {"found"}
    changed = drift.check(text, old.replace("geste simple", "geste"), nothing, trace)
    assert (states(changed)["eases-pain"], changed.compared) == ("changed", "trace")
    assert changed.needs_a_person


def test_the_version_a_trace_was_taken_from_is_found_among_others(
    small: KnowledgeBase, page: Path, tmp_path: Path
) -> None:
    text, old = small.text("bain"), page.read_text("utf-8")
    trace = drift.write_fingerprint(tmp_path, text, old)
    originals = Originals(tmp_path)
    for content in (old.replace("simple", "utile"), old):
        originals.add("bain", read_bytes(content.encode(), "a.txt"))
    assert drift.baseline(text, originals, trace)[1] == "version 2"
    assert drift.baseline(text, originals, None)[1] == "version 1"


def test_a_damaged_trace_is_named(tmp_path: Path) -> None:
    assert drift.read_fingerprint(tmp_path, "bain") is None
    (tmp_path / "bain.trace.json").write_text('{"claims": 3}')
    with pytest.raises(DataError, match=r"bain\.trace\.json: is damaged"):
        drift.read_fingerprint(tmp_path, "bain")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "Foot care. The cold bath is a simple gesture that relieves pain in the feet.",
            "written in",
        ),
        (
            "Les urgences sont ouvertes tous les jours. Le parking est gratuit pour tous.",
            "Most claims",
        ),
    ],
)
def test_another_page_is_called_one(
    small: KnowledgeBase, tmp_path: Path, content: str, says: str
) -> None:
    found = drift.check(small.text("bain"), content, Originals(tmp_path))
    assert set(states(found).values()) == {"missing"}
    assert any(says in str(notice) for notice in found.notices)


def test_the_bundled_traces_fit_their_registers(kb: KnowledgeBase) -> None:
    """After anchors were edited: evidence text load ID FILE --trace."""
    for text in kb.texts.values():
        trace = drift.read_fingerprint(kb.texts_folder, text.id)
        assert trace is not None
        stale = [
            c.id
            for c in text.claims
            if c.id not in trace.claims or not trace.claims[c.id].fits(c.anchor)
        ]
        assert stale == []


def each_claim(page: str, claims: Sequence[Claim], elsewhere: tuple[str, str], known: str) -> int:
    """Each sentence with a claim edited in five ways, removed, moved: each time a claim of that
    sentence shows it, and no claim of another sentence is disturbed; how many edits were made.

    `elsewhere` are words of the second and of the first half of the page, before which a sentence
    of the other half is put.
    """
    before = fingerprint_of(claims, page)
    assert before.page is not None
    assert before.outline is not None
    assert set(before.passages) == {claim.id for claim in claims}
    leads = {n: before.outline.around(passage).lead for n, passage in before.passages.items()}
    spans = {name: before.page.span(passage) for name, passage in before.passages.items()}
    if known == "trace":
        before = PageFingerprint.from_dict(json.loads(json.dumps(before.as_dict())))
    tried = 0
    for sentence in sentences(page, "fr"):
        inside = {n for n, (a, b) in spans.items() if a < sentence.end and sentence.start < b}
        if sentence.form not in ("sentence", "item") or not inside:
            continue
        words = list(re.finditer(r"\w{4,}", sentence.text))
        word = words[len(words) // 2]
        start, end = sentence.start + word.start(), sentence.start + word.end()
        rest = page[: sentence.start] + page[sentence.end :]
        at = rest.index(elsewhere[0] if start < len(page) // 2 else elsewhere[1])
        moved = rest[:at] + sentence.text.rstrip(" ;\u202f") + ". " + rest[at:]
        edits = {
            "replaced": (page[:start] + "extraordinaire" + page[end:], {"changed", "missing"}),
            "deleted": (page[:start] + page[end:], {"changed", "missing"}),
            "inserted": (page[:start] + "toujours " + page[start:], {"changed", "missing"}),
            "figure": (
                re.sub(r"\d+", "7", page[sentence.start : sentence.end], count=1),
                {"changed", "missing"},
            ),
            "removed": (rest, {"missing"}),
            "moved": (moved, {"moved", "changed"}),
        }
        for name, (edited, wanted) in edits.items():
            if name == "figure":
                if edited == sentence.text:
                    continue
                edited = page[: sentence.start] + edited + page[sentence.end :]
            located = {found.claim: found.status for found in anchor_claims(claims, edited, before)}
            assert wanted & {located[claim] for claim in inside}, (name, sentence.text)
            # The items of a list change with what announces them.
            announced = {n for n, lead in leads.items() if lead.split() == sentence.text.split()}
            disturbed = {c for c, status in located.items() if status != "found"} - inside
            assert disturbed <= announced, (name, sentence.text)
            tried += 1
    return tried


@pytest.mark.parametrize("known", ["page", "trace"])
def test_every_claim_of_a_page_of_our_own(known: str) -> None:
    elsewhere = ("Une consultation de contrôle", "Avant de commencer")
    assert each_claim(SAMPLE, claims(), elsewhere, known) > 100


@pytest.mark.parametrize("known", ["page", "trace"])
def test_every_sentence_of_the_first_text_with_its_register(
    shared: Path, kb: KnowledgeBase, known: str
) -> None:
    page = (shared / "patient-text" / "vulvodynie-cryoneurolyse.fr.txt").read_text("utf-8")
    register = kb.text("vulvodynie-cryoneurolyse").claims
    elsewhere = ("La procédure est généralement", "Une consultation")
    assert each_claim(page, register, elsewhere, known) > 150


def test_load_anchor_and_list(evidence: Run, page: Path, tmp_path: Path) -> None:
    said = evidence("text", "anchor", "bain", code=2).stderr
    assert "evidence text load bain FILE|URL" in said
    loaded = json.loads(evidence("text", "load", "bain", page, "--json").stdout)
    assert (loaded["version"], loaded["new"], loaded["language"]) == (1, True, "fr")
    assert loaded["claims"] == {"found": 3, "moved": 0, "changed": 0, "missing": 0}
    assert not json.loads(evidence("text", "load", "bain", page, "--json").stdout)["new"]

    whole = json.loads(evidence("text", "anchor", "bain", "--json").stdout)
    assert [claim["status"] for claim in whole["claims"]] == ["found"] * 3
    for claim in whole["claims"]:
        assert set(claim) >= {"id", "status", "similarity", "start", "end"}
    assert whole["unclaimed"] == ["rougeur passagère ;", "engourdissement des orteils."]

    other = tmp_path / "new.html"
    html = page.read_text("utf-8").replace("30 minutes.", "40 minutes. Il guérit 90 % des pieds.")
    other.write_text(f"<html><body><p>{html}</p></body></html>", "utf-8")
    drifted = json.loads(evidence("text", "anchor", "bain", other, "--json", code=1).stdout)
    assert [claim["status"] for claim in drifted["claims"]] == ["found", "changed", "found"]
    assert drifted["unclaimed"][0] == "Il guérit 90 % des pieds."
    assert drifted["unclaimed_details"][0]["new"]
    assert drifted["changes"][0]["before"] == "Il dure 20 à 30 minutes"
    shown = evidence("text", "anchor", "bain", other, code=1).stdout
    assert "- 30" in shown
    assert "+ 40" in shown

    row = json.loads(evidence("text", "list", "--json").stdout)[0]
    assert (row["text"], row["claims"], len(row["versions"])) == ("bain", 3, 1)


def test_the_command_compares_with_the_page_that_was_signed(
    evidence: Run, small: KnowledgeBase, page: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.txt"
    new.write_text(page.read_text("utf-8").replace("geste simple", "geste utile"), "utf-8")
    evidence("text", "load", "bain", page)
    version = json.loads(evidence("text", "load", "bain", new, "--json").stdout)
    assert "changed on the page: 1" in evidence("text", "anchor", "bain", code=1).stdout
    claim = small.text("bain").claim("eases-pain")
    payload = signing_payload(claim, small.library, version["sha256"])
    with Journal.open(tmp_path / "instance") as journal:
        journal.record(Entry("anne", "sign-off", "bain", claim.id, claim.hash, payload), claim)
    assert "on the page as before: 3" in evidence("text", "anchor", "bain").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("load", "none", "x.txt"), "No text 'none'"),
        (("load", "bain", "missing.txt"), "cannot be read"),
        (("load", "bain", "ftp://example.org/x"), "no address of a page"),
        (("anchor", "../bain"), "No text"),
    ],
)
def test_wrong_use_is_one_sentence(evidence: Run, words: tuple[str, ...], says: str) -> None:
    assert says in evidence("text", *words, code=2).stderr
