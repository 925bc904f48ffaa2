"""What a report says: data only, in one language, ready to be written in any form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from evidence.wording import counted
from evidence.wording.results import Said

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class ReportedStudy:
    """What a reference says, in words: a line a finding, an adverse event, a related record.

    `facts` are what was tested, in whom, against what ..., each with what it is called; `seen`
    are the kinds of places where all this was seen.
    """

    facts: tuple[tuple[str, str], ...] = ()
    results: tuple[str, ...] = ()
    harms: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportedReference:
    """A linked reference: its number, its citation, what kind of study it is."""

    number: int
    key: str
    citation: str
    design: str = ""
    level: str = ""
    participants: int | None = None
    remark: str = ""
    address: str = ""
    study: ReportedStudy = ReportedStudy()


@dataclass(frozen=True)
class ReportedOutcome:
    """A row of the summary of findings: what and against what, who, whom it favours, each study."""

    outcome: str
    comparison: str
    studies: str
    direction: str
    directness: str
    effects: tuple[str, ...]

    @property
    def head(self) -> str:
        """The outcome with its comparison, who was studied, and how directly, in one line."""
        what = ", ".join(filter(None, (self.outcome, self.comparison)))
        return " · ".join(filter(None, (what, self.studies, self.direction, self.directness)))


@dataclass(frozen=True)
class ReportedDifference:
    """What two readers saw differently: a reference, the verdict or the certainty."""

    what: str
    first: str
    second: str
    settled: str
    why: str
    why_language: str  # that of the report, or English where nothing else was written


@dataclass(frozen=True)
class Quoted:
    """The page's own words for a claim: the headings above, what announces it, the sentence.

    `is_whole` is False where the page was not loaded and only the first and last words of the
    passage are known. `was` is what of it read otherwise before, where that is known.
    """

    headings: tuple[str, ...]
    lead: str
    words: str
    is_whole: bool
    was: str = ""

    def in_brief(self, most: int) -> str:
        """The words in one line: as many whole ones as fit in so many characters, all or "…"."""
        if len(self.words) <= most:
            return self.words
        return self.words[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:.(«“") + "\u00a0…"


@dataclass(frozen=True)
class ReportedLink:
    """A reference on a claim: which way it points, why, on which figures, how directly.

    `number` is that of the reference, `name` its authors and year, `study` what kind it is.
    `directness` says in words what is not direct, or that all is; `elements` gives each stated
    element. `harms` are told where the claim is about safety.
    """

    number: int
    reference: str
    name: str
    study: str
    stance: str
    stance_word: str
    note: Said
    finding: str
    figures: tuple[Said, ...]
    directness: str
    elements: Mapping[str, str]
    harms: tuple[Said, ...]

    @property
    def untold(self) -> tuple[Said, ...]:
        """The figures of which the note does not tell every number."""
        told = set(_NUMBER.findall(self.note.text))
        return tuple(one for one in self.figures if not told.issuperset(_NUMBER.findall(one.text)))


@dataclass(frozen=True)
class Departure:
    """Where a decision differs from what the rules propose: their proposal, and the reason."""

    proposed: str
    reason: str


@dataclass(frozen=True)
class Done:
    """Who did something, and when."""

    people: tuple[str, ...] = ()
    on: str = ""


@dataclass(frozen=True)
class SignaturesGiven:
    """How many different people's signatures hold on a claim, and how many the base asks for."""

    have: int = 0
    needed: int = 1

    @property
    def are_enough(self) -> bool:
        return self.have >= self.needed

    def __str__(self) -> str:
        return f"{self.have}/{self.needed}"


@dataclass(frozen=True)
class ReportedClaim:
    """A claim with all that stands behind it.

    A claim nobody has decided on is not `assessed`: it has no verdict, no certainty, no reasons.
    `group` is why the author has something to do, "" when there is nothing; `todo` says what, in a
    word. `wrong` is what the table of sentences says of it: the beginning of the rationale.
    `readings` says how far two readers agreed; nothing where it was not read twice.
    """

    number: int
    id: str
    section: str
    quoted: Quoted
    statement: Said
    assessed: bool
    verdict: str | None
    verdict_word: str
    certainty: str | None
    certainty_word: str
    certainty_short: str
    reasons: tuple[str, ...]
    group: str
    todo: str
    wrong: Said
    rationale: Said
    caveats: Said
    links: tuple[ReportedLink, ...]
    departure: Departure | None
    page_state: str
    page_word: str
    decided: Done
    signed: Done
    signatures: SignaturesGiven
    lapses: tuple[str, ...]
    hash: str
    readings: tuple[str, ...] = ()
    differences: tuple[ReportedDifference, ...] = ()
    outcomes: tuple[ReportedOutcome, ...] = ()

    @property
    def evidence(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The numbers of the linked references by what their stance is called."""
        for stance in dict.fromkeys(link.stance_word for link in self.links):
            yield stance, tuple(one.number for one in self.links if one.stance_word == stance)


@dataclass(frozen=True)
class ReportedSource:
    """A source the page prints, and what was found when it was looked for."""

    cited: str
    status: str
    status_word: str
    located: str
    nearest: tuple[str, ...]
    looked: Said
    note: Said


@dataclass(frozen=True)
class Reviewer:
    """Somebody who signed: how many claims still carry the signature, how many no longer."""

    person: str
    first: str
    last: str
    claims: int
    lapsed: int


@dataclass(frozen=True)
class Report:
    """A whole report in one language.

    `groups` are the claims that ask for something, by why, the most urgent first.
    """

    language: str
    text_id: str
    text_language: str
    title: Said
    facts: tuple[tuple[str, str], ...]
    made: str
    verdicts: tuple[tuple[str, str, int, str], ...]
    signed: int
    groups: tuple[tuple[str, tuple[ReportedClaim, ...]], ...]
    method: tuple[str, ...]
    sections: tuple[tuple[Said, tuple[ReportedClaim, ...]], ...]
    references: tuple[ReportedReference, ...]
    sources: tuple[ReportedSource, ...]
    reviewers: tuple[Reviewer, ...]
    hashes: tuple[tuple[str, str], ...]
    untranslated: int = 0  # passages that are in the other language, as they were written
    notices: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def claims(self) -> tuple[ReportedClaim, ...]:
        """All claims, in the order of the page."""
        return tuple(claim for _, claims in self.sections for claim in claims)

    @property
    def by_urgency(self) -> tuple[ReportedClaim, ...]:
        """All claims: those that ask for something, the most urgent first, then the others."""
        urgent = [claim for _, claims in self.groups for claim in claims]
        return (*urgent, *(claim for claim in self.claims if not claim.group))

    @property
    def warning(self) -> str:
        """That not all is translated, with how much; "" when all is."""
        return not_translated(self.untranslated, self.language, self.language)

    @property
    def counted(self) -> str:
        """How many claims there are, are signed and wait for somebody to decide, in words."""
        waiting = sum(not claim.assessed for claim in self.claims)
        parts = [
            counted(len(self.claims), "%(num)s claim", "%(num)s claims", self.language),
            counted(self.signed, "%(num)s signed", "%(num)s signed", self.language),
            counted(waiting, "%(num)s not assessed yet", "%(num)s not assessed yet", self.language),
        ]
        return ", ".join(parts if waiting else parts[:2])

    def as_dict(self) -> dict[str, Any]:
        """The JSON form. Words of people are strings; `languages` names those in another one."""
        plain: dict[str, Any] = asdict(self, dict_factory=_Plain(self.language))
        for name in ("labels", "groups"):
            plain.pop(name)
        plain["facts"] = dict(self.facts)
        plain["hashes"] = dict(self.hashes)
        plain["verdicts"] = {name: count for name, _, count, _ in self.verdicts}
        plain["sections"] = [
            {"heading": str(heading), "claims": claims} for heading, claims in plain["sections"]
        ]
        return plain


def not_translated(number: int, language: str, told_in: str) -> str:
    """That some passages of a report in a language are in the other one; "" for none."""
    if not number:
        return ""
    if language == "en":
        return counted(
            number,
            "%(num)s passage has not been translated and is printed in French, as it was written.",
            "%(num)s passages have not been translated and are printed in French, as they were "
            "written.",
            told_in,
        )
    return counted(
        number,
        "%(num)s passage has not been translated and is printed in English, as it was written.",
        "%(num)s passages have not been translated and are printed in English, as they were "
        "written.",
        told_in,
    )


class _Spoken(str):
    """Words on their way into JSON, which remember their language."""

    language: str


class _Plain:
    """Makes plain dictionaries of the parts of a report."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __call__(self, pairs: list[tuple[str, Any]]) -> Any:
        made = dict(pairs)
        if set(made) == {"text", "language"}:
            spoken = _Spoken(made["text"])
            spoken.language = made["language"]
            return spoken
        others = {
            name: value.language
            for name, value in made.items()
            if isinstance(value, _Spoken) and value and value.language != self._language
        }
        return made | {"languages": others} if others else made
