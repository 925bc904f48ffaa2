"""`/pico`: a question in four fields, with names of the vocabulary to choose from.

It leads to a normal search: what names a concept becomes a filter or a field of the query
language, everything else words.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug import Response

from evidence.wording import LANGUAGES
from references.concepts import Concept
from webapp.site import site
from webapp.wording.language import chosen_language

blueprint = Blueprint("pico", __name__)

#: The fields of the form, and the facets whose names each suggests.
FIELDS = {
    "population": ("indication", "population"),
    "intervention": ("intervention",),
    "comparator": ("intervention",),
    "outcome": ("outcome",),
}
SYNONYMS = 2  # of a language offered beside its label; all that there are lead to the concept


@blueprint.get("/pico")
def form() -> str | Response:
    """The form; with something in it, the search it stands for."""
    said = {name: request.args.get(name, "").strip()[:200] for name in FIELDS}
    if any(said.values()):
        return redirect(url_for("search.search", **search_for(said)), 302)
    lists = {facets: [*chain(*map(_offered, facets))] for facets in FIELDS.values()}
    return render_template("pico.html", fields=FIELDS, lists=lists)


def search_for(said: dict[str, str]) -> dict[str, Any]:
    """The parameters of the search for a question, by field as it was typed.

    A condition, kind of people or treatment that the vocabulary has is a filter, a comparator a
    field of the query; an outcome, which no record has a field for, and what the vocabulary does
    not have are words.
    """
    values: dict[str, str] = {}
    words: list[str] = []
    for name, typed in said.items():
        found = (site().kb.vocabulary.resolve(typed, facet) for facet in FIELDS[name])
        concept = next(filter(None, found), None) if typed else None
        if concept is None or name == "outcome":
            words.append(typed)
        elif name == "comparator":
            words.append(f"comparator:{concept.id}")
        else:
            values[concept.facet] = concept.id
    return values | {"q": " ".join(filter(None, words))}


def _offered(facet: str) -> Iterator[tuple[str, str]]:
    """Names to choose from, in both languages, each with the label where it is another name."""
    language = chosen_language()
    for concept in _worth_offering(facet):
        label = concept.label[language]
        yield label, ""
        names = (concept.names(code)[: 1 + SYNONYMS] for code in LANGUAGES)
        for name in dict.fromkeys(chain(*names)):
            if name.casefold() != label.casefold():
                yield name, label


def _worth_offering(facet: str) -> list[Concept]:
    studies = site().studies
    known = studies.measuring if facet == "outcome" else studies.keys_of
    concepts = site().kb.vocabulary.of_facet(facet)
    return sorted((c for c in concepts if known(c.id)), key=lambda c: -len(known(c.id)))
