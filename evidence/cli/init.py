"""`evidence init`: a knowledge base of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from evidence.cli.context import Context, command
from evidence.knowledge import KnowledgeBase
from references.errors import SettingError, message
from references.files import write_atomic

_SETTINGS = """\
# A knowledge base. Paths are relative to this file.
name = {{ fr = "{name}", en = "{name}" }}
references = "references"
texts = "texts"
# Without a vocabulary of its own a base uses the bundled one:
# vocabulary = "vocabulary"
"""

_REFERENCES = """\
@comment{ One entry a reference; the fields are described in docs/data-format.md. Remove this
example when you have references of your own. }

@article{example2024,
    author = {Author, First and {A Group of Authors}},
    title = {Replace this example},
    journal = {Journal},
    year = {2024},
    design = {case-series},
    status = {incomplete},
    provenance = {https://example.org/: nothing, this is an example}
}
"""

_TEXT = """\
id: example
title: {fr: Exemple, en: Example}
language: fr
sections:
- id: introduction
  heading: {fr: Introduction, en: Introduction}
claims:
- id: first-claim
  section: introduction
  anchor: {start: les premiers mots}
  statement: {fr: Une affirmation du texte., en: A claim of the text.}
  kind: efficacy
  verdict: no-evidence-found
  certainty: none
  certainty_reasons: [no-studies]
  rationale:  # until somebody writes what the literature says, readers do not see the claim
    fr: "[à évaluer]"
    en: "[to assess]"
"""


@command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init(context: Context, folder: Path) -> None:
    """Make a knowledge base in FOLDER: kb.toml, references and texts with an example each.

    \b
    Example:
      evidence init ~/our-texts && evidence check --kb ~/our-texts
    """
    if (folder / "kb.toml").exists():
        raise SettingError(
            "{folder} is a knowledge base already; choose another folder.", folder=folder
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise SettingError("{folder} is not empty; choose a new folder.", folder=folder)
    made = {
        "references/library.bib": _REFERENCES,
        "texts/example.yaml": _TEXT,
        "kb.toml": _SETTINGS.format(name=folder.resolve().name.replace('"', "")),
    }
    for name, content in made.items():
        write_atomic(folder / name, content)
    kb = KnowledgeBase(folder)
    context.emit(
        {"folder": str(kb.folder), "files": sorted(made)},
        message(
            "Made a knowledge base in {made}.\n"
            "Next: evidence check --kb {folder}; evidence serve --kb {folder}",
            made=kb.folder,
            folder=folder,
        ),
    )
