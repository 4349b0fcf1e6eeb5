"""The first run: a store with its organization, first global admin, predefined roles and first team."""

from __future__ import annotations

from dataclasses import dataclass, field

from pftui.domain.accounts import Kind
from pftui.domain.audit import AccountVerb, Action, Actor, Target
from pftui.domain.clock import Clock
from pftui.domain.names import clean_email, clean_name, clean_user_name, slugify
from pftui.domain.passwords import check_new_password
from pftui.domain.source import Means, Origin, Source
from pftui.repositories.database import creation
from pftui.repositories.models import OrganizationRow, Password, Principal, Team
from pftui.repositories.unit_of_work import UnitOfWork
from pftui.services.hashing import hash_password
from pftui.services.results import NewOrganization
from pftui.services.writer import AuditWriter, new_id

FIRST_TEAM = "Default"


@dataclass(frozen=True, slots=True)
class _Checked:
    name: str
    admin_name: str
    admin_email: str
    password_hash: str = field(repr=False)


def create_store(url: str, organization: NewOrganization, clock: Clock, source: Source) -> None:
    """Create a store, whole or not at all; see `pftui.bootstrap.create_store`."""
    creation.ensure_absent(url)
    checked = _check(organization)
    creation.create(url, lambda unit: _seed(unit, checked, clock, source))


def _check(organization: NewOrganization) -> _Checked:
    """All that was typed, as it will be stored. Nothing exists yet when this refuses."""
    name = clean_name(organization.name, "organization", "An organization's name")
    admin_name = clean_user_name(organization.admin_name)
    email = clean_email(organization.admin_email)
    check_new_password(organization.admin_password, (name, admin_name, email))
    return _Checked(name, admin_name, email, hash_password(organization.admin_password))


def _seed(unit: UnitOfWork, checked: _Checked, clock: Clock, source: Source) -> None:
    now = clock()
    organization = OrganizationRow(id=new_id(), name=checked.name, created_at=now)
    admin_id = new_id()
    admin = Principal(
        id=admin_id,
        kind=Kind.USER,
        name=checked.admin_name,
        email=checked.admin_email,
        global_admin=True,
        created_at=now,
        created_by=checked.admin_email,
        created_by_id=admin_id,
    )
    team = Team(
        id=new_id(),
        name=FIRST_TEAM,
        slug=slugify(FIRST_TEAM),
        created_at=now,
        created_by=checked.admin_email,
        created_by_id=admin_id,
    )
    unit.organization.add(organization)
    unit.accounts.add(admin)
    unit.teams.add(team)
    unit.credentials.add_password(Password(principal_id=admin.id, hash=checked.password_hash, changed_at=now))
    actor = Actor(admin.id, checked.admin_name, checked.admin_email)
    audit = AuditWriter(unit, actor, Origin(Means.HOST, source), now)
    text = f"Created organization {checked.name}"
    audit.record(Action.ORGANIZATION_CREATED, Target.ORGANIZATION, organization.id, text)
    text = f"Added user {checked.admin_name} ({checked.admin_email}) with global admin privileges"
    audit.record_account(AccountVerb.CREATED, admin, text, globalAdmin=True)
    audit.record(Action.TEAM_CREATED, Target.TEAM, team.id, f"Created team {FIRST_TEAM}", team.id)
    unit.commit()
