"""Where a library has little: the question of a claim put to PubMed and to Europe PMC.

The question is made of what the claim is about (condition, nerve, treatment) in English, each with
its synonyms, and of what its kind asks (how common, how it goes on, what harms). It is an address
for a person to open; nothing is fetched here.
"""

from __future__ import annotations

from urllib.parse import quote_plus

from evidence.search.language.analysis import STOP, analyzer, likely_language, raw_tokens
from evidence.search.language.translation import in_english, lexicon
from evidence.search.protocol import Beyond, SearchEngine, Suggested
from evidence.search.ranking.claim_query import tells
from evidence.search.request import Sort
from references.concepts import Concept, Vocabulary
from references.normalise import fold

#: Suggestions up to which the library has little on a claim.
LITTLE = 2
PUBMED = "https://pubmed.ncbi.nlm.nih.gov/?term="
EUROPE_PMC = "https://europepmc.org/search?query="
#: What a kind of claim asks, in words of titles and abstracts.
ASKED = {
    "frequency": ("prevalence", "incidence", "epidemiology"),
    "cause": ("etiology", "risk factors", "causality"),
    "symptom": ("symptoms", "clinical presentation"),
    "diagnosis": ("diagnosis", "sensitivity and specificity", "diagnostic accuracy"),
    "course": ("prognosis", "natural history", "follow-up"),
    "mechanism": ("mechanism", "physiology", "pathophysiology"),
    "efficacy": ("efficacy", "treatment outcome", "randomized"),
    "durability": ("long-term", "duration", "follow-up"),
    "safety": ("adverse effects", "complications", "safety"),
}
#: Of each facet so many concepts, what is named first.
_FACETS = {"indication": 1, "nerve": 1, "intervention": 2, "outcome": 1}
#: Asked for where the page names no condition and no nerve.
_PLACE = "anatomy"
#: Concepts that name nearly any page.
_GENERAL = frozenset({"pain", "surgery", "pharmacotherapy", "infection", "inflammation"})
#: So many names of each concept.
_NAMES = 4
#: From so many parts on a question needs no words of the title.
_ENOUGH = 2
#: Words of a claim that are asked for where it names no concept.
_WORDS = 4
_LETTERS = 5


def suggested(
    engine: SearchEngine,
    vocabulary: Vocabulary,
    claim: str,
    limit: int,
    sort: Sort = "relevance",
    around: str = "",
) -> Suggested:
    """References for a claim, and its question for other services where they are few."""
    found = engine.suggest(claim, limit, sort, around=around)
    is_little = len(found) <= min(LITTLE, limit - 1)
    beyond = look_beyond(claim, vocabulary, around) if is_little else None
    return Suggested(claim, engine.recognise(claim, around), found, beyond)


def look_beyond(
    claim: str, vocabulary: Vocabulary, around: str = "", kind: str = ""
) -> Beyond | None:
    """The question of a claim for PubMed and Europe PMC; None where it names nothing to ask.

    Args:
        claim: its words, in French or English.
        vocabulary: its concepts and their English names.
        around: the heading above it, the title of its page.
        kind: its kind, which says what is asked.
    """
    about = _concepts(claim, vocabulary, around)
    if kind in ASKED:
        about = [concept for concept in about if concept.facet != "outcome"]
    parts = [_names(concept) for concept in about]
    if len(parts) < _ENOUGH:
        parts += [(word,) for word in _words_of_title(around, vocabulary)[: _ENOUGH - len(parts)]]
    parts = parts or [(word,) for word in _words(claim)]
    if not parts:
        return None
    mesh = [concept.label["en"] if concept.mesh else "" for concept in about]
    mesh += [""] * (len(parts) - len(mesh))
    if kind in ASKED:
        parts, mesh = [*parts, ASKED[kind]], [*mesh, ""]
    pubmed = " AND ".join(map(_for_pubmed, parts, mesh))
    europe_pmc = " AND ".join(map(_for_europe_pmc, parts))
    return Beyond(
        pubmed, europe_pmc, PUBMED + quote_plus(pubmed), EUROPE_PMC + quote_plus(europe_pmc)
    )


def _concepts(claim: str, vocabulary: Vocabulary, around: str) -> list[Concept]:
    """What is asked about: of each facet what the page is about, then what the claim names."""
    named = [
        mention.concept
        for words in (around, claim)
        if words
        for mention in vocabulary.named_here(words, likely_language(words), around)
    ]
    chosen: list[Concept] = []
    for facet, most in _FACETS.items():
        of_facet = dict.fromkeys(c for c in named if c.facet == facet and c.id not in _GENERAL)
        chosen += _narrowest(list(of_facet), vocabulary)[:most]
    there = vocabulary.named_here(around, likely_language(around), around) if around else []
    if not any(one.concept.facet in ("indication", "nerve") for one in there):
        chosen[:0] = [one.concept for one in there if one.concept.facet == _PLACE][:1]
    return chosen


def _narrowest(concepts: list[Concept], vocabulary: Vocabulary) -> list[Concept]:
    """The concepts without those that others of them are kinds of."""
    wider = {one for concept in concepts for one in vocabulary.broader(concept.id)}
    return [concept for concept in concepts if concept.id not in wider]


def _words_of_title(around: str, vocabulary: Vocabulary) -> list[str]:
    """Words in English of a page's title that no concept stands for, and that tell what it is."""
    title = around.split(". ", 1)[0]
    language = likely_language(title) or "en"
    covered = " ".join(m.words for m in vocabulary.named_here(title, None, around))
    known = set(raw_tokens(covered))
    telling = (word for word in raw_tokens(title) if tells(word) and word.isalpha())
    return [
        _english(w, language) for w in dict.fromkeys(telling) if w not in known | STOP[language]
    ]


def _names(concept: Concept) -> tuple[str, ...]:
    """English names of a concept, the label first; abbreviations mean too much elsewhere."""
    names = (concept.label["en"], *concept.synonyms.get("en", ()))
    return tuple(dict.fromkeys(name for name in names if not name.isupper()))[:_NAMES]


def _words(claim: str) -> list[str]:
    """The longest words of a claim in English, in their order."""
    language = likely_language(claim) or "en"
    small = STOP[language]
    words = [w for w in raw_tokens(claim) if len(w) >= _LETTERS and w.isalpha() and w not in small]
    kept = sorted(dict.fromkeys(words), key=len, reverse=True)[:_WORDS]
    return [_english(word, language) for word in words if word in kept]


def _english(word: str, language: str) -> str:
    if language == "en":
        return word
    known = lexicon().get(analyzer("fr").stem(fold(word)))
    return known[0] if known else next(iter(in_english(fold(word))), word)


def _for_pubmed(names: tuple[str, ...], mesh: str) -> str:
    terms = [f'"{mesh}"[MeSH Terms]'] if mesh else []
    terms += [f'"{name}"[Title/Abstract]' for name in names]
    return f"({' OR '.join(terms)})"


def _for_europe_pmc(names: tuple[str, ...]) -> str:
    terms = [f'TITLE_ABS:"{name}"' for name in names]
    return f"({' OR '.join(terms)})"
