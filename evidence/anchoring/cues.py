"""What makes a sentence a claim that can be checked, and of which kind: the table `cues.toml`.

A sentence is a claim as far as what is seen in it speaks for or against that: each `Cue` adds its
weight to the logarithm of the odds (a logistic regression, fitted by `bench/fit_claims.py` on
sentences labelled by hand; docs/claims-found.md). Its kind is the one to which most of its cues
point, those of the heading above it and of what announces its list among them.
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
#: What a sentence says that points to no kind, by what its page is about.
NO_KIND = {"treatment": "procedure", "condition": "symptom"}
#: A page about a treatment, by the words of its title.
_OF_TREATMENT = re.compile(
    r"\b(?:traitement|treatment|operation|chirurgi\w{1,3}|surgery|prothese|replacement|infiltration|"
    r"injection|bloc\b|blocs\b|block|anesthesi\w{1,3}|anaesthe\w{1,5}|anesthe\w{1,4}|stimulat\w{1,5}|"
    r"ablation|radiofrequenc\w{1,2}|cryo\w{4,14}|toxine?\b|botox|vaccin\w{0,4}|"
    r"\w{3,}(?:therap(?:ie|y)|plast(?:ie|y)|tom(?:ie|y)|scop(?:ie|y)|lyse|lysis)|procedure|intervention|"
    r"medicament\w{0,1}|medication|medicine|reeducation|rehabilitation|catheter|implant\w{0,2})\b"
)
#: What a cue counts where it was seen in what announces a list.
_OF_LEAD = 0.5
#: How clearly a sentence that goes on from the one before ("It may ...") is of its kind.
_OF_BEFORE = 0.8
#: Cues that say something of what announces a list, nothing of its items.
_OF_ITSELF = ("addressed", "condition-only", "question", "document", "health")
#: Words that a sentence goes on with.
_GOES_ON = re.compile(
    r"(?:il|elle|ils|elles|ce|cet|cette|ces|cela|ceci|celle-ci|celui-ci|leur|on|it|its|this|these|"
    r"they|that|those|their)\b"
)
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
    columns of its table.
    """

    heading: str = ""
    lead: str = ""
    is_item: bool = False
    in_table: bool = False
    in_sources: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of `cues.toml`: a cue as it counts by itself, the kind it points to, its patterns."""

    cue: Cue
    speaks_for: bool
    kind: str
    kind_on: tuple[str, str]  # of a page of the other sort: what the page is about, and the kind
    heading_on: tuple[str, str]  # the same for the heading
    points: float
    pattern: re.Pattern[str] | None
    of_heading: float
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
            row.get("kind", ""),
            tuple(row.get("kind_on", ("", ""))),
            tuple(row.get("heading_on", ("", ""))),
            row.get("points", 0),
            _compiled(row.get("pattern")),
            row.get("of_heading", 0.0),
            _compiled(row.get("heading")),
        )
        for row in read["cue"]
    }
    return Table(read["start"], rules)


def _cue(name: str, words: str = "", where: Where = "sentence", share: float = 1.0) -> Cue:
    """A cue of the table as it was seen here."""
    cue = table().rules[name].cue
    weight = round(cue.weight * share, 3)
    return replace(cue, weight=weight, words=words.strip()[:_MOST], where=where)


def _plain(text: str) -> str:
    return " ".join(fold(text).replace("’", "'").split())


def _seen(text: str) -> Iterator[tuple[str, str]]:
    """Each pattern that a text fits, with the words that do."""
    plain = _plain(text)
    for name, rule in table().rules.items():
        if rule.pattern and (match := rule.pattern.search(plain)):
            yield name, match.group()


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
    has_sense = any(table().rules[name].kind for name in cues)
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
    plain = _plain(heading)
    seen = {
        name: match.group()
        for name, rule in table().rules.items()
        if rule.heading and (match := rule.heading.search(plain))
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
    if text.rstrip().endswith(":"):
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
    return "treatment" if _OF_TREATMENT.search(_plain(title)) else "condition"


def kind_of(cues: Sequence[Cue], text: str, of_page: str, before: str = "") -> str:
    """The kind of claim that the cues of a sentence point to.

    Args:
        cues: what was seen in it and around it.
        text: the sentence.
        of_page: what its page is `about`: numbness is a symptom of an illness, and a risk of a
            treatment.
        before: the kind of the claim before it in the same section, which it may go on with.
    """
    points: dict[str, float] = {}
    for cue in cues:
        rule = table().rules[cue.name]
        page, other = {"sentence": rule.kind_on, "heading": rule.heading_on}.get(
            cue.where, ("", "")
        )
        kind = other if page == of_page else rule.kind
        if kind:
            points[kind] = points.get(kind, 0.0) + _points(rule, cue.where)
    if before and _GOES_ON.match(_plain(text)):
        points[before] = points.get(before, 0.0) + _OF_BEFORE
    if not points:
        return NO_KIND[of_page]
    return max(points, key=lambda kind: points[kind])


def _points(rule: Rule, where: Where) -> float:
    if where == "heading":
        return rule.of_heading
    return rule.points * (_OF_LEAD if where == "lead" else 1.0)
