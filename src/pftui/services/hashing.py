"""argon2id for keys and passwords.

RFC 9106's second recommendation (64 MiB, 3 passes, 4 lanes) for passwords, which people choose;
OWASP's minimum (19 MiB, 2 passes, 1 lane) for keys, whose 226 random bits need no more.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from pftui.domain.errors import TryAgain
from pftui.domain.hashes import hash_problem
from pftui.domain.secret import Secret

PASSWORDS = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_NO_MEMORY = "This host has too little memory to check a password or key now. Nothing was decided; try again."
KEYS = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: Secret) -> str:
    """The argon2id hash of a password; takes some 0.15 seconds and 64 MiB."""
    from pftui.domain.passwords import normalized  # of which keys need nothing

    return PASSWORDS.hash(normalized(password.reveal()))


def password_matches(stored: str, password: Secret) -> bool:
    """Whether the password is the one behind the hash; takes as long as hashing.

    A hash that is none, or of parameters that nobody should run (`domain/hashes.py`), matches nothing.
    """
    from pftui.domain.passwords import normalized

    return _matches(PASSWORDS, stored, normalized(password.reveal()))


def password_is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return PASSWORDS.check_needs_rehash(stored)


def hash_key(key: Secret) -> str:
    """The argon2id hash of a key; takes some 0.03 seconds and 19 MiB."""
    return KEYS.hash(key.reveal())


def key_matches(stored: str, key: Secret) -> bool:
    """Whether the key is the one behind the hash."""
    return _matches(KEYS, stored, key.reveal())


def runnable(stored: str) -> bool:
    """Whether a stored hash is one, of parameters that can be run."""
    return hash_problem(stored) is None


def _matches(hasher: PasswordHasher, stored: str, text: str) -> bool:
    if not runnable(stored):
        return False
    try:
        return hasher.verify(stored, text.encode("utf-8", "surrogatepass"))  # whatever a terminal sends
    except (VerifyMismatchError, InvalidHashError):
        return False
    except VerificationError as error:  # libargon2 could not run, as without the memory it needs
        raise TryAgain(_NO_MEMORY, 1.0) from error
