"""The originals of texts: fetched, read in a bounded process, kept version by version.

    load       a page from an address, a file or bytes: the way in for everybody else
    bounded    runs a task in a process with little memory and time; child is that process
    network    fetches one page, from the host that was named only
    convert    bytes to plain text; html, word and pdf read one form each, lines tidies them;
               main_text tells the text of a page from what stands around it
    pdf_around what stands around the text of printed pages
    pdf_layout the lines of a printed page in the order in which they are read
    versions   what an instance keeps of the pages of its texts
    waiting    a page that may be another one, until somebody says so
    loaded     the page as read, its limits, and the error when it cannot be

A line in here may know how to read a page. It knows nothing of what the page claims.
"""
