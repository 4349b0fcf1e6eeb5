"""The details beside the list: they follow the cursor once it rests."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static
from textual.worker import get_current_worker

from pftui.domain.accounts import AccountDetails, KeyView
from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import NotFound, PftuiError
from pftui.screens.accounts.text import details_text
from pftui.screens.console import console_of
from pftui.screens.lists.gone import gone_text

if TYPE_CHECKING:
    from textual.timer import Timer

    from pftui.domain.accounts import Operator
    from pftui.services.accounts import AccountService

#: Seconds that the cursor rests before the details follow: a held key must not read every row's.
REST = 0.15


class DetailsPane(VerticalScroll, can_focus=False):
    """Shows one account."""

    def __init__(self, *, clock: Clock = utc_now, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._clock = clock
        self._text = Static()
        self._wanted: str | None = None
        self._key: KeyView | None = None
        self._timer: Timer | None = None

    def compose(self):  # type: ignore[no-untyped-def]
        """The text."""
        yield self._text

    def follow(self, account_id: str | None, key: KeyView | None = None, *, now: bool = False) -> None:
        """Show this account, once the cursor has rested on it; of its keys, `key` first."""
        if account_id is None and self._wanted is None:
            return  # what is said there stays
        self._key = key
        same = account_id == self._wanted
        self._wanted = account_id
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if account_id is None:
            self._text.update(Content(""))
            return
        # The same account again is a refresh, which nobody waits for but nobody should see twice either.
        self._timer = self.set_timer(0.01 if now or same else REST, self._ask)

    def show_gone(self, sentence: str) -> None:
        """What was shown is there no more."""
        self.follow(None)
        self._text.update(gone_text(sentence))

    def _ask(self) -> None:
        self._timer = None
        if self._wanted is not None and self.display:
            console = console_of(self)
            self.run_worker(
                partial(self._read, console.services.accounts, console.operator, self._wanted),
                thread=True,
                exclusive=True,
                group="details",
            )

    def _read(self, accounts: AccountService, operator: Operator, account_id: str) -> None:
        """In a thread: read the account."""
        worker = get_current_worker()
        try:
            details = accounts.show(operator, account_id)
        except NotFound:
            return  # deleted meanwhile: the list hears of it and moves on
        except PftuiError as error:
            self.call_later(self._text.update, Content.styled(error.message, "$error"))
            return
        if not worker.is_cancelled:
            self.call_later(self._show, details)

    def _show(self, details: AccountDetails) -> None:
        if details.summary.id == self._wanted:
            console = console_of(self)
            may_change = console.operator.global_admin
            text = details_text(
                details, self._clock(), console.keys.shown, may_change=may_change, first=self._key
            )
            self._text.update(text)
            self.scroll_home(animate=False)
