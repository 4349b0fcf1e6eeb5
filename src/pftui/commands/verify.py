"""`pftui verify`: may this key do that?

No operator, and the shortest way to the answer: of what is heavy, only SQLAlchemy and argon2 are imported.
"""

from __future__ import annotations

import click

from pftui.commands import output
from pftui.commands.failures import ReaderGone, notify
from pftui.commands.reading import read_key
from pftui.commands.settings import Settings, Verb
from pftui.domain.api_key import shown
from pftui.domain.decisions import Decision
from pftui.domain.errors import PftuiError, WrongUsage
from pftui.domain.permissions import Permission
from pftui.presentation.permissions import listed


@click.command("verify", cls=Verb, operator=False)
@click.option("--team", metavar="TEAM", help="May it act in this team?")
@click.option(
    "--permission",
    type=click.Choice([permission.value for permission in Permission]),
    metavar="PERMISSION",
    help="With this permission? Needs --team.",
)
@click.option("--no-touch", is_flag=True, help='Only look: no "last used" is noted, and "key unsaved" stays.')
@click.pass_context
def verify(context: click.Context, team: str | None, permission: str | None, no_touch: bool) -> None:
    """Read a key from standard input and say what it may do.

    Exit code: 0 allowed, 1 denied, 2 wrong usage, 3 the store cannot be used or "try again".
    """
    settings = context.ensure_object(Settings)
    if permission is not None and team is None:
        raise WrongUsage("--permission needs --team: a permission is held in a team.")
    url = settings.url
    key = read_key()
    from pftui.services.verification.verifier import Verifier

    with Verifier(url) as verifier:
        decision = verifier.verify(
            key, team=team, permission=Permission(permission) if permission else None, touch=not no_touch
        )
    _answer(settings, decision)
    context.exit(0 if decision.allowed else 1)


def _answer(settings: Settings, decision: Decision) -> None:
    """Print the decision. The exit code is the answer too: whether it can be printed does not change it."""
    try:
        if settings.json:
            output.json_object(decision.as_json())
        else:
            for text in sentences(decision):
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
    elif account and account.global_admin:
        lines.append("organization settings: global admin")
    lines += [
        f"{grant.team_name} ({grant.team_slug}), {grant.role_name}: {listed(grant.permissions)}"
        for grant in decision.grants
    ]
    return lines
