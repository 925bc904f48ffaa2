"""Write accepted decisions back into the YAML register, touching nothing else.

Only the lines of what changed are replaced; comments, order, quotes and every other line stay
as they are. The result is read again before it is written: a register that would not say
exactly what was decided is not written at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.claims.claim import Claim, Review
from evidence.claims.register import plain
from evidence.claims.text import CitedSource, Text, read_text
from evidence.journal.event import JournalError
from evidence.journal.register_file import RegisterFile
from evidence.journal.state import ClaimState
from evidence.journal.text_data import PLAIN
from references.errors import DataError
from references.files import write_atomic

#: What can happen to claims of a register, and to the sources it cites.
KINDS = ("changed", "added", "removed", "signed", "sources", "data")


@dataclass(frozen=True)
class WrittenClaims:
    """What was written into a register: claims by what happened to them."""

    text_id: str
    path: Path
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    data: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when the register already said all of it."""
        return not any(getattr(self, kind) for kind in KINDS)

    def as_dict(self) -> dict[str, Any]:
        """The form of `evidence journal apply --json`."""
        return {
            "text": self.text_id,
            "file": str(self.path),
            **{kind: list(getattr(self, kind)) for kind in KINDS},
        }


def _id_of(node: Any) -> str:
    return next((str(v.value) for n, v in node.value if n.value == "id"), "")


def apply_states(
    path: Path,
    text: Text,
    states: Iterable[ClaimState],
    sources: Iterable[CitedSource] = (),
    signed_only: bool = False,
    dry_run: bool = False,
    now: Text | None = None,
) -> WrittenClaims:
    """Write what was decided into the register at `path`; returns what changed.

    Args:
        path: the register.
        text: the text as read from that file.
        states: its claims with their decisions, in the order of the page. `reviewed` is written
            for those whose signature holds.
        sources: its cited sources, with what was found when they were looked for.
        signed_only: decisions wait until the claim is signed.
        dry_run: tell what would be written, and write nothing.
        now: the text as it stands, whose title, address, headings and list of sources are written.

    Raises:
        JournalError: the register cannot be changed in place, or changed since it was read.
        DataError: the result would not be a valid register.
    """
    current, problems = read_text(path)
    if current is None:
        raise DataError(problems)
    if current != text:
        raise JournalError("{path} has changed meanwhile; run the command again.", path=path)
    file = RegisterFile(path)
    writing = _Writing(file, text)
    for state in states:
        writing.claim(state, waits=signed_only and not state.signed and bool(state.pending))
    if writing.names["removed"] and not writing.expected:
        file.empty("claims")
    if now is not None:
        writing.data(now)
    writing.sources(sources)
    written = WrittenClaims(
        text.id, path, **{kind: tuple(names) for kind, names in writing.names.items()}
    )
    if written.is_empty:
        return written
    result = file.result()
    _prove(path, result, writing.expected)
    if not dry_run:
        write_atomic(path, result)
    return written


class _Writing:
    """A register on its way to say what was decided.

    `names` are the claims (and cited sources) by what happens to them; `expected` the hash that
    each claim of the result must have.
    """

    def __init__(self, file: RegisterFile, text: Text) -> None:
        self._file = file
        self._text = text
        self._nodes = {_id_of(node): node for node in file.items("claims")}
        self._registered = {claim.id: claim for claim in text.claims}
        self._indent = next((n.start_mark.column - 2 for n in self._nodes.values()), 0)
        #: The line before which an added claim goes; None while there is no list of claims.
        self._place = max((file.end_of(node) for node in self._nodes.values()), default=None)
        self.names: dict[str, list[str]] = {kind: [] for kind in KINDS}
        self.expected = {claim.id: claim.hash for claim in text.claims}
        self._cites_others = False

    def claim(self, state: ClaimState, waits: bool) -> None:
        """Write what was decided of one claim; one that `waits` stays as it is."""
        node = self._nodes.get(state.claim_id)
        if waits:
            self._place = self._file.end_of(node) if node is not None else self._place
        elif state.claim is None:
            self._remove(state.claim_id, node)
        elif node is None:
            self._add(state.claim, _review(state))
        else:
            self._change(node, state.claim, _review(state))

    def _remove(self, name: str, node: Any) -> None:
        if node is not None:
            self._file.remove(node)
            self.names["removed"].append(name)
            self.expected.pop(name)

    def _add(self, claim: Claim, review: Review | None) -> None:
        if self._place is None:
            self._place = self._file.start_list("claims")
        whole = plain(claim.model_copy(update={"reviewed": review}))
        self._file.insert(self._place, whole, max(self._indent, 0))
        self.names["added"].append(claim.id)
        self.expected[claim.id] = claim.hash

    def _change(self, node: Any, claim: Claim, review: Review | None) -> None:
        self._place = self._file.end_of(node)
        registered = self._registered[claim.id]
        old, new = plain(registered), plain(claim)
        for key in Claim.model_fields:
            if key not in ("id", "reviewed") and old.get(key) != new.get(key):
                self._file.update(node, key, old.get(key), new.get(key))
        if claim.is_assessed and not (registered.is_assessed or claim.certainty_reasons):
            self._file.field(node, "certainty_reasons", None)  # it may hold the place of them
        if claim.hash != registered.hash:
            self.names["changed"].append(claim.id)
        self.expected[claim.id] = claim.hash
        if review and review != registered.reviewed:
            self._file.field(node, "reviewed", review.model_dump(mode="json"))
            self.names["signed"].append(claim.id)

    def data(self, now: Text) -> None:
        """Write title, address, publisher, language, headings, and which sources are cited."""
        old, new = plain(self._text), plain(now)
        for key in PLAIN:
            if old.get(key) != new.get(key):
                self._file.update(self._file.root, key, old.get(key), new.get(key))
                self.names["data"].append(key)
        nodes = {_id_of(node): node for node in self._file.items("sections")}
        for before, after in zip(old["sections"], new["sections"], strict=True):
            if before["heading"] != after["heading"]:
                node = nodes[before["id"]]
                self._file.update(node, "heading", before["heading"], after["heading"])
                self.names["data"].append(before["id"])
        if [one.cited for one in self._text.sources] != [one.cited for one in now.sources]:
            self._file.field(self._file.root, "sources", new.get("sources", []))
            self._cites_others = True
            self.names["data"].append("sources")

    def sources(self, sources: Iterable[CitedSource]) -> None:
        """Write what was found of the cited sources, in the order of the register."""
        if self._cites_others:  # the whole list is written anew, with what was found
            return
        nodes = self._file.items("sources")
        for node, before, now in zip(nodes, self._text.sources, sources, strict=False):
            if now == before:
                continue
            old, new = plain(before), plain(now)
            for key in CitedSource.model_fields:
                if old.get(key) != new.get(key):
                    self._file.field(node, key, new.get(key))
            self.names["sources"].append(now.cited)


def _review(state: ClaimState) -> Review | None:
    valid = [signature.event for signature in state.signatures if signature.holds]
    if not valid or state.claim is None or not state.signed:
        return None
    names = list(dict.fromkeys(event.person for event in valid))
    return Review(by=", ".join(names), on=valid[-1].at.date(), claim_hash=state.claim.hash)


def _prove(path: Path, result: str, expected: Mapping[str, str]) -> None:
    """Read the result as anybody would, and compare it with what was decided.

    Raises:
        DataError, JournalError: it is not that.
    """
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / path.name
        trial.write_text(result, "utf-8")
        text, problems = read_text(trial)
    if text is None:
        raise DataError(problems)
    hashes = {claim.id: claim.hash for claim in text.claims}
    if hashes != dict(expected):
        wrong = sorted(k for k in {*hashes, *expected} if hashes.get(k) != expected.get(k))
        raise JournalError(
            "{path} was not written: {names} would not say what was decided; edit these "
            "entries by hand.",
            path=path,
            names=", ".join(wrong),
        )
