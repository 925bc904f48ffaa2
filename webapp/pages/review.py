"""`/review/<secret>`: a text that is in review, for whoever was sent the link.

The page shows the whole text, claims that nobody has assessed included, and nothing else that is
not public. It is made anew each time, kept by nobody and listed nowhere.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from evidence.standing import StandingText
from evidence.summary import summarise
from webapp import outage
from webapp.http import caching
from webapp.http.error_pages import Ended, Missing
from webapp.pages.texts import evidence_of
from webapp.site import standing
from webapp.wording.gettext import gettext as _

blueprint = Blueprint("review", __name__)
caching.declare(blueprint, live=True)


@blueprint.get("/review/<secret>")
def text(secret: str) -> Response:
    """The text that a review link opens."""
    view = _opened_by(secret)
    summary = summarise(view.text)
    page = render_template(
        "review.html",
        view=view,
        text=view.text,
        summary=summary,
        evidence={claim.id: evidence_of(claim) for claim in view.text.claims},
    )
    return make_response(page)


def _opened_by(secret: str) -> StandingText:
    """The text whose review link has this secret.

    Raises:
        Missing: there is none, or the link was ended.
        Ended: the link has expired.
    """
    for view in standing().texts.values():
        if view.stage.is_opened_by(secret):
            if view.stage.is_expired:
                raise Ended(_("This link has expired: ask whoever sent it for a new one."))
            return view
    if fault := outage.journal_fault():  # whether it still opens is not known then
        raise fault
    raise Missing(_("This link opens nothing: it was ended, or is not whole. Ask whoever sent it."))


@blueprint.after_request
def _keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
