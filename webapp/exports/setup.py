"""Give the templates the forms that programs read in pages."""

from __future__ import annotations

from flask import Flask

from webapp.exports.coins import coins
from webapp.exports.highwire import highwire
from webapp.exports.jsonld import claim_page_ld, reference_ld, text_ld


def install(app: Flask) -> None:
    """Give the templates these forms."""
    app.jinja_env.globals.update(
        coins=coins,
        highwire=highwire,
        reference_ld=reference_ld,
        claim_page_ld=claim_page_ld,
        text_ld=text_ld,
    )
