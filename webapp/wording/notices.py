"""What the search engine says, in the reader's language.

The engine speaks English sentences; each is known here as a message with places for words.
A sentence that is not known is shown as it is, marked as English.
"""

from __future__ import annotations

from flask import Flask
from markupsafe import Markup

from references.errors import Message
from webapp.wording.language import chosen_language
from webapp.wording.messages import Sentences


def _(message: str) -> str:
    """Marks a message for translation."""
    return message


SENTENCES = (
    _("No reference has all of these words; those with most of them are shown."),
    _(
        "The query names no condition, nerve or treatment to be direct to; the most relevant "
        "come first."
    ),
    _("These words are too common to search for; add a more telling one."),
    _("No reference here has the identifier %(name)s."),
    _("There is no filter '%(name)s'; filters are %(names)s."),
    _("'%(value)s' is not a year; write four digits."),
    _(
        "'%(value)s' would match too much and was read as a word: write at least %(n)s letters "
        "before the star, as in cryo*."
    ),
    _(
        "'%(value)s' was read as words: it is not a year or a range of years, as in "
        "year:2015..2025 or year>=2015."
    ),
    _("'%(value)s' was read as words: it is not a number or a range, as in n>50 or n:20..100."),
    _("'%(value)s' was read as words; languages here are %(names)s."),
    _("'%(value)s' was read as words: the field has no such value; nearest: %(near)s."),
    _("'%(value)s' was read as words: the field has no such value."),
    _("'%(value)s' was read as words: with it as a field nothing is found."),
    _("Only the first %(n)s characters were read."),
    _(
        "Only the first %(n)s words that begin so were searched for; write more letters before "
        "the star."
    ),
    _("Ranges are for years and numbers, as in year:2015..2025; the brackets were passed over."),
    _("Only the first %(n)s words were searched for."),
    _("An OR without words on both sides was passed over."),
    _("An AND without words on both sides was passed over."),
    _("A NOT without words after it was passed over."),
    _("Marks for fuzzy search and weights (~ and ^) are not used here."),
    _("A quotation mark was not closed; the phrase was taken to the end."),
    _("Parentheses more than %(n)s deep were passed over."),
    _("A parenthesis was not closed; it was closed at the end."),
    _("A closing parenthesis without an opening one was passed over."),
    _("A star alone stands for everything."),
    _("A star works at the end of a word only; one in front was passed over."),
    _("A star works at the end of a word only; what followed was left out."),
    _("There is no field '%(name)s'; its words were searched for instead. Fields are %(names)s."),
    _("'%(name)s:' without a value was passed over."),
    _("Nothing in the query can be searched for; everything is listed."),
    _("The range %(low)s..%(high)s was read as %(high_again)s..%(low_again)s."),
    _("No %(what)s is called '%(value)s' in the vocabulary; nearest: %(near)s."),
    _("No design is called '%(value)s' in the vocabulary; designs are %(names)s."),
    _("No %(what)s is called '%(value)s' in the vocabulary."),
)


KNOWN = Sentences(SENTENCES)


def install(app: Flask) -> None:
    """Give the templates the translation."""
    app.jinja_env.filters["told"] = told


def told(message: Message | str) -> str | Markup:
    """A sentence of the engine in the language of the page."""
    sentence = str(message)
    if chosen_language() == "en":
        return sentence
    translated = KNOWN.translated(sentence)
    return translated or Markup('<span lang="en">{}</span>').format(sentence)
