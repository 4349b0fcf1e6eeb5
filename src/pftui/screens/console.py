"""What the app gives to its screens, so that no screen needs to know the app itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.screen import Screen

    from pftui.domain.accounts import Operator
    from pftui.domain.clock import Clock
    from pftui.services.contracts import Services
    from pftui.widgets.notice_line import Severity

P = ParamSpec("P")
T = TypeVar("T")


class Console(Protocol):
    """The app, as screens, modals and flows see it."""

    services: Services
    operator: Operator
    clock: Clock
    ready: bool
    """Whether the store is open and somebody is signed in; only then are the two above there."""
    secret_on_screen: bool
    """From a secret's making until nothing shows it any more: no screenshot, palette, sign-out or quit."""

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call of a service in a thread, never on the event loop.

        After 150 ms the header says that it is working.

        Raises:
            PftuiError: as the service raised it. `StoreUnavailable` is also told in the
                line above the footer, with the key that tries again.
        """

    async def ask(self, modal: Screen[T]) -> T | None:
        """Show a modal and wait for its answer. Only inside a worker, as every flow is."""

    def batch_update(self) -> AbstractContextManager[None]:
        """Show no frame inside (Textual's): for what a next modal covers at once."""

    def notify(self, message: str, *, severity: Severity = "success") -> None:
        """Say one sentence: above the footer, and in a screen that is open above the lists or before them.

        `message` is plain data; markup in it is shown.
        """

    def leave(self, sentence: str) -> None:
        """Sign the operator out, who reads why; this flow ends with the screen that it was started from."""

    def changed(self) -> None:
        """Something was changed by us: lists refresh now, and the cursor stays on its row."""


def console_of(node: DOMNode) -> Console:
    """The console that `node` is shown in."""
    return cast(Console, node.app)
