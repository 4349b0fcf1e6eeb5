"""Measure, and print the table: `python -m benchmarks [NAME …] [--rounds N] [--json FILE] [--check]`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks import (
    busy,
    cold,
    copying,
    ending,
    fixture,
    known_keys,
    large,
    load,
    sending,
    serving,
    side_by_side,
    starting,
    trail,
    verifying,
    wire,
    writing,
)
from benchmarks.programs import Scratch
from benchmarks.stores import make_store
from benchmarks.table import Row, lines

ON_DEMAND = ("million", "million-ends", "busy-million", "events", "cores", "copies", "load")


def benchmarks(home: Path, rounds: int) -> Mapping[str, Callable[[], Iterator[Row]]]:
    """All of them by name, in the order of the table."""
    store = make_store(home)
    return {
        "start": partial(starting.demo, home, rounds),
        "help": partial(starting.help_page, home, 2 * rounds),
        "peers": partial(starting.peers, home, store, max(3, rounds // 2)),
        "verify": partial(verifying.command, home, store, rounds + 4),
        "calls": partial(verifying.calls, store, 5),
        "known-keys": partial(known_keys.keys, home),
        "deliveries": partial(sending.deliveries, 7),
        "loop": partial(load.loop, store, 5),
        "libraries": partial(side_by_side.libraries, home),
        "requests": partial(serving.requests, home, store),
        "fixture": partial(fixture.organizations, home),
        "memory": partial(starting.memory, home, 3),
        "cold": partial(cold.memory, store),
        "bytes": partial(wire.console, home),
        "peer-bytes": partial(wire.peers, home),
        "export": partial(trail.export, home),
        "audit-verify": partial(trail.verified, home),
        "lists": partial(large.lists, home),
        "busy": partial(busy.busy, home),
        "ends": partial(ending.ends, home),
        "million": partial(large.million, home),
        "busy-million": partial(busy.million, home),
        "million-ends": partial(ending.million_ends, home),
        "events": partial(trail.trail, home),
        "cores": partial(trail.spread, home),
        "copies": partial(copying.copies, home),
        "load": partial(load.load, store),
        "creates": partial(writing.creates, home, 9),
        "writers": partial(writing.two_writers, home),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 0, or with --check 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="which ones; without, all but 'million…', 'busy-million', 'events', 'cores', 'copies', 'load'",
    )
    parser.add_argument("--rounds", type=int, default=11, help="starts that count, of each program")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows there")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args(arguments)
    begun, load = time.monotonic(), os.getloadavg()[0]
    with Scratch() as home:
        known = benchmarks(home, max(1, options.rounds))
        if unknown := [name for name in options.names if name not in known]:
            parser.error(f"no benchmark is called {unknown[0]}; there are: {', '.join(known)}")
        rows: list[Row] = []
        try:
            for name in options.names or [name for name in known if name not in ON_DEMAND]:
                print(f"{name} …", file=sys.stderr, flush=True)
                rows += known[name]()
        finally:
            print("\n".join(lines(rows)))
    about = _about(load, time.monotonic() - begun)
    print(f"\n{about['python']}, {about['cores']} cores, load {load:.1f} before, {about['seconds']} s in all")
    if options.json:
        options.json.write_text(
            json.dumps({**about, "rows": [row.as_json() for row in rows]}, indent=2) + "\n"
        )
    return int(options.check and any(row.met is False for row in rows))


def _about(load: float, seconds: float) -> dict[str, object]:
    return {
        "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load": round(load, 2),
        "seconds": round(seconds),
    }


if __name__ == "__main__":
    sys.exit(main())
