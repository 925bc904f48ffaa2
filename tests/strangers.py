"""Every reader of bytes that strangers send, what it may say of them, and what it is fed.

`test_fuzz.py` feeds each a few changed samples; `python tests/fuzz.py` feeds them for minutes,
led by coverage. A new reader of strangers' bytes gets its line in `READERS`, and both try it.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from uuid import uuid4

import docx
from any_holdings import ANY

from evidence.anchoring.segment import sentences
from evidence.claims.readings import read_readings
from evidence.claims.summary import read_summaries
from evidence.claims.text import read_text
from evidence.journal import Entry, Journal
from evidence.journal.archive import backup, restore
from evidence.knowledge import BUNDLED, KnowledgeBase
from evidence.originals.convert import convert
from evidence.originals.load import read_bytes
from evidence.search.index.documents import abstracts_file, read_abstracts
from evidence.search.query.parse import parse as parse_query
from evidence.search.request import SearchRequest
from evidence.settings import read_settings
from references.concept_files import read_vocabulary
from references.errors import UserError
from references.formats import READABLE, WRITABLE, read, write
from references.formats.bibliography import bibliography
from references.formats.printed import parse as parse_printed
from references.formats.streams import in_pieces
from references.formats.vancouver import cite
from references.intake.keys import make_key
from references.record import Author, Reference
from references.verify.retractions import read_retractions
from references.yamlfile import read_yaml

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "tests" / "data" / "formats"
Feed = Callable[[bytes], object]


@dataclass(frozen=True)
class Reader:
    """A reader: it is fed bytes, and raises nothing but what tells a person what is wrong."""

    feed: Feed
    samples: Callable[[], Iterable[bytes]]
    tells: tuple[type[Exception], ...] = (UserError,)

    def try_it(self, data: bytes) -> bool:
        """Feed it; False when it says what is wrong.

        Raises:
            Exception: a fault of the reader.
        """
        try:
            self.feed(data)
        except self.tells as error:
            told = str(error)
        else:
            return True
        assert told, "a sentence says what is wrong"
        return False


def words(data: bytes) -> str:
    """Bytes as the words that a browser or a shell may hand over, lone surrogates too."""
    return data.decode("utf-8", "surrogateescape")


@cache
def _scratch() -> Path:
    """A folder for readers of files; it goes when the process ends."""
    _scratch.kept = tempfile.TemporaryDirectory(prefix="evidence-fuzz-")  # type: ignore[attr-defined]
    return Path(_scratch.kept.name)  # type: ignore[attr-defined]


def in_file(name: str, reader: Callable[[Path], object]) -> Feed:
    """A reader of a file, fed with what is to stand in it."""

    def feed(data: bytes) -> object:
        path = _scratch() / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return reader(path)

    return feed


# ---- files of references --------------------------------------------------------------


def _references(format: str, data: bytes) -> None:
    """Read, then do with each record what follows: a key, a citation, every format written."""
    for reference in read(data, format).references[:3]:
        keyed = reference if reference.key else make_key(reference) and reference
        cite(keyed, language="fr")
        for name in WRITABLE:
            write([keyed], name)


def _pieces(path: Path) -> list[object]:
    return list(in_pieces(path))


def _samples(format: str) -> list[bytes]:
    found = [path.read_bytes() for path in sorted(SAMPLES.iterdir()) if path.suffix != ".yaml"]
    return [one for one in found if read(one).format == format]


def _all_samples() -> list[bytes]:
    return [one for name in READABLE for one in _samples(name)]


# ---- pages ----------------------------------------------------------------------------


def _page(name: str, data: bytes) -> None:
    text = convert(data, name).text
    sentences(text, "fr")


def _bounded(name: str, data: bytes) -> None:
    """As the site reads it: what its libraries do without bound ends with their process."""
    read_bytes(data, name)


_HTML = """<!doctype html><html lang="fr"><head><title>Douleur</title><meta charset="utf-8"></head>
<body><nav>Menu</nav><main><h1>Le froid</h1><p>Le bain froid calme la douleur<sup>[1]</sup> chez
80&nbsp;% des patientes <a href="#n1">1</a>.</p><ul><li>Un</li><li>Deux</li></ul><table><tr><td>a
</td><td rowspan=2>b</td></tr></table><details><summary>Plus</summary><p>Encore.</p></details>
<!-- fin --></main></body></html>"""
_MARKDOWN = """---\ntitle: Douleur\n---\n# Le froid\n\nLe bain *froid* calme[^1] la `douleur`.\n
| a | b |\n|---|---|\n| 1 | 2 |\n\n- un\n  - deux\n\n[^1]: Une note. <b>x</b>\n"""


@cache
def _word_file() -> bytes:
    document = docx.Document()
    document.add_heading("Le froid", 1)
    document.add_paragraph("Le bain froid calme la douleur.", style="List Bullet")
    document.add_table(2, 2).cell(0, 0).text = "a"
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _word_part(data: bytes) -> None:
    """A Word file whose text is this XML; packed, hardly a change would leave one that opens."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_word_file())) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            new.writestr(name, data if name == "word/document.xml" else old.read(name))
    _page("page.docx", packed.getvalue())


def _word_text() -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(_word_file())) as file:
        return [file.read("word/document.xml")]


def _pdf() -> list[bytes]:
    content = b"BT /F1 12 Tf 72 700 Td (Le bain froid calme la douleur.) Tj ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body = b"".join(b"%d 0 obj%s endobj\n" % (n, one) for n, one in enumerate(objects, 1))
    return [b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R/Size 6>>\n%%EOF\n"]


# ---- what is typed --------------------------------------------------------------------


@cache
def _bundled() -> KnowledgeBase:
    return KnowledgeBase()


def _query(data: bytes) -> None:
    parse_query(words(data), _bundled().vocabulary, ANY)


def _parameters(data: bytes) -> None:
    """A query string as the search of the site reads it, said again as an address."""
    from werkzeug.datastructures import MultiDict

    pairs = [one.partition("=")[::2] for one in words(data).split("&")]
    search = SearchRequest.from_mapping(MultiDict(pairs), limit=20)
    again = SearchRequest.from_mapping(MultiDict(_flat(search.as_mapping(limit=20))), limit=20)
    assert again == search


def _flat(values: dict[str, str | tuple[str, ...]]) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, some in values.items()
        for value in (some if isinstance(some, tuple) else (some,))
    ]


def _printed(data: bytes) -> None:
    reference = parse_printed(words(data))
    cite(reference, language="en")


def _styled(path: Path) -> None:
    """A citation style of one's own, used; under a new name, as styles are read once."""
    path = path.rename(path.with_name(f"{uuid4().hex}.csl"))
    reference = Reference("a", title="Cold", authors=(Author("Hale", "Tom"),), year=2019)
    try:
        bibliography([reference], str(path))
    finally:
        path.unlink()


# ---- files of a base ------------------------------------------------------------------


def _vocabulary(path: Path) -> object:
    return read_vocabulary(path.parent)


def _abstracts(path: Path) -> object:
    assert path == abstracts_file(path.parent)
    return read_abstracts(path.parent)


def _some(pattern: str, most: int = 3) -> list[bytes]:
    paths = sorted(ROOT.glob(pattern), key=lambda path: path.stat().st_size)[:most]
    return [path.read_bytes()[:20_000] for path in paths]


def _backups() -> list[bytes]:
    """Unpacked, so that what is changed is read: `_restore` packs it again."""
    folder = Path(tempfile.mkdtemp(dir=_scratch()))
    (folder / "texts").mkdir()
    (folder / "texts" / "a.yaml").write_text("id: a\n")
    with Journal.open(folder) as journal:
        for number in range(3):
            journal.record(Entry("anne", "comment", "a", payload={"words": str(number)}))
        backup(journal, folder, folder / "b.tar.gz")
    return [gzip.decompress((folder / "b.tar.gz").read_bytes())]


def _restore(data: bytes) -> None:
    """A backup that is restored leaves a journal that verifies, and nothing outside."""
    with tempfile.TemporaryDirectory(dir=_scratch()) as name:
        instance, file = Path(name) / "inner" / "instance", Path(name) / "b.tar.gz"
        instance.mkdir(parents=True)
        file.write_bytes(gzip.compress(data, 1))
        with Journal.open(instance) as journal:
            try:
                restore(journal, instance, file)
            finally:
                assert journal.verify().ok
                assert {path.name for path in Path(name).iterdir()} == {"inner", "b.tar.gz"}
                assert {path.name for path in instance.parent.iterdir()} == {"instance"}


READERS: dict[str, Reader] = {
    **{name: Reader(partial(_references, name), partial(_samples, name)) for name in READABLE},
    "references": Reader(partial(_references, "auto"), _all_samples),
    "pieces": Reader(in_file("pieces.ris", _pieces), _all_samples),
    "printed": Reader(_printed, lambda: _some("tests/data/printed.tsv")),
    "retractions": Reader(
        in_file("retractions.csv", read_retractions),
        lambda: _some("tests/data/retractions.csv"),
    ),
    "html": Reader(partial(_page, "page.html"), lambda: [_HTML.encode()]),
    "markdown": Reader(partial(_page, "page.md"), lambda: [_MARKDOWN.encode()]),
    "text": Reader(partial(_page, "page.txt"), lambda: _some("tests/data/anchoring/*.txt")),
    "word-text": Reader(_word_part, _word_text),
    "word": Reader(partial(_bounded, "page.docx"), lambda: [_word_file()]),
    "pdf": Reader(partial(_bounded, "page.pdf"), _pdf),
    "style": Reader(
        in_file("own.csl", _styled),
        lambda: [(ROOT / "references/formats/styles/vancouver.csl").read_bytes()],
    ),
    "query": Reader(
        _query,
        lambda: [
            b'titre:"n\xc3\xa9vralgie pudendale" OR (author:ilfeld AND NOT year:2010..2020)',
            b'10.1000/a(1)2 PMID:31234567 cryo* design:rct sort:year "a b"~3 -knee',
        ],
    ),
    "parameters": Reader(
        _parameters,
        lambda: [b"q=froid&year=2010..2020&design=rct&design=case-series&sort=newest&limit=5"],
    ),
    "yaml": Reader(
        in_file("a.yaml", read_yaml),
        lambda: _some("references/vocabulary/*.yaml", 1),
    ),
    "register": Reader(
        in_file("text.yaml", read_text), lambda: _some("tests/data/checks/texts/*.yaml")
    ),
    "readings": Reader(
        in_file("a.readings.yaml", read_readings), lambda: _some("evidence/texts/*.readings.yaml")
    ),
    "summaries": Reader(
        in_file("summaries.yaml", read_summaries), lambda: _some("evidence/summaries.yaml")
    ),
    "vocabulary": Reader(
        in_file("vocabulary/nerve.yaml", _vocabulary),
        lambda: _some("references/vocabulary/*.yaml"),
    ),
    "settings": Reader(
        in_file("kb.toml", read_settings), lambda: [(BUNDLED / "kb.toml").read_bytes()]
    ),
    "abstracts": Reader(
        in_file("abstracts.jsonl", _abstracts),
        lambda: [json.dumps({"key": "a", "abstract": "Le froid."}).encode() + b"\n"],
    ),
    "backup": Reader(_restore, _backups),
}


# ---- samples, changed -----------------------------------------------------------------

_ODD = (
    *(b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\r", b"\x1e"),
    *(b"{", b"}", b"[", b"]", b"(", b")", b"<", b">", b'"', b"'", b"\\", b"#", b"%", b"&", b"@"),
    *(b"|", b":", b";", b",", b"-", b"*", b"~", b"^", b"=", b"\n", b"\n\n", b"\t", b"  ", b"null"),
    *(b"-1", b"9" * 400, b"1e999", b"NaN", b"true", b"[]", b"{}", b"0", b"2025-02-30", b"\xc2\xb2"),
    *(
        b"<!--",
        b"]]>",
        b"&#0;",
        b"&#xD800;",
        b"&lt;",
        b"\\frac",
        b"$",
        b"\\'{e}",
        b"{\\",
        b"@string",
    ),
    *("\u0660".encode(), "𝟙".encode(), "\u202e".encode(), "ﬁ".encode(), "İ".encode()),
)
_TOKEN = re.compile(rb"[A-Za-z0-9_-]+|\s+|.", re.S)


def changed(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """A sample changed in one to eight places: cut, doubled, moved, mixed with others."""
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 1, 2, 5, 20, 100)))
        match chance.randrange(8):
            case 0:
                data = data[:at] + data[end:]
            case 1:
                data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
            case 2:
                data = data[:at] + chance.choice(_ODD) + data[at:]
            case 3:
                data = data[:at] + chance.choice(_ODD) + data[end:]
            case 4:
                data = data[:at] + data[at:end] * chance.choice((2, 3, 50)) + data[end:]
            case 5:
                other = chance.choice(others)
                data = data[:at] + other[chance.randrange(len(other) + 1) :][:200] + data[end:]
            case 6:
                tokens = _TOKEN.findall(data[:2000])
                if tokens:
                    tokens[chance.randrange(len(tokens))] = chance.choice(tokens)
                    data = b"".join(tokens) + data[2000:]
            case 7:
                data = data[: max(1, at)]
    return data[:40_000]
