"""The form that changes an account's name and its e-mail or description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pftui.domain.accounts import AccountDetails, Kind
from pftui.screens.accounts.name_warning import NameWarning
from pftui.screens.console import console_of
from pftui.screens.dialogs.form import EditForm, Field

if TYPE_CHECKING:
    from textual.widget import Widget


class EditAccount(EditForm[AccountDetails]):
    """Changes what was touched and leaves the rest."""

    verb = "Save"
    known_by = ("name", "email")

    def __init__(self, details: AccountDetails) -> None:
        super().__init__(f"Edit {details.summary.name}", details.version)
        self._details = details
        self._warning = NameWarning(self, details.summary.id)

    def body(self) -> Iterable[Widget]:
        """The fields that this kind of account has."""
        for name, value in _values(self._details).items():
            yield Field(name, _LABELS[name], value)

    async def save(self) -> None:
        """Save, unless somebody else did meanwhile."""
        if self._details.summary.kind is Kind.USER and await self._warning.holds_up():
            return
        console = console_of(self)
        details = await console.call(
            console.services.accounts.update,
            console.operator,
            self._details.summary.id,
            version=self.version,
            **{name: self.typed(name) for name in _values(self._details)},
        )
        self.dismiss(details)

    async def read_again(self) -> tuple[int, Mapping[str, str]]:
        """The version and values there are now."""
        console = console_of(self)
        details = await console.call(
            console.services.accounts.show, console.operator, self._details.summary.id
        )
        return details.version, _values(details)


_LABELS = {"name": "Name", "email": "E-mail", "description": "Description (optional)"}


def _values(details: AccountDetails) -> dict[str, str]:
    if details.summary.kind is Kind.USER:
        return {"name": details.summary.name, "email": details.email or ""}
    return {"name": details.summary.name, "description": details.description}
