"""References offered beside a claim: suggested for its words, or found by a search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from evidence.claims.claim import TRANSLATE, Claim
from evidence.claims.text import Text
from evidence.search.beyond import LITTLE, look_beyond
from evidence.search.protocol import INDEXED_KEY, Beyond
from evidence.search.request import SearchRequest
from references.errors import UserError
from references.normalise import fold
from references.record import Reference
from webapp.outage import SearchUnavailable
from webapp.site import site
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained
from webapp.wording.words import concept_label

OFFERED = 8  # references of each kind
_REASONS = 6  # words a reference is suggested for


@dataclass(frozen=True)
class OfferedReference:
    """A reference offered beside a claim; `why` are the words it is suggested for."""

    reference: Reference
    why: tuple[str, ...] = ()


def _not_linked(claim: Claim, keys: Iterable[str]) -> list[str]:
    linked = {link.reference for link in claim.links}
    library = site().kb.library
    known = (key for key in keys if key in library or INDEXED_KEY.fullmatch(key))
    return [key for key in known if key not in linked]


def suggestions(claim: Claim, text: Text) -> list[OfferedReference]:
    """The references that come nearest to what a claim says and that it is not linked to."""
    fr, en = claim.statement.fr, claim.statement.en
    about = (*claim.population, *claim.intervention)
    around = text.around(claim.section, "fr"), text.around(claim.section, "en")
    try:
        suggested = _suggested((site().fingerprint, site().opened), fr, en, about, around)
    except (SearchUnavailable, UserError):
        return []
    keys = _not_linked(claim, suggested)[:OFFERED]
    return [OfferedReference(one, suggested[key]) for key, one in site().references(keys).items()]


def beyond(claim: Claim, text: Text, offered: int) -> Beyond | None:
    """A question for PubMed and Europe PMC where the library has little on a claim.

    Args:
        claim: what is asked about.
        text: its text.
        offered: how many references of the library are offered or linked already.
    """
    if offered > LITTLE:
        return None
    language = text.language
    around = text.around(claim.section, language)
    return look_beyond(claim.statement[language], site().kb.vocabulary, around, claim.kind)


@lru_cache(maxsize=2000)
def _suggested(
    state: tuple[str, str], fr: str, en: str, about: tuple[str, ...], around: tuple[str, str]
) -> dict[str, tuple[str, ...]]:
    """Keys and reasons for a statement and the concepts it is about, best first.

    `state` is that of the library and of the index: another one, another answer.
    """
    best: dict[str, tuple[float, tuple[str, ...]]] = {}
    for words, place, language in ((fr, around[0], "fr"), (en, around[1], "en")):
        if words.startswith(TRANSLATE[language]):
            continue  # the other language's words again
        with site().searching() as engine:
            hits = engine.suggest(words, 3 * OFFERED, concepts=about, around=place)
        for hit in hits:
            if hit.score > best.get(hit.key, (0.0,))[0]:
                reasons = sorted(hit.why, key=lambda reason: -reason.weight)
                why = tuple(dict.fromkeys(r.what for r in reasons if r.what))[:_REASONS]
                best[hit.key] = hit.score, why
    return {key: best[key][1] for key in sorted(best, key=lambda key: -best[key][0])}


def beside(
    suggested: Iterable[OfferedReference], found: Iterable[OfferedReference], chosen: Iterable[str]
) -> list[OfferedReference]:
    """What stands beside the results of a search: each reference has one place in the form.

    Those that were given a stance already come first, though neither suggested nor found again.
    """
    there = {one.reference.key for one in found}
    offered = {one.reference.key: one for one in suggested}
    first = site().references(key for key in chosen if key not in offered)
    offered = {key: OfferedReference(one) for key, one in first.items()} | offered
    return [one for key, one in offered.items() if key not in there]


def results(words: str, claim: Claim) -> tuple[list[OfferedReference], int, str]:
    """References for a search beside a claim, how many there are in all, and what went wrong."""
    if not words:
        return [], 0, ""
    try:
        with site().searching() as engine:
            answer = engine.search(
                SearchRequest(words[:1000], limit=OFFERED, facets=(), highlight=False)
            )
    except SearchUnavailable:
        return [], 0, _("The search is not available")
    except UserError as error:
        return [], 0, explained(error)
    hits = [answer.redirect] if answer.redirect else [hit.key for hit in answer.results]
    references = site().references(_not_linked(claim, hits)).values()
    offered = [OfferedReference(one) for one in references]
    return offered, max(answer.total, len(offered)), ""


def reasons_in_words(why: Iterable[str]) -> str:
    """Why a reference is suggested: concepts by their names, each word once."""
    labels: list[str] = []
    for what in why:
        label = str(concept_label(what)) if what in site().kb.vocabulary else what
        if not any(fold(label) in fold(one) for one in labels):
            labels.append(label)
    return ", ".join(labels)
