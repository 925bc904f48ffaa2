"""A reference and what it says: the bibliographic record and the study behind it.

All classes are immutable; change one with `dataclasses.replace`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DESIGNS = (
    "systematic-review",
    "meta-analysis",
    "guideline",
    "rct",
    "nonrandomised-trial",
    "cohort-prospective",
    "cohort-retrospective",
    "case-control",
    "cross-sectional",
    "case-series",
    "case-report",
    "narrative-review",
    "animal",
    "laboratory",
    "cadaver",
    "technical-note",
    "protocol",
    "editorial",
    "other",
)

STATUSES = (
    "verified",  # every core field was seen in a source of its provenance
    "partly-verified",  # the core was seen, something else was not
    "incomplete",  # author, year or title is missing or was not seen
    "not-located",  # looked for as cited and not found
    "retracted",
    "corrected",
    "expression-of-concern",
)

#: What stands for the authors of a work that no source showed, by language.
NO_AUTHOR = {"en": "[authors not seen]", "fr": "[auteurs non vus]"}

#: What a record is to another one, read from its own side: "this is the … of the other".
RELATIONS = (
    "same-study",  # two reports of one study
    "same-work",  # one work, published twice
    "registration-of",
    "protocol-of",
    "update-of",
    "erratum-of",
    "comment-on",
    "preprint-of",
)

#: Which side a result favours. The last three are of studies without a control group.
FAVOURS = ("intervention", "comparator", "neither", "improvement", "worsening", "no-change")

#: Texts of a study that have a French wording of their own.
TRANSLATED = ("arms", "device", "comparison", "followup", "harms", "relevance")

#: Where the writings of East Asia begin in Unicode (kana, Han, Hangul).
_EAST_ASIAN = "\u3040"


@dataclass(frozen=True, slots=True)
class Author:
    """A person (`family`, `given`, `particle` as "van der", `suffix` as "Jr") or a group.

    A group (corporate author) has only `literal`.
    """

    family: str = ""
    given: str = ""
    particle: str = ""
    suffix: str = ""
    literal: str = ""

    @property
    def name(self) -> str:
        """The name in reading order: "J. David Prologo", "ESHRE Endometriosis Group"."""
        if self.literal:
            return self.literal
        family = " ".join(part for part in (self.given, self.particle, self.family) if part)
        return f"{family}, {self.suffix}" if self.suffix else family

    @property
    def sort_name(self) -> str:
        """The name as an index lists it: "Prologo, J. David"."""
        if self.literal:
            return self.literal
        family = " ".join(part for part in (self.particle, self.family) if part)
        return ", ".join(part for part in (family, self.suffix, self.given) if part)

    @property
    def short(self) -> str:
        """What "et al." follows: the family name with its particle, or the group."""
        return self.literal or " ".join(p for p in (self.particle, self.family) if p)

    @property
    def is_east_asian(self) -> bool:
        """True for a name in Chinese, Japanese or Korean writing, in which the family is first."""
        return self.family[:1] >= _EAST_ASIAN

    @property
    def initials(self) -> str:
        """Initials without points or spaces, as Vancouver style prints them: "JD".

        A name in Chinese, Japanese or Korean writing has none: it stays whole.
        """
        if self.is_east_asian:
            return self.given
        words = self.given.replace(".", " ").replace("-", " ").split()
        return "".join(
            word if len(word) <= 3 and word.isupper() and word.isascii() else word[0].upper()
            for word in words
        )


@dataclass(frozen=True, slots=True)
class FindingWords:
    """What a finding says in one language; an empty part is the same as in English."""

    outcome: str = ""
    timepoint: str = ""
    value: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a study, restated in our words: outcome, time, figure, sentence.

    `interval` is that of the figure ("-0.3 to 1.2"), `unit` its scale or unit ("NRS 0-10",
    "days"), `favours` one of `FAVOURS`, or "" where a result has no side (a prevalence).
    """

    outcome: str
    timepoint: str = ""
    value: str = ""
    text: str = ""
    interval: str = ""
    unit: str = ""
    favours: str = ""
    french: FindingWords = FindingWords()

    def words(self, language: str = "en") -> FindingWords:
        """Outcome, time, figure and sentence in `fr` or `en`, in English where French lacks."""
        french = self.french if language == "fr" else FindingWords()
        return FindingWords(
            french.outcome or self.outcome,
            french.timepoint or self.timepoint,
            french.value or self.value,
            french.text or self.text,
        )


@dataclass(frozen=True, slots=True)
class Harm:
    """An adverse event: what happened, to `number` of the `of` people who were at risk.

    None is "the record does not say", for `serious` too.
    """

    event: str
    number: int | None = None
    of: int | None = None
    serious: bool | None = None
    french: str = ""

    def name(self, language: str = "en") -> str:
        """The event in `fr` or `en`, in English where French lacks."""
        return (self.french if language == "fr" else "") or self.event


@dataclass(frozen=True, slots=True)
class Relation:
    """Another record and what this one is to it: one of `RELATIONS`.

    What an import only suspects has a kind of `references.matching.KINDS` instead.
    """

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where facts were seen (an address) and which facts that page showed."""

    address: str
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """What kind of study a reference reports, in whom, of what.

    `indications`, `interventions`, `population`, `comparators`, `nerves` and `guidance` hold
    concept ids of the vocabulary: an intervention was tested or described, never just named.
    `comparison` says in words who or what the control was. `participants` counts people (or
    animals), not procedures. `french` holds the French wording of the texts in `TRANSLATED`.
    """

    design: str = ""
    participants: int | None = None
    arms: str = ""
    indications: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    population: tuple[str, ...] = ()
    comparators: tuple[str, ...] = ()
    nerves: tuple[str, ...] = ()
    guidance: tuple[str, ...] = ()
    device: str = ""
    comparison: str = ""
    followup: str = ""
    harms: str = ""
    relevance: str = ""
    french: Mapping[str, str] = field(default_factory=dict)

    @property
    def concepts(self) -> tuple[str, ...]:
        """All concept ids of the study but for what the control received, each once."""
        values = (
            self.design,
            *self.indications,
            *self.interventions,
            *self.population,
            *self.nerves,
            *self.guidance,
        )
        return tuple(dict.fromkeys(value for value in values if value))

    def words(self, name: str, language: str = "en") -> str:
        """A text of `TRANSLATED` in `fr` or `en`, in English where French lacks."""
        french = self.french.get(name, "") if language == "fr" else ""
        return french or str(getattr(self, name))


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that say something; those within a value likewise."""
    kept = {k: _filled(v) if isinstance(v, Mapping) else v for k, v in values.items()}
    return {k: v for k, v in kept.items() if v not in ("", (), {}, None)}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands in a file; `line` counts from 1."""

    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    """One publication, as the library knows it.

    `unverified` maps the name of a field that no source showed to the value that was
    remembered for it ("" when only the name is known): such a value is never in the field
    itself. `extra` holds fields we give no meaning to, as written. `as_read` keeps the
    fields of the entry as its file wrote them, so that writing loses nothing; `implied` those
    that it takes from another entry (`crossref`, `xdata`) or says in other words (`eprint`).
    """

    key: str
    type: str = "article"
    title: str = ""
    authors: tuple[Author, ...] = ()
    more_authors: bool = False  # the list ends with "and others"
    year: int | None = None
    journal: str = ""  # the journal, or the book of a chapter
    volume: str = ""
    number: str = ""
    pages: str = ""  # "1271-1277", with a plain hyphen
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    issn: str = ""
    isbn: str = ""
    publisher: str = ""
    language: str = ""  # ISO 639-1: "en", "fr"
    url: str = ""
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    study: Study = field(default_factory=Study)
    findings: tuple[Finding, ...] = ()
    harms: tuple[Harm, ...] = ()
    related: tuple[Relation, ...] = ()
    provenance: tuple[Provenance, ...] = ()
    added: str = ""  # the day on which it entered the library: "2026-11-30"
    unverified: Mapping[str, str] = field(default_factory=dict)
    status: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    as_read: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    implied: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    place: Place = field(default_factory=Place, compare=False, repr=False)

    @property
    def missing(self) -> tuple[str, ...]:
        """Core fields that are absent or that no source showed; empty for a whole record.

        A title in square brackets describes a work whose title no source displayed, or is the
        translation of one in a language that is neither French nor English; what is listed as
        unverified is not known either, unless the status says that the title itself was seen.
        """
        is_translation = self.language not in ("", "en", "fr") or "origtitle" in self.extra
        described = self.title.startswith("[") and not (is_translation or self.pmid)
        described = described or "title" in self.unverified
        seen = self.status in ("verified", "partly-verified")
        gaps = []
        if not self.title or (described and not seen):
            gaps.append("title")
        if not self.authors:
            gaps.append("authors")
        if self.year is None:
            gaps.append("year")
        return tuple(gaps)

    @property
    def is_complete(self) -> bool:
        """True when title, authors and year are all known."""
        return not self.missing

    @property
    def authors_unseen(self) -> bool:
        """True when neither authors nor an organisation that published the work are known."""
        return not self.authors and bool(self.journal or not self.publisher)

    @property
    def byline(self) -> str:
        """The short name of a reference in English; see `byline_in`."""
        return self.byline_in("en")

    def byline_in(self, language: str) -> str:
        """The short name of a reference in running text, in `fr` or `en`.

        "Ilfeld et al. 2023"; a work without authors is called by its publisher or, where it
        stands in a journal, "[authors not seen], Pelviperineology 2020".
        """
        if self.authors_unseen:
            who = ", ".join(filter(None, (NO_AUTHOR[language], self.journal)))
        elif not self.authors:
            who = self.publisher
        elif len(self.authors) == 2 and not self.more_authors:
            who = f"{self.authors[0].short} & {self.authors[1].short}"
        else:
            who = self.authors[0].short
            if len(self.authors) > 2 or self.more_authors:
                who += " et al."
        told = not self.year or str(self.year) in who  # as in "annual meeting 2025"
        return who if told else f"{who} {self.year}"

    def as_dict(self) -> dict[str, Any]:
        """A plain, JSON-ready view; empty fields are left out."""
        from dataclasses import asdict

        plain = {
            name: getattr(self, name)
            for name in (
                "key",
                "type",
                "title",
                "year",
                "journal",
                "volume",
                "number",
                "pages",
                "doi",
                "pmid",
                "pmcid",
                "issn",
                "isbn",
                "publisher",
                "language",
                "url",
                "abstract",
                "status",
                "added",
            )
        }
        plain["authors"] = [author.sort_name for author in self.authors]
        plain["more_authors"] = self.more_authors
        plain["keywords"] = list(self.keywords)
        plain["study"] = _filled(asdict(self.study))
        plain["findings"] = [_filled(asdict(finding)) for finding in self.findings]
        plain["harms"] = [asdict(harm) for harm in self.harms]
        plain["related"] = [asdict(relation) for relation in self.related]
        plain["provenance"] = [asdict(source) for source in self.provenance]
        plain["unverified"] = dict(self.unverified)
        plain["missing"] = list(self.missing)
        plain["extra"] = dict(self.extra)
        return {k: v for k, v in plain.items() if v not in ("", [], {}, None, False)}
