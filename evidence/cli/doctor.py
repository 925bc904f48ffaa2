"""`evidence doctor`: what this instance needs to run, and what to mend."""

from __future__ import annotations

import click

from evidence.cli.context import FINDINGS, FINE, Context, command, term
from evidence.doctor import Diagnosis, examine
from evidence.wording.catalogue import preferred_language, translation


@command("doctor")
@click.option("--online", is_flag=True, help="Ask the outside services too.")
def doctor(context: Context, online: bool) -> None:
    """Look at settings, disk, index, journal, versions, fonts and clock; say what to mend.

    Exits with 1 when something does not work, 0 otherwise.

    \b
    Examples:
      evidence doctor
      evidence doctor --online --json
    """
    found = examine(context.kb, context.instance_path, online)
    translate = translation(preferred_language())
    is_ill = any(one.state == "error" for one in found)

    def show() -> None:
        for one in found:
            _print(context, one)

    document = {
        "status": "error" if is_ill else "ok",
        "findings": [one.as_dict(translate) for one in found],
    }
    context.emit(document, show)
    context.finish(FINDINGS if is_ill else FINE)


def _print(context: Context, one: Diagnosis) -> None:
    part, state = term("doctor-part", one.part), term("doctor-state", one.state)
    click.echo(f"{state:14}{part:14}", nl=False)
    context.say(one.told)
    if one.mend:
        click.echo(" " * 28 + "→ ", nl=False)
        context.say(one.mend)
