"""Where keys are used, what is on the screen is read again, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pftui.bootstrap import open_services
from pftui.services.accounts import AccountService
from tests.conftest import SetClock
from tests.screens.console_app import signed_in, until, users


async def test_a_use_shows_and_nothing_is_counted_for_it(
    sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with signed_in(sqlite_url, clock) as (app, _):
        await app.session.look()
        await until(lambda: not users(app).table.reading)
        counted: list[object] = []
        real = AccountService.count

        def count(*given: Any, **named: Any) -> object:
            counted.append(given)
            return real(*given, **named)

        row = users(app).table.row
        assert row is not None
        before, used = row.last_used_at, clock() + timedelta(days=1)
        monkeypatch.setattr(AccountService, "count", count)
        services = open_services(sqlite_url, clock)
        with services.lifecycle.store.write() as unit:
            unit.accounts.mark_used(app.operator.id, used)
            unit.commit()
        services.lifecycle.close()
        await app.session.look()
        await until(lambda: (now := users(app).table.row) is not None and now.last_used_at != before)
        assert counted == []
        assert users(app).table.cursor == 0
