"""A console whose store has come to another version: it ends with the sentence, but not past a secret."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pftui.domain.errors import StoreVersionChanged
from tests.conftest import SetClock
from tests.screens.console_app import signed_in, until


def upgrade(file: Path | None) -> None:
    with closing(sqlite3.connect(str(file))) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize("by", ["a look", "a call"])
async def test_a_console_of_another_version_ends_with_the_sentence(
    sqlite_url: str, clock: SetClock, by: str
) -> None:
    async with signed_in(sqlite_url, clock) as (app, _):
        upgrade(app.session.file)
        app.secret_on_screen = True
        await app.session.look()
        assert "another version" in str(app.notices.lasting)
        assert app.return_code is None
        app.secret_on_screen = False
        if by == "a look":
            await app.session.look()
        else:
            with pytest.raises(StoreVersionChanged):
                await app.call(app.services.teams.create, app.operator, "Too late")
        await until(lambda: app.return_code is not None)
    assert app.return_code == 3
