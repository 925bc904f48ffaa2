"""What the services said of a citation when they were last asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from evidence.claims.text import Text
from evidence.services.settled import Settlement, settled
from evidence.services.source_checks import StoredCheck, digest_of, latest_check
from references.errors import UserError
from references.verify import Cited, cited_string
from webapp import outage
from webapp.decided import settlements
from webapp.site import site

#: What a source has to be asked of before anybody may say that it cannot be found.
INDEXES = ("Crossref", "PubMed")


#: A printed reference as it is checked; those of the texts are the same at every request.
_printed = lru_cache(maxsize=1024)(cited_string)


@dataclass(frozen=True)
class LastCheck:
    """The last check of a citation; `stale` says that the citation has changed since.

    `settlement` is the decision of a person that covers all that was found, of the citation as it
    is now; `is_open` says that something was found and nobody has decided about it.
    """

    stored: StoredCheck
    stale: bool
    settlement: Settlement | None = None

    @property
    def is_open(self) -> bool:
        """Whether something was found that can be settled."""
        is_found = self.stored.needs_a_person and self.stored.status != "unchecked"
        return is_found and not self.stale and self.settlement is None

    @property
    def answered(self) -> frozenset[str]:
        """The services that gave an answer, even that they know nothing."""
        looked = self.stored.result.get("looked", ())
        return frozenset(one["source"] for one in looked if one["outcome"] in ("found", "nothing"))


def not_asked(text: Text) -> tuple[str, ...]:
    """The indexes that have not answered yet for every source that was looked for."""
    sought = [source for source in text.sources if source.status != "unchecked"]
    checks = [last_check(_printed(source.cited)) for source in sought]
    return tuple(
        index for index in INDEXES if not all(one and index in one.answered for one in checks)
    )


def last_check(cited: Cited) -> LastCheck | None:
    """The last check of a record or of a printed string, or None when there was none."""
    try:
        stored = latest_check(site().instance, cited.key)
    except UserError as fault:  # the rest of the page is worth showing
        outage.degrade(fault)
        return None
    if stored is None:
        return None
    stale = stored.digest != digest_of(cited)
    decisions = settlements() if stored.needs_a_person and not stale else {}
    return LastCheck(stored, stale, settled(stored, decisions))
