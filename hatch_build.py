"""What a build adds to the app: compiled translations and web fonts, both made from packages.

Runs for wheels and for editable installs. The fonts are Source Serif Pro and Source Sans Pro
(SIL Open Font License), reduced to the signs that French, English and the figures of studies
need; without them the pages fall back on the fonts of the system.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fontTools import subset
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Package, file, name under webapp/static/fonts.
FONTS = (
    ("font_source_serif_pro", "SourceSerifPro-Regular", "serif"),
    ("font_source_serif_pro", "SourceSerifPro-Semibold", "serif-semibold"),
    ("font_source_serif_pro", "SourceSerifPro-It", "serif-italic"),
    ("font_source_sans_pro", "SourceSansPro-Regular", "sans"),
    ("font_source_sans_pro", "SourceSansPro-Semibold", "sans-semibold"),
    ("font_source_sans_pro", "SourceSansPro-It", "sans-italic"),
)
SIGNS = (
    "U+0020-024F,U+0370-03FF,U+1E00-1EFF,U+2000-209F,U+20AC,U+2122,U+2190-2193,U+2212,"
    "U+2248,U+2260-2265"
)
FEATURES = ["kern", "liga", "locl", "mark", "mkmk", "lnum", "tnum", "pnum", "ccmp"]


def compile_catalogues(folder: Path) -> None:
    """Write a .mo beside every .po."""
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parts[-3])
        with source.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, catalogue)


def make_fonts(folder: Path) -> None:
    """Write the fonts that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for package, file, name in FONTS:
        target = folder / f"{name}.woff2"
        if target.exists():
            continue
        found = importlib.util.find_spec(package)
        if found is None or not found.submodule_search_locations:
            raise RuntimeError(f"the package {package} is needed to build the fonts")
        source = Path(found.submodule_search_locations[0]) / "files" / f"{file}.ttf"
        options = subset.Options(flavor="woff2", layout_features=FEATURES)
        font = subset.load_font(str(source), options)
        maker = subset.Subsetter(options)
        maker.populate(unicodes=subset.parse_unicodes(SIGNS))
        maker.subset(font)
        subset.save_font(font, str(target), options)


class AddToTheApp(BuildHookInterface):  # type: ignore[misc]
    """The hook that pyproject.toml names."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files of the wheel are gathered."""
        app = Path(self.root) / "webapp"
        compile_catalogues(Path(self.root) / "evidence" / "wording" / "translations")
        make_fonts(app / "static" / "fonts")
