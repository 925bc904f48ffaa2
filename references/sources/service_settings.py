"""Which services there are, where and how they are asked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from references.errors import SettingError
from references.files import table

TOOL = "evidence-base"
_TRUE = ("1", "true", "yes", "on")


@dataclass(frozen=True)
class Endpoint:
    """An outside service: its name, the setting of its address, and how often it may be asked.

    `rate` is in questions a second, until the service's own headers say otherwise, and
    `rate_with_key` the rate for who has a key. `signature` are the parameters by which we say
    who asks, and the settings they are taken from.
    """

    id: str
    name: str
    setting: str
    base: str
    rate: float
    rate_with_key: float
    signature: tuple[tuple[str, str], ...] = ()


def _endpoints() -> Iterator[Endpoint]:
    for id, name, setting, base, rate, keyed, *signature in table(
        "references.sources", "services.tsv"
    ):
        pairs = tuple((one.partition("=")[0], one.partition("=")[2]) for one in signature)
        yield Endpoint(id, name, setting, base, float(rate), float(keyed), pairs)


SERVICES: dict[str, Endpoint] = {service.id: service for service in _endpoints()}


def _number(name: str, default: float, least: float = 0.0) -> float:
    written = os.environ.get(name, "").strip()
    if not written:
        return default
    try:
        value = float(written)
    except ValueError:
        value = -1.0
    if not least <= value < 1e6:
        raise SettingError(
            "{name} is '{written}'; write a number of at least {least:g}.",
            name=name,
            written=written,
            least=least,
        )
    return value


@dataclass(frozen=True)
class SourceSettings:
    """How the services are asked. Times are in seconds, sizes in bytes.

    `total` bounds one question with all its retries; `longest_wait` is the longest
    Retry-After that is honoured by waiting, a longer one ends the question.
    """

    bases: Mapping[str, str] = field(default_factory=dict)
    contact: str = ""
    ncbi_key: str = ""
    openalex_key: str = ""
    offline: bool = False
    cache: Path | None = None
    fresh: float = 86_400.0
    connect: float = 5.0
    read: float = 10.0
    total: float = 25.0
    longest_wait: float = 20.0
    retries: int = 3
    most_bytes: int = 25_000_000
    tool: str = TOOL

    @classmethod
    def from_environment(cls, cache_folder: Path | None = None) -> SourceSettings:
        """The settings of the environment; answers are kept in `cache_folder`/services.sqlite.

        Raises:
            SettingError: a setting cannot be used.
        """
        environ = os.environ
        total = _number("EVIDENCE_TIMEOUT", 25.0, 0.1)
        settings = cls(
            bases={
                service.id: environ[service.setting].strip()
                for service in SERVICES.values()
                if environ.get(service.setting, "").strip()
            },
            contact=environ.get("EVIDENCE_CONTACT", "").strip(),
            ncbi_key=environ.get("EVIDENCE_NCBI_KEY", "").strip(),
            openalex_key=environ.get("EVIDENCE_OPENALEX_KEY", "").strip(),
            offline=environ.get("EVIDENCE_OFFLINE", "").strip().lower() in _TRUE,
            cache=cache_folder / "services.sqlite" if cache_folder else None,
            fresh=_number("EVIDENCE_CACHE_HOURS", 24.0) * 3600,
            connect=min(5.0, total),
            read=min(10.0, total),
            total=total,
            longest_wait=min(20.0, total),
        )
        for service in SERVICES.values():
            settings.base(service.id)
        return settings

    def instance_file(self, name: str) -> Path | None:
        """A file beside the folder of kept answers; None where none are kept."""
        return self.cache.parent.parent / name if self.cache else None

    def base(self, service: str) -> str:
        """The address of a service, without a slash at its end.

        Raises:
            SettingError: the setting is not an http or https address.
        """
        known = SERVICES[service]
        address = self.bases.get(service) or known.base
        parts = urlsplit(address)
        try:
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query
            usable = usable and (parts.port or 1) > 0 and "@" not in parts.netloc
        except ValueError:
            usable = False
        if not usable:
            raise SettingError(
                "{setting} is '{address}', not an address; write one like {base}, or unset it.",
                setting=known.setting,
                address=re.sub("//.*@", "//…@", address),  # no name and password are told
                base=known.base,
            )
        return address.rstrip("/")

    def is_own(self, service: str) -> bool:
        """True when the service is asked at an address other than its public one."""
        return self.base(service) != SERVICES[service].base

    def signature(self, service: Endpoint) -> dict[str, str]:
        """The parameters that tell a service who asks, those that are set."""
        values = {name: str(getattr(self, setting)) for name, setting in service.signature}
        return {name: value for name, value in values.items() if value}

    def rate(self, service: Endpoint) -> float:
        """How often a service may be asked, in questions a second."""
        has_key = "api_key" in self.signature(service)
        return service.rate_with_key if has_key else service.rate
