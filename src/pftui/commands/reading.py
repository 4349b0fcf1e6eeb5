"""What a command reads: passwords and keys without echo, and the answer to "are you sure?"."""

from __future__ import annotations

import os
import stat
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from pftui.commands.failures import notify
from pftui.commands.settings import Settings
from pftui.domain.errors import PftuiError, WrongUsage
from pftui.domain.secret import Secret
from pftui.presentation.text import visible
from pftui.process.folders import fault, is_descriptor

_NO_KEY = "what cannot be a key"
_LONGEST = 64 * 1024  # bytes; more is neither a key nor a password


class TooLong(WrongUsage):
    """More than a key or a password can have."""


def is_interactive() -> bool:
    """Whether there is somebody to ask: standard input and standard error are terminals."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def stdin_is_terminal() -> bool:
    """Whether standard input is typed: a secret is then asked for without echo, whatever is redirected."""
    return sys.stdin is not None and sys.stdin.isatty()


def prompt_secret(question: str) -> Secret:
    """Ask on the terminal, without echo.

    Raises:
        WrongUsage: what was typed is not text in the terminal's encoding.
    """
    import getpass

    # Where standard error goes elsewhere, the question is put to the terminal itself.
    stream = sys.stderr if is_interactive() else None
    try:
        with _aborting():
            return Secret(getpass.getpass(f"{question}: ", stream=stream))
    except UnicodeDecodeError:
        raise WrongUsage("What was typed is not text in the terminal's encoding.") from None


@contextmanager
def _aborting() -> Iterator[None]:
    try:
        yield
    except EOFError as error:
        notify("")
        raise click.Abort from error


def read_lines(file: str) -> list[str]:
    """The lines of a text file, or of standard input where `file` is `-`, that hold something; at least one.

    Raises:
        WrongUsage: it cannot be read, is closed, is not UTF-8, or holds nothing.
    """
    source = "Standard input" if file == "-" else f"The file '{file}'"
    try:
        data = standard_input() if file == "-" else Path(file).read_bytes()
        lines = [line for line in data.decode("utf-8-sig").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None)
        raise WrongUsage(
            f"{source} cannot be read: {what}." if what else f"{source} is not UTF-8 text."
        ) from None
    if not lines:
        raise WrongUsage(f"{source} holds nothing.")
    return lines


def _bare(data: bytes) -> bytes:
    """Less one trailing newline, which editors and `echo` add, and the byte-order mark of some editors."""
    data = data.removeprefix(BOM_UTF8)
    return data.removesuffix(b"\n").removesuffix(b"\r") if data.endswith(b"\n") else data


def standard_input() -> bytes:
    """All of standard input, less one trailing newline and a byte-order mark.

    Raises:
        WrongUsage: it is closed, cannot be read, or holds more than 64 KiB (`TooLong`).
    """
    if sys.stdin is None:
        raise WrongUsage("Standard input is closed, so nothing could be read from it. Nothing was done.")
    try:
        data = sys.stdin.buffer.read(_LONGEST + 1) or b""  # nothing, where nobody waits for it
    except OSError as error:
        raise WrongUsage(f"Standard input cannot be read: {error.strerror}. Nothing was done.") from None
    if len(data) > _LONGEST:
        raise TooLong("Standard input holds more than 64 KiB, which is neither a key nor a password.")
    return _bare(data)


def read_key() -> Secret:
    """A key from standard input; on a terminal it is asked for without echo.

    What is no key, too long for one or no text, is given all the same: it is malformed like any other. It is
    empty only where there was nothing.

    Raises:
        WrongUsage: standard input is closed or cannot be read; no key was looked at.
    """
    if stdin_is_terminal():
        try:
            return prompt_secret("API key")
        except WrongUsage:
            return Secret(_NO_KEY)
    try:
        return Secret(standard_input().decode("ascii", "replace"))
    except TooLong:
        return Secret(_NO_KEY)


def read_key_text() -> Secret:
    """A text that holds a key, or what begins one, from standard input; on a terminal a line without echo.

    Raises:
        WrongUsage: standard input is closed, cannot be read, or holds more than 64 KiB.
    """
    if stdin_is_terminal():
        return prompt_secret("API key, or how it begins")
    return Secret(standard_input().decode("utf-8", "replace"))


def read_password(file: str, *, question: str = "Password") -> Secret:
    """A password from a file, or from standard input where `file` is `-`.

    Raises:
        WrongUsage: the file cannot be read, is empty, or is not UTF-8.
    """
    if file == "-":
        if stdin_is_terminal():
            return prompt_secret(question)
        return _password(standard_input(), "Standard input")
    return _password(_password_file(file), "The password file")


def _password(data: bytes, source: str) -> Secret:
    if not data:
        raise WrongUsage(f"{source} holds no password.")
    try:
        return Secret(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise WrongUsage(f"{source} is not UTF-8 text.") from None


def _password_file(name: str) -> bytes:
    try:
        with open(name, "rb") as file:
            status = os.fstat(file.fileno())
            data = file.read(_LONGEST + 1)
    except OSError as error:
        raise WrongUsage(f"The password file '{name}' cannot be read: {error.strerror}.") from None
    if len(data) > _LONGEST:
        raise WrongUsage(f"The password file '{name}' holds more than 64 KiB, which is no password.")
    if stat.S_ISREG(status.st_mode) and status.st_mode & (stat.S_IRGRP | stat.S_IROTH):
        notify(f"pftui: Others can read the password file '{name}'; chmod 600 it.")
    if stat.S_ISREG(status.st_mode) and not is_descriptor(name):
        _warn_of_others(name)
    return _bare(data)


def _warn_of_others(name: str) -> None:
    """Say where others could put another password in the place of this one; it is used all the same."""
    try:
        found = fault(name)
    except OSError:
        return  # it was read; what has become of its folders since is nothing to warn of
    if found:
        notify(f"pftui: Others could replace the password file '{name}': {found.what}; {found.remedy}.")


def new_password(settings: Settings) -> Secret:
    """A password that somebody chooses: from `--password-file`, standard input, or asked for twice."""
    if settings.password_file and settings.password_file != "-":
        return read_password(settings.password_file)
    if not stdin_is_terminal():
        return read_password("-")
    password = prompt_secret("Password (15 characters at least)")
    if not password.matches(prompt_secret("The same password again").reveal()):
        raise WrongUsage("The two passwords differ. Nothing was done.")
    return password


def require_consent(settings: Settings) -> None:
    """Refuse, before anything is touched, to end something that nobody can be asked about."""
    if not settings.yes and not is_interactive():
        raise WrongUsage("This ends something, and there is no terminal to ask on: add --yes.")


def confirm(settings: Settings, what: str, sentences: Sequence[str], *, name: str | None = None) -> None:
    """Say what will happen and ask, unless `--yes` has answered.

    Args:
        what: what is being done, to whom; a sentence.
        sentences: what that ends.
        name: where given, it must be typed; else `y` will do.

    Raises:
        PftuiError: the answer is no.
    """
    if settings.yes:
        return
    notify(" ".join((what, *sentences)))
    answer = ask_line(f"Type {visible(name)} to go on: " if name else "Go on? [y/N] ")
    agreed = answer == name if name else (answer or "").lower() in {"y", "yes"}
    if not agreed:
        raise PftuiError("Nothing was changed.")


def ask_line(question: str) -> str | None:
    """Ask on standard error, and read a line of standard input; None at its end."""
    click.echo(question, err=True, nl=False)
    line = sys.stdin.buffer.readline().decode("utf-8", "replace")
    if not line:
        notify("")
        return None
    return line.strip()
