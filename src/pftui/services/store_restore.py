"""A backup brought back in the place of a store: what that changes is told before it is done.

There is no operator here, as for all of `store_admin`: who owns the store's file could exchange it anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pftui.domain.api_key import shown
from pftui.domain.audit import Action, Checkpoint, Target
from pftui.domain.clock import Clock, utc_now
from pftui.domain.source import UNKNOWN_SOURCE, Source
from pftui.repositories.database import restoring
from pftui.repositories.database.checking import Finding, check_store
from pftui.repositories.database.engine import connect
from pftui.repositories.database.restoring import Account, Content, Prepared
from pftui.repositories.unit_of_work import Store
from pftui.services.location import typed_path
from pftui.services.store_admin import MOST_FINDINGS, chain_problems
from pftui.services.writer import host_writer


@dataclass(frozen=True, slots=True)
class RestorePreview:
    """What a backup would change. Each list is of texts that name a thing to a person.

    Attributes:
        organization: the backup's.
        other_organization: the store's, where the backup is of another one.
        backup: the newest event in the backup, as `N:HASH`.
        store: the newest event of what is there now, as `N:HASH`; None where nothing is, or nothing readable.
        unreadable: why nobody can say what is there, a sentence.
        returning: what comes back to life, by what it is.
        lost: what is there now and not in the backup, by what it is.
        findings: what `db check` finds in the backup.
        incomplete: the backup was copied without its log.
    """

    organization: str
    other_organization: str | None
    backup: str | None
    store: str | None
    events_lost: int
    unreadable: str | None
    returning: dict[str, tuple[str, ...]]
    lost: dict[str, tuple[str, ...]]
    findings: tuple[Finding, ...]
    incomplete: bool

    def as_json(self) -> dict[str, Any]:
        """The shape that programs see."""
        return {
            "organization": self.organization,
            "backup": self.backup,
            "replaced": self.store,
            "eventsLost": self.events_lost,
            "returning": {what: list(names) for what, names in self.returning.items()},
            "lost": {what: list(names) for what, names in self.lost.items()},
            "findings": [finding._asdict() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Restored:
    """`kept` is the store that was replaced, if there was one."""

    kept: Path | None
    generation: int


class Restore:
    """A backup that was looked at, and can be put in the store's place."""

    def __init__(self, ready: Prepared, clock: Clock) -> None:
        self._ready = ready
        self._clock = clock
        self.preview = _preview(ready)

    def carry_out(self, unix_user: str, source: Source = UNKNOWN_SOURCE) -> Restored:
        """Put it in the store's place, and end all sessions.

        Args:
            unix_user: who does it, as the audit trail will name them: `host:` and this.

        Raises:
            StoreBusy: another program has the store open.
            Conflict: the store was changed since it was looked at.
            StoreUnavailable: the store is as it was.
        """
        now = self._clock()
        with restoring.exchanged(self._ready, f"{now:%Y%m%dT%H%M%SZ}") as exchange:
            store = Store(connect(self._ready.url))
            try:
                with store.write() as unit:
                    writer = host_writer(unit, unix_user, source, now)
                    generation = restoring.begin_again(unit, self._ready, writer.actor.id, now)
                    writer.record(
                        Action.STORE_RESTORED,
                        Target.ORGANIZATION,
                        unit.organization.get().id,
                        "Restored the store from a backup",
                        restored=_checkpoint(unit.audit.head()),
                        replaced=_checkpoint(exchange.replaced),
                        generation=generation,
                    )
                    unit.commit()
            finally:
                store.close()
        return Restored(exchange.kept, generation)


def _checkpoint(head: tuple[int, str] | None) -> str | None:
    return None if head is None else str(Checkpoint(*head))


@contextmanager
def restore(url: str, backup: str | Path, clock: Clock = utc_now) -> Iterator[Restore]:
    """Look at a backup, for as long as somebody is asked; it takes the store's place when it is told to.

    A backup of an older schema is brought to this one's, in a copy.

    Raises:
        WrongUsage: PostgreSQL, or the backup is the store itself.
        StoreUnavailable: the backup is missing, damaged, of a newer pftui, or none; nothing was changed.
    """
    with restoring.prepared(url, typed_path(backup)) as ready:
        yield Restore(ready, clock)


def _preview(ready: Prepared) -> RestorePreview:
    with closing(check_store(ready.url, chain_problems)) as found:
        findings = tuple(islice(found, MOST_FINDINGS))
    backup, store = ready.backup, ready.store
    there = store or Content(None, "", None)
    return RestorePreview(
        organization=backup.organization,
        other_organization=there.organization if store and store.id != backup.id else None,
        backup=_checkpoint(backup.head),
        store=_checkpoint(there.head),
        events_lost=max(0, (there.head or (0, ""))[0] - (backup.head or (0, ""))[0]),
        unreadable=ready.unreadable,
        returning=_returning(backup, store) if store else {},
        lost=_lost(backup, there),
        findings=findings,
        incomplete=ready.incomplete,
    )


def _returning(backup: Content, store: Content) -> dict[str, tuple[str, ...]]:
    def of(wanted: Any) -> tuple[str, ...]:
        return tuple(
            account.name
            for each, account in backup.accounts.items()
            if wanted(account, store.accounts.get(each))
        )

    return {
        "keys": _keys(backup, store),
        "deleted accounts": of(lambda was, now: now is None),
        "disabled accounts": of(lambda was, now: now is not None and now.disabled and not was.disabled),
        "global admins": of(_admin_again),
        "old passwords": of(lambda was, now: now is not None and now.password_of != was.password_of),
        "assignments": tuple(
            text for each, text in backup.assignments.items() if each not in store.assignments
        ),
    }


def _admin_again(was: Account, now: Account | None) -> bool:
    return was.global_admin and not (now is not None and now.global_admin)


def _lost(backup: Content, store: Content) -> dict[str, tuple[str, ...]]:
    return {
        "keys": _keys(store, backup),
        "accounts": tuple(
            account.name for each, account in store.accounts.items() if each not in backup.accounts
        ),
    }


def _keys(here: Content, there: Content) -> tuple[str, ...]:
    """The keys that work here and not there."""
    return tuple(
        f"{shown(key)} of {name}" for key, name in here.live_keys.items() if key not in there.live_keys
    )
