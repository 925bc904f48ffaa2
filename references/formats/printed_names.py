"""The names at the beginning of a printed reference, in any common style."""

from __future__ import annotations

import re

from references.formats.printed_patterns import CAPITALS, DATE, SMALL
from references.record import Author

_CAP = (
    rf"(?:[dDlO]['’])?[{CAPITALS}][{SMALL}'’{CAPITALS}]*[{SMALL}{CAPITALS}]"
    rf"(?:-[{SMALL}]{{2,8}}(?![{SMALL}]))?"
)
_PARTICLE = (
    r"(?:van(?: de[nr]?| ter)?|von(?: der)?|de(?: la| las| los)?|del|della|di|da|dos|du|des|le|la|"
    r"den|der|ten|ter|el|al|bin|ben|st\.?|saint|Van(?: de[nr]?)?|Von|De(?: La)?|Du|Le|La|Del|Di|Da)"
)
_FAMILY = rf"(?:{_PARTICLE}[ ]){{0,2}}{_CAP}(?:[-‐‑ ]{_CAP}){{0,2}}"
_FAMILY1 = rf"(?:{_PARTICLE}[ ]){{0,2}}{_CAP}(?:[-‐‑]{_CAP}){{0,2}}"
#: Behind a point the first word of a title: "Roe R. A randomized trial".
_ARTICLE = rf"(?!(?<=\. )[AÀ] (?!and\b|et\b|und\b|y\b|e\b)[{SMALL}])"
_INITIALS = (
    rf"[{CAPITALS}](?:\.?[-‐ ]?{_ARTICLE}[{CAPITALS}]){{0,3}}\.?"
    rf"(?![{CAPITALS}{SMALL}]|[-‐][{SMALL}]{{2}})"
)
DOTTED = rf"(?:[{CAPITALS}](?:h|e|u|i)?\.[-‐ ]?){{1,4}}"
_SUFFIX = r"(?:,? (?:Jr|Sr|II|III|IV|2nd|3rd)\b\.?)?"
_GIVEN = rf"(?:{_CAP}|[{CAPITALS}]\.)(?:[- ](?:{_CAP}|[{CAPITALS}]\.?(?![{SMALL}]))){{0,2}}"

#: One name, most telling form first: what it matches, and which groups it gives.
_NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<family>{_FAMILY})(?: (?:Jr|Sr|2nd|3rd|II|III)\b\.?)?, ?"
        rf"(?P<given>{DOTTED})(?P<suffix>{_SUFFIX})",  # Smith, J. D.
        rf"(?P<family>{_FAMILY})(?: (?:Jr|Sr|2nd|3rd|II|III)\b\.?)?,? "
        rf"(?P<given>[{CAPITALS}](?:[-‐]?[{CAPITALS}]){{0,5}})(?![{SMALL}{CAPITALS}'’.-])"
        rf"(?P<suffix>{_SUFFIX})",  # Smith JD
        rf"(?P<given>{DOTTED}) ?(?P<family>{_FAMILY1}(?: {_CAP}(?:[-‐‑]{_CAP})?)?)"
        rf"(?P<suffix>{_SUFFIX})",  # J. D. Smith
        rf"(?P<family>{_FAMILY}) (?P<given>{_INITIALS})(?P<suffix>{_SUFFIX})",  # Smith J.D.
        rf"(?P<family>{_FAMILY}),? (?P<given>[{CAPITALS}])\.",  # Smith, J.
    )
)
_FULL_FIRST = re.compile(rf"(?P<family>{_FAMILY}), (?P<given>{_GIVEN})(?=[,.;]| and | et | \()")
_FULL = re.compile(rf"(?P<given>{_GIVEN}) (?P<family>{_FAMILY1})(?=[,.;:“\"]| and | & | et | \(|$)")
_JOIN = re.compile(r"\s*(?:[,;]\s*)?(?:(?:and|und|et(?! al)|y|&)\s+|[,;]\s*)|\s*[,;]\s*")
OTHERS = re.compile(
    r"[,;]?\s*(?:\(?(?:et\s+(?:al|coll)\b\.?|and (?:others|colleagues)\b|and\s+et\s+al\.?|…|\.\.\.)"
    r"\)?|\band \d+ others)[.,:]?\s*",
    re.I,
)


def take_names(text: str) -> tuple[list[Author], bool, int]:
    """The authors at the start of `text`, whether others are implied, and where they end."""
    authors: list[Author] = []
    position = 0
    form: re.Pattern[str] | None = None
    while position < len(text) and len(authors) < 400:
        match = None
        forms: tuple[re.Pattern[str] | None, ...]
        forms = (form, *_NAMES) if form else (*_NAMES, _FULL_FIRST, _FULL)
        for pattern in forms:
            if pattern and (name := pattern.match(text, position)):
                match = name
                form = None if pattern is _FULL_FIRST else pattern
                break
        if match is None and authors and (name := _FULL.match(text, position)):
            words = name.group().split()
            if form in (None, _FULL) and len(words) <= 4:
                match = name
        if match is None:
            break
        parts = match.groupdict()
        given = re.sub(r"[.\s]+", " ", parts["given"]).strip()
        if re.fullmatch(rf"[{CAPITALS}]{{2,4}}", given):
            given = " ".join(given)
        particle, family = split_particle(parts["family"].strip())
        suffix = (parts.get("suffix") or "").strip(" ,.")
        authors.append(Author(family=family, given=given, particle=particle, suffix=suffix))
        position = match.end()
        if others := OTHERS.match(text, position):
            return authors, True, _after_last(text, others.end(), form)
        join = _JOIN.match(text, position)
        if not join:
            break
        after = join.end()
        forms = (*_NAMES, *((_FULL_FIRST, _FULL) if form in (None, _FULL) else ()))
        if not any(pattern and pattern.match(text, after) for pattern in forms):
            if others := OTHERS.match(text, after):
                return authors, True, others.end()
            break
        position = after
    return authors, False, position


#: Words that only names of groups have.
GROUP = re.compile(
    r"\b(?:gr(?:ou)?pe?|organi[sz]ations?|associations?|soci[eé]t[yé]|institut[eo]?s?|committees?|comité"
    r"|collaborat(?:ion|ors|ive)|consortium|investigators|network|réseau|task force|cent(?:er|re)s?"
    r"|minist(?:ry|[èe]re)|haute autorité|agen(?:cy|ce)|academy|académie|coll[eè]ge|council|conseil"
    r"|foundation|fondation|federation|fédération|department|hospitals?)\b",
    re.I,
)


def as_group(author: Author) -> Author:
    name = " ".join(part for part in (author.given, author.particle, author.family) if part)
    return Author(literal=name) if GROUP.search(name) else author


#: A list of names and nothing else up to the quotation mark of the title; a year between.
_BEFORE_QUOTE = re.compile(
    r"(?P<names>[^“\"«‘]{3,3000}?)"
    rf"(?P<rest>(?:[.,\s]*[(\[](?:{DATE}|in press|forthcoming)[)\]]|[.,\s]+{DATE})?"
    r"[.,:\s]*(?<=[,.):\s\]])[“\"«‘])"
)
_INITIALS_ONLY = re.compile(
    rf"[{CAPITALS}]{{1,3}}|[{CAPITALS}]\.?(?:[ -][{CAPITALS}]\.?){{0,3}}"
    rf"|(?:[{CAPITALS}]\. ?-?){{1,4}}[{CAPITALS}]?"
)
_GIVEN_ONLY = re.compile(r"[^\s.]+\.?")
_LOUD = re.compile(
    rf"((?:[{CAPITALS}][{CAPITALS}'’-]+ ?)+)\s(?=[{CAPITALS}](?:\.|\s|$)|[{CAPITALS}][{SMALL}])"
)


def _is_name(part: str) -> bool:
    """True when a part of a list can be a name: no sentence, no figures, capitals."""
    words = part.split()
    return len(words) <= 6 and all(
        (re.match(rf"(?:[dDlO]['’])?[{CAPITALS}]", word) or re.fullmatch(_PARTICLE, word))
        and not re.search(r"[\d:()\[\]]", word)
        and not (re.fullmatch(r"\w{3,}\.", word) and word is not words[-1])
        for word in words
    )


def names_before_quote(text: str) -> tuple[list[Author], bool, int] | None:
    """Names written in full before a quoted title, which no form of one name tells apart.

    "Smith, Anna B., and Carl Doe. 2019. “…", "Anna B. Smith and Carl Doe, “…" and "SMITH Anna
    et DOE Carl. « …": authors, whether others are implied, and where they end. None when the
    text is not of this kind.
    """
    match = _BEFORE_QUOTE.match(text)
    if not match:
        return None
    names, others = match["names"], False
    if shortened := OTHERS.search(names):
        names, others = names[: shortened.start()], True
    parts = re.split(r"[,;]\s+(?:(?:and|et|und|&)\s+)?|\s+(?:and|und|et|&)\s+", names)
    parts = [part.strip(" ,.;") for part in parts if part.strip(" ,.;")]
    if not parts or not all(map(_is_name, parts)):
        return None
    loud_ones = [m.group(1) for part in parts if (m := _LOUD.match(part))]
    shouting = any(len(name) > 3 for name in loud_ones) or len(loud_ones) == len(parts) > 1
    authors: list[Author] = []
    while parts:
        part, following = parts.pop(0), parts[0] if parts else ""
        turned = following and (
            " " not in part
            or _INITIALS_ONLY.fullmatch(following)
            or (" " not in following and _GIVEN_ONLY.fullmatch(following))
        )
        if shouting and (loud := _LOUD.match(part)):
            family, given = loud.group(1).strip().title(), part[loud.end() :]
        elif turned:
            family, given = part, parts.pop(0)
        else:
            natural = re.fullmatch(rf"(.+?) ((?:{_PARTICLE} )*\S+)", part)
            given, family = natural.groups() if natural else ("", part)
            if behind := re.fullmatch(rf"(.+?) ({_INITIALS_ONLY.pattern})", part):
                family, given = behind.groups()  # Smith AB, Smith A. B.
        particle, family = split_particle(family)
        given = " ".join(given) if re.fullmatch(rf"[{CAPITALS}]{{2,3}}", given) else given
        authors.append(Author(family, " ".join(given.replace(".", " ").split()), particle))
    return authors, others, match.end("names")


def _after_last(text: str, position: int, form: re.Pattern[str] | None) -> int:
    """Past the last author of a shortened list: "Smith, J., ... & Jones, K."."""
    join = re.match(r"\s*(?:&|and|et)\s+", text[position:])
    if join and form and (name := form.match(text, position + join.end())):
        return name.end()
    return position


def split_particle(family: str) -> tuple[str, str]:
    match = re.match(rf"((?:{_PARTICLE} ){{1,2}})(?=[{CAPITALS}])", family)
    if match and match.group(1)[0].islower():
        return match.group(1).strip(), family[match.end() :]
    return "", family
