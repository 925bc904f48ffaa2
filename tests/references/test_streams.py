"""Large files in pieces: the same records as the file read whole, in flat memory, no bomb."""

from __future__ import annotations

import gzip
import resource
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from references.errors import DataError
from references.formats import cuts, read, streams
from references.formats.streams import in_pieces
from references.record import Reference

SAMPLES = sorted((Path(__file__).parents[1] / "data/formats").iterdir())


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut wherever a cut is allowed."""
    monkeypatch.setattr(cuts, "PIECE", 1)
    monkeypatch.setattr(streams, "_WHOLE", 300)
    monkeypatch.setattr(streams, "_BLOCK", 100)
    monkeypatch.setattr(streams, "_BATCH", 1)


def _all(path: Path, format: str = "auto") -> tuple[list[Reference], list[str]]:
    readings = list(in_pieces(path, format))
    rejected = [str(problem) for reading in readings for problem in reading.rejected]
    return [one for reading in readings for one in reading.references], rejected


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
@pytest.mark.usefixtures("small_pieces")
def test_pieces_give_what_the_whole_file_does(path: Path) -> None:
    if path.suffix == ".yaml":
        return
    whole = read(path)
    references, rejected = _all(path, whole.format)
    assert references == list(whole.references)
    assert sorted(rejected) == sorted(map(str, whole.rejected))


@pytest.mark.usefixtures("small_pieces")
def test_pieces_of_what_others_publish(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_WHOLE", 1_000)  # their first records are longer than ours
    count = 0
    for path in sorted((shared / "conformance").rglob("*")):
        if path.suffix not in (".bib", ".ris", ".nbib", ".xml", ".csv", ".ciw", ".enw"):
            continue
        try:
            whole = read(path)
        except DataError:
            continue
        if whole.references:
            count += 1
            references, _ = _all(path, whole.format)
            if path.suffix == ".csv" and not references:
                continue  # its row of names stands behind the bytes that are looked at here
            assert references == list(whole.references), path
    assert count > 300


OVID = (
    "TY  - JOUR\nTI  - One\nER  - \nLA  - French\n\n1. cold.mp\n\n"
    "TY  - JOUR\nTI  - Two\nAB  - A line\nTY  - of an abstract is rare\nER  - \n"
)
ID_FIRST = "ID  - 1\nTY  - JOUR\nTI  - One\nER  - \n\nID  - 2\nTY  - JOUR\nTI  - Two\nER  - \n"
NO_GAPS = "PMID- 1\nTI  - One\nPMID- 2\nTI  - Two\n"
OWN_FIRST = "OWN - NLM\nPMID- 1\nTI  - One\n\nOWN - NLM\nPMID- 2\nTI  - Two\n"
BRACES = (
    "@article{a, title = {One},\n abstract = {see\n@article{b, x\n}}\n}\n@article{c, title={Two}}\n"
)


@pytest.mark.parametrize("text", [OVID, ID_FIRST, NO_GAPS, OWN_FIRST, BRACES])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_no_record_is_halved(
    text: str, end: str, encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.txt"
    content = text.replace("One", "Né").replace("\n", end).encode(encoding)
    path.write_bytes(content)
    whole = read(path)
    monkeypatch.setattr(cuts, "PIECE", 1)
    monkeypatch.setattr(streams, "_WHOLE", len(content) - 4)
    monkeypatch.setattr(streams, "_BLOCK", 7)
    assert _all(path, whole.format)[0] == list(whole.references)
    assert len(whole.references) > 1


@pytest.mark.usefixtures("small_pieces")
def test_skipped_pieces_leave_the_rest_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x.ris"
    path.write_text("TY  - JOUR\nTI  - Cold\nER  - \n" * 100, encoding="utf-8")
    told: list[tuple[int, int]] = []
    pieces = list(in_pieces(path, position=lambda done, of: told.append((done, of))))
    assert len(pieces) > 20
    assert list(in_pieces(path, skip=15)) == pieces[15:]
    assert told[-1][0] == told[-1][1] == path.stat().st_size
    assert told == sorted(told)


def _xml(count: int) -> Iterator[bytes]:
    yield b'<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n'
    for number in range(1, count + 1):
        yield (
            f"<PubmedArticle><MedlineCitation><PMID>{number}</PMID><Article><ArticleTitle>Cold "
            f"{number}</ArticleTitle><Abstract><AbstractText>{'froid ' * 300}</AbstractText>"
            "</Abstract></Article></MedlineCitation></PubmedArticle>\n"
        ).encode()
    yield b"<DeleteCitation><PMID>7</PMID><PMID>9</PMID></DeleteCitation></PubmedArticleSet>"


def _ris(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield f"TY  - JOUR\nTI  - Cold {number}\nAB  - {'froid ' * 300}\nER  - \n\n".encode()


def _table(count: int) -> Iterator[bytes]:
    yield b"Title,Authors,Year,Abstract\n"
    for number in range(count):
        yield f'Cold {number},"Doe, J",2020,"{"froid " * 300}\nand warm"\n'.encode()


def _json_lines(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield b'{"key": "k%d", "title": "Cold %d"}\n' % (number, number)


def _file(path: Path, parts: Iterator[bytes]) -> Path:
    with gzip.open(path, "wb", 1) as stream:
        for part in parts:
            stream.write(part)
    return path


#: Reads a file and prints how many records it has, and how much memory that took.
_CHILD = """
import resource, sys
from pathlib import Path
from references.formats.streams import in_pieces
count = sum(len(reading.references) for reading in in_pieces(Path(sys.argv[1])))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _read_by_a_child(path: Path) -> tuple[int, int]:
    done = subprocess.run([sys.executable, "-c", _CHILD, path], capture_output=True, check=True)
    count, memory = map(int, done.stdout.split())
    return count, memory // (1024 if sys.platform == "darwin" else 1)


@pytest.mark.parametrize("make", [_xml, _ris, _table], ids=["xml", "ris", "table"])
def test_six_times_the_records_take_the_same_memory(make: object, tmp_path: Path) -> None:
    few, many = 2_500, 15_000
    memory = {}
    for count in (few, many):
        read_ones, memory[count] = _read_by_a_child(_file(tmp_path / f"{count}.gz", make(count)))  # type: ignore[operator]
        assert read_ones == count
    assert memory[many] < 1.15 * memory[few]  # KB; the interpreter is most of it


def test_an_update_file_says_what_is_no_more(tmp_path: Path) -> None:
    path = _file(tmp_path / "pubmed26n1275.xml.gz", _xml(3_000))
    readings = list(in_pieces(path))
    assert sum(len(reading.references) for reading in readings) == 3_000
    assert [number for reading in readings for number in reading.deleted] == ["7", "9"]
    small = _file(tmp_path / "small.xml.gz", _xml(3))
    assert read(small).deleted == ("7", "9")


def test_a_damaged_file_gives_what_stands_before(tmp_path: Path) -> None:
    path = _file(tmp_path / "x.jsonl.gz", _json_lines(150_000))
    path.write_bytes(path.read_bytes()[:-1000])
    readings: list[int] = []
    with pytest.raises(DataError, match="damaged gzip file"):
        readings.extend(len(reading.references) for reading in in_pieces(path))
    assert sum(readings) > 100_000


def _zeros(path: Path, begin: bytes, filling: bytes, megabytes: int) -> Path:
    packer = zlib.compressobj(1, wbits=31)
    with path.open("wb") as stream:
        stream.write(packer.compress(begin))
        block = filling * (1_000_000 // len(filling))
        for _ in range(megabytes):
            stream.write(packer.compress(block))
        stream.write(packer.flush())
    return path


@pytest.mark.parametrize(
    ("begin", "filling"),
    [
        (b"TY  - JOUR\nTI  - ", b"0"),
        (b"TY  - JOUR\nTI  - x\n", b"more\n"),
        (b"@article{a, title = {", b"{}\n"),
        (b"<PubmedArticleSet><PubmedArticle>", b"<a/>"),
        (b'Title,Authors,Year\n"', b"0"),
        (b"Title,Authors,Year\n", b",x,1\n"),
    ],
)
def test_a_bomb_is_told_and_fills_no_memory(begin: bytes, filling: bytes, tmp_path: Path) -> None:
    path = _zeros(tmp_path / "x.gz", begin, filling, 200)
    limit = 1_500_000_000

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    child = (
        "import sys\nfrom pathlib import Path\nfrom references.errors import DataError\n"
        "from references.formats.streams import in_pieces\n"
        "try:\n    found = [p for r in in_pieces(Path(sys.argv[1])) for p in r.rejected]\n"
        "except DataError as error:\n    found = error.problems\nprint(len(found))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", child, path], capture_output=True, preexec_fn=bounded, check=True
    )
    assert int(done.stdout) > 0


# ---- quotes that open a cell and are never closed ------------------------------------------


def test_a_table_of_web_of_science_has_all_its_rows() -> None:
    rows = [
        "PT\tAU\tTI\tSO\tPY\tAB",
        'J\tDoe, J\t"Cold" for pain\tPain\t2020\tOne',
        'J\tRoe, A\t"Never closed, and cold\tPain\t2021\t"Two',
        "J\tPoe, E\tThree\tPain\t2022\tLast",
        '"J"\t"Coe, E"\t"With ""quotes"""\t"Pain"\t"2023"\t"Four"',
    ]
    reading = read("\n".join(rows) + "\n", "csv")
    titles = [one.title for one in reading.references]
    assert titles == [
        '"Cold" for pain',
        '"Never closed, and cold',
        "Three",
        'With "quotes"',
    ]
    assert [one.year for one in reading.references] == [2020, 2021, 2022, 2023]


def test_a_quote_that_is_never_closed_costs_no_other_row() -> None:
    text = 'Title,Journal,Year\n"Cold,Pain,2020\nWarm,Pain,2021\n"Hot,Pain,2022\nMild,Pain,2023\n'
    years = [one.year for one in read(text, "csv").references]
    assert years == [2020, 2021, 2022, 2023]


def test_cells_of_several_lines_are_one() -> None:
    text = 'Title,Year,Abstract\nCold,2020,"One, two,\nthree, ""four""\n\nfive"\nWarm,2021,Six\n'
    first, second = read(text, "csv").references
    assert first.abstract == 'One, two, three, "four" five'
    assert (second.title, second.year) == ("Warm", 2021)


def test_a_cell_beyond_all_measure_is_told() -> None:
    text = f'PT\tAU\tTI\tSO\tPY\nJ\tDoe\t"{"x" * 10_000_001}\t\nJ\tRoe\tCold\tPain\t2020\n'
    reading = read(text, "csv")
    assert [one.title for one in reading.references][-1] == "Cold"


@pytest.mark.parametrize("title", ["Névralgie", "神経痛", "Nerve 𝔸𝔹"])
def test_a_character_that_the_sample_cuts_makes_no_encoding_doubtful(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, title: str
) -> None:
    path = tmp_path / "export.ris"
    text = f"TY  - JOUR\nTI  - {title}\nER  - \n" * 3
    path.write_text(text, "utf-8")
    size = len(text.encode())
    for length in range(size // 2, size):
        monkeypatch.setattr(streams, "_WHOLE", length)
        readings = list(in_pieces(path))
        assert not [one for reading in readings for one in reading.remarks], length
        assert [one.title for reading in readings for one in reading.references] == [title] * 3


def test_an_encoding_that_is_a_guess_is_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "export.ris"
    path.write_bytes("TY  - JOUR\nTI  - Névralgie\nER  - \n".encode("cp1252") * 3)
    monkeypatch.setattr(streams, "_WHOLE", 60)
    assert any(reading.remarks for reading in in_pieces(path))
