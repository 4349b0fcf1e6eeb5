"""An open store, and the operator who signs in for a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from pftui.bootstrap import open_services
from pftui.commands.kept_session import Kept, kept_session, place_for
from pftui.commands.reading import prompt_secret, read_password, stdin_is_terminal
from pftui.commands.settings import Settings
from pftui.domain.accounts import Operator
from pftui.domain.errors import SessionEnded, WrongUsage
from pftui.domain.secret import Secret
from pftui.domain.store_urls import sqlite_path
from pftui.process.session_file import remove_session
from pftui.process.source import here

if TYPE_CHECKING:
    from pftui.services.contracts import Services

KEY_VARIABLE = "PFTUI_API_KEY"
EMAIL_VARIABLE = "PFTUI_AS"


class Session(NamedTuple):
    """What a command works with."""

    services: Services
    operator: Operator


@contextmanager
def signed_in(settings: Settings) -> Iterator[Session]:
    """Open the store and sign in; close it afterwards.

    Raises:
        WrongUsage: no operator, or two; found before the store is opened.
        StoreUnavailable: there is no usable store; found before a password is asked for.
        SignInFailed, Forbidden, Throttled, PasswordChangeRequired: see `contracts.SignIn`.
        SessionEnded, SessionLocked: of the session that `pftui login` keeps.
    """
    by = _who_acts(settings)
    password = None
    if isinstance(by, str) and settings.password_file:
        password = read_password(settings.password_file)
    services = open_services(settings.url)
    try:
        if isinstance(by, Kept):
            yield _resumed(services, by)
        else:
            yield Session(services, _sign_in(services, by, password))
    finally:
        services.lifecycle.close()


def named_email(settings: Settings) -> str | None:
    """Who acts, by their address: `--as` beats `PFTUI_AS`."""
    return settings.operator_email or os.environ.get(EMAIL_VARIABLE, "").strip() or None


def acts_for_somebody(settings: Settings) -> bool:
    """Whether an operator is named for this command, by whatever way there is but a session."""
    return bool(api_key() or named_email(settings) or settings.password_file)


def owns_store(url: str) -> bool:
    """Whether this process may do with the store what it likes anyway; a server's credentials say so."""
    path = sqlite_path(url)
    try:
        owner = path.stat().st_uid if path is not None else os.geteuid()
    except (OSError, ValueError):
        return True  # what is wrong with the file is told of by who opens it
    return os.geteuid() in (0, owner)


def api_key() -> str:
    """The key in the environment; empty where there is none."""
    return os.environ.get(KEY_VARIABLE, "").strip().removeprefix("\ufeff")  # as of a file with such a mark


def _who_acts(settings: Settings) -> Secret | str | Kept:
    """A key, a person's address, or the session that is kept. The rules of who may act stand here.

    A key stands beside nothing else; `--as` beats `PFTUI_AS`, and that the session.
    """
    text, email = api_key(), named_email(settings)
    if text:
        _refuse_beside_key(settings)
        return Secret(text)
    if email:
        if not settings.password_file and not stdin_is_terminal():
            raise WrongUsage(
                "There is no terminal to ask for the password on: add --password-file FILE, or - ."
            )
        return email
    kept = kept_session(settings.url)
    if kept is None:
        raise nobody_acts(settings)
    if settings.password_file:
        raise WrongUsage("--password-file goes with --as: a session of `pftui login` is kept without it.")
    return kept


def _refuse_beside_key(settings: Settings) -> None:
    if settings.operator_email:
        raise WrongUsage(f"Both {KEY_VARIABLE} and --as name an operator: use one of them.")
    if named_email(settings):
        raise WrongUsage(f"Both {KEY_VARIABLE} and {EMAIL_VARIABLE} name an operator: unset one of them.")
    if settings.password_file:
        raise WrongUsage(f"--password-file goes with --as, but {KEY_VARIABLE} is set: use one of them.")
    path = place_for(settings.url)
    if path is not None and os.path.lexists(path):
        raise WrongUsage(
            f"{KEY_VARIABLE} is set, and `pftui login` keeps a session here: two operators. Leave the "
            f"session with `pftui logout`, or unset {KEY_VARIABLE}."
        )


def nobody_acts(settings: Settings) -> WrongUsage:
    """No operator is wrong usage, but a store that is not there is said first: it needs `init`."""
    path = sqlite_path(settings.url)
    if path is not None and not os.path.lexists(path):
        open_services(settings.url).lifecycle.close()  # which tells what is the matter
    return WrongUsage(
        f"Who acts? Sign in with `pftui login`, or for one command with --as EMAIL, or put the API key of a "
        f"service account with global admin privileges into {KEY_VARIABLE}."
    )


def _resumed(services: Services, kept: Kept) -> Session:
    """The session that is kept; of one that has ended the file goes, so that it stands beside no key."""
    try:
        operator = services.sessions.resume(kept.session_id, kept.token_hash, here())
    except SessionEnded as error:
        with suppress(OSError):
            remove_session(kept.path, only=kept.text)
        raise SessionEnded(f"{error.message} (`pftui login`)") from error
    from pftui.commands.proving import with_proof

    services = with_proof(services, operator)
    services.sessions.attend(operator)
    return Session(services, operator)


def _sign_in(services: Services, by: Secret | str, password: Secret | None) -> Operator:
    if isinstance(by, Secret):
        return services.sign_in.with_key(by, source=here())
    password = password or prompt_secret(f"Password of {by}")
    try:
        signed_in = services.sign_in.with_password(by, password, interactive=False, source=here())
        return signed_in.operator
    finally:
        password.forget()
