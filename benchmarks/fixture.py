"""What the fixture of `pftui.testing` costs, against a bare copy of the same file that is opened."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.table import Row, paired
from pftui.testing import TemporaryOrganization, make_template

ROUNDS = 15


def organizations(home: Path) -> Iterator[Row]:
    """The organization alone, as the fixture gives it; and with a first key, a team and a role."""
    folder = home / "template"
    folder.mkdir(mode=0o700)
    template = make_template(folder)

    def bare(place: Path) -> None:
        shutil.copyfile(template, place / "bare.db")
        with closing(sqlite3.connect(place / "bare.db")) as connection:
            connection.execute("SELECT id FROM store_identity").fetchone()

    def alone(place: Path) -> None:
        TemporaryOrganization.copied(template, place).close()

    def with_key(place: Path) -> None:
        with TemporaryOrganization.copied(template, place) as organization:
            organization.key(team="red-team", role="CI Runner")

    for what, made in (("an organization for a test", alone), ("the same, with its first key", with_key)):
        times: tuple[list[float], list[float]] = ([], [])
        for number in range(ROUNDS + 1):
            place = home / f"{made.__name__}-{number}"
            place.mkdir(mode=0o700)
            pair = _milliseconds(made, place), _milliseconds(bare, place)
            if number:
                for taken, took in zip(times, pair, strict=True):
                    taken.append(took)
        yield paired(f"{what} ÷ bare copy and open", *times, "ms", None)


def _milliseconds(make: Callable[[Path], None], place: Path) -> float:
    begun = time.perf_counter()
    make(place)
    return (time.perf_counter() - begun) * 1000
