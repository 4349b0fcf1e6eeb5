"""Puts the program together: the one place that knows which class stands behind each contract.

SQLAlchemy's import costs as much as Textual's, so nothing of the store is imported before it is asked for:
the console calls these in a thread while its first frame paints, and `pftui --help` never does.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from pftui.domain.clock import Clock, utc_now
from pftui.domain.source import UNKNOWN_SOURCE, Source

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services
    from pftui.services.results import NewOrganization


def open_services(url: str, clock: Clock = utc_now, store_clock: Clock | None = None) -> Services:
    """Open an existing store.

    Args:
        url: an SQLAlchemy URL, see `pftui.services.location`.
        store_clock: stands for the clock of the store's server, which waits go by, so that no test sleeps.

    Raises:
        StoreMissing, StoreOutdated, StoreUnavailable: with what to do; nothing was touched.
    """
    from pftui.services.accounts import AccountService
    from pftui.services.audit import AuditService
    from pftui.services.contracts import Services
    from pftui.services.keys import KeyService
    from pftui.services.lifecycle import OpenStore
    from pftui.services.offboarding import OffboardingService
    from pftui.services.organization import OrganizationService
    from pftui.services.roles import RoleService
    from pftui.services.sealing import StoreKeys, key_path
    from pftui.services.service_accounts import ServiceAccountService
    from pftui.services.sessions import SessionService
    from pftui.services.sign_in import SignInService
    from pftui.services.signing_in.limits import SignInLimits
    from pftui.services.teams import TeamService
    from pftui.services.undo import UndoService
    from pftui.services.users import UserService
    from pftui.services.webhooks import WebhookService

    with ExitStack() as undo:
        lifecycle = OpenStore.open(url, clock)
        undo.callback(lifecycle.close)
        organization = lifecycle.organization()
        undo.pop_all()
    store, verifier = lifecycle.store, lifecycle.verifier
    limits = SignInLimits(clock, store_clock)
    return Services(
        organization=organization,
        sign_in=SignInService(store, verifier, clock, limits),
        accounts=AccountService(store, clock),
        users=UserService(store, clock),
        service_accounts=ServiceAccountService(store, clock),
        keys=KeyService(store, clock),
        teams=TeamService(store, clock),
        roles=RoleService(store, clock),
        audit=AuditService(store, clock),
        verifier=verifier,
        lifecycle=lifecycle,
        sessions=SessionService(store, clock, limits),
        organization_settings=OrganizationService(store, clock),
        undo=UndoService(store, clock),
        offboarding=OffboardingService(store, clock),
        webhooks=WebhookService(store, clock, StoreKeys(key_path(url, organization.id))),
    )


def create_store(
    url: str, organization: NewOrganization, clock: Clock = utc_now, source: Source = UNKNOWN_SOURCE
) -> None:
    """Create a store with its organization, first global admin, predefined roles and first team.

    Args:
        source: from where, for the trail.

    Raises:
        InvalidInput: a name, e-mail or password that cannot be accepted; nothing was created.
        StoreExists: there is one; nothing was changed.
        StoreUnavailable: it cannot be made there; nothing is left behind.
    """
    from pftui.services import setup

    setup.create_store(url, organization, clock, source)


def open_demo(clock: Clock = utc_now) -> tuple[Services, Operator]:
    """Make a throw-away store with sample data and open it, with its admin signed in.

    Nothing is sent from it.

    Raises:
        StoreUnavailable: it cannot be made.
    """
    from pftui.demo.store import create_demo, demo_keys
    from pftui.demo.webhooks import DemoSender

    url, admin = create_demo(clock=clock)
    services = open_services(url, clock)
    webhooks = replace(services.webhooks, keys=demo_keys(url), sender=DemoSender)
    return replace(services, webhooks=webhooks), admin


_OF_THE_CONSOLE = ("app", "demo", "screens", "terminal", "widgets", "process.guard", "__main__")
#: What is for programs alone, and may lack its framework.
_OF_PROGRAMS = ("contrib", "organization", "testing")
#: What is for a store that has no owner, and may lack its driver; and what only alembic imports.
_OF_A_SERVER = (
    "repositories.database.connections",
    "repositories.database.postgresql",
    "repositories.database.migrations",
)
_LATE = (
    "cryptography.hazmat.primitives.ciphers.aead",
    "encodings.idna",
    "getpass",
    "hmac",
    "secrets",
    "shutil",
    "platformdirs",
    "sqlalchemy.dialects.sqlite",
    "traceback",
)


def load_for_commands() -> bool:
    """Import all that a command may come to need, for a process that soon cannot read its own program.

    Returns:
        Whether that is all: the console loads more as it goes, and cannot be helped so.
    """
    import importlib
    import pkgutil

    import pftui

    if "textual" in sys.modules:
        return False
    others = tuple(f"pftui.{name}" for name in (*_OF_THE_CONSOLE, *_OF_PROGRAMS, *_OF_A_SERVER))
    ours = (each.name for each in pkgutil.walk_packages(pftui.__path__, "pftui."))
    for name in (*_LATE, *(name for name in ours if not name.startswith(others))):
        importlib.import_module(name)
    return True
