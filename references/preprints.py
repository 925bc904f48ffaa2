"""Preprint or not: what a record, a citation or a DOI says about itself.

What a line in here may know: a record, and the names that servers of preprints and their DOIs
have. What a service says of a work of its own is read where the service is read
(`references.sources`, `references.formats`) and kept in the record as `howpublished`.
"""

from __future__ import annotations

import re

from references.record import Reference

#: In `howpublished`: BibTeX has no type for a preprint.
PREPRINT = "Preprint"
_SERVER = re.compile(
    r"(?<![a-z])(?:[a-z]{1,6}rxiv|preprints?|ssrn|research ?square|osf(?:\.io| preprints)|authorea)"
    r"(?![a-z])"
)
#: 10.1101 is also the prefix of journals: a preprint there has a number or a date.
_DOI = re.compile(
    r"10\.(?:1101/(?:\d{6}$|\d{4}\.\d\d\.\d\d)|21203/rs|48550/arxiv|20944/preprints|2139/ssrn|"
    r"31219/osf|31234/osf|26434/chemrxiv|22541/au|36227/techrxiv|64898/)",
    re.I,
)


def says_preprint(reference: Reference) -> bool:
    """True when the record says outright that it is a preprint."""
    fields = (reference.extra.get(name, "") for name in ("howpublished", "pubstate", "pubtype"))
    return any(PREPRINT.lower() in value.lower() for value in fields)


def names_server(text: str) -> bool:
    """True when a text names a server of preprints: "medRxiv", "Research Square", "OSF.io"."""
    return bool(_SERVER.search(text.lower()))


def is_preprint(reference: Reference) -> bool:
    """True for a record of a preprint: it says so, or its DOI, journal or publisher does."""
    return (
        says_preprint(reference)
        or bool(_DOI.match(reference.doi.strip()))
        or names_server(f"{reference.journal} {reference.publisher}")
    )


def cites_preprint(cited: Reference) -> bool:
    """True when a citation says that it is of a preprint; a journal it names decides.

    Whoever cites the article under the DOI of its preprint cites the article.
    """
    if cited.journal:
        return names_server(cited.journal)
    rest = f"{cited.publisher} {' '.join(cited.extra.values())}"
    return names_server(rest) or bool(_DOI.match(cited.doi.strip()))
