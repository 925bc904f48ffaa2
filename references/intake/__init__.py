"""Taking references from files into a .bib file of the library.

A line in here knows records, formats and matching: it reads files (`intake`), asks whether a
record is there already, gives it a key (`keys`), keeps what is new on the disk (`unfinished`) and
writes it beside what the file holds (`target`). It asks no service and knows nothing of claims.
"""
