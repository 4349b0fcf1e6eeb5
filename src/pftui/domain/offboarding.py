"""Somebody has left: what they leave behind, what becomes of it, and the report that it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pftui.domain.accounts import AccountDetails, AccountSummary, KeyView
from pftui.domain.audit import Checkpoint
from pftui.domain.names import clean_reason
from pftui.domain.sessions import SessionView


class Fate(StrEnum):
    """What becomes of a key; the value is the word that is typed."""

    REVOKE = "revoke"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """What was decided of a key, and why; a key that is kept needs a reason."""

    fate: Fate
    reason: str = ""

    def cleaned(self) -> KeyChoice:
        """With the reason as it is kept. Raises `InvalidInput`."""
        return KeyChoice(self.fate, clean_reason(self.reason, needed=self.fate is Fate.KEEP))


Choices = Mapping[str, KeyChoice]
"""What was decided, by key id."""


@dataclass(frozen=True, slots=True)
class LeftKey:
    """A key that works on, whoever has seen it. `global_admin` and `disabled` are its account's."""

    key: KeyView
    global_admin: bool
    disabled: bool


@dataclass(frozen=True, slots=True)
class Leaver:
    """A person, and what would be left of them.

    `sessions` are those that have not ended, `accounts` the service accounts that they created. `keys` are
    the live keys that they were shown, as whoever creates a key is, once: those of global admins first.
    """

    account: AccountDetails
    sessions: tuple[SessionView, ...]
    accounts: tuple[AccountSummary, ...]
    keys: tuple[LeftKey, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A key, and what became of it."""

    left: LeftKey
    choice: KeyChoice


@dataclass(frozen=True, slots=True)
class Check:
    """Something that was looked at in the store after all was done, and whether it is so."""

    what: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Offboarded:
    """The report on an offboarding: all of it was one transaction, of the events `first` to `head`.

    `disabled_before` says by whom the person had been disabled before, where they had. `checks` were made
    after the commit, in what the store says then.
    """

    leaver: Leaver
    by: str
    at: datetime
    keys: tuple[Decided, ...]
    first: int
    head: Checkpoint
    disabled_before: str | None
    checks: tuple[Check, ...]

    @property
    def name(self) -> str:
        """The person's name."""
        return self.leaver.account.summary.name

    @property
    def over(self) -> bool:
        """Whether all that was looked at afterwards is as it should be."""
        return all(check.holds for check in self.checks)

    def of(self, fate: Fate) -> tuple[Decided, ...]:
        """The keys that were revoked, or kept."""
        return tuple(each for each in self.keys if each.choice.fate is fate)
