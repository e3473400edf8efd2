"""Password hashing: argon2id, above the OWASP minimum of 19 MiB, two passes, one lane."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from insurer.accounts.rules import LONGEST, normal_password

_HASHER = PasswordHasher(time_cost=2, memory_cost=24 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, with its own salt and parameters inside."""
    return _HASHER.hash(normal_password(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Compare a password with a hash; without a hash the same work is done and the answer is no."""
    plain = normal_password(password)[: LONGEST + 1]
    try:
        return _HASHER.verify(password_hash or _nobody(), plain) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _nobody() -> str:
    """Return a hash to compare with when there is no such account."""
    return _HASHER.hash("an account that nobody has")
