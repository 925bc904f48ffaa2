"""One polite session for all outside services.

Every question goes through `Session.get`: at the pace each service asks for, with our name
and contact, from the on-disk cache when a fresh copy is there, with retries that honour
Retry-After, and within limits of time and size. Only hosts of the configured base addresses
have a way out: a redirect to another one is refused.
"""

from __future__ import annotations

import json
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from lxml import etree
from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from requests_cache.backends.sqlite import SQLiteCache
from urllib3.exceptions import HTTPError, SSLError

from references.errors import SettingError
from references.sources.errors import (
    BadAnswer,
    Broken,
    Elsewhere,
    LeftAlone,
    Offline,
    Refused,
    ServiceFailed,
    SourceError,
    TooBusy,
    TooSlow,
    Unreachable,
)
from references.sources.pace import Pace, ServiceHealth, retry_after

TOOL = "evidence-base"
#: Statuses of answers worth keeping: what is known, and that nothing is.
_KEPT = (200, 404)
_TRUE = ("1", "true", "yes", "on")


@dataclass(frozen=True)
class Endpoint:
    """An outside service: its name, the setting of its address, and how often it may be asked.

    `rate` is in questions a second, until the service's own headers say otherwise.
    """

    id: str
    name: str
    setting: str
    base: str
    rate: float


#: NCBI: 3 a second, 10 with a key (E-utilities, "Usage guidelines and requirements").
#: The others publish no such figure or announce it in headers; we begin low.
SERVICES: dict[str, Endpoint] = {
    service.id: service
    for service in (
        Endpoint(
            "pubmed",
            "PubMed",
            "EVIDENCE_PUBMED_URL",
            "https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
            3,
        ),
        Endpoint("crossref", "Crossref", "EVIDENCE_CROSSREF_URL", "https://api.crossref.org", 5),
        Endpoint(
            "europepmc",
            "Europe PMC",
            "EVIDENCE_EUROPEPMC_URL",
            "https://www.ebi.ac.uk/europepmc/webservices/rest",
            5,
        ),
        Endpoint("openalex", "OpenAlex", "EVIDENCE_OPENALEX_URL", "https://api.openalex.org", 5),
        Endpoint("datacite", "DataCite", "EVIDENCE_DATACITE_URL", "https://api.datacite.org", 5),
        Endpoint(
            "clinicaltrials",
            "ClinicalTrials.gov",
            "EVIDENCE_CLINICALTRIALS_URL",
            "https://clinicaltrials.gov/api/v2",
            2,
        ),
    )
}


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
                address=address,
                base=known.base,
            )
        return address.rstrip("/")

    def is_own(self, service: str) -> bool:
        """True when the service is asked at an address other than its public one."""
        return self.base(service) != SERVICES[service].base


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

    @property
    def age(self) -> timedelta:
        """How old the answer is."""
        return datetime.now(UTC) - self.fetched


@dataclass(frozen=True)
class Heard:
    """One answer, whatever it says: when it was fetched, and whether it is a kept copy.

    `stands_in` says that the service was asked and failed, and the old copy is all there is.
    """

    fetched: datetime
    copied: bool
    stands_in: bool = False


class _PoliteAdapter(HTTPAdapter):
    """The only way out: pace, retries and limits, below the cache so that copies are free."""

    def __init__(self, service: Endpoint, session: Session) -> None:
        super().__init__(max_retries=0)
        self._service, self._owner = service, session

    def send(self, request: requests.PreparedRequest, *args: Any, **kw: Any) -> requests.Response:
        """Send, with patience that ends; see the module for what can be raised."""
        standing = self._owner.standings[self._service.id]
        try:
            response = self._patiently(request, standing.admit(), **kw)
        except LeftAlone as error:
            standing.failed(error, error.seconds)
            raise
        except (Unreachable, TooSlow, TooBusy, ServiceFailed, Broken) as error:
            standing.failed(error)
            raise
        standing.answered()
        return response

    def _patiently(
        self, request: requests.PreparedRequest, again: bool, **kw: Any
    ) -> requests.Response:
        """The answer to a question, tried several times when `again`."""
        owner, name = self._owner, self._service.name
        settings = owner.settings
        pace = owner.paces[self._service.id]
        deadline = owner.deadline  # that of the question, when a redirect led here
        failure: SourceError | None = None
        wait = 1.0
        for attempt in range(settings.retries + 1 if again else 1):
            if attempt:
                if deadline is not None and owner.clock() + wait > deadline:
                    break
                owner.sleep(wait)
            wait = 2.0**attempt
            try:
                with pace.alone:
                    if not attempt:  # the one before us in the queue may have met a closed door
                        owner.standings[self._service.id].admit()
                    pace.wait()
                    if deadline is None:  # queueing for our turn is not the service's time
                        deadline = owner.deadline = owner.clock() + settings.total
                    if (left := deadline - owner.clock()) <= 0:
                        break
                    try:
                        response = self._within(left, request, **kw)
                    finally:
                        pace.answered()
                    pace.learn(response.headers)
                    asked = retry_after(response.headers)
                    if response.status_code != 429 and response.status_code < 500:
                        return response
                    if asked is not None and asked > settings.longest_wait:
                        raise LeftAlone(
                            name,
                            f"{name} asks to be left alone for {asked:.0f} seconds; "
                            "try again later.",
                            asked,
                        )
                    pace.hold(asked or 0.0)
            except (Unreachable, TooSlow, Broken) as error:
                if failure:  # twice is enough: the others are waiting
                    raise
                failure = error
                continue
            wait = max(wait, asked or 0.0)
            if response.status_code == 429:
                failure = TooBusy(
                    name, "{name} is too busy to answer (429); try again later.", name=name
                )
            else:
                failure = ServiceFailed(
                    name,
                    "{name} answered with its error {status_code}; try again later.",
                    name=name,
                    status_code=response.status_code,
                )
        raise failure or TooSlow(
            name, "{name} did not answer within {total:g} seconds.", name=name, total=settings.total
        )

    def _within(
        self, seconds: float, request: requests.PreparedRequest, **kw: Any
    ) -> requests.Response:
        """Send and read in a thread of its own: a trickle of bytes cannot outlast the limit."""
        box: queue.SimpleQueue[requests.Response | BaseException] = queue.SimpleQueue()
        over = threading.Event()

        def work() -> None:
            try:
                box.put(self._send_and_read(request, over, **kw))
            except BaseException as error:  # handed to the thread that waits
                box.put(error)

        threading.Thread(target=work, daemon=True, name=f"ask-{self._service.id}").start()
        name = self._service.name
        try:
            found = box.get(timeout=seconds)
        except queue.Empty:
            over.set()
            raise TooSlow(name, "{name} did not finish its answer in time.", name=name) from None
        if isinstance(found, requests.Response):
            return found
        raise self._explained(found) from found

    def _explained(self, error: BaseException) -> BaseException:
        name = self._service.name
        if isinstance(error, requests.exceptions.Timeout):
            return TooSlow(name, "{name} did not answer in time.", name=name)
        if isinstance(error, (requests.exceptions.SSLError, SSLError)):
            return Unreachable(name, "The certificate of {name} is not accepted.", name=name)
        if isinstance(error, requests.exceptions.ConnectionError):
            if "Read timed out" in str(error):
                return TooSlow(name, "{name} stopped in the middle of its answer.", name=name)
            return Unreachable(name, "{name} cannot be reached; check the network.", name=name)
        if isinstance(error, (requests.exceptions.RequestException, HTTPError, OSError)):
            if "timed out" in str(error).lower():
                return TooSlow(name, "{name} stopped in the middle of its answer.", name=name)
            return Broken(name, "The answer of {name} broke off or cannot be decoded.", name=name)
        return error

    def _send_and_read(
        self, request: requests.PreparedRequest, over: threading.Event, **kw: Any
    ) -> requests.Response:
        settings, name = self._owner.settings, self._service.name
        kw.update(stream=True, timeout=(settings.connect, settings.read))
        response = super().send(request, **kw)
        body = bytearray()
        try:
            while piece := response.raw.read1(65_536, decode_content=True):
                body += piece
                if len(body) > settings.most_bytes:
                    raise BadAnswer(
                        name,
                        "The answer of {name} is larger than {value:g} MB; ask for less.",
                        name=name,
                        value=settings.most_bytes / 1e6,
                    )
                if over.is_set():
                    break
        except BaseException:
            response.close()
            raise
        response.raw.release_conn()
        response._content = bytes(body)
        response._content_consumed = True  # type: ignore[attr-defined]
        return response


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
    ) -> None:
        """Raises `SettingError` when an address is wrong or the cache cannot be written."""
        self.settings = settings or SourceSettings.from_environment()
        self.clock, self.sleep = clock, sleep
        self.paces = {
            service.id: Pace(self._rate(service), clock, sleep) for service in SERVICES.values()
        }
        self.standings = {
            service.id: ServiceHealth(service.name, clock) for service in SERVICES.values()
        }
        self._question = threading.local()
        self._sessions = self._open()

    @property
    def deadline(self) -> float | None:
        """When the question of this thread must be answered; None before it is first sent."""
        return getattr(self._question, "deadline", None)

    @deadline.setter
    def deadline(self, at: float | None) -> None:
        self._question.deadline = at

    def _rate(self, service: Endpoint) -> float:
        return 10.0 if service.id == "pubmed" and self.settings.ncbi_key else service.rate

    def _open(self) -> dict[str, requests.Session]:
        settings = self.settings
        store = _store(settings.cache, settings.fresh) if settings.cache else None
        contact = f"; mailto:{settings.contact}" if settings.contact else ""
        origins = set()
        for name in SERVICES:
            parts = urlsplit(settings.base(name))
            origins.add(f"{parts.scheme}://{parts.netloc}/".lower())
        sessions = {}
        for service in SERVICES.values():
            session = _cached(store, settings) if store else requests.Session()
            session.headers["User-Agent"] = f"{TOOL}/0.1 (claims linked to references{contact})"
            session.auth = _NoLogin()
            session.max_redirects = 3
            session.adapters.clear()
            for origin in origins:
                session.mount(origin, _PoliteAdapter(service, self))
            sessions[service.id] = session
        return sessions

    @property
    def hosts(self) -> list[str]:
        """The hosts that may be contacted."""
        return sorted({urlsplit(self.settings.base(name)).netloc for name in SERVICES})

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
        return self._get(SERVICES[service], path, dict(parameters or {}), kind, refresh)

    def _get(
        self, known: Endpoint, path: str, parameters: dict[str, str | int], kind: str, refresh: bool
    ) -> Reply | None:
        settings = self.settings
        address = f"{settings.base(known.id)}/{path.lstrip('/')}"
        if known.id == "pubmed":
            parameters |= {"tool": TOOL}
            parameters |= {"email": settings.contact} if settings.contact else {}
            parameters |= {"api_key": settings.ncbi_key} if settings.ncbi_key else {}
        elif known.id == "crossref" and settings.contact:
            parameters |= {"mailto": settings.contact}
        elif known.id == "openalex":
            parameters |= {"mailto": settings.contact} if settings.contact else {}
            parameters |= {"api_key": settings.openalex_key} if settings.openalex_key else {}
        if settings.cache is None and settings.offline:
            raise _offline(known)
        accept = {"json": "application/json", "xml": "application/xml, text/xml"}.get(kind, "*/*")

        def ask(**how: bool) -> requests.Response:
            return self._send(known, address, params=parameters, headers={"Accept": accept}, **how)

        if settings.cache is None:
            response = ask()
        elif settings.offline:
            response = ask(only_if_cached=True)
        elif refresh:
            response = _ask_anew(ask)
        else:
            response = ask()
        return self._read(known, response, kind, refresh)

    def _send(self, known: Endpoint, address: str, **request: Any) -> requests.Response:
        """The response to one question, from the cache or from the service."""
        self.deadline = None
        try:
            return self._sessions[known.id].get(address, **request)
        except requests.exceptions.TooManyRedirects as error:
            raise Elsewhere(known.name, "{name} redirects in circles.", name=known.name) from error
        except requests.exceptions.InvalidSchema as error:
            raise Elsewhere(
                known.name,
                "{name} redirected to a host that is not configured; nothing was fetched "
                "from there.",
                name=known.name,
            ) from error
        except requests.exceptions.RequestException as error:
            raise BadAnswer(
                known.name, "{name} gave an unusable answer.", name=known.name
            ) from error
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
        if response.status_code in (301, 302, 303, 307, 308):
            raise Elsewhere(known.name, "{name} redirected without saying where.", name=known.name)
        if response.status_code == 429:
            raise TooBusy(known.name, "{name} is too busy to answer (429).", name=known.name)
        if response.status_code >= 500:
            raise ServiceFailed(
                known.name,
                "{name} answered {status_code}.",
                name=known.name,
                status_code=response.status_code,
            )
        if response.status_code >= 400:
            raise Refused(
                known.name,
                "{name} did not accept the question ({status_code}); check the settings "
                "and keys of the service.",
                name=known.name,
                status_code=response.status_code,
            )
        try:
            data = _parsed(known, response, kind)
        except BadAnswer:
            if key := getattr(response, "cache_key", ""):
                self._sessions[known.id].cache.delete(key)  # type: ignore[attr-defined]
            raise
        heard = _heard(response)
        redirected = bool(response.history)
        return Reply(data, heard.fetched, heard.copied, response.url, redirected)

    def listen(self) -> list[Heard]:
        """A list that takes in what this thread hears from now on, until the next call."""
        self._question.heard, self._question.copies = [], []
        heard: list[Heard] = self._question.heard
        return heard

    def forget(self) -> None:
        """Keep no copy of what this thread has heard since it began to listen."""
        for service, key in getattr(self._question, "copies", []):
            self._sessions[service].cache.delete(key)  # type: ignore[attr-defined]

    def _hear(self, known: Endpoint, response: requests.Response, refresh: bool) -> None:
        heard = _heard(response)
        old = refresh or bool(getattr(response, "is_expired", False))
        stands_in = heard.copied and old and not self.settings.offline
        getattr(self._question, "heard", []).append(replace(heard, stands_in=stands_in))
        if key := getattr(response, "cache_key", ""):
            getattr(self._question, "copies", []).append((known.id, key))


def _heard(response: requests.Response) -> Heard:
    fetched = getattr(response, "created_at", None)
    if fetched is None or getattr(response, "revalidated", False):
        fetched = datetime.now(UTC)
    if fetched.tzinfo is None:
        fetched = fetched.replace(tzinfo=UTC)
    return Heard(fetched, bool(getattr(response, "from_cache", False)))


def _ask_anew(ask: Callable[..., requests.Response]) -> requests.Response:
    """The answer of now; when the service fails, the copy that is kept, if there is one.

    requests-cache's `refresh` would not do: where the service sent no ETag and no
    Last-Modified, as most of them, it takes the copy without asking.
    """
    try:
        response = ask(force_refresh=True)
    except SourceError:
        copy = ask(only_if_cached=True)
        if copy.status_code not in _KEPT:
            raise
        return copy
    if response.status_code in _KEPT:
        return response
    copy = ask(only_if_cached=True)
    return copy if copy.status_code in _KEPT else response


def _offline(known: Endpoint) -> Offline:
    return Offline(
        known.name,
        "Offline: {name} was not asked, and there is no copy of its answer (unset "
        "EVIDENCE_OFFLINE to ask).",
        name=known.name,
    )


def _xml_parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _no_json(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _parsed(known: Endpoint, response: requests.Response, kind: str) -> Any:
    content = response.content
    told = response.headers.get("Content-Type", "").split(";")[0].strip() or "no type"
    try:
        if kind == "json":
            # Strictly (RFC 8259): json.loads would guess UTF-16 and take NaN for a number
            return json.loads(content.decode("utf-8"), parse_constant=_no_json)
        if kind == "xml":
            if b"<!ENTITY" in content.upper():  # no service sends any; bombs do
                raise ValueError("entities")
            return etree.fromstring(content, _xml_parser())
        return content.decode("utf-8")
    except (ValueError, etree.XMLSyntaxError, RecursionError) as error:
        wanted = {"json": "JSON", "xml": "XML"}.get(kind, "text")
        raise BadAnswer(
            known.name,
            "{name} answered with something else than {wanted} ({told}).",
            name=known.name,
            wanted=wanted,
            told=told,
        ) from error


def _store(path: Path, fresh: float) -> SQLiteCache:
    """The cache file; one that cannot be read is replaced: it holds nothing but copies.

    JSON, because the default serializer unpickles whatever it finds in the file.
    """
    for last in (False, True):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            store = SQLiteCache(str(path), serializer="json", wal=True, busy_timeout=10_000)
            store.delete(older_than=timedelta(days=90))
            return store
        except (sqlite3.Error, OSError) as error:
            if last or isinstance(error, sqlite3.OperationalError | OSError):
                raise SettingError(
                    "The cache {path} cannot be used ({error}); delete it or choose "
                    "another instance folder.",
                    path=path,
                    error=error,
                ) from error
            path.unlink(missing_ok=True)
    raise AssertionError


def _cached(store: SQLiteCache, settings: SourceSettings) -> CachedSession:
    return CachedSession(
        backend=store,
        expire_after=timedelta(seconds=settings.fresh),
        allowable_codes=_KEPT,
        stale_if_error=True,  # an old copy, shown with its age, beats no answer
        ignored_parameters=["api_key", "email", "mailto", "tool", "User-Agent"],
    )


__all__ = [
    "SERVICES",
    "Endpoint",
    "Heard",
    "Reply",
    "Session",
    "SourceSettings",
]
