"""Hard cases of verification: bare twins, untitled records, empty answers, old answers.

Each is of a kind that once let a wrong or retracted reference pass as fine: a record that
knows little differs in little, and what was not compared was taken for agreement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from service_double import Record, Reply, ServiceDouble, crossref_item

from references.formats.names import read_authors
from references.notices import Notice
from references.record import Reference
from references.sources import all_sources
from references.sources.session import Session, SourceSettings
from references.verify import Check, Checker, Cited, cited_string, read_retractions
from references.verify.fill import fill
from references.verify.notice_search import standing

TITLE = "Propranolol for vulvar pain in adult women: a randomised trial"
PEOPLE = [("Hansen", "Karen B"), ("Olsen", "Per"), ("Dupuis", "Marie A")]
ARTICLE = Record(
    TITLE,
    PEOPLE,
    2021,
    "Journal of Pain Studies",
    "J Pain Stud",
    "14",
    "2",
    "201-209",
    "10.5555/jps.2021.14",
    "32000001",
)
RETRACTION = {
    "type": "retraction",
    "label": "Retraction",
    "DOI": "10.5555/notice.1",
    "updated": {"date-parts": [[2023, 5, 6]]},
}
RETRACTED = replace(ARTICLE, updated_by=[RETRACTION], retracted=True)

PREPRINT = Record(
    TITLE,
    PEOPLE,
    2020,
    doi="10.1101/2020.02.02.1",
    kind="posted-content",
    services=("crossref", "openalex", "europepmc"),
)
COPY = Record(TITLE, PEOPLE, 2021, doi="10.6084/m9.figshare.1", services=("openalex",))
DATA = Record(
    TITLE, PEOPLE, 2021, doi="10.5061/dryad.1", kind="dataset", services=("crossref", "openalex")
)
SUPPLEMENT = Record(
    TITLE, [], None, doi="10.5555/jps.2021.14.s1", kind="component", services=("crossref",)
)
NAMELESS = Record(
    TITLE, [], 2021, "Journal of Pain Studies", doi="10.5555/jps.2021.sup", services=("crossref",)
)
REVIEW = Record(
    TITLE, [], 2021, doi="10.5555/review.1", kind="peer-review", services=("crossref", "openalex")
)
DEPOSIT = Record(
    TITLE, PEOPLE, 2021, "Figshare", doi="10.6084/m9.figshare.2", services=("datacite", "openalex")
)
TWINS = {
    "preprint": PREPRINT,
    "deposit": DEPOSIT,
    "copy": COPY,
    "data": DATA,
    "supplement": SUPPLEMENT,
    "nameless": NAMELESS,
    "review": REVIEW,
}

Run = Callable[..., Check]


@pytest.fixture(scope="module")
def server() -> Iterator[ServiceDouble]:
    with ServiceDouble() as server:
        yield server


@pytest.fixture
def double(server: ServiceDouble) -> ServiceDouble:
    server.records, server.faults, server.log = [], [], []
    return server


@pytest.fixture
def check(double: ServiceDouble) -> Run:
    def run(records: list[Record], cited: Reference | str, **more: Any) -> Check:
        double.records = [replace(record) for record in records]
        settings = SourceSettings(bases=double.bases, total=2, read=1, connect=1, retries=0)
        checker = Checker(all_sources(Session(settings, sleep=lambda seconds: None)), **more)
        return checker.check(
            cited_string(cited) if isinstance(cited, str) else Cited(cited.key, cited)
        )

    return run


def _cited(record: Record = ARTICLE, **changes: Any) -> Reference:
    authors, _ = read_authors(" and ".join(f"{family}, {given}" for family, given in PEOPLE))
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
    return replace(made, **changes)


WITHOUT = {"doi": "", "pmid": ""}
OTHERS, _ = read_authors("Fournier, Luc and Petit, Anne")
WRONG = {
    "pages": {"pages": "1-9"},
    "volume": {"volume": "99"},
    "volume and pages": {"volume": "99", "pages": "1-9"},
    "journal": {"journal": "Acta Dermatologica"},
    "journal, no place": {"journal": "Acta Dermatologica", "volume": "", "number": "", "pages": ""},
    "year": {"year": 2016},
    "authors": {"authors": OTHERS},
    "last author": {"authors": read_authors("Hansen, K B and Olsen, P and Petit, A")[0]},
}


# ---- a retraction near is said ----------------------------------------------------------


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("twin", TWINS)
def test_no_twin_hides_a_retraction(twin: str, wrong: str, check: Run) -> None:
    """Retracted, cited with one wrong field, and a record of the same title that knows little."""
    cited = _cited(**WITHOUT, **WRONG[wrong])
    for records in ([RETRACTED, TWINS[twin]], [TWINS[twin], RETRACTED]):
        result = check(records, cited)
        assert result.status == "retracted", (records[0].doi, result.as_dict())
        assert any(notice.type == "retraction" for notice in result.notices)


@pytest.mark.parametrize("twin", ["preprint", "copy", "data", "deposit"])
def test_the_identifier_of_a_twin_does_not_hide_a_retraction(twin: str, check: Run) -> None:
    """The copy is cited by its own DOI, with or without the place of the article."""
    own = _cited(TWINS[twin], pmid="")
    assert check([RETRACTED, TWINS[twin]], own).status == "retracted"
    assert check([RETRACTED, TWINS[twin]], replace(_cited(), doi=own.doi, pmid="")).status == (
        "retracted"
    )


@pytest.mark.parametrize("twin", ["preprint", "copy"])
@pytest.mark.parametrize(
    "text",
    [
        "Hansen KB, Olsen P, Dupuis MA. Propranolol for vulvar pain in adult women: a randomised "
        "trial. J Pain Stud. 2021;99:1-9.",
        "Hansen KB, Olsen P, Dupuis MA. Propranolol for vulvar pain in adult women: a randomised "
        "trial. medRxiv. 2020.",
        "Hansen KB et al. Propranolol for vulvar pain in adult women. 2020.",
    ],
)
def test_printed_and_retracted(twin: str, text: str, check: Run) -> None:
    assert check([TWINS[twin], RETRACTED], text).status == "retracted"


@pytest.mark.parametrize("service", ["pubmed", "europepmc", "openalex"])
def test_the_retraction_of_a_version_is_asked_for(service: str, check: Run) -> None:
    """Only one service tells it, and the record met first is another one's."""
    silent = replace(ARTICLE, services=("crossref",))
    teller = replace(ARTICLE, services=(service,), retracted=True)
    result = check([PREPRINT, silent, teller], _cited(PREPRINT, journal="medRxiv", pmid=""))
    assert result.works[0].is_preprint
    assert result.status == "retracted"
    assert {notice.about for notice in result.notices} == {ARTICLE.doi}


def test_the_article_a_preprint_became_is_asked_under_its_other_title(check: Run) -> None:
    article = replace(RETRACTED, title="Beta blockers and the vulva: final results of a trial")
    preprint = replace(PREPRINT, preprint_of=ARTICLE.doi)
    assert check([preprint, article], _cited(preprint, pmid="")).status == "retracted"


def test_a_candidate_tells_its_retraction(check: Run) -> None:
    """Cited too wrongly to be the work, and shown as the nearest one."""
    wrong = _cited(**WITHOUT, authors=OTHERS, year=2009, journal="Acta", volume="", pages="")
    silent = replace(ARTICLE, services=("crossref",))
    teller = replace(ARTICLE, services=("pubmed",), title="Another title in PubMed", retracted=True)
    result = check([silent, teller], wrong)
    assert result.status == "not-located"
    shown = result.candidates[0].as_dict()
    assert shown["doi"] == ARTICLE.doi
    assert shown["notices"] == ["retraction"]
    short = replace(RETRACTED, title="Vulvar pain")  # two words do not tell a work
    result = check(
        [short], _cited(short, **WITHOUT, year=2001, journal="Acta", volume="", pages="")
    )
    assert result.status == "retracted"
    assert result.candidates[0].as_dict()["notices"] == ["retraction"]


@pytest.mark.parametrize("wrong", [{}, {"pages": "1-9"}, WITHOUT])
def test_a_withdrawn_preprint_is_not_the_article(wrong: dict[str, Any], check: Run) -> None:
    withdrawn = replace(PREPRINT, updated_by=[{**RETRACTION, "type": "withdrawal"}])
    result = check([withdrawn, ARTICLE], _cited(**wrong))
    assert result.status == ("differs" if "pages" in wrong else "verified")
    assert result.notices == ()
    assert check([withdrawn, ARTICLE], _cited(withdrawn, pmid="")).status == "retracted"


def test_another_publication_of_the_same_title_is_not_accused(check: Run) -> None:
    """Retracted and published anew: the new one is cited, and right in every field."""
    old = replace(
        RETRACTED, doi="10.5555/jps.2019.11", pmid="30000001", year=2019, volume="11", pages="7-15"
    )
    for cited in (_cited(), _cited(**WITHOUT), _cited(volume="", pages="", pmid="", number="")):
        result = check([old, ARTICLE], cited)
        assert result.status == "verified"
        assert ARTICLE.doi in {work.reference.doi for work in result.works}
    near = check([old, ARTICLE], _cited(**WITHOUT)).candidates
    assert [(c.work.reference.doi, c.as_dict()["notices"]) for c in near] == [
        (old.doi, ["retraction"])
    ]
    assert check([old, ARTICLE], _cited(old)).status == "retracted"


def test_a_namesake_is_not_accused(check: Run) -> None:
    """The same title by other people, retracted."""
    other = replace(
        RETRACTED,
        authors=[("Fournier", "Luc")],
        doi="10.5555/other",
        pmid="31000009",
        journal="Acta Dermatologica",
        volume="3",
        pages="5-6",
    )
    result = check([other, ARTICLE], _cited(**WITHOUT))
    assert result.status == "verified"
    assert result.candidates[0].as_dict()["notices"] == ["retraction"]  # and yet it is shown


def test_a_retraction_beside_a_nameless_match_is_shown(check: Run) -> None:
    """Only the title is right: a record without authors is matched, the article is shown."""
    nameless = replace(SUPPLEMENT, kind="journal-article")
    wrong = _cited(**WITHOUT, authors=OTHERS, year=2009, journal="Acta", volume="", pages="")
    result = check([nameless, RETRACTED], wrong)
    assert result.status != "verified"
    assert ["retraction"] in [c.as_dict().get("notices") for c in result.candidates]


@pytest.mark.parametrize("twin", ["preprint", "copy", "supplement"])
def test_a_retraction_under_nearly_the_title_of_a_twin_is_shown(twin: str, check: Run) -> None:
    """The twin has the cited slip of the pen, the article is cited under a wrong first author."""
    slip = TITLE.replace("Propranolol", "Propanolol")
    other, _ = read_authors("Petit, A and Olsen, P and Dupuis, M A")
    near = replace(TWINS[twin], title=slip, year=2021, kind="journal-article")
    records = [near, RETRACTED]
    result = check(records, _cited(**WITHOUT, title=slip, authors=other))
    assert result.status in ("differs", "partly-verified")
    told = [(c.work.reference.doi, c.as_dict().get("notices")) for c in result.candidates]
    assert told == [(RETRACTED.doi, ["retraction"])]
    companion = replace(RETRACTED, title=slip, doi="10.5555/c", pmid="32000009", pages="9-12")
    right = check([companion, ARTICLE], _cited())
    assert (right.status, right.notices) == ("verified", ())


def test_a_short_title_accuses_nobody(check: Run) -> None:
    """ "Letter to the editor" by nobody, and one that was retracted."""
    letter = Record("Editorial comment", [], 2021, "Pain", doi="10.5555/letter.1")
    other = Record(
        "Editorial comment",
        [],
        2015,
        "Acta",
        doi="10.5555/letter.2",
        services=("crossref",),
        updated_by=[RETRACTION],
    )
    result = check([letter, other], _cited(letter, authors=()))
    assert result.status == "verified"


def test_a_concern_is_said_beside_a_twin(check: Run) -> None:
    concern = {**RETRACTION, "type": "expression_of_concern", "label": "Expression of concern"}
    article = replace(ARTICLE, updated_by=[concern])
    for twin in TWINS.values():
        result = check([twin, article], _cited(**WITHOUT, **WRONG["volume and pages"]))
        assert result.status == "expression-of-concern"


# ---- the emptiest record does not win ---------------------------------------------------


@pytest.mark.parametrize("twin", TWINS)
def test_a_right_citation_with_a_bare_twin_is_verified(twin: str, check: Run) -> None:
    forms = [
        _cited(),
        _cited(doi=""),
        _cited(pmid=""),
        _cited(**WITHOUT),
        _cited(**WITHOUT, volume="", number="", pages=""),
        _cited(**WITHOUT, journal="", volume="", number="", pages=""),
    ]
    for cited in forms:
        for records in ([ARTICLE, TWINS[twin]], [TWINS[twin], ARTICLE]):
            result = check(records, cited)
            assert result.status == "verified", (cited, result.as_dict())
            assert result.works[0].reference.doi == ARTICLE.doi
    printed = (
        "Hansen KB, Olsen P, Dupuis MA. Propranolol for vulvar pain in adult women: a randomised "
        "trial. J Pain Stud. 2021;14(2):201-9."
    )
    assert check([TWINS[twin], ARTICLE], printed).status == "verified"


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("twin", TWINS)
def test_a_wrong_field_is_told_beside_a_bare_twin(twin: str, wrong: str, check: Run) -> None:
    expected = {name.replace("number", "issue") for name, value in WRONG[wrong].items() if value}
    for identifiers, records in (
        (WITHOUT, [ARTICLE, TWINS[twin]]),
        (WITHOUT, [TWINS[twin], ARTICLE]),
        ({"pmid": ""}, [TWINS[twin], ARTICLE]),
    ):
        result = check(records, _cited(**{**identifiers, **WRONG[wrong]}))
        assert result.status == "differs", result.as_dict()
        assert {difference.field for difference in result.differences} == expected
        assert result.works[0].reference.doi == ARTICLE.doi


@pytest.mark.parametrize("twin", ["copy", "supplement", "review", "data"])
def test_a_bare_record_alone_verifies_nothing(twin: str, check: Run) -> None:
    """Nobody knows the article: what the record does not say stands as not compared."""
    result = check([TWINS[twin]], _cited(**WITHOUT))
    assert result.status in ("partly-verified", "not-located")
    if result.status == "partly-verified":
        assert result.not_compared["journal"] == result.not_compared["volume"] == "not-known"
        assert "journal" not in result.compared


def test_a_record_without_authors_verifies_no_authors(check: Run) -> None:
    result = check([NAMELESS], _cited(**WITHOUT, authors=OTHERS, volume="", number="", pages=""))
    assert result.status == "partly-verified"
    assert result.compared == ("title", "year", "journal")
    assert result.not_compared == {
        "authors": "not-known",
        "volume": "not-cited",
        "issue": "not-cited",
        "pages": "not-cited",
        "doi": "not-cited",
        "pmid": "not-cited",
    }
    assert result.needs_a_person


@pytest.mark.parametrize("twin", ["data", "preprint", "copy"])
def test_the_doi_of_a_twin_in_a_citation_of_the_article(twin: str, check: Run) -> None:
    """The article is what is cited: its DOI is wrong, and the note says where it leads."""
    result = check([ARTICLE, TWINS[twin]], _cited(doi=TWINS[twin].doi, pmid=""))
    assert result.status == "differs"
    assert result.works[0].reference.doi == ARTICLE.doi
    (difference,) = result.differences
    assert (difference.field, difference.found) == ("doi", ARTICLE.doi)
    assert str(difference.note).startswith("leads to")


def test_data_and_preprints_can_be_cited_as_what_they_are(check: Run) -> None:
    data = replace(_cited(DATA, pmid=""), type="dataset", publisher="Dryad")
    result = check([ARTICLE, DATA], data)
    assert (result.status, result.works[0].id) == ("verified", DATA.doi)
    preprint = _cited(PREPRINT, journal="medRxiv", pmid="")
    result = check([ARTICLE, PREPRINT], preprint)
    assert (result.status, result.works[0].id) == ("preprint-published-since", PREPRINT.doi)
    assert check([PREPRINT], preprint).status == "verified"


def test_two_publications_of_one_title_stay_two(check: Run) -> None:
    """An abstract and the article, both whole: which is meant is for a person to say."""
    abstract = replace(ARTICLE, doi="10.5555/abstract", pmid="31000002", volume="13", pages="S7")
    cited = _cited(**WITHOUT, volume="", number="", pages="")
    assert check([abstract, ARTICLE], cited).status == "several-candidates"
    assert check([abstract, ARTICLE], _cited(**WITHOUT)).status == "verified"


def test_the_exact_title_under_another_number_is_preferred(check: Run) -> None:
    """Two papers of the same people, and the DOI of the wrong one."""
    other = replace(
        ARTICLE,
        title="Propranolol for vulvar pain in young women: a pilot study",
        doi="10.5555/jps.2018.9",
        pmid="30000002",
        year=2020,
        volume="13",
        pages="11-19",
    )
    result = check([other, ARTICLE], _cited(doi=other.doi, pmid=""))
    assert [difference.field for difference in result.differences] == ["doi"]
    assert other.title in str(result.differences[0].note)


# ---- nothing compared is no agreement ---------------------------------------------------

INVENTED = Reference(
    "a",
    title="Magnetic bracelets cure pudendal neuralgia in nine weeks",
    authors=OTHERS,
    journal="Journal of Pain Studies",
    year=2019,
    doi="10.5555/untitled",
)


@pytest.mark.parametrize(
    "kind",
    ["journal-issue", "component", "peer-review", "dataset", "journal-article", "book-chapter"],
)
@pytest.mark.parametrize("journal", ["", "Journal of Pain Studies", "Acta Dermatologica"])
@pytest.mark.parametrize("title", ["", ".", "[Not Available]."])
def test_an_invented_article_with_the_doi_of_an_untitled_record(
    title: str, journal: str, kind: str, check: Run
) -> None:
    untitled = Record(
        title, [], 2019, journal, doi=INVENTED.doi, kind=kind, services=("crossref", "openalex")
    )
    result = check([untitled], INVENTED)
    assert result.status in ("partly-verified", "not-located")
    assert "title" not in result.compared
    if kind == "journal-article" and journal == INVENTED.journal:
        assert result.status == "partly-verified"
        assert result.not_compared["title"] == result.not_compared["authors"] == "not-known"
    if kind not in ("journal-article", "book-chapter") or journal == "Acta Dermatologica":
        assert result.status == "not-located"
        assert result.candidates[0].as_dict()["doi"] == INVENTED.doi
    assert fill(INVENTED, result).filled == {}


def test_a_real_article_with_the_doi_of_its_issue(check: Run) -> None:
    issue = Record(
        "",
        [],
        2021,
        ARTICLE.journal,
        doi="10.5555/jps.14.2",
        kind="journal-issue",
        services=("crossref",),
    )
    result = check([issue, ARTICLE], _cited(doi=issue.doi, pmid=""))
    assert result.works[0].reference.doi == ARTICLE.doi
    (difference,) = result.differences
    assert str(difference.note) == "leads to a record of another kind (journal-issue) without title"


def test_an_identifier_alone_is_verified_in_part(check: Run) -> None:
    result = check([ARTICLE], Reference("a", doi=ARTICLE.doi))
    assert result.status == "partly-verified"
    assert result.compared == ("doi",)
    assert result.not_compared["title"] == "not-cited"
    assert fill(Reference("a", doi=ARTICLE.doi), result).reference.title == ARTICLE.title


def test_a_title_alone_is_verified_in_part(check: Run) -> None:
    result = check([ARTICLE], Reference("a", title=TITLE))
    assert result.status == "partly-verified"
    assert result.compared == ("title",)
    assert check([ARTICLE], Reference("a", title=TITLE, doi=ARTICLE.doi)).status == "verified"


def test_a_printed_title_that_is_not_read_is_not_verified(check: Run) -> None:
    result = check([ARTICLE], "Hansen KB et al. J Pain Stud. 2021;14(2):201-9.")
    assert result.status == "partly-verified"
    assert result.not_compared["title"] == "not-read"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (
            "K. B. Hansen, P. Olsen, and M. A. Dupuis, “{title},” J. Pain Stud., no. 2, "
            "pp. 201-209, 2021.",
            "verified",
        ),
        ("Hansen, K. B. et al. {title}. Journal of Pain Studies, 201–209 (2021).", "verified"),
        (
            "Hansen KB, Olsen P, Dupuis MA. {title}. J Pain Stud. 2021;99(2):201-9.",
            "partly-verified",
        ),
    ],
)
def test_a_number_that_is_no_volume_is_not_missed_in_the_record(
    text: str, status: str, check: Run
) -> None:
    """The journal has issues and pages, and no volume that any service knows."""
    record = replace(ARTICLE, volume="")
    assert check([record], text.format(title=TITLE)).status == status


@pytest.mark.parametrize(
    "title",
    [
        "Propranolol for vulvar pain in adult women: a systematic review and meta-analysis",
        "Propranolol for vulvar pain in adult women: no benefit over placebo",
        "Propranolol for vulvar pain in adult women. Protocol",
    ],
)
def test_a_wrong_subtitle_is_told_by_the_fullest_title(title: str, check: Run) -> None:
    """Crossref keeps the title without its subtitle, PubMed has it whole."""
    head = replace(
        ARTICLE,
        title="Propranolol for vulvar pain in adult women",
        services=("crossref", "openalex"),
    )
    whole = replace(ARTICLE, services=("pubmed", "europepmc"))
    for changes in ({}, WITHOUT):
        result = check([head, whole], _cited(**changes, title=title))
        assert result.status == "differs"
        assert [(d.field, d.found.rstrip(".")) for d in result.differences] == [("title", TITLE)]
    assert check([head, whole], _cited()).status == "verified"
    assert check([head, whole], _cited(title=head.title)).status == "verified"
    alone = check([head], _cited(title=title))  # nobody knows a subtitle
    assert alone.status == "partly-verified"
    assert alone.not_compared["subtitle"] == "not-known"


# ---- an answer is about what was asked --------------------------------------------------


def _message(message: Any) -> bytes:
    return json.dumps({"status": "ok", "message": message}).encode()


EMPTY = b'{"status": "ok", "message": {"items": []}}'
ELSE = _message(crossref_item(replace(ARTICLE, doi="10.5555/else")))
OWN = _message(crossref_item(replace(ARTICLE, title=INVENTED.title, doi=INVENTED.doi)))
ANSWERS = {
    "no items": EMPTY,
    "nothing": _message({}),
    "null": b'{"message": null}',
    "a list": b"[]",
    "about something else": ELSE,
    "without DOI": _message({"type": "journal-article", "title": [INVENTED.title]}),
    "html": b"<!doctype html><title>10.5555/untitled</title>",
    "nan": b'{"message": {"items": [], "total-results": NaN}}',
    "nan in a record": OWN.replace(b'"ok"', b"NaN"),
    "bom": b"\xef\xbb\xbf" + EMPTY,
    "utf-16": EMPTY.decode().encode("utf-16"),
    "truncated": OWN[:-40],
    "twice": EMPTY + EMPTY,
    "empty": b"",
    "text": b'"10.5555/untitled"',
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("service", ["crossref", ""])
def test_no_odd_answer_verifies_anything(
    service: str, answer: str, double: ServiceDouble, check: Run
) -> None:
    double.fault(Reply(ANSWERS[answer]), service)
    result = check([], INVENTED)
    assert result.status in ("not-located", "unchecked")
    assert result.works == ()
    assert not any("not registered" in problem.message for problem in result.problems)


@pytest.mark.parametrize("answer", ["no items", "about something else", "nan", "null"])
def test_an_odd_answer_is_not_kept(answer: str, double: ServiceDouble, tmp_path: Path) -> None:
    """The next check asks again, although answers are kept for a day."""
    double.records = [replace(ARTICLE)]
    settings = SourceSettings(bases=double.bases, retries=0, cache=tmp_path / "services.sqlite")
    checker = Checker(all_sources(Session(settings, sleep=lambda seconds: None)))
    double.fault(Reply(ANSWERS[answer]), "crossref", "works/10", times=1)
    first = checker.check(Cited("a", _cited()))
    assert first.lookups[0].outcome == "bad-answer"
    assert first.needs_a_person
    second = checker.check(Cited("a", _cited()))
    assert (second.lookups[0].outcome, second.lookups[0].copied) == ("found", False)
    assert not second.needs_a_person


def test_an_answer_about_another_number_is_no_answer(double: ServiceDouble, check: Run) -> None:
    """Neither agreement nor "no such record": what PubMed knows of the number stays open."""
    body = (
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>9</PMID><Article>"
        "<ArticleTitle>Other</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
        "</PubmedArticleSet>"
    )
    double.fault(Reply(body.encode(), type="text/xml"), "pubmed", "efetch")
    result = check([replace(ARTICLE, services=("crossref",))], _cited())
    assert result.status == "verified"
    assert result.not_compared["pmid"] == "not-known"
    assert {look.outcome for look in result.lookups if look.source == "PubMed"} >= {"bad-answer"}


def test_a_registrar_that_says_nothing_unregisters_nothing(
    double: ServiceDouble, check: Run
) -> None:
    double.fault(Reply(EMPTY), "crossref", "/agency")
    result = check([replace(ARTICLE, doi="", services=("pubmed",))], _cited(pmid=""))
    assert result.status == "verified"
    assert result.not_compared["doi"] == "not-known"


@pytest.mark.parametrize("service", ["crossref", "openalex"])
def test_404_of_a_search_is_no_answer(service: str, double: ServiceDouble, check: Run) -> None:
    path = f"/{service}/works"
    rule = Reply(b"<html>not here</html>", 404, "text/html")
    double.faults.append(lambda request: rule if request.path == path else None)
    result = check([], replace(INVENTED, doi=""))
    assert any(look.outcome == "bad-answer" for look in result.lookups)


# ---- dates of notices -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notices", "kinds"),
    [
        ([("retraction", "2020-01-02"), ("reinstatement", "2021-03-04")], {"reinstatement"}),
        ([("retraction", ""), ("reinstatement", "2021-03-04")], {"reinstatement"}),
        ([("retraction", "2021"), ("reinstatement", "2021-03-04")], {"reinstatement"}),
        ([("retraction", "2022-01-01"), ("reinstatement", "2021-03-04")], {"retraction"}),
        (
            [("retraction", "2020"), ("reinstatement", "2021"), ("retraction", "2022")],
            {"retraction"},
        ),
        ([("reinstatement", "")], {"reinstatement"}),
        ([("retraction", ""), ("correction", "")], {"retraction", "correction"}),
        ([], set()),
    ],
)
def test_a_retraction_holds_until_it_is_undone(
    notices: list[tuple[str, str]], kinds: set[str]
) -> None:
    assert standing(Notice(kind, "x", date=date) for kind, date in notices) == kinds


def test_a_reinstated_work_is_not_called_retracted(tmp_path: Path, check: Run) -> None:
    undone = {
        **RETRACTION,
        "type": "reinstatement",
        "label": "Reinstatement",
        "updated": {"date-parts": [[2024, 1, 2]]},
    }
    result = check([replace(ARTICLE, updated_by=[RETRACTION, undone])], _cited())
    assert result.status == "reinstated"
    assert {notice.type for notice in result.notices} == {"retraction", "reinstatement"}
    path = tmp_path / "list.csv"
    path.write_text(
        "OriginalPaperDOI,Title,Author,RetractionNature,RetractionDate\n"
        f"{ARTICLE.doi},x,Hansen KB,Retraction,1/2/2022 0:00\n"
        f"{ARTICLE.doi},x,Hansen KB,Reinstatement,1/2/2024 0:00\n",
        encoding="utf-8",
    )
    assert check([ARTICLE], _cited(), retractions=read_retractions(path)).status == "reinstated"


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (f"10.1101/2020.02.02.1,{TITLE},Hansen KB,,medRxiv,Preprint", "verified"),
        (f"10.1101/2020.02.02.1,{TITLE},Hansen KB,,,", "verified"),
        (f"10.5555/unknown,{TITLE},Hansen KB,,J Pain Stud,Research Article", "verified"),
        (f",{TITLE},Hansen KB,,,", "retracted"),
        (f",{TITLE},Somebody Else,,,", "verified"),
        (f"{ARTICLE.doi},Another title of it,Hansen KB,,,", "retracted"),
        (f",Another title of it,Hansen KB,{ARTICLE.pmid},,", "retracted"),
    ],
)
def test_a_row_of_the_list_is_of_the_work_it_names(
    row: str, status: str, tmp_path: Path, check: Run
) -> None:
    """By title only when no identifier contradicts, and no preprint for the article."""
    path = tmp_path / "list.csv"
    head = "OriginalPaperDOI,Title,Author,OriginalPaperPubMedID,Journal,ArticleType\n"
    path.write_text(f"{head}{row}\n", encoding="utf-8")
    listed = read_retractions(path)
    assert check([ARTICLE], _cited(), retractions=listed).status == status
    # A copy of a listed article says nothing of it: its own DOI contradicts nothing
    if row.startswith("10.5555/unknown"):
        assert check([COPY], _cited(**WITHOUT), retractions=listed).status == "retracted"


# ---- notices that are cited themselves, DOIs with what was copied along ------------------

NOTICE_OF = {
    "Erratum": replace(
        ARTICLE,
        title=f"Erratum: {TITLE}",
        year=2022,
        volume="15",
        issue="1",
        pages="99",
        doi="10.5555/jps.2022.99",
        pmid="32000099",
        update_to=[{"type": "erratum", "DOI": ARTICLE.doi}],
    ),
    "Retraction": replace(
        ARTICLE,
        title=f"Retraction: {TITLE}",
        year=2023,
        volume="16",
        issue="1",
        pages="1",
        doi="10.5555/notice.1",
        pmid="32000111",
        update_to=[{"type": "retraction", "DOI": ARTICLE.doi}],
    ),
}


@pytest.mark.parametrize("without", [{}, WITHOUT], ids=["ids", "no ids"])
@pytest.mark.parametrize("kind", NOTICE_OF)
def test_a_notice_is_cited_as_what_it_is(kind: str, without: dict[str, str], check: Run) -> None:
    notice = NOTICE_OF[kind]
    assert check([RETRACTED, notice], _cited(notice, **without)).status == "verified"


IN_PLACE = replace(ARTICLE, title=f"Notice of Retraction: {TITLE}")


@pytest.mark.parametrize(
    "said",
    [
        {"update_to": [{"type": "retraction", "DOI": ARTICLE.doi}]},
        {"updated_by": [RETRACTION]},
    ],
    ids=["of itself", "of it"],
)
def test_a_notice_in_the_place_of_its_article_is_no_notice(
    said: dict[str, Any], check: Run
) -> None:
    retracted = replace(IN_PLACE, **said)
    assert check([retracted], _cited(retracted)).status == "retracted"


def test_a_listed_number_is_retracted_under_the_title_of_a_notice(
    check: Run, tmp_path: Path
) -> None:
    path = tmp_path / "retractions.csv"
    path.write_text(f"OriginalPaperDOI,Title\n{ARTICLE.doi},{TITLE}\n", encoding="utf-8")
    listed = read_retractions(path)
    assert check([IN_PLACE], _cited(IN_PLACE), retractions=listed).status == "retracted"
    notice = NOTICE_OF["Erratum"]  # of which only the title is listed, that of its article
    found = check([ARTICLE, notice], _cited(notice), retractions=listed)
    assert found.status == "verified"


@pytest.mark.parametrize(
    "wrong",
    [
        {"year": 2021, "volume": "14", "number": "2", "pages": "201-209"},  # those of the article
        {"volume": "", "number": "", "pages": ""},
        {"pages": "77"},
        {"title": TITLE},
    ],
    ids=["place of the article", "no place", "wrong pages", "title of the article"],
)
def test_what_is_not_wholly_the_notice_tells_the_retraction(
    wrong: dict[str, Any], check: Run
) -> None:
    cited = _cited(NOTICE_OF["Retraction"], **WITHOUT | wrong)
    assert check([RETRACTED, NOTICE_OF["Retraction"]], cited).status == "retracted"


@pytest.mark.parametrize(
    "doi",
    [
        "https://doi.org/10.5555/jps.2021.14/abstract",
        "10.5555/jps.2021.14/full",
        "https://journals.example.org/doi/pdf/10.5555/jps.2021.14",
        "10.5555/jps.2021.14.",
        "10.5555/jps.2021.14)",
        "https://doi.org/10.5555%2Fjps.2021.14",
        "https://doi.org/10.5555/jps.2021.14?utm_source=mail",
        "10.5555/JPS.2021.14. PMID: 32000001",
        "10.5555/jps.2021.14.PMID:32000001",
    ],
)
def test_what_was_copied_along_is_none_of_the_doi(doi: str, check: Run) -> None:
    assert check([ARTICLE], _cited(doi=doi, pmid="")).status == "verified"
    knees = ("Knee J", "Knee J", "1", "1", "3-9", "10.5555/jps.2021.1")
    other = Record("Ice for the knees of tall runners", [("Poe", "Eve")], 2010, *knees)
    wrong = check([ARTICLE, other], _cited(doi=doi.replace("14", "1"), pmid=""))
    assert [d.field for d in wrong.differences] == ["doi"]
