"""A small knowledge base of its own, and the command line run as its user runs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from foot_page import PAGE

from evidence.cli import main
from evidence.knowledge import KnowledgeBase

REFERENCES = """@article{moreau2020,
  author = {Moreau, Anne and Petit, Luc},
  title = {A randomized trial of cold baths},
  journal = {Foot Journal},
  year = {2020},
  volume = {12},
  pages = {34-40},
  design = {rct},
  participants = {420},
  provenance = {https://example.org/feet: title, authors, year},
  status = {verified},
}

@article{durand2021,
  author = {Durand, Paul},
  title = {Cold baths in ten walkers},
  journal = {Foot Journal},
  year = {2021},
  design = {case-series},
  participants = {10},
  provenance = {https://example.org/feet: title, authors, year},
  status = {verified},
}
"""

TEXT = """# The register of the foot bath.
id: bain
title: {fr: Le bain froid, en: The cold bath}
url: https://example.org/bain
publisher: Une clinique
language: fr
retrieved: 2026-01-15
sources:
- cited: Moreau A. Le bain froid. Revue des pieds. 2020.
  reference: moreau2020
  status: differs
  note: {fr: Le titre diffère., en: The title differs.}
sections:
- {id: short, heading: {fr: L'essentiel, en: In short}}
- {id: effects, heading: {fr: Les effets, en: Effects}}
claims:
# A comment that stays.
- id: eases-pain
  section: short
  anchor: {start: Le bain froid est, end: la douleur}
  statement: {fr: Le bain froid calme la douleur., en: A cold bath eases pain.}
  kind: efficacy
  verdict: supported
  certainty: high   # decided in January
  rationale: {fr: Un essai., en: One trial.}
  caveats: {fr: Un seul essai., en: One trial only.}
  links:
  - reference: moreau2020
    stance: supports
    directness: {population: direct, intervention: direct, outcome: direct}
    note: {fr: Essai randomisé., en: Randomised trial.}
- id: lasts-minutes
  section: short
  anchor: {start: Il dure 20, end: 30 minutes}
  statement: {fr: Le bain dure vingt à trente minutes., en: The bath takes 20 to 30 minutes.}
  kind: procedure
  verdict: no-evidence-found
  certainty: none
  certainty_reasons: [no-studies]
  rationale: {fr: Rien., en: Nothing.}
- id: effect-lasts-weeks
  section: effects
  anchor: {start: peut durer, end: plusieurs semaines}
  statement: {fr: L'effet dure des semaines., en: The effect lasts for weeks.}
  kind: durability
  verdict: partly-supported
  certainty: very-low
  certainty_reasons: [risk-of-bias, imprecision]
  rationale: {fr: Une série., en: One series.}
  links:
  - reference: durand2021
    stance: qualifies
    directness: {population: direct, intervention: direct}
    note: {fr: Dix personnes., en: Ten people.}
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The folder of a small knowledge base: one text, three claims, two references."""
    folder = tmp_path / "base"
    (folder / "references").mkdir(parents=True)
    (folder / "texts").mkdir()
    (folder / "kb.toml").write_text('name = {fr = "Pieds", en = "Feet"}\n', "utf-8")
    (folder / "references" / "feet.bib").write_text(REFERENCES, "utf-8")
    (folder / "texts" / "bain.yaml").write_text(TEXT, "utf-8")
    return folder


@pytest.fixture
def small(base: Path) -> KnowledgeBase:
    """The small knowledge base, read."""
    kb = KnowledgeBase(base)
    assert kb.problems == []
    return kb


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """The original of the small base's text, in a file."""
    path = tmp_path / "bain.txt"
    path.write_text(PAGE, "utf-8")
    return path


@pytest.fixture
def evidence(tmp_path: Path, base: Path) -> Callable[..., Any]:
    """Runs `evidence ...` on the small base, in an instance of its own.

    In this process, which saves a second a call; `test_cli.py` starts the program itself.
    """

    def call(
        *words: object, code: int = 0, env: dict[str, str] | None = None, stdin: str | None = None
    ) -> Any:
        before = dict(os.environ)
        place = {"EVIDENCE_INSTANCE": str(tmp_path / "instance"), **(env or {})}
        try:
            with CliRunner().isolation(input=stdin, env=place) as (out, err, _):
                with pytest.raises(SystemExit) as ended:
                    main([*map(str, words), "--kb", str(base)])
                sys.stdout.flush()
                stdout, stderr = out.getvalue().decode(), err.getvalue().decode()
        finally:
            os.environ.clear()
            os.environ.update(before)
        assert "Traceback" not in stderr + stdout, stderr
        assert ended.value.code == code, (ended.value.code, stdout[:800], stderr)
        return SimpleNamespace(stdout=stdout, stderr=stderr, returncode=code)

    return call
