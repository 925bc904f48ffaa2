"""The polite session against a real server that misbehaves in every way we know."""

from __future__ import annotations

import gzip
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from filelock import FileLock
from service_double import Record, Reply, ServiceDouble, as_json

from references.errors import SettingError, UserError
from references.sources import Crossref, all_sources
from references.sources.errors import (
    BadAnswer,
    Elsewhere,
    GivenUp,
    NeedsKey,
    Offline,
    Refused,
    ServiceFailed,
    SourceError,
    TooBusy,
    TooSlow,
    Unreachable,
)
from references.sources.pace import SLACK, Pace, ServiceHealth, SharedPace, retry_after
from references.sources.session import SERVICES, Session, SourceSettings


class Clock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def double() -> Iterator[ServiceDouble]:
    with ServiceDouble([Record("A title of a work", doi="10.1234/abc", year=2020)]) as server:
        yield server


@pytest.fixture
def settings(double: ServiceDouble) -> SourceSettings:
    return SourceSettings(
        bases=double.bases,
        contact="librarian@example.org",
        connect=1,
        read=0.5,
        total=2,
        longest_wait=5,
        retries=2,
        most_bytes=200_000,
    )


def _quick(settings: SourceSettings) -> Session:
    return Session(settings, sleep=lambda seconds: None)


def test_a_good_answer(double: ServiceDouble, settings: SourceSettings) -> None:
    work = Crossref(_quick(settings)).by_doi("10.1234/abc")
    assert work is not None
    assert work.reference.title == "A title of a work"
    sent = double.asked("crossref")[0]
    assert "mailto:librarian@example.org" in sent.headers["User-Agent"]
    assert sent.parameters["mailto"] == "librarian@example.org"


def test_nothing_known_is_no_error(settings: SourceSettings) -> None:
    assert Crossref(_quick(settings)).by_doi("10.1234/none") is None


def test_pubmed_hears_tool_mail_and_key(double: ServiceDouble, settings: SourceSettings) -> None:
    session = _quick(replace(settings, ncbi_key="secret"))
    session.get("pubmed", "esearch.fcgi", {"db": "pubmed", "term": "x"}, kind="xml")
    sent = double.asked("pubmed")[0].parameters
    assert sent["tool"] == "evidence-base"
    assert sent["email"] == "librarian@example.org"
    assert sent["api_key"] == "secret"


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (Reply(b"", 500), ServiceFailed, "500"),
        (Reply(b"", 503, headers={"Retry-After": "1"}), ServiceFailed, "503"),
        (Reply(b"", 429, headers={"Retry-After": "1"}), TooBusy, "429"),
        (Reply(b"", 429, headers={"Retry-After": "86400"}), TooBusy, "86400 seconds"),
        (
            Reply(b"", 429, headers={"Retry-After": "Wed, 01 Jan 2098 00:00:00 GMT"}),
            TooBusy,
            "left alone",
        ),
        (Reply(b"", 429, headers={"Retry-After": "soon"}), TooBusy, "429"),
        (Reply(b"", 403), Refused, "403"),
        (Reply(b'{"message":', declared_length=500), BadAnswer, "broke off"),
        (Reply(b'{"message":'), BadAnswer, "JSON"),
        (Reply(b"<html>maintenance</html>", type="text/html"), BadAnswer, "text/html"),
        (Reply(b"", 200), BadAnswer, "JSON"),
        (Reply(b"[1, 2]"), BadAnswer, "not one of its own"),
        (Reply(b'"text"'), BadAnswer, "not one of its own"),
        (Reply(b"[" * 100_000), BadAnswer, "JSON"),
        (Reply(b" " * 300_000), BadAnswer, "larger"),
        (
            Reply(gzip.compress(b" " * 5_000_000, mtime=0), headers={"Content-Encoding": "gzip"}),
            BadAnswer,
            "larger",
        ),
        (Reply(b"not gzip", headers={"Content-Encoding": "gzip"}), BadAnswer, "decoded"),
        (Reply(b"", 302, headers={"Location": "http://localhost:9/away"}), Elsewhere, "redirected"),
        (Reply(b"", 302, headers={"Location": "https://example.org/"}), Elsewhere, "redirected"),
        (Reply(b"", 302, headers={"Location": "file:///etc/passwd"}), Elsewhere, "redirected"),
        (Reply(b"", 302), Elsewhere, "redirected"),
        (Reply(b"{}", pause=3), TooSlow, "in time"),
        (Reply(b" " * 100, trickle=0.1), TooSlow, "in time"),
    ],
    ids=lambda value: None if isinstance(value, type) else str(value)[:40],
)
def test_every_failure_has_a_clear_status(
    reply: Reply,
    error: type[SourceError],
    words: str,
    double: ServiceDouble,
    settings: SourceSettings,
) -> None:
    double.fault(reply, service="crossref")
    with pytest.raises(error, match=words) as caught:
        Crossref(_quick(settings)).by_doi("10.1234/abc")
    assert isinstance(caught.value, UserError)
    assert caught.value.service == "Crossref"
    assert caught.value.outcome
    assert "\n" not in str(caught.value)


def test_redirects_in_circles_end(double: ServiceDouble, settings: SourceSettings) -> None:
    double.fault(
        Reply(b"", 302, headers={"Location": f"{double.address}/crossref/again"}), "crossref"
    )
    with pytest.raises(Elsewhere, match="circles"):
        Crossref(_quick(settings)).by_doi("10.1234/abc")
    assert len(double.log) <= 7


def test_redirects_do_not_stretch_the_time_of_a_question(
    double: ServiceDouble, settings: SourceSettings
) -> None:
    again = {"Location": f"{double.address}/crossref/again"}
    double.fault(Reply(b"", 302, headers=again), "crossref")
    clock = Clock()
    double.before = lambda request: clock.sleep(0.9)
    with pytest.raises((TooSlow, Elsewhere)):
        Crossref(Session(settings, clock, clock.sleep)).by_doi("10.1234/abc")
    assert len(double.log) <= 3  # of 2 seconds


def test_a_redirect_within_the_host_is_followed(
    double: ServiceDouble, settings: SourceSettings
) -> None:
    where = f"{double.address}/crossref/works/10.1234/abc"
    double.fault(Reply(b"", 301, headers={"Location": where}), path="/works/10.1234/old")
    work = Crossref(_quick(settings)).by_doi("10.1234/old")
    assert work is not None
    assert work.id == "10.1234/abc"


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_passing_failure_is_retried(
    status: int, double: ServiceDouble, settings: SourceSettings
) -> None:
    double.fault(Reply(b"", status, headers={"Retry-After": "3"}), "crossref", times=1)
    clock = Clock()
    session = Session(replace(settings, total=60), clock, clock.sleep)
    assert Crossref(session).by_doi("10.1234/abc") is not None
    assert len(double.log) == 2
    assert max(clock.slept) >= 3  # Retry-After was honoured
    assert session.standings["crossref"].admit()


def test_a_truncated_answer_is_asked_again(double: ServiceDouble, settings: SourceSettings) -> None:
    double.fault(Reply(b'{"mess', declared_length=900), "crossref", times=1)
    assert Crossref(_quick(settings)).by_doi("10.1234/abc") is not None


def test_retries_are_bounded(double: ServiceDouble, settings: SourceSettings) -> None:
    double.fault(Reply(b"", 500), "crossref")
    clock = Clock()
    session = Session(replace(settings, total=60), clock, clock.sleep)
    with pytest.raises(ServiceFailed):
        Crossref(session).by_doi("10.1234/abc")
    assert len(double.log) == settings.retries + 1
    assert clock.now - 1000 <= 60


def test_a_service_that_keeps_failing_is_left_alone_and_comes_back(
    double: ServiceDouble, settings: SourceSettings
) -> None:
    double.fault(Reply(b"", 500), path="/works/10.1234/bad")
    clock = Clock()
    session = Session(replace(settings, total=60), clock, clock.sleep)
    crossref = Crossref(session)
    for _ in range(ServiceHealth.PATIENCE):
        with pytest.raises(ServiceFailed):
            crossref.by_doi("10.1234/bad")
    before = len(double.log)
    assert before < ServiceHealth.PATIENCE * (settings.retries + 1)  # the last ones without retries
    with pytest.raises(GivenUp, match=r"left alone.*500"):
        crossref.by_doi("10.1234/abc")
    assert len(double.log) == before
    clock.now += ServiceHealth.REST
    assert crossref.by_doi("10.1234/abc") is not None
    assert session.standings["crossref"].admit()


def test_records_that_a_service_chokes_on_do_not_hide_the_others(
    double: ServiceDouble, settings: SourceSettings
) -> None:
    double.fault(Reply(b"", 500), path="/works/10.1234/bad")
    crossref = Crossref(_quick(settings))
    for _ in range(ServiceHealth.PATIENCE - 1):
        with pytest.raises(ServiceFailed):
            crossref.by_doi("10.1234/bad")
    assert crossref.by_doi("10.1234/abc") is not None


def test_a_long_retry_after_is_kept_by_the_whole_run(
    double: ServiceDouble, settings: SourceSettings
) -> None:
    double.fault(Reply(b"", 429, headers={"Retry-After": "600"}), "crossref", times=1)
    clock = Clock()
    session = Session(replace(settings, total=60), clock, clock.sleep)
    with pytest.raises(TooBusy, match="600 seconds"):
        Crossref(session).by_doi("10.1234/abc")
    clock.now += 590
    with pytest.raises(GivenUp, match="600 seconds"):
        Crossref(session).by_doi("10.1234/abc")
    assert len(double.log) == 1
    clock.now += 11
    assert Crossref(session).by_doi("10.1234/abc") is not None


def test_those_who_queue_do_not_wait_for_a_service_that_hangs(
    double: ServiceDouble, settings: SourceSettings
) -> None:
    double.fault(Reply(b"{}", pause=3), "crossref")
    session = _quick(replace(settings, total=1, retries=0))
    outcomes: list[str] = []

    def ask(number: int) -> None:
        try:
            session.get("crossref", f"works/10.1234/{number}")
        except SourceError as error:
            outcomes.append(error.outcome)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["not-asked"] * 4 + ["too-slow"]
    assert len(double.log) == 1


def test_no_server_at_all(settings: SourceSettings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    bases = dict.fromkeys(SERVICES, f"http://127.0.0.1:{port}")
    with pytest.raises(Unreachable, match="network"):
        Crossref(_quick(replace(settings, bases=bases))).by_doi("10.1234/abc")


def test_a_server_that_never_speaks(settings: SourceSettings) -> None:
    """Accepts, and sends nothing: not even a status line, one byte at a time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection:
                while not over.wait(0.1):
                    try:
                        connection.send(b"H")
                    except OSError:
                        return

        threading.Thread(target=trickle, daemon=True).start()
        bases = {name: f"http://127.0.0.1:{listener.getsockname()[1]}" for name in SERVICES}
        with pytest.raises((TooSlow, Unreachable, BadAnswer)):  # while it still sends
            Crossref(_quick(replace(settings, bases=bases, retries=0))).by_doi("10.1234/abc")
        over.set()


# ---- rates ----------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "rate"), [("", 3), ("secret", 10)])
def test_pubmed_is_asked_at_its_rate(
    key: str, rate: int, double: ServiceDouble, settings: SourceSettings
) -> None:
    clock = Clock()
    session = Session(replace(settings, ncbi_key=key), clock, clock.sleep)
    sent = []
    for number in range(21):
        session.get("pubmed", "esearch.fcgi", {"term": str(number)}, kind="xml")
        sent.append(clock.now)
    assert len(double.asked("pubmed")) == 21
    for first, later in zip(sent, sent[rate:], strict=False):
        assert later - first > 1.04  # never more than `rate` in any second, with some slack


@pytest.mark.parametrize("rate", [0.5, 3, 10])
def test_uneven_travel_never_breaks_the_rate(rate: float) -> None:
    """One question arrives late, the next at once: the service counts arrivals."""
    clock, chance = Clock(), random.Random(7)
    pace = Pace(rate, clock, clock.sleep)
    arrived = []
    for _ in range(200):
        pace.wait()
        clock.now += chance.choice([0.0, 0.0, 0.3, 0.6])  # on the way there
        arrived.append(clock.now)
        clock.now += chance.choice([0.0, 0.0, 0.2])  # and back
        pace.answered()
    window, most = (1.0, int(rate)) if rate >= 1 else (1 / rate, 1)
    for first, later in zip(arrived, arrived[most:], strict=False):
        assert later - first >= window


def test_the_log_shows_the_rate_with_the_real_clock(
    double: ServiceDouble, settings: SourceSettings
) -> None:
    session = Session(settings)
    threads = [
        threading.Thread(
            target=session.get, args=("pubmed", "esearch.fcgi", {"term": str(n)}, "xml")
        )
        for n in range(7)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(request.at for request in double.asked("pubmed"))
    assert len(times) == 7
    assert times[-1] - times[0] >= 1.5  # six intervals of a third of a second, with tolerance


def test_one_question_at_a_time_for_each_service(
    double: ServiceDouble, settings: SourceSettings
) -> None:
    under_way, most = [0], [0]
    lock = threading.Lock()

    def slow(_: object) -> None:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.05)
        with lock:
            under_way[0] -= 1

    double.before = slow
    session = _quick(settings)
    threads = [
        threading.Thread(target=session.get, args=("crossref", f"works/10.1234/{n}"))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(double.log) == 6
    assert most[0] == 1


def test_retry_after_holds_every_thread(double: ServiceDouble, settings: SourceSettings) -> None:
    """The others wait in the queue when the service says when to come back."""
    double.fault(Reply(b"", 429, headers={"Retry-After": "2"}), "crossref", times=1)
    session = Session(replace(settings, total=20))
    threads = [
        threading.Thread(target=session.get, args=("crossref", f"works/10.1234/{n}"))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, *later = sorted(request.at for request in double.log)
    assert len(later) == 4
    assert min(later) - first >= 2


def test_retries_keep_the_pace_too(double: ServiceDouble, settings: SourceSettings) -> None:
    double.fault(Reply(b"", 500), "pubmed")
    clock = Clock()
    session = Session(replace(settings, total=60), clock, clock.sleep)
    with pytest.raises(ServiceFailed):
        session.get("pubmed", "esearch.fcgi", kind="xml")
    assert all(seconds > 0 for seconds in clock.slept)
    assert sum(clock.slept) >= settings.retries / 3


def test_crossref_says_its_rate_in_headers(double: ServiceDouble, settings: SourceSettings) -> None:
    session = _quick(settings)
    assert session.paces["crossref"].interval == pytest.approx(SLACK / SERVICES["crossref"].rate)
    Crossref(session).by_doi("10.1234/abc")
    assert session.paces["crossref"].interval == pytest.approx(SLACK / 50)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-rate-limit-limit": "0", "x-rate-limit-interval": "1s"},
        {"x-rate-limit-limit": "-5", "x-rate-limit-interval": "1s"},
        {"x-rate-limit-limit": "many", "x-rate-limit-interval": "1s"},
        {"x-rate-limit-limit": "5", "x-rate-limit-interval": "999999999s"},
        {"x-rate-limit-limit": "nan", "x-rate-limit-interval": "1s"},
        {"x-rate-limit-limit": "5"},
    ],
)
def test_absurd_rates_are_ignored(headers: dict[str, str]) -> None:
    pace = Pace(3, time.monotonic, time.sleep)
    pace.learn(headers)
    assert pace.interval == pytest.approx(SLACK / 3)


_ASK = """
import sys
from pathlib import Path
from references.sources.session import Session, SourceSettings
cache = Path(sys.argv[2]) / "s.sqlite"
session = Session(SourceSettings(bases={"pubmed": sys.argv[1]}, cache=cache))
for number in range(6):
    session.get("pubmed", f"esearch.fcgi?db=pubmed&term={sys.argv[3]}{number}", kind="xml")
"""


def test_processes_keep_one_pace_together(double: ServiceDouble, tmp_path: Path) -> None:
    """NCBI counts by address: three processes of an instance have three questions a second."""
    base = double.environment["EVIDENCE_PUBMED_URL"]
    asking = [
        subprocess.Popen([sys.executable, "-c", _ASK, base, str(tmp_path), name]) for name in "abc"
    ]
    assert [process.wait() for process in asking] == [0, 0, 0]
    times = sorted(request.at for request in double.log)
    assert len(times) == 18
    assert all(later - first >= 1 for first, later in zip(times, times[3:], strict=False))


_ASK_ON = """
import sys
from pathlib import Path
from references.sources.session import Session, SourceSettings
cache = Path(sys.argv[2]) / f"{sys.argv[3]}.sqlite"
session = Session(SourceSettings(bases={"pubmed": sys.argv[1]}, cache=cache))
print("ready", flush=True)
for number in range(int(sys.argv[4])):
    session.get("pubmed", f"esearch.fcgi?db=pubmed&term={sys.argv[3]}{number}", kind="xml")
"""


def test_a_process_that_asks_much_leaves_turns_to_the_others(
    double: ServiceDouble, tmp_path: Path
) -> None:
    base = double.environment["EVIDENCE_PUBMED_URL"]

    def asking(name: str, many: int) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-c", _ASK_ON, base, str(tmp_path), name, str(many)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    with asking("much", 1000) as much, asking("little", 4) as little:
        before = len(double.log)
        assert little.wait() == 0
        much.terminate()
    assert len(double.log) - before <= 20  # those of both


def test_a_lock_that_is_never_let_go_of_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SharedPace, "_PATIENCE", 0.05)
    file = tmp_path / "pubmed.json"
    stopped = FileLock(file.with_suffix(".lock"))
    stopped.acquire()
    clock = Clock()
    pace = SharedPace(2, clock, clock.sleep, file, clock)
    for _ in range(3):
        with pace.turn():
            pace.wait()
            pace.answered()
    assert clock.now - 1000 >= SLACK / 2
    assert not file.exists()
    stopped.release()


def test_a_pace_that_cannot_be_shared_is_kept_alone(tmp_path: Path) -> None:
    (tmp_path / "pace").write_text("no folder", encoding="utf-8")
    clock = Clock()
    pace = SharedPace(2, clock, clock.sleep, tmp_path / "pace" / "pubmed.json", clock)
    for _ in range(3):
        with pace.turn():
            pace.wait()
            pace.answered()
    assert clock.now - 1000 >= SLACK / 2


@pytest.mark.parametrize(
    "left", ["", "no JSON", "[]", '{"answered": [1e99], "next": 1e99}', '{"answered": "x"}']
)
def test_a_damaged_file_of_times_stops_nobody(tmp_path: Path, left: str) -> None:
    file = tmp_path / "pubmed.json"
    file.write_text(left, encoding="utf-8")
    clock = Clock()
    pace = SharedPace(2, clock, clock.sleep, file, clock)
    for _ in range(2):
        with pace.turn():
            pace.wait()
            pace.answered()
    assert clock.now - 1000 < 130


# ---- cache ----------------------------------------------------------------------------


def test_answers_are_kept_and_their_age_told(
    double: ServiceDouble, settings: SourceSettings, tmp_path: Path
) -> None:
    kept = replace(settings, cache=tmp_path / "services.sqlite")
    first = _quick(kept).get("crossref", "works/10.1234/abc")
    again = _quick(kept).get("crossref", "works/10.1234/abc")
    assert first is not None
    assert again is not None
    assert len(double.log) == 1
    assert not first.copied
    assert again.copied
    assert again.data == first.data
    assert 0 <= (datetime.now(UTC) - again.fetched).total_seconds() < 60


@pytest.mark.parametrize("etags", [False, True])
def test_a_refresh_asks_whatever_the_headers_of_the_copy(
    etags: bool, double: ServiceDouble, settings: SourceSettings, tmp_path: Path
) -> None:
    """Most services send neither ETag nor Last-Modified: there is nothing to revalidate by."""
    double.etags = etags
    session = _quick(replace(settings, cache=tmp_path / "services.sqlite"))
    session.get("crossref", "works/10.1234/abc")
    double.records[0].title = "Another title since"
    anew = session.get("crossref", "works/10.1234/abc", refresh=True)
    assert len(double.log) == 2
    assert anew is not None
    assert not anew.copied
    assert anew.data["message"]["title"] == ["Another title since"]
    kept = session.get("crossref", "works/10.1234/abc")  # the new answer replaced the old one
    assert kept is not None
    assert kept.copied
    assert kept.data == anew.data
    assert len(double.log) == 2


def test_an_old_copy_stands_in_for_a_service_that_fails(
    double: ServiceDouble, settings: SourceSettings, tmp_path: Path
) -> None:
    session = _quick(replace(settings, cache=tmp_path / "services.sqlite"))
    session.get("crossref", "works/10.1234/abc")
    double.fault(Reply(b"", 500), "crossref")
    heard = session.listen()
    answer = session.get("crossref", "works/10.1234/abc", refresh=True)
    assert answer is not None
    assert answer.copied
    assert [one.stands_in for one in heard] == [True]


def test_a_bad_answer_is_not_kept(
    double: ServiceDouble, settings: SourceSettings, tmp_path: Path
) -> None:
    session = _quick(replace(settings, cache=tmp_path / "services.sqlite"))
    double.fault(Reply(b"<html>", type="text/html"), "crossref", times=1)
    with pytest.raises(BadAnswer):
        session.get("crossref", "works/10.1234/abc")
    assert session.get("crossref", "works/10.1234/abc") is not None


def test_keys_and_mail_addresses_stay_out_of_the_cache(
    double: ServiceDouble, settings: SourceSettings, tmp_path: Path
) -> None:
    path = tmp_path / "services.sqlite"
    session = _quick(replace(settings, cache=path, ncbi_key="topsecret"))
    session.get("pubmed", "esearch.fcgi", {"term": "x"}, kind="xml")
    for file in filter(Path.is_file, tmp_path.rglob("*")):
        assert b"topsecret" not in file.read_bytes()


def test_a_damaged_cache_is_replaced(settings: SourceSettings, tmp_path: Path) -> None:
    path = tmp_path / "services.sqlite"
    path.write_bytes(b"this is not a database" * 1000)
    assert Crossref(_quick(replace(settings, cache=path))).by_doi("10.1234/abc") is not None


def test_a_cache_that_cannot_be_written_is_told(settings: SourceSettings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match="cache"):
        Session(replace(settings, cache=tmp_path / "file" / "services.sqlite"))


# ---- offline, hosts, settings ---------------------------------------------------------


def test_offline_asks_nobody_and_says_so(
    double: ServiceDouble, settings: SourceSettings, tmp_path: Path
) -> None:
    path = tmp_path / "services.sqlite"
    _quick(replace(settings, cache=path)).get("crossref", "works/10.1234/abc")
    asked = len(double.log)
    offline = _quick(replace(settings, cache=path, offline=True))
    answer = offline.get("crossref", "works/10.1234/abc")
    assert answer is not None
    assert answer.copied
    with pytest.raises(Offline, match="Offline: Crossref was not asked"):
        offline.get("crossref", "works/10.1234/other")
    with pytest.raises(Offline):
        _quick(replace(settings, offline=True)).get("crossref", "works/10.1234/abc")
    assert len(double.log) == asked


def test_only_configured_hosts_have_a_way_out(settings: SourceSettings) -> None:
    session = _quick(settings)
    for inner in session._sessions.values():
        for address in ("https://api.crossref.org/", "http://example.org/", "ftp://x/"):
            with pytest.raises(Exception, match="No connection adapters"):
                inner.get_adapter(address)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVIDENCE_CROSSREF_URL", "http://mirror.example:8080/crossref/")
    monkeypatch.setenv("EVIDENCE_CONTACT", "me@example.org")
    monkeypatch.setenv("EVIDENCE_OFFLINE", "1")
    settings = SourceSettings.from_environment()
    assert settings.base("crossref") == "http://mirror.example:8080/crossref"
    assert settings.base("pubmed") == SERVICES["pubmed"].base
    assert settings.contact == "me@example.org"
    assert settings.offline
    assert settings.is_own("crossref")
    assert not settings.is_own("pubmed")


@pytest.mark.parametrize(
    "address",
    [
        "mirror.example",
        "ftp://mirror.example",
        "http://",
        "http://anne:secret@host/",
        "http://h:x/",
        "http://host/?q=1",
    ],
)
def test_a_wrong_address_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVIDENCE_PUBMED_URL", address)
    with pytest.raises(SettingError, match="EVIDENCE_PUBMED_URL") as told:
        SourceSettings.from_environment()
    assert "secret" not in str(told.value)


def test_openalex_wants_a_key_at_its_public_address(settings: SourceSettings) -> None:
    public = {name: base for name, base in settings.bases.items() if name != "openalex"}
    source = next(
        one for one in all_sources(_quick(replace(settings, bases=public))) if one.id == "openalex"
    )
    with pytest.raises(NeedsKey, match="EVIDENCE_OPENALEX_KEY"):
        source.by_doi("10.1234/abc")


def test_entities_in_xml_are_refused(double: ServiceDouble, settings: SourceSettings) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    double.fault(Reply(bomb, type="text/xml"), "pubmed")
    with pytest.raises(BadAnswer, match="XML"):
        _quick(settings).get("pubmed", "efetch.fcgi", {"id": "1"}, kind="xml")


_HOSTILE: list[Callable[[], Reply]] = [
    lambda: as_json({"message": {"items": None}}),
    lambda: as_json({"message": {"items": [None, 3, "x", {}]}}),
    lambda: as_json({"message": {"DOI": 5, "title": "text", "author": "nobody", "issued": []}}),
    lambda: as_json(
        {
            "message": {
                "title": [None],
                "author": [None, {"family": None}],
                "issued": {"date-parts": [[None]]},
                "update-to": "x",
                "updated-by": [{"type": 3}],
                "relation": [],
            }
        }
    ),
    lambda: as_json({"resultList": {"result": [None, {"authorList": 3, "journalInfo": []}]}}),
    lambda: as_json({"resultList": None}),
    lambda: as_json({"results": [None, {"authorships": [3], "ids": 4, "biblio": None}]}),
    lambda: as_json({"id": "x", "title": None, "authorships": None, "primary_location": None}),
    lambda: as_json(
        {
            "data": {
                "attributes": {
                    "titles": None,
                    "creators": [None],
                    "types": 3,
                    "container": [],
                    "dates": 4,
                }
            }
        }
    ),
    lambda: Reply(b"<eSearchResult><Count>x</Count></eSearchResult>", type="text/xml"),
    lambda: Reply(b"<eSearchResult/>", type="text/xml"),
    lambda: Reply(b"<PubmedArticleSet><PubmedArticle/></PubmedArticleSet>", type="text/xml"),
    lambda: Reply(b"<PubmedArticleSet/>", type="text/xml"),
    lambda: Reply(b"<other/>", type="text/xml"),
]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("99999999999999999999", 10**8),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),  # as RFC 9110 writes a date; it is past
        ("1.5", None),
        ("-3", None),
        ("soon", None),
        ("", None),
    ],
)
def test_the_seconds_of_retry_after(written: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": written}) == seconds


def test_retry_after_can_be_a_date_to_come() -> None:
    asked = retry_after({"Retry-After": format_datetime(datetime.now(UTC) + timedelta(hours=1))})
    assert asked is not None
    assert 3500 < asked <= 3600
    assert retry_after({}) is None


@pytest.mark.parametrize("number", range(len(_HOSTILE)))
def test_answers_of_the_wrong_shape_end_in_a_status(
    number: int, double: ServiceDouble, settings: SourceSettings
) -> None:
    """Whatever a service sends: a work, nothing, or a SourceError; never another exception."""
    from references.record import Reference

    double.fault(_HOSTILE[number]())
    cited = Reference("a", title="A title of a work", journal="J", year=2020, volume="1", pages="2")
    outcomes = 0
    for source in all_sources(_quick(settings)):
        for call in (
            lambda source=source: source.by_doi("10.1234/abc"),
            lambda source=source: source.by_pmid("123"),
            lambda source=source: source.by_pmcid("PMC123"),
            lambda source=source: source.by_trial("NCT00000001"),
            lambda source=source: source.by_isbn("9780306406157"),
            lambda source=source: source.many(["10.1234/abc"], ["123"]),
            lambda source=source: source.seek(cited),
            lambda source=source: source.notices("10.1234/abc"),
            lambda source=source: source.registrar("10.1234/abc"),
        ):
            try:
                call()
            except SourceError as error:
                outcomes += bool(str(error))
            else:
                outcomes += 1
    assert outcomes == 7 * 9
