"""The settings of the environment: which there are, what each takes, what is wrong with them.

Whoever uses a setting reads it where it is used; here they are all known by name, so that a mistake
is said when a server starts and not when somebody asks. docs/settings.md tells what they mean.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from rapidfuzz import process

from references.errors import Message, SettingError, message
from references.sources.service_settings import SERVICES

PREFIX = "EVIDENCE_"
#: Names of other programs: click asks for completion in a shell, our tests for their data.
_OTHERS = {
    f"{PREFIX}{name}"
    for name in ("COMPLETE", "SHARED", "OPENSEARCH_HOME", "REQUIRE_SCALE", "SCALE_SEARCHES")
}
#: The least likeness of a name, without the prefix (0 to 100), for which it is offered.
_LIKE = 60


@dataclass(frozen=True)
class Kind:
    """What a setting takes: whether a value fits, and what to write."""

    fits: Callable[[str], bool]
    mend: Message


def _number(least: float, most: float) -> Kind:
    def fits(value: str) -> bool:
        try:
            return least <= float(value) <= most
        except ValueError:
            return False

    return Kind(
        fits, message("write a number from {least} to {most}", least=f"{least:g}", most=f"{most:g}")
    )


def _one_of(*words: str) -> Kind:
    return Kind(
        lambda value: value.lower() in words,
        message("write one of {words}", words=", ".join(words)),
    )


def _networks(value: str) -> bool:
    try:
        for one in filter(None, re.split(r"[\s,]+", value)):
            ipaddress.ip_network(one, strict=False)
    except ValueError:
        return False
    return True


_ANY = Kind(lambda value: True, message(""))
_ADDRESS = Kind(
    lambda value: re.fullmatch(r"https?://[^\s/]+\S*", value) is not None,
    message("write an address that begins with http:// or https://"),
)
_YES_NO = _one_of("1", "0", "yes", "no", "true", "false", "on", "off")
_PLACES = Kind(_networks, message("write addresses or networks, such as 127.0.0.1 or 10.0.0.0/8"))
_FILE = Kind(lambda value: Path(value).expanduser().is_file(), message("name a file that is there"))

#: Each setting, and what it takes.
SETTINGS: Mapping[str, Kind] = {
    "EVIDENCE_INSTANCE": _ANY,
    "EVIDENCE_JOURNAL_URL": Kind(
        lambda value: re.match(r"(sqlite|postgresql)(\+\w+)?://", value) is not None,
        message("write an address such as postgresql://user@host/name"),
    ),
    "EVIDENCE_SECRET_KEY": Kind(
        lambda value: len(value) >= 32, message("write 32 characters or more, drawn by chance")
    ),
    "EVIDENCE_SEARCH_PARAMETERS": _FILE,
    "EVIDENCE_SEARCH_URL": _ANY,
    "EVIDENCE_SEARCH_KEY": _ANY,
    "EVIDENCE_SEARCH_CA": _FILE,
    "EVIDENCE_RETRACTIONS": _FILE,
    "EVIDENCE_RETRACTIONS_URL": _ADDRESS,
    "EVIDENCE_CONTACT": Kind(
        lambda value: re.fullmatch(r"[^@\s]+@[^@\s]+", value) is not None,
        message("write a mail address"),
    ),
    "EVIDENCE_OFFLINE": _YES_NO,
    "EVIDENCE_TIMEOUT": _number(0.1, 3600),
    "EVIDENCE_CACHE_HOURS": _number(0, 100_000),
    "EVIDENCE_NCBI_KEY": _ANY,
    "EVIDENCE_OPENALEX_KEY": _ANY,
    **{service.setting: _ADDRESS for service in SERVICES.values()},
    "EVIDENCE_READING": _one_of("everyone", "members"),
    "EVIDENCE_TRUSTED_PROXIES": _PLACES,
    "EVIDENCE_TRUSTED_HOSTS": _ANY,
    "EVIDENCE_HSTS_SUBDOMAINS": _one_of("yes", "no"),
    "EVIDENCE_SSO_HEADER": Kind(
        lambda value: re.fullmatch(r"[A-Za-z0-9-]{1,64}", value) is not None,
        message("write the name of a header, such as X-Remote-User"),
    ),
    "EVIDENCE_LOG": _one_of("json", "text"),
    "EVIDENCE_LOG_LEVEL": _one_of("debug", "info", "warning", "error"),
    "EVIDENCE_SLOW_REQUEST": _number(0, 3600),
    "EVIDENCE_METRICS": _PLACES,
    "EVIDENCE_METRICS_TOKEN": Kind(
        lambda value: len(value) >= 16, message("write 16 characters or more")
    ),
    "EVIDENCE_LANG": _one_of("fr", "en"),
    "EVIDENCE_DEBUG": _ANY,
}


def wrong_settings(environ: Mapping[str, str] | None = None) -> Iterator[SettingError]:
    """A sentence for each setting that is misspelt or has a value it cannot have.

    Args:
        environ: the environment, that of this process unless told otherwise. A value of blanks
            is none.
    """
    for name, value in sorted((os.environ if environ is None else environ).items()):
        if not name.startswith(PREFIX) or name in _OTHERS or not value.strip():
            continue
        kind = SETTINGS.get(name)
        if kind is None:
            yield _unknown(name)
        elif not kind.fits(value.strip()):
            # A value may be a secret or an address with a password: only its name is told.
            yield SettingError(
                "{name} has a value it cannot have; {mend}.", name=name, mend=kind.mend
            )


def _unknown(name: str) -> SettingError:
    known = {one: one.removeprefix(PREFIX) for one in SETTINGS}
    nearest = process.extractOne(name.removeprefix(PREFIX), known, score_cutoff=_LIKE)
    if nearest is None:
        return SettingError(
            "There is no setting {name}; unset it, or see docs/settings.md for those there are.",
            name=name,
        )
    return SettingError(
        "There is no setting {name}; do you mean {nearest}?", name=name, nearest=nearest[2]
    )


def refuse_wrong_settings() -> None:
    """Make sure that every setting is known and can be used, before a server starts.

    Raises:
        SettingError: some cannot; the sentence names each.
    """
    wrong = [error.message for error in wrong_settings()]
    if wrong:
        raise SettingError(
            reduce(lambda one, more: message("{one} {more}", one=one, more=more), wrong)
        )
