"""Identifiers of works as people paste them: bare, labelled, or inside an address.

A DOI comes as `10.1000/x`, `doi: 10.1000/x`, `doi.org/10.1000/x` with or without a scheme, with
its characters escaped (`%2F`), in the address of a publisher or behind the proxy of a library.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")
_ADDRESS = re.compile(r"(?:[a-z]+:)?//|www\.|[\w-]+(?:\.[\w-]+)+/", re.IGNORECASE)
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_DOI_LABEL = re.compile(r"(?:digital object identifier|doi)?\s*[:=]?\s*$", re.IGNORECASE)
#: What a publisher's address goes on with behind the DOI.
_AFTER_DOI = re.compile(
    r"[?#].*$|/(?:(?:full(?:text|/html)?|abstract|abs|e?pdf|meta|summary|references|tables)"
    r"(?:\.html)?|html)?/?$|\.pdf$",
    re.IGNORECASE,
)
_PMID = re.compile(
    r"(?:pmid|pubmed(?: id)?)\s*[:#=]?\s*(\d{1,9})|(\d{1,9})\s*\[(?:pm|u)id\]"
    r"|(?:https?://)?(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed"
    r"|europepmc\.org/(?:article|abstract)/med)/(?:\?term=)?(\d{1,9})(?:[/?#].*)?",
    re.IGNORECASE,
)
_PMCID = re.compile(
    r"(?:pmcid\s*[:#=]?\s*|(?:https?://)?[\w.-]+/\S*?)?(PMC\d{3,9})(?:[/?#.].*)?", re.IGNORECASE
)
_AROUND = " <>\"'"  # what addresses and quotations stand between
_LOOKS_LIKE_PMID = re.compile(r"[0-9]{6,8}")
#: Without one of these a text names no identifier, and need not be read as a reference.
_HINT = re.compile(r"10\.\d{4}|10%2e|\bpm(?:c\s?)?id\b|\bpmc\d|pubmed", re.IGNORECASE)


def identifier(text: str) -> str | None:
    """The DOI, PMID or PMCID that a whole text consists of, in lower case, else None."""
    text = text.strip(_AROUND).rstrip(".,;")
    if text.endswith("*"):
        return None  # a beginning of one
    if _ESCAPED.search(text):
        text = unquote(text)
    if doi := _whole_doi(text):
        return doi
    for pattern in (_PMID, _PMCID):
        if match := pattern.fullmatch(text):
            return next(group for group in match.groups() if group).lower()
    return text if _LOOKS_LIKE_PMID.fullmatch(text) else None


def _whole_doi(text: str) -> str | None:
    match = _DOI.search(text)
    if match is None or match.end() != len(text):
        return None
    from references.identifiers import clean_doi

    before = text[: match.start()].lstrip("([")
    address = _ADDRESS.match(before)
    if not _DOI_LABEL.fullmatch(before) and not (address and " " not in before.strip()):
        return None
    doi = match.group()
    if address:
        doi = _AFTER_DOI.sub("", doi)
    return clean_doi(doi).lower() or None


def identifiers_in(text: str) -> tuple[str, ...]:
    """The identifiers that a printed reference names among its words, in lower case."""
    if not _HINT.search(text):
        return ()
    from references.formats.printed import parse

    if _ESCAPED.search(text):
        text = unquote(text)
    cited = parse(text).reference
    return tuple(name.lower() for name in (cited.doi, cited.pmid, cited.pmcid) if name)
