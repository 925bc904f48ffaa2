"""The words of French and of English: which spellings are right although the library lacks them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from evidence.search.language.translation import ENDINGS, in_english, listed_words
from references.concepts import LANGUAGES
from references.normalise import fold

UNCOUNTED = 50  # what the lists give a word that was not met in running text

#: Endings that tell French: a word that has one is right when its English counterpart is.
_FRENCH_ENDINGS = (
    *(pair for pair in ENDINGS if len(pair[0]) > 2 or pair[0] in ("ie", "ee", "if")),
    ("eme", ("ema",)),
)
_MASCULINE = (("ienne", "ien"), ("ante", "ant"), ("ente", "ent"), ("euse", "eux"), ("ive", "if"))


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The words of one language, inflected forms and all.

    `words` holds each folded word as it is written, the most frequent first; of words that
    differ by their accents the more frequent stands for both. `common` are those that were
    met in running text.
    """

    words: dict[str, str]
    common: tuple[str, ...]


@lru_cache(maxsize=2)
def dictionary(language: str) -> Dictionary:
    """The dictionary of "fr" or "en", read when first asked for: 0.2 s, 25 MB."""
    from spellchecker import SpellChecker

    counted = SpellChecker(language=language).word_frequency.items()
    words: dict[str, str] = {}
    common: dict[str, None] = {}
    for word, count in sorted(counted, key=lambda pair: -pair[1]):
        folded = fold(word)
        words.setdefault(folded, folded if folded == word else word)  # one string, not two
        if count > UNCOUNTED:
            common[folded] = None
    return Dictionary(words, tuple(common))


def forms(word: str) -> set[str]:
    """A folded word with what it may be a form of, by the rules that lists leave out.

    A plural is one of its singular, a French feminine of its masculine, a British spelling of
    the American one.
    """
    from references.normalise import comparable_words as american

    singular = word.removesuffix("s")
    masculine = {
        singular.removesuffix(feminine) + ending
        for feminine, ending in _MASCULINE
        if singular.endswith(feminine)
    }
    return {word, singular, *masculine, *american(word)}


def counterparts(word: str) -> list[str]:
    """What a folded word would be in English, if its ending tells that it is French."""
    return in_english(word, _FRENCH_ENDINGS)


def is_word(word: str) -> bool:
    """Whether a folded word is French or English.

    The lists are of everyday words: a French medical one is known from its English counterpart.
    """
    candidates = forms(word)
    return (
        any(form in dictionary(language).words for language in LANGUAGES for form in candidates)
        or not candidates.isdisjoint(listed_words())
        or any(form in dictionary("en").words for form in counterparts(word))
    )
