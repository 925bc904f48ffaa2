"""The `evidence` command.

Each command lives in a module named after its concept and is loaded when it is used, so
that `evidence search` does not wait for what it does not need. Other packages add commands
through the entry points of the group "evidence.commands" (the app adds `serve`).
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from evidence.wording.catalogue import preferred_language, render, speak, translation
from references.errors import DataError, Message, UserError, message

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

#: Command -> module of this package that holds it under the same name (`-` as `_`).
COMMANDS = {
    "index": "search",
    "search": "search",
    "suggest": "search",
    "evaluate": "search",
    "show": "references",
    "claims": "claims",
    "check": "check",
    "init": "init",
    "import": "exchange",
    "export": "exchange",
    "verify": "sources",
    "update": "sources",
    "text": "text",
    "report": "report",
    "journal": "journal",
    "user": "journal",
    "backup": "journal",
    "restore": "journal",
}


def _added() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # a search does not wait for it

    return {point.name: point for point in entry_points(group="evidence.commands")}


class Commands(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*COMMANDS, *_added()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            module = import_module(f"evidence.cli.{COMMANDS[cmd_name]}")
            name = cmd_name.replace("-", "_")
            found: click.Command = getattr(module, name, None) or getattr(module, f"{name}_")
            return found
        point = _added().get(cmd_name)
        return point.load() if point else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="evidence-base", prog_name="evidence")
def cli() -> None:
    """Check patient information against the literature.

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
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given
    speak(preferred_language())
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
    except BrokenPipeError:  # the reader of a pipe has seen enough
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
