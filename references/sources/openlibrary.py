"""Open Library: books by their ISBN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from references.formats.json_items import at_path, objects_of, text_of, texts_of
from references.formats.names import read_name
from references.identifiers import isbn13
from references.normalise import year_of
from references.record import Reference
from references.sources.errors import BadAnswer
from references.sources.session import SERVICES
from references.sources.source import ISBN, Service, reads
from references.sources.work import Work, distinct, years_of

NAME = "openlibrary"


@reads(NAME)
def work_of(item: Mapping[str, Any]) -> Work:
    """The work of one edition, as `jscmd=data` describes it."""
    title, subtitle = text_of(item.get("title")), text_of(item.get("subtitle"))
    whole = f"{title}: {subtitle}" if title and subtitle else title
    names = [text_of(one.get("name")) for one in objects_of(item.get("authors"))]
    publishers = [text_of(one.get("name")) for one in objects_of(item.get("publishers"))]
    date, key = text_of(item.get("publish_date")), text_of(item.get("key"))
    reference = Reference(
        "",
        type="book",
        title=whole,
        authors=tuple(author for name in names if name and (author := read_name(name))),
        year=year_of(date),
        publisher=next(filter(None, publishers), ""),
    )
    return Work(
        source=NAME,
        id=key.rsplit("/", 1)[-1],
        address=f"https://openlibrary.org{key}" if key else "https://openlibrary.org/",
        reference=reference,
        years=years_of([date]),
        titles=distinct([whole, title]),
        kind="book",
    )


class OpenLibrary(Service):
    """Questions to Open Library, by its identifiers of books."""

    id = NAME
    name = SERVICES[NAME].name
    answers = frozenset({ISBN})
    stands_in = True

    def by_isbn(self, isbn: str) -> Work | None:
        """The edition of an ISBN, or None."""
        name = f"ISBN:{isbn}"
        answer = self._session.get(
            NAME,
            "api/books",
            {"bibkeys": name, "format": "json", "jscmd": "data"},
            refresh=self._refresh,
        )
        if answer is None or not isinstance(answer.data, Mapping):
            raise BadAnswer(self.name, "Open Library's answer is not a list of books.")
        item = answer.data.get(name)
        if item is None:
            return None
        work = work_of(item, answer)
        numbers = [
            isbn13(number)
            for kind in ("isbn_10", "isbn_13")
            for number in texts_of(at_path(item, "identifiers", kind))
        ]
        if numbers and isbn not in numbers:
            raise BadAnswer(self.name, "Open Library's answer is about another book.")
        return work
