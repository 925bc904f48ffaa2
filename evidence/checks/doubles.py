"""Two records that may be one: what both have and only one work can have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from evidence.checks.figures import results
from evidence.checks.findings import is_telling
from evidence.checks.rule import Fault, of_record, wrong
from evidence.knowledge import KnowledgeBase
from references.errors import Problem, problem_in
from references.matching import MARK, possible_duplicates
from references.normalise import fold, joined_words, page_range
from references.record import Reference
from references.relations import studies_of

_TRIAL = re.compile(r"\b(?:NCT\d{8}|ISRCTN\d{8}|ACTRN\d{14}|ChiCTR[-\w]*\d{8,})", re.I)
#: Studies that report figures of their own; the others quote those of others.
_OWN_FIGURES = (
    "rct",
    "nonrandomised-trial",
    "cohort-prospective",
    "cohort-retrospective",
    "case-control",
    "cross-sectional",
    "case-series",
    "case-report",
    "animal",
    "laboratory",
    "cadaver",
    "",
)


def _addresses(reference: Reference) -> Iterator[str]:
    """The address of a record, as far as it names one page."""
    parts = urlsplit(reference.url.lower())
    if parts.path.strip("/"):
        yield f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"


def _pages(reference: Reference) -> Iterator[str]:
    """Journal, volume and first page, where a record has all three."""
    first, _ = page_range(reference.pages)
    if reference.journal and reference.volume and first:
        yield f"{joined_words(reference.journal)} {fold(reference.volume)}:{first}"


def _trials(reference: Reference) -> Iterator[str]:
    """The numbers under which a trial was registered; those that others only quote are left out."""
    borne = [reference.key, reference.title, reference.url, reference.doi, *reference.keywords]
    if reference.study.design in ("rct", "protocol"):
        borne.append(reference.study.relevance)
        borne += (source.seen for source in reference.provenance)
    for number in _TRIAL.findall(" ".join(borne)):
        yield number.upper()


def _figures(reference: Reference) -> Iterator[str]:
    """Figures that no two studies share by chance."""
    if reference.study.design in _OWN_FIGURES:
        for finding in reference.findings:
            figures = results(finding.value)
            if is_telling(figures):
                yield " ".join(f"{figure:g}" for figure in figures)


#: The field of a record, what two of them must not share there, and what to call it.
_SHARED: tuple[tuple[str, Callable[[Reference], Iterable[str]]], ...] = (
    ("doi", lambda reference: [reference.doi.lower()]),
    ("pmid", lambda reference: [reference.pmid]),
    ("pmcid", lambda reference: [reference.pmcid.upper()]),
    ("url", _addresses),
    ("pages", _pages),
    ("registration", _trials),
    ("finding", _figures),
)


def shared(kb: KnowledgeBase) -> Iterator[Problem]:
    """Two records that nobody has related and that have one identifier, address, page, trial
    number or set of figures.
    """
    study = studies_of(kb.library, kb.library)
    for name, values_of in _SHARED:
        seen: dict[str, str] = {}
        for reference in kb.library.values():
            key = reference.key
            related = {one.key for one in kb.library.related_to(key)}
            for value in filter(None, dict.fromkeys(values_of(reference))):
                other = seen.setdefault(value, key)
                if study[other] != study[key] and other not in related:
                    place = reference.place
                    yield problem_in(
                        place.file,
                        place.line,
                        f"{key}.{name}",
                        "the same {name} stands in {key}: {value}; relate or merge the two",
                        name=name,
                        key=other,
                        value=value,
                    )


@of_record
def doubts(kb: KnowledgeBase, reference: Reference) -> Iterator[Fault]:
    """What an import marked as possibly one work, until a person has decided."""
    for key in possible_duplicates(reference):
        if other := kb.library.get(key):
            yield wrong(
                MARK,
                "may be the same work as '{key}' ({file}, line {line}); compare them and decide "
                "with 'evidence doubles decide', then 'evidence doubles apply'",
                key=key,
                file=Path(other.place.file).name,
                line=other.place.line,
            )
        else:
            yield wrong(MARK, "no reference has the key '{key}'; delete the field", key=key)
