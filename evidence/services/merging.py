"""What is new among the pages of a run: a pure function of pages, library and candidates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from evidence.services.harvest import HarvestedPage
from evidence.services.searches import Stream
from references.concepts import Vocabulary
from references.formats.jsonl import from_json
from references.intake.keys import make_key
from references.matching import SAME, Matcher, Pair, PairDecisions, doubts, marked
from references.matching import merge as combine
from references.notices import RETRACTION
from references.record import Provenance, Reference

_STATUS = {
    "retraction": "retracted",
    "expression-of-concern": "expression-of-concern",
    "correction": "corrected",
}
#: Facet of a concept -> field of a study that proposals go to.
_FIELDS = {
    "indication": "indications",
    "nerve": "nerves",
    "guidance": "guidance",
    "population": "population",
}
#: Where a work was seen before: in the library, among the candidates, in this run, or screened out.
_Kind = Literal["library", "candidate", "new", "screened"]


def identifiers(reference: Reference) -> tuple[str, ...]:
    """What names a work beyond doubt: DOI, PubMed and PMC number, trial number."""
    names = []
    if reference.doi:
        names.append(f"doi:{reference.doi.lower()}")
    if reference.pmid:
        names.append(f"pmid:{reference.pmid}")
    if reference.pmcid:
        names.append(f"pmcid:{reference.pmcid.upper().removeprefix('PMC')}")
    for value in (reference.number, reference.extra.get("eprint", "")):
        if value.upper().startswith("NCT") and value[3:].isdigit():
            names.append(f"nct:{value[3:]}")
    return tuple(names)


class _KnownWorks:
    """The works seen so far, by `references.matching`; those screened out, by identifier."""

    def __init__(self, screened: Mapping[str, str], decisions: PairDecisions | None = None) -> None:
        self._kinds: dict[str, _Kind] = {}
        self._screened = screened
        self._matcher = Matcher(decisions=decisions)

    def add(self, reference: Reference, kind: _Kind) -> None:
        """Remember a work and where it was seen."""
        self._kinds[reference.key] = kind
        self._matcher.add(reference)

    def find(self, reference: Reference) -> tuple[str, _Kind, Sequence[Pair]]:
        """Key and kind of the same work ("" when there is none), and what else is near it.

        One that may be the same work as a known one is not known: a person screens it.
        """
        pairs = self._matcher.matches(reference)
        if pairs and pairs[0].kind == SAME:
            return pairs[0].key_a, self._kinds[pairs[0].key_a], ()
        for identifier in identifiers(reference):
            key = self._screened.get(identifier, "")
            if key and key not in self._kinds:
                return key, "screened", ()
        return "", "new", pairs


@dataclass
class Count:
    """What one stream gave: records found, of them new, and why the others are not."""

    found: int = 0
    new: int = 0
    in_library: int = 0
    known_before: int = 0
    within_run: int = 0

    @property
    def duplicates(self) -> int:
        """Records found that are not new."""
        return self.in_library + self.known_before + self.within_run

    def as_dict(self) -> dict[str, int]:
        """JSON-ready."""
        counts = {one.name: int(getattr(self, one.name)) for one in fields(self)}
        return {"found": self.found, "duplicates": self.duplicates, **counts}


@dataclass
class MergedRecords:
    """The outcome of a merge: the new references, counts by stream, abstracts, notices.

    `doubtful` names the new references that may be the same work as a known one, and why.
    """

    new: list[Reference] = field(default_factory=list)
    counts: dict[str, Count] = field(default_factory=dict)
    abstracts: dict[str, str] = field(default_factory=dict)
    notices: list[dict[str, str]] = field(default_factory=list)
    doubtful: list[dict[str, str]] = field(default_factory=list)
    identifiers: dict[str, str] = field(default_factory=dict)


def propose(reference: Reference, abstract: str, vocabulary: Vocabulary) -> Reference:
    """`reference` with the concepts its title, abstract and keywords name.

    They are proposals of a machine: `proposed` lists them until a person has screened.
    """
    text = ". ".join([reference.title, abstract, *reference.keywords])
    language = reference.language if reference.language in ("fr", "en") else None
    named: dict[str, list[str]] = {}
    for mention in vocabulary.find(text, language):
        ids = named.setdefault(mention.concept.facet, [])
        if mention.concept.id not in ids:
            ids.append(mention.concept.id)
    if not named:
        return reference
    study: dict[str, Any] = {
        name: tuple(dict.fromkeys((*getattr(reference.study, name), *named.get(facet, ()))))
        for facet, name in _FIELDS.items()
    }
    proposed = ", ".join(dict.fromkeys(one for ids in named.values() for one in ids))
    return replace(
        reference,
        study=replace(reference.study, **study),
        extra={**reference.extra, "proposed": proposed},
    )


class _Merge:
    """A merge under way: what is known, what is new, which searches found it."""

    def __init__(
        self,
        library: Iterable[Reference],
        candidates: Iterable[Reference],
        seen: Mapping[str, str],
        decisions: PairDecisions | None,
    ) -> None:
        self.known = _KnownWorks(seen, decisions)
        self.outcome = MergedRecords()
        self.new: dict[str, Reference] = {}
        self.found_by: dict[str, list[str]] = {}
        self._keys = set(seen.values())
        for reference in library:
            self._meet(reference, "library")
        for reference in candidates:
            self._meet(reference, "candidate")

    def _meet(self, reference: Reference, kind: _Kind) -> None:
        self.known.add(reference, kind)
        self._keys.add(reference.key)

    def take(self, stream: Stream, work: Mapping[str, Any]) -> None:
        """Count one record of a stream, and keep what is new of it."""
        count = self.outcome.counts[stream.name]
        count.found += 1
        reference = Reference(key="", **from_json(work["reference"]))
        abstract = reference.abstract
        key, kind, pairs = self.known.find(reference)
        if not key:
            count.new += 1
            key = self._add(stream, work, reference, pairs)
        elif kind == "new":
            count.within_run += 1
            self._fill(key, reference)
        elif kind == "library":
            count.in_library += 1
            self._notice(key, stream, work)
        else:
            count.known_before += 1
        if kind == "screened":  # nobody wants more of it
            return
        names = self.found_by.setdefault(key, [])
        if stream.name not in names:
            names.append(stream.name)
        if abstract:
            self.outcome.abstracts.setdefault(key, abstract)

    def _add(
        self, stream: Stream, work: Mapping[str, Any], reference: Reference, pairs: Sequence[Pair]
    ) -> str:
        key = self._new_key(reference)
        self.outcome.doubtful += [
            {"key": key, "with": pair.key_a, "why": pair.why} for pair in doubts(pairs)
        ]
        seen = Provenance(work["address"], f"found by the search {stream.name}")
        self.new[key] = replace(
            marked(reference, pairs),
            key=key,
            abstract="",
            status=next((_STATUS[n] for n in work["notices"] if n in _STATUS), ""),
            provenance=(seen,),
        )
        self._meet(self.new[key], "new")
        return key

    def _new_key(self, reference: Reference) -> str:
        """A key of its own; a registered trial goes by its number."""
        number = next((name for name in identifiers(reference) if name.startswith("nct:")), "")
        return number.replace(":", "") if number else make_key(reference, self._keys)

    def _fill(self, key: str, reference: Reference) -> None:
        """What another service knows beside of a work that is new."""
        both = combine(self.new[key], replace(reference, key=key, abstract=""))
        if both.filled:
            self.new[key] = both.reference
            self.known.add(both.reference, "new")

    def _notice(self, key: str, stream: Stream, work: Mapping[str, Any]) -> None:
        notice = {"key": key, "type": RETRACTION, "source": stream.source}
        if RETRACTION in work["notices"] and notice not in self.outcome.notices:
            self.outcome.notices.append(notice)

    def finish(self, run: str, vocabulary: Vocabulary) -> MergedRecords:
        """The new references with their concepts proposed, ready to be screened."""
        for key, reference in self.new.items():
            proposed = propose(reference, self.outcome.abstracts.get(key, ""), vocabulary)
            status = proposed.status or ("verified" if proposed.is_complete else "incomplete")
            run_fields = {"foundby": ", ".join(self.found_by[key]), "updaterun": run}
            extra = {**proposed.extra, **run_fields}
            self.outcome.new.append(replace(proposed, status=status, extra=extra))
            self.outcome.identifiers |= dict.fromkeys(identifiers(proposed), key)
        return self.outcome


def merge(
    run: str,
    streams: Iterable[Stream],
    pages: Mapping[str, Sequence[HarvestedPage]],
    library: Iterable[Reference],
    candidates: Iterable[Reference],
    seen: Mapping[str, str],
    vocabulary: Vocabulary,
    decisions: PairDecisions | None = None,
) -> MergedRecords:
    """What is new among the pages of a run; depends on nothing else than its arguments.

    Args:
        run: the id of the run; candidates that it has written before a crash are not known.
        streams: the searches that ran through, in their order.
        pages: of each stream, by its name.
        library: the references of the knowledge base.
        candidates: the records that wait for screening.
        seen: identifier -> key of every record that was ever new.
        vocabulary: whose concepts are proposed.
        decisions: what people decided about pairs of records.
    """
    waiting = [one for one in candidates if one.extra.get("updaterun") != run]
    merging = _Merge(library, waiting, seen, decisions)
    for stream in streams:
        merging.outcome.counts[stream.name] = Count()
        for page in pages.get(stream.name, ()):
            for work in page.works:
                merging.take(stream, work)
    return merging.finish(run, vocabulary)
