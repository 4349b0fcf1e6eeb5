"""pftui: users, teams, service accounts and API keys of an organization.

    from pftui import Verifier

    with Verifier() as verifier:
        decision = verifier.verify(key, team="red-team", permission="run_scans")

`Verifier` is imported when it is asked for, since it brings SQLAlchemy and argon2 along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pftui.version import __version__

if TYPE_CHECKING:
    from pftui.domain.decisions import Decision
    from pftui.domain.errors import StoreDamaged, StoreUnavailable, TryAgain
    from pftui.services.verification.verifier import Verifier

__all__ = ["Decision", "StoreDamaged", "StoreUnavailable", "TryAgain", "Verifier", "__version__"]

_HOMES = {
    "Verifier": "pftui.services.verification.verifier",
    "Decision": "pftui.domain.decisions",
    "StoreDamaged": "pftui.domain.errors",
    "StoreUnavailable": "pftui.domain.errors",
    "TryAgain": "pftui.domain.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
