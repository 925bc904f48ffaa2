"""Hypothesis strategies for references: any text, any name, every field."""

from __future__ import annotations

from hypothesis import strategies as st

from references.formats.latex import encode
from references.formats.names import write_authors
from references.record import DESIGNS, STATUSES, Author, Finding, Provenance, Reference, Study

#: Any Unicode text on one line, as a reader leaves it: spaces single, none at the ends.
texts = st.text(max_size=40).map(lambda text: " ".join(text.split()))
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

findings = st.lists(
    st.builds(Finding, outcome=words, timepoint=texts, value=texts, text=texts), max_size=2
).map(tuple)
addresses = st.from_regex(
    r"https?://[a-z]{1,10}\.org/[A-Za-z0-9/_.%-]{0,20}[a-z0-9]", fullmatch=True
)
provenances = st.lists(st.builds(Provenance, address=addresses, seen=texts), max_size=2).map(tuple)
concepts = st.lists(_slug, max_size=3, unique=True).map(tuple)
studies = st.builds(
    Study,
    design=st.sampled_from(["", *DESIGNS]),
    participants=st.none() | st.integers(0, 10**6),
    arms=texts,
    indications=concepts,
    population=concepts,
    nerves=concepts,
    guidance=concepts,
    device=texts,
    comparator=texts,
    followup=texts,
    harms=texts,
    relevance=texts,
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
    provenance=provenances,
    unverified=st.dictionaries(_slug, texts, max_size=2),
    status=st.sampled_from(["", *STATUSES]),
    extra=extras,
)
