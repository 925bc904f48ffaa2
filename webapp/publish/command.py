"""`evidence publish`: the command; what it does is imported when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from evidence.cli.context import FINDINGS, Context, command
from references.concepts import LANGUAGES
from references.errors import SettingError

if TYPE_CHECKING:
    from webapp.publish.publisher import PublishedSite


def _lines(done: PublishedSite) -> Iterable[str]:
    yield f"{done.pages} pages, {done.files} files; {done.written} written, {done.removed} removed."
    if done.kept:
        yield f"Left, because somebody changed them: {', '.join(done.kept[:20])}"
    if done.broken:
        yield f"{len(done.broken)} links lead nowhere:"
        yield from done.broken[:20]


@command("publish")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="fr",
    show_default=True,
    help="Language of the first pages; the others lie in a folder below.",
)
@click.option(
    "--address",
    default="",
    metavar="URL",
    help="Where the files will stand; needed for feeds, annotations, linked data and sitemap.",
)
def publish(context: Context, folder: Path, language: str, address: str) -> None:
    """Write the reader as static files, with a search that runs in the browser.

    Publishing again writes only what has changed and removes what is gone. Exits with 1 when a
    link leads nowhere.

    \b
    Examples:
      evidence publish public
      evidence publish public --language en --address https://www.example.org/evidence
    """
    from webapp.publish.publisher import publish_to

    parts = urlsplit(address)
    if address and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query):
        raise SettingError(
            "'{address}' is not the address of a site; write https://…", address=address
        )
    progress = context.progress("Making pages:", 1)
    done = publish_to(
        context.kb,
        folder.expanduser(),
        language,
        address,
        lambda pages: progress(pages, 0),
        context.instance_path,
    )
    progress(done.pages, done.pages)
    context.emit(done.as_dict(), "\n".join(_lines(done)))
    context.finish(FINDINGS if done.broken else 0)
