"""What `users` and `service-accounts` share: the account table, details, and changes alike for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from pftui.commands import output
from pftui.commands.failures import say
from pftui.commands.paging import walk
from pftui.commands.reading import confirm, require_consent
from pftui.commands.session import Session, signed_in
from pftui.commands.settings import Settings
from pftui.domain.accounts import AccountDetails, AccountQuery, AccountSummary, KeyView, Kind, Operator
from pftui.domain.api_key import shown
from pftui.domain.clock import utc_now
from pftui.presentation import shapes
from pftui.presentation.text import ago, counted, exact, made

if TYPE_CHECKING:
    from pftui.services.accounts import AccountService


def list_accounts(settings: Settings, kind: Kind, text: str, limit: int | None) -> None:
    """Every account of a kind that the operator may see and that `text` finds, by name."""
    query = AccountQuery(text=text, kind=kind)
    with signed_in(settings) as (services, operator):
        rows = walk(
            lambda request: services.accounts.page(operator, query, request), lambda row: row.name, limit
        )
        if settings.json:
            output.json_array(shapes.account(row) for row in rows)
            return
        columns = [
            output.Column("Name"),
            output.Column("E-mail" if kind is Kind.USER else "Newest key"),
            output.Column("Admin"),
            output.Column("Teams", number=True),
            output.Column("Last used"),
            output.Column("Status"),
        ]
        output.table(columns, _cells(rows), f"No {kind.label} was found.")


def _cells(rows: Iterator[AccountSummary]) -> Iterator[list[str]]:
    now = utc_now()
    for row in rows:
        admin = "admin" if row.global_admin else ""
        last_used = ago(row.last_used_at, now)
        yield [row.name, row.identifier or "–", admin, str(row.team_count), last_used, row.status.label]


def details_of(session: Session, reference: str, kind: Kind) -> AccountDetails:
    """The one account of a kind that a name, e-mail or id means. Raises `NotFound`, `Ambiguous`."""
    services, operator = session
    return services.accounts.show(operator, services.accounts.find(operator, reference, kind).id)


def show_account(settings: Settings, reference: str, kind: Kind) -> None:
    """All about one account."""
    with signed_in(settings) as session:
        print_details(settings, details_of(session, reference, kind))


def print_details(settings: Settings, details: AccountDetails) -> None:
    """All about one account, for people or for programs."""
    if settings.json:
        output.json_object(shapes.account_details(details))
    else:
        output.fields(_fields(details))


def _fields(details: AccountDetails) -> Iterator[tuple[str, str]]:
    row, now = details.summary, utc_now()
    yield "Name", row.name
    if row.kind is Kind.USER:
        yield "E-mail", details.email or ""
    else:
        yield "Description", details.description or "–"
    yield "Id", row.id
    yield "Status", row.status.label
    yield "Global admin", "yes" if row.global_admin else "no"
    yield "Last used", ago(row.last_used_at, now)
    yield "Created", made(details.created_at, details.created_by)
    if details.temporary_password_until:
        yield "Temporary password", f"void after {exact(details.temporary_password_until)}"
    if row.kind is Kind.SERVICE_ACCOUNT:
        yield from _labelled("Keys", [_key_text(key) for key in details.keys])
    yield from _labelled(
        "Teams",
        [
            f"{view.team_name} ({view.team_slug}), {view.role_name}: {', '.join(view.permissions)}"
            for view in details.assignments
        ],
    )


def _labelled(label: str, values: list[str]) -> Iterator[tuple[str, str]]:
    for number, value in enumerate(values or ["none"]):
        yield ("" if number else label), value


def _key_text(key: KeyView) -> str:
    label = f" ({key.label})" if key.label else ""
    used = f"last used {ago(key.last_used_at, utc_now())}"
    return f"{shown(key.key_id)}{label}, {shapes.key_state(key)}, {used}"


def update_account(
    settings: Settings,
    reference: str,
    kind: Kind,
    *,
    name: str | None = None,
    email: str | None = None,
    description: str | None = None,
) -> None:
    """Change what is given."""
    with signed_in(settings) as session:
        services, operator = session
        found = services.accounts.find(operator, reference, kind)
        details = services.accounts.update(
            operator, found.id, name=name, email=email, description=description
        )
        say(f"Updated the {kind.label} {details.summary.name}.")
        if settings.json:
            output.json_object(shapes.account_details(details))


class Change(NamedTuple):
    """A change without parameters: the service's method, what it leaves, and the words for it."""

    method: Callable[[AccountService], Callable[[Operator, str], None]]
    result: shapes.Json
    done: str
    ends: bool = False


ENABLE = Change(lambda accounts: accounts.enable, {"disabled": False}, "is enabled")
DISABLE = Change(lambda accounts: accounts.disable, {"disabled": True}, "is disabled", ends=True)
GRANT = Change(lambda accounts: accounts.grant_admin, {"globalAdmin": True}, "has global admin privileges")
REVOKE = Change(
    lambda accounts: accounts.revoke_admin,
    {"globalAdmin": False},
    "has no global admin privileges",
    ends=True,
)
DELETE = Change(lambda accounts: accounts.delete, {"deleted": True}, "is deleted", ends=True)


def change_account(settings: Settings, reference: str, kind: Kind, change: Change) -> None:
    """Carry out a change; what ends something is named and asked for first, and a deletion wants the name."""
    if change.ends:
        require_consent(settings)
    with signed_in(settings) as session:
        services, operator = session
        found = services.accounts.find(operator, reference, kind)
        if change.ends and not settings.yes:
            details = services.accounts.show(operator, found.id)
            confirm(settings, consequence(details, change), found.name if change is DELETE else None)
        change.method(services.accounts)(operator, found.id)
        say(f"{found.name} {change.done}.")
        if settings.json:
            output.json_object(shapes.changed(found, change.result))


def consequence(details: AccountDetails, change: Change) -> str:
    """What will happen, in a sentence."""
    row = details.summary
    if change is REVOKE:
        return f"{row.name} loses global admin privileges now."
    if row.kind is Kind.USER:
        ends = ["they cannot sign in any more"]
    else:
        keys = len(details.live_keys)
        ends = [f"{counted(keys, 'key')} {'stops' if keys == 1 else 'stop'} working now"]
    if change is DELETE and details.assignments:
        count = len(details.assignments)
        ends.append(f"{counted(count, 'assignment')} to {'a team ends' if count == 1 else 'teams end'}")
    word = "Deleting" if change is DELETE else "Disabling"
    return f"{word} the {row.kind.label} {row.name}: {', and '.join(ends)}."
