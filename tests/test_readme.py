"""What the README tells people to type is run, and its numbers are those of the bundled base."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pytest

from evidence.checks.run import check_integrity
from evidence.cli import main
from evidence.knowledge import KnowledgeBase

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line, comments=True)
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
    if line.startswith("evidence ") and not line.startswith("evidence demo")  # test_demo.py's
]
#: These end with 1: they have something to show to a person.
FINDINGS = {("verify",), ("text", "anchor")}


def _name(words: list[str]) -> tuple[str, ...]:
    return tuple(words[: 2 if words[0] in ("text", "user") else 1])


def test_every_command_of_the_tour_runs(
    site_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kb: KnowledgeBase,
) -> None:
    """In their order, on an instance whose index stands, offline, where a page was saved."""
    assert len(COMMANDS) >= 11
    instance = tmp_path / "instance"
    (instance / "index").parent.mkdir()
    (instance / "index").symlink_to(site_folder / "index")
    monkeypatch.setenv("EVIDENCE_INSTANCE", str(instance))
    monkeypatch.setenv("EVIDENCE_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("quatre mots bien choisis\n"))
    claims = kb.text("vulvodynie-cryoneurolyse").claims
    words = "".join(f"<p>Ici {claim.anchor.start} se lit.</p>" for claim in claims)
    Path("page.html").write_text(f"<html lang='fr'><body>{words}</body></html>", "utf-8")
    for _program, *words_of in COMMANDS:
        name = _name(words_of)
        with pytest.raises(SystemExit) as end:
            main([*words_of, *(["--password-stdin"] if name == ("user", "add") else [])])
        said = capsys.readouterr()
        assert end.value.code == (1 if name in FINDINGS else 0), f"{words_of}: {said.err}"
        assert said.out or any(Path().glob("*.*")), words_of
    for written in ("report.docx", "phantom.ris"):
        assert Path(written).stat().st_size > 1000


def test_its_numbers_are_those_of_the_base(kb: KnowledgeBase) -> None:
    counts = check_integrity(kb).counts
    for number, what in re.findall(r"about (\d+) (references|claims)\b", README):
        assert int(number) == pytest.approx(counts[what], rel=0.05), what
    assert "Three French pages" in README
    assert counts["texts"] == 3
    first = kb.text("vulvodynie-cryoneurolyse")
    assert [source.status for source in first.sources] == ["not-located"] * 4
