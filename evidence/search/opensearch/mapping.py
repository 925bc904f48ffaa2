"""The index in a cluster: its fields, how they are analysed and how they are scored.

All words are analysed here, in Python, and sent as terms: a cluster only splits at spaces, so that
nothing in it has to be kept equal to `evidence.search.language`.
"""

from __future__ import annotations

from typing import Any

from evidence.search.index.documents import CONCEPT_FACETS
from evidence.search.index.schema import FACET_FIELDS, NAME_FIELDS, RANKED, SCHEMA, TITLE
from evidence.search.language.analysis import ANALYSIS
from evidence.search.ranking_parameters import DEFAULT, SearchParameters

#: Change it when fields or their analysis change: indexes made with another are not opened.
MAPPING = 1

#: The oldest OpenSearch whose BM25 is ours.
OLDEST = (3, 0)
#: Weights are sent as whole numbers: of words times this, of concepts times that.
WORDS_BY = 2
CONCEPTS_BY = 100
#: The length of every document counts this often, so that it is not below its weights: the rest
#: is sent as a term nobody searches for, and length means the same here and there.
LENGTH_BY = 4
FILLER = "_"  # takes a place, or stands for the rest of a length; no word is written so
WORDS = "words"  # words as written, each once: beginnings, spelling
PLACES = {"en": "places_en", "fr": "places_fr"}  # the same with their places, for phrases
TITLE_LANGUAGE = "title_language"
MEANING = "meaning"  # its vector, where the index has any
ROW = "row"  # what ranking needs of a document, packed
RECORD = "record"  # what pages show of it
KEY = "key"  # what it is known by
SEQ = "seq"  # its place in the library: where scores are equal, the lower one comes first
OTHERS = {facet: f"others_{facet}" for facet in CONCEPT_FACETS}
LONGEST = 100  # characters of a term of running text
ORIGIN = "origin"  # where a document comes from: the library, or a file that was loaded
LIBRARY = "library"
#: In the description of an index: the model of the vectors that all of its documents have.
MODEL = "model"
MOST_RESULTS = 200_000  # up to which pages can be turned
#: A list of documents is told from their columns alone. Their identifier, which a column has too,
#: is stored beside what pages show of them: to read that took ten times as long as the search.
COLUMNS_ONLY = {"stored_fields": "_none_", "_source": False}


def settings(
    shards: int = 1, replicas: int = 0, parameters: SearchParameters = DEFAULT
) -> dict[str, Any]:
    """The settings of an index.

    Args:
        shards: into how many parts it is cut.
        replicas: how many copies of each part other nodes keep.
        parameters: those of the ranking that scores in the cluster depend on.
    """
    return {
        "number_of_shards": shards,
        "number_of_replicas": replicas,
        "max_result_window": MOST_RESULTS,
        "analysis": {
            "analyzer": {
                "weighted": {
                    "type": "custom",
                    "tokenizer": "whitespace",
                    "filter": ["delimited_term_freq"],
                },
                "placed": {"type": "custom", "tokenizer": "whitespace", "filter": ["gaps"]},
            },
            "filter": {"gaps": {"type": "stop", "stopwords": [FILLER]}},
        },
        "similarity": {
            "of_words": {
                "type": "BM25",
                "k1": parameters.k1 * WORDS_BY,
                "b": parameters.b,
            },
            "of_concepts": {
                "type": "BM25",
                "k1": parameters.concept_k * CONCEPTS_BY,
                "b": 0.0,
            },
        },
    }


def mapping(meta: dict[str, Any] | None = None) -> dict[str, Any]:
    """The mapping of an index; `meta` says what it was made from."""
    name = {"type": "keyword", "doc_values": False, "norms": False, "ignore_above": 8000}
    counted = {"type": "keyword", "norms": False}
    plain = {"type": "text", "analyzer": "whitespace", "index_options": "docs", "norms": False}
    return {
        "dynamic": "strict",
        "_source": {"includes": [RECORD]},
        "_meta": {"mapping": MAPPING, "schema": SCHEMA, "analysis": ANALYSIS, **(meta or {})},
        "properties": {
            RANKED: {
                "type": "text",
                "analyzer": "weighted",
                "index_options": "freqs",
                "similarity": "of_words",
            },
            "concept": {
                "type": "text",
                "analyzer": "weighted",
                "index_options": "freqs",
                "norms": False,
                "similarity": "of_concepts",
            },
            **{
                field: {
                    "type": "text",
                    "analyzer": "placed",
                    "index_options": "positions",
                    "norms": False,
                }
                for field in PLACES.values()
            },
            WORDS: plain,
            TITLE: plain,
            **dict.fromkeys(NAME_FIELDS, name),
            **dict.fromkeys(FACET_FIELDS, counted),
            TITLE_LANGUAGE: name,
            KEY: counted,
            "digest": counted,
            ORIGIN: counted,
            "year": {"type": "integer"},
            "participants": {"type": "long"},
            "rank": {"type": "byte"},  # of its level of evidence
            "stems": {"type": "integer"},  # how many its text has
            **{field: {"type": "short"} for field in OTHERS.values()},
            SEQ: {"type": "long"},
            ROW: {"type": "binary", "doc_values": True},
            MEANING: {"type": "binary", "doc_values": True},
            RECORD: {"type": "object", "enabled": False},
        },
    }
