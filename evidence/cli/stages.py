"""`evidence text publish | review | withdraw | archive | private | delete`: who sees a text."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Any

import click

from evidence.cli.context import Context, command, phrase, term
from references.errors import UserError, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.journal.stage import StageName
    from evidence.lifecycle import Transition


def _who(function: Callable[..., None]) -> Callable[..., None]:
    """The options that every change of a state takes."""
    by = click.option(
        "--by", metavar="NAME", help="Who does it, for the history (default: your login name)."
    )
    reason = click.option("--reason", default="", metavar="WORDS", help="Why, for the history.")
    return by(reason(function))


def login() -> str:
    """The account of the operating system, for entries of the journal made by a command."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # nobody of that number, as in some containers
        return "evidence"


def _move(context: Context, text_id: str, to: StageName, by: str | None, **more: Any) -> Transition:
    from evidence.lifecycle import move
    from evidence.standing import Assembler

    assembler = Assembler(context.kb, context.instance)
    try:
        return move(assembler, text_id, to, by or login(), **more)
    finally:
        assembler.close()


def _say(context: Context, moved: Transition) -> None:
    def show() -> None:
        context.say(
            "{text} is {stage} now (it was {before}).",
            text=moved.text_id,
            stage=term("text-stage", moved.stage.name),
            before=term("text-stage", moved.before.name),
        )

    context.emit(moved.as_dict(), show)


@command("publish")
@click.argument("text_id", metavar="ID")
@click.option("--shown", default="", metavar="NAME", help="Who published it, as readers are told.")
@_who
def publish(context: Context, text_id: str, shown: str, by: str | None, reason: str) -> None:
    """Publish a text: everybody reads its assessed claims.

    \b
    Example:
      evidence text publish knee-injection --shown "Dr Claire Martin"
    """
    moved = _move(context, text_id, "published", by, shown=shown, reason=reason)
    _say(context, moved)
    if context.assembler.now().text(text_id).public is None:
        context.note("Readers see nothing of it yet, as none of its claims has been assessed.")


@command("review")
@click.argument("text_id", metavar="ID")
@click.option("--days", default=14, show_default=True, help="For how many days the link works.")
@click.option("--address", default="", metavar="URL", help="Where the server is reached.")
@_who
def review(
    context: Context, text_id: str, days: int, address: str, by: str | None, reason: str
) -> None:
    """Send a text for review: make a link that nobody can guess; an older one ends.

    Whoever has the link reads the whole text. `evidence text private` ends it.

    \b
    Example:
      evidence text review knee-injection --days 30 --address https://www.example.org
    """
    moved = _move(context, text_id, "in-review", by, days=days, reason=reason)
    document = moved.as_dict()
    document["link"] = f"{address.rstrip('/')}{document['link']}"
    until = moved.stage.until

    def show() -> None:
        context.say("The link, until {day:%Y-%m-%d}; it is told this once:", day=until)
        click.echo(document["link"])

    context.emit(document, show)


@command("private")
@click.argument("text_id", metavar="ID")
@_who
def private(context: Context, text_id: str, by: str | None, reason: str) -> None:
    """Make a text private that is in review, withdrawn or archived; its review link ends.

    \b
    Example:
      evidence text private knee-injection
    """
    _say(context, _move(context, text_id, "private", by, reason=reason))


@command("withdraw")
@click.argument("text_id", metavar="ID")
@_who
def withdraw(context: Context, text_id: str, by: str | None, reason: str) -> None:
    """Withdraw a published text: readers see nothing of it; nothing is lost.

    \b
    Example:
      evidence text withdraw knee-injection --reason "The page was taken down."
    """
    _say(context, _move(context, text_id, "withdrawn", by, reason=reason))


@command("archive")
@click.argument("text_id", metavar="ID")
@_who
def archive(context: Context, text_id: str, by: str | None, reason: str) -> None:
    """Archive a text: it is kept, readers do not see it, the desk lists it last.

    \b
    Example:
      evidence text archive knee-injection
    """
    _say(context, _move(context, text_id, "archived", by, reason=reason))


@command("delete")
@click.argument("text_id", metavar="ID")
@click.option("--confirm", default="", metavar="ID", help="The id again: without it nothing goes.")
@_who
def delete(context: Context, text_id: str, confirm: str, by: str | None, reason: str) -> None:
    """Delete a text: says first what goes and what stays, then asks for the id.

    Its register and its loaded pages go, for good. What the journal says of it stays, as do earlier
    backups. No other text can have its id.

    \b
    Example:
      evidence text delete knee-injection --confirm knee-injection
    """
    from evidence.lifecycle import deletion, finish_deletions

    if text_id in context.standing.gone and (left := finish_deletions(context.assembler, text_id)):
        document = {"text": text_id, "state": "deleted", "removed": [str(path) for path in left]}
        context.emit(
            document,
            message(
                "'{text}' was deleted before; what was left of it is gone now ({count} file(s)).",
                text=text_id,
                count=len(left),
            ),
        )
        return
    meant = deletion(context.assembler, context.standing.text(text_id))
    context.note(
        "What goes, for good: {count} file(s) of the instance (register, loaded pages, draft).",
        count=len(meant.files),
    )
    context.note(
        "What stays: {count} entries of the journal with their words, earlier backups and "
        "published folders.",
        count=meant.events,
    )
    if meant.register_stays:
        context.note("The register itself stays in the knowledge base; remove its file there.")
    if not confirm and sys.stdin.isatty() and not context.as_json:
        confirm = click.prompt(phrase("Type the id to delete the text"), default="", err=True)
    if confirm != text_id:
        raise UserError(
            "Nothing is deleted. To delete '{text}', type its id: --confirm {text}.", text=text_id
        )
    _say(context, _move(context, text_id, "deleted", by, reason=reason))


def add_to(group: click.Group) -> None:
    """Make the commands of this module part of `evidence text`."""
    for one in (publish, review, private, withdraw, archive, delete):
        group.add_command(one)
