"""The voice of a report: its words in one language, and what says in which language others are."""

from __future__ import annotations

import re
from datetime import date

from evidence.claims.claim import Bilingual
from evidence.claims.text import Text
from evidence.knowledge import KnowledgeBase
from evidence.originals.load import language_of
from evidence.wording import dates, terms, typeset
from evidence.wording.results import Said
from references.record import Reference

_OTHER = {"fr": "en", "en": "fr"}
#: A space before a point or a comma: what a note call leaves where it was taken out.
_LOOSE = re.compile(r"(?<=\w)[ \u00a0\u202f]+(?=[.,](?:\s|$))")


def tidy(text: str) -> str:
    """Text of a page in one line, without the gaps that note calls leave before a stop."""
    return _LOOSE.sub("", " ".join(text.split()))


def written_in(text: Bilingual, language: str) -> str:
    """The language in which the words for a language really are.

    The same words under both languages were typed once and copied: they are in the one that they
    read like.
    """
    if not text.is_written_in(language):
        return _OTHER[language]
    if text.fr == text.en and (found := language_of(text.fr)) in _OTHER:
        return found
    return language


def untranslated(text: Text, language: str) -> int:
    """How many passages of a text have no words in a language."""
    passages = (words for _, _, words in text.bilinguals())
    return sum(written_in(words, language) != language for words in passages)


class Voice:
    """How a report of a base says things in a language."""

    def __init__(self, kb: KnowledgeBase, language: str) -> None:
        self.kb = kb
        self.language = language

    def name(self, kind: str, value: str) -> str:
        """What a value of the data is called inside a sentence."""
        return terms.name(kind, value, self.language)

    def heading(self, kind: str, value: str) -> str:
        """What a value of the data is called where it begins a line."""
        return terms.heading(kind, value, self.language)

    def label(self, name: str) -> str:
        """What a part of the report is called."""
        return self.name("report-label", name)

    def said(self, text: Bilingual | None) -> Said:
        """Words of people as they are printed, each key in them the names of its authors."""
        if text is None:
            return Said("", self.language)
        language = written_in(text, self.language)
        words = self.kb.library.with_named(typeset(text[self.language], language), self.byline)
        return Said(words, language)

    def byline(self, reference: Reference) -> str:
        """Authors and year of a reference."""
        return reference.byline_in(self.language)

    def day(self, day: date | None) -> str:
        """A date as the language writes it, "" for none."""
        return dates.day(day, self.language)
