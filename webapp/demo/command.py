"""`evidence demo`: make the demonstration, publish it, serve it, say what to look at."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import click
from platformdirs import user_data_dir

from evidence.cli.context import Context, command
from references.errors import SettingError

if TYPE_CHECKING:
    from webapp.demo.making import Demonstration


@command("demo")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where it is made (default: evidence-demo beside your data folder).",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8001, show_default=True, type=click.IntRange(1, 65535), help="Port."
)
@click.option("--no-serve", is_flag=True, help="Make and publish it, and serve nothing.")
def demo(context: Context, folder: Path | None, host: str, port: int, no_serve: bool) -> None:
    """Show a page of our own, examined claim by claim.

    The page is that of a clinic that does not exist; the claims, verdicts and studies are those of
    the bundled texts. One claim is signed, by nobody real, and the pages for a web host are written
    too. It has a folder and an instance of its own (another only where --instance names it), needs
    no network, and can be run again.

    \b
    Examples:
      evidence demo
      evidence demo --folder ~/demo --no-serve --json
    """
    from webapp.demo.making import make
    from webapp.serve import address_of, working
    from webapp.workers import in_this_process, listen

    if context.kb_option:
        raise SettingError("The demonstration is made of the bundled base; leave out --kb.")
    listening = None if no_serve else listen(host, port)
    folder = (folder or Path(user_data_dir("evidence-demo", False))).expanduser().absolute()
    instance = context.instance if context.instance_option else None
    context.note("Making the demonstration in {folder}", folder=folder)
    made = make(folder, instance)
    pages = _publish(context, made)

    def announce(address: str | None) -> None:
        context.emit(_document(made, pages, address), lambda: _show(context, made, pages, address))

    if listening is None:
        announce(None)
        return
    from webapp import create_app

    work = working(lambda: create_app(made.base, made.instance), threads=8)
    in_this_process(listening, work, lambda: announce(address_of(listening)))


def _publish(context: Context, made: Demonstration) -> int:
    """How many pages were written for a web host; 0 where Pagefind is not installed."""
    from evidence.extras import MissingExtra
    from webapp.publish.publisher import publish_to

    progress = context.progress("Making pages:", 1)
    try:
        done = publish_to(
            made.base,
            made.published,
            progress=lambda pages: progress(pages, 0),
            instance=made.instance,
        )
    except MissingExtra as missing:
        context.note(missing)
        return 0
    progress(done.pages, done.pages)
    return done.pages


def _document(made: Demonstration, pages: int, address: str | None) -> dict[str, Any]:
    """The form of `--json`."""
    from webapp.demo.making import SIGNED, TEXT

    return {
        "folder": str(made.folder),
        "kb": str(made.base.folder),
        "instance": str(made.instance),
        "published": str(made.published) if pages else None,
        "pages": pages,
        "text": TEXT,
        "claims": len(made.base.text(TEXT).claims),
        "references": len(made.base.library),
        "signed": SIGNED,
        "address": address,
    }


def _show(context: Context, made: Demonstration, pages: int, address: str | None) -> None:
    """What was made, what to look at in a browser, and what to type in a second terminal."""
    from webapp.demo.making import SIGNED, TEXT
    from webapp.serve import account_command

    context.say(
        "A page of a clinic that does not exist: {claims} claims, {references} references, one "
        "claim signed as an example by a person who does not exist.",
        claims=len(made.base.text(TEXT).claims),
        references=len(made.base.library),
    )
    base, instance = made.base.folder, made.instance
    if address is None:
        serve = (
            f"evidence serve --kb {shlex.quote(str(base))} --instance {shlex.quote(str(instance))}"
        )
        context.say("To look at it:\n  {command}", command=serve)
    else:
        text = f"{address}texts/{TEXT}"
        context.say("Serving it on {address} (Ctrl-C stops it). Look at", address=address)
        text = f"{address}texts/{TEXT}"
        question = quote_plus("combien de temps dure la séance")
        context.say("  the page, each claim marked with its verdict:\n    {address}", address=text)
        context.say(
            "  one claim, how sure it is, its studies, who signed:\n    {address}",
            address=f"{text}/claims/{SIGNED}",
        )
        context.say(
            "  the sources it prints, one of them with a wrong year:\n    {address}",
            address=f"{address}sources/{TEXT}",
        )
        context.say("  a question asked:\n    {address}", address=f"{address}search?q={question}")
    if pages:
        show = f"python3 -m http.server --directory {shlex.quote(str(made.published))}"
        context.say(
            "{pages} pages for any web host; to look at them:\n  {command}",
            pages=pages,
            command=show,
        )
    context.say(
        "To decide and sign at /desk, an account first:\n  {command}",
        command=account_command(base, instance),
    )
