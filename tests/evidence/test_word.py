"""Word files as Word shows them: changes accepted, comments left out, nothing lost."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest

from evidence.originals.load import read_bytes
from evidence.originals.word import from_docx

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OTHERS = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def _document(body: str, notes: str = "") -> bytes:
    """A DOCX file with this body, in the words of its XML."""
    stream = io.BytesIO()
    docx.Document().save(stream)
    changed = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "word/document.xml":
                content = f"<w:document {W} {OTHERS}><w:body>{body}</w:body></w:document>".encode()
            if notes and name == "[Content_Types].xml":
                content = content.replace(
                    b"</Types>",
                    b'<Override PartName="/word/footnotes.xml" ContentType="application/vnd.'
                    b'openxmlformats-officedocument.wordprocessingml.footnotes+xml"/></Types>',
                )
            if notes and name == "word/_rels/document.xml.rels":
                content = content.replace(
                    b"</Relationships>",
                    b'<Relationship Id="rIdN" Type="http://schemas.openxmlformats.org/'
                    b'officeDocument/2006/relationships/footnotes" Target="footnotes.xml"/>'
                    b"</Relationships>",
                )
            new.writestr(name, content)
        if notes:
            new.writestr("word/footnotes.xml", f"<w:footnotes {W}>{notes}</w:footnotes>")
    return changed.getvalue()


def _p(inner: str) -> str:
    return f"<w:p>{inner}</w:p>"


def _r(words: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r>'


def _cell(inner: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (
            _p(
                _r("Pain falls by ")
                + f"<w:ins>{_r('seventy')}</w:ins>"
                + "<w:del><w:r><w:delText>fifty</w:delText></w:r></w:del>"
                + _r(" percent.")
            ),
            ["Pain falls by seventy percent."],
        ),
        (
            _p(f"<w:moveFrom>{_r('Gone.')}</w:moveFrom>{_r('Stays.')}")
            + _p(f"<w:moveTo>{_r('Gone.')}</w:moveTo>"),
            ["Stays.", "Gone."],
        ),
        (
            "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + _r("One ") + "</w:p>" + _p(_r("line.")),
            ["One line."],
        ),
        (
            f"<w:sdt><w:sdtContent>{_p(_r('Block.'))}</w:sdtContent></w:sdt>"
            + _p(_r("In ") + f"<w:sdt><w:sdtContent>{_r('line')}</w:sdtContent></w:sdt>" + _r(".")),
            ["Block.", "In line."],
        ),
        (
            _p(
                _r("Anchor.")
                + "<w:r><mc:AlternateContent><mc:Choice><wps:txbx><w:txbxContent>"
                + _p(_r("Boxed."))
                + "</w:txbxContent></wps:txbx></mc:Choice><mc:Fallback><v:textbox>"
                + f"<w:txbxContent>{_p(_r('Boxed.'))}</w:txbxContent></v:textbox></mc:Fallback>"
                + "</mc:AlternateContent></w:r>"
            ),
            ["Anchor.", "Boxed."],
        ),
        (
            _p(_r("Cold") + '<w:commentRangeStart w:id="1"/><w:r><w:commentReference/></w:r>'),
            ["Cold"],
        ),
        (_p(_r("See ") + f"<w:hyperlink>{_r('here')}</w:hyperlink>" + _r(".")), ["See here."]),
        (_p(_r("Seen") + "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"), ["Seen"]),
        (_p("<m:oMath><m:r><m:t>p&lt;0.05</m:t></m:r></m:oMath>"), ["p<0.05"]),
        (
            "<w:tbl><w:tr>"
            + _cell(_p(_r("12")))
            + _cell(_p(_r("12")))
            + "</w:tr><w:tr><w:trPr><w:del/></w:trPr>"
            + _cell(_p(_r("struck out")))
            + "</w:tr></w:tbl>",
            ["12 | 12"],
        ),
        (
            "<w:tbl><w:tr>"
            + _cell(_p(_r("Group")), '<w:vMerge w:val="restart"/>')
            + _cell(_p(_r("a")))
            + "</w:tr><w:tr>"
            + _cell(_p(""), "<w:vMerge/>")
            + _cell(_p(_r("b")))
            + "</w:tr></w:tbl>",
            ["Group | a", "Group | b"],
        ),
        (
            "<w:tbl><w:tr>"
            + _cell(
                _p(_r("Left."))
                + "<w:tbl><w:tr>"
                + _cell(_p(_r("x")))
                + _cell(_p(_r("y")))
                + "</w:tr></w:tbl>"
            )
            + _cell(_p(_r("Right.")))
            + "</w:tr></w:tbl>",
            ["Left.", "x | y", "Right."],
        ),
        (
            _p(
                _r("Pain ")
                + '<w:r><w:sym w:font="Symbol" w:char="F0B3"/></w:r>'
                + _r(" 7, TNF-")
                + '<w:r><w:sym w:font="Symbol" w:char="F061"/></w:r>'
                + '<w:r><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>'
                + '<w:r><w:sym w:font="Symbol" w:char="zz"/></w:r>'
            ),
            ["Pain ≥ 7, TNF-α"],
        ),
        (
            _p(
                "<w:r><w:ruby><w:rt><w:r><w:t>kan</w:t></w:r></w:rt><w:rubyBase>"
                + f"{_r('漢')}</w:rubyBase></w:ruby></w:r>"
                + _r("字")
            ),
            ["漢字"],
        ),
    ],
    ids=[
        *("inserted", "moved", "joined", "controls", "box", "comment", "link", "hidden", "formula"),
        *("cells", "merged", "nested", "signs of Symbol", "how a sign is read"),
    ],
)
def test_what_word_shows_is_read(body: str, lines: list[str]) -> None:
    text = from_docx(_document(body)).text
    assert [line for line in text.splitlines() if line] == lines


def test_notes_follow_the_text_in_the_order_of_their_calls() -> None:
    body = _p(_r("Cold numbs.") + '<w:r><w:footnoteReference w:id="3"/></w:r>' + _r(" Always."))
    notes = (
        '<w:footnote w:id="0" w:type="separator"><w:p/></w:footnote>'
        f'<w:footnote w:id="3">{_p(_r(" Roux, 2020."))}</w:footnote>'
    )
    text = from_docx(_document(body, notes)).text
    assert [line for line in text.splitlines() if line] == [
        "Cold numbs.[1] Always.",
        "1. Roux, 2020.",
    ]


def test_whoever_brings_a_file_under_review_is_told() -> None:
    body = _p(f"<w:ins>{_r('Cold numbs the nerve.')}</w:ins><w:del>{_r('x')}</w:del>")
    page = read_bytes(_document(body), "leaflet.docx")
    assert page.changes == 2
    assert "2 tracked changes were read as accepted" in str(page.told)
    assert read_bytes(_document(_p(_r("Cold numbs."))), "leaflet.docx").told is None
