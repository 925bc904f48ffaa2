"""A search, read in one visit: everything that the engine needs to know of it to run it.

What the query language, the vocabulary and the names in the index can tell before any document is
looked at stands in a `Plan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evidence.search.index.algebra import Exact
from evidence.search.index.documents import CONCEPT_FACETS
from evidence.search.index.lookup_fields import FieldIndex
from evidence.search.index.statistics import IndexStatistics
from evidence.search.language.analysis import analyzer
from evidence.search.query.fields import CONCEPT_FIELDS
from evidence.search.query.nodes import (
    And,
    Concepts,
    Everything,
    Field,
    Node,
    Words,
    concepts_in,
    describe,
    leaves,
)
from evidence.search.query.parse import Parsed, parse, with_concepts
from evidence.search.query.pasted import named_works, with_bylines
from evidence.search.query.pieces import tidy
from evidence.search.query.values import SearchError, resolve
from evidence.search.request import FACETS, SearchRequest
from references.errors import Message
from references.identifiers import whole_identifier
from references.normalise import whole_number


@dataclass(frozen=True, slots=True)
class QueryReading:
    """One way to read a query.

    `tree` has concepts in place of the words that name them. `works` find what the query names
    by title, authors or identifier, the surest first. `concepts` are those recognised, and
    `subjects` those asked for, as words or as fields. `understood` says in words how the query
    is read when that is not as typed, `alternatives` how it is when not all of it is wanted.
    """

    tree: Node = field(default_factory=Everything)
    works: tuple[Node, ...] = ()
    concepts: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    notices: tuple[Message, ...] = ()
    understood: str | None = None
    alternatives: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """One search, ready to be run.

    `language` is that of the query, "fr" or "en". `filters` holds the chosen values by facet,
    concepts by their ids. `identifier` is set when the query is one, or a key, and nothing else
    is looked at then. `otherwise` is how to read the query where `reading` finds nothing.
    """

    request: SearchRequest
    text: str = ""
    language: str = "en"
    identifier: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reading: QueryReading = field(default_factory=QueryReading)
    otherwise: QueryReading | None = None


def plan(request: SearchRequest, statistics: IndexStatistics, fields: FieldIndex) -> Plan:
    """Read a search.

    Args:
        request: what is asked.
        statistics: the index, and the vocabulary it was made with.
        fields: the same index, by fields.

    Raises:
        SearchError: a filter has no sensible meaning.
    """
    if name := _identifier(request, statistics):
        return Plan(request, identifier=name)
    filters = {
        name: tuple(_filter_value(name, value, statistics) for value in values)
        for name, values in request.filters.items()
        if values
    }
    vocabulary = statistics.vocabulary
    parsed = parse(request.query, vocabulary, fields)
    language = statistics.translation.language_of(parsed.text) if parsed.text else "en"
    otherwise = None
    if parsed.spaced and any(isinstance(leaf, Words) for leaf in leaves(parsed.node)):
        as_words = parse(request.query, vocabulary, fields, spaced_fields=False)
        otherwise = _reading(as_words, request, statistics, language)
    reading = _reading(parsed, request, statistics, language)
    return Plan(request, parsed.text, language, "", filters, reading, otherwise)


def _identifier(request: SearchRequest, statistics: IndexStatistics) -> str:
    """The identifier or key that the whole query is, when it is one we may look up."""
    text = tidy(request.query)
    if name := whole_identifier(text):
        return name
    lowered = text.lower().strip("[@].")  # [@ilfeld2023phantom], as in a manuscript
    is_key = " " not in text and statistics.how_many(Exact("identifier", lowered)) > 0
    return lowered if is_key else ""


def _filter_value(name: str, value: str, statistics: IndexStatistics) -> str:
    """A value of a filter as the index has it.

    Raises:
        SearchError: there is no such filter, or it has no such value.
    """
    if name not in FACETS:
        raise SearchError(
            "There is no filter '{name}'; filters are {names}.", name=name, names=FACETS
        )
    if name == "year" and (whole_number(value) is None or len(value) > 4):
        raise SearchError("'{value}' is not a year; write four digits.", value=value)
    return resolve(statistics.vocabulary, value, name) if name in CONCEPT_FACETS else value


def _reading(
    parsed: Parsed, request: SearchRequest, statistics: IndexStatistics, language: str
) -> QueryReading:
    typed = with_bylines(parsed.node, statistics)
    tree = typed
    if request.expand:
        tree = with_concepts(typed, statistics.vocabulary, frozenset(request.without))
    return QueryReading(
        tree,
        named_works(parsed.text, typed, statistics),
        concepts_in(tree),
        _subjects(tree),
        parsed.notices,
        describe(typed) if parsed.rewritten else None,
        " OR ".join(_clauses(tree, language)),
    )


def _subjects(tree: Node) -> tuple[str, ...]:
    """The concepts a query asks for, as words or as fields; none that it excludes."""
    subjects: list[str] = []
    for leaf in leaves(tree):
        match leaf:
            case Concepts(ids, _):
                subjects += ids
            case Field(name, text) if name in CONCEPT_FIELDS:
                subjects.append(text)
    return tuple(dict.fromkeys(subjects))


def _clauses(tree: Node, language: str) -> list[str]:
    """What a query asks for, one word or field after another."""
    clauses: list[str] = []
    for part in tree.parts if isinstance(tree, And) else (tree,):
        if isinstance(part, Words):
            words = analyzer(language).words(part.text)
            clauses += [word.text for word in words if word.stems]
        else:
            clauses.append(describe(part))
    return clauses
