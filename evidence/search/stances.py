"""What a search shows of claims, kept beside the index between commands.

A server has the texts at hand (`evidence.standing`). A command would have to read every register
for one facet and a few claims, so what readers may see of the texts is kept until a register or the
journal changes: JSON, which is read a hundred times faster than YAML.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from evidence.instance import has_journal
from evidence.journal import JournalError
from evidence.journal.glance import head_at_a_glance
from references.errors import SettingError
from references.files import write_atomic

if TYPE_CHECKING:
    from evidence.claims.claim import Claim
    from evidence.claims.text import Text
    from evidence.knowledge import KnowledgeBase

#: Change it when what is public of a text changes: what was kept is worked out again.
FORM = 3


class Shown(NamedTuple):
    """What readers see of the texts.

    Attributes:
        stances: keys of the references linked to assessed claims, by the stance of the link.
        texts: the texts with their assessed claims, as plain data.
    """

    stances: Mapping[str, frozenset[str]]
    texts: list[Any]

    def claims(self) -> Iterator[tuple[Text, Claim]]:
        """The assessed claims of all texts, in the order of their pages."""
        from evidence.claims.text import Text

        for plain in self.texts:
            text = Text.model_validate_json(plain)
            yield from ((text, claim) for claim in text.claims)


def shown(kb: KnowledgeBase, instance: Path) -> Shown:
    """What readers see of the texts of a base and an instance now."""
    path = instance / "index" / "shown.json"
    stamp = _stamp(kb, instance)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if stamp and kept["stamp"] == stamp:
            stances = {stance: frozenset(keys) for stance, keys in kept["stances"].items()}
            return Shown(stances, kept["texts"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    from evidence.standing import Assembler

    standing = Assembler(kb, instance).now()
    texts = [text.model_dump_json() for text in standing.public.values()]
    if stamp and standing.journal_error is None:
        plain = {stance: sorted(keys) for stance, keys in standing.stances.items()}
        with suppress(SettingError):  # an instance that cannot be written is read all the same
            kept = {"stamp": stamp, "stances": plain, "texts": texts}
            write_atomic(path, json.dumps(kept, ensure_ascii=False))
    return Shown(standing.stances, texts)


def _stamp(kb: KnowledgeBase, instance: Path) -> str:
    """What is shown follows from this; "" when the journal cannot be read."""
    head = ""
    if has_journal(instance):
        try:
            head = _head(instance)
        except JournalError:
            return ""
    return "\n".join((str(FORM), str(kb.folder), head, kb.texts_stamp()))


def _head(instance: Path) -> str:
    """The hash of the last event, without opening the journal where a glance tells it."""
    head = head_at_a_glance(instance)
    if head is None:
        from evidence.journal import Journal

        with Journal.open(instance) as journal:
            head = journal.head()[1]
    return head
