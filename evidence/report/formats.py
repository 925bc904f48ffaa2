"""A report as HTML (print-ready), PDF, CSV or JSON; as DOCX in `word_document`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from evidence.extras import require
from evidence.report.content import Report, ReportedClaim, ReportedLink
from evidence.report.phrases import (
    COLOURS,
    about_reference,
    about_study,
    aside,
    at_a_glance,
    certainty,
    colon,
    departure,
)
from references.errors import SettingError
from references.normalise import plain_cell

#: Writes what a column of the CSV says of a claim under a heading of a report.
_Column = Callable[[ReportedClaim, str, Report], str]

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
        "about_reference": about_reference,
        "about_study": about_study,
        "aside": aside,
        "at_a_glance": at_a_glance,
        "certainty": certainty,
        "colon": colon,
        "departure": departure,
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
    writer.writerow(_COLUMNS)
    for heading, claims in report.sections:
        for claim in claims:
            cells = [write(claim, heading.text, report) for write in _COLUMNS.values()]
            writer.writerow([plain_cell(cell) for cell in cells])
    return stream.getvalue().encode("utf-8-sig")


def _linked(claim: ReportedClaim, heading: str, report: Report) -> str:
    keys = {one.number: one.reference for one in claim.links}
    return "; ".join(
        f"{stance}: {', '.join(keys[number] for number in numbers)}"
        for stance, numbers in claim.evidence
    )


def _of_links(told: Callable[[ReportedLink], str]) -> _Column:
    """A column that says something of each link, behind the key of its reference."""
    return lambda claim, heading, report: " | ".join(
        f"{link.reference}: {words}" for link in claim.links if (words := told(link))
    )


#: The columns of the CSV, and what stands in them: of a claim, its heading, the report.
_COLUMNS: dict[str, _Column] = {
    "number": lambda claim, heading, report: str(claim.number),
    "id": lambda claim, heading, report: claim.id,
    "section": lambda claim, heading, report: heading,
    "page_headings": lambda claim, heading, report: " › ".join(claim.quoted.headings),
    "page_lead": lambda claim, heading, report: claim.quoted.lead,
    "page_words": lambda claim, heading, report: claim.quoted.words,
    "page_words_before": lambda claim, heading, report: claim.quoted.was,
    "statement": lambda claim, heading, report: claim.statement.text,
    "verdict": lambda claim, heading, report: claim.verdict_word,
    "certainty": lambda claim, heading, report: claim.certainty_word,
    "certainty_reasons": lambda claim, heading, report: "; ".join(claim.reasons),
    "rationale": lambda claim, heading, report: claim.rationale.text,
    "caveats": lambda claim, heading, report: claim.caveats.text,
    "references": _linked,
    "notes": _of_links(lambda link: link.note.text),
    "directness": _of_links(lambda link: link.directness),
    "figures": _of_links(lambda link: "; ".join(one.text for one in link.figures)),
    "harms": _of_links(lambda link: "; ".join(one.text for one in link.harms)),
    "findings": lambda claim, heading, report: " | ".join(
        "; ".join((row.head, *row.effects)) for row in claim.outcomes
    ),
    "departure": lambda claim, heading, report: departure(claim, report.labels, report.language),
    "page": lambda claim, heading, report: claim.page_word,
    "decided_by": lambda claim, heading, report: "; ".join(claim.decided.people),
    "decided_on": lambda claim, heading, report: claim.decided.on,
    "signed_by": lambda claim, heading, report: "; ".join(claim.signed.people),
    "signatures": lambda claim, heading, report: str(claim.signatures),
    "signed_on": lambda claim, heading, report: claim.signed.on,
    "lapsed": lambda claim, heading, report: "; ".join(claim.lapses),
    "read_twice": lambda claim, heading, report: " ".join(claim.readings),
    "read_differently": lambda claim, heading, report: "; ".join(
        f"{one.what}: {one.first} / {one.second} → {one.settled}" for one in claim.differences
    ),
    "languages": lambda claim, heading, report: "; ".join(
        f"{name}: {said.language}"
        for name in ("statement", "rationale", "caveats")
        if (said := getattr(claim, name)) and said.language != report.language
    ),
    "hash": lambda claim, heading, report: claim.hash,
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
