"""A small file of each format, written by hand, against what it says, put down by hand."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from references.formats import READABLE, read
from references.formats.latex import decode
from references.record import Reference

SAMPLES = Path(__file__).parent.parent / "data" / "formats"
EXPECTED: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (SAMPLES / "expected.yaml").read_text(encoding="utf-8")
)


def _as_expected(reference: Reference, field: str) -> Any:
    """A field in the form in which the expectations have it."""
    if field == "authors":
        return [author.sort_name for author in reference.authors]
    study = asdict(reference.study)
    value = study[field] if field in study else getattr(reference, field)
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", EXPECTED)
def test_every_field_of_a_sample_is_read(name: str) -> None:
    reading = read(SAMPLES / name)
    assert len(reading.references) == len(EXPECTED[name])
    for reference, expected in zip(reading.references, EXPECTED[name], strict=True):
        extra = expected.get("extra", {})
        fields = {field: value for field, value in expected.items() if field != "extra"}
        assert {field: _as_expected(reference, field) for field in fields} == fields
        assert {field: decode(reference.extra.get(field, "")) for field in extra} == extra


def test_there_is_a_sample_of_every_format() -> None:
    assert {read(SAMPLES / name).format for name in EXPECTED} == set(READABLE)


def test_the_broken_entry_of_a_sample_is_named_with_its_line() -> None:
    (problem,) = read(SAMPLES / "jabref.bib").rejected
    assert problem.line == 15
    assert "the entry is not closed" in str(problem)
