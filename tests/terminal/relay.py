"""A slow link between a person and a program: what goes over it comes late, in order, and bunched."""

from __future__ import annotations

import os
import random
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from tests.patience import PATIENCE
from tests.terminal.harness import Terminal, rest

_AT_ONCE: Final = 65_536


@dataclass(frozen=True, slots=True)
class Link:
    """Seconds that everything takes each way, and up to how many more anything may; the same each time."""

    delay: float = 0.0
    jitter: float = 0.0
    seed: int = 7


class _Way:
    """One direction: each piece is on its way for the delay and its own jitter, and overtakes none before."""

    def __init__(self, source: int, target: int, link: Link, seed: int) -> None:
        self.source = source
        self.link = link
        self._target = target
        self._chance = random.Random(seed)
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._due = 0.0
        self.carried = 0

    @property
    def under_way(self) -> bool:
        return bool(self._under_way)

    def wait(self, now: float) -> float | None:
        """Seconds until something arrives; None where nothing is under way."""
        return max(0.0, self._under_way[0][0] - now) if self._under_way else None

    def take(self) -> bool:
        """Take in what has come; whether there was anything."""
        try:
            data = os.read(self.source, _AT_ONCE)
        except BlockingIOError:
            return True
        except OSError:  # the program has closed its terminal
            return False
        if data:
            self.send(data, self._chance.uniform(0, self.link.jitter))
        return bool(data)

    def send(self, data: bytes, late: float) -> None:
        """Send one piece, so many seconds later than the link makes it."""
        self._due = max(self._due, time.monotonic() + self.link.delay + late)
        self._under_way.append((self._due, data))

    def deliver(self, now: float) -> None:
        """Hand over all that is there by now, as one piece."""
        arrived = bytearray()
        while self._under_way and self._under_way[0][0] <= now:
            arrived += self._under_way.popleft()[1]
        self.carried += len(arrived)
        while arrived:
            try:
                del arrived[: os.write(self._target, arrived)]
            except BlockingIOError:
                select.select([], [self._target], [], 0.1)
            except OSError:
                return


class FarTerminal(Terminal):
    """A terminal at the other end of a link.

    Args:
        command, environ, size, cwd: as of `Terminal`.
        link: What is between it and the program.
    """

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        size: tuple[int, int] = (120, 40),
        cwd: Path | None = None,
        *,
        link: Link,
    ) -> None:
        super().__init__(command, environ, size, cwd)
        self._pty = self.master
        here, self._there = socket.socketpair()
        here.setblocking(False)
        self._there.setblocking(False)
        self.master = here.detach()
        self._ended = threading.Event()
        self._to = _Way(self._there.fileno(), self._pty, link, link.seed)
        self._from = _Way(self._pty, self._there.fileno(), link, link.seed + 1)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(PATIENCE)
        super().__exit__(kind, error, trace)
        self._there.close()
        os.close(self._pty)

    def paste(self, text: str, *cuts: int) -> None:
        """Send a text at once, as a terminal does that does not bracket pastes.

        The link cuts it after so many bytes, and has the pieces come as far from each other as its jitter is.
        """
        data = text.encode()
        ends = [*cuts, len(data)]
        with self._lock:
            for number, (start, end) in enumerate(zip([0, *cuts], ends, strict=True)):
                self._to.send(data[start:end], self._to.link.jitter * number)

    def hand(self, keys: Iterable[str], pace: float) -> None:
        """Type keys one by one, with so many seconds between them; Enter as the others."""
        for number, key in enumerate(keys):
            if number:
                time.sleep(pace)  # the hand
            self.type(key)

    def over(self, link: Link) -> None:
        """What comes from now on goes over another link."""
        with self._lock:
            self._to.link = self._from.link = link

    def rest(self) -> None:
        """Read until nothing is under way and the program has nothing more to send."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            before = self._carried()
            rest(self)
            if before is not None and self._carried() == before:
                return
            self.read(0.02)
        raise AssertionError(f"never at rest; the screen:\n{self.text}")

    def _carried(self) -> tuple[int, int] | None:
        """How many bytes have gone each way; None while some are under way."""
        with self._lock:
            waiting = select.select([self._pty, self._there.fileno()], [], [], 0)[0]
            under_way = waiting or self._to.under_way or self._from.under_way
            return None if under_way else (self._to.carried, self._from.carried)

    def _run(self) -> None:
        open_ways = [self._to, self._from]
        while not self._ended.is_set():
            now = time.monotonic()
            waits = [wait for way in open_ways if (wait := way.wait(now)) is not None]
            ready = select.select([way.source for way in open_ways], [], [], min([*waits, 0.02]))[0]
            with self._lock:
                for way in list(open_ways):
                    if way.source in ready and not way.take():
                        open_ways.remove(way)
                for way in (self._to, self._from):
                    way.deliver(time.monotonic())
