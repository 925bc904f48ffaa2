"""Pages of other publishers, restated sentence by sentence and labelled by hand.

The rules of the labels and the form of the files: `docs/claims-found.md`. Half of the pages was
looked at while the rules of the program were written (`developed_on.txt`), half was not
(`kept_back.txt`). What makes a kind was learned on these, on further pages (`learned_from.txt`,
`learned_later.txt`), on `blind.txt` after it was measured and on pages of our own (`written.txt`);
`blind_later.txt` only measures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evidence.anchoring.segment import Sentence, sentences
from evidence.knowledge import KnowledgeBase

FOLDER = Path(__file__).parent.parent / "tests" / "evidence" / "claims_found"
LEFT_OUT = "?"
NO_CLAIM = "-"


@dataclass(frozen=True)
class Line:
    """A labelled sentence: `label` is a kind of claim, `-` for none, `?` where people differ."""

    text: str
    label: str


@dataclass(frozen=True)
class Page:
    """A page: what was seen where, the text as it would be read, and its labelled sentences."""

    language: str
    about: str
    publisher: str
    address: str
    text: str
    lines: tuple[Line, ...]


def _read(block: str) -> Page:
    head, *rows = block.strip().splitlines()
    about, publisher, address = (part.strip() for part in head.split(" | "))
    language, about = about.split()
    written, lines = [], []
    for row in rows:
        if row[:2] in ("T ", "# "):
            written.append(row[2:])
            continue
        if row.startswith("R "):
            written[-1:] = [written[-1], row[2:]] if written else [row[2:]]
            continue
        mark = row[:2] if row[:2] in ("* ", "| ") else ""
        label, text = row.removeprefix(mark).split(" ", 1)
        written.append({"* ": f"• {text}"}.get(mark, text))
        lines.append(Line(text, label))
    return Page(language, about, publisher, address, _spaced(written, rows), tuple(lines))


def _spaced(written: list[str], rows: list[str]) -> str:
    """The text of a page: an empty line before what is no item of a list and no row of a table."""
    joined = "".join(
        ("\n" if row[:2] in ("* ", "| ") else "\n\n") + line
        for line, row in zip(written, rows, strict=True)
    )
    return joined.strip() + "\n"


def pages(name: str) -> list[Page]:
    """The pages of a file, `developed_on` or `blind`, say."""
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    return [_read(block) for block in ("\n" + text).split("\n@ ") if block.strip()]


@dataclass
class Score:
    """What was found on some pages, and what should have been."""

    claims: int = 0
    found: int = 0
    wrong: int = 0
    right_kinds: int = 0
    taken_for: Counter[tuple[str, str]] = field(default_factory=Counter)  # the kind, what it was

    @property
    def recall(self) -> float:
        return self.found / self.claims

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.wrong)

    @property
    def kinds(self) -> float:
        """The share of the claims found whose kind is right."""
        return self.right_kinds / self.found


def measured(read: list[Page], kb: KnowledgeBase) -> tuple[Score, list[str]]:
    """The score on some pages, and each fault in words."""
    score, faults = Score(), []
    for page in read:
        parts = sentences(page.text, page.language, kb.vocabulary)
        said = {" ".join(one.text.split()): one for one in parts}
        labels = {line.text: line.label for line in page.lines}
        for line in page.lines:
            one = said.pop(line.text, None)
            fault = _count(score, line, one)
            if fault:
                faults.append(f"{page.publisher}: {fault} {line.label}: {line.text}")
        for text in _claims(said):
            if not any(text in known or known in text for known in labels):
                score.wrong += 1
                faults.append(f"{page.publisher}: not labelled: {text}")
    return score, faults


def _claims(said: dict[str, Sentence]) -> Iterator[str]:
    return (text for text, one in said.items() if one.is_claim)


def _count(score: Score, line: Line, one: Sentence | None) -> str:
    """Count one labelled sentence; what is wrong about it, if anything is."""
    is_claim = one is not None and one.is_claim
    if line.label == LEFT_OUT:
        return ""
    if line.label == NO_CLAIM:
        score.wrong += is_claim
        return f"taken, {one.score}" if is_claim and one else ""
    score.claims += 1
    score.found += is_claim
    if not is_claim or one is None:
        return f"missed ({one.form if one else 'cut'}, {one.score if one else ''})"
    if one.kind in line.label.split("/"):
        score.right_kinds += 1
        return ""
    score.taken_for[line.label, one.kind] += 1
    return f"kind {one.kind} for"
