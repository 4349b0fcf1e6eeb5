"""What can be done with a webhook."""

from __future__ import annotations

from pftui.screens.accounts.commands import DELETE_TITLE, DELETE_TOOLTIP, EDIT_TITLE, EDIT_TOOLTIP
from pftui.screens.command import Action, Command, CommandContext, Flow, Group, admin, needs
from pftui.screens.places import WEBHOOKS, at


def webhook(context: CommandContext) -> str | None:
    """A webhook is selected."""
    return None if context.webhook else "No webhook is selected."


COMMANDS = (
    Command(
        "new_webhook",
        "n",
        "New Webhook",
        "New Webhook",
        "Send events to an address, signed",
        Group.CREATE,
        Flow("webhooks.flows:new_webhook"),
        needs(admin("create webhooks")),
        at(WEBHOOKS),
    ),
    Command(
        "open_webhook",
        "enter",
        "Open",
        "Open the webhook",
        "What it gets, and what became of it",
        Group.WEBHOOK,
        Action("tab", "open_selected"),
        needs(webhook),
        at(WEBHOOKS),
        shown="⏎",
    ),
    Command(
        "edit_webhook",
        "e",
        "Edit",
        EDIT_TITLE,
        EDIT_TOOLTIP,
        Group.WEBHOOK,
        Flow("webhooks.flows:edit_webhook", ("webhook_id",)),
        needs(admin("edit webhooks"), webhook),
        at(WEBHOOKS),
    ),
    Command(
        "toggle_webhook",
        "p",
        "Pause",
        "Pause or resume the webhook",
        "What happens meanwhile waits",
        Group.WEBHOOK,
        Flow("webhooks.flows:toggle_webhook", ("webhook_id",), at_once=True),
        needs(admin("pause webhooks"), webhook),
        at(WEBHOOKS),
    ),
    Command(
        "test_webhook",
        "t",
        "Test",
        "Send a test event",
        "Now, also to one that is paused",
        Group.WEBHOOK,
        Flow("webhooks.flows:test_webhook", ("webhook_id",), at_once=True),
        needs(admin("test webhooks"), webhook),
        at(WEBHOOKS),
    ),
    Command(
        "resend",
        "a",
        "Send again",
        "Send events again",
        "What was parked, or one that was sent before",
        Group.WEBHOOK,
        Flow("webhooks.flows:send_again", ("webhook_id",)),
        needs(admin("send events again"), webhook),
        at(WEBHOOKS),
    ),
    Command(
        "deliver",
        "d",
        "Deliver",
        "Send to webhooks from this console, or no longer",
        "For trying out: while it is open; `pftui webhooks deliver --follow` goes on without it",
        Group.LIST,
        Flow("webhooks.flows:deliver", at_once=True),
        needs(admin("send to webhooks")),
        at(WEBHOOKS),
    ),
    Command(
        "regenerate_secret",
        "k",
        "New secret",
        "Regenerate the signing secret",
        "Shown once; it holds at once",
        Group.WEBHOOK,
        Flow("webhooks.flows:regenerate_secret", ("webhook_id",)),
        needs(admin("regenerate signing secrets"), webhook),
        at(WEBHOOKS),
    ),
    Command(
        "delete_webhook",
        "delete,D",
        "Delete",
        DELETE_TITLE,
        DELETE_TOOLTIP,
        Group.WEBHOOK,
        Flow("webhooks.flows:delete_webhook", ("webhook_id",)),
        needs(admin("delete webhooks"), webhook),
        at(WEBHOOKS),
        shown="D",
        ends=True,
    ),
)
