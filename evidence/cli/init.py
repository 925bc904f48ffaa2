"""`evidence init`: a knowledge base of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from evidence.cli.context import Context, command
from evidence.knowledge import KnowledgeBase
from references.errors import SettingError, message
from references.files import write_atomic

#: What a new knowledge base holds; NAME stands for its name.
_EXAMPLE = Path(__file__).parent / "example"


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
    name = folder.resolve().name.replace('"', "")
    made = {
        path.relative_to(_EXAMPLE).as_posix(): path.read_text("utf-8").replace("NAME", name)
        for path in sorted(_EXAMPLE.rglob("*.*"), reverse=True)  # kb.toml comes last
    }
    for file, content in made.items():
        write_atomic(folder / file, content)
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
