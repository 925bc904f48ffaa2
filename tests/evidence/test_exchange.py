"""`evidence import` and `evidence export`, as a person runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.cli import main
from evidence.knowledge import KnowledgeBase
from references.formats import WRITABLE, read
from references.formats.bibtex import read_file
from references.formats.losses import lost_fields

#: What RIS has no tag for, or reads otherwise: a list of one keyword with a comma, a group with a
#: name like that of a person.
LEFT_OUT_OF_RIS = {
    *("study", "findings", "provenance", "unverified", "status", "extra"),
    *("authors", "more_authors", "keywords", "harms", "related", "added"),
}
#: CSL has variables for what is cited, not for what was found; names are told apart in it.
LEFT_OUT_OF_CSL = LEFT_OUT_OF_RIS - {"authors"}
#: PubMed has no type for a web page, no place for addresses; its XML none for the publisher of an
#: article, nor for the issue of a book.
LEFT_OUT_OF_NBIB = (LEFT_OUT_OF_RIS | {"key", "type", "url"}) - {"authors", "keywords"}
LEFT_OUT = {
    "ris": LEFT_OUT_OF_RIS,
    "csl-json": LEFT_OUT_OF_CSL,
    "nbib": LEFT_OUT_OF_NBIB,
    "pubmed-xml": LEFT_OUT_OF_NBIB | {"publisher", "number"},
}

RIS = "TY  - JOUR\nAU  - Doe, Jane\nTI  - A wholly new matter of cold\nPY  - 2021\nER  - \n"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


def test_the_bundled_base_is_not_written_to(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, instance: Path
) -> None:
    (tmp_path / "a.ris").write_text(RIS, encoding="utf-8")
    code, out, err = run(capsys, "import", str(tmp_path / "a.ris"))
    assert (code, out) == (2, "")
    assert "--to FILE.bib" in err
    assert len(err.strip().splitlines()) == 1


def test_import_into_a_base_of_ones_own(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, instance: Path
) -> None:
    base = tmp_path / "base"
    (base / "references").mkdir(parents=True)
    (base / "kb.toml").write_text('name = { en = "Mine" }\n', encoding="utf-8")
    (tmp_path / "a.ris").write_text(RIS + "TY  - JOUR\nER  - \n", encoding="utf-8")
    code, out, _ = run(capsys, "import", str(tmp_path / "a.ris"), "--kb", str(base), "--json")
    document = json.loads(out)
    assert code == 1
    assert document["read"] == 2
    assert document["added"] == ["doe2021wholly"]
    assert document["merged"] == []
    (rejected,) = document["rejected"]
    assert (rejected["line"], rejected["record"]) == (6, "")
    assert "no field" in rejected["reason"]
    (reference,) = read_file(base / "references" / "imported.bib").references
    assert reference.title == "A wholly new matter of cold"
    code, out, _ = run(capsys, "import", str(tmp_path / "a.ris"), "--kb", str(base), "--json")
    assert json.loads(out)["added"] == []
    assert json.loads(out)["merged"][0]["with"] == "doe2021wholly"


def test_a_doubtful_work_is_told_and_stays_until_a_person_decides(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, instance: Path
) -> None:
    base = tmp_path / "base"
    (base / "references").mkdir(parents=True)
    (base / "kb.toml").write_text('name = { en = "Mine" }\n', encoding="utf-8")
    (tmp_path / "a.ris").write_text(RIS, encoding="utf-8")
    (tmp_path / "b.ris").write_text(RIS.replace("ER", "JO  - Pain\nER"), encoding="utf-8")
    run(capsys, "import", str(tmp_path / "a.ris"), "--kb", str(base))
    code, out, _ = run(capsys, "import", str(tmp_path / "b.ris"), "--kb", str(base))
    assert code == 0
    assert "Decide about each pair at the desk or with 'evidence doubles decide'" in out
    assert (
        "? doe2021whollyb may be doe2021wholly: title, authors, year agree; "
        "no identifier and no pages that both give" in out
    )
    code, out, _ = run(capsys, "check", "--kb", str(base), "--json")
    (warning,) = (w for w in json.loads(out)["warnings"] if "possibleduplicate" in w["field"])
    assert warning["field"] == "doe2021whollyb.possibleduplicate"
    assert "'doe2021wholly' (imported.bib, line 1)" in warning["message"]


def test_works_of_the_base_are_recognised(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, instance: Path, corpus_size: int
) -> None:
    code, out, _ = run(capsys, "export", "--format", "ris", "--output", str(tmp_path / "all.ris"))
    assert (code, out) == (0, "")
    code, out, _ = run(
        capsys, "import", str(tmp_path / "all.ris"), "--to", str(tmp_path / "x.bib"), "--json"
    )
    document = json.loads(out)
    assert code == 0
    assert document["read"] == corpus_size
    assert document["added"] == []
    assert all(joined["key"] == joined["with"] for joined in document["merged"])


def test_standard_input_and_a_wrong_format(tmp_path: Path, instance: Path) -> None:
    command = [sys.executable, "-m", "evidence", "import", "-", "--to", str(tmp_path / "x.bib")]
    done = subprocess.run(command, input=RIS, capture_output=True, text=True, check=True)
    assert "1 added" in done.stdout
    (reference,) = read_file(tmp_path / "x.bib").references
    assert reference.provenance[0].address == "stdin"
    command += ["--format", "csl-json"]
    done = subprocess.run(command, input=RIS, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "it looks like RIS, read it with --format ris" in done.stderr


def test_unreadable_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, instance: Path
) -> None:
    (tmp_path / "a.txt").write_text("nothing of the kind", encoding="utf-8")
    for name, said in (
        ("a.txt", "in no format"),
        ("none.ris", "cannot be read"),
        (".", "is a folder"),
    ):
        code, _, err = run(capsys, "import", str(tmp_path / name), "--to", str(tmp_path / "x.bib"))
        assert code == 2
        assert said in err
        assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("form", WRITABLE)
def test_export_of_everything(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    instance: Path,
    form: str,
    kb: KnowledgeBase,
    corpus_size: int,
) -> None:
    path = tmp_path / "all"
    code, _, err = run(capsys, "export", "--format", form, "--output", str(path))
    assert code == 0
    assert f"{corpus_size} references written" in err
    if form != "csv":
        reading = read(path)
        assert reading.format == form
        assert len(reading.references) == corpus_size
        assert reading.rejected == reading.remarks == ()
        pairs = zip(kb.library.values(), reading.references, strict=True)
        lost = {name for mine, back in pairs for name in lost_fields(mine, back)}
        assert lost == LEFT_OUT.get(form, set())


def test_export_of_a_search(
    capsys: pytest.CaptureFixture[str], instance: Path, corpus_size: int
) -> None:
    code, out, _ = run(capsys, "export", "pudendal neuralgia", "--format", "csl-json", "--json")
    document = json.loads(out)
    assert code == 0
    assert 0 < document["count"] < corpus_size
    assert len(json.loads(document["content"])) == document["count"]
    assert {"design", "findings"} <= {loss["field"] for loss in document["losses"]}
    code, out, err = run(capsys, "export", "xyzzyqux", "--format", "bibtex")
    assert (code, out) == (0, "")
    assert "Nothing was found" in err


def test_a_pipe_gets_only_the_references(instance: Path, corpus_size: int) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from evidence.cli import main; main()",
            "export",
            "--format",
            "csl-json",
        ],
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"[")
    assert len(read(done.stdout).references) == corpus_size
