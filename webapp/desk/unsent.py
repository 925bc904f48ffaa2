"""Words typed in a form of the desk and not recorded yet: kept for whoever typed them.

A form is known by the address it is sent to. What stands in it is kept beside the journal as it is
typed (a script), when it is sent and refused, or by the button "Save for later"; it is in the form
again wherever and whenever its page is opened, and forgotten when it was recorded.

One form may be open twice. Each has a name of its own (`kept-as`) and counts what it saved
(`kept-count`): whoever saves on an older count gets another name, so both versions stay, and both
are told. Passwords and files are never kept.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import current_app, g, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from evidence.journal.accounts import may
from evidence.journal.documents import UNSENT_FORM, KeptDocument, StaleDocument
from references.errors import UserError
from references.normalise import whole_number
from webapp.accounts.session import account
from webapp.http.error_pages import SECRET_FIELDS
from webapp.site import site

KIND = UNSENT_FORM  # of the documents that unsent words are
VERSIONS = 20  # of one form, that are kept
#: Fields by which a form is kept, and those that are nobody's to keep.
AS, COUNT, FORM = "kept-as", "kept-count", "kept-form"
#: The field that says who typed: words reach nobody else's account.
BY = "kept-by"
_NOT_KEPT = SECRET_FIELDS | {AS, BY, COUNT, FORM, "csrf_token", "do", "then", "later"}
#: What an account may keep: forms, and bytes in all of them.
MOST_FORMS, MOST_BYTES = 200, 8_000_000
#: Forms with passwords, and those that keep or throw away.
_NO_FORMS = frozenset(
    {"desk.sign_in", "desk.sign_out", "desk.change_password", "desk.add_person", "desk.keep_words"}
    | {"desk.disable_person", "desk.forget_words"}
)
_ROUNDS = 20  # of writing, while others write the same
Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class UnsentVersion:
    """What stood in one open form: the fields as they would be sent, and when they were kept."""

    name: str
    count: int
    at: datetime
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Unsent:
    """What is kept of one form, the newest version first."""

    form: str
    versions: tuple[UnsentVersion, ...] = ()
    revision: int = 0

    def named(self, name: str) -> UnsentVersion | None:
        """The version of an open form, or None."""
        return next((one for one in self.versions if one.name == name), None)


def sent_fields(form: MultiDict[str, str] | None = None) -> Fields:
    """What was typed, of a form as it was sent."""
    sent = request.form if form is None else form
    return [
        (name, value)
        for name, value in sent.items(multi=True)
        if name not in _NOT_KEPT and (value or "@" not in name)  # references not spoken of
    ]


class NoRoom(UserError):
    """An account keeps as much as it may."""


def takes_words(address: str) -> bool:
    """Whether an address is one of a form of the desk whose words are kept."""
    return bool(_action_of(address))


def may_send(role: str, address: str) -> bool:
    """Whether a role may send the form of an address; words are kept for those alone."""
    action = _action_of(address)
    return bool(action) and may(role, action)


def _action_of(address: str) -> str:
    """What the form that is sent to an address does (`needs`), "" where no words are kept."""
    adapter = current_app.url_map.bind("")
    try:
        endpoint, _values = adapter.match(address, method="POST")
    except HTTPException:
        return ""
    if not endpoint.startswith("desk.") or endpoint in _NO_FORMS:
        return ""
    return str(getattr(current_app.view_functions[endpoint], "action", ""))


def page_of(address: str) -> str:
    """The page that shows a form, by the address it is sent to: the nearest above to be read."""
    adapter = current_app.url_map.bind("")
    while address.count("/") > 1:
        try:
            adapter.match(address, method="GET")
        except HTTPException:
            address = address.rpartition("/")[0]
        else:
            return address
    return "/desk"


# ---- what is kept ---------------------------------------------------------------------


def _document(address: str) -> str:
    """The name of the document of a form; long addresses by their end, which tells them apart."""
    return address[-200:]


def _read(address: str, document: KeptDocument | None) -> Unsent:
    if document is None:
        return Unsent(address)
    try:
        content = document.value()
        versions = [
            UnsentVersion(
                str(one["name"]),
                int(one["count"]),
                datetime.fromisoformat(one["at"]),
                tuple((str(name), str(value)) for name, value in one["fields"]),
            )
            for one in content["versions"]
        ]
        return Unsent(str(content["form"]), tuple(versions), document.revision)
    except (ValueError, LookupError, TypeError):  # written by something else: begin anew
        return Unsent(address, (), document.revision)


def unsent(address: str, owner: str) -> Unsent:
    """What is kept of a form for an account."""
    return _read(address, site().documents.get(KIND, _document(address), owner))


def all_unsent(owner: str) -> list[Unsent]:
    """Every form of which something is kept for an account."""
    heads = site().documents.list(KIND, owner)
    documents = (site().documents.get(KIND, head.name, owner) for head in heads)
    found = (_read(one.name, one) for one in documents if one)
    return [one for one in found if one.versions]


def _write(owner: str, kept: Unsent, versions: Iterable[UnsentVersion]) -> None:
    newest = sorted(versions, key=lambda one: one.at, reverse=True)[:VERSIONS]
    name = _document(kept.form)
    if not newest:
        site().documents.delete(KIND, name, owner, kept.revision)
        return
    content: dict[str, Any] = {
        "form": kept.form,
        "versions": [
            {"name": v.name, "count": v.count, "at": v.at.isoformat(), "fields": v.fields}
            for v in newest
        ],
    }
    body = json.dumps(content, ensure_ascii=False).encode()
    _make_sure_of_room(owner, name, len(body))
    site().documents.put(KIND, name, body, kept.revision, owner)


def _make_sure_of_room(owner: str, name: str, size: int) -> None:
    """Refuse what is more than an account may keep; nothing is thrown away for it.

    Raises:
        NoRoom: it is full.
    """
    others = [head for head in site().documents.list(KIND, owner) if head.name != name]
    if len(others) >= MOST_FORMS or sum(head.size for head in others) + size > MOST_BYTES:
        raise NoRoom(
            "You keep as many unsent words as an account may: send some of them, or throw some "
            "away, then save these again."
        )


def keep(address: str, owner: str, fields: Fields, name: str = "", count: int = 0) -> UnsentVersion:
    """Keep what stands in a form; returns it as it is named and counted now.

    Args:
        address: where the form is sent to.
        owner: the account it is kept for.
        fields: what stands in it.
        name: of the open form, "" for one that has none so far.
        count: how often that form saved; on another count the words go under another name.

    Raises:
        NoRoom: the account keeps as much as it may.
    """
    words = tuple(fields)
    for last in range(_ROUNDS):
        kept = unsent(address, owner)
        mine = kept.named(name)
        if mine and mine.fields == words:
            return mine
        if not name or (mine.count if mine else 0) != count:  # saved elsewhere meanwhile
            name, count, mine = secrets.token_hex(8), 0, None
        made = UnsentVersion(name, count + 1, datetime.now(UTC), words)
        try:
            _write(owner, kept, [made, *(one for one in kept.versions if one is not mine)])
        except StaleDocument:
            if last == _ROUNDS - 1:
                raise
            continue
        return made
    raise AssertionError  # the last round returned or raised


def forget(
    address: str, owner: str, name: str, count: int | None = None, fields: Fields = ()
) -> None:
    """Forget a version of a form.

    Args:
        address: where the form is sent to.
        owner: the account it is kept for.
        name: of the version.
        count: how often it had saved; None for whatever it says now.
        fields: words that are recorded now: a version that says the same is forgotten too.
    """
    recorded = tuple(fields)
    for last in range(_ROUNDS):
        kept = unsent(address, owner)
        left = [
            one
            for one in kept.versions
            if not (one.name == name and count in (None, one.count))
            and not (recorded and one.fields == recorded)
        ]
        if len(left) == len(kept.versions):
            return
        try:
            _write(owner, kept, left)
        except StaleDocument:
            if last == _ROUNDS - 1:
                raise
        else:
            return


# ---- what a page shows ----------------------------------------------------------------


@dataclass(frozen=True)
class Typed:
    """What a form shows instead of what its page knows: words sent and refused, or kept.

    `since` is when they were kept, None for words of this very request or when there are none;
    `others` are versions of the same form that are kept besides.
    """

    form: str
    fields: MultiDict[str, str] | None = None
    name: str = ""
    count: int = 0
    since: datetime | None = None
    others: tuple[UnsentVersion, ...] = ()

    def get(self, field: str, otherwise: object = "") -> object:
        """The value of a field, or what the page knows."""
        found = self.fields.get(field) if self.fields is not None else None
        return otherwise if found is None else found

    def chosen(self, field: str, value: str, otherwise: bool = False) -> bool:
        """Whether a value of a choice or a box is taken."""
        return otherwise if self.fields is None else value in self.fields.getlist(field)


def typed_in(address: str) -> Typed:
    """What the form that is sent to an address shows, in a page for who is signed in."""
    known: dict[str, Typed] = g.setdefault("typed", {})
    if address not in known:
        known[address] = _typed_in(address)
    return known[address]


def _typed_in(address: str) -> Typed:
    who = account()
    if who is None:
        return Typed(address)
    if request.method == "POST" and request.path == address:
        try:
            mine: UnsentVersion | None = keep_sent(address, who.name)
        except NoRoom:  # the page itself shows them
            return Typed(address, MultiDict(sent_fields()), secrets.token_hex(8))
        versions, since = unsent(address, who.name).versions, None
    else:
        kept = unsent(address, who.name)
        versions = kept.versions
        mine = kept.named(request.args.get("kept", "")) or next(iter(versions), None)
        since = mine.at if mine else None
    if mine is None:
        return Typed(address, None, secrets.token_hex(8))
    others = tuple(one for one in versions if one.name != mine.name)
    return Typed(address, MultiDict(mine.fields), mine.name, mine.count, since, others)


def sent_count() -> int:
    """How often the form of this request had saved when it was sent."""
    return whole_number(request.form.get(COUNT, "")) or 0


def keep_sent(address: str, owner: str) -> UnsentVersion:
    """Keep the form of this request."""
    return keep(address, owner, sent_fields(), request.form.get(AS, "")[:40], sent_count())


def whole(words: object) -> str:
    """Words as they stand inside a `textarea`, of which a browser drops a line that is first."""
    typed = str(words)
    return f"\n{typed}" if typed[:1] in ("\n", "\r") else typed
