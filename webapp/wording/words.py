"""The words of the pages: the terms of `evidence.wording`, in the language of the request.

A mark is the name of a symbol in `templates/_marks.svg`; it never stands without its word.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from flask import Flask
from markupsafe import Markup, escape
from werkzeug.local import LocalProxy

from evidence.claims.claim import Claim
from evidence.wording import typeset
from evidence.wording.terms import Term, capitalised, heading, how_direct, name, of_number, terms
from references.concepts import Vocabulary
from references.record import DESIGNS as DESIGN_IDS
from webapp.site import site
from webapp.wording.gettext import lazy
from webapp.wording.language import chosen_language


@dataclass(frozen=True, slots=True)
class Wording:
    """What a value is called, what it means in one plain sentence, and its mark."""

    _name: Callable[[], str]
    _meaning: Callable[[], str]
    mark: str = ""

    @property
    def name(self) -> str:
        """In the language of the request."""
        return self._name()

    @property
    def meaning(self) -> str:
        """In the language of the request."""
        return self._meaning()


def _name(term: Term, in_sentence: bool) -> str:
    language = chosen_language()
    return term.names[language] if in_sentence else term.heading(language)


def _meaning(term: Term) -> str:
    return term.meanings[chosen_language()]


def wordings(kind: str, *, in_sentence: bool = False) -> dict[str, Wording]:
    """The terms of a kind, as they begin a line or as they stand inside a sentence."""
    return {
        value: Wording(partial(_name, term, in_sentence), partial(_meaning, term), term.mark)
        for value, term in terms(kind).items()
    }


def names(kind: str, *, in_sentence: bool = False) -> dict[str, LocalProxy[str]]:
    """The names of a kind alone."""
    return {value: lazy(_name, term, in_sentence) for value, term in terms(kind).items()}


def judged(claim: Claim) -> Wording:
    """The verdict on a claim in words; of a drafted claim, that there is none yet."""
    return VERDICTS[claim.verdict] if claim.verdict else UNASSESSED


def weight(claim: Claim) -> str:
    """How a verdict looks for its certainty, as a class: firm, weak or, where none is, nothing."""
    if claim.certainty in (None, "none"):
        return ""
    return "firm" if claim.certainty in ("high", "moderate") else "weak"


def judged_and_sure(claim: Claim) -> str:
    """Verdict and certainty in one line, where a mark alone is seen."""
    said = [str(judged(claim).name)]
    if claim.certainty and claim.verdict != "not-checkable":
        said.append(name("certainty", claim.certainty, chosen_language()))
    return ", ".join(said)


def concept_label(concept_id: str) -> str:
    """A concept in the language of the page, or its id."""
    language = chosen_language()
    return typeset(_vocabulary().label(concept_id, language), language)


def _design_name(design: str) -> str:
    return capitalised(concept_label(design))


def _design_meaning(design: str) -> str:
    language = chosen_language()
    concept = _vocabulary().get(design)  # a small vocabulary may not have it
    return typeset(concept.note.get(language, ""), language) if concept else ""


def facet_choices(
    facet: str, values: Iterable[str], counts: Mapping[str, int], chosen: Collection[str]
) -> Markup:
    """Values of a facet to be ticked, with their counts; a page of results has a hundred."""
    return Markup(  # noqa: S704 - every part is escaped
        "".join(
            f"{_choice(facet, value, facet_label(facet, value), value in chosen)}"
            f'<span class="count">{counts.get(value, 0):d}</span></label></li>\n'
            for value in values
        )
    )


@lru_cache(maxsize=4096)
def _choice(facet: str, value: str, label: str, is_chosen: bool) -> str:
    return (
        f'<li><label><input type="checkbox" name="{escape(facet)}" value="{escape(value)}"'
        f"{' checked' if is_chosen else ''}><span>{escape(label)}</span>"
    )


def facet_label(facet: str, value: str) -> str:
    """A value of a search facet in the language of the page."""
    if facet in ("language", "stance"):
        called = heading if facet == "language" else name
        return called(facet, value, chosen_language())
    return str(DESIGNS[value].name) if value in DESIGNS else concept_label(value)


def _vocabulary() -> Vocabulary:
    return site().kb.vocabulary


VERDICTS = wordings("verdict")
#: What stands in place of a verdict where there is none.
UNASSESSED = VERDICTS.pop("unassessed")
CERTAINTIES = wordings("certainty")
#: How many of the four bars are filled.
CERTAINTY_BARS = {"high": 4, "moderate": 3, "low": 2, "very-low": 1, "none": 0}
CERTAINTY_REASONS = wordings("certainty-reason")
STANCES = wordings("stance", in_sentence=True)
SOURCE_STATUSES = wordings("source-status")
REFERENCE_STATUSES = wordings("reference-status")
DIRECTNESS = wordings("directness")
DESIGNS = {
    design: Wording(partial(_design_name, design), partial(_design_meaning, design))
    for design in DESIGN_IDS
}


#: What templates call terms that begin a line: their kind.
_HEADINGS = {
    "FACETS": "facet",
    "KINDS": "claim-kind",
    "LEVELS": "level",
    "NOTICES": "notice",
    "PAGE_STATES": "page-state",
    "REASONS": "attention",
    "ROLES": "role",
    "STAGES": "stage",
    "TEXT_STAGES": "text-stage",
}
#: The same where the names alone are wanted.
_NAMES = {
    "CLAIM_FIELDS": "claim-field",
    "FACETS_PLURAL": "facets",
    "LANGUAGE_NAMES": "language",
    "NOT_COMPARED": "not-compared",
    "RULES": "rule",
}
#: Names that stand inside a sentence.
_IN_SENTENCES = {
    "EVENTS": "event",
    "FIELDS": "field",
    "LAPSES": "lapse",
    "LOOKED_OUTCOMES": "lookup-outcome",
    "LOOKED_QUESTIONS": "lookup-question",
    "READ_STANCES": "stance-read",
    "RELATIONS": "relation",
}


def install(app: Flask) -> None:
    """Give the templates the words."""
    app.jinja_env.globals.update(
        {name: wordings(kind) for name, kind in _HEADINGS.items()}
        | {name: names(kind) for name, kind in _NAMES.items()}
        | {name: names(kind, in_sentence=True) for name, kind in _IN_SENTENCES.items()},
        VERDICTS=VERDICTS,
        judged=judged,
        judged_and_sure=judged_and_sure,
        weight=weight,
        of_number=lambda kind, value, n: of_number(kind, value, n, chosen_language()),
        CERTAINTIES=CERTAINTIES,
        CERTAINTY_BARS=CERTAINTY_BARS,
        CERTAINTY_REASONS=CERTAINTY_REASONS,
        STANCES=STANCES,
        SOURCE_STATUSES=SOURCE_STATUSES,
        REFERENCE_STATUSES=REFERENCE_STATUSES,
        DIRECTNESS=DIRECTNESS,
        how_direct=lambda element, how: how_direct(element, how, chosen_language()),
        DESIGNS=DESIGNS,
        concept_label=concept_label,
        facet_choices=facet_choices,
        facet_label=facet_label,
    )
