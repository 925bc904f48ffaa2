"""Measure verification on all labelled cases: the tables of docs/verification.md.

Run from the checkout: python tests/references/measure_verification.py [SET] [STEP]
SET is hallmark, printed, hallmark-twins or printed-twins: in the last two every work has a
record of the same title that knows little. With STEP n only every n-th case is checked.
"""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import hallmark_cases
import printed_cases
from service_double import Record, ServiceDouble

from references.library import Library
from references.matching.titles import title_similarity
from references.record import Reference
from references.sources import all_sources
from references.sources.session import Session, SourceSettings
from references.verify import Checker, Cited, LibrarySource, cited_string

ROOT = Path(__file__).resolve().parent.parent.parent
SHARED = Path(os.environ.get("EVIDENCE_SHARED", ROOT.parent / "shared"))

#: Kind of case, wanted statuses, citation.
Labelled = tuple[str, frozenset[str], Cited]


def hallmark(folder: Path) -> tuple[list[Record], list[Labelled]]:
    """HALLMARK: VALID must be verified, anything else must not."""
    everything = frozenset({"differs", "not-located", "several-candidates", "retracted"})
    labelled = []
    for row in hallmark_cases.rows(folder):
        kind = row.get("hallucination_type") or "valid"
        wanted = frozenset({"verified"}) if row["label"] == "VALID" else everything
        labelled.append((kind, wanted, hallmark_cases.cited(row)))
    return hallmark_cases.records(folder), labelled


def printed() -> tuple[list[Record], list[Labelled]]:
    """Printed references in fifteen styles, made from the library."""
    references = printed_cases.usable(Library.read(ROOT / "references" / "corpus").values())
    labelled = [
        (case.error or "right", case.wanted, cited_string(case.text, f"{case.key}-{number}"))
        for number, case in enumerate(printed_cases.cases(references))
    ]
    return printed_cases.records(references), labelled


def with_twins(records: list[Record]) -> list[Record]:
    """The records, each with one of the same title that knows little, as services have them."""
    found = []
    for number, record in enumerate(records):
        bare = Record(record.title, record.authors, record.year, doi=f"10.5555/twin.{number}")
        twins = (
            replace(bare, services=("openalex",)),  # a copy in a repository
            replace(bare, kind="posted-content", services=("crossref", "openalex")),
            replace(bare, kind="dataset", services=("crossref", "openalex")),
            replace(bare, authors=[], kind="component", services=("crossref",)),
            replace(bare, authors=[], journal=record.journal, services=("crossref",)),
        )
        found += [twins[number % 5], record] if number % 2 else [record, twins[number % 5]]
    return found


class Measured:
    """Counts of statuses by kind of case."""

    def __init__(self) -> None:
        self.by_kind: dict[str, Counter[str]] = defaultdict(Counter)
        self.right = 0
        self.cells: Counter[tuple[bool, bool]] = Counter()
        self.wrong: list[tuple[str, str, str]] = []
        self.cases: list[tuple[frozenset[str], str]] = []

    def add(self, kind: str, wanted: frozenset[str], key: str, status: str) -> None:
        """Count one case."""
        self.by_kind[kind][status] += 1
        self.cases.append((wanted, status))
        self.cells["verified" in wanted, status == "verified"] += 1
        if status not in wanted:
            self.wrong.append((kind, key, status))

    def rates(self, verified: bool) -> tuple[float, float]:
        """Precision and recall of "verified", or of "needs a person"."""
        hits = self.cells[verified, verified]
        said = hits + self.cells[not verified, verified]
        meant = hits + self.cells[verified, not verified]
        return hits / max(1, said), hits / max(1, meant)

    def rates_of(self, status: str) -> tuple[float, float]:
        """Precision and recall of one status; recall over the cases that deserve no other."""
        said = [wanted for wanted, given in self.cases if given == status]
        meant = [given for wanted, given in self.cases if wanted == {status}]
        return (
            sum(status in wanted for wanted in said) / max(1, len(said)),
            sum(given == status for given in meant) / max(1, len(meant)),
        )


def measure(records: list[Record], labelled: Iterable[Labelled]) -> Measured:
    """Check every case against a server that holds `records`."""
    found = Measured()
    with ServiceDouble(records) as double:
        settings = SourceSettings(bases=double.bases, total=20)
        session = Session(settings, sleep=lambda seconds: None)
        checker = Checker(all_sources(session))
        for kind, wanted, cited in labelled:
            found.add(kind, wanted, cited.key, checker.check(cited).status)
    return found


def with_identifiers(reference: Reference, doi: str, pmid: str) -> Reference:
    """The record cited with these identifiers."""
    return replace(reference, doi=doi, pmid=pmid)


def title_alone(records: list[Record], labelled: Iterable[Labelled]) -> Measured:
    """What a check of the title alone would say: verified from a similarity of 0.9 on."""
    library = LibrarySource(
        [Reference(str(n), title=record.title) for n, record in enumerate(records)]
    )
    found = Measured()
    for kind, wanted, cited in labelled:
        hits = library.seek(cited.reference)
        best = max(
            (title_similarity(cited.reference.title, hit.reference.title) for hit in hits),
            default=0.0,
        )
        found.add(kind, wanted, cited.key, "verified" if best >= 0.9 else "not-located")
    return found


def main() -> None:
    """Print the tables."""
    which = sys.argv[1] if len(sys.argv) > 1 else ""
    step = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    sets = {"hallmark": lambda: hallmark(SHARED / "citations" / "hallmark"), "printed": printed}
    for name in (*sets, *(f"{name}-twins" for name in sets)):
        if which not in ("", name):
            continue
        records, labelled = sets[name.removesuffix("-twins")]()
        if name.endswith("-twins"):
            records = with_twins(records)
        for title, run in (("this", measure), ("title alone", title_alone)):
            found = run(records, labelled[::step])
            print(f"\n{name}, {title}: {sum(found.cells.values())} cases")
            for kind, counts in sorted(found.by_kind.items()):
                print(f"  {kind}: " + ", ".join(f"{s} {n}" for s, n in counts.most_common()))
            for label, verified in (("verified", True), ("needs a person", False)):
                precision, recall = found.rates(verified)
                print(f"  {label}: precision {precision:.3f}, recall {recall:.3f}")
            for status in ("verified", "differs", "not-located") if name == "printed" else ():
                precision, recall = found.rates_of(status)
                print(f"  status {status}: precision {precision:.3f}, recall {recall:.3f}")
            if title == "this":
                print(f"  other than wanted: {found.wrong[:12]}")


if __name__ == "__main__":
    main()
