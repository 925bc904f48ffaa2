"""Fixtures shared by all tests: the data beside the checkout, a knowledge base, an instance."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from evidence.knowledge import KnowledgeBase

# A slow machine is no failure: no property test has a deadline.
settings.register_profile("evidence", deadline=None)
settings.load_profile("evidence")

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


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty instance folder of its own."""
    folder = tmp_path / "instance"
    folder.mkdir()
    monkeypatch.setenv("EVIDENCE_INSTANCE", str(folder))
    return folder
