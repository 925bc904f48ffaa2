"""Records and queries to measure with.

With the folder of shared data, 50,000 real biomedical records; without it, the bundled
references repeated under new keys with their sentences shuffled.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from evidence.knowledge import KnowledgeBase
from evidence.search.language.analysis import STOP
from references.record import Reference, Study

KINDS = (
    "rct",
    "cohort-prospective",
    "cohort-retrospective",
    "case-series",
    "case-report",
    "narrative-review",
    "systematic-review",
    "animal",
    "laboratory",
    "guideline",
    "protocol",
    "editorial",
)
_TELL_NOTHING = """
associated based compared could data different effect effects found high increased less level
levels many much result results show shown significant significantly studied study used using
well background methods conclusion conclusions patients
"""
_COMMON = STOP["en"] | set(_TELL_NOTHING.split())


@dataclass(frozen=True, slots=True)
class Record:
    """One document for every engine: the same words in the same two fields."""

    key: str
    title: str
    abstract: str
    year: int
    kind: str

    def reference(self) -> Reference:
        """The record as our engine reads it."""
        return Reference(
            key=self.key,
            title=self.title,
            abstract=self.abstract,
            year=self.year,
            language="en",
            study=Study(design=self.kind),
        )


def _record(number: int, key: str, title: str, abstract: str) -> Record:
    drawn = random.Random(number)
    return Record(key, title, abstract, drawn.randint(1980, 2026), drawn.choice(KINDS))


def _real(path: Path, count: int) -> list[Record]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = []
        for number, line in enumerate(islice(lines, count)):
            record = json.loads(line)
            abstract = str(record.get("abstract") or "")
            title = str(record.get("title") or "") or " ".join(abstract.split()[1:13])
            records.append(_record(number, str(record["key"]), title, abstract))
    return records


def _repeated(count: int) -> list[Record]:
    base = []
    for reference in KnowledgeBase().library.values():
        findings = [f"{f.outcome} {f.timepoint} {f.value} {f.text}" for f in reference.findings]
        text = ". ".join([*findings, reference.study.harms])
        base.append((reference.title, re.split(r"(?<=\.)\s", text)))
    claims = []
    for number in range(count):
        drawn = random.Random(number)
        sentences = [s for _ in range(6) for s in drawn.choice(base)[1] if s]
        drawn.shuffle(sentences)
        claims.append(_record(number, f"r{number}", drawn.choice(base)[0], " ".join(sentences)))
    return claims


def records(count: int, shared: Path | None) -> tuple[list[Record], str]:
    """So many records, and where they are from."""
    path = shared / "scale" / "records-50k.jsonl.gz" if shared else None
    if path is not None and path.exists() and count <= 50_000:
        return _real(path, count), "real biomedical records"
    return _repeated(count), "bundled references, repeated and shuffled"


@dataclass(frozen=True, slots=True)
class Structured:
    """A fielded query every engine can answer, given as its parts."""

    kind: str  # phrase-facets, fields, boolean, any-facets
    words: tuple[str, ...]
    years: tuple[int, int] = (0, 9999)

    @property
    def wants_facets(self) -> bool:
        """Whether counts by year and kind are part of the answer."""
        return self.kind.endswith("facets")


@dataclass(frozen=True, slots=True)
class Workload:
    """70 short searches, 70 sentence-long claims, 60 structured queries."""

    short: list[str]
    claims: list[str]
    structured: list[Structured]


def _words(text: str) -> list[str]:
    return [
        w for w in re.findall(r"(?<![\w<-])[a-z]{4,14}(?![\w>-])", text.lower()) if w not in _COMMON
    ]


def workload(documents: list[Record], seed: int = 11) -> Workload:
    """Queries made from the first documents, the same for every engine."""
    drawn = random.Random(seed)
    pool = [d for d in documents[:1500] if len(_words(d.abstract)) > 40]
    short, claims, structured = [], [], []
    for document in drawn.sample(pool, 70):
        words = _words(document.abstract)
        at = drawn.randrange(len(words) - 3)
        short.append(" ".join(words[at : at + drawn.choice((2, 2, 3))]))
    for document in drawn.sample(pool, len(pool)):
        sentences = re.split(r"(?<=[.!?])\s+", document.abstract)
        good = [s for s in sentences if 10 <= len(s.split()) <= 25 and len(_words(s)) >= 5]
        if good and len(claims) < 70:
            claims.append(good[-1])
    for number, document in enumerate(drawn.sample(pool, 60)):
        raw = re.findall(r"[a-z]+", document.abstract.lower())
        words = _words(document.abstract)
        low = drawn.randint(1980, 2015)
        at = drawn.randrange(len(words) - 6)
        match number % 4:
            case 0:
                pairs = [
                    pair
                    for pair in pairwise(raw)
                    if all(len(word) > 4 and word not in _COMMON for word in pair)
                ]
                pair = drawn.choice(pairs or [tuple(words[:2])])
                structured.append(Structured("phrase-facets", tuple(pair), (low, low + 11)))
            case 1:
                title = _words(document.title) or words[:1]
                structured.append(Structured("fields", (drawn.choice(title), words[at])))
            case 2:
                structured.append(Structured("boolean", tuple(words[at : at + 4])))
            case _:
                structured.append(
                    Structured("any-facets", tuple(words[at : at + 4]), (low, low + 11))
                )
    return Workload(short, claims, structured)
