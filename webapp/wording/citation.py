"""Citations as readers see them, made once for each reference."""

from __future__ import annotations

import functools

from evidence.wording import typeset
from references.formats.vancouver import cite
from webapp.site import site
from webapp.wording.language import chosen_language


@functools.lru_cache(maxsize=4096)
def _cited(fingerprint: str, key: str, language: str) -> str:
    reference = site().references([key])[key]
    return typeset(cite(reference, language=language).strip())


def vancouver(key: str) -> str:
    """The reference in Vancouver style (CSL), as plain text, in the language of the request."""
    return _cited(site().fingerprint, key, chosen_language())
