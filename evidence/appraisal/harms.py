"""Serious harms that a record names, and whether the record is about a treatment.

Which words speak of a serious harm stands in `harms.tsv`; how they are read, and what they
cannot see, in docs/appraisal.md under "serious harms". A word that is denied ("no pneumothorax",
"aucun décès", "0 deaths") names no harm.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from references.concepts import Vocabulary
from references.normalise import fold
from references.record import Reference

#: Words for cold are words for other treatments too; those that also speak of a nerve are ours.
_COLD = "cryotherapy"
_NERVE = re.compile(r"nerv|nerf|neur(?:o(?:lys|tom|abl|ect|ma|path|mod)|alg|itis)|nevr|analg|rhizo")
#: A complaint that got better, or for which people were treated.
_COMPLAINT = re.compile(r"\b(?:improv|relie[fv]|eased|refractory|amelior|soulag|refractaire)")

_SOME = (
    r"(?:0*[1-9]|0[.,]0*[1-9]|(?:one|two|three|four|five|six|seven|eight|nine|ten|several|some|"
    r"une?|deux|trois|quatre|cinq|sept|huit|neuf|dix|plusieurs|quelques)\b)"
)
#: Who had the harm that stands before it: "necrosis in two", "décès d’une patiente", "sepsis (2)";
#: a large number alone ("in 40 people") may be all who were looked at.
_HAD_IT = (
    r"(?:\b(?:in|chez) (?:[1-9]\d*(?: of | sur |/)\d|[1-9]\d?(?:[.,]\d+)? ?%|"
    r"(?:[1-9](?![.,]?\d)|(?:one|two|three|four|five|six|seven|eight|nine|several|some|"
    r"une?|deux|trois|quatre|cinq|sept|huit|neuf|plusieurs|quelques)\b)"
    r"(?![ -](?:groups?|arms?|stud|trials?|series|cohorts?|cent|years?|months?|weeks?|days?|"
    r"groupes?|bras|etudes?|essais?|ans?|mois|semaines?|jours?)))|"
    r"\([1-9]\d?(?:[.,]\d+)? ?%?\)|"
    r"\bd[’']une? (?:patiente?|femme|homme|enfant|malade|participante?)\b)"
)
#: Where a denial ends: a stop, a turn of the sentence, or the next thing that is counted.
_CLAUSE = re.compile(
    r"[;!?\n]|\.(?!\d)|"
    r"\b(?:but|except|apart from|other than|although|though|however|while|whereas|"
    r"mais|sauf|hormis|excepte|a part|tandis que|alors que|cependant)\b|"
    rf"(?:(?<!\d),|,(?!\d)|\b(?:and|et)\b)(?=\s*{_SOME})"
    r"(?!\s*\d+ (?:of|sur) \d+\s*(?:$|[;,.)]))|"
    rf"[(:](?=\s*{_SOME}\w*\s+(?!(?:of|or|to|vs|sur|ou|a)\b)[a-z])|"
    rf",(?=[^,;.]*(?:[:=]\s*\d|{_HAD_IT}))|"
    rf"\b(?:and|et)\b(?=[^,;.]*{_HAD_IT})|"
    r",(?=\s*(?:the|la|le|l[’'])\s*(?:patiente?|woman|man|femme|homme|malade)\b)"
)
_DENIED_BEFORE = re.compile(
    r"\b(?:no(?! (?:less|fewer) than)|none|never|neither|nor|without|zero|not(?! only)|"
    r"(?:free|absence|lack) of|"
    r"aucune?|nul(?:le)?|sans|ni|jamais|pas d[e’']|pas eu|absence d[e’'])(?!\w)"
)
_DENIED_AFTER = re.compile(
    r"^(?:\W+\w+){0,4}?\W+(?:none(?!\W+(?:(?:was|were|of|is)\W+)*(?:attribut|relat|due|treat|fatal|"
    r"need|requir|serious|sever|perm|them|these))|nil|absent|"
    r"(?:not|never) (?:be |been )?(?:seen|observed|reported|found|recorded|noted|occur\w*)|"
    r"did not (?:occur|happen|appear|develop)|ruled out|"
    r"(?:n’|n'|ne )(?:a|ont|est|sont|fut|furent|survient) (?:jamais|pas|aucun)|"
    r"aucune?(?!\W+(?:\w+\W+){0,2}?(?:lie|attribu|imput|du|grave|sever|traite|mortel)))\b"
)
#: Numbers that count no event: how many were looked at, for how long, with what probability.
_NO_COUNT = re.compile(
    r"\b(?:of|in|among|out of|sur|chez|parmi|n ?=) ?[1-9]\d*|/ ?\d+|p ?[=<>] ?[\d.,]+|"
    r"\d\d+ (?:patients?|people|women|men|participants?|personnes?|femmes?|hommes?)\b|"
    r"\d+ ?(?:hours?|days?|weeks?|months?|years?|heures?|jours?|semaines?|mois|ans?)\b"
)
_COUNT = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?")
#: Up to four words, none of which denies: "numbness was not permanent".
_BETWEEN = r"\W+(?:(?!(?:no|not|never|pas|jamais)\b)\w+\W+){0,4}?"


@dataclass(frozen=True, slots=True)
class HarmKind:
    """One kind of serious harm: its name in two languages and how it is written.

    `concepts` are those of the claims that should link a record which names it; `is_treated` is
    True for what people also seek treatment for, as nerve pain.
    """

    id: str
    fr: str
    en: str
    concepts: tuple[str, ...]
    is_treated: bool
    written: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class NamedHarm:
    """A harm that a record names: in which field (harm, harms or finding), in which words."""

    kind: HarmKind
    field: str
    words: str


def _pattern(terms: str) -> re.Pattern[str]:
    """One expression for all terms: * is any letters, … is up to four words between."""
    patterns = []
    for term in terms.split("; "):
        parts = [re.escape(fold(part)).replace(r"\*", r"\w*") for part in term.split(" … ")]
        patterns.append(_BETWEEN.join(parts).replace(r"\ ", r"\W+").replace("’", "[’']"))
    return re.compile(rf"\b(?<!cell )(?<!non-)(?<!non )(?<!minor )(?:{'|'.join(patterns)})(?!\w)")


@lru_cache(maxsize=1)
def harm_table() -> tuple[HarmKind, ...]:
    """The kinds of serious harm, as `harms.tsv` lists them."""
    text = files("evidence.appraisal").joinpath("harms.tsv").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        HarmKind(
            row["id"],
            row["fr"],
            row["en"],
            tuple(row["concepts"].split()),
            row["treated"] == "yes",
            _pattern(f"{row['terms_fr']}; {row['terms_en']}"),
        )
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    )


def _clauses(text: str) -> Iterator[tuple[int, str]]:
    """Each part of a text in which a denial holds, with its place."""
    start = 0
    for stop in _CLAUSE.finditer(text):
        yield start, text[start : stop.start()]
        start = stop.end()
    yield start, text[start:]


def _is_denied(clause: str, start: int, end: int) -> bool:
    """True when a clause says that what stands at `start:end` did not happen."""
    if _DENIED_BEFORE.search(clause[:start]) or _DENIED_AFTER.search(clause[end:]):
        return True
    counts = _COUNT.findall(_NO_COUNT.sub(" ", clause))
    return bool(counts) and not any(float(count.replace(",", ".")) for count in counts)


def _harms_of(text: str, about: str = "") -> Iterator[tuple[HarmKind, str]]:
    """(harm, words) for each kind of serious harm that a text names and does not deny.

    With `about`, the folded words for what a study is about, what people were treated for is none.
    """

    def is_complaint(harm: HarmKind, clause: str, words: str) -> bool:
        return harm.is_treated and (words in about or bool(_COMPLAINT.search(clause)))

    folded = fold(text)
    clauses = list(_clauses(folded))
    as_written = text if len(text) == len(folded) else folded  # a ligature folds to two letters
    for harm in harm_table():
        hits = (
            as_written[start + hit.start() : start + hit.end()]
            for start, clause in clauses
            for hit in harm.written.finditer(clause)
            if not _is_denied(clause, *hit.span())
            and not (about and is_complaint(harm, clause, hit.group()))
        )
        if words := next(hits, ""):
            yield harm, words


def _serious_entries(reference: Reference) -> Iterator[NamedHarm]:
    """The entries that are called serious and did not happen to nobody; by their kinds."""
    kinds = harm_table()
    unnamed = next(kind for kind in kinds if kind.id == "serious")
    for entry in reference.harms:
        if entry.serious and entry.number != 0:
            event = fold(entry.event)
            found = [kind for kind in kinds if kind.written.search(event)] or [unnamed]
            for kind in found:
                yield NamedHarm(kind, "harm", entry.event)


def harms_in(reference: Reference) -> list[NamedHarm]:
    """The serious harms that a record names in `harm`, `harms` or in a finding, each kind once.

    A finding also names what people were treated for, and by which mechanism: that is left out.
    """
    by_kind = {
        kind.id: NamedHarm(kind, "harms", words) for kind, words in _harms_of(reference.study.harms)
    }
    for named in _serious_entries(reference):
        by_kind.setdefault(named.kind.id, named)
    treated = (one.replace("-", " ") for one in reference.study.indications)
    about = fold(" ".join((reference.title, *reference.keywords, *treated)))
    for finding in reference.findings:
        if "mechanism" in fold(finding.outcome):
            continue
        for text in (f"{finding.outcome}: {finding.value}", finding.text):
            for kind, words in _harms_of(text, about):
                by_kind.setdefault(kind.id, NamedHarm(kind, "finding", words))
    return list(by_kind.values())


def is_in_people(reference: Reference) -> bool:
    """False for animals, cells and cadavers: nobody was harmed."""
    return reference.study.design not in ("animal", "laboratory", "cadaver")


def is_about(reference: Reference, intervention: str, vocabulary: Vocabulary) -> bool:
    """True when a record tested or described an intervention, or a narrower one.

    A record that has neither `interventions` nor entries of harms is an older one, whose words are
    read: title, arms, device and keywords.
    For a treatment by cold any word for cold will do there (cryoablation, cryoballoon), but the
    record must speak of a nerve as well: a tumour is frozen too.
    """
    study, wanted = reference.study, set(vocabulary.narrower(intervention))
    if study.interventions or reference.harms:
        return not wanted.isdisjoint(study.interventions)
    words = " ".join((reference.title, study.arms, study.device, *reference.keywords))
    named, cold = vocabulary.named_in(words), set(vocabulary.narrower(_COLD))
    if intervention not in cold:
        return bool(named & wanted)
    return bool(named & cold and (study.nerves or _NERVE.search(fold(words))))
