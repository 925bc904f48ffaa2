"""`/desk/people`: who may sign in, kept by administrators."""

from __future__ import annotations

from typing import cast

from flask import Response, flash, redirect, render_template, request, url_for

from references.errors import UserError
from webapp.accounts.session import needs
from webapp.desk.blueprint import blueprint
from webapp.desk.state import desk
from webapp.wording.language import explained
from webapp.wording.phrases import gettext as _


def _page(status: int = 200, **more: object) -> tuple[str, int]:
    context = {"people": desk().accounts.all(), "values": {}, "errors": []}
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
    values = {name: request.form.get(name, "").strip() for name in ("name", "person", "role")}
    replace = request.form.get("replace") == "1"
    try:
        made = desk().accounts.add(
            values["name"],
            values["role"],
            request.form.get("password", ""),
            values["person"],
            replace,
        )
    except UserError as error:
        return _page(422, values=values, errors=[explained(error)])
    flash(_("%(who)s may sign in.", who=made.person))
    return cast(Response, redirect(url_for("desk.people"), 303))


@blueprint.post("/desk/people/<name>/disable")
@needs("accounts")
def disable_person(name: str) -> Response | tuple[str, int]:
    """Close an account; what it wrote and signed stays."""
    try:
        closed = desk().accounts.disable(name)
    except UserError as error:
        return _page(422, errors=[explained(error)])
    flash(_("%(who)s can no longer sign in.", who=closed.person))
    return cast(Response, redirect(url_for("desk.people"), 303))
