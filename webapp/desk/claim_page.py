"""The page of one claim: what speaks for it, what was decided, what to do; and ways back to it."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from flask import Response, flash, render_template, request, url_for

from evidence.appraisal.verdict import propose
from evidence.checks.claims import claim_problems
from evidence.claims.claim import Bilingual, Claim, Link
from evidence.journal import ClaimState, DecisionConflict, Entry
from evidence.journal.accounts import Account, may
from evidence.standing import StandingText
from webapp.desk import offers
from webapp.desk.attention import open_conflicts, reviewed_by
from webapp.desk.blueprint import go_to
from webapp.desk.forms import ROLES, chosen_links, decision_values, link_values, with_chosen_links
from webapp.desk.forms import typed as written
from webapp.desk.passage import passage_of
from webapp.desk.recording import record
from webapp.desk.unsent import typed_in
from webapp.http.error_pages import Missing
from webapp.lookups import no_text
from webapp.pages.texts import evidence_of
from webapp.site import site, standing
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained
from webapp.wording.words import DIRECTNESS, names


def view_or_404(text_id: str) -> StandingText:
    """The text of an address as it stands now, or the page that lists those there are."""
    if text_id not in standing().texts:
        known = (one.text for one in standing().texts.values())
        raise no_text(text_id, known, "desk.dashboard")
    return standing().text(text_id).whole()


def claim_view(text_id: str, claim_id: str) -> tuple[StandingText, ClaimState, Claim]:
    """Text, state and claim of an address.

    Raises:
        Missing: there is none, or the claim was removed.
    """
    view = view_or_404(text_id)
    state = view.states.get(claim_id)
    if state is None or state.claim is None:
        near = [(_("The dashboard of this text"), url_for("desk.dashboard", text_id=text_id))]
        raise Missing(_("The text has no claim “%(id)s”, or it was removed.", id=claim_id), near)
    return view, state, state.claim


def problems_of(
    view: StandingText, claim: Claim, fields: Container[str] | None = None
) -> list[str]:
    """The rules of the register that a claim breaks, each as a sentence; those of some fields."""
    named = names("claim-field")
    return [
        _("%(field)s: %(problem)s.", field=named.get(field, field), problem=explained(fault))
        for field, fault in (
            (name.partition(".")[0], fault)
            for name, fault in claim_problems(site().kb, view.text, claim)
        )
        if fields is None or field in fields
    ]


#: Where a claim says what was decided on what: what breaks a rule there is told before.
_JUDGED = ("verdict", "certainty", "certainty_reasons", "links", "rationale")


def broken_by(view: StandingText, made: Claim) -> list[str]:
    """The rules that a decision would break: told before it is recorded."""
    return problems_of(view, made, _JUDGED)


def people_who(action: str) -> list[Account]:
    """Accounts that may do something, by the name of the person."""
    people = [a for a in site().accounts.all() if not a.disabled and may(a.role, action)]
    return sorted(people, key=lambda account: account.person.casefold())


def concept_roles(claim: Claim) -> list[tuple[str, str]]:
    """The concepts of a claim with the part they play, then those its words name ("")."""
    roles: dict[str, str] = {}
    for role in ROLES:
        for concept in getattr(claim, role):
            roles.setdefault(concept, role)
    for language in ("fr", "en"):
        for mention in site().kb.vocabulary.find(claim.statement[language], language):
            roles.setdefault(mention.concept.id, "")
    return list(roles.items())[:60]


def claim_page(
    view: StandingText, state: ClaimState, claim: Claim, status: int = 200, **more: Any
) -> tuple[str, int]:
    """The page of a claim.

    Args:
        view: the text as it stands.
        state: the claim with its events.
        claim: the claim as it is now.
        status: of the answer.
        more: `errors` of a form that was refused; what was typed its form asks of `unsent`.
    """
    claims = view.text.claims
    place = [one.id for one in claims].index(claim.id)
    typed = typed_in(url_for("desk.save_decision", text_id=view.text.id, claim_id=claim.id))
    proposal = propose(with_chosen_links(claim, typed.fields), site().kb.library)
    words = request.args.get("q", "").strip()
    results, total, trouble = offers.results(words, claim)
    suggestions = offers.suggestions(claim, view.text)
    linked = {link.reference for link in claim.links}
    chosen = [key for key in chosen_links(typed.fields) if key not in linked]
    context = {
        "view": view,
        "text": view.text,
        "state": state,
        "claim": claim,
        "values": decision_values(claim),
        "link_values": link_values,
        "reason": state.reason,
        "proposal": proposal,
        "typed": typed,
        "differs": propose(claim, site().kb.library).differs(claim),
        "reasons_in_words": offers.reasons_in_words,
        "passage": passage_of(view, claim),
        "evidence": evidence_of(claim),
        "suggestions": offers.beside(suggestions, results, chosen),
        "beyond": offers.beyond(claim, view.text, len(suggestions)),
        "words": words,
        "results": results,
        "total": total,
        "trouble": trouble,
        "problems": problems_of(view, claim) if claim.is_assessed else [],
        "concept_roles": concept_roles(claim),
        "reviewed": reviewed_by(state),
        "conflicts": open_conflicts(state),
        "people": people_who("review"),
        "errors": [],
        "number": place + 1,
        "before": claims[place - 1] if place else None,
        "after": claims[place + 1] if place + 1 < len(claims) else None,
    }
    return render_template("desk/claim.html", **(context | more)), status


def _differences(conflict: DecisionConflict) -> list[tuple[str, Any, Any, Any]]:
    """Field by field: as it was seen, as the second one would have it, as it stands."""
    seen, yours, current = conflict.seen, conflict.yours, conflict.current
    changed: list[tuple[str, Any, Any, Any]] = []
    for name in Claim.model_fields:
        was, mine, now = (getattr(one, name) if one else None for one in (seen, yours, current))
        differs = (yours and mine != now) or (seen and was != now)
        if differs and name not in ("id", "reviewed"):
            changed.append((name, was, mine, now))
    return changed


def _link_differences(conflict: DecisionConflict, key: str) -> list[tuple[str, Any, Any, Any]]:
    """The same of one link, by its own fields."""

    def fields(claim: Claim | None) -> dict[str, Any]:
        link = next((one for one in claim.links if one.reference == key), None) if claim else None
        if link is None:
            return {}
        stated = dict.fromkeys(DIRECTNESS) | link.directness.as_dict()
        return {"stance": link.stance, "note": link.note, "finding": link.finding, **stated}

    was, mine, now = map(fields, (conflict.seen, conflict.yours, conflict.current))
    names_of = ("stance", "note", "finding", *DIRECTNESS)
    versions = [(n, was.get(n), mine.get(n), now.get(n)) for n in names_of]
    return [row for row in versions if row[2] != row[3]]


def conflict_page(
    view: StandingText, state: ClaimState, conflict: DecisionConflict, entry: Entry
) -> tuple[str, int]:
    """The page for whoever came second: three versions, to choose from field by field."""
    current, kind = conflict.current, entry.kind
    mine, key = {}, ""
    if kind == "link-added":
        key = str(entry.payload["link"]["reference"])
        mine = link_values(Link.model_validate(entry.payload["link"]))
    page = render_template(
        "desk/conflict.html",
        view=view,
        text=view.text,
        state=state,
        conflict=conflict,
        changed=_link_differences(conflict, key) if key else _differences(conflict),
        kind=kind,
        payload=entry.payload,
        link_fields=("stance", "note", "finding", *DIRECTNESS),
        mine_of_link=mine,
        own_words=written,
        bilingual_of=Bilingual.model_validate,
        reason=request.form.get("reason", ""),
        against=current.hash if current else "",
    )
    return page, 409


def recorded(
    view: StandingText, state: ClaimState, entry: Entry, done: str, answer: Callable[[], Response]
) -> Response | tuple[str, int]:
    """Record a decision: `answer` with the notice `done`, or the page for who came second.

    Raises:
        JournalError: the entry is not valid.
    """
    if conflict := record(entry, state.registered):
        return conflict_page(view, state, conflict, entry)
    flash(done)
    return answer()


def back(view: StandingText, claim_id: str, part: str = "") -> Response:
    """To the page of a claim, or to a part of it."""
    return go_to("desk.decide", part, text_id=view.text.id, claim_id=claim_id)


def onward(view: StandingText, claim_id: str, waits: Callable[[ClaimState], bool]) -> Response:
    """Back to the claim, or with "then" to the next one that waits for the same."""
    if request.form.get("then") != "next":
        return back(view, claim_id)
    ids = [claim.id for claim in view.text.claims]
    place = ids.index(claim_id) + 1
    states = standing().text(view.text.id).whole().states
    for one in [*ids[place:], *ids[: place - 1]]:
        if one in states and states[one].claim is not None and waits(states[one]):
            return back(view, one)
    flash(_("No other claim of this text waits for that."))
    return go_to("desk.dashboard", text_id=view.text.id)
