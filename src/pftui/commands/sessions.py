"""`pftui sessions …`: who is signed in, and the end of it."""

from __future__ import annotations

import click

from pftui.commands import output
from pftui.commands.failures import notify
from pftui.commands.reading import confirm, require_consent
from pftui.commands.session import signed_in
from pftui.commands.settings import Noun, Settings
from pftui.presentation import consequences, shapes
from pftui.presentation.already import already
from pftui.presentation.sessions import SESSION_COLUMNS

sessions = Noun("sessions")


@sessions.command("list")
@click.option("--all", "everyone", is_flag=True, help="Everybody's, for a global admin.")
@click.pass_obj
def list_sessions(settings: Settings, everyone: bool) -> None:
    """List your own sessions: those that are open first, newest first."""
    with signed_in(settings) as (services, operator):
        rows = services.sessions.list(operator, everyone=everyone)
    if settings.json:
        output.json_array(shapes.session(row) for row in rows)
        return
    output.table(SESSION_COLUMNS, rows, "No session was found.")


@sessions.command("end")
@click.argument("session")
@click.pass_obj
def end(settings: Settings, session: str) -> None:
    """End a session at once. SESSION is its id."""
    require_consent(settings)
    session = session.strip()
    with signed_in(settings) as (services, operator):
        confirm(settings, "Ending the session.", consequences.end_session())
        so = services.sessions.end(operator, session)
        notify(already("The session has ended", so) if so else "Ended the session.")
        if settings.json:
            output.json_object({"id": session, "ended": True})
