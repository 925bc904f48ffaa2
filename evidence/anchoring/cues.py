"""What makes a sentence a claim that can be checked: the table `cues.toml`.

A sentence is a claim as far as what is seen in it speaks for or against that: each `Cue` adds its
weight to the logarithm of the odds (a logistic regression, fitted by `bench/fit_claims.py` on
sentences labelled by hand; docs/claims-found.md). Of which kind it is, is told by `kinds`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from math import exp
from typing import Any, Literal

from evidence.claims.claim import Bilingual
from references.concepts import Vocabulary
from references.normalise import fold

#: From this score on a sentence is taken to make a checkable claim.
CLAIM_FROM = 0.35
#: A page about a treatment, by the words of its title.
_OF_TREATMENT = re.compile(
    r"\b(?:traitements?|treatments?|soigner|treating|oper(?:e|er|ee|es|ees|ation|ations)|"
    r"chirurgi\w{1,5}|surg(?:ery|ical)|protheses?|replacement|infiltrations?|injections?|shots?|"
    r"blocs?\b|blocks?|anesthesi\w{1,3}|anaesthe\w{1,5}|anesthe\w{1,4}|peridurale|epidurals?|"
    r"rachianesthesie|spinal tap|stimulat\w{1,5}|neuromodulation|ablations?|embolis\w{3,6}|"
    r"emboliz\w{3,6}|scleros\w{2,4}|radiofrequenc\w{1,3}|cryo\w{4,14}|toxine?s?\b|botox|vaccin\w{0,4}|"
    r"\w{3,}(?:therap(?:ies?|y)|plast(?:ies?|y)|tom(?:ies?|y)|ectom(?:ies?|y)|scop(?:ies?|y)|lyses?|lysis)|"
    r"shock ?waves?|ondes de choc|laser|lasers|procedures?|interventions?|medicaments?|"
    r"medications?|medicines?|corticoides?|steroids?|cortisone|greffes?|grafts?|transplant\w{0,8}|"
    r"reeducation|rehabilitation|catheters?|implants?|implantation|stents?|biopsies?|ponctions?|"
    r"patchs?|patches|emplatres?|plasters?|comprimes?|tablets?|sirops?|"
    r"dialys\w{1,3}|perfusions?|infusions?|transfusions?|osteopathie|acupuncture|hypnose|hypnosis)\b"
)
#: Cues that say something of what announces a list, nothing of its items.
_OF_ITSELF = ("addressed", "condition-only", "question", "document", "health")
#: The words of a cue that are kept, in characters.
_MOST = 60

Where = Literal["sentence", "lead", "heading"]


@dataclass(frozen=True, slots=True)
class Cue:
    """Something in a sentence that makes it a claim, or no claim, and its weight.

    `words` is what was seen, `where` it was seen: in the sentence, in what announces its list or
    in the heading above it.
    """

    name: str
    weight: float
    label: Bilingual
    words: str = ""
    where: Where = "sentence"

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "reason": self.name,
            "weight": self.weight,
            "words": self.words,
            "where": self.where,
        }


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a sentence and says how it is meant.

    `lead` announces the list that it is an item of ("Possible effects are:"), or names the
    columns of its table. `announces` is True for a sentence that announces a list itself.
    """

    heading: str = ""
    lead: str = ""
    is_item: bool = False
    in_table: bool = False
    in_sources: bool = False
    announces: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of `cues.toml`: a cue as it counts by itself, whether it tells a kind, its patterns."""

    cue: Cue
    speaks_for: bool
    tells_kind: bool
    pattern: re.Pattern[str] | None
    heading: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of `cues.toml` by name; `start` is the logarithm of the odds without any cue."""

    start: float
    rules: dict[str, Rule]


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern.replace("\n", "")) if pattern else None


@lru_cache(maxsize=1)
def table() -> Table:
    """The table, read once."""
    text = files("evidence.anchoring").joinpath("cues.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    rules = {
        row["name"]: Rule(
            Cue(row["name"], row["weight"], Bilingual(fr=row["fr"], en=row["en"])),
            row["sign"] == "+",
            row.get("tells_kind", False),
            _compiled(row.get("pattern")),
            _compiled(row.get("heading")),
        )
        for row in read["cue"]
    }
    return Table(read["start"], rules)


def _cue(name: str, words: str = "", where: Where = "sentence", share: float = 1.0) -> Cue:
    """A cue of the table as it was seen here."""
    cue = table().rules[name].cue
    weight = round(cue.weight * share, 3)
    words = words.strip()
    if len(words) > _MOST:  # whole words, and no comma that waits for the next
        words = words[: _MOST + 1].rpartition(" ")[0].rstrip(",") or words[:_MOST]
    return replace(cue, weight=weight, words=words, where=where)


def plain(text: str) -> str:
    """A text as patterns are written for: folded, one space, straight apostrophes."""
    return " ".join(fold(text).replace("’", "'").split())


def _as_written(text: str, match: re.Match[str]) -> str:
    """The words of a text that a match in its plain form covers, with their accents."""
    words, said = text.split(), match.string
    if len(words) != said.count(" ") + 1:
        return match.group()
    first = said.count(" ", 0, match.start())
    if said[match.start()].isspace():
        first += 1
    last = said.count(" ", 0, match.start() + len(match.group().rstrip()))
    return " ".join(words[first : last + 1]).strip(' .,;:!?()«»“”"')


def _seen(text: str) -> Iterator[tuple[str, str]]:
    """Each pattern that a text fits, with the words that do."""
    said = plain(text)
    for name, rule in table().rules.items():
        if rule.pattern and (match := rule.pattern.search(said)):
            yield name, _as_written(text, match)


def cues_of(
    text: str, vocabulary: Vocabulary | None = None, around: Around | None = None
) -> tuple[Cue, ...]:
    """What speaks for and against a sentence being a claim, those in the sentence first.

    Args:
        text: the sentence.
        vocabulary: its terms count too.
        around: what stands around it.
    """
    around = around or Around()
    cues = {name: _cue(name, words) for name, words in _seen(text)}
    for name, words in _seen(around.lead):
        if name not in cues and name not in _OF_ITSELF:
            cues[name] = _cue(name, words, "lead", 0.5)
    if vocabulary is not None and (mentions := vocabulary.find(text)):
        names = dict.fromkeys(mention.words for mention in mentions)
        cues["concept"] = _cue("concept", ", ".join(names))
    has_sense = any(table().rules[name].tells_kind for name in cues)
    for name in _by_form(text, around, has_sense):
        cues[name] = _cue(name)
    if _is_whole(text) and not around.is_item and not cues.keys() & {"addressed", "imperative"}:
        cues["statement"] = _cue("statement")
    of_heading = [_cue(name, words, "heading", 0.0) for name, words in _announced(around.heading)]
    if of_heading and "imperative" not in cues and (has_sense or around.is_item):
        cues["heading"] = _cue("heading", around.heading, "heading")
    return (*cues.values(), *of_heading)


def _announced(heading: str) -> list[tuple[str, str]]:
    """The cues that a heading speaks of, with its words.

    "What are the risks?" asks for no definition.
    """
    said = plain(heading)
    seen = {
        name: _as_written(heading, match)
        for name, rule in table().rules.items()
        if rule.heading and (match := rule.heading.search(said))
    }
    if len(seen) > 1:
        seen.pop("definition", None)
    return list(seen.items())


def _by_form(text: str, around: Around, has_sense: bool) -> Iterator[str]:
    """The cues that are no pattern."""
    words = re.findall(r"\w+", text)
    if around.lead and not around.in_table:
        yield "list"
    if around.in_table:
        yield "row" if around.lead else "row-alone"
    if around.in_sources:
        yield "under-sources"
    if around.announces or text.rstrip().endswith(":"):
        yield "lead"
    if len(words) < 3 and not around.is_item:
        yield "short"
    if not around.is_item and not has_sense and not text.rstrip().endswith((".", "!", ";", "»")):
        yield "fragment"


def _is_whole(text: str) -> bool:
    return text.rstrip(' »"”)').endswith((".", ";", "!")) and len(text.split()) > 4


def score_of(cues: Sequence[Cue]) -> float:
    """How likely a sentence with these cues is a claim, from 0 to 1."""
    here = (cue for cue in cues if cue.where != "heading" or cue.name == "heading")
    if not any(table().rules[cue.name].speaks_for for cue in here):
        return 0.0
    odds = table().start + sum(cue.weight for cue in cues)
    return round(1 / (1 + exp(-odds)), 2)


def about(title: str) -> str:
    """What a page is about by its title: a "treatment" or a "condition"."""
    return "treatment" if _OF_TREATMENT.search(plain(title)) else "condition"
