"""What the API is asked and what it answers: every parameter and every field, with its type.

The same models check the requests, make the answers and describe both in the OpenAPI document.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from evidence.claims.claim import (
    Certainty,
    CertaintyReason,
    Kind,
    Language,
    SourceStatus,
    Stance,
    Verdict,
)
from evidence.search.request import MAX_LIMIT, MAX_QUERY, Sort

MAX_OFFSET = 100_000
MAX_CLAIM = 4000  # characters of a claim to suggest references for
SORT = (
    "The order: by relevance, newest first, by level of evidence, or by directness to the "
    "population and the intervention asked about."
)


def _whole(value: Any) -> Any:
    """Digits only: what `int` takes beyond them (signs, spaces, `1_000`) is refused."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 10):
        raise ValueError("write a whole number in digits")
    return value


def _yes_or_no(value: Any) -> Any:
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise ValueError("write true or false")
        return value == "true"
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Facet = Literal[
    "indication", "nerve", "intervention", "guidance", "outcome", "anatomy", "design", "population"
]
Key = Annotated[str, Field(min_length=1, max_length=200)]
#: A concept by its id; its MeSH id and its French and English names are understood too.
Named = Annotated[str, Field(min_length=1, max_length=80)]

# ---- parameters -----------------------------------------------------------------------


class Parameters(BaseModel):
    """The query of a request; a parameter that is not listed is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PagedAnswer(Parameters):
    """Which part of a list."""

    limit: Whole = Field(20, ge=1, le=MAX_LIMIT, description="How many items to answer.")
    offset: Whole = Field(0, ge=0, le=MAX_OFFSET, description="How many items to pass over.")


class ClaimsPage(PagedAnswer):
    """Claims of the texts."""

    text: Id | None = Field(None, description="Only claims of this text.")
    verdict: Verdict | None = Field(None, description="Only claims with this verdict.")
    kind: Kind | None = Field(None, description="Only claims of this kind.")
    concept: Id | None = Field(
        None, description="Only claims about this concept or a narrower one (its id)."
    )
    reference: Key | None = Field(None, description="Only claims linked to this reference.")


class SourcesPage(PagedAnswer):
    """Sources that the texts print."""

    text: Id | None = Field(None, description="Only sources printed by this text.")
    status: SourceStatus | None = Field(None, description="Only sources with this status.")


class ConceptsPage(PagedAnswer):
    """Concepts of the vocabulary."""

    facet: Facet | None = Field(None, description="Only concepts of this facet.")
    term: str | None = Field(
        None,
        min_length=1,
        max_length=80,
        description="Only concepts one of whose French or English terms begins with this; "
        "case and accents do not matter.",
    )


class SearchPage(PagedAnswer):
    """A search, as `evidence search` makes it."""

    limit: Whole = Field(10, ge=0, le=MAX_LIMIT, description="How many results to answer.")
    q: str = Field(
        "",
        description="Words, a phrase between quotation marks, an indication, a nerve, a title, "
        "author and year, a printed reference, a DOI, a PMID, or fields such as author:ilfeld "
        "year:2020..2025; without it the library is browsed. Nothing written here is an error: "
        f"what could not be read as meant is told in `notices`. {MAX_QUERY} characters are read.",
    )
    indication: tuple[Named, ...] = Field((), max_length=40, description="Indications.")
    nerve: tuple[Named, ...] = Field((), max_length=40, description="Nerves.")
    design: tuple[Named, ...] = Field((), max_length=40, description="Study designs.")
    guidance: tuple[Named, ...] = Field((), max_length=40, description="Imaging used as guidance.")
    year: Annotated[str, Field(pattern=r"^([0-9]{4}|[0-9]{4}-([0-9]{4})?|-[0-9]{4})$")] | None = (
        Field(None, description="A year or a range: 2020, 2015-2025, 2015-, -2010.")
    )
    language: tuple[Annotated[str, Field(pattern="^[a-z]{2}$")], ...] = Field(
        (), max_length=20, description="Languages of the publications (ISO 639-1)."
    )
    stance: tuple[Stance, ...] = Field(
        (), max_length=4, description="Only references linked to a claim with this stance."
    )
    verified: YesOrNo = Field(
        False, description="Only references whose title, authors and year were seen in a source."
    )
    sort: Sort = Field("relevance", description=SORT)
    expand: YesOrNo = Field(
        True, description="Search synonyms in both languages and narrower concepts too."
    )


class SuggestQuery(Parameters):
    """A claim to find references for."""

    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_CLAIM,
            pattern=r"[^\s]",
            description="The claim, in French or English.",
        ),
    ]
    limit: Whole = Field(10, ge=1, le=100, description="How many references to suggest.")
    sort: Sort = Field("relevance", description=f"{SORT} Those suggested are the most relevant.")


# ---- answers --------------------------------------------------------------------------


class AnswerModel(BaseModel):
    """What all answers share: no field beyond those described; absent ones are left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def plain(self) -> dict[str, Any]:
        """The JSON document."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Both(AnswerModel):
    """The same thing in French and in English."""

    fr: str
    en: str


class Links(AnswerModel):
    """Addresses of the other parts of a list; a part that does not exist has none."""

    self: str
    first: str
    last: str
    prev: str | None = None
    next: str | None = None


class Listing(AnswerModel):
    """A part of a list."""

    total: int = Field(description="How many items the whole list has.")
    limit: int
    offset: int
    links: Links


class TextSection(AnswerModel):
    """A part of a text."""

    id: str
    heading: Both


class TextAnswer(AnswerModel):
    """A text and what it amounts to."""

    id: str
    title: Both
    publisher: str
    language: Language
    url: str | None = Field(None, description="The live page.")
    published: date | None = None
    retrieved: date | None = None
    sections: tuple[TextSection, ...]
    claims: int
    verdicts: dict[Verdict, int] = Field(description="How many claims have each verdict.")
    references: int = Field(description="How many references are linked to its claims.")
    sources: int = Field(description="How many sources the text prints.")
    address: str = Field(description="The text in the reader.")
    annotations: str = Field(description="Its claims as W3C Web Annotations.")
    feed: str = Field(description="Atom feed of its claims.")


class TextList(Listing):
    """Texts."""

    items: tuple[TextAnswer, ...]


class LinkAnswer(AnswerModel):
    """A claim joined to a reference."""

    reference: str
    stance: Stance
    cito: str = Field(description="The stance as a property of the Citation Typing Ontology.")
    directness: dict[
        Literal["population", "intervention", "comparator", "outcome"],
        Literal["direct", "indirect"],
    ]
    finding: str | None = Field(None, description="The outcome that the link rests on.")
    note: Both


class AnchorAnswer(AnswerModel):
    """The words that pick the passage out of the page."""

    start: str
    end: str | None = None
    prefix: str | None = None
    suffix: str | None = None


class ReviewAnswer(AnswerModel):
    """Who signed the claim."""

    by: str
    on: date
    claim_hash: str
    is_current: bool = Field(description="False when the claim has changed since.")


class ClaimAnswer(AnswerModel):
    """A claim of a text, and what the references say about it."""

    text: str
    id: str
    section: str
    anchor: AnchorAnswer
    statement: Both
    kind: Kind
    concepts: tuple[str, ...]
    population: tuple[str, ...]
    intervention: tuple[str, ...]
    comparator: tuple[str, ...]
    outcome: tuple[str, ...]
    verdict: Verdict
    certainty: Certainty
    certainty_reasons: tuple[CertaintyReason, ...]
    rationale: Both
    caveats: Both | None = None
    links: tuple[LinkAnswer, ...]
    reviewed: ReviewAnswer | None = None
    hash: str = Field(description="SHA-256 of all that a reviewer decides on.")
    address: str = Field(description="The claim in the reader.")
    passage: str | None = Field(None, description="The live page, opened at the passage.")


class ClaimList(Listing):
    """Claims."""

    items: tuple[ClaimAnswer, ...]


class SourceAnswer(AnswerModel):
    """A source as a text prints it, and whether it exists as cited."""

    text: str
    cited: str
    status: SourceStatus
    reference: str | None = Field(None, description="The work, when it was located.")
    nearest: tuple[str, ...] = Field(description="The works that come closest.")
    looked: Both | None = None
    note: Both | None = None


class SourceList(Listing):
    """Sources."""

    items: tuple[SourceAnswer, ...]


class FindingAnswer(AnswerModel):
    """One result of a study, restated."""

    outcome: str
    timepoint: str | None = None
    value: str | None = None
    text: str | None = None


class ProvenanceAnswer(AnswerModel):
    """Where facts were seen."""

    address: str
    seen: str | None = None


class StudyAnswer(AnswerModel):
    """What kind of study, in whom, of what."""

    design: str | None = None
    participants: int | None = None
    arms: str | None = None
    indications: tuple[str, ...] = ()
    population: tuple[str, ...] = ()
    nerves: tuple[str, ...] = ()
    guidance: tuple[str, ...] = ()
    device: str | None = None
    comparator: str | None = None
    followup: str | None = None
    harms: str | None = None
    relevance: str | None = None


class LevelAnswer(AnswerModel):
    """The Oxford (OCEBM 2011) level of the study for a question of efficacy."""

    number: int | None = Field(None, description="1 to 5; absent when it is not ranked.")
    provisional: bool
    why: Both


class UseAnswer(AnswerModel):
    """A claim that the reference bears on."""

    text: str
    claim: str
    stance: Stance
    address: str


class ReferenceAddresses(AnswerModel):
    """Where the reference can be had."""

    html: str
    bibtex: str
    ris: str
    csl_json: str


class ReferenceAnswer(AnswerModel):
    """A reference and the study behind it."""

    key: str
    type: str
    title: str | None = None
    authors: tuple[str, ...] = ()
    more_authors: bool = Field(False, description="True when the list ends with “and others”.")
    year: int | None = None
    journal: str | None = None
    volume: str | None = None
    number: str | None = None
    pages: str | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    issn: str | None = None
    isbn: str | None = None
    publisher: str | None = None
    language: str | None = None
    url: str | None = None
    abstract: str | None = None
    keywords: tuple[str, ...] = ()
    study: StudyAnswer
    findings: tuple[FindingAnswer, ...] = ()
    provenance: tuple[ProvenanceAnswer, ...] = ()
    unverified: dict[str, str] = Field(
        default_factory=dict,
        description="Fields that no source showed, with the value that was remembered.",
    )
    missing: tuple[str, ...] = Field((), description="Core fields that are not known.")
    status: str | None = None
    extra: dict[str, str] = Field(default_factory=dict)
    concepts: tuple[str, ...] = ()
    level: LevelAnswer
    citation: str = Field(description="The reference in Vancouver style.")
    uses: tuple[UseAnswer, ...]
    addresses: ReferenceAddresses


class ReferenceList(Listing):
    """References."""

    items: tuple[ReferenceAnswer, ...]


class HitAnswer(AnswerModel):
    """One reference found; `highlights` are passages, matches between double stars."""

    key: str
    title: str
    year: int | None
    design: str
    score: float
    highlights: tuple[str, ...]
    concepts: tuple[str, ...]
    same_as: str | None = Field(
        description="The key, further up, of the same work published twice."
    )

    def plain(self) -> dict[str, Any]:
        """The JSON document; an unknown year is null, as on the command line."""
        return self.model_dump(mode="json")


class SearchAnswer(AnswerModel):
    """What `evidence search --json` prints, and where the other results are."""

    query: str
    total: int
    took_ms: float
    results: tuple[HitAnswer, ...]
    facets: dict[str, dict[str, int]]
    did_you_mean: str | None
    concepts: tuple[str, ...] = Field(description="Concepts recognised in the query.")
    understood: str | None = Field(description="How the query was read, when not as typed.")
    notices: tuple[str, ...]
    redirect: str | None = Field(description="The key, when the query was an identifier.")
    limit: int
    offset: int
    links: Links

    def plain(self) -> dict[str, Any]:
        """The JSON document; what was not found is null, as on the command line."""
        document = self.model_dump(mode="json")
        document["links"] = self.links.plain()
        return document


class WhyAnswer(AnswerModel):
    """Why a reference is suggested."""

    kind: Literal["concept", "words", "meaning", "related"]
    what: str
    weight: float


class SuggestedAnswer(AnswerModel):
    """A reference that bears on a claim."""

    key: str
    score: float
    part: str | None = Field(description="The sentence it fits best, of a claim of several.")
    same_as: str | None = Field(description="The key before it of the same work published twice.")
    why: tuple[WhyAnswer, ...]


class RecognisedAnswer(AnswerModel):
    """Concepts named in a claim, by what they say."""

    population: tuple[str, ...]
    intervention: tuple[str, ...]
    outcome: tuple[str, ...]
    design: tuple[str, ...]


class SuggestAnswer(AnswerModel):
    """References that bear on a claim, best first."""

    claim: str
    recognised: RecognisedAnswer
    results: tuple[SuggestedAnswer, ...]

    def plain(self) -> dict[str, Any]:
        """The JSON document; `part` is null for a claim of one sentence, as the command has it."""
        return self.model_dump(mode="json")


class ConceptAnswer(AnswerModel):
    """A concept, its terms in both languages, what is broader and narrower."""

    id: str
    facet: str
    label: Both
    synonyms: dict[Language, tuple[str, ...]]
    mesh: str | None = None
    broader: tuple[str, ...]
    narrower: tuple[str, ...]
    note: dict[Language, str]
    references: int = Field(description="References that study it or a narrower concept.")
    address: str


class ConceptList(Listing):
    """Concepts."""

    items: tuple[ConceptAnswer, ...]


class DesignAnswer(AnswerModel):
    """The studies of one design."""

    design: str
    levels: tuple[int, ...] = Field(description="Levels that its studies have, best first.")
    studies: int
    participants: int = Field(description="Participants of the studies that state them.")
    unknown: int = Field(description="Studies that do not say how many took part.")


class UseOfClaim(AnswerModel):
    """A claim about a concept."""

    text: str
    claim: str
    verdict: Verdict
    address: str


class IndicationAnswer(AnswerModel):
    """What is known about an indication, or any other concept."""

    concept: ConceptAnswer
    designs: tuple[DesignAnswer, ...]
    stances: dict[Stance, int] = Field(
        description="Links of its references to claims, by stance; none of it is a verdict."
    )
    references: tuple[str, ...] = Field(description="Keys: best level first, then newest.")
    claims: tuple[UseOfClaim, ...]


class ParameterError(AnswerModel):
    """A parameter that is wrong, and the mend."""

    parameter: str
    message: str


class ProblemAnswer(AnswerModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str
    title: str
    status: int
    detail: str
    instance: Annotated[str, WithJsonSchema({"type": "string"})]
    errors: tuple[ParameterError, ...] | None = None
