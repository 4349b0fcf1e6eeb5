"""pftui: users, teams, service accounts and API keys of an organization.

    from pftui import Verifier

    with Verifier() as verifier:
        decision = verifier.verify(key, team="red-team", permission="run_scans")

`Organization` is the admin client. Here is what a program takes, gets and catches. Each name is imported when
it is asked for, since `Verifier` brings SQLAlchemy and argon2 along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pftui.version import __version__

if TYPE_CHECKING:
    from typing import Any

    from pftui.domain.accounts import (
        AccountCounts,
        AccountDetails,
        AccountQuery,
        AccountSummary,
        AssignmentView,
        KeyView,
        Kind,
        Operator,
    )
    from pftui.domain.audit import AuditEvent, AuditPage, AuditQuery, ChainVerdict, Checkpoint, DamagedEvent
    from pftui.domain.audit_form import StoredEvent
    from pftui.domain.decisions import Decision, KeyAccount, Reason
    from pftui.domain.errors import (
        Ambiguous,
        Conflict,
        Forbidden,
        InvalidInput,
        LastAdmin,
        NotFound,
        OutcomeUnknown,
        PasswordChangeRequired,
        PftuiError,
        ProofNeeded,
        Refused,
        SessionEnded,
        SignInFailed,
        StoreBehind,
        StoreBusy,
        StoreDamaged,
        StoreMissing,
        StoreOutdated,
        StoreUnavailable,
        StoreVersionChanged,
        Taken,
        Throttled,
        TryAgain,
        UnknownTeam,
        WrongUsage,
    )
    from pftui.domain.offboarding import Fate, KeyChoice, Leaver, Offboarded
    from pftui.domain.paging import PageRequest
    from pftui.domain.permissions import Permission, PermissionName
    from pftui.domain.roles import Holders, RolePreview
    from pftui.domain.secret import Secret
    from pftui.domain.sessions import SessionView
    from pftui.domain.teams import Membership, RoleView, TeamQuery, TeamSummary
    from pftui.domain.webhooks import Delivery, Parked, WebhookView
    from pftui.organization import Organization, Person
    from pftui.services.results import AlreadySo, NewKey, NewSecret, RevokedKey, TemporaryPassword, Undoable
    from pftui.services.verification.asynchronous import AsyncVerifier
    from pftui.services.verification.verifier import Verifier
    from pftui.services.verification.watching import VerificationEvent

    styles: Any  # a package, from a folder where no type checker looks for it

__all__ = [
    "AccountCounts",
    "AccountDetails",
    "AccountQuery",
    "AccountSummary",
    "AlreadySo",
    "Ambiguous",
    "AssignmentView",
    "AsyncVerifier",
    "AuditEvent",
    "AuditPage",
    "AuditQuery",
    "ChainVerdict",
    "Checkpoint",
    "Conflict",
    "DamagedEvent",
    "Decision",
    "Delivery",
    "Fate",
    "Forbidden",
    "Holders",
    "InvalidInput",
    "KeyAccount",
    "KeyChoice",
    "KeyView",
    "Kind",
    "LastAdmin",
    "Leaver",
    "Membership",
    "NewKey",
    "NewSecret",
    "NotFound",
    "Offboarded",
    "Operator",
    "Organization",
    "OutcomeUnknown",
    "PageRequest",
    "Parked",
    "PasswordChangeRequired",
    "Permission",
    "PermissionName",
    "Person",
    "PftuiError",
    "ProofNeeded",
    "Reason",
    "Refused",
    "RevokedKey",
    "RolePreview",
    "RoleView",
    "Secret",
    "SessionEnded",
    "SessionView",
    "SignInFailed",
    "StoreBehind",
    "StoreBusy",
    "StoreDamaged",
    "StoreMissing",
    "StoreOutdated",
    "StoreUnavailable",
    "StoreVersionChanged",
    "StoredEvent",
    "Taken",
    "TeamQuery",
    "TeamSummary",
    "TemporaryPassword",
    "Throttled",
    "TryAgain",
    "Undoable",
    "UnknownTeam",
    "VerificationEvent",
    "Verifier",
    "WebhookView",
    "WrongUsage",
    "__version__",
]

_HOMES = {
    "AccountCounts": "pftui.domain.accounts",
    "AccountDetails": "pftui.domain.accounts",
    "AccountQuery": "pftui.domain.accounts",
    "AccountSummary": "pftui.domain.accounts",
    "AlreadySo": "pftui.services.results",
    "AssignmentView": "pftui.domain.accounts",
    "AsyncVerifier": "pftui.services.verification.asynchronous",
    "AuditEvent": "pftui.domain.audit",
    "AuditPage": "pftui.domain.audit",
    "AuditQuery": "pftui.domain.audit",
    "ChainVerdict": "pftui.domain.audit",
    "Checkpoint": "pftui.domain.audit",
    "DamagedEvent": "pftui.domain.audit",
    "Decision": "pftui.domain.decisions",
    "Delivery": "pftui.domain.webhooks",
    "Fate": "pftui.domain.offboarding",
    "Holders": "pftui.domain.roles",
    "KeyAccount": "pftui.domain.decisions",
    "KeyChoice": "pftui.domain.offboarding",
    "KeyView": "pftui.domain.accounts",
    "Kind": "pftui.domain.accounts",
    "Leaver": "pftui.domain.offboarding",
    "Membership": "pftui.domain.teams",
    "NewKey": "pftui.services.results",
    "NewSecret": "pftui.services.results",
    "Offboarded": "pftui.domain.offboarding",
    "Operator": "pftui.domain.accounts",
    "Organization": "pftui.organization",
    "PageRequest": "pftui.domain.paging",
    "Parked": "pftui.domain.webhooks",
    "Permission": "pftui.domain.permissions",
    "PermissionName": "pftui.domain.permissions",
    "Person": "pftui.organization",
    "Reason": "pftui.domain.decisions",
    "RevokedKey": "pftui.services.results",
    "RolePreview": "pftui.domain.roles",
    "RoleView": "pftui.domain.teams",
    "Secret": "pftui.domain.secret",
    "SessionView": "pftui.domain.sessions",
    "StoredEvent": "pftui.domain.audit_form",
    "TeamQuery": "pftui.domain.teams",
    "TeamSummary": "pftui.domain.teams",
    "TemporaryPassword": "pftui.services.results",
    "Undoable": "pftui.services.results",
    "VerificationEvent": "pftui.services.verification.watching",
    "Verifier": "pftui.services.verification.verifier",
    "WebhookView": "pftui.domain.webhooks",
}
_ERRORS = "pftui.domain.errors"

if not TYPE_CHECKING:  # a type checker would take this for a promise that every name is there

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        found = getattr(import_module(_HOMES.get(name, _ERRORS)), name)
        globals()[name] = found  # the next time it is found without asking here
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
