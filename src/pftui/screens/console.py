"""The seam between app and screens: what a screen may ask of the app, and what the app may tell a screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, Protocol, TypeVar, cast

from textual.screen import Screen

from pftui.domain.errors import PftuiError
from pftui.widgets.type_ahead import HoldsKeys

if TYPE_CHECKING:
    from datetime import datetime

    from textual.dom import DOMNode

    from pftui.domain.accounts import Operator
    from pftui.domain.clock import Clock
    from pftui.domain.secret import Secret
    from pftui.screens.created import Created
    from pftui.screens.key_map import KeyMap
    from pftui.services.contracts import Services
    from pftui.services.results import NewOrganization, SignedIn
    from pftui.widgets.notice_line import Notice, Notices, Severity

P = ParamSpec("P")
T = TypeVar("T")
Result = TypeVar("Result")


class Console(Protocol):
    """The app, as screens, modals and flows see it."""

    services: Services
    operator: Operator
    clock: Clock
    notices: Notices
    keys: KeyMap
    """Which key means what; whatever shows a key asks it."""
    secret_on_screen: bool
    """From a secret's making until nothing shows it any more: no screenshot, palette, sign-out or quit."""

    @property
    def entered_at(self) -> datetime:
        """When the operator came in."""

    @property
    def typed_in_burst(self) -> bool:
        """Whether the key that is handled now came in a burst, as of a paste: it may not change the store."""

    @property
    def demo(self) -> bool:
        """Whether the store is a throw-away one."""

    @property
    def locked(self) -> bool:
        """Whether the lock stands before everything else: what opens now opens beneath it."""

    @property
    def unsaved(self) -> bool:
        """Whether leaving would lose a secret, or a change under way that may make one."""

    @property
    def stack(self) -> Sequence[Screen[Any]]:
        """What is open, beneath a lock too: the screen at the base first, the topmost last."""

    @property
    def ready(self) -> bool:
        """Whether the store is open and somebody is signed in; only then are services and operator there."""

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call of a service in a thread, never on the event loop.

        After 150 ms the header says that it is working.

        Raises:
            PftuiError: as the service raised it. `StoreUnavailable` is also told in the
                line above the footer, with the key that tries again.
        """

    @property
    def waiting(self) -> bool:
        """Whether a `call` is under way."""

    def give_up(self, *, tell: bool = False) -> bool:
        """End the wait for all calls that are under way, which then raise `GivenUp`; whether there were any.

        What they do goes on in its thread. With `tell` it is said what has come of it.
        """

    async def ask(self, modal: Screen[T]) -> T | None:
        """Show a modal and wait for its answer. Only inside a worker, as every flow is."""

    def batch_update(self) -> AbstractContextManager[None]:
        """Show no frame inside (Textual's): for what a next modal covers at once."""

    def notify(self, message: str, *, severity: Severity = "success") -> None:
        """Say one sentence: above the footer, and in a screen that is open above the lists or before them.

        `message` is plain data; markup in it is shown.
        """

    def changed(self) -> None:
        """Something was changed by us: lists refresh now, and the cursor stays on its row."""

    def created(self, created: Created) -> None:
        """Something was created by us: lists refresh now, and it is selected where it is listed."""

    def count_working(self, more: int) -> None:
        """One more thing takes its time, or (-1) one fewer."""

    def store_failed(self, error: PftuiError) -> None:
        """A list could not be read."""

    def store_answered(self) -> None:
        """A list was read."""

    async def sign_in(self, email: str, password: Secret) -> SignedIn:
        """Look at a password; waits for the store to be open first. Raises what the service does."""

    def enter(self, signed_in: SignedIn) -> None:
        """Go in; a temporary password is changed on the way."""

    async def create_store(self, organization: NewOrganization) -> None:
        """Create the store, open it and go in. Raises what `bootstrap.create_store` does."""

    async def unlock(self, password: Secret) -> None:
        """Take the lock away where this is the operator's password. Raises what a sign-in does."""

    def ends_own_session(self) -> AbstractContextManager[None]:
        """Inside, a call under way may end the operator's own session: who made it says why.

        The look at the store, which comes by itself, can be quicker than that call's answer.
        """

    @property
    def delivers(self) -> bool:
        """Whether this console sends to webhooks, because an admin has switched that on."""

    async def deliver(self, on: bool) -> None:
        """Send to webhooks from here as long as somebody is signed in, or no longer.

        Raises:
            Forbidden, StoreKeyUnavailable, StoreUnavailable: nothing is sent.
        """

    def leave(self, sentence: str = "") -> None:
        """Sign the operator out, who reads why; the flow that calls this ends with its screen."""


#: Said where a key of a burst would have changed the store.
AGAIN_AFTER_A_BURST = (
    "That came faster than a hand types, as a paste does. Nothing was changed: press the key again."
)
IN_A_BURST = "That came faster than a hand types, as a paste does. Nothing was changed: press enter to go on."


NO_PALETTE = "ctrl+p finds things from the lists: leave this first."
UNSAVED = "Not yet: what is shown or made here is shown only once. Save it and close this; then ctrl+q quits."


def console_of(node: DOMNode) -> Console:
    """The console that `node` is shown in."""
    return cast(Console, node.app)


class GivenUp(PftuiError):
    """The operator does not wait for the store any longer."""


class Loss(NamedTuple):
    """What leaving a screen would lose: a question, a sentence that says what, the verb, and how to stay."""

    question: str
    sentence: str
    verb: str
    stay: str


class ConsoleScreen(HoldsKeys, Screen[Result]):
    """The base of all screens: what the app may tell them; what a screen does not care for, it leaves out."""

    takes_commands = False
    """Whether keys are the registry's here, and so as somebody has chosen them; else only those that move."""

    opening = False
    """Whether this screen is about to open another, or what keys are meant for is still to come."""

    @property
    def holds_keys(self) -> bool:
        """Whether keys wait, while this screen is on top (see `widgets.type_ahead`)."""
        return self.opening

    @property
    def may_give_up(self) -> bool:
        """Whether Esc ends the wait: the store is asked for what keys are held for."""
        return self.holds_keys and console_of(self).waiting

    def give_up(self) -> bool:
        """What was asked for is not waited for any more."""
        return console_of(self).give_up()

    def show_notice(self, notice: Notice) -> None:
        """Say one sentence."""

    def show_lasting(self) -> None:
        """The notice that lasts has come or gone."""

    def show_working(self, working: bool) -> None:
        """Say that something takes its time, or that it is over."""

    def show_operator(self) -> None:
        """Who is signed in, or their privileges, changed."""

    def store_opened(self, organization: str) -> None:
        """The store is open, and this organization's; nobody is signed in yet."""

    def store_unavailable(self, error: PftuiError) -> bool:
        """The store cannot be opened; returns whether this screen has told so."""
        return False

    def session_started(self) -> None:
        """Somebody is signed in."""

    def warn(self, sentence: str) -> None:
        """Say in this screen why what was asked for cannot be."""

    loses = Loss("Discard what you typed?", "Nothing of it has been saved.", "Discard", "Back to the form")
    """What is asked where leaving would lose something."""

    @property
    def touched(self) -> bool:
        """Whether there is something here that leaving would lose."""
        return False

    def tell_unsaved(self) -> None:
        """Somebody wants to leave where a secret would be lost."""
        self.warn(UNSAVED)

    def hide_secrets(self) -> None:
        """The console locks: what shows again when it is unlocked may be read by who stands behind."""

    def reload(self) -> None:
        """Data have changed."""

    def reload_uses(self) -> None:
        """Keys or accounts were used, and nothing else has changed."""

    def show_created(self, created: Created) -> None:
        """Select what was just created, where it is listed here."""

    def do_command(self, command_id: str) -> None:
        """A key was pressed for a command that has none in the registry."""

    def open_palette(self) -> None:
        """The palette was asked for; it opens above the lists only: in a modal a secret may be."""
        self.warn(NO_PALETTE)
