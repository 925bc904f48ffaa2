"""Every number that ranking depends on and that was fitted, in one place.

`bench/fit.py` fits them to judged searches, ours or those of another library, and writes them as
TOML; `kb.toml` takes them in its table [search], and EVIDENCE_SEARCH_PARAMETERS names a file with
such a table, which goes before. Which sets they were fitted on: docs/search.md.
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from references.errors import SettingError

VARIABLE = "EVIDENCE_SEARCH_PARAMETERS"


@dataclass(frozen=True, slots=True)
class SearchParameters:
    """What is fitted. Weights are factors of a BM25 score unless said otherwise.

    Of two numbers for the languages, `_fr` is for claims in French, whose words reach the
    English literature by translation only, so that their concepts, the same in both languages,
    count more. `_with_meaning` is where the index has embeddings, which cross the languages too.
    """

    # -- Documents. A change of one of these makes the index anew.
    #: How much one occurrence of a word in the title counts; in an abstract it counts 1.
    title: float = 2.0
    #: The same in the keywords.
    keywords: float = 1.5
    #: How much a concept counts by where it was found: recorded of the study by hand,
    concept_in_study: float = 3.0
    #: what it was compared with,
    concept_in_comparator: float = 1.0
    #: named in a finding, or among the harms: noted for a purpose,
    concept_in_findings: float = 1.7
    concept_in_harms: float = 1.0
    #: which is less where it could have been recorded of the study and was not,
    concept_in_passing: float = 0.5
    #: named in passing.
    concept_in_title: float = 0.8
    concept_in_keywords: float = 0.8
    concept_in_abstract: float = 0.1
    #: What a concept is worth when the document is about something narrower.
    narrower: float = 0.8

    # -- Words and concepts, of searches and of claims.
    #: BM25 (Robertson and Zaragoza, 2009): where the gain of more occurrences levels off, and
    #: how far the length of a document counts, from 0 (not at all) to 1.
    k1: float = 1.2
    b: float = 0.75
    #: What a concept counts beside a word: it stands for all its synonyms.
    concept_boost: float = 1.3
    #: The weight of a concept in a document at which it has half of its gain.
    concept_k: float = 1.0
    #: In a search, what the translation of a word counts beside the word itself.
    translation: float = 0.7
    #: In a search, what the words that named a concept add to it: the wording a record happens
    #: to use should not decide, or an abbreviation would list what is written in abbreviations.
    typed: float = 0.3

    #: What a condition or a nerve counts beside the treatment that was tested, in the order by
    #: what studies are about; and what that order counts where no record has all the words.
    condition: float = 0.8
    about_most: float = 0.6
    #: By how much a study is less about a subject for each other one of the same facet.
    spread: float = 0.07
    #: What the title adds where it names what the study is about.
    titled: float = 0.2
    #: What an incomplete record, or a protocol, which has found nothing yet, is worth beside
    #: another one that answers as well.
    unsound: float = 0.8
    #: Where few records or none have all words, others are shown that have this share of the
    #: information of those that have most.
    most: float = 0.25

    # -- Claims.
    #: What concepts count, by the language of the claim.
    concepts_fr: float = 2.5
    concepts_en: float = 1.0
    concepts_fr_with_meaning: float = 2.0
    concepts_en_with_meaning: float = 1.0
    #: How much the same condition, nerve or intervention says, and how much the same part of the
    #: body or kind of people.
    subject: float = 1.25
    background: float = 0.5
    #: What a concept counts that an editor gave to a claim which does not name it: the population
    #: of most claims is narrower than that of the evidence there is.
    unnamed: float = 0.25
    #: What a condition, nerve or treatment counts that only the heading above a claim or the title
    #: of its page names; and what a study of all that a claim is about counts beside a best score.
    around: float = 0.5
    about: float = 0.8
    #: What it adds to a concept that it was recorded of a study: what was tested, in whom.
    recorded: float = 0.5
    #: What a cosine of 1 counts beside a best score of 1; of claims of a few words, whose
    #: meaning is vague, it only orders what the words leave equal.
    meaning: float = 1.5
    meaning_of_few: float = 0.2
    #: Words up to which a claim has a few.
    few: int = 4
    #: Which share the multilingual model has of the cosine; the English one has the rest.
    multilingual_fr: float = 0.75
    multilingual_en: float = 0.5

    # -- Feedback (Rocchio, 1971).
    #: What likeness to the profile counts beside the best score; 0.3 to 0.7 do about as well.
    feedback: float = 0.6
    #: References whose concepts make the profile, and its concepts; both matter little.
    best: int = 10
    profile: int = 20
    #: How many references at the head of a ranking are compared with the profile.
    head: int = 500

    # -- Scope: does the library bear on a claim at all? A logistic decision over `Coverage`, set
    # -- so that about 1 in 30 answered claims is lost.
    scope_start: float = -4.8
    scope_covered: float = 5.35
    scope_known: float = 5.15
    scope_subject: float = 0.3
    scope_named: float = 4.63
    scope_practical: float = -0.51
    scope_start_with_meaning: float = -8.6
    scope_covered_with_meaning: float = 5.08
    scope_known_with_meaning: float = 4.31
    scope_subject_with_meaning: float = 0.09
    scope_named_with_meaning: float = 4.96
    scope_practical_with_meaning: float = -0.29
    scope_nearest: float = 11.46
    #: What the rarest subject counts: one document in five hundred.
    rare: float = 0.002

    # -- Directness.
    #: What a study counts that mentions a concept, or compares with it, without being about it,
    #: which counts 1; and what people, outcomes and designs count beside subjects of a search.
    mentioned: float = 0.5

    def of_words(self, part: str) -> float:
        """What one occurrence of a word counts, by the part of the record it stands in."""
        return {"title": self.title, "keywords": self.keywords}.get(part, 1.0)

    def of_concept(self, part: str, is_recorded: bool = False) -> float:
        """What a concept counts, by the part it was found in; 0 where none is looked for.

        `is_recorded` says that records have a field for concepts of its kind.
        """
        if is_recorded and part in ("findings", "harms"):
            return self.concept_in_passing
        return {
            "study": self.concept_in_study,
            "comparator": self.concept_in_comparator,
            "findings": self.concept_in_findings,
            "harms": self.concept_in_harms,
            "title": self.concept_in_title,
            "keywords": self.concept_in_keywords,
            "abstract": self.concept_in_abstract,
        }.get(part, 0.0)

    @property
    def of_documents(self) -> list[float]:
        """Those an index is made with: one made with others is made anew."""
        names = [one.name for one in fields(self)]
        return [getattr(self, name) for name in names[: names.index("narrower") + 1]]

    def with_values(self, values: Mapping[str, object], place: object) -> SearchParameters:
        """These parameters with others in place of some.

        Raises:
            SettingError: there is no such parameter, or its value is no number. `place` is named
                as the file where it stands.
        """
        numbers = {}
        for name, value in values.items():
            known = next((one for one in fields(self) if one.name == name), None)
            if known is None:
                raise SettingError(
                    "{place} has no search parameter '{name}' to set; remove it or mend its name.",
                    place=place,
                    name=name,
                )
            whole = known.type == "int"
            number = isinstance(value, int if whole else (int, float))
            if not number or isinstance(value, bool) or not math.isfinite(float(str(value))):
                raise SettingError(
                    "The search parameter '{name}' in {place} is not a number; write one.",
                    name=name,
                    place=place,
                )
            numbers[name] = value if whole else float(str(value))
        return replace(self, **numbers)  # type: ignore[arg-type]


DEFAULT = SearchParameters()


def read_parameters(settings: Mapping[str, object], place: Path) -> SearchParameters:
    """The parameters for a knowledge base with these settings, which stand in `place`.

    Raises:
        SettingError: they cannot be read, or are none; see `SearchParameters.with_values`.
    """
    own = settings.get("search", {})
    parameters = DEFAULT.with_values(own if isinstance(own, Mapping) else {}, place)
    if not (named := os.environ.get(VARIABLE)):
        return parameters
    try:
        table = tomllib.loads(Path(named).read_text(encoding="utf-8")).get("search", {})
    except (OSError, ValueError) as error:
        raise SettingError(
            "{path} cannot be read as search parameters ({error}); mend it, or unset {variable}.",
            path=named,
            error=str(error),
            variable=VARIABLE,
        ) from error
    return parameters.with_values(table, named)
