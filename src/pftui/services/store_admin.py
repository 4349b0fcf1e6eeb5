"""The store itself: its state, upgrades and backups.

There is no operator here: who can read and write the store's file, or has the server's password, needs none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from pftui.domain.audit import Action, ChainVerdict, Checkpoint, Target
from pftui.domain.audit_form import StoredEvent
from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import StoreUnavailable
from pftui.domain.names import camel_case
from pftui.domain.progress import Progress, silent
from pftui.domain.source import UNKNOWN_SOURCE, Source
from pftui.repositories.audit import AuditRepository
from pftui.repositories.database.checking import Finding, check_store
from pftui.repositories.database.engine import connect
from pftui.repositories.database.maintenance import (
    Upgrade,
    backup_store,
    inspect_store,
    telling_of,
    upgrade_store,
)
from pftui.repositories.database.revisions import SCHEMA_REVISION
from pftui.repositories.unit_of_work import Store
from pftui.services.clearing import clear
from pftui.services.location import typed_path
from pftui.services.store_key import KeyStatus, key_status
from pftui.services.trail.chain import check_trail
from pftui.services.trail.parts import Apart, verified
from pftui.services.trail.writer import AuditWriter, host_writer


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """A store's state.

    `location` holds no credentials. `counts` are rows by kind, and `audit_sequence` and `audit_hash` the
    head of the audit trail: all three only where the schema is this pftui's. `problems` are what SQLite's
    own quick check found, and tables that are missing; `check` looks at everything. `key` is what seals
    signing secrets, from the first webhook on. `slower` says why filters look through all accounts, where
    they do.
    """

    location: str
    database: str
    revision: str
    expected_revision: str
    size_bytes: int
    counts: dict[str, int]
    audit_sequence: int | None
    audit_hash: str | None
    problems: tuple[str, ...]
    key: KeyStatus | None = None
    slower: str | None = None

    @property
    def current(self) -> bool:
        """Whether the schema is this pftui's."""
        return self.revision == self.expected_revision

    @property
    def healthy(self) -> bool:
        """Whether the check found nothing."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """The shape that programs see."""
        head = None
        if self.audit_hash is not None:
            head = {"sequence": self.audit_sequence, "hash": self.audit_hash}
        return {
            "location": self.location,
            "database": self.database,
            "revision": self.revision,
            "expectedRevision": self.expected_revision,
            "current": self.current,
            "sizeBytes": self.size_bytes,
            "counts": {camel_case(name): number for name, number in self.counts.items()},
            "auditHead": head,
            "storeKey": self._key_as_json(),
            "healthy": self.healthy,
            "problems": list(self.problems),
            "slower": self.slower,
        }

    def _key_as_json(self) -> dict[str, Any] | None:
        if self.key is None:
            return None
        return {
            "file": str(self.key.path),
            "fingerprint": self.key.fingerprint,
            "problem": self.key.problem or None,
        }


def status(url: str) -> StoreStatus:
    """The state of a store of any version. Raises `StoreMissing`, `StoreUnavailable`."""
    condition = inspect_store(url)
    return StoreStatus(
        location=condition.location,
        database=condition.database,
        revision=condition.revision,
        expected_revision=SCHEMA_REVISION,
        size_bytes=condition.size_bytes,
        counts=condition.counts,
        audit_sequence=condition.audit_sequence,
        audit_hash=condition.audit_hash,
        problems=condition.problems,
        key=key_status(url) if condition.revision == SCHEMA_REVISION and not condition.problems else None,
        slower=condition.slower,
    )


MOST_FINDINGS = 1000


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """What a look at everything found; `complete` is false where there was more than is kept."""

    findings: tuple[Finding, ...]
    complete: bool

    @property
    def whole(self) -> bool:
        """Whether nothing is damaged, so far as was looked."""
        return self.complete and not any(finding.damage for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The shape that programs see."""
        findings = [finding._asdict() for finding in self.findings]
        return {"whole": self.whole, "complete": self.complete, "findings": findings}


def check(url: str) -> StoreCheck:
    """Look at everything that a store holds, and change nothing: slow where it holds much.

    Raises:
        StoreMissing, StoreOutdated, StoreUnavailable: it cannot be looked at, also since it is newer.
    """
    with closing(check_store(url, chain_problems)) as found:
        findings = tuple(islice(found, MOST_FINDINGS + 1))
    return StoreCheck(findings[:MOST_FINDINGS], len(findings) <= MOST_FINDINGS)


def chain_problems(audit: AuditRepository) -> Iterator[tuple[str, str]]:
    verdict = check_trail(audit)
    if not verdict.intact:
        where = "audit_head" if verdict.broken_at is None else f"audit_events {verdict.broken_at}"
        told = verdict.problem if verdict.newer else f"the audit trail is broken: {verdict.problem}"
        yield where, told or ""


def verify_trail(
    url: str,
    expected: Iterable[Checkpoint] = (),
    archives: Sequence[Iterable[StoredEvent]] = (),
    apart: Apart | None = None,
) -> ChainVerdict:
    """Check the chain as `AuditService.verify` does, for who owns the store; nothing is written.

    Raises:
        StoreMissing, StoreOutdated, StoreUnavailable: it cannot be looked at.
    """
    with closing(Store(connect(url, anywhere=True))) as store, store.read() as unit:
        return verified(unit.audit, expected, archives, apart)


def upgrade(url: str, clock: Clock = utc_now, progress: Progress = silent) -> Upgrade:
    """Bring an older store to this pftui's schema, make its index of texts whole, and clear what was left.

    An SQLite store of an older schema is copied to a file beside it first, which the result names.

    Args:
        progress: told of what is being done: what, how much of it, of how much (0 where that is not known).

    Raises:
        StoreMissing, StoreUnavailable: also for a store that is newer. Nothing was changed, or as it says.
    """
    upgraded = upgrade_store(url, f"{clock():%Y%m%dT%H%M%SZ}", progress)
    with telling_of(upgraded), closing(Store(connect(url))) as store:
        return replace(upgraded, cleared=clear(store, clock, progress))


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made; `untold` says why the trail does not tell of it, where it does not."""

    size_bytes: int
    untold: str | None


def backup(
    url: str,
    target: str | Path,
    unix_user: str,
    source: Source = UNKNOWN_SOURCE,
    clock: Clock = utc_now,
) -> Backup:
    """Copy a store, which may be in use, into a new file of mode 0600; and once it is whole, tell of it.

    The copy is as it was before the event. A store that cannot be written to, or is of another version, is
    copied all the same.

    Args:
        unix_user: who does it, as the audit trail will name them: `host:` and this.

    Raises:
        WrongUsage: there is something at `target`, or the store is on PostgreSQL (use pg_dump).
        StoreUnavailable: the store cannot be read, or the copy not be written; none is left behind.
    """
    path = typed_path(target)
    size = backup_store(url, path)
    try:
        with closing(Store(connect(url))) as store, store.write() as unit:
            writer = host_writer(unit, unix_user, source, clock())
            shown = os.fsencode(path).decode("utf-8", "replace")
            _tell_of_backup(writer, shown, size)
            unit.commit()
    except StoreUnavailable as error:
        return Backup(size, error.message)
    return Backup(size, None)


def _tell_of_backup(writer: AuditWriter, file: str, size: int) -> None:
    organization_id = writer.unit.organization.get().id
    text = f"Copied the store to {file}"
    writer.record(
        Action.BACKUP_CREATED, Target.ORGANIZATION, organization_id, text, file=file, sizeBytes=size
    )
