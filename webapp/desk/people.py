"""`/desk/people`: who may sign in, kept by administrators."""

from __future__ import annotations

from flask import Response, flash, render_template, request

from references.errors import UserError
from webapp.accounts.session import needs, signed_in
from webapp.desk.blueprint import blueprint, go_to
from webapp.site import site
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained


def _page(status: int = 200, **more: object) -> tuple[str, int]:
    context = {"people": site().accounts.all(), "values": {}, "errors": []}
    return render_template("desk/people.html", **(context | more)), status


@blueprint.get("/desk/people")
@needs("accounts")
def people() -> tuple[str, int]:
    """All accounts, and a form for another one."""
    return _page()


@blueprint.post("/desk/people")
@needs("accounts")
def add_person() -> Response | tuple[str, int]:
    """Make an account, or give one another role and password."""
    sent = request.form
    name, role, password, person, replace = (
        sent.get(field, "") for field in ("name", "role", "password", "person", "replace")
    )
    try:
        made = site().accounts.add(
            name, role, password, person, replace == "1", by=signed_in().name
        )
    except UserError as error:
        return _page(422, values=sent, errors=[explained(error)])
    flash(_("%(who)s may sign in.", who=made.person))
    return go_to("desk.people")


@blueprint.post("/desk/people/<name>/disable")
@needs("accounts")
def disable_person(name: str) -> Response | tuple[str, int]:
    """Close an account; what it wrote and signed stays."""
    try:
        closed = site().accounts.disable(name, by=signed_in().name)
    except UserError as error:
        return _page(422, errors=[explained(error)])
    flash(_("%(who)s can no longer sign in.", who=closed.person))
    return go_to("desk.people")
