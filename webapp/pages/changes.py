"""`/changes`: what was decided, linked, signed and found on the texts, the newest first.

Readers see what changes a claim, a source or the page; who was asked to do what, and what was
said about it, stays on the desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Literal

from flask import Blueprint, render_template, request

from evidence.anchoring.drift import Drift
from evidence.claims.claim import Claim
from evidence.claims.text import Text
from evidence.journal import DECISIONS, Event
from evidence.originals.versions import Version
from evidence.standing import StandingText
from webapp.lookups import requested_page, text_or_404
from webapp.site import site, standing
from webapp.tracking import takes

blueprint = Blueprint("changes", __name__)
takes(blueprint, changes="text page")

#: Events that change what a reader finds.
PUBLIC_KINDS = (*DECISIONS, "sign-off", "source-checked")
PAGE = 50


@dataclass(frozen=True)
class Change:
    """Something that happened to a text: an event of the journal, or its page loaded again.

    `claim` is the claim as it is now, None where the event is about none or it is gone.
    `before` is the verdict that an event replaced, "" where it replaced none. `drift` is what
    became of claims and sources on the newest version of the page.
    """

    at: datetime
    text: Text
    kind: Literal["event", "page"]
    event: Event | None = None
    claim: Claim | None = None
    before: str = ""
    version: Version | None = None
    drift: Drift | None = None


def _of(view: StandingText) -> Iterator[Change]:
    """The changes of one text, in any order."""
    now = {claim.id: claim for claim in view.text.claims}
    verdicts = {c.id: c.verdict or "" for c in view.registered.claims}
    readable = {claim.id for claim in view.public.claims} if view.public else set()
    for event in view.events:
        if event.kind not in PUBLIC_KINDS or not event.accepted or not _is_public(view, event, now):
            continue
        before = ""
        if event.kind == "review" and (new := event.payload.get("changes", {}).get("verdict")):
            known = verdicts.get(event.claim, "")
            before, verdicts[event.claim] = (known if known != new else ""), new
        yield Change(event.at, view.text, "event", event, now.get(event.claim), before)
    for version in site().assembler.originals.versions(view.text.id):
        drift = view.drift if version == view.version else None
        if drift is not None:  # readers know nothing of claims nobody has assessed
            seen = tuple(one for one in drift.claims if one.claim in readable)
            drift = replace(drift, claims=seen)
        yield Change(version.loaded, view.text, "page", version=version, drift=drift)


def _is_public(view: StandingText, event: Event, now: Mapping[str, Claim]) -> bool:
    """Whether readers see an event: not when its claim is, or was until its end, only a draft."""
    claim = now.get(event.claim)
    return not event.claim or (claim.is_assessed if claim else view.was_assessed(event.claim))


def changes_of(texts: Iterable[Text]) -> list[Change]:
    """The changes of some texts, the newest first."""
    listed = [change for text in texts for change in _of(standing().text(text.id))]
    return sorted(listed, key=lambda change: change.at, reverse=True)


@blueprint.get("/changes")
def changes() -> str:
    """Recent changes by day; `text` names one text, `page` goes back in time."""
    asked = request.args.get("text")
    text = text_or_404(asked) if asked else None
    page = requested_page()
    listed = changes_of([text] if text else standing().public.values())
    part = listed[(page - 1) * PAGE : page * PAGE]
    return render_template(
        "changes.html",
        text=text,
        days=[(day, list(group)) for day, group in groupby(part, key=lambda c: c.at.date())],
        page=page,
        more=len(listed) > page * PAGE,
    )
