"""Cut a page into sections and sentences, and say which sentences can be checked.

Sentences are split by pysbd (Sadvilkar & Neumann 2020, "PySBD: Pragmatic Sentence Boundary
Disambiguation", NLP-OSS), line by line, so that headings and list items stay apart; what it
splits after a medical abbreviation is joined again. Offsets count characters of the page.

The score of a sentence adds up what it was seen to contain; every part of it is a `Sign`
with a name in both languages. It orders work for an editor and decides nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pysbd

from evidence.claims.claim import Bilingual
from references.concepts import Vocabulary
from references.normalise import fold

Form = Literal["heading", "sentence", "item", "source"]

#: From this score on a sentence is taken to make a checkable claim.
CLAIM_FROM = 0.35
#: From this one on, a sentence that the page did not have before.
NEW_CLAIM_FROM = 0.1
LANGUAGES = ("fr", "en")

#: A list item begins with one sign that is no word, bracket or quote ("•", "→", "✓"), with a
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
#: Between the cells of one row of a table (`evidence.original`).
_CELL = " | "
#: No page is wrapped at fewer signs; shorter lines are lines.
_NARROWEST = 30
#: A word cut at the end of a line.
_CUT = re.compile(r"[^\W\d_][-\u00ad\u2010]$")
#: pysbd takes four times as long for a line twice as long: it is given so many signs at most.
_STRETCH = 2000
_SENTENCE_END = re.compile(r"[.!?…]\s+(?=[«“\"(\w])")
#: No abbreviation, bullet or cut word reaches further than this.
_NEAR = 60


@dataclass(frozen=True, slots=True)
class Sign:
    """Something in a sentence that makes it a claim, or no claim, and its weight."""

    name: str
    weight: float
    label: Bilingual
    words: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"reason": self.name, "weight": self.weight, "words": self.words}


@dataclass(frozen=True, slots=True)
class PageSection:
    """A part of a page under one heading; `heading` is "" before the first."""

    number: int
    heading: str
    start: int
    end: int


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
    signs: tuple[Sign, ...] = ()

    @property
    def is_claim(self) -> bool:
        """True when the sentence is taken to say something that can be checked."""
        return self.score >= CLAIM_FROM

    @property
    def kind(self) -> str:
        """The kind of claim that its strongest sign points to."""
        if any(sign.name == "indication" and sign.words == self.lead[:60] for sign in self.signs):
            return "indication"  # an item of "in case of:"
        known = [(sign.weight, _KIND[sign.name]) for sign in self.signs if sign.name in _KIND]
        return max(known, key=lambda pair: pair[0])[1] if known else "organisation"


def _rule(name: str, weight: float, fr: str, en: str, pattern: str) -> tuple[Sign, re.Pattern[str]]:
    return Sign(name, weight, Bilingual(fr=fr, en=en)), re.compile(pattern)


#: What is looked for, in folded text (lower case, no accents). Each sign counts once.
_RULES = (
    _rule(
        "figure",
        0.25,
        "un chiffre, une durée ou une proportion",
        "a figure, a duration or a proportion",
        r"(?<!\d)\d{1,9}(?:[.,]\d{1,9})?\s{0,3}"  # bounded: a line may be digits only
        r"(?:%|°|minutes?|min\b|heures?|hours?|h\b|jours?|days?|semaines?|weeks?"
        r"|mois|months?|ans?\b|years?|mg|ml|mm|cm|patient|femme|women|fois|times)"
        r"|\b(?:plusieurs|quelques|several|a few|many)\s+(?:jours|semaines|mois|annees|minutes"
        r"|heures|days|weeks|months|years|hours)"
        r"|\b(?:majorite|plupart|moitie|tiers|quart|most|majority|half|one third)\b",
    ),
    _rule(
        "effect",
        0.35,
        "un effet annoncé",
        "an effect",
        r"\b(?:diminu|reduc|reduit|redui|amelior|soulag|attenu|calm|apais|gueri|trait(?:e|er|ement)\b"
        r"|elimin|detrui|preserv|regener|efficac|effet|resultat|benefi|succes|persist|recidiv"
        r"|reapparition|disparai|restaur|reversib|permet|evit|previen|preveni|augment|agit"
        r"|reliev|reduc|improv|decreas|eas(?:e|es|ing)\b|cur(?:e|es|ed)\b|treats?\b|effect|destroy"
        r"|preserv|regenerat|benefit|success|recur|revers|prevent|increas|restor|last(?:s|ed|ing)?\b"
        r"|dure(?:r|nt)?\b)",
    ),
    _rule(
        "harm",
        0.4,
        "un risque, un effet indésirable ou une sécurité annoncée",
        "a risk, an adverse effect or safety",
        r"\b(?:risque|effets? possibles?|possible effects?|complication|indesirable|secondaire"
        r"|tolere|toleran|gene\b|ecchymose"
        r"|hematome|saignement|infection|engourdi|brulure|allerg|contre-?indi|danger|grave|severe"
        r"|sans danger|inoffensif|risk|adverse|side effects?|tolerated|bruis|bleeding|numb"
        r"|burn|contraindic|harm|safe|rare\b|rares\b|rarely)",
    ),
    _rule(
        "indication",
        0.35,
        "une indication : pour qui, quand",
        "an indication: for whom, when",
        r"\b(?:indique|indication|propose|envisag|recommand|prescri|destine|reserve|en cas de"
        r"|lorsque|chez les|chez la|pour les patient|s'adresse|concerne|souffr|indicated|offered"
        r"|considered|recommended|for (?:patients|women|people)|suffer|in case of|when other)",
    ),
    _rule(
        "mechanism",
        0.3,
        "un mécanisme",
        "a mechanism",
        r"\b(?:nerf|nerv|conduction|froid|temperature|gel|glace|axon|myelin|inflamm|hormon|recepteur"
        r"|signal|bloqu|interromp|stimul|cibl|nerve|cold|freez|block|interrupt|target|receptor)",
    ),
    _rule(
        "procedure",
        0.35,
        "un geste, son déroulement",
        "a procedure, how it is done",
        r"\b(?:anesthesi|sedation|ambulatoire|echograph|irm\b|scanner|imagerie|sonde|aiguille|injection"
        r"|infiltration|incision|seance|geste|procedure|intervention|operation|consultation|repos"
        r"|retour a domicile|outpatient|ultrasound|ct scan|mri\b|imaging|probe|needle|session"
        r"|surgery|anaesthe|follow-?up|suivi)",
    ),
    _rule(
        "preparation",
        0.25,
        "une préparation ou une consigne",
        "a preparation or an instruction",
        r"\b(?:anticoagula|a jeun|arreter|eviter|prealable|avant (?:le|la|l')|preparation|verif"
        r"|fasting|stop taking|avoid|beforehand|before (?:the|your))",
    ),
    _rule(
        "definition",
        0.35,
        "une définition",
        "a definition",
        r"\b(?:est une?\b|sont des|consiste|designe|correspond|se definit|appele|is an?\b|are a\b"
        r"|consists|refers to|is defined|called)",
    ),
    _rule(
        "evidence",
        0.3,
        "un renvoi aux études",
        "a mention of studies",
        r"\b(?:etude|donnees|litterature|essai|recherche|publi|demontr|prouve|montre|suggere|stud(?:y|ies)"
        r"|data|literature|trial|research|shown|suggest|proven|evidence)",
    ),
    _rule(
        "comparison",
        0.2,
        "une comparaison ou un degré",
        "a comparison or a degree",
        r"\b(?:plus (?:que|de|efficace|rapide|sur)|moins|mieux|meilleur|superieur|inferieur"
        r"|autant|toujours|jamais|souvent|rarement|generalement|definiti|more|less|better|superior|than"
        r"|always|never|often|usually|permanent)",
    ),
    _rule("question", -2.0, "une question", "a question", r"\?\s{0,3}[»\"”]?\s*\Z"),
    _rule(
        "navigation",
        -0.9,
        "une invitation, un contact ou de la navigation",
        "an invitation, a contact or navigation",
        r"\b(?:prendre (?:un )?(?:rendez|rdv)|prenez rendez|rendez-vous en ligne|contactez"
        r"|contact us|appelez|book an|make an appointment|newsletter|cookies?\b|mentions legales"
        r"|legal notice|tous droits|all rights reserved|en savoir plus|read more|lire la suite"
        r"|cliquez|click|partager|share on|telecharger|plan du site|site map|copyright"
        r"|mis a jour le|last updated)"
        r"|©|https?://|www\.|@[a-z]|\+33|\b0\d(?:[ .]\d\d){4}",
    ),
    _rule(
        "opinion",
        -0.25,
        "une annonce, non un fait",
        "an announcement, not a fact",
        r"\b(?:notre equipe|nos (?:equipes|experts|specialistes)|bienvenue|fiers|our team"
        r"|our experts|welcome|proud)",
    ),
)

_KIND = {
    "effect": "efficacy",
    "harm": "safety",
    "indication": "indication",
    "mechanism": "mechanism",
    "procedure": "procedure",
    "preparation": "preparation",
    "definition": "definition",
    "evidence": "efficacy",
}
_CONCEPT = Sign(
    "concept",
    0.1,
    Bilingual(fr="un terme du vocabulaire", en="a term of the vocabulary"),
)
_LEAD = Sign("lead", -0.8, Bilingual(fr="annonce seulement une liste", en="only announces a list"))
_SHORT = Sign("short", -0.3, Bilingual(fr="très court", en="very short"))
_ITEM = Sign(
    "list",
    0.2,
    Bilingual(fr="un point d’une liste annoncée", en="an item of a list that was announced"),
)


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


def _split(line: str, language: str) -> list[tuple[int, int]]:
    """The sentences of one line, as offsets without the space around them."""
    spans: list[tuple[int, int]] = []
    at = 0
    line = line.replace("\n", " ")
    segment = _splitter(language).segment
    pieces = [p for part in _stretches(line) for long in segment(part) for p in _QUOTED.split(long)]
    for piece in pieces:
        plain = piece.strip()
        begin = line.find(plain, at)
        if not plain or begin < 0:  # pysbd changes some rare signs; the rest joins the next
            continue
        end = begin + len(plain)
        if spans and (
            _ends_in_abbreviation(line, *spans[-1])
            or (plain[0].islower() and not line.endswith(("!", "?"), 0, spans[-1][1]))
            or not any(sign.isalpha() for sign in plain)
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


def _width(text: str) -> int:
    """The width at which a page was wrapped, in signs; 0 when its lines are of any length."""
    lengths = sorted(len(line.rstrip()) for line in text.splitlines() if line.strip())
    if not lengths:
        return 0
    width = lengths[len(lengths) * 9 // 10]
    full = sum(0.75 * width <= length <= width for length in lengths)
    return width if width >= _NARROWEST and full >= 3 and full >= 0.3 * len(lengths) else 0


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@dataclass(slots=True)
class _Held:
    """Lines that were found to be one, as offsets: a page may hold a hundred thousand."""

    text: str
    start: int
    end: int
    last: str  # the last of them, without the space at its end

    def opening(self) -> str:
        """How they begin."""
        return self.text[self.start : min(self.end, self.start + _NEAR)]

    def goes_on(self, line: str, width: int) -> bool:
        """True when a line goes on with what is held."""
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
    held: _Held | None = None
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
            held = _Held(text, at, end, line) if line else None
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


def score(
    text: str, vocabulary: Vocabulary | None = None, item: bool = False, lead: str = ""
) -> tuple[Sign, ...]:
    """The signs of a sentence; a list item also counts what announces it, at half weight."""
    plain = fold(text).replace("’", "'")
    found: dict[str, Sign] = {}
    for sign, pattern in _RULES:
        if match := pattern.search(plain):
            found[sign.name] = Sign(sign.name, sign.weight, sign.label, match.group().strip())
    if lead:
        announced = fold(lead).replace("’", "'")
        for sign, pattern in _RULES:
            if sign.weight > 0 and sign.name not in found and pattern.search(announced):
                half = round(sign.weight / 2, 3)
                found[sign.name] = Sign(sign.name, half, sign.label, lead[:60])
        found["list"] = _ITEM
    elif item:
        found["list"] = Sign("list", 0.1, _ITEM.label)
    if vocabulary is not None and (mentions := vocabulary.find(text)):
        names = ", ".join(dict.fromkeys(mention.words for mention in mentions))
        weight = min(0.3, 0.1 * len({mention.concept.id for mention in mentions}))
        found["concept"] = Sign("concept", round(weight, 2), _CONCEPT.label, names[:80])
    if text.rstrip().endswith(":"):
        found["lead"] = _LEAD
    if len(re.findall(r"\w+", text)) < 3 and not item:
        found["short"] = _SHORT
    return tuple(found.values())


def total(signs: Sequence[Sign]) -> float:
    """The score of some signs, from 0 to 1."""
    return round(min(1.0, max(0.0, sum(sign.weight for sign in signs))), 2)


def sentences(text: str, language: str, vocabulary: Vocabulary | None = None) -> list[Sentence]:
    """Headings, sentences, list items and printed sources of a page, in its order.

    `language` is "fr" or "en"; another one is split as English.
    """
    lines = list(_lines(text))
    found: list[Sentence] = []
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
            found.append(Sentence(body, start, end, section, "source"))
            continue
        if numbered or _is_heading(line, number + 1 < len(lines)):
            section += 1
            in_sources = bool(_SOURCES.match(fold(body.lstrip("# ").rstrip(" :\u00a0\u202f"))))
            lead = ""
            found.append(Sentence(body, start, end, section, "heading"))
            continue
        if not bullet and not body.strip():
            continue
        if not bullet:
            lead = ""
        is_item = bool(bullet) or _CELL in body
        for begin, stop in [(0, len(body))] if _CELL in body else _split(body, language):
            words = body[begin:stop]
            signs = score(words, vocabulary, is_item, lead if bullet else "")
            if _CELL in body and not _follows_a_row(lines, number) and not re.search(r"\d", body):
                signs += (_LEAD,)  # the head of a table
            found.append(
                Sentence(
                    words,
                    start + begin,
                    start + stop,
                    section,
                    "item" if is_item else "sentence",
                    lead if bullet else "",
                    total(signs),
                    signs,
                )
            )
            if not bullet and words.rstrip().endswith(":"):
                lead = words
    return found


def sections(text: str, language: str) -> list[PageSection]:
    """The sections of a page by their headings; what stands before the first is number 0."""
    heads = [s for s in sentences(text, language) if s.form == "heading"]
    starts = [(0, "", 0), *((head.section, head.text, head.start) for head in heads)]
    found = []
    for index, (number, heading, start) in enumerate(starts):
        end = starts[index + 1][2] if index + 1 < len(starts) else len(text)
        if number or text[start:end].strip():
            found.append(PageSection(number, heading, start, end))
    return found


def unclaimed(
    found: Iterable[Sentence],
    covered: Sequence[tuple[int, int]],
    known: Callable[[str], bool] | None = None,
) -> list[tuple[Sentence, bool]]:
    """Sentences that make a claim and have none, each with whether it is new on the page.

    `covered` are the spans of the claims' passages; `known` tells whether the page had a
    sentence before: a new one needs less to be listed.
    """
    listed = []
    for sentence in found:
        if sentence.form not in ("sentence", "item"):
            continue
        if any(start < sentence.end and sentence.start < end for start, end in covered):
            continue
        is_new = known is not None and not known(sentence.text)
        if sentence.is_claim or (is_new and _may_claim(sentence)):
            listed.append((sentence, is_new))
    return listed


def _may_claim(sentence: Sentence) -> bool:
    """True for what says something, by its score or because it is a whole sentence."""
    if any(sign.weight <= -0.5 for sign in sentence.signs):
        return False
    is_whole = sentence.form == "item" or sentence.text.endswith((".", "!", ";", "»", ")"))
    return sentence.score >= NEW_CLAIM_FROM or (is_whole and len(sentence.text.split()) >= 4)
