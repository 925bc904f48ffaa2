"""The vocabulary: one term, one concept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evidence.knowledge import BUNDLED, KnowledgeBase
from references.errors import Problem, problem_in
from references.yamlfile import read_yaml


def _is_own(kb: KnowledgeBase) -> bool:
    """False for a base that uses the bundled vocabulary, which it cannot mend."""
    bundled = (BUNDLED.parent / "references" / "vocabulary").resolve()
    return kb.folder.resolve() == BUNDLED.resolve() or kb.vocabulary_folder.resolve() != bundled


def _places(folder: Path) -> dict[str, tuple[Path, int]]:
    """The file and line of each concept."""
    places = {}
    for path in sorted(folder.glob("*.yaml")):
        document = read_yaml(path)
        for number, item in enumerate(document.value or ()):
            if isinstance(item, dict):
                places[str(item.get("id"))] = (path, document.line_of((number,)))
    return places


def shared(kb: KnowledgeBase) -> Iterator[Problem]:
    """A term of a concept that leads to another one as well."""
    terms = list(kb.vocabulary.shared_terms()) if _is_own(kb) else []
    places = _places(kb.vocabulary_folder) if terms else {}
    for term, (*others, concept) in terms:
        path, line = places.get(concept.id, (kb.vocabulary_folder, 0))
        yield problem_in(
            path,
            line,
            f"{concept.id}.synonyms",
            "'{name}' names {others} as well; keep it where it is meant",
            name=term,
            others=tuple(other.id for other in others),
        )
