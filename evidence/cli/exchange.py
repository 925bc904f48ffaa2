"""`evidence import` and `evidence export`: references from and to other programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from evidence.cli.context import FINDINGS, FINE, Context, command
from evidence.knowledge import BUNDLED
from evidence.services.doubles import kept_decisions
from references.errors import SettingError
from references.formats import READABLE, WRITABLE, summarised, write
from references.intake.intake import Intake, take_in
from references.record import Reference

_STANDARD_INPUT = Path("/dev/stdin")


def _target(context: Context, to: str | None, dry_run: bool) -> Path:
    if to:
        return Path(to).expanduser()
    if context.kb.folder == BUNDLED.resolve() and not dry_run:
        raise SettingError(
            "The bundled knowledge base is part of the program and is not written to; name a file "
            "with --to FILE.bib, or a knowledge base of yours with --kb DIR ('evidence init DIR' "
            "makes one)."
        )
    return context.kb.references_folder / "imported.bib"


def _report(context: Context, intake: Intake, dry_run: bool) -> None:
    if intake.before:
        context.say(
            "An import that was interrupted was gone on with: {count} records had been read.",
            count=intake.before,
        )
    would = (
        "{read} read: {added} would be added to {target}, {known} known already, "
        "{rejected} rejected."
    )
    done = "{read} read: {added} added to {target}, {known} known already, {rejected} rejected."
    context.say(
        would if dry_run else done,
        read=intake.read,
        added=len(intake.added),
        target=intake.target,
        known=len(intake.merged),
        rejected=len(intake.rejected),
    )
    for added in intake.added[:20]:
        click.echo(f"  + {added.key}  {added.title[:70]}")
    _more(context, len(intake.added))
    for joined in intake.merged[:20]:
        same = "  = {key} is {known}; filled {fields}" if joined.written else "  = {key} is {known}"
        context.say(same, key=joined.key, known=joined.known, fields=joined.filled)
        for conflict in joined.conflicts:
            template = "      {field} differs: kept '{kept:.60}', the file has '{other:.60}'"
            context.say(template, **asdict(conflict))
    _more(context, len(intake.merged))
    if intake.doubtful:
        context.say(
            "Some of the added may be works that are there already. Decide about each pair at the "
            "desk or with 'evidence doubles decide' ('evidence doubles list' shows what is left):",
        )
    for doubt in intake.doubtful[:20]:
        context.say("  ? {key} may be {known}: {why}", **vars(doubt))
    _more(context, len(intake.doubtful))
    for relation in intake.related[:20]:
        context.say("  ~ {key} is related to {known} ({kind})", **vars(relation))


def _more(context: Context, count: int) -> None:
    """That not all of a list was shown."""
    if count > 20:
        context.say("  ... and {count} more (--json lists all)", count=count - 20)


@command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["auto", *READABLE]),
    default="auto",
    show_default=True,
    help="The format of the files; found out when not given.",
)
@click.option("--to", metavar="FILE.bib", help="Where to add; else imported.bib of the base.")
@click.option("--dry-run", is_flag=True, help="Say what would be done and write nothing.")
def import_(
    context: Context, files: tuple[str, ...], form: str, to: str | None, dry_run: bool
) -> None:
    """Add the references of FILEs to the knowledge base; "-" reads standard input.

    Works that are there already are not added again: what the file knows beside is filled in
    when the known record stands in the same file, and nothing is overwritten. A record that
    may be a work that is there already is added and marked for a person to decide. Exits with
    1 when a record could not be read. Files of any size are read piece by piece; where a large
    import was interrupted, the same command goes on.

    \b
    Examples:
      evidence import pubmed.nbib zotero.ris --kb mybase
      evidence import scopus.bib --to found.bib --dry-run
    """
    target = _target(context, to, dry_run)
    intake = take_in(
        [_STANDARD_INPUT if name == "-" else Path(name) for name in files],
        target,
        context.kb.library.values(),
        format=form,
        dry_run=dry_run,
        progress=context.rate("records"),
        decisions=kept_decisions(context.instance_path),
    )
    for problem in (*intake.rejected, *intake.remarks[:50]):
        context.note(problem)
    if len(intake.remarks) > 50:
        more = len(intake.remarks) - 50
        context.note("... and {count} more remarks (--json lists all)", count=more)
    context.emit(intake.as_dict(), lambda: _report(context, intake, dry_run))
    context.finish(FINDINGS if intake.rejected else FINE)


def _search_results(context: Context, query: str) -> Iterator[Reference]:
    from evidence.search import open_engine
    from evidence.search.request import MAX_LIMIT, SearchRequest

    engine = open_engine(context.kb, context.instance)
    try:
        offset = 0
        while True:
            answer = engine.search(
                SearchRequest(query, limit=MAX_LIMIT, offset=offset, facets=(), highlight=False)
            )
            if offset == 0:
                for notice in answer.notices:
                    context.note(notice)
            library, keys = context.kb.library, [hit.key for hit in answer.results]
            loaded = engine.records(key for key in keys if key not in library)
            yield from (one for key in keys if (one := library.get(key) or loaded.get(key)))
            offset += len(answer.results)
            if not answer.results or offset >= answer.total:
                return
    finally:
        engine.close()


@command("export")
@click.argument("query", nargs=-1)
@click.option("--format", "form", type=click.Choice(WRITABLE), default="bibtex", show_default=True)
@click.option("--output", "-o", metavar="FILE", help="Where to write; else standard output.")
def export(context: Context, query: tuple[str, ...], form: str, output: str | None) -> None:
    """Write references for another program: those that a QUERY finds, or all.

    \b
    Examples:
      evidence export --format ris --output all.ris
      evidence export "pudendal neuralgia" --format csl-json > pudendal.json
    """
    words = " ".join(query).strip()
    references = list(_search_results(context, words) if words else context.kb.library.values())
    content, losses = write(references, form)
    data = content.encode("utf-8")
    for sentence in summarised(losses):
        context.note(sentence)
    if not references:
        nothing = "Nothing was found for '{words}'." if words else "There are no references."
        context.note(nothing, words=words)
    if output:
        from references.files import write_atomic

        write_atomic(Path(output).expanduser(), data)
        context.note(
            "{count} references written to {output}.", count=len(references), output=output
        )
    if context.as_json:
        document: dict[str, object] = {
            "format": form,
            "count": len(references),
            "output": output,
            "losses": [{"field": loss.field, "records": len(loss.keys)} for loss in losses],
        }
        if not output:
            document["content"] = data.decode("utf-8")
        context.emit(document, "")
    elif not output:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
