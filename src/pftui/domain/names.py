"""Names, e-mail addresses, descriptions and slugs: what is accepted and how it is compared (R6)."""

from __future__ import annotations

import re
import unicodedata

from pftui.domain.errors import InvalidInput

NAME_LENGTH = 80
EMAIL_LENGTH = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
DESCRIPTION_LENGTH = 500
SLUG_LENGTH = 60

# Unicode's explicit directional marks (UAX #9, table 3): they can make a name read as another.
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Characters that draw nothing at all, so that two different names look the same. The joiners
# U+200C and U+200D stay allowed: scripts and emoji need them.
_INVISIBLE = frozenset("\u00ad\u180e\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\u115f\u1160\u3164\uffa0")
_CONTROL_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp", "Co", "Cn"})
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")


def fold(text: str) -> str:
    """`text` as it is compared, without regard to case; stored beside the name in a column of its own.

    Unicode's canonical caseless match (The Unicode Standard, 3.13, D145), so that a database's
    own idea of lower case never matters.
    """
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", decomposed.casefold()))


def _checked(text: str, field: str, what: str, longest: int) -> str:
    name = unicodedata.normalize("NFC", text).strip()
    for character in name:
        if character in _BIDIRECTIONAL:
            raise InvalidInput(field, f"{what} cannot hold marks that change the direction of writing.")
        if character in _INVISIBLE:
            raise InvalidInput(field, f"{what} cannot hold invisible characters.")
        if unicodedata.category(character) in _CONTROL_CATEGORIES:
            raise InvalidInput(field, f"{what} cannot hold control characters or line breaks.")
    if len(name) > longest:
        raise InvalidInput(field, f"{what} can have {longest} characters at most; this has {len(name)}.")
    return name


def clean_name(text: str, field: str = "name", what: str = "A name") -> str:
    """A name as it is stored: trimmed, NFC, 1 to 80 characters (R6).

    Raises:
        InvalidInput: empty, too long, or with control, bidirectional or invisible characters.
    """
    name = _checked(text, field, what, NAME_LENGTH)
    if not any(unicodedata.category(character)[0] in "LNPS" for character in name):
        raise InvalidInput(field, f"{what} is needed: 1 to {NAME_LENGTH} characters.")
    return name


def clean_description(text: str | None) -> str:
    """A description as it is stored: like a name, but it may be empty and has up to 500 characters."""
    return _checked(text or "", "description", "A description", DESCRIPTION_LENGTH)


def clean_email(text: str) -> str:
    """An e-mail address as it is stored: trimmed and NFC, with its case as typed.

    Only the shape is checked (something, `@`, something), since only a mail tells whether it exists.
    """
    email = _checked(text, "email", "An e-mail address", EMAIL_LENGTH)
    if not _EMAIL.fullmatch(email):
        raise InvalidInput("email", "An e-mail address looks like name@example.org.")
    return email


def slugify(name: str) -> str:
    """A team's slug from its name: lower-case ASCII letters, digits and hyphens; never empty."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:SLUG_LENGTH].strip("-")
    return slug or "team"


def numbered_slug(slug: str, number: int) -> str:
    """The slug to try when `slug` is taken: `red-team`, `red-team-2`, `red-team-3`, …"""
    return slug if number == 1 else f"{slug}-{number}"
