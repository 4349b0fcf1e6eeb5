"""What a command ends with when it fails: one sentence on standard error, and an exit code.

Foreseen errors bring their sentence and code along (`domain/errors.py`). What nobody foresaw becomes a
sentence too; with `--debug` its traceback goes to a log file, without local variables and with keys masked.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from pftui.domain.errors import PftuiError

if TYPE_CHECKING:
    from pathlib import Path

USAGE = 2
UNFORESEEN = 70  # sysexits.h: EX_SOFTWARE
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
_URL_PASSWORD = r"(://[^/\s:@]*):[^@\s/]+@"


class ReaderGone(Exception):
    """Who read standard output has closed it (`| head`): there is nobody left to tell."""


def notify(text: str) -> None:
    """A sentence on standard error, where all goes that is not the answer itself."""
    from pftui.domain.api_key import mask_keys
    from pftui.presentation.text import visible

    if sys.stderr is not None:
        with contextlib.suppress(OSError):  # nobody is left to hear it; the exit code still tells
            click.echo(visible(mask_keys(text)), err=True)


@contextlib.contextmanager
def writing_output() -> Iterator[None]:
    """What goes wrong while standard output is written, as an error of ours.

    Raises:
        ReaderGone: the other end of the pipe is closed.
        PftuiError: it cannot be written, on a full disk for example.
    """
    try:
        yield
    except BrokenPipeError:
        _abandon_output()
        raise ReaderGone from None
    except OSError as error:
        _abandon_output()
        raise PftuiError(f"Standard output could not be written: {error.strerror}.") from None


def _abandon_output() -> None:
    """Let what is still buffered go nowhere; the interpreter would complain of it at its end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def report(error: Exception, *, debug: bool = False) -> int:
    """Tell of an error and give the exit code."""
    if isinstance(error, ReaderGone):
        return 0
    if isinstance(error, PftuiError):
        notify(f"pftui: {error.message}")
        return error.exit_code
    if isinstance(error, click.Abort):
        return _aborted(error)
    if isinstance(error, click.ClickException):
        notify(f"pftui: {_usage_sentence(error)}")
        return USAGE
    notify(f"pftui: {_unforeseen_sentence(error, debug)}")
    return UNFORESEEN


def _aborted(error: click.Abort) -> int:
    if isinstance(error.__cause__, EOFError):
        notify("pftui: Nothing was entered, so nothing was done.")
        return 1
    return INTERRUPTED


def _usage_sentence(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())
    message = message if message.endswith((".", "?", "!")) else message + "."
    context = getattr(error, "ctx", None)
    return f"{message} See '{context.command_path} --help'." if context else message


def _unforeseen_sentence(error: Exception, debug: bool) -> str:
    what = f"This is a defect ({type(error).__name__}): what was not finished is undone."
    if not debug:
        return f"{what} Run it again with --debug to write a log."
    try:
        return f"{what} A log is in {write_log(error)}."
    except OSError as problem:
        return f"{what} No log could be written: {problem.strerror}."


def write_log(error: BaseException) -> Path:
    """Write a traceback, without local variables and with secrets masked, to a new file of mode 0600.

    Raises:
        OSError: it cannot be written there, or would not be safe from others.
    """
    import traceback
    from datetime import UTC, datetime

    from platformdirs import user_log_path

    from pftui.domain.api_key import mask_keys

    folder = user_log_path("pftui", appauthor=False)
    path = folder / f"error-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.log"
    _check_way(path, unmade=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_way(path)
    trace = "".join(traceback.TracebackException.from_exception(error, capture_locals=False).format())
    text = mask_keys(re.sub(_URL_PASSWORD, r"\1:••••@", trace))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as log:
        log.write(text)
    return path


def _check_way(path: Path, *, unmade: bool = False) -> None:
    from pftui.process.folders import fault

    found = fault(path, unmade=unmade)
    if found:
        raise OSError(errno.EPERM, f"{found.what}; {found.remedy}")
