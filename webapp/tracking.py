"""What stands in an address and means nothing here: above all what mailers and social sites add.

A reader who follows such a link has asked for the page, so these names are passed over where
another unknown one is refused, and no link of a page hands them on. What may a line in here know?
The address of the request, and nothing of what it asks for.
"""

from __future__ import annotations

from urllib.parse import unquote_plus

from flask import Blueprint, current_app, request
from werkzeug.datastructures import MultiDict

_PREFIXES = (
    *("utm_", "mtm_", "pk_", "piwik_", "matomo_", "at_", "_ga", "gad_", "fb_"),
    *("mc_", "hsa_", "_hs", "__hs", "vero_", "oly_"),
)
_NAMES = {
    *("fbclid", "gclid", "dclid", "msclkid", "twclid", "ttclid", "yclid", "epik"),
    *("gclsrc", "gbraid", "wbraid", "srsltid", "_gl", "_openstat", "_branch_match_id"),
    *("li_fat_id", "igsh", "igshid", "mibextid", "rdt_cid", "sc_cid", "s_cid"),
    *("mkt_tok", "ml_subscriber", "ml_subscriber_hash", "ck_subscriber_id", "wickedid", "xtor"),
}

#: What any page takes beside its own parameters: the language and the theme of the reader.
OF_EVERY_PAGE = ("lang", "theme")


def is_tracking(name: str) -> bool:
    """Whether a parameter says only where a reader came from."""
    name = name.lower()
    return name in _NAMES or name.startswith(_PREFIXES)


def takes(blueprint: Blueprint, **pages: str) -> None:
    """Say which parameters pages take: any other in their addresses means nothing either.

    Otherwise whoever makes names up has as many pages made and kept as they like.

    Args:
        blueprint: what the pages belong to.
        pages: for each by the name of its view, the names, with spaces between them.
    """
    names = {
        f"{blueprint.name}.{view}": {*OF_EVERY_PAGE, *said.split()} for view, said in pages.items()
    }
    blueprint.record(lambda state: state.app.extensions.setdefault("takes", {}).update(names))


def _means_something(name: str) -> bool:
    taken = current_app.extensions.get("takes", {}).get(request.endpoint)
    return not is_tracking(name) and (taken is None or name in taken)


def meant_parameters() -> MultiDict[str, str]:
    """The parameters of this address without those that mean nothing to its page."""
    given = request.args.items(multi=True)
    return MultiDict((name, value) for name, value in given if _means_something(name))


def meant_query() -> str:
    """The query of this address as it was sent, without what means nothing to its page."""
    parts = request.query_string.decode("utf-8", "replace").split("&")
    return "&".join(p for p in parts if p and _means_something(unquote_plus(p.partition("=")[0])))
