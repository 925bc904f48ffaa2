"""The tags in the head of a reference's page, as Highwire Press began them.

The forms follow what Zotero's translators look for (docs/interoperability.md).
"""

from __future__ import annotations

from references.record import Reference
from webapp.exports.parts import address_of, inverted_name
from webapp.exports.zotero import item_type, web_address


def highwire(reference: Reference) -> list[tuple[str, str]]:
    """The `meta` names and contents of a reference's page.

    Zotero takes a page with a title and no journal for a journal article; `z:itemType` says
    what it is instead.
    """
    kind = item_type(reference)
    first, _, last = reference.pages.partition("-")
    journal = {
        "bookSection": "citation_inbook_title",
        "conferencePaper": "citation_conference_title",
    }.get(kind, "citation_journal_title")
    pairs = [("citation_title", reference.title)]
    if kind not in ("journalArticle", "bookSection", "conferencePaper", "report", "thesis"):
        pairs.append(("z:itemType", kind))
        journal = "dc:source"
    pairs += [("citation_author", inverted_name(author)) for author in reference.authors]
    pairs += [
        ("citation_publication_date", str(reference.year or "")),
        (journal, reference.journal),
        ("citation_volume", reference.volume),
        ("citation_issue", reference.number),
        ("citation_firstpage", first),
        ("citation_lastpage", last),
        ("citation_doi", reference.doi),
        ("citation_pmid", reference.pmid),
        ("citation_issn", reference.issn),
        ("citation_isbn", reference.isbn),
        ("citation_language", reference.language),
        ("citation_keywords", "; ".join(reference.keywords)),
        ("citation_public_url", web_address(reference)),
        ("citation_abstract_html_url", address_of(reference)),
    ]
    if reference.publisher:
        name = {
            "report": "citation_technical_report_institution",
            "thesis": "citation_dissertation_institution",
        }.get(kind, "citation_publisher")
        pairs.append((name, reference.publisher))
    return [(name, content) for name, content in pairs if content]
