"""Stores as older versions of pftui left them: one file of rows for each revision of the schema.

With each migration, and after it is written, `python -m tests.services.old_stores` writes down what that
pftui leaves: `rows/REVISION.json`, which is then part of the repository and is never written again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic import command
from sqlalchemy import Boolean, Column, Connection, DateTime, MetaData, Table

from pftui.bootstrap import create_store, open_services
from pftui.domain.accounts import AccountQuery, Operator
from pftui.domain.clock import to_microseconds
from pftui.domain.errors import SignInFailed
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.domain.source import Source
from pftui.domain.store_urls import sqlite_path
from pftui.domain.teams import TeamQuery
from pftui.domain.webhooks import Delivery
from pftui.repositories.database import schema
from pftui.repositories.database.engine import enable_wal, open_engine, parse_url
from pftui.repositories.database.revisions import SCHEMA_REVISION
from pftui.repositories.models import Base, EndedTeam
from pftui.services.contracts import Services
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION, SetClock
from tests.trail import latest

ROWS = Path(__file__).parent / "rows"

Recorded = Mapping[str, Any]


def recorded(revision: str) -> Recorded:
    """What was written down: `rows` by table, the whole `key` of a service account, and `answers`."""
    loaded: Recorded = json.loads((ROWS / f"{revision}.json").read_text(encoding="utf-8"))
    return loaded


def lay(url: str, revision: str) -> None:
    """Make a store of an old revision, with its rows, where there is an empty database or no file yet."""
    path = sqlite_path(url)
    if path is not None:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        enable_wal(path)
    engine = open_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            config = schema.alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            for name, rows in recorded(revision)["rows"].items():
                _fill(connection, name, rows)
    finally:
        engine.dispose()


def _fill(connection: Connection, name: str, rows: Sequence[Mapping[str, object]]) -> None:
    table = Table(name, MetaData(), autoload_with=connection)
    if rows:
        values = [{key: _typed(table.c[key], value) for key, value in row.items()} for row in rows]
        connection.execute(table.insert(), values)


def _typed(column: Column[Any], value: object) -> object:
    if isinstance(column.type, Boolean):
        return bool(value)
    if isinstance(column.type, DateTime) and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if column.type.timezone else moment
    return value


def answers(services: Services, operator: Operator) -> dict[str, list[object]]:
    """What the services answer about everything there is, for comparing before and after."""
    accounts = services.accounts.page(operator, AccountQuery(), PageRequest(size=100))
    teams = services.teams.page(operator, TeamQuery(), PageRequest(size=100))
    details = [services.accounts.show(operator, account.id) for account in accounts]
    return {
        "accounts": [
            [row.name, row.identifier, str(row.status.label), row.global_admin, row.team_count]
            for row in accounts
        ],
        "keys": [[key.key_id, key.live] for each in details for key in each.keys],
        "assignments": [
            [each.summary.name, role.team_slug, role.role_name, [str(p) for p in role.permissions]]
            for each in details
            for role in each.assignments
        ],
        "teams": [[team.name, team.slug, team.members, team.service_accounts] for team in teams],
        "events": [[event.sequence, event.action.value, event.hash] for event in latest(services, operator)],
    }


def _people(services: Services, clock: SetClock) -> tuple[Operator, str]:
    """Something of every kind there is, in every state; the admin, and the text of a key."""
    desk = Source(1000, "desk")
    admin = services.sign_in.with_password(
        ADMIN_EMAIL, Secret(ADMIN_PASSWORD), interactive=False, source=desk
    ).operator
    viewer = services.roles.find(admin, "Viewer").id
    runner = services.roles.find(admin, "CI Runner").id
    red, gone = services.teams.create(admin, "Straße Nº 1"), services.teams.create(admin, "Gone")
    bao = services.users.create(admin, email="bao@acme.example", name="Bao Tran")
    dana = services.users.create(admin, email="dana@acme.example", name="Dana", global_admin=True)
    bot = services.service_accounts.create(
        admin, name="ci-bot", description="for CI", team_id=red.id, role_id=runner
    )
    old = services.service_accounts.create(admin, name="Ilić", team_id=gone.id, role_id=viewer)
    clock.forward(days=1)
    services.verifier.verify(bot.key)
    services.keys.revoke(admin, services.keys.create(admin, bot.account_id, "second").key_id)
    services.keys.create(admin, old.account_id)
    services.teams.add(admin, red.id, bao.account_id, viewer)
    services.teams.set_role(admin, red.id, bao.account_id, runner)
    services.accounts.disable(admin, dana.account_id)
    services.sign_in.with_password(bao.email, bao.password)
    services.teams.delete(admin, gone.id)
    _webhooks(services, admin, red.id)
    _ended(services, gone.id)  # last: whoever changes something goes on with it
    with suppress(SignInFailed):
        services.sign_in.with_password("nobody@acme.example", Secret("not the password at all"))
    return admin, bot.key.reveal()


def _ended(services: Services, team_id: str) -> None:
    """As if the team had been a large one, whose last assignment was just cleared."""
    with services.lifecycle.store.write() as unit:
        unit.session.add(EndedTeam(id=team_id, cleared_at=1))
        unit.commit()


def _webhooks(services: Services, admin: Operator, team_id: str) -> None:
    """One that was sent something, for which something is parked."""
    url = "https://siem.acme.example/in"
    webhook = services.webhooks.create(admin, "SIEM", url, ["team.*"], team_id).webhook
    delivery = Delivery(0, "e1", 7, "team.created", webhook.created_at, 1, 20, 500, "No room.", "no room")
    with services.lifecycle.store.write() as unit:
        unit.deliveries.record(webhook.id, [delivery], [to_microseconds(webhook.created_at)])
        unit.deliveries.park(webhook.id, 5, 7, 2, to_microseconds(webhook.created_at))
        unit.commit()


def record(revision: str) -> None:
    """Write down the rows that today's pftui leaves."""
    clock = SetClock()
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/pftui.db"
        create_store(url, ORGANIZATION, clock)
        services = open_services(url, clock)
        admin, key = _people(services, clock)
        told = answers(services, admin)
        services.lifecycle.close()
        engine = open_engine(parse_url(url))
        with engine.connect() as connection:
            rows = {
                table.name: [
                    dict(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table.name}").mappings()
                ]
                for table in Base.metadata.sorted_tables
            }
        engine.dispose()
    ROWS.mkdir(exist_ok=True)
    with (ROWS / f"{revision}.json").open("x", encoding="utf-8") as file:
        json.dump({"key": key, "answers": told, "rows": rows}, file, ensure_ascii=False, indent=1)
        file.write("\n")


if __name__ == "__main__":
    record(SCHEMA_REVISION)
    sys.stdout.write(f"{ROWS / SCHEMA_REVISION}.json\n")
