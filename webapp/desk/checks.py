"""Look for the cited sources of a text again, in the services that are configured."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, cast

from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import force_locale, format_date, ngettext
from flask_babel import gettext as _

from evidence.journal import Entry
from evidence.source_checks import store_check
from evidence.text import CitedSource
from references.errors import UserError
from references.sources import all_sources
from references.sources.session import Session, SourceSettings
from references.verify import (
    Check,
    Checker,
    LibrarySource,
    cited_string,
    configured,
    wellformed,
)
from webapp.desk.dashboard import view_or_404
from webapp.desk.pages import blueprint
from webapp.desk.session import needs, signed_in
from webapp.desk.state import Desk, desk

#: One round of questions at a time: the services ask for patience, and so do the other readers.
_ASKING = threading.Lock()


def _checker(at: Desk) -> Checker:
    session = Session(SourceSettings.from_environment(at.instance / "cache"))
    library = at.kb.library.values()
    return Checker(
        all_sources(session),
        configured(),
        LibrarySource(library),
        wellformed.journals(library),
    )


def look(at: Desk, sources: Sequence[CitedSource]) -> list[Check]:
    """What the services say of some printed sources; kept in the instance.

    Raises:
        SettingError: an address of a service cannot be used.
    """
    checker = _checker(at)
    cited = [cited_string(source.cited) for source in sources]
    with ThreadPoolExecutor(3, thread_name_prefix="sources") as pool:
        checks = list(pool.map(checker.check, cited))
    for one, check in zip(cited, checks, strict=True):
        store_check(at.instance, one, check)
    return checks


def payload_of(source: CitedSource, check: Check, at: Desk) -> dict[str, Any]:
    """What the journal keeps of a check."""
    library = at.kb.library
    own = [w.id for w in check.works if w.source == "library" and w.id in library]
    by_id = {r.doi.lower(): r.key for r in library.values() if r.doi}
    for work in check.works:
        key = by_id.get(work.reference.doi.lower()) if work.reference.doi else None
        if key:
            own.append(key)
    near = [c.work.id for c in check.candidates if c.work.source == "library"]
    asked = list(dict.fromkeys(one.source for one in check.looked if one.answered))
    today = datetime.now(UTC).date()
    looked = {}
    for language in ("fr", "en"):
        with force_locale(language):
            looked[language] = _(
                "Looked for in %(where)s on %(date)s.",
                where=", ".join(asked), date=format_date(today, "long"),
            )  # fmt: skip
    return {
        "cited": source.cited,
        "status": check.status,
        "reference": own[0] if own else None,
        "nearest": list(dict.fromkeys(key for key in near if key in library))[:5],
        "looked": looked,
    }


@blueprint.post("/desk/texts/<text_id>/sources/check")
@needs("check-source")
def check_sources(text_id: str) -> Response:
    """Look for one cited source, or for all of them."""
    view = view_or_404(text_id)
    which = request.form.get("source", "all")
    sources = list(view.text.sources)
    if which != "all":
        if not which.isascii() or not which.isdigit() or not 1 <= int(which[:6]) <= len(sources):
            abort(400)
        sources = [sources[int(which) - 1]]
    back = cast(Response, redirect(url_for("desk.dashboard", text_id=text_id) + "#sources", 303))
    if not _ASKING.acquire(blocking=False):
        flash(_("Sources are being looked for already; try again when that is done."))
        return back
    try:
        checks = look(desk(), sources)
    except UserError as error:
        flash(str(error))
        return back
    finally:
        _ASKING.release()
    me, done = signed_in(), 0
    for source, check in zip(sources, checks, strict=True):
        if check.status == "unchecked" or not any(one.answered for one in check.looked):
            continue
        payload = payload_of(source, check, desk())
        desk().record(Entry(me.name, "source-checked", text_id, payload=payload, person=me.person))
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
