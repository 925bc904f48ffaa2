"""What the services said of a citation when they were last asked, with words for the pages."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from flask_babel import lazy_gettext as _

from evidence.services.source_checks import StoredCheck, digest_of, latest_check
from references.errors import UserError
from references.verify import Cited
from webapp import outage
from webapp.site import site
from webapp.wording.words import Wording

QUESTIONS = {
    "doi": _("by its DOI"),
    "pmid": _("by its PubMed number"),
    "title": _("by its words"),
    "notices": _("for notices about it"),
    "registrar": _("who registered the DOI"),
}

OUTCOMES = {
    "found": _("an answer"),
    "nothing": _("nothing found"),
    "offline": _("not asked: offline"),
    "not-asked": _("not asked: it failed before"),
    "needs-key": _("not asked: it wants a key"),
    "unreachable": _("could not be reached"),
    "too-slow": _("did not answer in time"),
    "too-busy": _("too busy"),
    "service-failed": _("answered with an error of its own"),
    "refused": _("did not accept the question"),
    "bad-answer": _("gave an unusable answer"),
    "redirected-elsewhere": _("pointed to a foreign host; not followed"),
}

NOT_COMPARED = {
    "not-known": _("In no record of the work, and not compared"),
    "not-read": _("Not read in the printed reference, and not compared"),
    "not-cited": _("Not cited"),
}

NOTICES = {
    "retraction": Wording(_("Retraction"), mark="contradicted"),
    "expression-of-concern": Wording(_("Expression of concern"), mark="mixed"),
    "correction": Wording(_("Correction"), mark="partly"),
    "reinstatement": Wording(_("Reinstatement"), mark="supported"),
}


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
        outage.met(fault)
        return None
    return LastCheck(stored, stored.digest != digest_of(cited)) if stored else None


def install(app: Flask) -> None:
    """Give the templates the words."""
    app.jinja_env.globals.update(
        LOOKED_QUESTIONS=QUESTIONS,
        LOOKED_OUTCOMES=OUTCOMES,
        NOTICES=NOTICES,
        NOT_COMPARED=NOT_COMPARED,
    )
