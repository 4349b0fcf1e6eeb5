"""Names, e-mail addresses, descriptions and slugs: what is accepted and how it is compared (R6)."""

from __future__ import annotations

import re
import unicodedata

from pftui.domain.api_key import holds_key
from pftui.domain.characters import BIDIRECTIONAL, INVISIBLE, JOINING
from pftui.domain.errors import InvalidInput

NAME_LENGTH = 80
EMAIL_LENGTH = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
DESCRIPTION_LENGTH = 500
REASON_LENGTH = 200
SLUG_LENGTH = 60
LONGEST_FILTER = 2000  # characters: nothing stored holds more, and SQLite's patterns end at 50,000 bytes

_CONTROL_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp", "Co"})
# Who acts without an account (`domain.audit.Actor`), and may not be mistaken for one.
_RESERVED = frozenset({"system", "anonymous", "not signed in"})
_HOST = "host:"
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")


def fold(text: str) -> str:
    """`text` as it is compared, without regard to case; stored beside the name in a column of its own.

    Unicode's canonical caseless match (The Unicode Standard, 3.13, D145), so that a database's
    own idea of lower case never matters. What draws nothing is left out.
    """
    decomposed = unicodedata.normalize("NFD", text.translate(JOINING))
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", decomposed.casefold()))


def storable(text: str) -> bool:
    """Whether every database can hold the text; NUL and lone surrogates are found nowhere."""
    return "\0" not in text and not has_surrogates(text)


def camel_case(field: str) -> str:
    """The name of a field as programs see it: `created_at` is `createdAt`."""
    first, *others = field.split("_")
    return first + "".join(word.title() for word in others)


def has_surrogates(text: str) -> bool:
    """Whether there are lone surrogates in it, which no UTF-8 has: it cannot be written as it is."""
    return any("\ud800" <= character <= "\udfff" for character in text)


def _checked(text: str, field: str, what: str, longest: int) -> str:
    name = unicodedata.normalize("NFC", text).strip()
    if holds_key(name):
        raise InvalidInput(field, f"{what} cannot hold an API key: those are kept nowhere.")
    for character in name:
        if character in BIDIRECTIONAL:
            raise InvalidInput(field, f"{what} cannot hold marks that change the direction of writing.")
        if character in INVISIBLE:
            raise InvalidInput(field, f"{what} cannot hold invisible characters.")
        if unicodedata.category(character) == "Cn":
            unicode = f"Unicode {unicodedata.unidata_version}"
            raise InvalidInput(field, f"{what} cannot hold characters that {unicode} does not know.")
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


def clean_user_name(text: str) -> str:
    """A person's name as it is stored: a name that the audit trail has for nobody else.

    Raises:
        InvalidInput: with the field `name`.
    """
    name = clean_name(text)
    folded = fold(name)
    if folded in _RESERVED or folded.startswith(_HOST):
        raise InvalidInput("name", "The audit trail calls somebody else by this name: choose another one.")
    return name


def clean_service_account_name(text: str) -> str:
    """A service account's name as it is stored; no e-mail address, by which people are known.

    Raises:
        InvalidInput: with the field `name`.
    """
    name = clean_user_name(text)
    if _EMAIL.fullmatch(name):
        raise InvalidInput("name", "An e-mail address names a person, not a service account.")
    return name


def clean_description(text: str | None) -> str:
    """A description as it is stored: like a name, but it may be empty and has up to 500 characters."""
    return _checked(text or "", "description", "A description", DESCRIPTION_LENGTH)


def clean_reason(text: str, *, needed: bool = True) -> str:
    """A reason as the audit trail keeps it: like a name, with up to 200 characters.

    Raises:
        InvalidInput: with the field `reason`; also where one is `needed` and there is none.
    """
    reason = _checked(text, "reason", "A reason", REASON_LENGTH)
    if needed and not reason:
        raise InvalidInput("reason", f"A reason is needed: 1 to {REASON_LENGTH} characters.")
    return reason


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
