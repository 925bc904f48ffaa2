"""What asks outside services: verification of what is cited, update by saved searches.

    searches       the saved searches of a knowledge base, and the streams of a run
    harvest        what a service answers to a search, page by page
    run            an open run: its plan and every page, on the disk before the next is asked
    merging        what is new among the pages of a run
    update         `evidence update`: all of it, and what it writes
    abstracts      abstracts fetched from services, which the instance keeps
    source_checks  the results of verification, which the instance keeps
    settled        findings of verification that a person has decided about
    retractions    the list of Retraction Watch, brought into the instance
    doubles        pairs of records that may be one work, and what people decided about them
    shared_pace    the pace of services among all who use one database
    verification   a run of verification over many citations
    taking         a printed source that was located, taken into the library of the instance

What may a line in here know? References, their sources and how they are matched and verified; the
knowledge base; the files of an instance. It decides nothing: a person screens what it finds.
"""
