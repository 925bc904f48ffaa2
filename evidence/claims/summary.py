"""The answer in two or three sentences: of a text (`summary` in its register), of a concept.

A summary names the claims that it rests on, each with the verdict it had when the summary was
written. Once a verdict is another, the summary may say what is no longer so: readers are not
told it, and `evidence check` asks for it to be read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import RootModel

from evidence.claims.claim import Bilingual, ConceptId, Verdict
from evidence.claims.validation import read_model
from references.errors import Problem


class Summary(Bilingual):
    """What a visitor came for, and the claims it rests on with their verdicts at the time.

    A claim is named by its id; in the summary of a concept, by text and id: `text/claim`.
    """

    claims: Mapping[str, Verdict] = {}
    written: date | None = None

    def holds(self, verdicts: Mapping[str, str]) -> bool:
        """Whether every claim it names is there with the verdict it was written for."""
        return all(verdicts.get(claim) == verdict for claim, verdict in self.claims.items())


class _SummariesFile(RootModel[dict[ConceptId, Summary]]):
    """`summaries.yaml`: one entry a concept."""


def read_summaries(path: Path) -> tuple[dict[str, Summary], list[Problem]]:
    """The summaries of a file by concept; none with what is wrong, by line and field."""
    made, problems = read_model(path, _SummariesFile)
    return dict(made.root) if made else {}, problems
