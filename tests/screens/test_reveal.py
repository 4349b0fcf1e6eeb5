"""A key is shown once: whole, for a minute, until it is confirmed; and nothing of it stays."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from pftui.domain.accounts import Status
from pftui.domain.secret import Secret
from pftui.screens.accounts.choose_role import ChooseRole
from pftui.screens.dialogs.choose import Choose
from pftui.screens.reveal.leave import LeaveReveal
from pftui.screens.reveal.reveal import PasteBack, Reveal
from pftui.screens.reveal.secret_line import SHOWN_FOR, SecretLine
from pftui.terminal import clipboard
from pftui.terminal.clipboard import CopyResult, Way
from tests.patience import PATIENCE
from tests.screens import flows
from tests.screens.flow_app import LOST, FlowApp, Store, Ticks, fill, opened, shows, until
from tests.screens.revealing import key_on_screen, line, revealed


@pytest.mark.parametrize("size", [(60, 18), (64, 20), (80, 24), (120, 40), (200, 60)])
async def test_the_key_is_whole_and_on_one_line(store: Store, ticks: Ticks, size: tuple[int, int]) -> None:
    app = FlowApp(store)
    async with app.run_test(size=size) as pilot:
        await revealed(pilot, app)
        await shows(pilot, "Save it now: it cannot be shown again once this closes.", "I have saved it")
        assert key_on_screen(app) == app.screen._handover.secret.reveal()  # type: ignore[attr-defined]
        assert len(key_on_screen(app)) == 59
        assert not app.screen.query_one(".dialog").show_vertical_scrollbar


async def test_enter_is_ignored_for_half_a_second_and_while_it_is_held(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        for _ in range(20):  # a held key repeats: each press keeps the modal deaf
            ticks.now += 0.3
            await pilot.press("enter")
        await pilot.press("escape")
        assert isinstance(app.screen, Reveal)
        ticks.now += 0.6
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)


async def test_asks_once_more_where_nothing_was_copied_saved_or_checked(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await revealed(pilot, app)
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        await shows(pilot, "It was not copied, saved to a file or checked here.")
        await pilot.press("enter")  # the way back has the focus
        await until(pilot, lambda: isinstance(app.screen, Reveal))
        assert store.accounts()["ci-bot"].status is Status.KEY_UNSAVED
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: running.result is True)
        assert store.accounts()["ci-bot"].status is Status.NO_TEAM


async def test_a_copy_alone_is_not_saved(store: Store, ticks: Ticks, copied: list[str]) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await revealed(pilot, app)
        key = key_on_screen(app)
        await pilot.press("c")
        await shows(pilot, "Sent to your terminal's clipboard. pftui cannot see whether it arrived.")
        assert copied == [key]
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        await shows(pilot, "Is the key in your clipboard?", "Yes, I see it")
        await pilot.press("enter")  # the way back has the focus, and leads to the check
        await until(pilot, lambda: isinstance(app.focused, PasteBack))
        assert store.accounts()["ci-bot"].status is Status.KEY_UNSAVED
        app.screen.query_one(PasteBack).post_message(events.Paste(key))
        await shows(pilot, "That is the key.")
        ticks.now += 1
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.accounts()["ci-bot"].status is Status.NO_TEAM


async def test_after_a_copy_the_word_of_who_sees_it_will_do(
    store: Store, ticks: Ticks, copied: list[str]
) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await revealed(pilot, app)
        await pilot.press("c")
        await until(pilot, lambda: copied)
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: running.result is True)
        assert store.accounts()["ci-bot"].status is Status.NO_TEAM


async def test_a_copy_after_a_check_changes_nothing(store: Store, ticks: Ticks, copied: list[str]) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await revealed(pilot, app)
        key = key_on_screen(app)
        await pilot.press("p")
        app.screen.query_one(PasteBack).post_message(events.Paste(key))
        await shows(pilot, "That is the key.")
        await pilot.press("c")
        await until(pilot, lambda: copied)
        ticks.now += 1
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)


async def test_a_terminal_without_a_clipboard_is_told_and_the_key_stays_unsaved(
    store: Store, ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.setenv("SSH_TTY", "/dev/pts/1")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        await pilot.press("c")
        await shows(pilot, "Nothing was sent to the clipboard. There is no clipboard on this")
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        await shows(pilot, "It was not copied, saved to a file or checked here.")
        assert store.accounts()["ci-bot"].status is Status.KEY_UNSAVED


async def test_a_slow_copy_is_waited_for(store: Store, ticks: Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter while the copy is under way must not take the key away from it."""
    go = threading.Event()

    def copy(text: str, write: object, environ: object = None) -> CopyResult:
        go.wait(PATIENCE)
        return CopyResult(Way.TMUX, "Sent through tmux.")

    monkeypatch.setattr(clipboard, "copy", copy)
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await revealed(pilot, app)
        ticks.now += 1
        await pilot.press("c", "enter", "escape", "enter")
        await shows(pilot, "Working…")
        assert isinstance(app.screen, Reveal)
        go.set()
        await shows(pilot, "Sent through tmux.")
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: running.result is True)


async def test_what_was_not_sent_does_not_count(
    store: Store, ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = CopyResult(Way.NONE, "Nothing was sent to the clipboard. Save it to a file.")
    monkeypatch.setattr(clipboard, "copy", lambda *arguments: failed)
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        await pilot.press("c")
        await shows(pilot, "Nothing was sent to the clipboard.")
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)


async def test_ctrl_c_keeps_nothing_in_the_app(store: Store, ticks: Ticks, copied: list[str]) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        app.screen.text_select_all() if hasattr(app.screen, "text_select_all") else None
        await pilot.press("ctrl+c")
        await until(pilot, lambda: copied)
        assert app.clipboard == ""


async def test_selects_the_key_as_it_is_drawn(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        key = key_on_screen(app)
        line(app).text_select_all()
        await pilot.pause()
        assert (app.screen.get_selected_text() or "").strip() == key
        await pilot.press("h")
        assert key not in (app.screen.get_selected_text() or "")


async def test_escape_asks_and_can_leave_it_unsaved(store: Store, ticks: Ticks, copied: list[str]) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await revealed(pilot, app)
        await pilot.press("c")
        await until(pilot, lambda: copied)
        ticks.now += 1
        await pilot.press("escape")  # even after a copy
        await opened(pilot, LeaveReveal)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Reveal))
        ticks.now += 1
        await pilot.press("escape")
        await opened(pilot, LeaveReveal)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: running.result is True)
        assert store.accounts()["ci-bot"].status is Status.KEY_UNSAVED
        assert any("unsaved" in text for text, _ in app.notices)


async def test_hides_and_shows(store: Store, ticks: Ticks, copied: list[str]) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        key = key_on_screen(app)
        await pilot.press("h")
        await shows(pilot, "h Show", f"{key[:15]}••••")
        assert key not in app.text
        await pilot.press("c")
        await until(pilot, lambda: copied)
        assert copied == [key]
        await pilot.press("h")
        await shows(pilot, key)


async def test_is_masked_after_a_minute_whenever_it_is_drawn(store: Store, ticks: Ticks) -> None:
    """A stalled link stops the loop and its timers: then the next drawing already masks."""
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        key = key_on_screen(app)
        ticks.now += 59
        line(app).refresh()
        await shows(pilot, key)
        ticks.now += 2
        assert key not in app.text
        await shows(pilot, "Hidden after a minute.", "h Show")


async def test_masks_itself_by_a_timer_also_below_another_modal(
    store: Store, ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SecretLine, "set_timer", ticks.set_timer)
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        reveal = app.screen
        await pilot.press("a")
        await opened(pilot, Choose)
        ticks.now += SHOWN_FOR - 1
        await pilot.pause(0.05)
        assert not reveal.query_one(SecretLine).masked
        ticks.now += 1
        await until(pilot, lambda: reveal.query_one(SecretLine)._deadline is None, "masked by the timer")
        await until(pilot, lambda: reveal.query_one("#problem").has_class("-working"))


async def test_starts_hidden_where_the_host_records(
    store: Store, ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PFTUI_REVEAL", "hidden")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        await shows(pilot, "h Show", "••••")
        assert app.screen._handover.secret.reveal() not in app.text  # type: ignore[attr-defined]


async def test_saves_to_a_file(store: Store, ticks: Ticks, tmp_path: Path) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await revealed(pilot, app)
        key = key_on_screen(app)
        await pilot.press("s")
        await until(pilot, lambda: app.focused is app.screen.query_one("#path"))
        assert app.screen.query_one("#path", Input).value == "~/ci-bot.key"
        taken = tmp_path / "taken"
        taken.write_text("precious")
        fill(app, path=str(taken))
        await pilot.press("enter")
        await shows(pilot, "never overwritten")
        assert taken.read_text() == "precious"
        fill(app, path=str(tmp_path / "ci.key"))
        await pilot.press("enter")
        await shows(pilot, "Saved to", "which only you can read.")
        assert (tmp_path / "ci.key").read_text() == key + "\n"
        assert stat.S_IMODE((tmp_path / "ci.key").stat().st_mode) == 0o600
        ticks.now += 1
        await pilot.press("enter")  # saved: closes without another question
        await until(pilot, lambda: running.result is True)


async def test_escape_closes_the_row_first(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        await pilot.press("s")
        ticks.now += 1
        await pilot.press("escape")
        assert isinstance(app.screen, Reveal)
        assert app.screen.query_one("#row").has_class("-closed")


async def test_checks_what_is_pasted_and_keeps_nothing_of_it(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await revealed(pilot, app)
        key = key_on_screen(app)
        await pilot.press("p")
        entry = app.screen.query_one(PasteBack)
        entry.post_message(events.Paste(key[:-1] + "!"))
        await shows(pilot, "That is not the key")
        assert entry.value == ""
        entry.post_message(events.Paste(key + "\n"))
        await shows(pilot, "That is the key. Your copy is complete.")
        assert entry.value == ""
        ticks.now += 1
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)


async def test_checks_what_is_typed_unseen(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        await pilot.press("p", *"wrong")
        await until(pilot, lambda: app.screen.query_one(PasteBack).value == "wrong")
        assert "wrong" not in app.text
        await pilot.press("enter")
        await shows(pilot, "That is not the key")
        assert app.screen.query_one(PasteBack).value == ""


async def test_assigns_above_and_stays(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        await shows(pilot, "No team yet: this key can do nothing until it has a team and a role.")
        key = key_on_screen(app)
        ticks.now += 1
        await pilot.press("a")
        await opened(pilot, Choose)
        await shows(pilot, "Red Team")
        await pilot.press(*"red", "enter")
        await opened(pilot, ChooseRole)
        await shows(pilot, "Role for ci-bot in Red Team", "CI Runner")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Reveal))
        await shows(pilot, "CI Runner in Red Team: run · evals · view", key)
        assert store.roles("ci-bot") == {"Red Team": "CI Runner"}
        await pilot.press("enter")  # the Enter that chose the role, held too long
        assert isinstance(app.screen, Reveal)


async def test_a_store_lost_at_the_confirmation_costs_nothing(
    store: Store, ticks: Ticks, copied: list[str]
) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await revealed(pilot, app)
        key = key_on_screen(app)
        await pilot.press("c")
        await until(pilot, lambda: copied)
        app.lost = True
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        await pilot.press("tab", "enter")
        await shows(pilot, LOST, "Retry", key)
        app.lost = False
        ticks.now += 1
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.accounts()["ci-bot"].status is Status.NO_TEAM


async def test_a_store_lost_before_the_reveal_does_not_cost_the_key(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        show = app.services.accounts.show

        async def call(function, *args, **kwargs):  # type: ignore[no-untyped-def]
            app.lost = function == show
            return await FlowApp.call(app, function, *args, **kwargs)

        app.call = call  # type: ignore[method-assign]
        await revealed(pilot, app)
        assert len(key_on_screen(app)) == 59


async def test_says_that_a_secret_is_on_the_screen(store: Store, ticks: Ticks, copied: list[str]) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        told = [app.secret_on_screen]
        running = await revealed(pilot, app)
        told.append(app.secret_on_screen)
        await pilot.press("c")
        await until(pilot, lambda: copied)
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: running.result is True)
        told.append(app.secret_on_screen)
        assert told == [False, True, False]


async def test_a_name_is_shown_as_typed(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app, "[red]x[/] '; drop table")
        await shows(pilot, "API key for [red]x[/] '; drop table")


async def test_a_temporary_password_is_revealed_the_same_way(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.new_user)
        await until(pilot, lambda: app.focused is not None)
        fill(app, name="Bao Tran", email="bao@acme.example")
        await pilot.press("enter")
        await opened(pilot, Reveal)
        await shows(pilot, "Temporary password for Bao Tran", "void after 7 days", "No team yet")
        password = app.screen._handover.secret.reveal()  # type: ignore[attr-defined]
        await shows(pilot, password)
        await pilot.press("h")
        await until(pilot, lambda: password[:3] not in app.text)
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: running.result is True)
        assert store.accounts()["Bao Tran"].status is Status.INVITED
        signed_in = store.services.sign_in.with_password("bao@acme.example", Secret(password))
        assert signed_in.must_change_password


async def test_a_copy_that_proved_wrong_counts_no_more(store: Store, ticks: Ticks, copied: list[str]) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        await pilot.press("c")
        await until(pilot, lambda: copied)
        await pilot.press("p")
        app.screen.query_one(PasteBack).post_message(events.Paste("pfsa_bad"))
        await shows(pilot, "That is not the key")
        await pilot.press("escape")
        ticks.now += 1
        await pilot.press("enter")
        await shows(pilot, "Have you saved the key?")
