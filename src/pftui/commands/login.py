"""`pftui login`, `logout` and `whoami`: a person's session for the commands after it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click

from pftui.bootstrap import open_services
from pftui.commands import output
from pftui.commands.failures import notify
from pftui.commands.kept_session import Kept, hash_here, kept_session, place_for
from pftui.commands.reading import ask_line, prompt_secret, read_password, stdin_is_terminal
from pftui.commands.session import EMAIL_VARIABLE, KEY_VARIABLE, Session, api_key, named_email, signed_in
from pftui.commands.settings import Settings, Verb
from pftui.domain.accounts import Operator
from pftui.domain.api_key import shown
from pftui.domain.clock import utc_now
from pftui.domain.errors import OutcomeUnknown, PftuiError, SessionEnded, StoreUnavailable, WrongUsage
from pftui.domain.secret import Secret
from pftui.domain.session_token import KeptSession, new_token
from pftui.domain.sessions import SessionView
from pftui.presentation import shapes
from pftui.presentation.sessions import last_sign_in, where_from
from pftui.presentation.times import exact
from pftui.process.secret_file import NotSaved
from pftui.process.session_file import NewSessionFile, SessionFileUnfit, remove_session
from pftui.process.source import here
from pftui.services.contracts import Services


@click.command("login", cls=Verb)
@click.pass_obj
def login(settings: Settings) -> None:
    """Sign in as a person, for the commands after it on this host, by this UNIX user.

    The address is --as or PFTUI_AS, else it is asked for; the password is asked for, or read from
    --password-file. The session lasts as a console's does: it locks when no command comes for so long as a
    console may be idle, and ends with `pftui logout`.
    """
    if api_key():
        raise WrongUsage(f"{KEY_VARIABLE} is set, which acts for commands already: unset it to sign in.")
    email = _email(settings)
    if not settings.password_file and not stdin_is_terminal():
        raise WrongUsage("There is no terminal to ask for the password on: add --password-file FILE, or - .")
    password = read_password(settings.password_file) if settings.password_file else None
    services = open_services(settings.url)
    try:
        with NewSessionFile(_place(settings.url)) as file:
            before = _before(settings.url)
            operator = _signed_in(services, file, email, password or prompt_secret(f"Password of {email}"))
        if before is not None:
            _end_the_one_before(services, before)
    finally:
        services.lifecycle.close()
    if settings.json:
        output.json_object(shapes.operator(operator))


def _email(settings: Settings) -> str:
    email = named_email(settings)
    if email:
        return email
    if not stdin_is_terminal():
        raise WrongUsage(f"Who signs in? Give --as EMAIL, or set {EMAIL_VARIABLE}.")
    typed = ask_line("E-mail address: ")
    if not typed:
        raise PftuiError("Nothing was entered, so nothing was done.")
    return typed


def _place(url: str) -> Path:
    path = place_for(url)
    if path is None:
        raise PftuiError(
            "There is no folder to keep a session in: root acts as the owner of the store's file here, or "
            "there is no home. Nobody was signed in; run it as the owner, or give each command --as EMAIL."
        )
    return path


def _before(url: str) -> Kept | None:
    """The session whose place a new one takes; a file that is not used tells of none."""
    with suppress(SessionFileUnfit):
        return kept_session(url)
    return None


def _signed_in(services: Services, file: NewSessionFile, email: str, password: Secret) -> Operator:
    """Sign in, and keep the session; where it cannot be kept, it is ended."""
    token = new_token()
    try:
        done = services.sign_in.with_password(
            email, password, interactive=False, source=here(), token_hash=hash_here(token)
        )
    finally:
        password.forget()
    operator = done.operator
    try:
        file.keep(KeptSession(operator.session_id or "", token).as_text())
    except NotSaved as error:
        services.sessions.sign_out(operator)
        raise NotSaved(f"{error.message} The session was ended: you are not signed in.") from error
    notify(f"Signed in as {operator.email}. `pftui logout` ends it.")
    if done.last is not None:
        notify(last_sign_in(done.last, utc_now()))
    return operator


def _end_the_one_before(services: Services, kept: Kept) -> None:
    try:
        _end(services, kept)
    except (StoreUnavailable, OutcomeUnknown) as error:
        notify(f"pftui: The session before this one may not have ended: {error.message}")


def _end(services: Services, kept: Kept) -> bool:
    """End a session in the store; whether it had not ended before."""
    try:
        operator = services.sessions.resume(kept.session_id, kept.token_hash, here())
    except SessionEnded:
        return False
    services.sessions.sign_out(operator)
    return True


@click.command("logout", cls=Verb, operator=False)
@click.pass_obj
def logout(settings: Settings) -> None:
    """End the session of `pftui login`, and remove its file."""
    url = settings.url
    path = place_for(url)
    if path is None or not os.path.lexists(path):
        notify("Nobody is signed in here by `pftui login`.")
        return
    ended = _ended_in_store(url)
    try:
        remove_session(path)
    except OSError as error:
        why = (error.strerror or "the system refused").lower()
        raise PftuiError(f"The session's file {path} cannot be removed: {why}.") from None
    if isinstance(ended, PftuiError):
        raise StoreUnavailable(
            f"The session's file was removed, but the store may not know that it ended: {ended.message}"
        )
    notify("Signed out." if ended else "Signed out; the session had ended before.")


def _ended_in_store(url: str) -> bool | PftuiError:
    """Whether it ended just now; what went wrong with the store keeps no file from being removed."""
    kept = _before(url)
    if kept is None:
        return False
    try:
        services = open_services(url)
        try:
            return _end(services, kept)
        finally:
            services.lifecycle.close()
    except (StoreUnavailable, OutcomeUnknown) as error:
        return error


@click.command("whoami", cls=Verb)
@click.pass_obj
def whoami(settings: Settings) -> None:
    """Say who acts, and since when: a person, or the service account of PFTUI_API_KEY."""
    with signed_in(settings) as session:
        view = _session_of(session)
    operator = session.operator
    if settings.json:
        output.json_object({**shapes.operator(operator), "session": shapes.session(view) if view else None})
    else:
        output.fields(_fields(operator, view))


def _session_of(session: Session) -> SessionView | None:
    services, operator = session
    if operator.session_id is None:
        return None
    return next((row for row in services.sessions.list(operator) if row.id == operator.session_id), None)


def _fields(operator: Operator, view: SessionView | None) -> Iterator[tuple[str, str]]:
    yield "Name", operator.name
    if operator.email:
        yield "E-mail", operator.email
    yield "Id", operator.id
    yield "Global admin", "yes" if operator.global_admin else "no"
    if operator.key_id:
        yield "By", f"the API key {shown(operator.key_id)}"
    elif view is None:
        yield "By", "a password, for this command"
    else:
        yield "By", f"the session {view.id}"
        yield "Signed in", exact(view.created_at)
        yield "Password given", exact(view.proved_at)
        yield "From", where_from(view.source)
