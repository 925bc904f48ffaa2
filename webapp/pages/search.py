"""`/search`: claims and references by words, concepts and facets; `/selection`: what was ticked.

All that is asked stands in the address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug import Response as WerkzeugResponse

from evidence.search.protocol import INDEXED_KEY, Answer, Hit
from evidence.search.ranking.sorting import together
from evidence.search.request import Sort
from references.errors import UserError
from references.formats.bibliography import OURS, Styled, offered
from references.record import Reference
from webapp.exports import downloads
from webapp.lookups import reference_or_404
from webapp.query import SearchAddress, requested_search
from webapp.site import claims_for, every_hit, search_library, site
from webapp.wording.citation import in_style
from webapp.wording.gettext import gettext as _
from webapp.wording.language import chosen_language

blueprint = Blueprint("search", __name__)

#: How many references one export holds.
MAX_EXPORT = 5000
#: How many references of the index alone are chosen by their keys; whoever ticks them has fewer.
MAX_INDEXED = 500


@blueprint.get("/search")
def search() -> str | WerkzeugResponse | tuple[str, int]:
    """Results of a search with their facets; without words, the whole library to browse."""
    search_request = replace(requested_search(), reader=chosen_language())
    query = SearchAddress(search_request)
    vocabulary = site().kb.vocabulary
    try:
        answer = search_library(search_request)
    except UserError as error:
        return _cannot_be_read(query, error)
    if answer.redirect and query.page == 1 and site().references([answer.redirect]):
        return redirect(url_for("library.reference", key=answer.redirect), 302)
    last = max(1, -(-answer.total // query.size))
    if query.page > last:
        return redirect(query.address(page=last), 302)
    hits = _together(answer, search_request.sort)
    found = site().references(hit.key for hit in hits)
    return render_template(
        "search.html",
        query=query,
        answer=answer,
        claims=() if answer.redirect else claims_for(search_request),
        hits=[_with_passages(hit, found[hit.key]) for hit in hits if hit.key in found],
        recognised=[vocabulary[c] for c in answer.concepts if c in vocabulary],
        off=[vocabulary[c] for c in search_request.without if c in vocabulary],
        last=last,
        histogram=_histogram(answer.facets.get("year", {})),
        exports=downloads.EXTENSIONS,
        fault=None,
    )


def _cannot_be_read(query: SearchAddress, error: UserError) -> tuple[str, int]:
    return render_template("search.html", query=query, answer=None, fault=error), 400


@blueprint.get("/search.<any(bib, ris, 'csl.json', nbib, xml, csv):extension>")
def export_search(extension: str) -> Response | tuple[str, int]:
    """All results of a search as a file, whatever part is asked for; `.json` answers a part."""
    search_request = requested_search()
    try:
        keys = [hit.key for hit in every_hit(search_request, MAX_EXPORT)]
    except UserError as error:
        return _cannot_be_read(SearchAddress(search_request), error)
    references = list(site().references(keys).values())
    return downloads.answer(references, extension.removeprefix("csl."), _("references"))


def _chosen() -> list[Reference]:
    """The references that the address names, each once; the index is asked once for all of them.

    Raises:
        UserError: too many of them are in the index alone.
    """
    keys = list(islice(dict.fromkeys(request.args.getlist("key")), MAX_EXPORT))
    library = site().kb.library
    loaded = (key for key in keys if key not in library and INDEXED_KEY.fullmatch(key))
    if sum(1 for _key in loaded) > MAX_INDEXED:
        raise UserError(
            "At most {most} references that only the index holds can be chosen at once; "
            "export the search instead.",
            most=MAX_INDEXED,
        )
    found = site().references(keys)
    return [found[key] if key in found else reference_or_404(key) for key in keys]


@blueprint.get("/selection")
def selection() -> str:
    """The references ticked in a search, as citations to copy and as files.

    `style` in the address names a citation style; ours stands in for an unknown one, as is said.
    """
    chosen, style = _chosen(), request.args.get("style", "").strip()
    fault = None
    styled: list[Styled] = []
    try:
        if style and style != OURS:
            styled = in_style(chosen, style)
    except UserError as error:
        fault = error
    return render_template(
        "selection.html",
        references=chosen,
        styled=styled,
        style=style,
        styles=offered(),
        fault=fault,
        exports=downloads.EXTENSIONS,
    )


@blueprint.get("/selection.<any(bib, ris, 'csl.json', nbib, xml, csv):extension>")
def export_selection(extension: str) -> Response:
    """The same references as a file."""
    return downloads.answer(_chosen(), extension.removeprefix("csl."), _("references"))


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
