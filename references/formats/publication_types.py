"""What kind of publication a reference is, in the words of each format.

BibTeX's entry types are ours; a kind that a format lacks becomes its nearest one. The words
stand in `publication_types.tsv`.
"""

from __future__ import annotations

from references.formats.tables import rows, words_of_format
from references.preprints import PREPRINT, says_preprint
from references.record import Reference

_TYPES = {(of, word.casefold()): type for of, word, type in rows("publication_types.tsv")}
_TO_CSL, _TO_RIS, _TO_PUBMED = (
    words_of_format("publication_types.tsv", f"to-{format}") for format in ("csl", "ris", "pubmed")
)

_OWN = frozenset(_TO_CSL)
_NAMED = {word: type for (of, word), type in _TYPES.items() if of in ("endnote", "csl", "table")}

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


def pubmed_type(reference: Reference) -> str:
    """The publication type; "Journal Article", as PubMed has it, for a kind that it lacks."""
    if reference.type == "misc" and says_preprint(reference):
        return PREPRINT
    return _TO_PUBMED.get(reference.type, _TO_PUBMED["misc"])


def type_from(format: str, word: str) -> str:
    """Our type for a word of a format (EndNote: or a number); "misc" for one it does not have."""
    return _TYPES.get((format, word.strip().casefold()), "misc")


def type_named(word: str) -> str:
    """Our type for the word that a table has for it; an article where the table says none."""
    folded = word.strip().casefold()
    return folded if folded in _OWN else _NAMED.get(folded, "article")
