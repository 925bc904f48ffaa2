"""`evidence import` and `evidence export`: references from and to other programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from evidence.cli.context import FINDINGS, FINE, Context, command
from evidence.knowledge import BUNDLED
from references.errors import SettingError, message
from references.formats import READABLE, WRITABLE, summarised, write
from references.intake.intake import Intake, take_in
from references.matching import MARK
from references.record import Reference

_STANDARD_INPUT = Path("/dev/stdin")
_STEP = 250  # records between two lines of progress


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


def _report(intake: Intake, dry_run: bool) -> None:
    verb = "would be " if dry_run else ""
    click.echo(
        f"{intake.read} read: {len(intake.added)} {verb}added to {intake.target}, "
        f"{len(intake.merged)} known already, {len(intake.rejected)} rejected."
    )
    for reference in intake.added[:20]:
        click.echo(f"  + {reference.key}  {reference.title[:70]}")
    if len(intake.added) > 20:
        click.echo(f"  ... and {len(intake.added) - 20} more (--json lists all)")
    for joined in intake.merged[:20]:
        what = f"; filled {', '.join(joined.filled)}" if joined.written else ""
        click.echo(f"  = {joined.key} is {joined.known}{what}")
        for conflict in joined.conflicts:
            click.echo(
                f"      {conflict.field} differs: kept '{conflict.kept[:60]}', "
                f"the file has '{conflict.other[:60]}'"
            )
    if len(intake.merged) > 20:
        click.echo(f"  ... and {len(intake.merged) - 20} more (--json lists all)")
    if intake.doubtful:
        click.echo(
            "Some of the added may be works that are there already. Compare each pair, then delete "
            f"one of the two, or the field {MARK} when they are two works "
            "('evidence check' lists what is left):"
        )
    for doubt in intake.doubtful[:20]:
        click.echo(f"  ? {doubt.key} may be {doubt.known}: {doubt.why}")
    if len(intake.doubtful) > 20:
        click.echo(f"  ... and {len(intake.doubtful) - 20} more (--json lists all)")
    for relation in intake.related[:20]:
        click.echo(f"  ~ {relation.key} is related to {relation.known} ({relation.kind})")


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
    1 when a record could not be read.

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
        progress=context.progress("records", _STEP),
    )
    for problem in (*intake.rejected, *intake.remarks[:50]):
        context.note(problem)
    if len(intake.remarks) > 50:
        more = len(intake.remarks) - 50
        context.note(message("... and {count} more remarks (--json lists all)", count=more))
    context.emit(intake.as_dict(), lambda: _report(intake, dry_run))
    context.finish(FINDINGS if intake.rejected else FINE)


def _found(context: Context, query: str) -> Iterator[Reference]:
    from evidence.search import open_engine
    from evidence.search.request import MAX_LIMIT, SearchRequest

    engine = open_engine(context.kb, context.instance)
    try:
        offset = 0
        while True:
            answer = engine.search(SearchRequest(query=query, limit=MAX_LIMIT, offset=offset))
            if offset == 0:
                for notice in answer.notices:
                    context.note(str(notice))
            for hit in answer.results:
                yield context.kb.library[hit.key]
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
    references = list(_found(context, words) if words else context.kb.library.values())
    content, losses = write(references, form)
    data = content.encode("utf-8")
    for sentence in summarised(losses):
        context.note(str(sentence))
    if not references:
        nothing = message("Nothing was found for '{query}'.", query=words)
        context.note(nothing if words else "There are no references.")
    if output:
        from references.files import write_atomic

        write_atomic(Path(output).expanduser(), data)
        context.note(
            message("{count} references written to {file}.", count=len(references), file=output)
        )
    if context.as_json:
        document: dict[str, object] = {
            "format": form,
            "count": len(references),
            "output": output,
            "losses": [
                {"field": loss.field, "records": len(loss.keys), "kept": loss.kept}
                for loss in losses
            ],
        }
        if not output:
            document["content"] = data.decode("utf-8")
        context.emit(document, "")
    elif not output:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
