"""`/desk/doubles`: records that may be one work, side by side, until somebody decides."""

from __future__ import annotations

from flask import Response, abort, flash, render_template, request

from evidence.services.doubles import RELATED_AS, DoubtfulPair, decide, open_pairs
from references.errors import UserError
from references.matching import DECIDED
from references.record import Reference
from webapp.accounts.session import needs, signed_in
from webapp.decided import pair_decisions
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.recording import candidates
from webapp.lookups import requested_page
from webapp.site import refresh_standing, site
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained

#: Pairs on a page.
A_PAGE = 20
#: What is shown of two records, in this order.
SHOWN = ("title", "year", "journal", "volume", "number", "pages", "doi", "pmid")


def waiting_pairs() -> list[DoubtfulPair]:
    """The pairs that nobody has decided about."""
    return open_pairs(site().kb.library, candidates(), pair_decisions())


@blueprint.get("/desk/doubles")
@needs("link")
def doubles() -> str:
    """The pairs that wait for a decision, a page of them."""
    pairs = waiting_pairs()
    page = requested_page()
    start = (page - 1) * A_PAGE
    if start and start >= len(pairs):
        abort(404)
    return render_template(
        "desk/doubles.html",
        pairs=pairs[start : start + A_PAGE],
        total=len(pairs),
        page=page,
        pages=-(-len(pairs) // A_PAGE),
        shown=SHOWN,
        relations=RELATED_AS,
        in_library=site().kb.library,
    )


def _record(key: str) -> Reference:
    """A record of the library or among those to be screened, or 404."""
    for one in candidates():
        if one.key == key and key not in site().kb.library:
            return one
    if key not in site().kb.library:
        abort(404)
    return site().kb.library[key]


@blueprint.post("/desk/doubles")
@needs("link")
def decide_pair() -> Response:
    """Record what somebody decided about a pair."""
    sent, me = request.form, signed_in()
    decided, relation = sent.get("decided", ""), sent.get("relation", "")
    if decided not in DECIDED:
        flash(_("Say first what the two records are to each other."))
        return go_to("desk.doubles")
    first, second = _record(sent.get("a", "")), _record(sent.get("b", ""))
    try:
        decide(
            site().assembler.journal,
            first,
            second,
            decided,
            me.name,
            me.person,
            relation if decided == "related" else "",
            sent.get("reason", ""),
        )
    except UserError as error:
        flash(explained(error))
    else:
        refresh_standing()
        flash(_("The decision is recorded; nobody is asked about this pair again."))
    return go_to("desk.doubles")
