"""One mistyped value in a register, the vocabulary or kb.toml: named with its place, and left out.

The shipped register and vocabulary are taken and one value of them is written otherwise; where
it stands is known from the writing, not from the program.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_base import small_base

from evidence.checks.run import check_integrity
from evidence.claims.text import read_text
from evidence.knowledge import KnowledgeBase
from evidence.search import open_engine
from evidence.settings import read_settings
from references.concept_files import read_vocabulary
from references.errors import Problem
from references.formats.bibtex import read_file
from references.yamlfile import read_yaml
from webapp import create_app

TEXT = "vulvodynie-cryoneurolyse"
#: Values that are wrong wherever they stand.
IMPOSSIBLE = (
    "2025-02-30",
    "2025-13-01",
    "0000-00-00",
    "2025-01-01T25:61:00Z",
    "2025-01-01 00:00:00 +99:99",
    "!!python/object x",
    "!!python/object/apply:os.system [x]",
    "!!timestamp foo",
    "!!int foo",
    "!!int ''",
    "!!float foo",
    "!!bool foo",
    "!!binary x",
    "!!set [x]",
    "!!omap foo",
    "!!pairs [[x]]",
    "!unknown x",
    "9" * 5000,
    "0x" + "f" * 5000,
    "1" + ":59" * 3000,
    "0b_",
    "=",
    "{{ x }}",
    "{[a]: b}",
    "{<<: x}",
    "[[" * 40 + "]]" * 40,
    "{a: 1, a: 2}",
    "*nowhere",
    "[",
    "{",
    "'",
    '"\\q"',
    "\t- x",
    "@x",
    "`x",
    "%x",
    "a: b: c",
    "&x [*x]",
)
#: Values that are wrong in some places and right in others.
ODD = (
    "hello",
    "''",
    "null",
    "~",
    "true",
    "12:59:59",
    "2025-02-28",
    "-1",
    "0",
    "1.5",
    ".inf",
    ".nan",
    "[]",
    "[x]",
    "[[x]]",
    "[1]",
    "{}",
    "{fr: x}",
    "{x: {y: z}}",
    "{1: 2}",
    "{null: x}",
    "!!str 5",
    '"a\\0b"',
    '"\\ud83d\\ude00"',
    "|\n  text",
    "# nothing",
    "<<",
    "Über Ökö",
    "12:99:99",
)


@lru_cache(maxsize=8)
def scalars(text: str) -> tuple[tuple[int, int, int, str], ...]:
    """Where the values of YAML stand: begin, end, line (from 1), and the name of the field."""
    found: list[tuple[int, int, int, str]] = []
    waiting: list[tuple[yaml.Node, str]] = [(yaml.compose(text, Loader=yaml.SafeLoader), "")]
    while waiting:
        node, name = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            waiting += [(value, key.value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(value, name) for value in node.value]
        elif node.style is None and node.start_mark.line == node.end_mark.line:
            found.append(
                (node.start_mark.index, node.end_mark.index, node.start_mark.line + 1, name)
            )
    return tuple(sorted(found))


def written(text: str, place: int, value: str) -> tuple[str, int, str]:
    """The text with one value written otherwise, the line of that value and its field."""
    begin, end, line, name = scalars(text)[place % len(scalars(text))]
    return text[:begin] + value + text[end:], line, name


@pytest.fixture(scope="module")
def base(kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the shipped base, with a second text of another name."""
    folder = small_base(kb, tmp_path_factory.mktemp("mistyped"))
    register = folder / "texts" / f"{TEXT}.yaml"
    other = register.read_text("utf-8").replace(f"id: {TEXT}", "id: untouched")
    (folder / "texts" / "untouched.yaml").write_text(other, "utf-8")
    return folder


@pytest.fixture
def register(base: Path) -> Iterator[Path]:
    """The register, whole again afterwards."""
    path = base / "texts" / f"{TEXT}.yaml"
    whole = path.read_bytes()
    yield path
    path.write_bytes(whole)


@pytest.fixture
def concepts(base: Path) -> Iterator[Path]:
    path = base / "vocabulary" / "nerve.yaml"
    whole = path.read_bytes()
    yield path
    path.write_bytes(whole)


def placed(problems: list[Problem], path: Path) -> None:
    for problem in problems:
        assert Path(problem.file) == path
        assert problem.line > 0
        assert problem.message


def names(problem: Problem, line: int, value: str) -> bool:
    """Whether a problem leads to a line; what is left open is noticed further down."""
    return abs(problem.line - line) <= 1 or (value in ("[", "{", "'") and problem.line > line)


slow = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(place=st.integers(0, 10_000), value=st.sampled_from((*IMPOSSIBLE, *ODD)))
@slow
def test_any_value_of_a_register_may_be_any_other(register: Path, place: int, value: str) -> None:
    whole = register.read_text("utf-8")
    changed, line, name = written(whole, place, value)
    register.write_text(changed, "utf-8")
    text, problems = read_text(register)
    register.write_text(whole, "utf-8")
    placed(problems, register)
    assert (text is None) == bool(problems)
    if value in IMPOSSIBLE:
        assert any(names(problem, line, value) for problem in problems)
    if problems and value in IMPOSSIBLE[:18]:  # those that spoil nothing around them
        assert any(p.line == line and name in p.field.split(".") for p in problems)


@given(place=st.integers(0, 10_000), value=st.sampled_from((*IMPOSSIBLE, *ODD)))
@slow
def test_any_value_of_the_vocabulary_may_be_any_other(
    base: Path, tmp_path: Path, place: int, value: str
) -> None:
    whole = (base / "vocabulary" / "nerve.yaml").read_text("utf-8")
    changed, line, _name = written(whole, place, value)
    path = tmp_path / "nerve.yaml"
    path.write_text(changed, "utf-8")
    vocabulary, problems = read_vocabulary(tmp_path)
    placed(problems, path)
    if value in IMPOSSIBLE:
        assert any(names(problem, line, value) for problem in problems)
    # One concept is lost at most; it may have been given another name.
    before = {row["id"] for row in yaml.safe_load(whole)}
    assert len(before - {concept.id for concept in vocabulary}) <= 1


def with_field(text: str, name: str, lines: str) -> str:
    """YAML with a field of its top level written otherwise, at its end."""
    without = re.sub(rf"(?m)^{name}:.*\n(?:[ -].*\n)*", "", text)
    return f"{without}{lines}\n"


@pytest.mark.parametrize(
    ("field", "written", "says"),
    [
        ("published", "published: 2025-02-30", "'2025-02-30' is no date (day is out of range"),
        ("published", "published: never", "'never' is no date; write one as 2025-03-31"),
        ("retrieved", "retrieved: [2025-02-28]", "a list is no date"),
        ("language", "language: 1:59", "is not allowed; write one of 'fr', 'en'"),
        ("language", "language: [fr]", "a list is not allowed"),
        ("language", "language: fr\nlanguage: en", "written twice"),
        ("sections", "sections: hello", "write a list here"),
        ("claims", "claims: {one: two}", "write a list here"),
        ("url", "url: javascript:x", "begins with http"),
        ("publisher", "publisher: {a: b}", "write text here"),
        ("publisher", "publisher: 5", "put a number or a date in quotes"),
        ("publisher", "publisher: 2025-02-28", "put a number or a date in quotes"),
        ("title", "title: hello", "write fields with their values here"),
        ("title", "title: {fr: '', en: x}", "write something"),
        ("2025-01-01", "2025-01-01: x", "is no name of a field"),
        ("colour", "colour: x", "the field is unknown"),
    ],
)
def test_a_mistake_is_named_with_line_field_and_mend(
    register: Path, field: str, written: str, says: str
) -> None:
    changed = with_field(register.read_text("utf-8"), field, written)
    register.write_text(changed, "utf-8")
    text, problems = read_text(register)
    assert text is None
    (problem,) = problems
    assert (problem.line, problem.field.split(".")[0]) == (changed.count("\n"), field)
    assert says in str(problem.message)


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"", 1, "the file is empty"),
        (b"# only a remark\n", 1, "the file is empty"),
        (b"- a\n- list\n", 1, "write fields with their values"),
        (b"just words\n", 1, "write fields with their values"),
        (b"id: x\n---\nid: y\n", 2, "a second document begins here"),
        ("id: é\n".encode("latin-1"), 1, "not UTF-8"),
        ("id: x\ntitle: é\n".encode("utf-16"), 1, "not UTF-8"),
        (b"id: x\ntitle: a\x00b\n", 2, "control characters"),
        (b"id: x\n\ttitle: b\n", 2, "readable YAML"),
        (
            b"a: &a [x, x]\n"
            + b"".join(
                b"%c: &%c [%s]\n" % (98 + n, 98 + n, b", ".join([b"*%c" % (97 + n)] * 9))
                for n in range(9)
            ),
            5,
            "aliases make it too large",
        ),
        (b"[" * 5000, 1, "nest"),
    ],
)
def test_a_file_that_is_no_register_is_named(
    tmp_path: Path, content: bytes, line: int, says: str
) -> None:
    path = tmp_path / "page.yaml"
    path.write_bytes(content)
    text, problems = read_text(path)
    assert text is None
    assert says in str(problems[0])
    assert problems[0].line == line


def test_a_mark_at_the_beginning_is_no_fault(register: Path) -> None:
    register.write_bytes(b"\xef\xbb\xbf" + register.read_bytes())
    assert read_text(register)[0] is not None


def test_merge_keys_are_read_and_wrong_ones_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("x: &x {a: 1}\ny: {<<: *x, b: 2}\n")
    assert read_yaml(path).value == {"x": {"a": 1}, "y": {"a": 1, "b": 2}}
    path.write_text("x: word\ny:\n  <<: word\n  b: 2\n")
    document = read_yaml(path)
    assert [(p.line, p.field) for p in document.problems] == [(3, "y")]
    assert document.value["x"] == "word"


@pytest.mark.parametrize(
    ("field", "value", "mend"),
    [
        ("synonyms", "hello", "write synonyms as {fr: [ … ], en: [ … ]}"),
        ("synonyms", "[hello]", "write synonyms as"),
        ("synonyms", "{fr: hello}", "write synonyms as"),
        ("variants", "{fr: [1999]}", "quote numbers"),
        ("broader", "nerve", "as a list of ids"),
        ("mesh", "5", "in quotes"),
        ("note", "hello", "in French and English"),
        ("note", "{fr: [x]}", "in French and English"),
        ("colour", "blue", "the field is unknown"),
        ("2025", "blue", "is no name of a field"),
    ],
)
def test_a_wrong_field_of_a_concept_is_named_and_the_concept_stays(
    concepts: Path, field: str, value: str, mend: str
) -> None:
    rows = yaml.safe_load(concepts.read_text("utf-8"))
    last = rows[-1]
    own = [name for name in last if name != field]
    written = yaml.safe_dump([{name: last[name] for name in own}], allow_unicode=True).rstrip("\n")
    before = yaml.safe_dump(rows[:-1], allow_unicode=True) if rows[:-1] else ""
    concepts.write_text(f"{before}{written}\n  {field}: {value}\n", "utf-8")
    vocabulary, problems = read_vocabulary(concepts.parent)
    ours = [problem for problem in problems if Path(problem.file) == concepts]
    lines = concepts.read_text("utf-8").splitlines()
    assert [(p.line, p.field) for p in ours] == [(len(lines), f"{last['id']}.{field}")]
    assert mend in str(ours[0].message)
    assert vocabulary[last["id"]].label == last["label"]


@pytest.mark.parametrize("name", ["few.bib", "nerve.yaml", "kb.toml"])
def test_a_letter_in_another_encoding_is_named_and_nothing_is_lost(
    base: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "latin"
    shutil.copytree(base, folder)
    (path,) = folder.rglob(name)
    whole = KnowledgeBase(folder)
    raw = path.read_bytes()
    remark = b"\n# d\xe9but\n" if name != "few.bib" else b"\n@comment{d\xe9but}\n"
    path.write_bytes(raw + remark)
    kb = KnowledgeBase(folder)
    assert (list(kb.library), len(kb.vocabulary)) == (list(whole.library), len(whole.vocabulary))
    assert kb.name("en") == "A small base"
    (problem,) = kb.problems
    assert (Path(problem.file).name, problem.line) == (name, raw.count(b"\n") + 2)
    assert "UTF-8" in str(problem.message)


def test_a_day_that_is_none_is_named_in_a_bibliography(tmp_path: Path) -> None:
    path = tmp_path / "a.bib"
    days = ("2025-02-30", "2025-13-01", "2024-02-29", "2024/2025", "2010-21")
    entry = "@misc{{k{},\n title={{T}},\n date={{{}}}}}\n"
    path.write_text("".join(entry.format(number, day) for number, day in enumerate(days)))
    found = read_file(path)
    assert [reference.year for reference in found.references] == [2025, 2025, 2024, 2024, 2010]
    assert [(p.line, p.field) for p in found.problems] == [(1, "k0.date"), (4, "k1.date")]
    assert "'2025-02-30' is no date" in str(found.problems[0].message)


def test_a_bracket_left_open_loses_one_concept(concepts: Path) -> None:
    whole = concepts.read_text("utf-8")
    count = len(read_vocabulary(concepts.parent)[0])
    broken = "- id: broken\n  facet: nerve\n  label: {fr: a, en: b\n"
    concepts.write_text(f"{broken}{whole}", "utf-8")
    vocabulary, problems = read_vocabulary(concepts.parent)
    assert len(vocabulary) == count
    assert [Path(p.file) for p in problems] == [concepts]
    assert 0 < problems[0].line <= 4


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        ("[signing]\nvalid_days = 2025-02-30", "signing.valid_days", "Invalid date"),
        ("[signing]\nvalid_days = 12:99:99", "signing.valid_days", "not readable TOML"),
        ('[signing]\nvalid_days = "long"', "signing.valid_days", "a whole number above zero"),
        ("[signing]\nsignatures = 0", "signing.signatures", "a whole number above zero"),
        ("[signing]\nsignatures = " + "9" * 5000, "signing.signatures", "too long"),
        ("[signing]\nsignature = 2", "signing.signature", "no such setting"),
        ('searches = "x"', "searches", "write each search as a table"),
        ('refrences = "x"', "refrences", "no such setting"),
        ('vocabulary = "nowhere"', "vocabulary", "there is no folder 'nowhere'"),
        ("vocabulary = nowhere", "vocabulary", "not readable TOML"),
    ],
)
def test_a_wrong_setting_is_named_and_has_its_default(
    tmp_path: Path, line: str, field: str, says: str
) -> None:
    path = tmp_path / "kb.toml"
    (tmp_path / "refs").mkdir()
    path.write_text(f'name = "A base"\nreferences = "refs"\n{line}\n', "utf-8")
    found, problems = read_settings(path)
    assert (found["name"], found["references"]) == ("A base", "refs")
    assert [problem.field for problem in problems] == [field]
    assert problems[0].line == 2 + len(line.splitlines())
    assert says in str(problems[0].message)
    assert "valid_days" not in found.get("signing", {})


# ---- everything else goes on ----------------------------------------------------------


def run_check(base: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evidence", "check", "--kb", str(base), *options],
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_names_every_mistake_at_once(base: Path, register: Path, concepts: Path) -> None:
    register.write_text(
        with_field(register.read_text("utf-8"), "published", "published: 2025-02-30"), "utf-8"
    )
    concepts.write_text(concepts.read_text("utf-8") + "  unknown: hello\n", "utf-8")
    done = run_check(base, "--json")
    assert done.returncode == 1
    found = {
        (Path(e["file"]).name, e["field"].split(".")[-1]) for e in json.loads(done.stdout)["errors"]
    }
    assert {(register.name, "published"), (concepts.name, "unknown")} <= found
    assert done.stderr == ""


def test_a_register_whose_id_is_mistyped_is_checked_all_the_same(
    base: Path, register: Path
) -> None:
    register.write_text(
        register.read_text("utf-8").replace(f"id: {TEXT}", "id: vulvodinie"), "utf-8"
    )
    found = [str(problem) for problem in check_integrity(KnowledgeBase(base)).errors]
    assert any(f"{register}:1 [id]: is 'vulvodinie'" in problem for problem in found)
    register.write_text(
        register.read_text("utf-8").replace("id: vulvodinie", "id: untouched"), "utf-8"
    )
    found = [str(problem) for problem in check_integrity(KnowledgeBase(base)).errors]
    assert any("another text has this id" in problem for problem in found)


def test_the_other_texts_are_served_and_readyz_tells(
    base: Path, register: Path, concepts: Path, instance: Path
) -> None:
    engine = open_engine(KnowledgeBase(base), instance)
    register.write_text(
        with_field(register.read_text("utf-8"), "published", "published: 2025-02-30"), "utf-8"
    )
    concepts.write_text(concepts.read_text("utf-8") + "  unknown: hello\n", "utf-8")
    client = create_app(KnowledgeBase(base), instance, engine).test_client()
    for address in ("/", "/texts/untouched", "/search?q=nerve", "/indications/", "/api/v1/texts"):
        assert client.get(address).status_code == 200, address
    assert client.get(f"/texts/{TEXT}").status_code == 404
    health = client.get("/readyz")
    assert health.status_code == 200
    assert (health.json["status"], health.json["degraded"]) == ("degraded", ["files"])
    assert (health.json["problems"], health.json["texts"]) == (2, 1)


def test_a_register_broken_while_it_is_served_stays_as_it_was(base: Path, register: Path) -> None:
    kb = KnowledgeBase(base)
    good = kb.text(TEXT)
    register.write_text(
        with_field(register.read_text("utf-8"), "published", "published: 2025-02-30"), "utf-8"
    )
    kb.read_texts_again()
    assert kb.text(TEXT) == good
    assert [problem.field for problem in kb.problems] == ["published"]
    register.write_text(
        register.read_text("utf-8").replace("published: 2025-02-30", "published: 2025-02-28"),
        "utf-8",
    )
    kb.read_texts_again()
    assert str(kb.text(TEXT).published) == "2025-02-28"
    assert kb.problems == []


def test_texts_whose_folder_is_gone_stay_as_they_were(base: Path, tmp_path: Path) -> None:
    kb = KnowledgeBase(base)
    kb.read_texts_again()
    good = kb.text(TEXT)
    kb.texts_folder.rename(tmp_path / "away")
    kb.read_texts_again()
    assert kb.text(TEXT) == good
    assert all("cannot be read" in str(problem.message) for problem in kb.problems)
    assert {Path(problem.file).stem for problem in kb.problems} == {TEXT, "untouched"}
    (tmp_path / "away").rename(kb.texts_folder)
    (kb.texts_folder / "untouched.yaml").rename(tmp_path / "untouched.yaml")
    kb.read_texts_again()
    assert (list(kb.texts), kb.problems) == ([TEXT], [])
    (tmp_path / "untouched.yaml").rename(kb.texts_folder / "untouched.yaml")


def test_a_claim_of_a_section_that_is_not_there_is_shown(
    base: Path, register: Path, instance: Path
) -> None:
    plain = yaml.safe_load(register.read_text("utf-8"))
    plain["claims"][0]["section"] = "mistyped"
    register.write_text(yaml.safe_dump(plain, allow_unicode=True), "utf-8")
    engine = open_engine(KnowledgeBase(base), instance)
    client = create_app(KnowledgeBase(base), instance, engine).test_client()
    assert client.get(f"/texts/{TEXT}/claims/{plain['claims'][0]['id']}").status_code == 200
