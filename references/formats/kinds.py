"""What kind of publication a reference is, in the words of each format.

BibTeX's entry types are ours; a kind that a format lacks becomes its nearest one.
"""

from __future__ import annotations

from references.record import Reference

#: BibTeX type: CSL type, RIS type, Crossref type, EndNote type (its name).
_KINDS: dict[str, tuple[str, str, str, str]] = {
    "article": ("article-journal", "JOUR", "journal-article", "Journal Article"),
    "book": ("book", "BOOK", "book", "Book"),
    "incollection": ("chapter", "CHAP", "book-chapter", "Book Section"),
    "inbook": ("chapter", "CHAP", "book-section", "Book Section"),
    "collection": ("book", "EDBOOK", "edited-book", "Edited Book"),
    "inproceedings": ("paper-conference", "CPAPER", "proceedings-article", "Conference Paper"),
    "conference": ("paper-conference", "CPAPER", "proceedings-article", "Conference Paper"),
    "proceedings": ("book", "CONF", "proceedings", "Conference Proceedings"),
    "phdthesis": ("thesis", "THES", "dissertation", "Thesis"),
    "mastersthesis": ("thesis", "THES", "dissertation", "Thesis"),
    "thesis": ("thesis", "THES", "dissertation", "Thesis"),
    "techreport": ("report", "RPRT", "report", "Report"),
    "report": ("report", "RPRT", "report", "Report"),
    "online": ("webpage", "ELEC", "other", "Web Page"),
    "electronic": ("webpage", "ELEC", "other", "Web Page"),
    "www": ("webpage", "ELEC", "other", "Web Page"),
    "dataset": ("dataset", "DATA", "dataset", "Dataset"),
    "software": ("software", "COMP", "other", "Computer Program"),
    "unpublished": ("manuscript", "UNPB", "other", "Unpublished Work"),
    "manual": ("book", "GEN", "reference-book", "Generic"),
    "reference": ("book", "GEN", "reference-book", "Generic"),
    "inreference": ("entry-encyclopedia", "ENCYC", "reference-entry", "Encyclopedia"),
    "patent": ("patent", "PAT", "other", "Patent"),
    "standard": ("standard", "STAND", "standard", "Standard"),
    "misc": ("document", "GEN", "other", "Generic"),
}
_CSL, _RIS, _CROSSREF, _ENDNOTE = range(4)

_FROM_CSL = {
    "article": "misc",
    "article-magazine": "article",
    "article-newspaper": "article",
    "article-journal": "article",
    "book": "book",
    "chapter": "incollection",
    "paper-conference": "inproceedings",
    "speech": "inproceedings",
    "thesis": "phdthesis",
    "report": "techreport",
    "webpage": "online",
    "post": "online",
    "post-weblog": "online",
    "dataset": "dataset",
    "software": "software",
    "manuscript": "unpublished",
    "patent": "patent",
    "standard": "standard",
    "entry": "inreference",
    "entry-dictionary": "inreference",
    "entry-encyclopedia": "inreference",
    "review": "article",
    "review-book": "article",
}
_FROM_RIS = {
    "JOUR": "article",
    "JFULL": "article",
    "MGZN": "article",
    "NEWS": "article",
    "EJOUR": "article",
    "ABST": "article",
    "INPR": "article",
    "BOOK": "book",
    "EBOOK": "book",
    "EDBOOK": "collection",
    "CHAP": "incollection",
    "ECHAP": "incollection",
    "CPAPER": "inproceedings",
    "CONF": "inproceedings",
    "THES": "phdthesis",
    "RPRT": "techreport",
    "GOVDOC": "techreport",
    "ELEC": "online",
    "BLOG": "online",
    "WEB": "online",
    "DATA": "dataset",
    "DBASE": "dataset",
    "AGGR": "dataset",
    "COMP": "software",
    "UNPB": "unpublished",
    "MANSCPT": "unpublished",
    "PAT": "patent",
    "STAND": "standard",
    "ENCYC": "inreference",
    "DICT": "inreference",
    "SER": "book",
}
_FROM_CROSSREF = {
    "journal-article": "article",
    "book": "book",
    "monograph": "book",
    "edited-book": "collection",
    "reference-book": "reference",
    "book-series": "book",
    "book-set": "book",
    "book-chapter": "incollection",
    "book-section": "inbook",
    "book-part": "inbook",
    "book-track": "inbook",
    "reference-entry": "inreference",
    "proceedings-article": "inproceedings",
    "proceedings": "proceedings",
    "proceedings-series": "proceedings",
    "dissertation": "phdthesis",
    "report": "techreport",
    "report-component": "techreport",
    "report-series": "techreport",
    "dataset": "dataset",
    "standard": "standard",
    "posted-content": "misc",
    "journal": "misc",
    "journal-issue": "misc",
    "peer-review": "misc",
    "database": "dataset",
    "grant": "misc",
}
_FROM_ENDNOTE = {
    name: kind for kind, (_, _, _, name) in reversed(list(_KINDS.items())) if name != "Generic"
} | {
    "Electronic Article": "article",
    "Magazine Article": "article",
    "Newspaper Article": "article",
    "Electronic Book": "book",
    "Dictionary": "inreference",
    "Electronic Book Section": "incollection",
    "Conference Proceedings": "inproceedings",
    "Government Document": "techreport",
    "Blog": "online",
    "Manuscript": "unpublished",
    "Online Database": "dataset",
    "Thesis": "phdthesis",
    "Report": "techreport",
    "Book Section": "incollection",
    "Web Page": "online",
}

#: Types whose `journal` is the book or the proceedings they are part of.
PARTS = ("incollection", "inbook", "inproceedings", "conference", "inreference")

PREPRINT = "Preprint"  # in `howpublished`: BibTeX has no type for a preprint


def is_preprint(reference: Reference) -> bool:
    """True when the record says of itself that it is a preprint."""
    said = (reference.extra.get(name, "") for name in ("howpublished", "pubstate", "pubtype"))
    return any(PREPRINT.lower() in value.lower() for value in said)


def csl_type(reference: Reference) -> str:
    """The CSL type; "article" is CSL's word for a preprint."""
    if reference.type == "misc" and is_preprint(reference):
        return "article"
    return _KINDS.get(reference.type, _KINDS["misc"])[_CSL]


def ris_type(reference: Reference) -> str:
    """The RIS reference type."""
    return _KINDS.get(reference.type, _KINDS["misc"])[_RIS]


def crossref_type(reference: Reference) -> str:
    """The Crossref type."""
    if reference.type == "misc" and is_preprint(reference):
        return "posted-content"
    return _KINDS.get(reference.type, _KINDS["misc"])[_CROSSREF]


def endnote_type(reference: Reference) -> str:
    """The name of EndNote's reference type."""
    return _KINDS.get(reference.type, _KINDS["misc"])[_ENDNOTE]


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
    """Our type for the name of an EndNote type."""
    return _FROM_ENDNOTE.get(name.strip(), "misc")
