"""`evidence publish`: the reader as static files.

    command       the command
    publisher     asks the app for its pages and writes them, and removes what is gone
    searched      what the search finds on a page, and by which words
    staticpages   how an address becomes a file, and its page one that needs no server

A line in here may know the app as a browser does, through its addresses and its pages, and the
folder it writes to.
"""
