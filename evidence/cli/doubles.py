"""`evidence doubles`: pairs of records that may be one work, and what is decided about them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from evidence.cli.context import FINDINGS, FINE, Context, command, phrase
from evidence.cli.stages import login
from evidence.services.doubles import (
    RELATED_AS,
    DoubtfulPair,
    FileChange,
    candidates_of,
    decide,
    kept_decisions,
    open_pairs,
    write,
)
from references.errors import message
from references.matching import DECIDED, Decided
from references.record import Reference

_DONE = {
    "unmarked": message("{key} and {other} are two works: the mark is gone"),
    "related": message("{key} is related to {other} now"),
    "merged": message("{key} is completed from {other}"),
    "removed": message("{key} is gone: it is the same work as {other}"),
}


@click.group("doubles")
def doubles() -> None:
    """Records that may be one work: list them, decide, write it into the files."""


def _candidates(context: Context) -> tuple[Reference, ...]:
    """The records that wait to be screened."""
    return candidates_of(context.instance_path / "candidates.bib")


@command("list", doubles)
@click.option("--all", "everything", is_flag=True, help="Compare all records with all.")
def list_(context: Context, everything: bool) -> None:
    """List the pairs that nobody has decided about; exits with 1 when there are any.

    \b
    Example:
      evidence doubles list --all
    """
    decisions = kept_decisions(context.instance_path)
    pairs = open_pairs(context.kb.library, _candidates(context), decisions, everything)

    def show() -> None:
        for one in pairs:
            _show(context, one)
        if not pairs:
            context.note("No pair of records waits for a decision.")

    context.emit([one.as_dict() for one in pairs], show)
    context.finish(FINDINGS if pairs else FINE)


def _show(context: Context, pair: DoubtfulPair) -> None:
    context.say("{a} and {b}: {why}", a=pair.a.key, b=pair.b.key, why=pair.pair.why)
    for one in (pair.a, pair.b):
        place = " ".join(filter(None, (one.journal, str(one.year or ""), one.volume, one.pages)))
        click.echo(f"  {one.key}: {one.title} ({place}) {one.doi or one.pmid}".rstrip())


@command("decide", doubles)
@click.argument("a", metavar="KEY")
@click.argument("b", metavar="KEY")
@click.argument("decided", type=click.Choice(DECIDED))
@click.option(
    "--as",
    "relation",
    type=click.Choice(RELATED_AS),
    help="What the first is to the second, when they are related.",
)
@click.option("--reason", default="", metavar="WORDS", help="Why, for the history.")
@click.option("--by", metavar="NAME", help="Who decides (default: your login name).")
def decide_(
    context: Context,
    a: str,
    b: str,
    decided: Decided,
    relation: str | None,
    reason: str,
    by: str | None,
) -> None:
    """Decide that two records are one work, two works, or two that belong together.

    Imports, updates and the desk know the decision from then on and do not ask again, also when
    the same records come back under other keys. `evidence doubles apply` writes it into the files.

    \b
    Examples:
      evidence doubles decide martin2019 martin2019a same
      evidence doubles decide martin2018 martin2019 related --as protocol-of
    """
    candidates = {one.key: one for one in _candidates(context)}
    first, second = (candidates.get(key) or context.kb.library[key] for key in (a, b))
    with context.journal() as journal:
        made = decide(journal, first, second, decided, by or login(), "", relation or "", reason)
    words = {
        "same": message("{a} and {b} are one work.", a=a, b=b),
        "different": message("{a} and {b} are two works.", a=a, b=b),
        "related": message("{a} and {b} belong together.", a=a, b=b),
    }
    context.emit(made.as_dict(), words[decided])


@command("apply", doubles)
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
def apply(context: Context, dry_run: bool) -> None:
    """Write what was decided about pairs into the .bib files, for git.

    Of one work the record that claims name stays, else the one of the library, completed from
    the other one; where both are named both stay, related to each other.

    \b
    Example:
      evidence doubles apply --dry-run
    """
    decisions = kept_decisions(context.instance_path)
    standing = context.assembler.now()
    if standing.journal_error is not None:  # what was linked at the desk is not known
        raise standing.journal_error
    texts = [one.text for one in standing.texts.values()]
    changes = write(context.kb, _candidates(context), decisions, dry_run, texts)

    def show() -> None:
        for one in changes:
            click.echo(_told(one))
        if not changes:
            context.say("There is nothing to write.")
        elif dry_run:
            context.note("Nothing was written (--dry-run).")

    context.emit({"dry_run": dry_run, "changes": [asdict(one) for one in changes]}, show)


def _told(change: FileChange) -> str:
    template = _DONE[change.done].template
    line = phrase(template, key=change.key, other=change.other)
    return phrase("{place}: {problem}", place=Path(change.file).name, problem=line)
