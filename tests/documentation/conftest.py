"""The organization of the examples: Red Team, a key that may run scans there, and one that may not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pftui.bootstrap import create_store, open_services
from pftui.domain.secret import Secret
from tests.commands.program import environment
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION


@dataclass(frozen=True)
class Acme:
    """A store in a folder of its own, and two keys of it."""

    folder: Path
    store: Path
    scanner: str
    viewer: str

    def environment(self, **extra: str | None) -> dict[str, str]:
        """That of a program which uses the store."""
        return environment(self.folder, **{"PFTUI_DATABASE_URL": str(self.store), **extra})


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Acme:
    folder = tmp_path_factory.mktemp("acme")
    url = f"sqlite:///{folder}/store.db"
    create_store(url, ORGANIZATION)
    services = open_services(url)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    team = services.teams.create(admin, "Red Team")
    keys = []
    for role in ("CI Runner", "Viewer"):
        bot = services.service_accounts.create(admin, name=f"bot {role}")
        services.teams.add(admin, team.id, bot.account_id, services.roles.find(admin, role).id)
        keys.append(bot.key.reveal())
    services.lifecycle.close()
    return Acme(folder, folder / "store.db", *keys)
