"""`pftui audit head`, `verify` and `archive`: what proves that the trail is what it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from pftui.commands import output
from pftui.commands.failures import notify
from pftui.commands.reading import confirm, read_lines, require_consent
from pftui.commands.session import acts_for_somebody, owns_store, signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.audit import ChainVerdict, Checkpoint
from pftui.domain.audit_archive import Archived, NoArchive, read_archive
from pftui.domain.clock import utc_now
from pftui.domain.errors import PftuiError, WrongUsage
from pftui.domain.moments import MOMENTS, parse_moment
from pftui.presentation import shapes
from pftui.presentation.text import counted

if TYPE_CHECKING:
    from pftui.domain.audit_form import StoredEvent

UNUSABLE = 3


def add_to(audit: Noun) -> None:
    """Give the noun its verbs."""
    for verb in (head, verify, archive):
        audit.add_command(verb)


@click.command("head", cls=Noun.command_class)
@click.option(
    "--sign",
    "key_file",
    type=click.Path(),
    metavar="KEYFILE",
    help="Sign it with an SSH key, for `audit verify --signed`.",
)
@click.pass_obj
def head(settings: Settings, key_file: str | None) -> None:
    """Print the newest event as N:HASH, to be kept elsewhere for `audit verify --expect`."""
    if key_file is not None and settings.json:
        raise WrongUsage("What is signed is the line N:HASH, not JSON: leave out --json or --sign.")
    with signed_in(settings) as (services, operator):
        checkpoint = services.audit.head(operator)
    if key_file is not None:
        from pftui.process.signatures import sign

        output.write(sign(str(checkpoint), key_file))
    elif settings.json:
        output.json_object(shapes.checkpoint(checkpoint))
    else:
        output.line(str(checkpoint))


def _checkpoints(given: Iterable[str], file: str | None) -> list[Checkpoint]:
    lines = read_lines(file) if file is not None else []
    try:
        return [Checkpoint.parse(text) for text in [*given, *lines]]
    except ValueError:
        raise WrongUsage(
            "What is expected is N:HASH, one a line in a file, as `pftui audit head` prints it."
        ) from None


def _signed(file: str, allowed_signers: str) -> Checkpoint:
    """The checkpoint in a signed file, whose signer is told."""
    from pftui.process.signatures import signed_line, signer

    line, signature = signed_line("\n".join(read_lines(file)) + "\n")
    try:
        checkpoint = Checkpoint.parse(line)
    except ValueError:
        raise WrongUsage(
            f"The first line of {file} is not N:HASH, as `pftui audit head --sign` prints it."
        ) from None
    notify(f"Event {checkpoint.sequence} was signed by {signer(line, signature, allowed_signers)}.")
    return checkpoint


@click.command("verify", cls=Noun.command_class)
@click.option(
    "--expect", metavar="N:HASH", multiple=True, help="What `audit head` printed once; may be repeated."
)
@click.option(
    "--expect-file", type=click.Path(allow_dash=True), metavar="FILE", help="A file of such lines, or - ."
)
@click.option("--signed", type=click.Path(), metavar="FILE", help="What `audit head --sign` printed once.")
@click.option(
    "--allowed-signers",
    type=click.Path(),
    metavar="FILE",
    help="Whose signatures count: ssh-keygen(1), ALLOWED SIGNERS.",
)
@click.option(
    "--archive",
    "archives",
    type=click.Path(),
    metavar="FILE",
    multiple=True,
    help="What `audit archive` wrote; may be repeated, the oldest first.",
)
@click.option("--alone", is_flag=True, help="Look at the archives alone, without a store.")
@click.pass_context
def verify(
    context: click.Context,
    expect: tuple[str, ...],
    expect_file: str | None,
    signed: str | None,
    allowed_signers: str | None,
    archives: tuple[str, ...],
    alone: bool,
) -> None:
    """Check the hash chain over all events: 0 where it is intact, 1 broken, 3 where it cannot be checked.

    A trail that somebody made anew as a whole is intact in itself. With --expect it is checked that history
    is what it was when `audit head` printed that. Where nobody is named who acts, it needs the store's
    owner, and writes nothing.
    """
    settings = context.ensure_object(Settings)
    if (signed is None) != (allowed_signers is None):
        raise WrongUsage("--signed and --allowed-signers go together.")
    if alone and not archives:
        raise WrongUsage("--alone is for archives: name them with --archive.")
    expected = _checkpoints(expect, expect_file)
    if signed is not None and allowed_signers is not None:
        expected.append(_signed(signed, allowed_signers))
    files = [_events(file) for file in archives]
    try:
        verdict = _verified_alone(files, expected) if alone else _verified(settings, expected, files)
    except _Unreadable as error:
        notify(f"pftui: {error}")
        context.exit(1)
    _tell(context, settings, verdict)


def _verified(
    settings: Settings, expected: Sequence[Checkpoint], files: Sequence[Iterable[StoredEvent]]
) -> ChainVerdict:
    """Who owns the store could read all of it anyway; for a server, who has its credentials."""
    from pftui.services.trail.processes import Processes

    if acts_for_somebody(settings) or not owns_store(settings.url):
        with signed_in(settings) as (services, operator):
            audit = replace(services.audit, apart=Processes(settings.url))
            return audit.verify(operator, expected, files)
    from pftui.services.store_admin import verify_trail

    return verify_trail(settings.url, expected, files, Processes(settings.url))


def _verified_alone(files: Sequence[Iterable[StoredEvent]], expected: Sequence[Checkpoint]) -> ChainVerdict:
    from pftui.services.trail.chain import check_archives

    return check_archives(files, expected)


def _tell(context: click.Context, settings: Settings, verdict: ChainVerdict) -> None:
    if settings.json:
        output.json_object(shapes.chain_verdict(verdict))
    elif verdict.intact:
        archived = f", the first {verdict.archived:,} of them archived" if verdict.archived else ""
        output.line(f"The audit trail is intact: {verdict.events:,} events{archived}, head {verdict.head}")
    if verdict.newer:
        notify(f"pftui: The audit trail cannot be checked at event {verdict.broken_at}: {verdict.problem}.")
        context.exit(UNUSABLE)
    if not verdict.intact:
        where = f" at event {verdict.broken_at}" if verdict.broken_at is not None else ""
        notify(f"pftui: The audit trail is broken{where}: {verdict.problem}")
        context.exit(1)


class _Unreadable(Exception):
    """An archive is none, or not whole; the text is a sentence."""


def _events(path: str) -> Iterator[StoredEvent]:
    """The events of an archive, which is read as they are asked for."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for each in read_archive(file):
                if not isinstance(each, Archived):
                    yield each
    except NoArchive as error:
        raise _Unreadable(f"The archive {path} cannot be checked: {error}.") from None
    except OSError as error:
        raise _Unreadable(f"The archive {path} cannot be read: {error.strerror}.") from None


def _moment(context: click.Context, parameter: click.Parameter, value: str) -> datetime:
    try:
        return parse_moment(value, utc_now(), UTC)
    except ValueError:
        raise click.BadParameter(MOMENTS, context, parameter) from None


@click.command("archive", cls=Noun.command_class)
@click.option(
    "--before",
    required=True,
    callback=_moment,
    metavar="TIME",
    help="What is older is moved; a date, a date and time, or 90d for so long ago.",
)
@click.option("--to", "file", required=True, type=click.Path(), metavar="FILE", help="A new file.")
@click.pass_obj
def archive(settings: Settings, before: datetime, file: str) -> None:
    """Move old events into a new file, which verifies on its own and with what stays; a person does that.

    The store goes on with the event behind the last one that was moved, and an event tells of it. What
    somebody still waits to be told of stays.
    """
    require_consent(settings)
    from pftui.process.secret_file import SecretFile

    written: list[str] = []

    def write(lines: Iterable[str]) -> str:
        with SecretFile(file) as new:
            new.write_lines(lines)
        written.append(str(new.path))
        return written[0]

    with signed_in(settings) as (services, operator):
        what = f"All events from before {before:%Y-%m-%d %H:%M} UTC are moved out of the store, to {file}."
        confirm(settings, what, ("Keep the file: the store alone cannot show them any more.",))
        try:
            moved = services.audit.archive(operator, before, write)
        except PftuiError:
            if written:
                notify(f"pftui: The events stay in the store. {written[0]} holds them too, and may go.")
            raise
    notify(f"Archived {counted(moved.events, 'event')} up to {moved.last.sequence:,} to {moved.file}.")
    if moved.held_by:
        notify(f"Younger ones stay: {moved.held_by} has not been told of them yet.")
    if settings.json:
        output.json_object(
            {
                "events": moved.events,
                "last": shapes.checkpoint(moved.last),
                "file": moved.file,
                "sha256": moved.sha256,
                "heldBy": moved.held_by or None,
            }
        )
    else:
        output.line(str(moved.last))
