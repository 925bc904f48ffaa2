"""A cited record against a work found: field by field, with what each says.

Two values agree when only typography, abbreviation or completeness sets them apart: case,
accents, hyphens, British or American spelling, initials for given names, an abbreviated
journal, a shortened page range, a left-out subtitle. Any other difference is told; a word
changed in a title is a difference, however similar the whole.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from references.concepts import fold
from references.record import Author, Reference
from references.sources.work import CONCERN, CORRECTION, RETRACTION, Work

_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
            "iota",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "omicron",
            "pi",
            "rho",
            "sigma",
            "tau",
            "upsilon",
            "phi",
            "chi",
            "psi",
            "omega",
        ],
        strict=True,
    )
)
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile(r"['’ʼ`´]")
#: Spellings that differ across the Atlantic, folded to one form.
_SPELLINGS = (
    (re.compile(r"ae(?=[a-z])"), "e"),  # anaesthesia, haemorrhage
    (re.compile(r"oe(?=[a-z])"), "e"),  # oedema, oestrogen
    (re.compile(r"is(?=(?:e|ed|es|ing|ation|ations|er|ers)$)"), "iz"),
    (re.compile(r"ys(?=(?:e|ed|es|ing|er)$)"), "yz"),
    (re.compile(r"(?<=[a-z]{2})our"), "or"),  # tumour, behaviour
    (re.compile(r"(?<=[bt])re(?=s?$)"), "er"),  # fibre, centre
    (re.compile(r"ll(?=(?:ed|ing|er)$)"), "l"),  # labelled
    (re.compile(r"ogue(?=s?$)"), "og"),
)

_OF_NOTICE = re.compile(
    r"^\W*(?:(?P<retraction>(?:article |paper |chapter |editorial |statement of |notice of )?"
    r"retract(?:ed|ion)(?: article| chapter| paper| note| notice)?"
    r"|withdrawn|withdrawal(?: notice)?|(?-i:REMOVED|TEMPORARY REMOVAL)"
    r"|(?:article )?r[ée]tract(?:ation|é|ée))"
    r"|(?P<concern>(?:editorial )?expression of concern)"
    r"|(?P<correction>erratum|errata|corrigend(?:um|a)|correction|author correction"
    r"|publisher correction))\b(?:\s+(?:to|of|for|in|on))?"
    r"(?:\s*[\]):.–—-]+\s*|\s+(?=[“\"«‘]))",
    re.I,
)
_NOTICE_END = re.compile(
    r"\s*[\[(]\s*(?:retracted|withdrawn|retraction)[^\])]{0,30}[\])]\s*\.?$", re.I
)
_BRACKETS = re.compile(r"^\[(.*)\]\.?$")


def notice_of_title(title: str) -> tuple[str, str]:
    """The title without "RETRACTED:" and the like, and the kind of notice these words mean."""
    if match := _OF_NOTICE.match(title):
        kind = next(
            (
                kind
                for name, kind in (
                    ("retraction", RETRACTION),
                    ("concern", CONCERN),
                    ("correction", CORRECTION),
                )
                if match.group(name)
            ),
            "",
        )
        rest = title[match.end() :].strip()
        return (rest or title), kind
    if match := _NOTICE_END.search(title):
        return title[: match.start()].strip(), RETRACTION
    return title, ""


@functools.lru_cache(maxsize=65_536)
def words(text: str) -> tuple[str, ...]:
    """The words of a text in their folded form: what is left when typography is gone."""
    if "&" in text:
        text = html.unescape(text)
    for sign, name in _GREEK.items():
        if sign in text or sign.upper() in text:
            text = text.replace(sign, f" {name} ").replace(sign.upper(), f" {name} ")
    folded = fold(_APOSTROPHE.sub("", text).replace("&", " and ").replace("ß", "ss"))
    found = []
    for word in _WORD.findall(folded):
        for pattern, form in _SPELLINGS:
            word = pattern.sub(form, word)
        found.append(word)
    return tuple(found)


def _joined(text: str) -> str:
    return "".join(words(text))


def clean_title(title: str) -> str:
    """A title without notice words, square brackets around it, and its last point."""
    title = notice_of_title(title)[0]
    if match := _BRACKETS.match(title.strip()):
        title = match.group(1)
    return re.sub(r"\s*\[[^\]]{0,40}\]\s*$", "", title).strip(" .")


_BOUNDARY = re.compile(r"\s*[:.?!–—]\s+|\s+-\s+|\s*[:–—]\s*")


def _heads(title: str) -> set[str]:
    """The joined words of a title up to each place where a subtitle may begin."""
    return {_joined(title[: match.start()]) for match in _BOUNDARY.finditer(title)}


def same_title(cited: str, found: str) -> bool:
    """True when two titles are the same but for typography or a left-out subtitle.

    A subtitle may be missing on either side when at least three words remain.
    """
    cited, found = clean_title(cited), clean_title(found)
    one, other = _joined(cited), _joined(found)
    if not one or not other:
        return False
    if one == other:
        return True
    shorter, longer = (cited, found) if len(one) < len(other) else (found, cited)
    return len(words(shorter)) >= 3 and _joined(shorter) in _heads(longer)


def title_similarity(cited: str, found: str) -> float:
    """How alike two titles are, from 0 to 1: normalised Indel similarity of their words,
    in order or sorted, whichever is higher (rapidfuzz `ratio` and `token_sort_ratio`).
    """
    one, other = " ".join(words(clean_title(cited))), " ".join(words(clean_title(found)))
    if not one or not other:
        return 0.0
    return max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other)) / 100.0


# ---- authors --------------------------------------------------------------------------


@functools.lru_cache(maxsize=16_384)
def _family_forms(author: Author) -> frozenset[str]:
    name = author.family or author.literal
    name = re.sub(r"[ ,]+(?:jr|sr|2nd|3rd|ii|iii|iv)\.?$", "", name, flags=re.I) or name
    forms = {_joined(name), _joined(f"{author.particle} {name}")}
    plain = "".join(_WORD.findall(fold(f"{author.particle} {name}")))
    forms.add(plain)
    forms.add(re.sub(r"(?<=[aou])e", "", plain))  # Mueller, Muller (Müller)
    parts = [part for part in re.split(r"[-‐‑ ]", name) if len(part) > 3]
    if len(parts) > 1:
        forms.add(_joined(parts[0]))  # García-López, García
        forms.add(_joined(parts[-1]))
    return frozenset(forms - {""})


def _given_agree(one: str, other: str) -> bool:
    first, second = (
        [part for part in re.split(r"[\s.‐‑-]+", fold(given)) if part] for given in (one, other)
    )
    if not first or not second:
        return True
    a, b = first[0], second[0]
    if a[0] != b[0]:
        # "Wei-Li" and "W L", or the second name is the one in use ("J. David", "David")
        used = {part for part in (*first, *second) if len(part) > 2}
        return bool(used) and any(part in first and part in second for part in used)
    if len(a) <= 3 and a.isalpha() and one.replace(".", "").isupper():
        return True
    if len(a) > 1 and len(b) > 1 and not (a.startswith(b) or b.startswith(a)):
        return Levenshtein.normalized_similarity(a, b) >= 0.75
    return True


def same_author(one: Author, other: Author) -> bool:
    """True when two names can be the same person: family name and first initial agree."""
    if _family_forms(one) & _family_forms(other) and _given_agree(one.given, other.given):
        return True
    if one.family and other.family and one.given and other.given:
        # family and given name exchanged, as often with Asian names
        if _joined(one.family) == _joined(other.given):
            return _joined(one.given) == _joined(other.family)
        # "Martin AB" without a comma, which BibTeX reads as given name and family
        for name, person in ((one, other), (other, one)):
            if re.fullmatch(r"[A-Z]{1,4}", name.family) and " " not in name.given:
                turned = Author(family=name.given, given=" ".join(name.family))
                return bool(_family_forms(turned) & _family_forms(person)) and _given_agree(
                    turned.given, person.given
                )
    return False


def authors_difference(cited: Reference, found: Reference) -> str | None:
    """What sets two author lists apart, in a few words, or None when nothing does.

    Every cited name must stand at its place; without "et al." none may be missing. Groups
    are left out where only one side names them.
    """
    ours, theirs = list(cited.authors), list(found.authors)
    if not ours or not theirs:
        return None
    if any(a.literal for a in (*ours, *theirs)):
        people = [a for a in ours if not a.literal], [a for a in theirs if not a.literal]
        if all(people):
            ours, theirs = people
        elif not any(people):
            alike = fuzz.token_set_ratio(
                " ".join(words(ours[0].literal)), " ".join(words(theirs[0].literal))
            )
            return None if alike >= 90 else "another group"
        elif found.authors[0].literal and not cited.authors[0].literal:
            return "a group is named as the author"
    wrong = [
        index
        for index, author in enumerate(ours)
        if index >= len(theirs) or not same_author(author, theirs[index])
    ]
    if not wrong:
        missing = len(theirs) - len(ours)
        if missing > 0 and not cited.more_authors and not found.more_authors:
            return f"{missing} of {len(theirs)} authors are missing"
        return None
    strangers = [
        author.short for author in ours if not any(same_author(author, other) for other in theirs)
    ]
    if not strangers:
        if len(ours) > len(theirs):
            return "more authors than the work has"
        left_out = len(theirs) > len(ours) or bool(cited.more_authors)
        return "authors are missing or in another order" if left_out else "another order"
    if found.more_authors and all(index >= len(theirs) for index in wrong):
        return None
    return "not authors of the work: " + ", ".join(strangers[:5])


def shares_first_author(cited: Reference, found: Reference) -> bool | None:
    """Whether the first authors agree; None when one side names nobody."""
    if not cited.authors or not found.authors:
        return None
    return same_author(cited.authors[0], found.authors[0])


# ---- journal --------------------------------------------------------------------------

_SMALL = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "and",
        "in",
        "on",
        "for",
        "to",
        "with",
        "de",
        "la",
        "le",
        "les",
        "l",
        "d",
        "des",
        "du",
        "et",
        "en",
        "und",
        "der",
        "die",
        "das",
        "fur",
        "del",
        "della",
        "di",
        "e",
        "i",
    ]
)
#: What may be left out at the end of a journal's name.
_PLACES = frozenset(
    [
        "north",
        "america",
        "united",
        "states",
        "kingdom",
        "great",
        "britain",
        "england",
        "london",
        "europe",
        "france",
        "paris",
    ]
)
_COUNTRIES = {
    "usa": ("united", "states", "america"),
    "us": ("united", "states"),
    "uk": ("united", "kingdom"),
}


def _significant(name: str) -> list[str]:
    name = re.sub(r"\((?:[^()]*)\)", " ", name)
    name = re.sub(r"\b[dl]['’]", " ", name, flags=re.I)  # Annales d'Anesthésie
    name = re.sub(r"\bU\.?\s?S\.?\s?A\b\.?", "USA", name)
    found: list[str] = []
    for word in words(name):
        if word in _SMALL or re.fullmatch(r"(?:19|20)\d\d|\d{1,3}(?:st|nd|rd|th)", word):
            continue
        found += _COUNTRIES.get(word, (word,))
    return found


def _shortens(short: str, long: str) -> bool:
    """True when `short` can abbreviate `long`: its beginning, or a contraction (Natl, Intl)."""
    if not short or short[0] != long[0]:
        return False
    if long.startswith(short):
        return True
    if len(short) > 0.7 * len(long):
        return False  # too long for a contraction: a misspelling
    rest = iter(long)
    return all(sign in rest for sign in short)


def _abbreviates(short: Sequence[str], long: Sequence[str]) -> bool:
    if len(short) == len(long):
        return all(_shortens(a, b) for a, b in zip(short, long, strict=True))
    # "Obstet Gynecol Clin" for "… Clinics of North America"
    return (
        3 <= len(short) < len(long)
        and _PLACES.issuperset(long[len(short) :])
        and all(_shortens(a, b) for a, b in zip(short, long, strict=False))
    )


def _is_acronym(short: str, long: Sequence[str]) -> bool:
    """True when the letters of `short` begin consecutive words up to the end of `long`."""
    letters = fold(short)
    if not 3 <= len(letters) <= 10 or not letters.isalpha():
        return False

    @functools.cache
    def fits(at: int, word: int) -> bool:
        if at == len(letters):
            return word == len(long)
        if word == len(long):
            return False
        return any(
            fits(at + taken, word + 1)
            for taken in range(1, len(letters) - at + 1)
            if long[word].startswith(letters[at : at + taken])
        )

    return any(fits(0, start) for start in range(len(long)))


def same_journal(cited: str, names: Iterable[str]) -> bool:
    """True when `cited` is one of the names of a journal, or abbreviates one or the reverse."""
    ours = _significant(cited.split(" : ")[0])
    if not ours:
        return False
    for name in names:
        theirs = _significant(name)
        if not theirs:
            continue
        if "".join(ours) == "".join(theirs):
            return True
        if _abbreviates(ours, theirs) or _abbreviates(theirs, ours):
            return True
        head, own_head = _significant(name.split(":")[0]), _significant(cited.split(":")[0])
        if (head != theirs or own_head != ours) and (
            "".join(head) == "".join(own_head) or _abbreviates(own_head, head)
        ):
            return True
        short, long = (ours, theirs) if len(ours) < len(theirs) else (theirs, ours)
        if len(short) == 1 and len(long) > 2 and _is_acronym(short[0], tuple(long)):
            return True
        if len(short) == 1 and _names_itself(cited, name):
            return True
    return False


def _names_itself(one: str, other: str) -> bool:
    """True when one name is an acronym that stands as such in the other: "… (CVPR)"."""
    short, long = sorted((one.strip(), other), key=len)
    return bool(re.fullmatch(r"[A-Z][A-Za-z]*[A-Z]", short)) and bool(
        re.search(rf"(?<![\w-]){re.escape(short)}(?![\w-])", long)
    )


# ---- numbers --------------------------------------------------------------------------


def _number(value: str) -> str:
    bare = re.sub(r"^(?:vol(?:ume)?|no|issue|n°)\.?\s*", "", fold(value).strip())
    bare = re.sub(r"suppl(?:ement)?\.?", "s", bare)
    return re.sub(r"[\s.]+|(?<![\d])0+(?=\d)", "", bare).replace("–", "-")


def page_range(pages: str) -> tuple[str, str]:
    """First and last page, the last one written out: "1271-7" is 1271 to 1277."""
    first, _, last = re.sub(r"\s*[-‐-―]+\s*", "-", pages.strip()).partition("-")
    first, last = fold(first), fold(last.split(",")[0].split(";")[0])
    if first.isdigit() and last.isdigit() and len(last) < len(first):
        last = first[: len(first) - len(last)] + last
    lead = re.match(r"[a-z]+", first)
    if lead and last.isdigit():
        digits = first[lead.end() :]
        last = lead.group() + (digits[: max(0, len(digits) - len(last))] + last)
    return first, last


def same_pages(cited: str, found: str) -> bool:
    """True when two page statements agree as far as both go; "e123" is article 123."""
    (a, b), (c, d) = page_range(cited), page_range(found)
    strip = functools.partial(re.sub, r"^(?:e|article|art\.?|p\.?)\s*0*|^0+", "")
    if strip(a) != strip(c):
        return False
    return not b or not d or strip(b) == strip(d) or d == c or b == a


# ---- the whole record -----------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One field in which a citation and the work differ; `found` may be empty (not stated)."""

    field: str
    cited: str
    found: str
    note: str = ""

    def as_dict(self) -> dict[str, str]:
        """JSON-ready; `note` only where there is one."""
        plain = {"field": self.field, "cited": self.cited, "found": self.found}
        return plain | ({"note": self.note} if self.note else {})


def _names(reference: Reference) -> str:
    shown = [author.sort_name for author in reference.authors[:8]]
    more = reference.more_authors or len(reference.authors) > 8
    return "; ".join(shown) + ("; et al." if more else "")


#: What a citation states, in the order in which it is compared.
FIELDS = ("title", "authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid")
#: What agreement in a field says for a work being the one that is cited. Title, authors and
#: identifiers tell works apart; a year or a volume is shared by thousands.
_WEIGHTS = {"title": 2, "authors": 2, "doi": 2, "pmid": 2}
#: Fields a record must know before it can stand for a citation that states them. Services
#: leave out issue and pages of works they know well.
_NEEDED = ("title", "subtitle", "authors", "year", "journal", "volume")

#: Why a field was not compared: the citation does not state it, nothing was read for it in a
#: printed string, or no record of the work knows it.
NOT_CITED, NOT_READ, NOT_KNOWN = "not-cited", "not-read", "not-known"
AGREES = "agrees"
#: What comparing one field gives: the difference, or one of the words above.
Verdict = Difference | str


@dataclass(frozen=True)
class Comparison:
    """A citation against the records of one work: what every field came to."""

    verdicts: Mapping[str, Verdict]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The fields in which the citation differs from every record."""
        return tuple(v for v in self.verdicts.values() if isinstance(v, Difference))

    @property
    def agreed(self) -> tuple[str, ...]:
        """The fields that agree."""
        return tuple(name for name, verdict in self.verdicts.items() if verdict == AGREES)

    @property
    def compared(self) -> tuple[str, ...]:
        """The fields that were compared, whatever came of it."""
        return tuple(name for name in self.verdicts if name not in self.not_compared)

    @property
    def not_compared(self) -> dict[str, str]:
        """The fields that were not compared, and why."""
        reasons = (NOT_CITED, NOT_READ, NOT_KNOWN)
        return {
            name: verdict
            for name, verdict in self.verdicts.items()
            if isinstance(verdict, str) and verdict in reasons
        }

    @property
    def evidence(self) -> int:
        """How much speaks for the records being the cited work: what agrees, weighted."""
        return sum(_WEIGHTS.get(name, 1) for name in self.agreed)

    def is_whole(self, excused: Sequence[str] = ()) -> bool:
        """True when enough agrees to call the citation verified, once nothing differs.

        That is the title, with the authors or an identifier, and no field (but the `excused`)
        that the citation states and the records do not know. Nothing compared is no agreement.
        """
        named = {"authors", "doi", "pmid"} & set(self.agreed)
        unknown = {name for name in _NEEDED if self.verdicts.get(name) == NOT_KNOWN}
        unknown -= set(excused)
        return "title" in self.agreed and bool(named) and not unknown

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: `compared` and `not_compared`."""
        return {"compared": list(self.compared), "not_compared": self.not_compared}


def compare(cited: Reference, works: Sequence[Work], printed: bool = False) -> Comparison:
    """`cited` against `works`, the records that several services have of one work.

    A field agrees when it agrees with one of them. `printed` says that the citation was read
    from a string: what it seems to leave out may only have been misread.
    """
    verdicts: dict[str, Verdict] = {
        "title": _title(cited, works),
        "authors": _authors(cited, works),
        "year": _year(cited, works),
        "journal": _journal(cited, works),
        "volume": _numbered("volume", cited.volume, [w.reference.volume for w in works]),
        "issue": _numbered("issue", cited.number, [w.reference.number for w in works]),
        "pages": _pages(cited, works),
        "doi": _identifier("doi", cited.doi, [w.reference.doi for w in works]),
        "pmid": _identifier("pmid", cited.pmid, [w.reference.pmid for w in works]),
    }
    if verdicts["title"] == AGREES and _lacks_subtitle(cited.title, works):
        verdicts["subtitle"] = NOT_KNOWN
    if printed:
        verdicts = {
            name: NOT_READ if verdict == NOT_CITED else verdict
            for name, verdict in verdicts.items()
        }
    return Comparison(verdicts)


def differences(cited: Reference, works: Sequence[Work]) -> list[Difference]:
    """The fields in which `cited` differs from every one of `works` (one work, several services).

    A field that the citation or all services leave empty is not compared.
    """
    return list(compare(cited, works).differences)


#: What services write where they have no title.
_NO_TITLE = re.compile(
    r"\W*(?:(?:title )?not available|no title(?: available)?|untitled)?\W*", re.I
)


def titles_of(works: Iterable[Work]) -> list[str]:
    """The titles the records give; "[Not Available]", or signs without a word, are none."""
    return [
        title
        for work in works
        for title in work.titles
        if words(clean_title(title)) and not _NO_TITLE.fullmatch(title)
    ]


def is_head(title: str, longer: str) -> bool:
    """True when a title of three words or more is what stands before a subtitle of `longer`."""
    head, whole = clean_title(title), clean_title(longer)
    return (
        len(words(head)) >= 3 and _joined(head) != _joined(whole) and _joined(head) in _heads(whole)
    )


def _fullest(titles: Sequence[str]) -> list[str]:
    """The titles without those that are only the beginning of another one."""
    return [title for title in titles if not any(is_head(title, other) for other in titles)]


def _lacks_subtitle(cited: str, works: Sequence[Work]) -> bool:
    """True when the citation has a subtitle that no record has."""
    full = _fullest(titles_of(works))
    return not any(same_title(cited, title) and not is_head(title, cited) for title in full)


def _title(cited: Reference, works: Sequence[Work]) -> Verdict:
    titles = titles_of(works)
    if not words(clean_title(cited.title)):
        return NOT_CITED
    if not titles:
        return NOT_KNOWN
    # A subtitle may be left out in the citation; in a record only if no other one has it
    full = _fullest(titles)
    if any(
        same_title(cited.title, title) and (title in full or not is_head(title, cited.title))
        for title in titles
    ):
        return AGREES
    closest = max(full, key=lambda title: title_similarity(cited.title, title))
    return Difference("title", cited.title, closest)


def _authors(cited: Reference, works: Sequence[Work]) -> Verdict:
    named = [work.reference for work in works if work.reference.authors]
    if not cited.authors:
        return NOT_CITED
    if not named:
        return NOT_KNOWN
    told = [(str(authors_difference(cited, found) or ""), found) for found in named]
    if not all(note for note, _ in told):
        return AGREES
    note, found = min(told, key=lambda one: (len(one[0]), -len(one[1].authors)))
    return Difference("authors", _names(cited), _names(found), note)


def _year(cited: Reference, works: Sequence[Work]) -> Verdict:
    years = sorted({year for work in works for year in work.years})
    if cited.year is None:
        return NOT_CITED
    if not years:
        return NOT_KNOWN
    if cited.year in years:
        return AGREES
    return Difference("year", str(cited.year), " or ".join(map(str, years)))


def _journal(cited: Reference, works: Sequence[Work]) -> Verdict:
    names = [name for work in works for name in work.journals]
    if not cited.journal:
        return NOT_CITED
    if not names:
        return NOT_KNOWN
    if same_journal(cited.journal, names):
        return AGREES
    return Difference("journal", cited.journal, names[0])


def _numbered(name: str, cited: str, found: Sequence[str]) -> Verdict:
    known = [value for value in found if value]
    if not cited:
        return NOT_CITED
    if not known:
        return NOT_KNOWN
    agrees = _number(cited) in map(_number, known)
    return AGREES if agrees else Difference(name, cited, known[0])


def _pages(cited: Reference, works: Sequence[Work]) -> Verdict:
    known = [work.reference.pages for work in works if work.reference.pages]
    if not cited.pages:
        return NOT_CITED
    if not known:
        return NOT_KNOWN
    agrees = any(same_pages(cited.pages, pages) for pages in known)
    return AGREES if agrees else Difference("pages", cited.pages, known[0])


def _identifier(name: str, cited: str, found: Sequence[str]) -> Verdict:
    known = [value for value in found if value]
    if not cited:
        return NOT_CITED
    if not known:
        return NOT_KNOWN
    agrees = cited.lower() in (value.lower() for value in known)
    return AGREES if agrees else Difference(name, cited, known[0])
