"""A reference that is only in the index: its key, what is kept of it, and how it is read again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from evidence.search.index.documents import document_of
from evidence.search.opensearch.body import body_of, passages_in
from evidence.search.opensearch.client import Client
from evidence.search.opensearch.knowledge import fetched
from evidence.search.opensearch.mapping import RECORD
from evidence.search.ranking_parameters import SearchParameters
from references.concepts import Vocabulary
from references.formats.jsonl import from_json, to_json
from references.record import Reference

#: What pages do not show of a record, and what a third of PubMed consists of.
_NOT_KEPT = frozenset(
    (
        *("affiliation", "chemicals", "copyright", "grants", "investigator", "mesh", "nlm-id"),
        *("conflict-of-interest", "country", "issn-linking", "other-abstract", "pubmodel"),
        "pubstate",
    )
)
#: Where the places of loaded records begin: where scores are equal, the library comes first.
_PUBMED, _OTHERS = 10**9, 10**12
REFERENCE = "reference"


def key_of(reference: Reference) -> str:
    """The key of a record that nobody chose one for: the same for the same record each time."""
    if reference.pmid:
        return f"pmid-{reference.pmid}"
    place = (reference.journal, reference.year, reference.volume, reference.pages)
    said = reference.doi.lower() or repr((reference.type, reference.title, reference.byline, place))
    return f"{'doi' if reference.doi else 'record'}-{_digest(said):016x}"


def keys_of(reference: Reference) -> set[str]:
    """The keys under which its work may have been loaded: of its PubMed number, or of its DOI."""
    identified = (replace(reference, doi=""), replace(reference, pmid=""))
    return {key_of(one) for one in identified if one.pmid or one.doi}


def seq_of(reference: Reference) -> int:
    """Its place behind those of the library."""
    if reference.pmid:
        return _PUBMED + int(reference.pmid)
    return _OTHERS + _digest(key_of(reference)) % _OTHERS


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())


def body_of_loaded(
    reference: Reference, vocabulary: Vocabulary, parameters: SearchParameters, origin: str
) -> dict[str, Any]:
    """What is sent of a record of a file, under the key that `key_of` gives it.

    Args:
        reference: with that key.
        vocabulary: names the concepts in its words.
        parameters: of the ranking.
        origin: the file it is from.
    """
    extra = {name: text for name, text in reference.extra.items() if name not in _NOT_KEPT}
    kept = to_json(replace(reference, abstract="", extra=extra))
    return body_of(
        document_of(reference, vocabulary, "", parameters),
        seq_of(reference),
        origin=origin,
        record={REFERENCE: kept},
    )


def reference_of(key: str, record: Mapping[str, Any]) -> Reference:
    """The reference of what is kept of a document to be shown."""
    abstract = next((one.text for one in passages_in(record) if one.part == "abstract"), "")
    said = from_json(record.get(REFERENCE, {}))
    return Reference(key, **{**said, "abstract": abstract})


def records(client: Client, index: str, keys: Iterable[str]) -> dict[str, Reference]:
    """The references of records that were loaded, by key; others are left out.

    Raises:
        ClusterDown: the cluster does not answer, or not for all of them.
    """
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    found = fetched(client, index, wanted)
    kept = {one["_id"]: one["_source"][RECORD] for one in found if one.get("found")}
    return {key: reference_of(key, kept[key]) for key in kept if REFERENCE in kept[key]}
