"""Pairs of records labelled by rule: different works that look alike, and one work told twice.

The titles are made up. A pair of different works comes from a frame with a gap and two words
that make two works of it; a pair of doubles from a record and what databases do to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from references.formats.bibtex import read_text
from references.record import Author, Reference

#: A frame, and the words that fill its gap: two works a "/", several pairs a line.
_FRAMES = """
Cold treatment of chronic pain {}: a cohort study
    in men/in women | in boys/in girls | in adults/in children | in smokers/in non-smokers
    in rats/in mice | with diabetes/without diabetes | with sedation/without sedation
    with hyperalgesia/with hypoalgesia | before surgery/after surgery
    of the left knee/of the right knee | of the upper limb/of the lower limb
    of the hand/of the hip | in premenopausal women/in postmenopausal women
    in pregnancy/after pregnancy | at 3 months/at 6 months | at 1 year/at 2 years
    with 5 mg/with 50 mg | with 1.5 mg/with 15 mg | at -20 degrees/at -70 degrees
    for >3 months/for <3 months | in patients over 65/in patients under 65
    in primary care/in tertiary care | in 2010/in 2020 | in Norway/in Sweden
    in inpatients/in outpatients | in CD4+ patients/in CD4- patients | from grade 2/from grade 3
    in type 1 diabetes/in type 2 diabetes | in stage II/in stage III
    in responders/in nonresponders | at −20 °C/at 20 °C | in ♂ mice/in ♀ mice
    with lidocaine ± heat/with lidocaine + heat
{} injection of local anaesthetics for neuralgia
    CT-guided/MR-guided | Preoperative/Postoperative | Afferent/Efferent | Single/Repeated
    Unilateral/Bilateral | Intradural/Extradural | Supraorbital/Infraorbital
    Intraneural/Extraneural | Proximal/Distal | Medial/Lateral | Anterior/Posterior
    Blind/Guided | High-dose/Low-dose | Early/Late | Effective/Ineffective
    Long-term/Short-term | Inpatient/Outpatient | Abducent/Adducent
Desensitisation of peripheral nerves by cold{}
     I/ II |  (part one)/ (part two) | . Part 1/. Part 2 | , part A/, part B
    : first report/: second report | : 1/: 2 |  - I. Methods/ - II. Results | /: part 2
     [Part 1]/ [Part 2] | : volume 1/: volume 2 | : protocol of a trial/: results of a trial
    : study 1/: study 2 |  is safe/ is not safe |  works/ does not work | : for/: against
     does no harm/ does harm | : an increase/: a decrease | : efficacy/: safety
    : one-year follow-up/: five-year follow-up | : the patients' view/: the nurses' view
Intraoperative {} and outcome after hernia repair
    hypotension/hypertension | hypothermia/hyperthermia | hypoxia/hyperoxia
    hypoglycaemia/hyperglycaemia | hypocapnia/hypercapnia | hypovolaemia/hypervolaemia
    hyponatraemia/hypernatraemia | bradycardia/tachycardia | acidosis/alkalosis
    adduction/abduction | vasodilation/vasoconstriction | agonists/antagonists
    coagulation/anticoagulation | ketamine/esketamine | cooling/warming
Traitement par le froid de la douleur chronique {} : étude de cohorte
    chez l’homme/chez la femme | chez l’enfant/chez l’adulte | avec sédation/sans sédation
    avant l’opération/après l’opération | du côté droit/du côté gauche
    du membre supérieur/du membre inférieur | avant la ménopause/après la ménopause
    à trois mois/à six mois | chez le fumeur/chez le non-fumeur | en ville/à l’hôpital
    de la main/du pied | en France/en Belgique
Le froid contre la névralgie{}
    , première partie/, deuxième partie |  (1re partie)/ (2e partie) |  : efficace/ : inefficace
     est utile/ est inutile |  : tome I/ : tome II |  est sans danger/ n’est pas sans danger
     : pour/ : contre |  aiguë/ chronique |  : méthodes/ : résultats
"""

BASE = Reference(
    "a",
    authors=(Author("Martin", "Lea"), Author("Dubois", "Guy"), Author("Leroy", "Kim")),
    year=2020,
    journal="Journal of Cold Medicine",
    volume="12",
    number="3",
)

#: What the two records of a pair of different works give beside their titles.
_PLACES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "two places": ({"pages": "100-109"}, {"pages": "110-119"}),
    "no pages": ({}, {}),
    "one page for both": ({"pages": "S12"}, {"pages": "S12"}),
    "one identifier": ({"pages": "100-109", "doi": "10.1000/one"}, {}),
}


def different_titles() -> Iterator[tuple[str, Reference, Reference]]:
    """Works whose titles differ in what makes them two works."""
    frame = ""
    for line in _FRAMES.strip().splitlines():
        if not line.startswith("    "):
            frame = line
            continue
        for gap, (name, (mine, other)) in product(line[4:].split(" | "), _PLACES.items()):
            first, second = gap.split("/")
            yield (
                f"{gap}, {name}",
                replace(BASE, title=frame.format(first), **mine),
                replace(BASE, title=frame.format(second), **other),
            )


_TITLE = "Cooling of the intercostal nerves after thoracotomy: a randomised trial"
_ARTICLE = replace(BASE, title=_TITLE, pages="100-109")
_OTHER = {"journal": "", "volume": "", "number": "", "pages": ""}

#: The same title, and what shows that it is another work.
_OTHER_WORKS: dict[str, dict[str, object]] = {
    "thesis": {**_OTHER, "type": "phdthesis", "publisher": "University of North"},
    "master's thesis": {**_OTHER, "type": "mastersthesis", "year": 2019},
    "report": {**_OTHER, "type": "techreport", "publisher": "Health Technology Agency"},
    "book": {**_OTHER, "type": "book", "publisher": "A Press", "isbn": "9781860163593"},
    "chapter": {**_OTHER, "type": "incollection", "journal": "Handbook of Cold", "pages": "1-20"},
    "data set": {**_OTHER, "type": "dataset", "publisher": "Zenodo"},
    "data set with a DOI": {**_OTHER, "type": "dataset", "doi": "10.5281/zenodo.1"},
    "software": {**_OTHER, "type": "software"},
    "patent": {**_OTHER, "type": "patent", "number": "US1234567"},
    "video": {**_OTHER, "type": "misc", "extra": {"howpublished": "Video"}},
    "web page": {**_OTHER, "type": "online", "url": "https://example.org/"},
    "preprint": {**_OTHER, "type": "misc", "extra": {"howpublished": "Preprint"}},
    "preprint on a server": {**_OTHER, "journal": "medRxiv", "doi": "10.1101/2020.01.02.2000001"},
    "registration": {**_OTHER, "type": "misc", "number": "NCT01234567"},
    "meeting abstract": {"number": "Suppl 1", "pages": "S12", "journal": "Cold Congress"},
    "conference paper": {**_OTHER, "type": "inproceedings", "journal": "Proc Cold Congress"},
    "standard": {**_OTHER, "type": "standard"},
    "another journal": {"journal": "Pain", "volume": "7", "pages": "33-41"},
    "another journal, same place": {"journal": "Anaesthesia"},
    "another year": {"year": 2016},
    "another year and place": {"year": 2015, "volume": "7", "pages": "1-9"},
    "another volume": {"volume": "13"},
    "another issue": {"number": "4"},
    "other pages": {"pages": "200-209"},
    "other pages with a letter": {"pages": "S100-S109"},
    "another end": {"pages": "100-101"},
    "other authors": {"authors": (Author("Zhao", "Min"), Author("Okoye", "Ada"))},
    "no pages": {"pages": ""},
    "no pages, no volume": {"pages": "", "volume": "", "number": ""},
}


def other_works() -> Iterator[tuple[str, Reference, Reference]]:
    """Works of the same title that are not one work, or that nothing proves to be one."""
    for name, changes in _OTHER_WORKS.items():
        yield name, _ARTICLE, replace(_ARTICLE, **changes)  # type: ignore[arg-type]
    for prefix in (
        "Erratum to: ",
        "Corrigendum: ",
        "Correction to: ",
        "Retraction: ",
        "Retraction notice to: ",
        "Expression of concern: ",
        "Reply to: ",
        "Comment on: ",
        "Letter to the editor: ",
        "Re: ",
        "Response to: ",
        "Authors' reply: ",
        "Editorial: ",
        "Commentary on: ",
        "Abstract 12: ",
        "Protocol: ",
        "Erratum à : ",
        "Réponse à : ",
        "Commentaire sur : ",
        "Addendum: ",
    ):
        for pages in ("", "100-109", "300"):
            yield prefix, _ARTICLE, replace(_ARTICLE, title=prefix + _TITLE, pages=pages)
    for ending in (
        ": a protocol",
        ": study protocol",
        ": author's reply",
        " - Reply",
        ": erratum",
        " (updated 2023)",
        " (Vol 12, pg 100, 2020)",
        ": an update",
    ):
        yield ending, _ARTICLE, replace(_ARTICLE, title=_TITLE + ending, pages="300-301")
    for name, other in (("doi", "10.1000/two"), ("pmid", "2222222"), ("pmcid", "PMC22222")):
        one = replace(_ARTICLE, **{name: other.replace("two", "one").replace("2", "1")})  # type: ignore[arg-type]
        yield f"another {name}", one, replace(one, **{name: other})  # type: ignore[arg-type]
        yield f"another {name}, elsewhere", one, replace(one, **{name: other}, pages="1-9")  # type: ignore[arg-type]
    with_doi = replace(_ARTICLE, doi="10.1000/one")
    for name, changes in (
        ("a data set", {"type": "dataset"}),
        ("a thesis", {"type": "phdthesis"}),
        ("another PubMed number", {"pmid": "2"}),
        ("other authors", {"authors": (Author("Zhao", "Min"),)}),
        ("the next title", {"title": _TITLE.replace("after", "before"), "pages": "110-119"}),
        ("the next title, no pages", {"title": _TITLE.replace("after", "before"), "pages": ""}),
        ("the next title, one page for both", {"title": _TITLE.replace("after", "before")}),
        ("a part", {"title": _TITLE.split(":")[0] + ": part 2", "pages": ""}),
        ("a preprint", {**_OTHER, "extra": {"howpublished": "Preprint"}}),
        ("its erratum", {"title": "Erratum: " + _TITLE}),
    ):
        yield f"{name} under one DOI", replace(with_doi, pmid="1"), replace(with_doi, **changes)  # type: ignore[arg-type]
    for title in ("Editorial", "Introduction", "Vulvodynia", "In this issue", "Letters"):
        short = replace(BASE, title=title, authors=(), pages="1")
        yield title, short, replace(short, journal="Pain")
        yield title, short, replace(short, volume="13", year=2021)
        yield title, short, replace(short, journal="", volume="", number="")
    book = Reference("a", "book", _TITLE, BASE.authors, year=2020, isbn="9781860163593")
    chapter = replace(book, type="incollection", journal=_TITLE, pages="")
    yield "a book and its chapter", book, chapter
    yield "two editions", book, replace(book, extra={"edition": "2"}, year=2024)
    yield "two editions, one year", book, replace(book, extra={"edition": "2nd"})
    yield "two chapters of a book", chapter, replace(chapter, title="Cooling of the facial nerve")
    review = replace(
        _ARTICLE,
        journal="Cochrane Database Syst Rev",
        pages="CD001234",
        doi="10.1002/14651858.CD001234.pub2",
    )
    update = replace(review, doi="10.1002/14651858.CD001234.pub3")
    yield "a Cochrane update", review, update
    yield "a Cochrane update by others", review, replace(update, authors=(Author("New", "Ann"),))
    yield (
        "a Cochrane update without DOI",
        replace(review, doi=""),
        replace(update, doi="", year=2023),
    )
    trial = Reference("a", "misc", _TITLE, number="NCT01234567")
    yield "two registrations", trial, replace(trial, number="NCT01234568")


def different_works() -> list[tuple[str, Reference, Reference]]:
    """All pairs of different works, the second with the key "b"."""
    pairs = [*different_titles(), *other_works()]
    return [(name, first, replace(second, key="b")) for name, first, second in pairs]


# ---- one work told twice --------------------------------------------------------------

_WORKS = tuple(
    replace(work, key="a")
    for work in read_text("""
@article{work1, title = {Anaesthesia and oedema after tumour surgery in hospitalised patients: a
  randomised controlled trial},
  author = {Martin, Lea and Dubois, Guy and Leroy, Kim}, year = 2019, volume = 23, number = 4,
  journal = {European Journal of Pain}, pages = {703-714},
  doi = {10.1000/ejp.1}, pmid = 30001001}
@article{work2, title = {Cooling the pudendal nerve: who benefits? A multicentre cohort},
  author = {García-López, María and Müller, Jörg}, year = 2021, volume = 46, number = 2,
  journal = {Regional Anesthesia and Pain Medicine}, pages = {e12-e19},
  doi = {10.1136/rapm.2}, pmid = 30001002}
@article{work3, title = {Névralgie pudendale : prise en charge par le froid, une étude de cohorte},
  author = {Lefèvre, Élodie and Çelik, Ayşe}, year = 2018, volume = 28, number = 1,
  journal = {Progrès en Urologie}, pages = {1045-1052},
  doi = {10.1016/j.purol.3}, pmid = 30001003}
@article{work4, title = {Effects of TNF-α and β-endorphin on axonal regeneration at −70 °C},
  author = {van der Berg, Jan P. and Okoye, Ada}, year = 2015, volume = 156,
  journal = {Pain}, pages = {88-97},
  doi = {10.1097/j.pain.4}, pmid = 30001004}
@article{work5, title = {Freezing of the greater occipital nerve for headache - a case series},
  author = {Ito, Ken}, year = 2010, volume = 30, number = 11,
  journal = {Cephalalgia}, pages = {1329},
  doi = {10.1177/5}, pmid = 30001005}
@article{work6, title = {Long-term outcomes of cold therapy in women with vulvodynia},
  author = {Nowak, Ewa and Smith, Jr., John}, year = 2022, volume = 19, number = 6,
  journal = {The Journal of Sexual Medicine}, pages = {1001-1010},
  doi = {10.1016/j.jsxm.6}, pmid = 30001006}
@article{work7, title = {Is cold better than heat? A crossover trial of 40 volunteers},
  author = {O'Brien, Pat and Li, Wei}, year = 2013, volume = 346,
  journal = {BMJ}, pages = {f813},
  doi = {10.1136/bmj.f813}, pmid = 30001007}
""").references
)

_AMERICAN = {
    "Anaesthesia": "Anesthesia",
    "oedema": "edema",
    "tumour": "tumor",
    "randomised": "randomized",
    "hospitalised": "hospitalized",
    "multicentre": "multicenter",
}
_ABBREVIATED = {
    "European Journal of Pain": "Eur J Pain",
    "Cephalalgia": "Cephalalgia.",
    "Regional Anesthesia and Pain Medicine": "Reg Anesth Pain Med",
    "Progrès en Urologie": "Prog Urol",
    "The Journal of Sexual Medicine": "J Sex Med",
    "Pain": "PAIN",
    "BMJ": "BMJ (Clinical research ed.)",
}


def _with_words(title: str, words: dict[str, str]) -> str:
    for word, other in words.items():
        title = title.replace(word, other)
    return title


def _short_pages(pages: str) -> str:
    first, _, last = pages.partition("-")
    same = next((i for i, (x, y) in enumerate(zip(first, last, strict=False)) if x != y), 0)
    return f"{first}-{last[same:]}" if last and first.isdigit() else pages


def _plain(text: str) -> str:
    """The text as an old database keeps it: without accents."""
    return text.translate(str.maketrans("éèêàùçíóöüşÉ", "eeeaucioousE"))


_NO_IDS = {"doi": "", "pmid": ""}
#: What a database does to a record. What no identifier and no pages prove stays doubtful.
VARIANTS: dict[str, Callable[[Reference], Reference]] = {
    "as it is": lambda r: r,
    "no identifier": lambda r: replace(r, **_NO_IDS),
    "capitals": lambda r: replace(r, **_NO_IDS, title=r.title.upper()),
    "full stop": lambda r: replace(r, **_NO_IDS, title=r.title + "."),
    "brackets": lambda r: replace(r, **_NO_IDS, title=f"[{r.title}]."),
    "dashes": lambda r: replace(r, **_NO_IDS, title=r.title.replace(": ", " – ")),
    "spaces": lambda r: replace(r, **_NO_IDS, title=r.title.replace(" ", "\u00a0 ")),
    "no accents": lambda r: replace(r, **_NO_IDS, title=_plain(r.title)),
    "American": lambda r: replace(r, **_NO_IDS, title=_with_words(r.title, _AMERICAN)),
    "Greek in letters": lambda r: replace(
        r, **_NO_IDS, title=_with_words(r.title, {"α": "alpha", "β": "beta"})
    ),
    "journal abbreviated": lambda r: replace(r, **_NO_IDS, journal=_ABBREVIATED[r.journal]),
    "no journal": lambda r: replace(r, **_NO_IDS, journal="", number=""),
    "no volume": lambda r: replace(r, **_NO_IDS, volume="", number=""),
    "short pages": lambda r: replace(r, **_NO_IDS, pages=_short_pages(r.pages)),
    "first page": lambda r: replace(r, **_NO_IDS, pages=r.pages.partition("-")[0]),
    "first author": lambda r: replace(r, **_NO_IDS, authors=r.authors[:1], more_authors=True),
    "initials": lambda r: replace(
        r, **_NO_IDS, authors=tuple(replace(a, given=a.initials) for a in r.authors)
    ),
    "names without accents": lambda r: replace(
        r, **_NO_IDS, authors=tuple(replace(a, family=_plain(a.family)) for a in r.authors)
    ),
    "online first": lambda r: replace(r, **_NO_IDS, year=(r.year or 0) - 1),
    "subtitle left out": lambda r: replace(r, **_NO_IDS, title=r.title.split(": ")[0]),
    "DOI alone": lambda r: replace(r, pmid="", pages="", volume="", number="", journal=""),
    "DOI in capitals": lambda r: replace(r, pmid="", doi=r.doi.upper(), pages=""),
    "DOI and no title": lambda r: replace(r, pmid="", title="", authors=()),
    "DOI and half a title": lambda r: replace(r, pmid="", pages="", title=r.title.split(": ")[0]),
    "PubMed number alone": lambda r: replace(r, doi="", pages="", volume="", number=""),
    "PubMed number, translated": lambda r: replace(r, doi="", title="Kälte gegen Schmerzen"),
    "PubMed number, journal abbreviated": lambda r: replace(
        r, doi="", pages="", journal=_ABBREVIATED[r.journal]
    ),
    "retracted": lambda r: replace(r, pmid="", title=f"RETRACTED: {r.title}"),
    "conference paper of a series": lambda r: replace(r, **_NO_IDS, type="inproceedings"),
    "chapter of a series": lambda r: replace(r, pmid="", type="incollection"),
    "generic type": lambda r: replace(r, **_NO_IDS, type="misc"),
}
DOUBTFUL_VARIANTS: dict[str, Callable[[Reference], Reference]] = {
    "no pages": lambda r: replace(r, **_NO_IDS, pages=""),
    "no place": lambda r: replace(r, **_NO_IDS, pages="", volume="", number="", journal=""),
    "no pages, no authors": lambda r: replace(r, **_NO_IDS, pages="", authors=()),
    "a slip": lambda r: replace(r, **_NO_IDS, title=r.title.replace("o", "oo", 1)),
    "a slip in the year": lambda r: replace(r, **_NO_IDS, year=(r.year or 0) - 9),
    "a slip in the volume": lambda r: replace(r, **_NO_IDS, volume="1" + r.volume),
    "a slip in the DOI": lambda r: replace(r, pmid="", doi=r.doi + "9"),
    "pages of the proof": lambda r: replace(r, **_NO_IDS, pages="1-9"),
    "another title": lambda r: replace(r, **_NO_IDS, title="Kälte gegen Schmerzen"),
}


def doubles(
    variants: dict[str, Callable[[Reference], Reference]],
) -> list[tuple[str, Reference, Reference]]:
    """Each work with itself as a database tells it, under the keys "a" and "b"."""
    return [
        (f"{name}: {work.title[:30]}", work, replace(tell(work), key="b"))
        for name, tell in variants.items()
        for work in _WORKS
    ]
