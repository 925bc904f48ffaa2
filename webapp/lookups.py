"""From an address to the thing it names: a text, a claim, a reference, a concept, or 404.

Each 404 page lists what may have been meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from flask import abort, request, url_for

from evidence.claims.claim import Claim
from evidence.claims.text import Text
from evidence.journal.stage import TextGone
from references.concepts import Concept
from references.normalise import whole_number
from references.record import Reference
from webapp import outage
from webapp.accounts.session import allowed
from webapp.http.error_pages import Missing, Moved
from webapp.site import site, standing
from webapp.wording.display import byline, localised
from webapp.wording.gettext import gettext as _
from webapp.wording.language import chosen_language

#: Facets with a list of their own, in the order of its tabs.
LISTED = ("indication", "nerve", "intervention", "guidance", "outcome", "population", "anatomy")


def requested_page() -> int:
    """The page of a long list that the address asks for, from 1; 400 when it is no number."""
    return whole_number(request.args.get("page") or "1") or abort(400)


def text_or_404(text_id: str) -> Text:
    """The text of an address as readers see it, or the page that lists those there are."""
    if text := standing().public.get(text_id):
        return text
    raise no_text(text_id, standing().public.values())


def readable_or_404(text_id: str) -> Text:
    """As `text_or_404`; editors also read, by itself, a text that is not public yet."""
    view = standing().texts.get(text_id)
    if view is not None and view.public is None and allowed("review"):
        return view.text
    return text_or_404(text_id)


def no_text(text_id: str, known: Iterable[Text], endpoint: str = "texts.text") -> Missing:
    """The page for an address of no text: it lists those that are `known`, with their pages.

    Raises:
        TextGone: the text was withdrawn or deleted.
    """
    if stage := standing().gone.get(text_id):
        raise TextGone(stage)
    if text_id in standing().texts:
        _tell_apart()
    near = [(localised(text.title), url_for(endpoint, text_id=text.id)) for text in known]
    return Missing(_("There is no text “%(id)s” here.", id=text_id), near)


def _tell_apart() -> None:
    """Raise when the journal is unavailable: it may hold what the address names.

    Raises:
        JournalUnavailable: the journal could not be read: the answer is 503 and not 404.
    """
    if fault := outage.journal_fault():
        raise fault


def claim_or_404(text: Text, claim_id: str) -> Claim:
    """The claim of an address, or a page with those of like names."""
    for claim in text.claims:
        if claim.id == claim_id:
            return claim
    _tell_apart()
    ids = get_close_matches(claim_id, [c.id for c in text.claims], n=3, cutoff=0.5)
    near = [
        (localised(text.claim(i).statement), url_for("texts.claim", text_id=text.id, claim_id=i))
        for i in ids
    ] + [(localised(text.title), url_for("texts.text", text_id=text.id))]
    raise Missing(_("The text has no claim “%(id)s”.", id=claim_id), near)


def reference_or_404(key: str) -> Reference:
    """The reference of an address, or a page with those of like keys."""
    library = site().kb.library
    if found := site().references([key]):
        return found[key]
    if fault := outage.search_fault():
        raise fault  # the index may know it
    near = [
        (f"{byline(library[k])}. {library[k].title}", url_for("library.reference", key=k))
        for k in get_close_matches(key, library, n=4, cutoff=0.6)
    ]
    raise Missing(_("There is no reference with the key “%(key)s”.", key=key), near)


def concept_or_404(concept_id: str) -> Concept:
    """The concept of an address; a term or a MeSH id leads on to its concept (`Moved`)."""
    vocabulary = site().kb.vocabulary
    if concept := vocabulary.get(concept_id):
        return concept
    if concept := vocabulary.resolve(concept_id):
        raise Moved(url_for("indications.concept", concept_id=concept.id))
    ids = get_close_matches(concept_id, [c.id for c in vocabulary], n=4, cutoff=0.6)
    raise Missing(
        _("The vocabulary has no concept “%(id)s”.", id=concept_id),
        [
            (vocabulary.label(i, chosen_language()), url_for("indications.concept", concept_id=i))
            for i in ids
        ]
        + [(_("All indications"), url_for("indications.index"))],
    )
