"""Two records that may be one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evidence.checks.rule import Fault, of_record, wrong
from evidence.knowledge import KnowledgeBase
from references.errors import Problem, problem_in
from references.matching import MARK, possible_duplicates
from references.record import Reference


def identifiers(kb: KnowledgeBase) -> Iterator[Problem]:
    """Two records with one identifier."""
    for name in ("doi", "pmid", "pmcid"):
        seen: dict[str, str] = {}
        for reference in kb.library.values():
            value = getattr(reference, name).lower()
            if value and value in seen:
                place = reference.place
                yield problem_in(
                    place.file,
                    place.line,
                    f"{reference.key}.{name}",
                    "the same {name} stands in {key}; relate or merge the two",
                    name=name,
                    key=seen[value],
                )
            seen.setdefault(value, reference.key)


@of_record
def doubts(kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """What an import marked as possibly one work, until a person has decided."""
    for key in possible_duplicates(reference):
        if other := kb.library.get(key):
            yield wrong(
                MARK,
                "may be the same work as '{key}' ({file}, line {line}); compare them, then "
                "delete one of the two, or this field when they are two works",
                key=key,
                file=Path(other.place.file).name,
                line=other.place.line,
            )
        else:
            yield wrong(MARK, "no reference has the key '{key}'; delete the field", key=key)
