"""Cut a page into sections and sentences, and say which sentences can be checked.

Sentences are split by pysbd (Sadvilkar & Neumann 2020, "PySBD: Pragmatic Sentence Boundary
Disambiguation", NLP-OSS), line by line, so that headings and list items stay apart; what it
splits after a medical abbreviation is joined again. Offsets count characters of the page.

Whether a sentence makes a claim, and of which kind, is told by its cues (`cues`). The score orders
work for an editor and decides nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pysbd

from evidence.anchoring.calls import blanked, without_calls
from evidence.anchoring.cues import (
    CLAIM_FROM,
    Around,
    Cue,
    about,
    cues_of,
    score_of,
)
from evidence.anchoring.kinds import WhereSaid, kind_of
from evidence.anchoring.tokens import characters_of
from references.concepts import Vocabulary
from references.normalise import fold

Form = Literal["heading", "sentence", "item", "source"]

#: From this score on a sentence that the page did not have before is listed.
NEW_CLAIM_FROM = 0.15
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
    r"^(?:(?:notes?|nos|our|list of|liste des|selected|key|principales|main)\s(?:et\s|and\s|&\s)?)?"
    r"(?:sources?|references?|bibliographie|bibliography|(?:pour )?en savoir plus|further reading|"
    r"credits?|litterature|literature)\b[^.]{0,30}$|^notes$"
)
#: "References: ..." before the sources themselves, on one line.
_SOURCES_INLINE = re.compile(
    r"^\s*(?:(?:notes? et|notes? and)\s)?(?:r[ée]f[ée]rences?|sources?|bibliograph(?:ie|y))"
    r"(?: bibliographiques?)?\s?:\s+(?=\S{2,}.{12,})",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"^(?:\[?\d+[\].)]\s*)?[A-ZÀ-Þ][\w'’-]+\s+(?:[A-Z]{1,3}\b|et al)|\bdoi\b|\bPMID\b|"
    r"\b(?:19|20)\d\d\s*;\s*\d+"
)
#: What only a printed source has.
_NUMBERED = re.compile(r"\bPMID:?\s?(?:\d|$)|\bdoi(?:\.org/|:\s?)10\.|\bPMC\d{5}", re.IGNORECASE)
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
    kind: str = ""

    @property
    def said(self) -> str:
        """The words in one line; the cells of a table each after the head of its column."""
        heads, cells = self.lead.split(_CELL), self.text.split(_CELL)
        if len(cells) < 2 or len(heads) != len(cells):
            return " ".join(self.text.split())
        pairs = zip(heads, cells, strict=True)
        return " ; ".join(f"{head.strip()} : {cell.strip()}" for head, cell in pairs)

    @property
    def is_claim(self) -> bool:
        """True when the sentence is taken to say something that can be checked."""
        return self.score >= CLAIM_FROM


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


#: A line that says something although it ends like a heading: it denies, or has a verb.
_DENIES = re.compile(r"(?:pas d|pas plus|aucune?\b|sans\b|jamais|ni\b|no\b|never|without\b|zero\b)")
_VERB = re.compile(
    r"\b(?:est|sont|n'est|ne|peut|peuvent|permet|permettent|reduit|soulage|diminue|dure|durent|"
    r"is|are|isn't|aren't|can|cannot|may|has|have|does|lasts|relieves|reduces|improves)\b"
)
#: A heading that asks or announces.
_ASKS = re.compile(
    r"(?:\d|comment|pourquoi|quand|que\b|qu'|qui\b|quel|quoi|ou\b|combien|ce qu|si\b|lorsque|"
    r"est-ce|en quoi|dans quel|a quoi|de quoi|faut-il|puis-je|how|what|when|why|who|where|which|"
    r"if\b|can\b|is\b|are\b|do\b|does\b|should|may\b|will\b|about\b)"
)
#: What announces a list without a colon; "the following day" announces none.
_ANNOUNCES = re.compile(
    r"(?<!jours )(?<!jour )(?<!semaine )(?<!semaines )(?<!mois )(?<!heures )(?<!annees )"
    r"\bsuivante?s?\b|\bci-(?:dessous|apres)\b|\bas follows\b|\b(?:listed|given|described) below\b"
    r"|\bthe following\b(?! (?:day|night|morning|evening|hour|week|month|year))"
    r"|\b(?:sont|comprennent|incluent|are|include)\W*$"
)


def _announces(line: str) -> bool:
    """True for words that only announce a list: "The following effects are possible"."""
    return bool(_ANNOUNCES.search(fold(line)))


def _asserts(line: str) -> bool:
    """True for a heading that says something itself: "No neuroma, no nerve pain"."""
    plain = fold(line.strip().lstrip("#").strip()).replace("’", "'")
    if plain.endswith("?") or _announces(plain) or _ASKS.match(plain) or len(plain.split()) < 4:
        return False
    return bool(_DENIES.match(plain) or _VERB.search(plain))


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


#: A cell that holds a value and heads no column: "50 %", "< 1 in 100".
_VALUE = re.compile(r"\s*(?:[<>≤≥~±+-]\s?)?\d")


def _heads(rows: Sequence[str]) -> str:
    """The first row of a table where it names the columns; "" where it is a row like others."""
    first = rows[0]
    if len(rows) < 2 or any(map(_VALUE.match, first.split(_CELL))):
        return ""
    return first


def _rows_from(lines: Sequence[tuple[int, str]], number: int) -> list[str]:
    """The rows of the table that begins at a line."""
    rows = []
    for _, line in lines[number:]:
        if _CELL not in line:
            break
        rows.append(line.strip())
    return rows


def sentences(text: str, language: str, vocabulary: Vocabulary | None = None) -> list[Sentence]:
    """Headings, sentences, list items and printed sources of a page, in its order.

    `language` is "fr" or "en"; another one is split as English.
    """
    return list(_Reading(list(_lines(text)), language, vocabulary).parts())


@dataclass(slots=True)
class _Reading:
    """A page as it is read line by line: the section, heading and list that a line stands in."""

    lines: Sequence[tuple[int, str]]
    language: str
    vocabulary: Vocabulary | None
    section: int = 0
    heading: str = ""
    lead: str = ""
    heads: str = ""  # of the table that is being read
    in_sources: bool = False
    about: str = "condition"  # what the page is about
    before: str = ""  # the kind of the claim before
    is_opening: bool = True  # nothing but the title was read

    def parts(self) -> Iterator[Sentence]:
        """What the lines are, one by one."""
        for number, (offset, line) in enumerate(self.lines):
            numbered = _is_numbered_heading(self.lines, number)
            bullet = None if numbered else _BULLET.match(line)
            body_at = bullet.end() if bullet else len(line) - len(line.lstrip())
            body = line[body_at:]
            start = offset + body_at
            if source := self._source(body, bool(bullet), numbered):
                yield Sentence(
                    source,
                    start + len(body) - len(source),
                    offset + len(line.rstrip()),
                    self.section,
                    "source",
                )
            elif numbered or _is_heading(line, number + 1 < len(self.lines)):
                yield self._headed(body, start)
            elif _CELL in body:
                yield from self._row(number, body, start)
            elif body.strip():
                yield from self._said(number, body, start, bool(bullet))

    def _source(self, body: str, is_item: bool, numbered: bool) -> str:
        """The words of a line that are a printed source; "" when it is none."""
        if label := _SOURCES_INLINE.match(body):
            return body[label.end() :].rstrip()
        is_listed = is_item or _REFERENCE.search(body)
        if (self.in_sources and not numbered and is_listed) or _CITATION.match(body):
            return body.rstrip()
        return body.rstrip() if _NUMBERED.search(body) else ""

    def _headed(self, body: str, start: int) -> Sentence:
        """A heading, which may make a claim itself."""
        self.section += 1
        if self.section == 1:
            self.about = about(body)
        self.heading, self.before = body.lstrip("# "), ""
        self.lead = self.heading if _announces(body) else ""
        named = fold(self.heading.rstrip(" :\u00a0\u202f"))
        self.in_sources = bool(_SOURCES.match(named))
        cues = cues_of(body, self.vocabulary) if _asserts(body) else ()
        return self._sentence(body, start, "heading", "", cues)

    def _row(self, number: int, body: str, start: int) -> Iterator[Sentence]:
        """A row of a table: it says something beside the heads of its columns only."""
        is_first = number == 0 or _CELL not in self.lines[number - 1][1]
        if is_first:
            self.heads = _heads(_rows_from(self.lines, number))
        is_head = is_first and bool(self.heads)
        lead = "" if is_head else self.heads
        around = Around(self.heading, lead, is_item=True, in_table=True)
        cues = () if is_head else cues_of(without_calls(body), self.vocabulary, around)
        yield self._sentence(body, start, "item", lead, cues)

    def _said(self, number: int, body: str, start: int, is_item: bool) -> Iterator[Sentence]:
        """The sentences of a line."""
        after = self.lines[number + 1][1] if number + 1 < len(self.lines) else ""
        has_items = not is_item and bool(_BULLET.match(after))
        if not is_item:
            self.lead = ""
        form: Form = "item" if is_item else "sentence"
        for begin, stop in _split(body, self.language):
            words = body[begin:stop]
            said = without_calls(words)
            announces = said.rstrip().endswith(":") or (
                has_items and stop == len(body.rstrip()) and _announces(said)
            )
            around = Around(
                self.heading, self.lead, is_item, in_sources=self.in_sources, announces=announces
            )
            cues = cues_of(said, self.vocabulary, around)
            yield self._sentence(words, start + begin, form, self.lead, cues)
            if announces and not is_item:
                self.lead = said

    def _place(self, lead: str) -> WhereSaid:
        """Where a claim stands that is read now."""
        heading = self.heading if self.section > 1 else ""
        return WhereSaid(self.about, heading, self.before, self.is_opening, lead)

    def _sentence(
        self, printed: str, start: int, form: Form, lead: str, cues: tuple[Cue, ...]
    ) -> Sentence:
        """A part of the page: where it stands as printed, its words without calls of notes."""
        printed = printed.rstrip()
        words = printed if form == "heading" else without_calls(printed)
        score, kind = score_of(cues), kind_of(cues, words, self._place(lead))
        if score >= CLAIM_FROM:
            self.before = kind
        self.is_opening = self.is_opening and form == "heading" and self.section < 2
        end = start + len(printed)
        return Sentence(words, start, end, self.section, form, lead, score, cues, kind)


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
        elif sentence.form in ("sentence", "item") or sentence.is_claim:
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
