"""Where a cluster is and who asks it: EVIDENCE_SEARCH_URL and what may stand beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from references.errors import SettingError

URL = "EVIDENCE_SEARCH_URL"
KEY = "EVIDENCE_SEARCH_KEY"
AUTHORITY = "EVIDENCE_SEARCH_CA"
PREFIX = "evidence"
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,80}")


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """A cluster as settings name it. What signs in is in no text that this has of itself.

    `hosts` are addresses of nodes without user and password, `prefix` begins the names of all
    indexes, `key` is an API key and `authority` a file with the certificate that signs those of
    the nodes.
    """

    hosts: tuple[str, ...]
    prefix: str = PREFIX
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    authority: str = ""


def address_of(environ: Mapping[str, str] | None = None) -> ClusterAddress | None:
    """The cluster that the environment names; None where searches are answered here.

    Raises:
        SettingError: the address cannot be used; what is said of it holds no password.
    """
    settings = os.environ if environ is None else environ
    written = settings.get(URL, "").strip()
    if not written:
        return None
    hosts: list[str] = []
    user = password = prefix = ""
    for one in filter(None, re.split(r"[\s,]+", written)):
        try:
            parts = urlsplit(one if "://" in one else f"https://{one}")
            port = parts.port or 9200
        except ValueError:
            raise _unusable() from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _unusable()
        name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        hosts.append(f"{parts.scheme}://{name}:{port}")
        user = user or unquote(parts.username or "")
        password = password or unquote(parts.password or "")
        prefix = parts.path.strip("/") or prefix
    if not hosts:
        raise _unusable()
    prefix = prefix or PREFIX
    if not _PREFIX.fullmatch(prefix):
        raise SettingError(
            "The prefix in {name} cannot begin the name of an index; write small letters, digits, "
            "- and _.",
            name=URL,
        )
    return ClusterAddress(
        tuple(dict.fromkeys(hosts)),
        prefix,
        user,
        password,
        settings.get(KEY, "").strip(),
        settings.get(AUTHORITY, "").strip(),
    )


def _unusable() -> SettingError:
    return SettingError(
        "{name} is not the address of a cluster; write one such as "
        "https://user:password@host:9200/evidence, several with commas between.",
        name=URL,
    )
