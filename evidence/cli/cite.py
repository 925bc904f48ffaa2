"""`evidence cite`: references as a style prints them."""

from __future__ import annotations

from dataclasses import asdict

import click

from evidence.cli.context import Context, command, wrong_use
from evidence.wording.catalogue import preferred_language
from references.formats.bibliography import OURS, bibliography


@command("cite")
@click.argument("keys", nargs=-1, metavar="[KEY...]")
@click.option("--all", "everything", is_flag=True, help="All references of the library.")
@click.option(
    "--style",
    default=OURS,
    show_default=True,
    metavar="NAME|FILE.csl",
    help="A CSL style by its name (apa, ama, the-lancet...), or its file.",
)
@click.option(
    "--language",
    type=click.Choice(["en", "fr"]),
    help="Of the words around the facts (default: yours).",
)
def cite(
    context: Context, keys: tuple[str, ...], everything: bool, style: str, language: str | None
) -> None:
    """Print references as a citation style has them, in the order of the style.

    Our Vancouver is always there; the other public styles come with evidence-base[styles].

    \b
    Examples:
      evidence cite ilfeld2023phantom prologo2018cryoablation
      evidence cite ilfeld2023phantom --style apa --language fr
      evidence cite --all --style our-journal.csl
    """
    if not (keys or everything):
        raise wrong_use("Say what to cite: keys, or --all.")
    library = context.kb.library
    references = [library[key] for key in keys] if keys else list(library.values())
    spoken = language or preferred_language()
    made = bibliography(references, style, spoken)

    def show() -> None:
        for one in made:
            click.echo(one.text)

    document = {"style": style, "language": spoken, "citations": [asdict(one) for one in made]}
    context.emit(document, show)
