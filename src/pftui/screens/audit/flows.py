"""From an event to what it happened to, the filter's form, and the history of one thing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, cast

from pftui.domain.accounts import AccountSummary, KeyView
from pftui.domain.api_key import shown
from pftui.domain.audit import AuditEvent, DamagedEvent, Target
from pftui.domain.errors import NotFound
from pftui.domain.teams import RoleView, TeamSummary
from pftui.domain.webhooks import WebhookView
from pftui.screens.audit.filters import Filters
from pftui.screens.audit.history import HistoryScreen
from pftui.screens.command import resolve
from pftui.screens.console import Console
from pftui.screens.flow import notify_errors


class Frame(Protocol):
    """The frame around the tabs, above which flows of a tab are run."""

    @property
    def tab(self) -> object:
        """The tab that is shown."""

    def find(self, tab_id: str, row_id: str, text: str = "") -> None:
        """Go to a row of a tab."""


#: In which tab a thing is listed.
_TABS = {
    Target.USER: "users",
    Target.SERVICE_ACCOUNT: "users",
    Target.TEAM: "teams",
    Target.ROLE: "roles",
    Target.WEBHOOK: "webhooks",
}


@notify_errors
async def jump(console: Console, event: AuditEvent | DamagedEvent) -> bool:
    """Go to what an event happened to; where it is gone, say by whom it was deleted."""
    if isinstance(event, DamagedEvent):
        raise NotFound("What this event happened to cannot be read.")
    services, operator, target = console.services, console.operator, event.target
    if target is Target.API_KEY:
        return await _to_key(console, event)
    if target not in _TABS or not event.target_id:
        raise NotFound(f"There is nothing to go to: it happened to the {target.noun}.")
    show = {
        "users": services.accounts.show,
        "teams": services.teams.show,
        "roles": services.roles.show,
        "webhooks": services.webhooks.show,
    }
    tab = _TABS[target]
    await console.call(show[tab], operator, event.target_id)
    _frame(console).find(tab, event.target_id)
    return False


async def _to_key(console: Console, event: AuditEvent) -> bool:
    """A key is looked at in the details of its account."""
    account_id = event.metadata.get("accountId")
    if not isinstance(account_id, str):
        raise NotFound(f"Whose {shown(event.target_id)} was is not known.")
    details = await console.call(console.services.accounts.show, console.operator, account_id)
    key = next((each for each in details.keys if each.key_id == event.target_id), None)
    open_account = cast("Callable[..., Awaitable[bool]]", resolve("account_details:open_account"))
    return await open_account(console, account_id, key)


async def filter_events(console: Console) -> bool:
    """Ask for the documented filters, and put them into the filter's line."""
    from pftui.screens.audit.tab import AuditTab

    tab = _frame(console).tab
    if not isinstance(tab, AuditTab):
        return False
    text = await console.ask(Filters(tab.bar.text, console.clock))
    if text is not None:
        tab.filter_by(text)
    return False


async def history(
    console: Console,
    account: AccountSummary | None,
    team: TeamSummary | None,
    role: RoleView | None,
    webhook: WebhookView | None,
) -> bool:
    """What happened to what is selected: the account, else the team, the role or the webhook."""
    thing = account or team or role or webhook
    if thing is not None:
        await console.ask(HistoryScreen(thing.id, thing.name, clock=console.clock))
    return False


async def key_history(console: Console, key: KeyView) -> bool:
    """What happened to a key."""
    name = f"{shown(key.key_id)} of {key.account_name}"
    await console.ask(HistoryScreen(key.key_id, name, clock=console.clock))
    return False


def _frame(console: Console) -> Frame:
    return cast(Frame, console.stack[0])
