"""Printed references read into records: labelled strings, styles, hostile input."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.measure_printed import FIELDS, counted
from evidence.knowledge import KnowledgeBase
from references.formats.printed import LONGEST, parse
from references.identifiers import clean_doi

STYLES = {
    "vancouver": "1. Prologo JD, Lin RC, van der Berg K. Percutaneous CT-guided cryoablation. "
    "Skeletal Radiol. 2015;44(5):709-14. doi: 10.1007/s00256-014-2075-3. PMID: 25511935.",
    "apa": "Prologo, J. D., Lin, R. C., & van der Berg, K. (2015). Percutaneous CT-guided "
    "cryoablation. Skeletal Radiol, 44(5), 709–714. https://doi.org/10.1007/s00256-014-2075-3",
    "ieee": "[7] J. D. Prologo, R. C. Lin, and K. van der Berg, “Percutaneous CT-guided "
    "cryoablation,” Skeletal Radiol, vol. 44, no. 5, pp. 709–714, May 2015.",
    "harvard": "Prologo, J.D., Lin, R.C. and van der Berg, K. (2015) 'Percutaneous CT-guided "
    "cryoablation', Skeletal Radiol, 44(5), pp. 709-714.",
    "lancet": "Prologo JD, Lin RC, van der Berg K. Percutaneous CT-guided cryoablation. "
    "Skeletal Radiol 2015; 44: 709–14.",
    "mla": "Prologo, J. D., R. C. Lin, and K. van der Berg. “Percutaneous CT-guided "
    "cryoablation.” Skeletal Radiol 44.5 (2015): 709-714.",
}


STYLES |= {
    "mla in full": "Prologo, J. David, et al. “Percutaneous CT-guided cryoablation.” Skeletal "
    "Radiol, vol. 44, no. 5, 2015, pp. 709-714.",
    "chicago note": "4. J. D. Prologo, Ray C. Lin, and Karel van der Berg, “Percutaneous CT-guided "
    "cryoablation,” Skeletal Radiol 44, no. 5 (2015): 709-714.",
    "chicago author-date": "Prologo, J. D., Ray Lin, and Karel van der Berg. 2015. “Percutaneous "
    "CT-guided cryoablation.” Skeletal Radiol 44 (5): 709–714.",
    "nature": "Prologo, J. D., Lin, R. C. & van der Berg, K. Percutaneous CT-guided "
    "cryoablation. Skeletal Radiol 44, 709–714 (2015).",
    "elsevier": "[7] J.D. Prologo, R.C. Lin, K. van der Berg, Percutaneous CT-guided "
    "cryoablation, Skeletal Radiol 44 (2015) 709–714.",
    "acs": "Prologo, J. D.; Lin, R. C.; van der Berg, K. Percutaneous CT-guided "
    "cryoablation. Skeletal Radiol 2015, 44 (5), 709-714.",
    "french": "- Prologo JD, Lin RC, van der Berg K. Percutaneous CT-guided cryoablation. "
    "Skeletal Radiol 2015 ; 44 : 709-14.",
    "iso 690": "PROLOGO J. David, LIN Ray et VAN DER BERG Karel. « Percutaneous CT-guided "
    "cryoablation ». Skeletal Radiol, 2015, vol. 44, n° 5, p. 709-714.",
    "french review": "PROLOGO (J. D.), LIN (R. C.), « Percutaneous CT-guided cryoablation », in "
    "Skeletal Radiol, t. 44, n° 5, 2015, pp. 709-714.",
}


@pytest.mark.parametrize("style", STYLES)
def test_styles(style: str) -> None:
    found = parse(STYLES[style])
    assert found.title == "Percutaneous CT-guided cryoablation"
    assert found.journal == "Skeletal Radiol"
    assert (found.year, found.volume, found.pages) == (2015, "44", "709-714")
    names = [author.short.lower() for author in found.authors]
    assert names == ["prologo", "lin", "van der berg"][: len(names)]
    assert len(names) == {"mla in full": 1, "french review": 2}.get(style, 3)
    assert found.more_authors == (style == "mla in full")
    assert found.authors[0].initials == "JD"
    if style in ("vancouver", "apa"):
        assert found.doi == "10.1007/s00256-014-2075-3"
    if style not in ("lancet", "nature", "elsevier", "french"):
        assert found.number == "5"


@pytest.mark.parametrize(
    ("printed", "author", "title", "journal"),
    [
        (
            "Haute Autorité de santé. Prise en charge de la vulvodynie. Saint-Denis : HAS ; 2019. "
            "Disponible sur : https://www.has-sante.fr/x [consulté le 3 mars 2024]",
            "Haute Autorité de santé",
            "Prise en charge de la vulvodynie",
            None,
        ),
        (
            "World Health Organization. (2019). Classification of chronic pain. "
            "https://icd.who.int/ (Accessed: 3 March 2024).",
            "World Health Organization",
            "Classification of chronic pain",
            None,
        ),
        (
            "Vulvodynie [Internet]. Ameli.fr; 2019 [cité 2024 mars 3]. Disponible sur : "
            "https://www.ameli.fr/assure/vulvodynie",
            "",
            "Vulvodynie",
            None,
        ),
        (
            "The Cold Study Group. Cold for pain: a trial. Lancet. 2019;393:1-9.",
            "The Cold Study Group",
            "Cold for pain: a trial",
            "Lancet",
        ),
        (
            "Petit L, Roux A, et al; for the Cold Study Group. Cold for pain: a trial. Lancet. "
            "2019;393:1-9.",
            "Petit, L",
            "Cold for pain: a trial",
            "Lancet",
        ),
        (
            "Petit LA. Cold for pain: a trial. Lancet. 2019;393:1-9.",
            "Petit, L A",
            "Cold for pain: a trial",
            "Lancet",
        ),
        ("Petit L et al., Lancet 2019;393:1-9", "Petit, L", "", "Lancet"),
    ],
)
def test_groups_web_pages_and_short_forms(
    printed: str, author: str, title: str, journal: str | None
) -> None:
    found = parse(printed)
    assert (found.authors[0].sort_name if found.authors else "") == author
    assert (found.title, found.year) == (title, 2019)
    if journal is not None:
        assert found.journal == journal
    else:
        assert found.url.startswith("https://")


def test_the_sources_of_the_first_text(kb: KnowledgeBase) -> None:
    printed = kb.texts["vulvodynie-cryoneurolyse"].sources[3].cited
    found = parse(f"  • {printed}")
    assert found.authors[0].sort_name == "Cachemaille, M"
    assert found.more_authors
    assert found.title in printed
    assert (found.title.split()[0], found.title.split()[-1]) == ("Cryoneurolysis", "series")
    assert (found.journal, found.year) == ("Pain Practice", 2023)


@pytest.mark.parametrize(
    ("printed", "doi"),
    [
        (
            "10.1002/(SICI)1097-0142(19990601)85:11<2433::AID-CNCR1>3.0.CO;2-A.",
            "10.1002/(SICI)1097-0142(19990601)85:11<2433::AID-CNCR1>3.0.CO;2-A",
        ),
        ("(doi:10.1016/j.x.2020.01.001).", "10.1016/j.x.2020.01.001"),
        ("https://doi.org/10.1016/S0140-6736(11)60245-6", "10.1016/S0140-6736(11)60245-6"),
        ("doi 10.1234/abc;", "10.1234/abc"),
        ("<https://doi.org/10.1234/abc>", "10.1234/abc"),
    ],
)
def test_dois_end_where_they_end(printed: str, doi: str) -> None:
    assert parse(f"Smith J. A title of some kind. J Pain. 2020;1:2-3. {printed}").doi == doi


def test_clean_doi_keeps_what_belongs() -> None:
    assert clean_doi("10.1/a(b)c)") == "10.1/a(b)c"
    assert clean_doi("10.1/a(b)") == "10.1/a(b)"
    assert clean_doi("") == ""


def test_labelled_strings(shared: Path) -> None:
    """AnyStyle's labelled references, on which the tagger was fitted too: none may be lost.

    docs/verification.md has the figures for strings that nothing was fitted on.
    """
    path = shared / "citations/reference-strings/core.xml"
    for only_articles, least in ((False, 0.95), (True, 0.96)):
        good, total = counted(path, only_articles=only_articles)
        assert total["title"] > 450
        assert sum(good.values()) / sum(total.values()) >= least
        assert all(good[name] / total[name] >= 0.88 for name in FIELDS)


@given(st.text(max_size=400))
def test_any_text_gives_a_record(text: str) -> None:
    found = parse(text)
    assert found.year is None or 1500 <= found.year < 2100
    assert found.doi == "" or found.doi.startswith("10.")


@given(st.text(alphabet="Aa. ,;:()[]0123456789-–“”'\"&", max_size=600))
def test_texts_of_punctuation_too(text: str) -> None:
    parse(text)


@pytest.mark.parametrize("piece", ["A, B., ", "a b ", "(2019) ", "Smith J, ", "1-2, ", "“ ", ". "])
def test_long_input_is_bounded(piece: str) -> None:
    found = parse(piece * 100_000)
    assert len(found.title) + len(found.journal) <= LONGEST
