"""What an instance needs to run, looked at part by part: what is well, what is not, and the mend.

Each examination gives findings and raises nothing: a part that cannot even be looked at is a
finding too. Nothing is written but a probe of the instance folder, and nobody outside is asked
unless services are examined.
"""

from __future__ import annotations

import ctypes.util
import importlib.metadata
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evidence.environment import wrong_settings
from evidence.extras import EXTRAS, is_there, missing
from evidence.instance import has_journal
from references.errors import Message, UserError, message

if TYPE_CHECKING:
    from evidence.knowledge import KnowledgeBase

State = Literal["ok", "warning", "error"]
#: Free bytes below which the disk is nearly full, and below which it is.
_ROOM, _LITTLE = 2_000_000_000, 200_000_000
#: Seconds by which a clock may be behind the newest file.
_BEHIND = 120.0
_DAY = 86_400


@dataclass(frozen=True)
class Diagnosis:
    """One line of the doctor: the part, how it is in words, and what to do where it is not well."""

    part: str
    state: State
    told: Message
    mend: Message | None = None

    def as_dict(self, translate: Callable[[str], str]) -> dict[str, Any]:
        """The form of `evidence doctor --json`."""
        return {
            "part": self.part,
            "state": self.state,
            "message": self.told.rendered(translate),
            "mend": self.mend.rendered(translate) if self.mend else None,
        }


def _of_error(part: str, error: UserError, state: State = "error") -> Diagnosis:
    """A finding made of an error, whose sentence says what to do."""
    return Diagnosis(part, state, error.message)


def settings() -> Iterator[Diagnosis]:
    """The settings of the environment."""
    wrong = list(wrong_settings())
    for error in wrong:
        yield _of_error("settings", error)
    if not wrong:
        yield Diagnosis("settings", "ok", message("Every setting is known and can be used."))


def base(kb: KnowledgeBase) -> Iterator[Diagnosis]:
    """The files of the knowledge base."""
    try:
        count = len(kb.problems)
    except UserError as error:
        yield _of_error("base", error)
        return
    if count:
        yield Diagnosis(
            "base",
            "error",
            message("{count} problems in the files of {folder}.", count=count, folder=kb.folder),
            message("Run 'evidence check': it names file, line and mend."),
        )
    else:
        told = message(
            "{references} references and {texts} texts can be read.",
            references=len(kb.library),
            texts=len(kb.texts),
        )
        yield Diagnosis("base", "ok", told)


def disk(instance: Path) -> Iterator[Diagnosis]:
    """The instance folder: there, writable, with room."""
    if not instance.is_dir():
        yield Diagnosis(
            "disk",
            "warning",
            message("The instance folder {folder} does not exist yet.", folder=instance),
            message("'evidence index' makes it; or set EVIDENCE_INSTANCE to the one you mean."),
        )
        return
    try:
        with tempfile.NamedTemporaryFile(dir=instance, prefix=".doctor-") as probe:
            probe.write(bytes(4096))
            probe.flush()
        free = shutil.disk_usage(instance).free
    except OSError as error:
        yield Diagnosis(
            "disk",
            "error",
            message("{folder} cannot be written ({error}).", folder=instance, error=error),
            message("Let the user that runs this write there, or choose another --instance."),
        )
        return
    told = message(
        "{folder} can be written; {megabytes:,} MB are free.",
        folder=instance,
        megabytes=free // 1_000_000,
    )
    if free < _ROOM:
        state: State = "error" if free < _LITTLE else "warning"
        yield Diagnosis("disk", state, told, message("Make room: an index needs some 100 MB."))
    else:
        yield Diagnosis("disk", "ok", told)


def cluster(kb: KnowledgeBase, instance: Path) -> Iterator[Diagnosis]:
    """The search cluster: it answers, is whole, has our index, and scores as we do."""
    from evidence.search import cluster_index
    from evidence.search.opensearch.examination import examined

    try:
        seen = examined(cluster_index(kb, instance))
    except UserError as error:
        yield _of_error("index", error)
        return
    mend = message("Run 'evidence index --engine opensearch'.")
    if seen.status != "green":
        yield Diagnosis(
            "index",
            "warning" if seen.status == "yellow" else "error",
            message("The search cluster says {status} of its health.", status=seen.status),
            message("See 'GET _cluster/health' of the cluster: a node is away, or shards are."),
        )
    if seen.index is None:
        told = message("The search cluster has no index yet.")
        yield Diagnosis("index", "warning", told, mend)
    elif not (seen.usable and seen.agrees):
        told = message(
            "The search cluster scores otherwise than this program ({theirs} for {ours}).",
            theirs=f"{seen.theirs:.4f}",
            ours=f"{seen.ours:.4f}",
        )
        if not seen.usable:
            told = message("The index was made from other files than those there are now.")
        yield Diagnosis("index", "error", told, mend)
    else:
        told = message(
            "The index {name} in the search cluster holds {count} references.",
            name=seen.index,
            count=seen.documents,
        )
        yield Diagnosis("index", "ok", told)
        if not seen.fresh:
            told = message("The index in the search cluster was made from another library.")
            yield Diagnosis("index", "warning", told, mend)


def index(kb: KnowledgeBase, instance: Path) -> Iterator[Diagnosis]:
    """The index: there, whole, made from the files as they are, and how old it is."""
    from evidence.search import engine_of

    try:
        if engine_of() == "opensearch":
            yield from cluster(kb, instance)
            return
    except UserError as error:
        yield _of_error("index", error)
        return
    yield from _on_disk(kb, instance)


def _on_disk(kb: KnowledgeBase, instance: Path) -> Iterator[Diagnosis]:
    from evidence.search.index.folder import BrokenIndexError, IndexFolder

    mend = message("Run 'evidence index'.")
    try:
        folder = IndexFolder(kb, instance)
        current = folder.current()
        if current is None:
            yield Diagnosis("index", "warning", message("There is no index yet."), mend)
        elif not folder.is_fresh(current):
            told = message("The index was made from other files than those there are now.")
            yield Diagnosis("index", "warning", told, mend)
        else:
            made = current.folder.stat().st_mtime
            yield Diagnosis(
                "index",
                "ok",
                message(
                    "The index of {count} references is up to date; it was made {days} days ago.",
                    count=current.documents,
                    days=max(0, int((time.time() - made) // _DAY)),
                ),
            )
    except (BrokenIndexError, OSError, ValueError) as error:
        yield Diagnosis(
            "index", "error", message("The index is broken ({error}).", error=error), mend
        )
    except UserError as error:
        yield _of_error("index", error)


def journal(instance: Path) -> Iterator[Diagnosis]:
    """The journal: it opens, and its chain is whole; who may sign in."""
    if not has_journal(instance):
        yield Diagnosis("journal", "ok", message("There is no journal yet: nothing was decided."))
        return
    from evidence.journal import Journal
    from evidence.journal.accounts import Accounts

    try:
        with Journal.open(instance) as opened:
            found = opened.verify()
            none = Accounts(opened).is_empty
    except UserError as error:
        yield _of_error("journal", error)
        return
    if found.problem:
        yield Diagnosis(
            "journal",
            "error",
            message("The chain of the journal is broken: {problem}", problem=found.problem),
            message("Restore the last backup, and find out who changed the database."),
        )
    else:
        yield Diagnosis(
            "journal",
            "ok",
            message(
                "The chain of {events} events is whole; its head is {head}.",
                events=found.events,
                head=found.head[:16],
            ),
        )
    if none:
        yield Diagnosis(
            "accounts",
            "warning",
            message("Nobody can sign in."),
            message("'evidence user add NAME --role administrator' makes the first account."),
        )


def versions() -> Iterator[Diagnosis]:
    """The program, Python, and the packages that it needs."""
    from packaging.requirements import Requirement

    own = importlib.metadata.distribution("evidence-base")
    wrong = []
    for line in own.requires or ():
        asked = Requirement(line)
        if asked.marker and not asked.marker.evaluate({"extra": ""}):
            continue
        try:
            there = importlib.metadata.version(asked.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(asked.name)
            continue
        if not asked.specifier.contains(there, prereleases=True):
            wrong.append(f"{asked.name} {there}")
    python = ".".join(map(str, sys.version_info[:3]))
    told = message(
        "evidence-base {version} on Python {python}.", version=own.version, python=python
    )
    yield Diagnosis("versions", "ok", told)
    if wrong:
        yield Diagnosis(
            "versions",
            "error",
            message(
                "Missing, or of a release that does not fit: {packages}.", packages=tuple(wrong)
            ),
            message("Install the program again in its environment."),
        )


def extras() -> Iterator[Diagnosis]:
    """The parts that are installed on demand."""
    there = [extra for extra in EXTRAS if is_there(extra)]
    told = message("Extras installed: {names}.", names=tuple(there) or message("none"))
    yield Diagnosis("extras", "ok", told)
    for extra in ("originals", "pdf"):  # what the desk offers on its pages
        if extra not in there:
            yield _of_error("extras", missing(extra), "warning")


def fonts() -> Iterator[Diagnosis]:
    """What the system has for reports in PDF."""
    if not is_there("pdf"):
        return
    if not ctypes.util.find_library("pango-1.0"):
        yield Diagnosis(
            "fonts",
            "warning",
            message("PDF reports need the Pango library of the system."),
            message("Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0"),
        )
        return
    places = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
    found = any(next(Path(place).expanduser().rglob("*.[to]tf"), None) for place in places)
    if found:
        yield Diagnosis("fonts", "ok", message("PDF reports have their library and fonts."))
    else:
        yield Diagnosis(
            "fonts",
            "warning",
            message("The system has no fonts: a PDF report would be blank."),
            message("Debian: apt-get install fonts-dejavu-core"),
        )


def clock(kb: KnowledgeBase, instance: Path) -> Iterator[Diagnosis]:
    """The clock, against the newest file that this program writes or reads."""
    newest = 0.0
    for path in [*kb.library_files(), *instance.glob("*"), *instance.glob("index/*/*")]:
        try:
            newest = max(newest, path.stat().st_mtime)
        except OSError:
            continue
    now = time.time()
    told = message("The clock says {time}.", time=datetime.now(UTC).isoformat(timespec="seconds"))
    if newest > now + _BEHIND:
        behind = message(
            "The clock is {seconds:,} seconds behind the newest file: dates of decisions and of "
            "signatures would be wrong.",
            seconds=round(newest - now),
        )
        yield Diagnosis("clock", "error", behind, message("Set the clock (timedatectl, NTP)."))
    else:
        yield Diagnosis("clock", "ok", told)


def services() -> Iterator[Diagnosis]:
    """The outside services, asked for one known answer or just for their address."""
    import requests

    from references.sources.service_settings import SERVICES, SourceSettings

    try:
        asked = SourceSettings.from_environment()
    except UserError as error:
        yield _of_error("services", error)
        return
    if asked.offline:
        told = message("Nobody is asked: EVIDENCE_OFFLINE is set.")
        yield Diagnosis("services", "ok", told)
        return
    for service in SERVICES.values():
        address = asked.base(service.id)
        try:
            answer = requests.head(address, timeout=(asked.connect, asked.read))
            state: State = "warning" if answer.status_code >= 500 else "ok"
            told = message(
                "{service} answers ({status}).", service=service.name, status=answer.status_code
            )
            yield Diagnosis("services", state, told)
        except requests.RequestException as error:
            yield Diagnosis(
                "services",
                "warning",
                message(
                    "{service} cannot be reached ({error}).",
                    service=service.name,
                    error=type(error).__name__,
                ),
                message("Check the network, or set EVIDENCE_OFFLINE=1 to do without."),
            )


def examine(kb: KnowledgeBase, instance: Path, online: bool = False) -> list[Diagnosis]:
    """Every part of an instance, in the order in which a person would look.

    Args:
        kb: the knowledge base.
        instance: the folder of the instance; it may not exist.
        online: ask the outside services too.
    """
    found = [*settings(), *versions(), *extras(), *fonts(), *base(kb), *disk(instance)]
    found += [*index(kb, instance), *journal(instance), *clock(kb, instance)]
    return [*found, *services()] if online else found
