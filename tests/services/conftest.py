"""Accounts, teams and roles to try the rules on."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pftui.domain.accounts import Operator
from pftui.domain.secret import Secret
from pftui.services.contracts import NewKey, Services

OWN_PASSWORD = "correct lantern gravel saxophone"


@dataclass(frozen=True)
class Cast:
    """What most tests need: a service account without a team, a person who is no admin, a team, a role."""

    bot: NewKey
    bao: Operator
    team_id: str
    role_id: str


def invite(services: Services, admin: Operator, email: str, *, global_admin: bool = False) -> Operator:
    """A person who has signed in and chosen a password of their own."""
    invited = services.users.create(
        admin, email=email, name=email.partition("@")[0].title(), global_admin=global_admin
    )
    signed_in = services.sign_in.with_password(email, invited.password)
    services.sign_in.change_password(signed_in.operator, invited.password, Secret(OWN_PASSWORD))
    return services.lifecycle.refresh(signed_in.operator)


@pytest.fixture
def cast(services: Services, admin: Operator) -> Cast:
    team = services.teams.create(admin, "Red Team")
    return Cast(
        bot=services.service_accounts.create(admin, name="ci-bot"),
        bao=invite(services, admin, "bao@acme.example"),
        team_id=team.id,
        role_id=services.roles.find(admin, "CI Runner").id,
    )
