"""The phrases of pages in the language of the request, by gettext, in code and in templates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Flask
from markupsafe import Markup
from werkzeug.local import LocalProxy

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


def lazy(make: Callable[..., str], *arguments: Any) -> LocalProxy[str]:
    """A text that is made when it is shown: the language of the request is known then only."""
    return LocalProxy(partial(make, *arguments))


def plural(one: str, many: str) -> Callable[[int], str]:
    """A phrase named where no request is under way, about as many things as are told then."""
    return partial(ngettext, one, many)


def lazy_gettext(phrase: str) -> LocalProxy[str]:
    """A phrase named where no request is under way."""
    return lazy(gettext, phrase)


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
