"""What a shell may complete for the person whose session `pftui login` keeps.

Light to import: neither SQLAlchemy nor argon2 stand behind it. It follows the rules of `policy.py` and
`scope.py` in the other direction: whatever is doubtful completes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum, auto

from pftui.domain.session_token import is_token_hash
from pftui.domain.sessions import is_locked, was_left
from pftui.repositories.completion import CompletionReader, SessionFacts, completion_reader


class Wanted(Enum):
    """What is completed. An account is a person, by e-mail address, or a service account, by name."""

    USER = auto()
    SERVICE_ACCOUNT = auto()
    ACCOUNT = auto()
    TEAM = auto()
    ROLE = auto()
    WEBHOOK = auto()


def completions(
    url: str, session_id: str, token_hash: str, wanted: Wanted, beginning: str, now: datetime
) -> list[tuple[str, str]]:
    """What begins so, of what the session's person may see, each with a word on it: the same as in lists.

    Nothing where the session has ended, is locked or is somebody else's. Nothing is written, and it is no use
    of the session.

    Raises:
        StoreUnavailable: the store cannot be looked at.
    """
    with completion_reader(url) as reader:
        facts = reader.session(session_id)
        if facts is None or not _goes_on(facts, token_hash, now):
            return []
        viewer_id = None if _is_on(facts.global_admin) else str(facts.account_id)
        return list(_shown(_rows(reader, wanted, beginning, viewer_id)))


def _rows(
    reader: CompletionReader, wanted: Wanted, beginning: str, viewer_id: str | None
) -> list[tuple[object, ...]]:
    match wanted:
        case Wanted.TEAM:
            return [*reader.teams(beginning, viewer_id)]
        case Wanted.ROLE:
            return [*reader.roles(beginning)]
        case Wanted.WEBHOOK:
            return [*reader.webhooks(beginning)] if viewer_id is None else []
        case Wanted.USER:
            return [*reader.people(beginning, viewer_id)]
        case Wanted.SERVICE_ACCOUNT:
            return [*reader.service_accounts(beginning, viewer_id)]
        case Wanted.ACCOUNT:
            return [
                *reader.people(beginning, viewer_id),
                *reader.service_accounts(beginning, viewer_id),
            ]


def _goes_on(facts: SessionFacts, token_hash: str, now: datetime) -> bool:
    """As `ensure_goes_on`, `ensure_unlocked` and `SessionService.attend` decide."""
    if not is_token_hash(facts.token_hash, token_hash) or facts.ended_at is not None:
        return False
    if facts.stamp != facts.account_stamp or not (
        _is_off(facts.disabled) and _is_off(facts.temporary_password)
    ):
        return False
    settings = facts.session_hours, facts.idle_lock_minutes
    if facts.proved_at is None or facts.seen_at is None or not all(type(each) is int for each in settings):
        return False
    return not is_locked(facts.proved_at, facts.session_hours, now) and not was_left(
        facts.seen_at, facts.idle_lock_minutes, now
    )


def _is_on(flag: object) -> bool:
    return type(flag) in (bool, int) and flag == 1


def _is_off(flag: object) -> bool:
    return type(flag) in (bool, int) and flag == 0


def _shown(rows: Iterable[tuple[object, ...]]) -> Iterable[tuple[str, str]]:
    """What can be typed: a text that a terminal would not print as it is, is left out."""
    for value, word in rows:
        if isinstance(value, str) and value.isprintable() and value:
            yield value, word if isinstance(word, str) and word.isprintable() else ""
