"""A key, and a verifier whose limits go by a clock of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from pftui.domain.accounts import Operator
from pftui.repositories.database.engine import connect
from pftui.repositories.unit_of_work import Store
from pftui.services import hashing
from pftui.services.contracts import Services
from pftui.services.verification.verifier import Verifier
from tests.conftest import SetClock
from tests.services.conftest import Cast


class Seconds:
    """A monotonic clock that goes only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash costs is not the subject here, but for the tests that say so."""
    for name in ("PASSWORDS", "KEYS"):
        monkeypatch.setattr(hashing, name, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def verifier(store_url: str, clock: SetClock, seconds: Seconds) -> Iterator[Verifier]:
    """A verifier whose limits go by a clock of their own."""
    store = Store(connect(store_url))
    made = Verifier.sharing(store, clock, seconds)
    yield made
    made.close()
    store.close()


@pytest.fixture
def key(services: Services, admin: Operator, cast: Cast) -> str:
    """A key with the role CI Runner in Red Team, and nothing else."""
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    return cast.bot.key.reveal()
