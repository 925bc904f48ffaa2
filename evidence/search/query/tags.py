"""Field tags of other databases in a query: PubMed's "[tiab]", Ovid's ".ti,ab.", Embase's ":ti,ab".

Authors, titles, journals and years are asked for by our own fields; the other tags go, since what
they narrow a search to is not kept apart here.
"""

from __future__ import annotations

import re
from collections.abc import Container

from references.normalise import fold

#: PubMed's names of what we have a field for.
_OURS = {
    name: field
    for field, names in {
        "author": "au author fau 1au lastau auid",
        "title": "ti title",
        "journal": "ta journal jour",
        "year": "dp pdat edat",
    }.items()
    for name in names.split()
}
_PASSED_OVER = frozenset(
    (
        *("tiab", "title/abstract", "tw", "text word", "text words", "all", "all fields", "ab"),
        *("abstract", "mh", "mesh", "mesh term", "mesh terms", "majr", "mesh major topic", "sh"),
        *("pt", "publication type", "la", "language", "nm", "ot", "other term", "ad", "sb"),
        *("affiliation", "supplementary concept", "filter"),
    )
)
#: A word, or a phrase, and the tag behind it.
_TAGGED = re.compile(
    r"(?P<value>\"[^\"]*\"|[^\s()\[\]\"]+(?: [A-Z]{1,3}(?= ?\[))?) ?"
    r"\[(?P<tag>[A-Za-z1][\w /]{0,30}?)(?::(?:noexp|~\d+))?\]"
)
_CODES = r"(?:ti|ab|kw|kf|tw|mp|de|af|hw|ot|sh|nm|tn)"
#: "cold.ti,ab.", "cold:ti,ab,kw", "'cold'/exp"; "exp Pain/".
_BEHIND = re.compile(
    rf"(?<=[\w*\"')])(?:\.{_CODES}(?:,{_CODES})*\.|:{_CODES}(?:,{_CODES})*|/(?:exp|mj)|(?<=['\"])/de)(?=[\s)]|$)"
)
_EXPLODED = re.compile(r"\bexp ([^/()\[\]\"]{3,60})/(?=[\s)]|$)")


def in_our_fields(query: str, ours: Container[str]) -> tuple[str, list[str]]:
    """A query with our fields in place of tags, and the tags passed over; `ours` names fields."""
    passed: list[str] = []

    def one(match: re.Match[str]) -> str:
        tag = fold(match["tag"])
        value = match["value"]
        if field := _OURS.get(tag):
            years = re.fullmatch(r"(\d{4}):(\d{4})", value)
            value = f"{years[1]}..{years[2]}" if years else value
            quoted = f'"{value}"' if " " in value and value[0] != '"' else value
            return f"{field}:{quoted}"
        if tag not in _PASSED_OVER:
            return match[0]
        passed.append(f"[{match['tag']}]")
        return value

    def gone(match: re.Match[str]) -> str:
        word = re.search(r"\w+$", match.string[: match.start()])
        if match[0].startswith(":") and word and fold(word[0]) in ours:
            return match[0]  # a field of ours: "language:de"
        passed.append(match[0])
        return ""

    query = _EXPLODED.sub(r"\1", _TAGGED.sub(one, query))
    return _BEHIND.sub(gone, query), list(dict.fromkeys(passed))
