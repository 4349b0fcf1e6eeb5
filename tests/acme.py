"""An organization to ask about: Red Team, a key that may run scans there, and one that may not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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

    def revoke(self, key: str) -> None:
        """End a key, as an operator at another place does."""
        services = open_services(f"sqlite:///{self.store}")
        admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        services.keys.revoke(admin, key[5:15])
        services.lifecycle.close()

    def environment(self, **extra: str | None) -> dict[str, str]:
        """That of a program which uses the store."""
        return environment(self.folder, **{"PFTUI_DATABASE_URL": str(self.store), **extra})


def make_acme(folder: Path) -> Acme:
    """Made with the real costs of hashing: once for many tests."""
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
