"""A draft as the fields of its form, and two people's versions of it put together.

What only one of them changed is taken; what both changed, each otherwise, is theirs to settle.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from evidence.claims.claim import KINDS
from evidence.drafting.draft import cited_sources
from evidence.drafting.drafts import KeptDraft
from references.library import Library

#: The fields of the text itself; those of a claim or a heading carry its id.
PLAIN = ("title_fr", "title_en", "publisher", "url", "language")
KEEP = "1"  # what the box of a kept sentence sends


def fields_of(draft: KeptDraft) -> dict[str, str]:
    """What the form of a draft shows, by the names of its fields."""
    fields = {name: str(getattr(draft, name)) for name in PLAIN}
    for section, fr, en in draft.sections:
        fields |= {f"heading-fr-{section}": fr, f"heading-en-{section}": en}
    for one in draft.claims:
        fields |= {
            f"keep-{one.id}": KEEP if one.keep else "",
            f"fr-{one.id}": one.fr,
            f"en-{one.id}": one.en,
            f"kind-{one.id}": one.kind,
            f"section-{one.id}": one.section,
        }
    return fields | {"sources": "\n".join(str(one["cited"]) for one in draft.sources)}


def with_fields(draft: KeptDraft, fields: Mapping[str, str], library: Library) -> KeptDraft:
    """A draft with what its form says; what cannot be a value of a field changes nothing."""
    now = fields_of(draft) | {name: " ".join(v.split(" ")) for name, v in fields.items()}
    sections = {section for section, _fr, _en in draft.sections}
    claims = []
    for one in draft.claims:
        kind, section = now[f"kind-{one.id}"], now[f"section-{one.id}"]
        claims.append(
            replace(
                one,
                keep=bool(now[f"keep-{one.id}"]),
                fr=now[f"fr-{one.id}"].strip(),
                en=now[f"en-{one.id}"].strip(),
                kind=kind if kind in KINDS else one.kind,
                section=section if section in sections else one.section,
            )
        )
    url, sources = now["url"].strip(), now["sources"].splitlines()
    return replace(
        draft,
        title_fr=now["title_fr"].strip(),
        title_en=now["title_en"].strip(),
        publisher=now["publisher"].strip(),
        url=url if not url or re.match(r"https?://\S+$", url) else draft.url,
        language=now["language"] if now["language"] in ("fr", "en") else draft.language,
        sections=tuple(
            (i, now[f"heading-fr-{i}"].strip(), now[f"heading-en-{i}"].strip())
            for i, _fr, _en in draft.sections
        ),
        claims=tuple(claims),
        sources=cited_sources(sources, draft.sources, library),
    )


@dataclass(frozen=True)
class Clash:
    """A field that two people changed, each otherwise: before, theirs, yours."""

    field: str
    before: str
    theirs: str
    yours: str


def merged(
    before: Mapping[str, str], theirs: Mapping[str, str], yours: Mapping[str, str]
) -> tuple[dict[str, str], list[Clash]]:
    """The fields of two versions put together, and those that clash; these stand as yours."""
    fields, clashes = dict(theirs), []
    for name, mine in yours.items():
        was, stands = before.get(name), theirs.get(name)
        if mine in (was, stands):
            continue
        fields[name] = mine
        if stands != was:
            clashes.append(Clash(name, was or "", stands or "", mine))
    return fields, clashes
