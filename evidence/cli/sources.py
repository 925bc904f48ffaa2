"""`evidence verify` and `evidence update`: what the outside services know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evidence.cli.checked import labelled, service_name, show, show_watched
from evidence.cli.context import FINDINGS, FINE, Context, command, term, wrong_use
from evidence.cli.revised import Revising, show_fixes, write_filled, write_fixes
from evidence.instance import has_journal
from evidence.services.settled import Settlement, settlements
from evidence.services.source_checks import digest_of
from evidence.services.verification import CheckRun, open_checker, open_session, watch_notices
from references.citation import apart
from references.errors import message
from references.formats.bibtex import read_file
from references.record import Reference
from references.sources import all_sources
from references.sources.session import Session
from references.verify import Checker, Cited, cited_string, wellformed
from references.verify.result import stored_problem
from references.verify.retractions import RetractionList

if TYPE_CHECKING:
    from evidence.services.update import UpdateReport


def _session(context: Context, offline: bool) -> Session:
    """The session of a command; says when it is offline or anonymous."""
    session = open_session(context.instance, offline)
    if session.settings.offline:
        context.note("Offline: only answers kept from before are used.")
    elif not session.settings.contact:
        context.note("Set EVIDENCE_CONTACT to your mail address: the services ask who is calling.")
    return session


@command("verify")
@click.argument("keys", nargs=-1, metavar="[KEY...]")
@click.option("--all", "everything", is_flag=True, help="All references of the library.")
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    metavar="F.bib",
    help="The records of a BibTeX file (repeatable).",
)
@click.option(
    "--text",
    "text_ids",
    multiple=True,
    metavar="ID",
    help="The sources a text cites, as printed (repeatable).",
)
@click.option(
    "--citation",
    "citations",
    multiple=True,
    metavar="STRING",
    help="One printed reference, in any common style (repeatable).",
)
@click.option("--refresh", is_flag=True, help="Ask again even where a fresh answer is kept.")
@click.option("--offline", is_flag=True, help="Ask nobody: form checks and kept answers only.")
@click.option("--restart", is_flag=True, help="Begin anew instead of resuming a stopped run.")
@click.option(
    "--fill",
    "filling",
    is_flag=True,
    help="Complete empty fields from the work found; differing fields are kept.",
)
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="FIELD",
    help="With --fill: take the found value of this differing field too.",
)
@click.option("--dry-run", is_flag=True, help="With --fill: show what would change, write nothing.")
@click.option(
    "--fixes",
    "fixed_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT.bib",
    help="Write the references there with the fields put right that the check is sure of.",
)
@click.option(
    "--only-retractions",
    is_flag=True,
    help="Ask only for retractions, concerns and corrections, many works at once: for every day.",
)
def verify(
    context: Context,
    keys: tuple[str, ...],
    everything: bool,
    files: tuple[str, ...],
    text_ids: tuple[str, ...],
    citations: tuple[str, ...],
    refresh: bool,
    offline: bool,
    restart: bool,
    filling: bool,
    accepted: tuple[str, ...],
    dry_run: bool,
    fixed_file: Path | None,
    only_retractions: bool,
) -> None:
    """Check that cited works exist as cited, and what was published about them since.

    \b
    Examples:
      evidence verify prologo2018cryoablation
      evidence verify --file refs.bib --json
      evidence verify --text vulvodynie-cryoneurolyse
      evidence verify --citation "Durbec O. Cryothérapie ... Pelviperineology. 2021."
      evidence verify --all --fill --dry-run
      evidence verify --file refs.bib --fixes right.bib
      evidence verify --all --only-retractions

    Exits with 0 when all is verified or was settled by a person (`evidence settle`), 1 when
    something needs one.
    """
    _refuse_together(files, filling, accepted, dry_run, fixed_file, only_retractions)
    if not (keys or everything or files or text_ids or citations):
        raise wrong_use(
            "Say what to verify: keys, --all, --file F.bib, --text ID or --citation STRING."
        )
    if fixed_file:
        _refuse_overwriting(fixed_file, context.kb.library.values())
    cited = _cited(context, keys, everything, files, text_ids, citations)
    session = _session(context, offline)
    checker = open_checker(context.kb, session, refresh or only_retractions)
    if checker.retractions is not None and (note := checker.retractions.age_note()):
        context.note(str(note))
    if only_retractions:
        _watch(context, checker, session, cited)
        return
    run = CheckRun(context.instance, cited, restart or refresh)
    if run.resumed:
        context.note("Going on with the run that was interrupted (--restart begins anew).")
    _check(
        context, run, checker, cited, Revising(accepted if filling else None, fixed_file, dry_run)
    )


def _refuse_together(
    files: Sequence[str],
    filling: bool,
    accepted: Sequence[str],
    dry_run: bool,
    fixed_file: Path | None,
    only_retractions: bool,
) -> None:
    """Options that do not go together.

    Raises:
        UsageError: some of them were given.
    """
    if (accepted or dry_run) and not filling:
        raise wrong_use("--accept and --dry-run go with --fill.")
    if only_retractions and (filling or fixed_file):
        raise wrong_use("--only-retractions compares nothing: not with --fill or --fixes.")
    if fixed_file and fixed_file.resolve() in {Path(name).resolve() for name in files}:
        raise wrong_use("--fixes would write over a file that is checked; name another one.")


def _refuse_overwriting(file: Path, records: Iterable[Reference]) -> None:
    """Refuse to write over a file of the library.

    Raises:
        UsageError: a record comes from there.
    """
    places = {record.place.file for record in records}
    if file.resolve() in {Path(name).resolve() for name in places if name}:
        raise wrong_use("--fixes would write over a file of the library; name another one.")


def _check(
    context: Context, run: CheckRun, checker: Checker, cited: Sequence[Cited], revising: Revising
) -> None:
    """Check citations, revise what is to be revised, tell it, and end with 1 for a person."""
    results, needs_a_person = _results(context, run, checker, cited, revising)
    written = [] if revising.dry_run else write_filled(revising.filled)
    document: dict[str, Any] = {"results": results}
    if revising.file:
        document["fixes"] = write_fixes(revising.file, revising.fixed)
    if revising.accepted is not None:
        document["written"] = written
    if checker.retractions is not None:
        document["retractions"] = _described(checker.retractions)

    def tell() -> None:
        show(results, written, revising.dry_run)
        if revising.file:
            show_fixes(revising.file, revising.fixed)

    context.emit(document, tell)
    context.finish(FINDINGS if needs_a_person else FINE)


def _results(
    context: Context,
    run: CheckRun,
    checker: Checker,
    cited: Sequence[Cited],
    revising: Revising,
) -> tuple[list[dict[str, Any]], bool]:
    """The results as JSON, and whether anything needs a person."""

    def progress(done: int, total: int) -> None:
        if total > 1:
            context.note("{done}/{total} checked", done=done, total=total)

    twice, decided = _duplicates(cited), _settled(context)
    results: list[dict[str, Any]] = []
    needs_a_person = False
    for checked in run.results(checker, progress):
        item, result = checked.cited, checked.result
        problems = twice.get(item.key, [])
        if problems:
            result = {**result, "problems": [*result["problems"], *problems]}
        if revising.wants(item):
            # Asked again when the result is of before an interruption: answers were kept.
            result = {**result, **revising.take(item, checked.check or checker.check(item))}
        is_open = checked.needs_a_person or bool(problems)
        decision = decided.get(item.key)
        if decision and decision.covers(digest_of(item), result):
            result, is_open = {**result, "settled": decision.as_dict()}, False
        needs_a_person = needs_a_person or is_open
        results.append(result)
    return results, needs_a_person


def _watch(context: Context, checker: Checker, session: Session, cited: Sequence[Cited]) -> None:
    """Ask for notices only, tell them, and end with 1 when a person has to look."""
    decided, results, needs_a_person = _settled(context), [], False
    for one in watch_notices(context.instance, checker, all_sources(session, True), cited):
        result: dict[str, Any] = one.watched.as_dict() | {"new": one.is_new}
        decision = decided.get(one.watched.cited.key)
        is_open = one.needs_a_person
        if (
            is_open
            and decision
            and decision.covers_watched(digest_of(one.watched.cited), one.watched)
        ):
            result, is_open = {**result, "settled": decision.as_dict()}, False
        needs_a_person = needs_a_person or is_open
        results.append(result)
    context.emit({"results": results}, lambda: show_watched(results))
    context.finish(FINDINGS if needs_a_person else FINE)


def _settled(context: Context) -> dict[str, Settlement]:
    """What people have decided about findings."""
    if not has_journal(context.instance):
        return {}
    with context.journal() as journal:
        return settlements(journal)


def _described(retractions: RetractionList) -> dict[str, Any]:
    return {
        "list": retractions.name,
        "rows": retractions.rows,
        "updated": str(retractions.updated or ""),
        "age_days": retractions.age_days(),
    }


def _cited(
    context: Context,
    keys: Sequence[str],
    everything: bool,
    files: Sequence[str],
    text_ids: Sequence[str],
    citations: Sequence[str],
) -> list[Cited]:
    references: list[Reference] = [context.kb.library[key] for key in keys]
    if everything:
        references += context.kb.library.values()
    for name in files:
        bibliography = read_file(Path(name))
        for problem in bibliography.problems:
            context.note(problem)
        references += bibliography.references
    items = [Cited(reference.key, reference) for reference in references]
    for text_id in text_ids:
        items += [
            cited_string(source.cited) for source in context.standing.text(text_id).text.sources
        ]
    given = [one for text in citations if text.strip() for one in apart(" ".join(text.split()))]
    items += map(cited_string, given)
    named: dict[str, Cited] = {}
    for item in items:
        name, number = item.key, 2
        while name in named and named[name].reference is not item.reference:
            name = f"{item.key} ({number})"
            number += 1
        named[name] = replace(item, key=name)
    if not named:
        context.note("There is nothing to verify.")
    return list(named.values())


def _duplicates(cited: Sequence[Cited]) -> dict[str, list[dict[str, Any]]]:
    """What is wrong with records that stand twice in the list, by their keys."""
    records = [replace(item.reference, key=item.key) for item in cited if not item.text]
    shared = wellformed.duplicates(records)
    return {key: list(map(stored_problem, problems)) for key, problems in shared.items()}


@command("update")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Records the services added from this date on (default: since the last run).",
)
@click.option(
    "--search",
    "only",
    multiple=True,
    metavar="ID",
    help="Only this saved search (repeatable; default: all).",
)
@click.option("--restart", is_flag=True, help="Begin anew instead of resuming a stopped run.")
@click.option("--offline", is_flag=True, help="Use kept answers only.")
def update(
    context: Context,
    since: datetime | None,
    only: tuple[str, ...],
    restart: bool,
    offline: bool,
) -> None:
    """Run the saved searches of kb.toml and collect what is new in candidates.bib.

    An interrupted update goes on where it stopped. New records, with concepts proposed from
    the vocabulary, wait in the instance for a person; abstracts stay there too.

    Exits with 0, or with 1 when a service did not answer or a reference of the library was
    found to be retracted.

    \b
    Examples:
      evidence update
      evidence update --since 2026-01-01 --json
    """
    from evidence.services.update import update as run_update

    session, day = _session(context, offline), since.date() if since else None
    files = context.assembler.files
    report = run_update(
        context.kb, context.instance, session, day, only, restart, context.note, files
    )
    context.emit(report.as_dict(), lambda: _show_update(context, report))
    context.finish(FINDINGS if report.failed or report.notices else FINE)


def _show_update(context: Context, report: UpdateReport) -> None:
    for stream in report.streams:
        period = message("from the beginning")
        if stream["since"]:
            period = message("since {day}", day=stream["since"])
        if "error" in stream:
            context.say("{search} in {source}: {error}", **stream)
        elif "found" in stream:
            context.say(
                "{search} in {source} ({period}): {found} found, {duplicates} duplicates, "
                "{new} new",
                **{**stream, "period": period},
            )
            if stream.get("total", 0) > stream["found"]:
                context.say("  {source} counts {total} records", **stream)
    context.say("{found} found, {duplicates} duplicates, {new} new", **vars(report))
    for notice in report.notices:
        published = f"{term('notice', notice['type'])} ({service_name(notice['source'])})"
        click.echo(labelled(notice["key"], published))
    for doubt in report.doubtful[:20]:
        context.say("{key} may be {with}: {why}", **doubt)
    if len(report.doubtful) > 20:
        context.say("... and {count} more (--json lists all)", count=len(report.doubtful) - 20)
    if report.new:
        context.say("Screen them in {file}", file=report.candidates)
