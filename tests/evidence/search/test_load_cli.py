"""`evidence load` where it cannot do its work: one sentence each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run(tmp_path: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("EVIDENCE_SEARCH")
    }
    return subprocess.run(
        [sys.executable, "-m", "evidence", "load", *arguments, "--instance", str(tmp_path)],
        capture_output=True,
        text=True,
        env={**environment, "LANG": "en", **settings},
        check=False,
    )


def test_a_cluster_has_to_be_named(tmp_path: Path) -> None:
    done = run(tmp_path, "x.ris")
    assert done.returncode == 2
    assert "EVIDENCE_SEARCH_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_cluster_that_does_not_answer_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, "x.ris", EVIDENCE_SEARCH_URL="http://127.0.0.1:9/none")
    assert done.returncode != 0
    assert "127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
