"""Printed references, in any common style, to records.

A printed reference is read from what is certain to what is not: identifiers, then year,
volume, issue and pages by their form, then the names at its beginning; the title and the
journal are what stands between. What cannot be told apart stays empty: nothing is guessed,
and whoever looks the work up can always search with the whole string.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from references.formats.printed_names import DOTTED, GROUP, as_group, names_before_quote, take_names
from references.formats.printed_patterns import CAPITALS, DATE, SMALL, YEAR
from references.identifiers import arxiv_in, printed_doi, printed_pmcid, printed_pmid
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
#: An issue, or a part of one: 4 · Pt 4 · 2 Suppl 1
_PART = r"(?:(?:Pt|Suppl|S)\.?\s?)?\d{1,4}(?:\s?(?:Suppl|Pt)\.?\s?\d{0,2})?"
_VOLUME = r"(?:vol(?:ume)?\.?\s*)?([A-Z]?-?\s?\d{1,4}[A-Z]?)"
_ISSUE = r"\s*\(\s*(?:no\.?\s*|n°\s*|issue\s*)?([\w\s.–/+-]{1,18}?)\s*\)"
_LOCATORS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        # 12, no. 3 (1999): 45-67
        rf"(?<![\w.]){_VOLUME}\s*,?\s*(?:no|n°|nr|issue)\.?\s*({_PART})[\s,:(]*(?:{YEAR})?[\s,:)]*"
        rf"(?:pp?\.?|pages?)?\s*({_RANGE}|{_P})?(?![\w-])",
        # 12, e123 (2019)
        rf"(?<![\w.(–-]){_VOLUME}(),\s*({_RANGE}|{_P})(?=\s*\({YEAR}\))",
        # 12(3):45-67 · 12(3), 45-67 · 12 (3): e123 · 12(Suppl 2):S45
        rf"(?<![\w.]){_VOLUME}{_ISSUE}\s*[:,.;]?\s*(?:pp?\.?|pages?)?\s*({_RANGE}|{_P})(?![\w-])",
        # vol. 12, no. 3, pp. 45-67
        r"\b(?:vol(?:ume)?\.?|t\.|tome)\s*([A-Z]?\d{1,4})\s*[,:]?\s*(?:\(?(?:no|nr|num|number|issue|n°)\.?\s*"
        rf"({_PART}|[\w–-]{{1,9}})\)?)?\s*[,:]?\s*(?:(?:pp?|pages?)\.?\s*({_RANGE}|{_P}))?",
        # 12.3 (1999): 45-67
        rf"(?<![\w.]){_VOLUME}\.(\d{{1,3}})\s*\({YEAR}\)\s*[:,]\s*({_RANGE}|{_P})",
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
_PAGES = re.compile(
    rf"\b(?:pp?|pages?)\.?\s*({_RANGE}|{_P})(?!\w)|[:,]\s*({_RANGE})(?=\s*[.,;]?\s*$)", re.I
)
_QUOTED = re.compile(rf"[“\"«„]\s*|``|‘‘?|'(?=[{CAPITALS}\d][^']*[^\s'](?:'[a-z][^']*)*'\s*[,.])")
_UNQUOTE = re.compile(r"\s*[”\"»“]|''|’’|['’](?=\s*[.,])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:vs|v|e\.g|i\.e|cf|al|St|Dr|no|vol|ca|approx|spp?|var|resp|Inc|Ltd|Co|U\.S|fig)|\b[A-Z])\.$"
)
#: In "Title, J. Approx. Theory" the points belong to the journal.
_IN_JOURNAL = re.compile(
    r"[,”\"]\s+(?:[A-Z][\w&]*\.?\s+){0,5}(?:J|Math|Proc|Trans|Am|Amer|Int|Intl|Appl|Comput?|Phys|Rev|"
    r"Biol|Chem|Med|Soc|Sci|Psychol|Eur|Br|Brit|Clin|Exp|Theor|Comm|Commun|Ann|Arch|Bull|Opt|Nucl|"
    r"Lett|Res|Nat|Natl|Acad|Assoc|Surg|Neurol|Obstet|Gynecol|Gynaecol|Discr|Numer|Approx)\.$"
)
_STOP = re.compile(r"[.?!]['’”\")]*\s+(?=[^\sa-zß-öø-ÿ(]|In\b|in:|arXiv|bioRxiv|medRxiv)|\.\s*$")
_IN = re.compile(r"^(?:In\s*:?\s+|in\s*:?\s+|Dans\s*:?\s+)(?=\S)")


#: "DUPONT (J.)", as French reviews print names.
_IN_BRACKETS = re.compile(rf"([{CAPITALS}{SMALL}]{{2,}}) \(({DOTTED})\)(?=\s*[,.;]|\s+et\b)")


def _normalised(text: str) -> str:
    text = unicodedata.normalize("NFC", text[:LONGEST])
    text = text.replace("\u00ad", "").replace("\u200b", "")
    text = re.sub(r"\s+", " ", text).strip()
    text = _LABEL.sub("", text, count=1)
    return _IN_BRACKETS.sub(r"\1 \2", text)


def _cut(text: str, start: int, end: int, mark: str = " ") -> str:
    return text[:start] + mark + text[end:]


#: "…; the ABC Study Group." or "… on behalf of the ABC investigators." after the authors
_FOR_GROUP = re.compile(
    r"\s*[;,]?\s*(?:(?:on behalf of|for|and) the\b|;)\s*([^.]{3,160})\.(?=\s)", re.I
)


def _take_year(text: str) -> tuple[int | None, re.Match[str] | None]:
    for number, pattern in enumerate(_YEARS):
        matches = list(pattern.finditer(text))
        if matches:
            # The loosest form takes the last year: earlier ones belong to titles.
            match = matches[0] if number < 3 else matches[-1]
            return int(next(group for group in match.groups() if group)), match
    return None, None


def _take_locator(text: str) -> tuple[str, str, str, tuple[int, int] | None]:
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
                return volume.replace(" ", ""), issue.strip(), "", (match.start(), match.start(3))
            return volume.replace(" ", ""), issue.strip(), plain_pages(pages), match.span()
    if alone := _PAGES.search(text):
        return "", "", plain_pages(alone.group(1) or alone.group(2)), alone.span()
    return "", "", "", None


def _sentence(text: str) -> int:
    """Where the first sentence of `text` ends, or -1: abbreviations do not end one."""
    for match in _STOP.finditer(text):
        before = text[: match.start() + 1]
        if text[match.start()] == "." and (
            _ABBREVIATED.search(before) or _IN_JOURNAL.search(before[-80:])
        ):
            continue
        return match.start() + (text[match.start()] in "?!")
    return -1


_NOT_CITED = re.compile(
    r"\[(?:Internet|PubMed|CrossRef|Google Scholar|Free full text|in French|Article in \w+)\]"
    r"|\b(?:doi|PMID|PMCID|arXiv)\s*:?\s*(?=[\s.,;)]|$)"
    r"|\bEpub (?:ahead of print )?\d{4}[^.;]*[.;]?"
    r"|[\[(]?\b(?:cited|cité|accessed|consulté|retrieved)\b:? (?:le |on )?[^\[\]().;]*\d{4}"
    r"[^\[\]().;]*[\]).;]*",
    re.I,
)


def parse(text: str) -> Reference:
    """The record of one printed reference; fields that cannot be told apart stay empty."""
    numbers, rest = _take_identifiers(_normalised(text))
    authors, others, tail = _take_authors(rest)
    year, when = _take_year(tail)
    volume, issue, pages, where = _take_locator(tail)
    if where and when and when.start() >= where[0] and when.end() <= where[1]:
        when = None
    title, journal = _title_and_journal(tail, when, where)
    if authors and title and not journal and volume and pages and len(title.split()) <= 5:
        title, journal = "", title  # "Smith J et al., Pain 2023;164:1-9"
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
        **numbers,
    )


def _take_identifiers(text: str) -> tuple[dict[str, Any], str]:
    """DOI, PubMed numbers and address by field, and the text without them."""
    numbers: dict[str, Any] = {}
    for name, printed in (("doi", printed_doi), ("pmcid", printed_pmcid), ("pmid", printed_pmid)):
        if named := printed(text):
            numbers[name], place = named
            text = _cut(text, *place)
    text = re.sub(r"\bPMCID\s*:?\s*", " ", text, flags=re.I) if "pmcid" in numbers else text
    if arxiv := arxiv_in(text):
        numbers.setdefault("doi", f"10.48550/arXiv.{arxiv}")
    if match := _URL.search(text):
        numbers["url"] = match.group(1).rstrip(".,;)")
        text = _cut(text, *match.span())
    text = " ".join(_NOT_CITED.sub(" ", text).split())
    return numbers, re.sub(r"[\s,;]+$", "", text)


def _take_authors(text: str) -> tuple[tuple[Author, ...], bool, str]:
    """The authors, whether the list is shortened, and what follows them."""
    authors, others, end = take_names(text)
    tail = text[end:]
    if named := names_before_quote(text):
        authors, others, tail = named
    if not authors and (match := re.match(rf"([^.“\"]{{3,160}}?)[.,]?\s*\({YEAR}[a-z]?\)", text)):
        name = match.group(1).strip(" ,.")
        authors, tail = [Author(literal=name)], text[match.end(1) :]
    elif (
        not authors
        and (match := re.match(r"([^.,:;?!“\"\d]{5,120})\.\s(?!In\b)", text))
        and GROUP.search(match.group(1))
    ):
        authors, tail = [Author(literal=match.group(1).strip())], text[match.end() :]
    if (match := _FOR_GROUP.match(tail)) and GROUP.search(match.group(1)):
        tail = tail[match.end() :]
    tail = re.sub(r"^\s*\(?(?:eds?|Hrsg|editors?|dir)\.?\)?[,.]?\s+", " ", tail)
    return tuple(map(as_group, authors)), others, tail


def _title_and_journal(
    tail: str, when: re.Match[str] | None, where: tuple[int, int] | None
) -> tuple[str, str]:
    """Title and journal from what follows the names; `when` and `where` are year and locator."""
    begin = 0
    if when and when.start() <= 3:  # (2019). Title ...
        begin = when.end()
    limits = [
        place
        for place in (
            when.start() if when and when.start() > begin + 3 else None,
            where[0] if where and where[0] >= begin else None,
        )
        if place is not None
    ]
    body = re.sub(r"^[\s.,:;)]+", "", tail[begin:])
    shift = len(tail) - len(body)
    limit = min((place - shift for place in limits if place - shift > 0), default=len(body))
    if match := _QUOTED.match(body):
        close = _UNQUOTE.search(body, match.end() + 1)
        if close:
            title = body[match.end() : close.start()]
            left = body[close.end() : max(limit, close.end())]
            return _tidy(title), _journal(left)
    head = body[:limit]
    cut = _sentence(head)
    if cut > 0 and (left := _journal(head[cut + 1 :])):
        return _tidy(head[:cut]), left
    if cut > 0 and limit < len(body) and body[limit:].strip(" .,;()0123456789"):
        # "Title. 2019. Journal." : the journal follows the year
        left = _journal(re.sub(rf"^[\s(]*{DATE}[\s).,;:]*", "", body[limit:]))
        if left and not where:
            return _tidy(head[:cut]), left
    if match := re.search(r"[.,;]\s+(?:In\s*:?|in\s*:)\s+(?=[^\s])", head):
        return _tidy(head[: match.start()]), _journal(head[match.end() :])
    stripped = head.strip(" .,;:(")
    if where is not None and "," in stripped:
        title, _, last = stripped.rpartition(",")
        if len(title.split()) >= 2:
            return _tidy(title), _journal(last)
    if cut <= 0 and "," in stripped and when is not None:
        title, _, last = stripped.rpartition(",")
        if len(title.split()) >= 3 and last.strip()[:1].isupper():
            return _tidy(title), _journal(last)
    return _tidy(stripped), ""


def _tidy(text: str) -> str:
    text = re.sub(r"\s*\[(?:J|M|C|D|A|Z)\]\s*$", "", text.strip())
    return re.sub(r"^[\s.,;:“\"«(]+|[\s,;:”\"»]+$|(?<!\b[A-Z])\.+$", "", text.strip())


def _journal(text: str) -> str:
    text = _IN.sub("", text.strip(" .,;:"))
    # An issue or an article number without its volume
    text = re.sub(r"\s*\(\d{1,3}\)?$|,\s*(?:no\.\s*|[A-Z]{0,2})\d[\w.–-]*$", "", text)
    text = re.sub(r"\s*[,;(:]?\s*(?:vol(?:ume)?|pp?|pages?|no|\bt)\.?\s*$", "", text, flags=re.I)
    cut = _sentence(text)
    if cut > 0 and len(text[:cut].split()) > 2:
        text = text[:cut]
    return text.strip(' .,;:()[]“”"«»')
