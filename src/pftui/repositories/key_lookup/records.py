"""What the store says of a key, from the rows of a look-up."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from pftui.domain.assignments import AssignmentView
from pftui.domain.decisions import MOST_GRANTS, Decision, KeyAccount, KeyFacts
from pftui.domain.names import fold, storable
from pftui.domain.permissions import in_order

_KEY_COLUMNS = 10
_TEAM_COLUMNS = 6


Asked = tuple[bytes, str | None, str | None]
MOST_DECIDED = 16
"""Decisions that are kept with a record."""


class KeyRecord(NamedTuple):
    """One key as the store has it. `last_used_at` is in microseconds since 1970, 0 for never.

    `tag` is as it is stored: None, or what `domain/key_tag.py` may or may not know as one.

    `teams` are the ids of the teams that the asked reference fits as an id, a slug or a name; without one,
    those of the assignments.

    `decided` are decisions that follow from all this alone, for keys that were found to match the hash: by
    the key's digest, the team and the permission that were asked about. They end with the record.
    """

    hash: str
    tag: str | None
    last_used_at: int
    saved: bool
    facts: KeyFacts
    teams: frozenset[str]
    decided: dict[Asked, Decision]


@lru_cache(maxsize=1024)
def references(team: str) -> tuple[str, str]:
    """A reference to a team as an id, and folded as a slug or name; what no database can hold fits none."""
    text = team.strip()
    return (text, fold(text)) if storable(text) else ("", "")


# The caches spare the making of equal objects from equal rows, and the looks at each value of them. Rows are
# looked for as they were read, and what is not the same in all of them is not found here.
def record_of(key_id: str, rows: list[tuple[Any, ...]]) -> KeyRecord:
    # A row differs once a minute, by when the key was last used: with many rows, what is remembered is large.
    return (_remembered if len(rows) <= _REMEMBERED_ROWS else _made)(key_id, tuple(rows))


def _made(key_id: str, rows: tuple[tuple[Any, ...], ...]) -> KeyRecord:
    first = rows[0]
    stored, tag, last_used_at, saved, revoked, account_id, name, global_admin, disabled, stamp = first[
        :_KEY_COLUMNS
    ]
    of_teams = [row[_KEY_COLUMNS:] for row in rows if row[_KEY_COLUMNS] is not None]
    held = [row[:_TEAM_COLUMNS] for row in of_teams if row[_TEAM_COLUMNS] is not None]
    grants = tuple([_grant(*columns) for columns in held[:MOST_GRANTS]])
    # What is no flag counts as it is safe: disabled, and no global admin.
    account = _account(account_id, name, global_admin in _YES, stamp)
    others = _others(len(held), first[-1])
    facts = KeyFacts(key_id, account, bool(revoked), disabled not in _NO, grants, others)
    teams = frozenset([stored_text(columns[0]) for columns in of_teams])
    used = last_used_at if isinstance(last_used_at, int) else 0
    readable_hash = stored if isinstance(stored, str) and stored.isascii() else ""
    return KeyRecord(readable_hash, tag, used, saved in _YES, facts, teams, {})


def _others(read: int, number: object) -> int:
    """How many assignments there are beside those that are listed, of which so many were read.

    Args:
        number: of all that there are; where only those to one team were read, whether there is any.
    """
    told = int(number) if isinstance(number, int) else 0  # SQLite holds anything
    if read > MOST_GRANTS:
        return max(told - MOST_GRANTS, 1)
    return 0 if read else int(told > 0)


_remembered = lru_cache(maxsize=2048)(_made)  # some 7 kB each at most
_REMEMBERED_ROWS = 8

_YES, _NO = (True, 1), (False, 0)


def stored_text(stored: object) -> str:
    """A stored text; SQLite may hold anything in its place, of which what can be read is given."""
    if isinstance(stored, str) and stored.isascii():
        return stored
    from pftui.repositories.stored import readable

    return readable(stored)


@lru_cache(maxsize=4096)
def _account(account_id: str, name: str, global_admin: bool, stamp: int) -> KeyAccount:
    return KeyAccount(
        stored_text(account_id), stored_text(name), global_admin, stamp if type(stamp) is int else 0
    )


@lru_cache(maxsize=4096)
def _grant(
    team_id: str, team: str, slug: str, role_id: str, role: str, permissions: str | None
) -> AssignmentView:
    held = in_order(stored_text(permissions).split(",")) if permissions else ()
    return AssignmentView(
        stored_text(team_id),
        stored_text(team),
        stored_text(slug),
        stored_text(role_id),
        stored_text(role),
        held,
    )
