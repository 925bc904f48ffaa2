"""The gettext catalogue of the three packages, and messages rendered in a language.

Templates are written in English where they arise; `translations/` holds their French. Pages
ask through `webapp.wording.gettext`.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

from evidence.wording import dates
from references.errors import Message, Problem, UserError

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")
#: One folder a language, as gettext wants it; the file is `messages` everywhere.
CATALOGUES = Path(__file__).parent / "translations"


def compile_catalogues(folder: Path = CATALOGUES) -> list[Path]:
    """Compile the .po catalogues that are newer than their .mo; the files written.

    The build does this for a wheel; here it keeps an edited checkout right, where Babel is
    installed. A folder that cannot be written keeps the catalogues it came with.
    """
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        try:
            from babel.messages.mofile import write_mo  # of the build and of development
            from babel.messages.pofile import read_po

            with source.open("rb") as stream:
                catalogue = read_po(stream, locale=source.parts[-3])
            partly = target.with_name(f"{target.name}.{os.getpid()}")
            with partly.open("wb") as stream:
                write_mo(stream, catalogue)
            partly.replace(target)
        except (ImportError, PermissionError):
            continue
        written.append(target)
    return written


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English is what the templates are written in."""
    if language == "en":
        return gettext.NullTranslations()
    compile_catalogues()
    return gettext.translation("messages", CATALOGUES, [language], fallback=True)


def translation(language: str) -> Callable[[str], str]:
    """What gives a template in a language; English is what the templates are written in."""
    return translations(language).gettext


def render(message: Message | UserError | Problem | str, language: str) -> str:
    """A message, an error or a problem of a file as a sentence in a language."""
    translate = translation(language)
    return translate(message) if isinstance(message, str) else message.rendered(translate)


def counted(number: int, one: str, many: str, language: str) -> str:
    """A number of things: "%(num)s claim", "%(num)s claims"; zero is plural in English only."""
    written = dates.number(number, language)
    return translations(language).ngettext(one, many, number) % {"num": written}


def set_language_of_click(language: Language) -> None:
    """Let click, which asks gettext itself of wrong options and values, use a language."""
    translations(language)  # compiled now, should it have changed
    gettext.bindtextdomain("messages", str(CATALOGUES))
    os.environ["LANGUAGE"] = language


def preferred_language() -> Language:
    """The language of a command: EVIDENCE_LANG, else that of the locale, else English."""
    for name in ("EVIDENCE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if wish := os.environ.get(name, ""):
            return "fr" if wish[:2].lower() == "fr" else "en"
    return "en"
