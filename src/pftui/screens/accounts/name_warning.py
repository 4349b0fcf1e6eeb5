"""The warning that a person's name looks like another person's; both may have it (R6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pftui.presentation.accounts import alike
from pftui.screens.console import console_of
from pftui.screens.dialogs.form import Form


@dataclass
class NameWarning:
    """Beside the name of a form, once for each name that is typed; the next Enter goes on."""

    form: Form[Any]
    own_id: str | None = None
    _told: str | None = field(default=None, init=False)

    async def holds_up(self) -> bool:
        """Whether there is somebody to warn of who was not named yet; asked before anything is changed."""
        typed = self.form.field("name")
        if not typed.touched or typed.value == self._told:
            return False
        console = console_of(self.form)
        other = await console.call(console.services.users.alike, console.operator, typed.value, self.own_id)
        if other is None:
            return False
        self._told = typed.value
        typed.explain(f"{alike(typed.value, other)} Enter once more goes on.", "warning")
        typed.scroll_visible(animate=False)
        return True
