"""DOI, PubMed and PMC number, arXiv number, ISSN, ISBN, trial number: how they are written.

What a line in here may know: the form of these names, and nothing of the records that have
them. For each there is one pattern, one way to cut it out of a text, one form in which two are
compared.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

# ---- DOI ------------------------------------------------------------------------------

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s\"“”]+")
_DOI_LABEL = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*|doi\s*=?\s*(?=10\.))", re.I)
#: A DOI with what stands before it in a printed reference, and any other web address.
_PRINTED = re.compile(rf"(?:https?://(?:dx\.)?doi\.org/|\bdoi\s*[:=]?\s*)?({_DOI.pattern})", re.I)
_ADDRESSES = re.compile(rf"https?://\S+|{_DOI.pattern}")
_OPENS = {")": "(", "]": "[", "}": "{", ">": "<"}
#: What a page or a list of identifiers adds behind a DOI. "?" or "#" alone may end an old one.
_BEHIND_DOI = re.compile(
    r"(?:[?&][a-z_]+=.*|#[a-z][\w-]+"
    r"|/(?:full|abstract|e?pdf|meta|fulltext|full-text|html|tables|references)/?"
    r"|(?:[.,;]|(?<=\w))(?:PMC?ID|PubMed)(?:[\s:=]*(?:PMC)?\d.*|[\s:=]*))$",
    re.I,
)


def clean_doi(value: str) -> str:
    """A DOI without the punctuation of the sentence around it.

    DOIs may hold parentheses, angle brackets and semicolons: a closing bracket is cut only
    where nothing opened it. What only an address of a page has behind it ("/full", "?utm=…") goes.
    """
    doi = _BEHIND_DOI.sub("", value)
    while doi:
        last = doi[-1]
        if last in ".,;:'’”\"»…" or (last in ")]}>" and doi.count(last) > doi.count(_OPENS[last])):
            doi = doi[:-1]
        else:
            break
    return doi


def without_doi_label(value: str) -> str:
    """A value without the address or the "doi:" before a DOI; anything else as it is."""
    return _DOI_LABEL.sub("", value.strip())


def bare_doi(value: object) -> str:
    """A value that is a DOI, without address or "doi:" before it; "" when it is something else."""
    text = without_doi_label(str(value or ""))
    return text if _DOI.match(text) else ""


def doi_in(value: object) -> str:
    """The first DOI in a value of any kind, bare and without closing punctuation; else ""."""
    text = str(value or "")
    match = _DOI.search(text) or _DOI.search(unquote(text))
    return clean_doi(match.group()) if match else ""


def begins_with_doi(value: str) -> bool:
    """True for a text that begins with a DOI, or says that one follows."""
    return bool(re.match(r"\s*doi\b", value, re.I) or _DOI.match(without_doi_label(value)))


def printed_doi(text: str) -> tuple[str, tuple[int, int]] | None:
    """The first DOI of a printed reference, and where it stands with its label."""
    match = _PRINTED.search(text)
    if match is None:
        return None
    doi = clean_doi(match[1])
    return doi, (match.start(), match.start(1) + len(doi))


def without_addresses(text: str) -> str:
    """A text without its DOIs and web addresses."""
    return _ADDRESSES.sub(" ", text)


def is_doi(value: str) -> bool:
    """True for a bare DOI and nothing else."""
    return bool(_DOI.fullmatch(value))


def doi_key(doi: str) -> str:
    """A DOI in the form in which two are compared.

    Its case does not count, nor a doubled slash, nor what was copied along with it.
    """
    return re.sub("/+", "/", (doi_in(doi) or doi).strip().casefold())


# ---- PubMed, PMC, arXiv ---------------------------------------------------------------

_PUBMED = (
    r"(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed|"
    r"europepmc\.org/(?:article|abstract)/med)/(?:\?term=)?"
)
_PMID = re.compile(
    rf"(?:(?P<address>(?:https?://)?(?:www\.)?{_PUBMED})"
    r"|(?P<label>(?:pmid|pubmed(?: id)?)\s*[:#=]?\s*))?"
    r"0*(?P<number>[1-9]\d{0,8})(?(address)(?:[/?#].*)?|\s*(?P<tag>\[(?:pm|u)id\])?)",
    re.I,
)
_PRINTED_PMID = re.compile(
    r"\b(?:PMID|PubMed(?: ID| PMID)?)\s*[:#]?\s*(\d{4,9})\b"
    r"|(?:pubmed\.ncbi\.nlm\.nih\.gov|/pubmed)/(\d{1,9})\b",
    re.I,
)
_PMCID = re.compile(r"\bPMC\s?(\d{2,10})\b", re.I)
_ARXIV = re.compile(r"\barXiv\s*:\s*(\d{4}\.\d{4,5}|[a-z-]+/\d{7})(?:v\d+)?", re.I)
#: Above this no PubMed number has been given out (41 million in late 2025).
HIGHEST_PMID = 60_000_000


def pmid_of(value: object) -> str:
    """The digits of a value that is a PubMed number, labelled, or in its address; else ""."""
    match = _PMID.fullmatch(str(value or "").strip())
    return match["number"] if match else ""


def printed_pmid(text: str) -> tuple[str, tuple[int, int]] | None:
    """The PubMed number that a text names as such or in an address, and where it stands."""
    match = _PRINTED_PMID.search(text)
    return (match[1] or match[2], match.span()) if match else None


def is_pmid(value: str) -> bool:
    """True for the bare digits of a PubMed number."""
    return bool(re.fullmatch(r"[1-9]\d{0,8}", value))


def pmcid_of(value: str) -> str:
    """The first PubMed Central number in a value as "PMC123", else ""."""
    printed = printed_pmcid(value)
    return printed[0] if printed else ""


def printed_pmcid(text: str) -> tuple[str, tuple[int, int]] | None:
    """The PubMed Central number in a text, and where it stands."""
    match = _PMCID.search(text)
    return (f"PMC{match[1]}", match.span()) if match else None


def is_pmcid(value: str) -> bool:
    """True for a PubMed Central number, with or without "PMC", its version after a point."""
    return bool(re.fullmatch(r"(?:PMC)?[1-9]\d{2,9}(?:\.\d+)?", value))


def printed_arxiv(text: str) -> tuple[str, tuple[int, int]] | None:
    """The arXiv number that a text names, without its version, and where it stands."""
    match = _ARXIV.search(text)
    return (match[1], match.span()) if match else None


# ---- ISSN, ISBN -----------------------------------------------------------------------


def _is_multiple(digits: str, weights: range, modulus: int) -> bool:
    """True when digits (X is ten), each times its weight, add up to a multiple of `modulus`."""
    values = (10 if digit in "xX" else int(digit) for digit in digits)
    return sum(v * w for v, w in zip(values, weights, strict=True)) % modulus == 0


def is_issn(value: str) -> bool:
    """True for eight digits, the last one the check digit of ISO 3297 (X is ten)."""
    digits = value.replace("-", "").strip()
    return bool(re.fullmatch(r"\d{7}[\dXx]", digits, re.A)) and _is_multiple(
        digits, range(8, 0, -1), 11
    )


def isbn13(value: str) -> str:
    """An ISBN of ten or thirteen digits as its thirteen (ISO 2108); "" when it is not one."""
    digits = re.sub(r"[\s-]", "", value)
    if re.fullmatch(r"\d{9}[\dXx]", digits, re.A):
        if not _is_multiple(digits, range(10, 0, -1), 11):
            return ""
        digits = f"978{digits[:9]}"
        return digits + str(-_weighed(digits) % 10)
    is_long = re.fullmatch(r"97[89]\d{10}", digits, re.A)
    return digits if is_long and _weighed(digits) % 10 == 0 else ""


def _weighed(digits: str) -> int:
    """The digits of an ISBN added up, every second one three times."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))


def issn_of(value: str) -> str:
    """The first ISSN in a value as "1234-567X", else ""; its check digit is not looked at."""
    match = re.search(r"(?<![\dXx-])(\d{4})-?(\d{3}[\dXx])(?![\dXx-])", value)
    return f"{match[1]}-{match[2].upper()}" if match else ""


def isbn_of(value: str) -> str:
    """The first ISBN in a value, its digits only, else ""; its check digit is not looked at."""
    for match in re.finditer(r"(?<!\d)(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx](?!\d)", value):
        digits = re.sub(r"[- ]", "", match.group()).upper()
        if len(digits) in (10, 13):
            return digits
    return ""


# ---- trials ---------------------------------------------------------------------------

_TRIAL = re.compile(
    r"NCT\d{8}|ISRCTN\d{8}|ACTRN\d{14}|ChiCTR[-\w]*\d+|DRKS\d{8}|(?:JPRN-)?UMIN\d{9}|"
    r"CTRI/[\d/]+|IRCT\w+|KCT\d{7}|NTR\d+|PACTR\d+|20\d\d-\d{6}-\d\d",
    re.I,
)


def trial_number(value: str) -> str:
    """The number under which a register keeps a trial, in capitals; "" for anything else."""
    value = value.strip()
    return value.upper() if _TRIAL.fullmatch(value) else ""


def printed_trial_number(text: str) -> str:
    """The first number of a trial in a text or an address, in capitals; "" without one."""
    found = re.search(rf"(?<![^\W_])(?:{_TRIAL.pattern})(?![^\W_])", text, re.I)
    return found[0].upper() if found else ""


# ---- what a text consists of ----------------------------------------------------------

_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")
_AROUND = " <>\"'"  # what addresses and quotations stand between
_ADDRESS = re.compile(r"(?:[a-z]+:)?//|www\.|[\w-]+(?:\.[\w-]+)+/", re.I)
_LABEL_ALONE = re.compile(r"(?:digital object identifier|doi)?\s*[:=]?\s*$", re.I)
#: What a publisher's address goes on with behind the DOI.
_AFTER_DOI = re.compile(
    r"[?#].*$|/(?:(?:full(?:text|/html)?|abstract|abs|e?pdf|meta|summary|references|tables)"
    r"(?:\.html)?|html)?/?$|\.pdf$",
    re.I,
)
_WHOLE_PMCID = re.compile(
    r"(?:pmcid\s*[:#=]?\s*|(?:https?://)?[\w.-]+/\S*?)?(PMC\d{3,9})(?:[/?#.].*)?", re.I
)
_BARE_PMID = re.compile(r"[0-9]{6,8}")


def unescaped(text: str) -> str:
    """A text with the escapes of a web address (`%2F`) undone."""
    return unquote(text) if _ESCAPED.search(text) else text


def whole_identifier(text: str) -> str | None:
    """The DOI, PMID or PMCID that a whole text consists of, in lower case, else None.

    As people paste them: bare, labelled, or inside an address, escaped or not. Digits alone
    are a PubMed number from six to eight of them; a closing asterisk asks for all that begins so.
    """
    text = text.strip(_AROUND).rstrip(".,;")
    if text.endswith("*"):
        return None
    text = unescaped(text)
    if doi := _whole_doi(text):
        return doi
    match = _PMID.fullmatch(text)
    if match and (match["address"] or match["label"] or match["tag"]):
        return match["number"]
    if match := _WHOLE_PMCID.fullmatch(text):
        return match[1].lower()
    return text if _BARE_PMID.fullmatch(text) else None


def _whole_doi(text: str) -> str:
    match = _DOI.search(text)
    if match is None or match.end() != len(text):
        return ""
    before = text[: match.start()].lstrip("([")
    address = _ADDRESS.match(before)
    if not _LABEL_ALONE.fullmatch(before) and not (address and " " not in before.strip()):
        return ""
    doi = _AFTER_DOI.sub("", match.group()) if address else match.group()
    return clean_doi(doi).lower()
