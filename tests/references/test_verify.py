"""Verification against a server that answers like the services: every status, every lesson."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from service_double import Record, Reply, ServiceDouble

from references.errors import DataError, SettingError
from references.formats.names import read_authors
from references.matching.journals import same_journal
from references.matching.numbers import same_pages
from references.matching.people import authors_difference, same_author
from references.matching.titles import notice_of_title, same_title, title_similarity
from references.record import Reference
from references.sources import all_sources
from references.sources.session import Session, SourceSettings
from references.verify import (
    Check,
    Checker,
    Cited,
    LibrarySource,
    cited_string,
    configured,
    read_retractions,
    wellformed,
)
from references.verify.differences import compare
from references.verify.fill import fill

WORK = Record(
    title="Percutaneous cryoneurolysis for refractory pudendal neuralgia: a cohort of women",
    authors=[("Martin", "Anne B"), ("García-López", "José"), ("van der Berg", "Karel")],
    year=2019,
    online_year=2018,
    journal="Journal of Pelvic Medicine",
    short_journal="J Pelvic Med",
    volume="12",
    issue="3",
    pages="145-152",
    doi="10.5555/jpm.2019(12)145;x<1>",
    pmid="31000001",
)
NO_DOI = Record(
    title="Névralgie pudendale et traitement par le froid",
    authors=[("Durand", "Paul")],
    year=2012,
    journal="Douleurs",
    volume="13",
    pages="20-27",
    pmid="22000002",
)


@pytest.fixture
def double() -> Iterator[ServiceDouble]:
    with ServiceDouble([replace(WORK), replace(NO_DOI)]) as server:
        yield server


@pytest.fixture
def check(double: ServiceDouble) -> Callable[..., Check]:
    def run(cited: Reference | str, **more: object) -> Check:
        settings = SourceSettings(bases=double.bases, total=2, read=1, connect=1, retries=0)
        sources = all_sources(Session(settings, sleep=lambda seconds: None))
        checker = Checker(sources, **more)  # type: ignore[arg-type]
        return checker.check(
            cited_string(cited) if isinstance(cited, str) else Cited(cited.key, cited)
        )

    return run


def _cited(record: Record = WORK, **changes: object) -> Reference:
    names = " and ".join(f"{family}, {given}" for family, given in record.authors)
    authors, _ = read_authors(names)
    made = Reference(
        key="a",
        title=record.title,
        authors=authors,
        year=record.year,
        journal=record.journal,
        volume=record.volume,
        number=record.issue,
        pages=record.pages,
        doi=record.doi,
        pmid=record.pmid,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


# ---- statuses -------------------------------------------------------------------------


def test_verified_by_doi(check: Callable[..., Check]) -> None:
    """The DOI holds ")", ";" and "<"."""
    result = check(_cited())
    assert result.status == "verified"
    assert result.works[0].source == "crossref"
    assert result.works[0].id == WORK.doi
    assert {work.source for work in result.works} >= {"crossref", "pubmed"}
    assert all(look.when for look in result.lookups)
    assert not result.needs_a_person


@pytest.mark.parametrize(
    "changes",
    [
        {"doi": ""},
        {"pmid": ""},
        {"doi": "", "pmid": ""},
        {"doi": "", "pmid": "", "volume": "", "number": "", "pages": ""},
        {"year": 2018},  # the year of the electronic publication
        {"journal": "J Pelvic Med"},
        {"journal": "J. Pelvic Med."},
        {"pages": "145-52"},
        {"pages": "145"},
        {"title": WORK.title.upper()},
        {"title": WORK.title + "."},
        {"title": "Percutaneous cryoneurolysis for refractory pudendal neuralgia"},  # no subtitle
        {"authors": read_authors("Martin, A. B. and Garcia-Lopez, J. and van der Berg, K.")[0]},
        {"authors": read_authors("Martin AB")[0], "more_authors": True},
    ],
)
def test_verified_in_other_words(changes: dict[str, object], check: Callable[..., Check]) -> None:
    result = check(_cited(**changes))
    assert (result.status, result.differences) == ("verified", ())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": WORK.title.replace("women", "men")}, "title"),
        ({"title": WORK.title.replace("cohort", "trial")}, "title"),
        ({"year": 2015}, "year"),
        ({"journal": "Pain Practice"}, "journal"),
        ({"volume": "21"}, "volume"),
        ({"number": "4"}, "issue"),
        ({"pages": "245-252"}, "pages"),
        ({"pmid": "39999999"}, "pmid"),
    ],
)
@pytest.mark.parametrize("identified", [True, False])
def test_one_wrong_field_is_named(
    changes: dict[str, object], field: str, identified: bool, check: Callable[..., Check]
) -> None:
    without = {} if identified or field == "pmid" else {"doi": "", "pmid": ""}
    result = check(_cited(**without, **changes))
    assert result.status == "differs"
    assert [difference.field for difference in result.differences] == [field]
    assert result.differences[0].cited == str(next(iter(changes.values())))


def test_not_located_says_where_and_what_is_near(check: Callable[..., Check]) -> None:
    result = check(
        Reference(
            "x",
            title="Percutaneous cryotherapy for chronic pudendal pain: results",
            authors=read_authors("Nobody, Ned")[0],
            year=2021,
            journal="Pain Reports",
        )
    )
    assert result.status == "not-located"
    assert result.works == ()
    looked = {look.source for look in result.lookups}
    assert {"Crossref", "PubMed", "Europe PMC", "OpenAlex"} <= looked
    near = result.candidates[0]
    assert near.work.reference.title == WORK.title
    assert {d.field for d in near.differences} >= {"title", "authors", "year", "journal"}


def test_several_candidates(double: ServiceDouble, check: Callable[..., Check]) -> None:
    for number in (1, 2):
        double.records.append(
            Record(
                "Terminology of persistent vulvar pain: a consensus statement",
                [("Bornstein", "Jacob")],
                2016,
                f"Journal {number} of Pain",
                "",
                str(number),
                doi=f"10.5555/consensus.{number}",
            )
        )
    cited = Reference(
        "c",
        title="Terminology of persistent vulvar pain: a consensus statement",
        authors=read_authors("Bornstein, J")[0],
        year=2016,
    )
    result = check(cited)
    assert result.status == "several-candidates"
    assert len(result.candidates) == 2
    assert check(replace(cited, journal="Journal 2 of Pain")).status == "verified"


def test_unchecked_when_nobody_answers(double: ServiceDouble, check: Callable[..., Check]) -> None:
    double.fault(Reply(b"", 500))
    result = check(_cited())
    assert result.status == "unchecked"
    assert result.needs_a_person
    assert {look.outcome for look in result.lookups} <= {"service-failed", "not-asked"}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"", 500),
        Reply(b"", 429, headers={"Retry-After": "9999"}),
        Reply(b'{"mess', declared_length=99),
        Reply(b"<html></html>", type="text/html"),
        Reply(b"", 302, headers={"Location": "http://example.org/"}),
        Reply(b"{}", pause=3),
        Reply(b" " * 30_000_000),
    ],
    ids=["500", "429", "truncated", "html", "elsewhere", "slow", "huge"],
)
@pytest.mark.parametrize("service", ["crossref", "pubmed"])
def test_one_failing_service_leaves_a_clear_status(
    service: str, reply: Reply, double: ServiceDouble, check: Callable[..., Check]
) -> None:
    double.fault(reply, service=service)
    result = check(_cited())
    assert result.status == "verified"  # another service knows the work
    assert any(not look.answered and look.message for look in result.lookups)
    # ... but whether it was retracted is not settled
    assert result.needs_a_person
    assert [problem.field for problem in result.problems] == ["notices"]


def test_not_located_is_not_said_while_the_registry_is_down(
    double: ServiceDouble, check: Callable[..., Check]
) -> None:
    invented = Reference("i", title="Freezing the moon for pain in the tides", doi="10.5555/none")
    assert check(invented).status == "not-located"
    double.fault(Reply(b"", 500), service="openalex")
    double.fault(Reply(b"", 500), service="datacite")
    assert check(invented).status == "not-located"
    double.fault(Reply(b"", 500), service="crossref")
    assert check(invented).status == "unchecked"


# ---- notices --------------------------------------------------------------------------

_UPDATE = {
    "type": "retraction",
    "label": "Retraction",
    "source": "retraction-watch",
    "DOI": "10.5555/notice",
    "updated": {"date-parts": [[2021, 3, 4]]},
}


def test_retracted_by_updated_by(double: ServiceDouble, check: Callable[..., Check]) -> None:
    double.records[0].updated_by = [dict(_UPDATE)]
    result = check(_cited())
    assert result.status == "retracted"
    notice = result.notices[0]
    assert (notice.type, notice.doi, notice.date) == ("retraction", "10.5555/notice", "2021-03-04")
    assert "retraction-watch" in notice.text


def test_retracted_by_update_to_of_the_notice_only(
    double: ServiceDouble, check: Callable[..., Check]
) -> None:
    double.records.append(
        Record(
            "Retraction notice",
            [],
            2021,
            doi="10.5555/notice",
            services=("crossref",),
            update_to=[{**_UPDATE, "DOI": WORK.doi}],
        )
    )
    assert check(_cited()).status == "retracted"
    assert check(_cited(doi="", pmid="")).status == "retracted"


def test_retracted_in_place(double: ServiceDouble, check: Callable[..., Check]) -> None:
    double.records[0].update_to = [{**_UPDATE, "DOI": WORK.doi}]
    double.records[0].title = "RETRACTED: " + WORK.title
    result = check(_cited())
    assert result.status == "retracted"
    assert not result.differences  # the word in the title is no difference


def test_retracted_in_pubmed_only(double: ServiceDouble, check: Callable[..., Check]) -> None:
    double.records[0].comments = [("RetractionIn", "31999999", "J Pelvic Med. 2021;14:1")]
    for changes in ({}, {"doi": "", "pmid": ""}, {"pmid": ""}, {"doi": ""}):
        result = check(_cited(**changes))
        assert result.status == "retracted"
        assert any(notice.pmid == "31999999" for notice in result.notices)


def test_retracted_by_publication_type_only(
    double: ServiceDouble, check: Callable[..., Check]
) -> None:
    double.records[1].retracted = True
    assert check(_cited(NO_DOI)).status == "retracted"


def test_a_retraction_is_seen_though_fields_differ(
    double: ServiceDouble, check: Callable[..., Check]
) -> None:
    double.records[0].updated_by = [dict(_UPDATE)]
    result = check(_cited(year=2011))
    assert result.status == "retracted"
    assert [difference.field for difference in result.differences] == ["year"]


@pytest.mark.parametrize("service", ["europepmc", "openalex"])
def test_retracted_in_one_service_only(
    service: str, double: ServiceDouble, check: Callable[..., Check]
) -> None:
    """The others know the work and say nothing of it."""
    knows = replace(WORK, services=(service,), retracted=True)
    double.records = [replace(WORK, services=("crossref", "pubmed")), knows]
    for changes in ({}, {"pmid": ""}, {"doi": "", "pmid": ""}):
        assert check(_cited(**changes)).status == "retracted", changes


def test_an_identifier_of_a_retracted_work_is_told_whatever_the_words(
    double: ServiceDouble, check: Callable[..., Check]
) -> None:
    double.records[0].updated_by = [dict(_UPDATE)]
    nobody = read_authors("Else, Someone")[0]
    other = {"title": "Something about other matters", "authors": nobody, "volume": "7"}
    result = check(_cited(pmid="", **other))
    assert result.status == "retracted"
    assert result.candidates[0].as_dict()["notices"] == ["retraction"]


def test_a_retraction_among_several_candidates_is_noted(
    double: ServiceDouble, check: Callable[..., Check]
) -> None:
    title, people = "A report on cold and nerves", [("Petit", "Lea")]
    double.records = [
        Record(
            title,
            people,
            2020,
            journal=f"Journal {n} of Pain",
            doi=f"10.5555/{n}",
            services=("crossref",),
            updated_by=[dict(_UPDATE)] if n == 2 else [],
        )
        for n in (1, 2)
    ]
    cited = Reference("s", title=title, authors=read_authors("Petit, Lea")[0], year=2020)
    result = check(cited)
    assert result.status == "retracted"
    assert len(result.candidates) == 2


def test_only_the_notice_is_found(double: ServiceDouble, check: Callable[..., Check]) -> None:
    double.records[0] = Record(
        "Retraction: " + WORK.title,
        [],
        2021,
        doi="10.5555/notice",
        services=("crossref",),
        update_to=[{**_UPDATE, "DOI": "10.5555/gone"}],
    )
    assert check(_cited(doi="", pmid="")).status == "retracted"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("withdrawal", "retracted"),
        ("removal", "retracted"),
        ("expression_of_concern", "expression-of-concern"),
        ("correction", "corrected"),
        ("corrigendum", "corrected"),
        ("erratum", "corrected"),
        ("partial_retraction", "corrected"),
        ("new_version", "verified"),
        ("new_edition", "verified"),
    ],
)
def test_kinds_of_notice(
    kind: str, status: str, double: ServiceDouble, check: Callable[..., Check]
) -> None:
    double.records[0].updated_by = [{**_UPDATE, "type": kind, "label": kind}]
    assert check(_cited()).status == status


def test_preprint_published_since(double: ServiceDouble, check: Callable[..., Check]) -> None:
    preprint = Record(
        "A first report on cold and nerves in the pelvis",
        [("Petit", "Lea")],
        2022,
        journal="medRxiv",
        doi="10.1101/2022.01.01.1",
        kind="posted-content",
        preprint_of="10.5555/published",
        services=("crossref", "europepmc"),
    )
    double.records.append(preprint)
    result = check(_cited(preprint))
    assert result.status == "preprint-published-since"
    assert result.works[0].id == "10.1101/2022.01.01.1"
    assert result.published[0].doi == "10.5555/published"


def test_preprint_and_article_are_told_apart(
    double: ServiceDouble, check: Callable[..., Check]
) -> None:
    title, authors = "A first report on cold and nerves in the pelvis", [("Petit", "Lea")]
    double.records += [
        Record(
            title,
            authors,
            2022,
            journal="arXiv",
            doi="10.48550/arXiv.2201.00001",
            kind="posted-content",
            services=("datacite", "openalex"),
        ),
        Record(
            title,
            authors,
            2022,
            journal="Pain Practice",
            doi="10.5555/pp",
            services=("crossref", "openalex"),
        ),
    ]
    article = Reference("p", title=title, authors=read_authors("Petit, Lea")[0], year=2022)
    assert check(article).works[0].id == "10.5555/pp"
    as_preprint = replace(article, doi="10.48550/arXiv.2201.00001")
    assert check(as_preprint).status == "preprint-published-since"


# ---- lessons from other tools' bugs ---------------------------------------------------


def test_a_title_hit_is_offered_not_compared(check: Callable[..., Check]) -> None:
    """Without an identifier a hit that only resembles is a candidate, not a difference."""
    cited = _cited(
        doi="",
        pmid="",
        title="Percutaneous cryoneurolysis for knee pain in athletes",
        authors=read_authors("Else, Someone")[0],
    )
    result = check(cited)
    assert result.status == "not-located"
    assert result.differences == ()
    assert result.candidates


def test_an_extra_false_co_author_is_seen(check: Callable[..., Check]) -> None:
    authors, _ = read_authors(
        "Martin, Anne B and García-López, José and van der Berg, Karel and Invented, Ivan"
    )
    result = check(_cited(authors=authors))
    assert result.status == "differs"
    assert str(result.differences[0].note) == "not authors of the work: Invented"


def test_a_right_author_list_on_a_wrong_title(check: Callable[..., Check]) -> None:
    result = check(_cited(title="Deep learning for the segmentation of the pelvis in CT"))
    assert result.status == "differs"
    assert [difference.field for difference in result.differences] == ["title"]
    alone = check(
        _cited(
            title="Deep learning for the segmentation of the pelvis in CT",
            doi="",
            pmid="",
            volume="",
            pages="",
        )
    )
    assert alone.status == "not-located"


def test_a_real_doi_on_another_work(check: Callable[..., Check]) -> None:
    """Title and authors are compared with what the DOI resolves to."""
    result = check(_cited(NO_DOI, doi=WORK.doi, pmid=""))
    assert result.status == "differs"
    difference = next(d for d in result.differences if d.field == "doi")
    assert WORK.title in str(difference.note)
    assert NO_DOI.pmid in {work.reference.pmid for work in result.works}
    invented = check(
        Reference(
            "i",
            title="Quantum effects of ice in silico",
            year=2020,
            doi=WORK.doi,
            authors=read_authors("Else, Someone")[0],
        )
    )
    assert invented.status == "not-located"
    assert invented.candidates[0].work.id == WORK.doi


def test_404_is_not_fake(double: ServiceDouble, check: Callable[..., Check]) -> None:
    """A DOI of another registrar: Crossref knows no work, but knows the agency."""
    cited = _cited(NO_DOI, doi="10.1691/douleurs.2012.20", pmid="")
    unregistered = check(cited)
    assert unregistered.status == "differs"
    assert "not registered" in str(unregistered.differences[0].note)
    double.fault(
        Reply(b'{"message": {"DOI": "x", "agency": {"id": "medra", "label": "mEDRA"}}}'),
        path="/agency",
    )
    assert check(cited).status == "verified"


def test_datacite_is_asked_when_crossref_knows_nothing(
    double: ServiceDouble, check: Callable[..., Check]
) -> None:
    thesis = Record(
        "Le froid et le nerf pudendal : étude clinique",
        [("Petit", "Léa")],
        2020,
        doi="10.34847/these.1",
        services=("datacite",),
    )
    double.records.append(thesis)
    result = check(_cited(thesis))
    assert result.status == "verified"
    assert result.works[0].source == "datacite"


def test_a_thesis_is_found_at_datacite_by_its_title(
    double: ServiceDouble, check: Callable[..., Check]
) -> None:
    thesis = Record(
        title="Froid et nerfs périphériques: une thèse sur la cryoneurolyse",
        authors=[("Petit", "Luc")],
        year=2021,
        journal="",
        doi="10.5281/zenodo.123",
        services=("datacite",),
    )
    double.records.append(thesis)
    result = check(_cited(thesis, doi="", pmid="", type="phdthesis"))
    assert [work.source for work in result.works] == ["datacite"]
    assert not result.differences


@pytest.mark.parametrize(
    "changes",
    [
        {"pmcid": "PMC7000001"},
        {"url": "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC7000001/"},
        {"url": "https://pubmed.ncbi.nlm.nih.gov/31000001/"},
        {"url": "https://doi.org/10.5555/jpm.2019(12)145;x%3C1%3E"},
    ],
)
def test_other_identifiers_lead_to_the_work(
    changes: dict[str, str], double: ServiceDouble, check: Callable[..., Check]
) -> None:
    """With a title that no search would find: only the identifier can lead there."""
    double.records[0] = replace(WORK, pmcid="PMC7000001")
    result = check(_cited(doi="", pmid="", title="Xqz", pages="", volume="", **changes))
    assert result.works
    assert result.works[0].reference.title.rstrip(".") == WORK.title


def test_the_number_of_its_trial_is_no_name_of_an_article(
    double: ServiceDouble, check: Callable[..., Check]
) -> None:
    identity = {"nctId": "NCT01234567", "briefTitle": "Freezing of the pudendal nerve"}
    double.trials.append({"protocolSection": {"identificationModule": identity}})
    cited = _cited(
        title="Freezing of the pudendal nerve in forty women", doi="", pmid="", authors=()
    )
    result = check(replace(cited, extra={"note": "Trial registration: NCT01234567"}))
    assert "clinicaltrials" not in {work.source for work in result.works}


def test_a_registration_is_found_by_its_number(
    double: ServiceDouble, check: Callable[..., Check]
) -> None:
    identity = {"nctId": "NCT01234567", "briefTitle": "Freezing of the pudendal nerve"}
    posted = {"studyFirstPostDateStruct": {"date": "2020-01-01"}}
    double.trials.append(
        {"protocolSection": {"identificationModule": identity, "statusModule": posted}}
    )
    cited = Reference(
        key="a",
        type="misc",
        title="Freezing of the pudendal nerve",
        number="NCT01234567",
        year=2020,
    )
    result = check(cited)
    assert [work.source for work in result.works] == ["clinicaltrials"]


def test_a_pmid_of_another_work(check: Callable[..., Check]) -> None:
    result = check(_cited(pmid=NO_DOI.pmid))
    assert result.status == "differs"
    assert [difference.field for difference in result.differences] == ["pmid"]


def test_found_by_its_place_when_the_title_is_garbled(check: Callable[..., Check]) -> None:
    result = check(_cited(title="Cold things", doi="", pmid=""))
    assert result.status == "differs"
    assert [difference.field for difference in result.differences] == ["title"]


# ---- printed references ---------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Martin AB, García-López J, van der Berg K. Percutaneous cryoneurolysis for refractory "
        "pudendal neuralgia: a cohort of women. J Pelvic Med. 2019;12(3):145-52.",
        "1. Martin AB, et al. Percutaneous cryoneurolysis for refractory pudendal neuralgia: "
        "a cohort of women. J Pelvic Med 2019; 12: 145–152. PMID: 31000001",
        "Martin, A. B., García-López, J., & van der Berg, K. (2019). Percutaneous cryoneurolysis "
        "for refractory pudendal neuralgia: A cohort of women. Journal of Pelvic Medicine, 12(3), "
        "145–152. https://doi.org/10.5555/jpm.2019(12)145;x<1>",
        "[4] A. B. Martin, J. García-López, and K. van der Berg, “Percutaneous cryoneurolysis for "
        "refractory pudendal neuralgia: a cohort of women,” J. Pelvic Med., vol. 12, no. 3, "
        "pp. 145–152, 2019.",
        "MARTIN AB. Percutaneous cryoneurolysis for refractory pudendal neuralgia : a cohort of "
        "women. J Pelvic Med 2019.",
    ],
)
def test_printed_references_are_verified(text: str, check: Callable[..., Check]) -> None:
    result = check(text)
    assert result.works, result.as_dict()
    assert {d.field for d in result.differences} <= {"authors"}
    if "MARTIN" not in text:
        assert result.status == "verified", result.differences


def test_a_web_page_is_not_located_and_says_what_to_do(check: Callable[..., Check]) -> None:
    result = check(
        "Vulvodynie [Internet]. Ameli.fr; 2022 [cité 2024 mars 3]. Disponible sur : "
        "https://www.ameli.fr/assure/vulvodynie"
    )
    assert result.status == "not-located"
    assert [problem.field for problem in result.problems] == ["url"]


def test_a_group_as_author(double: ServiceDouble, check: Callable[..., Check]) -> None:
    double.records.append(
        Record(
            "Classification of chronic pain in women",
            [("", "World Health Organization")],
            2019,
            "Pain",
            "Pain",
            "160",
            "1",
            "19-27",
            doi="10.5555/who",
        )
    )
    printed = (
        "World Health Organization. Classification of chronic pain in women. Pain. 2019;160:19."
    )
    assert check(printed).status == "verified"


def test_a_printed_reference_with_a_wrong_year(check: Callable[..., Check]) -> None:
    result = check(
        "Martin AB, et al. Percutaneous cryoneurolysis for refractory pudendal neuralgia: a cohort "
        "of women. J Pelvic Med. 2009;12(3):145-52."
    )
    assert result.status == "differs"
    assert [(d.field, d.cited) for d in result.differences] == [("year", "2009")]


def test_a_short_title_inside_a_longer_one_is_no_match(
    double: ServiceDouble, check: Callable[..., Check]
) -> None:
    double.records.append(
        Record("Pain in women", [("Petit", "Lea")], 2020, "Pain", doi="10.5555/short")
    )
    result = check("Petit L. Cold therapy for pain in women with vulvodynia. Pain. 2020.")
    assert result.status == "not-located"
    assert check("Petit L. Pain in women. Pain. 2020.").status == "verified"


def test_the_sources_of_the_first_text_are_not_located(
    kb: object, double: ServiceDouble, check: Callable[..., Check]
) -> None:
    from evidence.knowledge import KnowledgeBase

    base = kb if isinstance(kb, KnowledgeBase) else KnowledgeBase()
    nearby = LibrarySource(base.library.values())
    text = base.texts["vulvodynie-cryoneurolyse"]
    assert len(text.sources) == 4
    for source in text.sources:
        result = check(source.cited, nearby=nearby)
        assert result.status == "not-located"
        assert result.candidates
        assert {look.source for look in result.lookups} >= {"Crossref", "PubMed"}


def test_the_result_is_the_contract(check: Callable[..., Check]) -> None:
    plain = check(_cited(year=2001)).as_dict()
    assert set(plain) >= {
        "key",
        "status",
        "matched",
        "differences",
        "candidates",
        "notices",
        "looked",
    }
    assert set(plain["matched"]) >= {"source", "id"}
    assert plain["differences"] == [{"field": "year", "cited": "2001", "found": "2018 or 2019"}]


# ---- the local list of retractions ----------------------------------------------------


def _list(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_list_is_asked_by_doi_pmid_and_title(tmp_path: Path) -> None:
    found = read_retractions(
        _list(
            tmp_path / "rw.csv",
            "Record ID,Title,Author,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,"
            "RetractionDate\n"
            '1,"A long enough title of a retracted work",Smith J;Doe A,10.1234/ABC,111,'
            "Retraction,3/4/2021 0:00\n"
            "2,Other,X Y,unavailable,0,Expression of concern,1/1/2020 0:00\n"
            "3,Third,X Y,10.1234/back,,Reinstatement,1/1/2020 0:00\n",
        )
    )
    assert [n.type for n in found.notices(Reference("a", doi="10.1234/abc"))] == ["retraction"]
    assert [n.type for n in found.notices(Reference("a", pmid="111"))] == ["retraction"]
    titled = Reference("a", title="A Long Enough Title of a Retracted Work.")
    assert [n.type for n in found.notices(titled)] == ["retraction"]
    other = replace(titled, authors=read_authors("Somebody, Else")[0])
    assert found.notices(other) == []
    assert [n.type for n in found.notices(Reference("a", doi="10.1234/back"))] == ["reinstatement"]
    assert found.notices(Reference("a")) == []
    assert found.notices(Reference("a", title="Other", pmid="", doi="")) == []
    assert found.age_note()


def test_an_empty_cell_matches_nothing(shared: Path) -> None:
    """The list has one row without a DOI: records without one must not be flagged."""
    path = shared / "citations/retractions/retractionwatch-doi.csv"
    found = read_retractions(path)
    assert found.rows > 57_000
    assert "" not in found.by_doi
    assert found.notices(Reference("a", title="Anything at all in this world")) == []


def test_no_row_of_the_list_is_missed(shared: Path) -> None:
    import csv

    path = shared / "citations/retractions/retractionwatch-doi.csv"
    found = read_retractions(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["doi"].strip()]
    missed = [
        row["doi"]
        for row in rows
        if "Retraction" in row["retractionwatch"].split(";")
        and "retraction"
        not in {n.type for n in found.notices(Reference("a", doi=row["doi"].upper()))}
    ]
    assert [doi for doi in missed if doi.startswith("10.")] == []
    assert len(missed) < 10  # rows whose "DOI" is none


def test_a_listed_work_is_retracted_even_when_nobody_answers(
    tmp_path: Path, double: ServiceDouble, check: Callable[..., Check]
) -> None:
    listed = read_retractions(
        _list(tmp_path / "l.csv", f"doi,retractionwatch\n{WORK.doi},Retraction\n")
    )
    double.fault(Reply(b"", 500))
    assert check(_cited(), retractions=listed).status == "retracted"
    double.faults.clear()
    assert check(_cited(), retractions=listed).status == "retracted"
    # the DOI is found through the title
    assert check(_cited(doi="", pmid=""), retractions=listed).status == "retracted"
    assert check(_cited(NO_DOI), retractions=listed).status == "verified"


@pytest.mark.parametrize(
    "text",
    ["", "a,b\n1,2\n", "doi,retractionwatch\n10.1/x\n", 'doi\n"unclosed'],
)
def test_odd_lists_are_read_or_noted(text: str, tmp_path: Path) -> None:
    path = _list(tmp_path / "l.csv", text)
    if "doi" in text:
        assert read_retractions(path).rows >= 1
    else:
        with pytest.raises(DataError, match="EVIDENCE_RETRACTIONS"):
            read_retractions(path)


def test_the_setting_of_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVIDENCE_RETRACTIONS", raising=False)
    assert configured() is None
    monkeypatch.setenv("EVIDENCE_RETRACTIONS", str(tmp_path / "none.csv"))
    with pytest.raises(SettingError, match=r"none\.csv"):
        configured()


# ---- form -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "field"),
    [
        (Reference("a", doi="doi.org/10.1/x"), "doi"),
        (Reference("a", doi="10.12/x"), "doi"),
        (Reference("a", doi="10.1234/x."), "doi"),
        (Reference("a", pmid="PMID 12"), "pmid"),
        (Reference("a", pmid="999999999"), "pmid"),
        (Reference("a", pmcid="12x"), "pmcid"),
        (Reference("a", issn="1234-5678"), "issn"),
        (Reference("a", isbn="978-3-16-148410-1"), "isbn"),
        (Reference("a", year=2999), "year"),
        (Reference("a", year=1066), "year"),
        (Reference("a", pages="50-40"), "pages"),
    ],
)
def test_what_cannot_be_right_is_noted(reference: Reference, field: str) -> None:
    assert [problem.field for problem in wellformed.check_form(reference)] == [field]


def test_what_is_right_is_left_alone() -> None:
    reference = Reference(
        "a",
        title="T",
        authors=read_authors("A, B")[0],
        year=2020,
        doi="10.1002/(SICI)1<1::A>3.0;2-#",
        pmid="31000001",
        pmcid="PMC1234567",
        issn="0028-4793, 1533-4406",
        isbn="978-3-16-148410-0",
        pages="1271-7",
    )
    assert wellformed.check(reference) == []


def test_duplicates_and_misspelt_journals() -> None:
    one = Reference("a", doi="10.1234/X", journal="Pain Practice")
    two = Reference("b", doi="10.1234/x", journal="Pain Pratice")
    assert list(wellformed.duplicates([one, two])) == ["b"]
    odd = wellformed.misspelt_journal(two, ["Pain Practice", "Pain"])
    assert odd is not None
    assert "Pain Practice" in str(odd.message)
    assert (
        wellformed.misspelt_journal(replace(two, journal="Pain Pract"), ["Pain Practice"]) is None
    )
    assert wellformed.duplicates([Reference("a"), Reference("b")]) == {}


# ---- filling --------------------------------------------------------------------------


def test_fill_completes_and_says_from_where(check: Callable[..., Check]) -> None:
    bare = Reference("a", doi=WORK.doi, status="incomplete", unverified={"year": "2017"})
    outcome = fill(bare, check(bare), today="2026-11-24")
    after = outcome.reference
    assert after.title == WORK.title
    assert [author.short for author in after.authors] == ["Martin", "García-López", "van der Berg"]
    assert (after.year, after.volume, after.pages, after.pmid) == (2019, "12", "145-152", WORK.pmid)
    assert after.unverified == {}
    assert after.status == "verified"
    assert after.provenance[0].address.startswith("https://doi.org/10.5555/jpm")
    assert "title" in after.provenance[0].seen
    assert "2026-11-24" in after.provenance[0].seen


def test_fill_keeps_what_differs_and_tells(check: Callable[..., Check]) -> None:
    cited = _cited(year=2001, volume="")
    result = check(cited)
    outcome = fill(cited, result)
    assert outcome.reference.year == 2001
    assert outcome.reference.volume == "12"
    assert [difference.field for difference in outcome.kept] == ["year"]
    accepted = fill(cited, result, accept=["year"])
    assert accepted.reference.year == 2019
    assert accepted.kept == ()


def test_fill_leaves_alone_what_was_not_located(check: Callable[..., Check]) -> None:
    cited = Reference("a", title="Nothing like anything known here", year=2020)
    outcome = fill(cited, check(cited))
    assert outcome.reference == cited
    assert outcome.filled == {}


def test_fill_completes_others(check: Callable[..., Check]) -> None:
    cited = _cited(authors=read_authors("Martin, A")[0], more_authors=True)
    after = fill(cited, check(cited)).reference
    assert len(after.authors) == 3
    assert not after.more_authors


# ---- comparing ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Anaesthesia in labour", "Anesthesia in labor", True),
        ("Tumour necrosis factor-α", "Tumor necrosis factor alpha", True),
        ("Follow-up of patients", "Followup of patients", True),
        ("[Cryoneurolysis of nerves]", "Cryoneurolysis of nerves.", True),
        ("Pain &amp; cold in nerves", "Pain and cold in nerves", True),
        ("L’effet du froid", "L'effet du froid", True),
        ("RETRACTED ARTICLE: Ice and nerves", "Ice and nerves", True),
        ("Ice and nerves: a randomised trial", "Ice and nerves", True),
        ("Ice: a randomised trial", "Ice", False),
        ("Ice and nerves: a trial", "Ice and nerves: a review", False),
        ("Ice for nerves", "Ice on nerves", False),
        ("The risk of ice in nerves", "Risk of ice in nerves", False),
        ("Nerve", "", False),
    ],
)
def test_same_title(one: str, other: str, same: bool) -> None:
    assert same_title(one, other) is same
    assert same_title(other, one) is same


def test_similarity_is_bounded() -> None:
    assert title_similarity("a b c", "a b c") == 1.0
    assert title_similarity("", "x") == 0.0
    assert 0 < title_similarity("ice and nerves", "nerves and fire") < 1


@pytest.mark.parametrize(
    ("cited", "name", "same"),
    [
        ("N Engl J Med", "The New England Journal of Medicine", True),
        ("NEJM", "New England Journal of Medicine", True),
        ("BMJ", "BMJ (Clinical research ed.)", True),
        ("Obstet Gynecol Clin", "Obstetrics and Gynecology Clinics of North America", True),
        (
            "Proc Natl Acad Sci U.S.A.",
            "Proceedings of the National Academy of Sciences of the United States of America",
            True,
        ),
        ("Ann Fr Anesth Reanim", "Annales Françaises d'Anesthésie et de Réanimation", True),
        ("J. Am. Acad. Dermatol.", "Journal of the American Academy of Dermatology", True),
        ("Pain", "Pain Practice", False),
        ("Pain Med", "Pain Practice", False),
        ("J Clin Med Res", "Journal of Clinical Medicine", False),
        ("Lancet", "The Lancet Neurology", False),
        ("ICML", "Proceedings of the AAAI Conference on Artificial Intelligence", False),
    ],
)
def test_same_journal(cited: str, name: str, same: bool) -> None:
    assert same_journal(cited, [name]) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Müller, Karl", "Mueller, K.", True),
        ("Muller, K", "Müller, Karl", True),
        ("García-López, José", "Garcia, J", True),
        ("van der Berg, Karel", "Berg, K", True),
        ("O'Brien, P", "OBrien, Pat", True),
        ("Li, Wei", "Wei, Li", True),
        ("Smith, John", "Smith, J. D.", True),
        ("Smith, John", "Smith, Jane", False),
        ("Smith, John", "Smith, A", False),
        ("Smith, John", "Smyth, John", False),
        ("Prologo, J. David", "Prologo, David", True),
    ],
)
def test_same_author(one: str, other: str, same: bool) -> None:
    first, second = read_authors(one)[0][0], read_authors(other)[0][0]
    assert same_author(first, second) is same
    assert same_author(second, first) is same


def test_author_lists() -> None:
    def noted(cited: str, found: str) -> str | None:
        ours, more = read_authors(cited)
        theirs, _ = read_authors(found)
        note = authors_difference(
            Reference("a", authors=ours, more_authors=more), Reference("b", authors=theirs)
        )
        return note and str(note)

    assert noted("A, X and B, Y", "A, X and B, Y") is None
    assert noted("A, X and others", "A, X and B, Y") is None
    assert noted("A, X", "A, X and B, Y") == "1 of 2 authors are missing"
    assert noted("B, Y and A, X", "A, X and B, Y") == "another order"
    assert noted("A, X and C, Z", "A, X and B, Y") == "not authors of the work: C"
    assert noted("A, X and others", "B, Y and A, X") == "authors are missing or in another order"
    assert noted("{The ICE Group}", "{ICE Group}") is None
    assert noted("A, X and {The ICE Group}", "A, X") is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1271-7", "1271-1277", True),
        ("e33", "33", True),
        ("S12-20", "S12-S20", True),
        ("145", "145-152", True),
        ("145-151", "145-152", False),
        ("14-15", "145-152", False),
    ],
)
def test_same_pages(one: str, other: str, same: bool) -> None:
    assert same_pages(one, other) is same


def test_notice_words_in_titles() -> None:
    assert notice_of_title("WITHDRAWN: Ice") == ("Ice", "retraction")
    assert notice_of_title("Ice and fire (Retracted)") == ("Ice and fire", "retraction")
    assert notice_of_title("Erratum to: Ice") == ("Ice", "correction")
    assert notice_of_title("Correction of spinal deformity")[1] == ""
    assert notice_of_title("Retraction of the vulva in surgery")[1] == ""
    for title in (
        "REMOVED: Ice",
        "TEMPORARY REMOVAL: Ice",
        "Statement of Retraction: Ice",
        "[Rétracté] Ice",
        "Editorial Retraction: Ice",
        "Article rétracté : Ice",
        "RETRACTED ARTICLE: Ice",
    ):
        assert notice_of_title(title) == ("Ice", "retraction"), title
    assert notice_of_title("Retraction notice to “Ice” [Pain 12 (2019) 1-3]")[1] == "retraction"
    for title in ("Removed: stones", "Withdrawal symptoms in rats", "Retracted eardrum and ice"):
        assert notice_of_title(title) == (title, ""), title


def test_no_work_no_difference() -> None:
    assert compare(Reference("a", title="x"), []).differences == ()
