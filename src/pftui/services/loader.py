"""The one place where the heavy half of the services is imported, when they are asked for.

SQLAlchemy's import costs as much as Textual's, so the console calls these in a thread while
its first frame paints, and `pftui --help` never does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pftui.domain.clock import Clock, utc_now
from pftui.domain.secret import Secret

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """What the first run asks for."""

    name: str
    admin_name: str
    admin_email: str
    admin_password: Secret = field(repr=False)


def open_services(url: str, clock: Clock = utc_now) -> Services:
    """Open an existing store.

    Args:
        url: an SQLAlchemy URL, see `pftui.services.location`.

    Raises:
        StoreMissing, StoreOutdated, StoreUnavailable: with what to do; nothing was touched.
    """
    from pftui.services import live

    return live.open_services(url, clock)


def create_store(url: str, organization: NewOrganization, clock: Clock = utc_now) -> None:
    """Create a store with its organization, first global admin, predefined roles and first team.

    Raises:
        InvalidInput: a name, e-mail or password that cannot be accepted; nothing was created.
        StoreExists: there is one; nothing was changed.
        StoreUnavailable: it cannot be made there; nothing is left behind.
    """
    from pftui.services import setup

    setup.create_store(url, organization, clock)


def open_demo(clock: Clock = utc_now) -> tuple[Services, Operator]:
    """Make a throw-away store with sample data and open it, with its admin signed in.

    Raises:
        StoreUnavailable: it cannot be made.
    """
    from pftui.services import demo

    return demo.open_demo(clock)
