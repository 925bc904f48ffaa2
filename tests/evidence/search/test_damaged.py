"""An index damaged anywhere: the right answer all the same, whatever the dates of its files say."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from small_base import small_base

from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.search.request import SearchRequest

#: How often a byte is changed; `DAMAGE=200` before a release.
DAMAGE = int(os.environ.get("DAMAGE", "12"))
QUERIES = ("froid", "cryoneurolysis", "ilfeld", "pain AND nerve", '"phantom limb"', "year:2021")


@pytest.fixture(scope="module")
def indexed(kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A base of three references, and an instance with its index."""
    base = small_base(kb, tmp_path_factory.mktemp("base"))
    instance = tmp_path_factory.mktemp("instance")
    open_engine(KnowledgeBase(base), instance).close()
    return base, instance


def answers(base: Path, instance: Path) -> list[object]:
    """What an index says: keys, titles, why, facets."""
    engine = open_engine(KnowledgeBase(base), instance)
    try:
        found = [engine.search(SearchRequest.from_mapping({"q": query})) for query in QUERIES]
        return [{**one.as_dict(), "took_ms": 0} for one in found]
    finally:
        engine.close()


def test_a_byte_changed_anywhere_changes_no_answer(
    indexed: tuple[Path, Path], tmp_path: Path
) -> None:
    base, instance = indexed
    right = answers(base, instance)
    chance = random.Random(20261130)
    for number in range(DAMAGE):
        damaged = shutil.copytree(instance, tmp_path / str(number))  # with the dates of files
        files = sorted(path for path in (damaged / "index").rglob("*") if path.stat().st_size)
        path = chance.choice([path for path in files if path.is_file()])
        status, content = path.stat(), bytearray(path.read_bytes())
        match chance.randrange(4):
            case 0:
                content = content[: chance.randrange(len(content))]
            case 1:
                content = bytearray()
            case _:
                at = chance.randrange(len(content))
                content[at] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
        if chance.randrange(2):  # a rotten disk changes no dates
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert answers(base, damaged) == right, path
        shutil.rmtree(damaged)
