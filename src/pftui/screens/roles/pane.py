"""The selected role beside the list: it follows the cursor once it rests."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static
from textual.worker import get_current_worker

from pftui.domain.errors import NotFound, PftuiError
from pftui.domain.roles import Holders
from pftui.domain.teams import RoleView
from pftui.screens.accounts.text import gone_text
from pftui.screens.console import console_of
from pftui.screens.roles.text import role_text
from pftui.widgets.reading_box import ReadingBox

if TYPE_CHECKING:
    from textual.timer import Timer

    from pftui.domain.accounts import Operator
    from pftui.services.roles import RoleService

#: Seconds that the cursor rests before the role follows: a held key must not read every row's holders.
REST = 0.15
#: Holders that are listed; how many there are stands above them.
_LISTED = 50


class RolePane(ReadingBox):
    """Shows one role: its ten permissions, and who holds it where."""

    def __init__(self) -> None:
        super().__init__(id="role")
        self._text = Static()
        self._role: RoleView | None = None
        self._timer: Timer | None = None
        self._alone = False
        self._shown = Content("")
        self._read_last: tuple[RoleView, Holders] | None = None

    def compose(self) -> ComposeResult:
        """The text."""
        yield self._text

    def follow(self, role: RoleView | None, *, now: bool) -> None:
        """Show this role, once the cursor has rested on it."""
        if role is None and self._role is None:
            return  # what is said there stays
        same = role is not None and self._role is not None and role.id == self._role.id
        self._role = role
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if role is None:
            self._show(Content(""))
            return
        if not same:
            self.scroll_home(animate=False)
        self._timer = self.set_timer(0.01 if now or same else REST, self._ask)

    def show_gone(self, sentence: str) -> None:
        """The role that was shown is there no more; no other takes its place."""
        self.follow(None, now=True)
        self._show(gone_text(sentence))

    def stand(self, *, alone: bool) -> None:
        """Say how one comes back to the list, where it is not beside the role."""
        if alone != self._alone:
            self._alone = alone
            self._show(self._shown)

    def _ask(self) -> None:
        self._timer = None
        if self._role is not None and self.display:
            console = console_of(self)
            self.run_worker(
                partial(self._read, console.services.roles, console.operator, self._role),
                thread=True,
                exclusive=True,
                group="role",
            )

    def _read(self, roles: RoleService, operator: Operator, role: RoleView) -> None:
        """In a thread: read who holds it."""
        worker = get_current_worker()
        try:
            held = roles.holders(operator, role.id, _LISTED)
        except NotFound:
            return  # deleted meanwhile: the list hears of it and moves on
        except PftuiError as error:
            self.call_later(self._show, Content.styled(error.message, "$error"))
            return
        if not worker.is_cancelled:
            self.call_later(self._show_role, role, held)

    def _show_role(self, role: RoleView, held: Holders) -> None:
        if self._role is not None and role.id == self._role.id:
            self._read_last = role, held
            self._show_again()

    def on_resize(self) -> None:
        """More or less of a line fits."""
        self._show_again()

    def _show_again(self) -> None:
        if self._read_last is None or self._role is None or self._read_last[0].id != self._role.id:
            return
        width = self.scrollable_content_region.width
        may_change = console_of(self).operator.global_admin
        self._show(role_text(*self._read_last, width, may_change=may_change))

    def _show(self, text: Content) -> None:
        self._shown = text
        back = Content.assemble(("esc", "$key"), (" Roles\n\n", "$muted")) if self._alone else Content("")
        self._text.update(back + text)
