"""A query cut into tokens, and how far the parser has read.

The pieces are words, phrases, parentheses, and fields with their values; this module says what one
of them means by itself, whatever stands around it.
"""

from __future__ import annotations

import re
from itertools import pairwise

from evidence.search.language.analysis import STOP
from evidence.search.query.nodes import Everything, Node, Prefix, Words
from evidence.search.request import MAX_QUERY
from references.errors import Message, message
from references.normalise import fold

MIN_PREFIX = 3  # letters before a star

OPERATORS = {
    "AND": "AND",
    "ET": "AND",
    "&&": "AND",
    "OR": "OR",
    "OU": "OR",
    "||": "OR",
    "NOT": "NOT",
    "SAUF": "NOT",
}
#: Operators that people write as they speak; "and" and "et" ask for nothing new.
_SPOKEN = {"or": "OR", "ou": "OR", "not": "NOT", "sauf": "NOT"}
SHORT = 6  # words of a query, at most, in which a spoken operator is one
#: What says how something is, after "not": that it works, responds, is effective.
_SAYING = re.compile(r"(?:ing|ive|ed|able|ible|ly|ful|wise|enough|yet|cured?)$")
_TITLE = re.compile(r"[,:?]$")  # "Friend or foe?", "Relief, not cure": a title, or a question
#: A name, and the character that sets it off from its value.
FIELD = re.compile(r"([^\W\d_]+)(:|>=|<=|≥|≤|>|<|=)")
WILD = re.compile(r"\*|\?(?=\w)")  # "blocks?:" asks a question, "bl?ck" has a wildcard

_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\u2033": '"'})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BREAK = re.compile(r"[\s()\"]")
#: Spaces; a substance such as (S)-ketamine; an identifier with its field; a quoted value with its
#: field; a parenthesis; a phrase; anything else up to one of these.
_TOKEN = re.compile(
    r'\s+|\([\w,+±-]{1,5}\)-[^\W\d_][^\s()"]+|(?i:doi|pmid|pmcid|key|cl[eé]):[^\s"]+|[^\W\d_]+:"[^"]*"?|[()]|"[^"]*"?|[^\s()"]+'
)
_SUFFIX = re.compile(r"(?:~\d*(?:/\d+)?|\^[\d.]*)$")


def tidy(query: str) -> str:
    """The query with plain quotes and spaces, without control or direction characters.

    At most `MAX_QUERY` characters are looked at; it is cut between words.
    """
    cut = query[: MAX_QUERY + 1]
    if len(cut) > MAX_QUERY:
        cut = cut[:MAX_QUERY].rstrip()
        cut = cut.rsplit(None, 1)[0] if _BREAK.search(cut) else cut
    cut = cut.encode("utf-8", "replace").decode("utf-8")
    return " ".join(_UNSEEN.sub("", _CONTROL.sub(" ", cut)).translate(_QUOTES).split())


class Pieces:
    """The pieces of one query, read from the first to the last, and remarks for the user."""

    def __init__(self, text: str) -> None:
        self.all = [piece for piece in _TOKEN.findall(text) if not piece.isspace()]
        self.at = 0
        self.rewritten = False  # something is not read as it was typed
        self.notices: dict[Message, None] = {}
        self._hear_operators()

    def _hear_operators(self) -> None:
        """Read "pain or tingling" as people mean it, but nothing in a sentence or a title.

        "Not" leaves something out between two words, "phantom not protocol", where the second
        says nothing of the first, as in "treatment not working".
        """
        words = [fold(piece) for piece in self.all]
        small = (STOP["en"] | STOP["fr"]) - {"and", "et"}
        spoken = [
            at
            for at in range(1, len(words) - 1)
            if self.all[at] in _SPOKEN
            and (self.all[at] != "not" or (len(words) == 3 and not _SAYING.search(words[2])))
        ]
        others = [word for at, word in enumerate(words) if at not in spoken]
        if (
            not spoken
            or sum(word not in "()" for word in words) > SHORT
            or not small.isdisjoint(others)
        ):
            return
        if any(piece in OPERATORS or _TITLE.search(piece) for piece in self.all) or any(
            after - before == 1 for before, after in pairwise(spoken)
        ):
            return
        for at in spoken:
            self.remark(
                "'{word}' was read as {operator}; write it between quotation marks to search for "
                "the word.",
                word=self.all[at],
                operator=_SPOKEN[self.all[at]],
            )
            self.all[at] = _SPOKEN[self.all[at]]

    def remark(self, template: str, **values: object) -> None:
        """Tell the user how something was read."""
        self.notices[message(template, **values)] = None
        self.rewritten = True

    def peek(self) -> str | None:
        """The next piece; None at the end."""
        return self.all[self.at] if self.at < len(self.all) else None

    def ends(self) -> bool:
        """Whether a group, or the query, ends here."""
        return self.peek() in (None, ")")

    def is_plain(self, piece: str) -> bool:
        """Whether a piece, the next one, is a word and nothing else."""
        if piece[0] in '("' or WILD.search(piece):
            return False
        if piece[0] == "-" and len(piece) > 1 and (piece[1].isalpha() or piece[1] == '"'):
            return False
        if piece == "-" and self.at + 1 < len(self.all):
            return self.all[self.at + 1][0] not in '("'
        return FIELD.match(piece) is None

    def plain(self, piece: str) -> str:
        """A word without what other query languages hang on to it."""
        if piece == "TO" and self.at > 1 and self.all[self.at - 2][0] in "[{":
            self.remark(
                "Ranges are for years and numbers, as in year:2015..2025; the brackets were "
                "passed over."
            )
        bare = _SUFFIX.sub("", piece)
        if bare != piece:
            self.remark("Marks for fuzzy search and weights (~ and ^) are not used here.")
        return bare.lstrip("+")

    def unquoted(self, piece: str) -> str:
        """What stands between quotation marks."""
        if len(piece) < 2 or piece[-1] != '"':
            self.remark("A quotation mark was not closed; the phrase was taken to the end.")
        return piece.strip('"').strip()

    def beginning(self, piece: str) -> Node:
        """A beginning of words; a word alone, where too few letters stand before the star."""
        text = piece.lstrip("*?")
        star = re.search(r"[*?]", text)
        if not text:
            self.remark("A star alone stands for everything.")
            return Everything()
        if text != piece:
            self.remark("A star works at the end of a word only; one in front was passed over.")
        if star is None:
            return Words(self.plain(text))
        if text[star.start() :].strip("*?"):
            self.remark("A star works at the end of a word only; what followed was left out.")
        beginning = text[: star.start()]
        if sum(map(str.isalnum, fold(beginning))) < MIN_PREFIX:
            self.too_short(piece)
            return Words(beginning)
        return Prefix(beginning)

    def too_short(self, typed: str) -> None:
        """Tell that too few letters stand before a star."""
        self.remark(
            "'{value}' would match too much and was read as a word: write at least {n} letters "
            "before the star, as in cryo*.",
            value=typed[:40],
            n=MIN_PREFIX,
        )
