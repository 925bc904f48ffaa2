"""The library: all references of a knowledge base, by key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from references.errors import DataError, NotFound, Problem, problem_in
from references.formats.bibtex import read_file
from references.record import Reference
from references.relations import RelatedRecord, related_records

#: What can be a key inside a text: it begins with a letter and has a digit.
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]*")


class Library(Mapping[str, Reference]):
    """References by key, in the order of their files, and the problems of reading them."""

    def __init__(
        self, references: Iterable[Reference] = (), problems: Iterable[Problem] = ()
    ) -> None:
        self.problems = list(problems)
        self._references: dict[str, Reference] = {}
        for reference in references:
            if reference.key in self._references:
                first = self._references[reference.key].place
                self.problems.append(
                    problem_in(
                        reference.place.file,
                        reference.place.line,
                        reference.key,
                        "the key is already used in {file}:{line}; rename one",
                        file=first.file,
                        line=first.line,
                    )
                )
                continue
            self._references[reference.key] = reference

    def __getitem__(self, key: str) -> Reference:
        try:
            return self._references[key]
        except KeyError:
            if near := get_close_matches(key, self._references, n=3, cutoff=0.6):
                raise NotFound(
                    "No reference with the key '{key}'; near it: {near}.", key=key, near=tuple(near)
                ) from None
            raise NotFound(
                "No reference with the key '{key}'; search for its title or author.", key=key
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._references)

    def __len__(self) -> int:
        return len(self._references)

    def __contains__(self, key: object) -> bool:
        return key in self._references

    @cached_property
    def _related(self) -> dict[str, tuple[RelatedRecord, ...]]:
        return related_records(self._references.values())

    def related_to(self, key: str) -> tuple[RelatedRecord, ...]:
        """What a record is related to, whichever of the two says so; keys of this library only."""
        return tuple(one for one in self._related.get(key, ()) if one.key in self._references)

    def with_named(self, text: str, written: Callable[[Reference], str]) -> str:
        """A text with every key of the library in it replaced by how its reference is written."""

        def named(match: re.Match[str]) -> str:
            reference = self._references.get(match.group())
            return written(reference) if reference else match.group()

        return _KEY.sub(named, text)

    @classmethod
    def read(cls, *folders: Path) -> Library:
        """All .bib files of some folders, in the order of folders and names.

        Nothing is raised: a file or an entry that cannot be read is in `problems`, with its line
        and the mend. A folder that does not exist is an empty library.
        """
        references: list[Reference] = []
        problems: list[Problem] = []
        for path in (path for folder in folders for path in sorted(folder.glob("*.bib"))):
            try:
                bibliography = read_file(path, strict=False)
            except DataError as error:
                problems += error.problems
                continue
            references += bibliography.references
            problems += bibliography.problems
        return cls(references, problems)
