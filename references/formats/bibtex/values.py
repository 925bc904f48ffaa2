"""What several fields of an entry say together, and values that only we can read.

BibLaTeX writes the second half of a title in a field of its own, and programs call the number
of an article by many names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from pybtex.bibtex.utils import split_name_list

from references.formats.field_values import as_extra
from references.formats.latex import decode, is_stacked, text_of
from references.formats.name_lists import joined_names
from references.normalise import plain_pages
from references.record import Reference

_SUBTITLES = {
    "subtitle": ("title",),
    "journalsubtitle": ("journaltitle", "journal"),
    "booksubtitle": ("booktitle",),
}
_NUMBERS = ("eid", "articleno", "article-number", "art_number", "article_number", "articlenumber")
_NAMES = ("author", "editor", "translator")
#: Fields that are lists to BibLaTeX, their items joined by "and".
_LISTS = ("publisher", "institution", "organization", "school", "address", "location")
#: What is nearly always plain, so that most values are looked at once.
_SUSPECT = re.compile(r"[<&\\\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MARKUP = re.compile(r"\\(?:textless|less\b)|\\text(?:sub|super)script")


def _main_of(subtitle: str, values: Mapping[str, str]) -> str:
    """The name of the title that a subtitle completes; "" when the entry has none."""
    return next((name for name in _SUBTITLES.get(subtitle, ()) if values.get(name)), "")


def with_subtitles(values: Mapping[str, str]) -> Mapping[str, str]:
    """The fields of an entry, those of subtitles joined to the titles that they complete."""
    if not _SUBTITLES.keys() & values.keys():
        return values
    joined = dict(values)
    for name in _SUBTITLES:
        if main := _main_of(name, values):
            joined[main] = _joined(values[main], joined.pop(name, ""))
    return joined


def _joined(title: str, subtitle: str) -> str:
    if not subtitle or text_of(subtitle).casefold() in text_of(title).casefold():
        return title
    return f"{title} {subtitle}" if title.rstrip("} ")[-1:] in ".?!:" else f"{title}: {subtitle}"


def without_stale_subtitles(written: dict[str, str], as_read: Mapping[str, str]) -> None:
    """Take away the subtitles of titles that are no longer written as they were read."""
    for name in _SUBTITLES.keys() & written.keys():
        main = _main_of(name, as_read)
        if main and written.get(main) != as_read[main]:
            del written[name]


def article_number(values: Mapping[str, str]) -> str:
    """The number that an article has instead of pages."""
    numbers = (plain_pages(text_of(values[name])) for name in _NUMBERS if name in values)
    return next(filter(None, numbers), "")


def splits_names(name: str, value: str) -> bool:
    """True for a list of names that misses its "and": it is read all the same."""
    return name in _NAMES and any(len(joined_names(one)) > 1 for one in split_name_list(value))


def one_item(source: str) -> str:
    """A value as the only item of a list: "{Springer Science and Business Media}"."""
    return f"{{{source}}}" if _has_and(source) else source


def _has_and(source: str) -> bool:
    """True for a value that BibLaTeX takes for a list."""
    return " and " in source and len(split_name_list(source)) > 1


def _is_foreign(name: str, value: str) -> bool:
    """True for a value that others would read as another text than we do."""
    if name in _LISTS and _has_and(value):
        return True
    if name in _NAMES and ("=" in value or splits_names(name, value)):
        return True
    if not _SUSPECT.search(value):
        return False
    return (
        bool(_MARKUP.search(value))
        or is_stacked(value)
        or text_of(value) != " ".join(decode(value).split())
    )


def for_others(reference: Reference) -> Reference:
    """The reference with values that others would misread as its own words for them.

    These are tags and entities of web pages, characters that nobody sees, names without "and", and
    names of one publisher with it.
    """
    foreign = {name for name, raw in reference.as_read.items() if _is_foreign(name, raw)}
    if not foreign:
        return reference
    extra = dict(reference.extra)
    for name in foreign.difference(_NAMES) & extra.keys():
        source = as_extra(text_of(extra[name]))
        extra[name] = one_item(source) if name in _LISTS else source
    as_read = {name: raw for name, raw in reference.as_read.items() if name not in foreign}
    return replace(reference, extra=extra, as_read=as_read)
