"""What can be done with an event, and the way to the history of a thing."""

from __future__ import annotations

from pftui.screens.command import Action, Command, CommandContext, Flow, Group, admin, needs
from pftui.screens.places import AUDIT, DETAILS, ROLES, TEAMS, USERS, WEBHOOKS, at


def event(context: CommandContext) -> str | None:
    """An event is selected."""
    return None if context.event else "No event is selected."


def something(context: CommandContext) -> str | None:
    """There is something whose history can be shown."""
    things = (context.account, context.team, context.role, context.webhook)
    return None if any(things) else "Nothing is selected."


def key(context: CommandContext) -> str | None:
    """The cursor is on a key."""
    return None if context.key else "Select one of its keys first."


_SEE = "see the audit trail"

COMMANDS = (
    Command(
        "open_event",
        "enter",
        "Open",
        "Open the event",
        "What changed, who did it from where, and its place in the chain",
        Group.EVENT,
        Action("tab", "open_selected"),
        needs(admin(_SEE), event),
        at(AUDIT),
        shown="⏎",
    ),
    Command(
        "jump",
        "o",
        "Go to it",
        "Go to what it happened to",
        "The account, team, role, key or webhook, where it is still there",
        Group.EVENT,
        Flow("audit.flows:jump", ("event",)),
        needs(admin(_SEE), event),
        at(AUDIT),
    ),
    Command(
        "filter_events",
        "f",
        "Filters",
        "Filter by time, actor, action, target",
        "Start and end date, who did it, what was done, to what",
        Group.LIST,
        Flow("audit.flows:filter_events"),
        needs(admin(_SEE)),
        at(AUDIT),
    ),
)

#: What leads to the trail from the things themselves.
HISTORY = (
    Command(
        "history",
        "H",
        "History",
        "History of what is selected",
        "What happened to the account, team, role or webhook, by whom and when",
        Group.LIST,
        Flow("audit.flows:history", ("account", "team", "role", "webhook")),
        needs(admin(_SEE), something),
        at(USERS, TEAMS, ROLES, WEBHOOKS, DETAILS),
    ),
    Command(
        "key_history",
        "L",
        "Key's history",
        "History of the selected key",
        "Who made it, saved it, first used it and revoked it, and when",
        Group.LIST,
        Flow("audit.flows:key_history", ("key",)),
        needs(admin(_SEE), key),
        at(USERS, DETAILS),
    ),
)
