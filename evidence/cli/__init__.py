"""The `evidence` command.

A module holds the commands of one concept and is imported when one of them is used: a search
does not wait for what it does not need, and neither does `evidence --help`. Other packages add
commands through the entry points of the group "evidence.commands" (the app adds `serve`,
`publish` and `demo`).

    context    what every command shares: --kb, --instance, --json, and how a result is printed
    search     index, search, suggest, evaluate
    references show
    exchange   import, export
    cite       cite
    claims     claims
    check      check
    doctor     doctor
    doubles    doubles list, decide, apply
    init       init
    load       load
    text       text list, load, anchor, draft
    stages     text publish, review, private, withdraw, archive, delete
    sources    verify, update
    revised    what verification fills in or puts right
    checked    how what was found of a citation is told
    settled    settle
    report     report
    retractions  retractions
    journal    journal, user, backup, restore

What may a line in here know? Everything below the web, and nothing of HTTP. It turns words of a
command line into calls and their results into text or JSON; it decides nothing itself.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING

import click

from evidence.wording.catalogue import (
    preferred_language,
    render,
    set_language_of_click,
    translation,
)
from references.errors import DataError, Message, UserError, message

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from click.shell_completion import CompletionItem


def _table() -> dict[str, tuple[str, str]]:
    """Command -> the module of this package that holds it, and its help in one line."""
    lines = (files(__name__) / "commands.tsv").read_text("utf-8").splitlines()
    return {name: (module, text) for name, module, text in (line.split("\t") for line in lines)}


COMMANDS = _table()


def _added() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # a search does not wait for it

    return {point.name: point for point in entry_points(group="evidence.commands")}


def _loaded(point: EntryPoint) -> click.Command:
    """The command of another package.

    Raises:
        UserError: the package that adds it is damaged.
    """
    try:
        command: click.Command = point.load()
    except (ImportError, AttributeError) as error:
        raise UserError(
            "The command '{name}' is installed and cannot be loaded ({error}); install the "
            "package that adds it again.",
            name=point.name,
            error=error,
        ) from error
    return command


class Commands(click.Group):
    """A group whose commands are imported when they are used, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, those of other packages too."""
        return sorted({*COMMANDS, *_added()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now."""
        if cmd_name in COMMANDS:
            module = import_module(f"evidence.cli.{COMMANDS[cmd_name][0]}")
            command: click.Command = getattr(module, cmd_name, None) or getattr(
                module, f"{cmd_name}_"
            )
            return command
        point = _added().get(cmd_name)
        return _loaded(point) if point else None

    def short_helps(self, beginning: str = "") -> list[tuple[str, str]]:
        """Names that begin so, each with its help in one line."""
        helps = {name: text for name, (_, text) in COMMANDS.items()}
        for name, point in _added().items():
            if name.startswith(beginning):
                try:
                    helps[name] = _loaded(point).get_short_help_str(limit=200)
                except UserError as error:
                    helps[name] = str(error)
        return sorted((name, text) for name, text in helps.items() if name.startswith(beginning))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands in the help of the program."""
        with formatter.section("Commands"):
            formatter.write_dl(self.short_helps())

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names and options that a shell offers at the place of a command."""
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name, help=text) for name, text in self.short_helps(incomplete)]
        return named + click.Command.shell_complete(self, ctx, incomplete)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="evidence-base", prog_name="evidence")
@click.option("--kb", metavar="DIR", help="Knowledge base folder (default: bundled).")
@click.option("--instance", metavar="DIR", help="Instance folder (default: EVIDENCE_INSTANCE).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def cli(kb: str | None, instance: str | None, as_json: bool) -> None:
    """Check patient information against the literature.

    --kb, --instance and --json may stand before the command or after it.

    \b
    Examples:
      evidence serve                                  read the texts in a browser
      evidence search "névralgie pudendale" --design rct
      evidence claims --verdict no-evidence-found     what nothing supports
      evidence check                                  is the knowledge base whole?
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every error becomes one sentence and an exit code.

    Exits with 0 (fine), 1 (findings that need a person), 2 (wrong use or unreadable input).
    """
    # What a command reads it keeps, and its arrays are small: looking for rubbish and starting a
    # thread a core for linear algebra take a fifth of a search.
    gc.set_threshold(100_000)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given
    set_language_of_click(preferred_language())
    try:
        code = cli.main(args=given, prog_name="evidence", standalone_mode=False)
    except UserError as error:
        code = _explain(error, as_json)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = 2
    except click.ClickException as error:
        if as_json:
            code = _explain(error.format_message(), as_json)
        else:
            error.show()
            code = 2
    except (click.Abort, KeyboardInterrupt):
        sentence = message("Interrupted; what was written is whole, run the command again.")
        click.echo(render(sentence, preferred_language()), err=True)
        code = 130
    except RecursionError:
        code = _explain("The input nests too deeply to be read; simplify it.", as_json)
    except BrokenPipeError:  # whoever reads the pipe has closed it
        sys.stderr.close()
        code = 0
    except Exception as error:  # a fault of ours: one sentence, the rest for those who ask
        if os.environ.get("EVIDENCE_DEBUG"):
            raise
        code = _explain(
            message(
                "The program failed at something it should not ({fault}). Nothing was half "
                "written; set EVIDENCE_DEBUG=1 to see where, and please report it.",
                fault=f"{type(error).__name__}: {error}",
            ),
            as_json,
        )
    sys.exit(code or 0)


def _explain(error: UserError | Message | str, as_json: bool) -> int:
    """Say in the person's language what went wrong; exit code 2."""
    language = preferred_language()
    sentence = render(error, language)
    click.echo(sentence, err=True)
    if as_json:
        document: dict[str, object] = {"error": sentence}
        if isinstance(error, DataError):
            translate = translation(language)
            document["problems"] = [problem.as_dict(translate) for problem in error.problems]
        click.echo(json.dumps(document, ensure_ascii=False))
    return 2
