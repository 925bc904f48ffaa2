"""The only way to the network: pace, retries, limits; below the cache, so that copies are free."""

from __future__ import annotations

import queue
import threading
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, SSLError

from references.sources.errors import (
    BadAnswer,
    Broken,
    LeftAlone,
    ServiceFailed,
    SourceError,
    TooBusy,
    TooSlow,
    Unreachable,
)
from references.sources.pace import Pace, ServiceHealth, retry_after
from references.sources.service_settings import Endpoint, SourceSettings


class Question(threading.local):
    """What a thread is asking: `deadline` is when it must be answered, None before it is sent."""

    deadline: float | None = None


class PoliteAdapter(HTTPAdapter):
    """Asks one service at its pace, with retries that honour Retry-After, within the limits."""

    def __init__(
        self,
        service: Endpoint,
        settings: SourceSettings,
        pace: Pace,
        health: ServiceHealth,
        question: Question,
    ) -> None:
        super().__init__(max_retries=0)
        self._service, self._settings = service, settings
        self._pace, self._health, self._question = pace, health, question

    def send(self, request: requests.PreparedRequest, *args: Any, **kw: Any) -> requests.Response:
        """Send a request, retrying within the limits.

        Raises:
            SourceError: there is no answer, or none within the limits; its kind says why.
        """
        try:
            response = self._patiently(request, self._health.admit(), **kw)
        except LeftAlone as error:
            self._health.failed(error, error.seconds)
            raise
        except (Unreachable, TooSlow, TooBusy, ServiceFailed, Broken) as error:
            self._health.failed(error)
            raise
        self._health.answered()
        return response

    def _patiently(
        self, request: requests.PreparedRequest, again: bool, **kw: Any
    ) -> requests.Response:
        """The answer to a question, tried several times when `again`."""
        failure: SourceError | None = None
        wait = 1.0
        for attempt in range(self._settings.retries + 1 if again else 1):
            if attempt:
                deadline = self._question.deadline
                if deadline is not None and self._pace.clock() + wait > deadline:
                    break
                self._pace.sleep(wait)
            wait = 2.0**attempt
            try:
                with self._pace.turn():
                    if not attempt:  # the question before ours in the queue may have failed
                        self._health.admit()
                    response = self._in_turn(request, **kw)
            except (Unreachable, TooSlow, Broken) as error:
                if failure:  # twice is enough: the others are waiting
                    raise
                failure = error
                continue
            if response is None:
                break
            if response.status_code != 429 and response.status_code < 500:
                return response
            wait = max(wait, retry_after(response.headers) or 0.0)
            failure = self._not_now(response.status_code)
        raise failure or TooSlow(
            self._service.name,
            "{name} did not answer within {total:g} seconds.",
            total=self._settings.total,
        )

    def _in_turn(self, request: requests.PreparedRequest, **kw: Any) -> requests.Response | None:
        """The answer to one question at its turn; None when no time is left for it.

        Raises:
            LeftAlone: the service wants to be left alone for longer than we wait.
        """
        self._pace.wait()
        if self._question.deadline is None:  # waiting for our turn does not count
            self._question.deadline = self._pace.clock() + self._settings.total
        if (left := self._question.deadline - self._pace.clock()) <= 0:
            return None
        try:
            response = self._within(left, request, **kw)
        finally:
            self._pace.answered()
        self._pace.learn(response.headers)
        if response.status_code == 429 or response.status_code >= 500:
            asked = retry_after(response.headers) or 0.0
            if asked > self._settings.longest_wait:
                raise LeftAlone(
                    self._service.name,
                    "{name} asks to be left alone for {seconds:.0f} seconds; try again later.",
                    asked,
                )
            self._pace.hold(asked)
        return response

    def _not_now(self, status: int) -> SourceError:
        name = self._service.name
        if status == 429:
            return TooBusy(name, "{name} is too busy to answer (429); try again later.")
        return ServiceFailed(
            name, "{name} answered with its error {status}; try again later.", status=status
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
            outcome = box.get(timeout=seconds)
        except queue.Empty:
            over.set()
            raise TooSlow(name, "{name} did not finish its answer in time.") from None
        if isinstance(outcome, requests.Response):
            return outcome
        raise self._explained(outcome) from outcome

    def _explained(self, error: BaseException) -> BaseException:
        name = self._service.name
        if isinstance(error, requests.exceptions.Timeout):
            return TooSlow(name, "{name} did not answer in time.")
        if isinstance(error, (requests.exceptions.SSLError, SSLError)):
            return Unreachable(name, "The certificate of {name} is not accepted.")
        if isinstance(error, requests.exceptions.ConnectionError):
            if "Read timed out" in str(error):
                return TooSlow(name, "{name} stopped in the middle of its answer.")
            return Unreachable(name, "{name} cannot be reached; check the network.")
        if isinstance(error, (requests.exceptions.RequestException, HTTPError, OSError)):
            if "timed out" in str(error).lower():
                return TooSlow(name, "{name} stopped in the middle of its answer.")
            return Broken(name, "The answer of {name} broke off or cannot be decoded.")
        return error

    def _send_and_read(
        self, request: requests.PreparedRequest, over: threading.Event, **kw: Any
    ) -> requests.Response:
        settings, name = self._settings, self._service.name
        kw.update(stream=True, timeout=(settings.connect, settings.read))
        response = super().send(request, **kw)
        body = bytearray()
        try:
            while piece := response.raw.read1(65_536, decode_content=True):
                body += piece
                if len(body) > settings.most_bytes:
                    raise BadAnswer(
                        name,
                        "The answer of {name} is larger than {megabytes:g} MB; ask for less.",
                        megabytes=settings.most_bytes / 1e6,
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
