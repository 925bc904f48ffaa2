"""Which kind of claim a sentence makes: a linear model over what may be seen in it and around it.

What may be seen: the cues (`cues.toml`), groups of words (`kinds.toml`) in the sentence and in the
heading above it, the words themselves, what the page is about, and the kind of the claim before.
Each counts for and
against each kind (`kinds.tsv`); the kind with the highest sum is proposed. The table is a
multinomial logistic regression with a ridge penalty, fitted by `bench/fit_kinds.py` on sentences
labelled by hand; how well it goes: docs/claims-found.md.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from evidence.anchoring.cues import Cue, about, plain
from evidence.claims.claim import KINDS

#: What is always there: how frequent a kind is by itself.
ALWAYS = "always"
#: No sentence needs more characters to be of a kind.
_MOST = 600
#: A word of a sentence by its beginning, which its forms share; shorter ones say little.
_WORD = re.compile(r"\b[a-z]{4,7}")
#: The first things said are what a sentence is about.
_OPENING = 2
#: Headings that ask one thing of the lists below them, and what that counts for the kind of their
#: name: set by hand, as few labelled pages have such lists.
_ASKS = {
    "safety": "safety",
    "cause": "cause",
    "symptom": "symptom",
    "diagnosis": "diagnosis",
    "preparation": "preparation",
    "refused": "indication",
}
_ASKED = 3.5
#: Words that a sentence goes on with.
_GOES_ON = re.compile(
    r"(?:il|elle|ils|elles|ce|cet|cette|ces|cela|ceci|celle-ci|celui-ci|leur|on|it|its|this|these|"
    r"they|that|those|their)\b"
)


@dataclass(frozen=True, slots=True)
class WhereSaid:
    """Where a claim stands.

    `of_page` is what the page is about: numbness is a symptom of an illness, and a risk of a
    treatment. `heading` is the one above it (the title of the page is none), `before` the kind of
    the claim before it under the same heading. `opens` is True for what the page says first.
    `lead` announces the list that it is an item of.
    """

    of_page: str = "condition"
    heading: str = ""
    before: str = ""
    opens: bool = False
    lead: str = ""


def _patterns(section: str) -> dict[str, re.Pattern[str]]:
    text = files("evidence.anchoring").joinpath("kinds.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)[section]
    return {name: re.compile(pattern.replace("\n", "")) for name, pattern in rows.items()}


@lru_cache(maxsize=2)
def _words(section: str) -> Mapping[str, re.Pattern[str]]:
    return _patterns(section)


@lru_cache(maxsize=1)
def weights() -> Mapping[str, Mapping[str, float]]:
    """What each thing that may be seen counts for each kind."""
    text = files("evidence.anchoring").joinpath("kinds.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return {
        row.pop("seen"): {kind: float(weight) for kind, weight in row.items() if weight}
        for row in rows
    }


def seen(cues: Sequence[Cue], text: str, place: WhereSaid) -> Iterator[str]:
    """The names of all that tells the kind of a claim.

    Args:
        cues: what was seen in the sentence and around it (`evidence.anchoring.cues`).
        text: the sentence.
        place: where it stands.
    """
    yield ALWAYS
    yield f"page about a {place.of_page}"
    for cue in cues:
        yield f"cue {cue.name} in the {cue.where}"
        if cue.where != "heading":
            yield f"cue {cue.name} on a {place.of_page}"
    said = plain(text)[:_MOST]
    found = _found("says", said)
    yield from (f"says {name}" for name in found)
    yield from (f"says {name} on a {place.of_page}" for name in found)
    yield from (f"word {word}" for word in sorted(set(_WORD.findall(said))))
    first = sorted(found, key=lambda name: (found[name], name))[:_OPENING]
    yield from (f"opens with {name}" for name in first)
    yield from (f"headed {name}" for name in _found("headed", plain(place.heading)[:_MOST]))
    if place.lead:
        announced = plain(place.lead)[:_MOST]
        yield from (f"announced {name}" for name in _found("headed", announced))
        yield from (f"announced so {name}" for name in _found("says", announced))
    yield f"headed by a {about(place.heading) if place.heading else 'nothing'}"
    if place.before:
        yield f"after {place.before}"
        if _GOES_ON.match(said):
            yield f"goes on with {place.before}"
    if place.opens:
        yield "said first"


def _found(section: str, said: str) -> dict[str, int]:
    """The groups of words that stand in a text, and where."""
    matches = ((name, pattern.search(said)) for name, pattern in _words(section).items())
    return {name: match.start() for name, match in matches if match}


def kind_of(cues: Sequence[Cue], text: str, place: WhereSaid) -> str:
    """The kind of claim that a sentence makes most likely; arguments as of `seen`."""
    table = weights()
    sums = dict.fromkeys(KINDS, 0.0)
    for name in seen(cues, text, place):
        for kind, weight in table.get(name, {}).items():
            sums[kind] += weight
    if any(cue.name == "list" for cue in cues):
        for name in _found("headed", plain(place.heading)[:_MOST]).keys() & _ASKS.keys():
            sums[_ASKS[name]] += _ASKED
    return max(sums, key=lambda kind: sums[kind])
