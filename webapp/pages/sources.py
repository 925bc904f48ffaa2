"""`/sources/<text>`: the sources a text prints, and whether they exist as cited."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, render_template

from evidence.journal.documents import SOURCE_CHECK
from evidence.summary import summarise
from references.verify import agreement, cited_string
from webapp.http import caching
from webapp.lookups import readable_or_404
from webapp.site import site
from webapp.wording.last_check import last_check

blueprint = Blueprint("sources", __name__)
caching.declare(blueprint, part=lambda: str(site().assembler.stamps.get(SOURCE_CHECK, 0)))


@blueprint.get("/sources/<text_id>")
def sources(text_id: str) -> str:
    """The cited sources: status, what was looked for, what comes nearest, the last check."""
    text = readable_or_404(text_id)
    library = site().kb.library
    cited = [cited_string(source.cited) for source in text.sources]
    return render_template(
        "sources.html",
        text=text,
        summary=summarise(text),
        counts=Counter(source.status for source in text.sources),
        checks=[last_check(one) for one in cited],
        nearest=[
            [
                (library[key], agreement(one, library[key]))
                for key in source.nearest
                if key in library
            ]
            for source, one in zip(text.sources, cited, strict=True)
        ],
    )
