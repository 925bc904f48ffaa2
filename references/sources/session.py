"""One polite session for all outside services.

Every question goes through `Session.get`: at the pace each service asks for, with our name
and contact, from the on-disk cache when a fresh copy is there, with retries that honour
Retry-After, and within limits of time and size. Only hosts of the configured base addresses
have a way out: a redirect to another one is refused.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from lxml import etree

from references.errors import SettingError
from references.normalise import whole_number
from references.sources.adapter import PoliteAdapter, Question
from references.sources.cache import KEPT, cached_session, open_store
from references.sources.errors import (
    BadAnswer,
    Elsewhere,
    Offline,
    Refused,
    ServiceFailed,
    SourceError,
    TooBusy,
)
from references.sources.pace import Pace, ServiceHealth, SharedPace, Turns
from references.sources.service_settings import SERVICES, TOOL, Endpoint, SourceSettings

_ACCEPTED = {"json": "application/json", "xml": "application/xml, text/xml"}


@dataclass(frozen=True)
class Reply:
    """What a service said: the parsed document, when it was fetched, and whether from a copy.

    `redirected` says that the service itself led from the address asked to another one.
    """

    data: Any
    fetched: datetime
    copied: bool
    address: str
    redirected: bool = False


@dataclass(frozen=True)
class AnswerOrigin:
    """One answer, whatever it says: when it was fetched, and whether it is a kept copy.

    `stands_in` says that the service was asked and failed, and the old copy is all there is;
    `total` is how many records the service counts for a search, of which it sends a few.
    """

    fetched: datetime
    copied: bool
    stands_in: bool = False
    total: int | None = None


class _Listener(Question):
    """The origins of a thread's answers since it began to listen, and the copies kept of them.

    A copy is named by its service and its key in the cache; both are None before it listens.
    """

    origins: list[AnswerOrigin] | None = None
    copies: list[tuple[str, str]] | None = None


class _NoLogin(requests.auth.AuthBase):
    """Keeps requests from sending a password of the user's .netrc to a service."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Session:
    """Asks the configured services, politely; one object for a run, usable by threads."""

    def __init__(
        self,
        settings: SourceSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        turns: Turns | None = None,
    ) -> None:
        """Nothing is asked yet.

        Args:
            settings: how services are asked; those of the environment without.
            clock: tells the seconds.
            sleep: waits for some.
            turns: how the pace is shared with other processes and servers, if it is.

        Raises:
            SettingError: an address is wrong, or the cache cannot be written.
        """
        self.settings = settings or SourceSettings.from_environment()
        self.paces = {
            service.id: _pace_of(service, self.settings, clock, sleep)
            for service in SERVICES.values()
        }
        if turns is not None:
            for name, pace in self.paces.items():
                pace.among(name, turns)
        self.standings = {
            service.id: ServiceHealth(service.name, clock) for service in SERVICES.values()
        }
        self._question = _Listener()
        self._sessions = self._open()

    def _open(self) -> dict[str, requests.Session]:
        settings = self.settings
        store = open_store(settings.cache) if settings.cache else None
        contact = f"; mailto:{settings.contact}" if settings.contact else ""
        origins = set()
        for name in SERVICES:
            parts = urlsplit(settings.base(name))
            origins.add(f"{parts.scheme}://{parts.netloc}/".lower())
        sessions = {}
        for service in SERVICES.values():
            session = cached_session(store, settings.fresh) if store else requests.Session()
            session.headers["User-Agent"] = f"{TOOL}/0.1 (claims linked to references{contact})"
            session.auth = _NoLogin()
            session.max_redirects = 3
            session.adapters.clear()
            pace, health = self.paces[service.id], self.standings[service.id]
            for origin in origins:
                session.mount(
                    origin, PoliteAdapter(service, settings, pace, health, self._question)
                )
            sessions[service.id] = session
        return sessions

    def get(
        self,
        service: str,
        path: str,
        parameters: Mapping[str, str | int] | None = None,
        kind: str = "json",
        refresh: bool = False,
    ) -> Reply | None:
        """The parsed answer of a service to `path`, or None when it knows nothing there (404).

        `kind` is json, xml or text; `refresh` asks again even when a fresh copy is kept, which
        then only stands in for a service that fails.

        Raises:
            SourceError: there is no usable answer; the kind of error says why.
        """
        known, settings = SERVICES[service], self.settings
        if settings.cache is None and settings.offline:
            raise _offline(known)

        def ask(**how: bool) -> requests.Response:
            return self._send(
                known,
                f"{settings.base(known.id)}/{path.lstrip('/')}",
                params={**(parameters or {}), **settings.signature(known)},
                headers={"Accept": _ACCEPTED.get(kind, "*/*")},
                **how,
            )

        if settings.cache is None:
            response = ask()
        elif settings.offline:
            response = ask(only_if_cached=True)
        else:
            response = _ask_anew(ask) if refresh else ask()
        return self._read(known, response, kind, refresh)

    def _send(self, known: Endpoint, address: str, **request: Any) -> requests.Response:
        """The response to one question, from the cache or from the service."""
        self._question.deadline = None
        try:
            return self._sessions[known.id].get(address, **request)
        except requests.exceptions.TooManyRedirects as error:
            raise Elsewhere(known.name, "{name} redirects in circles.") from error
        except requests.exceptions.InvalidSchema as error:
            raise Elsewhere(
                known.name,
                "{name} redirected to a host that is not configured; nothing was fetched "
                "from there.",
            ) from error
        except requests.exceptions.RequestException as error:
            raise BadAnswer(known.name, "{name} gave an unusable answer.") from error
        except sqlite3.Error as error:
            raise SettingError(
                "The cache {cache} cannot be used ({error}); delete it and try again.",
                cache=self.settings.cache,
                error=error,
            ) from error

    def _read(
        self, known: Endpoint, response: requests.Response, kind: str, refresh: bool
    ) -> Reply | None:
        self._hear(known, response, refresh)
        if response.status_code == 504 and self.settings.offline:
            raise _offline(known)
        if response.status_code == 404:
            return None
        if response.status_code >= 300:
            raise _no_answer(known.name, response.status_code)
        try:
            data = _parsed(known, response, kind)
        except BadAnswer:
            if key := getattr(response, "cache_key", ""):
                self._sessions[known.id].cache.delete(key)  # type: ignore[attr-defined]
            raise
        origin = _origin_of(response)
        redirected = bool(response.history)
        return Reply(data, origin.fetched, origin.copied, response.url, redirected)

    def listen(self) -> list[AnswerOrigin]:
        """A list that fills with the origins of this thread's answers until the next call."""
        origins: list[AnswerOrigin] = []
        self._question.origins, self._question.copies = origins, []
        return origins

    def count(self, total: object) -> None:
        """Note how many records the service counts for the search that it answered last."""
        number = whole_number(str(total))
        if self._question.origins and number is not None:
            last = self._question.origins.pop()
            self._question.origins.append(replace(last, total=number))

    def forget(self) -> None:
        """Drop the kept copies of this thread's answers since it began to listen."""
        for service, key in self._question.copies or ():
            self._sessions[service].cache.delete(key)  # type: ignore[attr-defined]

    def _hear(self, known: Endpoint, response: requests.Response, refresh: bool) -> None:
        if self._question.origins is None or self._question.copies is None:
            return
        origin = _origin_of(response)
        old = refresh or bool(getattr(response, "is_expired", False))
        stands_in = origin.copied and old and not self.settings.offline
        self._question.origins.append(replace(origin, stands_in=stands_in))
        if key := getattr(response, "cache_key", ""):
            self._question.copies.append((known.id, key))


def _pace_of(
    service: Endpoint,
    settings: SourceSettings,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Pace:
    """The pace of a service, shared with other processes where there is a place to share it."""
    rate = settings.rate(service)
    if settings.cache is None or clock is not time.monotonic:  # a clock that others do not have
        return Pace(rate, clock, sleep)
    return SharedPace(rate, clock, sleep, settings.cache.parent / "pace" / f"{service.id}.json")


def _no_answer(name: str, status: int) -> SourceError:
    """What a status that brings no answer means."""
    if status < 400:
        return Elsewhere(name, "{name} redirected without saying where.")
    if status == 429:
        return TooBusy(name, "{name} is too busy to answer (429).")
    if status >= 500:
        return ServiceFailed(name, "{name} answered {status}.", status=status)
    return Refused(
        name,
        "{name} did not accept the question ({status}); check the settings and keys of the "
        "service.",
        status=status,
    )


def _origin_of(response: requests.Response) -> AnswerOrigin:
    fetched = getattr(response, "created_at", None)
    if fetched is None or getattr(response, "revalidated", False):
        fetched = datetime.now(UTC)
    if fetched.tzinfo is None:
        fetched = fetched.replace(tzinfo=UTC)
    return AnswerOrigin(fetched, bool(getattr(response, "from_cache", False)))


def _ask_anew(ask: Callable[..., requests.Response]) -> requests.Response:
    """The answer of now; when the service fails, the copy that is kept, if there is one.

    requests-cache's `refresh` would not do: where the service sent no ETag and no
    Last-Modified, as most of them, it takes the copy without asking.
    """
    try:
        response = ask(force_refresh=True)
    except SourceError:
        copy = ask(only_if_cached=True)
        if copy.status_code not in KEPT:
            raise
        return copy
    if response.status_code in KEPT:
        return response
    copy = ask(only_if_cached=True)
    return copy if copy.status_code in KEPT else response


def _offline(known: Endpoint) -> Offline:
    return Offline(
        known.name,
        "Offline: {name} was not asked, and there is no copy of its answer (unset "
        "EVIDENCE_OFFLINE to ask).",
    )


def _no_json(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _parsed(known: Endpoint, response: requests.Response, kind: str) -> Any:
    content = response.content
    sent = response.headers.get("Content-Type", "").split(";")[0].strip() or "no type"
    try:
        if kind == "json":
            # Strictly (RFC 8259): json.loads would guess UTF-16 and take NaN for a number
            return json.loads(content.decode("utf-8"), parse_constant=_no_json)
        if kind == "xml":
            if b"<!ENTITY" in content.upper():  # no service sends any; bombs do
                raise ValueError("entities")
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
            return etree.fromstring(content, parser)
        return content.decode("utf-8")
    except (ValueError, etree.XMLSyntaxError, RecursionError) as error:
        wanted = {"json": "JSON", "xml": "XML"}.get(kind, "text")
        raise BadAnswer(
            known.name,
            "{name} answered with something else than {wanted} ({sent}).",
            wanted=wanted,
            sent=sent,
        ) from error


__all__ = ["SERVICES", "AnswerOrigin", "Endpoint", "Reply", "Session", "SourceSettings"]
