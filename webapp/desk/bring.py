"""`/desk/texts/new` and `/desk/drafts/<id>`: from a page to the register of a new text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from flask import Response, flash, render_template, request

from evidence.claims.claim import KINDS
from evidence.claims.register import dump, plain
from evidence.claims.text import read_text
from evidence.drafting.draft import slug
from evidence.drafting.drafts import (
    DamagedDraft,
    Drafts,
    KeptDraft,
    StaleDraft,
    begin,
    cited_sources,
    merge,
    no_draft,
    register,
    split,
)
from evidence.originals.load import fetch, read_bytes
from evidence.originals.loaded import FetchedPage, OriginalError
from evidence.parameters import whole_number
from references.errors import DataError, SettingError, UserError
from references.files import write_atomic
from webapp.accounts.session import needs, signed_in
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.forms import BringForm
from webapp.desk.recording import record, sent_entry
from webapp.site import refresh_standing, site, standing
from webapp.wording.gettext import gettext as _
from webapp.wording.gettext import ngettext
from webapp.wording.language import explained

MAX_WORDS = 4000  # characters of a statement


def drafts() -> Drafts:
    """The drafts of this instance."""
    return Drafts(site().documents, site().instance)


@blueprint.errorhandler(DamagedDraft)
def damaged_draft(error: DamagedDraft) -> tuple[str, int]:
    """A fault of the server, with the mend: no address was wrong."""
    title = _("Something went wrong here")
    return render_template("error.html", code=500, title=title, message=explained(error)), 500


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
    raise OriginalError("Choose a file, give an address or paste the text of the page.")


@blueprint.get("/desk/texts/new")
@needs("draft")
def bring_form() -> str:
    """A form for a page to bring."""
    return render_template("desk/bring.html", values=BringForm().data, errors=[])


@blueprint.post("/desk/texts/new")
@needs("draft")
def bring() -> Response | tuple[str, int]:
    """Read a page, cut it into sentences, and open its draft."""
    form = BringForm.sent()
    errors = form.mistakes()
    try:
        if not errors:
            text_id = _brought(sent_page(), form)
    except UserError as error:
        errors.append(explained(error))
    if errors:
        return render_template("desk/bring.html", values=form.data, errors=errors), 422
    return go_to("desk.draft", draft_id=text_id)


def _brought(loaded: FetchedPage, form: BringForm) -> str:
    """The id of the draft that a page became.

    Raises:
        UserError: the id is taken, or the page makes no claim.
    """
    text_id = form.id.data or slug(loaded.title or loaded.text[:200])
    known = text_id in standing().texts or text_id in standing().gone
    if known or text_id == "new" or drafts().has(text_id):
        raise _taken(text_id)
    if site().kb.brought_folder is None:
        raise SettingError("This server was started without a place for texts of its own.")
    address, publisher = form.page_url.data, form.publisher.data
    made = begin(loaded, text_id, site().kb, signed_in().name, address, publisher)
    site().assembler.originals.add(text_id, loaded)
    drafts().write(made, 0)  # last: with it the page counts as brought
    return text_id


def _taken(text_id: str) -> UserError:
    return UserError("There is a text or a draft “{id}” already; choose another id.", id=text_id)


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
        else cited_sources(sources.splitlines(), draft.sources, site().kb.library),
    )


@blueprint.post("/desk/drafts/<draft_id>")
@needs("draft")
def save_draft(draft_id: str) -> Response | tuple[str, int]:
    """Save what was typed, then do what the pressed button says."""
    current = drafts().get(draft_id)
    sent = _as_sent(current)
    action, _colon, claim_id = request.form.get("do", "save").partition(":")
    expected = whole_number(request.form.get("revision", "")) or 0
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
        return go_to("desk.split_form", draft_id=draft_id, claim_id=claim_id)
    flash(_("The draft is saved."))
    return go_to("desk.draft", f"p-{claim_id}" if claim_id else "", draft_id=draft_id)


def _create(draft: KeptDraft) -> Response:
    text = register(draft, site().kb.vocabulary, datetime.now(UTC).date())
    path = site().kb.text_path(text.id)
    if path.exists():
        raise _taken(text.id)
    write_atomic(path, dump(plain(text)))
    payload = {"file": path.name, "claims": len(text.claims), "source": draft.source}
    try:
        made, problems = read_text(path)
        if made is None:
            raise DataError(problems)
        version = site().assembler.originals.latest(text.id)
        if version is None or site().assembler.originals.text(version) != draft.page:
            site().assembler.originals.add(text.id, FetchedPage(draft.page, draft.source, "text"))
        private = {"stage": "private", "reason": ""}
        record(sent_entry("stage", text.id, payload=private, against=""))
        record(sent_entry("applied", text.id, payload=payload, against=""))
    except Exception:
        path.unlink()  # what nobody recorded is not there
        raise
    refresh_standing()
    drafts().remove(draft.id)
    count = len(text.claims)
    flash(
        ngettext(
            "The register is written: %(num)s claim to be assessed.",
            "The register is written: %(num)s claims to be assessed.",
            count,
        )
    )
    return go_to("desk.dashboard", text_id=text.id)


@blueprint.post("/desk/drafts/<draft_id>/discard")
@needs("draft")
def discard_draft(draft_id: str) -> Response:
    """Throw a draft away, be it damaged."""
    if not drafts().has(draft_id):
        raise no_draft(draft_id)
    drafts().remove(draft_id)
    flash(_("The draft is thrown away."))
    return go_to("desk.desk_home")


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
            split(current, claim_id, words.splitlines(), site().kb.vocabulary), current.revision
        )
    except UserError as error:
        return _split_page(draft_id, claim_id, 422, words, (explained(error),))
    return go_to("desk.draft", f"p-{claim_id}", draft_id=draft_id)
