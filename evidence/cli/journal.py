"""`evidence journal`, `user`, `backup` and `restore`: decisions, people, safe copies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evidence.cli.context import FINDINGS, Context, command, phrase
from evidence.wording import terms
from evidence.wording.catalogue import preferred_language
from references.errors import NotFound, SettingError, message

if TYPE_CHECKING:
    from evidence.journal.accounts import Account

ROLE_NAMES = ("reader", "editor", "approver", "administrator")


@click.group("journal")
def journal() -> None:
    """Write decisions back into the registers, export them, check the chain."""


@command("apply", journal)
@click.argument("text_id", metavar="[ID]", required=False)
@click.option("--signed", is_flag=True, help="Only claims whose signature holds.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
def apply(context: Context, text_id: str | None, signed: bool, dry_run: bool) -> None:
    """Write what was decided into the YAML registers, for git.

    Comments, order and every line that did not change stay as they are.

    \b
    Example:
      evidence journal apply vulvodynie-cryoneurolyse --dry-run
    """
    from evidence.journal import Entry
    from evidence.journal.apply import KINDS, apply_states
    from evidence.standing import Assembler

    assembler = Assembler(context.kb, context.instance)
    standing = assembler.now()
    written = []
    for one in [standing.text(text_id)] if text_id else standing.texts.values():
        text = one.whole().registered
        path = context.kb.text_path(text.id)
        now = one.text
        states = one.states.values()
        done = apply_states(path, text, states, now.sources, signed, dry_run, now)
        written.append(done)
        if not done.is_empty and not dry_run:
            payload = {**done.as_dict(), "file": path.name}
            assembler.journal.record(Entry("evidence", "applied", text.id, payload=payload))
    assembler.close()

    def show() -> None:
        for one in written:
            if one.is_empty:
                context.say("{text}: nothing to write", text=one.text_id)
                continue
            done = "{text}: would be written to {path}" if dry_run else "{text}: written to {path}"
            context.say(done, text=one.text_id, path=one.path)
            for kind in KINDS:
                if names := getattr(one, kind):
                    label = terms.name("applied", kind, preferred_language())
                    line = phrase("{place}: {problem}", place=label, problem=tuple(names))
                    click.echo(f"  {line}")

    context.emit({"dry_run": dry_run, "texts": [one.as_dict() for one in written]}, show)


@command("export", journal)
@click.option("--text", "text_id", metavar="ID", help="Only events of this text.")
@click.option("--output", type=click.Path(path_type=Path), help="Write to this file.")
def export(context: Context, text_id: str | None, output: Path | None) -> None:
    """Export every event as JSON Lines, oldest first.

    \b
    Example:
      evidence journal export --output journal.jsonl
    """
    import json

    from evidence.journal.archive import lines
    from references.files import write_atomic

    with context.journal() as journal:
        rows = [
            line for line in lines(journal) if not text_id or json.loads(line)["text"] == text_id
        ]
    if text_id and not rows:  # of a text that is gone the journal still speaks
        context.standing.text(text_id)
    if output:
        write_atomic(output, "".join(rows))
        context.emit(
            {"events": len(rows), "file": str(output)},
            message("{count} events to {file}", count=len(rows), file=output),
        )
    elif context.as_json:
        context.emit([json.loads(line) for line in rows], "")
    else:
        click.echo("".join(rows), nl=False)


@command("verify", journal)
@click.option("--head", default="", metavar="HASH", help="A head noted earlier: must be there.")
def verify(context: Context, head: str) -> None:
    """Recompute the chain of the journal; ends with 1 when something was altered.

    \b
    Example:
      evidence journal verify
    """
    from evidence.instance import has_journal

    if not has_journal(context.instance):
        raise NotFound(
            "There is no journal in {instance}: nothing was recorded there. Name the "
            "instance with --instance DIR or EVIDENCE_INSTANCE, or restore a backup.",
            instance=context.instance,
        )
    with context.journal() as journal:
        checked = journal.verify(head)
    verdict = message("The journal verifies.")
    if not checked.ok:
        verdict = message("The journal does NOT verify: {problem}.", problem=checked.problem)
    context.emit(
        checked.as_dict(),
        message("{verdict} {events} events, head {head}", verdict=verdict, **vars(checked)),
    )
    context.finish(0 if checked.ok else FINDINGS)


@click.group("user")
def user() -> None:
    """People who may sign in."""


def _plain(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "person": account.person,
        "role": account.role,
        "disabled": account.disabled,
        "created": account.created.isoformat(),
    }


@command("add", user)
@click.argument("name")
@click.option("--role", type=click.Choice(ROLE_NAMES), default="editor", show_default=True)
@click.option("--person", default="", help="The name shown and signed with (default: NAME).")
@click.option("--replace", is_flag=True, help="Give an existing account this role and password.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(
    context: Context, name: str, role: str, person: str, replace: bool, password_stdin: bool
) -> None:
    """Make an account; asks for the password twice.

    \b
    Example:
      evidence user add c.martin --role approver --person "Dr Claire Martin"
    """
    from evidence.journal.accounts import AccountError, Accounts

    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif not sys.stdin.isatty():  # where it would be asked, it would be shown as it is typed
        raise AccountError(
            "No password was given; type it at a terminal or send it with --password-stdin."
        )
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    with context.journal() as journal:
        account = Accounts(journal).add(name, role, password, person, replace)
    context.emit(
        _plain(account),
        message("{name} ({person}) may sign in as {role}.", **_plain(account)),
    )


@command("list", user)
def list_(context: Context) -> None:
    """List the accounts.

    \b
    Example:
      evidence user list
    """
    from evidence.journal.accounts import Accounts

    with context.journal() as journal:
        accounts = Accounts(journal).all()

    context.emit_table(
        [_plain(one) for one in accounts],
        ("name", "person", "role", "state"),
        ((o.name, o.person, o.role, "disabled" if o.disabled else "active") for o in accounts),
        message("{count} accounts", count=len(accounts)),
    )


@command("disable", user)
@click.argument("name")
def disable(context: Context, name: str) -> None:
    """Close an account and end its sessions; what it wrote and signed stays.

    \b
    Example:
      evidence user disable c.martin
    """
    from evidence.journal.accounts import Accounts

    with context.journal() as journal:
        account = Accounts(journal).disable(name)
    context.emit(_plain(account), message("{name} can no longer sign in.", name=account.name))


@command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Overwrite a file that is there.")
def backup(context: Context, file: Path, replace: bool) -> None:
    """Write journal, accounts, pages, brought texts and drafts into one file.

    A file that is there, perhaps an older backup, is left alone without --replace.

    \b
    Example:
      evidence backup evidence-2026-03-01.tar.gz
    """
    from evidence.journal.archive import backup as write_backup

    if file.exists() and not replace:
        raise SettingError(
            "{file} is there already; name another file, or overwrite it with --replace.", file=file
        )
    with context.journal() as journal:
        manifest = write_backup(journal, context.instance, file)
    context.emit(
        {"file": str(file), **manifest},
        message(
            "{events} events, {accounts} accounts and {files} files (pages, texts, drafts) in "
            "{file}",
            **{**manifest, "file": file},
        ),
    )


@command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(context: Context, file: Path) -> None:
    """Fill a new, empty instance from a backup; nothing is ever overwritten.

    \b
    Example:
      evidence restore evidence-2026-03-01.tar.gz --instance /srv/evidence
    """
    from evidence.journal.archive import restore as read_backup

    with context.journal() as journal:
        manifest = read_backup(journal, context.instance, file)
    context.emit(
        {"file": str(file), **manifest},
        message(
            "Restored {events} events and {accounts} accounts from {file} (made {made}).",
            **{**manifest, "file": file},
        ),
    )
