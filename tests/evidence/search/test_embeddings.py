"""Nearness in meaning, with the real models of the extra `[semantic]`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evidence.knowledge import KnowledgeBase
from evidence.search import build_index, open_engine
from evidence.search.engine import WhooshEngine
from evidence.search.index import embeddings
from tests.evidence.search.conftest import SMALL

pytestmark = pytest.mark.skipif(
    not embeddings.is_installed(), reason="the extra [semantic] is not installed"
)

Make = Callable[..., KnowledgeBase]

TEXTS = [
    "Freezing the pudendal nerve relieved the pain of twelve women for five months.",
    "Vaccination against measles protects children for many years.",
    "The price of electricity rose in most countries of the union.",
]


def test_a_text_is_nearest_to_what_it_means_in_either_language() -> None:
    vectors = embeddings.encoder().encode(TEXTS)
    for text, multilingual in (
        ("Geler le nerf pudendal a soulagé la douleur", 1.0),
        ("Cold applied to a nerve lessened women's pain", 0.5),
    ):
        near = embeddings.nearness(vectors, text, multilingual)
        assert int(near.argmax()) == 0
        assert near[0] > near[1:].max() + 0.1


def test_every_text_has_two_unit_parts_even_an_empty_one() -> None:
    vectors = embeddings.encoder().encode(["", "pain", "douleur " * 2000])
    assert vectors.shape == (3, embeddings.DIMENSIONS)
    for part in (embeddings.SENTENCE, embeddings.PIECES):
        assert np.linalg.norm(vectors[:, part], axis=1) == pytest.approx(1, abs=1e-3)


def test_nearness_is_a_cosine() -> None:
    vectors = embeddings.encoder().encode(TEXTS)
    for multilingual in (0.0, 0.3, 1.0):
        assert embeddings.nearness(vectors, TEXTS[0], multilingual)[0] == pytest.approx(1, abs=1e-3)


def test_an_interrupted_embedding_goes_on_where_it_stopped(tmp_path: Path) -> None:
    texts = [f"{TEXTS[n % 3]} {n}" for n in range(2 * embeddings.BATCH + 5)]

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embeddings.VectorCache(tmp_path).vectors(texts, stop)
    told: list[tuple[int, int]] = []
    found = embeddings.VectorCache(tmp_path).vectors(texts, lambda *numbers: told.append(numbers))
    left = len(texts) - embeddings.BATCH
    assert told == [(embeddings.BATCH, left), (left, left)]
    assert np.allclose(found, embeddings.encoder().encode(texts), atol=2e-3)
    embeddings.VectorCache(tmp_path).vectors(texts, lambda *_: pytest.fail("embedded again"))


def test_vectors_after_a_change_are_those_of_a_new_index(
    small_base: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = SMALL.replace("Serum IL-6", "Serum IL-8")
    changed += "@misc{new, title = {Ice on the sural nerve}, year = {2024}}\n"
    open_engine(small_base(), tmp_path / "a")
    read: list[int] = []
    text_of = embeddings.text_of
    monkeypatch.setattr(embeddings, "text_of", lambda parts: (read.append(1), text_of(parts))[1])
    engine = open_engine(small_base(changed), tmp_path / "a")
    assert len(engine.statistics.index.segments) == 2
    assert len(read) == 2  # the one that changed and the one that came
    base = small_base(changed)
    build_index(base, tmp_path / "b")
    anew = open_engine(base, tmp_path / "b")
    claim = "Le froid sur le nerf sural"

    def near(of: WhooshEngine) -> dict[str, float]:
        index, cosines = of.statistics.index, of.statistics.nearness(claim, "fr")
        assert cosines is not None
        return {index.card(n).key: cosines[n] for n in np.flatnonzero(index.live).tolist()}

    assert near(engine) == pytest.approx(near(anew), abs=1e-3)


def test_models_need_no_network_and_leave_logging_alone(tmp_path: Path) -> None:
    script = (
        "import logging, socket\n"
        "def refuse(*a, **k): raise SystemExit('asked the network')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "from evidence.search.index import embeddings\n"
        "vectors = embeddings.encoder().encode(['pain'])\n"
        "assert vectors.shape == (1, embeddings.DIMENSIONS)\n"
        "assert not logging.getLogger().handlers and not logging.getLogger().isEnabledFor(20)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path), "PATH": ""},
        cwd=Path(__file__).parents[3],
    )
    assert (done.returncode, done.stderr) == (0, "")
