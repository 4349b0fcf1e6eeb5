"""No account is called like somebody whom the audit trail knows by that name (R6), through any door."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pftui.bootstrap import create_store
from pftui.domain.accounts import Operator
from pftui.domain.errors import InvalidInput
from pftui.domain.secret import Secret
from pftui.services.contracts import Services
from pftui.services.results import NewOrganization
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.services.conftest import Cast

Door = Callable[[Services, Operator, Cast, str], object]

DOORS: dict[str, Door] = {
    "invite": lambda s, o, c, name: s.users.create(o, email="x@acme.example", name=name),
    "rename a user": lambda s, o, c, name: s.accounts.update(o, c.bao.id, name=name),
    "create": lambda s, o, c, name: s.service_accounts.create(o, name=name),
    "rename a service account": lambda s, o, c, name: s.accounts.update(o, c.bot.account_id, name=name),
}


@pytest.mark.parametrize("name", ["host:root", "SYSTEM", "anonymous"])
@pytest.mark.parametrize("door", DOORS)
def test_a_reserved_name_is_refused(
    door: str, name: str, services: Services, admin: Operator, cast: Cast
) -> None:
    with pytest.raises(InvalidInput, match="calls somebody else by this name") as refused:
        DOORS[door](services, admin, cast, name)
    assert refused.value.field == "name"


@pytest.mark.parametrize("door", ["create", "rename a service account"])
def test_a_service_account_has_no_persons_address_for_a_name(
    door: str, services: Services, admin: Operator, cast: Cast
) -> None:
    with pytest.raises(InvalidInput, match="names a person"):
        DOORS[door](services, admin, cast, ADMIN_EMAIL)


def test_nor_is_the_first_admin(tmp_path: Path) -> None:
    organization = NewOrganization("Acme", "host:root", ADMIN_EMAIL, Secret(ADMIN_PASSWORD))
    with pytest.raises(InvalidInput, match="calls somebody else by this name"):
        create_store(f"sqlite:///{tmp_path}/new/pftui.db", organization)
    assert not (tmp_path / "new").exists()
