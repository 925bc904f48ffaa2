"""Add the desk to the app."""

from __future__ import annotations

import logging
import secrets
import uuid
from contextlib import suppress
from pathlib import Path

from flask import Flask

from evidence.drafting.drafts import Drafts
from evidence.journal import JournalError
from evidence.lifecycle import finish_deletions
from references.errors import SettingError, UserError
from webapp.accounts import session
from webapp.accounts.proxies import TrustedProxies, sso_header, trusted_networks
from webapp.accounts.secret import agreed_key, needs_agreement, secret_key
from webapp.desk import (  # noqa: F401 - their views belong to the blueprint
    bring,
    bulk,
    checks,
    dashboard,
    decision,
    describe,
    discussion,
    doubles,
    keeping,
    lifecycle,
    links,
    loading,
    page,
    people,
    reports,
    sentences,
    signin,
    signing,
)
from webapp.desk.blueprint import blueprint
from webapp.desk.forms import limit_of
from webapp.desk.recording import claim_words, person_of
from webapp.desk.unsent import typed_in, whole
from webapp.desk.words_changed import words_of_event
from webapp.site import standing
from webapp.wording.words import names

log = logging.getLogger(__name__)


def _take_a_key(app: Flask) -> None:
    """Let the app sign with the key of its instance, or of all servers of its database."""
    instance = Path(app.instance_path)
    try:
        own = secret_key(instance)
    except UserError as error:  # reading goes on; without an instance nobody signs in anyway
        log.error("%s Until then nobody stays signed in after a restart.", error)
        own = secrets.token_bytes(48)
    app.secret_key = own
    if not needs_agreement(instance):
        return
    settled: list[bytes] = []

    def agree() -> None:
        """Ask until the database has answered once; when it is away nobody signs in anyway."""
        if not settled:
            with suppress(JournalError, SettingError):
                settled.append(agreed_key(instance, own))
                app.secret_key = settled[0]

    agree()
    app.before_request(agree)


def settle(app: Flask) -> None:
    """What a server does once before it serves: it ends what was cut short, and takes over what
    earlier versions kept in files."""
    site = app.extensions["site"]
    try:
        if site.assembler.has_journal:
            finish_deletions(site.assembler)
            Drafts(site.documents, site.instance).all()
    except (UserError, OSError) as error:  # it serves all the same
        log.error("%s", error)


def install(app: Flask) -> None:
    """Sessions, roles and the pages of the desk.

    Raises:
        SettingError: a setting of the desk cannot be used.
    """
    _take_a_key(app)
    app.wsgi_app = TrustedProxies(app.wsgi_app, trusted_networks(), sso_header())  # type: ignore[method-assign]
    session.install(app)
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        standing=standing,
        new_entry=lambda: str(uuid.uuid4()),
        person_of=person_of,
        claim_words=claim_words,
        typed_in=typed_in,
        limit_of=limit_of,
        whole=whole,
        words_of_event=words_of_event,
    )
    app.jinja_env.filters["text_stage_verb"] = names(
        "text-stage-verb", in_sentence=True
    ).__getitem__
    app.jinja_env.filters["lapse_words"] = names("lapse", in_sentence=True).__getitem__
