"""What can go wrong when an outside service is asked, each with a sentence for people.

    UserError
    └── SourceError             the question to a service has no answer; `.outcome` says why
        ├── NotAsked            the question was never sent
        │   ├── Offline         offline mode, and no copy of the answer in the cache
        │   ├── GivenUp         the service rests after it failed
        │   ├── NeedsKey        the service wants a key, and none is set
        │   └── Elsewhere       an address or a redirect outside the configured hosts
        ├── Unreachable         no connection: name, network, certificate
        ├── TooSlow             no connection, no data or no end within the time allowed
        ├── TooBusy             429 after all retries
        │   └── LeftAlone       a Retry-After longer than we wait
        ├── ServiceFailed       5xx after all retries
        ├── Refused             another 4xx: the question or the key was not accepted
        └── BadAnswer           too large, of another type, or not what was asked for
            └── Broken          truncated or not decodable

"Nothing known under this identifier" (404) is an answer, not an error.
"""

from __future__ import annotations

import html
from urllib.parse import unquote

from references.errors import UserError, message


class SourceError(UserError):
    """A question to a service that got no usable answer.

    `service` is the name people know it by, {name} in the sentence; `outcome` is one of the
    fixed words below, kept in results of checks.
    """

    outcome = "failed"

    def __init__(self, service: str, template: str, /, **values: object) -> None:
        super().__init__(template, **{"name": service, **values})
        self.service = service


class NotAsked(SourceError):
    """The question was not sent."""

    outcome = "not-asked"


class Offline(NotAsked):
    """Offline mode is on and the cache holds no copy of the answer."""

    outcome = "offline"


class GivenUp(NotAsked):
    """The service rests after it failed in this run."""


class NeedsKey(NotAsked):
    """The service cannot be asked without a key."""

    outcome = "needs-key"


class Elsewhere(NotAsked):
    """The address, or one the service redirected to, is not on a configured host."""

    outcome = "redirected-elsewhere"


class Unreachable(SourceError):
    """No connection could be made."""

    outcome = "unreachable"


class TooSlow(SourceError):
    """A time-out: to connect, between two pieces of data, or for the whole answer."""

    outcome = "too-slow"


class TooBusy(SourceError):
    """The service asks us to come back later than we are ready to wait."""

    outcome = "too-busy"


class LeftAlone(TooBusy):
    """The service named a time to come back that is too far away; `seconds` from now."""

    def __init__(self, service: str, template: str, seconds: float, **values: object) -> None:
        super().__init__(service, template, seconds=seconds, **values)
        self.seconds = seconds


class ServiceFailed(SourceError):
    """The service answered with an error of its own (5xx) every time."""

    outcome = "service-failed"


class Refused(SourceError):
    """The service did not accept the question (4xx)."""

    outcome = "refused"


class BadAnswer(SourceError):
    """The answer is truncated, too large, of another type, or makes no sense."""

    outcome = "bad-answer"


class Broken(BadAnswer):
    """The answer broke off, or its compression cannot be undone."""


def must_be_about(service: str, asked: str, *answered: object) -> None:
    """Make sure that an answer is about the identifier that was asked.

    `answered` are the identifiers it gives for its subject. Case, entities and percent signs
    make no difference.

    Raises:
        BadAnswer: the answer names another subject, or none.
    """
    named = [str(value) for value in answered if value]
    if _plain(asked) not in map(_plain, named):
        about = named[0] if named else message("nothing that can be named")
        raise BadAnswer(
            service,
            "{service} was asked about {asked} and answered about {about}.",
            service=service,
            asked=asked,
            about=about,
        )


def _plain(identifier: str) -> str:
    return unquote(html.unescape(identifier)).strip().casefold()
