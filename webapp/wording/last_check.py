"""What the services said of a citation when they were last asked."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.services.source_checks import StoredCheck, digest_of, latest_check
from references.errors import UserError
from references.verify import Cited
from webapp import outage
from webapp.site import site


@dataclass(frozen=True)
class LastCheck:
    """The last check of a citation; `stale` says that the citation has changed since."""

    stored: StoredCheck
    stale: bool


def last_check(cited: Cited) -> LastCheck | None:
    """The last check of a record or of a printed string, or None when there was none."""
    try:
        stored = latest_check(site().instance, cited.key)
    except UserError as fault:  # the rest of the page is worth showing
        outage.degrade(fault)
        return None
    return LastCheck(stored, stored.digest != digest_of(cited)) if stored else None
