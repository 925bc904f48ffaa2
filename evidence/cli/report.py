"""`evidence report`: a text's claims and evidence as a document to send."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from evidence.cli.context import Context, command, wrong_use
from evidence.wording.catalogue import preferred_language
from references.errors import message

FORMAT_NAMES = ("html", "docx", "pdf", "csv", "json")


@command("report")
@click.argument("text_id", metavar="ID")
@click.option(
    "--format", "form", type=click.Choice(FORMAT_NAMES), default="html", show_default=True
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file (default: standard output).",
)
@click.option("--language", type=click.Choice(("fr", "en")), help="Default: that of the text.")
def report(
    context: Context, text_id: str, form: str, output: Path | None, language: str | None
) -> None:
    """Report what a text claims and what stands behind it.

    Decisions and signatures of the journal are in it, and the state of the page when its
    original is loaded.

    \b
    Example:
      evidence report vulvodynie-cryoneurolyse --format pdf --output report.pdf
    """
    from evidence.extras import require
    from evidence.report import not_translated, render, report_of
    from references.files import write_atomic

    if output is None and context.as_json and form != "json":
        raise wrong_use("Name a file for the {form} with --output.", form=form)
    if output is None and form in ("pdf", "docx") and sys.stdout.isatty():
        raise wrong_use("A {form} is no text for a terminal; name a file with --output.", form=form)
    if form == "pdf":
        require("pdf")
    made = report_of(context.kb, text_id, context.instance, language)
    if made.untranslated:
        context.note(not_translated(made.untranslated, made.language, preferred_language()))
    document = render(made, form)
    if output is None:
        sys.stdout.buffer.write(document)
        sys.stdout.flush()
        return
    write_atomic(output, document)
    facts: dict[str, Any] = {
        "file": str(output),
        "format": form,
        "language": made.language,
        "claims": len(made.claims),
        "signed": made.signed,
        "references": len(made.references),
        "bytes": len(document),
    }
    counts = message("{file}: {claims} claims, {signed} signed, {references} references", **facts)
    context.emit(facts, counts)
