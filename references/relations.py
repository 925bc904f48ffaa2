"""Records that belong together, seen from either side.

A record says what it is to another one (`Reference.related`): "this is the registration of that".
Only one of the two says it; here both know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from references.record import Reference

#: What joins two records of one study: counted together they would count it twice.
ONE_STUDY = frozenset(
    ("same-study", "same-work", "registration-of", "protocol-of", "update-of", "preprint-of")
)
#: What reads the same from both sides.
_MUTUAL = frozenset(("same-study", "same-work"))


@dataclass(frozen=True, slots=True)
class RelatedRecord:
    """Another record, and what the two are to each other.

    `kind` is one of `references.record.RELATIONS` (or of `references.matching.KINDS`, where an
    import suspects it). With `is_inverse` the other record says it of this one: "registered as"
    rather than "registration of".
    """

    kind: str
    key: str
    is_inverse: bool = False


def related_records(references: Iterable[Reference]) -> dict[str, tuple[RelatedRecord, ...]]:
    """What each record is related to, by key: what it says itself first, then what others say.

    Two records that say the same of each other are related once. Keys that no record has are
    kept where they are named; records without relations are left out.
    """
    found: dict[str, dict[tuple[str, str], RelatedRecord]] = {}
    pairs = [(reference.key, one) for reference in references for one in reference.related]
    for key, one in pairs:
        found.setdefault(key, {})[one.kind, one.key] = RelatedRecord(one.kind, one.key)
    for key, one in pairs:
        said = RelatedRecord(one.kind, key, one.kind not in _MUTUAL)
        found.setdefault(one.key, {}).setdefault((one.kind, key), said)
    return {key: tuple(ones.values()) for key, ones in found.items()}


def studies_of(keys: Iterable[str], library: Mapping[str, Reference]) -> dict[str, str]:
    """For each key of some records, one key that all records of the same study share.

    Followed are the relations of `ONE_STUDY`, from the records themselves and from those that
    they lead to. A record that stands alone is its own study.

    Args:
        keys: the records to compare, as those that are linked to one claim.
        library: all references by key; a key that it lacks stands alone.
    """
    first: dict[str, str] = {}

    def root(key: str) -> str:
        while first.setdefault(key, key) != key:
            key = first[key]
        return key

    asked = tuple(dict.fromkeys(keys))
    waiting, seen = list(asked), set(asked)
    while waiting:
        key = waiting.pop(0)
        for one in library[key].related if key in library else ():
            if one.kind in ONE_STUDY:
                first[root(one.key)] = root(key)
                if one.key not in seen:
                    seen.add(one.key)
                    waiting.append(one.key)
    return {key: root(key) for key in asked}
