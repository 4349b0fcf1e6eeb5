"""The services of an open store, put together."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from pftui.domain.accounts import Operator
from pftui.domain.clock import Clock
from pftui.domain.teams import Organization
from pftui.repositories.engine import connect
from pftui.repositories.unit_of_work import Store
from pftui.services.accounts import AccountService
from pftui.services.audit import AuditService
from pftui.services.authorization import current_operator
from pftui.services.contracts import Services
from pftui.services.keys import KeyService
from pftui.services.roles import RoleService
from pftui.services.service_accounts import ServiceAccountService
from pftui.services.sign_in import SignInService
from pftui.services.teams import TeamService
from pftui.services.users import UserService
from pftui.services.verification import Verifier


@dataclass(frozen=True, slots=True)
class OpenStore:
    """Implements `contracts.Lifecycle`."""

    store: Store
    verifier: Verifier

    def refresh(self, operator: Operator) -> Operator:
        """The operator as the store has them now."""
        with self.store.read() as unit:
            return current_operator(unit, operator)

    def revision(self) -> str:
        """The head of the trail and the newest use: what differs after any change that a list shows."""
        with self.store.read() as unit:
            head = unit.audit.head()
            return f"{head[0] if head else None}.{unit.accounts.last_used()}"

    def close(self) -> None:
        """Close the connections."""
        self.verifier.close()
        self.store.close()


def open_services(url: str, clock: Clock) -> Services:
    """Open an existing store; see `loader.open_services`."""
    with ExitStack() as undo:
        store = Store(connect(url))
        undo.callback(store.close)
        verifier = Verifier.sharing(store, clock)
        undo.callback(verifier.close)
        with store.read() as unit:
            row = unit.accounts.organization()
            organization = Organization(row.id, row.name, row.created_at)
        undo.pop_all()
    return Services(
        organization=organization,
        sign_in=SignInService(store, verifier, clock),
        accounts=AccountService(store, clock),
        users=UserService(store, clock),
        service_accounts=ServiceAccountService(store, clock),
        keys=KeyService(store, clock),
        teams=TeamService(store, clock),
        roles=RoleService(store),
        audit=AuditService(store, clock),
        verifier=verifier,
        lifecycle=OpenStore(store, verifier),
    )
