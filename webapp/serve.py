"""`evidence serve`: the app on a production server (waitress)."""

from __future__ import annotations

import errno
import shlex
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evidence.cli.context import Context, command
from evidence.journal import JournalError
from evidence.wording.catalogue import preferred_language
from references.errors import SettingError

if TYPE_CHECKING:
    from flask import Flask

#: How waitress serves strangers. It hands on what proxies say, which `webapp.accounts.proxies`
#: alone believes or drops, and refuses by its announced size what nobody may send, before any
#: of it is written to disk. A connection that says nothing is closed, and there is room for
#: some hundreds of slow ones beside those that ask.
ADJUSTMENTS = {
    "ident": "evidence",
    "clear_untrusted_proxy_headers": False,
    "max_request_header_size": 64 * 1024,  # bytes
    "connection_limit": 500,
    "asyncore_use_poll": True,  # select() ends at 1,024 files
    "channel_timeout": 30,  # seconds
    "cleanup_interval": 10,  # seconds
}


def make_server(app: Flask, host: str, port: int, threads: int) -> Any:
    """The production server of an app, listening but not yet running (waitress).

    Args:
        app: what is served.
        host: the address to listen on.
        port: 0 for one that the system chooses.
        threads: how many requests are answered at once.
    """
    from waitress import create_server

    from webapp.accounts.session import MAX_UPLOAD

    return create_server(
        app,
        host=host,
        port=port,
        threads=threads,
        max_request_body_size=MAX_UPLOAD + 1,  # as much is refused
        **ADJUSTMENTS,
    )


def refuse_taken(host: str, port: int) -> None:
    """Raise `SettingError` when the address cannot be listened on."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise SettingError(
            "'{host}' is not an address of this machine; try 127.0.0.1.", host=host
        ) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingError(
                "Port {port} on {host} is in use by another program; stop it or choose "
                "another port, for example --port {value}.",
                port=port,
                host=host,
                value=port + 1,
            ) from error
        raise SettingError(
            "Cannot listen on {host}:{port} ({reason}); choose another address or port.",
            host=host,
            port=port,
            reason=error,
        ) from error


@command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port."
)
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64))
def serve(context: Context, host: str, port: int, threads: int) -> None:
    """Serve the texts, the library and the search in a browser.

    \b
    Example:
      evidence serve --port 8080
    """
    from webapp import create_app

    refuse_taken(host, port)
    app = create_app(context.kb, context.instance)

    def announce(address: str) -> None:
        context.emit({"address": address}, lambda: _welcome(context, app, address))

    run(app, host, port, threads, announce)


def run(app: Flask, host: str, port: int, threads: int, announce: Callable[[str], None]) -> None:
    """Serve an app until it is interrupted; `announce` is told the address once it listens."""
    server = make_server(app, host, port, threads)
    printable = f"[{host}]" if ":" in host else host
    announce(f"http://{printable}:{port}/")
    try:
        server.run()
    finally:
        server.close()


def _welcome(context: Context, app: Flask, address: str) -> None:
    """What to open, and how somebody gets to the desk when nobody has an account."""
    name = context.kb.name(preferred_language())
    context.say("Serving {name} on {address} (Ctrl-C stops it)", name=name, address=address)
    try:
        if app.extensions["site"].has_accounts:
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
