"""What every modal is: it closes once, and never something else in its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.css.query import NoMatches
from textual.screen import ModalScreen

from pftui import styles
from pftui.screens.console import ConsoleScreen, console_of

Result = TypeVar("Result")

#: The stylesheet of all modals.
MODALS = Path(styles.__file__).parent / "modals.tcss"


class Modal(ModalScreen[Result], ConsoleScreen[Result]):
    """The base of all modals.

    Textual's `dismiss` closes whatever is on top, and a second one is an error. A modal here that is
    told to close while another stands above it does so as soon as that one is gone.
    """

    _dismissed = False
    _to_dismiss: tuple[Result | None] | None = None

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close with a result; what comes after the first time is not heard."""
        if self._dismissed:
            return AwaitComplete()
        if self.app.screen is not self:
            self._to_dismiss = (result,)
            return AwaitComplete()
        self._dismissed = True
        return super().dismiss(result)

    def on_screen_resume(self) -> None:
        """What stood above is gone."""
        if self._to_dismiss is not None:
            self.dismiss(*self._to_dismiss)

    @property
    def there(self) -> bool:
        """Whether it is open, be it under another one: not while it is being taken down."""
        return not self._dismissed and self.app.is_running and self in console_of(self).stack

    @property
    def unsettled(self) -> bool:
        """Whether it has an answer that nobody has heard yet, or may come to have one."""
        return self._to_dismiss is not None

    @contextmanager
    def while_there(self) -> Iterator[None]:
        """For what goes on after an `await`: it ends where the widgets are gone that it wants to tell."""
        try:
            yield
        except NoMatches:
            if self.there:
                raise
