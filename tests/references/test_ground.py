"""What the library stands on: identifiers, page ranges, years, folding, preprints.

The identifiers are those of real journals and books.
"""

from __future__ import annotations

import pytest

from references.identifiers import (
    bare_doi,
    begins_with_doi,
    clean_doi,
    doi_in,
    doi_key,
    is_doi,
    is_issn,
    isbn13,
    pmcid_of,
    pmid_of,
    trial_number,
    whole_identifier,
    without_addresses,
)
from references.normalise import (
    comparable_words,
    fold,
    page_range,
    plain_pages,
    word_keys,
    year_of,
)
from references.preprints import cites_preprint, is_preprint, says_preprint
from references.record import Reference


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.1016/S0140-6736(11)60245-6", "10.1016/S0140-6736(11)60245-6"),
        ("https://doi.org/10.1000/xyz123.", "10.1000/xyz123"),
        ("See (doi:10.1000/xyz123).", "10.1000/xyz123"),
        ("“10.1000/xyz123”", "10.1000/xyz123"),
        ("10.1000.10/123", "10.1000.10/123"),
        ("10.12/too-short", ""),
        ("no identifier", ""),
    ],
)
def test_a_doi_is_cut_out_of_a_text(text: str, doi: str) -> None:
    assert doi_in(text) == doi
    assert clean_doi(doi) == doi
    assert (is_doi(doi), begins_with_doi(f"doi: {doi}")) == (bool(doi), True)


def test_a_value_is_a_doi_or_is_none() -> None:
    assert bare_doi("https://dx.doi.org/10.1000/A b") == "10.1000/A b"
    assert bare_doi("DOI: 10.1000/a") == "10.1000/a"
    assert bare_doi("see 10.1000/a") == ""
    assert bare_doi(None) == ""
    assert doi_key(" 10.1000//ABC") == doi_key("10.1000/abc") == "10.1000/abc"
    assert without_addresses("a 10.1000/b c https://d.org/e f").split() == ["a", "c", "f"]


@pytest.mark.parametrize(
    ("issn", "right"),
    [
        ("0028-4793", True),  # N Engl J Med
        ("00284793", True),
        ("0378-5955", True),  # Hearing Research
        ("2434-561X", True),
        ("2434-561x", True),
        ("0028-4794", False),
        ("0028-473", False),
        ("0028-47930", False),
        ("٠٠٢٨-٤٧٩٣", False),
    ],
)
def test_check_digit_of_an_issn(issn: str, right: bool) -> None:
    assert is_issn(issn) is right


@pytest.mark.parametrize(
    ("isbn", "long_form"),
    [
        ("0-306-40615-2", "9780306406157"),
        ("978-0-306-40615-7", "9780306406157"),
        ("080442957X", "9780804429573"),
        ("979-10-90636-07-1", "9791090636071"),
        ("0-306-40615-3", ""),
        ("978-0-306-40615-6", ""),
        ("977-0-306-40615-7", ""),
        ("978030640615", ""),
    ],
)
def test_check_digit_of_an_isbn(isbn: str, long_form: str) -> None:
    assert isbn13(isbn) == long_form


@pytest.mark.parametrize(
    ("value", "pmid"),
    [
        ("25511935", "25511935"),
        ("PMID: 025511935", "25511935"),
        ("25511935 [pmid]", "25511935"),
        ("https://pubmed.ncbi.nlm.nih.gov/25511935/", "25511935"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/25511935", "25511935"),
        ("0", ""),
        ("2551193500", ""),
        ("PMC123", ""),
    ],
)
def test_a_pubmed_number_in_its_forms(value: str, pmid: str) -> None:
    assert pmid_of(value) == pmid


def test_other_numbers() -> None:
    assert pmcid_of("see pmc 8123456, free") == "PMC8123456"
    assert trial_number(" nct01234567 ") == "NCT01234567"
    assert trial_number("NCT123") == ""
    assert whole_identifier(
        "https://link.springer.com/content/pdf/10.1007/s00256-014-2075-3.pdf"
    ) == ("10.1007/s00256-014-2075-3")
    assert whole_identifier("doi%3A10.1000%2FABC") == "10.1000/abc"
    assert whole_identifier("https://pmc.ncbi.nlm.nih.gov/articles/PMC8123456/") == "pmc8123456"
    assert whole_identifier("12345") is None  # may be anything
    assert whole_identifier("10.1000/ab*") is None


@pytest.mark.parametrize(
    ("written", "plain", "compared"),
    [
        ("1271–7", "1271-1277", ("1271", "1277")),
        ("pp. 145 - 52", "145-152", ("145", "152")),
        ("S112-20", "S112-S120", ("s112", "s120")),
        ("S12-20", "S12-20", ("s12", "s20")),
        ("e1271", "e1271", ("e1271", "")),
        ("82-", "82", ("82", "")),
        ("99-101", "99-101", ("99", "101")),
        ("1271-7; discussion 1278", "1271-7; discussion 1278", ("1271", "1277")),
        ("", "", ("", "")),
    ],
)
def test_pages(written: str, plain: str, compared: tuple[str, str]) -> None:
    assert plain_pages(written) == plain
    assert page_range(written) == compared
    assert plain_pages(plain) == plain


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2019 Mar 5", 2019),
        ("c1998", 1998),
        ("2019a", 2019),
        ("{1973c}1981", 1981),
        ("120194", None),
        ("1499", None),
        ("in press", None),
    ],
)
def test_the_year_of_a_date(text: str, year: int | None) -> None:
    assert year_of(text) == year


def test_words() -> None:
    assert fold("Œdème DE l’ÉTÉ, Łódź\u00ad") == "oedeme de l’ete, lodz"
    assert comparable_words("TNF-α &amp; haemorrhage in labour") == comparable_words(
        "TNF alpha and hemorrhage in labor"
    )
    assert word_keys("Névromes, CRPS") == ["nevrome", "crps"]


@pytest.mark.parametrize(
    ("reference", "said", "is_one", "cited"),
    [
        (Reference("a", journal="Pain"), False, False, False),
        (Reference("a", extra={"howpublished": "Preprint"}), True, True, True),
        (Reference("a", journal="medRxiv"), False, True, True),
        (Reference("a", publisher="Research Square"), False, True, True),
        (Reference("a", doi="10.48550/arXiv.2201.00001"), False, True, True),
        (Reference("a", doi="10.1101/2020.02.02.12345"), False, True, True),
        (Reference("a", doi="10.1101/gr.123456.111"), False, False, False),  # Genome Research
        # the article, cited under the DOI of its preprint
        (Reference("a", journal="Pain", doi="10.48550/arXiv.2201.00001"), False, True, False),
    ],
)
def test_preprint_or_not(reference: Reference, said: bool, is_one: bool, cited: bool) -> None:
    assert says_preprint(reference) is said
    assert is_preprint(reference) is is_one
    assert cites_preprint(reference) is cited
