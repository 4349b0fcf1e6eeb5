"""What a program asks once, when it starts, and again and again, for its readiness."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from pftui.bootstrap import create_store
from pftui.domain.accounts import Operator
from pftui.domain.errors import StoreUnavailable, StoreVersionChanged, UnknownTeam, WrongUsage
from pftui.repositories.database.engine import connect
from pftui.repositories.unit_of_work import Store
from pftui.services.contracts import Services
from pftui.services.verification.verifier import Verifier
from tests.conftest import ORGANIZATION
from tests.services.conftest import Cast
from tests.services.verification.test_verifier import everything


def test_what_exists_passes_by_every_name(
    verifier: Verifier, services: Services, admin: Operator, cast: Cast
) -> None:
    services.teams.rename(admin, cast.team_id, "Blue Team")
    for team in (None, cast.team_id, "red-team", "RED-team", " blue team "):
        verifier.check(team=team)
        verifier.check(team=team, permission="run_scans")


@pytest.mark.parametrize("team", ["red-taem", "", " ", "\0", "\ud800", "%", "x" * 10_000])
def test_a_team_that_does_not_exist_is_told_without_a_key(team: str, verifier: Verifier, cast: Cast) -> None:
    with pytest.raises(UnknownTeam):
        verifier.check(team=team)


def test_a_name_that_two_teams_have_is_told(verifier: Verifier, cast: Cast, store_url: str) -> None:
    store = Store(connect(store_url))
    with store.engine.begin() as connection:  # no service lets a team be called as another one's slug
        connection.execute(text("UPDATE teams SET name_folded = 'red-team' WHERE slug = 'default'"))
    with pytest.raises(UnknownTeam, match="More than one"):
        verifier.check(team="red-team")
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE teams SET name_folded = 'default' WHERE slug = 'default'"))
    store.close()


def test_a_permission_that_does_not_exist_is_told(verifier: Verifier, cast: Cast) -> None:
    for team in (None, "red-team"):
        with pytest.raises(WrongUsage, match="run_scans"):
            verifier.check(team=team, permission="run_scnas")  # type: ignore[arg-type]


def test_a_store_that_is_well_is_read_and_not_written(verifier: Verifier, store_url: str) -> None:
    before = everything(store_url)
    verifier.health()
    verifier.check(team="default", permission="run_scans")
    assert everything(store_url) == before


def test_a_store_of_another_version_is_not_well(verifier: Verifier, store_url: str) -> None:
    store = Store(connect(store_url))
    with store.engine.connect() as connection:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    try:
        for other in ("UPDATE alembic_version SET version_num = '9999'", "DELETE FROM alembic_version"):
            with store.engine.begin() as connection:
                connection.execute(text(other))
            with pytest.raises(StoreVersionChanged):
                verifier.health()
    finally:
        with store.engine.begin() as connection:
            connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
    verifier.health()
    store.close()


@pytest.mark.damages_the_store
def test_what_is_no_store_any_more_is_not_well(sqlite_path: Path) -> None:
    with Verifier(sqlite_path) as verifier:
        verifier.health()
        sqlite_path.unlink()
        with pytest.raises(StoreUnavailable):
            verifier.health()


def test_a_store_without_its_tables_is_not_well(new_database: Callable[[], str]) -> None:
    url = new_database()
    create_store(url, ORGANIZATION)
    with Verifier(url) as verifier:
        verifier.health()
        store = Store(connect(url))
        with store.engine.begin() as connection:
            connection.execute(text("ALTER TABLE principals RENAME TO others"))
        store.close()
        with pytest.raises(StoreUnavailable):
            verifier.health()
