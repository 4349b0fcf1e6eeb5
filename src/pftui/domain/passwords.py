"""Which passwords are accepted.

NIST SP 800-63B-4, 3.1.1.2: at least 15 characters for a password that stands alone, no
composition rules, checked against common passwords and the person's own words; at least 64
characters are allowed. OWASP ASVS 5.0, 6.2 says the same. zxcvbn judges the rest.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import timedelta

from pftui.domain.errors import InvalidInput
from pftui.domain.secret import Secret

SHORTEST = 15
LONGEST = 1024  # bounds what argon2 is given, far above what a person types
REQUIRED_SCORE = 3  # of 4: zxcvbn's "safely unguessable", over 10^8 guesses
_JUDGED = 72  # zxcvbn takes no more, and slows down long before
TEMPORARY_LIFETIME = timedelta(days=7)

# Without 0, 1, I, O, l and other look-alikes, since a temporary password may be read out.
_READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz"


def normalized(password: str) -> str:
    """The form that is hashed: NFC, as RFC 8265 (OpaqueString) asks, so that keyboards do not matter."""
    return unicodedata.normalize("NFC", password)


def check_new_password(password: Secret, own_words: Sequence[str] = ()) -> None:
    """Accept a password that a person chose.

    Args:
        own_words: name, e-mail and organization, which an attacker tries first.

    Raises:
        InvalidInput: too short, too long or too easy to guess; says why, never what.
    """
    text = normalized(password.reveal())
    if len(text) < SHORTEST:
        raise InvalidInput(
            "password", f"A password needs {SHORTEST} characters at least; this has {len(text)}."
        )
    if len(text) > LONGEST:
        raise InvalidInput("password", f"A password can have {LONGEST} characters at most.")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise InvalidInput("password", "A password cannot hold halves of characters; type it again.")
    words = [part for word in own_words for part in _parts(word)]
    if _is_mostly(text.casefold(), words):
        raise InvalidInput("password", "This is too easy to guess: it is mostly your own name or address.")
    from zxcvbn import zxcvbn  # loads word lists: only when a password is chosen

    verdict = zxcvbn(text[:_JUDGED], user_inputs=words)
    if verdict["score"] < REQUIRED_SCORE:
        warning = str(verdict["feedback"]["warning"]).rstrip(".")
        why = f" ({warning[0].lower()}{warning[1:]})" if warning else ""
        raise InvalidInput("password", f"This is too easy to guess{why}. Several unrelated words work well.")


def _is_mostly(text: str, words: Sequence[str]) -> bool:
    """Whether hardly any letter or digit is left of a text when these words are taken out."""
    rest = text
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, " ")
    return rest != text and sum(character.isalnum() for character in rest) < SHORTEST // 2


def _parts(word: str) -> list[str]:
    whole = word.casefold().strip()
    pieces = whole.replace("@", " ").replace(".", " ").replace("-", " ").split()
    return [piece for piece in dict.fromkeys([whole, *pieces]) if len(piece) > 2]


def temporary_password() -> Secret:
    """A password to hand over once: 20 characters, some 115 bits, in groups of five."""
    import secrets  # and OpenSSL behind it: for this alone

    letters = "".join(secrets.choice(_READABLE) for _ in range(20))
    return Secret("-".join(letters[start : start + 5] for start in range(0, 20, 5)))
