"""Characters that no document can hold: what a copy from elsewhere leaves behind, unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evidence.checks.rule import Fault, RegisterFault, of_record, of_register
from evidence.claims.text import Text
from evidence.knowledge import KnowledgeBase
from references.errors import Message, message
from references.formats.xml_safe import FORBIDDEN
from references.record import Reference
from references.yamlfile import Location


def _forbidden(part: Any, where: Location = ()) -> Iterator[tuple[Location, Message]]:
    """Where in plain data such a character stands, and what to do."""
    if isinstance(part, str):
        if found := FORBIDDEN.search(part):
            character = f"U+{ord(found.group()):04X}"
            yield (
                where,
                message(
                    "holds the character {character}, which no document can hold; write the words "
                    "around it again",
                    character=character,
                ),
            )
    elif isinstance(part, Mapping):
        for name, value in part.items():
            yield from _forbidden(value, (*where, str(name)))
    elif isinstance(part, Sequence):
        for number, value in enumerate(part):
            yield from _forbidden(value, (*where, number))


@of_register
def registers(_kb: KnowledgeBase, text: Text) -> Iterator[RegisterFault]:
    """Characters of a register that no document can hold."""
    for where, why in _forbidden(text.model_dump()):
        yield where, ".".join(map(str, where)), why


@of_record
def records(_kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """Characters of a record, as its file has it, that no document can hold.

    Reading leaves them out; what they stood for is missing from the words all the same.
    """
    for where, why in _forbidden(reference.as_read):
        yield ".".join(map(str, where)), why
