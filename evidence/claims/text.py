"""A text: a patient page, its sections, the sources it prints, and its claims."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from evidence.claims.claim import (
    MAX_SLUG,
    SLUG,
    Bilingual,
    Claim,
    Model,
    Slug,
    SourceStatus,
)
from evidence.claims.summary import Summary
from evidence.claims.validation import read_model
from evidence.wording import Language
from references.errors import NotFound, Problem
from references.yamlfile import Location

#: What a register may say of who sees its text, as long as no entry of the journal does.
RegisteredState = Literal["private", "published", "withdrawn", "archived"]
#: Where people look for a cited source; which services were asked is kept with their answers.
Place = Literal["library", "web", "open-indexes"]


def is_text_id(name: str) -> bool:
    """Whether a name can be the id of a text: part of addresses and names of files."""
    return len(name) <= MAX_SLUG and re.fullmatch(SLUG, name) is not None


class CitedSource(Model):
    """A source as the text prints it, and what was found when it was looked for.

    `reference` is the key of the work when it was located; `nearest` holds the keys of the
    works that come closest when it was not. `places` says in short where it was looked for.
    """

    cited: str
    reference: str | None = None
    status: SourceStatus
    places: tuple[Place, ...] = ()
    looked: Bilingual | None = None
    nearest: tuple[str, ...] = ()
    note: Bilingual | None = None


class Section(Model):
    """A part of the text, in the order of the page; the heading is in our words."""

    id: Slug
    heading: Bilingual


class Text(Model):
    """One text with its register of claims; the original itself is not part of it.

    `published` is the day that its page names, `retrieved` the day it was read. `state` says who
    may see the text here, where its place would say otherwise (`evidence.journal.stage`).
    """

    id: Slug
    title: Bilingual
    url: str = Field(default="", pattern=r"^(https?://.*)?$")
    url_note: Bilingual | None = None
    publisher: str = ""
    language: Language
    published: date | None = None
    retrieved: date | None = None
    state: RegisteredState | None = None
    summary: Summary | None = None
    sources: tuple[CitedSource, ...] = ()
    sections: tuple[Section, ...]
    claims: tuple[Claim, ...] = ()

    def claim(self, claim_id: str) -> Claim:
        """The claim of this id.

        Raises:
            NotFound: the text has no such claim.
        """
        for claim in self.claims:
            if claim.id == claim_id:
                return claim
        raise NotFound(
            "The text '{id}' has no claim '{claim_id}'; see its list of claims.",
            id=self.id,
            claim_id=claim_id,
        )

    def around(self, section_id: str, language: str) -> str:
        """The title of the text and the heading above a claim, which say what its words mean."""
        heading = next((one.heading for one in self.sections if one.id == section_id), None)
        return f"{self.title[language]}. {heading[language] if heading else ''}"

    def claims_of(self, section_id: str) -> tuple[Claim, ...]:
        """The claims of one section, in the order of the page."""
        return tuple(claim for claim in self.claims if claim.section == section_id)

    def bilinguals(self) -> Iterator[tuple[Location, str, Bilingual]]:
        """All that is said in two languages: where in the file, how people call it, the words."""
        yield ("title",), "title", self.title
        if self.summary:
            yield ("summary",), "summary", self.summary
        for number, section in enumerate(self.sections):
            yield ("sections", number, "heading"), f"{section.id}.heading", section.heading
        for number, cited in enumerate(self.sources):
            for name in ("looked", "note"):
                if words := getattr(cited, name):
                    yield ("sources", number, name), f"sources.{number}.{name}", words
        for number, claim in enumerate(self.claims):
            for name in ("statement", "rationale", "caveats"):
                if words := getattr(claim, name):
                    yield ("claims", number, name), f"{claim.id}.{name}", words
            for place, link in enumerate(claim.links):
                name = f"{claim.id}.{link.reference}.note"
                yield ("claims", number, "links", place, "note"), name, link.note


def read_text(path: Path) -> tuple[Text | None, list[Problem]]:
    """The text of one YAML file, or None with what is wrong, by line and field."""
    return read_model(path, Text)
