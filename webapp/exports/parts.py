"""What several forms for programs write alike."""

from __future__ import annotations

import re

from flask import url_for

from references.record import Author, Reference

#: Characters that XML 1.0 forbids.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


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


def xml_text(text: str) -> str:
    """The text without the characters that XML 1.0 forbids; records of strangers hold some."""
    return _FORBIDDEN.sub("", text)
