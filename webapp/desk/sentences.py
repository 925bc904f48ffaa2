"""`/desk/texts/<id>/page`: every sentence of the page, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, abort, flash, render_template, request

from evidence.anchoring.segment import Sentence, sentences
from evidence.anchoring.tokens import TokenisedPage
from evidence.claims.claim import KINDS, Claim
from evidence.drafting.draft import slug, unique
from evidence.drafting.drafts import Proposed, new_claim
from evidence.journal import Event
from evidence.journal.text_data import dismissals, flat
from evidence.standing import StandingText
from references.normalise import whole_number
from webapp.accounts.session import needs, signed_in
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.claim_page import back, view_or_404
from webapp.desk.forms import DismissalForm
from webapp.desk.keeping import keep_for_now
from webapp.desk.recording import record, sent_entry
from webapp.desk.unsent import keep_sent
from webapp.site import site
from webapp.wording.gettext import gettext as _

MOST = 2_000  # characters of a passage that becomes a claim
_ROUNDS = 20  # of finding a name while others add claims


@dataclass(frozen=True)
class ShownSentence:
    """A sentence, heading or item of the page, with its claims or the event that dismissed it."""

    sentence: Sentence
    claims: tuple[Claim, ...] = ()
    dismissed: Event | None = None


def _shown(view: StandingText) -> list[ShownSentence]:
    """Every sentence of the page in its order."""
    gone, claims = dismissals(view.events), {claim.id: claim for claim in view.text.claims}
    places = [
        (one.start, one.end, claims[one.claim])
        for one in view.located.values()
        if one.start is not None and one.end is not None and one.claim in claims
    ]
    return [
        ShownSentence(
            sentence,
            tuple(c for start, end, c in places if start < sentence.end and sentence.start < end),
            gone.get(flat(sentence.text)),
        )
        for sentence in sentences(view.page, view.text.language, site().kb.vocabulary)
    ]


@blueprint.get("/desk/texts/<text_id>/page")
@needs("read")
def sentences_of_page(text_id: str) -> tuple[str, int]:
    """The page with every sentence, heading and item, and what became of each."""
    return _sentences_page(view_or_404(text_id))


def _sentences_page(
    view: StandingText, status: int = 200, errors: Sequence[str] = ()
) -> tuple[str, int]:
    shown = _shown(view)
    rest = [one for one in shown if not one.claims and not one.dismissed]
    page = render_template(
        "desk/sentences.html",
        view=view,
        text=view.text,
        shown=shown,
        counts={
            "claims": sum(bool(one.claims) for one in shown),
            "dismissed": sum(bool(one.dismissed and not one.claims) for one in shown),
            "rest": len(rest),
        },
        errors=list(errors),
    )
    return page, status


def _sent_place(view: StandingText) -> tuple[int, int] | None:
    """The stretch of the page that a form names; None when the page is another one by now."""
    start, end = (whole_number(request.form.get(name, "")) for name in ("start", "end"))
    if start is None or end is None or not start < end <= start + MOST:
        abort(400)
    if request.form.get("page") != view.page_hash or end > len(view.page):
        flash(_("The page changed after you opened this list; look at it again."))
        return None
    return start, end


@blueprint.post("/desk/texts/<text_id>/claims")
@needs("draft")
def add_claim(text_id: str) -> Response:
    """Make a claim of a sentence, a heading or words selected on the page."""
    view = view_or_404(text_id)
    place = _sent_place(view)
    if place is None:
        return go_to("desk.sentences_of_page", text_id=text_id)
    start, end = place
    page = TokenisedPage(view.page)
    passage = page.passage_at(start, end)
    words = flat(view.page[start:end]).strip(" ;")
    if passage.first >= passage.last or not words:
        flash(_("Select some words of the page first."))
        return go_to("desk.sentences_of_page", text_id=text_id)
    same = next((o.claim for o in view.located.values() if (o.start, o.end) == place), "")
    if same and view.state(same):
        flash(_("These words are a claim already: here it is."))
        return back(view, same)
    before = [
        (one.start, one.claim)
        for one in view.located.values()
        if one.start is not None and one.start < start
    ]
    after = max(before)[1] if before else ""
    neighbour = next((claim for claim in view.text.claims if claim.id == after), None)
    section = neighbour.section if neighbour else view.text.sections[0].id
    known = {(s.start, s.end): s.kind for s in _read(view)}
    kind = known.get(place, "")
    taken = set(view.states)
    for _round in range(_ROUNDS):
        name = unique(slug(words), taken)
        proposed = Proposed(
            name,
            start,
            end,
            section,
            kind if kind in KINDS else "organisation",
            words if view.text.language == "fr" else "",
            words if view.text.language == "en" else "",
        )
        language = view.text.language
        around = view.text.around(section, language)
        claim = new_claim(page, proposed, site().kb.vocabulary, language, around)
        payload = {"claim": claim.model_dump(mode="json"), "after": after}
        if record(sent_entry("claim-added", text_id, name, payload, against="")) is None:
            break  # otherwise somebody added another one of this name meanwhile
    else:
        abort(409)
    flash(_("The claim is added: assess it."))
    return back(view, name)


def _read(view: StandingText) -> list[Sentence]:
    return sentences(view.page, view.text.language, site().kb.vocabulary)


@blueprint.post("/desk/texts/<text_id>/dismissed")
@needs("draft")
def dismiss(text_id: str) -> Response | tuple[str, int]:
    """Say for good that a sentence is no claim, and why."""
    view, form = view_or_404(text_id), DismissalForm.sent()
    if errors := form.mistakes():
        return _sentences_page(view, 422, errors)
    place = _sent_place(view)
    if place is None:
        keep_sent(request.path, signed_in().name)
        keep_for_now()
        return go_to("desk.sentences_of_page", text_id=text_id)
    words = flat(view.page[place[0] : place[1]])
    payload = {"words": words, "reason": form.reason.data}
    record(sent_entry("sentence-dismissed", text_id, payload=payload, against=""))
    return go_to("desk.sentences_of_page", f"s-{place[0]}", text_id=text_id)


@blueprint.post("/desk/texts/<text_id>/dismissed/undo")
@needs("draft")
def undo_dismissal(text_id: str) -> Response:
    """Take a dismissal back; the history keeps both."""
    view = view_or_404(text_id)
    words = flat(request.form.get("words", ""))
    if words not in dismissals(view.events):
        abort(400)
    record(sent_entry("dismissal-undone", text_id, payload={"words": words}, against=""))
    return go_to("desk.sentences_of_page", f"s-{request.form.get('start', '')}", text_id=text_id)
