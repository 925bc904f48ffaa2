"""`evidence verify` and `evidence update`: what the outside services know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from evidence.cli.context import FINDINGS, FINE, Context, command
from evidence.services.verification import CheckRun, open_checker, open_session
from evidence.wording import terms
from evidence.wording.catalogue import preferred_language
from references.errors import SettingError
from references.formats.bibtex_file import read_file, write_file
from references.record import Reference
from references.sources.session import Session
from references.verify import Cited, cited_string, wellformed
from references.verify.fill import Filled, fill


def _status(status: str) -> str:
    """What the status of a check is called."""
    return terms.name("source-status", status, preferred_language())


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
) -> None:
    """Check that cited works exist as cited, and what was published about them since.

    \b
    Examples:
      evidence verify prologo2018cryoablation
      evidence verify --file refs.bib --json
      evidence verify --text vulvodynie-cryoneurolyse
      evidence verify --citation "Durbec O. Cryothérapie ... Pelviperineology. 2021."
      evidence verify --all --fill --dry-run

    Exits with 0 when all is verified, 1 when something needs a person.
    """
    if (accepted or dry_run) and not filling:
        raise click.UsageError("--accept and --dry-run go with --fill.")
    if not (keys or everything or files or text_ids or citations):
        raise click.UsageError(
            "Say what to verify: keys, --all, --file F.bib, --text ID or --citation STRING."
        )
    cited = _cited(context, keys, everything, files, text_ids, citations)
    checker = open_checker(context.kb, _session(context, offline), refresh)
    retractions = checker.retractions
    if retractions is not None and (note := retractions.age_note()):
        context.note(note)
    run = CheckRun(context.instance, cited, restart or refresh)
    if run.resumed:
        context.note("Going on with the run that was interrupted (--restart begins anew).")

    def progress(done: int, total: int) -> None:
        if total > 1:
            context.note(f"{done}/{total} checked")

    shared = _duplicates(cited)
    results: list[dict[str, Any]] = []
    filled: dict[str, Filled] = {}
    people = False
    for item, result, needs, check in run.results(checker, progress):
        if extra := shared.get(item.key):
            result = {**result, "problems": [*result["problems"], *extra]}
        if filling and not item.text and check is None:
            check = checker.check(item)  # kept answers make this quick
        if filling and not item.text and check is not None:
            today = datetime.now(UTC).date().isoformat()
            outcome = fill(item.reference, check, accepted, today)
            filled[item.key] = outcome
            result = {**result, **outcome.as_dict()}
        people = people or needs or bool(extra)
        results.append(result)
    written = [] if dry_run else _write(filled)
    document: dict[str, Any] = {"results": results}
    if filling:
        document["written"] = written
    if retractions is not None:
        document["retractions"] = {
            "list": retractions.name,
            "rows": retractions.rows,
            "updated": str(retractions.updated or ""),
            "age_days": retractions.age_days(),
        }
    context.emit(document, lambda: _show(results, written, dry_run and filling))
    context.finish(FINDINGS if people else FINE)


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
    items += [cited_string(" ".join(text.split())) for text in citations if text.strip()]
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


def _duplicates(cited: Sequence[Cited]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    records = [replace(item.reference, key=item.key) for item in cited if not item.text]
    for finding in wellformed.duplicates(records):
        found.setdefault(finding.key, []).append(finding.as_dict())
    return found


def _write(filled: dict[str, Filled]) -> list[str]:
    """Write the completed records back to their files; the files that were written."""
    changed: dict[str, dict[str, Reference]] = {}
    for outcome in filled.values():
        if outcome.filled and outcome.reference.place.file:
            file = changed.setdefault(outcome.reference.place.file, {})
            file[outcome.reference.key] = outcome.reference
    for name, records in changed.items():
        path = Path(name)
        bibliography = read_file(path)
        if bibliography.problems:
            raise SettingError(
                "{name} was not written, because parts of it cannot be read: {value} Mend "
                "it, then fill again.",
                name=name,
                value=bibliography.problems[0],
            )
        write_file(path, [records.get(ref.key, ref) for ref in bibliography.references])
    return sorted(changed)


def _compared(result: dict[str, Any]) -> str:
    """What was compared, and what was not although the citation may state it."""
    said = f"compared: {', '.join(result.get('compared', [])) or 'nothing'}"
    why = {"not-known": "known to no source", "not-read": "not read in the string"}
    left = [
        f"{name} ({why[reason]})"
        for name, reason in result.get("not_compared", {}).items()
        if reason in why
    ]
    return f"{said}; not compared: {', '.join(left)}" if left else said


def _near(candidate: dict[str, Any]) -> str:
    """A candidate in one line: what it is, what differs, what was published about it."""
    differing = ", ".join(difference["field"] for difference in candidate["differences"])
    compared = ", ".join(candidate.get("compared", []))
    said = f"differs in {differing}" if differing else f"agrees in {compared or 'nothing'}"
    notices = "".join(f"; {notice.upper()}" for notice in candidate.get("notices", []))
    return (
        f"{candidate['title'] or 'a record without title'} "
        f"({candidate.get('year', 'no year')}; {candidate['source']} "
        f"{candidate.get('id', '')}); {said}{notices}"
    )


def _show(results: list[dict[str, Any]], written: list[str], dry_run: bool) -> None:
    counts: dict[str, int] = {}
    for result in results:
        counts[result["status"]] = counts.get(result["status"], 0) + 1
        click.echo(f"{result['key']}: {_status(result['status'])}")
        if matched := result.get("matched"):
            click.echo(f"  {matched['source']}: {matched['address']}")
        for difference in result["differences"]:
            note = f" ({difference['note']})" if difference.get("note") else ""
            click.echo(
                f"  {difference['field']}: cited “{difference['cited']}”, "
                f"found “{difference['found'] or 'nothing'}”{note}"
            )
        if result["matched"]:
            click.echo(f"  {_compared(result)}")
        for notice in result["notices"]:
            said = " ".join(notice.get(part, "") for part in ("doi", "pmid", "date", "text"))
            click.echo(f"  {notice['type']} ({notice['source']}) {' '.join(said.split())}")
        for published in result.get("published", []):
            click.echo("  published as " + " ".join(published.values()))
        for candidate in result["candidates"]:
            click.echo(f"  near: {_near(candidate)}")
        for problem in result["problems"]:
            click.echo(f"  {problem['field']}: {problem['message']}")
        for name, value in result.get("filled", {}).items():
            click.echo(f"  {'would fill' if dry_run else 'filled'} {name}: {value}")
        if result["status"] in ("not-located", "unchecked", "several-candidates"):
            for look in result["looked"]:
                copied = ", copy" if look.get("copied") else ""
                said = f": {look['message']}" if look.get("message") else ""
                click.echo(
                    f"  looked in {look['source']} by {look['question']}: "
                    f"{look['outcome']} ({look['when'][:16]}{copied}){said}"
                )
    click.echo(", ".join(f"{count} {_status(name)}" for name, count in counts.items()))
    for name in written:
        click.echo(f"wrote {name}")


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

    day = since.date() if since else None
    report = run_update(
        context.kb,
        context.instance,
        _session(context, offline),
        day,
        only,
        restart,
        lambda sentence: context.note(str(sentence)),
    )

    def show() -> None:
        for stream in report.streams:
            name = f"{stream['search']} in {stream['source']}"
            period = f"since {stream['since']}" if stream["since"] else "from the beginning"
            if "error" in stream:
                click.echo(f"{name}: {stream['error']}")
            elif "found" in stream:
                click.echo(
                    f"{name} ({period}): {stream['found']} found, "
                    f"{stream['duplicates']} duplicates, {stream['new']} new"
                )
        click.echo(f"{report.found} found, {report.duplicates} duplicates, {report.new} new")
        for notice in report.notices:
            click.echo(f"{notice['key']}: {notice['type']} ({notice['source']})")
        for doubt in report.doubtful[:20]:
            click.echo(f"{doubt['key']} may be {doubt['with']}: {doubt['why']}")
        if len(report.doubtful) > 20:
            click.echo(f"... and {len(report.doubtful) - 20} more (--json lists all)")
        if report.new:
            click.echo(f"Screen them in {report.candidates}")

    context.emit(report.as_dict(), show)
    context.finish(FINDINGS if report.failed or report.notices else FINE)
