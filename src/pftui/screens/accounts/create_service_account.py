"""The form for a service account; with a team it also asks for the role there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widgets import OptionList, Static

from pftui.domain.teams import TeamSummary
from pftui.presentation.accounts import ADMIN_MEANING, NO_KEY_WORKS, NOT_FOR_CI
from pftui.presentation.cells import shortened
from pftui.presentation.permissions import LEAST_ROLE
from pftui.screens.accounts.choose_role import RolePicker, read_roles
from pftui.screens.console import console_of
from pftui.screens.dialogs.form import Field, Form, Tick
from pftui.services.results import NewKey

if TYPE_CHECKING:
    from textual.widget import Widget

    from pftui.domain.accounts import AccountDetails


class CreateServiceAccount(Form[NewKey]):
    """Name, description, global admin privileges; the key is revealed next."""

    verb = "Create Service Account"
    makes_secret = True

    def __init__(self, team: TeamSummary | None = None, name: str = "") -> None:
        where = f" in {shortened(team.name, 24)}" if team else ""
        super().__init__(f"Create Service Account{where}")
        self._team = team
        self._typed_before = name

    def body(self) -> Iterable[Widget]:
        """The fields."""
        yield Field("name", "Name", self._typed_before)
        yield Field("description", "Description (optional)", hint="What it is for, or who to ask about it.")
        yield Tick("Global admin privileges", id="admin")
        yield Static(Content(f"{ADMIN_MEANING} {NOT_FOR_CI}"), classes="note -indented")
        if self._team is not None:
            yield Static(
                Content(f"Select the role in {shortened(self._team.name, 40)}. {LEAST_ROLE}"), classes="label"
            )
            yield RolePicker()
        else:
            yield Static(Content("Its API key is shown next, once."), classes="note")

    def on_mount(self) -> None:
        """Ask for the roles where one is needed."""
        if self._team is not None:
            self.attempt(self._load_roles)

    async def _load_roles(self) -> None:
        self.query_one(RolePicker).fill(await read_roles(self), start="CI Runner")

    @on(OptionList.OptionSelected)
    def _role_chosen(self) -> None:
        self.action_submit()

    async def save(self) -> None:
        """Create the account and its first key, assigned where a team was given."""
        role = self.query_one(RolePicker).role if self._team else None
        if self._team is not None and role is None:
            await self._load_roles()  # they could not be read before: nothing is created with a role unseen
            return
        console = console_of(self)
        new = await console.call(
            console.services.service_accounts.create,
            console.operator,
            name=self.typed("name"),
            description=self.typed("description"),
            global_admin=self.query_one("#admin", Tick).value,
            team_id=self._team.id if self._team else None,
            role_id=role.id if role else None,
        )
        self.dismiss(new)


class NewKeyForm(Form[NewKey]):
    """A further key: an optional label tells it from the others."""

    verb = "Create API key"
    makes_secret = True

    def __init__(self, details: AccountDetails) -> None:
        super().__init__(f"New API key for {details.summary.name}")
        self._details = details

    def body(self) -> Iterable[Widget]:
        """The label, and what happens to the keys there are."""
        yield Field("label", "Label (optional)", hint="Where it will be used.")
        working = len(self._details.live_keys)
        others = {0: "It has no working key.", 1: "Its other key goes on working until you revoke it."}
        sentence = others.get(working, f"Its {working} other keys go on working until revoked.")
        if self._details.disabled:
            sentence = NO_KEY_WORKS
        yield Static(Content(sentence + " The new one is shown next, once."), classes="note")

    async def save(self) -> None:
        """Create it."""
        console = console_of(self)
        new = await console.call(
            console.services.keys.create,
            console.operator,
            self._details.summary.id,
            self.typed("label").strip(),
        )
        self.dismiss(new)
