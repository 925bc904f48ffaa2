"""What was decided is what every address, command and published file says.

A server whose journal and instance changed while it ran is compared with one whose registers
were written that way from the beginning: not a word may differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from desk_site import make_accounts, person
from journal_states import claim_state
from small_base import KEYS
from surfaces import LANGUAGES, World, addresses, ask, links, make_world, run, told, walk

from evidence.claims.claim import Claim
from evidence.cli import cli
from evidence.journal import Entry, Journal, JournalError
from evidence.journal.event import EventKind
from evidence.journal.stage import StageName
from evidence.knowledge import KnowledgeBase
from evidence.lifecycle import move
from evidence.standing import Assembler
from webapp import create_app
from webapp.publish.publisher import MANIFEST, publish_to

CHA, ILFELD, MAHNKEN = KEYS

HEAD = """id: {id}
title: {{fr: "Le froid {id}", en: "Cold {id}"}}
url: https://www.example.org/{id}
publisher: Une clinique
language: fr
retrieved: 2026-01-15
sources:
- cited: "Moreau A. Le froid. Revue du froid. 2020."
  status: not-located
sections:
- {{id: effects, heading: {{fr: Les effets, en: Effects}}}}
claims:
"""
CLAIM = """- id: {id}
  section: effects
  anchor: {{start: {id} du froid}}
  statement: {{fr: "{statement} (fr)", en: "{statement} (en)"}}
  kind: efficacy
  population: [{about}]
  verdict: {verdict}
  certainty: {certainty}
  rationale: {{fr: "{rationale} (fr)", en: "{rationale} (en)"}}
"""
LINK = """  - reference: {key}
    stance: {stance}
    note: {{fr: "{note} (fr)", en: "{note} (en)"}}
"""


def claim(
    name: str,
    verdict: str,
    rationale: str,
    *linked: tuple[str, str, str],
    about: str = "phantom-limb-pain",
    certainty: str = "low",
) -> str:
    """A claim of a register, with its links as (key, stance, note)."""
    made = CLAIM.format(
        id=name,
        statement=f"Statement of {name}",
        about=about,
        verdict=verdict,
        certainty=certainty,
        rationale=rationale,
    )
    rows = [LINK.format(key=key, stance=stance, note=note) for key, stance, note in linked]
    return made + ("  links:\n" + "".join(rows) if rows else "")


STEADY = claim("steady", "not-checkable", "Nothing to study", certainty="none")
BEFORE = HEAD.format(id="bain") + "".join(
    (
        claim(
            "relief",
            "mixed",
            "Outdated reasons",
            (ILFELD, "supports", "Outdated note"),
            (CHA, "qualifies", "Older note"),
        ),
        claim(
            "doomed",
            "supported",
            "Doomed reasons",
            (CHA, "supports", "Doomed note"),
            about="chest-wall-pain",
        ),
        claim("spare", "no-evidence-found", "Doomed too", certainty="none"),
        STEADY,
    )
)
AFTER = HEAD.format(id="bain") + "".join(
    (
        claim("relief", "contradicted", "Present reasons", (CHA, "contradicts", "Present note")),
        claim(
            "newcomer",
            "mixed",
            "Newcomer reasons",
            (ILFELD, "qualifies", "Newcomer note"),
            about="chest-wall-pain",
        ),
        STEADY,
    )
)
BROUGHT = HEAD.format(id="epaule") + claim(
    "brought", "partly-supported", "Brought reasons", (MAHNKEN, "supports", "Brought note")
)


@pytest.fixture(scope="module")
def world(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., World]:
    """A world from its registers."""
    return lambda *registers: make_world(few, tmp_path_factory.mktemp("world"), *registers)


VALUES = {
    "text_id": ("bain", "epaule"),
    "text": ("bain", "epaule"),
    "claim_id": ("relief", "doomed", "spare", "newcomer", "steady", "brought"),
    "key": KEYS,
    "concept_id": ("phantom-limb-pain", "chest-wall-pain"),
    "extension": ("bib", "ris", "json", "csl.json", "csv"),
    "name": ("levels",),
    "secret": ("nobody-knows-it",),
}


def decide(here: World, newcomer: Claim) -> None:
    """Decisions of another process: a verdict, a link and a claim gone, a claim and a text new."""
    text = KnowledgeBase(here.base).text("bain")
    registered = {claim.id: claim for claim in text.claims}
    with Journal.open(here.instance) as journal:

        def record(kind: EventKind, name: str, payload: dict[str, object]) -> None:
            against = claim_state(journal, text, name).hash
            entry = Entry("ada", kind, "bain", name, against, payload)
            assert journal.record(entry, registered.get(name)).conflict is None

        rationale = {"fr": "Present reasons (fr)", "en": "Present reasons (en)"}
        record("review", "relief", {"changes": {"verdict": "contradicted", "rationale": rationale}})
        record("link-removed", "relief", {"reference": ILFELD})
        note = {"fr": "Present note (fr)", "en": "Present note (en)"}
        link = {"reference": CHA, "stance": "contradicts", "note": note}
        record("link-added", "relief", {"link": link})
        record("claim-removed", "doomed", {"reason": "said twice"})
        record("claim-removed", "spare", {"reason": "no claim"})
        added = {"claim": newcomer.model_dump(mode="json"), "after": "doomed"}
        record("claim-added", "newcomer", added)
    (here.instance / "texts").mkdir()
    (here.instance / "texts" / "epaule.yaml").write_text(BROUGHT, "utf-8")
    at_stage(here, "epaule", "published")


def at_stage(here: World, text_id: str, *stages: StageName) -> str:
    """A text brought to a state by way of others; the secret of its review link, if it has one."""
    assembler, secret = Assembler(KnowledgeBase(here.base, here.instance), here.instance), ""
    for stage in stages:
        secret = move(assembler, text_id, stage, "ada").secret
    assembler.close()
    return secret


@pytest.fixture(scope="module")
def worlds(world: Callable[..., World]) -> tuple[World, World]:
    """A world that changed while its server ran, and one that was always so."""
    changed, written = world(BEFORE), world(AFTER, BROUGHT)
    at_stage(written, "epaule", "withdrawn", "published")  # on the day the other is
    for _ in walk(changed.app, VALUES):  # whatever is kept in memory is kept from before
        pass
    decide(changed, KnowledgeBase(written.base).text("bain").claim("newcomer"))
    return changed, written


def test_every_address_says_what_the_register_would(worlds: tuple[World, World]) -> None:
    changed, written = worlds
    asked = addresses(changed.app, VALUES)
    assert asked == addresses(written.app, VALUES)
    assert len(asked) > 100
    for address in asked:
        if address.startswith("/changes"):
            continue  # how it came about is told there, and differs
        for language in LANGUAGES:
            one, other = (ask(w.app, address, language) for w in worlds)
            assert one.status_code == other.status_code, address
            assert told(one.text) == told(other.text), (address, language)


def test_what_is_gone_is_gone_and_no_link_is_dead(worlds: tuple[World, World]) -> None:
    app = worlds[0].app
    gone = re.compile("Statement of (doomed|spare)|Doomed|Outdated|Older note")
    named: set[str] = set()
    for address, language, answer in walk(app, VALUES):
        assert answer.status_code < 500, address
        assert not gone.search(answer.text), (address, language)
        if answer.status_code == 200:
            named |= links(answer.text)
            assert not re.search("claims/(doomed|spare)", answer.text), address
    for path in (
        "/texts/bain/claims/doomed",
        "/api/v1/texts/bain/claims/doomed",
        "/texts/bain/claims/doomed/annotation.jsonld",
    ):
        assert ask(app, path).status_code == 404
    assert {
        "/texts/bain/claims/relief",
        "/texts/bain/claims/newcomer",
        "/texts/epaule/claims/brought",
    } <= named
    dead = {p: s for p in sorted(named) if (s := ask(app, p).status_code) >= 400}
    assert dead == {}


def test_the_decision_itself(worlds: tuple[World, World]) -> None:
    """The one comparison would also hold if both worlds were wrong: here are the facts."""
    app = worlds[0].app
    claim = ask(app, "/api/v1/texts/bain/claims/relief").get_json()
    assert claim["verdict"] == "contradicted"
    assert [(one["reference"], one["stance"]) for one in claim["links"]] == [(CHA, "contradicts")]
    assert ask(app, "/api/v1/texts/bain").get_json()["verdicts"]["contradicted"] == 1
    supporting = ask(app, "/api/v1/search?stance=supports").get_json()
    assert [one["key"] for one in supporting["results"]] == [MAHNKEN]
    assert supporting["facets"]["stance"] == {"supports": 1, "qualifies": 1, "contradicts": 1}
    uses = ask(app, f"/api/v1/references/{ILFELD}").get_json()["uses"]
    assert [(one["claim"], one["stance"]) for one in uses] == [("newcomer", "qualifies")]
    page = ask(app, "/changes").text
    assert "<s>Mixed</s>" in page
    assert "doomed" in page


def test_two_servers_of_one_instance_say_the_same(world: Callable[..., World]) -> None:
    """What one process writes the other shows at once, and takes back at once."""
    here = world(BEFORE)
    other = create_app(KnowledgeBase(here.base, here.instance), here.instance)
    assert ask(other, "/texts/epaule").status_code == 404
    texts = here.instance / "texts"
    texts.mkdir()
    (texts / "epaule.yaml").write_text(BROUGHT, "utf-8")
    for app in (here.app, other):
        assert ask(app, "/texts/epaule").status_code == 404  # private until somebody publishes it
    at_stage(here, "epaule", "published")
    for app in (here.app, other):
        assert ask(app, "/texts/epaule/claims/brought").status_code == 200
        found = ask(app, "/api/v1/search?stance=supports").get_json()["results"]
        assert {one["key"] for one in found} == {CHA, ILFELD, MAHNKEN}
    text = (here.base / "texts" / "bain.yaml").read_text("utf-8")
    (here.base / "texts" / "bain.yaml").write_text(text.replace("Outdated", "Reworded"), "utf-8")
    (texts / "epaule.yaml").unlink()
    for app in (here.app, other):
        assert "Reworded reasons" in ask(app, "/texts/bain/claims/relief").text
        assert ask(app, "/texts/epaule").status_code == 404


# ---- commands -------------------------------------------------------------------------


COMMANDS = (
    ("claims",),
    ("claims", "--verdict", "contradicted"),
    ("claims", "--text", "epaule"),
    ("show", CHA),
    ("show", ILFELD),
    ("show", MAHNKEN),
    ("text", "list"),
    ("search",),
    ("search", "--stance", "supports"),
    ("search", "--stance", "contradicts"),
    ("report", "bain", "--format", "json"),
    ("report", "epaule", "--format", "json"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_says_what_the_register_would(
    worlds: tuple[World, World], words: tuple[str, ...]
) -> None:
    one, other = (run(where, *words) for where in worlds)
    for document in (one, other):
        if isinstance(document, dict):
            document.pop("took_ms", None)
            document.pop("hashes", None)  # of files, which differ, and of the journal
            for part in document.get("sections", ()):
                for row in part["claims"]:
                    row.pop("decided")  # how it came about differs
        for row in document if isinstance(document, list) else ():
            row.pop("since", None)
    assert one == other


def test_search_notices_a_decision_after_it_was_opened_and_anew(
    world: Callable[..., World],
) -> None:
    here = world(BEFORE)

    def keys() -> set[str]:
        found = run(here, "search", "--stance", "supports")
        assert isinstance(found, dict)
        return {one["key"] for one in found["results"]}

    assert keys() == keys() == {CHA, ILFELD}
    registered = KnowledgeBase(here.base).text("bain").claim("relief")
    with Journal.open(here.instance) as journal:
        entry = Entry(
            "ada", "link-removed", "bain", "relief", registered.hash, {"reference": ILFELD}
        )
        journal.record(entry, registered)
    assert keys() == keys() == {CHA}
    (here.base / "texts" / "bain.yaml").write_text(AFTER, "utf-8")
    assert keys() == set()


# ---- what readers do not see ----------------------------------------------------------

#: By state, the way there from being published, and what the addresses of a text answer then.
HIDDEN: dict[str, tuple[tuple[StageName, ...], int]] = {
    "private": (("withdrawn", "private"), 404),
    "reviewed": (("withdrawn", "in-review"), 404),
    "withdrawn": (("withdrawn",), 410),
    "archived": (("archived",), 404),
    "deleted": (("deleted",), 410),
}
SHOWN = HEAD.format(id="loud") + "".join(
    (
        claim("loudly", "contradicted", "Loud reasons", (CHA, "contradicts", "Loud note")),
        # Without a verdict: nobody has decided on it.
        claim("hush-unassessed", "x", "x", (MAHNKEN, "supports", "Hush note")).replace(
            '  verdict: x\n  certainty: low\n  rationale: {fr: "x (fr)", en: "x (en)"}\n', ""
        ),
    )
)


def hidden_text(name: str) -> str:
    """A register whose words and id all say that they are to be hidden."""
    made = claim(f"{name}-hush", "contradicted", "Hush", (ILFELD, "contradicts", "Hush"))
    words = HEAD.format(id=f"hush-{name}").replace("Le froid", "Hush").replace("Cold", "Hush")
    return words.replace("Moreau A. Le froid", "Hush A. Hush") + made.replace("State", "Hush state")


@pytest.fixture(scope="module")
def hushed(world: Callable[..., World]) -> tuple[World, str]:
    """A world with a text in every state that readers do not see, and the secret of a review.

    There are two of each: one of the base, published by its place, and one that was brought.
    """
    here = world(SHOWN, *map(hidden_text, HIDDEN))
    (here.instance / "texts").mkdir()
    for name in HIDDEN:
        brought = hidden_text(name).replace(f"id: hush-{name}", f"id: brought-hush-{name}")
        (here.instance / "texts" / f"brought-hush-{name}.yaml").write_text(brought, "utf-8")
    assert "Hush" in ask(here.app, "/").text
    secrets = []
    for name, (way, _status) in HIDDEN.items():
        secrets.append(at_stage(here, f"hush-{name}", *way))
        if name != "private":  # that is where a text begins that was brought
            at_stage(here, f"brought-hush-{name}", "published", *way)
    (opened,) = filter(None, secrets)
    return here, opened


HUSH = re.compile("hush", re.IGNORECASE)


def test_nothing_of_what_is_hidden_is_on_any_address(hushed: tuple[World, str]) -> None:
    here, _secret = hushed
    texts = [f"{where}hush-{name}" for name in HIDDEN for where in ("", "brought-")]
    values = VALUES | {
        "text_id": ("loud", *texts),
        "text": ("loud", *texts),
        "claim_id": ("loudly", "hush-unassessed", *(f"{name}-hush" for name in HIDDEN)),
    }
    loud = set()
    for address, language, answer in walk(here.app, values):
        # What was asked for may be said back: what stands there may not.
        said = answer.text
        for asked in filter(HUSH.search, re.split(r"[/?&=]", address)):
            said = said.replace(asked.partition(".")[0], "")
        assert not HUSH.search(said), (address, language)
        if answer.status_code == 200:
            assert "hush" not in address, address
        if "Loud" in said or "loudly" in said:
            loud.add(address.partition("?")[0])
    # Of what is shown something stands on every kind of surface, or nothing was looked for.
    assert {
        "/texts/loud",
        "/texts/loud/claims/loudly",
        "/api/v1/claims",
        "/feeds/texts/loud",
        "/texts/loud/annotations.jsonld",
        "/sitemap.xml",
        f"/references/{CHA}",
    } <= loud
    for name, (_stages, status) in HIDDEN.items():
        for path in ("/texts/hush-{}", "/api/v1/texts/hush-{}", "/feeds/texts/hush-{}"):
            assert ask(here.app, path.format(name)).status_code == status, (path, name)
    for key in (ILFELD, MAHNKEN):
        assert ask(here.app, f"/api/v1/references/{key}").get_json()["uses"] == []
    stances = ask(here.app, "/api/v1/search").get_json()["facets"]["stance"]
    assert stances == {"contradicts": 1}


def test_a_review_link_opens_its_text_and_no_other(hushed: tuple[World, str]) -> None:
    here, secret = hushed
    for language in LANGUAGES:
        page = ask(here.app, f"/review/{secret}", language)
        assert page.status_code == 200
        assert "reviewed-hush" in page.text
        assert not re.search("(private|withdrawn|archived|deleted)-hush", page.text)
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert page.headers["Cache-Control"] == "no-store"
        assert "<form" not in page.text.partition("<main")[2].partition("</main>")[0]
    assert ask(here.app, f"/review/{secret[:-1]}").status_code == 404
    assert ask(here.app, "/texts/hush-reviewed").status_code == 404


#: Commands that answer readers' questions, as they are asked here.
FOR_READERS = {
    "search": (("search",), ("search", "--stance", "contradicts"), ("search", "hush")),
    "show": (("show", ILFELD), ("show", MAHNKEN)),
    "cite": (("cite", ILFELD),),
    "suggest": (("suggest", "cryoneurolysis hush"),),
    "export": (("export", "--format", "csl-json"),),
}
#: Commands of whoever keeps the base: they name texts of every state, or none at all.
OF_KEEPERS = {
    *("backup", "check", "claims", "evaluate", "import", "index", "init", "journal", "report"),
    *("restore", "text", "update", "user", "verify", "serve", "demo", "doctor", "load"),
    *("settle", "doubles", "retractions"),
}


def test_nothing_of_what_is_hidden_is_told_by_a_command(hushed: tuple[World, str]) -> None:
    here, _secret = hushed
    with click.Context(cli) as context:
        known = set(cli.list_commands(context)) - {"publish"}  # looked at below
    unknown = known - FOR_READERS.keys() - OF_KEEPERS
    assert not unknown, f"say whether readers are told of texts by {unknown}"
    for asked in FOR_READERS.values():
        for words in asked:
            plain = [word for word in words if word not in ("hush",)]
            done = CliRunner().invoke(
                cli, [*words, "--kb", str(here.base), "--instance", str(here.instance)]
            )
            assert not HUSH.search(done.stdout.replace("cryoneurolysis hush", "")), plain


def test_nothing_of_what_is_hidden_is_published(hushed: tuple[World, str], tmp_path: Path) -> None:
    here, _secret = hushed
    kb = KnowledgeBase(here.base, here.instance)
    done = publish_to(kb, tmp_path, address="https://www.example.org/e", instance=here.instance)
    assert done.broken == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("loudly" in str(path) for path in files)
    for path in files:
        assert not HUSH.search(str(path.relative_to(tmp_path))), path
        if path.suffix in (".html", ".xml", ".jsonld", ".csv", ".json", ".txt"):
            assert not HUSH.search(path.read_text("utf-8")), path


# ---- published ------------------------------------------------------------------------


def test_the_published_folder_says_what_the_register_would(
    worlds: tuple[World, World], tmp_path: Path
) -> None:
    folders = []
    for number, where in enumerate(worlds):
        folder = tmp_path / str(number)
        kb = KnowledgeBase(where.base, where.instance)
        done = publish_to(kb, folder, address="https://www.example.org/e", instance=where.instance)
        assert done.broken == []
        folders.append(
            {
                path.relative_to(folder).as_posix(): told(path.read_text("utf-8"))
                for path in folder.rglob("*")
                if path.suffix in (".html", ".xml", ".jsonld", ".csv", ".json")
                and path.name != MANIFEST
                and "pagefind" not in path.parts
            }
        )
    assert "texts/epaule/claims/brought/index.html" in folders[0]
    assert "texts/bain/claims/doomed/index.html" not in folders[0]
    assert folders[0] == folders[1]


def test_a_register_alone_is_not_published_for_a_journal_that_cannot_be_read(
    world: Callable[..., World], tmp_path: Path
) -> None:
    here = world(BEFORE)
    (here.instance / "journal.sqlite").write_bytes(b"this is no database" * 100)
    done = CliRunner().invoke(
        cli,
        [
            "publish",
            str(tmp_path / "out"),
            "--kb",
            str(here.base),
            "--instance",
            str(here.instance),
        ],
    )
    assert done.exit_code != 0
    assert not list((tmp_path / "out").rglob("*.html"))


# ---- the journal away -----------------------------------------------------------------


def test_without_its_journal_the_register_is_shown_and_editors_are_told(
    world: Callable[..., World],
) -> None:
    here = world(BEFORE)
    (here.instance / "journal.sqlite").write_bytes(b"this is no database" * 100)
    standing = Assembler(KnowledgeBase(here.base, here.instance), here.instance).now()
    assert standing.journal_error
    text = standing.text("bain")
    assert text.journal_error
    assert text.public is not None
    assert [c.id for c in text.public.claims] == ["relief", "doomed", "spare", "steady"]
    with pytest.raises(JournalError):
        text.whole()


# ---- a signature is one thing too -----------------------------------------------------


def test_a_signature_that_lapsed_is_current_nowhere(world: Callable[..., World]) -> None:
    """The claim page, the API and the ClaimReview agree on whether a signature holds."""
    here = world(BEFORE)
    make_accounts(here.instance)
    approver = person(here.app, "approver")
    at = "/desk/texts/bain/claims/steady"
    signed = approver.fields(at, "/sign") | {"note": "It is about the house."}
    assert approver.post(f"{at}/sign", signed).status_code == 303
    page = "/texts/bain/claims/steady"
    assert ask(here.app, f"/api/v1{page}").get_json()["reviewed"]["is_current"] is True
    editor = person(here.app, "editor")
    form = editor.fields(at, "/decide") | {"statement_en": "Something else", "reason": "said so"}
    assert editor.post(f"{at}/decide", form).status_code == 303
    assert ask(here.app, f"/api/v1{page}").get_json()["reviewed"]["is_current"] is False
    assert "no longer holds" in ask(here.app, page).text
    report = run(here, "report", "bain", "--format", "json")
    assert isinstance(report, dict)
    assert report["signed"] == 0
