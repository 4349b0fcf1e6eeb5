"""What the tests of the reveal share."""

from __future__ import annotations

from pftui.screens.accounts.create_service_account import CreateServiceAccount
from pftui.screens.reveal.reveal import Reveal
from pftui.screens.reveal.secret_line import SecretLine
from tests.screens import flows
from tests.screens.flow_app import FlowApp, Running, fill, opened


async def revealed(pilot, app: FlowApp, name: str = "ci-bot") -> Running:  # type: ignore[no-untyped-def]
    """Create a service account and wait for its key."""
    running = app.start(flows.create_service_account)
    await opened(pilot, CreateServiceAccount)
    fill(app, name=name)
    await pilot.press("enter")
    await opened(pilot, Reveal)
    return running


def line(app: FlowApp) -> SecretLine:
    return app.screen.query_one(SecretLine)


def key_on_screen(app: FlowApp) -> str:
    """The line that holds the key, as it is drawn."""
    return next(part for text in app.text.splitlines() for part in text.split() if part.startswith("pfsa_"))
