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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from references.errors import DataError, Message, SettingError, message, problem_in
from references.identifiers import bare_doi, doi_key, pmid_of
from references.matching.titles import clean_title
from references.normalise import comparable_words, joined_words
from references.notices import Notice, notice_kind
from references.preprints import names_server
from references.record import Reference

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
        family = joined_words(reference.authors[0].short) if reference.authors else ""
        return not self.authors or not family or family in self.authors

    def is_of_another(self, known: Sequence[Reference], is_preprint: bool) -> bool:
        """True when the identifiers, or being a preprint, set the row apart from a work."""
        if self.is_preprint and not is_preprint:
            return True
        dois = {doi_key(reference.doi) for reference in known if reference.doi}
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

    def age_note(self, today: date | None = None) -> Message | None:
        """A sentence when the list is older than 30 days."""
        days = self.age_days(today)
        if days is None or days <= STALE_DAYS:
            return None
        return message(
            "The retraction list {name} is {days} days old; fetch a newer one.",
            name=self.name,
            days=days,
        )

    def notices(
        self, *references: Reference, known: Sequence[Reference] = (), is_preprint: bool = True
    ) -> list[Notice]:
        """What the list says about a work known under these records, each notice once.

        A row with the title of the work is about another one when `known`, the records that
        are surely of it, have other identifiers, or when the row is of a preprint and the
        work is not (`is_preprint`).
        """
        notices: list[Notice] = []
        for reference in references:
            notices += self.by_doi.get(doi_key(reference.doi), ())
            notices += self.by_pmid.get(reference.pmid, ())
            notices += [
                row.notice
                for row in self.by_title.get(_title_key(reference.title), ())
                if row.may_be(reference) and not row.is_of_another(known, is_preprint)
            ]
        return list(dict.fromkeys(notices))

    def add(self, row: Mapping[str, str]) -> date | None:
        """Take in a row, by the names of its columns; the day it gives, if it gives one."""
        self.rows += 1
        doi, pmid = doi_key(bare_doi(_cell(row, _DOI))), pmid_of(_cell(row, _PMID))
        key, when = _title_key(_cell(row, _TITLE)), _when(_cell(row, _DATE))
        authors = joined_words(_cell(row, _AUTHOR))
        is_preprint = names_server(f"{_cell(row, _KIND)} {_cell(row, _JOURNAL)}")
        for part in re.split(r"[;|]", _cell(row, _NATURE) or "Retraction"):
            if not (kind := notice_kind(part)):
                continue
            notice = Notice(kind, self.name, text=part.strip(), date=str(when or ""))
            if doi:
                self.by_doi.setdefault(doi, []).append(notice)
            if pmid:
                self.by_pmid.setdefault(pmid, []).append(notice)
            if key:
                titled = RetractionRow(notice, doi, pmid, authors, is_preprint)
                self.by_title.setdefault(key, []).append(titled)
        return when


def _title_key(title: str) -> str:
    words = comparable_words(clean_title(title))
    return "".join(words) if len(words) >= _LEAST_WORDS else ""


def _when(value: str) -> date | None:
    for form in ("%Y-%m-%d", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(value.strip()[:16], form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def _cell(row: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((value.strip() for name in names if (value := row.get(name))), "")


def _encoding(path: Path) -> str:
    """How a list is encoded: UTF-8, or Latin-1 as older files of Retraction Watch are."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for _line in lines:
                pass
    except UnicodeDecodeError:
        return "latin-1"
    except OSError as error:
        raise DataError(
            problem_in(
                path,
                0,
                "EVIDENCE_RETRACTIONS",
                "the list cannot be read ({reason}); mend the setting or unset it",
                reason=error,
            )
        ) from error
    return "utf-8-sig"


def read_retractions(path: Path) -> RetractionList:
    """The list of a CSV file (UTF-8, or Latin-1 as older Retraction Watch files are).

    Raises:
        DataError: the file cannot be read, or has no column of identifiers.
    """
    csv.field_size_limit(10_000_000)
    retractions = RetractionList(name=path.name)
    newest: date | None = None
    with path.open(encoding=_encoding(path), newline="") as lines:
        reader = csv.reader(lines)
        try:
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
            for values in reader:
                when = retractions.add(dict(zip(header, values, strict=False)))
                newest = max(filter(None, (newest, when)), default=None)
        except csv.Error as error:
            raise DataError(
                problem_in(
                    path, reader.line_num, "", "the line is not CSV ({error}); mend it", error=error
                )
            ) from error
    today = datetime.now(UTC).date()
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    retractions.updated = min(newest, today) if newest else modified
    return retractions


def configured(brought: Path | None = None) -> RetractionList | None:
    """The list that EVIDENCE_RETRACTIONS names, else the one brought into the instance, or None.

    Args:
        brought: where `evidence retractions` puts a list.

    Raises:
        SettingError: the setting names no file.
        DataError: the file cannot be used.
    """
    written = os.environ.get("EVIDENCE_RETRACTIONS", "").strip()
    if not written:
        return read_retractions(brought) if brought and brought.is_file() else None
    path = Path(written).expanduser()
    if not path.is_file():
        raise SettingError(
            "EVIDENCE_RETRACTIONS names {path}, which is not a file; mend it or unset it.",
            path=path,
        )
    return read_retractions(path)
