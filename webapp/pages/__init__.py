"""The pages of a reader, a module a page.

    texts, original, sources, changes     a text, its page with passages, its sources, its history
    review                                a text in review, for whoever has its link
    search, references, indications       the library by words, by key, by concept
    pico                                  a question in four fields, as a search
    evidence_map, timeline                which treatment was studied in what, and when
    outcomes                              the summary of findings on a claim
    figures, painfigures, differences     plots of pain beside claims and indications
    guide                                 what the words mean

A line in here may know the texts as they stand, the library, the wording, the forms for programs
that a page offers (`exports`) and whether an editor reads. It decides nothing about a claim.
"""
