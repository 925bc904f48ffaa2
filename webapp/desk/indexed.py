"""Records that only the index of a search cluster holds, taken into the library."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, flash

from evidence.services.taking import take_indexed
from references.errors import UserError
from webapp.accounts.session import needs
from webapp.desk.blueprint import blueprint, go_to
from webapp.lookups import reference_or_404
from webapp.site import site
from webapp.wording.display import byline
from webapp.wording.gettext import gettext as _
from webapp.wording.language import explained


def take_what_is_linked(keys: Iterable[str]) -> None:
    """Take the records among these that the library has not: a link needs them there.

    Raises:
        SettingError: the instance cannot be written.
    """
    library = site().kb.library
    for one in site().references(key for key in keys if key not in library).values():
        take_indexed(site().kb, one, site().assembler.files)


@blueprint.post("/desk/references/<key>/take")
@needs("link")
def take_record(key: str) -> Response:
    """Take one record into the library, under the key and the address that it has."""
    record = reference_or_404(key)
    try:
        taken = take_indexed(site().kb, record, site().assembler.files)
        flash(
            _(
                "%(work)s is in the library now; link it to say what it does for a claim.",
                work=byline(record),
            )
        )
        key = taken.key
    except UserError as error:
        flash(explained(error))
    return go_to("library.reference", key=key)
