"""The YAML files of the vocabulary: what can be read is there, what is wrong is named.

A concept with a wrong field is read without that field, a file with a wrong concept without
that concept. Each problem names file, line, field and mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from references.concepts import FACETS, LANGUAGES, Concept, TermContext, Vocabulary
from references.errors import Message, Problem, message, problem_in
from references.files import decoded
from references.yamlfile import Location, YamlDocument, parse, read_yaml

_FIELDS = ("id", "facet", "label", "synonyms", "variants", "mesh", "broader", "note", "context")
_ITEM = re.compile(r"^-(?=\s)", re.MULTILINE)


class _Item:
    """One item of a vocabulary file, and what is wrong with its fields."""

    def __init__(self, document: YamlDocument, number: int, path: Path) -> None:
        self._document, self._number, self._path = document, number, path
        self.value = document.value[number]
        self.problems: list[Problem] = []

    def wrong(self, name: str, why: Message) -> None:
        """Note a problem of a field ("" for the item) at its line."""
        place: Location = (self._number, *([name] if name else []))
        if any(place[: len(fault)] == fault for fault in self._document.faults):
            return  # that it cannot be read is said already
        line = self._document.line_of(place)
        self.problems.append(problem_in(self._path, line, self._document.field_of(place), why))

    def words(self, name: str) -> dict[str, tuple[str, ...]]:
        """The lists of words of a field, by language; what is not that is a problem."""
        value = self.value.get(name)
        if value is None:
            return {}
        by_language = (
            {language: _strings(terms) for language, terms in value.items()}
            if isinstance(value, dict)
            else {"": None}
        )
        if not set(by_language) <= set(LANGUAGES) or None in by_language.values():
            self.wrong(
                name, message("write {name} as {{fr: [ … ], en: [ … ]}}; quote numbers", name=name)
            )
        return {
            language: words
            for language, words in by_language.items()
            if language in LANGUAGES and words is not None
        }

    def texts(self, name: str) -> dict[str, str]:
        """The texts of a field, by language; what is not that is a problem."""
        value = self.value.get(name)
        if value is None:
            return {}
        by_language = value if isinstance(value, dict) else {"": None}
        good = {k: v for k, v in by_language.items() if k in LANGUAGES and isinstance(v, str) and v}
        if len(good) != len(by_language):
            self.wrong(
                name, message("write the {name} in French and English: {{fr: …, en: …}}", name=name)
            )
        return good

    def contexts(self) -> tuple[TermContext, ...]:
        """Where terms mean the concept; what is not that is a problem."""
        value = self.value.get("context")
        items = value if isinstance(value, list) else [] if value is None else [None]
        read = [
            {name: _strings(item.get(name)) for name in ("words", "needs", "unless")}
            if isinstance(item, dict) and set(item) <= {"words", "needs", "unless"}
            else {"words": None}
            for item in items
        ]
        good = [one for one in read if one["words"] and None not in one.values()]
        if len(good) != len(read):
            self.wrong(
                "context",
                message("write context as a list of {{words: [ … ], needs: [ … ], unless: [ … ]}}"),
            )
        return tuple(
            TermContext(one["words"] or (), one["needs"] or (), one["unless"] or ()) for one in good
        )

    def concept(self) -> Concept | None:
        """The concept, without the fields that are wrong; None without id, label or facet."""
        if not isinstance(self.value, dict) or not isinstance(self.value.get("id"), str):
            name = "id" if isinstance(self.value, dict) and "id" in self.value else ""
            self.wrong(name, message("a concept needs an id; write one in lower case with hyphens"))
            return None
        label = self.value.get("label")
        if not isinstance(label, dict) or not all(_is_word(label.get(x)) for x in LANGUAGES):
            self.wrong("label", message("a label is needed in French and English: {fr: …, en: …}"))
            return None
        if self.value.get("facet") not in FACETS:
            self.wrong("facet", message("the facet must be one of {facets}", facets=FACETS))
            return None
        broader = _strings(self.value.get("broader"))
        if broader is None:
            self.wrong("broader", message("write the broader concepts as a list of ids"))
        mesh = self.value.get("mesh") or ""
        if not isinstance(mesh, str):
            self.wrong("mesh", message("write the MeSH id in quotes, such as 'D056650'"))
        for name in map(str, self.value):
            if name not in _FIELDS:
                self.wrong(name, message("the field is unknown; remove it or mend its name"))
        return Concept(
            id=self.value["id"],
            facet=self.value["facet"],
            label={language: label[language] for language in LANGUAGES},
            synonyms=self.words("synonyms"),
            variants=self.words("variants"),
            mesh=mesh if isinstance(mesh, str) else "",
            broader=broader or (),
            note=self.texts("note"),
            context=self.contexts(),
        )


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _strings(value: object) -> tuple[str, ...] | None:
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None


def _parts(path: Path) -> list[YamlDocument]:
    """A vocabulary file, or its items one by one when it is not YAML as a whole.

    What an unclosed bracket spoils is then one concept and not all of a facet.
    """
    whole = read_yaml(path)
    if whole.root is not None or not whole.problems:
        return [whole]
    try:
        text, wrong = decoded(path.read_bytes(), path)
    except OSError:
        return [whole]
    starts = [match.start() for match in _ITEM.finditer(text)]
    parts = [
        parse(text[start:end], str(path), text.count("\n", 0, start))
        for start, end in pairwise([*starts, len(text)])
    ]
    # Where no item is wrong by itself, the file as a whole still is.
    if not any(part.problems for part in parts):
        return [whole, *parts]
    return [YamlDocument(problems=wrong), *parts]


def _items(path: Path, problems: list[Problem]) -> Iterator[tuple[_Item, Concept]]:
    """The concepts of a file; what is wrong with the others goes to `problems`."""
    for document in _parts(path):
        problems += document.problems
        if document.root is None:
            continue
        if not isinstance(document.value, list):
            problems.append(
                problem_in(
                    path,
                    document.line_of(()),
                    "",
                    "write a list of concepts: each begins with a hyphen, as in '- id: vulva'",
                )
            )
            continue
        for number in range(len(document.value)):
            item = _Item(document, number, path)
            concept = item.concept()
            problems += item.problems
            if concept is not None:
                yield item, concept


def read_vocabulary(folder: Path) -> tuple[Vocabulary, list[Problem]]:
    """The vocabulary of all .yaml files of a folder, and what is wrong with them.

    Nothing is raised. What can be read is there: a concept without its wrong fields, a file
    without the concepts that are wrong.

    Args:
        folder: with one file a facet; one that does not exist gives an empty vocabulary.
    """
    problems: list[Problem] = []
    concepts: dict[str, Concept] = {}
    items: list[tuple[_Item, Concept]] = []
    for path in sorted(folder.glob("*.yaml")):
        for item, concept in _items(path, problems):
            item.problems.clear()
            if concept.id in concepts:
                item.wrong("id", message("the id is used twice; rename one"))
                problems += item.problems
                continue
            concepts[concept.id] = concept
            items.append((item, concept))
    for item, concept in items:
        for parent in concept.broader:
            if parent not in concepts:
                item.wrong(
                    "broader", message("'{id}' is not a concept; add it or mend the id", id=parent)
                )
        problems += item.problems
    return Vocabulary(concepts.values()), problems
