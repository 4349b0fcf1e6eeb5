"""One's own last change, taken back."""

from __future__ import annotations

from pftui.presentation import consequences
from pftui.screens.console import Console
from pftui.screens.dialogs.confirm import Confirm, Question
from pftui.screens.flow import notify_errors

NOTHING = (
    "Nothing that you did since you signed in can be undone. "
    "A new name, another role, disabling and unassigning could."
)


@notify_errors
async def undo_last(console: Console) -> bool:
    """Name the last change since the sign-in that can be undone, ask, and undo it."""
    undo = console.services.undo
    last = await console.call(undo.last, console.operator, console.entered_at)
    if last is None:
        console.notify(NOTHING, severity="note")
        return False

    async def take_back() -> None:
        await console.call(undo.undo, console.operator, last.event_id)

    question = Question(
        "Undo your last change?", consequences.undo(last, console.clock()), "Undo it", destroys=False
    )
    if not await console.ask(Confirm(question, take_back)):
        return False
    console.changed()
    console.notify(f"Undone: {last.description}.")
    return True
