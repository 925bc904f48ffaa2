"""What changed on a page, claim by claim, since its claims were written or signed.

The page as it was is, in this order: the version a claim was last signed against, the version
whose passages are those of the register's fingerprint, the fingerprint itself, the oldest version
kept.

The fingerprint is a small JSON file beside the register, `<text>.trace.json` (users call it the
trace): figures and digests of the passages on the day the register was written, none of their
words. It lets anyone see that a sentence changed without the page being shipped.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from evidence.anchoring.fingerprint import PageFingerprint, fingerprint_of
from evidence.anchoring.located import Located
from evidence.anchoring.outline import Outline, outline_of
from evidence.anchoring.printed_sources import LocatedSource, locate_sources
from evidence.anchoring.reanchor import anchor_claims
from evidence.anchoring.segment import Sentence, sentences, unclaimed
from evidence.anchoring.surroundings import SurroundingsThenAndNow
from evidence.claims.text import Text
from evidence.originals.load import language_of
from evidence.originals.versions import Originals, Version
from references.concepts import Vocabulary
from references.errors import DataError, Message, message, problem_in
from references.files import write_atomic

#: On a page of which nothing else stands, this share of the claims resembles one by chance.
_BY_CHANCE = 0.2

Part = tuple[Literal["same", "removed", "added"], str]


@dataclass(frozen=True)
class Drift:
    """The state of a text's claims on a page.

    `unclaimed` are sentences that make a claim and have none, each with whether it is new.
    `sources` are the sources the register has of the page, `added_sources` those it prints newly.
    `compared` says what the page was compared with: "version 3", "trace", or "" for nothing.
    """

    text_id: str
    claims: tuple[Located, ...]
    unclaimed: tuple[tuple[Sentence, bool], ...]
    language: str
    compared: str
    notices: tuple[Message, ...]
    sources: tuple[LocatedSource, ...] = ()
    added_sources: tuple[Sentence, ...] = ()

    @property
    def needs_a_person(self) -> bool:
        """True when a claim or a printed source changed or is missing, a source is new, or a claim
        moved to where something else announces it."""
        statuses = {one.status for one in self.claims} | {one.status for one in self.sources}
        return (
            not statuses.isdisjoint(("changed", "missing"))
            or bool(self.added_sources)
            or any("lead" in claim.turned for claim in self.claims)
        )

    def without(self, dismissed: Container[str]) -> Drift:
        """The same, sentences left out that somebody said are no claims; `dismissed` is their words
        with single spaces."""
        left = tuple(one for one in self.unclaimed if _flat(one[0].text) not in dismissed)
        return replace(self, unclaimed=left)

    def called_by(self, located: Located) -> tuple[LocatedSource, ...]:
        """The printed sources that the sentence of a claim calls: "(1)", "[2,3]"."""
        return tuple(source for source in self.sources if source.number in located.calls)

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence text anchor --json`."""
        return {
            "text": self.text_id,
            "claims": [claim.as_dict() for claim in self.claims],
            "unclaimed": [_flat(sentence.text) for sentence, _ in self.unclaimed],
            "unclaimed_details": [
                {
                    "text": _flat(sentence.text),
                    "start": sentence.start,
                    "end": sentence.end,
                    "score": sentence.score,
                    "new": new,
                    "kind": sentence.kind,
                    "reasons": [cue.as_dict() for cue in sentence.cues],
                }
                for sentence, new in self.unclaimed
            ],
            "changes": [
                {
                    "id": claim.claim,
                    "part": change.part,
                    "before": _flat(change.before),
                    "after": _flat(change.after),
                }
                for claim in self.claims
                for change in claim.changes
            ],
            "sources": [source.as_dict() for source in self.sources],
            "added_sources": [_flat(source.text) for source in self.added_sources],
            "language": self.language,
            "compared_with": self.compared,
            "notices": [str(notice) for notice in self.notices],
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


def fingerprint_path(folder: Path, text_id: str) -> Path:
    """Where the fingerprint of a text's original stands beside its register."""
    return folder / f"{text_id}.trace.json"


def read_fingerprint(folder: Path, text_id: str) -> PageFingerprint | None:
    """The fingerprint kept beside a register, or None when there is none.

    Raises:
        DataError: the file is damaged.
    """
    path = fingerprint_path(folder, text_id)
    try:
        return PageFingerprint.from_dict(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            problem_in(path, 0, "", "is damaged; write it anew with 'evidence text load --trace'")
        ) from error


def write_fingerprint(folder: Path, text: Text, page: str) -> PageFingerprint:
    """Keep the fingerprint of a page beside the register, and return it.

    Raises:
        SettingError: the file cannot be written.
    """
    made = fingerprint_of(text.claims, page, text.language)
    document = json.dumps(made.as_dict(), indent=1, sort_keys=True)
    write_atomic(fingerprint_path(folder, text.id), document + "\n")
    return made


def _has_passages_of(page: PageFingerprint, kept: PageFingerprint) -> bool:
    """True when a page holds, word for word, the passages of another fingerprint."""
    return all(
        name in page.claims and page.claims[name].digest == passage.digest
        for name, passage in kept.claims.items()
    )


def _fingerprint_of(text: Text, originals: Originals, version: Version) -> PageFingerprint:
    return fingerprint_of(text.claims, originals.text(version), text.language)


def baseline(
    text: Text, originals: Originals, kept: PageFingerprint | None
) -> tuple[PageFingerprint | None, str]:
    """The page as it was when the register was written, and what it is called.

    `kept` is the fingerprint beside the register; without one the oldest version is taken.
    """
    for version in originals.versions(text.id):
        page = _fingerprint_of(text, originals, version)
        if kept is None or _has_passages_of(page, kept):
            return page, f"version {version.number}"
    return kept, "trace" if kept else ""


def check(
    text: Text,
    page: str,
    originals: Originals,
    kept: PageFingerprint | None = None,
    signed: Mapping[str, str] | None = None,
    vocabulary: Vocabulary | None = None,
) -> Drift:
    """Compare a page with what its claims were written or signed against.

    Args:
        page: the plain text of the page as it is now.
        kept: the fingerprint beside the register.
        signed: for each claim the SHA-256 of the original it was last signed against.
        vocabulary: its terms make a sentence more likely to be a claim.
    """
    before, compared = baseline(text, originals, kept)
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
        since = _fingerprint_of(text, originals, versions[sha256])
        again = {
            f.claim: f for f in anchor_claims(text.claims, page, since, text.language, translated)
        }
        for claim_id in claim_ids:
            located[claim_id] = again[claim_id]
    claims = _told_apart([located[claim.id] for claim in text.claims])
    outline = outline_of(page, text.language)
    sources, added = locate_sources(text.sources, outline, before)
    spans = [(c.start, c.end) for c in claims if c.start is not None and c.end is not None]
    listed = unclaimed(
        sentences(page, language or text.language, vocabulary),
        spans + [source.span for source in sources if source.span],
        before.has if before else None,
    )
    return Drift(
        text.id,
        claims,
        tuple(listed),
        language,
        compared,
        (*_notices(text, claims, language, translated, compared), *_of_title(before, outline)),
        sources,
        added,
    )


def _told_apart(claims: Sequence[Located]) -> tuple[Located, ...]:
    """The claims, none of them "changed" on a page that is another one altogether.

    Where no passage stands as it did and nearly all are missing, the few that resemble one do so
    by chance.
    """
    changed = sum(one.status == "changed" for one in claims)
    missing = sum(one.status == "missing" for one in claims)
    if not changed or changed + missing < len(claims) or changed > _BY_CHANCE * len(claims):
        return tuple(claims)
    return tuple(one.gone() for one in claims)


def _notices(
    text: Text, claims: Sequence[Located], language: str, translated: bool, compared: str
) -> Iterator[Message]:
    if translated:
        yield message(
            "The page is written in '{language}', the anchors of '{text}' in '{expected}': load "
            "the page in the language of the register.",
            language=language,
            text=text.id,
            expected=text.language,
        )
    elif claims and sum(claim.status == "missing" for claim in claims) > 0.6 * len(claims):
        yield message(
            "Most claims are missing: this is another page, or one written anew; "
            "consider a new draft with 'evidence text draft'."
        )
    if several := tuple(claim.claim for claim in claims if claim.places > 1):
        yield message(
            "The words of these anchors stand in several places, the likeliest was taken: "
            "{claims}. Add a prefix or a suffix to the anchor.",
            claims=several,
        )
    if not compared:
        yield message(
            "No earlier page is known, so a change inside a passage cannot be seen; "
            "load the original with 'evidence text load {text} FILE|URL'.",
            text=text.id,
        )


def _of_title(before: PageFingerprint | None, outline: Outline) -> Iterator[Message]:
    if before and SurroundingsThenAndNow(before, outline).has_new_title:
        yield message("The title of the page, its first heading, is another one.")


def describe(version: Version) -> Message:
    """One line about a stored version."""
    return message(
        "version {number}, loaded {loaded:%Y-%m-%d %H:%M} UTC, checked {checked:%Y-%m-%d}, "
        "{form}, {sha256:.12}",
        **vars(version),
    )
