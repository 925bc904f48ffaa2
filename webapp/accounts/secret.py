"""The key that signs session cookies: made once, kept in the instance, readable by us alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from references.errors import SettingError

NAME = "secret-key"
_BYTES = 48


def secret_key(instance: Path) -> bytes:
    """The key of an instance, made at the first call; two processes get the same.

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
