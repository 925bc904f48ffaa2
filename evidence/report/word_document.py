"""A report as a word processor's document: real headings, repeated table heads, links."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from evidence.report.content import Report, ReportedClaim, ReportedReference, ReportedSource
from evidence.report.phrases import (
    COLOURS,
    about_reference,
    about_study,
    certainty,
    colon,
    linked_numbers,
    signature,
)

_CLAIM_WIDTHS = (Cm(6.2), Cm(4.2), Cm(9.2), Cm(6.5))
_OUTCOME_WIDTHS = (Cm(5), Cm(4), Cm(13), Cm(4))
_DIFFERENCE_WIDTHS = (Cm(6), Cm(3.6), Cm(3.6), Cm(3.6), Cm(9.2))
_REVIEWER_WIDTHS = (Cm(8), Cm(8), Cm(5), Cm(5))


def as_docx(report: Report) -> bytes:
    """The document, A4 across."""
    return _WordDocument(report).content()


def _element(tag: str, **attributes: str) -> Any:
    """An element of WordprocessingML: `_element("w:shd", fill="E8EBEF")`."""
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


class _WordDocument:
    """One document in the making: a method a part of the report."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._label = report.labels
        self._colon = colon(report.language)
        self._document = docx.Document()
        self._lay_out()

    def content(self) -> bytes:
        """All parts, in order, as the bytes of the file."""
        self._title()
        self._summary()
        self._to_look_at_first()
        self._heading("method")
        for part in self._report.method:
            self._document.add_paragraph(part)
        self._claims()
        self._outcomes()
        self._read_apart()
        self._heading("sources", empty="" if self._report.sources else "no_sources")
        for source in self._report.sources:
            self._source(source)
        self._reviewers()
        self._heading("references", empty="" if self._report.references else "no_references")
        for reference in self._report.references:
            self._reference(reference)
        self._versions()
        stream = io.BytesIO()
        self._document.save(stream)
        return stream.getvalue()

    def _lay_out(self) -> None:
        properties = self._document.core_properties
        properties.title = f"{self._label['kicker']}{self._colon}{self._report.title}"
        properties.language = self._report.language
        properties.author = ""
        normal = self._document.styles["Normal"]
        normal.font.name, normal.font.size = "Arial", Pt(10)
        language = {"fr": "fr-FR", "en": "en-GB"}[self._report.language]
        normal.element.get_or_add_rPr().append(_element("w:lang", val=language))
        page = self._document.sections[0]
        page.orientation = WD_ORIENT.LANDSCAPE
        page.page_width, page.page_height = Cm(29.7), Cm(21.0)
        page.left_margin = page.right_margin = Cm(1.8)
        page.top_margin = page.bottom_margin = Cm(1.6)
        footer = page.footer.paragraphs[0]
        footer.add_run(f"{self._report.title} · {self._label['page_of']} ")
        footer._p.append(_element("w:fldSimple", instr="PAGE"))

    # ---- pieces -----------------------------------------------------------------------

    def _heading(self, name: str, empty: str = "") -> None:
        """A heading; the label `empty` says that nothing follows."""
        self._document.add_heading(self._label[name], 1)
        if empty:
            self._document.add_paragraph(self._label[empty])

    def _close_paragraph(self, after: int = 0) -> Any:
        """A paragraph with some space after it, in points."""
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(after)
        return paragraph

    def _coloured(self, paragraph: Any, text: str, verdict: str | None) -> None:
        run = paragraph.add_run(text)
        run.bold, run.font.color.rgb = True, RGBColor.from_string(COLOURS[verdict])

    def _link(self, paragraph: Any, address: str, text: str) -> None:
        run = paragraph.add_run(text)
        if not address.startswith(("http://", "https://")):
            return
        run.font.underline = True
        target = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link = OxmlElement("w:hyperlink")
        link.set(qn("r:id"), target)
        link.append(run._r)
        paragraph._p.append(link)

    def _table(self, heads: Sequence[str], widths: Sequence[Any]) -> Any:
        """A table with thin grey lines, its head repeated on every page."""
        table = self._document.add_table(1, len(heads), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        borders = OxmlElement("w:tblBorders")
        for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
            borders.append(_element(f"w:{side}", val="single", sz="4", color="AEB6C1"))
        table._tbl.tblPr.append(borders)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width  # what LibreOffice goes by; Word goes by the cells
        first = table.rows[0]
        first._tr.get_or_add_trPr().append(_element("w:tblHeader", val="true"))
        for cell, head, width in zip(first.cells, heads, widths, strict=True):
            cell.width = width
            cell.paragraphs[0].add_run(self._label[head]).bold = True
            shade = _element("w:shd", val="clear", color="auto", fill="E8EBEF")
            cell._tc.get_or_add_tcPr().append(shade)
        return table

    def _row(self, table: Any, widths: Sequence[Any]) -> Any:
        """The cells of a new row, which no end of a page divides."""
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
        return row.cells

    # ---- parts ------------------------------------------------------------------------

    def _title(self) -> None:
        self._document.add_paragraph(self._label["kicker"]).runs[0].bold = True
        self._document.add_heading(self._report.title, 0)
        for name, value in self._report.facts:
            paragraph = self._close_paragraph()
            paragraph.add_run(f"{name}{self._colon}").bold = True
            self._link(paragraph, value, value)

    def _summary(self) -> None:
        self._heading("summary")
        self._document.add_paragraph(self._report.counted).runs[0].bold = True
        for name, verdict, count, meaning in self._report.verdicts:
            paragraph = self._document.add_paragraph(style="List Bullet")
            self._coloured(paragraph, f"{count}  {verdict}", name)
            paragraph.add_run(f" — {meaning}")

    def _to_look_at_first(self) -> None:
        self._heading("first", empty="" if self._report.first else "first_none")
        for why, items in self._report.first:
            self._document.add_heading(why, 2)
            for number, text in items:
                line = f"{number}. {text}" if number else text
                self._document.add_paragraph(line, style="List Bullet")

    def _claims(self) -> None:
        self._heading("table")
        heads = ("col_claim", "col_verdict", "col_evidence", "col_caveat")
        for heading, claims in self._report.sections:
            if heading:
                self._document.add_heading(heading, 2)
            table = self._table(heads, _CLAIM_WIDTHS)
            for claim in claims:
                self._claim(claim, self._row(table, _CLAIM_WIDTHS))

    def _claim(self, claim: ReportedClaim, cells: Any) -> None:
        stated, judged, evidence, caveat = (cell.paragraphs[0] for cell in cells)
        stated.add_run(f"{claim.number}. ").bold = True
        stated.add_run(claim.statement)
        self._coloured(judged, claim.verdict_word, claim.verdict)
        cells[1].add_paragraph(certainty(claim))
        cells[1].add_paragraph(signature(claim, self._label))
        if claim.readings:
            cells[1].add_paragraph(" ".join((f"{self._label['readings']}.", *claim.readings)))
        if claim.page_state not in ("", "found"):
            cells[1].add_paragraph(claim.page_word).runs[0].bold = True
        evidence.add_run(claim.rationale)
        if claim.evidence:
            cells[2].add_paragraph(linked_numbers(claim, self._report.language))
        caveat.add_run(claim.caveats or "–")
        for paragraph in (one for cell in cells for one in cell.paragraphs):
            paragraph.paragraph_format.space_after = Pt(3)
            for run in paragraph.runs:
                run.font.size = Pt(9)

    def _outcomes(self) -> None:
        """The summary of findings, a table a claim."""
        if not self._report.measured:
            return
        self._heading("outcomes")
        self._document.add_paragraph(self._label["outcomes_note"])
        heads = ("outcome", "studies_people", "effect", "directness")
        for claim in self._report.measured:
            self._document.add_heading(f"{claim.number}. {claim.statement}", 2)
            self._document.add_paragraph(certainty(claim))
            table = self._table(heads, _OUTCOME_WIDTHS)
            for row in claim.outcomes:
                what = ", ".join(filter(None, (row.outcome, row.comparison)))
                effects = "\n".join(filter(None, (row.direction, *row.effects)))
                cells = self._row(table, _OUTCOME_WIDTHS)
                texts = (what, row.studies, effects, row.directness)
                for cell, text in zip(cells, texts, strict=True):
                    cell.paragraphs[0].add_run(text).font.size = Pt(9)

    def _read_apart(self) -> None:
        """What two readers saw differently, a table a claim."""
        if not self._report.read_apart:
            return
        self._heading("read_apart")
        heads = ("read_what", "read_first", "read_second", "read_settled", "read_why")
        for claim in self._report.read_apart:
            self._document.add_heading(f"{claim.number}. {claim.statement}", 2)
            table = self._table(heads, _DIFFERENCE_WIDTHS)
            for one in claim.differences:
                texts = (one.what, one.first, one.second, one.settled, one.why or "–")
                cells = self._row(table, _DIFFERENCE_WIDTHS)
                for cell, text in zip(cells, texts, strict=True):
                    cell.paragraphs[0].add_run(text).font.size = Pt(9)

    def _source(self, source: ReportedSource) -> None:
        paragraph = self._document.add_paragraph(style="List Number")
        paragraph.add_run(source.cited)
        paragraph.add_run(f"\n{source.status_word}. ").bold = True
        paragraph.add_run(source.note)
        for name, value in (("located", source.located), ("looked", source.looked)):
            if value:
                paragraph.add_run(f"\n{self._label[name]}{self._colon}{value}")
        if source.nearest:
            paragraph.add_run(f"\n{self._label['nearest']}{self._colon.rstrip()}")
            for nearest in source.nearest:
                self._document.add_paragraph(nearest, style="List Bullet 2")

    def _reviewers(self) -> None:
        self._heading("reviewers", empty="" if self._report.reviewers else "no_reviewers")
        if not self._report.reviewers:
            return
        table = self._table(("person", "dates", "signed_claims", "lapsed"), _REVIEWER_WIDTHS)
        for one in self._report.reviewers:
            dates = one.first if one.first == one.last else f"{one.first} – {one.last}"
            texts = (one.person, dates, str(one.claims), str(one.lapsed))
            for cell, text in zip(self._row(table, _REVIEWER_WIDTHS), texts, strict=True):
                cell.paragraphs[0].add_run(text)

    def _reference(self, reference: ReportedReference) -> None:
        paragraph = self._close_paragraph(after=3)
        paragraph.paragraph_format.left_indent = Cm(0.9)
        paragraph.paragraph_format.first_line_indent = Cm(-0.9)
        paragraph.add_run(f"{reference.number}.\t")
        self._link(paragraph, reference.address, reference.citation)
        if about := about_reference(reference, self._report.language):
            paragraph.add_run(f" [{about}]").italic = True
        for name, value in about_study(reference.study, self._label, self._report.language):
            line = self._close_paragraph()
            line.paragraph_format.left_indent = Cm(0.9)
            line.add_run(f"{name}{self._colon}").bold = True
            line.add_run(value)
            for run in line.runs:
                run.font.size = Pt(9)

    def _versions(self) -> None:
        self._heading("versions", empty="versions_note")
        for name, value in self._report.hashes:
            paragraph = self._close_paragraph()
            paragraph.add_run(f"{name}{self._colon}").bold = True
            run = paragraph.add_run(value)
            run.font.name, run.font.size = "Courier New", Pt(8)
