"""What a register says: texts, their sections and sources, claims and their links.

    claim        a claim, its anchor, its links; what is written in two languages
    pico         which part of a claim a concept speaks of, by its facet
    stance       how a reference bears on a claim
    summary      the answer in two or three sentences, and the claims it rests on
    text         a text with its claims, read from its YAML file
    validation   what is wrong with a file, told by line and field
    readings     what two readers made of the claims of a text, each on their own
    register     registers written as people keep them by hand

A line in here may know how YAML is read and what a problem of a file is. It knows nothing of
references, pages, decisions or searches: a link holds the key of a reference, no more.
"""
