"""A claim of a text, its anchor, and its links to references.

The classes mirror the YAML files (docs/data-format.md) and refuse what they do not know.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from evidence.claims.stance import STANCES as STANCES
from evidence.claims.stance import Stance as Stance

Kind = Literal[
    "definition",
    "frequency",
    "cause",
    "symptom",
    "diagnosis",
    "course",
    "mechanism",
    "indication",
    "procedure",
    "preparation",
    "efficacy",
    "durability",
    "safety",
    "organisation",
]
Verdict = Literal[
    "supported",
    "partly-supported",
    "mixed",
    "contradicted",
    "no-evidence-found",
    "not-checkable",
]
Certainty = Literal["high", "moderate", "low", "very-low", "none"]
#: What lowers or raises certainty: the GRADE domains (Guyatt et al., J Clin Epidemiol 2011),
#: and `no-studies` where there is nothing to grade.
CertaintyReason = Literal[
    "risk-of-bias",
    "inconsistency",
    "indirectness",
    "imprecision",
    "publication-bias",
    "large-effect",
    "dose-response",
    "opposing-confounding",
    "no-studies",
]
SourceStatus = Literal[
    "verified",
    "partly-verified",
    "differs",
    "several-candidates",
    "not-located",
    "retracted",
    "reinstated",
    "corrected",
    "expression-of-concern",
    "preprint-published-since",
    "unchecked",
]

#: What is said of a claim without a verdict; it is none.
UNASSESSED = "unassessed"

KINDS: tuple[str, ...] = get_args(Kind)
VERDICTS: tuple[str, ...] = get_args(Verdict)
CERTAINTIES: tuple[str, ...] = get_args(Certainty)

#: YAML reads an unquoted key or word as a string already; ids must not be numbers or dates.
#: Ids of texts, sections and claims: lower case words with hyphens.
SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
MAX_SLUG = 80  # characters
Slug = Annotated[str, Field(pattern=f"^{SLUG}$", max_length=MAX_SLUG)]
ConceptId = Slug


class Model(BaseModel):
    """What all parts of a text share: unknown fields are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


#: What a draft puts where a person has still to write, by language.
REWORD = {"fr": "[à reformuler]", "en": "[to reword]"}
TRANSLATE = {"fr": "[à traduire]", "en": "[to translate]"}
ASSESS = {"fr": "[à évaluer]", "en": "[to assess]"}


def _any_of(*marks: dict[str, str]) -> re.Pattern[str]:
    words = "|".join(re.escape(word) for mark in marks for word in mark.values())
    return re.compile(rf"\s*(?:{words})\s*", re.IGNORECASE)


_TO_TRANSLATE, _TO_ASSESS = _any_of(TRANSLATE), _any_of(ASSESS)
_TO_WRITE = _any_of(REWORD, TRANSLATE, ASSESS)


class Bilingual(Model):
    """The same words in French and in English, as they are written.

    `text["fr"]` gives the words to show in a language: without the marks of a draft, and in the
    other language where nobody has translated them yet.
    """

    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def __getitem__(self, language: str) -> str:
        own, other = (self.fr, self.en) if language == "fr" else (self.en, self.fr)
        return _TO_WRITE.sub(" ", own if self.is_written_in(language) else other).strip()

    def is_written_in(self, language: str) -> bool:
        """False where the words of a language still wait for their translation."""
        return not _TO_TRANSLATE.search(self.fr if language == "fr" else self.en)

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks of a draft that stand in it: what is still to assess, translate, reword."""
        marks = (
            mark.group().strip()
            for words in (self.fr, self.en)
            for mark in _TO_WRITE.finditer(words)
        )
        return tuple(dict.fromkeys(marks))


#: What registers and journals of before wrote in the place of a verdict nobody had given. The
#: hash of an unassessed claim is made with it, so that decisions against it still fit.
_NO_VERDICT: dict[str, Any] = {
    "verdict": "no-evidence-found",
    "certainty": "none",
    "certainty_reasons": ["no-studies"],
    "rationale": dict(ASSESS),
}


def as_before(claim: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an unassessed claim as they were written before it could be without a verdict.

    Args:
        claim: the claim as plain values; what its rationale notes is kept.
    """
    return _NO_VERDICT | ({"rationale": claim["rationale"]} if claim.get("rationale") else {})


def _is_to_assess(rationale: Any) -> bool:
    """Whether a rationale, as a model or as it was read, says that it is still to be written."""
    words = rationale.model_dump() if isinstance(rationale, Bilingual) else rationale
    return isinstance(words, dict) and any(
        isinstance(one, str) and _TO_ASSESS.search(one) for one in words.values()
    )


class Anchor(Model):
    """A few words that pick a passage out of the original.

    The passage runs from the first word of `start` to the last word of `end`; without `end`
    it is `start` itself. `prefix` and `suffix` stand immediately before and after it, where
    `start` alone is not unique: a W3C TextQuoteSelector, written as a URL text fragment.
    """

    start: str = Field(min_length=1)
    end: str = ""
    prefix: str = ""
    suffix: str = ""


class Directness(Model):
    """Whether a reference studied what the claim is about, by GRADE's four elements."""

    population: Literal["direct", "indirect"] | None = None
    intervention: Literal["direct", "indirect"] | None = None
    comparator: Literal["direct", "indirect"] | None = None
    outcome: Literal["direct", "indirect"] | None = None

    @property
    def is_direct(self) -> bool:
        """True when at least one element is stated and none is indirect."""
        stated = [value for value in self.as_dict().values() if value]
        return bool(stated) and "indirect" not in stated

    def as_dict(self) -> dict[str, str]:
        """The elements that are stated."""
        return self.model_dump(exclude_none=True)


class Link(Model):
    """A claim joined to a reference: which way it points, how directly, why.

    `finding` names the outcome of the reference's finding that the link rests on.
    """

    reference: str
    stance: Stance
    directness: Directness = Directness()
    finding: str = ""
    note: Bilingual


class Review(Model):
    """Who signed the claim, when, and the hash of the claim they saw."""

    by: str
    on: date
    claim_hash: str


def _listed(value: object) -> object:
    return [] if value is None else value


Concepts = Annotated[tuple[ConceptId, ...], BeforeValidator(_listed)]


class Claim(Model):
    """One checkable statement of a text, with what the references say about it.

    Without a verdict it is unassessed: nobody has decided on it, and it has no certainty either.
    A register that says `[à évaluer]` where its rationale should stand is read as that, whatever
    holds the place of the verdict; what else the rationale says are notes.
    """

    id: Slug
    section: Slug
    anchor: Anchor
    statement: Bilingual
    kind: Kind
    concepts: Concepts = ()
    population: Concepts = ()
    intervention: Concepts = ()
    comparator: Concepts = ()
    outcome: Concepts = ()
    verdict: Verdict | None = None
    certainty: Certainty | None = Field(default=None, validate_default=True)
    certainty_reasons: tuple[CertaintyReason, ...] = ()
    rationale: Bilingual | None = Field(default=None, validate_default=True)
    caveats: Bilingual | None = None
    links: tuple[Link, ...] = ()
    reviewed: Review | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_placeholders(cls, value: Any) -> Any:
        """A claim that says it is still to assess has no verdict, whatever holds its place."""
        if isinstance(value, dict) and _is_to_assess(value.get("rationale")):
            return value | {"verdict": None, "certainty": None, "certainty_reasons": ()}
        return value

    @field_validator("certainty", "rationale")
    @classmethod
    def _with_the_verdict(cls, value: Any, info: ValidationInfo) -> Any:
        """A verdict needs its certainty and its rationale; without one there is neither."""
        if "verdict" not in info.data:  # it is wrong itself
            return value
        verdict = info.data["verdict"]
        if verdict is not None and value is None:
            raise PydanticCustomError("missing", "the field is missing")
        if verdict is None and value is not None and not _is_to_assess(value):
            raise PydanticCustomError("unassessed", "there is no verdict")
        return value

    @property
    def is_assessed(self) -> bool:
        """False for a claim on which nobody has decided: nobody looked for studies.

        It is shown, exported and counted as unassessed, can be signed by nobody, and readers
        never see it (`evidence.standing`).
        """
        return self.verdict is not None

    @property
    def judgement(self) -> str:
        """Its verdict, or `unassessed`: for whoever counts, filters or names claims by it."""
        return self.verdict or UNASSESSED

    @property
    def all_concepts(self) -> tuple[str, ...]:
        """Every concept of the claim, each once, those of its PICO elements first."""
        return tuple(
            dict.fromkeys(
                (
                    *self.population,
                    *self.intervention,
                    *self.comparator,
                    *self.outcome,
                    *self.concepts,
                )
            )
        )

    @property
    def hash(self) -> str:
        """SHA-256 of all that a reviewer decides on; changes when any of it changes."""
        content = self.model_dump(mode="json", exclude={"reviewed"})
        if not self.is_assessed:
            content |= as_before(content)
        plain = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()

    def links_of(self, stance: str) -> tuple[Link, ...]:
        """The links of one stance, in the order of the file."""
        return tuple(link for link in self.links if link.stance == stance)
