"""The tag of a key: 16 bits that tell nearly every made-up secret without a run of argon2.

A BLAKE2b of the key (RFC 7693) of two bytes, keyed by a random salt that stands before it, both in hex. Who
steals a store learns 16 of a secret's 226 bits from it; the other 210 stay behind argon2id.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TypeGuard

_SALT_BYTES, _TAG_BYTES = 16, 2
_TAG = re.compile(r"[0-9a-f]{36}")


def tag_of(text: str) -> str:
    """A new tag of a key, by a salt of its own."""
    import secrets  # and OpenSSL behind it: for this alone

    return _tag(secrets.token_bytes(_SALT_BYTES), text)


def tag_fits(stored: str, text: str) -> bool:
    """Whether a key may be the one that was tagged; of others, one in 65,536 fits. `stored` is a tag."""
    return _tag(bytes.fromhex(stored[: 2 * _SALT_BYTES]), text) == stored


def is_tag(stored: object) -> TypeGuard[str]:
    """Whether what is stored can be a tag."""
    return isinstance(stored, str) and _TAG.fullmatch(stored) is not None


def _tag(salt: bytes, text: str) -> str:
    data = text.encode("utf-8", "surrogatepass")
    return salt.hex() + blake2b(data, key=salt, digest_size=_TAG_BYTES, person=b"key tag").hexdigest()
