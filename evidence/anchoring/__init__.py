"""Passages: the words of a claim found on a page, and found again when the page has changed.

    tokens        a page as a row of words that typography does not change
    cues          what makes a sentence a claim, and of which kind (cues.toml)
    segment       sections, sentences, list items, and which of them could be a claim
    anchor        the few words that pick a passage out (a W3C TextQuoteSelector)
    fingerprint   a page remembered as digests, without one of its words
    reanchor      each claim on a later page: found, moved, changed or missing
    drift         all of it for one text: what changed since its claims were written or signed

A line in here may know claims, the words of pages and the versions that `evidence.originals`
keeps. It knows nothing of decisions, of studies, or of who asks.
"""
