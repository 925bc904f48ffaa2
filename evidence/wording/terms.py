"""What the values of the data are called: one table, read by pages, reports and commands.

`terms.tsv` holds a line a value: its kind (verdict, certainty, stance ...; several kinds where they
share it), its id as the data and the API write it, its mark on the pages, its name in both
languages as it stands inside a sentence, and what it means in one or two sentences. Designs of
studies and concepts are named by the vocabulary (`references/vocabulary`) and stand there only.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evidence.wording.catalogue import LANGUAGES
from evidence.wording.typography import typeset

TABLE = Path(__file__).parent / "terms.tsv"


@dataclass(frozen=True, slots=True)
class Term:
    """The name of a value and what it means, by language; its mark is a symbol of the pages."""

    mark: str
    names: Mapping[str, str]
    meanings: Mapping[str, str]

    def heading(self, language: str) -> str:
        """The name as it begins a line or a heading."""
        return capitalised(self.names[language])


@cache
def _tables() -> Mapping[str, Mapping[str, Term]]:
    tables: dict[str, dict[str, Term]] = {}
    with TABLE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE, restval=""):
            names: dict[str, str] = {code: typeset(row[code], code) for code in LANGUAGES}
            meanings: dict[str, str] = {
                code: typeset(row[f"meaning_{code}"], code) for code in LANGUAGES
            }
            for kind in row["kind"].split():
                tables.setdefault(kind, {})[row["id"]] = Term(row["mark"], names, meanings)
    return tables


def terms(kind: str) -> Mapping[str, Term]:
    """The terms of a kind by their ids, in the order of the table."""
    return _tables()[kind]


def name(kind: str, value: str, language: str) -> str:
    """What a value is called inside a sentence; one that is not in the table stands for itself."""
    term = terms(kind).get(value)
    return term.names[language] if term else value


def heading(kind: str, value: str, language: str) -> str:
    """What a value is called where it begins a line or a heading."""
    return capitalised(name(kind, value, language))


def of_number(kind: str, value: str, number: int, language: str) -> str:
    """What things of a value are called after their number: "13 étayées", "1 étayée".

    The kinds `<kind>-one` and `<kind>-many` hold what differs from the name.
    """
    is_plural = number > 1 if language == "fr" else number != 1
    term = _tables().get(f"{kind}-{'many' if is_plural else 'one'}", {}).get(value)
    return term.names[language] if term else name(kind, value, language)


def how_direct(element: str, value: str, language: str) -> str:
    """Whether an element is direct, in the gender of its name: "population : directe"."""
    return name("direct-feminine" if element in terms("feminine") else "direct", value, language)


def capitalised(text: str) -> str:
    """A name with a capital first; the rest keeps its own."""
    return text[:1].upper() + text[1:]
