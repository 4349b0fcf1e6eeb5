"""Somebody has left: what they leave behind is decided on, and the report is shown."""

from __future__ import annotations

from pftui.presentation.offboarding import outcome, report
from pftui.screens.accounts.offboard import Offboard
from pftui.screens.accounts.offboarding_report import OffboardingReport
from pftui.screens.console import Console
from pftui.screens.flow import notify_errors

#: What it is called where it is offered beside something else.
OFFBOARD = "Offboard…"


@notify_errors
async def offboard(console: Console, account_id: str) -> bool:
    """Disable a person, and revoke or keep each key that they were shown; then show that it is over."""
    look = console.services.offboarding.look
    done = await console.ask(Offboard(await console.call(look, console.operator, account_id)))
    if done is None:
        return False
    console.changed()
    console.notify(outcome(done), severity="success" if done.over else "warning")
    await console.ask(OffboardingReport(done, tuple(report(done, console.services.organization.name))))
    return True
