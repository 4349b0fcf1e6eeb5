"""The format of an API key.

`pfsa_` + 10 characters of key id + 38 characters of secret + 6 characters of checksum:
59 characters, one word for a double-click. A person's own command-line token is the same
with `pfut_`. The checksum is zlib's CRC-32 of the 53 characters before it, in base62 with
the digits `0-9A-Za-z`, padded with `0`, so that a typo is refused with no look-up.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any

from pftui.domain.secret import Secret

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY_ID_LENGTH = 10
SECRET_LENGTH = 38
CHECKSUM_LENGTH = 6
KEY_LENGTH = 59

#: For secret scanners: finds a leaked key in any text.
KEY_PATTERN = re.compile(r"(?<![0-9A-Za-z_])pf(?:sa|ut)_[0-9A-Za-z]{54}(?![0-9A-Za-z_])")
# For logs, where a key may stand against anything: behind the `n` of an escaped line break, for one.
_LEAKED = re.compile(r"(pf(?:sa|ut)_[0-9A-Za-z]{10})[0-9A-Za-z]{1,44}")
# The same while it is typed: what comes after the sign for a secret that was left out is one, too.
_TYPED = re.compile(r"(pf(?:sa|ut)_[0-9A-Za-z]{10})…*[0-9A-Za-z]+", re.ASCII)
# More than the public part: what is left out is less than a secret's 38 characters.
_LONG_PART = re.compile(r"pf(?:sa|ut)_[0-9A-Za-z]{20}")
_WHOLE_KEY = re.compile(r"(pfsa|pfut)_([0-9A-Za-z]{10})[0-9A-Za-z]{38}[0-9A-Za-z]{6}", re.ASCII)
_KEY_ID = re.compile(r"(?:pfsa_|pfut_)?([0-9A-Za-z]{10})…?", re.ASCII)

# Four characters of an id at least, so that a beginning means one key and no word.
_PART = re.compile(r"(?<![0-9A-Za-z])pf(?:sa|ut)_([0-9A-Za-z]{4,10})", re.ASCII)
_PART_ALONE = re.compile(r"([0-9A-Za-z]{4,10})(?:…|\.\.\.)?", re.ASCII)


class KeyPrefix(StrEnum):
    """Whose credential it is."""

    SERVICE_ACCOUNT = "pfsa"
    USER_TOKEN = "pfut"


class KeyFormatError(ValueError):
    """The text is not a key. It never holds the text; `checksum` tells a typo from garbage."""

    def __init__(self, *, checksum: bool) -> None:
        super().__init__("the checksum does not fit" if checksum else "not an API key")
        self.checksum = checksum

    def __reduce__(self) -> tuple[Any, ...]:
        return (partial(KeyFormatError, checksum=self.checksum), (), vars(self).copy())


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A well-formed key: its public id, and the whole text as a secret."""

    prefix: KeyPrefix
    key_id: str
    text: Secret = field(repr=False)


def holds_key(text: str) -> bool:
    """Whether there is a key in the text, or so much of one that what is missing could be guessed."""
    return _LONG_PART.search(text) is not None


def base62(number: int, width: int) -> str:
    """`number` (not negative) in base62, padded with `0` to `width` characters."""
    digits = ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits.rjust(width, ALPHABET[0])


def checksum(text: str) -> str:
    """The 6 characters that end a key whose first 53 characters are `text`."""
    return base62(zlib.crc32(text.encode("ascii")), CHECKSUM_LENGTH)


def _random(length: int) -> str:
    import secrets  # and OpenSSL behind it: for this alone

    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def generate(prefix: KeyPrefix = KeyPrefix.SERVICE_ACCOUNT) -> ApiKey:
    """A new key from the operating system's random source (226 bits of secret)."""
    key_id = _random(KEY_ID_LENGTH)
    body = f"{prefix.value}_{key_id}{_random(SECRET_LENGTH)}"
    return ApiKey(prefix, key_id, Secret(body + checksum(body)))


def as_text(given: object) -> str:
    """The text of what a program takes for a key: a `Secret`, a text, or ASCII bytes. Empty for all else."""
    if isinstance(given, Secret):
        return given.reveal() if given else ""
    if isinstance(given, bytes):
        return given.decode() if given.isascii() else ""
    return given if isinstance(given, str) else ""


def parse(text: str) -> ApiKey:
    """Read a key.

    Raises:
        KeyFormatError: the shape or the checksum is wrong; the error does not hold the text.
    """
    match = _WHOLE_KEY.fullmatch(text) if len(text) == KEY_LENGTH else None
    if match is None:
        raise KeyFormatError(checksum=False)
    body = text[:-CHECKSUM_LENGTH]
    if checksum(body) != text[-CHECKSUM_LENGTH:]:
        raise KeyFormatError(checksum=True)
    return ApiKey(KeyPrefix(match[1]), match[2], Secret(text))


def parse_key_id(text: str) -> str | None:
    """The key id in `text`, given with or without its prefix and ellipsis; None if it is no key id."""
    match = _KEY_ID.fullmatch(text.strip())
    return match[1] if match else None


def parts_in(text: str) -> list[str]:
    """The ids, or their beginnings, of all keys in a text, each once: of whole keys and of what lists show.

    A text that is nothing but an id, or its beginning, needs no `pfsa_` before it.
    """
    alone = _PART_ALONE.fullmatch(text.strip())
    return [alone[1]] if alone else list(dict.fromkeys(_PART.findall(text)))


def is_mistyped(text: str) -> bool:
    """Whether there is a whole key in the text, by its shape, whose checksum does not fit."""
    found = KEY_PATTERN.search(text)
    return found is not None and checksum(found[0][:-CHECKSUM_LENGTH]) != found[0][-CHECKSUM_LENGTH:]


def shown(key_id: str, prefix: KeyPrefix = KeyPrefix.SERVICE_ACCOUNT) -> str:
    """The public part, as lists show it: `pfsa_Ab12Cd34Ef…`."""
    return f"{prefix.value}_{key_id}…"


def mask_keys(text: str) -> str:
    """`text` with the secret part of every key in it, whole or cut off, replaced: for logs."""
    return _LEAKED.sub(r"\1…", text)


def mask_typed_keys(text: str) -> str:
    """`text` with the secret part of every key in it left out, also of one that is typed letter by letter."""
    return _TYPED.sub(r"\1…", text)
