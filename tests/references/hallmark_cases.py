"""The labelled cases of HALLMARK, served by the double as the services would hold them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service_double import Record

from references.formats.bibtex import from_fields
from references.formats.latex import decode
from references.formats.names import read_authors
from references.verify import Cited

#: How the proceedings of a conference are called where its papers are registered.
VENUES = {
    "CVPR": "{year} IEEE/CVF Conference on Computer Vision and Pattern Recognition (CVPR)",
    "ICCV": "{year} IEEE/CVF International Conference on Computer Vision (ICCV)",
    "ICML": "Proceedings of the International Conference on Machine Learning",
    "ICLR": "International Conference on Learning Representations",
    "NeurIPS": "Advances in Neural Information Processing Systems",
    "AAAI": "Proceedings of the AAAI Conference on Artificial Intelligence",
    "Mach. Learn.": "Machine Learning",
    "J. Mach. Learn. Res.": "Journal of Machine Learning Research",
    "Trans. Mach. Learn. Res.": "Transactions on Machine Learning Research",
}


def rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Every labelled row of both files."""
    for name in ("dev_public.jsonl", "supplement_chatgpt_citations.jsonl"):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            yield json.loads(line) | {"file": name}


def cited(row: dict[str, Any]) -> Cited:
    """A row as the record of a .bib file."""
    reference = from_fields(row["bibtex_type"], row["bibtex_key"], row["fields"])
    return Cited(row["bibtex_key"], reference)


def records(folder: Path) -> list[Record]:
    """The valid rows as the services hold them: other venue names, initials, a last point."""
    found = []
    for number, row in enumerate(r for r in rows(folder) if r["label"] == "VALID"):
        fields = row["fields"]
        authors, _ = read_authors(fields["author"])
        venue = fields.get("booktitle") or fields.get("journal") or ""
        year = int(fields["year"])
        doi = fields.get("doi", "")
        home = "datacite" if "arxiv" in doi.lower() else "crossref"
        services = ("openalex", home) if doi else ("openalex",)
        shorten = number % 3 == 1
        found.append(
            Record(
                title=" ".join(decode(fields["title"]).split()),
                authors=[
                    (
                        f"{a.particle} {a.family}".strip() or a.literal,
                        a.given[:1] if shorten else a.given,
                    )
                    for a in authors
                ],
                year=year,
                journal=VENUES.get(venue, venue).format(year=year),
                doi=doi,
                services=services,
            )
        )
    return found
