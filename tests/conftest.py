"""Fixtures shared by all tests: the data beside the checkout, a knowledge base, an instance.

Property tests (hypothesis) run with the profile "short": few examples, another choice each time.
`pytest --hypothesis-profile=long` tries twenty times as many, before a release or after a change
of a reader or writer. So a test does not say how many examples it wants (`max_examples`), nor
that it has no deadline; where one example is slow, make it cheap.
No test looks at the clock: how fast something is belongs to `make bench`.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings
from postgresql_server import PostgreSQL
from sqlalchemy import create_engine, text

from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.search.engine import WhooshEngine

# A slow machine is no failure: no property test has a deadline, none is too slow to be run.
_PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("short", max_examples=25, **_PATIENT)
settings.register_profile("long", max_examples=500, **_PATIENT)
settings.load_profile("short")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of facts, benchmarks and conformance data; tests skip where it is absent."""
    folder = Path(os.environ.get("EVIDENCE_SHARED", ROOT.parent / "shared"))
    if not (folder / "facts").is_dir():
        pytest.skip("the shared data is not here (set EVIDENCE_SHARED)")
    return folder


@pytest.fixture(scope="session")
def kb() -> KnowledgeBase:
    """The bundled knowledge base."""
    return KnowledgeBase()


@pytest.fixture(scope="session")
def corpus_size() -> int:
    """How many entries the files of the corpus hold, counted without reading them as BibTeX."""
    files = (Path(__file__).parent.parent / "references" / "corpus").glob("*.bib")
    return sum(path.read_text(encoding="utf-8").count("\n@") + 1 for path in files)


@pytest.fixture(scope="session")
def built_index(kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance that holds the index of the bundled base and nothing else, to be copied.

    Building it takes most of a minute on a busy machine: of the workers of pytest-xdist one does.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # which the workers share
    with FileLock(folder / "built-index.lock"):
        open_engine(kb, folder / "built-index").close()
    return folder / "built-index"


@pytest.fixture(scope="session")
def site_folder(built_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance of the app under test; its index serves the commands too."""
    return shutil.copytree(built_index, tmp_path_factory.mktemp("app") / "instance")


@pytest.fixture(scope="session")
def engine(kb: KnowledgeBase, site_folder: Path) -> Iterator[WhooshEngine]:
    """The engine over the bundled references: one index for all tests of a process."""
    opened = open_engine(kb, site_folder)
    yield opened
    opened.close()


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty instance folder of its own."""
    folder = tmp_path / "instance"
    folder.mkdir()
    monkeypatch.setenv("EVIDENCE_INSTANCE", str(folder))
    return folder


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the tests."""
    pytest.importorskip("psycopg")
    server = PostgreSQL.made()
    if server is None:
        pytest.skip("PostgreSQL is not here and cannot be installed (apt-get install postgresql)")
    server.start()
    try:
        yield server.address
    finally:
        server.remove()


@pytest.fixture
def database(postgresql: str) -> str:
    """The address of an empty database of its own in PostgreSQL."""
    name = f"d{uuid.uuid4().hex[:12]}"
    engine = create_engine(f"{postgresql}postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return postgresql + name
