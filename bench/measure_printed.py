"""How many fields of labelled printed references are read rightly.

    python -m bench.measure_printed FILE ...

Each file holds strings labelled part by part, in AnyStyle's XML. A title counts as right at a
similarity of 0.92, the name of a journal or book at 0.88 (marks and spaces of print differ), all
else where it is the same. An author list is right where the names that were read are all of its
words and no others, but for what joins names.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from rapidfuzz import fuzz

from references.formats.printed import parse
from references.normalise import fold
from references.record import Reference

FIELDS = ("first author", "authors", "year", "title", "journal", "volume", "issue", "pages", "doi")


def strings(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Each printed reference of a file, and its first part of each label."""
    for sequence in ElementTree.parse(path).getroot():  # noqa: S314
        parts = [(element.tag, "".join(element.itertext()).strip()) for element in sequence]
        labelled: dict[str, str] = {}
        for label, text in parts:
            labelled.setdefault(label, text)
        yield " ".join(text for _, text in parts), labelled


def right(found: Reference, parts: dict[str, str]) -> dict[str, bool]:
    """Which of the labelled fields are read rightly."""
    told: dict[str, bool] = {}
    names = [_flat(author.short) for author in found.authors]
    if listed := parts.get("author"):
        told["first author"] = bool(names) and names[0] in _flat(listed)
        told["authors"] = _same_words(found, listed)
    if years := re.findall(r"1[5-9]\d\d|20\d\d", parts.get("date", "")):
        told["year"] = str(found.year) in years
    if title := parts.get("title"):
        told["title"] = fuzz.ratio(_flat(title), _flat(found.title)) >= 92
    if journal := parts.get("journal") or parts.get("container-title"):
        told["journal"] = fuzz.ratio(_flat(journal).removeprefix("in "), _flat(found.journal)) >= 88
    told |= _numbers(found, parts)
    if doi := re.search(r"10\.\d{4,}/\S+", parts.get("doi", "")):
        told["doi"] = found.doi.lower() == doi[0].rstrip(".,;").lower()
    return told


def _numbers(found: Reference, parts: dict[str, str]) -> dict[str, bool]:
    told: dict[str, bool] = {}
    place = parts.get("volume", "") if "journal" in parts else ""
    numbers = re.findall(r"\d+", place)
    if numbers:
        told["volume"] = re.findall(r"\d+", found.volume)[:1] == numbers[:1]
    issue = re.search(r"\(\s*([\w–-]+)\s*\)|(?:\bno?\.?|n°|issue|iss\.)\s*:?\s*(\d+)", place, re.I)
    if issue and len(numbers) > 1:
        told["issue"] = _flat(found.number) == _flat(issue[1] or issue[2])
    pages = parts.get("pages", "")
    first = re.search(r"[A-Za-z]?\d+", pages)
    if first and not re.search(r"\d\s*(?:p|pp|pages)\b\s*\.?$", pages):  # a count of pages
        told["pages"] = found.pages.lower().startswith(first[0].lower())
    return told


_JOINING = {"and", "et", "al", "und", "y", "others", "colleagues", "coll", "jr", "sr", "the", "for"}


def _same_words(found: Reference, listed: str) -> bool:
    """True where authors are all the words of a labelled list, and nothing else."""
    names = " ".join(author.name for author in found.authors)
    read, wanted = ({*_letters(text)} - _JOINING for text in (names, listed))
    return bool(names) and read == wanted


def _letters(text: str) -> list[str]:
    """Words in small letters; initials one by one, however they are printed: "J.D." as "JD"."""
    spaced = re.sub(r"\b([A-Z]{2,3})\b", lambda match: " ".join(match[0]), text)
    return _flat(spaced).split()


def _flat(text: str) -> str:
    return re.sub(r"[\W_]+", " ", fold(text)).strip()


def counted(path: Path, *, only_articles: bool = False) -> tuple[Counter[str], Counter[str]]:
    """Of each field, how many are read rightly, and how many there are."""
    good: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for printed, parts in strings(path):
        if only_articles and "journal" not in parts:
            continue
        told = right(parse(printed), parts)
        total.update(told.keys())
        good.update(name for name, is_right in told.items() if is_right)
    return good, total


def main() -> None:
    for path in map(Path, sys.argv[1:]):
        for only in (False, True):
            good, total = counted(path, only_articles=only)
            shares = [f"{name} {good[name] / total[name]:.3f}" for name in FIELDS if total[name]]
            every = sum(good.values()) / max(1, sum(total.values()))
            kind = " (articles)" if only else ""
            print(f"{path.name}{kind}: all {every:.3f} · {' · '.join(shares)}")


if __name__ == "__main__":
    main()
