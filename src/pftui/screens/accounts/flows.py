"""What an operator does with people and accounts, one flow each, read from top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

from pftui.domain.accounts import AccountDetails, Kind
from pftui.domain.names import slugify
from pftui.presentation import consequences
from pftui.presentation.accounts import access_now
from pftui.presentation.already import already
from pftui.presentation.offboarding import besides
from pftui.presentation.times import day_and_time
from pftui.screens.accounts.assigning import assign_account
from pftui.screens.accounts.edit_account import EditAccount
from pftui.screens.accounts.key_flows import show_once
from pftui.screens.accounts.new_user import NewUser
from pftui.screens.accounts.offboarding_flow import OFFBOARD, offboard
from pftui.screens.accounts.own_password import OwnPassword
from pftui.screens.console import Console
from pftui.screens.created import Created, What
from pftui.screens.dialogs.confirm import Confirm, Question
from pftui.screens.flow import notify_errors
from pftui.screens.reveal.reveal import Handover
from pftui.services.results import AlreadySo, TemporaryPassword

Service = Callable[..., AlreadySo | None]


@notify_errors
async def new_user(console: Console) -> bool:
    """Invite a person and reveal their temporary password."""
    return await invite(console) is not None


async def invite(console: Console, name: str = "") -> TemporaryPassword | None:
    """The same, for who needs to know whom."""
    temporary = await console.ask(NewUser(name))
    if temporary is None:
        return None
    console.created(Created(What.ACCOUNT, temporary.account_id))
    await reveal_password(console, temporary)
    return temporary


async def reveal_password(console: Console, temporary: TemporaryPassword) -> None:
    """Show a temporary password once."""

    async def read_access() -> tuple[bool, str]:
        return access_now(await _read(console, temporary.account_id))

    async def assign() -> bool:
        return await assign_account(console, temporary.account_id, temporary.name, Kind.USER)

    async def confirm() -> None:
        """A temporary password has no mark in the store: it is void in days."""

    void = day_and_time(temporary.void_after)
    await show_once(
        console,
        Handover(
            title=f"Temporary password for {temporary.name}",
            noun="password",
            warning="it cannot be shown again once this closes. It must be changed at the first sign-in, "
            f"and is void after 7 days ({void}).",
            secret=temporary.password,
            file_name=f"~/{slugify(temporary.name)}.password",
            access=(False, "What they can do could not be read."),
            read_access=read_access,
            assign=assign,
            confirm=confirm,
        ),
    )
    console.changed()


@notify_errors
async def reset_password(console: Console, account_id: str) -> bool:
    """Replace a person's password by a temporary one, which is revealed; one's own is changed instead."""
    if account_id == console.operator.id:
        return await change_own_password(console)
    details = await _read(console, account_id)
    name = details.summary.name
    passwords: list[TemporaryPassword] = []

    async def reset() -> None:
        passwords.append(
            await console.call(console.services.users.reset_password, console.operator, account_id)
        )

    question = Question(
        f"Reset the password of {name}",
        consequences.reset_password(),
        "Reset password",
        reveals=True,
    )
    if not await console.ask(Confirm(question, reset)):
        return False
    console.changed()
    await reveal_password(console, passwords.pop())
    return True


@notify_errors
async def edit_account(console: Console, account_id: str) -> bool:
    """Change name and e-mail or description."""
    details = await console.ask(EditAccount(await _read(console, account_id)))
    if details is None:
        return False
    console.changed()
    console.notify(f"{details.summary.name} is saved.")
    return True


@notify_errors
async def toggle_admin(console: Console, account_id: str) -> bool:
    """Grant or revoke global admin privileges."""
    details = await _read(console, account_id)
    name, accounts = details.summary.name, console.services.accounts
    if details.summary.global_admin:
        question = Question(
            f"Revoke global admin of {name}",
            consequences.revoke_admin(),
            "Revoke global admin",
        )
        done = f"{name} has no global admin privileges any more."
        return await _change(console, question, accounts.revoke_admin, account_id, done)
    question = Question(
        f"Grant global admin to {name}",
        consequences.grant_admin(details),
        "Grant global admin",
        destroys=False,
    )
    return await _change(
        console, question, accounts.grant_admin, account_id, f"{name} is a global admin now."
    )


@notify_errors
async def toggle_disabled(console: Console, account_id: str) -> bool:
    """Disable or enable an account."""
    details = await _read(console, account_id)
    name, accounts = details.summary.name, console.services.accounts
    if details.disabled:
        question = Question(
            f"Enable {name}",
            consequences.enable(details),
            f"Enable {name}",
            destroys=False,
        )
        return await _change(console, question, accounts.enable, account_id, f"{name} is enabled.")
    question = Question(f"Disable {name}", consequences.disable(details), f"Disable {name}")
    return await _end(console, question, accounts.disable, details, f"{name} is disabled.")


@notify_errors
async def delete_account(console: Console, account_id: str) -> bool:
    """Delete an account for good; asks for its name."""
    details = await _read(console, account_id)
    name = details.summary.name
    question = Question(f"Delete {name}", consequences.delete(details), f"Delete {name}", name=name)
    delete = console.services.accounts.delete
    return await _end(console, question, delete, details, f"{name} is deleted.")


@notify_errors
async def change_own_password(console: Console, forced: bool = False) -> bool:
    """Change one's own password; `forced` after a sign-in with a temporary one."""
    if not await console.ask(OwnPassword(forced=forced)):
        return False
    console.changed()
    if not forced:  # nobody is in yet, and would see it
        console.notify("Your password is changed.")
    return True


async def _read(console: Console, account_id: str) -> AccountDetails:
    return await console.call(console.services.accounts.show, console.operator, account_id)


async def _end(
    console: Console,
    question: Question,
    service: Service,
    details: AccountDetails,
    done: str,
) -> bool:
    """A change after which the account cannot sign in: one's own is signed out with it.

    The keys that a person was shown work on: they are named, with the way to end them too.
    """
    account_id = details.summary.id
    if details.summary.kind is Kind.USER:
        leaver = await console.call(console.services.offboarding.look, console.operator, account_id)
        more = besides(leaver, console.clock(), deleted=question.name is not None)
        question = replace(question, sentences=(*question.sentences, *more))
        if leaver.keys and account_id != console.operator.id:
            question = replace(question, instead=OFFBOARD)
    if account_id != console.operator.id:
        return await _change(console, question, service, account_id, done)
    yours = "This is your own account: you are signed out now, and cannot sign in any more."
    sentences = (yours, *question.sentences[1:])  # in place of what happens to "them"
    leaving = f"{done} It was your own account."
    await _confirmed(console, replace(question, sentences=sentences), service, account_id, leaving)
    return False


async def _change(
    console: Console,
    question: Question,
    service: Service,
    account_id: str,
    done: str,
) -> bool:
    """Ask, change with the question still open, tell; also where somebody else was quicker."""
    said = await _confirmed(console, question, service, account_id)
    if said is None:
        return False
    if not said:
        await offboard(console, account_id)
        return False  # it was not this change; the account is still there
    console.changed()
    so = said[0]
    state = done.removesuffix(".").removesuffix(" now").removesuffix(" any more")
    console.notify(already(state, so) if so else done)
    return True


async def _confirmed(
    console: Console, question: Question, service: Service, account_id: str, leaving: str = ""
) -> list[AlreadySo | None] | None:
    """Ask, and change with the question still open; what the service said, None where it was not changed.

    It is empty where what is offered instead was meant. After a change that ends the operator's own
    session they are signed out; `leaving` says why.
    """
    said: list[AlreadySo | None] = []

    async def change() -> None:
        with console.ends_own_session() if leaving else nullcontext():
            said[:] = [await console.call(service, console.operator, account_id)]
            if leaving:
                console.leave(leaving)

    confirm = Confirm(question, change)
    if await console.ask(confirm) is True:
        return said
    return [] if confirm.meant_instead else None
