"""What changed on a page, claim by claim, since its claims were written or signed.

The page as it was is, in this order: the version a claim was last signed against, the version
whose passages are those of the register's trace, the trace itself, the oldest version kept.

A *trace* is a small JSON file beside the register, `<text>.trace.json`: figures and digests of
the passages on the day the register was written, none of their words. It lets anyone see that
a sentence changed without the page being shipped.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from evidence.anchoring.fingerprint import PageFingerprint, remember
from evidence.anchoring.reanchor import Located, anchor_claims
from evidence.anchoring.segment import Sentence, sentences, unclaimed
from evidence.claims.text import Text
from evidence.originals.load import language_of
from evidence.originals.versions import Originals, Version
from references.concepts import Vocabulary
from references.errors import DataError, problem_in
from references.files import write_atomic

Part = tuple[Literal["same", "removed", "added"], str]


@dataclass(frozen=True)
class Drift:
    """The state of a text's claims on a page.

    `unclaimed` are sentences that make a claim and have none, each with whether it is new.
    `compared` says what the page was compared with: "version 3", "trace", or "" for nothing.
    """

    text_id: str
    claims: tuple[Located, ...]
    unclaimed: tuple[tuple[Sentence, bool], ...]
    language: str
    compared: str
    notices: tuple[str, ...]

    @property
    def needs_a_person(self) -> bool:
        """True when a claim changed or is missing."""
        return any(found.status in ("changed", "missing") for found in self.claims)

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence text anchor --json`."""
        return {
            "text": self.text_id,
            "claims": [found.as_dict() for found in self.claims],
            "unclaimed": [_flat(sentence.text) for sentence, _ in self.unclaimed],
            "unclaimed_details": [
                {
                    "text": _flat(sentence.text),
                    "start": sentence.start,
                    "end": sentence.end,
                    "score": sentence.score,
                    "new": new,
                    "kind": sentence.kind,
                    "reasons": [sign.as_dict() for sign in sentence.signs],
                }
                for sentence, new in self.unclaimed
            ],
            "changes": [
                {"id": found.claim, "before": _flat(found.before), "after": _flat(found.after)}
                for found in self.claims
                if found.status in ("changed", "missing")
            ],
            "language": self.language,
            "compared_with": self.compared,
            "notices": list(self.notices),
        }


def _flat(text: str) -> str:
    return " ".join(text.split())


def compare(before: str, after: str) -> list[Part]:
    """Two wordings as runs of words that are the same, removed or added, in reading order."""
    one, other = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    parts: list[Part] = []
    matcher = difflib.SequenceMatcher(
        a=[word.strip() for word in one], b=[word.strip() for word in other], autojunk=False
    )
    for operation, a, b, c, d in matcher.get_opcodes():
        if operation == "equal":
            parts.append(("same", "".join(other[c:d])))
            continue
        if a < b:
            parts.append(("removed", "".join(one[a:b])))
        if c < d:
            parts.append(("added", "".join(other[c:d])))
    return parts


def trace_path(folder: Path, text_id: str) -> Path:
    """Where the trace of a text's original stands beside its register."""
    return folder / f"{text_id}.trace.json"


def read_trace(folder: Path, text_id: str) -> PageFingerprint | None:
    """The trace kept beside a register, or None when there is none.

    Raises:
        DataError: the file is damaged.
    """
    path = trace_path(folder, text_id)
    try:
        return PageFingerprint.from_dict(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            problem_in(path, 0, "", "is damaged; write it anew with 'evidence text load --trace'")
        ) from error


def write_trace(folder: Path, text: Text, page: str) -> PageFingerprint:
    """Keep the trace of a page beside the register; returns what was remembered."""
    before = remember(text.claims, page, text.language)
    document = json.dumps(before.as_dict(), indent=1, sort_keys=True)
    write_atomic(trace_path(folder, text.id), document + "\n")
    return before


def _is_that_of(before: PageFingerprint, trace: PageFingerprint) -> bool:
    """True when a page holds, word for word, the passages of a trace."""
    shared = [name for name in trace.claims if name in before.claims]
    return len(shared) == len(trace.claims) and all(
        before.claims[name].digest == trace.claims[name].digest for name in shared
    )


def _remembered(text: Text, originals: Originals, version: Version) -> PageFingerprint:
    return remember(text.claims, originals.text(version), text.language)


def baseline(
    text: Text, originals: Originals, trace: PageFingerprint | None
) -> tuple[PageFingerprint | None, str]:
    """The page as it was when the register was written, and what it is called."""
    oldest: tuple[PageFingerprint, str] | None = None
    for version in originals.versions(text.id):
        if trace is None:
            return _remembered(text, originals, version), f"version {version.number}"
        found = _remembered(text, originals, version)
        if _is_that_of(found, trace):
            return found, f"version {version.number}"
        oldest = oldest or (found, f"version {version.number}")
    if trace is not None:
        return trace, "trace"
    return oldest or (None, "")


def check(
    text: Text,
    page: str,
    originals: Originals,
    trace: PageFingerprint | None = None,
    signed: Mapping[str, str] | None = None,
    vocabulary: Vocabulary | None = None,
) -> Drift:
    """Compare a page with what its claims were written or signed against.

    `signed` maps a claim to the SHA-256 of the original it was last signed against.
    """
    before, compared = baseline(text, originals, trace)
    language = language_of(page)
    translated = bool(language) and language in ("fr", "en") and language != text.language
    located = {
        f.claim: f for f in anchor_claims(text.claims, page, before, text.language, translated)
    }
    versions = {version.sha256: version for version in originals.versions(text.id)}
    by_version: dict[str, list[str]] = {}
    for claim_id, sha256 in (signed or {}).items():
        if sha256 in versions and claim_id in located:
            by_version.setdefault(sha256, []).append(claim_id)
    for sha256, claim_ids in by_version.items():
        since = _remembered(text, originals, versions[sha256])
        again = {
            f.claim: f for f in anchor_claims(text.claims, page, since, text.language, translated)
        }
        for claim_id in claim_ids:
            located[claim_id] = again[claim_id]
    found = tuple(located[claim.id] for claim in text.claims)
    spans = [(f.start, f.end) for f in found if f.start is not None and f.end is not None]
    listed = unclaimed(
        sentences(page, language or text.language, vocabulary),
        spans,
        before.has if before else None,
    )
    return Drift(
        text.id,
        found,
        tuple(listed),
        language,
        compared,
        tuple(_notices(text, found, language, translated, compared)),
    )


def _notices(
    text: Text, found: Sequence[Located], language: str, translated: bool, compared: str
) -> list[str]:
    notices = []
    if translated:
        notices.append(
            f"The page is written in '{language}', the anchors of '{text.id}' in "
            f"'{text.language}': load the page in the language of the register."
        )
    elif found and sum(f.status == "missing" for f in found) > 0.6 * len(found):
        notices.append(
            "Most claims are missing: this is another page, or one written anew; "
            "consider a new draft with 'evidence text draft'."
        )
    several = [f.claim for f in found if f.places > 1]
    if several:
        notices.append(
            "The words of these anchors stand in several places, the likeliest was taken: "
            f"{', '.join(several)}. Add a prefix or a suffix to the anchor."
        )
    if not compared:
        notices.append(
            "No earlier page is known, so a change inside a passage cannot be seen; "
            f"load the original with 'evidence text load {text.id} FILE|URL'."
        )
    return notices


def describe(version: Version) -> str:
    """One line about a stored version."""
    return (
        f"version {version.number}, loaded {version.loaded:%Y-%m-%d %H:%M} UTC, "
        f"checked {version.checked:%Y-%m-%d}, {version.form}, {version.sha256[:12]}"
    )
