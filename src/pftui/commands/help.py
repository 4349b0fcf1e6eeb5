"""What is printed of the program itself, `--help` and `--version`: a full disk is a sentence here too."""

from __future__ import annotations

import os
import sys

import click

from pftui.commands.failures import writing_output
from pftui.version import __version__

_MOST_COLUMNS, _LEAST_COLUMNS = 80, 50  # as click has it


def _print(context: click.Context, text: str) -> None:
    """Print and end."""
    with writing_output():
        click.echo(text, color=context.color)
    context.exit()


class _Formatter(click.HelpFormatter):
    """Click's own, which would import `shutil`, and four ways to compress, to learn the terminal's width."""

    def __init__(
        self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None
    ) -> None:
        if width is None:
            width = max(min(_columns(), max_width or _MOST_COLUMNS) - 2, _LEAST_COLUMNS)
        super().__init__(indent_increment, width, max_width)


def _columns() -> int:
    """As `shutil.get_terminal_size` has it."""
    try:
        columns = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        columns = 0
    if columns > 0:
        return columns
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or _MOST_COLUMNS  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):  # no standard output, or no terminal
        return _MOST_COLUMNS


class _Context(click.Context):
    formatter_class = _Formatter


class Helped(click.Command):
    """A command whose `--help` ends with examples, and fails with a sentence."""

    context_class = _Context

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Click's own, and the examples: at the end, where they stand beside what is typed next."""
        from pftui.commands.examples import examples_of

        super().format_epilog(ctx, formatter)
        examples = examples_of(ctx.command_path.partition(" ")[2])
        if examples:
            with formatter.section("Examples"):
                for example in examples:
                    formatter.write(f"{'':{formatter.current_indent}}{example}\n")

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
