"""`/desk/texts/<id>/claims/<claim>`: read, link, decide, discuss, sign.

Every form carries the hash of the claim it was opened on. The journal accepts a decision only
against the current state; whoever comes second is shown both versions and decides again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import Response, abort, flash, redirect, render_template, request, url_for

from evidence.appraisal.verdict import propose
from evidence.check import claim_problems
from evidence.claims.claim import STANCES, TRANSLATE, Claim
from evidence.claims.facets import field_of
from evidence.journal import ClaimState, DecisionConflict, Entry, JournalError, signing_payload
from evidence.journal.accounts import may
from evidence.journal.event import EventKind
from evidence.journal.state import change, claim_at
from evidence.search.request import SearchRequest
from evidence.standing import StandingText
from references.errors import UserError
from references.normalise import fold
from references.record import Reference
from webapp.accounts.session import needs, signed_in
from webapp.desk.attention import open_conflicts, reviewed_by
from webapp.desk.blueprint import blueprint
from webapp.desk.drafts import two
from webapp.desk.passage import passage_of
from webapp.desk.state import desk
from webapp.http.errors import Missing
from webapp.pages.texts import evidence_of, no_text
from webapp.site import SearchUnavailable, site, standing
from webapp.wording.desk import CLAIM_FIELDS
from webapp.wording.language import explained
from webapp.wording.phrases import gettext as _
from webapp.wording.words import CERTAINTY_REASONS, DIRECTNESS, concept_label

ROLES = ("population", "intervention", "comparator", "outcome", "concepts")
_BILINGUAL = ("statement", "rationale", "caveats")
OFFERED = 8  # suggestions and results beside a claim
KEPT = 2000  # statements whose suggestions are kept


def known_reason(state: ClaimState) -> str:
    """The reason given for the present verdict and certainty, "" when there is none."""
    for event in reversed(state.events):
        if not event.accepted:
            continue
        if event.kind == "sign-off" and event.payload.get("note"):
            return str(event.payload["note"])
        if event.kind == "review":
            if reason := str(event.payload.get("reason", "")):
                return reason
            if {"verdict", "certainty"} & set(event.payload.get("changes", {})):
                return ""
    return ""


def view_or_404(text_id: str) -> StandingText:
    """The text of an address as it stands now, or the page that lists those there are."""
    if text_id not in standing().texts:
        known = (one.text for one in standing().texts.values())
        raise no_text(text_id, known, "desk.dashboard")
    return desk().view(text_id)


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


@dataclass(frozen=True)
class OfferedReference:
    """A reference offered beside a claim: found by the search, or suggested with reasons."""

    reference: Reference
    why: tuple[str, ...] = ()


def _suggestions(claim: Claim) -> list[OfferedReference]:
    linked = {link.reference for link in claim.links}
    library = desk().kb.library
    return [
        OfferedReference(library[key], why)
        for key, why in _suggested(claim.statement.fr, claim.statement.en)
        if key in library and key not in linked
    ][:OFFERED]


def _suggested(fr: str, en: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Keys and reasons for a statement, best first; kept, as they depend on its words alone."""
    known = desk().suggested
    if (fr, en) in known:
        return known[fr, en]
    scores: dict[str, float] = {}
    why: dict[str, tuple[str, ...]] = {}
    try:
        for words, mark in ((fr, TRANSLATE["fr"]), (en, TRANSLATE["en"])):
            if words.startswith(mark):
                continue  # the other language's words again
            for found in site().engine.suggest(words, 3 * OFFERED):
                if found.score > scores.get(found.key, 0):
                    scores[found.key] = found.score
                    why[found.key] = tuple(
                        dict.fromkeys(
                            reason.what
                            for reason in sorted(found.why, key=lambda r: -r.weight)
                            if reason.what
                        )
                    )[:6]
    except (SearchUnavailable, UserError):
        return ()
    if len(known) >= KEPT:
        known.clear()
    known[fr, en] = tuple((key, why[key]) for key in sorted(scores, key=lambda k: -scores[k]))
    return known[fr, en]


def _results(words: str, claim: Claim) -> tuple[list[OfferedReference], int, str]:
    """References for a search beside the claim, how many there are in all, and what went wrong."""
    if not words:
        return [], 0, ""
    linked = {link.reference for link in claim.links}
    try:
        answer = site().engine.search(
            SearchRequest(words[:1000], limit=OFFERED, facets=(), highlight=False)
        )
    except SearchUnavailable:
        return [], 0, _("The search is not available")
    except UserError as error:
        return [], 0, explained(error)
    library = desk().kb.library
    keys = [answer.redirect] if answer.redirect else [hit.key for hit in answer.results]
    found = [OfferedReference(library[key]) for key in keys if key in library and key not in linked]
    return found, max(answer.total, len(found)), ""


def _page(
    view: StandingText, state: ClaimState, claim: Claim, status: int = 200, **more: Any
) -> tuple[str, int]:
    proposal = propose(claim, desk().kb.library)
    place = [c.id for c in view.text.claims].index(claim.id)
    words = request.args.get("q", "").strip()
    values = form_values(claim)
    if request.args.get("take") == "proposal":
        values |= {
            "verdict": proposal.verdict,
            "certainty": proposal.certainty,
            "certainty_reasons": list(proposal.reasons),
        }
    results, total, trouble = _results(words, claim)
    context = {
        "view": view,
        "text": view.text,
        "state": state,
        "claim": claim,
        "values": values,
        "reason": known_reason(state),
        "proposal": proposal,
        "differs": proposal.differs(claim),
        "reasons_said": reasons_said,
        "passage": passage_of(view, claim),
        "evidence": evidence_of(claim),
        "suggestions": _suggestions(claim),
        "words": words,
        "results": results,
        "total": total,
        "trouble": trouble,
        "problems": problems_of(view, claim) if claim.is_assessed else [],
        "found_concepts": concept_roles(claim),
        "reviewed": reviewed_by(state),
        "conflicts": open_conflicts(state),
        "people": people_who("review"),
        "errors": [],
        "number": place + 1,
        "before": view.text.claims[place - 1] if place else None,
        "after": view.text.claims[place + 1] if place + 1 < len(view.text.claims) else None,
    }
    return render_template("desk/claim.html", **(context | more)), status


def reasons_said(why: Iterable[str]) -> str:
    """Why a reference is suggested: concepts by their names, each word once."""
    shown: list[str] = []
    for what in why:
        label = str(concept_label(what)) if what in desk().kb.vocabulary else what
        if not any(fold(label) in fold(one) for one in shown):
            shown.append(label)
    return ", ".join(shown)


def problems_of(view: StandingText, claim: Claim) -> list[str]:
    """The rules of the register that a claim breaks, each as a sentence."""
    return [
        (
            _(
                "%(field)s: %(problem)s.",
                field=CLAIM_FIELDS.get(name.partition(".")[0], name),
                problem=explained(message),
            )
        )
        for name, message in claim_problems(desk().kb, view.text, claim)
    ]


def people_who(action: str) -> list[Any]:
    """Accounts that may do something, by the name of the person."""
    found = [a for a in desk().accounts.all() if not a.disabled and may(a.role, action)]
    return sorted(found, key=lambda account: account.person.casefold())


def concept_roles(claim: Claim) -> list[tuple[str, str]]:
    """The concepts of a claim with the part they play, then those its words name ("")."""
    roles: dict[str, str] = {}
    for role in ROLES:
        for concept in getattr(claim, role):
            roles.setdefault(concept, role)
    for language in ("fr", "en"):
        for mention in desk().kb.vocabulary.find(claim.statement[language], language):
            roles.setdefault(mention.concept.id, "")
    return list(roles.items())[:60]


@blueprint.get("/desk/texts/<text_id>/claims/<claim_id>")
@needs("read")
def decide(text_id: str, claim_id: str) -> tuple[str, int]:
    """One claim: what it says, what speaks for it, what was decided, what to do."""
    return _page(*claim_view(text_id, claim_id))


# ---- forms ----------------------------------------------------------------------------


def form_values(claim: Claim) -> dict[str, Any]:
    """What the fields of the decision show for a claim."""
    values: dict[str, Any] = {
        "verdict": claim.verdict,
        "certainty": claim.certainty,
        "certainty_reasons": list(claim.certainty_reasons),
        "kind": claim.kind,
        "section": claim.section,
        **{
            f"{name}_{language}": getattr(text, language) if (text := getattr(claim, name)) else ""
            for name in _BILINGUAL
            for language in ("fr", "en")
        },
    }
    if not claim.is_assessed:  # nobody has chosen anything: the form does not choose either
        values |= {
            "verdict": "",
            "certainty": "",
            "certainty_reasons": [],
            "rationale_fr": "",
            "rationale_en": "",
        }
    for language, mark in TRANSLATE.items():
        if values[f"statement_{language}"].startswith(mark):
            values[f"statement_{language}"] = ""
    return values


def _sent_values() -> dict[str, Any]:
    form = request.form
    return {
        "verdict": form.get("verdict", ""),
        "certainty": form.get("certainty", ""),
        "certainty_reasons": form.getlist("certainty_reasons"),
        "kind": form.get("kind", ""),
        "section": form.get("section", ""),
        **{
            f"{name}_{language}": form.get(f"{name}_{language}", "").strip()
            for name in _BILINGUAL
            for language in ("fr", "en")
        },
    }


def _both(values: Mapping[str, Any], name: str, language: str) -> dict[str, str] | None:
    """A text in both languages; where one is empty the other stands in for it."""
    fr, en = values[f"{name}_fr"], values[f"{name}_en"]
    if not fr and not en:
        return None
    return {"fr": fr or en, "en": en or fr}


def _concepts_sent(seen: Claim, errors: list[str]) -> dict[str, list[str]]:
    """The concepts by the part they play, after what the form changes."""
    chosen = {role: list(getattr(seen, role)) for role in ROLES}

    def move(concept: str, role: str) -> None:
        for ids in chosen.values():
            if concept in ids:
                ids.remove(concept)
        if role:
            chosen[role].append(concept)

    for concept in dict.fromkeys(request.form.getlist("concept")[:200]):
        role = request.form.get(f"role-{concept}", "")
        shown = next((r for r in ROLES if concept in getattr(seen, r)), "")
        known = concept in desk().kb.vocabulary or shown
        if role != shown and role in ("", *ROLES) and known:
            move(concept, role)
    for term in request.form.get("more_concepts", "").replace("\n", ",").split(",")[:50]:
        if not term.strip():
            continue
        found = desk().kb.vocabulary.resolve(term.strip())
        if found is None:
            errors.append(_("“%(term)s” is not in the vocabulary.", term=term.strip()[:80]))
        elif not any(found.id in ids for ids in chosen.values()):
            chosen[field_of(found.facet)].append(found.id)
    return chosen


def changes_of(seen: Claim, values: Mapping[str, Any], errors: list[str]) -> dict[str, Any]:
    """The fields in which the form differs from the claim it was opened on."""
    plain = seen.model_dump(mode="json")
    made: dict[str, Any] = {
        name: values[name] for name in ("verdict", "certainty", "kind", "section")
    }
    made["certainty_reasons"] = [r for r in CERTAINTY_REASONS if r in values["certainty_reasons"]]
    for name in _BILINGUAL:
        made[name] = _both(values, name, "fr")
    fr, en = values["statement_fr"], values["statement_en"]
    if fr or en:
        made["statement"] = two(fr, en).model_dump()  # what is not translated says so
    if not values["verdict"]:
        errors.append(_("Choose a verdict."))
    if not values["certainty"]:
        errors.append(_("Choose a certainty."))
    if made["statement"] is None:
        errors.append(_("A claim needs its statement, in one language at least."))
    if made["rationale"] is None:
        errors.append(_("Say what the literature says, in one language at least."))
    if "concept" in request.form or "more_concepts" in request.form:
        made |= _concepts_sent(seen, errors)
    if made["verdict"] in ("not-checkable", "no-evidence-found") and made["certainty"] == "none":
        made["certainty_reasons"] = made["certainty_reasons"] or (
            ["no-studies"] if made["verdict"] == "no-evidence-found" else []
        )
    return {name: value for name, value in made.items() if value != plain[name]}


def _entry(
    kind: EventKind,
    view: StandingText,
    claim_id: str,
    payload: Mapping[str, Any],
    against: str = "",
) -> Entry:
    me = signed_in()
    sent = request.form.get("entry", "")
    try:
        name = str(uuid.UUID(sent))
    except ValueError:
        name = str(uuid.uuid4())
    return Entry(
        me.name,
        kind,
        view.text.id,
        claim_id,
        against or request.form.get("against", "")[:64],
        payload,
        me.person,
        name,
    )


def _back(view: StandingText, claim_id: str, part: str = "") -> Response:
    address = url_for("desk.decide", text_id=view.text.id, claim_id=claim_id)
    return cast(Response, redirect(address + (f"#{part}" if part else ""), 303))


def _told(
    view: StandingText, state: ClaimState, conflict: DecisionConflict, entry: Entry
) -> tuple[str, int]:
    """The page for whoever came second: their version, the one that stands, and a way on."""
    yours, current = conflict.yours, conflict.current
    changed: list[tuple[str, Any, Any, Any]] = []
    fields = [name for name in Claim.model_fields if name not in ("id", "reviewed")]
    for name in fields:
        was = getattr(conflict.seen, name) if conflict.seen else None
        mine = getattr(yours, name) if yours else None
        now = getattr(current, name) if current else None
        if (yours and mine != now) or (conflict.seen and was != now):
            changed.append((name, was, mine, now))
    page = render_template(
        "desk/conflict.html",
        view=view,
        text=view.text,
        state=state,
        conflict=conflict,
        changed=changed,
        kind=entry.kind,
        values=_sent_values() if entry.kind == "review" else {},
        payload=entry.payload,
        reason=request.form.get("reason", ""),
        against=current.hash if current else "",
    )
    return page, 409


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/decide")
@needs("review")
def save_decision(text_id: str, claim_id: str) -> Response | tuple[str, int]:
    """Record verdict, certainty and wording; a reason where they differ from the proposal."""
    view, state, claim = claim_view(text_id, claim_id)
    values, reason = _sent_values(), request.form.get("reason", "").strip()
    against = request.form.get("against", "")
    seen = claim_at(state, against) or claim
    errors: list[str] = []
    changes = changes_of(seen, values, errors)
    payload = {"changes": changes, "reason": reason}
    entry = _entry("review", view, claim_id, payload)
    made: Claim | None = None
    if not errors:
        try:
            made = change(seen, entry)
        except JournalError as error:
            errors.append(explained(error))
    if made is not None:
        differs = propose(made, desk().kb.library).differs(made)
        if differs and not reason:
            errors.append(_("Your decision differs from the proposal: say why."))
    if errors:
        more = {"values": values, "reason": reason, "errors": errors}
        return _page(view, state, claim, 422, **more)
    _event, conflict = desk().record(entry, state.registered)
    if conflict:
        return _told(view, state, conflict, entry)
    flash(_("Your decision is recorded.") if changes else _("Marked as reviewed."))
    return _onward(view, claim_id, lambda state: reviewed_by(state) is None)


def _onward(view: StandingText, claim_id: str, waits: Callable[[ClaimState], bool]) -> Response:
    """Back to the claim, or with "then" to the next one that waits for the same."""
    if request.form.get("then") != "next":
        return _back(view, claim_id)
    ids = [claim.id for claim in view.text.claims]
    place = ids.index(claim_id) + 1
    following = [*ids[place:], *ids[: place - 1]]
    states = desk().view(view.text.id).states
    for one in following:
        if one in states and states[one].claim is not None and waits(states[one]):
            return _back(view, one)
    flash(_("No other claim of this text waits for that."))
    return cast(Response, redirect(url_for("desk.dashboard", text_id=view.text.id), 303))


# ---- links ----------------------------------------------------------------------------


@blueprint.get("/desk/texts/<text_id>/claims/<claim_id>/links/<key>")
@needs("link")
def link_form(text_id: str, claim_id: str, key: str) -> tuple[str, int]:
    """Link a reference, or change how it is linked."""
    return _link_page(text_id, claim_id, key)


def _link_page(
    text_id: str, claim_id: str, key: str, status: int = 200, **more: Any
) -> tuple[str, int]:
    view, state, claim = claim_view(text_id, claim_id)
    reference = desk().kb.library.get(key)
    link = next((one for one in claim.links if one.reference == key), None)
    if reference is None and link is None:
        raise Missing(_("There is no reference with the key “%(key)s”.", key=key))
    values = {
        "stance": link.stance if link else "",
        "finding": link.finding if link else "",
        "note_fr": link.note.fr if link else "",
        "note_en": link.note.en if link else "",
        **{name: (link.directness.as_dict().get(name, "") if link else "") for name in DIRECTNESS},
    }
    context = {
        "view": view,
        "text": view.text,
        "state": state,
        "claim": claim,
        "key": key,
        "reference": reference,
        "link": link,
        "values": values,
        "errors": [],
        "passage": passage_of(view, claim),
    }
    return render_template("desk/link.html", **(context | more)), status


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/links/<key>")
@needs("link")
def save_link(text_id: str, claim_id: str, key: str) -> Response | tuple[str, int]:
    """Record a link with its stance, directness, finding and note."""
    view, state, claim = claim_view(text_id, claim_id)
    form = request.form
    if key not in desk().kb.library and key not in {link.reference for link in claim.links}:
        abort(404)
    values = {
        name: form.get(name, "").strip()
        for name in ("stance", "finding", "note_fr", "note_en", *DIRECTNESS)
    }
    errors = []
    if values["stance"] not in STANCES:
        errors.append(_("Say which way the study points: choose a stance."))
    if any(values[name] not in ("", "direct", "indirect") for name in DIRECTNESS):
        abort(400)
    if not values["note_fr"] and not values["note_en"]:
        errors.append(_("Say in a note what the study shows for this claim."))
    if errors:
        return _link_page(text_id, claim_id, key, 422, values=values, errors=errors)
    link = {
        "reference": key,
        "stance": values["stance"],
        "directness": {name: values[name] for name in DIRECTNESS if values[name]},
        "finding": values["finding"],
        "note": {
            "fr": values["note_fr"] or values["note_en"],
            "en": values["note_en"] or values["note_fr"],
        },
    }
    entry = _entry("link-added", view, claim_id, {"link": link})
    try:
        _event, conflict = desk().record(entry, state.registered)
    except JournalError as error:
        return _link_page(text_id, claim_id, key, 422, values=values, errors=[explained(error)])
    if conflict:
        return _told(view, state, conflict, entry)
    flash(_("The reference is linked."))
    return _back(view, claim_id, "links")


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/links/<key>/remove")
@needs("link")
def remove_link(text_id: str, claim_id: str, key: str) -> Response | tuple[str, int]:
    """Take a link away; the history keeps it."""
    view, state, _claim = claim_view(text_id, claim_id)
    payload = {"reference": key, "reason": request.form.get("reason", "").strip()}
    entry = _entry("link-removed", view, claim_id, payload)
    try:
        _event, conflict = desk().record(entry, state.registered)
    except JournalError as error:
        flash(explained(error))
        return _back(view, claim_id, "links")
    if conflict:
        return _told(view, state, conflict, entry)
    flash(_("The link is removed; the history keeps it."))
    return _back(view, claim_id, "links")


# ---- comments, assignment, signature, removal -----------------------------------------


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/comments")
@needs("comment")
def comment(text_id: str, claim_id: str) -> Response | tuple[str, int]:
    """Say something about a claim."""
    view, state, claim = claim_view(text_id, claim_id)
    words = request.form.get("words", "").strip()
    if not words:
        return _page(view, state, claim, 422, errors=[_("The comment is empty; write something.")])
    entry = _entry("comment", view, claim_id, {"words": words[:20_000]})
    desk().record(entry)
    return _back(view, claim_id, "discussion")


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/comments/<comment_id>/resolve")
@needs("comment")
def resolve(text_id: str, claim_id: str, comment_id: str) -> Response:
    """Close a comment: its author may, and whoever resolves other people's."""
    view, state, _claim = claim_view(text_id, claim_id)
    found = next((event for event in state.open_comments if event.id == comment_id), None)
    if found is None:
        abort(404)
    me = signed_in()
    if found.by != me.name and not may(me.role, "resolve"):
        abort(403)
    desk().record(_entry("comment-resolved", view, claim_id, {"comment": comment_id}))
    return _back(view, claim_id, "discussion")


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/assign")
@needs("assign")
def assign(text_id: str, claim_id: str) -> Response:
    """Give a claim to somebody, or to nobody."""
    view, state, _claim = claim_view(text_id, claim_id)
    to = request.form.get("to", "")
    if to and to not in {account.name for account in people_who("review")}:
        abort(400)
    if to != state.assignee:
        desk().record(_entry("assignment", view, claim_id, {"to": to}))
    flash(_("The claim is assigned.") if to else _("The claim is assigned to nobody."))
    return _back(view, claim_id)


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/sign")
@needs("sign")
def sign(text_id: str, claim_id: str) -> Response | tuple[str, int]:
    """Sign a claim as it was shown, in one's own name."""
    view, state, claim = claim_view(text_id, claim_id)
    against = request.form.get("against", "")
    seen = claim_at(state, against) or claim
    proposal = propose(seen, desk().kb.library)
    note = request.form.get("note", "").strip() or known_reason(state)
    errors = []
    if proposal.differs(seen) and not note:
        errors.append(_("The decision differs from the proposal: say why before you sign."))
    if not seen.is_assessed:
        errors.append(_("Nobody has decided on this claim yet: decide before you sign."))
    else:
        errors += problems_of(view, seen)
    if errors:
        return _page(view, state, claim, 422, errors=errors)
    if request.form.get("page", "") != view.page_hash:
        return _page(
            view,
            state,
            claim,
            409,
            errors=[
                _(
                    "The page was loaded again after you opened this claim: look at the passage "
                    "as it stands now, then sign."
                )
            ],
        )
    payload = signing_payload(
        seen,
        desk().kb.library,
        view.page_hash,
        {"verdict": proposal.verdict, "certainty": proposal.certainty},
        note,
    )
    entry = _entry("sign-off", view, claim_id, payload)
    _event, conflict = desk().record(entry, state.registered)
    if conflict:
        return _told(view, state, conflict, entry)
    flash(_("Signed by %(who)s.", who=signed_in().person))
    return _onward(
        view,
        claim_id,
        lambda state: not state.signed and state.claim is not None and state.claim.is_assessed,
    )


@blueprint.post("/desk/texts/<text_id>/claims/<claim_id>/remove")
@needs("remove-claim")
def remove_claim(text_id: str, claim_id: str) -> Response | tuple[str, int]:
    """Take a claim out of the register; the history keeps it."""
    view, state, claim = claim_view(text_id, claim_id)
    reason = request.form.get("reason", "").strip()
    if not reason:
        return _page(view, state, claim, 422, errors=[_("Say why the claim is removed.")])
    entry = _entry("claim-removed", view, claim_id, {"reason": reason})
    _event, conflict = desk().record(entry, state.registered)
    if conflict:
        return _told(view, state, conflict, entry)
    flash(_("The claim is removed; the history keeps it."))
    address = url_for("desk.dashboard", text_id=text_id)
    return cast(Response, redirect(address, 303))
