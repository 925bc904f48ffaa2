"""What Vancouver prints of a reference, as CSL variables for the style to arrange.

The rules are those of NLM's "Citing Medicine" (2nd edition) and of ICMJE's samples. What CSL has no
words for ("Epub ahead of print", "Retraction in", "French.") is put together here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from references.formats.dates import PartialDate, date_of, issued
from references.formats.field_values import extra_names, extra_text
from references.formats.publication_types import PARTS, csl_type
from references.formats.tables import rows
from references.identifiers import printed_trial_number
from references.normalise import shortened_pages, whole_number
from references.preprints import says_preprint
from references.record import NO_AUTHOR, Author, Reference

_WORDS = {
    name: {"en": english, "fr": french} for name, english, french in rows("vancouver_words.tsv")
}
_AND_OTHERS = 6  # authors printed before "et al.": ICMJE's rule, as the style has it
_ROMAN = {"ii": "2nd", "iii": "3rd", "iv": "4th", "v": "5th"}
_ARTICLES = ("article", "periodical", "suppperiodical")
_BOOKS = ("book", "collection", "mvbook", "mvcollection", "proceedings", "reference", "manual")
_THESES = ("phdthesis", "mastersthesis", "thesis")
_REPORTS = ("techreport", "report")
_WEB = ("online", "electronic", "www")
_LAWS = ("legislation", "jurisdiction", "legal")
#: Types whose month and day are printed; those of others say nothing that their volume does not.
_FULLY_DATED = (*_WEB, *_REPORTS, "patent", *_LAWS)
_IN_PRESS = re.compile(r"in\s?press|forthcoming|accepted|à paraître|sous presse", re.I)
_AHEAD = re.compile(r"ahead\s?of\s?print|advance online|prepublished", re.I)
#: What the type of a publication says in brackets behind its title.
_DESIGNATORS = (
    (re.compile(r"\bletter\b|\blettre\b", re.I), "letter"),
    (re.compile(r"\beditorial\b", re.I), "editorial"),
    (re.compile(r"\babstract\b", re.I), "abstract"),
    (re.compile(r"\bposter\b", re.I), "poster"),
)
#: What a citation must not keep silent of a work, and the beginning of the notices that say it.
WARNINGS = {"retracted": "Retract", "expression-of-concern": "ExpressionOfConcern"}
_ORDINALS = {
    name: number
    for names in (
        "first second third fourth fifth sixth seventh eighth",
        "première deuxième troisième quatrième cinquième sixième septième huitième",
    )
    for number, name in enumerate(names.split(), start=1)
}
_REVISED = re.compile(r"rev\.?|revised|révisée|revue(?: et augmentée)?", re.I)


def word(name: str, language: str) -> str:
    """A word of the style in `fr`, in English for any other language; "" when it has none."""
    return _WORDS.get(name, {}).get(language if language == "fr" else "en", "")


# ---- names ----------------------------------------------------------------------------


def _person(author: Author) -> dict[str, str]:
    if author.literal or not (author.family or author.given):
        parts = {"literal": author.name}
    elif author.is_east_asian:
        parts = {"literal": f"{author.family}{author.given}"}
    else:
        suffix = author.suffix.replace(".", "")
        parts = {
            "family": author.short or author.given,
            # "J D" for J. David: what a style with `initialize-with=""` prints as "JD"
            "given": " ".join(author.initials) if author.short else "",
            "suffix": _ROMAN.get(suffix.lower(), suffix),
        }
    return {name: value for name, value in parts.items() if value}


def _printed(author: Author) -> str:
    """A name as the style prints it, for where names stand in a text."""
    parts = _person(author)
    family, given = parts.get("family", ""), parts.get("given", "").replace(" ", "")
    return parts.get("literal") or " ".join(filter(None, (family, given, parts.get("suffix"))))


def _names(authors: Iterable[Author], more: bool = False) -> list[dict[str, str]]:
    """The names; groups behind people are parted from them by a semicolon."""
    everybody = people = list(authors)
    groups: list[str] = []
    while len(people) > 1 and people[-1].literal and not people[0].literal:
        groups.insert(0, people[-1].literal)
        people = people[:-1]
    if groups and len(people) <= _AND_OTHERS and not more:
        names = list(filter(None, map(_person, people[:-1])))
        return [*names, {"literal": "; ".join([_printed(people[-1]), *groups])}]
    names = list(filter(None, map(_person, everybody)))
    if more and 0 < len(names) <= _AND_OTHERS:
        names.append({"literal": "et al."})
    return names


def _authors(reference: Reference, language: str) -> list[dict[str, str]]:
    """The authors; of a work whose authors no source showed, that they were not seen."""
    if reference.type == "patent":
        return _inventors(reference, language)
    if reference.authors_unseen and not _editors(reference) and reference.type not in _LAWS:
        return [{"literal": NO_AUTHOR.get(language, NO_AUTHOR["en"])}]
    return _names(reference.authors, reference.more_authors)


def _inventors(reference: Reference, language: str) -> list[dict[str, str]]:
    name = "inventors" if len(reference.authors) > 1 else "inventor"
    people = ", ".join([*map(_printed, reference.authors), word(name, language)])
    holders = ", ".join(map(_printed, extra_names(reference, "holder"))) or reference.publisher
    assigned = f"; {holders}, {word('assignee', language)}" if holders else ""
    return [{"literal": f"{people}{assigned}"}] if reference.authors else []


def _editors(reference: Reference) -> list[dict[str, str]]:
    return _names(extra_names(reference, "editor")) if reference.type not in _ARTICLES else []


# ---- dates ----------------------------------------------------------------------------


def _day(date: PartialDate, language: str) -> str:
    """A date as far as it is known: "2002 Aug 12", in French "12 août 2002"."""
    parts = [
        str(date.year or ""),
        word(f"month-{date.month}", language) if date.month else "",
        str(date.day or ""),
    ]
    return " ".join(filter(None, parts if language != "fr" else reversed(parts)))


def _states(reference: Reference) -> str:
    """Where a record may say that its work is not printed yet."""
    names = ("pubstate", "year", "date", "note", "volume", "pages")
    texts = (extra_text(reference, name) for name in names)
    return " ".join((*texts, reference.volume, reference.number, reference.pages))


def is_ahead(reference: Reference) -> bool:
    """True for an article that is online and in no issue yet."""
    return bool(_AHEAD.search(_states(reference)))


def _issued(reference: Reference, language: str) -> str:
    date = issued(reference)
    full = (
        reference.type in _FULLY_DATED
        or is_ahead(reference)
        or _is_newspaper(reference)
        or says_preprint(reference)
    )
    year = str(date.year or "") if not full else _day(date, language)
    if _IN_PRESS.search(_states(reference)) and not is_ahead(reference):
        return " ".join(filter(None, (word("forthcoming", language), year)))
    return year or word("no-date", language)


def _cited(reference: Reference, language: str) -> str:
    """ "cited 2026 Nov 20", where the day of a visit is known and no lasting address is."""
    visit = date_of(extra_text(reference, "urldate"))
    if visit.year is None or reference.doi or reference.pmid or not reference.url:
        return ""
    return f"{word('cited', language)} {_day(visit, language)}"


# ---- titles ---------------------------------------------------------------------------


def _is_newspaper(reference: Reference) -> bool:
    return extra_text(reference, "entrysubtype") in ("newspaper", "magazine")


def _designator(reference: Reference, language: str) -> str:
    """What kind of work it is, where the title should say so: "dissertation", "letter"."""
    kind = " ".join(
        extra_text(reference, name)
        for name in ("type", "genre", "pubtype", "medium", "entrysubtype")
    )
    if reference.type in _THESES:
        is_masters = reference.type == "mastersthesis" or re.search("master|mathesis|mémoire", kind)
        return word("masters" if is_masters else "dissertation", language)
    if says_preprint(reference):
        return word("preprint", language)
    named = {"dataset": "dataset", "software": "software", "video": "video", "movie": "video"}
    named |= {"audio": "audio", "music": "audio"}
    if name := named.get(reference.type):
        return word(name, language)
    if reference.type == "article" or reference.type in PARTS:
        return next((word(name, language) for form, name in _DESIGNATORS if form.search(kind)), "")
    medium = extra_text(reference, "medium")
    return medium if medium.lower() not in ("print", "internet", "imprimé") else ""


def _title(reference: Reference, language: str) -> str:
    title = reference.title.strip()
    if title.endswith(".") and not title.endswith(".."):
        title = title[:-1]
    title = title or word("untitled", language)
    kind = _designator(reference, language)
    marks = [kind] if kind and f"[{kind.lower()}]" not in title.lower() else []
    notices = extra_text(reference, "notices")  # they say it in the note
    if reference.status in WARNINGS and WARNINGS[reference.status] not in notices:
        marks.append(word(reference.status, language))
    if (
        not marks
        and reference.type not in (*_ARTICLES, *PARTS)
        and _is_on_internet(reference, language)
    ):
        marks.append(word("internet", language))
    if reference.type in _LAWS and reference.number and reference.number not in title:
        title += f", {reference.number}"
    return " ".join([title, *(f"[{mark}]" for mark in marks)])


def _is_on_internet(reference: Reference, language: str) -> bool:
    return (reference.type in _WEB and bool(reference.url)) or bool(_cited(reference, language))


def _undotted(journal: str) -> str:
    """An abbreviated name without its dots: "J Clin Pain", "Proc Natl Acad Sci U S A"."""
    if not re.search(r"[^\W\d]\.(?:\s|$|[A-Z])", journal):
        return journal
    return " ".join(journal.replace(".", " ").split())


def _container(reference: Reference, language: str) -> str:
    name = extra_text(reference, "shortjournal") if reference.type == "article" else ""
    name = (
        _undotted(name or reference.journal) if reference.type == "article" else reference.journal
    )
    if reference.type == "patent":
        where = extra_text(reference, "location") or extra_text(reference, "address")
        kind = f"{where} {word('patent', language)}".strip()
        return f"{kind} {reference.number}".strip()
    if says_preprint(reference) and not name:
        return reference.publisher
    if reference.type == "article" and name and _cited(reference, language):
        return f"{name} [{word('internet', language)}]"
    if reference.type in PARTS or reference.type == "proceedings":
        return "; ".join(filter(None, (_with_event(name, reference), *_event(reference, language))))
    return name


def _with_event(name: str, reference: Reference) -> str:
    event = extra_text(reference, "eventtitle")
    return ". ".join(filter(None, (name, event if event.lower() not in name.lower() else "")))


def _event(reference: Reference, language: str) -> list[str]:
    """When and where a conference was held: "2002 Apr 3-5", "Kinsdale, Ireland"."""
    first, _, last = extra_text(reference, "eventdate").partition("/")
    begin, end = date_of(first), date_of(last)
    days = _day(begin, language)
    if end.day and (end.year, end.month) == (begin.year, begin.month):
        days = _day(begin, language).replace(str(begin.day), f"{begin.day}-{end.day}", 1)
        if language != "fr":
            days = f"{_day(begin._replace(day=None), language)} {begin.day}-{end.day}"
    elif end.year:
        days = f"{days} - {_day(end, language)}"
    return [days if begin.year else "", extra_text(reference, "venue")]


# ---- places ---------------------------------------------------------------------------


def _volume_and_issue(reference: Reference, language: str) -> tuple[str, str]:
    """Volume and issue as they are printed; a supplement of a volume stands beside it."""
    volume, number = reference.volume.strip(), _supplement(reference.number.strip())
    if _IN_PRESS.search(volume) or _AHEAD.search(volume):
        volume = ""
    if _is_newspaper(reference) and (section := extra_text(reference, "section")):
        return f"{word('section', language)} {section}", ""
    if reference.type in (*_REPORTS, "patent", *_LAWS):
        return volume, ""
    if volume and number.startswith("Suppl"):
        return f"{_supplement(volume)} {number}", ""
    part = re.fullmatch(r"(\w+) (Pt \w+)", _supplement(volume))
    if part and not number and reference.type in _ARTICLES:
        return part[1], part[2]  # "83(Pt 2):491-5"
    if reference.type not in _ARTICLES and volume:
        return f"{word('volume', language)} {volume}", ""
    return _supplement(volume), number if reference.type in _ARTICLES else ""


def _supplement(value: str) -> str:
    """ "Suppl 2" for "suppl_2", "Supplement 2" or "Suppl. 2", "3 Suppl 1" for "3, Supplement 1"."""
    value = re.sub(r",\s*SI$", "", value.replace("_", " "))  # Web of Science: a special issue
    short = re.sub(r"(?:,\s*)?\bsuppl(?:ement|\b)\.?\s*", " Suppl ", value, flags=re.I)
    short = re.sub(r"(?:,\s*)?\bp(?:ar)?t\.?\s*(?=\d|[A-Z]\b)", " Pt ", short, flags=re.I)
    return " ".join(short.split())


def _pages(reference: Reference) -> str:
    """The pages, or the number of the article where its pages are only counted from 1."""
    pages = reference.pages.rstrip("- ")
    if _AHEAD.search(pages) or _IN_PRESS.search(pages):
        return ""
    number = extra_text(reference, "eid")
    if number and (not pages or re.match(r"1\b", pages)):
        return number
    return shortened_pages(pages)


def _edition(reference: Reference, language: str) -> str:
    """The edition, as a number where it is one; the version of software."""
    if reference.type in ("software", "dataset"):
        version = extra_text(reference, "version") or extra_text(reference, "edition")
        return f"{word('version', language)} {version}" if version[:1].isdigit() else version
    edition = extra_text(reference, "edition")
    bare = re.sub(r"\s*\b(?:edition|édition|ed|éd)\b\.?$", "", edition, flags=re.I).strip()
    bare = re.sub(r"^(\d+)(?:st|nd|rd|th|e|ème|re)?$", r"\1", bare)
    if _REVISED.fullmatch(bare):
        return word("revised", language)
    number = _ORDINALS.get(bare.lower())
    if len(bare) < 4:
        number = whole_number(bare) or number
    return _ordinal(number, language) if number else edition.rstrip(".")


def _ordinal(number: int, language: str) -> str:
    """ "2nd ed." and "2e éd." without the full stop, which the style sets."""
    if language == "fr":
        return f"{number}{'re' if number == 1 else 'e'} éd"
    is_teen = number % 100 in (11, 12, 13)
    end = "th" if is_teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{end} ed"


# ---- what is added --------------------------------------------------------------------


def _language(reference: Reference, language: str) -> str:
    """The language of the work, unless whoever reads the citation expects it."""
    return (
        ""
        if reference.language in ("", "en", language)
        else word(f"language-{reference.language}", language)
    )


def _notices(reference: Reference, language: str) -> list[str]:
    """Retractions, errata and the like, with where they stand."""
    told = []
    for notice in extra_text(reference, "notices").split("; "):
        kind, _, place = notice.partition(": ")
        place = re.sub(r"[\s(]*\bPMID:?\s*\d+\)?\.?$", "", place).rstrip(". ")
        if (name := word(kind, language)) and place:
            told.append(f"{name} {place}")
    return told


def _note(reference: Reference, language: str) -> str:
    report = reference.number if reference.type in _REPORTS else ""
    register = ""
    if reference.type in (*_WEB, "misc", "dataset"):
        texts = (extra_text(reference, "note"), reference.number, reference.url)
        register = next(filter(None, map(printed_trial_number, texts)), "")
    series, number = extra_text(reference, "series"), extra_text(reference, "seriesnumber")
    if reference.type in (*_BOOKS, *PARTS):
        number = number or reference.number
    in_series = f"({series}{f'; {number}' if number else ''})" if series else ""
    parts = (
        in_series if reference.type in (*_BOOKS, *PARTS) else "",
        f"{word('report', language)} {report}" if report else "",
        f"{word('identifier', language)} {register}" if register else "",
        _language(reference, language),
        *_notices(reference, language),
    )
    return ". ".join(filter(None, parts))


def _publisher(reference: Reference) -> str:
    """The publisher, unless it stands elsewhere: the server of a preprint, a patent's holder."""
    elsewhere = reference.type == "patent" or (says_preprint(reference) and not reference.journal)
    return "" if elsewhere else reference.publisher


def _place(reference: Reference) -> str:
    """Where the publisher is; the country of a patent stands before its number."""
    if reference.type == "patent":
        return ""
    return extra_text(reference, "address") or extra_text(reference, "location")


def item(reference: Reference, language: str) -> dict[str, Any]:
    """The CSL item of a reference from which the style makes its citation."""
    volume, number = _volume_and_issue(reference, language)
    kind = "article-journal" if reference.type in _ARTICLES else csl_type(reference)
    visit = _cited(reference, language)
    date = _issued(reference, language) + (f" [{visit}]" if visit else "")
    values: dict[str, Any] = {
        "type": kind,
        "title": _title(reference, language),
        "container-title": _container(reference, language),
        "volume": volume,
        "issue": number,
        "page": _pages(reference),
        "DOI": reference.doi,
        "PMID": reference.pmid,
        "URL": reference.url,
        "publisher": _publisher(reference),
        "publisher-place": _place(reference),
        "edition": _edition(reference, language),
        "author": _authors(reference, language),
        "editor": _editors(reference),
        "issued": {"literal": date},
        "note": _note(reference, language),
        "status": word("ahead", language) if is_ahead(reference) else "",
    }
    return {"id": "cited", **{name: value for name, value in values.items() if value}}
