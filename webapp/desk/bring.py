"""`/desk/texts/new` and `/desk/drafts/<id>`: from a page to the register of a new text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise

from flask import Response, flash, render_template, request, url_for

from evidence.anchoring.drift import Part, compare
from evidence.anchoring.segment import NEW_CLAIM_FROM
from evidence.claims.register import dump, plain
from evidence.claims.text import read_text
from evidence.drafting.draft import slug, title_and_publisher
from evidence.drafting.drafts import (
    DamagedDraft,
    Drafts,
    DraftStep,
    KeptDraft,
    begin,
    merge,
    no_draft,
    register,
    split,
)
from evidence.drafting.merging import KEEP, Clash, fields_of, merged, with_fields
from evidence.journal.text_data import flat
from evidence.originals.load import fetch, read_bytes
from evidence.originals.loaded import FetchedPage, OriginalError
from references.errors import DataError, SettingError, UserError
from references.files import write_atomic
from references.normalise import whole_number
from webapp.accounts.session import needs, signed_in
from webapp.desk.blueprint import blueprint, go_to
from webapp.desk.forms import BringForm, too_long
from webapp.desk.recording import record, sent_entry
from webapp.desk.unsent import typed_in
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
        page = read_bytes(file.read(), file.filename.replace("\\", "/").rpartition("/")[2])
        if page.told:
            flash(explained(page.told))
        return page
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
    text_id = form.id.data or slug(title_and_publisher(loaded)[0] or loaded.text[:200])
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


def _page(
    draft: KeptDraft,
    status: int = 200,
    errors: list[str] | None = None,
    clashes: Sequence[Clash] = (),
) -> tuple[str, int]:
    steps = drafts().steps(draft.id)
    page = render_template(
        "desk/draft.html",
        draft=draft,
        errors=errors or [],
        clashes=clashes,
        label_of=partial(_label, draft),
        changes=[(new, _changes(old.draft, new.draft)) for old, new in pairwise(steps)][::-1],
        later=_saved_since(steps),
    )
    return page, status


def _changes(old: KeptDraft, new: KeptDraft) -> list[tuple[str, list[Part]]]:
    """What a step changed, field by field, with the words of both."""
    before, after = fields_of(old), fields_of(new)
    names = [name for name in before | after if before.get(name, "") != after.get(name, "")]
    return [(name, compare(before.get(name, ""), after.get(name, ""))) for name in names]


def _saved_since(steps: Sequence[DraftStep]) -> list[DraftStep]:
    """The steps that others made after one's own last."""
    me = signed_in().name
    mine = max((place for place, step in enumerate(steps) if step.by == me), default=len(steps))
    return list(steps[mine + 1 :])


def _label(draft: KeptDraft, field: str) -> str:
    """What a field of the draft is called."""
    name, _dash, rest = field.partition("-")
    if name == "heading":
        language, _dash, section = rest.partition("-")
        return _("Heading %(of)s (%(language)s)", of=section, language=language)
    plain = {
        "title_fr": _("Title in French"),
        "title_en": _("Title in English"),
        "publisher": _("Publisher"),
        "url": _("Address of the published page"),
        "language": _("Language of the page"),
        "sources": _("Cited sources, as printed, one a line"),
    }
    if name in plain:
        return plain[name]
    place = next((n for n, one in enumerate(draft.claims, 1) if one.id == rest), 0)
    what = {
        "keep": _("kept as a claim"),
        "fr": _("in French"),
        "en": _("in English"),
        "kind": _("Kind of claim"),
        "section": _("Section"),
    }
    return _("Sentence %(n)s: %(field)s", n=place or rest, field=what.get(name, name))


@blueprint.get("/desk/drafts/<draft_id>")
@needs("draft")
def draft(draft_id: str) -> tuple[str, int]:
    """The proposed claims of a page: keep, edit, split, merge, leave out."""
    kept = drafts().get(draft_id)
    typed = typed_in(url_for("desk.save_draft", draft_id=draft_id))
    if typed.fields is not None:
        kept = _with_sent(kept, typed.fields)
    return _page(kept)


def _sent_values(draft: KeptDraft, form: Mapping[str, str]) -> dict[str, str]:
    """The fields of a draft as a form has them; a box that is not there was not ticked."""
    known = {name: form[name] for name in fields_of(draft) if name in form}
    shown = [one.id for one in draft.claims if f"kind-{one.id}" in form]
    boxes = {f"keep-{claim}": KEEP if f"keep-{claim}" in form else "" for claim in shown}
    words = {name: value.replace("\r\n", "\n") for name, value in known.items()}
    return words | boxes


def _with_sent(draft: KeptDraft, form: Mapping[str, str]) -> KeptDraft:
    return with_fields(draft, _sent_values(draft, form), site().kb.library)


def _settled(current: KeptDraft, expected: int) -> tuple[KeptDraft, list[Clash]]:
    """The draft with what was sent, put together with what others saved meanwhile.

    Args:
        current: the draft as it stands.
        expected: the revision that the form was opened on.
    """
    form, library = request.form, site().kb.library
    steps = {step.draft.revision: step.draft for step in drafts().steps(current.id)}
    base = current if expected == current.revision else steps.get(expected)
    theirs = fields_of(current)
    sent = fields_of(with_fields(base or current, _sent_values(base or current, form), library))
    fields, clashes = merged(fields_of(base) if base else {}, theirs, sent)
    for name in fields:
        if form.get(f"take-{name}") == "theirs" and name in theirs:
            fields[name] = theirs[name]
    return with_fields(current, fields, library), clashes


def _too_long() -> list[str]:
    """What is said of fields that hold more than a draft may."""
    most = {"sources": 200_000, "title_fr": 500, "title_en": 500}
    sent = ((name, value) for name, value in request.form.items() if name not in ("do", "revision"))
    said = (too_long(value, most.get(name, MAX_WORDS)) for name, value in sent)
    return [sentence for sentence in said if sentence]


@blueprint.post("/desk/drafts/<draft_id>")
@needs("draft")
def save_draft(draft_id: str) -> Response | tuple[str, int]:
    """Save what was typed, then do what the pressed button says."""
    current = drafts().get(draft_id)
    action, _colon, claim_id = request.form.get("do", "save").partition(":")
    expected = whole_number(request.form.get("revision", "")) or 0
    sent, clashes = _settled(current, expected)
    if errors := _too_long():
        return _page(sent, 422, errors)
    if clashes:
        told = _("Somebody else saved this draft meanwhile and changed the same: choose.")
        return _page(sent, 409, [told], clashes)
    me = signed_in().name
    try:
        kept = current
        if sent != current:
            kept = drafts().write(sent, current.revision, me)
        if action == "merge":
            drafts().write(merge(kept, claim_id), kept.revision, me)
        elif action == "undo":
            return _undo(kept)
        elif action == "create":
            return _create(kept)
    except UserError as error:
        return _page(_with_sent(drafts().get(draft_id), request.form), 422, [explained(error)])
    if action == "split":
        return go_to("desk.split_form", draft_id=draft_id, claim_id=claim_id)
    if expected != current.revision:
        flash(_("The draft is saved, together with what somebody else saved meanwhile."))
    else:
        flash(_("The draft is saved."))
    return go_to("desk.draft", f"p-{claim_id}" if claim_id else "", draft_id=draft_id)


def _undo(draft: KeptDraft) -> Response:
    """Take back the last step: a merge, a split, or what was typed."""
    steps = drafts().steps(draft.id)
    if len(steps) < 2:
        flash(_("There is nothing to undo."))
        return go_to("desk.draft", draft_id=draft.id)
    before = replace(steps[-2].draft, page=draft.page)
    drafts().write(before, draft.revision, signed_in().name)
    flash(_("The last change is undone."))
    return go_to("desk.draft", draft_id=draft.id)


def _create(draft: KeptDraft) -> Response:
    text = register(draft, site().kb.vocabulary, datetime.now(UTC).date())
    path = site().kb.text_path(text.id)
    if path.exists():
        raise _taken(text.id)
    write_atomic(path, dump(plain(text)))
    files = site().assembler.files
    try:
        files.push([path])
    except UserError:
        path.unlink()
        raise
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
        _remember_left_out(draft)
    except Exception:
        files.remove([path])  # what nobody recorded is not there
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


def _remember_left_out(draft: KeptDraft) -> None:
    """What seemed to claim something and was left out is no claim: it is not asked again."""
    left = (one for one in draft.claims if not one.keep and one.score >= NEW_CLAIM_FROM)
    words = [flat(draft.words(one)) for one in left]
    if words:
        payload = {"words": words, "reason": _("Left out when the text was brought.")}
        record(sent_entry("sentence-dismissed", draft.id, payload=payload, against=""))


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
    words = request.form.get("words", "")
    try:
        drafts().write(
            split(current, claim_id, words.splitlines(), site().kb.vocabulary),
            current.revision,
            signed_in().name,
        )
    except UserError as error:
        return _split_page(draft_id, claim_id, 422, words, (explained(error),))
    return go_to("desk.draft", f"p-{claim_id}", draft_id=draft_id)
