"""Citations as readers see them, made once for each reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evidence.wording import typeset
from references.errors import UserError
from references.formats.bibliography import Styled, bibliography, named_style
from references.formats.vancouver import STYLES, cite
from references.record import Reference
from webapp.wording.language import chosen_language

#: References that are shown in a style while somebody waits: some milliseconds each.
MOST_STYLED = 300


#: Citations made, with the reference that each was made of: a record may change under its key.
_made: dict[tuple[str, str], tuple[Reference, str]] = {}
_MOST_MADE = 4096


def vancouver(reference: Reference) -> str:
    """The reference in Vancouver style (CSL), as plain text, in the language of the request."""
    language = chosen_language()
    known = _made.get((reference.key, language))
    if known and known[0] == reference:
        return known[1]
    made = typeset(cite(reference, language=language).strip())
    if len(_made) >= _MOST_MADE:
        _made.clear()
    _made[reference.key, language] = reference, made
    return made


def in_style(references: Sequence[Reference], style: str) -> list[Styled]:
    """References in a citation style by its name, in the language of the request.

    Raises:
        UserError: there is no such style (the path of a file is none), or they are too many to
            be made while somebody waits.
    """
    if len(references) > MOST_STYLED:
        raise UserError(
            "At most {most} references are shown in a style at once; use 'evidence cite'.",
            most=MOST_STYLED,
        )
    if style not in STYLES:
        named_style(style)
    made = bibliography(references, style.removesuffix(".csl"), chosen_language())
    return [replace(one, text=typeset(one.text.strip())) for one in made]
