"""The key that signs session cookies: made once, kept in the instance, readable by us alone.

Servers of one database have one key: `EVIDENCE_SECRET_KEY`, else the one that the first of them put
into the database. The copy in the instance is for a start while the database is away.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from evidence.instance import is_shared
from evidence.journal.documents import documents_of
from references.errors import SettingError
from references.files import replacing

NAME = "secret-key"
KIND = "secret"  # of the document in which servers have their key
SETTING = "EVIDENCE_SECRET_KEY"
_BYTES = 48


def secret_key(instance: Path) -> bytes:
    """The key of an instance, as far as that is known without its database.

    Raises:
        SettingError: it cannot be made or read, or is too short to be one of ours.
    """
    return os.environ.get(SETTING, "").strip().encode() or _own_key(instance)


def needs_agreement(instance: Path) -> bool:
    """Whether other servers have a say in the key."""
    return is_shared(instance) and not os.environ.get(SETTING, "").strip()


def agreed_key(instance: Path, own: bytes) -> bytes:
    """The key of all servers of a database: that of the first who asked.

    Args:
        instance: whose database it is; the key is kept there too.
        own: what is proposed where there is none.

    Raises:
        JournalUnavailable: the database cannot be used.
        SettingError: the instance cannot be written.
    """
    key = documents_of(instance).change(KIND, "session-key", lambda known: known or own).body
    if key != own:
        with replacing(instance / NAME, mode=0o600) as stream:
            stream.write(key)
    return key


def _own_key(instance: Path) -> bytes:
    """The key in an instance, made at the first call; two processes get the same.

    Raises:
        SettingError: it cannot be made or read, or is too short to be one of ours.
    """
    path = instance / NAME
    try:
        instance.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            mine = instance / f".{NAME}.{os.getpid()}.{secrets.token_hex(4)}"
            handle = os.open(mine, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                with os.fdopen(handle, "w") as stream:
                    stream.write(secrets.token_urlsafe(_BYTES))
                    stream.flush()
                    os.fsync(stream.fileno())
                # Refuses when somebody was faster: then theirs is the key.
                os.link(mine, path)
            except FileExistsError:
                pass
            finally:
                mine.unlink(missing_ok=True)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        key = path.read_bytes().strip()
    except OSError as error:
        raise SettingError(
            "The key of sessions {path} cannot be made or read ({reason}); check the "
            "permissions of the instance folder.",
            path=path,
            reason=error,
        ) from error
    if len(key) < 32:
        raise SettingError("{path} is too short to be a key; remove it and start again.", path=path)
    return key
