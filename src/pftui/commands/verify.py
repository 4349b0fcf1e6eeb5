"""`pftui verify`: may this key do that?

No operator, and the shortest way to the answer: of what is heavy, only argon2 is imported, and the driver.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import click

from pftui.commands import output
from pftui.commands.completing import complete_teams
from pftui.commands.failures import ReaderGone, notify
from pftui.commands.reading import read_key, stdin_is_terminal
from pftui.commands.settings import Settings, Verb
from pftui.domain.api_key import shown
from pftui.domain.decisions import Decision
from pftui.domain.errors import PftuiError, StoreUnavailable, TryAgain, WrongUsage
from pftui.domain.permissions import ASKABLE, PermissionName
from pftui.presentation.permissions import grants_of
from pftui.process.imports import importing

_EMPTY = (
    "Standard input was empty, so there is no key. Is the variable that holds it set, here and for this run?"
)
team_option = click.option(
    "--team", metavar="TEAM", shell_complete=complete_teams, help="May it act in this team?"
)
permission_option = click.option(
    "--permission",
    type=click.Choice(ASKABLE),
    metavar="PERMISSION",
    help="With this permission? Needs --team.",
)
PERMISSIONS = f"PERMISSION is one of {', '.join(ASKABLE)}."


def refuse_without_team(permission: str | None, team: str | None) -> None:
    """Raises `WrongUsage` for a permission that is asked for in no team."""
    if permission is not None and team is None:
        raise WrongUsage("--permission needs --team: a permission is held in a team.")


@click.command("verify", cls=Verb, operator=False, epilog=PERMISSIONS)
@team_option
@permission_option
@click.option("--no-touch", is_flag=True, help='Only look: no "last used" is noted, and "key unsaved" stays.')
@click.option("--quiet", "-q", is_flag=True, help="Print no answer: the exit code is it.")
@click.pass_context
def verify(
    context: click.Context, team: str | None, permission: str | None, no_touch: bool, quiet: bool
) -> None:
    """Read a key from standard input and say what it may do.

    Exit code: 0 allowed, 1 denied, 2 wrong usage, 3 the store cannot be used or "try again".
    """
    settings = context.ensure_object(Settings)
    refuse_without_team(permission, team)
    try:
        decision = _decided(settings, team, cast("PermissionName | None", permission), touch=not no_touch)
    except (StoreUnavailable, TryAgain) as error:
        if settings.json and not quiet:
            retry_after = int(error.headers["Retry-After"])
            _print(settings, {"error": error.message, "retryAfter": retry_after}, [])
        raise
    if not quiet:
        _print(settings, decision.as_json(), sentences(decision))
    context.exit(0 if decision.allowed else 1)


def _decided(settings: Settings, team: str | None, wanted: PermissionName | None, *, touch: bool) -> Decision:
    url = settings.url
    key = read_key()
    with importing():
        from pftui.services.verification.once import verify_once
    decision = verify_once(url, key, team, wanted, touch=touch)
    return decision if key or stdin_is_terminal() else replace(decision, message=_EMPTY)


def _print(settings: Settings, for_programs: dict[str, Any], for_people: list[str]) -> None:
    """Print an answer. The exit code is the answer too: whether it can be printed does not change it."""
    try:
        if settings.json:
            output.json_object(for_programs)
        else:
            for text in for_people:
                output.line(text)
        output.flush()
    except ReaderGone:
        return
    except PftuiError as error:
        notify(f"pftui: {error.message}")


def sentences(decision: Decision) -> list[str]:
    """The decision for people, a line each."""
    account = decision.account
    who = f" {account.name}" if account else ""
    key = f" ({shown(decision.key_id)})" if decision.key_id else ""
    if not decision.allowed:
        word = decision.reason.value if decision.reason else "denied"
        return [f"denied: {word}{' –' if who else ''}{who}{key}", decision.message or ""]
    lines = [f"allowed:{who}{key}"]
    if decision.message:
        lines.append(decision.message)
    if account and account.global_admin and decision.grants:
        lines.append("organization settings: global admin")
    return lines + grants_of(decision)
