"""What `users` and `service-accounts` share: the account table, details, and changes alike for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from pftui.commands import output
from pftui.commands.failures import notify
from pftui.commands.paging import walk
from pftui.commands.reading import confirm, require_consent
from pftui.commands.session import Session, signed_in
from pftui.commands.settings import Settings
from pftui.domain.accounts import (
    AccountDetails,
    AccountQuery,
    AccountSort,
    AccountSummary,
    KeyView,
    Kind,
    Operator,
)
from pftui.domain.api_key import shown
from pftui.domain.clock import utc_now
from pftui.domain.search import AccountState, require_states
from pftui.presentation import consequences, shapes
from pftui.presentation.accounts import account_columns, alike, damage, status_text
from pftui.presentation.already import already
from pftui.presentation.consequences import Sentences
from pftui.presentation.keys import key_state
from pftui.presentation.offboarding import besides
from pftui.presentation.permissions import listed
from pftui.presentation.text import by
from pftui.presentation.times import exact, relative

if TYPE_CHECKING:
    from pftui.services.accounts import AccountService
    from pftui.services.results import AlreadySo


def list_accounts(
    settings: Settings,
    kind: Kind,
    text: str,
    limit: int | None,
    created_by: str | None = None,
    sort: AccountSort = AccountSort.NAME,
) -> None:
    """Every account of a kind that the operator may see and that `text` finds, in order.

    Args:
        created_by: whoever has created them: an account, or one that is gone.
    """
    require_states(text, AccountState)
    with signed_in(settings) as (services, operator):
        creator_id = services.audit.find_actor(operator, created_by) if created_by is not None else None
        query = AccountQuery(text=text, kind=kind, sort=sort, created_by=creator_id)
        rows = walk(lambda request: services.accounts.page(operator, query, request), limit)
        if settings.json:
            output.json_array(shapes.listed_account(row) for row in rows)
            return
        creators = created_by is not None or sort is AccountSort.CREATED_BY
        columns = account_columns(kind, found=bool(text.strip()), creators=creators)
        output.table(columns, rows, f"No {kind.label} was found.")


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
    yield "Status", status_text(row)
    if row.damaged:
        yield "", damage(row.damaged)
    yield "Global admin", "yes" if row.global_admin else "no"
    yield "Last used", relative(row.last_used_at, now)
    yield "Created", exact(details.created_at) + by(details.created_by, gone=details.creator_gone)
    if details.temporary_password_until:
        yield "Temporary password", f"void after {exact(details.temporary_password_until)}"
    if row.kind is Kind.SERVICE_ACCOUNT:
        yield from output.field("Keys", [_key_text(key, now) for key in details.keys])
    yield from output.field(
        "Teams",
        [
            f"{view.team_name} ({view.team_slug}), {view.role_name}: {listed(view.permissions)}"
            + (f". {damage(view.damaged)}" if view.damaged else "")
            for view in details.assignments
        ],
    )


def _key_text(key: KeyView, now: datetime) -> str:
    label = f" ({key.label})" if key.label else ""
    used = f"last used {relative(key.last_used_at, now)}"
    damaged = f". {damage(key.damaged)}" if key.damaged else ""
    return f"{shown(key.key_id)}{label}, {key_state(key)}, {used}{damaged}"


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
        account = services.accounts.find(operator, reference, kind)
        if kind is Kind.USER and name is not None and name != account.name:
            warn_of_alike(session, name, account.id)
        details = services.accounts.update(
            operator, account.id, name=name, email=email, description=description
        )
        notify(f"Updated the {kind.label} {details.summary.name}.")
        if settings.json:
            output.json_object(shapes.account_details(details))


def warn_of_alike(session: Session, name: str, own_id: str | None = None) -> None:
    """Tell of another person whose name people would take for this one; both may have it (R6)."""
    other = session.services.users.alike(session.operator, name, own_id)
    if other is not None:
        notify(f"pftui: {alike(name, other)}")


class Change(NamedTuple):
    """A change without parameters: the service's method, what it leaves, and the words for it.

    What ends something has `ending`: what is being done to an account, and the sentences on what that ends;
    and `holds`, whether it is so already.
    """

    method: Callable[[AccountService], Callable[[Operator, str], AlreadySo | None]]
    result: shapes.Json
    outcome: str
    ending: tuple[str, Callable[[AccountDetails], Sentences]] | None = None
    holds: Callable[[AccountDetails], bool] = lambda details: False


ENABLE = Change(lambda accounts: accounts.enable, {"disabled": False}, "is enabled")
DISABLE = Change(
    lambda accounts: accounts.disable,
    {"disabled": True},
    "is disabled",
    ("Disabling", consequences.disable),
    lambda details: details.disabled,
)
GRANT = Change(lambda accounts: accounts.grant_admin, {"globalAdmin": True}, "has global admin privileges")
REVOKE = Change(
    lambda accounts: accounts.revoke_admin,
    {"globalAdmin": False},
    "has no global admin privileges",
    ("Revoking the global admin privileges of", lambda details: consequences.revoke_admin()),
    lambda details: not details.summary.global_admin,
)
DELETE = Change(
    lambda accounts: accounts.delete,
    {"deleted": True},
    "is deleted",
    ("Deleting", consequences.delete),
)


def _left_behind(session: Session, account: AccountSummary, change: Change) -> Sentences:
    """What else a person has, and the keys that work on where they are only disabled or deleted."""
    services, operator = session
    person = (
        account.kind is Kind.USER and operator.global_admin
    )  # who is none is refused by the change itself
    if not person or change not in (DISABLE, DELETE):
        return ()
    leaver = services.offboarding.look(operator, account.id)
    how = ("To end them too: pftui users offboard.",) if leaver.keys else ()
    return (*besides(leaver, utc_now(), deleted=change is DELETE), *how)


def change_account(settings: Settings, reference: str, kind: Kind, change: Change) -> None:
    """Carry out a change; what ends something is named and asked for first, and a deletion wants the name."""
    if change.ending:
        require_consent(settings)
    with signed_in(settings) as session:
        services, operator = session
        account = services.accounts.find(operator, reference, kind)
        if change.ending and not settings.yes:
            doing, sentences = change.ending
            details = services.accounts.show(operator, account.id)
            if not change.holds(details):  # what is so already ends nothing
                confirm(
                    settings,
                    f"{doing} the {kind.label} {account.name}.",
                    (*sentences(details), *_left_behind(session, account, change)),
                    name=account.name if change is DELETE else None,
                )
        so = change.method(services.accounts)(operator, account.id)
        state = f"{account.name} {change.outcome}"
        notify(already(state, so) if so else f"{state}.")
        if settings.json:
            output.json_object(shapes.changed(account, change.result))
