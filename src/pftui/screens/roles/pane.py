"""The selected role beside the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from pftui.domain.roles import Holders
from pftui.domain.teams import RoleView
from pftui.screens.console import console_of
from pftui.screens.lists.reading_pane import ReadingPane
from pftui.screens.roles.text import role_text

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services

#: Holders that are listed; how many there are stands above them.
_LISTED = 50


class RolePane(ReadingPane[RoleView, Holders]):
    """Shows one role: its ten permissions, and who holds it where."""

    def __init__(self) -> None:
        super().__init__("Roles", id="role")

    def read(self, services: Services, operator: Operator, row: RoleView) -> Holders:
        """Who holds it."""
        return services.roles.holders(operator, row.id, _LISTED)

    def text_of(self, row: RoleView, read: Holders, width: int) -> Content:
        """What it allows, and to whom."""
        return role_text(row, read, width, may_change=console_of(self).operator.global_admin)
