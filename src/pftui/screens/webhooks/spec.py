"""The Webhooks tab, as the frame knows it."""

from __future__ import annotations

from pftui.screens.places import WEBHOOKS
from pftui.screens.tab_spec import TabSpec
from pftui.screens.webhooks.commands import COMMANDS

SPEC = TabSpec(
    WEBHOOKS,
    title="Webhooks",
    key="4",
    tooltip="Where events are sent, and what became of them",
    tab="webhooks.tab:WebhooksTab",
    finder="webhooks.finder:find",
    finds="a webhook",
    footer=(
        ("new_webhook", 2),
        ("open_webhook", 7),
        ("edit_webhook", 3),
        ("toggle_webhook", 4),
        ("test_webhook", 5),
        ("resend", 6),
        ("regenerate_secret", 9),
        ("delete_webhook", 8),
        ("deliver", 12),
        ("filter", 10),
        ("help", 1),
        ("quit", 11),
    ),
    commands=COMMANDS,
)
