"""References as an index sees them: weighted terms, positions, concepts, facets.

The ranking field merges title, findings, keywords and abstract into one list of weighted
terms (BM25F as simple BM25 over weighted term frequencies: Robertson, Zaragoza and Taylor,
CIKM 2004), so that a term has one posting list however many fields it occurs in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from evidence.search.index.name_forms import (
    author_forms,
    family_names,
    name_parts,
    plain_words,
    title_opening,
)
from evidence.search.language.analysis import analyzer, likely_language, raw_tokens
from evidence.search.ranking_parameters import DEFAULT, SearchParameters
from references.concepts import Vocabulary
from references.normalise import fold
from references.record import Finding, Reference

#: Facets whose values are concept ids that were recorded of the study.
CONCEPT_FACETS = ("indication", "nerve", "intervention", "population", "guidance", "design")
#: Facets that say what a study is about, in the order in which they narrow a search.
SUBJECTS = ("indication", "nerve", "intervention")
#: Notes on a record that are searched only by their name: they say why it is here and where it
#: was seen, not what it found ("no such trial" is no trial).
NOTES = ("relevance", "provenance")
#: Parts in the words of the work itself; the others are ours, in English and in French.
OF_THE_WORK = ("title", "keywords", "abstract")
MAX_POSITION = 65_535  # words of one record that a phrase is looked for in
SECTION_GAP = 20  # positions between parts, so that no phrase runs from one into the next


class RecordPart(NamedTuple):
    """A part of a record, in the language of the work or ours, and our French of it."""

    part: str
    text: str
    french: str = ""


class Card(NamedTuple):
    """What a list shows of a document, and the work it is an edition of."""

    key: str = ""
    title: str = ""
    year: int | None = None
    design: str = ""
    concepts: Sequence[str] = ()
    work: str = ""


@dataclass(slots=True)
class Document:
    """One reference, ready to be indexed."""

    key: str
    language: str
    #: Language, weight and raw tokens of each part; the title comes first.
    parts: list[tuple[str, float, list[str]]] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)  # field -> exact terms
    concepts: dict[str, float] = field(default_factory=dict)
    facets: dict[str, list[str]] = field(default_factory=dict)
    year: int = 0
    participants: int = 0
    card: Card = field(default_factory=Card)
    passages: str = "[]"


def digest(reference: Reference, abstract: str) -> str:
    """What a document is made from, as a hash: a reference with another one is re-indexed."""
    content = json.dumps([repr(reference), abstract], ensure_ascii=False)
    return hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=12).hexdigest()


def sections_of(reference: Reference, abstract: str = "") -> Iterator[RecordPart]:
    """The parts of a record that are searched."""
    yield RecordPart("title", reference.title)
    study = reference.study
    parts = {
        "findings": [_finding_in(finding) for finding in reference.findings],
        "harms": [_said_in("; ", lambda language: _harms(reference, language))],
        "study": [_said_in("; ", lambda language: [study.words(n, language) for n in _ABOUT])],
    }
    for part, texts in parts.items():
        for english, french in texts:
            if english:
                yield RecordPart(part, english, "" if french == english else french)
    if reference.keywords:
        yield RecordPart("keywords", "; ".join(reference.keywords))
    if abstract or reference.abstract:
        yield RecordPart("abstract", abstract or reference.abstract)


_ABOUT = ("arms", "device", "comparison")


def _said_in(joint: str, words: Callable[[str], Iterable[str]]) -> tuple[str, str]:
    """Some words in English and in French, those that say something joined."""
    english, french = (joint.join(filter(None, words(language))) for language in ("en", "fr"))
    return english, french


def _finding_in(finding: Finding) -> tuple[str, str]:
    def parts(language: str) -> Iterator[str]:
        words = finding.words(language)
        yield from (words.outcome, words.timepoint, words.value, words.text)

    return _said_in(". ", parts)


def _harms(reference: Reference, language: str) -> Iterator[str]:
    """What a record says of harms: its sentence, and the events it does not name."""
    said = reference.study.words("harms", language)
    yield said
    for harm in reference.harms:
        if (name := harm.name(language)).lower() not in said.lower():
            yield name


def _written_in(reference: Reference, part: str, text: str) -> str | None:
    """The language of a part: ours are in English whatever the paper's is."""
    if part not in OF_THE_WORK:
        return "en"
    if part == "keywords":
        return None
    if reference.language in ("en", ""):
        return "en" if reference.language else likely_language(text)
    return likely_language(text) or reference.language


def _concepts_of(
    reference: Reference, abstract: str, vocabulary: Vocabulary
) -> dict[str, set[str]]:
    """The concepts of a record, and the parts each was found in."""
    parts_of: dict[str, set[str]] = {}
    for concept in reference.study.concepts:
        parts_of.setdefault(concept, set()).add("study")
    for concept in reference.study.comparators:
        parts_of.setdefault(concept, set()).add("comparator")
    for part, text, french in sections_of(reference, abstract):
        if part != "study":
            named = vocabulary.named_in(text, _written_in(reference, part, text))
            for concept in named | (vocabulary.named_in(french, "fr") if french else set()):
                parts_of.setdefault(concept, set()).add(part)
    return parts_of


def _weighed(
    parts_of: Mapping[str, set[str]], vocabulary: Vocabulary, parameters: SearchParameters
) -> dict[str, float]:
    """What each concept weighs that was found in these parts, and what broader ones do."""
    direct = {}
    for concept, parts in parts_of.items():
        known = vocabulary.get(concept)
        is_recorded = known is None or known.facet in CONCEPT_FACETS
        direct[concept] = sum(parameters.of_concept(part, is_recorded) for part in parts)
    concepts = dict(direct)
    for concept, weight in direct.items():
        if concept in vocabulary:
            for broader in vocabulary.broader(concept):
                concepts[broader] = max(concepts.get(broader, 0.0), weight * parameters.narrower)
    return concepts


def _with_broader(ids: Iterable[str], vocabulary: Vocabulary) -> list[str]:
    broader: dict[str, None] = {}
    for concept in ids:
        broader[concept] = None
        if concept in vocabulary:
            broader.update(dict.fromkeys(vocabulary.broader(concept)))
    return list(broader)


def document_of(
    reference: Reference,
    vocabulary: Vocabulary,
    abstract: str = "",
    parameters: SearchParameters = DEFAULT,
) -> Document:
    """The document of a reference; `abstract` is that of the instance, where it has one.

    What it says of claims is not in it: links are decided anew without the reference changing,
    so each search is told of them (`SearchRequest.stances`).
    """
    language = reference.language or likely_language(reference.title) or "en"
    document = Document(reference.key, language)
    passages = []
    for section in sections_of(reference, abstract):
        part, text, french = section
        written = "fr" if (_written_in(reference, part, text) or language) == "fr" else "en"
        document.parts.append((written, parameters.of_words(part), raw_tokens(text)))
        if french:
            document.parts.append(("fr", parameters.of_words(part), raw_tokens(french)))
        passages.append(section if french else section[:2])
    parts_of = _concepts_of(reference, abstract, vocabulary)
    document.concepts = _weighed(parts_of, vocabulary, parameters)
    study = reference.study
    direct = {
        "indication": study.indications,
        "nerve": study.nerves,
        "intervention": study.interventions,
        "population": study.population,
        "guidance": study.guidance,
        "design": (study.design,) if study.design else (),
    }
    for name, ids in direct.items():
        document.facets[name] = _with_broader(ids, vocabulary)
        document.facets[f"{name}_own"] = list(ids)
    document.facets["language"] = [reference.language] if reference.language else []
    document.facets["flag"] = ["verified"] if reference.is_complete else []
    if reference.is_complete and study.design != "protocol":
        document.facets["flag"].append("sound")
    work = _work(document.parts[0][2])
    document.names = _names(reference)
    document.names["work"] = [work] if work else []
    document.names["about"] = _with_broader(_about(reference, parts_of, vocabulary), vocabulary)
    document.names["titled"] = _with_broader(_titled(parts_of), vocabulary)
    document.names["comparator"] = _with_broader(study.comparators, vocabulary)
    document.names |= _notes(reference)
    document.names["level"] = _level(reference)
    document.year = reference.year or 0
    document.participants = min(study.participants or 0, 4_000_000_000)
    document.card = Card(
        reference.key,
        reference.title,
        reference.year,
        study.design,
        study.concepts,
        work,
    )
    document.passages = json.dumps(passages, ensure_ascii=False)
    return document


def _level(reference: Reference) -> list[str]:
    """The level of evidence of a study as pages print it; none for a design without one."""
    from evidence.appraisal.level import level  # a search, which needs none of it, starts sooner

    number = level(reference).number
    return [] if number is None else [str(number)]


def _about(
    reference: Reference, parts_of: Mapping[str, set[str]], vocabulary: Vocabulary
) -> Iterator[str]:
    """What a study is about: what was recorded of it, and what its title names.

    Where no treatment was recorded, those of its arms.
    """
    study = reference.study
    yield from study.concepts
    yield from _titled(parts_of)
    for concept in () if study.interventions else vocabulary.named_in(study.arms, "en"):
        if concept in vocabulary and vocabulary[concept].facet == "intervention":
            yield concept


def _titled(parts_of: Mapping[str, set[str]]) -> list[str]:
    return [concept for concept, parts in parts_of.items() if "title" in parts]


def _notes(reference: Reference) -> dict[str, list[str]]:
    """The words of the notes, as stems of either language."""
    study = reference.study
    seen = " ".join(f"{one.address} {one.seen}" for one in reference.provenance)
    texts = {
        "relevance": {"en": study.relevance, "fr": study.french.get("relevance", "")},
        "provenance": {"en": seen},
    }
    return {
        name: list(
            dict.fromkeys(
                stem
                for language, text in by_language.items()
                for raw in raw_tokens(text)
                for stem in analyzer(language).token(raw).stems
            )
        )
        for name, by_language in texts.items()
    }


#: Words of a title from which on two records with the same one are taken for one work. Short
#: titles ("Pudendal neuralgia") are shared by works that have nothing else in common.
LONG_TITLE = 6


def _work(title: list[str]) -> str:
    """What records of one work have in common: a hash of a long title, "" for a short one."""
    if len(title) < LONG_TITLE:
        return ""
    return hashlib.blake2b(" ".join(title).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _names(reference: Reference) -> dict[str, list[str]]:
    identifiers = [reference.doi, reference.pmid, reference.pmcid, reference.key]
    families = [family_names(author) for author in reference.authors]
    unsigned = plain_words(replace(reference, year=None).byline)
    initials = (fold(author.initials) for author in reference.authors)
    return {
        "author": list(
            dict.fromkeys(form for author in reference.authors for form in author_forms(author))
        ),
        "family": list(dict.fromkeys(name for names in families for name in names)),
        "initials": list(dict.fromkeys(filter(None, initials))),
        "first": families[0] if families else list(filter(None, [unsigned])),
        "opening": list(filter(None, [title_opening(reference.title)])),
        "journal": list(
            dict.fromkeys(
                part for word in raw_tokens(reference.journal) for part in name_parts(word)
            )
        ),
        "identifier": list(dict.fromkeys(i.lower() for i in identifiers if i)),
    }


# ---- abstracts of the instance --------------------------------------------------------


def abstracts_file(instance: Path) -> Path:
    """Where fetched abstracts are kept: one JSON object {"key", "abstract"} a line."""
    return instance / "abstracts.jsonl"


def read_abstracts(instance: Path) -> Mapping[str, str]:
    """Abstracts fetched into the instance, by key; lines that cannot be read are passed over.

    Abstracts belong to their publishers and stay in the instance, out of the repository.
    """
    abstracts: dict[str, str] = {}
    try:
        with abstracts_file(instance).open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    record = json.loads(line)
                    abstracts[str(record["key"])] = str(record["abstract"])
                except (ValueError, KeyError, TypeError, RecursionError):
                    continue
    except (FileNotFoundError, NotADirectoryError):
        pass
    return abstracts
