"""What the services said of a citation when they were last asked, with words for the pages."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from evidence.services.source_checks import StoredCheck, digest_of, latest_check
from references.errors import UserError
from references.verify import Cited
from webapp import outage
from webapp.site import site
from webapp.wording.words import names, wordings


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


def install(app: Flask) -> None:
    """Give the templates the words."""
    app.jinja_env.globals.update(
        LOOKED_QUESTIONS=names("lookup-question", in_sentence=True),
        LOOKED_OUTCOMES=names("lookup-outcome", in_sentence=True),
        NOTICES=wordings("notice"),
        NOT_COMPARED=names("not-compared"),
    )
