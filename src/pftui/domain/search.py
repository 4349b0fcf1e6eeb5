"""What may be typed into the filter of a list, and how a text is folded for it.

Words stand between white space, in any order, and a row must fit every one. A word fits a row that holds it
in its name or e-mail address, or whose team does in its name or slug; one of whose keys begins with it; or
whose state it is: `disabled`, `no-team`. `is:WORD` is the state alone, for which its beginning will do
(`is:dis`). `by:WORD` is who created an account or one of its keys: what stands in their name or address, as
it is now or as it was then. `!` before a word leaves out the rows that fit it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pftui.domain.api_key import KEY_ID_LENGTH, mask_typed_keys
from pftui.domain.characters import JOINING
from pftui.domain.errors import InvalidInput
from pftui.domain.names import LONGEST_FILTER, storable

#: More words than anybody types: a page of text was pasted, which no row fits.
MOST_WORDS = 32
#: Of a bare word, so that not every short one fits some key by chance.
SHORTEST_KEY_PART = 4
_EXCLUDES = "!"
_STATE = "is:"
_CREATOR = "by:"
#: Characters of who created something that are searched and sorted by.
CREATOR_LENGTH = 254
_KEY_MARK = re.compile(r"pf(?:sa|ut)_", re.IGNORECASE | re.ASCII)
_KEY_PART = re.compile(r"[0-9A-Za-z]+", re.ASCII)
STROKES = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"}
"""Letters with a stroke through them, and joined ones, which Unicode does not take apart."""
_STROKES = str.maketrans(STROKES)


class AccountState(StrEnum):
    """What an account's filter knows besides texts; the value is the word that is typed."""

    DISABLED = "disabled"
    UNSAVED = "unsaved"
    INVITED = "invited"
    NO_KEY = "no-key"
    NO_TEAM = "no-team"
    ACTIVE = "active"
    ADMIN = "admin"
    ATTENTION = "attention"
    USER = "user"
    SERVICE_ACCOUNT = "service-account"


class TeamState(StrEnum):
    """The same for a team's."""

    EMPTY = "empty"


class RoleState(StrEnum):
    """The same for a role's."""

    CUSTOM = "custom"
    PREDEFINED = "predefined"
    UNUSED = "unused"


class WebhookState(StrEnum):
    """The same for a webhook's."""

    ATTENTION = "attention"
    PARKED = "parked"
    PAUSED = "paused"
    RETRYING = "retrying"


class NoState(StrEnum):
    """The same of a list whose rows have no states."""


#: What no bare word means: a list does not say it of each row.
_ONLY_ASKED_FOR = frozenset({AccountState.USER, AccountState.SERVICE_ACCOUNT})


@dataclass(frozen=True, slots=True)
class Term:
    """One word: a row fits that holds `text` (folded), has a key that begins with `key`, or is in a state.

    `by` (folded) is looked for in who created it. What is empty fits nothing, so that a term without any of
    the four fits nothing.
    """

    text: str = ""
    key: str = ""
    states: tuple[StrEnum, ...] = ()
    by: str = ""
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """All words of a filter. `unknown` are those after an `is:` that no state begins with.

    `hopeless` says that no row can fit: it is longer than anything stored, or nothing that can be stored.
    """

    terms: tuple[Term, ...] = ()
    unknown: tuple[str, ...] = ()
    hopeless: bool = False


def parse_search(text: str, states: type[StrEnum]) -> Search:
    """What a filter asks for. Of a whole key that was pasted, only the key id is used."""
    if not storable(text) or len(text) > LONGEST_FILTER:
        return Search(hopeless=True)
    terms: dict[Term, None] = {}
    unknown = []
    for word in mask_typed_keys(text).split():
        excluded = word.startswith(_EXCLUDES) and len(word) > 1
        bare = word.removeprefix(_EXCLUDES) if excluded else word
        if bare.lower().startswith(_STATE):
            wanted = fold_text(bare[len(_STATE) :])
            if not wanted:
                continue  # the word is still being typed
            found = tuple(state for state in states if state.value.startswith(wanted))
            if not found:
                unknown.append(bare)
            terms[Term(states=found, excluded=excluded)] = None
        elif bare.lower().startswith(_CREATOR) and states is AccountState:
            if by := fold_text(bare[len(_CREATOR) :]):
                terms[Term(by=by, excluded=excluded)] = None
        elif word != _EXCLUDES:
            terms[_bare(bare, states, excluded)] = None
    return Search(tuple(terms), tuple(unknown), hopeless=len(terms) > MOST_WORDS)


def _bare(word: str, states: type[StrEnum], excluded: bool) -> Term:
    folded = fold_text(word)
    meant = tuple(state for state in states if state.value == folded and state not in _ONLY_ASKED_FOR)
    return Term(folded, _key_part(word), meant, excluded=excluded)


def _key_part(word: str) -> str:
    """The beginning of a key id that a word may be, in lower case; empty where it is none."""
    marked = _KEY_MARK.match(word)
    part = word[marked.end() if marked else 0 :].rstrip("….")
    shortest = 1 if marked else SHORTEST_KEY_PART
    if not shortest <= len(part) <= KEY_ID_LENGTH or not _KEY_PART.fullmatch(part):
        return ""
    return part.lower()


def require_states(text: str, states: type[StrEnum]) -> None:
    """Refuse an `is:` with a word that is no state.

    Raises:
        InvalidInput: with the words there are.
    """
    sentence = unknown_states(text, states)
    if sentence:
        raise InvalidInput("filter", sentence)


def unknown_states(text: str, states: type[StrEnum]) -> str:
    """The sentence on an `is:` with a word that is no state; empty where there is none."""
    unknown = parse_search(text, states).unknown
    if not unknown:
        return ""
    words = ", ".join(f"{_STATE}{state}" for state in states)
    return f"Nothing is known as {unknown[0]}. There are: {words}."


def fold_text(text: str) -> str:
    """A text as it is searched: without accents, case, and what draws nothing."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.translate(JOINING)).casefold()
    letters = unicodedata.normalize("NFKD", plain).translate(_STROKES)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def creator_text(created_by: str) -> str:
    """Who created something, as it was written down then, to be searched and sorted by."""
    return fold_text(created_by)[:CREATOR_LENGTH]


def searched_text(texts: Iterable[str | None]) -> str:
    """Several texts of one row as one column, in which no word is found across two of them."""
    return " ".join(fold_text(text) for text in texts if text)
