"""`evidence serve`: the app on its production server, in one process or several."""

from __future__ import annotations

import shlex
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from evidence.cli.context import Context, command
from evidence.instance import has_journal
from evidence.journal import JournalError
from evidence.wording.catalogue import LANGUAGES, preferred_language
from references.errors import UserError
from webapp.workers import (
    LINGERING,
    STOPPING,
    Work,
    Workers,
    be_a_child,
    can_fork,
    given_socket,
    in_this_process,
    listen,
)

if TYPE_CHECKING:
    from flask import Flask

    from webapp.site import Site
    from webapp.wording.templates import LanguageEnvironment


@command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port."
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes; as many as there are processors serve most.",
)
@click.option(
    "--threads",
    default=8,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Requests answered at once in a process.",
)
@click.option(
    "--linger",
    default=LINGERING,
    show_default=True,
    type=click.FloatRange(0, 600),
    help="Seconds after SIGTERM in which requests are still taken and /healthz says stopping.",
)
def serve(
    context: Context, host: str, port: int, workers: int, threads: int, linger: float
) -> None:
    """Serve the texts, the library and the search in a browser.

    SIGTERM finishes the requests under way and ends; SIGHUP starts again without an interruption.

    \b
    Example:
      evidence serve --port 8080 --workers 2
    """
    from evidence.environment import refuse_wrong_settings
    from webapp.http import logs, metrics

    refuse_wrong_settings()
    logs.configure()
    given = given_socket()
    listening = given[0] if given else listen(host, port)

    def load() -> Flask:
        from webapp import create_app
        from webapp.desk.setup import settle

        anew = Context(context.kb_option, context.instance_option, context.as_json)
        try:
            app = create_app(anew.kb, anew.instance)
            settle(app)
            return app
        except UserError as error:
            context.note(error)
            sys.exit(2)

    def announce() -> None:
        address = address_of(listening)
        context.emit({"address": address}, lambda: _welcome(context, address))

    work = working(load, threads)
    typed = [sys.executable, *sys.orig_argv[1:]]
    with metrics.shared():
        if given:
            be_a_child(listening, work, given[1])
        elif can_fork():
            Workers(listening, work, workers, typed, linger).run(announce)
        else:
            in_this_process(listening, work, announce)


def working(load: Callable[[], Flask], threads: int) -> Work:
    """What a process does with a socket: it loads an app and serves it.

    Args:
        load: makes the app, in the process that serves it.
        threads: how many requests are answered at once.
    """

    def work(
        listening: socket.socket, goes_on: Callable[[], bool], ready: Callable[[], None]
    ) -> None:
        from webapp.http import health
        from webapp.server import make_server

        app = load()
        server = make_server(app, listening, threads)
        if STOPPING is not None:
            signal.signal(STOPPING, lambda _number, _frame: health.stopping.set())
        ready()
        threading.Thread(target=warm, args=(app,), daemon=True).start()
        server.serve(goes_on)

    return work


def warm(app: Flask) -> None:
    """Read what the first readers would wait for: the index, if there is one, and templates."""
    from evidence.search import index_stamp
    from webapp.http import watching

    site = cast("Site", app.extensions["site"])
    with suppress(UserError, OSError):  # whoever searches is told
        if index_stamp(site.kb, site.instance):
            site.open_engine()
    environment = cast("LanguageEnvironment", app.jinja_env)
    for language in LANGUAGES:
        for name in environment.list_templates(["html"]):
            if not name.startswith("desk/"):
                environment.in_language(language).get_template(name)
    watching.settle()


def address_of(listening: socket.socket) -> str:
    """What to type into a browser to come to a socket."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _welcome(context: Context, address: str) -> None:
    """What to open, and how somebody gets to the desk when nobody has an account."""
    from evidence.journal.accounts import Accounts

    name = context.kb.name(preferred_language())
    context.say("Serving {name} on {address} (Ctrl-C stops it)", name=name, address=address)
    try:
        if has_journal(context.instance):
            with context.journal() as journal:
                if not Accounts(journal).is_empty:
                    return
    except JournalError:  # the desk says so itself
        return
    context.say(
        "Nobody can sign in to the desk yet. The first account, in a second terminal:\n  {command}",
        command=account_command(context.kb_option, context.instance_option),
    )


def account_command(kb: str | Path | None, instance: str | Path | None) -> str:
    """The command that makes the first account of a base and an instance; None: the usual ones."""
    from webapp.accounts.session import FIRST_ACCOUNT

    options = ((name, value) for name, value in (("--kb", kb), ("--instance", instance)) if value)
    return " ".join((FIRST_ACCOUNT, *(f"{name} {shlex.quote(str(v))}" for name, v in options)))
