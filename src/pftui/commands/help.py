"""What is printed of the program itself, `--help` and `--version`: a full disk is a sentence here too."""

from __future__ import annotations

import click

from pftui.commands.failures import writing_output
from pftui.version import __version__


def _print(context: click.Context, text: str) -> None:
    """Print and end."""
    with writing_output():
        click.echo(text, color=context.color)
    context.exit()


class Helped(click.Command):
    """A command whose `--help` fails with a sentence."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Click's own option, which prints by `_print`."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option


def _show_help(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        _print(context, context.get_help())


def show_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """The callback of `--version`."""
    if wanted and not context.resilient_parsing:
        _print(context, f"pftui {__version__}")
