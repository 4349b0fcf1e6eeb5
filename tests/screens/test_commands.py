"""One table of commands, from which footer, help, keys and greying-out come."""

from __future__ import annotations

from collections import Counter

import pytest

from pftui.domain.accounts import AccountSummary, Kind, Operator, Status
from pftui.domain.teams import TeamSummary
from pftui.screens.command import CommandContext, Flow
from pftui.screens.places import DETAILS, TEAMS, USERS, Place
from pftui.screens.registry import COMMANDS, FOOTERS, available, command_to_run, items_for
from pftui.widgets.key_footer import fitting
from tests.conftest import START
from tests.samples import sample

ADMIN = Operator("1", Kind.USER, "Alice", "alice@acme.example", True)
OTHER = Operator("2", Kind.USER, "Bao", "bao@acme.example", False)
BOT = sample(
    AccountSummary,
    id="3",
    kind=Kind.SERVICE_ACCOUNT,
    name="ci-bot",
    identifier="pfsa_Ab12Cd34Ef…",
    status=Status.NO_TEAM,
)
TEAM = TeamSummary("4", "Red Team", "red-team", 1, 1, START, "alice@acme.example", 1)
CHANGES = [
    command.id
    for command in COMMANDS.values()
    if isinstance(command.does, Flow) and command.id not in ("open", "change_own_password")
]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (USERS, "Open the account (enter) and select one of its teams first."),
        (TEAMS, "Select an account in the team first."),
        (DETAILS, "Select one of its teams first."),
    ],
)
def test_what_must_be_selected_first_is_said_as_it_is_done_there(place: Place, words: str) -> None:
    assert COMMANDS["change_role"].guard(CommandContext(place, ADMIN, BOT, TEAM)) == words


@pytest.mark.parametrize("place", FOOTERS, ids=lambda place: place.id)
def test_a_key_means_one_thing_in_a_place(place: Place) -> None:
    context = CommandContext(place, ADMIN, BOT, TEAM)
    keys = Counter(
        key
        for command in available(context)
        for key in command.keys.split(",")
        if key and command.applies(context)
    )
    assert [key for key, count in keys.items() if count > 1] == []


def test_the_same_key_does_the_same_in_both_tabs() -> None:
    for key in {key for command in COMMANDS.values() for key in command.keys.split(",") if key}:
        meant = {
            command.title
            for command in COMMANDS.values()
            for place in (USERS, TEAMS)
            if key in command.keys.split(",")
            and command.where(place)
            and command.applies(CommandContext(place))
        }
        assert len(meant) <= 1, key


def test_a_command_that_is_for_another_place_does_what_its_key_does_here() -> None:
    """The palette and a click on a footer know a command by its id."""
    assert command_to_run("assign", CommandContext(TEAMS)) is COMMANDS["assign_service_account"]
    assert command_to_run("edit", CommandContext(TEAMS)) is COMMANDS["rename_team"]
    assert command_to_run("add_members", CommandContext(USERS)) is None
    assert command_to_run("sign_out", CommandContext(DETAILS)) is None


@pytest.mark.parametrize("command_id", CHANGES)
def test_who_is_no_global_admin_is_told_why_not(command_id: str) -> None:
    reason = COMMANDS[command_id].guard(CommandContext(USERS, OTHER, BOT, TEAM))
    assert reason is not None
    assert reason.startswith("Only a global admin can ")
    assert reason.endswith(".")


@pytest.mark.parametrize("command_id", CHANGES)
def test_nothing_works_before_the_store_is_open(command_id: str) -> None:
    assert COMMANDS[command_id].guard(CommandContext(USERS)) == "The store is still being opened."


@pytest.mark.parametrize(
    "command_id", ["create_service_account", "new_user", "assign", "new_key", "toggle_admin"]
)
def test_a_global_admin_may(command_id: str) -> None:
    assert COMMANDS[command_id].guard(CommandContext(USERS, ADMIN, BOT)) is None


def test_what_does_not_fit_the_account_says_so() -> None:
    person = sample(AccountSummary, id="5", kind=Kind.USER, name="[b]Bao[/b]", identifier="bao@acme.example")
    assert COMMANDS["new_key"].guard(CommandContext(USERS, ADMIN, person)) == (
        "Only service accounts have API keys; [b]Bao[/b] is a user."
    )
    assert "ci-bot is a service account" in (
        COMMANDS["reset_password"].guard(CommandContext(USERS, ADMIN, BOT)) or ""
    )
    assert COMMANDS["assign"].guard(CommandContext(USERS, ADMIN)) == "No account is selected."


@pytest.mark.parametrize("place", FOOTERS, ids=lambda place: place.id)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_footer_fits_and_always_has_help(place: Place, width: int) -> None:
    shown, gap = fitting(items_for(CommandContext(place, ADMIN, BOT, TEAM)), width)
    assert sum(each.width for each in shown) + gap * (len(shown) - 1) + 2 <= width
    assert "help" in [each.id for each in shown]
    order = [name for name, *_ in FOOTERS[place]]
    assert [each.id for each in shown] == sorted((each.id for each in shown), key=order.index)


def test_at_eighty_columns_the_users_tab_offers_what_is_wanted_most() -> None:
    shown, _ = fitting(items_for(CommandContext(USERS, ADMIN, BOT)), 80)
    ids = [each.id for each in shown]
    assert ids[:4] == ["create_service_account", "new_user", "open", "assign"]
    assert "filter" in ids


def test_what_cannot_be_used_now_stays_in_its_place_and_is_greyed() -> None:
    mine, theirs = (items_for(CommandContext(USERS, who, BOT)) for who in (ADMIN, OTHER))
    assert [each.id for each in mine] == [each.id for each in theirs]
    assert {each.id for each in theirs if not each.enabled} >= {
        "create_service_account",
        "new_user",
        "assign",
    }
    assert all(each.enabled for each in mine)
