"""More of what databases hand out, after reports about other programs: one record a file.

The records are made up; the forms are Cochrane's, Ovid's, Publish or Perish's, those of a French
spreadsheet, and RIS that a text program or a reference manager has been over.
"""

from __future__ import annotations

import pytest

from references.formats import read
from references.formats.vancouver import cite

PLACE = "Cold of nerves. Pain. 2020;12(3):101-10. doi: 10.5555/pain.1."
FILES: dict[str, tuple[str, str | bytes]] = {
    "Cochrane's RIS": (
        f"Doe J, Roe R. {PLACE}",
        "TY  - JOUR\nAN  - CN-01234567\nAU  - Doe, J\nAU  - Roe, R\nTI  - Cold of nerves\n"
        "SO  - Pain\nYR  - 2020\nVL  - 12\nNO  - 3\nPG  - 101‐110\nXR  - EMBASE 2001234567\n"
        "DOI  - 10.5555/pain.1\nER  - \n",
    ),
    "Cochrane's text": (
        f"Doe J, Roe R. {PLACE} PMID: 31900001.",
        "Record #1 of 1\nID: CN-01234567\nAU: Doe J\nAU: Roe R\nTI: Cold of nerves\nSO: Pain\n"
        "YR: 2020\nVL: 12\nNO: 3\nPG: 101-110\nPM: PUBMED 31900001\nDOI: 10.5555/pain.1\n",
    ),
    "Ovid, tagged": (
        f"Doe J, Roe R. {PLACE}",
        "<1>\nUI  - 33400001\nTI  - Cold of nerves.\nSO  - Pain. 12(3):101-110, 2020 Mar.\n"
        "AU  - Doe J\nAU  - Roe R\nYR  - 2020\nDO  - https://dx.doi.org/10.5555/pain.1\n",
    ),
    "Ovid's table": (
        f"Doe J, Roe R. {PLACE}",
        '"Ovid MEDLINE(R) ALL <1946 to March 01, 2024>"\n"UI","TI","AU","SO","YR","DO"\n"33400001",'
        '"Cold of nerves.","Doe J; Roe R","Pain. 12(3):101-110, 2020 Mar.","2020","10.5555/pain.1"',
    ),
    "Publish or Perish": (
        f"Doe J, Roe RB. {PLACE}",
        '\ufeff"Cites","Authors","Title","Year","Source","DOI","Volume","Issue","StartPage",'
        '"EndPage"\n1,"J Doe, RB Roe","Cold of nerves",2020,"Pain","10.5555/pain.1",12,3,101,110\n',
    ),
    "a list that Scholar cut off": (
        f"Doe J, van Roe R, et al. {PLACE}",
        "Authors,Title,Year,Source,DOI,Volume,Issue,Pages\n"
        '"J Doe, R van Roe…",Cold of nerves,2020,Pain,10.5555/pain.1,12,3,101-110\n',
    ),
    "a French spreadsheet": (
        f"Doe J, Roe R. {PLACE}",
        "Titre;Auteurs;Année;Revue;Volume;Numéro;Pages;DOI\nCold of nerves;"
        '"Doe, J.; Roe, R.";2020;Pain;12;3;101-110;10.5555/pain.1\n'.encode("cp1252"),
    ),
    "a line for the spreadsheet": (
        f"Doe J, Roe R. {PLACE}",
        "sep=;\r\nTitle;Authors;Year;Journal;Volume;Issue;Pages;DOI\r\n"
        '"Cold of nerves";"Doe, J; Roe, R";2020;Pain;12;3;101-110;10.5555/pain.1\r\n',
    ),
    "dashes that a text program made long": (
        f"Doe J. {PLACE}",
        "TY  – JOUR\nAU  – Doe, J\nTI  – Cold of nerves\nJO  – Pain\nVL  – 12\nIS  – 3\n"
        "SP  – 101\nEP  – 110\nPY  – 2020\nDO  – 10.5555/pain.1\nER  – \n",
    ),
    "a label before the page": (
        "Doe J. Cold of nerves. Pain. 2020;12(3):E1392.",
        "TY  - JOUR\nA1  - Doe, J\nT1  - Cold of nerves\nJO  - Pain\nVL  - 12\nIS  - 3\n"
        "SP  - pii: E1392\nEP  - \nPY  - 2020\nER  - \n",
    ),
}


@pytest.mark.parametrize("form", FILES)
def test_one_record_with_all_its_fields(form: str) -> None:
    printed, content = FILES[form]
    reading = read(content)
    assert [cite(reference) for reference in reading.references] == [printed]
    assert not reading.rejected


def test_records_of_cochrane_and_ovid_are_told_apart() -> None:
    ovid = read("<1>\nTI  - One\nAU  - Doe J\n\n<2>\nTI  - Two\nAU  - Roe R\n")
    assert [r.title for r in ovid.references] == ["One", "Two"]
    cochrane = read(
        "Record #1 of 2\nID: CN-1\nTI: One\nAU: Doe J\n\n"
        "Record #2 of 2\nID: CN-2\nTI: Two: a part\n"
        "SO: https://register.example.org/show/NCT04000000\n"
    )
    assert [(r.title, r.journal) for r in cochrane.references] == [("One", ""), ("Two: a part", "")]
    assert not ovid.remarks
    assert not cochrane.remarks
