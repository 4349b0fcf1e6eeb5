"""The store itself: its state, upgrades and backups.

There is no operator here: who can read and write the store's file, or has the server's password, needs none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pftui.domain.audit import AuditEvent, DamagedEvent
from pftui.domain.clock import Clock, utc_now
from pftui.repositories.database.checking import Finding, check_store
from pftui.repositories.database.maintenance import Upgrade, backup_store, inspect_store, upgrade_store
from pftui.repositories.database.revisions import SCHEMA_REVISION
from pftui.services.audit import check_chain
from pftui.services.location import typed_path


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """A store's state.

    `location` holds no credentials. `counts` are rows by kind, and `audit_sequence` and `audit_hash` the
    head of the audit trail: all three only where the schema is this pftui's. `problems` are what SQLite's
    own quick check found, and tables that are missing; `check` looks at everything.
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
            "counts": {_camel(name): number for name, number in self.counts.items()},
            "auditHead": head,
            "healthy": self.healthy,
            "problems": list(self.problems),
        }


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


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
    with closing(check_store(url, _chain)) as found:
        findings = tuple(islice(found, MOST_FINDINGS + 1))
    return StoreCheck(findings[:MOST_FINDINGS], len(findings) <= MOST_FINDINGS)


def _chain(
    events: Iterable[AuditEvent | DamagedEvent], head: tuple[int, str] | None
) -> Iterator[tuple[str, str]]:
    verdict = check_chain(events, head)
    if not verdict.intact:
        where = "audit_head" if verdict.broken_at is None else f"audit_events {verdict.broken_at}"
        yield where, f"the audit trail is broken: {verdict.problem}"


def upgrade(url: str, clock: Clock = utc_now) -> Upgrade:
    """Bring an older store to this pftui's schema; a current one is left alone.

    An SQLite store is copied to a file beside it first, which the result names.

    Raises:
        StoreMissing, StoreUnavailable: also for a store that is newer; nothing was changed.
    """
    return upgrade_store(url, f"{clock():%Y%m%dT%H%M%SZ}")


def backup(url: str, target: str | Path) -> int:
    """Copy a store, which may be in use, into a new file of mode 0600; its size in bytes.

    Raises:
        WrongUsage: there is something at `target`, or the store is on PostgreSQL (use pg_dump).
        StoreUnavailable: the store cannot be read, or the copy not be written; none is left behind.
    """
    return backup_store(url, typed_path(target))
