"""`/desk/texts/<id>/data`: title, address, publisher, language, headings and printed sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Response, flash, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from evidence.claims.text import Text
from evidence.drafting.draft import cited_sources
from evidence.drafting.drafts import bilingual
from evidence.drafting.merging import Clash, merged
from evidence.standing import StandingText
from webapp.accounts.session import needs
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.claim_page import view_or_404
from webapp.desk.forms import too_long, typed
from webapp.desk.recording import record, sent_entry
from webapp.desk.unsent import typed_in
from webapp.site import site
from webapp.wording.gettext import gettext as _

MOST = {"sources": 200_000}  # characters; of the others 2,000


def _fields(text: Text) -> dict[str, str]:
    """What the form shows of a text, by the names of its fields."""
    fields = {f"title_{at}": typed(text.title, at) for at in ("fr", "en")}
    for section in text.sections:
        fields |= {f"heading-{at}-{section.id}": typed(section.heading, at) for at in ("fr", "en")}
    fields |= {"publisher": text.publisher, "url": text.url, "language": text.language}
    return fields | {"sources": "\n".join(source.cited for source in text.sources)}


def _changes(text: Text, fields: Mapping[str, str]) -> dict[str, Any]:
    """What the form changes, as the journal records it."""
    now = _fields(text)
    different = {name for name in fields if fields[name] != now.get(name)}
    changes: dict[str, Any] = {
        name: fields[name] for name in ("publisher", "url", "language") if name in different
    }
    if different & {"title_fr", "title_en"}:
        changes["title"] = bilingual(fields["title_fr"], fields["title_en"]).model_dump()
    headings = {}
    for section in text.sections:
        names = [f"heading-{at}-{section.id}" for at in ("fr", "en")]
        if different & set(names):
            headings[section.id] = bilingual(*(fields[name] for name in names)).model_dump()
    if headings:
        changes["headings"] = headings
    if "sources" in different:
        known = [source.model_dump(mode="json") for source in text.sources]
        lines = fields["sources"].splitlines()
        changes["sources"] = list(cited_sources(lines, known, site().kb.library))
    return changes


def _mistakes(text: Text, fields: Mapping[str, str]) -> list[str]:
    errors = [too_long(value, MOST.get(name, 2_000)) for name, value in fields.items()]
    if not fields["title_fr"] and not fields["title_en"]:
        errors.append(_("The text needs a title, in one language at least."))
    for section in text.sections:
        if not any(fields[f"heading-{at}-{section.id}"] for at in ("fr", "en")):
            errors.append(_("Each section needs a heading, in one language at least."))
            break
    if fields["url"] and not re.fullmatch(r"https?://\S+", fields["url"]):
        errors.append(_("The address of the page begins with http:// or https://."))
    return [error for error in errors if error]


def _data_page(
    view: StandingText,
    status: int = 200,
    errors: Sequence[str] = (),
    clashes: Sequence[Clash] = (),
    together: Mapping[str, str] | None = None,
) -> tuple[str, int]:
    """The form; `together` is what stands in it once what others changed is taken in."""
    shown = typed_in(url_for("desk.save_data", text_id=view.text.id))
    if together is not None:
        shown = replace(shown, fields=MultiDict(together))
    page = render_template(
        "desk/data.html",
        view=view,
        text=view.text,
        fields=_fields(view.text),
        errors=list(errors),
        clashes=clashes,
        typed=shown,
    )
    return page, status


@blueprint.get("/desk/texts/<text_id>/data")
@needs("draft")
def data(text_id: str) -> tuple[str, int]:
    """What is said of the text itself, to correct it."""
    return _data_page(view_or_404(text_id))


@blueprint.post("/desk/texts/<text_id>/data")
@needs("draft")
def save_data(text_id: str) -> Response | tuple[str, int]:
    """Record what was corrected; the register says it from then on."""
    view = view_or_404(text_id)
    now, form = _fields(view.text), request.form
    sent = {name: form.get(name, v).replace("\r\n", "\n").strip() for name, v in now.items()}
    before = {name: form.get(f"was-{name}", v).replace("\r\n", "\n") for name, v in now.items()}
    fields, clashes = merged(before, now, sent)
    for name in now:
        if form.get(f"take-{name}") == "theirs":
            fields[name] = now[name]
    clashes = [one for one in clashes if f"take-{one.field}" not in form]
    if errors := _mistakes(view.text, fields):
        return _data_page(view, 422, errors)
    if clashes:
        told = _("Somebody else changed the same meanwhile: choose what is to stand.")
        return _data_page(view, 409, [told], clashes, fields)
    if changes := _changes(view.text, fields):
        old = {name: now[name] for name in fields if fields[name] != now[name]}
        new = {name: fields[name] for name in old}
        payload = {"changes": changes, "before": old, "after": new}
        record(sent_entry("text-changed", text_id, payload=payload, against=""))
        flash(_("The data of the text are recorded."))
    else:
        flash(_("Nothing was different."))
    return go_to("desk.dashboard", text_id=text_id)
