"""Which references are linked to claims, by stance, kept beside the index between commands.

A server has the texts at hand (`evidence.standing`). A command would have to read every register
for one facet, so what it found is kept until a register or the journal changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.instance import has_journal
from references.errors import SettingError
from references.files import write_atomic

if TYPE_CHECKING:
    from evidence.knowledge import KnowledgeBase

#: Change it when what is public of a text changes: what was kept is worked out again.
FORM = 2


def stances(kb: KnowledgeBase, instance: Path) -> Mapping[str, frozenset[str]]:
    """Keys of the references linked to assessed claims, by the stance of the link."""
    path = instance / "index" / "stances.json"
    stamp = _stamp(kb, instance)
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if stamp and kept["stamp"] == stamp:
            return {stance: frozenset(keys) for stance, keys in kept["stances"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    from evidence.standing import Assembler

    standing = Assembler(kb, instance).now()
    if stamp and standing.journal_error is None:
        plain = {stance: sorted(keys) for stance, keys in standing.stances.items()}
        with suppress(SettingError):  # an instance that cannot be written is read all the same
            write_atomic(path, json.dumps({"stamp": stamp, "stances": plain}))
    return standing.stances


def _stamp(kb: KnowledgeBase, instance: Path) -> str:
    """What the stances follow from; "" when the journal cannot be read."""
    head = ""
    if has_journal(instance):
        from evidence.journal import Journal, JournalError

        try:
            with Journal.open(instance) as journal:
                head = journal.head()[1]
        except JournalError:
            return ""
    return "\n".join((str(FORM), str(kb.folder), head, kb.texts_stamp()))
