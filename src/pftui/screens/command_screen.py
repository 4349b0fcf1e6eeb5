"""A screen that takes commands: the tabs' frame, and the details of an account."""

from __future__ import annotations

from typing import TypeVar

from pftui.domain.errors import PftuiError
from pftui.screens import registry
from pftui.screens.command import Action, Command, CommandContext, Flow
from pftui.screens.console import AGAIN_AFTER_A_BURST, ConsoleScreen, console_of
from pftui.screens.dialogs.text_modal import TextModal
from pftui.screens.help import help_text, notices_text, room

Result = TypeVar("Result")


class CommandScreen(ConsoleScreen[Result]):
    """Runs commands, one flow at a time."""

    takes_commands = True
    flowing = False
    """Whether a flow is under way, whose dialogs stand above this screen or are about to."""

    def context(self) -> CommandContext:
        """What a command would act on now."""
        raise NotImplementedError

    def explain(self, reason: str | None) -> None:
        """Say why a command cannot be used now; None where it can."""
        raise NotImplementedError

    def owner_of(self, action: Action) -> object:
        """Who does an action (`Action.owner`)."""
        return console_of(self) if action.owner == "console" else self

    def flow_ended(self, command: Command, changed: bool) -> None:
        """A flow has ended, and whether it changed something."""

    def action_command(self, command_id: str) -> None:
        """Do what the key of a command means here, or say why it cannot be done now."""
        command = registry.command_to_run(command_id, self.context())
        if command is not None:
            self.choose_command(command.id)

    def choose_command(self, command_id: str) -> None:
        """Do this very command, chosen by its name, or say why it cannot be done now."""
        command, context = registry.COMMANDS[command_id], self.context()
        reason = command.guard(context)
        self.explain(reason)
        if reason is None:
            self._run(command, context)

    def do_command(self, command_id: str) -> None:
        """The same, by a key that somebody has chosen."""
        self.action_command(command_id)

    def _run(self, command: Command, context: CommandContext) -> None:
        does = command.does
        if isinstance(does, Action):
            does.run(self.owner_of(does))
        elif does.at_once and console_of(self).typed_in_burst:
            self.explain(AGAIN_AFTER_A_BURST)
        elif not self.flowing:
            self.flowing = True
            # Not exclusive: a cancelled flow might leave a key that nobody has seen.
            self.run_worker(self._flow(command, does, context), group="flow")

    async def _flow(self, command: Command, flow: Flow, context: CommandContext) -> None:
        console, changed = console_of(self), False
        try:
            changed = await flow.start(console, context)
            if changed:
                console.changed()
        except PftuiError as error:
            console.notify(error.message, severity="error")
        finally:
            self.flowing = False
        self.flow_ended(command, changed)

    def show_help(self) -> None:
        """All keys that work here."""
        text = help_text(self.context(), room(self.app.size.width), console_of(self).keys)
        self.app.push_screen(TextModal("Keys", text))

    def show_notices(self) -> None:
        """The last notices."""
        console = console_of(self)
        self.app.push_screen(TextModal("Past notices", notices_text(console.notices.past(), console.clock)))
