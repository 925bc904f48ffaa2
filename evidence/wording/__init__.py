"""Every word and sentence that a person meets, in French and in English.

    catalogue    the gettext catalogue of the three packages, and the language of a command
    results      what a study tested, found and harmed, and where that was seen
    terms        what verdicts, certainties, stances, statuses, designs ... are called
    dates        dates, times and numbers in the manner of a language
    typography   the spaces and apostrophes that French is printed with

A line in here may know the templates of messages (`references.errors`) and, in `results`, what a
record holds: it stands on the lowest floor of `evidence`, so that pages, reports and commands use
the same words.
"""

from evidence.wording.catalogue import LANGUAGES, Language, counted, render, translation
from evidence.wording.typography import typeset

__all__ = ["LANGUAGES", "Language", "counted", "render", "translation", "typeset"]
