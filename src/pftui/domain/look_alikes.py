"""When two names look the same (R6), though they are written with other characters.

A name's skeleton is what it looks like where case does not matter: what draws nothing is left out, white
space is one space, compatibility characters are what they stand for (NFKC), and each character is replaced by
what it looks like, by the table of UTS 39 (https://www.unicode.org/reports/tr39/, section 4). Two names of
plain ASCII are never taken for one by what their letters look like: "Modem" and "Modern" are two names.
"""

from __future__ import annotations

import hashlib
import unicodedata

from pftui.domain.characters import BIDIRECTIONAL, INVISIBLE, JOINING

#: Characters of `look_hash`; a skeleton can be longer than a database's index takes.
LOOK_LENGTH = 32
_DRAW_NOTHING = dict.fromkeys([*map(ord, INVISIBLE | BIDIRECTIONAL), *JOINING])
# What the table says of ASCII, so that it need not be loaded for names of nothing else; a test compares.
_ASCII = str.maketrans(
    {"`": "'", '"': "''", "%": "o/o", "0": "o", "1": "l", "|": "l", "I": "l", "i": "l", "M": "rn", "m": "rn"}
)


def _plain(name: str) -> str:
    """Without what draws nothing, with single spaces, and without compatibility characters."""
    return " ".join(unicodedata.normalize("NFKC", name.translate(_DRAW_NOTHING)).split())


def skeleton(name: str) -> str:
    """What a name looks like; not to be shown."""
    plain = _plain(name)
    if plain.isascii():
        return plain.translate(_ASCII).casefold()
    from pftui.domain.confusables import table

    replaced = unicodedata.normalize("NFD", plain).translate(table()).casefold()
    return unicodedata.normalize("NFD", replaced)


def look_hash(name: str) -> str:
    """The skeleton in 32 characters, which every database can index; names that look alike have the same."""
    digest = hashlib.blake2b(skeleton(name).encode("utf-8", "surrogatepass"), digest_size=LOOK_LENGTH // 2)
    return digest.hexdigest()


def look_alike(one: str, other: str) -> bool:
    """Whether people would take one name for the other."""
    if one.isascii() and other.isascii():
        return _plain(one).casefold() == _plain(other).casefold()
    return skeleton(one) == skeleton(other)
