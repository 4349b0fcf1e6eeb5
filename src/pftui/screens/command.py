"""What a command of the console is: its key, its words, when it works, and what it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast

from pftui.domain.accounts import AccountSummary, KeyView, Operator
from pftui.domain.audit import AuditEvent, DamagedEvent
from pftui.domain.teams import RoleView, TeamSummary
from pftui.domain.webhooks import WebhookView
from pftui.screens.places import Place, Where, everywhere

if TYPE_CHECKING:
    from pftui.screens.console import Console


PALETTE_KEY = "ctrl+p"
"""What finds a command that has no key."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What a command can act on now.

    `account` is the account under the cursor and `team` the selected team. `member_team_id` is
    set where the cursor is on an assignment of `account`: its row in a team, or a team in its
    details. `key` is set where the cursor is on a key in the details, `role` and `webhook` where one is
    selected.
    """

    place: Place
    operator: Operator | None = None
    account: AccountSummary | None = None
    team: TeamSummary | None = None
    member_team_id: str | None = None
    key: KeyView | None = None
    role: RoleView | None = None
    webhook: WebhookView | None = None
    event: AuditEvent | DamagedEvent | None = None

    @property
    def global_admin(self) -> bool:
        """Whether the operator may change things."""
        return self.operator is not None and self.operator.global_admin

    @property
    def account_id(self) -> str | None:
        """The id of the account under the cursor."""
        return self.account.id if self.account else None

    @property
    def team_id(self) -> str | None:
        """The id of the team that the cursor is in."""
        return self.member_team_id or (self.team.id if self.team else None)

    @property
    def role_id(self) -> str | None:
        """The id of the selected role."""
        return self.role.id if self.role else None

    @property
    def webhook_id(self) -> str | None:
        """The id of the selected webhook."""
        return self.webhook.id if self.webhook else None


Guard = Callable[[CommandContext], str | None]
"""Gives the reason why a command cannot be used now, as a sentence; None where it can."""


def unguarded(context: CommandContext) -> str | None:
    """A command that can always be used."""
    return None


def ready(context: CommandContext) -> str | None:
    """The store is open and somebody is signed in."""
    return None if context.operator else "The store is still being opened."


def needs(*conditions: Guard) -> Guard:
    """All of these, the first that fails being the reason."""

    def guard(context: CommandContext) -> str | None:
        return next((reason for each in (ready, *conditions) if (reason := each(context))), None)

    return guard


def admin(doing: str) -> Guard:
    """The operator is a global admin (R1)."""

    def guard(context: CommandContext) -> str | None:
        return None if context.global_admin else f"Only a global admin can {doing}."

    return guard


class Group(Enum):
    """The headings of the help."""

    CREATE = "Create"
    ACCOUNT = "The selected account"
    TEAM = "The selected team"
    ROLE = "The selected role"
    WEBHOOK = "The selected webhook"
    EVENT = "The selected event"
    LIST = "The list"
    CONSOLE = "The console"


def resolve(path: str) -> Any:
    """What a path below `pftui.screens` names, as in `teams.flows:new_team`; imported at its first use."""
    module, _, name = path.partition(":")
    return getattr(import_module(f"pftui.screens.{module}"), name)


@dataclass(frozen=True, slots=True)
class Flow:
    """A change as an awaited sequence of modals, which is named here and imported at its first use.

    `given` names the properties of the context that it takes, each under the same name. A flow
    returns whether something was changed. One that changes something `at_once`, without a question, is not
    started by a key that came in a burst.
    """

    path: str
    given: tuple[str, ...] = ()
    at_once: bool = False

    async def start(self, console: Console, context: CommandContext) -> bool:
        """Run it to its end.

        Raises:
            PftuiError: what the flow could not tell in a modal of its own.
        """
        flow = cast("Callable[..., Awaitable[bool]]", resolve(self.path))
        return await flow(console, **{name: getattr(context, name) for name in self.given})


@dataclass(frozen=True, slots=True)
class Action:
    """What one of three does at once: the tab at hand, the screen that has the keys, or the console."""

    owner: Literal["tab", "screen", "console"]
    method: str
    arguments: tuple[Any, ...] = ()

    def run(self, owner: object) -> None:
        """Have the owner do it."""
        getattr(owner, self.method)(*self.arguments)


@dataclass(frozen=True, slots=True)
class Command:
    """One command: `label` is for the footer, `title` for palette and help.

    `where` says in which places its key works; `applies` chooses between commands that share a key in one
    place. With `ends` what it acts on is gone afterwards.
    """

    id: str
    keys: str
    label: str
    title: str
    tooltip: str
    group: Group
    does: Flow | Action
    guard: Guard = unguarded
    where: Where = everywhere
    applies: Callable[[CommandContext], bool] = lambda context: True
    shown: str = ""
    palette: bool = True
    ends: bool = False

    @property
    def key(self) -> str:
        """The key as footer and help show it."""
        return self.shown or self.keys.split(",", maxsplit=1)[0]
