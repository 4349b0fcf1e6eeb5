"""What a verifier keeps in memory: which keys have matched and which have not, and how many wrong ones.

None of it holds a key or a decision. argon2id is slow on purpose, so that a stolen hash is of no use;
whether a key matches this very hash need not be found out twice.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b

Monotonic = Callable[[], float]

REMEMBERED_KEYS = 65_536  # some 20 MB
REMEMBERED_WRONG = 8_192  # which is some 1 MB
_WATCHED_IDS = 10_000


class MatchMemory:
    """Which keys matched which hash, and which did not, under a keyed BLAKE2b of both; the oldest goes first.

    The BLAKE2b key is random and stays in the process (RFC 7693, 2.9), so that what is remembered
    says nothing to whom it falls into the hands of, and nothing in another process.
    """

    def __init__(self, size: int = REMEMBERED_KEYS, wrong_size: int = REMEMBERED_WRONG) -> None:
        self._key = secrets.token_bytes(32)
        self._size = size
        self._wrong_size = wrong_size
        self._matched: OrderedDict[bytes, tuple[str, bytes]] = OrderedDict()
        self._wrong: OrderedDict[bytes, None] = OrderedDict()
        self._lock = threading.Lock()

    def digest(self, text: str) -> bytes:
        """What a key is remembered under."""
        return blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=32).digest()

    def key_id(self, digest: bytes) -> str | None:
        """The id of a key that has matched before; its format was checked then."""
        found = self._matched.get(digest)
        return found[0] if found is not None else None

    def holds(self, digest: bytes, stored: str) -> bool:
        """Whether the key has matched this hash, and not one that the row had before."""
        fingerprint = self._fingerprint(stored)
        with self._lock:
            found = self._matched.get(digest)
            if found is None or found[1] != fingerprint:
                return False
            self._matched.move_to_end(digest)
            return True

    def add(self, digest: bytes, key_id: str, stored: str) -> None:
        """Remember that the key matched this hash."""
        fingerprint = self._fingerprint(stored)
        with self._lock:
            self._matched[digest] = (key_id, fingerprint)
            self._matched.move_to_end(digest)
            while len(self._matched) > self._size:
                self._matched.popitem(last=False)

    def was_wrong(self, digest: bytes, stored: str) -> bool:
        """Whether a run has found that the key does not match this hash."""
        name = digest + self._fingerprint(stored)
        with self._lock:
            if name not in self._wrong:
                return False
            self._wrong.move_to_end(name)
            return True

    def add_wrong(self, digest: bytes, stored: str) -> None:
        """Remember that the key does not match this hash; a run was needed to put it in."""
        with self._lock:
            self._wrong[digest + self._fingerprint(stored)] = None
            while len(self._wrong) > self._wrong_size:
                self._wrong.popitem(last=False)

    def after_fork(self) -> None:
        """Replace the lock, which another thread of the parent process may have held."""
        self._lock = threading.Lock()

    def _fingerprint(self, stored: str) -> bytes:
        # Its own `person`, so that no hash can pass for a key.
        return blake2b(stored.encode(), key=self._key, digest_size=16, person=b"row hash").digest()


class _Bucket:
    """Tokens that come back with time. It may be in debt: what ran at the same time is counted too."""

    __slots__ = ("level", "stamp")

    def __init__(self, level: float, stamp: float) -> None:
        self.level = level
        self.stamp = stamp

    def refill(self, burst: float, seconds_each: float, now: float) -> None:
        self.level = min(burst, self.level + (now - self.stamp) / seconds_each)
        self.stamp = now


class WrongSecretLimit:
    """How often argon2 runs for wrong secrets in this process.

    Key ids are public, so a stranger can use the runs of an id up. Of a key with a tag they need some 65,536
    made-up secrets for each run, and so hardly ever get to its limit: 5, and one more every 2 seconds. Keys
    without a tag have a longer wait, and a limit of them all.

    Args:
        monotonic: seconds from any start.
    """

    ID_BURST, ID_SECONDS = 5, 2.0
    UNTAGGED_SECONDS = 10.0
    ALL_BURST, ALL_SECONDS = 20, 0.25

    def __init__(self, monotonic: Monotonic = time.monotonic) -> None:
        self._monotonic = monotonic
        self._all = _Bucket(self.ALL_BURST, monotonic())
        self._ids: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key_id: str, *, tagged: bool) -> float:
        """The seconds until argon2 may run for this key id; 0 for now."""
        now = self._monotonic()
        seconds = self.ID_SECONDS if tagged else self.UNTAGGED_SECONDS
        with self._lock:
            longest = 0.0
            if not tagged:
                self._all.refill(self.ALL_BURST, self.ALL_SECONDS, now)
                longest = (1 - self._all.level) * self.ALL_SECONDS
            bucket = self._ids.get(key_id)
            if bucket is not None:
                bucket.refill(self.ID_BURST, seconds, now)
                longest = max(longest, (1 - bucket.level) * seconds)
        return max(longest, 0.0)

    def count_wrong(self, key_id: str, *, tagged: bool) -> None:
        """A run found a wrong secret."""
        now = self._monotonic()
        with self._lock:
            if not tagged:
                self._all.refill(self.ALL_BURST, self.ALL_SECONDS, now)
                self._all.level -= 1
            bucket = self._ids.setdefault(key_id, _Bucket(self.ID_BURST, now))
            bucket.refill(self.ID_BURST, self.ID_SECONDS if tagged else self.UNTAGGED_SECONDS, now)
            bucket.level -= 1
            self._ids.move_to_end(key_id)
            while len(self._ids) > _WATCHED_IDS:
                self._ids.popitem(last=False)

    def after_fork(self) -> None:
        """Replace the lock, which another thread of the parent process may have held."""
        self._lock = threading.Lock()
