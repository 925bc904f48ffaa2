"""Passages: the words of a claim found on a page, and found again when the page has changed.

    calls         the calls of notes, "(1)": which printed source a sentence names
    tokens        a page as a row of words that typography does not change
    cues          what makes a sentence a claim (cues.toml)
    kinds         of which kind it is (kinds.toml, fitted weights in kinds.tsv)
    segment       sections, sentences, list items, and which of them could be a claim
    outline       the headings above each sentence, and what announces it
    anchor        the few words that pick a passage out (a W3C TextQuoteSelector)
    fingerprint   a page remembered as digests, without one of its words
    surroundings  whether a passage is still read with the headings and the lead it had
    located       where a claim stands, and what of its passage reads otherwise
    reanchor      each claim on a later page: found, moved, changed or missing
    printed_sources  the sources a page prints: there, changed, gone, or new
    drift         all of it for one text: what changed since its claims were written or signed
    doubts        whether it is the page at all: an error, a banner, another language

A line in here may know claims, the words of pages and the versions that `evidence.originals`
keeps. It knows nothing of decisions, of studies, or of who asks.
"""
