"""Service accounts: created with their first key and, if wanted, their first team (R1, R2)."""

from __future__ import annotations

from dataclasses import dataclass

from pftui.domain.accounts import Kind, Operator
from pftui.domain.acts import Act, Intent
from pftui.domain.audit import AccountVerb, Target
from pftui.domain.clock import Clock
from pftui.domain.errors import WrongUsage
from pftui.domain.names import clean_description, clean_service_account_name
from pftui.repositories.models import Principal
from pftui.repositories.unit_of_work import Store
from pftui.services.accounts import ensure_name_free
from pftui.services.keys import add_key, make_key
from pftui.services.results import NewKey
from pftui.services.teams import assign
from pftui.services.trail.writer import new_id
from pftui.services.transaction import Transaction, change


@dataclass(frozen=True, slots=True)
class ServiceAccountService:
    """What only service accounts need (R1)."""

    store: Store
    clock: Clock

    def create(
        self,
        operator: Operator,
        *,
        name: str,
        description: str = "",
        global_admin: bool = False,
        team_id: str | None = None,
        role_id: str | None = None,
    ) -> NewKey:
        """A service account, its first key and, with team and role, its first assignment: all or nothing.

        Raises:
            InvalidInput, Taken: with the field's name.
            NotFound: no such team or role.
            WrongUsage: a team without a role, or the other way round.
            ProofNeeded: with global admin privileges.
        """
        name, description = clean_service_account_name(name), clean_description(description)
        if (team_id is None) != (role_id is None):
            raise WrongUsage("A team needs a role, and a role a team. Nothing was changed.")
        key = make_key()
        intent = Intent(Act.SERVICE_ACCOUNT_CREATE, Target.SERVICE_ACCOUNT, name=name)
        with (
            change(self.store, operator, self.clock, intent, proof=global_admin) as transaction,
            transaction.unit.together(),
        ):
            principal = add_service_account(transaction, name, description, global_admin=global_admin)
            new_key = add_key(transaction, principal, key, "")
            if team_id is not None and role_id is not None:
                assign(transaction, team_id, principal, role_id)
            return new_key


def add_service_account(
    transaction: Transaction, name: str, description: str, *, global_admin: bool
) -> Principal:
    """Put a service account in and tell of it, as part of a change. Raises `Taken`."""
    if global_admin:
        transaction.require_person()
    ensure_name_free(transaction.unit, name)
    principal = Principal(
        id=new_id(),
        kind=Kind.SERVICE_ACCOUNT,
        name=name,
        description=description,
        global_admin=global_admin,
        created_at=transaction.now,
        created_by=transaction.by,
        created_by_id=transaction.operator.id,
    )
    transaction.unit.accounts.add(principal)
    privileges = " with global admin privileges" if global_admin else ""
    text = f"Created service account {name}{privileges}"
    transaction.record_account(AccountVerb.CREATED, principal, text, globalAdmin=global_admin)
    return principal
