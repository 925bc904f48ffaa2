"""The library: everything bibliographic. It knows nothing of claims.

A line in here may know records, files in bibliographic formats, services that list works, and
the vocabulary of concepts.

- `citation`: a printed string read; `verify`: is a citation right? `intake`: new records;
- `matching`: is it the same? `sources`: what services say; `library`: the records of a folder;
- `formats`: files of records, read and written;
- `concepts`, `concept_files`: the vocabulary, and how it is read from YAML (`yamlfile`);
- `record`, `hosts`, `relations`, `identifiers`, `normalise`, `notices`, `preprints`, `files`,
  `errors`: what all of them share.

The names below are for programs that use the library (docs/python-api.md); what is not among
them may change. Importing this package costs nothing: each name is loaded when used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from references.concept_files import read_vocabulary
    from references.concepts import Vocabulary
    from references.errors import UserError
    from references.formats import read, write
    from references.formats.vancouver import cite
    from references.library import Library
    from references.record import Author, Reference

#: Where each public name stands; it is imported when it is first asked for.
_PLACES = {
    "Author": "references.record",
    "Library": "references.library",
    "Reference": "references.record",
    "UserError": "references.errors",
    "Vocabulary": "references.concepts",
    "cite": "references.formats.vancouver",
    "read": "references.formats",
    "read_vocabulary": "references.concept_files",
    "write": "references.formats",
}

__all__ = [
    "Author",
    "Library",
    "Reference",
    "UserError",
    "Vocabulary",
    "cite",
    "read",
    "read_vocabulary",
    "write",
]


if not TYPE_CHECKING:  # a type checker has read the imports above

    def __getattr__(name: str) -> object:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_PLACES[name]), name)
