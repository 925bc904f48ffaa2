"""Sentences of the packages below, said in the reader's language.

`references` and `evidence` know nothing of pages or languages: what they tell a person are
sentences in English. Those that a page can show are listed here by the modules that show them,
as they are written there, with names where values stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from flask_babel import gettext


class Sentences:
    """Messages with places for words, and the sentences made of them."""

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(messages)

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        found = []
        for message in self.messages:
            parts = re.split(r"%\((\w+)\)s", message)
            pattern = "".join(
                f"(?P<{part}>.+?)" if place % 2 else re.escape(part)
                for place, part in enumerate(parts)
            )
            found.append((re.compile(pattern, re.DOTALL), message))
        return tuple(found)

    def translated(self, sentence: str) -> str | None:
        """A sentence in the language of this request; None when it is not among them."""
        for pattern, message in self._patterns:
            if match := pattern.fullmatch(sentence):
                return str(gettext(message, **match.groupdict()))
        return None
