"""Text, page ranges and years in one form, so that they can be compared.

What a line in here may know: text, and nothing of records, files or services.

- `fold` takes case, accents and ligatures away: for looking words up;
- `words_of` cuts a text into folded words in the singular: for finding concepts;
- `comparable_words` takes all typography and the Atlantic away: for "is it the same title?".
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata

# ---- letters --------------------------------------------------------------------------

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
#: Letters that Unicode does not take apart, by what people type who have no such key.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "þ": "th"}) | str.maketrans("øłđðħŧı", "olddhti")
#: Characters that print nothing and stand inside words: soft hyphens, joiners, marks of direction.
_UNSEEN_OF = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_UNSEEN = re.compile(f"[{_UNSEEN_OF}]")
_GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho "
    "sigma sigma tau upsilon phi chi psi omega"
)
#: The names of the Greek letters, by the small letter.
GREEK = dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", _GREEK_NAMES.split(), strict=True))


@functools.lru_cache(maxsize=16384)
def _fold_run(characters: str) -> str:
    decomposed = unicodedata.normalize("NFKD", characters).casefold()
    decomposed = unicodedata.normalize("NFKD", _UNSEEN.sub("", decomposed)).translate(_LETTERS)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)  # Korean syllables are letters put together


def fold(text: str) -> str:
    """Lower case without accents, ligatures, strokes or unseen characters.

    One character may become two (œ -> oe) or none (a soft hyphen).
    """
    text = text.lower()
    return text if text.isascii() else _NOT_ASCII.sub(lambda run: _fold_run(run[0]), text)


# ---- words ----------------------------------------------------------------------------

_WORD = re.compile(rf"[^\W_]+(?:[{_UNSEEN_OF}]+[^\W_]+)*")
_VOWEL = re.compile("[aeiouy]")


def _stem(word: str) -> str:
    """A word without its plural ending: enough to match terms, too little to confuse them.

    A word without vowels is an abbreviation: CRPS is not several CRP.
    """
    if not _VOWEL.search(word):
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("aux", "eux")):
        return word[:-1]
    if len(word) > 3 and word.endswith(("s", "x")) and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@functools.lru_cache(maxsize=65536)
def _word_key(word: str) -> str:
    return _stem(fold(word))


def words_of(text: str) -> list[tuple[str, int, int]]:
    """The folded, singular words of a text, each with its place."""
    return [(_word_key(m.group()), m.start(), m.end()) for m in _WORD.finditer(text)]


def word_keys(text: str) -> list[str]:
    """The folded, singular words of a text, without their places: faster."""
    return list(map(_word_key, _WORD.findall(text)))


_GREEK_LETTER = re.compile("[" + "".join(GREEK) + "".join(GREEK).upper() + "]")
_APOSTROPHE = re.compile(r"['’ʼ`´]")
#: Words in -ise that are written so everywhere: what stands before the s.
_ALWAYS_S = (
    "adverti advi apprai ari brui chasti circumci compri compromi conci crui demi despi devi "
    "disgui enterpri exci exerci experti franchi impreci improvi inci likewi malai merchandi "
    "otherwi paradi porpoi practi prai preci premi promi repri revi sunri supervi surpri televi "
    "tortoi treati turquoi"
)
#: Spellings that differ across the Atlantic, folded to one form, the American one. Words of one
#: family stay one: "toes" keeps its oe, "excise" its s and "smaller" its ll.
_ATLANTIC = tuple(
    (re.compile(pattern), form)
    for pattern, form in (
        (r"(?<!intr)(?<!extr)(?<!supr)ae(?=[a-z])(?!ro|ri)", "e"),  # anaesthesia, haemorrhage
        (r"(?:^|(?<=[ao])|(?<=anti)|(?<=peri))oe(?=soph|str)", "e"),  # gastro-oesophageal too
        (r"oe(?=dem|li|lo|t[aiou]|a|o|uv|ba|bi)", "e"),  # oedema, diarrhoea, foetus
        (
            rf"^(?!(?:re|un|over|mis)?(?:{_ALWAYS_S.replace(' ', '|')})s)([a-z]{{3,}})is"
            r"(?=(?:e|ed|es|er|ers|ing|ation|ations|able|ability)$)",
            r"\1iz",
        ),
        (r"ys(?=(?:e|ed|es|ing|er)$)", "yz"),
        (r"(?<=[a-z]{2})our(?!d)", "or"),  # tumour, behaviour
        (r"(?<=[bt])re(?=s?$)|(?<=uv)re(?=s?$)", "er"),  # fibre, centre, manoeuvre
        (r"(?<=[bt])red$", "ered"),
        (r"([aeiouy][^aeiouy]+[aeiouy]+)ll(?=(?:ed|ing|er|ers|ments?|s)?$)", r"\1l"),  # labelled
        (r"ogue(?=s?$)", "og"),
        (r"(?<=gram)me(?=s?$)", ""),  # programme
        (r"(?<=ag)e(?=ing$)|(?<=dg)e(?=ments?$)", ""),  # ageing, judgement
        (r"^(defen|offen|licen|preten)ce(?=s?$)", r"\1se"),
        (r"^(practi)s(?=e[ds]?$|ing$)", r"\1c"),
        (r"^grey", "gray"),
        (r"sulph", "sulf"),
        (r"leuco", "leuko"),
        (r"^artefact", "artifact"),
        (r"^aluminium$", "aluminum"),
    )
)


@functools.lru_cache(maxsize=65_536)
def american(word: str) -> str:
    """A folded English word in its American spelling."""
    for pattern, form in _ATLANTIC:
        word = pattern.sub(form, word)
    return word


@functools.lru_cache(maxsize=65_536)
def comparable_words(text: str) -> tuple[str, ...]:
    """The words of a text in the form in which two texts are compared.

    Case, accents, apostrophes, HTML entities and British spelling are gone; Greek letters are
    written by name.
    """
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = _GREEK_LETTER.sub(lambda letter: f" {GREEK[letter[0].lower()]} ", text)
    folded = fold(_APOSTROPHE.sub("", text).replace("&", " and ").replace("ß", "ss"))
    return tuple(map(american, _WORD.findall(folded)))


def joined_words(text: str) -> str:
    """The comparable words of a text without spaces: "follow-up" and "followup" are one."""
    return "".join(comparable_words(text))


# ---- pages and years ------------------------------------------------------------------

_DASHES = re.compile(r"\s*[-‐-―−]+\s*")
_PAGE_LABEL = re.compile(r"^(?:pp?\.?\s*(?=\d)|pii: ?(?=\w))", re.I)
_PREFIXED = re.compile(r"([A-Za-z]*)(\d+)")
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]\d\d|20\d\d|2100)(?!\d)")
_YEAR_ALONE = re.compile(rf"\b{_YEAR.pattern}\b")


def _whole_last(first: str, last: str) -> str:
    """The last page written out: "1277" for 7 after 1271, "S120" for 20 after S112."""
    lead = _PREFIXED.fullmatch(first)
    if lead and last.isascii() and last.isdigit() and len(last) < len(lead[2]):
        return f"{lead[1]}{lead[2][: -len(last)]}{last}"
    return last


def plain_pages(value: str) -> str:
    """Pages as a record holds them: "1271-1277" for "1271–7" and "pp. 1271 - 77".

    One plain hyphen, the last page written out; what is no range ("e123", "12, 45") loses
    nothing but a label before it.
    """
    first, dash, last = _unlabelled(value).strip("- ").partition("-")
    return f"{first}{dash}{_whole_last(first, last)}"


def _unlabelled(pages: str) -> str:
    """Pages without a "pp." before them and with plain hyphens only."""
    return _PAGE_LABEL.sub("", _DASHES.sub("-", pages.strip()))


def shortened_pages(pages: str) -> str:
    """A range as medicine prints it, what both pages begin with said once: "1271-7", "S93-9".

    Pages that end in a letter stay whole ("126A-127A"), and so do Roman ones.
    """
    return re.sub(r"(?<![\w-])([A-Za-z]*)(\d+)-\1(\d+)(?![\w-])", _shortened, pages)


def _shortened(match: re.Match[str]) -> str:
    letters, first, last = match.groups()
    if first == last:
        return f"{letters}{first}"
    if len(first) != len(last):
        return f"{letters}{first}-{last}"
    same = next(at for at in range(len(first)) if first[at] != last[at])
    return f"{letters}{first}-{last[same:]}"


def page_range(pages: str) -> tuple[str, str]:
    """First and last page in the form in which they are compared; the last may be "".

    Both are folded, and the last one has the prefix of the first: "S12-20" is s12 to s20.
    """
    first, _, last = fold(_unlabelled(pages)).partition("-")
    last = _whole_last(first, re.split("[,;]", last)[0])
    lead = _PREFIXED.fullmatch(first)
    return first, f"{lead[1]}{last}" if lead and last.isdigit() else last


def whole_number(value: str) -> int | None:
    """The number that a value is; None for anything but ASCII digits, fewer than 20.

    What `int` takes beyond them (signs, spaces, `1_000`, digits of other scripts) is no number
    that a person or a program would write.
    """
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None


def year_of(text: str) -> int | None:
    """The first plausible year (1500 to 2100) in a date of any form, if there is one.

    A year that stands by itself goes before one with letters on it ("c1998", "2019a").
    """
    match = _YEAR_ALONE.search(text) or _YEAR.search(text)
    return int(match.group()) if match else None


def years_in(text: str) -> set[int]:
    """The plausible years that stand in a text."""
    return set(map(int, _YEAR.findall(text)))


#: How a cell begins that a spreadsheet takes for a formula; the wide forms count in East Asia.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def plain_cell(text: str) -> str:
    """A cell of a table that no spreadsheet takes for a formula: an apostrophe makes it text."""
    return f"'{text}" if text.startswith(_FORMULA) else text
