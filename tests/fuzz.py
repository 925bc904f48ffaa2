"""Feed readers of strangers' bytes for minutes, led by which lines of code are reached.

    python tests/fuzz.py [--seconds 60] [READER...]

Each reader of `strangers.py` runs in a process of its own, with atheris (libFuzzer) where it is
installed, else with changed samples. What it found stands in build/fuzz/READER: inputs that reach
new code, which the next run begins with, and `crash-…`, `timeout-…` or `oom-…`, each of which is a
fault. Ends with 1 when there is one.
"""

from __future__ import annotations

import argparse
import logging
import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

PLACE = ROOT / "build" / "fuzz"
#: Seconds of one input, and megabytes of a reader, beyond which it is a fault.
SLOWEST, LARGEST = 20, 2048


def main() -> int:
    """Try the readers that are named, or all."""
    from strangers import READERS

    logging.disable(logging.WARNING)  # what readers remark of odd files is not looked at
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("readers", nargs="*", metavar="READER", help=", ".join(READERS))
    asked = parser.parse_args()
    names = asked.readers or list(READERS)
    if unknown := set(names) - set(READERS):
        parser.error(f"no reader {', '.join(unknown)}")
    if asked.inside:
        try_one(names[0], asked.seconds)
        return 0
    failed = [name for name in names if not is_well(name, asked.seconds)]
    print(
        f"{len(names) - len(failed)} readers without a fault; faults: {', '.join(failed) or 'none'}"
    )
    return 1 if failed else 0


def is_well(name: str, seconds: int) -> bool:
    """Try a reader in a process of its own."""
    print(f"{name}: {seconds} s", flush=True)
    words = [sys.executable, __file__, "--inside", "--seconds", str(seconds), name]
    folder = PLACE / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{name}.log").open("w") as log:
        code = subprocess.run(words, cwd=folder, stdout=log, stderr=log, check=False).returncode
    if code:
        print((folder.parent / f"{name}.log").read_text(errors="replace")[-3000:])
    return code == 0


def try_one(name: str, seconds: int) -> None:
    """Feed a reader until the time is over; whatever it raises ends this process."""
    try:
        import atheris
    except ImportError:
        without_atheris(name, seconds)
        return
    with atheris.instrument_imports(include=["references", "evidence"]):
        from strangers import READERS
    reader, folder = READERS[name], Path("corpus")
    folder.mkdir(exist_ok=True)
    for number, sample in enumerate(reader.samples()):
        (folder / f"sample-{number}").write_bytes(sample)
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={SLOWEST}",
        f"-rss_limit_mb={LARGEST}",
        "-max_len=20000",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder)], lambda data: reader.try_it(data) and None)
    atheris.Fuzz()


def without_atheris(name: str, seconds: int) -> None:
    """The same with samples that are changed by chance."""
    from strangers import READERS, changed

    reader, chance = READERS[name], random.Random()
    samples = list(reader.samples())
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = changed(chance.choice(samples), chance, samples)
        Path("crash-last").write_bytes(data)
        reader.try_it(data)
    Path("crash-last").unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
