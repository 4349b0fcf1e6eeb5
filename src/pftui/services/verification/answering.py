"""How a question about a key is answered: the one implementation behind both verifiers.

A `Call` says step by step what it needs next, and each verifier says where that is done: in the caller's own
thread, or in threads beside it. What follows from it, the call alone knows.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future
from enum import Enum
from functools import partial
from math import ceil
from typing import Any, Final

from pftui.domain.api_key import KEY_LENGTH, KeyFormatError, as_text, parse, shown
from pftui.domain.clock import Clock
from pftui.domain.decisions import Decision, Reason, denied, malformed
from pftui.domain.errors import StoreDamaged, StoreUnavailable, TryAgain
from pftui.domain.hashes import hash_problem
from pftui.domain.key_tag import is_tag, tag_fits
from pftui.domain.secret import Secret
from pftui.repositories.key_lookup.reader import NOT_NOW, NotNow
from pftui.repositories.key_lookup.records import MOST_DECIDED, KeyRecord
from pftui.services import hashing
from pftui.services.verification.connections import Connections
from pftui.services.verification.matches import Monotonic
from pftui.services.verification.noted_uses import due
from pftui.services.verification.process import PROCESS, Bounds
from pftui.services.verification.questions import decided, known_permissions, single_team, wanted_permissions
from pftui.services.verification.watching import Cache

KEY_ID: Final = slice(5, 15)
"""Where the id is in the text of a key."""
_READS: Final = 4  # of a row whose hash changes under our hands


class Step(Enum):
    """What a call needs next."""

    READ = "its key's record"
    RUN = "whether the key is behind the hash, by argon2"
    NOTE = "that something is written, on which no answer depends"


READ, RUN, NOTE = Step.READ, Step.RUN, Step.NOTE
Steps = Generator[Step, Any, Decision]


class Answering:
    """What the calls of one verifier have in common; `is_open` until it is closed."""

    def __init__(self, connections: Connections, clock: Clock, monotonic: Monotonic) -> None:
        self.connections = connections
        self.reader = connections.reader
        self.clock = clock
        self.monotonic = monotonic
        self.memory = PROCESS.memory
        self.is_open = True

    @property
    def bounds(self) -> Bounds:
        """Those of the store that was read last."""
        return PROCESS.bounds(self.reader.store_id, self.monotonic)

    def begin(self, step: Step, call: Call, until: float | None, *, look: bool) -> Any:
        """A step without waiting for it: its result, or a `Future` of it.

        Args:
            until: of `time.monotonic`; what is later is given up.
            look: see `KeyReader.read_quickly`.

        Raises:
            TryAgain: too many wait already.
        """
        if step is READ:
            if call.known:
                record = self.reader.read_quickly(call.key_id, call.team, look=look)
                if record is not NOT_NOW:
                    return record
            return PROCESS.store.submit(partial(self.reader.read_beside, call.key_id, call.team, until))
        if step is RUN:
            return call.begin_run()
        try:
            return PROCESS.store.submit(call.note)
        except TryAgain:
            call.leave_untold()
            raise

    def here(self, step: Step, call: Call) -> Any:
        """A step in the caller's own thread."""
        if step is READ:
            return self.reader.read(call.key_id, call.team)
        return call.run() if step is RUN else call.note()

    def at_once(self, text: str, team: str | None, permission: str | None, *, touch: bool) -> Decision | Call:
        """The decision where the same question was answered by the same record; else a call that has read it.

        Where it is time for a note of uses, it is written here, in the caller's thread.

        Raises:
            StoreUnavailable: as `KeyReader.read` says.
        """
        call_of = partial(Call, self, text, team)
        if len(text) != KEY_LENGTH or not self.is_open:
            return call_of()
        digest = self.memory.digest(text)
        if self.memory.key_id(digest) is None:
            return call_of()
        record = self.reader.read(text[KEY_ID], team)
        decision = record.decided.get((digest, team, permission)) if record is not None else None
        if record is None or decision is None:
            return call_of(record)
        if touch and (now := due(record, self.clock)):
            uses = self.bounds.uses
            if uses.add(record, text, now, self.connections.notes):
                uses.write()
        return decision

    def check(self, team: str | None, permission: str | None, until: float | None) -> None:
        """As `Verifier.check`."""
        if permission is not None:
            known_permissions(permission)
        if team is not None:
            self.ensure_open()
            single_team(self.reader.teams(team, until))

    def check_health(self, until: float | None) -> None:
        """As `Verifier.health`."""
        self.ensure_open()
        self.reader.check_health(until)

    def ensure_open(self) -> None:
        """Raise `StoreUnavailable` once it is closed."""
        if not self.is_open:
            raise StoreUnavailable("This verifier was closed. Nothing was decided.")

    def leave(self) -> None:
        """Leave in the store what is only counted, or waits to be noted."""
        if self.reader.store_id:
            self.bounds.uses.leave()
            self.bounds.wrong.leave_count(self.clock, self.connections.notes)


class Call:
    """One question about a key, and on the way to its answer what was found out.

    `runs` and `cache` are as in `VerificationEvent`; `known` is whether the key has matched before; `untold`
    is how many wrong secrets its note tells of.
    """

    __slots__ = (
        "_answering",
        "_digest",
        "_read",
        "_record",
        "_text",
        "cache",
        "key_id",
        "known",
        "note",
        "runs",
        "team",
        "untold",
    )

    _digest: bytes
    _read: KeyRecord | NotNow | None
    _record: KeyRecord
    key_id: str
    note: Callable[[], None]
    cache: Cache

    def __init__(
        self, answering: Answering, key: object, team: str | None, read: KeyRecord | NotNow | None = NOT_NOW
    ) -> None:
        self._answering = answering
        self._read = read  # for it, and for the first time that it is needed
        self._text = as_text(key)
        self.team = team
        self.known = False
        self.runs = self.untold = 0
        self.cache = "none"

    def steps(self, permission: str | None, touch: bool) -> Steps:
        """What is needed, one after the other, each answered by `send`; returns the decision.

        Raises:
            WrongUsage, StoreUnavailable, TryAgain: as `Verifier.verify` says.
        """
        wanted = wanted_permissions(permission, self.team)
        answering, text = self._answering, self._text
        memory = answering.memory
        self._digest = memory.digest(text) if len(text) == KEY_LENGTH else b""
        key_id = memory.key_id(self._digest)
        self.known = key_id is not None
        if key_id is None:
            try:
                key_id = parse(text).key_id
            except KeyFormatError as error:
                return denied(Reason.CHECKSUM) if error.checksum else malformed(text)
        self.key_id = key_id
        if not answering.is_open:
            answering.ensure_open()
        for _ in range(_READS):
            record = self._read
            if record is NOT_NOW:
                record = yield READ
            self._read = NOT_NOW
            if record is None:
                return denied(Reason.UNKNOWN, key_id)
            self._record = record
            if memory.holds(self._digest, record.hash):
                if self.cache == "none":
                    self.cache = "match"
                decision = decided(record, self.team, wanted)
                if decision.allowed:
                    self._keep(decision, permission)
                if touch and decision.allowed and answering.is_open and (now := due(record, answering.clock)):
                    uses = answering.bounds.uses
                    if uses.add(record, text, now, answering.connections.notes):
                        self.note = uses.write
                        yield NOTE
                return decision
            if self._is_ruled_out() or not (yield RUN):
                if touch and answering.is_open and (times := answering.bounds.wrong.due(key_id)):
                    self.untold = times
                    self.note = partial(self._tell_of_wrong_secret, times)
                    yield NOTE
                return denied(Reason.UNKNOWN, key_id)
            # What was read is as old as the run was long: read again before deciding (R9).
        raise TryAgain("The key's record keeps changing. Nothing was decided; try again in 1 s.", 1.0)

    def _keep(self, decision: Decision, permission: str | None) -> None:
        """Keep with the record what follows from it alone, whatever time it is."""
        known = self._record.decided
        if len(known) >= MOST_DECIDED:
            known.clear()
        known[self._digest, self.team, permission] = decision

    def run(self) -> bool:
        """Whether the key is behind the row's hash: one run of argon2, however many ask at the same time."""
        runs, name = self._answering.bounds.runs, (self._digest, self._record.hash)
        future, is_mine = runs.join(name)
        if is_mine:
            runs.find(name, self._wait_and_run)
        return future.result()

    def begin_run(self) -> Future[bool]:
        """The same, in a thread beside; where too many wait, the answer is `TryAgain`."""
        runs, name = self._answering.bounds.runs, (self._digest, self._record.hash)
        future, is_mine = runs.join(name)
        if is_mine:
            try:
                self._refuse_at_limit()
                PROCESS.argon2.submit(partial(runs.find, name, self._run), group=self.key_id)
            except (TryAgain, StoreDamaged) as error:
                runs.find(name, partial(_raise, error))
        return future

    def _wait_and_run(self) -> bool:
        self._refuse_at_limit()
        with PROCESS.turns.turn(self.key_id):
            return PROCESS.argon2.lend(self._run)

    def _run(self) -> bool:
        record, bounds, key_id = self._record, self._answering.bounds, self.key_id
        memory, digest = self._answering.memory, self._digest
        # While this one waited, others may have found it out, or may have been wrong.
        if memory.holds(digest, record.hash) or memory.was_wrong(digest, record.hash):
            return memory.holds(digest, record.hash)
        self._refuse_at_limit()
        self.runs += 1
        matched = hashing.key_matches(record.hash, Secret(self._text))
        if matched:
            memory.add(digest, key_id, record.hash)
        else:
            memory.add_wrong(digest, record.hash)
            bounds.limit.count_wrong(key_id, tagged=is_tag(record.tag))
        return matched

    def _refuse_at_limit(self) -> None:
        problem = hash_problem(self._record.hash)
        if problem is not None:
            raise StoreDamaged(
                f"The hash of the key {shown(self.key_id)} is damaged in the store: {problem}. "
                "Nothing was decided; revoke the key, and see `pftui db check`."
            )
        seconds = self._answering.bounds.limit.wait(self.key_id, tagged=is_tag(self._record.tag))
        if seconds > 0:
            raise TryAgain(
                "There were too many wrong keys lately. Nothing was decided; try again in "
                f"{ceil(seconds)} s.",
                seconds,
            )

    def _is_ruled_out(self) -> bool:
        """Whether no run is needed: the tag tells the key from the right one, or it was wrong before."""
        record = self._record
        if is_tag(record.tag) and not tag_fits(record.tag, self._text):
            self.cache = "tag"
            return True
        known_wrong = self._answering.memory.was_wrong(self._digest, record.hash)
        self.cache = "wrong" if known_wrong else "miss"
        return known_wrong

    def leave_untold(self) -> None:
        """The note is not written: let a later one tell of what it would have told of."""
        if self.untold:
            self._answering.bounds.wrong.put_off(self.key_id, self.untold)

    def _tell_of_wrong_secret(self, times: int) -> None:
        answering = self._answering
        answering.bounds.wrong.tell(self._record, times, answering.clock, answering.connections.notes)


def _raise(error: Exception) -> bool:
    raise error
