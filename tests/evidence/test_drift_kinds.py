"""Each kind of change that a page meets, on three pages: told where it says something else, silent
where it does not, with the trace alone and with the page known."""

from __future__ import annotations

import html
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sample_page import PAGE as FOOTBATH
from sample_page import claim
from sample_page import claims as footbath_claims

from evidence.anchoring import drift
from evidence.anchoring.fingerprint import PageFingerprint, fingerprint_of
from evidence.claims.claim import Bilingual, Claim
from evidence.claims.text import CitedSource, Section, Text
from evidence.knowledge import KnowledgeBase
from evidence.originals.convert import convert
from evidence.originals.versions import Originals

#: A page of our own in English, with notes, a table and headings below headings.
ELBOW = """Heat wraps for the elbow

What a wrap does
A heat wrap warms the skin over the elbow and eases stiffness within twenty minutes (1). It does
not heal the tendon.

Who may use it
Adults with a stiff elbow may use a wrap at home. It suits people who:
• have had pain for more than six weeks;
• have no open wound;
• can feel heat on their skin.

What can happen
Common effects are:
• redness for an hour;
• dry skin.
These effects have never been seen:
• blisters;
• lasting numbness.

How often it helps
Group | Helped
Under 40 | 60 %
Over 40 | 35 %

Stiffness comes back in most people after three months [2,3].

References
1. Hale T, Ode R. Warm elbows in a clinic. J Warm Care. 2019;4:11-19.
2. Byrne K. Stiffness after a year. Elbow Rev. 2020;2:1-9.
3. Otto F, Lind S. A trial of wraps. J Warm Care. 2021;6:40-52.
"""
ELBOW_CLAIMS = [
    claim("warms", "A heat wrap warms", "over the elbow"),
    claim("eases", "eases stiffness", "twenty minutes"),
    claim("no-healing", "It does not heal the tendon"),
    claim("adults", "Adults with a stiff", "at home"),
    claim("six-weeks", "have had pain", "six weeks"),
    claim("no-wound", "have no open wound"),
    claim("feel", "can feel heat", "their skin"),
    claim("redness", "redness for an hour"),
    claim("dry", "dry skin"),
    claim("blisters", "blisters"),
    claim("numbness", "lasting numbness"),
    claim("young", "Under 40", "60 %"),
    claim("old", "Over 40", "35 %"),
    claim("back", "Stiffness comes back", "three months"),
]


@dataclass(frozen=True)
class KnownPage:
    """A page with its register, and the page as it was in the form that is known of it."""

    words: str
    text: Text
    trace: PageFingerprint
    originals: Originals

    def check(self, page: str) -> drift.Drift:
        """What became of it on a page."""
        return drift.check(self.text, page, self.originals, self.trace)

    def told(self, page: str) -> dict[str, str]:
        """The claims that are not where they were as they were."""
        located = self.check(page).claims
        return {one.claim: one.status for one in located if one.status != "found"}


def text_of(words: str, claims: list[Claim], language: str) -> Text:
    both = Bilingual(fr="-", en="-")
    printed = re.findall(r"^\s*(?:•|\d\.)\s([A-Z]\w+ [A-Z][.,] .*\d{4}.*)$", words, re.MULTILINE)
    return Text(
        id="page",
        title=both,
        language=language,
        sources=tuple(CitedSource(cited=one, status="unchecked") for one in printed),
        sections=(Section(id="s", heading=both),),
        claims=tuple(claims),
    )


def known_page(words: str, text: Text, folder: Path, form: str) -> KnownPage:
    kept = fingerprint_of(text.claims, words, text.language)
    originals = Originals(folder)
    if form == "page":
        originals.add(text.id, convert(words.encode(), "page.txt"))
    trace = PageFingerprint.from_dict(json.loads(json.dumps(kept.as_dict())))
    return KnownPage(words, text, trace, originals)


@pytest.fixture(params=["page", "trace"])
def elbow(request: pytest.FixtureRequest, tmp_path: Path) -> KnownPage:
    return known_page(ELBOW, text_of(ELBOW, ELBOW_CLAIMS, "en"), tmp_path, request.param)


@pytest.fixture(params=["page", "trace"])
def footbath(request: pytest.FixtureRequest, tmp_path: Path) -> KnownPage:
    text = text_of(FOOTBATH, footbath_claims(), "fr")
    return known_page(FOOTBATH, text, tmp_path, request.param)


@pytest.fixture(params=["page", "trace", "old trace"])
def first_page(
    request: pytest.FixtureRequest, tmp_path: Path, shared: Path, kb: KnowledgeBase
) -> KnownPage:
    words = (shared / "patient-text" / "vulvodynie-cryoneurolyse.fr.txt").read_text("utf-8")
    known = known_page(words, kb.text("vulvodynie-cryoneurolyse"), tmp_path, request.param)
    if request.param != "old trace":
        return known
    plain = known.trace.as_dict()
    for one in plain["claims"].values():  # as traces were before surroundings were kept in them
        del one["above"], one["lead"]
    return KnownPage(words, known.text, PageFingerprint.from_dict(plain), known.originals)


def test_the_pages_as_they_were_tell_nothing(elbow: KnownPage, footbath: KnownPage) -> None:
    for one in (elbow, footbath):
        found = one.check(one.words)
        assert (one.told(one.words), found.needs_a_person, found.unclaimed) == ({}, False, ())
        assert {source.status for source in found.sources} == {"found"}
        assert len(found.sources) >= 2


TURNED = [
    ("Common effects are:", "These effects never occur:", {"redness", "dry"}, "lead-changed"),
    ("It suits people who:", "It harms people who:", {"six-weeks", "no-wound", "feel"}, "lead"),
    ("Who may use it", "Who must not use it", {"adults", "six-weeks", "no-wound", "feel"}, "head"),
    ("What a wrap does", "What a wrap is said to do", {"warms", "eases", "no-healing"}, "heading"),
    ("Group | Helped", "Group | Harmed", {"young", "old"}, "lead"),
    ("What can happen\n", "", {"redness", "dry", "blisters", "numbness"}, "heading"),
]


@pytest.mark.parametrize(("old", "new", "names", "reason"), TURNED)
def test_what_stands_above_a_claim_turns_it(
    elbow: KnownPage, old: str, new: str, names: set[str], reason: str
) -> None:
    located = {one.claim: one for one in elbow.check(ELBOW.replace(old, new)).claims}
    assert {n for n, one in located.items() if one.status == "changed"} == names
    assert {n for n, one in located.items() if one.status != "found"} == names
    for name in names:
        assert any(lapse.startswith(reason) for lapse in located[name].lapses)
        assert located[name].similarity < 1


def test_two_leads_that_changed_places_turn_both_lists(elbow: KnownPage) -> None:
    page = ELBOW.replace("Common effects are:", "X").replace(
        "These effects have never been seen:", "Common effects are:"
    )
    page = page.replace("X", "These effects have never been seen:")
    assert set(elbow.told(page)) >= {"redness", "dry", "blisters", "numbness"}


def test_words_then_and_now_are_told(tmp_path: Path) -> None:
    known = known_page(ELBOW, text_of(ELBOW, ELBOW_CLAIMS, "en"), tmp_path, "page")
    page = ELBOW.replace("Common effects are:", "Rare effects are:")
    (change,) = next(one for one in known.check(page).claims if one.claim == "dry").changes
    assert (change.before, change.after) == ("Common effects are:", "Rare effects are:")
    told = [one for one in known.check(page).as_dict()["changes"] if one["id"] == "dry"]
    assert told == [{"id": "dry", "part": "lead", "before": change.before, "after": change.after}]


def test_a_passage_is_heading_path_lead_and_sentence(elbow: KnownPage) -> None:
    around = {one.claim: one.around for one in elbow.check(ELBOW).claims}
    assert around["old"] is not None
    assert around["old"].as_dict() == {
        "headings": ["Heat wraps for the elbow", "How often it helps"],
        "lead": "Group | Helped",
        "sentence": "Over 40 | 35 %",
    }
    assert around["blisters"] is not None
    assert around["blisters"].lead == "These effects have never been seen:"
    assert around["back"] is not None
    assert around["back"].lead == ""
    assert around["back"].sentence == "Stiffness comes back in most people after three months."


REWORDED = [
    ("within twenty minutes", "within forty minutes", {"eases"}),
    ("not heal the tendon", "heal the tendon", {"no-healing"}),
    ("more than six weeks", "less than six weeks", {"six-weeks"}),
    ("lasting numbness", "brief numbness", {"numbness"}),
    ("35 %", "53 %", {"old"}),
    ("Adults with a stiff elbow may", "In a hospital, adults with a stiff elbow may", {"adults"}),
    ("in most people after", "after", {"back"}),
    ("Stiffness comes", "When it was treated early, stiffness comes", {"back"}),
]


@pytest.mark.parametrize(("old", "new", "names"), REWORDED)
def test_a_word_that_matters_is_told_and_nothing_else(
    elbow: KnownPage, old: str, new: str, names: set[str]
) -> None:
    assert elbow.told(ELBOW.replace(old, new)) == dict.fromkeys(names, "changed")


QUIET: dict[str, Callable[[str], str]] = {
    "calls taken away": lambda t: t.replace(" (1)", "").replace(" [2,3]", ""),
    "a call in mid-sentence": lambda t: t.replace("warms the", "warms (2, 3) the"),
    "calls of another form": lambda t: t.replace(" (1)", "¹").replace(" [2,3]", " (2-3)"),
    "calls run into the word": lambda t: t.replace("minutes (1)", "minutes1"),
    "headings numbered": lambda t: re.sub(r"(?m)^(What|Who|How)", r"2. \1", t),
    "headings in capitals": lambda t: re.sub(
        r"(?m)^(?:What|Who|How).*$", lambda m: m[0].upper(), t
    ),
    "headings in Markdown": lambda t: re.sub(r"(?m)^(What|Who|How)", r"## \1", t),
    "headings with a colon": lambda t: t.replace("What can happen", "What can happen:"),
    "leads without a colon": lambda t: t.replace("effects are:", "effects are"),
    "no empty lines": lambda t: re.sub(r"\n\n+", "\n", t),
    "more empty lines": lambda t: t.replace("\n", "\n\n"),
    "on one line": lambda t: " ".join(t.split()),
    "numbered lists": lambda t: t.replace("•", "1)"),
    "lists of lines": lambda t: t.replace("• ", ""),
    "a sentence beside": lambda t: t.replace("It does\nnot", "Ask a nurse how. It does\nnot"),
    "an advertisement": lambda t: t.replace(
        "Common effects", "Discover our clinic\n\nCommon effects"
    ),
    "a button": lambda t: t.replace("Common effects", "Print\n\nCommon effects"),
    "sources numbered otherwise": lambda t: re.sub(r"(?m)^(\d)\. ", r"[\1] ", t),
}


@pytest.mark.parametrize("kind", QUIET)
def test_typography_and_what_stands_beside_are_silent(elbow: KnownPage, kind: str) -> None:
    page = QUIET[kind](ELBOW)
    assert page != ELBOW
    found = elbow.check(page)
    assert elbow.told(page) == {}
    assert {source.status for source in found.sources} == {"found"}
    assert not found.needs_a_person


SOURCES = [
    ("2019;4", "2018;4", ["changed", "found", "found"], 0),
    ("J Warm Care. 2021;6", "J Warm Care. 2021;7", ["found", "found", "changed"], 0),
    ("Stiffness after a year", "Stiffness after ten years", ["found", "changed", "found"], 0),
    (
        "2. Byrne K. Stiffness after a year. Elbow Rev. 2020;2:1-9.\n",
        "",
        ["found", "missing", "found"],
        0,
    ),
    ("2. Byrne", "2. Gray P. Ice or heat. Pain Notes. 2017;1:5.\n3. Byrne", ["found"] * 3, 1),
]


@pytest.mark.parametrize(("old", "new", "statuses", "added"), SOURCES)
def test_printed_sources_are_watched_like_claims(
    elbow: KnownPage, old: str, new: str, statuses: list[str], added: int
) -> None:
    found = elbow.check(ELBOW.replace(old, new, 1))
    assert [source.status for source in found.sources] == statuses
    assert len(found.added_sources) == added
    assert found.needs_a_person
    assert {one.status for one in found.claims} == {"found"}
    assert found.unclaimed == ()


def test_a_call_names_its_printed_source(elbow: KnownPage) -> None:
    found = elbow.check(ELBOW)
    located = {one.claim: one for one in found.claims}
    named = {
        name: [source.cited.split(".")[0] for source in found.called_by(located[name])]
        for name in ("eases", "no-healing", "back")
    }
    assert named == {
        "eases": ["Hale T, Ode R"],
        "no-healing": [],
        "back": ["Byrne K", "Otto F, Lind S"],
    }
    assert all("(1)" not in (one.around.sentence if one.around else "") for one in found.claims)


def test_a_removed_sentence_with_a_lookalike_on_the_old_page_is_missing(tmp_path: Path) -> None:
    """hypothesis/client#7571: the lookalike is another sentence, not what this one became."""
    page = ELBOW.replace("• dry skin.", "• dry skin.\nRedness for a day was seen once.")
    for form in ("page", "trace"):
        known = known_page(page, text_of(page, ELBOW_CLAIMS, "en"), tmp_path / form, form)
        assert known.told(page.replace("• redness for an hour;\n", "")) == {"redness": "missing"}


def test_a_page_printed_twice_and_an_advertisement_repeated(elbow: KnownPage) -> None:
    twice = elbow.check(f"{ELBOW}\n\n{ELBOW}")
    assert (twice.unclaimed, twice.needs_a_person) == ((), False)
    advertisement = "Our new centre cures most elbows in ten days."
    page = ELBOW.replace("\n\nWho", f"\n\n{advertisement}\n\nWho")
    page = page.replace("\n\nHow", f"\n\n{advertisement}\n\nHow")
    assert [one.text for one, _new in elbow.check(page).unclaimed] == [advertisement]


FOREIGN = {
    "not found": "Page not found\n\nThe page may have moved. Dry skin, elbow, home: search.\n",
    "cookies": "We use cookies\n\nThey last three months and ease your visit. Accept or refuse.\n",
    "sign in": "Sign in\n\nPassword forgotten? It does not matter. Write to us at home.\n",
    "another page": "Cold packs for the knee\n\nWho may use it\nAdults with a stiff knee may use a "
    "pack at home. It suits people who have no open wound. Redness for an hour is common.\n",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_on_another_page_no_claim_is_called_changed(elbow: KnownPage, kind: str) -> None:
    found = elbow.check(FOREIGN[kind])
    assert {one.status for one in found.claims} == {"missing"}
    assert any("Most claims are missing" in str(notice) for notice in found.notices)


def test_a_page_cut_short_keeps_what_is_left(elbow: KnownPage) -> None:
    told = elbow.told(ELBOW[: ELBOW.index("What can happen")])
    assert set(told.values()) == {"missing"}
    assert set(told) == {"redness", "dry", "blisters", "numbness", "young", "old", "back"}


def test_what_moves_has_moved(elbow: KnownPage) -> None:
    head, rest = ELBOW.split("What can happen")
    effects, table = rest.split("How often it helps")
    told = elbow.told(
        f"{head}How often it helps{table.split('References')[0]}What can happen{effects}"
    )
    assert set(told.values()) == {"moved"}


def test_an_item_that_moved_to_another_list_needs_a_person(elbow: KnownPage) -> None:
    page = ELBOW.replace("• dry skin.\n", "").replace("numbness.", "numbness;\n• dry skin.")
    found = elbow.check(page)
    (moved,) = (one for one in found.claims if one.status != "found")
    assert (moved.claim, moved.status, moved.lapses) == ("dry", "moved", ("lead-changed",))
    assert found.needs_a_person


def test_noise_of_text_recognition_loses_no_claim(footbath: KnownPage) -> None:
    chance = random.Random(14)
    letters = list(FOOTBATH)
    for at in chance.sample(range(len(letters)), len(letters) // 100):
        if letters[at].isalpha():
            letters[at] = chance.choice("aeionrtl")
    assert "missing" not in footbath.told("".join(letters)).values()


def as_html(words: str, encode: Callable[[str], str] = html.escape) -> str:
    lines = []
    for block in encode(words).split("\n"):
        item = re.match(r"\s*(?:•|\d\.) (.*)", block)
        lines.append(f"<li>{item.group(1)}</li>" if item else f"<p>{block}</p>")
    return f"<html><body><main>{''.join(lines)}</main></body></html>"


def read(page: str) -> str:
    return convert(page.encode(), "page.html").text


def twice(words: str) -> str:
    once = "".join(f"&#{ord(c)};" if ord(c) > 127 else c for c in html.escape(words))
    return html.escape(once)


def test_entities_encoded_twice_change_nothing(footbath: KnownPage) -> None:
    assert "&amp;#233;" in as_html(FOOTBATH, twice)
    assert footbath.told(read(as_html(FOOTBATH, twice))) == footbath.told(read(as_html(FOOTBATH)))
    assert footbath.told(read(as_html(FOOTBATH))) == {}


@pytest.mark.parametrize(
    "tag", ["s", "del", "strike", 'span style="text-decoration: line-through"']
)
def test_what_is_struck_out_is_no_longer_said(footbath: KnownPage, tag: str) -> None:
    struck = f"<{tag}>L’effet dure de 2 à 3 jours</{tag.split()[0]}>"
    page = as_html(FOOTBATH).replace("L’effet dure de 2 à 3 jours", struck)
    assert set(footbath.told(read(page)).values()) <= {"changed", "missing"}
    assert footbath.told(read(page))


def test_what_was_put_in_counts_as_said(footbath: KnownPage) -> None:
    page = as_html(FOOTBATH).replace("L’effet dure", "L’effet <ins>ne</ins> dure <ins>pas</ins>")
    assert set(footbath.told(read(page)).values()) == {"changed"}


def test_html_keeps_the_level_of_headings_and_the_calls() -> None:
    page = read(
        "<main><h1>Froid</h1><h2>Contre-indications</h2><p>Il y en a.</p><h3>Absolues</h3>"
        "<ul><li>plaie ouverte<sup><a href='#1'>3</a></sup></li></ul><h3>Relatives</h3>"
        "<p>Le diabète.<sup>1,2</sup> La fièvre.</p><h2>Effets</h2><p>Une rougeur.</p></main>"
    )
    claims = [
        claim("wound", "plaie ouverte"),
        claim("sugar", "Le diabète"),
        claim("red", "Une rougeur"),
    ]
    kept = fingerprint_of(claims, page)
    assert kept.outline is not None
    around = {name: kept.outline.around(passage) for name, passage in kept.passages.items()}
    assert around["wound"].headings[-2:] == ("Contre-indications", "Absolues")
    assert around["sugar"].headings[-2:] == ("Contre-indications", "Relatives")
    assert around["red"].headings[-1:] == ("Effets",)
    calls = {name: kept.outline.calls(passage) for name, passage in kept.passages.items()}
    assert calls == {"wound": (3,), "sugar": (1, 2), "red": ()}
    turned = page.replace("Contre-indications", "Indications")
    text = text_of(page, claims, "fr")
    found = drift.check(text, turned, Originals(Path("nowhere")), kept)
    assert [one.status for one in found.claims] == ["changed", "changed", "found"]


FIRST = [
    ("Les effets possibles incluent", "Les effets suivants ne surviennent jamais", 4),
    ("quels sont les effets secondaires de ce traitement ?", "aucun effet secondaire", 6),
    ("Pelviperineology. 2021", "Pelviperineology. 2020", 0),
]


@pytest.mark.parametrize(("old", "new", "count"), FIRST)
def test_the_first_text_is_told_when_it_is_turned(
    first_page: KnownPage, old: str, new: str, count: int
) -> None:
    assert old in first_page.words
    found = first_page.check(first_page.words.replace(old, new))
    assert sum(one.status == "changed" for one in found.claims) == count
    assert found.needs_a_person
    assert first_page.told(first_page.words) == {}


def test_questions_that_head_a_french_page_are_read() -> None:
    heads = ["Comment se déroule la séance ?", "Contact avec le froid", "Recommended care"]
    page = "".join(f"<h2>{head}</h2><p>Le froid calme la douleur.</p>" for head in heads)
    lines = read(f"<html><body><main>{page}</main></body></html>").splitlines()
    assert [line for line in lines if line in heads] == heads
