"""What the fields of a query may hold: a word before a colon is a field only when it does.

"Cryoneurolysis of the pudendal nerve: a systematic review" names no nerve, and "the first year:
results" no year. What cannot be the value of a field is a word like any other, and the answer
says why.
"""

from __future__ import annotations

from functools import lru_cache

from references.concepts import Vocabulary
from references.errors import UserError, message
from references.files import table
from references.normalise import fold
from references.record import DESIGNS


class SearchError(UserError):
    """A filter that means nothing; its text says what to choose instead."""


def concept_of(vocabulary: Vocabulary, value: str, facet: str | None) -> str | None:
    """The id of the concept that a value names, in a facet or in any; None when it names none."""
    concept = vocabulary.resolve(value.strip(), facet)
    if concept is not None:
        return concept.id
    return value if facet in (None, "design") and value in DESIGNS else None


def resolve(vocabulary: Vocabulary, value: str, facet: str) -> str:
    """The id of the concept that a value of a filter names.

    Raises:
        SearchError: no concept of the facet is called so; the sentence names the nearest ones.
    """
    concept = concept_of(vocabulary, value, facet)
    if concept is not None:
        return concept
    given = {"what": message(facet), "value": value[:60]}
    if near := nearest(vocabulary, value, facet):
        raise SearchError(
            "No {what} is called '{value}' in the vocabulary; nearest: {near}.", **given, near=near
        )
    if facet == "design":
        raise SearchError(
            "No design is called '{value}' in the vocabulary; designs are {names}.",
            value=value[:60],
            names=tuple(DESIGNS),
        )
    raise SearchError("No {what} is called '{value}' in the vocabulary.", **given)


def nearest(vocabulary: Vocabulary, value: str, facet: str | None) -> tuple[str, ...]:
    """Names in a facet, or in any, that are written much like a value; the nearest first."""
    from rapidfuzz import fuzz, process

    known = _offered(vocabulary, facet)
    near = process.extract(
        fold(value[:60]), list(known), scorer=fuzz.ratio, score_cutoff=60, limit=3
    )
    return tuple(dict.fromkeys(known[term] for term, _, _ in near))


@lru_cache(maxsize=16)
def _offered(vocabulary: Vocabulary, facet: str | None) -> dict[str, str]:
    """Folded terms and the names to offer for them: misspellings are terms, but no names."""
    names: dict[str, str] = {}
    variants: dict[str, str] = {}
    for concept in vocabulary:
        if facet not in (None, concept.facet):
            continue
        for language, label in concept.label.items():
            names |= {fold(name): name for name in concept.names(language)}
            variants |= {fold(term): label for term in concept.variants.get(language, ())}
    return variants | names


_LANGUAGES = {
    name: code
    for code, names in table("references.formats", "languages.tsv")
    for name in names.split()
}


def language_of(value: str) -> str:
    """The code of a language given by its code or by its French or English name."""
    folded = fold(value.strip())
    return _LANGUAGES.get(folded, folded)
