"""What mailers, advertisers and social sites hang on the links they send: it means nothing here.

A reader who follows such a link has asked for the page, so these names are passed over where
another unknown one is refused, and no link of a page hands them on. What may a line in here know?
The address of the request, and nothing of what it asks for.
"""

from __future__ import annotations

from urllib.parse import unquote_plus

from flask import request
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


def is_tracking(name: str) -> bool:
    """Whether a parameter says only where a reader came from."""
    name = name.lower()
    return name in _NAMES or name.startswith(_PREFIXES)


def meant_parameters() -> MultiDict[str, str]:
    """The parameters of this address without those that only track."""
    given = request.args.items(multi=True)
    return MultiDict((name, value) for name, value in given if not is_tracking(name))


def meant_query() -> str:
    """The query of this address as it was sent, without what only tracks."""
    parts = request.query_string.decode("utf-8", "replace").split("&")
    return "&".join(p for p in parts if p and not is_tracking(unquote_plus(p.partition("=")[0])))
