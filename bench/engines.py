"""The engine and its peers behind one face: build, open, ask, update."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from bench.records import Record, Structured
from evidence.search.engine import WhooshEngine
from evidence.search.index import writer
from evidence.search.index.documents import document_of
from evidence.search.index.reader import OpenIndex
from evidence.search.language.analysis import STOP
from evidence.search.request import SearchRequest
from references.concepts import Vocabulary

Keys = list[str]


def content_words(text: str) -> list[str]:
    """The words of a sentence without stop words, each once: what peers are given."""
    return list(dict.fromkeys(w for w in re.findall(r"\w+", text.lower()) if w not in STOP["en"]))


class Engine:
    """One engine over one folder; a subclass for each."""

    name = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(self, records: list[Record]) -> None:
        """Index the records from nothing."""
        raise NotImplementedError

    def open(self) -> None:
        """Make ready to search."""
        raise NotImplementedError

    def short(self, text: str) -> Keys:
        """All words, best ten, with their titles."""
        raise NotImplementedError

    def claim(self, text: str) -> Keys:
        """Any of the words of a sentence, best ten."""
        raise NotImplementedError

    def structured(self, query: Structured) -> Any:
        """A fielded query, with counts where it wants them; None where the engine cannot."""
        return None

    def update(self, records: list[Record]) -> None:
        """Add records so that the next reader finds them."""
        raise NotImplementedError


class Ours(Engine):
    """This project's engine: no vocabulary, so that all engines look for the same words."""

    name = "evidence"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.generation = 0
        self.engine: WhooshEngine

    def build(self, records: list[Record]) -> None:
        none = Vocabulary()
        writer.create(self.folder, ((document_of(r.reference(), none), "") for r in records))

    def open(self) -> None:
        self.engine = WhooshEngine(OpenIndex(self.folder), Vocabulary(), self.folder)

    def _search(self, query: str, facets: tuple[str, ...] = (), **more: Any) -> Keys:
        answer = self.engine.search(
            SearchRequest(query, limit=10, facets=facets, highlight=False, expand=False, **more)
        )
        return [hit.key for hit in answer.results if hit.title is not None]

    def short(self, text: str) -> Keys:
        return self._search(text)

    def claim(self, text: str) -> Keys:
        return [suggested.key for suggested in self.engine.rank(text, 10)]

    def structured(self, query: Structured) -> Any:
        words = query.words
        match query.kind:
            case "phrase-facets":
                text = f'"{" ".join(words)}"'
            case "fields":
                text = f"title:{words[0]} AND {words[-1]}"
            case "boolean":
                text = f"({words[0]} OR {words[1]}) AND {words[2]} NOT {words[-1]}"
            case _:
                text = " OR ".join(words)
        if query.wants_facets:
            return self._search(text, ("year", "design"), years=query.years)
        return self._search(text)

    def update(self, records: list[Record]) -> None:
        none = Vocabulary()
        writer.change(self.folder, [], [(document_of(r.reference(), none), "") for r in records])
        index = OpenIndex(self.folder, self.engine.statistics.index)
        self.engine = WhooshEngine(index, none, self.folder)
        self.engine.statistics.term("x")

    def forget(self) -> None:
        """Empty what the engine keeps between queries."""
        self.engine.close()

    def search(self, text: str) -> Keys:
        """A short search as the pages ask for it: seven facets, and passages marked."""
        return [hit.key for hit in self.engine.search(SearchRequest(text)).results]

    def suggest(self, claim: str) -> Keys:
        """References for a claim, each with its reasons."""
        return [found.key for found in self.engine.suggest(claim, 10)]


class Fts5(Engine):
    """SQLite's full-text index, with the text kept, Porter stemming, no stop words asked for."""

    name = "sqlite-fts5"

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.folder / "fts.db")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    def build(self, records: list[Record]) -> None:
        connection = self._connect()
        connection.execute(
            "CREATE VIRTUAL TABLE d USING fts5(key UNINDEXED, title, abstract, year UNINDEXED, "
            "kind UNINDEXED, tokenize='porter unicode61')"
        )
        self._add(connection, records)
        connection.close()

    @staticmethod
    def _add(connection: sqlite3.Connection, records: list[Record]) -> None:
        with connection:
            connection.executemany(
                "INSERT INTO d VALUES (?, ?, ?, ?, ?)",
                ((r.key, r.title, r.abstract, r.year, r.kind) for r in records),
            )

    def open(self) -> None:
        self.connection = self._connect()

    def _ask(self, match: str, years: tuple[int, int] | None = None) -> Keys:
        where, values = "d MATCH ?", [match]
        if years is not None:
            where += " AND year BETWEEN ? AND ?"
            values += [*years]  # type: ignore[list-item]
        rows = self.connection.execute(
            f"SELECT key, title FROM d WHERE {where} ORDER BY bm25(d) LIMIT 10",  # noqa: S608
            values,
        ).fetchall()
        return [row[0] for row in rows]

    def short(self, text: str) -> Keys:
        return self._ask(" ".join(f'"{word}"' for word in text.split()))

    def claim(self, text: str) -> Keys:
        return self._ask(" OR ".join(f'"{word}"' for word in content_words(text)))

    def structured(self, query: Structured) -> Any:
        words = [f'"{word}"' for word in query.words]
        if query.kind == "fields":
            return self._ask(f"title:{words[0]} AND {words[-1]}")
        if query.kind == "boolean":
            return self._ask(f"(({words[0]} OR {words[1]}) AND {words[2]}) NOT {words[-1]}")
        match = " OR ".join(words)
        if query.kind == "phrase-facets":
            match = f'"{" ".join(query.words)}"'
        found = self._ask(match, query.years)
        for column in ("year", "kind"):
            self.connection.execute(
                f"SELECT {column}, count(*) FROM d WHERE d MATCH ? AND year BETWEEN ? AND ? "  # noqa: S608
                f"GROUP BY {column}",
                (match, *query.years),
            ).fetchall()
        return found

    def update(self, records: list[Record]) -> None:
        connection = self._connect()
        self._add(connection, records)
        connection.execute("SELECT key FROM d WHERE d MATCH 'pain' LIMIT 1").fetchall()
        connection.close()


class Tantivy(Engine):
    """tantivy, English stemming, two writer threads."""

    name = "tantivy"

    def build(self, records: list[Record]) -> None:
        import tantivy

        schema = tantivy.SchemaBuilder()
        schema.add_text_field("key", stored=True, tokenizer_name="raw")
        for name in ("title", "abstract"):
            schema.add_text_field(name, stored=name == "title", tokenizer_name="en_stem")
        schema.add_integer_field("year", indexed=True, fast=True, stored=True)
        schema.add_text_field("kind", stored=True, fast=True, tokenizer_name="raw")
        self.index = tantivy.Index(schema.build(), path=str(self.folder))
        self._add(records, 2)

    def _add(self, records: list[Record], threads: int = 1) -> None:
        import tantivy

        writer = self.index.writer(128_000_000, threads)
        for r in records:
            writer.add_document(
                tantivy.Document(
                    key=r.key, title=r.title, abstract=r.abstract, year=r.year, kind=r.kind
                )
            )
        writer.commit()
        writer.wait_merging_threads()

    def open(self) -> None:
        import tantivy

        self.index = tantivy.Index.open(str(self.folder))
        self.index.reload()
        self.searcher = self.index.searcher()

    def _ask(self, query: str, facets: bool = False) -> Keys:
        parsed = self.index.parse_query(query, ["title", "abstract"])
        hits = self.searcher.search(parsed, 10).hits
        found = [self.searcher.doc(address).to_dict() for _, address in hits]
        if facets:
            rows = self.searcher.aggregate(
                parsed,
                {
                    "year": {"terms": {"field": "year", "size": 100}},
                    "kind": {"terms": {"field": "kind", "size": 100}},
                },
            )
            Counter(rows)
        return [document["key"][0] for document in found]

    def short(self, text: str) -> Keys:
        return self._ask(" AND ".join(text.split()))

    def claim(self, text: str) -> Keys:
        return self._ask(" OR ".join(content_words(text)))

    def structured(self, query: Structured) -> Any:
        words = query.words
        if query.kind == "fields":
            return self._ask(f"title:{words[0]} AND {words[-1]}")
        if query.kind == "boolean":
            return self._ask(f"({words[0]} OR {words[1]}) AND {words[2]} AND NOT {words[-1]}")
        low, high = query.years
        match = " OR ".join(words)
        if query.kind == "phrase-facets":
            match = f'"{" ".join(words)}"'
        return self._ask(f"({match}) AND year:[{low} TO {high}]", facets=True)

    def update(self, records: list[Record]) -> None:
        self._add(records)
        self.index.reload()
        self.index.searcher()


class Bm25s(Engine):
    """bm25s: one merged field, words only."""

    name = "bm25s"

    def build(self, records: list[Record]) -> None:
        import bm25s
        import Stemmer

        self.keys = [r.key for r in records]
        self.stemmer = Stemmer.Stemmer("english")
        tokens = bm25s.tokenize(
            [f"{r.title} {r.abstract}" for r in records],
            stopwords="en",
            stemmer=self.stemmer,
            show_progress=False,
        )
        self.model = bm25s.BM25()
        self.model.index(tokens, show_progress=False)
        self.model.save(str(self.folder))

    def open(self) -> None:
        import bm25s

        self.model = bm25s.BM25.load(str(self.folder))

    def claim(self, text: str) -> Keys:
        import bm25s

        tokens = bm25s.tokenize([text], stopwords="en", stemmer=self.stemmer, show_progress=False)
        found, _ = self.model.retrieve(tokens, k=10, show_progress=False)
        return [self.keys[int(number)] for number in found[0]]

    short = claim


class StockWhoosh(Engine):
    """The same Whoosh as it comes: its analyser, parser, writer settings and limited search."""

    name = "whoosh, stock"

    def build(self, records: list[Record]) -> None:
        from whoosh import fields, index
        from whoosh.analysis import StemmingAnalyzer

        schema = fields.Schema(
            key=fields.ID(stored=True, unique=True),
            title=fields.TEXT(analyzer=StemmingAnalyzer(), stored=True),
            abstract=fields.TEXT(analyzer=StemmingAnalyzer()),
            year=fields.NUMERIC(int, stored=True, sortable=True),
            kind=fields.ID(stored=True, sortable=True),
        )
        self.index = index.create_in(str(self.folder), schema)
        self._add(records)

    def _add(self, records: list[Record]) -> None:
        writer = self.index.writer()
        for r in records:
            writer.add_document(
                key=r.key, title=r.title, abstract=r.abstract, year=r.year, kind=r.kind
            )
        writer.commit()

    def open(self) -> None:
        from whoosh import index
        from whoosh.qparser import MultifieldParser, OrGroup

        self.index = index.open_dir(str(self.folder))
        self.searcher = self.index.searcher()
        self.all = MultifieldParser(["title", "abstract"], self.index.schema)
        self.any = MultifieldParser(["title", "abstract"], self.index.schema, group=OrGroup)

    def _ask(self, query: Any, **options: Any) -> Keys:
        hits = self.searcher.search(query, limit=10, **options)
        return [hits[i]["key"] for i in range(min(10, hits.scored_length()))]

    def short(self, text: str) -> Keys:
        return self._ask(self.all.parse(text))

    def claim(self, text: str) -> Keys:
        return self._ask(self.any.parse(" ".join(content_words(text))))

    def structured(self, query: Structured) -> Any:
        words = query.words
        if query.kind == "fields":
            return self._ask(self.all.parse(f"title:{words[0]} AND abstract:{words[-1]}"))
        if query.kind == "boolean":
            text = f"({words[0]} OR {words[1]}) AND {words[2]} AND NOT {words[-1]}"
            return self._ask(self.all.parse(text))
        low, high = query.years
        match = " OR ".join(words)
        if query.kind == "phrase-facets":
            match = f'"{" ".join(words)}"'
        parsed = self.all.parse(f"({match}) AND year:[{low} TO {high}]")
        hits = self.searcher.search(parsed, limit=10, groupedby=["year", "kind"])
        hits.groups("year")
        return [hits[i]["key"] for i in range(min(10, len(hits)))]

    def update(self, records: list[Record]) -> None:
        self._add(records)
        self.index.searcher().close()


ENGINES: tuple[type[Engine], ...] = (Ours, Fts5, Tantivy, Bm25s, StockWhoosh)
