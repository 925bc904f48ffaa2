"""Printed references, in any common style, to records.

Identifiers are read by their form. A tagger says what each other piece is (`printed_tagger`), for
styles are many; what the forms of names, years and places tell for certain checks and completes
it. What cannot be told apart stays empty: nothing is guessed, and whoever looks the work up can
always search with the whole string.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from references.formats.printed_apart import apart
from references.formats.printed_names import DOTTED, GROUP, as_group, names_before_quote, take_names
from references.formats.printed_patterns import CAPITALS, DATE, MONTH, SMALL, YEAR
from references.formats.printed_pieces import PrintedPieces
from references.formats.printed_tagger import tagged
from references.identifiers import printed_arxiv, printed_doi, printed_pmcid, printed_pmid
from references.normalise import plain_pages
from references.record import Author, Reference

#: The longest printed reference that is read; what follows is not part of one.
LONGEST = 4000

_URL = re.compile(
    r"(?:Available (?:from|at)\s*:?\s*|Retrieved from\s*|Disponible sur\s*:?\s*|URL\s*:?\s*)?<?(https?://[^\s>]+|www\.[^\s>]+)>?",
    re.I,
)
_LABEL = re.compile(
    r"^\s*(?:[•·▪◦*–—-]\s+|\[\w{1,8}\]\s*|\(\d{1,4}\)\s*|\d{1,4}\s*[.)\]]\s*(?=[^\d\s(])|\d{1,3}\s+(?=[A-ZÀ-Ý][a-zà-ÿ]))"
)
_YEARS = (
    re.compile(rf"\(\s*(?:in press,?\s*)?{DATE}\s*\)"),  # (2019), (2019a), (May 2019)
    re.compile(rf"(?<![\d-]){DATE}\s*[;]"),  # 2019;  2019 Mar 5;
    re.compile(rf"[.,]\s*{DATE}\s*[.,:]?\s*$"),  # ", May 2019." at the end
    re.compile(rf"(?<=[.,;])\s*{DATE}\s*[.,:](?!\d)"),  # ". 2019. "
    re.compile(rf"(?<![\d–-])(?<![\d]\s[–-]\s){DATE}(?![\d–-])"),
)
_P = r"[A-Za-z]{0,2}\d+(?:\.e?\d+|[A-Za-z])?"
_DASH = r"\s*[-–—‐‑−]+\s*"
_RANGE = rf"{_P}{_DASH}{_P}"
#: An issue, or a part of one: 4 · 10300 · Pt 4 · 2 Suppl 1
_PART = r"(?:(?:Pt|Suppl|S)\.?\s?)?\d{1,5}(?:\s?(?:Suppl|Pt)\.?\s?\d{0,2})?"
_VOLUME = r"(?:vol(?:ume)?\.?\s*)?([A-Z]?-?\s?\d{1,4}[A-Z]?)"
_ISSUE = r"\s*\(\s*(?:no\.?\s*|n°\s*|issue\s*)?([\w\s.–/+-]{1,18}?)\s*\)"
_LOCATORS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        # 12, no. 3 (1999): 45-67
        rf"(?<![\w.]){_VOLUME}\s*,?\s*(?:no|n°|nr|n(?=\.)|issue)\.?\s*({_PART})[\s,:(]*(?:{YEAR})?[\s,:)]*"
        rf"(?:pp?\.?|pages?)?\s*({_RANGE}|{_P})?(?![\w-])",
        # 12, e123 (2019)
        rf"(?<![\w.(–-]){_VOLUME}(),\s*({_RANGE}|{_P})(?=\s*\({YEAR}\))",
        # 12(3):45-67 · 12(3), 45-67 · 12 (3): e123 · 12(Suppl 2):S45
        rf"(?<![\w.]){_VOLUME}{_ISSUE}\s*[:,.;]?\s*(?:pp?\.?|pages?)?\s*({_RANGE}|{_P})(?![\w-])",
        # vol. 12, no. 3, pp. 45-67
        r"\b(?:vol(?:ume)?\.?|t\.|tome)\s*([A-Z]?\d{1,4})\s*[,:]?\s*(?:\(?(?:no|nr|num|number|issue|n°)\.?\s*"
        rf"({_PART}|[\w–-]{{1,9}})\)?)?\s*[,:]?\s*(?:(?:pp?|pages?)\.?\s*({_RANGE}|{_P}))?",
        # 12.3 (1999): 45-67
        rf"(?<![\w.]){_VOLUME}\.(\d{{1,5}})\s*\({YEAR}\)\s*[:,]\s*({_RANGE}|{_P})",
        # 12:45-67 · 12, 45-67 · 12: e123
        rf"(?<![\w.(–-]){_VOLUME}\s*()(?:[:,]\s*(?:\({YEAR}\)\s*,?)?|\({YEAR}\)[,:]?|{YEAR},)\s*"
        rf"(?:pp?\.?|pages?)?\s*({_RANGE})(?![\w])",
        rf"(?<![\w.(–-]){_VOLUME}\s*():\s*((?:e|S)?\d+)(?![\w–-])",
        # 12, pp. e123
        rf"(?<![\w.(–-]){_VOLUME}(),\s*(?:pp?\.|pages?)\s*({_P})(?![\w-])",
        # 12 45-67
        rf"(?<=[,.\w] )(\d{{1,3}})()\s+({_RANGE})(?=\s*[,.(]|\s*$)",
        # 12, 123456: volume and article number
        r"(?<=[^\W\d][,.] )(\d{1,3})(),\s*((?:e|Article )?\d{2,})(?=\s*\.?\s*$)",
        # 12(3)
        rf"(?<![\w.]){_VOLUME}{_ISSUE}()(?!\s*\w*{YEAR})(?=\s*[.,;]|\s*$)",
    )
)
_PLAIN_ISSUE = rf"\s?\(\s?(?!{YEAR}\s?\))({_PART}|\d{{1,5}}[-–/]\d{{1,5}}|Suppl\.?(?: ?\d+)?)\s?\)"
_PLAIN_PAGES = rf"\s?:\s?({_RANGE}|{_P})(?![\w(])"
#: "2019;12(3):45-67", ";12:45-67", "12 (3) : 45-67": what can be nothing else.
_EXACT = (
    re.compile(rf";\s?([A-Z]?\d{{1,4}}(?:-?[A-Z])?)(?:{_PLAIN_ISSUE})?{_PLAIN_PAGES}"),
    re.compile(rf"(?<![\w.(/–-])([A-Z]?\d{{1,3}}(?:-?[A-Z])?)(?! ){_PLAIN_ISSUE}{_PLAIN_PAGES}"),
    # With blanks, only a range of pages: "week 12 (3): 24 patients" are words of a title.
    re.compile(
        rf"(?<![\w.(/–-])([A-Z]?\d{{1,3}}(?:-?[A-Z])?){_PLAIN_ISSUE}\s?:\s?({_RANGE})(?![\w(])"
    ),
)
#: What makes one volume with the number before it: "Suppl 2", "Pt 4".
_PARTED = r" ((?:Suppl(?:ement)?|Pt)\.?(?: ?(\d{1,2}))?)(?=\s*[:;,.])"
#: An issue behind its volume: ", 5, 2022", " (2009), Heft 3, S. 229".
_BEHIND = (
    rf"(?: \({YEAR}\))?, (?:(?:Heft|H|Nr|no|n|n°|nᵒ|№|fasc|num)\.? ?)?(\d{{1,3}})"
    rf"(?=, \(?(?:{YEAR}|pp?\.|[Ss]\.))"
)
#: Pages that are called so behind what was taken for them: "398.10300 (2021), pp. 12-19".
_CALLED_PAGES = rf"\)?[.,]? (?:\(?{YEAR}\)?[.,]? )?(?:pp?|[SСс])\.\s?({_RANGE}|{_P})(?!\w)"
_PAGES = re.compile(
    rf"\b(?:pp?|pages?)\.?\s*({_RANGE}|{_P})(?!\w)|[:,]\s*({_RANGE})(?=\s*[.,;]?\s*$)", re.I
)
#: "Cochrane Database of Systematic Reviews 2020, Issue 3. Art. No.: CD001234."
_COCHRANE = re.compile(r"\bIssue (\d{1,2})\W{1,3}Art(?:icle|\.)? ?No\.?:? ?(CD\d{6})", re.I)
_IS_EXTENT = re.compile(r"[\divxlc, ]+ ?(?:p|pp|pages?)\.?", re.I)
_IDENTIFIERS = {
    "doi": printed_doi,
    "pmcid": printed_pmcid,
    "pmid": printed_pmid,
    "arxiv": printed_arxiv,
}
_CHINESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_WORD_NEXT = re.compile(r"\.?\s+(?!(?:and|et|und|y)\b)\w", re.I)
_LEADING = re.compile(r"([^.,:;?!“\"\d]{5,120})\.\s+(?=\S)(?!In\b)")
_GROUP_BEHIND = re.compile(
    r"\s*(?:[;,] (?:and )?(?:for|on behalf of) (?:the )?|; (?:and )?(?:the )?)"
    r"([A-Z][^.;:?!]{4,150})(?=\. )"
)
#: Marks of slanted or raised letters that came along from a page.
_TAGS = re.compile(r"</?(?:i|b|em|strong|italic|bold|su[bp]|span|u)>", re.I)
#: What PubMed prints behind a reference about the publications that followed it.
_FOLLOWED = re.compile(
    r"(?<=[.;)\d]) (?:Erratum|Corrigendum|Correction|Retraction|Expression of concern|Comment"
    r"|Update|(?:Corrected and )?republished) in:? (?=[A-Z\W]).*$",
    re.I | re.S,
)
#: The "-" between pages as PDFs of some publishers give it: "12:297e306".
_E_FOR_DASH = re.compile(r"(:\s?)(e?)(\d{1,5})e\2(\d{1,5})(?!\w|\.\d)")
#: "DUPONT (J.)", as French reviews print names.
_IN_BRACKETS = re.compile(rf"([{CAPITALS}{SMALL}]{{2,}}) \(({DOTTED})\)(?=\s*[,.;]|\s+et\b)")


def _normalised(text: str) -> str:
    text = unicodedata.normalize("NFC", text[:LONGEST])
    text = _TAGS.sub("", text.replace("\u00ad", "").replace("\u200b", ""))
    text = re.sub(r"\s+", " ", text).strip()
    text = _FOLLOWED.sub("", _LABEL.sub("", text, count=1))
    text = _E_FOR_DASH.sub(_with_dash, text)
    return _IN_BRACKETS.sub(r"\1 \2", text)


def _with_dash(pages: re.Match[str]) -> str:
    """Pages with their dash, where the second number can be the last page."""
    before, e, first, last = pages.groups()
    last_whole = first[: -len(last)] + last if len(last) < len(first) else last
    return f"{before}{e}{first}-{e}{last}" if int(last_whole) > int(first) else pages[0]


def _take_year(text: str) -> int | None:
    """The year by the form of its place in the text."""
    for number, pattern in enumerate(_YEARS):
        matches = list(pattern.finditer(text))
        if matches:
            # The loosest form takes the last year: earlier ones belong to titles.
            match = matches[0] if number < 3 else matches[-1]
            return int(next(group for group in match.groups() if group))
    return None


def _take_locator(text: str) -> tuple[str, str, str]:
    """Volume, issue and pages by the forms they are printed in together."""
    for pattern in _LOCATORS:
        for match in pattern.finditer(text):
            volume, issue, pages = ((group or "").strip() for group in match.groups())
            if re.fullmatch(YEAR, volume) and not pages:
                continue
            if re.fullmatch(YEAR, issue):  # 12 (2019) 45
                issue = ""
            if re.fullmatch(YEAR, volume):  # no. 4, 2019, pp. 45
                volume = ""
            if re.fullmatch(YEAR, pages) and match.start(3) > 0:
                return volume.replace(" ", ""), issue.strip(), ""
            return volume.replace(" ", ""), issue.strip(), plain_pages(pages)
    if alone := _PAGES.search(text):
        return "", "", plain_pages(alone.group(1) or alone.group(2))
    return "", "", ""


_NOT_CITED = re.compile(
    r"\[(?:Internet|en ligne|online|PubMed|CrossRef|Google Scholar|Free full text|in French"
    r"|Article in \w+)\]"
    r"|\barXiv preprint\b|\b(?:doi|PMID|PMCID|arXiv)\s*:?\s*(?=[\s.,;)]|$)"
    r"|\[published (?:correction|erratum)[^\]]*\]|(?<=Rxiv \d{4})\.\d\d\.\d\d\.\d{6,}(?:v\d+)?"
    r"|(?<=\. )in press,?(?= \(?\d{4})"
    r"|\bEpub (?:ahead of print )?\d{4}[^.;]*[.;]?"
    r"|[\[(]?\b(?:cited|cité|accessed|consulté|retrieved)\b:? (?:le |on )?[^\[\]().;]*\d{4}"
    r"[^\[\]().;]*[\]).;]*",
    re.I,
)


def parse(text: str) -> Reference:
    """The record of one printed reference; fields that cannot be told apart stay empty.

    Of a string with several, the first.
    """
    numbers, text = _take_identifiers(_normalised(apart(text[:LONGEST])[0]))
    pieces = PrintedPieces(text, tagged(text))
    authors, others = _authors(text, pieces)
    title, journal = pieces.title, pieces.journal
    if len(authors) == 1 and authors[0].literal:  # the tagger may take it for the title's beginning
        title = title.removeprefix(authors[0].literal).lstrip(" .,:;")
    year = pieces.year or _take_year(text)
    volume, issue, pages = _place(text, pieces, year)
    if not title and _CHINESE.search(journal) and (stop := re.search(r"\.\s|。", journal)):
        title, journal = journal[: stop.start()], journal[stop.end() :].strip()
    if authors and title and not journal and volume and pages and len(title.split()) <= 5:
        title, journal = "", title  # "Smith J et al., Pain 2023;164:1-9"
    elif not title and not volume and sum(map(str.islower, journal.split())) >= 3:
        title, journal = journal, ""  # "Learning to see frozen nerves", without a place
    return Reference(
        key="",
        type="article" if journal or volume else "misc",
        title=title,
        authors=authors,
        more_authors=others,
        year=year,
        journal=journal,
        volume=volume,
        number=issue,
        pages=pages,
        publisher="" if journal else pieces.publisher,
        **numbers,
    )


def without_identifiers(text: str) -> str:
    """A printed reference as the tagger reads it: blanks in place of identifiers and addresses."""
    return _take_identifiers(text)[1]


def _take_identifiers(text: str) -> tuple[dict[str, Any], str]:
    """DOI, PubMed numbers and address by field, and the text with blanks in their place."""
    numbers: dict[str, Any] = {}
    for name, printed in _IDENTIFIERS.items():
        if named := printed(text):
            numbers[name], (start, end) = named
            text = text[:start] + " " * (end - start) + text[end:]
    if arxiv := numbers.pop("arxiv", ""):
        numbers.setdefault("doi", f"10.48550/arXiv.{arxiv}")
    if match := _URL.search(text):
        numbers["url"] = match.group(1).rstrip(".,;)")
        text = text[: match.start()] + " " * len(match.group()) + text[match.end() :]
    return numbers, _NOT_CITED.sub(lambda match: " " * len(match.group()), text)


def _authors(text: str, pieces: PrintedPieces) -> tuple[tuple[Author, ...], bool]:
    """The authors, and whether their list is shortened.

    By the forms of names where these reach from the beginning to what is no name any more, else
    as the tagger has them.
    """
    names, others, end = take_names(text)
    if before_quote := names_before_quote(text):
        names, others, end = before_quote
    if names and (group := _group_behind(text, end)):
        pieces.begin_body(group.end())
        return (*map(as_group, names), Author(literal=group[1])), others
    # "Roe P, Doe J. Cold Comfort": behind the point is no name, if both agree on those before it
    ended = (
        "." in text[max(end - 1, 0) : end + 1]
        and bool(_WORD_NEXT.match(text, end))
        and pieces.families_before(end) == [name.short.casefold() for name in names]
    )
    doubted = pieces.body_before(end - 3) or (pieces.names_behind(end) and not ended)
    if not names or (doubted and pieces.authors):
        return pieces.authors or _leading_group(text), pieces.others
    pieces.begin_body(end)
    return tuple(map(as_group, names)), others or pieces.others


def _group_behind(text: str, end: int) -> re.Match[str] | None:
    """The group behind the persons: "Roe R; COLD Study Investigators. …"."""
    match = _GROUP_BEHIND.match(text, end)
    return match if match and GROUP.search(match[1]) else None


def _leading_group(text: str) -> tuple[Author, ...]:
    """The group in whose name a text begins: "Société du froid. Recommandations …"."""
    match = _LEADING.match(text)
    return (Author(literal=match[1].strip()),) if match and GROUP.search(match[1]) else ()


def _place(text: str, pieces: PrintedPieces, year: int | None) -> tuple[str, str, str]:
    """Volume, issue and pages: the tagger's, and those it overlooked by their form."""
    for exact in _EXACT:
        if match := exact.search(text):
            return match[1], match[2] or "", plain_pages(match[3])
    if cochrane := _COCHRANE.search(text):
        return "", cochrane[1], cochrane[2]
    volume, issue, pages = pieces.volume, pieces.issue, plain_pages(pieces.pages)
    if _IS_EXTENT.fullmatch(pages):
        pages = ""
    if _is_day(text, volume):
        volume = ""
    if not issue and (both := re.fullmatch(r"(\d{1,4})\.(\d{1,5})", volume)):
        volume, issue = both[1], both[2]  # "44.5 (2015): 709-714"
    if volume == str(year) and text.count(volume) == 1:  # "Pain 2014;43": its issue is the volume
        volume, issue = issue, ""
    if volume:
        volume, issue = _with_part(text, volume, issue)
        issue, pages = _called_pages(text, volume, issue, pages)
    found, number, page = _take_locator(text.replace(pieces.title, " ") if pieces.title else text)
    told = {volume, issue, pages} - {""}
    if found and number and told <= {found, number, page}:
        return found, number, page  # "398(10300), 12-19": the tagger may take the issue for pages
    if not volume and found not in (str(year), issue, pages):
        volume = found
    if not pages and page not in (volume, issue):
        pages = page
    if not issue and volume == found and number not in (volume, pages):
        issue = number
    return volume, issue, pages


def _is_day(text: str, volume: str) -> bool:
    """True for the day of a date: "2021 May 3", and no volume besides."""
    alone = len(re.findall(rf"(?<!\d){re.escape(volume)}(?!\d)", text)) == 1
    return alone and bool(re.search(rf"{YEAR} {MONTH}\.? {re.escape(volume)}(?!\d)", text))


def _called_pages(text: str, volume: str, issue: str, pages: str) -> tuple[str, str]:
    """Issue and pages, where the tagger took the one for the other, and pages are called so."""
    if pages.isdecimal() and issue in ("", pages):
        beside = rf"(?<!\w){re.escape(volume)}\W[^\d;]{{0,8}}{pages}"
        if called := re.search(beside + _CALLED_PAGES, text):
            return pages, plain_pages(called[1])
    return issue, pages


def _with_part(text: str, volume: str, issue: str) -> tuple[str, str]:
    """Volume and issue with what stands behind the volume: "42 Suppl 2:S93" is one volume."""
    beside = rf"(?<![\w.]){re.escape(volume)}"
    part = re.search(beside + _PARTED, text)
    if part and issue in ("", part[1], part[2]):
        return f"{volume} {part[1]}", ""
    behind = re.search(beside + _BEHIND, text)
    return volume, issue or (behind[1] if behind else "")
