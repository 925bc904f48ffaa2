"""Look for the cited sources of a text again, in the services that are configured."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

from flask import Response, abort, flash, request

from evidence.claims.text import CitedSource
from evidence.services.settled import reopen, settle
from evidence.services.taking import take
from evidence.services.verification import check_now
from evidence.wording import LANGUAGES, render
from evidence.wording.dates import day
from references.errors import UserError, message
from references.normalise import whole_number
from references.verify import Check, cited_string
from webapp.accounts.session import needs, signed_in
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.claim_page import back as back_to_claim
from webapp.desk.claim_page import view_or_404
from webapp.desk.recording import record, sent_entry
from webapp.lookups import reference_or_404
from webapp.site import refresh_standing, site, standing
from webapp.wording.display import byline
from webapp.wording.gettext import gettext as _
from webapp.wording.gettext import ngettext
from webapp.wording.language import explained

#: One round of questions at a time: the services ask for patience, and so do the other readers.
_ASKING = threading.Lock()


def payload_of(source: CitedSource, check: Check) -> dict[str, Any]:
    """What the journal keeps of a check."""
    library = site().kb.library
    own = [w.id for w in check.works if w.source == "library" and w.id in library]
    by_id = {r.doi.lower(): r.key for r in library.values() if r.doi}
    for work in check.works:
        key = by_id.get(work.reference.doi.lower()) if work.reference.doi else None
        if key:
            own.append(key)
    near = [c.work.id for c in check.candidates if c.work.source == "library"]
    services = list(dict.fromkeys(one.source for one in check.lookups if one.answered))
    today = datetime.now(UTC).date()
    sentences = {}
    for language in LANGUAGES:
        sentence = message(
            "Looked for in {services} on {day}.",
            services=", ".join(services),
            day=day(today, language),
        )
        sentences[language] = render(sentence, language)
    return {
        "cited": source.cited,
        "status": check.status,
        "reference": own[0] if own else None,
        "nearest": list(dict.fromkeys(key for key in near if key in library))[:5],
        "looked": sentences,
    }


@blueprint.post("/desk/texts/<text_id>/sources/take")
@needs("link")
def take_source(text_id: str) -> Response:
    """Take a cited source into the library: what the services say of it, asked once more."""
    view = view_or_404(text_id)
    number = whole_number(request.form.get("source", "")) or 0
    if not 1 <= number <= len(view.text.sources):
        abort(400)
    source = view.text.sources[number - 1]
    claim = request.form.get("claim", "")
    answer = go_to("desk.dashboard", "sources", text_id=text_id)
    if claim in view.states:
        answer = back_to_claim(view, claim)
    if not _ASKING.acquire(blocking=False):
        flash(_("Sources are being looked for already; try again when that is done."))
        return answer
    try:
        (check,) = check_now(site().kb, site().instance, [cited_string(source.cited)])
        taken = take(site().kb, check, site().assembler.files)
    except UserError as error:
        flash(explained(error))
        return answer
    finally:
        _ASKING.release()
    payload = payload_of(source, check) | {"reference": taken.key}
    record(sent_entry("source-checked", text_id, payload=payload, against=""))
    work = byline(site().kb.library[taken.key])
    if taken.is_new:
        flash(
            _("%(work)s is in the library now; link it to say what it does for a claim.", work=work)
        )
    else:
        flash(_("%(work)s is in the library already; the source points to it.", work=work))
    return answer


@blueprint.post("/desk/findings")
@needs("check-source")
def settle_finding() -> Response:
    """Say that what was found of a citation may stand and why, or take that back.

    `back` names the page to return to: a text and the number of its source, or nothing for that
    of the record.
    """
    sent, me = request.form, signed_in()
    name, reason = sent.get("name", ""), sent.get("reason", "")
    journal = site().assembler.journal
    try:
        if sent.get("undo"):
            reopen(journal, name, reason, me.name, me.person)
            flash(_("The finding is open again."))
        else:
            seen = sent.get("seen", "")
            library = site().kb.library
            settle(journal, site().instance, name, reason, me.name, me.person, seen, library)
            flash(_("The finding is settled."))
    except UserError as error:
        flash(explained(error))
    refresh_standing()
    text_id, _space, number = sent.get("back", "").partition(" ")
    if text_id in standing().texts:
        part = f"source-{whole_number(number) or 1}"
        return go_to("sources.sources", part, text_id=text_id)
    reference_or_404(name)
    return go_to("library.reference", key=name)


@blueprint.post("/desk/texts/<text_id>/sources/check")
@needs("check-source")
def check_sources(text_id: str) -> Response:
    """Look for one cited source, or for all of them."""
    view = view_or_404(text_id)
    which = request.form.get("source", "all")
    sources = list(view.text.sources)
    if which != "all":
        number = whole_number(which) or 0
        if not 1 <= number <= len(sources):
            abort(400)
        sources = [sources[number - 1]]
    back = go_to("desk.dashboard", "sources", text_id=text_id)
    if request.form.get("back") == "sources":
        part = f"source-{which}" if which != "all" else ""
        back = go_to("sources.sources", part, text_id=text_id)
    if not _ASKING.acquire(blocking=False):
        flash(_("Sources are being looked for already; try again when that is done."))
        return back
    try:
        cited = [cited_string(source.cited) for source in sources]
        checks = check_now(site().kb, site().instance, cited)
    except UserError as error:
        flash(explained(error))
        return back
    finally:
        _ASKING.release()
    done = 0
    for source, check in zip(sources, checks, strict=True):
        if check.status == "unchecked" or not any(one.answered for one in check.lookups):
            continue
        payload = payload_of(source, check)
        record(sent_entry("source-checked", text_id, payload=payload, against=""))
        done += 1
    if done:
        flash(ngettext("%(num)s source was looked for.", "%(num)s sources were looked for.", done))
    if left := len(sources) - done:
        flash(
            ngettext(
                "%(num)s source could not be looked for: no service answered (offline, or not "
                "reachable). Its status stays as it was.",
                "%(num)s sources could not be looked for: no service answered (offline, or not "
                "reachable). Their status stays as it was.",
                left,
            )
        )
    return back
