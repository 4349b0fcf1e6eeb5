"""`pftui` itself: the nouns, the options before them, and the one place where every command ends.

Click was chosen of four libraries by the time they add to a start. A program with one noun and one verb,
median of 15 runs side by side, Python 3.11, a bare interpreter being 8 ms: argparse 16 ms, click 29 ms,
cyclopts 52 ms, typer 97 ms. Argparse has no shell completion, no prompts and no test runner of its own, and
builds every subcommand before it reads the first argument; click's groups can be lazy.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from pftui.commands.failures import INTERRUPTED, report
from pftui.commands.help import show_version
from pftui.commands.lazy import COMMANDS, LazyGroup
from pftui.commands.settings import Settings, common_options
from pftui.domain.errors import WrongUsage

_COMPLETION = "_PFTUI_COMPLETE"  # which a shell sets that wants something completed
# A key's prefix with more behind it than the key id: at least a part of a secret.
_KEY_IN_ARGUMENTS = re.compile(r"pf(?:sa|ut)_[0-9A-Za-z]{11}")


class Root(LazyGroup):
    """Ends every command with a sentence and an exit code, never with a traceback."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run a command and exit."""
        settings = Settings()
        arguments = list(sys.argv[1:] if args is None else args)
        try:
            if _COMPLETION in os.environ:
                from pftui.commands.bash import use_for_bash

                use_for_bash()
            _refuse_key(arguments)
            code = super().main(
                arguments, prog_name=prog_name or "pftui", standalone_mode=False, obj=settings, **extra
            )
            code = _flush_output() or (code if isinstance(code, int) else 0)
        except KeyboardInterrupt:
            code = INTERRUPTED
        except Exception as error:  # noqa: BLE001  # the end of the line: told, and logged with --debug
            code = report(error, debug=settings.debug)
        sys.exit(code)


def _flush_output() -> int:
    """Write out what is still buffered, where the commands have not; their module need not be there."""
    output = sys.modules.get("pftui.commands.output")
    if output is not None:
        output.flush()
    return 0


def _refuse_key(arguments: Sequence[str]) -> None:
    """Refuse a key among the arguments, wherever it stands, without repeating it."""
    if any(_KEY_IN_ARGUMENTS.search(argument) for argument in arguments):
        raise WrongUsage(
            "An API key stands in the command's arguments, where every process on this host can read it. "
            "It was not used: revoke it, and hand keys over on standard input or in PFTUI_API_KEY."
        )


@click.group(
    cls=Root,
    lazy=COMMANDS,
    invoke_without_command=True,
    params=common_options(),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the version and exit.",
)
@click.option("--demo", is_flag=True, help="Open the console on a throw-away store with sample data.")
@click.option(
    "--lock",
    "lock_minutes",
    type=click.IntRange(min=1),
    metavar="MINUTES",
    help="Lock the console after so many minutes without a key, if not sooner.",
)
@click.pass_context
def root(context: click.Context, demo: bool, lock_minutes: int | None) -> None:
    """Administer users, teams, service accounts and API keys.

    Without a command, the console opens. Commands act for the person who has signed in with `pftui login`,
    for the one named with --as or PFTUI_AS, or for the service account whose key is in PFTUI_API_KEY. The
    store is PFTUI_DATABASE_URL or --store, else a file in your data directory.
    """
    if context.invoked_subcommand is not None:
        if demo:
            raise WrongUsage("--demo opens the console and goes with no command.")
        if lock_minutes is not None:
            raise WrongUsage("--lock is about the console and goes with no command.")
        return
    from pftui.commands.console import open_console

    open_console(context, context.ensure_object(Settings), demo=demo, lock_minutes=lock_minutes)
