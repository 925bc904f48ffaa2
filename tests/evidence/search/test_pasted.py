"""What people paste to get at one work, tried with every reference of the library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.search.engine import WhooshEngine
from evidence.search.protocol import Answer
from evidence.search.request import SearchRequest
from references.formats.vancouver import cite
from references.normalise import fold
from references.record import Author, Reference


def find(engine: WhooshEngine, query: str, limit: int = 5) -> Answer:
    return engine.search(SearchRequest(query, limit=limit, facets=(), highlight=False))


def keys(engine: WhooshEngine, query: str, limit: int = 5) -> list[str]:
    return [hit.key for hit in find(engine, query, limit).results]


@pytest.fixture(scope="module")
def signed(kb: KnowledgeBase) -> list[Reference]:
    """The references that have a person for an author, and a year."""
    found = [
        reference
        for reference in kb.library.values()
        if reference.year and any(author.family for author in reference.authors)
    ]
    assert len(found) > 250
    return found


def _two(reference: Reference, sign: str) -> str:
    return sign.join(author.short for author in reference.authors[:2])


def _printed(author: Author) -> str:
    initials = " ".join(f"{letter}." for letter in author.initials)
    return f"{author.short}, {initials}" if initials else author.short


def _apa(reference: Reference) -> str:
    names = ", ".join(map(_printed, reference.authors[:7]))
    return (
        f"{names} ({reference.year}). {reference.title}. {reference.journal}, "
        f"{reference.volume}({reference.number}), {reference.pages}."
    )


BYLINES: dict[str, Callable[[Reference], str]] = {
    "Ilfeld 2023": lambda r: f"{r.authors[0].short} {r.year}",
    "ilfeld 2023": lambda r: f"{r.authors[0].short} {r.year}".lower(),
    "without accents": lambda r: fold(f"{r.authors[0].short} {r.year}"),
    "(Ilfeld, 2023)": lambda r: f"({r.authors[0].short}, {r.year})",
    "Ilfeld (2023)": lambda r: f"{r.authors[0].short} ({r.year})",
    "2023 Ilfeld": lambda r: f"{r.year} {r.authors[0].short}",
    "Ilfeld et al. 2023": lambda r: f"{r.authors[0].short} et al. {r.year}",
    "Ilfeld BM, et al. 2023a": lambda r: (
        f"{r.authors[0].short} {r.authors[0].initials}, et al. {r.year}a"
    ),
    "Ilfeld & Finneran 2023": lambda r: f"{_two(r, ' & ')} {r.year}",
    "Ilfeld et Finneran, 2023": lambda r: f"{_two(r, ' et ')}, {r.year}",
    "Brian Ilfeld 2023": lambda r: f"{r.authors[0].name} {r.year}",
    "as the pages print it": lambda r: r.byline,
    "with the journal behind it": lambda r: f"{r.byline}. {r.journal}",
    '"Ilfeld 2023"': lambda r: f'"{r.authors[0].short} {r.year}"',
    "« Ilfeld et al., 2023 »": lambda r: f"« {r.authors[0].short} et al., {r.year} »",
    "printed, between quotation marks": lambda r: f'"{r.byline}"',
}


@pytest.mark.parametrize("form", BYLINES)
def test_author_and_year_find_the_work_first(
    engine: WhooshEngine, kb: KnowledgeBase, signed: list[Reference], form: str
) -> None:
    def is_right(reference: Reference, found: list[str]) -> bool:
        first = kb.library[found[0]] if found else Reference("")
        return bool(first.authors) and (
            (first.authors[0].short, first.year) == (reference.authors[0].short, reference.year)
        )

    queries = {reference.key: BYLINES[form](reference) for reference in signed}
    missed = [
        queries[reference.key]
        for reference in signed
        if not is_right(reference, keys(engine, queries[reference.key], 1))
    ]
    assert len(missed) <= len(signed) // 100, missed


PRINTED: dict[str, Callable[[Reference], str]] = {
    "Vancouver": cite,
    "Vancouver, French": lambda r: cite(r, language="fr"),
    "APA": _apa,
    "numbered, in small letters": lambda r: f"[12] {cite(r)}".lower(),
    "title between quotation marks": lambda r: (
        f'{r.authors[0].name}. "{r.title.replace(chr(34), "")}." {r.journal} ({r.year}).'
    ),
    "without authors": lambda r: f"{r.title}. {r.journal}. {r.year}",
    "short title between quotation marks": lambda r: (
        f'{r.authors[0].family}, {r.authors[0].given}, et al. "{r.title}." {r.year}.'
    ),
    "with identifiers unknown here": lambda r: f"{cite(r)} PMID: 99999998; PMCID: PMC9999998.",
}


@pytest.mark.parametrize("form", PRINTED)
def test_a_printed_reference_finds_its_record_first(
    engine: WhooshEngine, kb: KnowledgeBase, signed: list[Reference], form: str
) -> None:
    missed = []
    for reference in signed:
        found = keys(engine, PRINTED[form](reference), 1)
        if not found or kb.library[found[0]].title != reference.title:
            missed.append((reference.key, found))
    assert len(missed) <= len(signed) // 100, missed


# ---- titles ---------------------------------------------------------------------------


def _plain(title: str) -> str:
    return title.replace('"', " ")


TITLES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "quoted": lambda title: f'"{_plain(title)}"',
    "in French quotation marks": lambda title: f"« {_plain(title)} »",
    "in capitals": str.upper,
    "with a full stop": lambda title: f"{title}.",
    "in its field": lambda title: f'title:"{_plain(title)}"',
    "in its French field, in brackets": lambda title: f"titre:({_plain(title)})",
    "behind its field, without quotation marks": lambda title: f"title: {title}",
}


@pytest.mark.parametrize("form", TITLES)
def test_a_title_finds_its_record_first(engine: WhooshEngine, kb: KnowledgeBase, form: str) -> None:
    same: dict[str, set[str]] = {}
    for key, reference in kb.library.items():
        same.setdefault(" ".join(fold(reference.title).split()), set()).add(key)
    missed = []
    for alike in same.values():
        title = kb.library[min(alike)].title
        if set(keys(engine, TITLES[form](title), len(alike))) != alike:
            missed.append(title)
    assert len(missed) <= len(same) // 100, missed


@pytest.mark.parametrize("form", ["{}", 'title:"{}"', "titre:{}"])
@pytest.mark.parametrize("title", ["Pudendal Neuralgia", "Cryoanalgesia", "Vulvodynia"])
def test_a_title_that_is_a_concept_comes_before_what_is_about_it(
    engine: WhooshEngine, kb: KnowledgeBase, title: str, form: str
) -> None:
    own = {key for key, reference in kb.library.items() if fold(reference.title) == fold(title)}
    answer = find(engine, form.format(title), 200)
    assert own
    assert {hit.key for hit in answer.results[: len(own)]} == own
    assert answer.total > len(own)


def test_a_title_in_its_field_comes_first_among_what_else_is_asked(
    engine: WhooshEngine, kb: KnowledgeBase
) -> None:
    found = keys(engine, 'title:"Pudendal Neuralgia" year:2023')
    assert found == ["malhotra2023pudendal", "habib2023pudendal"]
    assert kb.library[found[0]].title == "Pudendal Neuralgia"


def test_a_short_title_beside_its_year_or_journal_names_its_work(engine: WhooshEngine) -> None:
    assert keys(engine, "Cryoanalgesia 2024", 1) == ["derian2024cryoanalgesia"]
    assert keys(engine, "Cryosurgery: A review. International Journal of Angiology", 1) == [
        "yiu2007cryosurgery"
    ]


def test_a_title_that_was_cut_off_names_its_work(engine: WhooshEngine) -> None:
    cut = "Intercostal nerve cryoablation during surgical stabilization of rib"
    assert keys(engine, cut, 1) == ["choi2021ssrfic"]
    assert keys(engine, f"{cut} fr…", 1) == ["choi2021ssrfic"]


def test_a_byline_between_quotation_marks_is_a_part_of_a_query_too(
    engine: WhooshEngine, kb: KnowledgeBase
) -> None:
    own = {"ilfeld2023phantom", "ilfeld2023nct06071715"}
    assert set(keys(engine, '"Ilfeld et al. 2023" phantom')) == own
    left = find(engine, 'NOT "Ilfeld 2023"', 200)
    assert left.total == len(kb.library) - len(own)
    assert not keys(engine, '"Ilfeld 1850"')


@pytest.mark.parametrize("field", ["title:", "titre:", "ti: "])
def test_a_whole_title_in_its_field_finds_its_record(
    engine: WhooshEngine, kb: KnowledgeBase, field: str
) -> None:
    missed = [
        key
        for key, reference in kb.library.items()
        if key not in keys(engine, f'{field}"{_plain(reference.title)}"', 50)
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("with_small_words", "without"),
    [
        ('title:"treatment of vulvodynia"', 'title:"treatment vulvodynia"'),
        ('title:"cryoneurolysis for pain"', 'title:"cryoneurolysis pain"'),
        ('title:"the cryoneurolysis of"', "title:cryoneurolysis"),
        ('titre:"le traitement de la douleur"', 'titre:"traitement douleur"'),
        ('journal:"the journal of pain"', 'journal:"journal pain"'),
        ('author:"Ilfeld and Finneran"', 'author:"Ilfeld Finneran"'),
        ('author:"Ilfeld BM et al."', 'author:"Ilfeld BM"'),
    ],
)
def test_small_words_in_a_field_are_passed_over(
    engine: WhooshEngine, with_small_words: str, without: str
) -> None:
    found = keys(engine, with_small_words, 200)
    assert found
    assert set(found) == set(keys(engine, without, 200))


def test_every_journal_and_author_is_found_in_its_field(
    engine: WhooshEngine, kb: KnowledgeBase
) -> None:
    for key, reference in kb.library.items():
        if reference.journal:
            assert key in keys(engine, f'journal:"{_plain(reference.journal)}"', 200), key
        for author in reference.authors[:3]:
            assert key in keys(engine, f'author:"{author.short}"', 200), (key, author)


@pytest.mark.parametrize(
    "title",
    [
        "Cryoneurolysis of the pudendal nerve: a systematic review",
        "Choosing a study design: what clinicians should know about cryoneurolysis",
        "Pain in the first year: results of a cohort with cryoneurolysis",
        "Indication: chronic pain after cryoneurolysis",
        "The concept: origin of cryoneurolysis",
        "The language: how patients speak of cryoneurolysis",
        "Guidance: when to use cryoneurolysis",
        "The author: a life with cryoneurolysis",
        "La douleur du nerf : une étude de la cryoneurolyse",
        "Titre: la cryoneurolyse en plan: bilan",
        "The revue: of cryoneurolysis",
        "A journal: in hospital with cryoneurolysis",
        "Management of author: pain in hospital cryoneurolysis",
        "Cryoneurolysis in a hospital of 1850. PMID: 99999998",
    ],
)
def test_a_title_nobody_has_here_is_searched_for_by_its_words(
    engine: WhooshEngine, title: str
) -> None:
    answer = find(engine, title)
    assert "cryoneurolysis" in answer.concepts
    assert answer.results


def test_fields_that_find_nothing_are_words_where_a_space_stands_behind_the_colon(
    engine: WhooshEngine,
) -> None:
    told = "'author: pain' was read as words: with it as a field nothing is found."
    answer = find(engine, "The author: pain in hospital cryoneurolysis")
    assert told in map(str, answer.notices)
    assert find(engine, "author: ilfeld year: 1950").total == 0  # a field for each, no title
    assert find(engine, "author:ilfeld cryoneurolysis year:1950").total == 0


# ---- identifiers ----------------------------------------------------------------------


def _forms(reference: Reference) -> Iterator[str]:
    if doi := reference.doi:
        escaped = doi.replace("/", "%2F")
        yield from (doi, f"doi:{doi}", f"doi: {doi.upper()}", f"doi.org/{doi}", f"dx.doi.org/{doi}")
        yield from (f"https://doi.org/{escaped}", f"https%3A%2F%2Fdoi.org%2F{escaped}", escaped)
        yield from (f'"{doi}"', f"« {doi} »", f"https://doi.org/{doi}/", f"<https://doi.org/{doi}>")
        yield f"https://link.springer.com/article/{doi}/fulltext.html"
    if pmid := reference.pmid:
        yield from (f"PMID: {pmid}", f"pmid {pmid}", f"pubmed.ncbi.nlm.nih.gov/{pmid}/")
        yield from (f"www.ncbi.nlm.nih.gov/pubmed/{pmid}", f"{pmid}[pmid]")
        yield f"https://pubmed.ncbi.nlm.nih.gov/?term={pmid}"
    if pmcid := reference.pmcid:
        yield from (pmcid, f"PMCID: {pmcid}", f"pmc.ncbi.nlm.nih.gov/articles/{pmcid}/")
    yield from (f"@{reference.key}", f"[@{reference.key}]")


def test_identifiers_in_any_form_go_to_their_record(
    engine: WhooshEngine, kb: KnowledgeBase
) -> None:
    tried = 0
    for reference in kb.library.values():
        for form in _forms(reference):
            assert find(engine, form).redirect == reference.key, form
            tried += 1
    assert tried > 2000


# ---- ordinary queries, other names ----------------------------------------------------


def test_a_year_among_words_is_the_year_it_appeared(
    engine: WhooshEngine, kb: KnowledgeBase
) -> None:
    for words, concept in (("vulvodynia 2020", "dynia"), ("cryoanalgesia 1981", "cryo")):
        found = find(engine, words, 50)
        assert found.total
        for hit in found.results:
            reference = kb.library[hit.key]
            told = " ".join([repr(reference), reference.title]).lower()
            assert concept in told
            assert words.split()[1] in told
    appeared = {key for key, r in kb.library.items() if r.year == 2020 and r.title == "Vulvodynia"}
    assert appeared <= set(keys(engine, "vulvodynia 2020", 50))


def test_a_word_that_is_a_name_too_hides_nothing(
    small_base: Callable[..., KnowledgeBase], tmp_path: Path
) -> None:
    engine = open_engine(small_base(NAMES), tmp_path / "instance")
    assert keys(engine, "cold 2019") == ["cold", "about"]
    assert "about" in keys(engine, "cold 2018")  # nothing of 2018: what has a word is shown
    engine.close()


NAMES = """
@article{cold, author = {Cold, Ann}, title = {Knee blocks}, year = {2019}}
@article{about, author = {Doe, Jo}, title = {Applying cold after surgery}, year = {2019}}
@article{obrien, author = {O’Brien, Mary}, title = {A first study of nerves}, year = {2011}}
@article{ostergard, author = {Østergård, Søren}, title = {A second study of it}, year = {2012}}
@article{wisniewska, author = {Wiśniewska-Łukasz, Ewa}, title = {Third study}, year = {2013}}
@article{falck, author = {von Falck, Carl and de la Cruz, Ana}, title = {Fourth}, year = {2014}}
@article{ivernois, author = {d'Ivernois, Jean-Fran{\\c c}ois}, title = {Fifth}, year = {2015}}
@misc{nice, author = {{National Institute for Cold (NIC)}}, title = {Sixth}, year = {2016}}
@article{nobody, title = {Seventh}, journal = {Annals of Ice}, year = {2017}}
"""


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WhooshEngine]:
    folder = tmp_path_factory.mktemp("names")
    for name in ("references", "texts"):
        (folder / name).mkdir()
    (folder / "kb.toml").write_text('name = {fr = "petite", en = "small"}\n')
    (folder / "references" / "all.bib").write_text(NAMES, encoding="utf-8")
    opened = open_engine(KnowledgeBase(folder), folder / "instance")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("O'Brien", "obrien"),
        ("O’Brien 2011", "obrien"),
        ("OBrien 2011", "obrien"),
        ("o'brien et al. 2011", "obrien"),
        ('author:"O\'Brien"', "obrien"),
        ("author:O’Brien", "obrien"),
        ("Brien 2011", "obrien"),
        ("Ostergard", "ostergard"),
        ("Østergård 2012", "ostergard"),
        ("ostergard, 2012", "ostergard"),
        ("Wisniewska-Lukasz 2013", "wisniewska"),
        ("Wiśniewska‑Łukasz, 2013", "wisniewska"),
        ("Wisniewska Lukasz 2013", "wisniewska"),
        ("Lukasz", "wisniewska"),
        ("author:wisniewska", "wisniewska"),
        ("von Falck 2014", "falck"),
        ("Falck 2014", "falck"),
        ("VON FALCK C, et al. 2014", "falck"),
        ("von Falck & de la Cruz 2014", "falck"),
        ("de la Cruz 2014", "falck"),
        ("Cruz A 2014", "falck"),
        ('author:"von Falck"', "falck"),
        ("author:falck", "falck"),
        ("d'Ivernois 2015", "ivernois"),
        ("d’Ivernois J-F, 2015", "ivernois"),
        ("Ivernois JF", "ivernois"),
        ('author:"Ivernois J.-F."', "ivernois"),
        ("J.-F. d'Ivernois (2015)", "ivernois"),
        ("National Institute for Cold (NIC) 2016", "nice"),
        ("NIC 2016", "nice"),
        ("Annals of Ice 2017", "nobody"),
        ("Bri\u00aden 2011", "obrien"),
        ("ner\u200bves fir\u00adst", "obrien"),
    ],
)
def test_names_may_be_typed_in_any_way(names: WhooshEngine, query: str, key: str) -> None:
    assert keys(names, query, 1) == [key]


def test_initials_belong_to_the_field_of_authors(engine: WhooshEngine, kb: KnowledgeBase) -> None:
    """ "CT" and "MR" are words: authors whose given names begin so are not meant by them."""
    for key, reference in kb.library.items():
        for author in reference.authors:
            if len(author.initials) == 2:
                assert key in keys(engine, f'author:"{author.short} {author.initials}"', 200), (
                    author
                )
    assert "ilfeld2023phantom" in keys(engine, "author:BM", 200)
    assert "ilfeld2023phantom" not in keys(engine, "BM", 200)
