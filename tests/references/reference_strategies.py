"""Hypothesis strategies for references: any text, any name, every field."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from references.formats.latex import encode
from references.formats.markup import plain
from references.formats.names import write_authors
from references.record import (
    DESIGNS,
    FAVOURS,
    RELATIONS,
    STATUSES,
    TRANSLATED,
    Author,
    Finding,
    FindingWords,
    Harm,
    Provenance,
    Reference,
    Relation,
    Study,
)

#: Any Unicode text on one line, as a reader leaves it: spaces single, none at the ends, no markup.
texts = st.text(max_size=40).map(plain)
words = texts.filter(bool)
_slug = st.from_regex(r"[a-z][a-z0-9-]{0,15}", fullmatch=True)


def _is_name(text: str) -> bool:
    return bool(text.strip(" ,;.~"))


names = words.filter(_is_name)
_particles = st.sampled_from(["", "", "van der", "de", "von", "d'"])
persons = st.builds(Author, family=names, given=texts, particle=_particles) | st.builds(
    Author, family=names, given=words, particle=_particles, suffix=st.sampled_from(["Jr.", "III"])
)
groups = st.builds(Author, literal=words)
authors = st.lists(persons | groups, max_size=4).map(tuple)

french = texts | st.just("8\u00a0% des femmes\u202f; 3\u00a0mois")
french_findings = st.builds(
    FindingWords, outcome=french, timepoint=french, value=french, text=french
)
findings = st.lists(
    st.builds(
        Finding,
        outcome=words,
        timepoint=texts,
        value=texts,
        text=texts | st.just("unit=mm"),
        interval=texts,
        unit=texts,
        favours=st.sampled_from(["", *FAVOURS]),
        french=french_findings,
    ),
    max_size=2,
).map(tuple)
counts = st.none() | st.integers(0, 10**6)
harms = st.lists(
    st.builds(
        Harm,
        event=words,
        number=counts,
        of=counts,
        serious=st.none() | st.booleans(),
        french=french,
    ),
    max_size=2,
).map(tuple)
addresses = st.from_regex(
    r"https?://[a-z]{1,10}\.org/[A-Za-z0-9/_.%-]{0,20}[a-z0-9]", fullmatch=True
)
provenances = st.lists(st.builds(Provenance, address=addresses, seen=texts), max_size=2).map(tuple)
concepts = st.lists(_slug, max_size=3, unique=True).map(tuple)
relations = st.lists(
    st.builds(Relation, kind=st.sampled_from(RELATIONS), key=_slug), max_size=2
).map(tuple)


def _translated(study: Study, french: dict[str, str]) -> Study:
    """The study with French words for the texts that it has."""
    given = {name: text for name, text in french.items() if text and getattr(study, name)}
    return replace(study, french=given)


_untranslated = st.builds(
    Study,
    design=st.sampled_from(["", *DESIGNS]),
    participants=st.none() | st.integers(0, 10**6),
    arms=texts,
    indications=concepts,
    interventions=concepts,
    comparators=concepts,
    population=concepts,
    nerves=concepts,
    guidance=concepts,
    device=texts,
    comparison=texts,
    followup=texts,
    harms=texts,
    relevance=texts,
)
studies = st.builds(
    _translated, _untranslated, st.dictionaries(st.sampled_from(TRANSLATED), french, max_size=2)
)
keywords = st.lists(
    words.map(lambda word: word.replace(";", "").strip()).filter(bool), max_size=4, unique=True
).map(tuple)
pages = st.sampled_from(["", "7", "e1521", "1271-1277", "S12-S19", "103056", "CD006304"])
dois = st.from_regex(r"10\.[0-9]{4,6}/[A-Za-z0-9().;/_:<>-]{0,20}[a-z0-9]", fullmatch=True)
extras = st.fixed_dictionaries(
    {},
    optional={
        "note": words.map(encode),
        "address": words.map(encode),
        "edition": words.map(encode),
        "shortjournal": words.map(encode),
        "series": words.map(encode),
        "somefield": words.map(encode),
        "editor": st.lists(persons, min_size=1, max_size=2).map(
            lambda names: write_authors(tuple(names), False)
        ),
        "month": st.integers(1, 12).map(str),
    },
)

references = st.builds(
    Reference,
    key=st.from_regex(r"[a-z]{1,10}[0-9]{4}[a-z]{0,8}", fullmatch=True),
    type=st.sampled_from(
        [
            "article",
            "book",
            "incollection",
            "inproceedings",
            "techreport",
            "misc",
            "online",
            "phdthesis",
            "unpublished",
        ]
    ),
    title=words,
    authors=authors,
    more_authors=st.booleans(),
    year=st.none() | st.integers(1500, 2100),
    journal=texts,
    volume=texts,
    number=texts,
    pages=pages,
    doi=st.just("") | dois,
    pmid=st.just("") | st.integers(1, 10**8).map(str),
    pmcid=st.just("") | st.integers(10, 10**7).map("PMC{}".format),
    issn=st.just("") | st.from_regex(r"[0-9]{4}-[0-9]{3}[0-9X]", fullmatch=True),
    isbn=st.just("") | st.just("9781860163593"),
    publisher=texts,
    language=st.sampled_from(["", "en", "fr", "zh"]),
    url=st.just("") | addresses,
    abstract=texts,
    keywords=keywords,
    study=studies,
    findings=findings,
    harms=harms,
    related=relations,
    added=st.sampled_from(["", "2026-11-30"]),
    provenance=provenances,
    unverified=st.dictionaries(_slug, texts, max_size=2),
    status=st.sampled_from(["", *STATUSES]),
    extra=extras,
)
