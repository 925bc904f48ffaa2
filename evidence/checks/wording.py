"""French beside English: the same numbers, the same strength, the same time.

Two wordings are compared by what they must share: numbers, in figures or words
(`number_words.tsv`), and meanings that one of them cannot leave out (may, must, never, not, only,
weeks ...), as `wording.tsv` lists them. What else may differ is for a person to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from evidence.checks.figures import numbers
from evidence.checks.rule import Fault, RegisterFault, of_record, of_register, wrong
from evidence.checks.tables import rows
from evidence.claims.text import Text
from evidence.knowledge import KnowledgeBase
from references.errors import Message, message
from references.normalise import fold
from references.record import TRANSLATED, Reference

#: What ends a sentence or a part of one; a French colon has a space before it.
_SENTENCE = re.compile(r"[.;]\s+|\s:\s|:\s")
#: Ways to say a time that would read as other numbers or units.
_SAID_OTHERWISE = (
    ("half a year", "six months"),
    ("half an hour", "30 minutes"),
    ("demi-heure", "30 minutes"),
    ("two decades", "twenty years"),
    ("J-", "J -"),  # days before an operation
)


# ---- meanings -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Side:
    """How one language says a meaning: what asks for it, what else may stand for it."""

    says: re.Pattern[str]
    may_say: re.Pattern[str]
    is_other: re.Pattern[str] | None


@lru_cache(maxsize=1)
def _meanings() -> tuple[tuple[_Side, _Side], ...]:
    """Each meaning of `wording.tsv`, in French and in English."""

    def pattern(words: str) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{words})\b")

    def side(row: dict[str, str], language: str) -> _Side:
        says, other = row[language], row[f"not_{language}"]
        may_say = "|".join(filter(None, (says, row[f"{language}_too"])))
        return _Side(pattern(says), pattern(may_say), pattern(other) if other else None)

    return tuple((side(row, "fr"), side(row, "en")) for row in rows("wording.tsv"))


@dataclass(frozen=True, slots=True)
class _Words:
    """A text as it is written, and as it is compared."""

    written: str
    folded: str

    @classmethod
    def of(cls, text: str) -> _Words:
        folded = fold(text)
        return cls(text if len(text) == len(folded) else folded, folded)

    def without(self, side: _Side) -> str:
        """The folded text with blanks for what only looks like a meaning."""
        if not side.is_other:
            return self.folded
        return side.is_other.sub(lambda other: " " * len(other.group()), self.folded)


def _only(words: _Words, side: _Side, others: _Words, other_side: _Side) -> Iterator[str]:
    """The words that carry a meaning which the other language has no words for."""
    said = side.says.search(words.without(side))
    if said and not other_side.may_say.search(others.without(other_side)):
        yield words.written[said.start() : said.end()]


def _one_sided(french: str, english: str) -> Iterator[Message]:
    """What one language says and the other does not, in one sentence."""
    in_french, in_english = _Words.of(french), _Words.of(english)
    only_french = tuple(w for fr, en in _meanings() for w in _only(in_french, fr, in_english, en))
    only_english = tuple(w for fr, en in _meanings() for w in _only(in_english, en, in_french, fr))
    if only_french and only_english:
        yield message(
            "the French says '{french}' and the English '{english}'; mend one",
            french=only_french,
            english=only_english,
        )
    elif only_french:
        yield message(
            "the French says '{words}' and the English nothing of the kind; mend one",
            words=only_french,
        )
    elif only_english:
        yield message(
            "the English says '{words}' and the French nothing of the kind; mend one",
            words=only_english,
        )


# ---- numbers --------------------------------------------------------------------------

_DATE = re.compile(r"\b(\d{4})-\d\d-(\d\d)\b")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


@lru_cache(maxsize=2)
def _number_words(language: str) -> tuple[dict[str, float], dict[str, float]]:
    """(those that ask for the number in the other language, those that may stand for it)."""
    asks: dict[str, float] = {}
    may: dict[str, float] = {}
    for row in rows("number_words.tsv"):
        value = float(row["value"])
        asks |= dict.fromkeys(row[language].split(), value)
        may |= dict.fromkeys(row[f"{language}_too"].split(), value)
    return asks, may | asks


def _counts(text: str, language: str) -> tuple[set[float], set[float]]:
    """(the numbers that a text gives, those that it may mean): in figures and in words."""
    given = set(numbers(_DATE.sub(r"\1 \2", text), language))
    asks, may = _number_words(language)
    words: set[str] = set()
    for word in _WORD.findall(fold(text)):
        parts = word.split("-")
        if sum(part in may for part in parts) < 2:  # "twenty-one" and "dix-sept" are in no table
            words.update(parts)
    return (
        given | {asks[word] for word in words if word in asks},
        given | {may[word] for word in words if word in may},
    )


def _other_numbers(french: str, english: str) -> Iterator[Message]:
    given_fr, meant_fr = _counts(french, "fr")
    given_en, meant_en = _counts(english, "en")
    alone = sorted((given_fr - meant_en) | (given_en - meant_fr))
    if alone:
        yield message(
            "these numbers stand in one language only: {numbers}; mend one",
            numbers=tuple(f"{number:g}" for number in alone),
        )


def differences(french: str, english: str) -> Iterator[Message]:
    """What one of two wordings says and the other does not, as far as words show it."""
    for said, plain in _SAID_OTHERWISE:
        french, english = french.replace(said, plain), english.replace(said, plain)
    yield from _other_numbers(french, english)
    for one, other in _sentences(french, english):
        yield from _one_sided(one, other)


def _sentences(french: str, english: str) -> list[tuple[str, str]]:
    """Two wordings sentence by sentence where both have as many, else as a whole."""
    in_french, in_english = _SENTENCE.split(french), _SENTENCE.split(english)
    if len(in_french) != len(in_english):
        return [(french, english)]
    return list(zip(in_french, in_english, strict=True))


# ---- where ----------------------------------------------------------------------------


@of_register
def registers(_kb: KnowledgeBase, text: Text) -> Iterator[RegisterFault]:
    """All that a register says in two languages, once both are written."""
    for location, name, words in text.bilinguals():
        if not words.marks:
            for why in differences(words.fr, words.en):
                yield location, name, why


def _pairs(reference: Reference) -> Iterator[tuple[str, str, str]]:
    """(field, French, English) for each wording of a record that has both."""
    study = reference.study
    for name in TRANSLATED:
        yield f"{name}_fr", study.french.get(name, ""), str(getattr(study, name))
    for finding in reference.findings:
        for part in ("outcome", "timepoint", "value", "text"):
            yield "finding_fr", getattr(finding.french, part), getattr(finding, part)
    for harm in reference.harms:
        yield "harm_fr", harm.french, harm.event


@of_record
def records(_kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """All that a record says in two languages."""
    for name, french, english in _pairs(reference):
        if french and english:
            for why in differences(french, english):
                yield wrong(name, "'{text}': {why}", text=french[:60], why=why)
