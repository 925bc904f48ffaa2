"""How to read these pages: what the words mean, how sure one can be, accessibility."""

from __future__ import annotations

from flask import Blueprint, render_template

from evidence.claims.claim import CERTAINTIES, STANCES, VERDICTS
from references.record import DESIGNS
from webapp.site import site

blueprint = Blueprint("guide", __name__)


@blueprint.get("/guide")
def guide() -> str:
    """Verdict, certainty, level, stance and directness in plain words; a glossary."""
    explained = [concept for concept in site().kb.vocabulary if concept.note]
    return render_template(
        "guide.html",
        verdicts=VERDICTS,
        certainties=CERTAINTIES,
        stances=STANCES,
        designs=DESIGNS,
        explained=explained,
    )


@blueprint.get("/accessibility")
def accessibility() -> str:
    """The accessibility statement."""
    return render_template("accessibility.html", contact=site().kb.settings.get("contact"))
