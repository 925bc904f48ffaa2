"""Whatever strangers send, a reader reads it or says what is wrong: no other error, no more work.

`strangers.py` lists the readers; `make fuzz` tries each for minutes.
"""

from __future__ import annotations

import logging
import random
import sys
from collections.abc import Iterator
from functools import cache
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strangers import READERS, changed

#: Each of these reads in a process of its own: some tenths of a second.
SLOW = ("pdf", "word")
QUICK = [name for name in READERS if name not in SLOW]
#: What may stand in a file over and over; a reader that looks back for each takes hours.
REPEATED = (
    *(b"[", b'{"a":', b"<a>", b"{", b"}", b"(", b")", b"- ", b"\n", b'"', b"<", b"&", b"*"),
    *(b"[](", b"> ", b"`", b"# ", b"|a", b"\\frac", b"$x_{1}", b"TY  - JOUR\n", b"Doe, J and "),
    *(b"a OR ", b"NOT ", b"title:", b"\\", b"<!--", b"<sup>1</sup>", b"[^1]", b"10.1000/", b"A. "),
    *(b"1-", b"&amp;", b"word ", b". ", b", ", b"a~", b'<a href="', b"\0", b"\r"),
    *(b"\xc2\xa0", b"\xe2\x80\xa8"),
)


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """What readers remark of odd files is not looked at here, and only here."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@cache
def samples(name: str) -> list[bytes]:
    return list(READERS[name].samples())


@pytest.mark.parametrize("name", READERS)
def test_samples_are_read(name: str) -> None:
    read = [READERS[name].try_it(sample) for sample in samples(name)]
    assert any(read)


@pytest.mark.parametrize("name", QUICK)
@given(seed=st.integers(0, 2**32))
def test_changed_samples_are_read_or_refused_in_a_sentence(name: str, seed: int) -> None:
    chance = random.Random(seed)
    READERS[name].try_it(changed(chance.choice(samples(name)), chance, samples(name)))


@pytest.mark.parametrize("name", QUICK)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_a_sentence(name: str, data: bytes) -> None:
    READERS[name].try_it(data)


@pytest.mark.parametrize("name", SLOW)
def test_files_of_programs_are_read_or_refused_in_a_sentence(name: str) -> None:
    chance = random.Random(20261130)
    for _ in range(4):
        READERS[name].try_it(changed(samples(name)[0], chance, samples(name)))


def steps(name: str, data: bytes) -> int:
    """How many functions are called, of Python and of C, to read something."""
    count = 0

    def called(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        READERS[name].try_it(data)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", [name for name in QUICK if name != "backup"])
def test_twice_as_much_is_at_most_some_more_work(name: str) -> None:
    """Linear is twice, n log n a little more, quadratic four times.

    (Elements within elements are bounded by their depth: `test_odd_pages.py`.)
    """
    begins = samples(name)[0][:200]
    READERS[name].try_it(begins)  # what is made once
    for piece in random.sample(REPEATED, 8):  # others each time
        once, twice = (steps(name, begins + piece * times) for times in (1200, 2400))
        assert twice < 3 * once + 2000, piece
