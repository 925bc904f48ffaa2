"""The command line as its user meets it: a real process, real files, real exit codes."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import click
import pytest

from evidence.cli import cli
from evidence.knowledge import KnowledgeBase
from references.errors import UserError

Run = Any


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `evidence ...` in a process of its own with an instance of its own."""

    def call(*words: str, code: int = 0, env: dict[str, str] | None = None) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "evidence", *words],
            capture_output=True,
            text=True,
            check=False,
            env={
                **os.environ,
                "EVIDENCE_INSTANCE": str(tmp_path / "instance"),
                "COLUMNS": "200",
                **(env or {}),
            },
        )
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        assert done.returncode == code, (done.returncode, done.stdout[:500], done.stderr)
        return done

    return call


def as_json(done: Any) -> Any:
    return json.loads(done.stdout)


def test_check_of_the_bundled_base(run: Run, corpus_size: int) -> None:
    document = as_json(run("check", "--json"))
    assert document["errors"] == []
    assert document["counts"]["references"] == corpus_size
    assert document["counts"]["concepts"] >= 250


def test_claims_are_listed_and_filtered(run: Run) -> None:
    every = as_json(run("claims", "--json"))
    some = as_json(run("claims", "--verdict", "no-evidence-found", "--json"))
    assert 0 < len(some) < len(every)
    assert {claim["verdict"] for claim in some} == {"no-evidence-found"}
    assert {"text", "id", "section", "kind", "statement", "verdict", "certainty", "links"} <= set(
        every[0]
    )
    assert set(every[0]["statement"]) == {"fr", "en"}


def test_show_in_every_format(run: Run) -> None:
    key = "ilfeld2023phantom"
    assert key in run("show", key).stdout
    assert run("show", key, "--format", "bibtex").stdout.startswith("@article{" + key)
    assert run("show", key, "--format", "ris").stdout.startswith("TY  - JOUR")
    (item,) = json.loads(run("show", key, "--format", "csl-json").stdout)
    assert item["id"] == key
    assert "Ilfeld" in run("show", key, "--format", "vancouver").stdout
    assert as_json(run("show", key, "--json"))["key"] == key


def test_show_tells_findings_harms_relations_and_places_in_words(run: Run) -> None:
    told = run("show", "nygaard2025efficacy").stdout
    assert "NRS 0-10" not in told
    assert "numeric scale 0-10 · no difference shown" in told
    assert "protocol Nygaard et al. 2021 (nygaard2021protocol)" in told
    assert "https://pubmed.ncbi.nlm.nih.gov/39883054 (seen on PubMed)" in told
    assert "perioperative death (1 of 55, serious)" in run("show", "goss2020cryoneurotomy").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "ilfeld2023phantm"), "near it: ilfeld2023phantom"),
        (("claims", "--text", "nothing"), "No text 'nothing'"),
        (("claims", "--verdict", "proven"), "is not one of"),
        (("check", "--kb", "/nowhere"), "not a knowledge base"),
        (("serve", "--port", "0"), "not in the range"),
        (("nonsense",), "No such command"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_two(
    run: Run, words: tuple[str, ...], says: str
) -> None:
    done = run(*words, code=2)
    assert says in done.stderr
    assert done.stdout == ""
    with_json = run(*words, "--json", code=2)
    assert says in as_json(with_json)["error"]


def test_a_port_in_use_is_said_with_another_to_try(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), code=2)
    assert f"Port {port} on 127.0.0.1 is in use" in done.stderr
    assert f"--port {port + 1}" in done.stderr


def test_an_instance_folder_that_cannot_be_made_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = run("index", "--instance", str(tmp_path / "file" / "below"), code=2)
    assert "cannot be written" in done.stderr
    assert "--instance" in done.stderr


def test_init_makes_a_base_that_checks_and_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    assert "kb.toml" in as_json(run("init", str(folder), "--json"))["files"]
    document = as_json(run("check", "--kb", str(folder), "--json"))
    assert document["errors"] == []
    assert document["counts"]["claims"] == 1
    # Nobody judged the example, so that nothing is said of it in public.
    assert document["counts"]["unassessed"] == 1
    (text,) = as_json(run("text", "list", "--kb", str(folder), "--json"))
    assert text["public"] is False
    assert "is a knowledge base already" in run("init", str(folder), code=2).stderr


def test_a_letter_in_another_encoding_is_named_and_costs_nothing(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    run("init", str(folder))
    (folder / "references" / "latin.bib").write_bytes(
        "@misc{one,\n title={Première},\n note={é}}\n".encode()
        + b"@misc{two,\n title={N\xe9vralgie}, url={https://a.example/b}}\n"
    )
    document = as_json(run("check", "--kb", str(folder), "--json", code=1))
    (error,) = [one for one in document["errors"] if "UTF-8" in one["message"]]
    assert error["file"].endswith("latin.bib")
    assert error["line"] == 5
    assert document["counts"]["references"] == 3
    titles = [KnowledgeBase(folder).library[key].title for key in ("one", "two")]
    assert titles == ["Première", "Névralgie"]


def test_every_command_has_help_with_its_shared_options(run: Run) -> None:
    import click

    with click.Context(cli) as context:
        for name in cli.list_commands(context):
            command = cli.get_command(context, name)
            assert command is not None, name
            leaves = command.commands.values() if isinstance(command, click.Group) else [command]
            for leaf in leaves:
                options = {o for p in leaf.params for o in p.opts}
                assert {"--kb", "--instance", "--json"} <= options, leaf.name
                assert leaf.help, leaf.name
                assert re.search(r"Examples?:\n *evidence ", leaf.help), leaf.name


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shells_complete(run: Run, shell: str) -> None:
    script = run(env={"_EVIDENCE_COMPLETE": f"{shell}_source"}).stdout
    assert "_EVIDENCE_COMPLETE" in script
    words = {"COMP_WORDS": "evidence text ", "COMP_CWORD": "2"}
    if shell == "fish":
        words["COMP_CWORD"] = ""
    offered = run(env={"_EVIDENCE_COMPLETE": f"{shell}_complete", **words}).stdout
    assert {"anchor", "draft", "list", "load"} <= set(re.split(r"[\s,]+", offered))


def test_colours_are_for_terminals_that_want_them(run: Run) -> None:
    assert "\x1b" not in run("claims").stdout
    assert "\x1b" not in run("claims", env={"NO_COLOR": "1"}).stdout


def test_a_reader_of_a_pipe_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    command = (
        f"set -o pipefail; {sys.executable} -m evidence export --format jsonl | head -n 1 | wc -l"
    )
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "EVIDENCE_INSTANCE": str(tmp_path)},
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "1", "")


# ---- what is imported when ------------------------------------------------------------

#: What `evidence --help` and its like have no use for, by the seconds it takes to import.
HEAVY = {"flask", "sqlalchemy", "alembic", "lxml", "numpy", "requests", "pydantic", "pybtex"}


def imported(*words: str, **more: str) -> set[str]:
    """The foreign packages that a command has imported when it ends."""
    program = (
        "import sys\nfrom evidence.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n    print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["publish", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    assert not imported(*words) & (HEAVY - {"pydantic", "pybtex"})


def test_completion_imports_nothing_heavy() -> None:
    asked = {"_EVIDENCE_COMPLETE": "bash_complete", "COMP_WORDS": "evidence s", "COMP_CWORD": "1"}
    assert not imported(**asked) & (HEAVY - {"pydantic", "pybtex"})


def test_a_search_and_a_claim_need_no_app_and_no_database(tmp_path: Path) -> None:
    assert not imported("search", "pain", "--instance", str(tmp_path)) & {"flask", "sqlalchemy"}
    again = imported("search", "pain", "--instance", str(tmp_path))  # the texts are kept
    assert not again & {"flask", "sqlalchemy", "pybtex", "spellchecker"}
    assert not imported("claims", "--instance", str(tmp_path)) & {"flask", "sqlalchemy", "lxml"}


def test_the_listed_help_is_the_first_sentence_of_each_command() -> None:
    context = click.Context(cli, info_name="evidence")
    listed = dict(cli.short_helps())
    assert {"serve", "publish"} <= set(listed)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        assert command.help is not None
        first = " ".join(command.help.partition("\n\n")[0].split())
        assert listed[name].rstrip(".") == first.rstrip("."), name


def test_shared_options_stand_before_the_command_or_after_it(run: Run, tmp_path: Path) -> None:
    base = tmp_path / "base"
    run("init", str(base))
    after = as_json(run("claims", "--kb", str(base), "--json"))
    before = as_json(run("--kb", str(base), "--json", "claims"))
    assert [row["id"] for row in before] == [row["id"] for row in after] == ["first-claim"]
    run("--instance", str(tmp_path / "another"), "index")
    assert (tmp_path / "another").is_dir()
    assert not (tmp_path / "instance").exists()


def test_a_command_of_another_package_that_is_damaged_harms_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = EntryPoint("broken", "nowhere.at.all:broken", "evidence.commands")
    monkeypatch.setattr("evidence.cli._added", lambda: {"broken": broken})
    assert "cannot be loaded" in dict(cli.short_helps())["broken"]
    with pytest.raises(UserError, match="'broken' is installed and cannot be loaded"):
        cli.get_command(click.Context(cli), "broken")
