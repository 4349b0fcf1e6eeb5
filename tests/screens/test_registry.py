"""A tab or a command that is registered by half is noticed here, not by who presses its key."""

from __future__ import annotations

import inspect
from dataclasses import fields, replace
from pathlib import Path

import pytest

import pftui.screens
from pftui.app import PftuiApp
from pftui.screens.account_details import AccountDetailsScreen
from pftui.screens.command import Action, Command, CommandContext, Flow, resolve
from pftui.screens.console_commands import found_things
from pftui.screens.frame.shell import Shell
from pftui.screens.lists.tab import Tab
from pftui.screens.places import DETAILS
from pftui.screens.registry import COMMANDS, FOOTERS, TABS
from pftui.screens.tab_spec import TabSpec

SCREENS = Path(pftui.screens.__file__).parent
FLOWS = [command for command in COMMANDS.values() if isinstance(command.does, Flow)]
ACTIONS = [command for command in COMMANDS.values() if isinstance(command.does, Action)]


def name_of(thing: Command | TabSpec) -> str:
    return thing.id


def test_every_folder_of_a_tab_is_registered() -> None:
    """The folder with a `tab.py` is a tab's, and its `spec.py` is in the registry."""
    folders = {path.parent.name for path in SCREENS.glob("*/tab.py")} - {"lists"}
    specs = {path.parent.name for path in SCREENS.glob("*/spec.py")}
    assert folders == specs
    assert {resolve(f"{folder}.spec:SPEC").id for folder in specs} == set(TABS)


def test_no_two_tabs_share_a_key_or_a_title() -> None:
    for name in ("key", "title", "place"):
        assert len({getattr(tab, name) for tab in TABS.values()}) == len(TABS)


@pytest.mark.parametrize("tab", TABS.values(), ids=name_of)
def test_a_tab_has_all_that_the_frame_asks_for(tab: TabSpec) -> None:
    made, finder = resolve(tab.tab), resolve(tab.finder)
    assert issubclass(made, Tab)
    assert "clock" in inspect.signature(made).parameters
    assert len(inspect.signature(finder).parameters) == 4
    for method in ("context", "visit", "reload", "reveal"):
        assert getattr(made, method) is not getattr(Tab, method), f"{tab.title} has no {method} of its own"
    assert tab.place.is_tab
    assert f"{tab.id}_tab" in COMMANDS
    assert tab.finds.startswith(("a ", "an "))


@pytest.mark.parametrize("tab", TABS.values(), ids=name_of)
def test_the_commands_of_a_tab_are_registered_and_for_its_place(tab: TabSpec) -> None:
    for command in tab.commands:
        assert COMMANDS[command.id] is command, "an id that is there twice"
        assert command.where(tab.place)


@pytest.mark.parametrize("place", FOOTERS, ids=lambda place: place.id)
def test_a_footer_names_commands_of_its_place(place: object) -> None:
    assert isinstance(place, type(DETAILS))
    names = [command_id for command_id, *_ in FOOTERS[place]]
    assert len(set(names)) == len(names)
    assert [name for name in names if not COMMANDS[name].where(place)] == []
    assert "help" in names


@pytest.mark.parametrize("command", FLOWS, ids=name_of)
def test_a_flow_is_there_and_takes_what_it_is_given(command: Command) -> None:
    assert isinstance(command.does, Flow)
    flow = resolve(command.does.path)
    assert inspect.iscoroutinefunction(flow)
    assert inspect.getdoc(flow)
    console, *parameters = inspect.signature(flow).parameters.values()
    assert console.name == "console"
    assert set(command.does.given) <= {parameter.name for parameter in parameters}
    needed = {each.name for each in parameters if each.default is each.empty}
    assert needed <= set(command.does.given), "a flow that asks for more than it is given"
    known = {field.name for field in fields(CommandContext)} | {
        "account_id",
        "team_id",
        "role_id",
        "webhook_id",
    }
    assert set(command.does.given) <= known


@pytest.mark.parametrize("command", ACTIONS, ids=name_of)
def test_an_action_is_there_wherever_its_command_is(command: Command) -> None:
    action = command.does
    assert isinstance(action, Action)
    owners: dict[str, list[type]] = {
        "console": [PftuiApp],
        "screen": [Shell, *([AccountDetailsScreen] if command.where(DETAILS) else [])],
        "tab": [resolve(tab.tab) for tab in TABS.values() if command.where(tab.place)],
    }
    assert owners[action.owner]
    for owner in owners[action.owner]:
        method = getattr(owner, action.method)
        inspect.signature(method).bind(None, *action.arguments)
        assert not inspect.iscoroutinefunction(method), "an action is done at once"


def test_the_shell_and_the_details_bind_every_key_of_their_places() -> None:
    in_tabs = {c.keys for c in COMMANDS.values() if c.keys and any(c.where(t.place) for t in TABS.values())}
    assert {binding.key for binding in Shell.BINDINGS} == in_tabs  # type: ignore[union-attr]
    here = {command.keys for command in COMMANDS.values() if command.keys and command.where(DETAILS)}
    assert here <= {binding.key for binding in AccountDetailsScreen.BINDINGS}  # type: ignore[union-attr]


def test_every_command_can_be_found_by_who_does_not_know_its_key() -> None:
    """In the palette, or by the key that opens it."""
    assert [command.id for command in COMMANDS.values() if not command.palette] == [
        "palette",
        "command_line",
    ]
    assert all(command.title and command.tooltip and command.label for command in COMMANDS.values())


def test_what_the_palette_finds_is_said_in_words_that_fit_the_help() -> None:
    """However many tabs there are."""
    tabs = tuple(TABS.values())
    assert found_things(tabs[:2]) == "a command, an account or a team"
    assert found_things(tabs) == "a command, an account, and more"
    webhooks = replace(tabs[0], finds="a webhook")
    assert found_things((*tabs, webhooks)) == found_things(tabs)
