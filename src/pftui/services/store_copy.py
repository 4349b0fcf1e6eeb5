"""A store copied whole into a new one, from one database to the other: it moves to where hosts share it.

There is no operator, as for all of `store_admin`: who can read the one and make the other could do so anyway.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pftui.domain.audit import Action, Checkpoint, Target
from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import StoreKeyUnavailable, StoreUnavailable, WrongUsage
from pftui.domain.progress import Progress, silent
from pftui.domain.source import UNKNOWN_SOURCE, Source
from pftui.repositories.database.copying import (
    NewStore,
    compare_rows,
    copy_rows,
    end_sessions,
    new_store,
    shown,
    source_of,
)
from pftui.repositories.database.creation import ensure_absent
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.sealing import StoreKey, StoreKeys, key_path
from pftui.services.trail.chain import check_trail
from pftui.services.trail.writer import host_writer


@dataclass(frozen=True, slots=True)
class CopiedStore:
    """A copy that was made, and found to be as the store is.

    Attributes:
        source, target: where both are, without credentials.
        rows: how many, by table.
        head: the newest event that both have.
        key: the file to which the key of signing secrets was copied, where there was one to copy.
        key_problem: why it could not be, a sentence.
        untold: why the trail of the store that was copied does not tell of it, where it does not.
    """

    source: str
    target: str
    rows: dict[str, int]
    head: Checkpoint
    key: Path | None = None
    key_problem: str | None = None
    untold: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape that programs see."""
        return {
            "from": self.source,
            "to": self.target,
            "rows": self.rows,
            "auditHead": {"sequence": self.head.sequence, "hash": self.head.hash},
            "storeKey": str(self.key) if self.key else None,
            "storeKeyProblem": self.key_problem,
            "untold": self.untold,
        }


def copy_store(
    source_url: str,
    target_url: str,
    unix_user: str,
    source: Source = UNKNOWN_SOURCE,
    clock: Clock = utc_now,
    progress: Progress = silent,
) -> CopiedStore:
    """Copy a store into a new one, which is there whole or not at all; nobody changes the store meanwhile.

    All rows go over, and are compared before the new store is one. Its sessions are ended: who was signed in
    was so in the other one. Both trails tell of the copy.

    Args:
        unix_user: who does it, as both trails will name them: `host:` and this.
        progress: told of what is being done: what, how much of it, of how much.

    Raises:
        StoreExists: there is a store at the target.
        StoreMissing, StoreOutdated, StoreUnavailable, StoreKeyUnavailable, WrongUsage: nothing was changed,
            and nothing is left behind.
    """
    ensure_absent(target_url)
    with closing(Store(source_of(source_url))) as store, store.write() as unit:
        copied = _Copy(unit, source_url, target_url).made(unix_user, source, clock(), progress)
        try:
            unit.commit()
        except StoreUnavailable as error:
            return replace(copied, untold=error.message)
    return copied


class _Copy:
    """One copy: its unit of work keeps all others out of the store."""

    def __init__(self, unit: UnitOfWork, source_url: str, target_url: str) -> None:
        self._unit = unit
        self._where = shown(source_url), shown(target_url)
        self._target_url = target_url
        organization = unit.organization.get().id
        self._keys = (
            StoreKeys(key_path(source_url, organization)),
            StoreKeys(key_path(target_url, organization)),
        )

    def made(self, unix_user: str, source: Source, now: datetime, progress: Progress) -> CopiedStore:
        """Make it, and leave the key beside it."""
        key, problem = self._key()
        # The copy has this event too, and goes on behind it: who has seen the copy knows the other as behind.
        host_writer(self._unit, unix_user, source, now).record(
            Action.BACKUP_CREATED,
            Target.ORGANIZATION,
            self._unit.organization.get().id,
            f"Copied the store to {self._where[1]}",
            file=self._where[1],
        )
        self._unit.flush()
        self._unit.audit.count_filled()
        newest: list[str | None] = [None]
        with new_store(self._target_url, lambda: newest[0]) as target:
            rows = copy_rows(self._unit.session.connection(), target, progress)
            compare_rows(self._unit.session.connection(), target.connection, sum(rows.values()), progress)
            progress("Checking the audit trail", 0, 0)
            head = self._begin(target, unix_user, source, now, newest)
        path = None
        if key is not None and not problem:
            path, problem = self._key_left(key)
        return CopiedStore(*self._where, rows, head, path, problem)

    def _begin(
        self, target: NewStore, unix_user: str, source: Source, now: datetime, newest: list[str | None]
    ) -> Checkpoint:
        """Check the trail of the copy, and let it tell where it is from; its head before that."""
        with Store(target.engine).join(target.connection) as unit:
            verdict = check_trail(unit.audit)
            if not verdict.intact:
                raise StoreUnavailable(
                    f"The audit trail of the store is broken: {verdict.problem}. It was not copied, and "
                    "nothing was changed; `pftui audit verify` tells where."
                )
            head = Checkpoint(verdict.events, verdict.head)
            writer = host_writer(unit, unix_user, source, now)
            end_sessions(unit, writer.actor.id, now)
            writer.record(
                Action.STORE_RESTORED,
                Target.ORGANIZATION,
                unit.organization.get().id,
                f"Copied the store from {self._where[0]}",
                file=self._where[0],
                restored=str(head),
            )
            unit.commit()
            newest[0] = unit.audit.newest_id
        return head

    def _key(self) -> tuple[StoreKey | None, str | None]:
        """The key that seals signing secrets, where the new store needs it in another file; or why it is not.

        Raises:
            StoreKeyUnavailable: another one is there.
            WrongUsage: keys are being changed.
        """
        known = self._unit.webhooks.key()
        here, there = self._keys
        if known is None or here.path == there.path:
            return None, None
        if known.next_fingerprint is not None:
            raise WrongUsage(
                "The key that seals signing secrets is being changed. Nothing was copied; run `pftui db "
                "rotate-key` first, which goes on with that."
            )
        there.ensure_no_other(known.fingerprint)
        try:
            return here.find(known.fingerprint), None
        except StoreKeyUnavailable as error:
            return None, error.message

    def _key_left(self, key: StoreKey) -> tuple[Path | None, str | None]:
        there = self._keys[1]
        try:
            there.bring(key)
        except StoreKeyUnavailable as error:
            return None, error.message
        return there.path, None
