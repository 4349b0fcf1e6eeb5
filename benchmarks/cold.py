"""The memory that keys seen for the first time take, by how many threads ask."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from benchmarks.load import insert_keys
from benchmarks.peak import megabytes
from benchmarks.stores import Store
from benchmarks.table import Row, Target
from pftui import Verifier
from pftui.services.hashing import KEYS
from pftui.services.verification.cores import usable_cores

MEMORY = Target("≤", 1.3)
_EACH = 4  # keys that a thread asks about


def memory(store: Store, rounds: int = 3) -> Iterator[Row]:
    """The most that a process takes, beside one that runs bare argon2 in as many threads as cores."""
    for threads in (8, 32):
        keys = insert_keys(store.url, threads * _EACH, KEYS)
        ours = [_megabytes("keys", store.url, threads, keys) for _ in range(rounds)]
        theirs = [_megabytes("bare", store.url, usable_cores(), keys) for _ in range(rounds)]
        what = f"memory: {threads} threads with new keys ÷ bare argon2 in as many as cores"
        yield Row(what, median(ours), "MB", median(theirs), target=MEMORY)


def _megabytes(way: str, url: str, threads: int, keys: Sequence[str]) -> float:
    program = [sys.executable, "-m", "benchmarks.cold", way, url, str(threads)]
    told = subprocess.run(program, input="\n".join(keys), text=True, capture_output=True, check=True)
    return float(told.stdout)


def _ask(way: str, url: str, threads: str) -> None:
    """Ask about all keys, in so many threads; tells the megabytes that this has taken at most."""
    keys = sys.stdin.read().split()
    with Verifier(url) as verifier:
        hashed = KEYS.hash(keys[0])

        def about(key: str) -> object:
            return verifier.verify(key).allowed if way == "keys" else KEYS.verify(hashed, keys[0])

        _in_threads(int(threads), keys, about)
    print(megabytes())


def _in_threads(number: int, keys: Sequence[str], act: Callable[[str], object]) -> None:
    begin = threading.Barrier(number)

    def work(own: Sequence[str]) -> None:
        begin.wait()
        for key in own:
            assert act(key)

    asking = [threading.Thread(target=work, args=(keys[first::number],)) for first in range(number)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()


if __name__ == "__main__":
    _ask(*sys.argv[1:])
