"""Keys that somebody has chosen: what they may be, where they hold, and that nothing shows another one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual import events
from textual.command import CommandList
from textual.widgets import Input

from pftui.app import PftuiApp
from pftui.screens.account_details import AccountDetailsScreen
from pftui.screens.accounts.edit_account import EditAccount
from pftui.screens.command import CommandContext
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.dialogs.text_modal import TextModal
from pftui.screens.frame.palette import CommandLine
from pftui.screens.frame.shell import Shell
from pftui.screens.frame.sign_in import SignInScreen
from pftui.screens.help import help_text, room
from pftui.screens.key_file import NAME, read_key_map
from pftui.screens.key_map import DEFAULT_KEYS, FIXED, MOTIONS, PRESETS, KeyMap, known_ids, made_of
from pftui.screens.places import USERS
from pftui.screens.registry import COMMANDS
from pftui.terminal.key_names import key_name
from pftui.widgets.notice_line import NoticeLine
from tests.conftest import SetClock
from tests.screens.console_app import footer, notice, screen_text, selected, signed_in, until, users
from tests.screens.flow_app import Store

VIM = made_of({}, "vim")[0]


def chosen(**keys: str) -> KeyMap:
    """A key map without faults."""
    made, faults = made_of({each.replace("-", "_"): tuple(given.split()) for each, given in keys.items()})
    assert not faults
    return made


# What may be chosen


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_without_faults_and_leaves_every_command_a_key(preset: str) -> None:
    made, faults = made_of({}, preset)
    assert not faults
    assert [each for each, command in COMMANDS.items() if command.keys and not made.shown(each)] == []


def test_no_two_commands_share_a_key_by_themselves() -> None:
    """The registry itself is a key map without faults: what shares a key is one command under two ids."""
    assert made_of({"sign_out": ["f12"]})[1] == ()


@pytest.mark.parametrize("key", sorted(FIXED))
def test_what_must_stay_stays(key: str) -> None:
    """Nobody is locked out: no command takes such a key, and no choice takes it away."""
    made, faults = made_of({"change_own_password": [key]})
    assert made is DEFAULT_KEYS
    assert faults[0].sentence.startswith(f"{key} keeps what it means everywhere")
    everything, _ = made_of(dict.fromkeys(known_ids(), ()))
    assert everything.meant(key) == key


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"new_kei": ["K"]}, "There is no command 'new_kei'. Did you mean new_key?"),
        (
            {"frobnicate": ["K"]},
            "There is no command 'frobnicate'. The ids are in docs/keys.md and behind `:`.",
        ),
        ({"new_key": ["ctrl+i"]}, "'ctrl+i' is no key that terminals send. Keys are as K, /, ctrl+k or f5."),
        ({"new_key": ["KK"]}, "'KK' is no key that terminals send. Keys are as K, /, ctrl+k or f5."),
        ({"undo": ["a"]}, "a would be the key of assign and of undo: move one of them."),
        ({"new_key": ["+"], "sort": ["+"]}, "+ would be the key of new_key and of sort: move one of them."),
        ({"cycle": ["m"]}, "m would be the key of add_members and of cycle: move one of them."),
        ({"help": ["G"]}, "G would be the key of help and of last: move one of them."),
        (
            {"assign": ["+"], "assign_service_account": ["-"]},
            "assign and assign_service_account are one key: give it once, or both the same.",
        ),
    ],
)
def test_what_cannot_be_is_said(choice: dict[str, list[str]], sentence: str) -> None:
    made, faults = made_of(choice)
    assert made is DEFAULT_KEYS
    assert [fault.sentence for fault in faults] == [sentence]
    assert faults[0].id in choice or faults[0].id in known_ids()


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("K", "K"), ("/", "slash"), ("slash", "slash"), ("+", "plus"), (" ", "space"), ("space", "space"),
        ("Ctrl+K", "ctrl+k"), ("F5", "f5"), ("esc", "escape"), ("pgdn", "pagedown"), ("alt+x", "alt+x"),
        ("é", "é"), ("ctrl+m", None), ("", None), ("\x1b", None), ("ctrl+", None), ("alt+", None),
    ],
)  # fmt: skip
def test_keys_are_known_as_people_write_them(written: str, name: str | None) -> None:
    assert key_name(written) == name


def test_what_is_moved_takes_all_that_its_key_means_along_and_leaves_nothing_behind() -> None:
    keys = chosen(assign="+", revoke_key="")
    assert keys.meant("plus") == "a"
    assert keys.meant("a") is None
    assert keys.meant("x") is None
    assert (keys.shown("assign"), keys.shown("assign_service_account"), keys.shown("unassign")) == (
        "+",
        "+",
        "",
    )
    assert keys.meant("k") == "k"


# Where they hold


def test_help_shows_the_keys_that_hold() -> None:
    text = help_text(CommandContext(USERS), room(100), VIM).plain
    assert "  K          New API key" in text
    assert "  k          New API key" not in text
    for motion in MOTIONS:
        assert (motion.title in text) == bool(VIM.written.get(motion.id) or motion.title in _always_there())


def _always_there() -> str:
    return help_text(CommandContext(USERS), room(100)).plain


async def test_vim_moves_by_letters_and_nothing_else_happens(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    for name in ("bot-1", "bot-2", "bot-3"):
        store.service_account(name)
    async with signed_in(sqlite_url, clock, keys=VIM) as (app, pilot):
        table = users(app).table
        await pilot.press("g", "g")
        await until(lambda: table.cursor == 0)
        await pilot.press("j", "j")
        await until(lambda: table.cursor == 2)
        await pilot.press("k")
        await until(lambda: table.cursor == 1)
        await pilot.press("ctrl+f")
        await until(lambda: table.cursor == 3)
        assert isinstance(app.screen, Shell)
        assert "Press a" in screen_text(app) or "a Assign" in footer(app)
        await pilot.press("H")
        await until(lambda: isinstance(app.screen, TextModal))
        await pilot.press("H")
        await until(lambda: isinstance(app.screen, Shell))
        await pilot.press("slash", *"jk")
        await until(lambda: app.screen.query_one("FilterInput", Input).value == "jk")


async def test_a_dialogs_own_keys_come_before_those_that_move(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.service_account("ci-bot")
    keys = chosen(move_down="y", toggle_disabled="N")
    async with signed_in(sqlite_url, clock, keys=keys) as (app, pilot):
        users(app).reveal(store.accounts()["ci-bot"].id)
        await until(lambda: selected(app) == "ci-bot")
        await pilot.press("d")
        await pilot.pause()
        assert isinstance(app.screen, Shell), "its old key does nothing"
        await pilot.press("N")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(lambda: "ci-bot is disabled." in notice(app))


async def test_every_place_that_shows_a_key_shows_the_one_that_holds(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.service_account("ci-bot")
    keys = chosen(
        assign="+", new_key="@", filter="f3", teams_tab="T", notices="N", help="I", create_service_account="C"
    )
    async with signed_in(sqlite_url, clock, (140, 40), keys=keys) as (app, pilot):
        users(app).reveal(store.accounts()["ci-bot"].id)
        await until(lambda: "Press + to assign it to a team." in screen_text(app))
        assert "+ Assign" in footer(app)
        assert "C Create Service Account" in footer(app)
        await until(lambda: "f3 filter" in screen_text(app))
        assert " T Teams" in screen_text(app)
        app.notify("A long sentence. " * 20, severity="warning")
        await until(lambda: "  N more" in notice(app))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen) and app.screen.context().account)
        await until(lambda: "+ Assign" in footer(app) and "@ New key" in footer(app))
        assert "Teams  none. Press + to assign it to one." in screen_text(app)
        await pilot.press("escape")
        await until(lambda: app.screen is app.shell)
        await pilot.press("T")
        await until(lambda: "Press + to assign one." in screen_text(app))
        assert "C Create here" in screen_text(app)
        await pilot.press("ctrl+p")
        await until(lambda: "Create Service Account  C" in screen_text(app))
        await pilot.press("escape")
        await until(lambda: app.screen is app.shell)
        await pilot.press("I")
        await until(lambda: "  +          Assign to a team" in screen_text(app))


async def test_what_has_no_key_by_itself_can_be_given_one(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, keys=chosen(sign_out="O", theme_light="f12")) as (app, pilot):
        await pilot.press("f12")
        await until(lambda: app.theme == "pftui-light")
        await pilot.press("enter")
        await until(lambda: app.screen is not app.shell)
        await pilot.press("O")
        await until(lambda: "That key works in the lists" in screen_text(app))
        await pilot.press("escape")
        await until(lambda: app.screen is app.shell)
        await pilot.press("O")
        await until(lambda: isinstance(app.screen, SignInScreen))
        assert app.theme == "pftui-dark"


class HoldingApp(PftuiApp):
    HOLD_KEYS = True


async def test_a_burst_of_keys_changes_nothing_with_any_key_map(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A paste of `xenon user` and Enter, where x edits: as it is where e does (docs/decisions/0015)."""
    monkeypatch.setattr("tests.screens.console_app.PftuiApp", HoldingApp)
    keys = chosen(edit="x", revoke_key="X")
    async with signed_in(sqlite_url, clock, keys=keys) as (app, _):
        for character in "xenon user":
            app.post_message(events.Key(key_name(character) or "", character))
        app.post_message(events.Key("enter", "\r"))
        await until(lambda: isinstance(app.screen, EditAccount))
        await until(lambda: "faster than a hand" in screen_text(app) or "Enter once more" in screen_text(app))
        assert "Alice Ng" in store.accounts()


# The command line behind `:`


async def typed(app: PftuiApp, first: str) -> None:
    """The command line has found what was typed, and this comes first."""

    def found() -> bool:
        commands = app.screen.query_one(CommandList)
        option = commands.highlighted_option
        return option is not None and getattr(option, "hit").text == first  # noqa: B009

    await until(found)


async def test_a_command_is_typed_completed_and_run(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("colon")
        await until(lambda: isinstance(app.screen, CommandLine) and isinstance(app.focused, Input))
        await pilot.press(*"teams")
        await typed(app, "teams_tab")
        await pilot.press("tab")
        assert app.screen.query_one(Input).value == "teams_tab"
        await typed(app, "teams_tab")
        await pilot.press("enter")
        await until(lambda: app.screen is app.shell and app.shell.context().place.id == "teams")
        await pilot.press("colon", *"xyzzy", "escape")
        await until(lambda: app.screen is app.shell)


@pytest.mark.parametrize(
    ("text", "first"),
    [("q", "quit"), ("sort", "sort"), ("new_t", "new_team"), ("New us", "new_user"), ("lock", "lock")],
)
async def test_it_finds_by_id_and_by_title(
    text: str, first: str, store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("colon")
        await until(lambda: isinstance(app.screen, CommandLine) and isinstance(app.focused, Input))
        await pilot.press(*text)
        await typed(app, first)


async def test_it_says_why_a_command_cannot_run_now(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("colon")
        await until(lambda: isinstance(app.screen, CommandLine) and isinstance(app.focused, Input))
        await pilot.press(*"new_key")
        await until(lambda: "Not now: Only service accounts have API keys" in screen_text(app))
        await typed(app, "new_key")
        await pilot.press("enter")
        await until(lambda: "Only service accounts have API keys" in notice(app))


async def test_what_is_chosen_by_name_is_not_another_one_of_its_key(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    new = store.services.service_accounts.create(store.admin, name="ci-bot")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("slash", *f"pfsa_{new.key_id}", "enter")
        await until(lambda: users(app).context().key is not None)
        await pilot.press("colon")
        await until(lambda: isinstance(app.screen, CommandLine))
        await pilot.press(*"unassign")
        await until(lambda: "unassign" in screen_text(app))
        await pilot.press("enter")
        await until(lambda: "select one of its teams first" in notice(app))
        assert app.screen is app.shell


async def test_a_paste_that_opens_it_runs_nothing(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.screens.console_app.PftuiApp", HoldingApp)
    async with signed_in(sqlite_url, clock) as (app, _):
        for character in ":quit":
            app.post_message(events.Key(key_name(character) or "", character))
        app.post_message(events.Key("enter", "\r"))
        await until(lambda: isinstance(app.screen, CommandLine))
        await until(lambda: "faster than a hand types" in screen_text(app))
        assert app.is_running


# The file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "pftui"
    folder.mkdir(mode=0o700)
    return folder / NAME


def test_no_file_is_no_fault(file: Path) -> None:
    assert read_key_map(file) is DEFAULT_KEYS
    assert read_key_map(file.parent / "none" / NAME) is DEFAULT_KEYS


def test_a_file_is_followed(file: Path) -> None:
    file.write_text('keys = "vim"\n[bindings]\nassign = "+"\nfilter = ["/", "f3"]\nrevoke_key = []\n')
    keys = read_key_map(file)
    assert keys.faults == ()
    assert (keys.meant("j"), keys.meant("plus"), keys.meant("f3"), keys.meant("x")) == (
        "down",
        "a",
        "slash",
        None,
    )
    assert keys.source == f"vim, 3 of your own, from {file}"
    assert f"vim, 3 of your own, from {file}." in " ".join(
        help_text(CommandContext(USERS), 400, keys).plain.split()
    )


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ('keys = "vi"', 1, "keys is default or vim, and not 'vi'. Did you mean vim?"),
        ("keys = 7", 1, "keys is default or vim, and not 7."),
        ('\nkeyz = "vim"', 2, "'keyz' means nothing here. Did you mean keys?"),
        ('bindings = "K"', 1, "bindings is a table: [bindings], and below it a line each."),
        ('[bindings]\n# moved\nnew_kei = "K"', 3, "There is no command 'new_kei'. Did you mean new_key?"),
        ('bindings.new_key = "ctrl+c"', 1, "ctrl+c keeps what it means everywhere"),
        ('[bindings]\n"new_key" = 5', 2, "new_key is a key in quotes, or a list of such: new_key = ["),
        ('[bindings]\nnew_key = "K"\nsort = "K"', 3, "K would be the key of new_key and of sort"),
        ('[bindings]\nnew_key = "\x7f"', None, "it is no TOML"),
        ('[bindings\nx = 1', None, "it is no TOML: "),
        ("[bindings]\n\nassign = 'a'\nassign = 'b'", None, "it is no TOML: "),
        ("a = " + "[" * 5000, None, "it is no TOML"),
        ("keys = '\udcff'", None, "line 1 is no UTF-8"),
        ("x = " + "1" * 5000, None, "it is no TOML"),
        ("#" * 70_000, None, "it is larger than 64 KiB"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_with_its_line(
    text: str, line: int | None, sentence: str, file: Path
) -> None:
    file.write_bytes(text.encode(errors="surrogateescape"))
    keys = read_key_map(file)
    assert not keys.meanings
    where = f"{file} line {line}: " if line else f"{file}: "
    assert keys.faults[0].startswith(where + sentence), keys.faults[0]


def test_a_file_that_others_can_write_or_that_is_none_is_not_used(file: Path) -> None:
    file.write_text('keys = "vim"')
    file.parent.chmod(0o777)
    assert "others can write to" in read_key_map(file).faults[0]
    file.parent.chmod(0o700)
    assert read_key_map(file).faults == ()
    file.unlink()
    file.mkdir()
    assert "it is no ordinary file" in read_key_map(file).faults[0]


def test_a_folder_that_may_not_be_looked_into_is_as_no_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.parent.chmod(0o777)  # what is said of it is the second question

    def refuse(self: Path, **_: object) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)
    assert read_key_map(file) is DEFAULT_KEYS


def test_a_pipe_in_its_place_is_not_waited_for(file: Path) -> None:
    import os

    os.mkfifo(file)
    assert "it is no ordinary file" in read_key_map(file).faults[0]


async def test_a_faulty_file_leaves_the_default_keys_and_a_notice_that_stays(
    file: Path, store: Store, sqlite_url: str, clock: SetClock
) -> None:
    file.write_text('keys = "vim"\n[bindings]\nnew_kei = "K"\nsortt = "s"\n')  # noqa: ASYNC240
    async with signed_in(sqlite_url, clock, (200, 40), keys=read_key_map(file)) as (app, pilot):
        said = "The default keys hold."
        app.notify("Something else.")
        await until(lambda: "Something else." in notice(app))
        app.shell.query_one(NoticeLine)._forget()  # type: ignore[union-attr]
        assert said in notice(app)
        await pilot.press("h")
        await until(lambda: said in screen_text(app).split("Past notices")[-1])
        assert app.notices.past()[0].text.endswith("1 more in the help (f1).")
        await pilot.press("escape")
        await until(lambda: app.screen is app.shell)
        await pilot.press("f1")
        await until(lambda: "The keys that you have chosen are not used" in screen_text(app))
        text = help_text(CommandContext(USERS), 400, app.keys).plain
        assert "line 4: There is no command 'sortt'. Did you mean sort?" in text


# The documentation


def test_every_id_is_documented_with_its_keys() -> None:
    text = (Path(__file__).parents[2] / "docs" / "keys.md").read_text()
    ids, _, vim = text.partition("## What")
    lines = [line for line in ids.splitlines() if line.startswith("| `")]
    documented = {each: line for line in lines for each in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert set(documented) == known_ids()
    for each, line in documented.items():
        shown = COMMANDS[each].keys if each in COMMANDS else _motion(each)
        keys = [key_name(written) for written in re.findall(r"`([^`]+)`", line.split("|")[2])]
        assert keys == [key for key in shown.split(",") if key], each
    assert re.findall(r"^\| `(\w+)`", vim, re.M) == list(PRESETS["vim"])


def _motion(motion_id: str) -> str:
    return next(motion.keys for motion in MOTIONS if motion.id == motion_id)


def test_the_documented_file_is_without_faults(file: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "keys.md").read_text()
    file.write_text(text.partition("```toml\n")[2].partition("```")[0])
    assert read_key_map(file).faults == ()
