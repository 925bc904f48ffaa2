"""From a page to the register of a new text, for a person to work on.

    draft    every sentence that scores as a checkable claim, as a claim that nobody has judged
    nearest  works of the library that come nearest to a printed source
    drafts   a draft that an editor keeps: choose, split, merge, and write the register
    merging  a draft as the fields of its form; two people's versions put together

A line in here may know the page in sentences and words (`anchoring`), claims and registers, the
vocabulary and the library. It judges nothing and knows no web page.
"""
