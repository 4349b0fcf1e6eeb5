"""Stores to measure on."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from pftui.bootstrap import create_store, open_services
from pftui.domain.secret import Secret
from pftui.services.results import NewOrganization

ADMIN_EMAIL = "alice@acme.example"
ADMIN_PASSWORD = "harvest moon tractor violin"


@dataclass(frozen=True, slots=True)
class Store:
    """A store with one service account, which may run scans in the team `default`."""

    path: Path
    key: Secret = field(repr=False)

    @property
    def url(self) -> str:
        """For SQLAlchemy."""
        return f"sqlite:///{self.path}"


def make_store(folder: Path) -> Store:
    """Make one in a folder."""
    path = folder / "pftui.db"
    key = fill(f"sqlite:///{path}")
    os.chmod(folder, 0o700)
    return Store(path, key)


def fill(url: str) -> Secret:
    """Make a store at a URL; gives the key of its service account."""
    create_store(url, NewOrganization("Acme Corp", "Alice Ng", ADMIN_EMAIL, Secret(ADMIN_PASSWORD)))
    services = open_services(url)
    try:
        admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        role = services.roles.find(admin, "CI Runner")
        team = services.teams.find(admin, "default")
        new = services.service_accounts.create(admin, name="ci-bot", team_id=team.id, role_id=role.id)
        services.keys.confirm_saved(admin, new.key_id)
        return new.key
    finally:
        services.lifecycle.close()
