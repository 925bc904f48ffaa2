"""Printed references, in any common style, to records.

A printed reference is read from what is certain to what is not: identifiers, then year,
volume, issue and pages by their form, then the names at its beginning; the title and the
journal are what stands between. What cannot be told apart stays empty: nothing is guessed,
and whoever looks the work up can always search with the whole string.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from references.record import Author, Reference

#: The longest printed reference that is read; what follows is not part of one.
LONGEST = 4000

_U = r"A-ZÀ-ÖØ-ÞŁŠŽŚŹŻČĆĘĄŞİĞŐŰŘŤŇĎŮĐΑ-ΩА-Я"
_L = r"a-zß-öø-ÿłšžśźżčćęąńňňşığőűřťďůđěα-ωа-я"
_CAP = rf"(?:[dDlO]['’])?[{_U}][{_L}'’{_U}]*[{_L}{_U}](?:-[{_L}]{{2,8}}(?![{_L}]))?"
_PARTICLE = (
    r"(?:van(?: de[nr]?| ter)?|von(?: der)?|de(?: la| las| los)?|del|della|di|da|dos|du|des|le|la|"
    r"den|der|ten|ter|el|al|bin|ben|st\.?|saint|Van(?: de[nr]?)?|Von|De(?: La)?|Du|Le|La|Del|Di|Da)"
)
_FAMILY = rf"(?:{_PARTICLE}[ ]){{0,2}}{_CAP}(?:[-‐‑ ]{_CAP}){{0,2}}"
_FAMILY1 = rf"(?:{_PARTICLE}[ ]){{0,2}}{_CAP}(?:[-‐‑]{_CAP}){{0,2}}"
_INITIALS = rf"[{_U}](?:\.?[-‐ ]?[{_U}]){{0,3}}\.?(?![{_U}{_L}]|[-‐][{_L}]{{2}})"
_DOTTED = rf"(?:[{_U}](?:h|e|u|i)?\.[-‐ ]?){{1,4}}"
_SUFFIX = r"(?:,? (?:Jr|Sr|II|III|IV|2nd|3rd)\b\.?)?"
_GIVEN = rf"(?:{_CAP}|[{_U}]\.)(?:[- ](?:{_CAP}|[{_U}]\.?(?![{_L}]))){{0,2}}"

#: One name, most telling form first: what it matches, and which groups it gives.
_NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<family>{_FAMILY})(?: (?:Jr|Sr|2nd|3rd|II|III)\b\.?)?, ?"
        rf"(?P<given>{_DOTTED})(?P<suffix>{_SUFFIX})",  # Smith, J. D.
        rf"(?P<family>{_FAMILY})(?: (?:Jr|Sr|2nd|3rd|II|III)\b\.?)?,? "
        rf"(?P<given>[{_U}](?:[-‐]?[{_U}]){{0,3}})(?![{_L}{_U}'’.-])"
        rf"(?P<suffix>{_SUFFIX})",  # Smith JD
        rf"(?P<given>{_DOTTED}) ?(?P<family>{_FAMILY1}(?: {_CAP}(?:[-‐‑]{_CAP})?)?)"
        rf"(?P<suffix>{_SUFFIX})",  # J. D. Smith
        rf"(?P<family>{_FAMILY}) (?P<given>{_INITIALS})(?P<suffix>{_SUFFIX})",  # Smith J.D.
        rf"(?P<family>{_FAMILY}),? (?P<given>[{_U}])\.",  # Smith, J.
    )
)
_FULL_FIRST = re.compile(rf"(?P<family>{_FAMILY}), (?P<given>{_GIVEN})(?=[,.;]| and | et | \()")
_FULL = re.compile(rf"(?P<given>{_GIVEN}) (?P<family>{_FAMILY1})(?=[,.;:“\"]| and | & | et | \(|$)")
_JOIN = re.compile(r"\s*(?:[,;]\s*)?(?:(?:and|und|et(?! al)|y|&)\s+|[,;]\s*)|\s*[,;]\s*")
_OTHERS = re.compile(
    r"[,;]?\s*(?:\(?(?:et\s+(?:al|coll)\b\.?|and (?:others|colleagues)\b|and\s+et\s+al\.?|…|\.\.\.)"
    r"\)?|\band \d+ others)[.,:]?\s*",
    re.I,
)

_DOI = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|\bdoi\s*[:=]?\s*|\bDOI\s*)?(10\.\d{4,9}/[^\s\"“”]+)", re.I
)
_PMID = re.compile(
    r"\b(?:PMID|PubMed(?: ID| PMID)?)\s*[:#]?\s*(\d{4,9})\b|pubmed\.ncbi\.nlm\.nih\.gov/(\d+)", re.I
)
_PMCID = re.compile(r"\b(PMC\d{4,9})\b", re.I)
_URL = re.compile(
    r"(?:Available (?:from|at)\s*:?\s*|Retrieved from\s*|Disponible sur\s*:?\s*|URL\s*:?\s*)?<?(https?://[^\s>]+|www\.[^\s>]+)>?",
    re.I,
)
_ARXIV = re.compile(r"\barXiv\s*:\s*(\d{4}\.\d{4,5}|[a-z-]+/\d{7})(?:v\d+)?", re.I)
_LABEL = re.compile(
    r"^\s*(?:[•·▪◦*–—-]\s+|\[\w{1,8}\]\s*|\(\d{1,4}\)\s*|\d{1,4}\s*[.)\]]\s*(?=[^\d\s(])|\d{1,3}\s+(?=[A-ZÀ-Ý][a-zà-ÿ]))"
)
_YEAR = r"(?:1[5-9]\d\d|20\d\d)"
_MONTH = (
    r"(?:Jan(?:uary|v(?:ier)?)?|Feb(?:ruary)?|F[ée]v(?:r(?:ier)?)?|Mar(?:ch|s)?|A[pv]r(?:il)?|May|Mai|"
    r"June?|Juin|Jul(?:y)?|Juil(?:let)?|Aug(?:ust)?|Ao[uû]t|Sep(?:t(?:ember|embre)?)?|"
    r"Oct(?:ober|obre)?|Nov(?:ember|embre)?|D[ée]c(?:ember|embre)?|Spring|Summer|Fall|Autumn|Winter)"
)
_DATE = (
    rf"(?:{_MONTH}\.?(?:[-–/ ]{_MONTH}\.?)?\s*(?:\d{{1,2}}(?:st|nd|rd|th)?)?,?\s*)?"
    rf"(?<!\d)({_YEAR})[a-z]?"
    rf"(?:[\s,]+{_MONTH}\.?(?:[-–/]{_MONTH}\.?)?(?:\s+\d{{1,2}})?(?!\w))?"
)
_YEARS = (
    re.compile(rf"\(\s*(?:in press,?\s*)?{_DATE}\s*\)"),  # (2019), (2019a), (May 2019)
    re.compile(rf"(?<![\d-]){_DATE}\s*[;]"),  # 2019;  2019 Mar 5;
    re.compile(rf"[.,]\s*{_DATE}\s*[.,:]?\s*$"),  # ", May 2019." at the end
    re.compile(rf"(?<=[.,;])\s*{_DATE}\s*[.,:](?!\d)"),  # ". 2019. "
    re.compile(rf"(?<![\d–-])(?<![\d]\s[–-]\s){_DATE}(?![\d–-])"),
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
        rf"(?<![\w.]){_VOLUME}\s*,?\s*(?:no|n°|nr|issue)\.?\s*({_PART})[\s,:(]*(?:{_YEAR})?[\s,:)]*"
        rf"(?:pp?\.?|pages?)?\s*({_RANGE}|{_P})?(?![\w-])",
        # 12, e123 (2019)
        rf"(?<![\w.(–-]){_VOLUME}(),\s*({_RANGE}|{_P})(?=\s*\({_YEAR}\))",
        # 12(3):45-67 · 12(3), 45-67 · 12 (3): e123 · 12(Suppl 2):S45
        rf"(?<![\w.]){_VOLUME}{_ISSUE}\s*[:,.;]?\s*(?:pp?\.?|pages?)?\s*({_RANGE}|{_P})(?![\w-])",
        # vol. 12, no. 3, pp. 45-67
        r"\b(?:vol(?:ume)?\.?|t\.|tome)\s*([A-Z]?\d{1,4})\s*[,:]?\s*(?:\(?(?:no|nr|num|number|issue|n°)\.?\s*"
        rf"({_PART}|[\w–-]{{1,9}})\)?)?\s*[,:]?\s*(?:(?:pp?|pages?)\.?\s*({_RANGE}|{_P}))?",
        # 12.3 (1999): 45-67
        rf"(?<![\w.]){_VOLUME}\.(\d{{1,3}})\s*\({_YEAR}\)\s*[:,]\s*({_RANGE}|{_P})",
        # 12:45-67 · 12, 45-67 · 12: e123
        rf"(?<![\w.(–-]){_VOLUME}\s*()(?:[:,]\s*(?:\({_YEAR}\)\s*,?)?|\({_YEAR}\)[,:]?|{_YEAR},)\s*"
        rf"(?:pp?\.?|pages?)?\s*({_RANGE})(?![\w])",
        rf"(?<![\w.(–-]){_VOLUME}\s*():\s*((?:e|S)?\d+)(?![\w–-])",
        # 12, pp. e123
        rf"(?<![\w.(–-]){_VOLUME}(),\s*(?:pp?\.|pages?)\s*({_P})(?![\w-])",
        # 12 45-67
        rf"(?<=[,.\w] )(\d{{1,3}})()\s+({_RANGE})(?=\s*[,.(]|\s*$)",
        # 12, 123456: volume and article number
        r"(?<=[^\W\d][,.] )(\d{1,3})(),\s*((?:e|Article )?\d{2,})(?=\s*\.?\s*$)",
        # 12(3)
        rf"(?<![\w.]){_VOLUME}{_ISSUE}()(?!\s*\w*{_YEAR})(?=\s*[.,;]|\s*$)",
    )
)
_PAGES = re.compile(
    rf"\b(?:pp?|pages?)\.?\s*({_RANGE}|{_P})(?!\w)|[:,]\s*({_RANGE})(?=\s*[.,;]?\s*$)", re.I
)
_QUOTED = re.compile(
    r"[“\"«„]\s*|``|‘‘?|'(?=[{_U}\d][^']*[^\s'](?:'[a-z][^']*)*'\s*[,.])".replace("{_U}", _U)
)
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


@dataclass(frozen=True)
class Citation:
    """A printed reference: the string, and the record that could be read from it.

    `more` are parts that have no field of their own (arXiv number, address).
    """

    text: str
    reference: Reference
    more: dict[str, str] = field(default_factory=dict)


def clean_doi(value: str) -> str:
    """A DOI without the punctuation of the sentence around it.

    DOIs may hold parentheses, angle brackets and semicolons: a closing sign is cut only
    where nothing opened it.
    """
    doi = value
    while doi:
        last = doi[-1]
        if last in ".,;:'’”\"»…" or (last in ")]}>" and doi.count(last) > doi.count(_OPENS[last])):
            doi = doi[:-1]
        else:
            break
    return doi


_OPENS = {")": "(", "]": "[", "}": "{", ">": "<"}


#: "DUPONT (J.)", as French reviews print names.
_IN_BRACKETS = re.compile(rf"([{_U}{_L}]{{2,}}) \(({_DOTTED})\)(?=\s*[,.;]|\s+et\b)")


def _normalised(text: str) -> str:
    text = unicodedata.normalize("NFC", text[:LONGEST])
    text = text.replace("\u00ad", "").replace("\u200b", "")
    text = re.sub(r"\s+", " ", text).strip()
    text = _LABEL.sub("", text, count=1)
    return _IN_BRACKETS.sub(r"\1 \2", text)


def _cut(text: str, start: int, end: int, mark: str = " ") -> str:
    return text[:start] + mark + text[end:]


def _take_names(text: str) -> tuple[list[Author], bool, int]:
    """The authors at the start of `text`, whether others are implied, and where they end."""
    authors: list[Author] = []
    position = 0
    form: re.Pattern[str] | None = None
    while position < len(text) and len(authors) < 400:
        match = None
        forms: tuple[re.Pattern[str] | None, ...]
        forms = (form, *_NAMES) if form else (*_NAMES, _FULL_FIRST, _FULL)
        for pattern in forms:
            if pattern and (found := pattern.match(text, position)):
                match = found
                form = None if pattern is _FULL_FIRST else pattern
                break
        if match is None and authors and (found := _FULL.match(text, position)):
            words = found.group().split()
            if form in (None, _FULL) and len(words) <= 4:
                match = found
        if match is None:
            break
        parts = match.groupdict()
        given = re.sub(r"[.\s]+", " ", parts["given"]).strip()
        if re.fullmatch(rf"[{_U}]{{2,4}}", given):
            given = " ".join(given)
        particle, family = _particle(parts["family"].strip())
        suffix = (parts.get("suffix") or "").strip(" ,.")
        authors.append(Author(family=family, given=given, particle=particle, suffix=suffix))
        position = match.end()
        if others := _OTHERS.match(text, position):
            return authors, True, _after_last(text, others.end(), form)
        join = _JOIN.match(text, position)
        if not join:
            break
        after = join.end()
        forms = (*_NAMES, *((_FULL_FIRST, _FULL) if form in (None, _FULL) else ()))
        if not any(pattern and pattern.match(text, after) for pattern in forms):
            if others := _OTHERS.match(text, after):
                return authors, True, others.end()
            break
        position = after
    return authors, False, position


#: Words that only names of groups have.
_GROUP = re.compile(
    r"\b(?:gr(?:ou)?pe?|organi[sz]ations?|associations?|soci[eé]t[yé]|institut[eo]?s?|committees?|comité"
    r"|collaborat(?:ion|ors|ive)|consortium|investigators|network|réseau|task force|cent(?:er|re)s?"
    r"|minist(?:ry|[èe]re)|haute autorité|agen(?:cy|ce)|academy|académie|coll[eè]ge|council|conseil"
    r"|foundation|fondation|federation|fédération|department|hospitals?)\b",
    re.I,
)
#: "…; the ABC Study Group." or "… on behalf of the ABC investigators." after the authors
_FOR_GROUP = re.compile(
    r"\s*[;,]?\s*(?:(?:on behalf of|for|and) the\b|;)\s*([^.]{3,160})\.(?=\s)", re.I
)


def _as_group(author: Author) -> Author:
    name = " ".join(part for part in (author.given, author.particle, author.family) if part)
    return Author(literal=name) if _GROUP.search(name) else author


#: A list of names and nothing else up to the quotation mark of the title; a year between.
_BEFORE_QUOTE = re.compile(
    r"(?P<names>[^“\"«‘]{3,3000}?)"
    rf"(?P<rest>(?:[.,\s]*[(\[](?:{_DATE}|in press|forthcoming)[)\]]|[.,\s]+{_DATE})?"
    r"[.,:\s]*(?<=[,.):\s\]])[“\"«‘])"
)
_INITIALS_ONLY = re.compile(
    rf"[{_U}]{{1,3}}|[{_U}]\.?(?:[ -][{_U}]\.?){{0,3}}|(?:[{_U}]\. ?-?){{1,4}}"
)
_GIVEN_ONLY = re.compile(r"[^\s.]+\.?")
_CAPITALS = re.compile(rf"((?:[{_U}][{_U}'’-]+ ?)+)\s(?=[{_U}](?:\.|\s|$)|[{_U}][{_L}])")


def _is_name(part: str) -> bool:
    """True when a part of a list can be a name: no sentence, no figures, capitals."""
    words = part.split()
    return len(words) <= 6 and all(
        (re.match(rf"(?:[dDlO]['’])?[{_U}]", word) or re.fullmatch(_PARTICLE, word))
        and not re.search(r"[\d:()\[\]]", word)
        and not (re.fullmatch(r"\w{3,}\.", word) and word is not words[-1])
        for word in words
    )


def _names_before_quote(text: str) -> tuple[list[Author], bool, str] | None:
    """Names written in full before a quoted title, which no form of one name tells apart.

    "Smith, Anna B., and Carl Doe. 2019. “…", "Anna B. Smith and Carl Doe, “…" and "SMITH Anna
    et DOE Carl. « …": authors, whether others are implied, and what follows. None when the
    text is not of this kind.
    """
    match = _BEFORE_QUOTE.match(text)
    if not match:
        return None
    names, others = match["names"], False
    if shortened := _OTHERS.search(names):
        names, others = names[: shortened.start()], True
    parts = re.split(r"[,;]\s+(?:(?:and|et|und|&)\s+)?|\s+(?:and|und|et|&)\s+", names)
    parts = [part.strip(" ,.;") for part in parts if part.strip(" ,.;")]
    if not parts or not all(map(_is_name, parts)):
        return None
    loud_ones = [m.group(1) for part in parts if (m := _CAPITALS.match(part))]
    shouting = any(len(name) > 3 for name in loud_ones) or len(loud_ones) == len(parts) > 1
    authors: list[Author] = []
    while parts:
        part, following = parts.pop(0), parts[0] if parts else ""
        turned = following and (
            " " not in part
            or _INITIALS_ONLY.fullmatch(following)
            or (" " not in following and _GIVEN_ONLY.fullmatch(following))
        )
        if shouting and (loud := _CAPITALS.match(part)):
            family, given = loud.group(1).strip().title(), part[loud.end() :]
        elif turned:
            family, given = part, parts.pop(0)
        else:
            natural = re.fullmatch(rf"(.+?) ((?:{_PARTICLE} )*\S+)", part)
            given, family = natural.groups() if natural else ("", part)
            if _INITIALS_ONLY.fullmatch(family):  # Smith AB
                family, given = given, family
        particle, family = _particle(family)
        given = " ".join(given) if re.fullmatch(rf"[{_U}]{{2,3}}", given) else given
        authors.append(Author(family, " ".join(given.replace(".", " ").split()), particle))
    year = re.search(_YEAR, match["rest"])
    return authors, others, (f" ({year.group()}) " if year else "") + text[match.end() - 1 :]


def _after_last(text: str, position: int, form: re.Pattern[str] | None) -> int:
    """Past the last author of a shortened list: "Smith, J., ... & Jones, K."."""
    join = re.match(r"\s*(?:&|and|et)\s+", text[position:])
    if join and form and (name := form.match(text, position + join.end())):
        return name.end()
    return position


def _particle(family: str) -> tuple[str, str]:
    match = re.match(rf"((?:{_PARTICLE} ){{1,2}})(?=[{_U}])", family)
    if match and match.group(1)[0].islower():
        return match.group(1).strip(), family[match.end() :]
    return "", family


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
            if re.fullmatch(_YEAR, volume) and not pages:
                continue
            if re.fullmatch(_YEAR, issue):  # 12 (2019) 45
                issue = ""
            if re.fullmatch(_YEAR, volume):  # no. 4, 2019, pp. 45
                volume = ""
            if re.fullmatch(_YEAR, pages) and match.start(3) > 0:
                return volume.replace(" ", ""), issue.strip(), "", (match.start(), match.start(3))
            return volume.replace(" ", ""), issue.strip(), _pages(pages), match.span()
    if alone := _PAGES.search(text):
        return "", "", _pages(alone.group(1) or alone.group(2)), alone.span()
    return "", "", "", None


def _pages(value: str) -> str:
    value = re.sub(_DASH, "-", value.strip())
    first, dash, last = value.partition("-")
    if dash and first.isdigit() and last.isdigit() and len(last) < len(first):
        last = first[: len(first) - len(last)] + last
    return f"{first}{dash}{last}"


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


def parse(text: str) -> Citation:
    """The record of one printed reference; fields that cannot be told apart stay empty."""
    whole = _normalised(text)
    rest = whole
    more: dict[str, str] = {}
    doi = pmid = pmcid = url = ""
    if match := _DOI.search(rest):
        doi = clean_doi(match.group(1))
        rest = _cut(rest, match.start(), match.start(1) + len(doi))
    if match := _PMCID.search(rest):
        pmcid = match.group(1).upper()
        rest = re.sub(r"\bPMCID\s*:?\s*", " ", _cut(rest, *match.span()), flags=re.I)
    if match := _PMID.search(rest):
        pmid = match.group(1) or match.group(2)
        rest = _cut(rest, *match.span())
    if match := _ARXIV.search(rest):
        more["arxiv"] = match.group(1)
        doi = doi or f"10.48550/arXiv.{match.group(1)}"
    if match := _URL.search(rest):
        url = match.group(1).rstrip(".,;)")
        rest = _cut(rest, *match.span())
    rest = re.sub(
        r"\[(?:Internet|PubMed|CrossRef|Google Scholar|Free full text|in French|Article in \w+)\]"
        r"|\b(?:doi|PMID|PMCID|arXiv)\s*:?\s*(?=[\s.,;)]|$)"
        r"|\bEpub (?:ahead of print )?\d{4}[^.;]*[.;]?"
        r"|[\[(]?\b(?:cited|cité|accessed|consulté|retrieved)\b:? (?:le |on )?[^\[\]().;]*\d{4}"
        r"[^\[\]().;]*[\]).;]*",
        " ",
        rest,
        flags=re.I,
    )
    rest = re.sub(r"\s+", " ", rest).strip()
    rest = re.sub(r"[\s,;]+$", "", rest)

    authors, others, end = _take_names(rest)
    tail = rest[end:]
    if named := _names_before_quote(rest):
        authors, others, tail = named
    if not authors and (match := re.match(rf"([^.“\"]{{3,160}}?)[.,]?\s*\({_YEAR}[a-z]?\)", rest)):
        name = match.group(1).strip(" ,.")
        authors, tail = [Author(literal=name)], rest[match.end(1) :]
    elif (
        not authors
        and (match := re.match(r"([^.,:;?!“\"\d]{5,120})\.\s(?!In\b)", rest))
        and _GROUP.search(match.group(1))
    ):
        authors, tail = [Author(literal=match.group(1).strip())], rest[match.end() :]
    authors = [_as_group(author) for author in authors]
    if (match := _FOR_GROUP.match(tail)) and _GROUP.search(match.group(1)):
        tail = tail[match.end() :]
    tail = re.sub(r"^\s*\(?(?:eds?|Hrsg|editors?|dir)\.?\)?[,.]?\s+", " ", tail)

    year, when = _take_year(tail)
    volume, issue, pages, where = _take_locator(tail)
    if where and when and when.start() >= where[0] and when.end() <= where[1]:
        when = None
    title, journal = _title_and_journal(tail, when, where)
    if authors and title and not journal and volume and pages and len(title.split()) <= 5:
        title, journal = "", title  # "Smith J et al., Pain 2023;164:1-9"
    reference = Reference(
        key="",
        type="article" if journal or volume else "misc",
        title=title,
        authors=tuple(authors),
        more_authors=others,
        year=year,
        journal=journal,
        volume=volume,
        number=issue,
        pages=pages,
        doi=doi,
        pmid=pmid,
        pmcid=pmcid,
        url=url,
    )
    return Citation(whole, reference, more)


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
        left = _journal(re.sub(rf"^[\s(]*{_DATE}[\s).,;:]*", "", body[limit:]))
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


def split_list(text: str) -> list[str]:
    """The references of a printed list, one a line or numbered or bulleted."""
    lines = [line.strip() for line in text.replace("\r\n", "\n").split("\n")]
    found: list[str] = []
    for line in lines:
        if not line:
            continue
        starts = bool(_LABEL.match(line + " ")) or not found or not line[0].islower()
        if starts:
            found.append(_LABEL.sub("", line, count=1))
        else:
            found[-1] += " " + line
    return found
