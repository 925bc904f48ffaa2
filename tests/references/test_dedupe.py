"""The same work twice: pairs, relations, merging; measured on labelled sets."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import pytest
from dedupe_pairs import DOUBTFUL_VARIANTS, VARIANTS, different_works, doubles
from fresh_pairs import pairs as fresh_pairs
from hypothesis import given
from hypothesis import strategies as st
from reference_strategies import references

from references.formats import read
from references.formats.names import read_names
from references.matching import DOUBTFUL, SAME, Matcher, find_duplicates, merge
from references.record import Author, Finding, Provenance, Reference, Study

ARTICLE = Reference(
    key="a",
    title="Cryoneurolysis of the pudendal nerve for chronic pelvic pain: a retrospective study",
    authors=(
        Author(family="Prologo", given="J. David"),
        Author(family="Lin", given="Roger C."),
        Author(family="Williams", given="Roger"),
    ),
    year=2015,
    journal="Skeletal Radiology",
    volume="44",
    number="5",
    pages="709-714",
    doi="10.1000/skel.1",
    pmid="25511381",
)


def kind(first: Reference, second: Reference) -> str:
    """How the pair is judged, "" when it is not listed."""
    pairs = find_duplicates([replace(first, key="a"), replace(second, key="b")])
    return pairs[0].kind if pairs else ""


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"doi": "10.1000/SKEL.1", "title": "", "authors": ()},
        {"doi": "", "pmid": "25511381", "title": "Another form of the title"},
        {"doi": "", "pmid": "", "journal": "Skeletal Radiol", "pages": "709"},
        {
            "doi": "",
            "pmid": "",
            "title": "Cryoneurolysis of the pudendal nerve for chronic pelvic pain",
        },
        {
            "doi": "",
            "pmid": "",
            "title": "CRYONEUROLYSIS OF THE PUDENDAL NERVE FOR CHRONIC PELVIC"
            " PAIN - A RETROSPECTIVE STUDY.",
            "authors": (Author(family="Prologo", given="JD"),),
        },
    ],
)
def test_the_same_work(changes: dict[str, object]) -> None:
    assert kind(ARTICLE, replace(ARTICLE, **changes)) == SAME  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {
                "doi": "",
                "pmid": "",
                "title": "Cryoneurolysis of the pudendal nerve for chronic pelvic pain",
                "year": 2014,
                "volume": "",
                "number": "",
            },
            "title, authors, journal, pages agree",
        ),
        (
            {
                "doi": "",
                "pmid": "",
                "title": "Cryoneurolysis of the pudendal nerve for chronic pelvic"
                " pian: a retrospectiv study",
                "authors": (Author(family="Prologò", given="JD"),),
            },
            "authors, year, journal, pages, number, volume agree; title differs",
        ),
        (
            {"doi": "", "pmid": "", "authors": (), "pages": "", "number": ""},
            "title, year, journal, volume agree; no identifier and no pages that both give",
        ),
        (
            {"doi": "10.1000/skel.2"},
            "title, pmid, authors, year, journal, pages, number, volume agree; doi differs",
        ),
        (
            {"pmid": "", "title": "Another form of the title", "pages": ""},
            "doi, authors, year, journal, number, volume agree; title differs",
        ),
    ],
)
def test_what_is_not_proved_is_doubtful(changes: dict[str, object], why: str) -> None:
    (pair,) = find_duplicates([ARTICLE, replace(ARTICLE, key="b", **changes)])  # type: ignore[arg-type]
    assert (pair.kind, pair.why) == (DOUBTFUL, why)


# ---- pairs labelled by rule -----------------------------------------------------------


def test_different_works_are_never_one() -> None:
    pairs = different_works()
    assert len({(a.title, b.title, name) for name, a, b in pairs}) >= 500
    wrong = [name for name, a, b in pairs if SAME in (kind(a, b), kind(b, a))]
    assert wrong == []


def test_one_work_told_twice_is_one() -> None:
    pairs = doubles(VARIANTS)
    assert len(pairs) > 200
    missed = [name for name, a, b in pairs if {kind(a, b), kind(b, a)} != {SAME}]
    assert missed == []


def test_one_work_told_twice_without_proof_is_doubtful() -> None:
    missed = [name for name, a, b in doubles(DOUBTFUL_VARIANTS) if kind(a, b) != DOUBTFUL]
    assert missed == []


@pytest.mark.parametrize(
    ("kinds", "one", "other"),
    [pytest.param(kinds, a, b, id=label) for label, kinds, a, b in fresh_pairs()],
)
def test_pairs_that_people_meet(kinds: tuple[str, ...], one: Reference, other: Reference) -> None:
    for a, b in ((one, other), (other, one)):
        # Found among many, where a pair is only looked for by what the two share
        found = next((pair.kind for pair in Matcher([a]).matches(b)), "")
        if kinds == ("not-same",):
            assert found != SAME
        else:
            assert found in kinds


@pytest.mark.parametrize(
    "changes",
    [
        {
            "doi": "10.1000/skel.2",
            "pmid": "",
            "title": "Cryoneurolysis of the genicular nerve for "
            "chronic knee pain: a retrospective study",
            "pages": "800-805",
        },
        {
            "doi": "",
            "pmid": "",
            "authors": (Author(family="Smith", given="A"),),
            "pages": "1-2",
            "year": 2019,
            "volume": "48",
            "journal": "Pain",
        },
        {
            "doi": "",
            "pmid": "",
            "title": "Cryoneurolysis of the pudendal nerve for chronic pelvic "
            "pain, part 2: a retrospective study",
            "pages": "715-720",
        },
        {"doi": "10.1000/skel.9", "pmid": "1", "title": "Editorial", "pages": "1"},
    ],
)
def test_different_works(changes: dict[str, object]) -> None:
    assert kind(ARTICLE, replace(ARTICLE, **changes)) != SAME  # type: ignore[arg-type]


def test_a_title_that_many_share_is_not_enough() -> None:
    one = Reference("a", title="Editorial", year=2020, journal="Pain", volume="1", pages="1")
    assert kind(one, replace(one, pages="77", volume="3")) == ""


LETTER = replace(ARTICLE, doi="", pmid="", title="Letter to the editor", pages="12")
SHORT = replace(ARTICLE, doi="", pmid="", title="Cold for pelvic pain", pages="709")


@pytest.mark.parametrize(
    ("one", "changes", "expected"),
    [
        (LETTER, {}, SAME),
        (LETTER, {"authors": ()}, DOUBTFUL),  # two letters can stand on one page
        (LETTER, {"authors": (Author("Zorro", "A"),)}, DOUBTFUL),
        (SHORT, {"authors": ()}, SAME),
        (SHORT, {"title": "Cold for pelvic pain: a view from the ward"}, DOUBTFUL),
        (replace(SHORT, pages="709-714"), {"title": "Cold for pelvic pain: a view"}, SAME),
        (
            replace(SHORT, pages="709-714"),
            {"title": "Cold for pelvic pain: editorial comment"},
            "notice",
        ),
    ],
)
def test_a_page_that_two_works_can_share_proves_little(
    one: Reference, changes: dict[str, object], expected: str
) -> None:
    other = replace(one, **changes)  # type: ignore[arg-type]
    assert {kind(one, other), kind(other, one)} == {expected}


def test_the_form_of_a_minus_makes_no_other_work() -> None:
    one = replace(ARTICLE, doi="", pmid="", title="Tissue kept at −70 °C and the p53 −308 site")
    assert kind(one, replace(one, title="Tissue kept at -70 °C and the p53 –308 site")) == SAME


def test_abstracts_of_one_supplement_share_a_doi() -> None:
    one = replace(ARTICLE, pmid="")
    other = replace(one, title="Nerve blocks in horses", authors=(Author(family="Zorro"),))
    assert kind(one, other) == ""


PREPRINT = replace(
    ARTICLE,
    doi="10.1101/2014.01.02.123456",
    pmid="",
    journal="medRxiv",
    volume="",
    number="",
    pages="",
    year=2014,
)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (PREPRINT, "preprint"),
        (
            replace(PREPRINT, doi="", journal="", type="misc", extra={"howpublished": "Preprint"}),
            "preprint",
        ),
        (
            replace(
                ARTICLE,
                doi="10.1000/abs",
                pmid="",
                title="Abstract No. 298: " + ARTICLE.title,
                journal="J Vasc Interv Radiol",
                pages="S12",
                volume="25",
            ),
            "conference-abstract",
        ),
        (
            replace(
                ARTICLE,
                doi="10.1000/p",
                pmid="",
                pages="9-12",
                volume="40",
                journal="Trials",
                title=ARTICLE.title + ": study protocol",
            ),
            "protocol",
        ),
        (
            replace(
                ARTICLE,
                doi="10.1000/p",
                pmid="",
                pages="9-12",
                volume="40",
                study=Study(design="protocol"),
            ),
            "protocol",
        ),
        (
            replace(
                ARTICLE, doi="10.1000/e", pmid="", title="Erratum to: " + ARTICLE.title, pages="800"
            ),
            "notice",
        ),
        (
            replace(
                ARTICLE,
                doi="10.1000/other",
                pmid="",
                journal="J Sex Med",
                volume="12",
                number="1",
                pages="3-9",
            ),
            "copublication",
        ),
    ],
)
def test_related_works_are_not_the_same(other: Reference, expected: str) -> None:
    assert kind(ARTICLE, other) == expected
    assert kind(other, ARTICLE) == expected


def test_a_review_and_its_update() -> None:
    first = replace(
        ARTICLE,
        doi="10.1002/14651858.CD006304.pub3",
        pmid="",
        year=2012,
        journal="Cochrane Database of Systematic Reviews",
    )
    update = replace(first, doi="10.1002/14651858.CD006304.pub4", year=2020)
    assert kind(first, update) == "update"
    bare = replace(first, doi="", volume="", number="", pages="CD006304")
    assert kind(bare, replace(bare, year=2020)) == "update"
    assert kind(bare, replace(bare, year=2013)) == DOUBTFUL
    assert kind(bare, bare) == SAME


def test_two_versions_of_a_preprint() -> None:
    first = replace(PREPRINT, doi="10.21203/rs.3.rs-1/v1")
    assert kind(first, replace(first, doi="10.21203/rs.3.rs-1/v2")) == "update"


def test_reasons_are_told() -> None:
    (pair,) = find_duplicates([ARTICLE, replace(ARTICLE, key="b", pmid="", year=2016)])
    assert pair.as_dict() == {
        "a": "a",
        "b": "b",
        "kind": SAME,
        "agree": ["title", "doi", "authors", "journal", "pages", "number", "volume"],
        "differ": [],
    }


def test_one_by_one_finds_what_all_together_does() -> None:
    matcher = Matcher([ARTICLE])
    found = matcher.same(replace(ARTICLE, key="b", doi="", pmid=""))
    assert found is not None
    assert (found.key_a, found.key_b) == ("a", "b")
    assert matcher.same(Reference("c", title="Something else entirely")) is None


@given(references)
def test_a_record_with_an_identifier_is_itself(reference: Reference) -> None:
    reference = replace(reference, doi="10.1000/one")
    (pair,) = find_duplicates([reference, replace(reference, key="other")])
    assert pair.kind == SAME


@given(st.lists(references, max_size=5))
def test_the_order_of_a_pair_does_not_matter(items: list[Reference]) -> None:
    items = [replace(item, key=str(number)) for number, item in enumerate(items)]
    there = {frozenset((p.key_a, p.key_b)) for p in find_duplicates(items) if p.kind == SAME}
    back = {frozenset((p.key_a, p.key_b)) for p in find_duplicates(items[::-1]) if p.kind == SAME}
    assert there == back


def test_merging_fills_and_overwrites_nothing() -> None:
    mine = replace(
        ARTICLE,
        pmid="",
        pages="",
        year=2014,
        more_authors=True,
        authors=ARTICLE.authors[:1],
        unverified={"pages": "709", "publisher": "x"},
        provenance=(Provenance("https://a.org"),),
        findings=(Finding("pain"),),
        status="partly-verified",
    )
    other = replace(
        ARTICLE,
        key="b",
        provenance=(Provenance("b.ris", "pmid"),),
        status="retracted",
        extra={"note": "n"},
        study=Study(design="cohort-retrospective"),
    )
    merged = merge(mine, other)
    assert merged.reference.key == "a"
    assert merged.reference.pmid == "25511381"
    assert merged.reference.pages == "709-714"
    assert merged.reference.authors == ARTICLE.authors
    assert not merged.reference.more_authors
    assert merged.reference.year == 2014
    assert merged.reference.unverified == {"publisher": "x"}
    assert [p.address for p in merged.reference.provenance] == ["https://a.org", "b.ris"]
    assert merged.reference.status == "retracted"
    assert merged.reference.study.design == "cohort-retrospective"
    assert merged.reference.findings == mine.findings
    assert [(c.field, c.kept, c.other) for c in merged.conflicts] == [("year", "2014", "2015")]
    assert {"pmid", "pages", "authors", "provenance", "status", "design", "note"} <= set(
        merged.filled
    )


def test_spelling_is_no_conflict() -> None:
    other = replace(
        ARTICLE,
        doi="10.1000/SKEL.1",
        journal="Skeletal Radiol",
        pages="709",
        title=ARTICLE.title.upper() + ".",
    )
    assert merge(ARTICLE, other).conflicts == ()


@given(references, references)
def test_merging_with_itself_changes_nothing(reference: Reference, other: Reference) -> None:
    merged = merge(reference, reference)
    assert merged.reference == reference
    assert merged.conflicts == ()
    once = merge(reference, other).reference
    assert merge(once, other).reference == once


def _record(key: str, text: str) -> Reference:
    """A record of the sample: eight fields between bars."""
    authors, year, title, journal, volume, number, pages, doi = map(str.strip, text.split("|"))
    return Reference(
        key,
        title=title,
        authors=read_names(authors.split(";"))[0] if authors else (),
        year=int(year),
        journal=journal,
        volume=volume,
        number=number,
        pages=pages,
        doi=doi,
    )


def _sample() -> list[tuple[str, Reference, Reference]]:
    path = Path(__file__).parent.parent / "data" / "doubles.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(label, _record("a", one), _record("b", other)) for label, one, other in rows]


@pytest.mark.parametrize(("label", "one", "other"), _sample())
def test_the_pairs_of_the_sample(label: str, one: Reference, other: Reference) -> None:
    """ "none" is not listed at all; "different" may be listed as anything but one work."""
    kinds = {kind(one, other), kind(other, one)}
    if label == "different":
        assert SAME not in kinds
    elif label == "related":
        assert kinds.isdisjoint({SAME, DOUBTFUL, ""})
    else:
        assert kinds == {"" if label == "none" else label}


@dataclass(frozen=True)
class Measured:
    """Pairs found without identifiers; the DOI is the label."""

    precision: float  # of the merged pairs
    proved: float  # share of the true pairs with one title and the same pages that are merged
    found: float  # share of all true pairs that are merged or doubtful


def measured(paths: list[Path]) -> Measured:
    labelled: list[Reference] = []
    for number, path in enumerate(paths):
        found = read(path).references
        labelled += [replace(r, key=f"{number}-{i}") for i, r in enumerate(found) if r.doi]
    groups: dict[str, list[str]] = defaultdict(list)
    for reference in labelled:
        groups[reference.doi.lower().replace("//", "/")].append(reference.key)
    true = {frozenset(pair) for keys in groups.values() for pair in combinations(keys, 2)}
    bare = [replace(r, doi="", pmid="", pmcid="", url="", extra={}) for r in labelled]
    pages = {r.key: r.pages.split("-")[0] for r in bare}
    with_pages = {
        pair for pair in true if "" not in (p := {pages[k] for k in pair}) and len(p) == 1
    }
    by_kind: dict[str, set[frozenset[str]]] = defaultdict(set)
    for pair in find_duplicates(bare):
        by_kind[pair.kind].add(frozenset((pair.key_a, pair.key_b)))
    same, doubtful = by_kind[SAME], by_kind[DOUBTFUL]
    return Measured(
        len(same & true) / len(same),
        len(same & with_pages) / len(with_pages),
        len((same | doubtful) & true) / len(true),
    )


@pytest.mark.parametrize(
    ("folder", "patterns", "proved"),
    [
        # its misses name one journal in two languages, or give another year or last page
        ("ris/ESHackathon__CiteSource/vignettes", ["topic_data/*.ris", "valid_data/*.ris"], 0.95),
        ("ris/ESHackathon__CiteSource/tests/shinytest", ["*.ris"], 1.0),
        ("dedupe/camaradesuk__ASySD/tests/testthat", ["ris_export.txt"], 1.0),
        (
            "dedupe/camaradesuk__ASySD/tests/testthat",
            ["zotero_export.ris", "zotero_export.bib"],
            0.99,
        ),
    ],
)
def test_labelled_sets(shared: Path, folder: str, patterns: list[str], proved: float) -> None:
    base = shared / "conformance" / folder
    measure = measured([path for pattern in patterns for path in sorted(base.glob(pattern))])
    assert measure.precision == 1.0
    assert measure.proved >= proved
    assert measure.found >= 0.99
