"""`evidence retractions`: the whole list of Retraction Watch, in the instance."""

from __future__ import annotations

import os

import click

from evidence.cli.context import Context, command
from evidence.services.retractions import bring, brought_file


@command("retractions")
@click.argument("source", default="", metavar="[FILE|ADDRESS]")
def retractions(context: Context, source: str) -> None:
    """Bring the list of Retraction Watch into the instance, to be looked into without the network.

    Without FILE or ADDRESS it is fetched from EVIDENCE_RETRACTIONS_URL, else from where Crossref
    publishes it. The list is that of Crossref and Retraction Watch: name them where you show it.
    A list that EVIDENCE_RETRACTIONS names goes before it.

    \b
    Examples:
      evidence retractions
      evidence retractions ~/retraction_watch.csv
    """
    contact = os.environ.get("EVIDENCE_CONTACT", "").strip()
    brought = bring(context.instance, source, contact)
    path = brought_file(context.instance)
    document = {"file": str(path), "rows": brought.rows, "updated": str(brought.updated or "")}

    def show() -> None:
        context.say(
            "{count} rows in {file}, the newest of {day}",
            count=brought.rows,
            file=path,
            day=brought.updated,
        )

    context.emit(document, show)
