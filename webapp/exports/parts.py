"""Parts of a reference that several forms for programs write alike."""

from __future__ import annotations

from flask import url_for

from references.record import Author, Reference


def address_of(reference: Reference) -> str:
    """The whole address of the page of a reference."""
    return url_for("library.reference", key=reference.key, _external=True)


def inverted_name(author: Author) -> str:
    """A name as "family, given".

    A name without a given part ends with the comma: readers would otherwise take the last
    word of "De Stefano", or of a group, for the family name.
    """
    given = " ".join(part for part in (author.given, author.suffix) if part)
    return f"{author.short}, {given}".rstrip()
