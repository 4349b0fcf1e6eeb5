"""What screens and commands know of the services: all those of an open store; `results` has what they return.

Nothing heavy is imported here: the services themselves are named for type checkers alone, and whoever calls
one reads its own docstring. Every method blocks and must not be called on an event loop's thread. All of
them may raise `StoreUnavailable`, and those that take an operator `SessionEnded` and `Forbidden`, besides
what they document; a change also `SessionLocked`, and where it says so `ProofNeeded` (see `SessionService`).
A change returns once it is committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pftui.domain.teams import Organization

if TYPE_CHECKING:
    from pftui.services.accounts import AccountService
    from pftui.services.audit import AuditService
    from pftui.services.keys import KeyService
    from pftui.services.lifecycle import OpenStore
    from pftui.services.offboarding import OffboardingService
    from pftui.services.organization import OrganizationService
    from pftui.services.roles import RoleService
    from pftui.services.service_accounts import ServiceAccountService
    from pftui.services.sessions import SessionService
    from pftui.services.sign_in import SignInService
    from pftui.services.teams import TeamService
    from pftui.services.undo import UndoService
    from pftui.services.users import UserService
    from pftui.services.verification.verifier import Verifier
    from pftui.services.webhooks import WebhookService


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the console and the command line can do with an open store."""

    organization: Organization
    sign_in: SignInService
    accounts: AccountService
    users: UserService
    service_accounts: ServiceAccountService
    keys: KeyService
    teams: TeamService
    roles: RoleService
    audit: AuditService
    verifier: Verifier
    lifecycle: OpenStore
    sessions: SessionService
    organization_settings: OrganizationService
    undo: UndoService
    offboarding: OffboardingService
    webhooks: WebhookService
