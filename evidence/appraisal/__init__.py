"""What the studies say, by published rules: a proposal for a person, never a decision.

    level       the level of evidence of a study (OCEBM 2011), and the order that follows from it
    certainty   the certainty of all that is linked to a claim, one function a GRADE domain
    verdict     the verdict from the weight on each side, with every step that led to it
    reasons     the sentence for each reason (reasons.tsv)
    harms       which serious harms a record names (harms.tsv), and what it treats

A line in here may know claims, links and references. It knows nothing of files, pages,
decisions or searches. Each rule and what it cannot see: docs/appraisal.md.
"""
