"""The phrases of pages in the language of the request, by gettext, in code and in templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import total_ordering
from typing import Any

from flask import Flask
from markupsafe import Markup

from evidence.wording import dates
from evidence.wording.catalogue import translations
from webapp.wording.language import chosen_language


def gettext(phrase: str, **values: object) -> str:
    """A phrase in the language of the request, with what stands in its %(places)s."""
    text = translations(chosen_language()).gettext(phrase)
    return text % values if values else text


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """A phrase in the singular or the plural; `num`, which decides, is one of its values."""
    text = translations(chosen_language()).ngettext(one, many, num)
    return text % {"num": number(num), **values}


def _counted(one: str, many: str, num: int, **values: object) -> Markup:
    """As `ngettext`, for templates: the values are escaped, the phrase is ours."""
    text = translations(chosen_language()).ngettext(one, many, num)
    return Markup(text) % {"num": number(num), **values}  # noqa: S704 - a phrase of ours


@total_ordering
class LazyString:
    """A text that is made when it is shown: the language of the request is known then only."""

    def __init__(self, make: Callable[..., str], *arguments: Any) -> None:
        self._make, self._arguments = make, arguments

    def __str__(self) -> str:
        return self._make(*self._arguments)

    __html__ = __repr__ = __str__

    def __getattr__(self, name: str) -> Any:
        return getattr(str(self), name)

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __add__(self, other: str) -> str:
        return f"{self}{other}"

    def __radd__(self, other: str) -> str:
        return f"{other}{self}"

    def __getitem__(self, part: int | slice) -> str:
        return str(self)[part]

    def __contains__(self, part: str) -> bool:
        return part in str(self)

    def __iter__(self) -> Iterator[str]:
        return iter(str(self))

    def __len__(self) -> int:
        return len(str(self))


def lazy_gettext(phrase: str) -> LazyString:
    """A phrase named where no request is under way."""
    return LazyString(gettext, phrase)


def install(app: Flask) -> None:
    """Give templates `_`, plurals, and dates and numbers in the language of the request."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda phrase: translations(chosen_language()).gettext(phrase),
        lambda one, many, num: translations(chosen_language()).ngettext(one, many, num),
        newstyle=True,
    )
    app.jinja_env.globals["ngettext"] = _counted
    app.jinja_env.filters["day"] = day
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["number"] = number


def day(value: date | None) -> str:
    """A date in words."""
    return dates.day(value, chosen_language())


def moment(value: datetime) -> str:
    """A time in UTC, with its date."""
    return dates.moment(value, chosen_language())


def number(value: float) -> str:
    """A number with its thousands set apart."""
    return dates.number(value, chosen_language())
