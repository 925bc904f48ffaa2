"""`/search`: the library by words, concepts and facets, all in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug import Response as WerkzeugResponse

from evidence.search.protocol import Answer, Hit
from evidence.search.ranking.sorting import together
from evidence.search.request import MAX_LIMIT, Sort
from references.errors import UserError
from references.record import Reference
from webapp.exports import downloads
from webapp.query import SearchAddress, requested_search
from webapp.site import search_library, site
from webapp.wording.gettext import gettext as _
from webapp.wording.language import chosen_language

blueprint = Blueprint("search", __name__)

#: How many references one export holds.
MAX_EXPORT = 5000


@blueprint.get("/search")
def search() -> str | WerkzeugResponse | tuple[str, int]:
    """Results of a search with their facets; without words, the whole library to browse."""
    search_request = replace(requested_search(), reader=chosen_language())
    query = SearchAddress(search_request)
    library, vocabulary = site().kb.library, site().kb.vocabulary
    try:
        answer = search_library(search_request)
    except UserError as error:
        return _cannot_be_read(query, error)
    if answer.redirect and answer.redirect in library and query.page == 1:
        return redirect(url_for("library.reference", key=answer.redirect), 302)
    last = max(1, -(-answer.total // query.size))
    if query.page > last:
        return redirect(query.address(page=last), 302)
    return render_template(
        "search.html",
        query=query,
        answer=answer,
        hits=[
            _with_passages(hit, library[hit.key])
            for hit in _together(answer, search_request.sort)
            if hit.key in library
        ],
        recognised=[vocabulary[c] for c in answer.concepts if c in vocabulary],
        off=[vocabulary[c] for c in search_request.without if c in vocabulary],
        last=last,
        histogram=_histogram(answer.facets.get("year", {})),
        exports=downloads.EXTENSIONS,
        fault=None,
    )


def _cannot_be_read(query: SearchAddress, error: UserError) -> tuple[str, int]:
    return render_template("search.html", query=query, answer=None, fault=error), 400


@blueprint.get("/search.<any(bib, ris, 'csl.json', csv):extension>")
def export_search(extension: str) -> Response | tuple[str, int]:
    """All results of a search as a file, whatever part is asked for; `.json` answers a part."""
    search_request = requested_search()
    every = replace(search_request, facets=(), highlight=False, limit=MAX_LIMIT)
    library = site().kb.library
    keys: list[str] = []
    try:
        while len(keys) < MAX_EXPORT:
            answer = search_library(replace(every, offset=len(keys)))
            keys += [hit.key for hit in answer.results]
            if not answer.results or len(keys) >= answer.total:
                break
    except UserError as error:
        return _cannot_be_read(SearchAddress(search_request), error)
    references = [library[key] for key in keys if key in library]
    return downloads.answer(references, extension.removeprefix("csl."), _("references"))


Passage = tuple[tuple[str, bool], ...]


def _together(answer: Answer, sort: Sort) -> list[Hit]:
    """The hits of a page; where no level or year orders them, a work published twice together."""
    if sort in ("level", "newest"):
        return list(answer.results)
    by_key = {hit.key: hit for hit in answer.results}
    same = {hit.key: hit.same_as for hit in answer.results if hit.same_as in by_key}
    return [by_key[key] for key in together(list(by_key), same)]


def _with_passages(
    hit: Hit, reference: Reference
) -> tuple[Hit, Reference, Passage, list[tuple[Passage, str]]]:
    """A hit, its reference, its title with the words found marked, and what else was found.

    Passages that only repeat the title or the keywords say nothing more and are left out.
    """
    keywords = {word.casefold() for word in reference.keywords}
    title: Passage = ()
    passages = []
    for passage, language in zip(hit.highlights, hit.languages, strict=True):
        text = "".join(run for run, _match in passage).strip()
        if text == reference.title.strip():
            title = passage
        elif not {part.strip().casefold() for part in text.split(";")} <= keywords:
            passages.append((passage, language))
    return hit, reference, title, passages[:2]


def _histogram(counts: Mapping[str, int]) -> list[tuple[int, int]]:
    """How many results each year has, every year between the first and the last included."""
    years = {int(year): n for year, n in counts.items() if str(year).isdigit()}
    if not years:
        return []
    return [(year, years.get(year, 0)) for year in range(min(years), max(years) + 1)]
