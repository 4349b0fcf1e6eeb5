"""May this key do that? The verifier that the command line and Python programs ask.

A key is checked for its format without a look-up. Then everything that the store says of it is read
in one statement, every time (R9); what is remembered between two calls is only that the key matched
the hash that was just read (see `matches.py`).
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from math import ceil
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pftui.domain.api_key import KEY_LENGTH, KeyFormatError, parse, shown
from pftui.domain.clock import Clock, to_microseconds, utc_now
from pftui.domain.decisions import Decision, Reason, decide, denied
from pftui.domain.errors import PftuiError, StoreDamaged, TryAgain, WrongUsage
from pftui.domain.hashes import hash_problem
from pftui.domain.key_tag import is_tag, tag_fits, tag_of
from pftui.domain.permissions import Permission
from pftui.domain.secret import Secret
from pftui.repositories.key_lookup.reader import KeyReader, KeyRecord
from pftui.repositories.key_lookup.uses import UseNotes
from pftui.services import hashing
from pftui.services.location import store_url
from pftui.services.verification.matches import MatchMemory, Monotonic, WrongSecretLimit
from pftui.services.verification.turns import Turns
from pftui.services.verification.wrong_secrets import WrongSecrets

if TYPE_CHECKING:
    from datetime import datetime

    from pftui.repositories.unit_of_work import Store, UnitOfWork

NOTED_EVERY = 60_000_000  # microseconds
_NOTES_PAUSE = 5.0  # seconds without notes after one that could not be written
_READS = 4  # of a row whose hash changes under our hands

_log = logging.getLogger("pftui.verification")
_log.addHandler(logging.NullHandler())  # a library's log goes where its program says, or nowhere


class Verifier:
    """Answers what a key may do; safe to use from several threads, and after a fork.

    Args:
        url: the store, as an SQLAlchemy URL or a path; by default that of the command line.
        clock: the time that *last used* is written with.

    Raises:
        StoreMissing, StoreOutdated, StoreUnavailable, WrongUsage: as `connect` says.
    """

    def __init__(self, url: str | None = None, clock: Clock = utc_now) -> None:
        self._begin(KeyReader.open(store_url(url)), clock, time.monotonic)

    @classmethod
    def sharing(cls, store: Store, clock: Clock = utc_now, monotonic: Monotonic = time.monotonic) -> Verifier:
        """A verifier on a store that is open already, and that closing the verifier leaves open."""
        verifier = cls.__new__(cls)
        verifier._begin(KeyReader(store.engine), clock, monotonic)
        return verifier

    def _begin(self, reader: KeyReader, clock: Clock, monotonic: Monotonic) -> None:
        self._reader = reader
        self._notes = _NotedUses(reader, clock, monotonic)
        self._wrong = WrongSecrets(self._notes.store, clock, monotonic)
        self._memory = MatchMemory()
        self._limit = WrongSecretLimit(monotonic)
        self._renew_locks()
        _verifiers.add(self)

    def _renew_locks(self) -> None:
        self._runs: dict[tuple[bytes, str], _Run] = {}
        self._lock = threading.Lock()
        # More runs at once than cores would only make each of them slower.
        self._turns = Turns(os.cpu_count() or 1)

    def verify(
        self,
        key: str | Secret,
        team: str | None = None,
        permission: str | None = None,
        *,
        touch: bool = True,
    ) -> Decision:
        """The decision for a key. Blocks: for a tenth of a second at first sight of a key, then for none.

        Args:
            team: a team's id, slug or name. Without one, any assignment will do, or global admin privileges.
            permission: the name of a permission that the key must have in the team.
            touch: whether a success counts as a use: it is noted as the last one, and clears "key unsaved".
                Without, nothing is written to the store.

        Raises:
            WrongUsage: no such permission, or one without a team; for a valid key also: no such team.
            StoreUnavailable: the store cannot be read; nothing was decided. `StoreDamaged` where what it has
                of this key is damaged.
            TryAgain: too many wrong secrets lately; nothing was decided.
        """
        wanted = _wanted(permission, team)
        text = key.reveal() if isinstance(key, Secret) else key
        digest = self._memory.digest(text) if len(text) == KEY_LENGTH else b""
        key_id = self._memory.key_id(digest)
        if key_id is None:
            try:
                key_id = parse(text).key_id
            except KeyFormatError as error:
                return denied(Reason.CHECKSUM if error.checksum else Reason.MALFORMED)
        for _ in range(_READS):
            record = self._reader.read(key_id, team)
            if record is None:
                return denied(Reason.UNKNOWN, key_id)
            if self._memory.holds(digest, record.hash):
                decision = self._decided(record, team, wanted)
                if touch and decision.allowed:
                    self._notes.note(record, text)
                return decision
            if not self._matches(digest, record, text):
                if touch:
                    self._wrong.note(record)
                return denied(Reason.UNKNOWN, key_id)
            # What was read is as old as the run was long: read again before deciding (R9).
        raise TryAgain("The key's record keeps changing. Nothing was decided; try again.", 1.0)

    def close(self) -> None:
        """Give the connections back."""
        _verifiers.discard(self)
        self._wrong.close()
        self._reader.close()
        self._notes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def _decided(record: KeyRecord, team: str | None, wanted: Permission | None) -> Decision:
        facts = record.facts
        if team is None or facts.revoked or facts.disabled:  # an ended key is told nothing about teams
            return decide(facts)
        return decide(facts, _single_team(record.teams), wanted)

    def _matches(self, digest: bytes, record: KeyRecord, text: str) -> bool:
        """Whether the key is behind the row's hash: one run of argon2, however many ask at the same time.

        There is none for a key that the tag tells from the right one, or that was wrong before.
        """
        if is_tag(record.tag) and not tag_fits(record.tag, text):
            return False
        if self._memory.was_wrong(digest, record.hash):
            return False
        name = (digest, record.hash)
        with self._lock:
            run = self._runs.get(name)
            first = run is None
            if run is None:
                run = self._runs[name] = _Run()
        if not first:
            return run.result()
        try:
            run.matched = self._run_argon2(record, text)
            if run.matched:
                self._memory.add(digest, record.facts.key_id, record.hash)
            else:
                self._memory.add_wrong(digest, record.hash)
        except PftuiError as error:
            run.error = error
            raise
        finally:
            with self._lock:
                del self._runs[name]
            run.done.set()
        return run.matched

    def _run_argon2(self, record: KeyRecord, text: str) -> bool:
        key_id = record.facts.key_id
        problem = hash_problem(record.hash)
        if problem is not None:
            raise StoreDamaged(
                f"The hash of the key {shown(key_id)} is damaged in the store: {problem}. "
                "Nothing was decided; revoke the key, and see `pftui db check`."
            )
        tagged = is_tag(record.tag)
        self._refuse_at_limit(key_id, tagged)
        with self._turns.turn(key_id):
            self._refuse_at_limit(key_id, tagged)  # others may have been wrong while this one waited
            matched = hashing.key_matches(record.hash, Secret(text))
            if not matched:
                self._limit.count_wrong(key_id, tagged=tagged)
        return matched

    def _refuse_at_limit(self, key_id: str, tagged: bool) -> None:
        seconds = self._limit.wait(key_id, tagged=tagged)
        if seconds > 0:
            raise _too_many(seconds)

    def _after_fork(self) -> None:
        self._renew_locks()
        for part in (self._reader, self._notes, self._wrong, self._memory, self._limit):
            part.after_fork()


_verifiers: weakref.WeakSet[Verifier] = weakref.WeakSet()


def _after_fork() -> None:
    for verifier in list(_verifiers):
        verifier._after_fork()


os.register_at_fork(after_in_child=_after_fork)


class _Run:
    """A run of argon2 under way, for those who ask for the same."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.matched: bool | None = None
        self.error: PftuiError | None = None

    def result(self) -> bool:
        self.done.wait()
        if isinstance(self.error, StoreDamaged):
            raise StoreDamaged(self.error.message)
        if self.matched is None:
            raise _too_many(self.error.seconds if isinstance(self.error, TryAgain) else 1.0)
        return self.matched


def _too_many(seconds: float) -> TryAgain:
    return TryAgain(
        f"There were too many wrong keys lately. Nothing was decided; try again in {ceil(seconds)} s.",
        seconds,
    )


def _wanted(permission: str | None, team: str | None) -> Permission | None:
    if permission is None:
        return None
    if team is None:
        raise WrongUsage("A permission is held in a team: name the team too.")
    try:
        return Permission(permission)
    except ValueError:
        names = ", ".join(known.value for known in Permission)
        raise WrongUsage(f"There is no such permission. There are: {names}.") from None


def _single_team(teams: frozenset[str]) -> str:
    if not teams:
        raise WrongUsage("There is no such team.")
    if len(teams) > 1:
        raise WrongUsage("More than one team has this as its name or slug: give the team's id.")
    return next(iter(teams))


def _first_use(unit: UnitOfWork, account_id: str, key_id: str, moment: datetime) -> None:
    from pftui.services.verification.first_use import tell_of_first_use  # and the models: for this alone

    tell_of_first_use(unit, account_id, key_id, moment)


class _NotedUses:
    """When *last used* is written: once a minute for a key at most, and at the first use of an unsaved one.

    A note that cannot be written never changes an answer, and for some seconds no other is tried.
    """

    def __init__(self, reader: KeyReader, clock: Clock, monotonic: Monotonic) -> None:
        self._reader = reader
        self._clock = clock
        self._monotonic = monotonic
        self._pause_until = monotonic()
        self._notes: UseNotes | None = None
        self._renew_lock()

    def _renew_lock(self) -> None:
        self._under_way: set[str] = set()
        self._lock = threading.Lock()

    def note(self, record: KeyRecord, text: str) -> None:
        """The key was used, just now and with success. One that is older than tags are gets its own."""
        try:
            now = to_microseconds(self._clock())
        except Exception:  # noqa: BLE001  # nor may a clock
            _log.warning("last use of a key was not written: the clock cannot be read", exc_info=True)
            return
        before = now - NOTED_EVERY
        # What is in the future was noted by a clock that was ahead, and stands in nobody's way.
        if record.saved and before < record.last_used_at <= now:
            return
        key_id = record.facts.key_id
        with self._lock:
            if key_id in self._under_way or self._monotonic() < self._pause_until:
                return
            self._under_way.add(key_id)
        try:
            self.store().write(key_id, now, before)
            if record.tag is None:
                self.store().add_tag(key_id, record.hash, tag_of(text))
        except PftuiError as error:
            _log.warning("last use of key %s was not written: %s", key_id, error.message)
            self._pause_until = self._monotonic() + _NOTES_PAUSE
        except Exception:  # noqa: BLE001  # a bug in a note must not turn into an answer either
            _log.warning("last use of key %s was not written", key_id, exc_info=True)
            self._pause_until = self._monotonic() + _NOTES_PAUSE
        finally:
            with self._lock:
                self._under_way.discard(key_id)

    def store(self) -> UseNotes:
        """The way to write into the store, which is opened when it is needed."""
        with self._lock:
            if self._notes is None:
                self._notes = UseNotes(self._reader, _first_use)
            return self._notes

    def close(self) -> None:
        if self._notes is not None:
            self._notes.close()

    def after_fork(self) -> None:
        self._renew_lock()
        if self._notes is not None:
            self._notes.after_fork()
