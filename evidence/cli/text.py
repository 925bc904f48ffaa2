"""`evidence text`: bring the original of a text, find its claims, draft a new one, publish it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evidence.cli import stages
from evidence.cli.context import FINDINGS, Context, command, phrase, term
from references.errors import message

if TYPE_CHECKING:
    from evidence.anchoring.drift import Drift
    from evidence.drafting.draft import Draft, Suggest
    from evidence.originals.loaded import FetchedPage
    from evidence.originals.versions import Version
    from evidence.standing import StandingText


@click.group("text")
def text() -> None:
    """Load originals, find the claims in them, draft a new text, say who sees it."""


stages.add_to(text)


@command("list", text)
def list_(context: Context) -> None:
    """List the texts, who sees them, how many claims are unassessed, which originals are loaded.

    Readers see a text that is published, once one of its claims has been assessed.
    \b
    Example:
      evidence text list
    """
    from evidence.lifecycle import waiting_since_before

    originals = context.assembler.originals
    rows: list[dict[str, Any]] = []
    for standing in context.standing.texts.values():
        one = standing.text
        versions = originals.versions(one.id)
        rows.append(
            {
                "text": one.id,
                "title": one.title.model_dump(),
                "language": one.language,
                "url": one.url,
                "claims": len(one.claims),
                "unassessed": len(standing.unassessed),
                "state": standing.stage.name,
                "since": standing.stage.since.isoformat() if standing.stage.since else None,
                "public": standing.public is not None,
                "versions": [_plain(version) for version in versions],
                "loaded": versions[-1].loaded.isoformat() if versions else None,
            }
        )
    columns = ("text", "language", "claims", "unassessed", "state", "original")
    context.emit_table(rows, columns, map(_cells, rows))
    if waiting := waiting_since_before(context.standing.texts.values()):
        context.note(
            "Brought before texts had a state, and private until somebody publishes them with "
            "'evidence text publish ID': {texts}.",
            texts=waiting,
        )


def _plain(version: Version) -> dict[str, Any]:
    return {
        "number": version.number,
        "source": version.source,
        "loaded": version.loaded.isoformat(),
        "checked": version.checked.isoformat(),
        "sha256": version.sha256,
    }


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    count = len(row["versions"])
    return (
        row["text"],
        row["language"],
        str(row["claims"]),
        str(row["unassessed"]),
        term("text-stage", row["state"]),
        phrase("{count} version(s), last {day}", count=count, day=row["loaded"][:10])
        if count
        else phrase("not loaded"),
    )


def _loaded(context: Context, source: str) -> FetchedPage:
    """The page at a path or an address; who brings it is told how it was read."""
    from evidence.originals.load import load

    page = load(source, allow_private=True)
    if page.told:
        context.note(page.told)
    return page


@command("load", text)
@click.argument("text_id", metavar="ID")
@click.argument("source", metavar="FILE|URL")
@click.option("--trace", is_flag=True, help="Also write the trace of the page beside the register.")
@click.option(
    "--accept", is_flag=True, help="Store a page that looks like another one all the same."
)
def load(context: Context, text_id: str, source: str, trace: bool, accept: bool) -> None:
    """Load the original of a text into the instance; earlier versions are kept.

    HTML, plain text, Markdown, DOCX or PDF with text, from a file or an http(s) address. What looks
    like another page (an error, a cookie banner, another language, most claims missing) is not
    stored without --accept; the command says why and ends with 1.

    \b
    Example:
      evidence text load vulvodynie-cryoneurolyse page.html
    """
    from evidence.anchoring import drift

    standing = context.standing.text(text_id)
    loaded = _loaded(context, source)
    if loaded.sha256 != standing.page_hash and not accept:
        _ask_first(context, standing, loaded)
    version, new = context.assembler.originals.add(text_id, loaded)
    if trace:  # it stands beside the register, and is of what the register says
        folder = context.kb.text_path(text_id).parent
        drift.write_fingerprint(folder, standing.registered, loaded.text)
    compared = context.assembler.compare(standing, loaded.text)
    counts = _counts(compared)
    document = {
        "text": text_id,
        "stored": True,
        "version": version.number,
        "new": new,
        "source": version.source,
        "form": version.form,
        "language": version.language,
        "characters": len(loaded.text),
        "sha256": version.sha256,
        "claims": counts,
        "notices": [str(notice) for notice in compared.notices],
    }

    def show() -> None:
        state = message("loaded") if new else message("unchanged since it was loaded")
        described = drift.describe(version)
        context.say("{text}: {version} ({state})", text=text_id, version=described, state=state)
        click.echo(_counted(counts))

    context.emit(document, show)
    for notice in compared.notices:
        context.note(notice)


def _ask_first(context: Context, standing: StandingText, page: FetchedPage) -> None:
    """End the command with 1 where a page may be another one, and say why."""
    from evidence.anchoring.doubts import doubts

    compared = context.assembler.compare(standing, page.text)
    why = doubts(standing.text, page.text, compared, standing.drift)
    if not why:
        return
    document = {
        "text": standing.text.id,
        "stored": False,
        "source": page.source,
        "language": page.language,
        "claims": _counts(compared),
        "doubts": [one.as_dict() for one in why],
    }

    def show() -> None:
        for one in why:
            context.note(one.sentence)
        context.note("It is not stored. If it is the page all the same, store it with --accept.")

    context.emit(document, show)
    context.finish(FINDINGS)


@command("anchor", text)
@click.argument("text_id", metavar="ID")
@click.argument("source", metavar="[FILE|URL]", required=False)
def anchor(context: Context, text_id: str, source: str | None) -> None:
    """Find the claims of a text in its original, or in the page given, and tell what changed.

    A claim is its sentence with the headings above it and what announces its list; the printed
    sources are compared too. A page given here is compared and not stored; `evidence text load`
    stores it. Ends with 1 when a claim or a printed source changed or is missing, or a
    source is new.

    \b
    Example:
      evidence text anchor vulvodynie-cryoneurolyse https://example.org/page
    """
    from references.errors import NotFound

    standing = context.standing.text(text_id)
    if source:
        page = _loaded(context, source).text
    elif standing.version:
        page = standing.whole().page
    else:
        raise NotFound(
            "The original of '{text_id}' is not loaded; load it with 'evidence text load "
            "{text_id} FILE|URL' or name the page here.",
            text_id=text_id,
        )
    compared = context.assembler.compare(standing, page)

    def show() -> None:
        click.echo(_counted(_counts(compared)))
        for state in compared.claims:
            if state.status == "found":
                continue
            template = "\n{claim}: {status} (similarity {similarity:.2f})"
            context.say(template, **(vars(state) | {"status": term("page-state", state.status)}))
            for change in state.changes:
                click.echo(f"  {term('lapse', change.lapse)}")
                _show_change(change.before, change.after)
        for source in compared.sources:
            if source.status != "found":
                context.say("\nprinted source, {status}:", status=term("page-state", source.status))
                _show_change(source.before, source.after)
        if compared.added_sources:
            context.say("\nPrinted sources that the register does not have:")
            for added in compared.added_sources:
                click.echo(f"    + {' '.join(added.text.split())}")
        if compared.unclaimed:
            context.say("\nSentences that make a claim and have none:")
            for sentence, new in compared.unclaimed:
                context.say(
                    "  {words} (new, score {score})" if new else "  {words} (score {score})",
                    words=" ".join(sentence.text.split()),
                    score=sentence.score,
                )

    context.emit(compared.as_dict(), show)
    for notice in compared.notices:
        context.note(notice)
    context.finish(FINDINGS if compared.needs_a_person else 0)


def _show_change(before: str, after: str) -> None:
    """Words as they were and as they are, a run of words a line."""
    from evidence.anchoring.drift import compare

    for kind, words in compare(before, after):
        mark = {"same": "  ", "removed": "- ", "added": "+ "}[kind]
        click.echo(f"    {mark}{' '.join(words.split())}")


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(
        phrase("{place}: {problem}", place=term("page-state", status), problem=count)
        for status, count in counts.items()
    )


def _counts(compared: Drift) -> dict[str, int]:
    counts = dict.fromkeys(("found", "moved", "changed", "missing"), 0)
    for state in compared.claims:
        counts[state.status] += 1
    return counts


@command("draft", text)
@click.argument("source", metavar="FILE|URL")
@click.option("--id", "text_id", required=True, metavar="ID", help="The id of the new text.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the register here (default: ID.yaml among the texts of the instance).",
)
@click.option("--no-suggest", is_flag=True, help="Propose no references.")
def draft_(
    context: Context, source: str, text_id: str, output: Path | None, no_suggest: bool
) -> None:
    """Draft the register of a new page: sections, claims, concepts, references to read.

    Register and page are kept in the instance, where a running server and its desk have them at
    once; nobody but editors sees the text until it is published. Nothing is judged: a person
    restates each claim, links and decides.

    \b
    Example:
      evidence text draft https://example.org/page --id cold-bath
    """
    from evidence.claims.text import is_text_id
    from evidence.drafting.draft import DraftError, draft

    if not is_text_id(text_id):
        raise DraftError(
            "'{text_id}' cannot be an id; use lower case words with hyphens.", text_id=text_id
        )
    kb, standing = context.kb, context.standing
    path = output or context.instance / "texts" / f"{text_id}.yaml"
    if path.exists() or text_id in standing.texts or text_id in standing.gone:
        raise DraftError(
            "There is a text '{text_id}' already, or a file {path}; choose another --id.",
            text_id=text_id,
            path=path,
        )
    loaded = _loaded(context, source)
    suggest = None if no_suggest else _suggestions(context)
    drafted = draft(loaded, text_id, kb.vocabulary, kb.library, suggest)
    if output is not None:  # among the texts of a base it would be public by its place alone
        own = drafted.text.model_copy(update={"state": "private"})
        drafted = replace(drafted, text=own)
    version = _bring(context, drafted, loaded, path)
    document = {"file": str(path), "version": version.number, **drafted.as_dict()}
    register = drafted.text

    def show() -> None:
        context.say(
            "{path}: {claims} claims in {sections} sections, {sources} printed sources; {left_out} "
            "sentences left out",
            path=path,
            claims=len(register.claims),
            sections=len(register.sections),
            sources=len(register.sources),
            left_out=len(drafted.left_out),
        )
        context.say("Restate each claim in your own words, then link and decide.")

    context.emit(document, show)
    for notice in drafted.notices:
        context.note(notice)


def _bring(context: Context, drafted: Draft, loaded: FetchedPage, path: Path) -> Version:
    """Keep the page and the register of a draft; the register last: with it the text is there."""
    from evidence.anchoring import drift
    from evidence.drafting.draft import as_yaml
    from evidence.lifecycle import note_brought
    from references.files import write_atomic

    text = drafted.text
    version, _ = context.assembler.originals.add(text.id, loaded)
    if not text.state:
        note_brought(context.assembler, text.id, stages.login())
        drift.write_fingerprint(path.parent, text, loaded.text)
    write_atomic(path, as_yaml(drafted))
    return version


def _suggestions(context: Context) -> Suggest:
    from evidence.search import open_engine

    engine = open_engine(context.kb, context.instance)
    return lambda words, around: engine.suggest(words, 5, around=around)
