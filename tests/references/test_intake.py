"""Taking references in: keys, the same work, what the target holds beside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from dedupe_pairs import different_works

from references.errors import DataError, SettingError
from references.formats.bibtex import read_file, write_text
from references.intake.intake import Intake, take_in
from references.intake.keys import make_key
from references.matching import MARK, possible_duplicates
from references.record import Author, Reference, Relation

RIS = """TY  - JOUR
AU  - Ilfeld, Brian M.
AU  - Finneran, John J.
TI  - Cryoneurolysis for phantom limb pain: a randomised trial
JO  - Pain
PY  - 2023
VL  - 164
DO  - 10.1000/phantom
ER  -

TY  - JOUR
AU  - Ilfeld, Brian M.
TI  - Cryoneurolysis of the intercostal nerves after mastectomy
JO  - Pain
PY  - 2023
ER  -
"""


@pytest.fixture
def ris(tmp_path: Path) -> Path:
    path = tmp_path / "export.ris"
    path.write_text(RIS, encoding="utf-8")
    return path


def test_new_works_get_keys_and_provenance(ris: Path, tmp_path: Path) -> None:
    target = tmp_path / "found.bib"
    intake = take_in([ris], target)
    assert intake.as_dict()["added"] == ["ilfeld2023cryoneurolysis", "ilfeld2023cryoneurolysisb"]
    first, second = read_file(target).references
    assert (first.key, second.key) == ("ilfeld2023cryoneurolysis", "ilfeld2023cryoneurolysisb")
    assert first.provenance[0].address == "export.ris"
    assert "doi" in first.provenance[0].seen
    assert "doi" not in second.provenance[0].seen


def test_a_second_time_changes_nothing(ris: Path, tmp_path: Path) -> None:
    target = tmp_path / "found.bib"
    take_in([ris], target)
    before = target.read_bytes()
    again = take_in([ris], target)
    assert again.added == []
    assert [joined.written for joined in again.merged] == [False, False]
    assert target.read_bytes() == before


def test_records_that_say_little_are_known_again(tmp_path: Path) -> None:
    bare = "TY  - JOUR\nTI  - Cold\nER  - \nTY  - JOUR\nTI  - Cold\nJO  - Pain\nER  - \n"
    (tmp_path / "a.ris").write_text(bare, encoding="utf-8")
    only = "TY  - JOUR\nAB  - One abstract\nER  - \nTY  - JOUR\nAB  - Another\nER  - \n"
    (tmp_path / "c.ris").write_text(only, encoding="utf-8")
    assert len(take_in([tmp_path / "c.ris"], tmp_path / "d.bib").added) == 2
    first = take_in([tmp_path / "a.ris"], tmp_path / "b.bib")
    again = take_in([tmp_path / "a.ris"], tmp_path / "b.bib")
    assert [reference.key for reference in first.added] == ["cold", "coldb"]
    assert again.added == []
    assert [joined.known for joined in again.merged] == ["cold", "coldb"]


def test_editions_without_identifiers_are_known_again(tmp_path: Path) -> None:
    """They say the same but for the edition, and have no key that a person chose."""
    book = "TY  - BOOK\nTI  - {}\nAU  - Roe, Ann\nPY  - 2020\nET  - {}\nER  - \n"
    file = tmp_path / "a.ris"
    for title in ("A handbook of cold treatment", ""):
        target = tmp_path / f"b{len(title)}.bib"
        file.write_text(book.format(title, "2nd") + book.format(title, "3rd"), encoding="utf-8")
        assert len(take_in([file], target).added) == 2
        before = target.read_bytes()
        again = take_in([file], target)
        assert (again.added, len({joined.known for joined in again.merged})) == ([], 2)
        assert target.read_bytes() == before


def test_a_dry_run_writes_nothing(ris: Path, tmp_path: Path) -> None:
    intake = take_in([ris], tmp_path / "found.bib", dry_run=True)
    assert len(intake.added) == 2
    assert not (tmp_path / "found.bib").exists()


def test_what_the_target_holds_beside_stays(ris: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.bib"
    mine = (
        "% my list\n@string{p = {Pain}}\n\n@article{broken, title = {no end\n\n"
        "@Article{MyKey,\n  Title = {Cryoneurolysis for phantom limb pain: a randomised {Trial}},\n"
        "  DOI = {10.1000/PHANTOM},\n}\n% the end\n@article{other2020,\n  title = {Other}\n}"
    )
    target.write_text(mine, encoding="utf-8")
    intake = take_in([ris], target)
    text = target.read_text(encoding="utf-8")
    (joined,) = intake.merged
    assert (joined.known, joined.written) == ("MyKey", True)
    assert text.startswith("% my list\n@string{p = {Pain}}\n\n@article{broken, title = {no end\n")
    assert "a randomised {Trial}" in text
    assert "\n% the end\n@article{other2020,\n  title = {Other}\n}\n\n@article{ilfeld2023" in text
    found = {reference.key: reference for reference in read_file(target).references}
    assert set(found) == {"MyKey", "other2020", "ilfeld2023cryoneurolysis"}
    assert found["MyKey"].year == 2023
    assert found["MyKey"].doi == "10.1000/PHANTOM"


def test_a_known_record_elsewhere_is_left_alone(ris: Path, tmp_path: Path) -> None:
    known = Reference(
        "known2023",
        title="Cryoneurolysis for phantom limb pain",
        authors=(Author(family="Ilfeld"),),
        year=2022,
        doi="10.1000/phantom",
    )
    intake = take_in([ris], tmp_path / "found.bib", [known])
    (joined,) = intake.merged
    assert (joined.known, joined.written) == ("known2023", False)
    assert {conflict.field for conflict in joined.conflicts} == {"year"}
    assert len(intake.added) == 1


COLD = Reference(
    "doe2020Cold",
    title="Cold for pain in a large cohort",
    authors=(Author("Doe", "Jane"),),
    year=2020,
)


def bib(path: Path, *references: Reference) -> Path:
    path.write_text(write_text(references), encoding="utf-8")
    return path


def test_no_different_work_is_left_out(tmp_path: Path) -> None:
    wrong = []
    for name, first, second in different_works():
        intake = take_in([bib(tmp_path / "in.bib", first, second)], tmp_path / "x", dry_run=True)
        if [reference.key for reference in intake.added] != ["a", "b"]:
            wrong.append(name)
    assert wrong == []


def _taken(tmp_path: Path, records: list[Reference]) -> Intake:
    return take_in([bib(tmp_path / "in.bib", *records)], tmp_path / "out.bib")


def test_a_doubtful_record_is_added_marked_and_told(tmp_path: Path) -> None:
    second = replace(COLD, key="doe2020b", volume="7", journal="Pain")
    intake = _taken(tmp_path, [COLD, second])
    assert intake.as_dict()["added"] == ["doe2020Cold", "doe2020b"]
    assert intake.as_dict()["doubtful"] == [
        {
            "key": "doe2020b",
            "with": "doe2020Cold",
            "why": "title, authors, year agree; no identifier and no pages that both give",
        }
    ]
    there = {r.key: r for r in read_file(tmp_path / "out.bib").references}
    assert possible_duplicates(there["doe2020b"]) == ("doe2020Cold",)
    assert possible_duplicates(there["doe2020Cold"]) == ()
    assert "possibleduplicate = {doe2020Cold}" in (tmp_path / "out.bib").read_text()
    again = _taken(tmp_path, [COLD, second])
    assert (again.added, again.doubtful, len(again.merged)) == ([], [], 2)


def test_a_doubt_that_a_person_settled_does_not_come_back(tmp_path: Path) -> None:
    second = replace(COLD, key="doe2020b", volume="7", extra={MARK: "doe2020Cold"})
    settled = bib(tmp_path / "out.bib", COLD, replace(second, extra={}))
    before = settled.read_text()
    assert _taken(tmp_path, [second]).added == []
    assert settled.read_text() == before


def test_what_was_filled_in_counts_for_the_next_record(tmp_path: Path) -> None:
    """The first gets a DOI from the second; the last has the place of both and another DOI."""
    first = replace(COLD, key="a2020Cold", volume="7", pages="1-9", journal="Pain")
    second = replace(first, key="b2020Cold", doi="10.1000/two")
    between = replace(first, key="d2020Cold", pmid="123")
    third = replace(first, key="c2020Cold", doi="10.1000/three")
    for library in ([], [first]):
        source = bib(tmp_path / "in.bib", first, second, between, third)
        intake = take_in([source], tmp_path / f"{len(library)}.bib", library)
        assert [doubt.key for doubt in intake.doubtful] == ["c2020Cold"]
        assert intake.added[-1].key == "c2020Cold"


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "phdthesis"},
        {"year": 2021},
        {"doi": "10.1000/x"},
        {"extra": {"edition": "2"}},
        {"title": "Cold for pain of <5 days in a cohort"},
    ],
)
def test_a_key_alone_does_not_make_one_work(tmp_path: Path, changes: dict[str, object]) -> None:
    known = replace(COLD, title="Cold for pain of >5 days in a cohort", extra={"edition": "1"})
    bib(tmp_path / "out.bib", known)
    intake = _taken(tmp_path, [replace(known, **changes)])  # type: ignore[arg-type]
    assert (len(intake.added), intake.merged) == (1, [])


def test_related_works_are_added_and_say_so(tmp_path: Path) -> None:
    text = RIS.split("\n\n")[0]
    preprint = text.replace("10.1000/phantom", "10.1101/2022.01.02.22268600").replace(
        "JO  - Pain", "JO  - medRxiv"
    )
    (tmp_path / "a.ris").write_text(text + "\n" + preprint, encoding="utf-8")
    intake = take_in([tmp_path / "a.ris"], tmp_path / "b.bib")
    assert intake.as_dict()["related"] == [
        {
            "key": "ilfeld2023cryoneurolysisb",
            "to": "ilfeld2023cryoneurolysis",
            "kind": "preprint",
        }
    ]
    second = read_file(tmp_path / "b.bib").references[1]
    assert second.key == "ilfeld2023cryoneurolysisb"
    assert second.related == (Relation("preprint", "ilfeld2023cryoneurolysis"),)


def test_keys_of_a_bib_file_are_kept_and_none_is_taken_twice(tmp_path: Path) -> None:
    (tmp_path / "a.bib").write_text(
        "@article{Smith:20, title={One thing}, author={Smith, A}, year=2020}\n"
        "@article{Smith:20, title={Quite another matter}, author={Smith, A}, year=2020}\n"
        "@article{, title={A third}, author={Smith, A}, year=2020}\n",
        encoding="utf-8",
    )
    intake = take_in([tmp_path / "a.bib"], tmp_path / "b.bib")
    assert [r.key for r in intake.added] == ["Smith:20", "smith2020quite", "smith2020third"]


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("doe2020Cold", "doe2020Cold"),
        ("CN-01234567", "doe2020cold"),
        ("http://x.org/a", "doe2020cold"),
    ],
)
def test_keys_of_other_formats_are_kept_when_a_person_chose_them(
    tmp_path: Path, said: str, key: str
) -> None:
    record = f'[{{"id": "{said}", "title": "Cold", "author": [{{"family": "Doe"}}], '
    record += '"issued": {"date-parts": [[2020]]}}]'
    (tmp_path / "a.json").write_text(record, encoding="utf-8")
    (added,) = take_in([tmp_path / "a.json"], tmp_path / "b.bib").added
    assert added.key == key


def test_unreadable_files(ris: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        take_in([tmp_path / "none.ris"], tmp_path / "x.bib")
    intake = take_in([ris, tmp_path / "none.ris"], tmp_path / "x.bib")
    assert len(intake.added) == 2
    assert "none.ris" in str(intake.rejected[0])
    (tmp_path / "latin.bib").write_bytes("@article{a, title={é}}".encode("latin-1"))
    with pytest.raises(DataError, match="not UTF-8"):
        take_in([ris], tmp_path / "latin.bib")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SettingError, match="Cannot write"):
        take_in([ris], blocked / "x.bib")


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        (
            Reference(
                "", title="The Nerve of it", authors=(Author(family="D'Ålo-Étienne"),), year=2020
            ),
            "daloetienne2020nerve",
        ),
        (
            Reference("", title="Guide", authors=(Author(literal="Haute Autorité de santé"),)),
            "hauteguide",
        ),
        (Reference("", title="冷冻神经松解", doi="10.1/x"), "ref101x"),
        (Reference("", year=2020), "ref2020"),
        (Reference("", title="3D printing", year=1999), "ref1999printing"),
        (Reference(""), "ref"),
    ],
)
def test_keys(reference: Reference, key: str) -> None:
    assert make_key(reference) == key
    taken = {make_key(reference)}
    for _ in range(40):
        new = make_key(reference, taken)
        assert new not in taken
        taken.add(new)


# ---- large files -----------------------------------------------------------------------------


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("references.formats.streams._WHOLE", 1_000)
    monkeypatch.setattr("references.formats.cuts.PIECE", 1_000)
    monkeypatch.setattr("references.intake.unfinished._SMALL", 1_000)
    monkeypatch.setattr("references.intake.intake._KEPT_EVERY", 50)


def _word(number: int) -> str:
    return "".join("bcdfghklmn"[int(digit)] + "aeiou"[int(digit) % 5] for digit in str(number))


def _large(path: Path, count: int) -> Path:
    path.write_text(
        "".join(
            f"TY  - JOUR\nTI  - {_word(number)} and {_word(7 * number)} cold\n"
            f"AU  - {_word(number)}, J\nDO  - 10.1000/{number}\nAB  - {'froid ' * 9}\nER  - \n\n"
            for number in range(count)
        ),
        encoding="utf-8",
    )
    return path


@pytest.mark.usefixtures("small_pieces")
def test_an_interrupted_import_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    source = _large(tmp_path / "a.ris", 400)
    first = RIS.split("\n\n")[0] + "\n"
    known = first + f"TY  - JOUR\nDO  - 10.1000/7\nTI  - {_word(7)} and {_word(49)} cold\nER  -\n"
    (tmp_path / "known.ris").write_text(known, encoding="utf-8")
    whole, broken = tmp_path / "whole.bib", tmp_path / "broken.bib"
    for target in (whole, broken):
        take_in([tmp_path / "known.ris"], target)
    before = broken.read_bytes()
    take_in([source], whole)

    def stop(done: int, part: float) -> None:
        assert 0 <= part <= 1
        if done > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in([source], broken, progress=stop)
    assert broken.read_bytes() == before
    again = take_in([source], broken)
    assert 50 <= again.before < again.read == 400
    assert len(again.added) == 399
    assert broken.read_bytes() == whole.read_bytes()
    (seventh,) = (one for one in read_file(whole).references if one.doi == "10.1000/7")
    assert seventh.authors == (Author(_word(7), "J"),)
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.usefixtures("small_pieces")
def test_another_file_is_imported_from_its_beginning(tmp_path: Path) -> None:
    def stop(done: int, part: float) -> None:
        if done > 200:
            raise KeyboardInterrupt

    target = tmp_path / "out.bib"
    with pytest.raises(KeyboardInterrupt):
        take_in([_large(tmp_path / "a.ris", 400)], target, progress=stop)
    intake = take_in([_large(tmp_path / "b.ris", 300)], target)
    assert (intake.before, intake.read, len(intake.added)) == (0, 300, 300)


@pytest.mark.usefixtures("small_pieces")
def test_two_imports_into_one_file_do_not_mix(tmp_path: Path) -> None:
    source = _large(tmp_path / "a.ris", 300)

    def second(done: int, part: float) -> None:
        if done > 100:
            take_in([source], tmp_path / "out.bib")

    with pytest.raises(SettingError, match=r"out\.bib"):
        take_in([source], tmp_path / "out.bib", progress=second)
