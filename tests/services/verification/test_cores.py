"""How many cores a process may use, and that argon2 needs no more threads than these."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pftui.domain.errors import TryAgain
from pftui.services.verification.cores import usable_cores
from pftui.services.verification.pools import Pool
from pftui.services.verification.turns import Turns
from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def _cgroup(folder: Path, told: str, **quotas: str) -> tuple[Path, Path]:
    own, mounted = folder / "cgroup", folder / "mounted"
    own.write_text(told)
    mounted.mkdir()
    for name, quota in quotas.items():
        group = mounted / name.replace("_", "/").strip("/")
        group.mkdir(parents=True, exist_ok=True)
        (group / "cpu.max").write_text(quota)
    return own, mounted


@pytest.mark.parametrize(
    ("told", "quotas", "cores"),
    [
        ("0::/\n", {"_": "150000 100000\n"}, 2),
        ("0::/\n", {"_": "max 100000\n"}, 8),
        ("0::/\n", {"_": "1000 100000\n"}, 1),
        ("0::/\n", {"_": "9900000 100000\n"}, 8),
        ("0::/a/b\n", {"a_b": "max 100000\n", "a": "300000 100000\n"}, 3),
        ("0::/a/b\n", {"a_b": "50000 100000\n", "a": "300000 100000\n"}, 1),
        ("4:cpu:/a\n0::/b\n", {"a": "100000 100000\n", "b": "400000 100000\n"}, 4),
        ("0::/../other\n", {"_": "100000 100000\n"}, 8),
        ("0::/\n", {"_": "quite a lot\n"}, 8),
        ("0::/\n", {"_": "1 0\n"}, 8),
        ("0::/\n", {"_": "a b c\n"}, 8),
        ("4:cpu:/a\n", {"a": "100000 100000\n"}, 8),
        ("", {}, 8),
    ],
)
def test_quotas_of_all_cgroups_hold(tmp_path: Path, told: str, quotas: dict[str, str], cores: int) -> None:
    assert usable_cores(*_cgroup(tmp_path, told, **quotas)) == cores


def test_without_cgroups_the_affinity_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = tmp_path / "nowhere", tmp_path
    assert usable_cores(*nowhere) == 8
    monkeypatch.delattr(os, "sched_getaffinity")
    assert usable_cores(*nowhere) == (os.cpu_count() or 1)


def test_what_callers_with_a_turn_have_done_is_done_in_the_pools_threads() -> None:
    turns = Turns(2)
    pool = Pool("lent", threads=2, waiting=1, turns=turns)
    names: set[str] = set()

    def work() -> int:
        names.add(threading.current_thread().name)
        return 7

    def ask(number: int) -> int:
        with turns.turn(str(number)):
            return pool.lend(work)

    with ThreadPoolExecutor(16) as callers:
        assert list(callers.map(ask, range(64))) == [7] * 64
    assert names <= {"lent_1", "lent_2"}
    with turns.turn("failing"), pytest.raises(ZeroDivisionError):
        pool.lend(lambda: 1 // 0)


def test_who_has_a_turn_is_not_refused_where_many_wait_without_one() -> None:
    turns = Turns(1)
    pool = Pool("lent", threads=1, waiting=1, turns=turns)
    with turns.turn("a"):
        waits = pool.submit(lambda: 8, group="b")
        with pytest.raises(TryAgain):
            pool.submit(lambda: 9, group="c")
        assert pool.lend(lambda: 7) == 7
    assert waits.result(PATIENCE) == 8
