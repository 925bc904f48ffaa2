"""What is examined: whose page a text is, what a claim says; nobody should take ours for theirs."""

from __future__ import annotations

from flask import Flask

from evidence.claims.claim import Claim
from evidence.claims.text import Text
from webapp.wording import gettext
from webapp.wording.display import localised
from webapp.wording.last_check import not_asked
from webapp.wording.words import judged_and_sure


def examined(text: Text) -> str:
    """Whose page is examined, so that nobody takes our page for it."""
    title = localised(text.title)
    if not text.publisher:
        return gettext.gettext("Examined: “%(title)s”", title=title)
    return gettext.gettext(
        "Examined: “%(title)s”, a page of %(publisher)s", title=title, publisher=text.publisher
    )


def examined_claim(claim: Claim) -> str:
    """The statement of a claim as what is examined, with what was found."""
    return gettext.gettext(
        "Examined: “%(statement)s” – %(verdict)s",
        statement=localised(claim.statement).rstrip("."),
        verdict=judged_and_sure(claim),
    )


def install(app: Flask) -> None:
    """Give the templates these sentences."""
    app.jinja_env.globals.update(
        examined=examined, examined_claim=examined_claim, not_asked=not_asked
    )
