"""`evidence claims`: the registers, filtered."""

from __future__ import annotations

from typing import Any

import click

from evidence.claims.claim import UNASSESSED, VERDICTS, Claim
from evidence.cli.context import Context, command
from evidence.wording import terms, typeset
from evidence.wording.catalogue import preferred_language
from references.errors import message


def _plain(claim: Claim) -> dict[str, Any]:
    """A claim as JSON; of one that is unassessed verdict, certainty and rationale are null."""
    plain = claim.model_dump(mode="json", exclude_none=True)
    if not claim.is_assessed:
        plain |= dict.fromkeys(("verdict", "certainty", "rationale"))
    return {**plain, "assessed": claim.is_assessed}


@command("claims")
@click.option("--text", "text_id", metavar="ID", help="Only this text.")
@click.option(
    "--verdict", type=click.Choice((*VERDICTS, UNASSESSED)), help="Only claims with this verdict."
)
def claims(context: Context, text_id: str | None, verdict: str | None) -> None:
    """List the claims of the texts, as they stand, with their verdicts and links.

    Decisions of the journal are in it. A claim nobody has decided on is "unassessed".

    \b
    Example:
      evidence claims --text vulvodynie-cryoneurolyse --verdict no-evidence-found
    """
    texts = context.standing.texts
    chosen = [context.standing.text(text_id)] if text_id else list(texts.values())
    rows: list[dict[str, Any]] = []
    for text in (one.text for one in chosen):
        for claim in text.claims:
            if verdict and claim.judgement != verdict:
                continue
            rows.append({"text": text.id, **_plain(claim), "hash": claim.hash})

    language = preferred_language()
    columns = ("verdict", "certainty", "links", "statement")
    context.emit_table(
        rows,
        (
            terms.name("field", "claim", language),
            *(terms.name("claim-field", name, language) for name in columns),
        ),
        (
            (
                row["id"],
                terms.name("verdict", row["verdict"] or UNASSESSED, language),
                terms.name("certainty", row["certainty"] or "", language),
                str(len(row["links"])),
                typeset(row["statement"][language], language),
            )
            for row in rows
        ),
        message("{count} claims", count=len(rows)),
    )
