"""What an account begins with, where its key, password and teams are sent in the same flush as itself.

Its row is sent with what follows from them, so that nothing is asked and changed again behind it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TypeAlias

from sqlalchemy.orm import Session

from pftui.domain.accounts import Kind, status_of
from pftui.domain.api_key import shown
from pftui.repositories.models import ApiKeyRow, Assignment, Password, Principal
from pftui.repositories.stored import readable

#: What an account has.
Belonging: TypeAlias = Password | ApiKeyRow | Assignment


class NewAccounts:
    """The accounts that a flush makes, and what they begin with."""

    def __init__(self, session: Session) -> None:
        self._rows = {row.id: row for row in session.new if isinstance(row, Principal)}
        self._have: dict[str, list[Belonging]] = defaultdict(list)
        #: By team and kind, and by role and kind: how many accounts more.
        self.in_teams: Counter[tuple[str, str]] = Counter()
        self.in_roles: Counter[tuple[str, str]] = Counter()
        if self._rows:
            for row in session.new:
                if isinstance(row, Belonging) and row.principal_id in self._rows:
                    row.account = self._rows[row.principal_id]  # which is sent first then
                    self._have[row.principal_id].append(row)

    def named(self, account_id: str) -> Principal | None:
        """The account of this flush with this id."""
        return self._rows.get(account_id)

    def begin(self, account: Principal) -> None:
        """Give an account what follows from what it begins with."""
        has = self._have[account.id]
        keys = [key for key in has if isinstance(key, ApiKeyRow) and key.revoked_at is None]
        keys.sort(key=lambda key: (-key.created_at.timestamp(), key.key_id))
        assignments = [row for row in has if isinstance(row, Assignment)]
        kind = Kind(account.kind)
        account.identifier = identifier_of(kind, account.email, (key.key_id for key in keys))
        account.team_count = len(assignments)
        account.status = status_of(
            kind,
            disabled=bool(account.disabled),
            global_admin=bool(account.global_admin),
            team_count=account.team_count,
            live_keys=len(keys),
            unsaved_keys=sum(not key.saved for key in keys),
            temporary_password=any(isinstance(row, Password) and row.temporary for row in has),
        )
        self.in_teams.update((row.team_id, kind.value) for row in assignments)
        self.in_roles.update({(row.role_id, kind.value) for row in assignments})


def identifier_of(kind: str, email: str | None, live_key_ids: Iterable[str]) -> str:
    """What a list calls an account by, with the ids of its live keys, the newest first."""
    if kind == Kind.USER:
        return readable(email or "")
    newest = next(iter(live_key_ids), None)
    return "" if newest is None else shown(readable(newest))
