"""What an operator does with webhooks, one flow each, read from top to bottom."""

from __future__ import annotations

from functools import partial

from pftui.domain.names import slugify
from pftui.domain.webhooks import SECRET_PUBLIC, Delivery, WebhookView
from pftui.presentation.already import already
from pftui.presentation.text import counted
from pftui.presentation.webhooks import delete_webhook as ends
from pftui.presentation.webhooks import regenerate, resending, sent
from pftui.screens.accounts.key_flows import show_once
from pftui.screens.console import Console
from pftui.screens.created import Created, What
from pftui.screens.dialogs.choose import Choose, Search
from pftui.screens.dialogs.confirm import Confirm, Question
from pftui.screens.flow import notify_errors
from pftui.screens.reveal.reveal import Handover
from pftui.screens.webhooks.columns import DELIVERY_COLUMNS
from pftui.screens.webhooks.dialogs import EditWebhook, NewWebhook
from pftui.screens.webhooks.rows import DeliveryRows
from pftui.services.results import AlreadySo, NewSecret

_NEEDED = "The receiver needs it: it signs what is sent, in X-Promptfoo-Signature."


@notify_errors
async def new_webhook(console: Console) -> bool:
    """Create a webhook and reveal its signing secret."""
    new = await console.ask(NewWebhook())
    if new is None:
        return False
    console.created(Created(What.WEBHOOK, new.webhook.id))
    await _reveal(console, new)
    return True


async def _reveal(console: Console, new: NewSecret) -> None:
    """Show a signing secret once, in the same reveal as a key."""
    name = new.webhook.name

    async def read_access() -> tuple[bool, str]:
        return True, _NEEDED

    async def confirm() -> None:
        """Nothing is marked: who has lost it makes another one."""

    confirmed = await show_once(
        console,
        Handover(
            title=f"Signing secret of {name}",
            noun="signing secret",
            warning="it cannot be shown again once this closes.",
            secret=new.secret,
            file_name=f"~/{slugify(name)}.secret",
            access=(True, _NEEDED),
            read_access=read_access,
            assign=None,
            confirm=confirm,
            public=SECRET_PUBLIC,
        ),
    )
    console.changed()
    if confirmed:
        console.notify(f"{name} has its signing secret.")
    else:
        console.notify(f"The signing secret of {name} was left unsaved: regenerate it.", severity="warning")


async def _webhook(console: Console, webhook_id: str) -> WebhookView:
    return await console.call(console.services.webhooks.show, console.operator, webhook_id)


@notify_errors
async def edit_webhook(console: Console, webhook_id: str) -> bool:
    """Change where it sends, and what."""
    edited = await console.ask(EditWebhook(await _webhook(console, webhook_id)))
    if edited is None:
        return False
    console.changed()
    console.notify(f"{edited.name} is saved.")
    return True


@notify_errors
async def toggle_webhook(console: Console, webhook_id: str) -> bool:
    """Pause what is enabled, and resume what is paused."""
    row, webhooks = await _webhook(console, webhook_id), console.services.webhooks
    change = webhooks.pause if row.enabled else webhooks.resume
    so: AlreadySo | None = await console.call(change, console.operator, webhook_id)
    state = f"{row.name} is {'paused' if row.enabled else 'resumed'}"
    console.changed()
    waits = " What happens meanwhile waits." if row.enabled else ""
    console.notify(already(state, so) if so else f"{state}.{waits}")
    return so is None


@notify_errors
async def test_webhook(console: Console, webhook_id: str) -> bool:
    """Send a test event now, and say what came of it."""
    row = await _webhook(console, webhook_id)
    made = await console.call(console.services.webhooks.test, console.operator, webhook_id)
    _tell(console, row, made)
    return True


def _tell(console: Console, row: WebhookView, made: Delivery) -> None:
    console.changed()
    console.notify(sent(row, made), severity="note" if made.delivered else "warning")


@notify_errors
async def deliver(console: Console) -> bool:
    """Let this console send, or no longer."""
    on = not console.delivers
    await console.deliver(on)
    if on:
        console.notify("This console sends to webhooks now, until it is left.")
    else:
        console.notify("This console sends to webhooks no more.")
    return False


@notify_errors
async def send_again(console: Console, webhook_id: str) -> bool:
    """Have sent again, or give up, what is parked; where nothing is, choose one that was sent before."""
    row = await _webhook(console, webhook_id)
    return await (_resend_parked(console, row) if row.parked else _resend_one(console, row))


async def _resend_parked(console: Console, row: WebhookView) -> bool:
    webhooks, events = console.services.webhooks, counted(row.parked, "parked event")

    async def resend() -> None:
        await console.call(webhooks.resend_parked, console.operator, row.id)

    async def drop() -> None:
        await console.call(webhooks.drop_parked, console.operator, row.id)

    question = Question(
        f"Send {events} to {row.name} again",
        (
            "They were not taken within 24 hours. The deliverer tries again, in order, for 24 hours more.",
            "Given up, they are not sent; they stay in the audit trail.",
        ),
        "Send again",
        destroys=False,
        instead="Give them up",
    )
    asked = Confirm(question, resend)
    if await console.ask(asked):
        console.changed()
        console.notify(resending(row, row.parked))
        return True
    if not asked.meant_instead:
        return False
    given_up = Question(
        f"Give up {events} of {row.name}", ("They are not sent any more.",), "Give them up", stay="Keep them"
    )
    if not await console.ask(Confirm(given_up, drop)):
        return False
    console.changed()
    console.notify(f"{events[0].upper()}{events[1:]} of {row.name} will not be sent.")
    return True


async def _resend_one(console: Console, row: WebhookView) -> bool:
    webhooks = console.services.webhooks

    async def pick(chosen: Delivery) -> bool:
        made = await console.call(webhooks.resend, console.operator, row.id, chosen.event_id)
        _tell(console, row, made)
        return True

    return (
        await console.ask(
            Choose(
                Search(
                    f"Send an event to {row.name} again",
                    "what it was sent",
                    DELIVERY_COLUMNS,
                    partial(DeliveryRows, webhooks, console.operator, row.id),
                    lambda each: each.event,
                    pick,
                    "It was sent nothing yet.",
                )
            )
        )
        is True
    )


@notify_errors
async def regenerate_secret(console: Console, webhook_id: str) -> bool:
    """Make another signing secret, and reveal it."""
    row, made = await _webhook(console, webhook_id), list[NewSecret]()

    async def renew(*, keep_previous: bool) -> None:
        new = await console.call(
            console.services.webhooks.regenerate_secret,
            console.operator,
            webhook_id,
            keep_previous=keep_previous,
        )
        made[:] = [new]

    keep = Confirm(
        Question(
            f"Regenerate the signing secret of {row.name}",
            (
                regenerate(row),
                "For a day the old one signs beside it, in X-Promptfoo-Signature-Previous. Where others know "
                "it, end it now.",
            ),
            "Regenerate",
            reveals=True,
            instead="End the old one now",
        ),
        partial(renew, keep_previous=True),
    )
    if not await console.ask(keep):
        if not keep.meant_instead:
            return False
        sure = Question(
            f"End the signing secret of {row.name}",
            ("Receivers that check by the old one refuse what is sent from now on.",),
            "End it now",
            stay="Keep it",
            reveals=True,
        )
        if not await console.ask(Confirm(sure, partial(renew, keep_previous=False))):
            return False
    await _reveal(console, made[0])
    return True


@notify_errors
async def delete_webhook(console: Console, webhook_id: str) -> bool:
    """End a webhook; asks for its name."""
    row = await _webhook(console, webhook_id)

    async def delete() -> None:
        await console.call(console.services.webhooks.delete, console.operator, webhook_id, row.version)

    question = Question(
        f"Delete the webhook {row.name}",
        tuple(ends(row)),
        f"Delete {row.name}",
        stay="Keep it",
        name=row.name,
    )
    if not await console.ask(Confirm(question, delete)):
        return False
    console.changed()
    console.notify(f"{row.name} is deleted.")
    return True
