"""`pftui keys …`: the API keys of service accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import click

from pftui.commands import output
from pftui.commands.completing import complete_service_accounts
from pftui.commands.failures import notify
from pftui.commands.reading import confirm, read_key_text, require_consent
from pftui.commands.secret_outlet import Handover, SecretOutlet, output_option, secret_outlet
from pftui.commands.session import Session, signed_in
from pftui.commands.settings import Noun, Settings
from pftui.domain.accounts import AccountDetails, AccountQuery, KeyView, Kind
from pftui.domain.api_key import KEY_ID_LENGTH, is_mistyped, parse_key_id, parts_in, shown
from pftui.domain.clock import utc_now
from pftui.domain.errors import WrongUsage
from pftui.domain.names import clean_name, slugify
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.presentation import consequences, shapes
from pftui.presentation.accounts import damage
from pftui.presentation.already import already
from pftui.presentation.keys import KEY_COLUMNS, key_access, key_state
from pftui.presentation.text import by
from pftui.presentation.times import exact, relative
from pftui.services.results import NewKey

keys = Noun("keys")
_PUBLIC = len("pfsa_") + KEY_ID_LENGTH


def key_id_of(text: str) -> str:
    """The key id that KEY means.

    Raises:
        WrongUsage: it is none; the text is not repeated, since it could be a secret.
    """
    key_id = parse_key_id(text)
    if key_id is None:
        raise WrongUsage(
            "That is no key id: it has 10 letters and digits, as in pfsa_Ab12Cd34Ef… or Ab12Cd34Ef."
        )
    return key_id


def hand_over_key(
    settings: Settings,
    outlet: SecretOutlet,
    new_key: NewKey,
    details: shapes.Json | None = None,
    access: str = "",
) -> None:
    """Let a new key out (with `--json` in an object), then forget it."""
    as_json = output.json_text(details or shapes.new_key(new_key)) if settings.json else None
    where = outlet.hand_over(
        Handover(
            title=f"API key for {new_key.account_name}",
            noun="key",
            text=new_key.key if as_json is None else Secret(as_json),
            if_lost=f"The key exists all the same; end it with: pftui keys revoke {new_key.key_id}",
            file_name=f"~/{slugify(new_key.account_name)}.key",
            access=access,
            public=_PUBLIC if as_json is None else 0,
        )
    )
    new_key.key.forget()
    notify(f"{where} It is marked unsaved until its first use.")


@keys.command("list")
@click.argument("reference", required=False, metavar="[ACCOUNT]", shell_complete=complete_service_accounts)
@click.option("--created-by", metavar="EMAIL", help="Only those that this person or account has created.")
@click.option(
    "--sort", type=click.Choice(["newest", "creator"]), default="newest", help="Newest first, by default."
)
@click.pass_obj
def list_keys(settings: Settings, reference: str | None, created_by: str | None, sort: str) -> None:
    """List keys, newest first, or by who created them: of one service account, or of all."""
    with signed_in(settings) as (services, operator):
        account_id = None
        if reference is not None:
            account_id = services.accounts.find(operator, reference, Kind.SERVICE_ACCOUNT).id
        creator_id = services.audit.find_actor(operator, created_by) if created_by is not None else None

        def page(after: KeyView | None) -> Sequence[KeyView]:
            return services.keys.list(
                operator,
                account_id,
                creator_id=creator_id,
                by_creator=sort == "creator",
                limit=output.PAGE,
                after=after,
            )

        views = _walk(page)
        if settings.json:
            output.json_array(shapes.key(view) for view in views)
            return
        output.table(KEY_COLUMNS, views, "No key was found.")


def _walk(page: Callable[[KeyView | None], Sequence[KeyView]]) -> Iterator[KeyView]:
    """All keys that `page` gives, a page behind the last key of the one before."""
    rows = page(None)
    while rows:
        yield from rows
        rows = page(rows[-1]) if len(rows) == output.PAGE else ()


@keys.command("show")
@click.argument("key")
@click.pass_obj
def show(settings: Settings, key: str) -> None:
    """Show all about a key: whose it is, and what it can do. KEY is its id, with or without pfsa_."""
    key_id = key_id_of(key)
    with signed_in(settings) as session:
        _print_key(settings, session, key_id)


@keys.command("identify")
@click.pass_obj
def identify(settings: Settings) -> None:
    """Read a key, or what begins one, from standard input and say whose it is.

    Any text will do that holds one key, or 4 characters of its id at least. Only the id is looked at: whether
    its secret fits is what `verify --no-touch` says. Nothing is noted as a use.
    """
    if settings.password_file == "-":
        raise WrongUsage("Standard input is for the key: give the password by --password-file FILE.")
    text = read_key_text()
    try:
        parts = parts_in(text.reveal())
        mistyped = is_mistyped(text.reveal())
    finally:
        text.forget()
    if not parts:
        raise WrongUsage("There is no API key on standard input, and nothing that begins one: pfsa_Ab12….")
    if len(parts) > 1:
        raise WrongUsage("There are several API keys on standard input: give one at a time.")
    with signed_in(settings) as session:
        if mistyped:
            notify("pftui: The checksum of that key does not fit: it was mistyped, or is cut off.")
        _print_key(settings, session, parts[0])


def _print_key(settings: Settings, session: Session, part: str) -> None:
    view, details = session.services.keys.identify(session.operator, part)
    if settings.json:
        output.json_object(shapes.key_details(view, details))
    else:
        output.fields(_fields(view, details))


def _fields(view: KeyView, details: AccountDetails) -> Iterator[tuple[str, str]]:
    yield "Key", shown(view.key_id)
    yield "Account", f"{view.account_name} ({view.account_id})"
    yield "Status", key_state(view)
    if view.damaged:
        yield "", damage(view.damaged)
    if view.label:
        yield "Label", view.label
    yield "Last used", relative(view.last_used_at, utc_now())
    yield "Created", exact(view.created_at) + by(view.created_by, gone=view.creator_gone)
    if view.revoked_at is not None:
        yield "Revoked", exact(view.revoked_at) + by(view.revoked_by)
    yield from output.field("Can do", key_access(view, details))


@keys.command("create")
@click.argument("reference", metavar="ACCOUNT", shell_complete=complete_service_accounts)
@click.option("--label", default="", metavar="TEXT", help="What this key is for.")
@output_option
@click.pass_obj
def create(settings: Settings, reference: str, label: str, output_file: str | None) -> None:
    """Create a further key. It stands alone on standard output, this once."""
    label = clean_name(label, "label", "A label") if label.strip() else ""
    with secret_outlet(output_file) as outlet, signed_in(settings) as (services, operator):
        account = services.accounts.find(operator, reference, Kind.SERVICE_ACCOUNT)
        new_key = services.keys.create(operator, account.id, label)
        hand_over_key(settings, outlet, new_key)


@keys.command("revoke")
@click.argument("key")
@click.pass_obj
def revoke(settings: Settings, key: str) -> None:
    """End a key at once and for good: KEY is its id, with or without pfsa_."""
    key_id = key_id_of(key)
    require_consent(settings)
    with signed_in(settings) as session:
        if not settings.yes:
            _confirm_revocation(settings, session, key_id)
        revoked = session.services.keys.revoke(session.operator, key_id)
        view, name = revoked.key, f"the key {shown(revoked.key.key_id)} of {revoked.key.account_name}"
        so = revoked.already
        notify(already(f"{name[0].upper()}{name[1:]} is revoked", so) if so else f"Revoked {name}.")
        if settings.json:
            output.json_object(shapes.key(view))


def _confirm_revocation(settings: Settings, session: Session, key_id: str) -> None:
    """Whose key it is, and what it leaves, is said where the list of accounts finds it."""
    services, operator = session
    query = AccountQuery(text=key_id, kind=Kind.SERVICE_ACCOUNT)
    rows = services.accounts.page(operator, query, PageRequest(size=2))
    if len(rows) != 1:
        confirm(settings, f"Revoking the key {shown(key_id)}.", consequences.revoke_key(key_id))
        return
    details = services.accounts.show(operator, rows[0].id)
    if any(view.key_id == key_id and not view.live for view in details.keys):
        return  # what is so already ends nothing
    confirm(
        settings,
        f"Revoking the key {shown(key_id)} of {rows[0].name}.",
        consequences.revoke_key(key_id, details),
    )
