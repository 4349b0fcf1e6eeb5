"""An open store, and the operator who signs in for a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from pftui.bootstrap import open_services
from pftui.commands.reading import prompt_secret, read_password, stdin_is_terminal
from pftui.commands.settings import Settings
from pftui.domain.accounts import Operator
from pftui.domain.errors import WrongUsage
from pftui.domain.secret import Secret
from pftui.process.source import here
from pftui.services.contracts import Services
from pftui.services.location import sqlite_path

KEY_VARIABLE = "PFTUI_API_KEY"


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
    """
    key = _check_operator(settings)
    password = read_password(settings.password_file) if settings.password_file else None
    services = open_services(settings.url)
    try:
        yield Session(services, _sign_in(services, settings.operator_email or "", key, password))
    finally:
        services.lifecycle.close()


def acts_for_somebody(settings: Settings) -> bool:
    """Whether an operator is named, by whatever way there is."""
    return bool(os.environ.get(KEY_VARIABLE, "").strip() or settings.operator_email or settings.password_file)


def owns_store(url: str) -> bool:
    """Whether this process may do with the store what it likes anyway; a server's credentials say so."""
    path = sqlite_path(url)
    try:
        owner = path.stat().st_uid if path is not None else os.geteuid()
    except (OSError, ValueError):
        return True  # what is wrong with the file is told of by who opens it
    return os.geteuid() in (0, owner)


def _check_operator(settings: Settings) -> Secret | None:
    """The key from the environment; None for a person. The rules of who may act stand here."""
    text = os.environ.get(KEY_VARIABLE, "").strip().removeprefix("\ufeff")  # as of a file with such a mark
    if text and settings.operator_email:
        raise WrongUsage(f"Both {KEY_VARIABLE} and --as name an operator: use one of them.")
    if text and settings.password_file:
        raise WrongUsage(f"--password-file goes with --as, but {KEY_VARIABLE} is set: use one of them.")
    if text:
        return Secret(text)
    if not settings.operator_email:
        require_operator(settings)
    elif not settings.password_file and not stdin_is_terminal():
        raise WrongUsage("There is no terminal to ask for the password on: add --password-file FILE, or - .")
    return None


def require_operator(settings: Settings) -> None:
    """No operator is wrong usage, but a store that is not there is said first: it needs `init`."""
    path = sqlite_path(settings.url)
    if path is None or os.path.lexists(path):
        raise WrongUsage(
            "Who acts? Sign in with --as EMAIL, or put the API key of a service account with global admin "
            f"privileges into {KEY_VARIABLE}."
        )


def _sign_in(services: Services, email: str, key: Secret | None, password: Secret | None) -> Operator:
    if key is not None:
        return services.sign_in.with_key(key, source=here())
    password = password or prompt_secret(f"Password of {email}")
    try:
        signed_in = services.sign_in.with_password(email, password, interactive=False, source=here())
        return signed_in.operator
    finally:
        password.forget()
