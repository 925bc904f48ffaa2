"""What the pages say and how they say it, in the language of the request.

    language      French or English, light or dark; messages and errors as a reader gets them
    examined      whose text is examined, what a claim says and what was found
    words         the terms of `evidence.wording` (verdicts, stances, statuses ...) for templates
    last_check    what the services said of a citation when they were last asked
    gettext       sentences, dates and numbers in the language of the request
    display       parts of the data as templates print them
    citation      references as they are cited
    templates     templates compiled for each language, with its phrases in them

A line in here may know the site, the request and the words; it knows no page and no form.
"""
