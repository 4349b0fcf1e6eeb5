"""Names that people would take for another one are refused or warned of (R6), through every door."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from pftui.bootstrap import open_services
from pftui.domain.accounts import Operator
from pftui.domain.errors import PftuiError, Taken
from pftui.domain.look_alikes import look_hash
from pftui.domain.names import fold
from pftui.domain.search import searched_text
from pftui.repositories.database.engine import open_engine, parse_url
from pftui.services import store_admin
from pftui.services.contracts import Services
from tests.conftest import SetClock
from tests.services.conftest import Cast
from tests.services.old_stores import lay
from tests.services.test_old_stores import NewDatabase, empty

__all__ = ["empty"]  # a fixture

Door = Callable[[Services, Operator, Cast, str], object]


def _another_bot(services: Services, admin: Operator) -> str:
    return services.service_accounts.create(admin, name="other").account_id


def _another_team(services: Services, admin: Operator) -> str:
    return services.teams.create(admin, "Other").id


#: What the names of "ci-bot" and "Red Team" are tried on.
SERVICE_ACCOUNTS: dict[str, Door] = {
    "create": lambda s, o, c, name: s.service_accounts.create(o, name=name),
    "rename": lambda s, o, c, name: s.accounts.update(o, _another_bot(s, o), name=name),
}
TEAMS: dict[str, Door] = {
    "create": lambda s, o, c, name: s.teams.create(o, name),
    "rename": lambda s, o, c, name: s.teams.rename(o, _another_team(s, o), name),
}


@pytest.mark.parametrize("name", ["сi-bot", "ｃｉ－ｂｏｔ", "CI‐BОT", "ci\u200d-bоt"])
@pytest.mark.parametrize("door", SERVICE_ACCOUNTS)
def test_r6_a_service_account_is_not_called_like_another_looks(
    door: str, name: str, services: Services, admin: Operator, cast: Cast
) -> None:
    with pytest.raises(Taken) as refused:
        SERVICE_ACCOUNTS[door](services, admin, cast, name)
    assert refused.value.field == "name"
    assert refused.value.message == f'"{name}" looks like "ci-bot", which exists: choose another name.'


@pytest.mark.parametrize("name", ["Rеd Team", "Red  Team", "Ｒed Team", "rеd-team"])
@pytest.mark.parametrize("door", TEAMS)
def test_r6_nor_is_a_team(door: str, name: str, services: Services, admin: Operator, cast: Cast) -> None:
    other = "red-team" if "-" in name else "Red Team"
    with pytest.raises(Taken, match=f'looks like "{other}", which exists') as refused:
        TEAMS[door](services, admin, cast, name)
    assert refused.value.field == "name"


def test_r6_ascii_names_and_ones_own_are_free(services: Services, admin: Operator, cast: Cast) -> None:
    services.teams.create(admin, "Modem")
    services.teams.create(admin, "Modern")
    services.service_accounts.create(admin, name="dep1oy")
    services.service_accounts.create(admin, name="deploy")
    services.accounts.update(admin, cast.bot.account_id, name="сi-bot")
    services.accounts.update(admin, cast.bot.account_id, name="Сi-bоt")
    services.teams.rename(admin, cast.team_id, "Rеd Team")
    with pytest.raises(Taken, match='"dеploy" looks like "dep'):
        services.accounts.update(admin, cast.bot.account_id, name="dеploy")


def test_r6_a_free_name_is_free_again(services: Services, admin: Operator, cast: Cast) -> None:
    services.accounts.update(admin, cast.bot.account_id, name="deploy-bot")
    assert services.service_accounts.create(admin, name="сi-bot").account_name == "сi-bot"
    services.teams.delete(admin, cast.team_id)
    assert services.teams.create(admin, "Rеd Team").name == "Rеd Team"


def test_r6_a_slug_does_not_look_like_a_team(services: Services, admin: Operator) -> None:
    services.teams.create(admin, "bluе-team")
    assert services.teams.create(admin, "Blue Team").slug == "blue-team-2"


def test_r6_of_people_one_is_told_and_nothing_is_refused(
    services: Services, admin: Operator, cast: Cast
) -> None:
    for name in ("Alice Ng", "Alicе  Ng", "ALICE NG"):
        other = services.users.alike(admin, name)
        assert other is not None
        assert other.id == admin.id
    assert services.users.alike(admin, "Alice Ng", admin.id) is None
    assert services.users.alike(admin, "ci-bot") is None
    assert services.users.alike(admin, "") is None
    assert services.users.alike(cast.bao, "Alice Ng") is None, "who sees no other person learns of none"
    services.users.create(admin, email="x@acme.example", name="Alicе Ng")


@pytest.mark.parametrize("what", ["service account", "team"])
def test_r6_two_admins_make_no_twins_at_once(
    what: str, services: Services, admin: Operator, store_url: str, clock: SetClock
) -> None:
    make: dict[str, Door] = {
        "service account": SERVICE_ACCOUNTS["create"],
        "team": TEAMS["create"],
    }
    for number in range(4):
        names = [f"twin-{number}", f"twіn-{number}", f"TWІN-{number}"]
        assert sorted(_at_once(store_url, clock, admin, make[what], names)) == ["Taken", "Taken", "done"]


def _at_once(url: str, clock: SetClock, admin: Operator, make: Door, names: list[str]) -> list[str]:
    """Make them at the same moment, each with services of its own; how each ended."""
    barrier, outcomes = threading.Barrier(len(names)), []
    opened = [open_services(url, clock) for _ in names]

    def attempt(own: Services, name: str) -> None:
        barrier.wait()
        try:
            make(own, admin, None, name)  # type: ignore[arg-type]
            outcomes.append("done")
        except PftuiError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=attempt, args=pair) for pair in zip(opened, names, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for own in opened:
        own.lifecycle.close()
    return outcomes


# -- what older versions left ---------------------------------------------------------------------------


def _rename(engine: Engine, table: str, row_id: str, name: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(f"UPDATE {table} SET name = :name, name_folded = :folded WHERE id = :id"),
            {"name": name, "folded": fold(name), "id": row_id},
        )


LOOKS = (("principals", "name"), ("roles", "name"), ("teams", "name"), ("teams", "slug"))


def test_twins_from_before_stay_and_are_listed(empty: NewDatabase, clock: SetClock) -> None:
    url = empty()
    lay(url, "0001")
    engine = open_engine(parse_url(url))
    with engine.begin() as connection:
        ilic = connection.execute(text("SELECT id FROM principals WHERE name = 'Ilić'")).scalar_one()
        default = connection.execute(text("SELECT id FROM teams WHERE name = 'Default'")).scalar_one()
    _rename(engine, "principals", ilic, "сi-bоt")
    _rename(engine, "teams", default, "Straße  Nº 1")
    store_admin.upgrade(url, clock)
    with engine.connect() as connection:
        for table, column in (
            ("principals", "name"),
            ("roles", "name"),
            ("teams", "name"),
            ("teams", "slug"),
        ):
            for name, look in connection.execute(text(f"SELECT {column}, {column}_look FROM {table}")):
                assert look == look_hash(name)
    engine.dispose()
    found = store_admin.check(url)
    assert found.whole
    assert [finding.damage for finding in found.findings] == [False, False]
    told = " ".join(finding.what for finding in found.findings)
    assert "сi-bоt" in told
    assert "Straße  Nº 1" in told
    assert " looks like " in told


def test_a_check_lists_each_twin_once_and_tells_ascii_by_its_letters(
    services: Services, admin: Operator, store_url: str
) -> None:
    names = ["Modem", "Modern", "MODEM  x", "mоdem", "Modem X", "modern x"]
    engine = open_engine(parse_url(store_url))
    for number, name in enumerate(names):
        team = services.teams.create(admin, f"team {number}")
        with engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE teams SET name = :n, name_folded = :f, name_look = :l, search_text = :s "
                    "WHERE id = :i"
                ),
                {
                    "n": name,
                    "f": fold(name),
                    "l": look_hash(name),
                    "s": searched_text((name, team.slug)),
                    "i": team.id,
                },
            )
    engine.dispose()
    found = [finding.what for finding in store_admin.check(store_url).findings]
    assert len(found) in (2, 3), found  # of Modem, Modern and their Cyrillic twin the first is no finding
    assert sum("  x" in what for what in found) == 1
    assert all("looks like" in what for what in found)


def test_a_backfill_takes_more_than_one_batch(empty: NewDatabase, clock: SetClock) -> None:
    url = empty()
    lay(url, "0001")
    engine = open_engine(parse_url(url))
    with engine.begin() as connection:
        teams = [
            {"id": f"{number:036}", "name": f"t-{number}", "slug": f"t-{number}", "at": clock(), "by": "x"}
            for number in range(1201)
        ]
        connection.execute(
            text(
                "INSERT INTO teams (id, name, name_folded, slug, created_at, created_by, member_count, "
                "service_account_count, version) VALUES (:id, :name, :name, :slug, :at, :by, 0, 0, 1)"
            ),
            teams,
        )
    store_admin.upgrade(url, clock)
    with engine.connect() as connection:
        looks = connection.execute(text("SELECT count(DISTINCT name_look), min(name_look) FROM teams")).one()
    engine.dispose()
    assert looks[0] == 1203
    assert looks[1] != ""
