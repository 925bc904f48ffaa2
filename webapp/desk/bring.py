"""`/desk/texts/new` and `/desk/drafts/<id>`: from a page to the register of a new text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from evidence.claims.claim import KINDS
from evidence.claims.register import dump, plain
from evidence.claims.text import read_text
from evidence.drafting.draft import slug
from evidence.journal import Entry
from evidence.originals.load import fetch, read_bytes
from evidence.originals.loaded import FetchedPage, OriginalError
from references.errors import DataError, NotFound, SettingError, UserError
from references.files import write_atomic
from webapp.accounts.session import needs, signed_in
from webapp.desk.blueprint import blueprint
from webapp.desk.drafts import (
    DamagedDraft,
    Drafts,
    KeptDraft,
    StaleDraft,
    begin,
    cited_sources,
    merge,
    register,
    split,
)
from webapp.desk.state import desk
from webapp.site import look_again, standing
from webapp.wording.language import explained, translated

MAX_WORDS = 4000  # characters of a statement


def drafts() -> Drafts:
    """The drafts of this instance."""
    return Drafts(desk().instance)


@blueprint.errorhandler(DamagedDraft)
def damaged_draft(error: DamagedDraft) -> tuple[str, int]:
    """A fault of the server, with the mend: no address was wrong."""
    title = _("Something went wrong here")
    return render_template("error.html", code=500, title=title, message=translated(error)), 500


def sent_page() -> FetchedPage:
    """The page that a form brings: an uploaded file, an address, or pasted words.

    Raises:
        OriginalError: none of them can be read.
    """
    file, url = request.files.get("file"), request.form.get("url", "").strip()
    words = request.form.get("words", "").strip()
    if file and file.filename:
        return read_bytes(file.read(), file.filename.replace("\\", "/").rpartition("/")[2])
    if words:
        return read_bytes(words.encode(), "pasted.txt", "text/plain")
    if url:
        return fetch(url)
    raise OriginalError(_("Choose a file, give an address or paste the text of the page."))


@blueprint.get("/desk/texts/new")
@needs("draft")
def bring_form() -> str:
    """A form for a page to bring."""
    return render_template("desk/bring.html", values={}, errors=[])


@blueprint.post("/desk/texts/new")
@needs("draft")
def bring() -> Response | tuple[str, int]:
    """Read a page, cut it into sentences, and open its draft."""
    values = {
        name: request.form.get(name, "").strip()
        for name in ("url", "id", "publisher", "page_url", "words")
    }
    try:
        loaded = sent_page()
        text_id = values["id"] or slug(loaded.title or loaded.text[:200])
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", text_id) or len(text_id) > 60:
            raise UserError(
                _("The id is made of lower case letters and digits with hyphens, 60 at most.")
            )
        taken = text_id in standing().texts or text_id == "new" or drafts().has(text_id)
        if taken:
            raise UserError(
                _("There is a text or a draft “%(id)s” already; choose another id.", id=text_id)
            )
        if desk().kb.brought_folder is None:
            raise SettingError("This server was started without a place for texts of its own.")
        url = values["page_url"]
        if url and not re.match(r"https?://[^\s]+$", url):
            raise UserError(_("The address of the page begins with http:// or https://."))
        made = begin(loaded, text_id, desk().kb, signed_in().name, url, values["publisher"])
        desk().originals.add(text_id, loaded)
        drafts().write(made, 0)  # last: with it the page counts as brought
    except UserError as error:
        page = render_template("desk/bring.html", values=values, errors=[explained(error)])
        return page, 422
    return cast(Response, redirect(url_for("desk.draft", draft_id=text_id), 303))


# ---- the draft ------------------------------------------------------------------------


def _page(draft: KeptDraft, status: int = 200, errors: list[str] | None = None) -> tuple[str, int]:
    return render_template("desk/draft.html", draft=draft, errors=errors or []), status


@blueprint.get("/desk/drafts/<draft_id>")
@needs("draft")
def draft(draft_id: str) -> tuple[str, int]:
    """The proposed claims of a page: keep, edit, split, merge, leave out."""
    return _page(drafts().get(draft_id))


def _as_sent(draft: KeptDraft) -> KeptDraft:
    """The draft with what the form says."""
    form = request.form

    def words(name: str, otherwise: str) -> str:
        return form.get(name, otherwise).strip()[:MAX_WORDS]

    sections = {section_id for section_id, _fr, _en in draft.sections}
    claims = []
    for one in draft.claims:
        if f"kind-{one.id}" not in form:
            claims.append(one)
            continue
        kind, section = form.get(f"kind-{one.id}", ""), form.get(f"section-{one.id}", "")
        claims.append(
            replace(
                one,
                keep=f"keep-{one.id}" in form,
                fr=words(f"fr-{one.id}", one.fr),
                en=words(f"en-{one.id}", one.en),
                kind=kind if kind in KINDS else one.kind,
                section=section if section in sections else one.section,
            )
        )
    url, language = words("url", draft.url), form.get("language", "")
    sources = form.get("sources")
    return replace(
        draft,
        title_fr=words("title_fr", draft.title_fr),
        title_en=words("title_en", draft.title_en),
        publisher=words("publisher", draft.publisher),
        url=url if re.match(r"https?://\S+$", url) or not url else draft.url,
        language=language if language in ("fr", "en") else draft.language,
        sections=tuple(
            (i, words(f"heading-fr-{i}", fr), words(f"heading-en-{i}", en))
            for i, fr, en in draft.sections
        ),
        claims=tuple(claims),
        sources=draft.sources
        if sources is None
        else cited_sources(sources.splitlines(), draft.sources, desk().kb.library),
    )


@blueprint.post("/desk/drafts/<draft_id>")
@needs("draft")
def save_draft(draft_id: str) -> Response | tuple[str, int]:
    """Save what was typed, then do what the pressed button says."""
    current = drafts().get(draft_id)
    sent = _as_sent(current)
    action, _colon, claim_id = request.form.get("do", "save").partition(":")
    revision = request.form.get("revision", "0")
    expected = int(revision) if revision.isascii() and revision.isdigit() else 0
    try:
        kept = drafts().write(sent, expected)
        if action == "merge":
            drafts().write(merge(kept, claim_id), kept.revision)
        elif action == "create":
            return _create(kept)
    except StaleDraft as error:
        return _page(replace(sent, revision=current.revision), 409, [explained(error)])
    except UserError as error:
        return _page(drafts().get(draft_id), 422, [explained(error)])
    if action == "split":
        address = url_for("desk.split_form", draft_id=draft_id, claim_id=claim_id)
        return cast(Response, redirect(address, 303))
    flash(_("The draft is saved."))
    address = url_for("desk.draft", draft_id=draft_id)
    return cast(Response, redirect(address + (f"#p-{claim_id}" if claim_id else ""), 303))


def _create(draft: KeptDraft) -> Response:
    text = register(draft, desk().kb.vocabulary, datetime.now(UTC).date())
    path = desk().kb.text_path(text.id)
    if path.exists():
        raise UserError(
            _("There is a text or a draft “%(id)s” already; choose another id.", id=text.id)
        )
    write_atomic(path, dump(plain(text)))
    me = signed_in()
    payload = {"file": path.name, "claims": len(text.claims), "source": draft.source}
    try:
        made, problems = read_text(path)
        if made is None:
            raise DataError(problems)
        version = desk().originals.latest(text.id)
        if version is None or desk().originals.text(version) != draft.page:
            desk().originals.add(text.id, FetchedPage(draft.page, draft.source, "text"))
        desk().record(Entry(me.name, "applied", text.id, payload=payload, person=me.person))
    except Exception:
        path.unlink()  # what nobody recorded is not there
        raise
    look_again()
    drafts().remove(draft.id)
    count = len(text.claims)
    flash(
        ngettext(
            "The register is written: %(num)s claim to be assessed.",
            "The register is written: %(num)s claims to be assessed.",
            count,
        )
    )
    return cast(Response, redirect(url_for("desk.dashboard", text_id=text.id), 303))


@blueprint.post("/desk/drafts/<draft_id>/discard")
@needs("draft")
def discard_draft(draft_id: str) -> Response:
    """Throw a draft away, be it damaged."""
    if not drafts().has(draft_id):
        raise NotFound(_("There is no draft “%(id)s”; it may be finished.", id=draft_id))
    drafts().remove(draft_id)
    flash(_("The draft is thrown away."))
    return cast(Response, redirect(url_for("desk.desk_home"), 303))


@blueprint.get("/desk/drafts/<draft_id>/split/<claim_id>")
@needs("draft")
def split_form(draft_id: str, claim_id: str) -> tuple[str, int]:
    """The words of a proposed claim, to be cut into lines."""
    return _split_page(draft_id, claim_id)


def _split_page(
    draft_id: str, claim_id: str, status: int = 200, words: str = "", errors: tuple[str, ...] = ()
) -> tuple[str, int]:
    draft = drafts().get(draft_id)
    one = draft.find(claim_id)
    passage = " ".join(draft.words(one).split())
    page = render_template(
        "desk/split.html",
        draft=draft,
        one=one,
        passage=passage,
        words=words or passage,
        errors=list(errors),
    )
    return page, status


@blueprint.post("/desk/drafts/<draft_id>/split/<claim_id>")
@needs("draft")
def split_claim(draft_id: str, claim_id: str) -> Response | tuple[str, int]:
    """Cut a proposed claim where the lines end."""
    current = drafts().get(draft_id)
    words = request.form.get("words", "")[:MAX_WORDS]
    try:
        drafts().write(
            split(current, claim_id, words.splitlines(), desk().kb.vocabulary), current.revision
        )
    except UserError as error:
        return _split_page(draft_id, claim_id, 422, words, (explained(error),))
    address = url_for("desk.draft", draft_id=draft_id) + f"#p-{claim_id}"
    return cast(Response, redirect(address, 303))
