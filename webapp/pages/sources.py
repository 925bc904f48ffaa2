"""`/sources/<text>`: the sources a text prints, and whether they exist as cited."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, render_template

from evidence.services import source_checks
from references.concepts import words_of
from references.record import Reference
from references.verify import cited_string
from webapp.http import caching
from webapp.lookups import readable_or_404
from webapp.site import site
from webapp.wording.verification import last_check

blueprint = Blueprint("sources", __name__)
caching.declare(blueprint, part=lambda: source_checks.stamp(site().instance))


def agreement(cited: str, reference: Reference) -> dict[str, bool]:
    """Whether author, journal, year and title of a record stand in a citation as printed.

    A field that the record does not have is left out: nothing can be said of it. A journal's
    name agrees when its words begin like those of the citation ("Curr Pain Headache Rep").
    """
    words = [word for word, _start, _end in words_of(cited)]
    agrees = {}
    if reference.authors:
        family = [word for word, _s, _e in words_of(reference.authors[0].short)]
        agrees["authors"] = all(word in words for word in family)
    if reference.journal:
        journal = [w for w, _s, _e in words_of(reference.journal) if w not in _SMALL_WORDS]
        agrees["journal"] = all(_begun(word, words) for word in journal)
    if reference.year:
        agrees["year"] = str(reference.year) in words
    if reference.title:
        title = {w for w, _s, _e in words_of(reference.title) if len(w) > 3}
        agrees["title"] = bool(title) and len(title.intersection(words)) >= 0.8 * len(title)
    return agrees


_SMALL_WORDS = {"of", "the", "and", "et", "de", "la", "le", "in", "for", "und"}


def _begun(word: str, words: list[str]) -> bool:
    """True when the citation has the word or an abbreviation of three letters or more."""
    return any(word == w or (len(w) >= 3 and word.startswith(w)) for w in words)


@blueprint.get("/sources/<text_id>")
def sources(text_id: str) -> str:
    """The cited sources: status, what was looked for, what comes nearest, the last check."""
    text = readable_or_404(text_id)
    library = site().kb.library
    return render_template(
        "sources.html",
        text=text,
        counts=Counter(source.status for source in text.sources),
        checks=[last_check(cited_string(source.cited)) for source in text.sources],
        nearest=[
            [
                (library[key], agreement(source.cited, library[key]))
                for key in source.nearest
                if key in library
            ]
            for source in text.sources
        ],
    )
