"""The key that seals signing secrets: which one a store uses, and how another one takes its place.

There is no operator here, as in `store_admin.py`. A change of keys can be broken off at any point and begun
again: the next key is on the disk before the store names it, secrets go over some at a time, each with the
fingerprint of what seals it, and only when all have is the old file replaced.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pftui.domain.audit import Action, Target
from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import StoreKeyUnavailable, WrongUsage
from pftui.domain.source import UNKNOWN_SOURCE, Source
from pftui.repositories.database.engine import connect
from pftui.repositories.models import WebhookRow
from pftui.repositories.unit_of_work import Store
from pftui.services.sealing import StoreKey, StoreKeys, key_path
from pftui.services.trail.writer import host_writer

_AT_ONCE = 20  # webhooks whose secrets go over in one transaction


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """Which key a store uses, and where it is; `problem` says why it cannot be used, where that is so."""

    path: Path
    fingerprint: str
    problem: str = ""


def key_status(url: str) -> KeyStatus | None:
    """Which key a store uses; None before its first webhook. Raises `StoreUnavailable`."""
    with closing(Store(connect(url, anywhere=True))) as store:
        keys = keys_of(url, store)
        with store.read() as unit:
            known = unit.webhooks.key()
    if known is None:
        return None
    try:
        keys.find(known.fingerprint)
    except StoreKeyUnavailable as error:
        return KeyStatus(keys.path, known.fingerprint, error.message)
    return KeyStatus(keys.path, known.fingerprint)


def keys_of(url: str, store: Store) -> StoreKeys:
    """The keys of a store, by where it is."""
    with store.read() as unit:
        return StoreKeys(key_path(url, unit.organization.get().id))


@dataclass(frozen=True, slots=True)
class Rotated:
    """Another key is in use: how many webhooks it has gone over for, and of how many the secret was lost."""

    path: Path
    before: str
    after: str
    webhooks: int
    lost: int


def rotate_key(
    url: str,
    unix_user: str,
    source: Source = UNKNOWN_SOURCE,
    clock: Clock = utc_now,
    *,
    lost: bool = False,
) -> Rotated:
    """Seal all signing secrets with another key, and let it take the place of the old one.

    Broken off at any point, it goes on where it was when it is called again; meanwhile everything works.

    Args:
        lost: go on without the old key: secrets that it alone opens are lost, and must be regenerated.

    Raises:
        WrongUsage: the store has no key yet.
        StoreKeyUnavailable: the old key is not here, or another one is in its place; or the new one cannot be
            made.
        StoreUnavailable: the store cannot be used.
    """
    with closing(Store(connect(url))) as store:
        return _Rotation(store, keys_of(url, store), lost).run(unix_user, source, clock)


@dataclass
class _Rotation:
    store: Store
    keys: StoreKeys
    lost: bool
    gone_over: int = 0
    lost_of: int = 0

    def run(self, unix_user: str, source: Source, clock: Clock) -> Rotated:
        before, key = self._begin()
        if before != key.fingerprint:
            while not self._go_on(key, before, unix_user, source, clock):
                pass
        if self.keys.waits():
            self.keys.settle()
        return Rotated(self.keys.path, before, key.fingerprint, self.gone_over, self.lost_of)

    def _begin(self) -> tuple[str, StoreKey]:
        """The fingerprint before, and the key to use: that of a change that was broken off, or a new one."""
        with self.store.write() as unit:
            known = unit.webhooks.key()
            if known is None:
                raise WrongUsage("This store has no key: its first webhook makes it. Nothing was changed.")
            if known.next_fingerprint is not None:
                return known.fingerprint, self.keys.find(known.next_fingerprint)
            if self.keys.waits(known.fingerprint):
                return known.fingerprint, self.keys.find(known.fingerprint)  # all that is left is the file
            if self.lost:
                self.keys.ensure_no_other(known.fingerprint)
            else:
                self.keys.find(known.fingerprint)
            key = self.keys.next()
            unit.webhooks.set_key(known.fingerprint, key.fingerprint)
            unit.commit()
            return known.fingerprint, key

    def _go_on(self, key: StoreKey, before: str, unix_user: str, source: Source, clock: Clock) -> bool:
        """Some more secrets; whether all have gone over."""
        with self.store.write() as unit:
            rows = unit.webhooks.sealed_by_others(key.fingerprint, _AT_ONCE)
            for row in rows:
                self._seal_anew(row, key)
            if not rows:
                unit.webhooks.set_key(key.fingerprint)
                told = f"Changed the key of the store from {before} to {key.fingerprint}"
                host_writer(unit, unix_user, source, clock()).record(
                    Action.STORE_KEY_ROTATED,
                    Target.ORGANIZATION,
                    unit.organization.get().id,
                    told,
                    changes={"storeKey": {"from": before, "to": key.fingerprint}},
                    lostSecrets=self.lost_of,
                )
            unit.commit()
            self.gone_over += len(rows)
            return not rows

    def _seal_anew(self, row: WebhookRow, key: StoreKey) -> None:
        try:
            old = self.keys.find(row.sealed_by)
            secret = key.seal(old.open(row.secret, row.id), row.id) if row.secret else ""
            if row.previous_secret is not None:
                row.previous_secret = key.seal(old.open(row.previous_secret, row.id), row.id)
        except StoreKeyUnavailable:
            if not self.lost:
                raise
            secret, row.previous_secret, row.previous_until = "", None, None
            self.lost_of += 1
        row.secret, row.sealed_by = secret, key.fingerprint
