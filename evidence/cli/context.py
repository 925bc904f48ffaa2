"""What every command shares: --kb, --instance, --json, and how it speaks.

A command gets a `Context` first. It prints its result with `context.emit`, which is one JSON
document on stdout with --json and text without; messages and progress go to stderr.
"""

from __future__ import annotations

import contextlib
import functools
import json
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evidence.instance import instance_folder, instance_path, is_shared
from evidence.journal.event import JournalError
from evidence.knowledge import KnowledgeBase
from evidence.wording import terms
from evidence.wording.catalogue import preferred_language, render
from references.errors import Message, Problem, UserError, message

if TYPE_CHECKING:
    from evidence.journal import Journal
    from evidence.standing import Assembler, Standing

#: Exit codes of the contract: fine; findings that need a person; wrong use or bad input.
FINE, FINDINGS, WRONG = 0, 1, 2


class Context:
    """One run of a command: its knowledge base, its instance folder, its output."""

    def __init__(self, kb: str | None, instance: str | None, as_json: bool) -> None:
        self.kb_option = kb
        self.instance_option = instance
        self.as_json = as_json

    @cached_property
    def kb(self) -> KnowledgeBase:
        """The knowledge base asked for, else the bundled one, with the instance's own texts."""
        base = KnowledgeBase(self.kb_option, self.instance_path)
        if is_shared(self.instance_path):
            from evidence.standing import Assembler

            self.__dict__["assembler"] = Assembler(base, self.instance_path)
            with contextlib.suppress(JournalError):  # the copy of here is what there is
                self.assembler.files.pull()
        return base

    def share(self) -> None:
        """Hand on to other servers what the command wrote into the instance, if there are any."""
        assembler = self.__dict__.get("assembler")
        if assembler is None or not is_shared(self.instance_path):
            return
        try:
            assembler.files.sync()
        except JournalError as error:
            self.note(
                "Other servers have what this command wrote when the database is back: {error}",
                error=error,
            )

    @cached_property
    def instance_path(self) -> Path:
        """The instance folder asked for, else the user's, for reading only: it may not exist."""
        return instance_path(self.instance_option)

    @cached_property
    def assembler(self) -> Assembler:
        """Puts register, decisions and page together."""
        from evidence.standing import Assembler

        return Assembler(self.kb, self.instance_path)

    @cached_property
    def standing(self) -> Standing:
        """The texts as they stand; says so when the journal cannot be read."""
        standing = self.assembler.now()
        if standing.journal_error is not None:
            self.note(message("Decisions are left out: {error}", error=standing.journal_error))
        return standing

    @cached_property
    def instance(self) -> Path:
        """The instance folder asked for, else the user's; made when absent."""
        return instance_folder(self.instance_option)

    def progress(self, label: str, step: int = 50) -> Callable[[int, int], None]:
        """Shows how far a long task is, in one line on stderr, where that is a terminal.

        Args:
            label: what is done.
            step: how many are done between two updates of the line.

        Returns:
            What is called with how many are done and how many there are, 0 when nobody knows.
        """

        def show(done: int, total: int) -> None:
            if sys.stderr.isatty() and (done % step == 0 or done == total):
                of = f"/{total}" if total else ""
                click.echo(f"\r{label} {done}{of}", nl=done == total, err=True)

        return show

    def rate(self, label: str) -> Callable[[int, float], None]:
        """Shows how far a task of any length is, as `progress`: its rate and the time left.

        Returns:
            What is called with how many are done, and with the part of the whole, from 0 to 1.
        """
        begun = shown = time.monotonic()

        def show(done: int, part: float) -> None:
            nonlocal shown
            now = time.monotonic()
            if not sys.stderr.isatty() or (part < 1 and now - shown < 1):
                return
            shown = now
            seconds = now - begun
            rate = round(done / seconds) if seconds else 0
            left = timedelta(seconds=round(seconds * (1 - part) / part)) if part else "?"
            line = phrase(
                "{label} {done}, {rate} a second, {part} %, {left} left",
                label=label,
                done=done,
                rate=rate,
                part=round(100 * part),
                left=str(left),
            )
            click.echo(f"\r{line:<70}", nl=part >= 1, err=True)

        return show

    def journal(self) -> Journal:
        """The journal of the instance, to be closed again: `with context.journal() as journal`."""
        from evidence.journal import Journal

        return Journal.open(self.instance)

    def emit(self, document: Any, text: Callable[[], None] | Message | str) -> None:
        """Print the result: `document` as JSON with --json, else `text` (or what it prints)."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))
        elif callable(text):
            text()
        else:
            click.echo(text if isinstance(text, str) else phrase(text))

    def emit_table(
        self,
        document: Any,
        columns: Sequence[str],
        rows: Iterable[Sequence[str]],
        note: Message | None = None,
    ) -> None:
        """Print a list: `document` as JSON with --json, else a table, and a note on stderr."""

        def show() -> None:
            for line in _table([columns, *rows]):
                click.echo(line)
            if note:
                self.note(note)

        self.emit(document, show)

    def note(self, words: Message | UserError | Problem | str, /, **values: object) -> None:
        """A message, or a template with values, on stderr and in the person's language."""
        click.echo(phrase(words, **values), err=True)

    def say(self, words: Message | str, /, **values: object) -> None:
        """A line of the result in the person's language: a message, or a template with values."""
        click.echo(phrase(words, **values))

    def finish(self, code: int) -> None:
        """End the command with an exit code of the contract."""
        if code:
            raise click.exceptions.Exit(code)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows as lines with columns below each other; on a terminal the last one is broken to fit."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    indent = sum(widths) + 2 * len(widths)
    room = shutil.get_terminal_size().columns - indent if sys.stdout.isatty() else 0
    for row in rows:
        cells = "".join(f"{cell:{width}}  " for cell, width in zip(row, widths, strict=False))
        last = textwrap.wrap(row[-1], room) if room > 20 else [row[-1]]
        yield f"{cells}{last[0] if last else ''}".rstrip()
        yield from (f"{'':{indent}}{rest}" for rest in last[1:])


def phrase(words: Message | UserError | Problem | str, /, **values: object) -> str:
    """A message, or a template with values, in the language of the person at the terminal."""
    sentence = message(words, **values) if isinstance(words, str) else words
    return render(sentence, preferred_language())


def term(kind: str, value: str) -> str:
    """What a value of the data is called, in the language of the person at the terminal."""
    return terms.name(kind, value, preferred_language())


def wrong_use(template: str, /, **values: object) -> click.UsageError:
    """The error of a command that cannot be run as it was typed."""
    return click.UsageError(phrase(template, **values))


def _shared() -> list[click.Parameter]:
    return [
        click.Option(["--kb"], metavar="DIR", help="Knowledge base folder (default: bundled)."),
        click.Option(
            ["--instance"],
            metavar="DIR",
            help="Instance folder: index, journal, cache (default: EVIDENCE_INSTANCE or your "
            "data folder).",
        ),
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document."),
    ]


def command(
    name: str, group: click.Group | None = None, **settings: Any
) -> Callable[[Callable[..., None]], click.Command]:
    """Declare a command with the shared options; the function gets a `Context` first.

    With `group` the command is added to it (`evidence text list`).
    """

    def declare(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def run(kb: str | None, instance: str | None, as_json: bool, **values: Any) -> None:
            before = click.get_current_context().find_root().params  # given before the command
            context = Context(
                kb or before.get("kb"),
                instance or before.get("instance"),
                as_json or bool(before.get("as_json")),
            )
            try:
                function(context, **values)
            finally:
                context.share()

        made: click.Command = click.command(name, **settings)(run)  # type: ignore[no-untyped-call]
        made.params += _shared()
        if group is not None:
            group.add_command(made)
        return made

    return declare
