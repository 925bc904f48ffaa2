"""A table for spreadsheets: one reference a row, UTF-8 with the mark that Excel needs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from references.formats.jsonl import BIBLIOGRAPHIC
from references.formats.latex import decode
from references.formats.results import WrittenFile
from references.record import Reference, Study

_STUDY = tuple(Study.__dataclass_fields__)
_COLUMNS = (
    *("key", "type", *BIBLIOGRAPHIC),
    *_STUDY[: _STUDY.index("harms")],
    *("findings", "harms", "adverse_events", "relevance", "related"),
    *("added", "status", "unverified", "provenance", "missing", "other"),
)
_BETWEEN = "; "
#: A cell that starts so is a formula to a spreadsheet; an apostrophe makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _cell(reference: Reference, column: str) -> str:
    study = reference.study
    if column == "authors":
        names = [author.sort_name for author in reference.authors]
        return _BETWEEN.join([*names, "et al."] if reference.more_authors else names)
    if column == "findings":
        return _BETWEEN.join(
            " | ".join(filter(None, (f.outcome, f.timepoint, f.value, f.interval, f.unit, f.text)))
            for f in reference.findings
        )
    if column == "adverse_events":
        return _BETWEEN.join(
            " | ".join("" if part is None else str(part) for part in (h.event, h.number, h.of))
            for h in reference.harms
        )
    if column == "related":
        return _BETWEEN.join(f"{one.kind} | {one.key}" for one in reference.related)
    if column == "provenance":
        return _BETWEEN.join(
            f"{source.address}: {source.seen}" if source.seen else source.address
            for source in reference.provenance
        )
    if column == "other":
        fields = ((name, " ".join(decode(text).split())) for name, text in reference.extra.items())
        return _BETWEEN.join(f"{name}: {text}" for name, text in fields)
    if column == "unverified":
        return _BETWEEN.join(f"{k}={v}" if v else k for k, v in reference.unverified.items())
    value = getattr(study if hasattr(study, column) else reference, column)
    if isinstance(value, tuple):
        return _BETWEEN.join(value)
    return "" if value is None else str(value)


def _safe(text: str) -> str:
    text = " ".join(text.split())
    return f"'{text}" if text.startswith(_FORMULA) else text


def write(references: Iterable[Reference]) -> WrittenFile:
    """The table; fields without a column of their own stand in the last one, "other"."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\r\n")
    table.writerow(_COLUMNS)
    for reference in references:
        table.writerow([_safe(_cell(reference, column)) for column in _COLUMNS])
    return WrittenFile("\ufeff" + stream.getvalue(), ())
