"""A report as HTML (print-ready), PDF, DOCX, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from evidence.report.content import Report, ReportedClaim
from references.errors import SettingError

FORMATS = ("html", "docx", "pdf", "csv", "json")

#: Colours of the verdicts, dark enough for white paper and 4.5:1; the word always stands beside.
COLOURS: dict[str | None, str] = {
    "supported": "1B6E3C",
    "partly-supported": "5B6B00",
    "mixed": "8A5A00",
    "contradicted": "A3261C",
    "no-evidence-found": "6B4A86",
    "not-checkable": "555B66",
    None: "555B66",  # nobody has decided
}


def _pages() -> Environment:
    environment = Environment(
        loader=PackageLoader("evidence.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["colours"] = COLOURS
    return environment


def as_html(report: Report) -> bytes:
    """One page without scripts or outside files; prints on A4 as it is."""
    page = _pages().get_template("report.html")
    return page.render(report=report, label=report.labels).encode()


def as_pdf(report: Report) -> bytes:
    """The HTML through WeasyPrint, tagged for screen readers.

    Raises:
        SettingError: the libraries of the system that WeasyPrint draws with are missing.
    """
    import logging

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


def as_json(report: Report) -> bytes:
    """Everything the report says, for programs."""
    return (json.dumps(report.as_dict(), ensure_ascii=False, indent=2) + "\n").encode()


def _safe(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def as_csv(report: Report) -> bytes:
    """One row a claim, UTF-8 with the mark that spreadsheets look for."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    keys = {reference.number: reference.key for reference in report.references}
    writer.writerow(
        [
            "number",
            "id",
            "section",
            "statement",
            "verdict",
            "certainty",
            "certainty_reasons",
            "rationale",
            "caveats",
            "references",
            "page",
            "signed_by",
            "signed_on",
            "lapsed",
            "hash",
        ]
    )
    for heading, claims in report.sections:
        for claim in claims:
            linked = "; ".join(
                f"{stance}: {', '.join(keys[number] for number in numbers)}"
                for stance, numbers in claim.evidence
            )
            row = [
                str(claim.number),
                claim.id,
                heading,
                claim.statement,
                claim.verdict_word,
                claim.certainty_word,
                "; ".join(claim.reasons),
                claim.rationale,
                claim.caveats,
                linked,
                claim.page_word,
                "; ".join(claim.signed_by),
                claim.signed_on,
                "; ".join(claim.lapses),
                claim.hash,
            ]
            writer.writerow([_safe(cell) for cell in row])
    return stream.getvalue().encode("utf-8-sig")


# ---- DOCX -----------------------------------------------------------------------------


def _shade(cell: Any, colour: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shading = OxmlElement("w:shd")
    shading.set(qn("w:val"), "clear")
    shading.set(qn("w:color"), "auto")
    shading.set(qn("w:fill"), colour)
    cell._tc.get_or_add_tcPr().append(shading)


def _rule(table: Any) -> None:
    """Thin grey lines."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("color", "AEB6C1")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)


def _repeat(row: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    properties = row._tr.get_or_add_trPr()
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    properties.append(mark)


def _whole(row: Any) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _link(paragraph: Any, address: str, words: str) -> None:
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    if not address.startswith(("http://", "https://")):
        paragraph.add_run(words)
        return
    target = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), target)
    run = paragraph.add_run(words)
    run.font.underline = True
    link.append(run._r)
    paragraph._p.append(link)


def _page_number(paragraph: Any, label: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph.add_run(f"{label} ")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def as_docx(report: Report) -> bytes:
    """A word processor's document with real headings, repeated table heads and links."""
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    label = report.labels
    document = docx.Document()
    document.core_properties.title = f"{label['kicker']} : {report.title}"
    document.core_properties.language = report.language
    document.core_properties.author = ""
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(10)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), {"fr": "fr-FR", "en": "en-GB"}[report.language])
    normal.element.get_or_add_rPr().append(language)
    page = document.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Cm(29.7), Cm(21.0)
    page.left_margin = page.right_margin = Cm(1.8)
    page.top_margin = page.bottom_margin = Cm(1.6)
    _page_number(page.footer.paragraphs[0], f"{report.title} · {label['page_of']}")
    widths = (Cm(6.2), Cm(4.2), Cm(9.2), Cm(6.5))

    def table(columns: int, heads: tuple[str, ...], sizes: tuple[Any, ...]) -> Any:
        made = document.add_table(1, columns, style="Table Grid")
        made.alignment = WD_TABLE_ALIGNMENT.CENTER
        made.autofit = False
        for column, size in zip(made.columns, sizes, strict=True):
            column.width = size  # what LibreOffice goes by; Word goes by the cells
        _rule(made)
        for cell, words, size in zip(made.rows[0].cells, heads, sizes, strict=True):
            cell.width = size
            cell.paragraphs[0].add_run(words).bold = True
            _shade(cell, "E8EBEF")
        _repeat(made.rows[0])
        return made

    def row(made: Any, sizes: tuple[Any, ...]) -> Any:
        cells = made.add_row().cells
        for cell, size in zip(cells, sizes, strict=True):
            cell.width = size
        _whole(made.rows[-1])
        return cells

    document.add_paragraph(label["kicker"]).runs[0].bold = True
    document.add_heading(report.title, 0)
    for name, value in report.facts:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(0)
        paragraph.add_run(f"{name} : " if report.language == "fr" else f"{name}: ").bold = True
        _link(paragraph, value, value)
    document.add_heading(label["summary"], 1)
    document.add_paragraph(report.counted).runs[0].bold = True
    for name, words, count, meaning in report.verdicts:
        paragraph = document.add_paragraph(style="List Bullet")
        run = paragraph.add_run(f"{count}  {words}")
        run.bold, run.font.color.rgb = True, RGBColor.from_string(COLOURS[name])
        paragraph.add_run(f" — {meaning}")
    document.add_heading(label["first"], 1)
    if not report.first:
        document.add_paragraph(label["first_none"])
    for why, items in report.first:
        document.add_heading(why, 2)
        for number, words in items:
            document.add_paragraph(f"{number}. {words}" if number else words, style="List Bullet")
    document.add_heading(label["method"], 1)
    for part in report.method:
        document.add_paragraph(part)
    document.add_heading(label["table"], 1)
    heads = (label["col_claim"], label["col_verdict"], label["col_evidence"], label["col_caveat"])
    for heading, claims in report.sections:
        if heading:
            document.add_heading(heading, 2)
        made = table(4, heads, widths)
        for claim in claims:
            cells = row(made, widths)
            cells[0].paragraphs[0].add_run(f"{claim.number}. ").bold = True
            cells[0].paragraphs[0].add_run(claim.statement)
            run = cells[1].paragraphs[0].add_run(claim.verdict_word)
            run.bold, run.font.color.rgb = True, RGBColor.from_string(COLOURS[claim.verdict])
            cells[1].add_paragraph(_certainty(claim))
            cells[1].add_paragraph(_signature(claim, label))
            if claim.page_state not in ("", "found"):
                cells[1].add_paragraph(claim.page_word).runs[0].bold = True
            cells[2].paragraphs[0].add_run(claim.rationale)
            if claim.evidence:
                cells[2].add_paragraph(_evidence(claim, report.language))
            cells[3].paragraphs[0].add_run(claim.caveats or "–")
            for cell in cells:
                for paragraph in cell.paragraphs:
                    paragraph.paragraph_format.space_after = Pt(3)
                    for run in paragraph.runs:
                        run.font.size = Pt(9)
    document.add_heading(label["sources"], 1)
    if not report.sources:
        document.add_paragraph(label["no_sources"])
    for source in report.sources:
        paragraph = document.add_paragraph(style="List Number")
        paragraph.add_run(source.cited)
        paragraph.add_run(f"\n{source.status_word}. ").bold = True
        paragraph.add_run(source.note)
        for name, value in (("located", source.located), ("looked", source.looked)):
            if value:
                paragraph.add_run(f"\n{label[name]} : {value}")
        if source.nearest:
            paragraph.add_run(f"\n{label['nearest']} :")
            for nearest in source.nearest:
                document.add_paragraph(nearest, style="List Bullet 2")
    document.add_heading(label["reviewers"], 1)
    if report.reviewers:
        sizes = (Cm(8), Cm(8), Cm(5), Cm(5))
        made = table(
            4, (label["person"], label["dates"], label["signed_claims"], label["lapsed"]), sizes
        )
        for one in report.reviewers:
            cells = row(made, sizes)
            dates = one.first if one.first == one.last else f"{one.first} – {one.last}"
            for cell, words in zip(
                cells, (one.person, dates, str(one.claims), str(one.lapsed)), strict=True
            ):
                cell.paragraphs[0].add_run(words)
    else:
        document.add_paragraph(label["no_reviewers"])
    document.add_heading(label["references"], 1)
    if not report.references:
        document.add_paragraph(label["no_references"])
    for reference in report.references:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.left_indent = Cm(0.9)
        paragraph.paragraph_format.first_line_indent = Cm(-0.9)
        paragraph.paragraph_format.space_after = Pt(3)
        paragraph.add_run(f"{reference.number}.\t")
        _link(paragraph, reference.address, reference.citation)
        if about := about_reference(reference, label):
            paragraph.add_run(f" [{about}]").italic = True
    document.add_heading(label["versions"], 1)
    document.add_paragraph(label["versions_note"])
    for name, value in report.hashes:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(0)
        paragraph.add_run(f"{name} : ").bold = True
        run = paragraph.add_run(value)
        run.font.name, run.font.size = "Courier New", Pt(8)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _certainty(claim: ReportedClaim) -> str:
    reasons = f" ({', '.join(claim.reasons)})" if claim.reasons else ""
    return f"{claim.certainty_word}{reasons}"


def _signature(claim: ReportedClaim, label: Any) -> str:
    if claim.signed_by:
        return f"{label['signed_by']} {', '.join(claim.signed_by)}, {claim.signed_on}"
    if claim.lapses:
        return f"{label['lapsed_one']} ({', '.join(claim.lapses)})"
    return str(label["unsigned"])


def _evidence(claim: ReportedClaim, language: str) -> str:
    colon = "\u00a0: " if language == "fr" else ": "
    return " · ".join(
        f"{stance}{colon}{', '.join(map(str, numbers))}" for stance, numbers in claim.evidence
    )


def about_reference(reference: Any, label: Mapping[str, str]) -> str:
    """What stands in brackets after a citation: design, level, participants, remark."""
    parts = [reference.design, reference.level]
    if reference.participants:
        people = label["participant" if reference.participants == 1 else "participants"]
        parts.append(f"{reference.participants} {people}")
    parts.append(reference.remark)
    return ", ".join(part for part in parts if part)


_WRITERS: dict[str, Callable[[Report], bytes]] = {
    "html": as_html,
    "pdf": as_pdf,
    "docx": as_docx,
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
