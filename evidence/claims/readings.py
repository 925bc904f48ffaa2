"""What two readers made of the claims of a text, each on their own: `<id>.readings.yaml`.

Fields that are not known here are passed over, so that a file may tell more than is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel

from evidence.claims.validation import read_model
from evidence.wording import render, terms, typeset
from references.errors import Problem, message

#: The stance of a record that a reader, or the register, leaves out.
NOT_LINKED = "not-linked"


class ReadingModel(BaseModel):
    """What all parts of a file of readings share."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)


class ReadersVerdict(ReadingModel):
    """What one reader made of a claim."""

    verdict: str = ""
    certainty: str = ""
    certainty_reasons: tuple[str, ...] = ()


class Agreement(ReadingModel):
    """How far two readers agree over `records`; None where it cannot be worked out."""

    records: int = 0
    stance_percent: float | None = None
    stance_kappa: float | None = None
    directness_percent: float | None = None

    def sentence(self, language: str) -> str:
        """The agreement on stances in words, "" where it is not known."""
        if self.stance_percent is None:
            return ""
        figures = {"percent": self.stance_percent, "records": self.records}
        if self.stance_kappa is None:
            said = message("The same stance for {percent:.0f}% of {records:,} records.", **figures)
        else:
            said = message(
                "The same stance for {percent:.0f}% of {records:,} records "
                "(Cohen’s kappa {kappa:.2f}).",
                **figures,
                kappa=self.stance_kappa,
            )
        return typeset(render(said, language), language)


class RecordRead(ReadingModel):
    """The stance of one record: of both readers, and in the register."""

    reference: str
    first: str = NOT_LINKED
    second: str = NOT_LINKED
    settled: str = NOT_LINKED


class ReadingDifference(ReadingModel):
    """How a difference was settled; `reference` is a key, "verdict" or "certainty"."""

    reference: str = ""
    settled: str = ""
    why: dict[str, str] | str = ""

    def why_in(self, language: str) -> str:
        """The reason in a language, "" where it is not written in it."""
        written = {"en": self.why} if isinstance(self.why, str) else self.why
        return written.get(language, "")


class ClaimReadings(ReadingModel):
    """Both readings of one claim."""

    claim: str
    first: ReadersVerdict = ReadersVerdict()
    second: ReadersVerdict = ReadersVerdict()
    agreement: Agreement = Agreement()
    records: tuple[RecordRead, ...] = ()
    differences: tuple[ReadingDifference, ...] = ()

    @property
    def same_verdict(self) -> bool:
        """True when both readers reached the same verdict."""
        return self.first.verdict == self.second.verdict

    @property
    def same_certainty(self) -> bool:
        """True when both readers are as certain."""
        return self.first.certainty == self.second.certainty

    def sentences(self, language: str) -> tuple[str, ...]:
        """What the two readers agreed on, in words: verdict, certainty, stances."""
        verdicts, certainties = (
            tuple(
                terms.name(kind, getattr(one, kind), language) for one in (self.first, self.second)
            )
            for kind in ("verdict", "certainty")
        )
        said = [
            message("Both readers reached the verdict “{verdict}”.", verdict=verdicts[0])
            if self.same_verdict
            else message(
                "The readers reached two verdicts: “{first}” and “{second}”.",
                first=verdicts[0],
                second=verdicts[1],
            ),
            message("Both: {certainty}.", certainty=certainties[0])
            if self.same_certainty
            else message(
                "The first: {first}; the second: {second}.",
                first=certainties[0],
                second=certainties[1],
            ),
        ]
        written = [typeset(render(one, language), language) for one in said if self.first.verdict]
        return tuple(filter(None, (*written, self.agreement.sentence(language))))

    @property
    def differing(self) -> tuple[RecordRead, ...]:
        """The records that had to be settled: other stances, or something said of them beside."""
        said = {one.reference for one in self.differences}
        return tuple(
            one
            for one in self.records
            if not one.first == one.second == one.settled or one.reference in said
        )

    def whys(self, reference: str, language: str) -> tuple[str, ...]:
        """Why a difference was settled as it was, of a key, "verdict" or "certainty"."""
        found = (one.why_in(language) for one in self.differences if one.reference == reference)
        return tuple(filter(None, found))

    @property
    def has_untranslated(self) -> bool:
        """True when a reason is not written in French."""
        return any(one.why and not one.why_in("fr") for one in self.differences)

    def pairs(self) -> Counter[tuple[str, str]]:
        """How often the readers gave which two stances; records both left out are counted too."""
        told = Counter((one.first, one.second) for one in self.records)
        neither = (NOT_LINKED, NOT_LINKED)
        told[neither] = max(self.agreement.records - (told.total() - told[neither]), 0)
        return +told


class _ReadingsFile(RootModel[tuple[ClaimReadings, ...]]):
    """The file: one entry a claim."""


def read_readings(path: Path) -> tuple[dict[str, ClaimReadings], list[Problem]]:
    """The readings of a file by claim; none with what is wrong, by line and field."""
    made, problems = read_model(path, _ReadingsFile)
    return {one.claim: one for one in made.root} if made else {}, problems


def agreement_of(readings: Iterable[ClaimReadings]) -> Agreement:
    """The agreement over the records of several claims together."""
    pairs: Counter[tuple[str, str]] = Counter()
    for one in readings:
        pairs += one.pairs()
    total = pairs.total()
    if not total:
        return Agreement()
    agreed = sum(count for (first, second), count in pairs.items() if first == second)
    return Agreement(
        records=total, stance_percent=100 * agreed / total, stance_kappa=_kappa(pairs, agreed)
    )


def _kappa(pairs: Counter[tuple[str, str]], agreed: int) -> float | None:
    """Cohen's kappa (Cohen 1960); None where chance alone makes the readers agree."""
    total = pairs.total()
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for (one, other), count in pairs.items():
        first[one] += count
        second[other] += count
    chance = sum(first[stance] * second[stance] for stance in first) / total**2
    return None if chance == 1 else (agreed / total - chance) / (1 - chance)
