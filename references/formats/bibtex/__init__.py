"""BibTeX and BibLaTeX files to references and back, losing nothing.

A line in here knows how BibTeX writes things, and nothing of other formats. `scan` cuts a file
into entries, `salvage` reads what is left of a broken one, `inherit` knows what an entry takes
from another one, `values` what several fields say together, `items` reads the lists of ours,
`fields` gives each field its meaning and writes it again, `file` puts them together.
"""

from __future__ import annotations

from references.formats.bibtex.fields import from_fields, to_fields
from references.formats.bibtex.file import (
    read,
    read_file,
    read_text,
    standing_alone,
    write,
    write_file,
    write_text,
)

__all__ = [
    "from_fields",
    "read",
    "read_file",
    "read_text",
    "standing_alone",
    "to_fields",
    "write",
    "write_file",
    "write_text",
]
