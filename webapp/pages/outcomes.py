"""The summary of findings on a claim: in pages, and as CSV.

`/texts/<id>/claims/<claim>/findings.csv` has a row an effect.
"""

from __future__ import annotations

from flask import Blueprint, Flask, Response

from evidence.appraisal.told import ToldSummary, told_summary
from evidence.claims.claim import Claim
from webapp.exports.downloads import csv_table
from webapp.lookups import claim_or_404, readable_or_404
from webapp.site import site
from webapp.wording.language import chosen_language

blueprint = Blueprint("outcomes", __name__)

_HEADER = (
    *("outcome", "comparison", "studies", "directness", "certainty", "certainty_reasons"),
    *("reference", "tested", "measured", "time", "effect", "n_of_n", "favours"),
)


def _told(claim: Claim) -> ToldSummary:
    return told_summary(claim, site().kb, chosen_language())


@blueprint.get("/texts/<text_id>/claims/<claim_id>/findings.csv")
def of_claim(text_id: str, claim_id: str) -> Response:
    """The summary of findings on a claim, a row an effect, in the language of the request."""
    claim = claim_or_404(readable_or_404(text_id), claim_id)
    certainty = (claim.certainty, "; ".join(claim.certainty_reasons))
    rows = (
        (
            *(told.outcome, told.comparison, told.studies, told.directness, *certainty),
            *(effect.reference.key, effect.tested, effect.outcome.text, effect.timepoint.text),
            *(effect.figures, effect.absolute, effect.side),
        )
        for told in _told(claim).rows
        for effect in told.effects
    )
    return csv_table(_HEADER, rows, f"{claim.id}-findings")


def install(app: Flask) -> None:
    """Give the templates the summary."""
    app.jinja_env.globals.update(told_summary=_told)
