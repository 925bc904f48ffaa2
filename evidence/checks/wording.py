"""French beside English: the same numbers, the same strength, the same time.

Two wordings are compared by what they must share: numbers, in figures or words
(`number_words.tsv`), and meanings that one of them cannot leave out (may, must, never, not, only,
weeks ...), as `wording.tsv` lists them. What else may differ is for a person to read.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from evidence.checks.figures import numbers
from evidence.checks.rule import Fault, RegisterFault, of_record, of_register, wrong
from evidence.claims.text import Text
from evidence.knowledge import KnowledgeBase
from references.errors import Message, message
from references.normalise import fold
from references.record import TRANSLATED, Reference


def _table(name: str) -> Iterator[dict[str, str]]:
    text = files("evidence.checks").joinpath(name).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        yield {column: cell or "" for column, cell in row.items()}


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

    return tuple((side(row, "fr"), side(row, "en")) for row in _table("wording.tsv"))


def _said(side: _Side, folded: str) -> str:
    return side.is_other.sub(" ", folded) if side.is_other else folded


def _one_sided(french: str, english: str) -> Iterator[Message]:
    """What one language says and the other does not, in one sentence."""
    folded_fr, folded_en = fold(french), fold(english)
    only_french: list[str] = []
    only_english: list[str] = []
    for fr, en in _meanings():
        in_french, in_english = _said(fr, folded_fr), _said(en, folded_en)
        if (said := fr.says.search(in_french)) and not en.may_say.search(in_english):
            only_french.append(said.group())
        if (said := en.says.search(in_english)) and not fr.may_say.search(in_french):
            only_english.append(said.group())
    if only_french and only_english:
        yield message(
            "the French says '{french}' and the English '{english}'; mend one",
            french=tuple(only_french),
            english=tuple(only_english),
        )
    elif only_french:
        yield message(
            "the French says '{words}' and the English nothing of the kind; mend one",
            words=tuple(only_french),
        )
    elif only_english:
        yield message(
            "the English says '{words}' and the French nothing of the kind; mend one",
            words=tuple(only_english),
        )


# ---- numbers --------------------------------------------------------------------------

_DATE = re.compile(r"\b(\d{4})-\d\d-(\d\d)\b")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


@lru_cache(maxsize=2)
def _number_words(language: str) -> tuple[dict[str, float], dict[str, float]]:
    """(those that ask for the number in the other language, those that may stand for it)."""
    asks: dict[str, float] = {}
    may: dict[str, float] = {}
    for row in _table("number_words.tsv"):
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
    yield from _one_sided(french, english)


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
