"""What the API answers: every field, with its type and what it means.

The same models make the answers and describe them in the OpenAPI document.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field, WithJsonSchema

from evidence.claims.claim import Certainty, CertaintyReason, Kind, SourceStatus, Verdict
from evidence.claims.stance import Stance
from evidence.journal.stage import StageName
from evidence.wording import Language
from webapp.api.records import (
    ApiModel,
    FindingAnswer,
    HarmAnswer,
    OutcomeAnswer,
    ProvenanceAnswer,
    RelatedAnswer,
    StudyAnswer,
)


class Both(ApiModel):
    """The same thing in French and in English."""

    fr: str
    en: str


class Links(ApiModel):
    """Addresses of the other parts of a list; a part that does not exist has none."""

    self: str
    first: str
    last: str
    prev: str | None = None
    next: str | None = None


Item = TypeVar("Item", bound=ApiModel)


class Listing(ApiModel, Generic[Item]):
    """A part of a list."""

    total: int = Field(description="How many items the whole list has.")
    limit: int
    offset: int
    links: Links
    items: tuple[Item, ...]


class TextSection(ApiModel):
    """A part of a text."""

    id: str
    heading: Both


class TextAnswer(ApiModel):
    """A text and what it amounts to."""

    id: str
    title: Both
    summary: Both | None = Field(
        None, description="The answer in two or three sentences, while its verdicts stand."
    )
    publisher: str
    language: Language
    url: str | None = Field(None, description="The live page.")
    published: date | None = Field(None, description="The day that the page itself names.")
    retrieved: date | None = None
    state: StageName = Field("published", description="Who sees the text.")
    published_here: date | None = Field(
        None, description="Since when the text is published here; absent if with the base."
    )
    published_by: str | None = Field(None, description="By whom, as they chose to be named.")
    sections: tuple[TextSection, ...]
    claims: int
    verdicts: dict[Verdict, int] = Field(description="How many claims have each verdict.")
    references: int = Field(description="How many references are linked to its claims.")
    sources: int = Field(description="How many sources the text prints.")
    read_twice: int = Field(description="How many claims two readers weighed, each alone.")
    agreement: AgreementAnswer | None = Field(None, description="Of these readers, over all.")
    address: str = Field(description="The text in the reader.")
    annotations: str = Field(description="Its claims as W3C Web Annotations.")
    feed: str = Field(description="Atom feed of its claims.")


class TextList(Listing[TextAnswer]):
    """Texts."""


class LinkAnswer(ApiModel):
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


class AnchorAnswer(ApiModel):
    """The words that pick the passage out of the page."""

    start: str
    end: str | None = None
    prefix: str | None = None
    suffix: str | None = None


class ReviewAnswer(ApiModel):
    """Who signed the claim."""

    by: str
    on: date
    claim_hash: str
    is_current: bool = Field(description="False when the claim has changed since.")
    signatures: int = Field(1, description="How many people’s signatures hold.")
    signatures_needed: int = Field(1, description="How many the base asks for.")


class AgreementAnswer(ApiModel):
    """How far two readers agree; what cannot be worked out is absent."""

    records: int = Field(description="Records that both weighed.")
    stance_percent: float | None = None
    stance_kappa: float | None = Field(None, description="Cohen’s kappa of the stances.")
    directness_percent: float | None = None


class ReaderAnswer(ApiModel):
    """What one reader made of a claim."""

    verdict: str
    certainty: str
    certainty_reasons: tuple[str, ...]


class RecordReadAnswer(ApiModel):
    """The stance of one record; “not-linked” where a reader, or the register, left it out."""

    reference: str
    first: str
    second: str
    settled: str


class DifferenceAnswer(ApiModel):
    """How a difference was settled, and why, by language."""

    reference: str = Field(description="A key, “verdict” or “certainty”.")
    settled: str
    why: dict[str, str]


class ReadingsAnswer(ApiModel):
    """Two readings of one claim, the second made without the first."""

    first: ReaderAnswer
    second: ReaderAnswer
    agreement: AgreementAnswer
    records: tuple[RecordReadAnswer, ...]
    differences: tuple[DifferenceAnswer, ...]


class ClaimAnswer(ApiModel):
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
    readings: ReadingsAnswer | None = Field(None, description="Where it was read twice.")
    findings: tuple[OutcomeAnswer, ...] | None = Field(
        None, description="The summary of findings, a row an outcome; with one claim only."
    )
    hash: str = Field(description="SHA-256 of all that a reviewer decides on.")
    address: str = Field(description="The claim in the reader.")
    passage: str | None = Field(None, description="The live page, opened at the passage.")


class ClaimList(Listing[ClaimAnswer]):
    """Claims."""


class SourceAnswer(ApiModel):
    """A source as a text prints it, and whether it exists as cited."""

    text: str
    cited: str
    status: SourceStatus
    reference: str | None = Field(None, description="The work, when it was located.")
    nearest: tuple[str, ...] = Field(description="The works that come closest.")
    looked: Both | None = None
    note: Both | None = None


class SourceList(Listing[SourceAnswer]):
    """Sources."""


class LevelAnswer(ApiModel):
    """The Oxford (OCEBM 2011) level of the study for a question of efficacy."""

    number: int | None = Field(None, description="1 to 5; absent when it is not ranked.")
    provisional: bool
    why: Both


class UseAnswer(ApiModel):
    """A claim that the reference bears on."""

    text: str
    claim: str
    stance: Stance
    address: str


class ReferenceAddresses(ApiModel):
    """Where the reference can be had."""

    html: str
    bibtex: str
    ris: str
    nbib: str
    csl_json: str


class ReferenceAnswer(ApiModel):
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
    harms: tuple[HarmAnswer, ...] = ()
    related: tuple[RelatedAnswer, ...] = ()
    provenance: tuple[ProvenanceAnswer, ...] = ()
    unverified: dict[str, str] = Field(
        default_factory=dict,
        description="Fields that no source showed, with the value that was remembered.",
    )
    missing: tuple[str, ...] = Field((), description="Core fields that are not known.")
    status: str | None = None
    added: str | None = Field(None, description="The day on which it entered the library.")
    extra: dict[str, str] = Field(default_factory=dict)
    concepts: tuple[str, ...] = ()
    level: LevelAnswer
    citation: str = Field(description="The reference in Vancouver style.")
    uses: tuple[UseAnswer, ...]
    addresses: ReferenceAddresses


class CitationAnswer(ApiModel):
    """A reference as a citation style prints it."""

    key: str
    style: str
    text: str


class ReferenceList(Listing[ReferenceAnswer]):
    """References."""


class HitAnswer(ApiModel):
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


class ClaimHitAnswer(ApiModel):
    """A judged claim that answers the search."""

    text: str
    claim: str
    statement: Both
    verdict: Verdict
    certainty: Certainty
    score: float


class SearchAnswer(ApiModel):
    """What `evidence search --json` prints, and where the other results are."""

    query: str
    total: int
    took_ms: float
    claims: tuple[ClaimHitAnswer, ...] = Field(
        description="Judged claims that answer the query, best first; none when it is narrowed."
    )
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


class WhyAnswer(ApiModel):
    """Why a reference is suggested."""

    kind: Literal["concept", "words", "meaning", "related"]
    what: str
    weight: float


class SuggestedAnswer(ApiModel):
    """A reference that bears on a claim."""

    key: str
    score: float
    part: str | None = Field(description="The sentence it fits best, of a claim of several.")
    same_as: str | None = Field(description="The key before it of the same work published twice.")
    why: tuple[WhyAnswer, ...]


class RecognisedAnswer(ApiModel):
    """Concepts named in a claim, by what they say."""

    population: tuple[str, ...]
    intervention: tuple[str, ...]
    outcome: tuple[str, ...]
    design: tuple[str, ...]


class QuestionAnswer(ApiModel):
    """A question for another service, and the address that asks it."""

    query: str
    url: str


class BeyondAnswer(ApiModel):
    """The question of a claim for the services beyond the library."""

    pubmed: QuestionAnswer
    europepmc: QuestionAnswer


class SuggestAnswer(ApiModel):
    """References that bear on a claim, best first.

    `beyond` is given where they are few: the question to ask elsewhere.
    """

    claim: str
    recognised: RecognisedAnswer
    results: tuple[SuggestedAnswer, ...]
    beyond: BeyondAnswer | None = None

    def plain(self) -> dict[str, Any]:
        """The JSON document; `part` is null for a claim of one sentence, as the command has it."""
        return self.model_dump(mode="json")


class ConceptAnswer(ApiModel):
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


class ConceptList(Listing[ConceptAnswer]):
    """Concepts."""


class DesignAnswer(ApiModel):
    """The studies of one design."""

    design: str
    levels: tuple[int, ...] = Field(description="Levels that its studies have, best first.")
    studies: int
    participants: int = Field(description="Participants of the studies that state them.")
    unknown: int = Field(description="Studies that do not say how many took part.")


class UseOfClaim(ApiModel):
    """A claim about a concept."""

    text: str
    claim: str
    verdict: Verdict
    address: str


class IndicationAnswer(ApiModel):
    """What is known about an indication, or any other concept."""

    concept: ConceptAnswer
    designs: tuple[DesignAnswer, ...]
    stances: dict[Stance, int] = Field(
        description="Links of its references to claims, by stance; none of it is a verdict."
    )
    references: tuple[str, ...] = Field(description="Keys: best level first, then newest.")
    claims: tuple[UseOfClaim, ...]


class ParameterProblem(ApiModel):
    """A parameter that is wrong, and the mend."""

    parameter: str
    message: str


class ProblemAnswer(ApiModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str
    title: str
    status: int
    detail: str
    instance: Annotated[str, WithJsonSchema({"type": "string"})]
    errors: tuple[ParameterProblem, ...] | None = None
