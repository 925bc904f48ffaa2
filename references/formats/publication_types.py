"""What kind of publication a reference is, in the words of each format.

BibTeX's entry types are ours; a kind that a format lacks becomes its nearest one. The words
stand in `publication_types.tsv`.
"""

from __future__ import annotations

from references.formats.tables import words_of_format
from references.preprints import says_preprint
from references.record import Reference


def _words(format: str) -> dict[str, str]:
    return words_of_format("publication_types.tsv", format)


_FROM_CSL, _FROM_RIS = _words("csl"), _words("ris")
_FROM_CROSSREF, _FROM_ENDNOTE = _words("crossref"), _words("endnote")
_TO_CSL, _TO_RIS = _words("to-csl"), _words("to-ris")

#: Types whose `journal` is the book or the proceedings they are part of.
PARTS = ("incollection", "inbook", "inproceedings", "conference", "inreference")


def csl_type(reference: Reference) -> str:
    """The CSL type; "article" is CSL's word for a preprint."""
    if reference.type == "misc" and says_preprint(reference):
        return "article"
    return _TO_CSL.get(reference.type, _TO_CSL["misc"])


def ris_type(reference: Reference) -> str:
    """The RIS reference type."""
    return _TO_RIS.get(reference.type, _TO_RIS["misc"])


def from_csl(name: str) -> str:
    """Our type for a CSL type."""
    return _FROM_CSL.get(name.strip().lower(), "misc")


def from_ris(name: str) -> str:
    """Our type for a RIS type."""
    return _FROM_RIS.get(name.strip().upper(), "misc")


def from_crossref(name: str) -> str:
    """Our type for a Crossref type."""
    return _FROM_CROSSREF.get(name.strip().lower(), "misc")


def from_endnote(name: str) -> str:
    """Our type for the name or the number of an EndNote type."""
    return _FROM_ENDNOTE.get(name.strip(), "misc")
