"""Why a rule says what it says: the sentences of `reasons.tsv`, in French and in English."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files

from evidence.claims.claim import Bilingual


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, str]]:
    text = files("evidence.appraisal").joinpath("reasons.tsv").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["id"]: (row["fr"], row["en"]) for row in rows}


@lru_cache(maxsize=1024)
def because(reason: str, **values: object) -> Bilingual:
    """The sentence of a reason, with what stands in its places.

    A value in two languages is given in the language of the sentence.
    """
    words = []
    for language, template in zip(("fr", "en"), _table()[reason], strict=True):
        own = {
            name: value[language] if isinstance(value, Bilingual) else value
            for name, value in values.items()
        }
        words.append(template.format(**own))
    return Bilingual(fr=words[0], en=words[1])
