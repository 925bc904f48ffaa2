"""`evidence claims`: the registers, filtered."""

from __future__ import annotations

from typing import Any

import click

from evidence.claim import VERDICTS
from evidence.cli.context import Context, command


@command("claims")
@click.option("--text", "text_id", metavar="ID", help="Only this text.")
@click.option("--verdict", type=click.Choice(VERDICTS), help="Only claims with this verdict.")
def claims(context: Context, text_id: str | None, verdict: str | None) -> None:
    """List the claims of the texts with their verdicts and links.

    \b
    Example:
      evidence claims --text vulvodynie-cryoneurolyse --verdict no-evidence-found
    """
    kb = context.kb
    texts = [kb.text(text_id)] if text_id else list(kb.texts.values())
    rows: list[dict[str, Any]] = []
    for text in texts:
        for claim in text.claims:
            if verdict and claim.verdict != verdict:
                continue
            plain = claim.model_dump(mode="json", exclude_none=True)
            rows.append({"text": text.id, **plain, "hash": claim.hash})

    def show() -> None:
        from rich.table import Table

        table = Table("claim", "verdict", "certainty", "links", "statement", box=None)
        for row in rows:
            table.add_row(
                f"{row['id']}", row["verdict"], row["certainty"], str(len(row["links"])),
                row["statement"]["en"],
            )  # fmt: skip
        context.console.print(table)
        context.note(f"{len(rows)} claims")

    context.emit(rows, show)
