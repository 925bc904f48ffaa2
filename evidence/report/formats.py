"""A report as HTML (print-ready), PDF, CSV or JSON; as DOCX in `word_document`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from evidence.extras import require
from evidence.report.content import Report, ReportedClaim
from evidence.report.phrases import COLOURS, about_reference, about_study, colon, signature
from references.errors import SettingError
from references.normalise import plain_cell

FORMATS = ("html", "docx", "pdf", "csv", "json")


def _pages() -> Environment:
    environment = Environment(
        loader=PackageLoader("evidence.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "colours": COLOURS,
        "signature": signature,
        "about_reference": about_reference,
        "about_study": about_study,
        "colon": colon,
    }
    return environment


def as_html(report: Report) -> bytes:
    """One page without scripts or outside files; prints on A4 as it is."""
    page = _pages().get_template("report.html")
    return page.render(report=report, label=report.labels).encode()


def as_pdf(report: Report) -> bytes:
    """The HTML through WeasyPrint, tagged for screen readers.

    Raises:
        MissingExtra: WeasyPrint is not installed.
        SettingError: the libraries of the system that it draws with are missing.
    """
    import logging

    require("pdf")
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    try:
        import weasyprint
    except OSError as error:
        raise SettingError(
            "PDF needs the Pango library of the system (Debian: apt-get install libpango-1.0-0 "
            "libpangoft2-1.0-0); --format docx or html needs nothing."
        ) from error

    def nothing_outside(url: str, *_: Any, **__: Any) -> Any:
        raise ValueError(f"a report fetches nothing: {url}")

    document = weasyprint.HTML(string=as_html(report).decode(), url_fetcher=nothing_outside)
    written: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return written


def _as_docx(report: Report) -> bytes:
    """A word processor's document."""
    from evidence.report.word_document import as_docx  # nobody else waits for python-docx

    return as_docx(report)


def as_json(report: Report) -> bytes:
    """Everything the report says, for programs."""
    return (json.dumps(report.as_dict(), ensure_ascii=False, indent=2) + "\n").encode()


def as_csv(report: Report) -> bytes:
    """One row a claim, UTF-8 with the mark that spreadsheets look for."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    keys = {reference.number: reference.key for reference in report.references}
    writer.writerow(_COLUMNS)
    for heading, claims in report.sections:
        for claim in claims:
            cells = [write(claim, heading, keys) for write in _COLUMNS.values()]
            writer.writerow([plain_cell(cell) for cell in cells])
    return stream.getvalue().encode("utf-8-sig")


def _linked(claim: ReportedClaim, keys: Mapping[int, str]) -> str:
    return "; ".join(
        f"{stance}: {', '.join(keys[number] for number in numbers)}"
        for stance, numbers in claim.evidence
    )


#: The columns of the CSV, and what stands in them: of a claim, its heading, the keys by number.
_COLUMNS: dict[str, Callable[[ReportedClaim, str, Mapping[int, str]], str]] = {
    "number": lambda claim, heading, keys: str(claim.number),
    "id": lambda claim, heading, keys: claim.id,
    "section": lambda claim, heading, keys: heading,
    "statement": lambda claim, heading, keys: claim.statement,
    "verdict": lambda claim, heading, keys: claim.verdict_word,
    "certainty": lambda claim, heading, keys: claim.certainty_word,
    "certainty_reasons": lambda claim, heading, keys: "; ".join(claim.reasons),
    "rationale": lambda claim, heading, keys: claim.rationale,
    "caveats": lambda claim, heading, keys: claim.caveats,
    "references": lambda claim, heading, keys: _linked(claim, keys),
    "findings": lambda claim, heading, keys: " | ".join(
        "; ".join((row.head, *row.effects)) for row in claim.outcomes
    ),
    "page": lambda claim, heading, keys: claim.page_word,
    "signed_by": lambda claim, heading, keys: "; ".join(claim.signed_by),
    "signed_on": lambda claim, heading, keys: claim.signed_on,
    "lapsed": lambda claim, heading, keys: "; ".join(claim.lapses),
    "read_twice": lambda claim, heading, keys: " ".join(claim.readings),
    "read_differently": lambda claim, heading, keys: "; ".join(
        f"{one.what}: {one.first} / {one.second} → {one.settled}" for one in claim.differences
    ),
    "hash": lambda claim, heading, keys: claim.hash,
}


_WRITERS: dict[str, Callable[[Report], bytes]] = {
    "html": as_html,
    "pdf": as_pdf,
    "docx": _as_docx,
    "csv": as_csv,
    "json": as_json,
}


def render(report: Report, format: str) -> bytes:
    """The report in one of `FORMATS`.

    Raises:
        SettingError: the format is unknown or cannot be written here.
    """
    if format not in _WRITERS:
        raise SettingError(
            "No report format '{format}'; use one of {names}.",
            format=format,
            names=", ".join(FORMATS),
        )
    return _WRITERS[format](report)
