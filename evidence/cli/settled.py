"""`evidence settle`: what verification found and a person has decided about."""

from __future__ import annotations

import click

from evidence.cli.context import FINDINGS, FINE, Context, command, phrase, term, wrong_use
from evidence.cli.stages import login
from evidence.services import settled
from evidence.services.settled import Settlement
from evidence.services.source_checks import has_changed, latest_checks


@command("settle")
@click.argument("names", nargs=-1, metavar="[KEY|CITATION...]")
@click.option("--reason", default="", metavar="WORDS", help="Why what was found may stand.")
@click.option(
    "--by", metavar="NAME", help="Who decides, for the history (default: your login name)."
)
@click.option("--undo", is_flag=True, help="Take the decision back: the finding is open again.")
def settle(
    context: Context, names: tuple[str, ...], reason: str, by: str | None, undo: bool
) -> None:
    """Decide that what was found of a citation may stand, and say why.

    A citation is named by the key of its record or as it is printed, and was checked before.
    The decision stands beside the finding, and holds until the citation changes or the services
    say something new. Without arguments, lists what was decided.

    Exits with 1 when a decision in the list no longer holds.

    \b
    Examples:
      evidence settle prologo2018cryoablation --reason "The year of the print is right."
      evidence settle prologo2018cryoablation --undo --reason "Withdrawn since."
      evidence settle
    """
    if not names:
        if reason or undo:
            raise wrong_use("Say which: a key, or a citation as it is printed.")
        _list(context)
        return
    with context.journal() as journal:
        made = []
        for name in (" ".join(name.split()) for name in names):
            if undo:
                settled.reopen(journal, name, reason, by or login())
            else:
                made.append(
                    settled.settle(
                        journal,
                        context.instance,
                        name,
                        reason,
                        by or login(),
                        library=context.kb.library,
                    )
                )
    document = [{"name": name, "settled": not undo} for name in names]

    def show() -> None:
        for name in names:
            context.say("{name}: open again" if undo else "{name}: settled", name=name)
        for one in made:
            for finding in sorted(one.findings):
                click.echo(f"  {finding}")

    context.emit(document, show)


def _list(context: Context) -> None:
    """What was decided, and whether it still holds."""
    with context.journal() as journal:
        decisions = settled.settlements(journal)
    checks = latest_checks(context.instance)
    lapsed = [
        name
        for name in decisions
        if (check := checks.get(name)) is not None
        and (settled.settled(check, decisions) is None or has_changed(check, context.kb.library))
    ]
    document = [_described(one, one.name not in lapsed) for one in decisions.values()]

    def show() -> None:
        if not decisions:
            context.note("Nothing is settled.")
        for one in decisions.values():
            status = term("source-status", one.status)
            click.echo(phrase("{place}: {problem}", place=one.name, problem=status))
            line = "settled by {person} on {day}: {reason}"
            click.echo("  " + phrase(line, person=one.person, day=one.at.date(), reason=one.reason))
            if one.name in lapsed:
                context.say(
                    "  holds no longer: the citation has changed, or something else was found"
                )

    context.emit(document, show)
    context.finish(FINDINGS if lapsed else FINE)


def _described(one: Settlement, holds: bool) -> dict[str, object]:
    return {
        "name": one.name,
        "status": one.status,
        "findings": sorted(one.findings),
        "holds": holds,
        **one.as_dict(),
    }
