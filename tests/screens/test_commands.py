"""One table of commands, from which footer, help, keys and greying-out come."""

from __future__ import annotations

from collections import Counter

import pytest

from conftest import START
from pftui.domain.accounts import AccountSummary, Kind, Operator, Status
from pftui.domain.teams import TeamSummary
from pftui.screens.command import CommandContext, Place
from pftui.screens.commands import COMMANDS, FOOTERS, available, items_for, with_key_of
from pftui.widgets.key_footer import fitting

ADMIN = Operator("1", Kind.USER, "Alice", "alice@acme.example", True)
OTHER = Operator("2", Kind.USER, "Bao", "bao@acme.example", False)
BOT = AccountSummary("3", Kind.SERVICE_ACCOUNT, "ci-bot", "pfsa_Ab12Cd34Ef…", False, 0, None, Status.NO_TEAM)
TEAM = TeamSummary("4", "Red Team", "red-team", 1, 1, START, "alice@acme.example", 1)
CHANGES = [
    command.id
    for command in COMMANDS.values()
    if command.is_flow and command.id not in ("open", "change_own_password")
]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place.USERS, "Open the account (enter) and select one of its teams first."),
        (Place.TEAMS, "Select an account in the team first."),
        (Place.DETAILS, "Select one of its teams first."),
    ],
)
def test_what_must_be_selected_first_is_said_as_it_is_done_there(place: Place, words: str) -> None:
    assert COMMANDS["change_role"].guard(CommandContext(place, ADMIN, BOT, TEAM)) == words


@pytest.mark.parametrize("place", Place)
def test_a_key_means_one_thing_in_a_place(place: Place) -> None:
    context = CommandContext(place, ADMIN, BOT, TEAM)
    keys = Counter(
        key
        for command in available(context)
        for key in command.keys.split(",")
        if key and with_key_of(command, context) is command
    )
    assert [key for key, count in keys.items() if count > 1] == []


def test_the_same_key_does_the_same_in_both_tabs() -> None:
    for key in {key for command in COMMANDS.values() for key in command.keys.split(",") if key}:
        meant = {
            command.id
            for command in COMMANDS.values()
            for place in (Place.USERS, Place.TEAMS)
            if key in command.keys.split(",")
            and place in command.places
            and command.applies(CommandContext(place))
        }
        assert len(meant) <= 1, key


@pytest.mark.parametrize("command_id", CHANGES)
def test_who_is_no_global_admin_is_told_why_not(command_id: str) -> None:
    reason = COMMANDS[command_id].guard(CommandContext(Place.USERS, OTHER, BOT, TEAM))
    assert reason is not None
    assert reason.startswith("Only a global admin can ")
    assert reason.endswith(".")


@pytest.mark.parametrize("command_id", CHANGES)
def test_nothing_works_before_the_store_is_open(command_id: str) -> None:
    assert COMMANDS[command_id].guard(CommandContext(Place.USERS)) == "The store is still being opened."


@pytest.mark.parametrize(
    "command_id", ["create_service_account", "new_user", "assign", "new_key", "toggle_admin"]
)
def test_a_global_admin_may(command_id: str) -> None:
    assert COMMANDS[command_id].guard(CommandContext(Place.USERS, ADMIN, BOT)) is None


def test_what_does_not_fit_the_account_says_so() -> None:
    person = AccountSummary("5", Kind.USER, "[b]Bao[/b]", "bao@acme.example", False, 1, None, Status.ACTIVE)
    assert COMMANDS["new_key"].guard(CommandContext(Place.USERS, ADMIN, person)) == (
        "Only service accounts have API keys; [b]Bao[/b] is a user."
    )
    assert "ci-bot is a service account" in (
        COMMANDS["reset_password"].guard(CommandContext(Place.USERS, ADMIN, BOT)) or ""
    )
    assert COMMANDS["assign"].guard(CommandContext(Place.USERS, ADMIN)) == "No account is selected."


@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_footer_fits_and_always_has_help(place: Place, width: int) -> None:
    shown, gap = fitting(items_for(CommandContext(place, ADMIN, BOT, TEAM)), width)
    assert sum(each.width for each in shown) + gap * (len(shown) - 1) + 2 <= width
    assert "help" in [each.id for each in shown]
    order = [name for name, _ in FOOTERS[place]]
    assert [each.id for each in shown] == sorted((each.id for each in shown), key=order.index)


def test_at_eighty_columns_the_users_tab_offers_what_is_wanted_most() -> None:
    shown, _ = fitting(items_for(CommandContext(Place.USERS, ADMIN, BOT)), 80)
    ids = [each.id for each in shown]
    assert ids[:4] == ["create_service_account", "new_user", "open", "assign"]
    assert "filter" in ids


def test_what_cannot_be_used_now_stays_in_its_place_and_is_greyed() -> None:
    mine, theirs = (items_for(CommandContext(Place.USERS, who, BOT)) for who in (ADMIN, OTHER))
    assert [each.id for each in mine] == [each.id for each in theirs]
    assert {each.id for each in theirs if not each.works} >= {"create_service_account", "new_user", "assign"}
    assert all(each.works for each in mine)
