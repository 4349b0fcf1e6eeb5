"""A group whose commands are imported when they run, not when they are listed.

`pftui --help` and the completion of a noun read the table below and import no command at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from pftui.commands.help import Helped

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Lazy(NamedTuple):
    """Where a command is (`module:attribute`), and its summary for the list of commands."""

    target: str
    summary: str


COMMANDS = {
    "init": Lazy("pftui.commands.init:init", "Create the store, an organization and its first global admin."),
    "login": Lazy("pftui.commands.login:login", "Sign in as a person, for the commands after it."),
    "logout": Lazy("pftui.commands.login:logout", "End the session of `login`."),
    "whoami": Lazy("pftui.commands.login:whoami", "Say who acts, and since when."),
    "verify": Lazy("pftui.commands.verify:verify", "Read a key from standard input and say what it may do."),
    "explain": Lazy("pftui.commands.explain:explain", "Say what an account may do, and why."),
    "users": Lazy(
        "pftui.commands.users:users", "People: invite, change, disable, delete, reset their passwords."
    ),
    "teams": Lazy(
        "pftui.commands.teams:teams", "Teams, and the roles of people and service accounts in them."
    ),
    "roles": Lazy("pftui.commands.roles:roles", "Roles, and the permissions they give in a team."),
    "service-accounts": Lazy(
        "pftui.commands.service_accounts:service_accounts", "Accounts of programs, which own API keys."
    ),
    "keys": Lazy("pftui.commands.keys:keys", "API keys: list, create, revoke, say whose one is."),
    "webhooks": Lazy(
        "pftui.commands.webhooks:webhooks", "Where events are sent: create, change, deliver, send again."
    ),
    "sessions": Lazy(
        "pftui.commands.sessions:sessions", "Who is signed in, in consoles and by `login`: list, end."
    ),
    "organization": Lazy(
        "pftui.commands.organization:organization", "The organization's name, and when consoles lock."
    ),
    "audit": Lazy("pftui.commands.audit:audit", "The audit trail: list events, verify that none was edited."),
    "db": Lazy("pftui.commands.db:db", "The store: its state, upgrades, backups."),
}


class LazyGroup(Helped, click.Group):
    """Knows its commands by name and summary, and imports the one that is asked for."""

    def __init__(self, *arguments: Any, lazy: Mapping[str, Lazy], **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None where there is none of this name."""
        entry = self.lazy.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but with a suggestion that needs no import."""
        if args[0] not in self.lazy and not args[0].startswith("-") and not ctx.resilient_parsing:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.lazy, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"There is no command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List names and summaries without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.lazy.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a noun without importing it."""
        from click.shell_completion import CompletionItem

        names = [
            CompletionItem(name, help=entry.summary)
            for name, entry in self.lazy.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]
