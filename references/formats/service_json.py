"""Answers of OpenAlex and Europe PMC saved as JSON, in whatever envelope a tool put them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from references.errors import problem_in
from references.formats.reading import Reading
from references.record import Place, Reference

OPENALEX = "openalex-json"
EUROPEPMC = "europepmc-json"
_DEPTH = 8  # of envelopes in envelopes


def _is_openalex(item: Mapping[str, Any]) -> bool:
    return str(item.get("id", "")).startswith("https://openalex.org/W")


def _is_europepmc(item: Mapping[str, Any]) -> bool:
    return "id" in item and "source" in item and ("title" in item or "authorString" in item)


def _works(
    data: Any, is_work: Callable[[Mapping[str, Any]], bool], depth: int = _DEPTH
) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, Mapping):
        if is_work(data):
            yield data
            return
        data = list(data.values())
    if isinstance(data, list) and depth:
        for item in data:
            yield from _works(item, is_work, depth - 1)


def _read(
    text: str,
    name: str,
    format: str,
    is_work: Callable[[Mapping[str, Any]], bool],
    reference_of: Callable[[Mapping[str, Any]], Reference],
) -> Reading:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        said = getattr(error, "msg", "it nests too deeply")
        return Reading(
            (),
            (
                problem_in(
                    name, line, "", "is not whole JSON ({said}); save the answer again", said=said
                ),
            ),
            (),
            format,
        )
    place = Place(name, 0)
    references = tuple(replace(reference_of(item), place=place) for item in _works(data, is_work))
    return Reading(references, (), (), format)


def read_openalex(text: str, name: str = "<text>") -> Reading:
    """The works of OpenAlex answers."""
    from references.sources.openalex import work_of

    return _read(text, name, OPENALEX, _is_openalex, lambda item: work_of(item).reference)


def read_europepmc(text: str, name: str = "<text>") -> Reading:
    """The works of Europe PMC answers."""
    from references.sources.europepmc import work_of

    return _read(text, name, EUROPEPMC, _is_europepmc, lambda item: work_of(item).reference)
