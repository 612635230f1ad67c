"""Passwords: argon2id hashes, the rules for new ones, one-time passwords; what is kept of tokens.

Hashing takes a tenth of a second by intent: it is done before a transaction is opened to write, never in it.

Source of the rules: the security baseline (等保) practice of eight characters from three of four classes,
ten for administrators; `data.writes.logins` adds ninety days of life and the last five not used again.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data.errors import Refused

_ALPHABET = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679"  # nothing that is read as something else


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's second choice


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher().hash(password)


@cache
def _nobody() -> str:
    return hash_password(secrets.token_hex(16))


def verify_password(kept: str | None, password: str) -> bool:
    """Whether `password` is the one behind `kept`; takes as long when there is no such account."""
    try:
        _hasher().verify(kept if kept is not None else _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def check_new_password(password: str, username: str, *, admin: bool, old_hash: str | None = None) -> None:
    """Refuse a new password that is too easy.

    Raises
    ------
    Refused
        ``password_short``, ``password_long``, ``password_classes``, ``password_name`` or ``password_same``.
    """
    least = 10 if admin else 8
    if len(password) < least:
        raise Refused("password_short", field="new", least=least, found=len(password))
    if len(password) > 200:
        raise Refused("password_long", field="new", most=200)
    kinds = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    classes = sum(any(kind(c) for c in password) for kind in kinds)
    if classes < 3:
        raise Refused("password_classes", field="new", found=classes)
    if username.lower() in password.lower():
        raise Refused("password_name", field="new")
    if old_hash is not None and verify_password(old_hash, password):
        raise Refused("password_same", field="new")


def token_hash(token: str) -> str:
    """Return what is kept of a token; 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class OneTime:
    """A password that is shown once and must be changed at the first login, and the hash that is kept."""

    shown: str = field(repr=False)
    hashed: str


def one_time_password() -> OneTime:
    """Make a one-time password; call it before the transaction that keeps it."""
    shown = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3)) + "-9Aa"
    return OneTime(shown, hash_password(shown))
