"""Cut a page into sections and sentences, and say which sentences can be checked.

Sentences are split by pysbd (Sadvilkar & Neumann 2020, "PySBD: Pragmatic Sentence Boundary
Disambiguation", NLP-OSS), line by line, so that headings and list items stay apart; what it
splits after a medical abbreviation is joined again. Offsets count characters of the page.

The score of a sentence adds up what it was seen to contain; every part of it is a `Cue` of
`cues.toml`, with a label in both languages. It orders work for an editor and decides nothing.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Literal

import pysbd

from evidence.anchoring.calls import blanked, without_calls
from evidence.anchoring.tokens import characters_of
from evidence.claims.claim import Bilingual
from references.concepts import Vocabulary
from references.normalise import fold

Form = Literal["heading", "sentence", "item", "source"]

#: From this score on a sentence is taken to make a checkable claim.
CLAIM_FROM = 0.35
#: From this one on, a sentence that the page did not have before.
NEW_CLAIM_FROM = 0.1
LANGUAGES = ("fr", "en")

#: A list item begins with one character that is no word, bracket or quote ("•", "→", "✓"), with a
#: number or a letter, or with the "o" that word processors leave for a bullet.
_BULLET = re.compile(
    r"^\s*(?:[^\w\s\"'«»“”‘’(\[{.,;:!?#%<>=~≤≥±+|/\\]\uFE0F?|\d{1,2}[.)]|[a-z]\)|o)\s+"
)
_NUMBER = re.compile(r"^\s*\d{1,2}[.)]\s+")
#: Abbreviations that stand before something, and so never end a sentence.
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:dr|drs|pr|prs|prof|m|mm|mme|mlle|mr|mrs|ms|st|ste|env|approx|cp|cpr|gél|amp|"
    r"fig|tab|ex|p\.\s?ex|cf|vs|ca|art|éd|coll|i\.\s?e|e\.\s?g|c\.-à-d|resp|bd|tél|réf|chap|"
    r"vol|pp)\.\s*$",
    re.IGNORECASE,
)
_SOURCES = re.compile(
    r"^(?:sources?|references?|bibliographie|bibliography|pour en savoir plus|further reading|"
    r"credits?|litterature|literature)\b[^.]{0,30}$"
)
_REFERENCE = re.compile(
    r"^(?:\[?\d+[\].)]\s*)?[A-ZÀ-Þ][\w'’-]+\s+(?:[A-Z]{1,3}\b|et al)|\bdoi\b|\bPMID\b|"
    r"\b(?:19|20)\d\d\s*;\s*\d+"
)
#: A printed source wherever it stands: names with initials, and a year.
_CITATION = re.compile(
    r"^(?:\[?\d+[\].)]\s*)?(?:[a-zà-ÿ]{1,3}\s){0,2}"
    r"(?!(?:Le|La|Les|Un|Une|Des|Du|Ce|Cette|The|An?|This)\s)[A-ZÀ-Þ][\w'’-]+(?:\s[A-ZÀ-Þ][\w'’-]+)?,?\s+"
    r"(?:[A-ZÀ-Þ]{1,3}\.|[A-ZÀ-Þ]\.-?[A-ZÀ-Þ]\.|(?:[A-ZÀ-Þ]{1,3}\s+)?et al\b|"
    r"[A-ZÀ-Þ]{1,3},\s+[A-ZÀ-Þ][\w'’-]+\s+[A-ZÀ-Þ]{1,3}\b).*\b(?:19|20)\d\d\b",
    re.DOTALL,
)
#: After a quotation that ends a sentence another one begins.
_QUOTED = re.compile(r"(?<=[.!?]\s[»”])\s+(?=[A-ZÀ-Þ])|(?<=[.!?][»”])\s+(?=[A-ZÀ-Þ])")
#: Between the cells of one row of a table (`evidence.originals`).
_CELL = " | "
#: No page is wrapped at fewer characters; shorter lines are lines.
_NARROWEST = 30
#: A word cut at the end of a line.
_CUT = re.compile(r"[^\W\d_][-\u00ad\u2010]$")
#: pysbd takes four times as long for a line twice as long: it is given this many characters
#: at most.
_STRETCH = 2000
_SENTENCE_END = re.compile(r"[.!?…]\s+(?=[«“\"(\w])")
#: No abbreviation, bullet or cut word reaches further than this.
_NEAR = 60


@dataclass(frozen=True, slots=True)
class Cue:
    """Something in a sentence that makes it a claim, or no claim, and its weight."""

    name: str
    weight: float
    label: Bilingual
    words: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"reason": self.name, "weight": self.weight, "words": self.words}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, list item, heading or printed source, where it stands, how it scores.

    `lead` is the sentence that introduces a list item ("Possible effects are:").
    """

    text: str
    start: int
    end: int
    section: int
    form: Form
    lead: str = ""
    score: float = 0.0
    cues: tuple[Cue, ...] = ()

    @property
    def is_claim(self) -> bool:
        """True when the sentence is taken to say something that can be checked."""
        return self.score >= CLAIM_FROM

    @property
    def kind(self) -> str:
        """The kind of claim that its strongest cue points to."""
        if any(cue.name == "indication" and cue.words == self.lead[:60] for cue in self.cues):
            return "indication"  # an item of "in case of:"
        known = [(cue.weight, kind) for cue in self.cues if (kind := _RULES[cue.name].kind)]
        return max(known, key=lambda pair: pair[0])[1] if known else "organisation"


@dataclass(frozen=True, slots=True)
class _Rule:
    """A row of `cues.toml`: a cue as it counts by itself, the kind it points to, its pattern."""

    cue: Cue
    kind: str
    pattern: re.Pattern[str] | None


def _rules() -> dict[str, _Rule]:
    table = files("evidence.anchoring").joinpath("cues.toml").read_text(encoding="utf-8")
    return {
        row["name"]: _Rule(
            Cue(row["name"], row["weight"], Bilingual(fr=row["fr"], en=row["en"])),
            row.get("kind", ""),
            re.compile(row["pattern"].replace("\n", "")) if "pattern" in row else None,
        )
        for row in tomllib.loads(table)["cue"]
    }


#: What is looked for in a sentence, by name.
_RULES = _rules()


def _cue(name: str, weight: float | None = None, words: str = "") -> Cue:
    """A cue of the table, with what it weighs here and the words it was seen in."""
    cue = _RULES[name].cue
    return replace(cue, weight=cue.weight if weight is None else weight, words=words)


@functools.cache
def _splitter(language: str) -> Any:
    return pysbd.Segmenter(language=language if language in LANGUAGES else "en", clean=False)


def _stretches(line: str) -> list[str]:
    """A line in parts short enough for pysbd, cut where a sentence seems to end, else at a space.

    What is cut inside a sentence is joined again like what pysbd itself cuts there.
    """
    parts = []
    start = 0
    while len(line) - start > _STRETCH:
        stop = start + _STRETCH
        ends = [match.end() for match in _SENTENCE_END.finditer(line, start, stop)]
        cut = ends[-1] if ends else line.rfind(" ", start, stop) + 1
        cut = cut if cut > start else stop
        parts.append(line[start:cut])
        start = cut
    return [*parts, line[start:]]


def _ends_in_abbreviation(text: str, start: int, end: int) -> bool:
    """True when the part of a text from `start` to `end` ends in an abbreviation."""
    if end - start <= _NEAR:
        return bool(_ABBREVIATED.search(text[start:end]))
    return bool(_ABBREVIATED.search("-" + text[end - _NEAR : end]))  # "-": a word goes on


def _split_line(line: str, language: str) -> list[tuple[int, int]]:
    """The sentences of one line, as offsets without the space around them."""
    spans: list[tuple[int, int]] = []
    at = 0
    line = blanked(line.replace("\n", " "))
    segment = _splitter(language).segment
    pieces = [p for part in _stretches(line) for long in segment(part) for p in _QUOTED.split(long)]
    for piece in pieces:
        plain = piece.strip()
        begin = line.find(plain, at)
        if not plain or begin < 0:  # pysbd changes some rare characters; the rest joins the next
            continue
        end = begin + len(plain)
        if spans and (
            _ends_in_abbreviation(line, *spans[-1])
            or (plain[0].islower() and not line.endswith(("!", "?"), 0, spans[-1][1]))
            or not any(map(str.isalpha, plain))
            or (plain[0] in "-–,;:)" and begin == spans[-1][1])
        ):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
        at = end
    if not spans or spans[-1][1] < len(line.rstrip()):
        begin = spans[-1][1] if spans else 0
        rest = line[begin:]
        if re.search(r"\w", rest):
            start = begin + len(rest) - len(rest.lstrip())
            spans.append((start, len(line.rstrip())))
    return spans


#: Short lines are remembered: a page is split again whenever it is compared with another.
_split_short = functools.lru_cache(maxsize=2048)(_split_line)


def _split(line: str, language: str) -> list[tuple[int, int]]:
    return (_split_short if len(line) <= _STRETCH else _split_line)(line, language)


def _width(text: str) -> int:
    """The width at which a page was wrapped, in characters; 0 when its lines are of any length."""
    lengths = sorted(len(line.rstrip()) for line in text.splitlines() if line.strip())
    if not lengths:
        return 0
    width = lengths[len(lengths) * 9 // 10]
    full = sum(0.75 * width <= length <= width for length in lengths)
    return width if width >= _NARROWEST and full >= 3 and full >= 0.3 * len(lengths) else 0


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@dataclass(slots=True)
class _JoinedLines:
    """Lines that are one, as offsets: a page may hold a hundred thousand."""

    text: str
    start: int
    end: int
    last: str  # the last of them, without the space at its end

    def opening(self) -> str:
        """How the joined lines begin."""
        return self.text[self.start : min(self.end, self.start + _NEAR)]

    def goes_on(self, line: str, width: int) -> bool:
        """True when a line continues the lines before it."""
        opening = self.opening()
        if _BULLET.match(opening) and _indent(line) > _indent(opening):
            return True
        word = line.split(maxsplit=1)[0]
        if _ends_in_abbreviation(self.text, self.start, self.end):
            return True
        if self.last.endswith((".", "!", "?", ";")):
            return False
        is_list = self.last.endswith(":")
        if 0 < width <= len(self.last) + len(word) and not (is_list and word[0].isupper()):
            return True  # the next word had no room on the line before
        if is_list:
            return False
        if _CUT.search(self.last) and word[0].isalpha():
            return True
        return word[0].islower() and self.end - self.start - _indent(opening) > 45


def _lines(text: str) -> Iterable[tuple[int, str]]:
    """The lines of a page with their offsets; a line wrapped inside a sentence is joined."""
    held: _JoinedLines | None = None
    at = 0
    width = _width(text)
    for raw in text.splitlines(keepends=True):
        line = raw.rstrip()
        end = at + len(line)
        if held and line and not _BULLET.match(line) and held.goes_on(line, width):
            held.end, held.last = end, line
        else:
            if held:
                yield held.start, text[held.start : held.end]
            held = _JoinedLines(text, at, end, line) if line else None
        at += len(raw)
    if held:
        yield held.start, text[held.start : held.end]


def _is_heading(line: str, following: bool) -> bool:
    plain = line.strip().lstrip("#").strip()
    if _SOURCES.match(fold(plain.rstrip(" :\u00a0\u202f"))) and not _BULLET.match(line):
        return following
    return (
        following
        and _CELL not in plain
        and len(plain) <= 120
        and len(plain.split()) <= 16
        and not plain.endswith((".", ";", ",", ":", "!"))
        and bool(re.match(r"[\w«“\"]", plain))
        and not _BULLET.match(line)
        and (plain[0].isupper() or plain[0].isdigit() or line.lstrip().startswith("#"))
    )


def _is_numbered_heading(lines: Sequence[tuple[int, str]], number: int) -> bool:
    """True for "2. After the procedure" that is no item: no other item stands beside it."""
    line = lines[number][1]
    beside = [lines[at][1] for at in (number - 1, number + 1) if 0 <= at < len(lines)]
    return bool(
        _NUMBER.match(line)
        and not any(_NUMBER.match(other) for other in beside)
        and _is_heading(_NUMBER.sub("", line), number + 1 < len(lines))
    )


def _follows_a_row(lines: Sequence[tuple[int, str]], number: int) -> bool:
    return number > 0 and _CELL in lines[number - 1][1]


def cues_of(
    text: str, vocabulary: Vocabulary | None = None, item: bool = False, lead: str = ""
) -> tuple[Cue, ...]:
    """The cues of a sentence; a list item also counts what announces it, at half weight.

    Args:
        vocabulary: its terms count too.
        item: True for an item of a list.
        lead: the sentence that announces the list.
    """
    plain = fold(text).replace("’", "'")
    announced = fold(lead).replace("’", "'")
    cues: dict[str, Cue] = {}
    for name, rule in _RULES.items():
        if rule.pattern and (match := rule.pattern.search(plain)):
            cues[name] = _cue(name, words=match.group().strip())
    for name, rule in _RULES.items() if lead else ():
        weight = rule.cue.weight
        if rule.pattern and weight > 0 and name not in cues and rule.pattern.search(announced):
            cues[name] = _cue(name, round(weight / 2, 3), lead[:60])
    if lead or item:
        cues["list"] = _cue("list", None if lead else 0.1)
    if vocabulary is not None and (mentions := vocabulary.find(text)):
        names = ", ".join(dict.fromkeys(mention.words for mention in mentions))
        distinct = len({mention.concept.id for mention in mentions})
        cues["concept"] = _cue("concept", round(min(0.3, 0.1 * distinct), 2), names[:80])
    if text.rstrip().endswith(":"):
        cues["lead"] = _cue("lead")
    if len(re.findall(r"\w+", text)) < 3 and not item:
        cues["short"] = _cue("short")
    return tuple(cues.values())


def score_of(cues: Sequence[Cue]) -> float:
    """The score of a sentence with these cues, from 0 to 1."""
    return round(min(1.0, max(0.0, sum(cue.weight for cue in cues))), 2)


def sentences(text: str, language: str, vocabulary: Vocabulary | None = None) -> list[Sentence]:
    """Headings, sentences, list items and printed sources of a page, in its order.

    `language` is "fr" or "en"; another one is split as English.
    """
    lines = list(_lines(text))
    parts: list[Sentence] = []
    section, in_sources, lead = 0, False, ""
    for number, (offset, line) in enumerate(lines):
        numbered = _is_numbered_heading(lines, number)
        bullet = None if numbered else _BULLET.match(line)
        body_at = bullet.end() if bullet else len(line) - len(line.lstrip())
        body = line[body_at:]
        start = offset + body_at
        end = offset + len(line.rstrip())
        is_listed = bullet or _REFERENCE.search(body)
        if (in_sources and not numbered and is_listed) or _CITATION.match(body):
            parts.append(Sentence(body, start, end, section, "source"))
            continue
        if numbered or _is_heading(line, number + 1 < len(lines)):
            section += 1
            in_sources = bool(_SOURCES.match(fold(body.lstrip("# ").rstrip(" :\u00a0\u202f"))))
            lead = ""
            parts.append(Sentence(body, start, end, section, "heading"))
            continue
        if not bullet and not body.strip():
            continue
        if not bullet:
            lead = ""
        is_item = bool(bullet) or _CELL in body
        for begin, stop in [(0, len(body))] if _CELL in body else _split(body, language):
            words = without_calls(body[begin:stop])
            cues = cues_of(words, vocabulary, is_item, lead if bullet else "")
            if _CELL in body and not _follows_a_row(lines, number) and not re.search(r"\d", body):
                cues += (_cue("lead"),)  # the head of a table
            parts.append(
                Sentence(
                    words,
                    start + begin,
                    start + stop,
                    section,
                    "item" if is_item else "sentence",
                    lead if bullet else "",
                    score_of(cues),
                    cues,
                )
            )
            if not bullet and words.rstrip().endswith(":"):
                lead = words
    return parts


def unclaimed(
    of_page: Iterable[Sentence],
    covered: Sequence[tuple[int, int]],
    known: Callable[[str], bool] | None = None,
) -> list[tuple[Sentence, bool]]:
    """Sentences that make a claim and have none, each with whether it is new on the page.

    `covered` are the spans of the claims' passages; `known` tells whether the page had a
    sentence before: a new one needs less to be listed.
    """
    listed = []
    rest = []
    seen: set[str] = set()  # what is said, however often the page prints it
    for sentence in of_page:
        if any(start < sentence.end and sentence.start < end for start, end in covered):
            seen.add(characters_of(sentence.text))
        elif sentence.form in ("sentence", "item"):
            rest.append(sentence)
    for sentence in rest:
        characters = characters_of(sentence.text)
        if characters in seen:
            continue
        seen.add(characters)
        is_new = known is not None and not known(sentence.text)
        if sentence.is_claim or (is_new and _may_claim(sentence)):
            listed.append((sentence, is_new))
    return listed


def _may_claim(sentence: Sentence) -> bool:
    """True for what says something, by its score or because it is a whole sentence."""
    if any(cue.weight <= -0.5 for cue in sentence.cues):
        return False
    if len(sentence.text.split()) < 2 and not sentence.lead:
        return False  # the label of a button, a stray word
    is_whole = sentence.form == "item" or sentence.text.endswith((".", "!", ";", "»", ")"))
    return sentence.score >= NEW_CLAIM_FROM or (is_whole and len(sentence.text.split()) >= 4)
