"""Values of a field of ours: texts, figures, and lists of items with parts.

Fields of ours that hold several items separate them with " ;; ", and the parts of one
item with " | ": other tools that fold white space keep them intact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from references.formats.latex import decode, decode_address, encode, text_of
from references.record import Finding, FindingWords, Harm, Provenance, Relation

ITEM = " ;; "
PART = " | "


def read_text_value(value: str) -> str:
    text = text_of(value)
    return value if text == value else text  # the same object: abstracts take memory


def folded(text: str) -> str:
    """White space folded, but for the no-break spaces of French typography."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def read_french(value: str) -> str:
    return folded(decode(value))


def split_items(value: str) -> list[str]:
    return [item.strip() for item in value.split(ITEM.strip()) if item.strip()]


def escaped(text: str) -> str:
    """LaTeX for a text, its own separators hidden from `split_items` and the part split."""
    return encode(folded(text)).replace("|", r"\textbar{}").replace(";;", ";{};")


def split_parts(item: str, count: int, read: Callable[[str], str] = read_text_value) -> list[str]:
    parts = [read(part) for part in item.split("|", count - 1)]
    return parts + [""] * (count - len(parts))


def read_number(value: str) -> int | None:
    digits = re.sub(r"[\s,\u202f\u00a0]", "", value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None


#: What a finding has after its four parts, each with its name before a "=".
_NAMED_PARTS = ("interval", "unit", "favours")


def _finding(item: str) -> Finding:
    parts = item.split("|")
    named = dict.fromkeys(_NAMED_PARTS, "")
    while len(parts) > 4 and (name := parts[-1].partition("=")[0].strip()) in named:
        named[name] = read_text_value(parts.pop().partition("=")[2])
    outcome, timepoint, value, text = split_parts("|".join(parts), 4)
    interval, unit, favours = named.values()
    return Finding(outcome, timepoint, value, text, interval, unit, favours)


def read_findings(value: str) -> tuple[Finding, ...]:
    return tuple(_finding(item) for item in split_items(value))


def read_french_findings(value: str) -> tuple[FindingWords, ...]:
    return tuple(
        FindingWords(*split_parts(item, 4, read_french)) for item in value.split(ITEM.strip())
    )


_YES = {"yes": True, "no": False}


def read_harms(value: str) -> tuple[Harm, ...]:
    harms = []
    for item in split_items(value):
        event, number, of, serious = split_parts(item, 4)
        harms.append(Harm(event, read_number(number), read_number(of), _YES.get(serious)))
    return tuple(harms)


#: Stands for the French of an event that is called the same.
_ALIKE = "="


def read_french_harms(value: str) -> tuple[str, ...]:
    items = (item.strip() for item in value.split(ITEM.strip()))
    return tuple("" if item == _ALIKE else read_french(item) for item in items)


def write_french_harms(events: Iterable[str]) -> str:
    words = (f"{{{event}}}" if event == _ALIKE else escaped(event) or _ALIKE for event in events)
    return ITEM.join(words)


def read_relations(value: str) -> tuple[Relation, ...] | None:
    """The related records; None for a list of keys as BibLaTeX writes it."""
    pairs = [split_parts(item, 2, str.strip) for item in split_items(value)]
    if not all(kind and key for kind, key in pairs):
        return None
    return tuple(Relation(kind, key) for kind, key in pairs)


def read_provenance(value: str) -> tuple[Provenance, ...]:
    sources = []
    for item in split_items(value):
        address, _, seen = item.partition(": ")
        sources.append(Provenance(decode_address(address.rstrip(":")), read_text_value(seen)))
    return tuple(sources)


def read_unverified(value: str) -> Mapping[str, str]:
    pairs = (item.partition("=") for item in split_items(value))
    return {name.strip(): read_text_value(remembered) for name, _, remembered in pairs}


def _joined(rows: Iterable[Sequence[str]]) -> str:
    """Items of several parts; the white space that an empty part leaves is folded."""
    items = (PART.join(parts) for parts in rows)
    return ITEM.join(folded(item) for item in items)


def write_findings(findings: Iterable[Finding]) -> str:
    return _joined(
        [
            *(escaped(part) for part in (f.outcome, f.timepoint, f.value, f.text)),
            *(f"{name}={escaped(part)}" for name in _NAMED_PARTS if (part := getattr(f, name))),
        ]
        for f in findings
    )


def write_french_findings(findings: Iterable[FindingWords]) -> str:
    return _joined(
        [escaped(part) for part in (f.outcome, f.timepoint, f.value, f.text)] for f in findings
    )


def write_harms(harms: Iterable[Harm]) -> str:
    serious = {True: "yes", False: "no", None: ""}
    return _joined(
        [
            escaped(harm.event),
            *("" if number is None else str(number) for number in (harm.number, harm.of)),
            serious[harm.serious],
        ]
        for harm in harms
    )


def write_relations(relations: Iterable[Relation]) -> str:
    return _joined([relation.kind, relation.key] for relation in relations)


def write_provenance(sources: Iterable[Provenance]) -> str:
    # ": " ends the address, so one inside it is written ":{} "
    pairs = ((source.address.replace(": ", ":{} "), escaped(source.seen)) for source in sources)
    return ITEM.join(f"{address}: {seen}" if seen else address for address, seen in pairs)


def write_unverified(fields: Mapping[str, str]) -> str:
    return ITEM.join(f"{name}={escaped(v)}" if v else name for name, v in fields.items())
