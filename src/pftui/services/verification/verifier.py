"""May this key do that? The verifier that the command line and Python programs ask.

A key is checked for its format without a look-up. Then everything that the store says of it is read
in one statement, every time (R9); what is remembered between two calls is only that the key matched
the hash that was just read (see `matches.py`).
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from math import ceil
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from pftui.domain.api_key import KEY_LENGTH, KeyFormatError, as_text, parse, shown
from pftui.domain.clock import Clock, utc_now
from pftui.domain.decisions import Decision, Reason, decide, denied, malformed
from pftui.domain.errors import PftuiError, StoreDamaged, TryAgain, UnknownTeam, WrongUsage
from pftui.domain.hashes import hash_problem
from pftui.domain.http_answer import HeaderValues, key_of_request
from pftui.domain.key_tag import is_tag, tag_fits
from pftui.domain.permissions import ASKABLE, Permission, PermissionName, meant_by
from pftui.domain.secret import Secret
from pftui.repositories.key_lookup.reader import KeyReader, KeyRecord
from pftui.services import hashing
from pftui.services.location import store_url
from pftui.services.verification.matches import MatchMemory, Monotonic, WrongSecretLimit
from pftui.services.verification.noted_uses import NotedUses
from pftui.services.verification.turns import Turns
from pftui.services.verification.wrong_secrets import WrongSecrets

if TYPE_CHECKING:
    from pftui.repositories.unit_of_work import Store

_READS = 4  # of a row whose hash changes under our hands


class Verifier:
    """Answers what a key may do; safe to use from several threads, and after a fork.

    Args:
        url: the store, as an SQLAlchemy URL or a path; by default that of the command line.
        clock: the time that *last used* is written with.

    Raises:
        StoreMissing, StoreOutdated, StoreUnavailable, WrongUsage: as `connect` says.
    """

    def __init__(self, url: str | Path | None = None, clock: Clock = utc_now) -> None:
        self._begin(KeyReader.open(store_url(url)), clock, time.monotonic)

    @classmethod
    def sharing(cls, store: Store, clock: Clock = utc_now, monotonic: Monotonic = time.monotonic) -> Verifier:
        """A verifier on a store that is open already, and that closing the verifier leaves open."""
        verifier = cls.__new__(cls)
        verifier._begin(KeyReader(store.engine), clock, monotonic)
        return verifier

    def _begin(self, reader: KeyReader, clock: Clock, monotonic: Monotonic) -> None:
        self._reader = reader
        self._notes = NotedUses(reader, clock, monotonic)
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
        key: str | bytes | Secret | None,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        touch: bool = True,
    ) -> Decision:
        """The decision for a key. Blocks: for a tenth of a second at first sight of a key, then for none.

        Args:
            key: bytes of ASCII are a key too; what is none of these is malformed.
            team: a team's id, slug or name. Without one, any assignment will do, or global admin privileges.
            permission: what the key must be allowed in the team; an older name means two, both of which.
            touch: whether a success counts as a use: it is noted as the last one, and clears "key unsaved".
                Without, nothing is written to the store.

        Raises:
            WrongUsage: no such permission, or one without a team; for a valid key also `UnknownTeam`.
            StoreUnavailable: the store cannot be read; nothing was decided. `StoreDamaged` where what it has
                of this key is damaged.
            TryAgain: too many wrong secrets lately; nothing was decided.
        """
        wanted = _wanted(permission, team)
        text = as_text(key)
        digest = self._memory.digest(text) if len(text) == KEY_LENGTH else b""
        key_id = self._memory.key_id(digest)
        if key_id is None:
            try:
                key_id = parse(text).key_id
            except KeyFormatError as error:
                return denied(Reason.CHECKSUM) if error.checksum else malformed(text)
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

    def verify_header(
        self,
        authorization: HeaderValues,
        x_api_key: HeaderValues = None,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        touch: bool = True,
    ) -> Decision:
        """The decision for a request, by its headers; `status` and `headers` of it are the answer's. Blocks.

        Args:
            authorization: of `Authorization`: its value, all its values, or None where there is none.
            x_api_key: of `X-API-Key`, likewise.
            team, permission, touch: as in `verify`.

        Raises:
            WrongUsage, StoreUnavailable, TryAgain: as `verify` says.
        """
        _wanted(permission, team)
        key, reason = key_of_request(authorization, x_api_key)
        return denied(reason) if reason is not None else self.verify(key, team, permission, touch=touch)

    def remembers(self, key: str | bytes | Secret | None) -> bool:
        """Whether the key has matched here lately, so that little but the store is to be waited for."""
        text = as_text(key)
        return len(text) == KEY_LENGTH and self._memory.key_id(self._memory.digest(text)) is not None

    def check(self, team: str | None = None, permission: Permission | PermissionName | None = None) -> None:
        """Look, when a program starts, whether what it will ask about exists. Blocks.

        Raises:
            WrongUsage: there is no such permission. `UnknownTeam`: no team, or more than one, is called so.
            StoreUnavailable: the store cannot be read.
        """
        if permission is not None:
            _permissions(permission)
        if team is not None:
            _single_team(self._reader.teams(team))

    def health(self) -> None:
        """Read the schema's version and a row, for a probe of readiness. Blocks.

        Raises:
            StoreUnavailable: keys cannot be looked up, and why.
        """
        self._reader.check_health()

    def close(self) -> None:
        """Give the connections back."""
        _verifiers.discard(self)
        self._wrong.close()
        self._reader.close()
        self._notes.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A Verifier holds connections, so it is neither pickled nor copied: make one in each process, or "
            "before the processes are forked."
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @staticmethod
    def _decided(record: KeyRecord, team: str | None, wanted: tuple[Permission, ...]) -> Decision:
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


def _wanted(permission: str | None, team: str | None) -> tuple[Permission, ...]:
    if permission is None:
        return ()
    if team is None:
        raise WrongUsage("A permission is held in a team: name the team too.")
    return _permissions(permission)


def _permissions(name: str) -> tuple[Permission, ...]:
    try:
        return meant_by(name)
    except ValueError:
        raise WrongUsage(f"There is no such permission. There are: {', '.join(ASKABLE)}.") from None


def _single_team(teams: frozenset[str]) -> str:
    if not teams:
        raise UnknownTeam("There is no such team.")
    if len(teams) > 1:
        raise UnknownTeam("More than one team has this as its name or slug: give the team's id.")
    return next(iter(teams))
