"""A store that came to another version while it was open: whatever writes ends with a sentence first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from pftui.domain.accounts import Operator
from pftui.domain.errors import StoreVersionChanged
from pftui.domain.secret import Secret
from pftui.repositories.database.engine import open_engine, parse_url
from pftui.services.contracts import Services
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.services.conftest import Cast
from tests.services.test_rules import CHANGES, snapshot

pytestmark = pytest.mark.damages_the_store

Attempt = Callable[[Services, Operator, Cast], object]
RIGHT, WRONG = Secret(ADMIN_PASSWORD), Secret("not the password at all")
SENTENCE = "another version of pftui while it was open here. Nothing was changed"

WRITES: dict[str, Attempt] = {
    **CHANGES,
    "sign in": lambda s, o, c: s.sign_in.with_password(ADMIN_EMAIL, RIGHT),
    "fail to sign in": lambda s, o, c: s.sign_in.with_password(ADMIN_EMAIL, WRONG),
    "prove": lambda s, o, c: s.sessions.prove(o, RIGHT),
    "sign out": lambda s, o, c: s.sessions.sign_out(o),
    "poll": lambda s, o, c: s.lifecycle.refresh(o),
}


def upgrade(url: str, revision: str = "9999") -> None:
    """What `pftui db upgrade` of a newer pftui leaves."""
    engine = open_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    engine.dispose()


def test_each_write_looks_first(services: Services, admin: Operator, cast: Cast, store_url: str) -> None:
    upgrade(store_url)
    before = snapshot(store_url)
    for name, attempt in WRITES.items():
        with pytest.raises(StoreVersionChanged, match=SENTENCE) as error:
            attempt(services, admin, cast)
        assert error.value.exit_code == 3, name
    assert snapshot(store_url) == before


def test_a_use_of_a_key_is_not_noted_and_the_answer_stands(
    services: Services, admin: Operator, cast: Cast, store_url: str, clock: SetClock
) -> None:
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    clock.forward(hours=1)
    upgrade(store_url)
    before = snapshot(store_url)
    assert services.verifier.verify(cast.bot.key)
    assert snapshot(store_url) == before
