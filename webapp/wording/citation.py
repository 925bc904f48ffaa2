"""Citations as readers see them, made once for each reference."""

from __future__ import annotations

import functools

from evidence.wording import typeset
from references.formats.vancouver import cite
from webapp.site import site


@functools.lru_cache(maxsize=4096)
def _cited(fingerprint: str, key: str) -> str:
    return typeset(cite(site().kb.library[key], style="vancouver", format="text").strip())


def vancouver(key: str) -> str:
    """The reference in Vancouver style (CSL), as plain text."""
    return _cited(site().fingerprint, key)
