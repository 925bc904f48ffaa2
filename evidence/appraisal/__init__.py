"""What the studies say, by published rules: a proposal for a person, never a decision.

    level       the level of evidence of a study (OCEBM 2011), and the order that follows from it
    certainty   the certainty of all that is linked to a claim, one function a GRADE domain
    verdict     the verdict from the weight on each side, with every step that led to it
    outcomes    the summary of findings on a claim: a row an outcome and a comparison
    told        the same in words, for pages, the report, the API and CSV
    reasons     the sentence for each reason (reasons.tsv)
    harms       which serious harms a record names (harms.tsv), and what it treats

A line in here may know claims, links and references, and the words for them. It knows nothing of
pages, decisions or searches. Each rule and what it cannot see: docs/appraisal.md.
"""
