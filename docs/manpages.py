"""Writes docs/man/*.1, a man page a command, with click-man (`make docs`)."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import click
from click_man.core import write_man_pages

from evidence.cli import cli


def main(folder: Path) -> None:
    """Write the pages; they bear the version in place of a date, so that they stay the same."""
    with click.Context(cli, info_name="evidence") as context:
        commands = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    # Our group finds its commands when they are used; click-man looks at a plain one.
    whole = click.Group("evidence", commands, help=cli.help, params=cli.params)
    number = version("evidence-base")
    write_man_pages("evidence", whole, version=number, date=number, target_dir=str(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
