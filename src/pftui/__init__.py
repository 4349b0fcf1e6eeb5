"""pftui: users, teams, service accounts and API keys of an organization.

    from pftui import Verifier

    with Verifier() as verifier:
        decision = verifier.verify(key, team="red-team", permission="run_scans")

Here is what a program takes, gets and catches. Each name is imported when it is asked for, since `Verifier`
brings SQLAlchemy and argon2 along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pftui.version import __version__

if TYPE_CHECKING:
    from typing import Any

    from pftui.domain.accounts import AssignmentView
    from pftui.domain.decisions import Decision, KeyAccount, Reason
    from pftui.domain.errors import (
        PftuiError,
        StoreBusy,
        StoreDamaged,
        StoreMissing,
        StoreOutdated,
        StoreUnavailable,
        StoreVersionChanged,
        TryAgain,
        UnknownTeam,
        WrongUsage,
    )
    from pftui.domain.permissions import Permission, PermissionName
    from pftui.domain.secret import Secret
    from pftui.services.verification.asynchronous import AsyncVerifier
    from pftui.services.verification.verifier import Verifier
    from pftui.services.verification.watching import VerificationEvent

    styles: Any  # a package, from a folder where no type checker looks for it

__all__ = [
    "AssignmentView",
    "AsyncVerifier",
    "Decision",
    "KeyAccount",
    "Permission",
    "PermissionName",
    "PftuiError",
    "Reason",
    "Secret",
    "StoreBusy",
    "StoreDamaged",
    "StoreMissing",
    "StoreOutdated",
    "StoreUnavailable",
    "StoreVersionChanged",
    "TryAgain",
    "UnknownTeam",
    "VerificationEvent",
    "Verifier",
    "WrongUsage",
    "__version__",
]

_HOMES = {
    "AssignmentView": "pftui.domain.accounts",
    "AsyncVerifier": "pftui.services.verification.asynchronous",
    "Decision": "pftui.domain.decisions",
    "KeyAccount": "pftui.domain.decisions",
    "Permission": "pftui.domain.permissions",
    "PermissionName": "pftui.domain.permissions",
    "Reason": "pftui.domain.decisions",
    "Secret": "pftui.domain.secret",
    "VerificationEvent": "pftui.services.verification.watching",
    "Verifier": "pftui.services.verification.verifier",
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
