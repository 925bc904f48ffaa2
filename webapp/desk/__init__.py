"""The editors' desk: see what needs attention, decide, sign, bring texts, report.

    setup, blueprint                  add the desk to the app
    dashboard, bulk, attention        a text at a glance, several claims at once, what comes first
    claim_page, offers, passage       the page of a claim, references offered, its words on the page
    decision, links, discussion, signing    what is done to a claim
    bring, page, loading              a new text; the page of a text, and how it is loaded again
    lifecycle                         who sees a text: publish, review, withdraw, archive, delete
    sentences, describe               its page sentence by sentence; its title, address and sources
    words_changed                     what an event changed, word by word
    doubles, indexed                  records that may be one work; those that only an index holds
    unsent, keeping                   what is typed and not recorded yet
    checks, reports, people, signin   sources looked for, documents, accounts, signing in
    forms, recording                  what may be typed; what is asked of the journal and recorded

A line in here may know the journal, who is signed in and the pages of a reader. What a decision
means, and what a draft is, it asks of `evidence`; nothing outside knows the desk.
"""
