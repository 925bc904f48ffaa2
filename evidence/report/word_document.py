"""A report as a word processor's document: real headings, repeated table heads, links.

Nothing in it depends on who opens it: fonts that both know, widths on columns and on cells,
paragraphs instead of floating boxes. Word and LibreOffice break its pages alike.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import docx
from docx.enum.section import WD_SECTION
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from evidence.report.content import (
    Quoted,
    Report,
    ReportedClaim,
    ReportedLink,
    ReportedReference,
    ReportedSource,
)
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
from evidence.wording.results import Said

#: What a page is wide between its margins.
_WIDTH = Cm(18.6)
#: The first table: the sentence takes what the other columns leave.
_GLANCE_WIDTHS = {
    "number": Cm(0.9),
    "col_verdict": Cm(4.0),
    "col_certainty": Cm(1.8),
    "col_references": Cm(2.1),
    "col_todo": Cm(1.9),
    "col_signed": Cm(1.6),
}
_SENTENCE_WIDTHS = (Cm(0.9), Cm(5.6), Cm(6.4), Cm(5.7))
_REVIEWER_WIDTHS = (Cm(6.6), Cm(5), Cm(3.5), Cm(3.5))
_FONT = "Arial"
#: Style -> the size of its letters and the space before it, in points.
_STYLES = {
    "Normal": (9, 0),
    "Title": (16, 0),
    "Heading 1": (12, 10),
    "Heading 2": (10.5, 7),
    "Heading 3": (9, 5),
}
_SMALL, _FINE, _FINER, _FINEST = Pt(8.5), Pt(8), Pt(7.5), Pt(7)
_QUIET = RGBColor.from_string("4E5766")
_LINK = RGBColor.from_string("14518B")
_LOCALES = {"fr": "fr-FR", "en": "en-GB"}
_MARKS = {"fr": ("«\u202f", "\u202f»"), "en": ("“", "”")}


def as_docx(report: Report) -> bytes:
    """The document, on A4."""
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
        self._glance()
        self._sentences()
        self._columns(2)
        self._heading("evidence")
        for heading, claims in self._report.sections:
            if heading:
                self._say(self._document.add_heading("", 2), heading)
            for claim in claims:
                self._claim(claim)
        self._columns(1)
        self._heading("sources", empty="" if self._report.sources else "no_sources")
        for source in self._report.sources:
            self._source(source)
        self._reviewers()
        self._columns(2)
        self._heading("references", empty="" if self._report.references else "no_references")
        for reference in self._report.references:
            self._reference(reference)
        self._columns(1)
        self._heading("method")
        for part in self._report.method:
            self._paragraph(part)
        self._versions()
        stream = io.BytesIO()
        self._document.save(stream)
        return stream.getvalue()

    def _lay_out(self) -> None:
        properties = self._document.core_properties
        properties.title = f"{self._label['kicker']}{self._colon}{self._report.title.text}"
        properties.language = self._report.language
        properties.author = ""
        styles = self._document.styles
        for name, (size, before) in _STYLES.items():
            style = styles[name]
            style.paragraph_format.space_before = Pt(before)
            style.paragraph_format.space_after = Pt(2)
            style.font.name, style.font.size = _FONT, Pt(size)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{kind}"), None)  # a theme comes before the name in Word
            if name != "Normal":
                style.font.color.rgb = RGBColor.from_string("1D2430")
        normal = styles["Normal"]
        normal.paragraph_format.line_spacing = 1.0
        normal.element.get_or_add_rPr().append(
            _element("w:lang", val=_LOCALES[self._report.language])
        )
        page = self._document.sections[0]
        page.page_width, page.page_height = Cm(21.0), Cm(29.7)
        page.left_margin = page.right_margin = Cm(1.2)
        page.top_margin = page.bottom_margin = Cm(1.2)
        page.footer_distance = Cm(0.6)
        footer = page.footer.paragraphs[0]
        run = footer.add_run(f"{self._report.title.text} · {self._label['page_of']} ")
        run.font.size = _FINE
        number = footer.add_run()
        number.font.size = _FINE
        field = _element("w:fldSimple", instr="PAGE")
        field.append(number._r)
        footer._p.append(field)

    # ---- pieces -----------------------------------------------------------------------

    def _columns(self, count: int) -> None:
        """What follows stands in so many columns, on the same page."""
        section = self._document.add_section(WD_SECTION.CONTINUOUS)
        for old in section._sectPr.findall(qn("w:cols")):
            section._sectPr.remove(old)
        section._sectPr.append(_element("w:cols", num=str(count), space="340"))

    def _heading(self, name: str, empty: str = "") -> None:
        """A heading; the label `empty` says that nothing follows."""
        self._document.add_heading(self._label[name], 1)
        if empty:
            self._paragraph(self._label[empty])

    def _paragraph(self, text: str = "", style: str | None = None, size: Any = None) -> Any:
        paragraph = self._document.add_paragraph(style=style)
        if text:
            paragraph.add_run(text).font.size = size
        return paragraph

    def _say(self, paragraph: Any, words: Said, size: Any = None) -> Any:
        """Words of people, marked where they are in the other language."""
        run = paragraph.add_run(words.text)
        run.font.size = size
        self._mark(run, words.language)
        return run

    def _mark(self, run: Any, language: str) -> None:
        if language != self._report.language:
            run._r.get_or_add_rPr().append(_element("w:lang", val=_LOCALES[language]))

    def _quiet(self, paragraph: Any, text: str, size: Any = _FINE) -> Any:
        run = paragraph.add_run(text)
        run.font.size, run.font.color.rgb = size, _QUIET
        return run

    def _named(self, paragraph: Any, name: str, size: Any = None) -> None:
        run = paragraph.add_run(f"{self._label[name]}{self._colon}")
        run.bold, run.font.size = True, size

    def _coloured(self, paragraph: Any, text: str, verdict: str | None, size: Any = None) -> None:
        run = paragraph.add_run(text)
        run.bold, run.font.size = True, size
        run.font.color.rgb = RGBColor.from_string(COLOURS[verdict])

    def _quote(self, container: Any, first: Any, quoted: Quoted, size: Any) -> None:
        """The page's own words: where they stand in small print, then the sentence."""
        opening, closing = _MARKS[self._report.text_language]
        paragraph = first
        if where := " › ".join(filter(None, (*quoted.headings, quoted.lead))):
            self._mark(self._quiet(paragraph, where), self._report.text_language)
            paragraph.paragraph_format.space_after = Pt(0)
            paragraph = container.add_paragraph()
        words = Said(f"{opening}{quoted.words}{closing}", self._report.text_language)
        self._say(paragraph, words, size)
        if quoted.was:
            before = container.add_paragraph()
            self._quiet(before, f"{self._label['was']}{self._colon}")
            told = self._quiet(before, f"{opening}{quoted.was}{closing}")
            self._mark(told, self._report.text_language)

    def _link(self, paragraph: Any, address: str, text: str, size: Any = None) -> None:
        run = paragraph.add_run(text)
        run.font.size = size
        if not address.startswith(("http://", "https://")):
            return
        run.font.color.rgb = _LINK
        target = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link = OxmlElement("w:hyperlink")
        link.set(qn("r:id"), target)
        link.append(run._r)
        paragraph._p.append(link)

    def _table(self, heads: Sequence[str], widths: Sequence[Any]) -> Any:
        """A table with thin grey lines, its head repeated on every page."""
        table = self._document.add_table(1, len(heads), style="Table Grid")
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
            run = cell.paragraphs[0].add_run(self._label[head])
            run.bold, run.font.size = True, _SMALL
            shade = _element("w:shd", val="clear", color="auto", fill="E8EBEF")
            cell._tc.get_or_add_tcPr().append(shade)
        return table

    def _row(self, table: Any, widths: Sequence[Any]) -> Any:
        """The cells of a new row, which no end of a page divides."""
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
            cell.paragraphs[0].paragraph_format.space_after = Pt(1)
        return row.cells

    # ---- parts ------------------------------------------------------------------------

    def _title(self) -> None:
        self._paragraph(self._label["kicker"]).runs[0].bold = True
        self._say(self._document.add_heading("", 0), self._report.title)
        facts = self._paragraph()
        for number, (name, value) in enumerate(self._report.facts):
            self._quiet(facts, f"{' · ' if number else ''}{name}{self._colon}", _SMALL)
            self._link(facts, value, value, _SMALL)
        counts = self._paragraph(self._report.counted)
        counts.runs[0].bold = True
        for name, verdict, count, _meaning in self._report.verdicts:
            counts.add_run(" · ")
            self._coloured(counts, f"{verdict}{self._colon}{count}", name)
        if self._report.warning:
            self._paragraph(self._report.warning).runs[0].bold = True
        for notice in self._report.notices:
            self._paragraph(notice, size=_SMALL)

    def _glance(self) -> None:
        """The first table: a line a claim, on one page for a page of forty."""
        self._heading("glance")
        columns, rows = at_a_glance(self._report)
        taken = sum(_GLANCE_WIDTHS.get(name, 0) for name in columns)
        widths = [_GLANCE_WIDTHS.get(name, _WIDTH - taken) for name in columns]
        table = self._table(columns, widths)
        for claim, cells in rows:
            for name, cell, said in zip(columns, self._row(table, widths), cells, strict=True):
                paragraph = cell.paragraphs[0]
                paragraph.paragraph_format.space_after = Pt(0)
                if name == "col_verdict":
                    self._coloured(paragraph, said, claim.verdict, _FINE)
                elif name == "col_sentence":
                    self._say(paragraph, Said(said, self._report.text_language), _FINE)
                else:
                    paragraph.add_run(said).font.size = _FINE

    def _sentences(self) -> None:
        """The page's sentence, what the studies say of it, what we propose."""
        if not self._report.groups:
            return
        self._heading("sentences")
        heads = ("number", "col_sentence", "col_wrong", "col_proposed")
        table = self._table(heads, _SENTENCE_WIDTHS)
        for why, claims in self._report.groups:
            cells = self._row(table, _SENTENCE_WIDTHS)
            whole = cells[0].merge(cells[-1]).paragraphs[0]
            whole.paragraph_format.keep_with_next = True
            self._coloured(whole, why, claims[0].verdict, _SMALL)
            for claim in claims:
                self._sentence(claim, self._row(table, _SENTENCE_WIDTHS))

    def _sentence(self, claim: ReportedClaim, cells: Any) -> None:
        number, sentence, wrong, proposed = (cell.paragraphs[0] for cell in cells)
        run = number.add_run(str(claim.number))
        run.bold, run.font.size = True, _FINE
        self._quote(cells[1], sentence, claim.quoted, _FINE)
        if claim.page_state not in ("", "found"):
            changed = wrong.add_run(f"{claim.page_word}. ")
            changed.bold, changed.font.size = True, _FINE
        self._say(wrong, claim.wrong, _FINE)
        if claim.caveats:
            self._say(proposed, claim.caveats, _FINE)
        else:
            self._quiet(proposed, self._label["no_proposal"], _FINE)

    def _claim(self, claim: ReportedClaim) -> None:
        """A claim with its evidence."""
        heading = self._document.add_heading(f"{claim.number}. ", 3)
        self._say(heading, claim.statement)
        if not claim.group:
            self._quote(self._document, self._paragraph(), claim.quoted, _FINE)
        judged = self._paragraph()
        self._coloured(judged, claim.verdict_word, claim.verdict, _FINE)
        if certainty(claim):
            self._quiet(judged, f" · {certainty(claim)}", _FINE)
        if claim.page_state not in ("", "found"):
            self._quiet(judged, f" · {claim.page_word}", _FINE).bold = True
        if claim.rationale:
            self._say(self._paragraph(), claim.rationale, _FINE)
        if claim.caveats and not claim.group:
            proposal = self._paragraph()
            self._named(proposal, "proposal", _FINE)
            self._say(proposal, claim.caveats, _FINE)
        if departs := departure(claim, self._label, self._report.language):
            self._paragraph(departs, size=_FINE)
        for link in claim.links:
            self._evidence(link)
        if said := aside(claim, self._report):
            self._quiet(self._paragraph(), f"{said}.")

    def _evidence(self, link: ReportedLink) -> None:
        """A link: which way it points, the study, its note, its figures, its harms."""
        paragraph = self._paragraph(style="List Bullet")
        paragraph.paragraph_format.space_after = Pt(1)
        paragraph.paragraph_format.left_indent = Cm(0.4)
        paragraph.paragraph_format.first_line_indent = Cm(-0.4)
        stance = paragraph.add_run(link.stance_word)
        stance.bold, stance.font.size = True, _FINER
        paragraph.add_run(f" · {link.name} [{link.number}]").font.size = _FINER
        if link.directness:
            self._quiet(paragraph, f" ({link.directness})", _FINER)
        paragraph.add_run(self._colon).font.size = _FINER
        self._say(paragraph, link.note, _FINER)
        for figure in link.untold:
            self._mark(self._quiet(paragraph, f" {figure.text}."), figure.language)
        if link.harms:
            self._quiet(paragraph, f" {self._label['harms']}{self._colon}")
            for number, harm in enumerate(link.harms):
                told = self._quiet(paragraph, f"{', ' if number else ''}{harm.text}")
                self._mark(told, harm.language)

    def _source(self, source: ReportedSource) -> None:
        paragraph = self._paragraph(style="List Number")
        self._say(paragraph, Said(source.cited, self._report.text_language))
        paragraph.add_run(f"\n{source.status_word}. ").bold = True
        self._say(paragraph, source.note)
        if source.located:
            paragraph.add_run(f"\n{self._label['located']}{self._colon}{source.located}")
        if source.looked:
            paragraph.add_run(f"\n{self._label['looked']}{self._colon}")
            self._say(paragraph, source.looked)
        if source.nearest:
            paragraph.add_run(f"\n{self._label['nearest']}{self._colon.rstrip()}")
            for nearest in source.nearest:
                self._paragraph(nearest, style="List Bullet 2")

    def _reviewers(self) -> None:
        if not self._report.reviewers:
            return
        self._heading("reviewers")
        table = self._table(("person", "dates", "signed_claims", "lapsed"), _REVIEWER_WIDTHS)
        for one in self._report.reviewers:
            dates = one.first if one.first == one.last else f"{one.first} – {one.last}"
            texts = (one.person, dates, str(one.claims), str(one.lapsed))
            for cell, text in zip(self._row(table, _REVIEWER_WIDTHS), texts, strict=True):
                cell.paragraphs[0].add_run(text).font.size = _SMALL

    def _reference(self, reference: ReportedReference) -> None:
        paragraph = self._paragraph()
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.paragraph_format.left_indent = Cm(0.7)
        paragraph.paragraph_format.first_line_indent = Cm(-0.7)
        paragraph.add_run(f"{reference.number}.\t").font.size = _FINEST
        self._link(paragraph, reference.address, reference.citation, _FINEST)
        if about := about_reference(reference, self._report.language):
            self._quiet(paragraph, f" [{about}]", _FINEST)
        for name, value in about_study(reference.study, self._label, self._report.language):
            self._quiet(paragraph, f" {name}{self._colon}{value}.", _FINEST)

    def _versions(self) -> None:
        self._heading("versions", empty="versions_note")
        for name, value in self._report.hashes:
            paragraph = self._paragraph()
            paragraph.paragraph_format.space_after = Pt(0)
            paragraph.add_run(f"{name}{self._colon}").bold = True
            run = paragraph.add_run(value)
            run.font.name, run.font.size = "Courier New", Pt(7.5)
