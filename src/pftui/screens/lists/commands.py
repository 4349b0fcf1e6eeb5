"""What every list can do."""

from __future__ import annotations

from pftui.screens.command import Action, Command, Group, admin, ready
from pftui.screens.places import AUDIT, ROLES, TEAMS, USERS, WEBHOOKS, at, in_tabs

#: The trail has one order: the newest event first.
_SORTED = at(USERS, TEAMS, ROLES, WEBHOOKS)

COMMANDS = (
    Command(
        "filter",
        "slash",
        "Filter",
        "Filter the list",
        "Words in any order; is:disabled, by:creator, !word; esc clears",
        Group.LIST,
        Action("tab", "start_filter"),
        ready,
        in_tabs,
        shown="/",
    ),
    Command(
        "cycle",
        "v",
        "View",
        "Show the next view of the list",
        "All, users, service accounts, what needs attention; in Audit without sign-ins, or failures",
        Group.LIST,
        Action("tab", "next_view"),
        ready,
        at(USERS, AUDIT),
    ),
    Command(
        "sort",
        "s",
        "Sort",
        "Sort by the next column",
        "Or click a column's title",
        Group.LIST,
        Action("tab", "sort_by_next"),
        ready,
        _SORTED,
    ),
    Command(
        "sort_by_creator",
        "",
        "Sort by creator",
        "Sort by who created the account",
        "Shows that column, whatever goes for it",
        Group.LIST,
        Action("tab", "sort_by_creator"),
        admin("see who created what"),
        at(USERS),
    ),
    Command(
        "reverse",
        "S",
        "Reverse",
        "Reverse the order",
        "The same column, the other way round",
        Group.LIST,
        Action("tab", "reverse"),
        ready,
        _SORTED,
    ),
    Command(
        "refresh",
        "ctrl+r",
        "Refresh",
        "Refresh now",
        "Asks the store at once; it is asked every two seconds anyway",
        Group.LIST,
        Action("screen", "read_again"),
    ),
)
