"""What verification changes of records: filled in place, or put right in another file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from evidence.cli.context import phrase, term
from references.errors import SettingError, message
from references.files import write_atomic
from references.formats import write
from references.formats.bibtex import read_file, write_file
from references.intake.keys import make_key
from references.record import Reference
from references.verify import Check, Cited
from references.verify.fill import Filled, fill
from references.verify.fixes import Fixes, fixes


@dataclass
class Revising:
    """What is to be done with the records of a run, and what came of it.

    `accepted` names the differing fields that filling takes over, None without filling; `file` is
    where records that are put right are written; `dry_run` says that filling writes nothing.
    """

    accepted: Sequence[str] | None
    file: Path | None
    dry_run: bool
    filled: dict[str, Filled] = field(default_factory=dict)
    fixed: list[Fixes] = field(default_factory=list)

    def wants(self, item: Cited) -> bool:
        """Whether the check of a citation is needed: a printed string is not filled."""
        return self.file is not None or (self.accepted is not None and not item.text)

    def take(self, item: Cited, check: Check) -> dict[str, Any]:
        """Revise a record by its check; what a result says of it."""
        if self.file is not None:
            put_right = fixes(item.reference, check)
            if not item.text:
                self.fixed.append(put_right)
            elif check.works:  # what was only read from a string is no record
                taken = {one.reference.key for one in self.fixed}
                key = make_key(put_right.reference, taken)
                named = replace(put_right.reference, key=key)
                self.fixed.append(replace(put_right, reference=named))
        if self.accepted is None or item.text:
            return {}
        today = datetime.now(UTC).date().isoformat()
        self.filled[item.key] = fill(item.reference, check, self.accepted, today)
        return self.filled[item.key].as_dict()


def write_filled(filled: Mapping[str, Filled]) -> list[str]:
    """Write the completed records back to their files; the files that were written."""
    changed: dict[str, dict[str, Reference]] = {}
    for outcome in filled.values():
        if outcome.filled and outcome.reference.place.file:
            file = changed.setdefault(outcome.reference.place.file, {})
            file[outcome.reference.key] = outcome.reference
    for name, records in changed.items():
        path = Path(name)
        bibliography = read_file(path)
        if bibliography.problems:
            raise SettingError(
                "{name} was not written, because parts of it cannot be read: {problem} Mend "
                "it, then fill again.",
                name=name,
                problem=bibliography.problems[0],
            )
        write_file(path, [records.get(ref.key, ref) for ref in bibliography.references])
    return sorted(changed)


def write_fixes(file: Path, fixed: Sequence[Fixes]) -> dict[str, Any]:
    """Write the records, put right where it is sure; what `--json` says of it.

    Raises:
        SettingError: the file cannot be written.
    """
    content, _losses = write([one.reference for one in fixed], "bibtex")
    write_atomic(file, content)
    told = [one.as_dict() for one in fixed if one.changes or one.left]
    return {"file": str(file), "records": len(fixed), "changed": told}


def show_fixes(file: Path, fixed: Sequence[Fixes]) -> None:
    """Print what was put right, what was left and why, and the file."""
    for one in fixed:
        for change in one.changes:
            line = phrase(
                "{key}: {field} put right: “{before}” is “{after}” now ({source})",
                key=one.reference.key,
                field=term("field", change.field),
                before=change.before or message("nothing"),
                after=change.after,
                source=change.source,
            )
            click.echo(line)
        for left in one.left:
            line = phrase(
                "{key}: {field} left as it is: {why}",
                key=one.reference.key,
                field=term("field", left.field),
                why=left.why,
            )
            click.echo(line)
    click.echo(phrase("wrote {file}", file=file))
