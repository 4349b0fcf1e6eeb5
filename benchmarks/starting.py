"""How long until the first frame and row, and what stays in memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import PEERS, NotInstalled, lay_out, program
from benchmarks.programs import BARE, DEMO, Opened, Program, console, environment, seconds
from benchmarks.stores import Store
from benchmarks.table import Row, Target, left_out, paired
from tests.terminal.harness import python

FRAME, ROW, PEER, MEMORY = Target("≤", 1.1), Target("≤", 2.2), Target("<", 0.5), Target("≤", 2.3)
HELP = Target("≤", 1.3)


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds from the start of a process."""

    frame: float
    row: float


def start(program: Program, home: Path) -> Start:
    """Start a program once."""
    with Opened(program, home) as opened:
        frame = opened.seconds_until(program.frame) * 1000
        row = opened.seconds_until([program.row]) * 1000 if program.row else frame
        return Start(frame, row)


def interleaved(programs: Sequence[Program], home: Path, rounds: int) -> dict[str, list[Start]]:
    """Start them in turns, in changing order; the first round warms the caches and does not count."""
    starts: dict[str, list[Start]] = {each.name: [] for each in programs}
    for number in range(rounds + 1):
        for each in programs if number % 2 else reversed(programs):
            took = start(each, home)
            if number:
                starts[each.name].append(took)
    return starts


def demo(home: Path, rounds: int) -> Iterator[Row]:
    """The demo against the bare app."""
    starts = interleaved((DEMO, BARE), home, rounds)
    ours, theirs = starts[DEMO.name], starts[BARE.name]
    for what, part, target in (("first frame", "frame", FRAME), ("first row", "row", ROW)):
        yield paired(
            f"pftui --demo, {what} ÷ bare app's",
            [getattr(each, part) for each in ours],
            [getattr(each, part) for each in theirs],
            "ms",
            target,
        )


def help_page(home: Path, rounds: int) -> Iterator[Row]:
    """The whole process of `pftui --help` against an interpreter that imports click."""
    environ = environment(BARE, home)
    ours, theirs = python("pftui", "--help"), [sys.executable, "-c", "import click"]
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        pair = seconds(ours, environ) * 1000, seconds(theirs, environ) * 1000
        if number:
            for taken, took in zip(times, pair, strict=True):
                taken.append(took)
    yield paired('pftui --help ÷ python -c "import click"', *times, "ms", HELP)


def peers(home: Path, store: Store, rounds: int) -> Iterator[Row]:
    """The sign-in screen against the first paint of the peers."""
    lay_out(home)
    for peer in PEERS:
        what = f"pftui, first paint ÷ {peer.name}'s"
        ours = console(store.path)
        try:
            theirs = program(peer)
            starts = interleaved((ours, theirs), home, rounds)
        except (NotInstalled, AssertionError) as reason:
            yield left_out(what, "ms", PEER, str(reason).splitlines()[0])
            continue
        here, there = ([each.frame for each in starts[name]] for name in (ours.name, theirs.name))
        yield paired(what, here, there, "ms", PEER, peer.requirements[0])


def memory(home: Path, rounds: int) -> Iterator[Row]:
    """What all processes of the console hold, with the demo open and at rest."""
    held: dict[str, list[float]] = {DEMO.name: [], BARE.name: []}
    for _ in range(rounds):
        for each in (DEMO, BARE):
            with Opened(each, home) as opened:
                opened.ready()
                held[each.name].append(opened.memory())
    yield paired("memory with the demo open ÷ bare app", held[DEMO.name], held[BARE.name], "MB", MEMORY)
