"""What a study did, found, harmed and is related to, in the words of a language.

Pages, the command, reports and the notes for Zotero ask here, so that each says the same. Words
that the library has in English only come with that language, so that a page can mark them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from evidence.wording import terms
from evidence.wording.dates import number
from evidence.wording.typography import typeset
from references.hosts import seen_at
from references.record import Finding, FindingWords, Harm, Reference, Study
from references.relations import RelatedRecord

_TO = {"en": " to ", "fr": " à "}
_FAVOURS = {"en": "favours {treatment}", "fr": "en faveur du traitement testé ({treatment})"}
_SEMICOLON = {"en": "; ", "fr": "\u202f; "}


@dataclass(frozen=True, slots=True)
class Said:
    """Words as they are printed, and the language that they are in."""

    text: str
    language: str

    def __bool__(self) -> bool:
        return bool(self.text)


@dataclass(frozen=True, slots=True)
class Result:
    """One finding: `interval` and `unit` are "" where the figure tells them already."""

    outcome: Said
    timepoint: Said
    value: Said
    text: Said
    interval: str
    unit: str
    side: str  # which side it favours: "favours the treatment"

    @property
    def figures(self) -> str:
        """The figure with its interval and its unit, in one line."""
        value = f"{self.value.text} [{self.interval}]" if self.interval else self.value.text
        return ", ".join(filter(None, (value, self.unit)))

    @property
    def line(self) -> str:
        """All but the sentence: the outcome, then time, figure and side in brackets."""
        facts = " · ".join(filter(None, (self.timepoint.text, self.figures, self.side)))
        return f"{self.outcome.text} ({facts})" if facts else self.outcome.text

    @property
    def told(self) -> str:
        """The line; where there is no figure, with the sentence behind it."""
        if self.value:
            return self.line
        colon = {"en": ": ", "fr": "\u00a0: "}[self.text.language]
        return colon.join(filter(None, (self.line, self.text.text)))


@dataclass(frozen=True, slots=True)
class HarmTold:
    """An adverse event: what, in how many people, and whether it was serious; "" is not said."""

    event: Said
    people: str
    serious: str

    @property
    def known(self) -> str:
        """In how many people, and whether serious, as far as the record says."""
        return ", ".join(filter(None, (self.people, self.serious)))

    @property
    def line(self) -> str:
        """The event, then what is known of it in brackets."""
        return f"{self.event.text} ({self.known})" if self.known else self.event.text


def _said(text: str, language: str) -> Said:
    return Said(typeset(text, language), language)


def interval_words(interval: str, language: str) -> str:
    """An interval as a language prints it: "-0.3 to 1.2", "−0,3 à 1,2"."""
    words = interval.replace(_TO["en"], _TO[language])
    if language == "fr":
        words = re.sub(r"(?<=\d),(?=\d{3})", "\u202f", words)
        words = re.sub(r"(?<=\d)\.(?=\d)", ",", words)
    return re.sub(r"(?<![\w.,])-(?=\d)", "\u2212", words)


def side_word(favours: str, treatment: str, language: str) -> str:
    """Which side a result favours, with the treatment by its name: "favours cryoneurolysis"."""
    if favours == "intervention" and treatment:
        return typeset(_FAVOURS[language].format(treatment=treatment), language)
    return terms.name("favours", favours, language)


def unit_words(unit: str, language: str) -> str:
    """A unit or scale as a language calls it; of several, each in its place."""
    parts = re.split(r"(, |\u202f?; )", unit.replace("; ", _SEMICOLON[language]))
    return typeset("".join(terms.name("unit", part, language) for part in parts), language)


def _numbers(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))


def result_of(finding: Finding, language: str) -> Result:
    """A finding in the words of a language.

    A finding with any French words is translated: a part of it without them reads the same.
    """
    own = "en" if finding.french == FindingWords() else language
    words = finding.words(language)
    told = set(_numbers(finding.interval)) <= set(_numbers(finding.value))
    unit = unit_words(finding.unit, language)
    printed = " ".join((words.value, words.outcome, finding.value, finding.outcome)).casefold()
    said_already = {finding.unit.casefold(), unit.casefold()}
    return Result(
        outcome=_said(words.outcome, own),
        timepoint=_said(words.timepoint, own),
        value=_said(words.value, own),
        text=_said(words.text, own),
        interval="" if told else interval_words(finding.interval, language),
        unit="" if any(one in printed for one in said_already) else unit,
        side=terms.name("favours", finding.favours, language),
    )


def results_with(reference: Reference, outcome: str, language: str) -> tuple[Result, ...]:
    """The findings that a link to a reference rests on, named by their outcome, with a figure."""
    named = (finding for finding in reference.findings if finding.outcome == outcome)
    return tuple(result_of(finding, language) for finding in named if finding.value)


def results_of(reference: Reference, language: str) -> tuple[Result, ...]:
    """The findings of a reference in the words of a language."""
    return tuple(result_of(finding, language) for finding in reference.findings)


def harm_told(harm: Harm, language: str) -> HarmTold:
    """An adverse event in the words of a language."""
    own = language if harm.french else "en"
    serious = {True: "yes", False: "no", None: ""}[harm.serious]
    return HarmTold(
        event=_said(harm.name(language), own),
        people=_people(harm, language),
        serious=terms.name("serious", serious, language),
    )


def _people(harm: Harm, language: str) -> str:
    if harm.number is None:
        return ""
    if harm.of is None:
        return number(harm.number, language)
    between = {"en": " of ", "fr": " sur "}[language]
    return between.join((number(harm.number, language), number(harm.of, language)))


def harms_of(reference: Reference, language: str) -> tuple[HarmTold, ...]:
    """The adverse events of a reference in the words of a language."""
    return tuple(harm_told(harm, language) for harm in reference.harms)


def study_words(study: Study, name: str, language: str) -> Said:
    """A text of a study (one of `references.record.TRANSLATED`) in the words of a language."""
    own = language if language == "en" or name in study.french else "en"
    return _said(study.words(name, language), own)


def relation_word(relation: RelatedRecord, language: str) -> str:
    """What a record is to its related one, as it stands before the name of that one."""
    kind = "inverse-relation" if relation.is_inverse else "relation"
    return terms.name(kind, relation.kind, language)


def seen_word(address: str, language: str) -> str:
    """What kind of place facts were seen at: "seen on PubMed", "publisher’s page"."""
    return terms.name("seen-at", seen_at(address), language)
