"""Where a server stands: what is behind, which standbys are waited for, and which hosts are left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.engine import make_url

from pftui.domain.errors import StoreBehind, StoreUnavailable, WrongUsage
from pftui.repositories.completion import libpq_parameters
from pftui.repositories.database.connections import other_hosts
from pftui.repositories.database.engine import parse_url
from pftui.repositories.database.maintenance import location_of
from pftui.repositories.database.standing import Head, Seen, all_waited_for, names_in, refuse_unwaited

A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("found", "seen", "behind"),
    [((4, A), (5, A), True), ((5, B), (5, A), True), ((5, A), (5, A), False), ((6, B), (5, A), False)],
)
def test_what_is_before_what_was_seen(found: tuple[int, str], seen: tuple[int, str], behind: bool) -> None:
    known = Seen()
    known.note("store", Head(*seen))
    before = known.newest("store")
    if behind:
        with pytest.raises(
            StoreBehind, match=f"newest event is {found[0]}, and event {seen[0]} .* start this"
        ):
            known.believe("store", before, *found)
        assert known.newest("store") == seen
    else:
        known.believe("store", before, *found)
        assert known.newest("store") == max(found, seen)
    known.believe("another", known.newest("another"), 1, A)
    known.believe(None, None, 1, A)
    known.believe("store", before, None, A)  # damaged: told of by who needs it


def test_what_was_asked_before_something_newer_was_seen_may_be_older() -> None:
    known = Seen()
    known.note("store", Head(5, A))
    before = known.newest("store")
    known.note("store", Head(7, B))  # by another thread, meanwhile
    known.believe("store", before, 6, A)
    assert known.newest("store") == Head(7, B)


def test_of_many_threads_the_newest_stays() -> None:
    known = Seen()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: known.note("store", Head(number, A)), range(1, 2000)))
    assert known.newest("store") == Head(1999, A)


WAITED = {
    "": set(),
    "near": {"near"},
    '"near"': {"near"},
    "near, far": set(),  # one of them
    "FIRST 1 (near)": {"near"},
    "FIRST 2 (near, far)": {"near", "far"},
    "first 2 ( near ,far )": {"near", "far"},
    "2 (near, far)": {"near", "far"},
    "ANY 2 (near, far)": {"near", "far"},
    "ANY 1 (near, far)": set(),
    "FIRST 1 (near, far)": set(),
    "FIRST 2 (near)": set(),
    "FIRST 2 (near, near)": set(),
    "*": set(),
    "FIRST 1 (*)": set(),
    "ANY 2 (near, *)": set(),
    "nonsense (": set(),
}


@pytest.mark.parametrize("names", WAITED)
def test_which_standbys_are_all_waited_for(names: str) -> None:
    assert all_waited_for(names) == WAITED[names]


def test_a_change_is_made_where_all_that_are_named_are_waited_for() -> None:
    assert names_in("pftui.standbys=near, far") == {"near", "far"}
    refuse_unwaited("pftui.standbys=", "")
    refuse_unwaited("pftui.standbys=near", "FIRST 2 (near, far)")
    with pytest.raises(StoreUnavailable, match=r'far, near.*is "near"\. Nothing was changed'):
        refuse_unwaited("pftui.standbys=near,far", "near")


SEVERAL = (
    "postgresql://u:se%40cret@/acme?host=db1:5432&host=db2:5433&target_session_attrs=read-write&prepared=yes"
)


def test_several_hosts_are_read_alike_everywhere() -> None:
    assert libpq_parameters(SEVERAL)["host"] == "db1,db2"
    assert libpq_parameters(SEVERAL)["port"] == "5432,5433"
    url = parse_url(SEVERAL)
    _, given = url.get_dialect()().create_connect_args(url)
    assert (given["host"], given["port"]) == ("db1,db2", "5432,5433")
    assert given["target_session_attrs"] == "read-write"
    shown = location_of(url)
    assert "db1" in shown
    assert "db2" in shown
    assert "cret" not in shown


@pytest.mark.parametrize(
    "query",
    ["host=db1:x&host=db2", "host=u:cret@db1&host=db2", "host=db1:1&host=db2:99999999", "host=db1,db2:1:2"],
)
def test_hosts_that_are_none_are_told_of_without_them(query: str) -> None:
    for url in (f"postgresql://u@/acme?{query}", f"postgresql://u@/acme?{query}&prepared=yes"):
        with pytest.raises(WrongUsage) as caught:
            parse_url(url)
        assert "cret" not in caught.value.message


def test_a_socket_and_a_list_of_libpqs_own_are_hosts_too() -> None:
    for query in (
        "host=/var/run/postgresql",
        "host=db1,db2&port=5432,5433",
        "host=[::1]:5432&host=[::1]:5433",
    ):
        assert parse_url(f"postgresql://u@/acme?{query}").drivername == "postgresql+psycopg"


def test_the_other_hosts_are_left() -> None:
    _, given = (
        make_url(SEVERAL)
        .set(drivername="postgresql+psycopg")
        .get_dialect()()
        .create_connect_args(parse_url(SEVERAL))
    )
    left = other_hosts(given, "db1", 5432)
    assert left is not None
    assert (left["host"], left["port"], left["user"]) == ("db2", "5433", "u")
    assert other_hosts(left, "db2", 5433) is None
    assert other_hosts(given, "db3", 5432) is None
    assert other_hosts({"host": "db1,db2"}, "db2", 5432) == {"host": "db1", "port": "5432"}
    assert other_hosts({"hostaddr": "127.0.0.1,127.0.0.2", "host": "a,b"}, "a", 5432) is None
