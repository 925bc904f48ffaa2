"""Add the desk to the app."""

from __future__ import annotations

import logging
import secrets
import uuid

from flask import Flask

from references.errors import UserError
from webapp.accounts import session
from webapp.accounts.proxies import TrustedProxies, sso_header, trusted_networks
from webapp.accounts.secret import secret_key
from webapp.desk import bring, checks, dashboard, decision, page, people, reports
from webapp.desk.blueprint import blueprint
from webapp.desk.state import Desk, claim_words, person_of
from webapp.site import Site, standing
from webapp.wording import desk as desk_words

log = logging.getLogger(__name__)
#: The modules whose views belong to the blueprint; importing them declares these.
PARTS = (session, dashboard, decision, bring, page, checks, reports, people)


def install(app: Flask, site: Site) -> None:
    """Before everything else, so that the rules of the desk come first.

    Raises:
        SettingError: a setting of the desk cannot be used.
    """
    try:
        app.secret_key = secret_key(site.instance)
    except UserError as error:  # reading goes on; without an instance nobody signs in anyway
        log.error("%s Until then nobody stays signed in after a restart.", error)
        app.secret_key = secrets.token_bytes(48)
    app.extensions["desk"] = Desk(site.assembler)
    app.wsgi_app = TrustedProxies(app.wsgi_app, trusted_networks(), sso_header())  # type: ignore[method-assign]
    session.install(app)
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        REASONS=desk_words.REASONS,
        STAGES=desk_words.STAGES,
        PAGE_STATES=desk_words.PAGE_STATES,
        LAPSES=desk_words.LAPSES,
        EVENTS=desk_words.EVENTS,
        ROLES=desk_words.ROLES,
        CLAIM_FIELDS=desk_words.CLAIM_FIELDS,
        RULES=desk_words.RULES,
        standing=standing,
        new_entry=lambda: str(uuid.uuid4()),
        person_of=person_of,
        claim_words=claim_words,
    )
    app.jinja_env.filters["lapse_words"] = lambda reason: desk_words.LAPSES[reason]
