"""Forms of printed references that readers of references get wrong, one string each.

All strings are made up. What each stands for was found in reports about this reader or another:
gene names, supplements, articles ahead of print, numbers of articles, places of foreign styles.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from references.formats.printed import parse
from references.formats.printed_apart import apart
from references.formats.printed_model import FittedTagger
from references.record import Reference

FORMS = {
    "supplement behind the volume": (
        "Doe J. Cold for pain. Pain. 2002;42 Suppl 2:S93-9.",
        {"title": "Cold for pain", "journal": "Pain", "volume": "42 Suppl 2", "pages": "S93-S99"},
    ),
    "a page with a letter": (
        "Doe J. Cold for pain. BMJ. 2013 Feb 19;346:f813.",
        {
            "title": "Cold for pain",
            "journal": "BMJ",
            "volume": "346",
            "pages": "f813",
            "year": 2013,
        },
    ),
    "a group among the authors": (
        "Doe J, ICE Study Group. Cold of nerves. Pain. 2002;58:6-9.",
        {"authors": ["Doe", "ICE Study Group"], "title": "Cold of nerves", "journal": "Pain"},
    ),
    "a volume with a letter": (
        "Doe J. Cold of nerves. J Bone Joint Surg Am. 2002;84-A(1):6-12.",
        {"volume": "84-A", "number": "1", "pages": "6-12", "journal": "J Bone Joint Surg Am"},
    ),
    "a question in the title": (
        "Doe J. Is cold effective? A systematic review. Pain. 2010;12:3-9.",
        {"title": "Is cold effective? A systematic review", "journal": "Pain"},
    ),
    "a town behind the journal": (
        "Doe J, Roe P. Frozen nerves of the back. Acta Neurochir (Wien). 2010;152:3-9.",
        {"title": "Frozen nerves of the back", "journal": "Acta Neurochir (Wien)"},
    ),
    "a publisher's item as pages": (
        "Doe J, Roe P. Cold for nerves. Lancet Oncol. 2025:S1470-2045(25)00199-8.",
        {"journal": "Lancet Oncol", "pages": "S1470-2045(25)00199-8", "year": 2025},
    ),
    "a gene in the title": (
        "Doe J, Roe P. Role of p53 in vulvar cancer. Gynecol Oncol, 2020.",
        {"title": "Role of p53 in vulvar cancer", "journal": "Gynecol Oncol", "pages": ""},
    ),
    "a number of letters and digits": (
        "Doe J, Roe P. Sleep and pelvic pain. Sleep. 2019;45(6):zsaf059.",
        {"journal": "Sleep", "volume": "45", "number": "6", "pages": "zsaf059"},
    ),
    "a month between number and page": (
        "DOE Jane, ROE Paul. Douleur et froid. Douleurs, vol. 28, no 3, mars 2019, p. 170-182.",
        {"journal": "Douleurs", "volume": "28", "number": "3", "year": 2019, "pages": "170-182"},
    ),
    "Brazilian": (
        "DOE, J.; ROE, P. Cold for the nerve. Pain Medicine, v. 28, n. 3, p. 270-282, 2019.",
        {"journal": "Pain Medicine", "volume": "28", "number": "3", "pages": "270-282"},
    ),
    "an issue of five digits": (
        "Doe J. Cold for the pudendal nerve. Lancet. 2021;398(10300):12-19.",
        {"journal": "Lancet", "volume": "398", "number": "10300", "pages": "12-19"},
    ),
    "an issue of five digits, APA": (
        "Doe, J., & Roe, P. (2021). Cold for the pudendal nerve. Lancet, 398(10300), 12–19.",
        {"journal": "Lancet", "volume": "398", "number": "10300", "pages": "12-19"},
    ),
    "an issue of five digits, Chicago": (
        "Doe J, Roe P. “Cold for the pudendal nerve.” The Lancet 398, no. 10300 (2021): 12–19.",
        {"journal": "The Lancet", "volume": "398", "number": "10300", "pages": "12-19"},
    ),
    "an issue of five digits, MLA": (
        "Doe, Jane. “Cold for the nerve.” The Lancet, vol. 398, no. 10300, 2021, pp. 12-19.",
        {"journal": "The Lancet", "volume": "398", "number": "10300", "pages": "12-19"},
    ),
    "an issue of five digits, Brazilian": (
        "DOE, J. Cold for the nerve. The Lancet, v. 398, n. 10300, p. 12-19, 2021.",
        {"journal": "The Lancet", "volume": "398", "number": "10300", "pages": "12-19"},
    ),
    "an issue of five digits, MHRA": (
        "Jane Doe, ‘Cold for the Pudendal Nerve’, The Lancet, 398.10300 (2021), pp. 12–19",
        {"journal": "The Lancet", "volume": "398", "number": "10300", "pages": "12-19"},
    ),
    "an issue of five digits, Russian": (
        "Doe J. Cold for the pudendal nerve // The Lancet. 2021. Т. 398. № 10300. С. 12–19.",
        {"journal": "The Lancet", "volume": "398", "number": "10300", "pages": "12-19"},
    ),
    "an issue of five digits before the year, French": (
        "J. Doe, « Cold for the pudendal nerve », The Lancet, 398(10300), 2021, p. 12-19.",
        {"journal": "The Lancet", "volume": "398", "number": "10300", "pages": "12-19"},
    ),
    "an issue of five digits and no pages": (
        "Doe, J. (2021). Cold for the pudendal nerve. Lancet, 398(10300).",
        {"journal": "Lancet", "volume": "398", "number": "10300", "pages": ""},
    ),
    "an issue of five digits without a title": (
        "Doe A. X. Lancet. 2021;398(10300):12-19.",
        {"volume": "398", "number": "10300", "pages": "12-19"},
    ),
    "French blanks behind a title with a year": (
        "Doe J. Recommandations 2020 pour la douleur. Douleurs. 2021 ; 22 (4) : 12-19.",
        {"journal": "Douleurs", "volume": "22", "number": "4", "pages": "12-19", "year": 2021},
    ),
    "French blanks behind a year at the title's end": (
        "Doe J. La douleur chez l'adulte en France en 2018. Douleurs 2021 ; 22 (4) : 12-19.",
        {"journal": "Douleurs", "volume": "22", "number": "4", "pages": "12-19", "year": 2021},
    ),
    "others in square brackets": (
        "DOE, Jane [et al.]. Cold for the pudendal nerve. Pain Medicine. 2019, vol. 20, no. 3.",
        {"authors": ["Doe"], "others": True, "title": "Cold for the pudendal nerve"},
    ),
    "five initials": (
        "Smit VTHBM, Doe J. Cold for the pudendal nerve. Pain. 2019;45:12-19.",
        {"authors": ["Smit", "Doe"], "title": "Cold for the pudendal nerve", "journal": "Pain"},
    ),
    "an ellipsis before the last author": (
        "Doe, J., Roe, P., Low, B., … Vidal, V. (2019). Genetic variants of sleep duration. "
        "Sleep Medicine, 12(3), 45–67.",
        {
            "title": "Genetic variants of sleep duration",
            "journal": "Sleep Medicine",
            "volume": "12",
        },
    ),
    "a number of the article behind a comma": (
        "Doe, J., Roe, P. & Low, B. Cold for the pudendal nerve. Sci Rep 15, 19595 (2025).",
        {"journal": "Sci Rep", "volume": "15", "pages": "19595", "year": 2025},
    ),
    "a year of the page": (
        "Doe J, Roe P. Cold for the pudendal nerve. J Clin Oncol. 2025;43:1821.",
        {"year": 2025, "volume": "43", "pages": "1821"},
    ),
    "an arXiv number is no journal": (
        "Doe, J., & Roe, P. (2022). Learning to see frozen nerves. arXiv preprint "
        "arXiv:2201.01234.",
        {
            "title": "Learning to see frozen nerves",
            "doi": "10.48550/arXiv.2201.01234",
            "year": 2022,
        },
    ),
    "a page of the web": (
        "Pudendalgie [Internet]. Ameli.fr; 2019 [cité 2024 mars 3]. Disponible sur : https://a.example",
        {"title": "Pudendalgie", "publisher": "Ameli.fr", "journal": "", "year": 2019},
    ),
    "slanted letters that came along": (
        "Doe, J. (2019). Cold for the pudendal nerve. <i>Pain Medicine</i>, <i>12</i>(3), 45–67.",
        {"title": "Cold for the pudendal nerve", "journal": "Pain Medicine", "volume": "12"},
    ),
}


def _seen(found: Reference, name: str) -> object:
    if name == "authors":
        names = [author.short for author in found.authors]
        return [name.title() if name.isupper() else name for name in names]
    return found.more_authors if name == "others" else getattr(found, name)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_read(form: str) -> None:
    printed, wanted = FORMS[form]
    found = parse(printed)
    assert {name: _seen(found, name) for name in wanted} == wanted


def test_the_likeliest_labels_are_found(tmp_path: Path) -> None:
    """Two labels: "a" and "b" may speak for either, what follows decides (worked out by hand)."""
    import gzip

    path = tmp_path / "model.json.gz"
    told = {
        "labels": ["X", "Y"],
        "transitions": [[1.0, 0.0], [0.0, 0.5]],
        "features": {"a": [[0, 1.0]], "b": [[0, 0.4], [1, 0.9]]},
    }
    path.write_bytes(gzip.compress(json.dumps(told).encode()))
    model = FittedTagger.read(path)
    assert model.tag([["a"], ["b"]]) == ["X", "X"]  # 1 + 1 + 0.4 before 1 + 0 + 0.9
    assert model.tag([["b"], ["b"], ["unknown"]]) == ["X", "X", "X"]  # 2.8 before 2.8 - 0.0
    assert model.tag([["b"], ["b", "b"]]) == ["Y", "Y"]  # 0.9 + 0.5 + 1.8 before 0.4 + 1 + 0.8
    assert model.tag([]) == []


@pytest.mark.parametrize(
    ("printed", "place"),
    [
        (
            "Smith J, Doe A. Cooling in phase 2 (1): 3 year results. J Pain. 2019;12(3):45-67.",
            ("12", "3", "45-67"),
        ),
        (
            "Dupont A (2018). Efficacité à 6 mois sur 10 (5) : 2 séries. Douleurs, 22(4), 12-19.",
            ("22", "4", "12-19"),
        ),
        ("Martin A. X. Lancet. 2021;398(10300):12-19.", ("398", "10300", "12-19")),
    ],
)
def test_numbers_of_a_title_are_no_place(printed: str, place: tuple[str, str, str]) -> None:
    found = parse(printed)
    assert (found.volume, found.number, found.pages) == place


_SMITH = "Smith J, Doe A. Cold and nerves. Pain. 2010;150:1-5."
_ROE = "Roe B, van der Berg JA. Heat and nerves. J Pain. 2011;12:6-9."
_APA = "Smith, J. (2010). Cold and nerves. Pain, 150(2), 1–5. https://doi.org/10.1000/abc"
_APA_ROE = "Roe, B., & Poe, C. (2011). Heat and nerves. Pain, 151, 6–9."


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (f"{_SMITH} {_ROE}", [_SMITH, _ROE]),
        (f"1. {_SMITH} 2. {_ROE} 3. {_SMITH}", [f"1. {_SMITH}", f"2. {_ROE}", f"3. {_SMITH}"]),
        (f"[4] {_SMITH} [5] {_ROE}", [f"[4] {_SMITH}", f"[5] {_ROE}"]),
        (f"{_APA} {_APA_ROE}", [_APA, _APA_ROE]),
        (_SMITH, [_SMITH]),
        (f"{_SMITH} Erratum in: Roe B. Pain. 2011;151:6.", None),
        ("1. Smith J. Cold in 2. Phase trials. Pain. 2010;150:1-5.", None),
        ("", [""]),
    ],
)
def test_references_in_one_string_are_taken_apart_where_it_is_plain(
    text: str, parts: list[str] | None
) -> None:
    assert apart(text) == (parts or [text])
    if parts and text:  # of several, the first is read and nothing of the next
        read = parse(text)
        assert (read.title, read.journal, read.year) == ("Cold and nerves", "Pain", 2010)
