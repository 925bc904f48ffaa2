"""A local list of retractions: a CSV file named by EVIDENCE_RETRACTIONS.

Read are Retraction Watch's own file (`OriginalPaperDOI`, `OriginalPaperPubMedID`, `Title`,
`RetractionNature`) and short forms with `doi`, `pmid`, `title` and `retractionwatch` or
`nature`. A record is looked for by DOI, by PubMed number and by title: by DOI alone most
retracted works among real reference lists are missed. An empty cell matches nothing.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from references.errors import DataError, SettingError, problem_in
from references.record import Reference
from references.sources.work import Notice, bare_doi, bare_pmid, notice_kind
from references.verify.differences import clean_title, words

#: After this many days a list says its age.
STALE_DAYS = 30
#: A title of fewer words is not enough to tell a work.
_LEAST_WORDS = 5

_DOI = ("doi", "originalpaperdoi", "original_paper_doi")
_PMID = ("pmid", "originalpaperpubmedid", "original_paper_pubmed_id", "pubmed_id")
_TITLE = ("title",)
_NATURE = ("retractionwatch", "retractionnature", "nature", "type")
_DATE = ("retractiondate", "date", "updated")
_AUTHOR = ("author", "authors")
_KIND = ("articletype",)
_JOURNAL = ("journal",)
_PREPRINT = re.compile(r"preprint|arxiv|[a-z]{2,5}rxiv|ssrn|research square", re.I)


@dataclass(frozen=True)
class RetractionRow:
    """A row found by its title: its notice, and what else it says about the work."""

    notice: Notice
    doi: str
    pmid: str
    authors: str
    is_preprint: bool

    def may_be(self, reference: Reference) -> bool:
        """True unless the first author is not among those of the row."""
        family = "".join(words(reference.authors[0].short)) if reference.authors else ""
        return not self.authors or not family or family in self.authors

    def is_of_another(self, known: Sequence[Reference], is_preprint: bool) -> bool:
        """True when the identifiers, or being a preprint, set the row apart from a work."""
        if self.is_preprint and not is_preprint:
            return True
        dois = {reference.doi.lower() for reference in known if reference.doi}
        pmids = {reference.pmid for reference in known if reference.pmid}
        if self.doi in dois or self.pmid in pmids:
            return False
        return bool(self.doi and dois) or bool(self.pmid and pmids)


@dataclass
class RetractionList:
    """The notices of a list, by DOI, PubMed number and title, and how old the list is."""

    name: str = ""
    updated: date | None = None
    rows: int = 0
    by_doi: dict[str, list[Notice]] = field(default_factory=dict)
    by_pmid: dict[str, list[Notice]] = field(default_factory=dict)
    by_title: dict[str, list[RetractionRow]] = field(default_factory=dict)

    def age_days(self, today: date | None = None) -> int | None:
        """Days since the list was brought up to date, or None when nobody knows."""
        if self.updated is None:
            return None
        return max(0, ((today or datetime.now(UTC).date()) - self.updated).days)

    def age_note(self, today: date | None = None) -> str:
        """A sentence when the list is older than 30 days, else ""."""
        days = self.age_days(today)
        if days is None or days <= STALE_DAYS:
            return ""
        return f"The retraction list {self.name} is {days} days old; fetch a newer one."

    def notices(
        self, *references: Reference, known: Sequence[Reference] = (), is_preprint: bool = True
    ) -> list[Notice]:
        """What the list says about a work known under these records, each notice once.

        A row with the title of the work is about another one when `known`, the records that
        are surely of it, have other identifiers, or when the row is of a preprint and the
        work is not (`is_preprint`).
        """
        found: dict[Notice, None] = {}
        for reference in references:
            for notice in self.by_doi.get(reference.doi.lower(), ()) if reference.doi else ():
                found[notice] = None
            for notice in self.by_pmid.get(reference.pmid, ()) if reference.pmid else ():
                found[notice] = None
            key = _title_key(reference.title)
            for row in self.by_title.get(key, ()) if key else ():
                if row.may_be(reference) and not row.is_of_another(known, is_preprint):
                    found[row.notice] = None
        return list(found)


def _title_key(title: str) -> str:
    parts = words(clean_title(title))
    return "".join(parts) if len(parts) >= _LEAST_WORDS else ""


def _when(value: str) -> date | None:
    for form in ("%Y-%m-%d", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(value.strip()[:16], form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def _cell(row: dict[str | None, str | None], names: tuple[str, ...]) -> str:
    return next((value.strip() for name in names if (value := row.get(name))), "")


def read_retractions(path: Path) -> RetractionList:
    """The list of a CSV file (UTF-8, or Latin-1 as older Retraction Watch files are).

    Raises:
        DataError: the file cannot be read, or has no column of identifiers.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            problem_in(
                path,
                0,
                "EVIDENCE_RETRACTIONS",
                "the list cannot be read ({strerror}); mend the setting or unset it",
                strerror=error.strerror,
            )
        ) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    csv.field_size_limit(10_000_000)
    reader = csv.reader(text.splitlines())
    header = [re.sub(r"\s+", "", name).lower() for name in next(reader, [])]
    if not set(header) & {*_DOI, *_PMID}:
        raise DataError(
            problem_in(
                path,
                1,
                "EVIDENCE_RETRACTIONS",
                "the first line names no column 'doi' or 'pmid'; "
                "use Retraction Watch's file or a CSV with these columns",
            )
        )
    found = RetractionList(name=path.name)
    newest: date | None = None
    try:
        for values in reader:
            row: dict[str | None, str | None] = dict(zip(header, values, strict=False))
            found.rows += 1
            doi, pmid = bare_doi(_cell(row, _DOI)).lower(), bare_pmid(_cell(row, _PMID))
            key = _title_key(_cell(row, _TITLE))
            when = _when(_cell(row, _DATE))
            newest = max(filter(None, (newest, when)), default=None)
            authors = "".join(words(_cell(row, _AUTHOR)))
            is_preprint = bool(_PREPRINT.search(f"{_cell(row, _KIND)} {_cell(row, _JOURNAL)}"))
            for part in re.split(r"[;|]", _cell(row, _NATURE) or "Retraction"):
                kind = notice_kind(part)
                if not kind:
                    continue
                notice = Notice(kind, found.name, text=part.strip(), date=str(when or ""))
                if doi:
                    found.by_doi.setdefault(doi, []).append(notice)
                if pmid:
                    found.by_pmid.setdefault(pmid, []).append(notice)
                if key:
                    titled = RetractionRow(notice, doi, pmid, authors, is_preprint)
                    found.by_title.setdefault(key, []).append(titled)
    except csv.Error as error:
        raise DataError(
            problem_in(
                path, reader.line_num, "", "the line is not CSV ({error}); mend it", error=error
            )
        ) from error
    today = datetime.now(UTC).date()
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    found.updated = min(newest, today) if newest else modified
    return found


def configured() -> RetractionList | None:
    """The list that EVIDENCE_RETRACTIONS names, or None without this setting.

    Raises:
        SettingError: the setting names no file.
        DataError: the file cannot be used.
    """
    written = os.environ.get("EVIDENCE_RETRACTIONS", "").strip()
    if not written:
        return None
    path = Path(written).expanduser()
    if not path.is_file():
        raise SettingError(
            "EVIDENCE_RETRACTIONS names {path}, which is not a file; mend it or unset it.",
            path=path,
        )
    return read_retractions(path)
