"""The words that only a report has: its headings and its method. The catalogue has the French."""

from __future__ import annotations

from references.errors import message

#: Headings and labels by name.
LABELS = {
    "kicker": message("Evidence report"),
    "publisher": message("Publisher of the page"),
    "address": message("Address"),
    "published": message("Published on"),
    "retrieved": message("Retrieved on"),
    "text_language": message("Language of the page"),
    "made": message("Report made on"),
    "original": message("Page compared"),
    "not_loaded": message("not loaded: the state of the passages was not checked"),
    "summary": message("In short"),
    "first": message("To look at first"),
    "method": message("Method"),
    "table": message("The claims, in page order"),
    "col_claim": message("What the page says"),
    "col_verdict": message("Verdict and certainty"),
    "col_evidence": message("What the studies say"),
    "col_caveat": message("What it should say"),
    "sources": message("The sources printed on the page"),
    "no_sources": message("The page prints no source."),
    "located": message("Work located"),
    "nearest": message("Nearest works"),
    "looked": message("Looked for"),
    "references": message("References"),
    "no_references": message("No reference is linked."),
    "reviewers": message("Review and signatures"),
    "no_reviewers": message("No claim is signed yet: this report is a working document."),
    "signed_by": message("Signed by"),
    "person": message("Person"),
    "dates": message("Dates"),
    "signed_claims": message("Claims signed"),
    "lapsed": message("Signatures lapsed"),
    "lapsed_one": message("signature lapsed"),
    "unsigned": message("not signed"),
    "versions": message("Version hashes"),
    "versions_note": message("Two reports that carry the same hashes say the same."),
    "hash_text": message("Register and decisions"),
    "hash_base": message("Knowledge base"),
    "hash_page": message("Page"),
    "hash_journal": message("Journal"),
    "program": message("Program"),
    "page_of": message("page"),
    "of": message("of"),
    "state": message("State of the passage"),
    "none": message("Nothing."),
    "first_none": message("Nothing asks for urgent correction."),
}
#: How the checks were made; the places are filled with figures of the report.
METHOD = (
    message(
        "Each checkable claim of the page was marked by a few words of its passage and "
        "restated. What supports, qualifies or contradicts it was looked for in the "
        "library (references: {references}; linked to this page: {linked}). Each link "
        "says whether the study is direct in population, intervention, comparator and "
        "outcome."
    ),
    message(
        "The level of a study follows the Oxford table (OCEBM 2011), by its design. "
        "Certainty belongs to the claim and not to a study: it starts from the design of "
        "the best studies, falls for risk of bias, inconsistency, indirectness, "
        "imprecision and publication bias, and rises for a large effect, after the GRADE "
        "domains. A program proposes and a person decides; this is not a full GRADE "
        "assessment."
    ),
    message(
        "“No evidence found” means that nothing was found in this library, not that the "
        "claim is wrong. “Not located as cited” is the result of a search, not a "
        "reproach. Incomplete records among the linked references: {incomplete}; such a "
        "record never carries a verdict alone."
    ),
)
#: What is added to the method where work is left, by the figure that counts it.
STILL = {
    "unassessed": message(
        "Claims not assessed yet: {unassessed}. Nothing has been looked for about them so "
        "far; they have no verdict and are not counted."
    ),
    "unsought": message(
        "Sources not looked for yet: {unsought}. Whether they exist as cited is not known."
    ),
}
