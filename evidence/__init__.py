"""The claims: texts, links, verdicts, search.

A line in here may know the library (`references`), and nothing of HTTP pages. From the top:

- `cli`: the commands; `report`, `services`, `doctor`: documents for people, what asks outside
  services, whether an instance is well;
- `drafting`: from a page to a register; `claim_search`: judged claims for a question;
  `lifecycle`: a text goes from private to published, withdrawn, deleted;
- `search`: references for words and for claims;
- `standing`: the texts as they stand; `evidence_map`: which questions were studied;
- `checks`, `studies`, `summary`: the rules of a base, references by concept, what a
  text amounts to;
- `anchoring`, `appraisal`, `journal`: passages, levels and verdicts, decisions;
- `originals`, `knowledge`: pages as they were fetched, the folder of a base;
- `claims`, `instance`, `settings`, `environment`: registers, the folder a running copy writes to,
  `kb.toml`, the settings of the environment;
- `wording`, `parameters`, `extras`: words in two languages, what may be typed, what is installed.

The names below are for programs that use the evidence base (docs/python-api.md); what is not
among them may change. Importing this package costs nothing: each name is loaded when used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.appraisal.level import level, level_order
    from evidence.appraisal.verdict import propose
    from evidence.checks.run import check_integrity
    from evidence.claims.claim import Claim
    from evidence.claims.text import Text
    from evidence.knowledge import KnowledgeBase
    from evidence.search import open_engine
    from evidence.search.request import SearchRequest
    from evidence.standing import Assembler

#: Where each public name stands; it is imported when it is first asked for.
_PLACES = {
    "Assembler": "evidence.standing",
    "Claim": "evidence.claims.claim",
    "KnowledgeBase": "evidence.knowledge",
    "SearchRequest": "evidence.search.request",
    "Text": "evidence.claims.text",
    "check_integrity": "evidence.checks.run",
    "level": "evidence.appraisal.level",
    "level_order": "evidence.appraisal.level",
    "open_engine": "evidence.search",
    "propose": "evidence.appraisal.verdict",
}

__all__ = [
    "Assembler",
    "Claim",
    "KnowledgeBase",
    "SearchRequest",
    "Text",
    "check_integrity",
    "level",
    "level_order",
    "open_engine",
    "propose",
]


if not TYPE_CHECKING:  # a type checker has read the imports above

    def __getattr__(name: str) -> object:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_PLACES[name]), name)
