"""Passwords: which are too easy, how they are hashed, how many are compared at once.

Hashed with Argon2id (RFC 9106, the library's recommended parameters), which takes 64 MB for a
moment: of many who sign in at once some wait for their turn, so that the memory is bounded.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from references.errors import UserError

SHORTEST, LONGEST = 12, 200
#: Decimal logarithm of the guesses that a password has to hold out: at one guess in ten seconds,
#: which is what signing in allows, ten to the ninth are three centuries.
GUESSES = 9.0
#: How many characters are looked at, as many as zxcvbn takes: more words are more than enough.
_LOOKED_AT = 72
#: Passwords compared at once in this process, and how long one more waits for its turn.
AT_ONCE = 2
PATIENCE = 5.0  # seconds
#: What people here build passwords of, beside the common passwords and English words of zxcvbn.
_COMMON = (
    *("motdepasse", "azerty", "azertyuiop", "bonjour", "soleil", "hopital", "clinique", "patient"),
    *("patiente", "docteur", "medecin", "infirmiere", "secret", "evidence", "references"),
    *("administrateur", "administrator", "editeur", "editor", "approver", "reader", "lecteur"),
    *("vulvodynie", "nevralgie", "pudendale", "cryoneurolyse", "douleur", "sante", "bienvenue"),
    *("janvier", "fevrier", "avril", "juillet", "octobre", "novembre", "decembre", "automne"),
)

_turns = threading.BoundedSemaphore(AT_ONCE)


class AccountError(UserError):
    """An account cannot be made or changed as asked."""


class Throttled(UserError):
    """Too many wrong passwords, or too many at once; `seconds` is how long to wait."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, round(seconds))
        super().__init__("Too many attempts; try again in {seconds} seconds.", seconds=self.seconds)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@contextmanager
def _turn() -> Iterator[None]:
    """One of the few places where a hash is worked out.

    Raises:
        Throttled: all are taken.
    """
    if not _turns.acquire(timeout=PATIENCE):
        raise Throttled(PATIENCE)
    try:
        yield
    finally:
        _turns.release()


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def hashed(password: str) -> str:
    """The hash of a password, to be stored.

    Raises:
        Throttled: too many are worked out already.
    """
    with _turn():
        return _hasher().hash(_normal(password))


def _nobodys() -> str:
    """A hash to compare with when the name is unknown, so that the answer takes as long.

    No password is known to have it, and writing it down takes no work.
    """
    how = _hasher()
    return (
        f"$argon2id$v=19$m={how.memory_cost},t={how.time_cost},p={how.parallelism}"
        f"${'A' * 22}${'A' * 43}"
    )


def matches(stored: str | None, password: str) -> bool:
    """Whether a password is the one of a stored hash; None for an account that there is not.

    Raises:
        Throttled: too many are worked out already; nothing was compared.
    """
    with _turn():
        try:
            _hasher().verify(stored or _nobodys(), _normal(password[: LONGEST + 1]))
        except (Argon2Error, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether a stored hash was made with other parameters than those of now."""
    return _hasher().check_needs_rehash(stored)


def check_password(password: str, name: str, person: str = "") -> None:
    """Refuse a password that is short, common or easy to guess (NIST SP 800-63B, 5.1.1.2).

    How many guesses it holds out is estimated by zxcvbn (Wheeler 2016): common passwords, names,
    words, dates, rows of keys, repetitions.

    Raises:
        AccountError: it is too short, too long or too easy.
    """
    plain = _normal(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise AccountError(
            "A password has {shortest} to {longest} characters; several words do.",
            shortest=SHORTEST,
            longest=LONGEST,
        )
    simple = "".join(plain.lower().split())
    own = (name.lower(), "".join(person.lower().split()))
    if len(set(simple)) < 5 or simple in own or _guesses(plain, name, person) < GUESSES:
        raise AccountError(
            "This password is too easy to guess: it is common, or a name, a date or a row of keys; "
            "take several words."
        )


def _guesses(plain: str, name: str, person: str) -> float:
    """Decimal logarithm of how many guesses a password holds out."""
    from zxcvbn import zxcvbn  # its lists take a moment to read

    known = [*name.lower().split("."), name.lower(), *person.lower().split(), *_COMMON]
    accents = unicodedata.normalize("NFD", plain)
    bare = "".join(letter for letter in accents if not unicodedata.combining(letter))
    return float(zxcvbn(bare.replace(" ", "")[:_LOOKED_AT], user_inputs=known)["guesses_log10"])
