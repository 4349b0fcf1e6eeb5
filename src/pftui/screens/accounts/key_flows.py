"""What an operator does with service accounts and their keys, one flow each, read from top to bottom."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from pftui.domain.accounts import KeyView, Kind
from pftui.domain.api_key import shown
from pftui.domain.errors import PftuiError
from pftui.domain.names import slugify
from pftui.domain.teams import TeamSummary
from pftui.presentation import consequences
from pftui.presentation.accounts import NO_TEAM_YET, access_now, keys_may
from pftui.presentation.already import already
from pftui.screens.accounts.assigning import assign_account
from pftui.screens.accounts.create_service_account import CreateServiceAccount, NewKeyForm
from pftui.screens.console import Console
from pftui.screens.created import Created, What
from pftui.screens.dialogs.confirm import Confirm, Question
from pftui.screens.flow import notify_errors
from pftui.screens.reveal.reveal import Handover, Reveal
from pftui.services.results import AlreadySo, NewKey
from pftui.terminal.caches import purge_text_caches

_PUBLIC = len("pfsa_") + 10

#: Seconds in which the lists are read before the reveal uncovers them: so they are painted once.
BEFORE_CLOSING = 0.05


async def show_once(console: Console, handover: Handover) -> bool:
    """Open the reveal; when it closes, nothing of the secret stays. Returns whether it was confirmed.

    Until it opens it is read what the account can do; nothing may end the console meanwhile.
    """
    console.secret_on_screen = True
    try:
        with console.batch_update():  # what was asked gives way to the reveal in one frame
            access = await _access_or(handover.access, handover.read_access)
        reveal = Reveal(replace(handover, access=access))
        confirmed = await console.ask(reveal)
        await reveal.gone.wait()
    finally:
        handover.secret.forget()
        del reveal
        purge_text_caches()
        console.secret_on_screen = False
    return confirmed is True


async def reveal_key(console: Console, new: NewKey) -> None:
    """Show a new key once. Until it is confirmed the account says "key unsaved"."""

    async def read_access() -> tuple[bool, str]:
        details = await console.call(console.services.accounts.show, console.operator, new.account_id)
        if not details.summary.global_admin:
            return access_now(details)
        settled = await console.call(console.services.organization_settings.show, console.operator)
        may, sentence = access_now(details)
        return may, f"{sentence} Its key may: {keys_may(settled.keys_restricted)}."

    async def assign() -> bool:
        return await assign_account(console, new.account_id, new.account_name, Kind.SERVICE_ACCOUNT)

    async def confirm() -> None:
        await console.call(console.services.keys.confirm_saved, console.operator, new.key_id)
        console.changed()
        await asyncio.sleep(BEFORE_CLOSING)

    confirmed = await show_once(
        console,
        Handover(
            title=f"API key for {new.account_name}",
            noun="key",
            warning="it cannot be shown again once this closes.",
            secret=new.key,
            file_name=f"~/{slugify(new.account_name)}.key",
            access=(False, NO_TEAM_YET),
            read_access=read_access,
            assign=assign,
            confirm=confirm,
            public=_PUBLIC,
        ),
    )
    if confirmed:
        console.notify(f"{new.account_name} has its key.")
    else:
        console.notify(
            f"The key of {new.account_name} was left unsaved: make another, revoke it.", severity="warning"
        )


async def _access_or(
    otherwise: tuple[bool, str], read: Callable[[], Awaitable[tuple[bool, str]]]
) -> tuple[bool, str]:
    """What a new account can do; a store that is lost just now must not cost the secret."""
    try:
        return await read()
    except PftuiError:
        return otherwise


@notify_errors
async def create_service_account(console: Console, team_id: str | None = None) -> bool:
    """Create a service account and reveal its key; with a team it gets a role there in one go."""
    team: TeamSummary | None = None
    if team_id is not None:
        team = await console.call(console.services.teams.show, console.operator, team_id)
    return await create_in(console, team)


async def create_in(console: Console, team: TeamSummary | None, name: str = "") -> bool:
    """The same for a team that was read already; `name` was typed before."""
    new = await console.ask(CreateServiceAccount(team, name))
    if new is None:
        return False
    console.created(Created(What.ACCOUNT, new.account_id))
    if team is not None:
        console.created(Created(What.ASSIGNMENT, new.account_id, team.id, Kind.SERVICE_ACCOUNT))
    await reveal_key(console, new)
    return True


@notify_errors
async def new_key(console: Console, account_id: str) -> bool:
    """Create a further key and reveal it."""
    details = await console.call(console.services.accounts.show, console.operator, account_id)
    form = NewKeyForm(details)
    new = await console.ask(form)
    if new is None:
        return False
    console.created(Created(What.KEY, new.key_id, account_id))
    await reveal_key(console, new)
    return True


@notify_errors
async def revoke_key(console: Console, key: KeyView) -> bool:
    """End a key at once, for good."""
    details = await console.call(console.services.accounts.show, console.operator, key.account_id)

    so: list[AlreadySo | None] = []

    async def revoke() -> None:
        revoked = await console.call(console.services.keys.revoke, console.operator, key.key_id)
        so[:] = [revoked.already]

    question = Question(
        f"Revoke {shown(key.key_id)}",
        consequences.revoke_key(key.key_id, details),
        "Revoke key",
        stay="Keep it",
        name=key.account_name,
    )
    if not await console.ask(Confirm(question, revoke)):
        return False
    console.changed()
    state = f"{shown(key.key_id)} of {key.account_name} is revoked"
    console.notify(already(state, so[0]) if so and so[0] else f"{state}.")
    return True
