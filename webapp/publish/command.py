"""`evidence publish DIR`: make the static files of an instance."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import click

from evidence.cli.context import FINDINGS, Context, command
from evidence.knowledge import KnowledgeBase
from evidence.standing import Assembler
from references.errors import SettingError
from webapp.publish.publisher import Progress, PublishedSite, Publisher
from webapp.publish.staticpages import Places
from webapp.wording.language import LANGUAGES


def publish_to(
    kb: KnowledgeBase,
    folder: Path,
    language: str = "fr",
    address: str = "",
    progress: Progress | None = None,
    instance: Path | None = None,
) -> PublishedSite:
    """Publish a knowledge base; `language` is that of the first pages, the other lies below.

    The decisions of `instance` are in it; without one, the registers are published as written.

    `address` is where the files will stand ("https://example.org/texts"); without it there are
    no feeds, annotations and linked data, whose addresses must be absolute. `progress` is told
    how many pages are made.

    Raises:
        SettingError: Pagefind is not installed, or the folder cannot be used.
    """
    from webapp import create_app

    if find_spec("pagefind") is None or find_spec("pagefind_bin") is None:
        raise SettingError(
            "Publishing needs Pagefind for the search; "
            "install it with: pip install 'evidence-base[publish]'"
        )
    places = Places((language, *(o for o in LANGUAGES if o != language)), address.rstrip("/"))
    own = Path(tempfile.mkdtemp(prefix="evidence-publish-"))  # of the app that makes the pages
    assembler = Assembler(kb, instance or own)
    try:
        app = create_app(kb, own, settings={"SHOW_ORIGINALS": False}, assembler=assembler)
        return Publisher(app, folder, places, progress).run()
    finally:
        assembler.close()
        shutil.rmtree(own, ignore_errors=True)


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
    parts = urlsplit(address)
    if address and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query):
        raise SettingError(
            "'{address}' is not the address of a site; write https://…", address=address
        )
    with context.stderr.status("Making pages") as status:
        done = publish_to(
            context.kb,
            folder.expanduser(),
            language,
            address,
            lambda pages: status.update(f"Making pages: {pages}"),
            context.instance_path,
        )
    context.emit(done.as_dict(), "\n".join(_lines(done)))
    context.finish(FINDINGS if done.broken else 0)
