"""What the API answers of a record: study, findings, harms, relations, where it was seen.

Here too stands what all answers share, `ApiModel`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

#: Which side a result favours.
Favours = Literal["intervention", "comparator", "neither", "improvement", "worsening", "no-change"]
#: What kind of place facts were seen at.
Place = Literal[
    "pubmed",
    "pmc",
    "publisher",
    "registry",
    "registry-copy",
    "regulator",
    "society",
    "preprint",
    "index",
    "catalogue",
    "repository",
    "copy",
    "page",
    "unkept",
]


class ApiModel(BaseModel):
    """What all answers share: no field beyond those described; absent ones are left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def plain(self) -> dict[str, Any]:
        """The JSON document."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class FindingWordsAnswer(ApiModel):
    """What a finding says in French; a part that is absent reads the same in both languages."""

    outcome: str | None = None
    timepoint: str | None = None
    value: str | None = None
    text: str | None = None


class FindingAnswer(ApiModel):
    """One result of a study, restated."""

    outcome: str
    timepoint: str | None = None
    value: str | None = None
    text: str | None = None
    interval: str | None = Field(None, description="That of the figure, as “-0.3 to 1.2”.")
    unit: str | None = Field(None, description="The unit or the scale of the figure.")
    favours: Favours | None = Field(
        None, description="Which side the result favours; absent where it has none."
    )
    french: FindingWordsAnswer | None = None


class HarmAnswer(ApiModel):
    """An adverse event; what the record does not say is absent."""

    event: str
    number: int | None = Field(None, description="How many people it happened to.")
    of: int | None = Field(None, description="How many people were at risk.")
    serious: bool | None = None
    french: str | None = None


class AbsoluteAnswer(ApiModel):
    """How many of how many people."""

    number: int
    of: int


class EffectAnswer(ApiModel):
    """What one study says on an outcome: a finding, or an adverse event (`harm`)."""

    reference: str
    finding: FindingAnswer | None = None
    harm: HarmAnswer | None = None
    absolute: tuple[AbsoluteAnswer, ...] = Field(
        (), description="One a group, where the record counts people."
    )


class OutcomeAnswer(ApiModel):
    """A row of the summary of findings. Nothing is pooled."""

    outcome: str = Field(description="The kind of outcome: pain, relief, time, serious-events ….")
    comparison: str | None = Field(
        None, description="controlled, uncontrolled, uncompared or animals; absent for harms."
    )
    other_treatment: bool = Field(
        description="True when what was tested is not what the claim is about."
    )
    studies: int = Field(description="Studies that are no reviews.")
    reviews: int
    people: int = Field(description="People in those studies, each study counted once.")
    unknown: int = Field(description="Studies that do not say how many took part.")
    direction: str | None = Field(
        None, description="Whom all effects favour, or “differs” where they do not agree."
    )
    indirect: tuple[str, ...] = Field(description="Elements in which some study is indirect.")
    effects: tuple[EffectAnswer, ...]


class RelatedAnswer(ApiModel):
    """Another record that this one belongs with; either of the two may say so in its file."""

    relation: str = Field(description="What this record is to the other, unless `inverse`.")
    key: str
    inverse: bool = Field(description="True when the other record is this to the one asked for.")
    address: str


class ProvenanceAnswer(ApiModel):
    """Where facts were seen."""

    address: str
    place: Place = Field(description="What kind of place the address leads to.")


class StudyAnswer(ApiModel):
    """What kind of study, in whom, of what."""

    design: str | None = None
    participants: int | None = None
    arms: str | None = None
    indications: tuple[str, ...] = ()
    interventions: tuple[str, ...] = Field((), description="What was tested: concept ids.")
    population: tuple[str, ...] = ()
    comparators: tuple[str, ...] = Field((), description="What controls received: concept ids.")
    nerves: tuple[str, ...] = ()
    guidance: tuple[str, ...] = ()
    device: str | None = None
    comparison: str | None = Field(None, description="In words, who or what the control was.")
    followup: str | None = None
    harms: str | None = None
    relevance: str | None = None
    french: dict[str, str] = Field(
        default_factory=dict, description="The texts of the study in French, by their field."
    )
