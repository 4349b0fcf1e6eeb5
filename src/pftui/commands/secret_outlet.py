"""Where the secret that a command makes goes to, looked at before there is one.

Into a pipe, to whoever reads it; into a new file that only its owner can read; to the eye, on a screen that
leaves nothing behind. Never into a file that others can read, and never into a terminal's scrollback.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from pftui.commands import output
from pftui.commands.failures import notify
from pftui.domain.errors import PftuiError, WrongUsage
from pftui.domain.secret import Secret
from pftui.presentation.text import visible

if TYPE_CHECKING:
    from pftui.process.secret_file import SecretFile

Command = TypeVar("Command", bound=Callable[..., Any])
_OPEN_TO_OTHERS = stat.S_IRGRP | stat.S_IROTH


def output_option(command: Command) -> Command:
    """`--output FILE`, for every command that makes a secret."""
    return click.option(
        "--output",
        "output_file",
        type=click.Path(),
        metavar="FILE",
        help="Write the secret to this new file, which only you can read, instead of standard output.",
    )(command)


@dataclass(frozen=True, slots=True)
class Handover:
    """A secret with the words for it.

    Args:
        title: what it is, of whom.
        noun: what it is called in a sentence.
        text: the secret, or an object that holds it.
        if_lost: what to do where it could not be handed over, for it cannot be shown again.
        file_name: where a person would save it.
        access: a sentence on what it can do now, for the screen.
        public: the leading characters that are no secret.
    """

    title: str
    noun: str
    text: Secret
    if_lost: str
    file_name: str
    access: str = ""
    public: int = 0


class SecretOutlet(Protocol):
    """Takes one secret."""

    def hand_over(self, what: Handover) -> str:
        """Let it out, at once; gives a sentence on where it is.

        Raises:
            PftuiError: it was not; with what to do.
        """


@contextmanager
def secret_outlet(output_file: str | None) -> Iterator[SecretOutlet]:
    """The place that a secret will go to, found fit for it.

    Args:
        output_file: a file to make; None or `-` for standard output.

    Raises:
        WrongUsage: standard output is closed, is a file that others can read, or is a terminal that would
            keep what it shows.
        NotSaved: the file cannot be made.
    """
    if output_file is not None and output_file != "-":
        with _to_file(output_file) as outlet:
            yield outlet
    elif sys.stdout is None:
        raise WrongUsage("Standard output is closed, so the secret would be lost. Nothing was done.")
    elif sys.stdout.isatty():
        with _to_screen() as outlet:
            yield outlet
    else:
        _refuse_open_file()
        yield ToStream()


def _refuse_open_file() -> None:
    """Refuse a redirection into a file that others can read, as most umasks make them."""
    try:
        mode = os.fstat(sys.stdout.fileno()).st_mode
    except (OSError, ValueError):  # it is no descriptor, or tells nothing of itself
        return
    if stat.S_ISREG(mode) and mode & _OPEN_TO_OTHERS:
        raise WrongUsage(
            "Standard output is a file that others can read, so no secret was made. Nothing was done. "
            "Use --output with the name of a new file, which only you can read, or set umask 077 before the "
            "file is made."
        )


class ToStream:
    """Standard output: the secret alone on its line."""

    def hand_over(self, what: Handover) -> str:
        """Write it out."""
        output.secret(what.text.reveal(), what.if_lost)
        return f"Save the {what.noun} now: it cannot be shown again."


@contextmanager
def _to_file(name: str) -> Iterator[SecretOutlet]:
    from pftui.process.secret_file import NotSaved, SecretFile

    try:
        file = SecretFile(name)
    except NotSaved as error:
        raise NotSaved(f"{error.message} Nothing was done.") from error
    with file:
        yield ToFile(file)


@dataclass(frozen=True, slots=True)
class ToFile:
    """A new file, which was made before the secret."""

    file: SecretFile

    def hand_over(self, what: Handover) -> str:
        """Write it, and see it to the disk."""
        try:
            self.file.write(what.text.reveal())
        except PftuiError as error:
            raise PftuiError(f"{error.message} {what.if_lost}") from error
        return f"Saved the {what.noun} to {self.file.path}, which only you can read."


@contextmanager
def _to_screen() -> Iterator[SecretOutlet]:
    from pftui.terminal.capabilities import without_cursor
    from pftui.terminal.shown_once import open_keyboard

    problem = without_cursor(os.environ)
    keyboard = None if problem else open_keyboard()
    if keyboard is None:
        problem = problem or "there is no keyboard to wait for"
        raise WrongUsage(
            f"On this terminal the secret would stay in the scrollback: {problem}. Nothing was done. "
            "Use --output FILE, or a pipe."
        )
    try:
        yield ToScreen(keyboard)
    finally:
        os.close(keyboard)


@dataclass(frozen=True, slots=True)
class ToScreen:
    """The terminal's other screen, which goes, with all that it shows, when a key is pressed."""

    keyboard: int

    def hand_over(self, what: Handover) -> str:
        """Show it until the person has it."""
        from pftui.process.secret_file import save_secret
        from pftui.terminal.shown_once import Card, show_once

        def save() -> str:
            try:
                path = save_secret(what.text, what.file_name)
            except PftuiError as error:
                return visible(error.message)
            return visible(f"Saved to {path}, which only you can read.")

        card = Card(
            title=visible(what.title),
            warning="it cannot be shown again once this closes.",
            text=what.text.reveal(),
            public=what.public,
            file_name=visible(what.file_name),
            save=save,
            access=visible(what.access),
        )
        output.flush()
        try:
            show_once(card, sys.stdout.fileno(), self.keyboard, os.environ)
        except OSError:
            raise PftuiError(
                f"The terminal is gone before the {what.noun} was taken. {what.if_lost}"
            ) from None
        except (KeyboardInterrupt, SystemExit):
            notify(what.if_lost)
            raise
        return f"The {what.noun} was shown once, and cannot be shown again."
