"""What the screens share that ask for a password: a footer, one sentence, and a wait that counts down."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from pftui.domain.errors import PftuiError, StoreUnavailable, Throttled
from pftui.domain.secret import Secret
from pftui.screens.console import ConsoleScreen
from pftui.widgets.key_footer import Item, KeyFooter
from pftui.widgets.password_input import PasswordInput

if TYPE_CHECKING:
    from textual.timer import Timer


_ATTEMPT = "attempt"


class CredentialScreen(ConsoleScreen[None]):
    """Looks at a password that is typed, one at a time, and says what came of it.

    A subclass composes `sentence`, `footer` and a `PasswordInput`, and says in `attempt` what a password is
    for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "wait_no_longer", show=False)]

    def __init__(self, footer: Sequence[Item], *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._busy = False
        self._wait = 0.0
        self._waits_for = ""
        self._ticking: Timer | None = None
        self._items = footer
        # Made here, not in `compose`: the store's answer may be there before the screen is.
        self.sentence = Static(Content(""), id="sentence")
        self.footer = KeyFooter()
        self.footer.show(footer)

    async def attempt(self, password: Secret) -> None:
        """Have the password looked at. Raises what a sign-in does."""
        raise NotImplementedError

    def on_screen_suspend(self) -> None:
        """A dialog opens above, and none of these keys works."""
        self.footer.show(())

    def on_screen_resume(self) -> None:
        """They work again."""
        self.footer.show(self._items)

    def say(self, sentence: str, severity: str = "muted") -> None:
        """Show one sentence under the fields."""
        sign = {"error": "✕ ", "warning": "! "}.get(severity, "")
        text = Content.assemble(
            (sign if sentence else "", f"bold ${severity}" if sign else ""), (sentence, "$text")
        )
        self.sentence.update(text)

    def warn(self, sentence: str) -> None:
        """Under the fields."""
        self.say(sentence, "warning")

    def open_palette(self) -> None:
        """There is nothing to find yet."""
        self.warn("Sign in first: ctrl+p finds things from the lists.")

    def store_unavailable(self, error: PftuiError) -> bool:
        """The store cannot be used: the same key tries again, and what was typed stays."""
        self.say(f"{error.message} Press enter to try again.", "error")
        return True

    @property
    def occupied(self) -> bool:
        """Whether a password is being looked at, or has to wait."""
        return self._busy or (self._wait > 0 and self.whose == self._waits_for)

    @property
    def whose(self) -> str:
        """Whose password is typed, where that can be one or another."""
        return ""

    def begin(self) -> None:
        """Have what is typed looked at, unless that is under way."""
        if not self.occupied:
            self._busy = True
            self._stop_waiting()
            self.run_worker(self._attempt(self.query_one(PasswordInput).secret()), group=_ATTEMPT)

    def action_wait_no_longer(self) -> None:
        """Esc gives up waiting for the store; what was typed stays."""
        if self._busy:
            self.workers.cancel_group(self, _ATTEMPT)
            self.say("You did not wait for the store. Press enter to try again.", "warning")

    async def _attempt(self, secret: Secret) -> None:
        self.say("Checking…")
        whose = self.whose
        try:
            await self.attempt(secret)
        except Throttled as error:
            self._waits_for = whose
            self._count_down(error)
        except StoreUnavailable as error:
            self.store_unavailable(error)
        except PftuiError as error:
            self.query_one(PasswordInput).forget()
            self.query_one(PasswordInput).focus()
            self.say(error.message, "error")
        finally:
            secret.forget()
            self._busy = False

    def _count_down(self, error: Throttled) -> None:
        self._wait = error.seconds
        self._tell_wait()
        if self._ticking is None:
            self._ticking = self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        self._wait -= 1.0
        if self._wait > 0:
            self._tell_wait()
            return
        self._stop_waiting()
        self.say("You can try again now.")

    def _stop_waiting(self) -> None:
        self._wait = 0.0
        if self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    def _tell_wait(self) -> None:
        seconds = max(1, ceil(self._wait))
        unit = "second" if seconds == 1 else "seconds"
        self.say(f"Too many failed attempts. Wait {seconds} {unit}, then press enter.", "warning")
