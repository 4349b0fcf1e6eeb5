"""A password field gives nothing away: not to a copy key, not to a repr."""

from __future__ import annotations

from textual.app import App, ComposeResult

from pftui.widgets.password_input import PasswordInput

TYPED = "tractor violin moon harvest"


class Fields(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.copied: list[str] = []
        self.heard: list[PasswordInput.Changed | PasswordInput.Submitted] = []

    def compose(self) -> ComposeResult:
        yield PasswordInput(id="password")

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)

    def on_input_changed(self, event: PasswordInput.Changed) -> None:
        self.heard.append(event)

    def on_input_submitted(self, event: PasswordInput.Submitted) -> None:
        self.heard.append(event)


async def test_copy_and_cut_do_nothing() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        field = app.query_one(PasswordInput)
        field.value = TYPED
        for key in ("ctrl+a", "ctrl+c", "ctrl+x", "super+c"):
            await pilot.press(key)
        assert app.copied == []
        assert field.value == TYPED
        assert TYPED not in app.clipboard


async def test_messages_reach_handlers_of_input_and_do_not_show_the_text() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        app.query_one(PasswordInput).focus()
        app.query_one(PasswordInput).value = TYPED
        await pilot.press("enter")
        assert [type(each) for each in app.heard] == [PasswordInput.Changed, PasswordInput.Submitted]
        assert all(TYPED not in repr(each) and TYPED not in str(each) for each in app.heard)
        assert TYPED not in repr(app.query_one(PasswordInput))


async def test_pasting_works_and_the_screen_shows_dots() -> None:
    app = Fields()
    async with app.run_test() as pilot:
        field = app.query_one(PasswordInput)
        field.focus()
        field.insert_text_at_cursor(TYPED)
        await pilot.pause()
        assert field.secret().matches(TYPED)
        assert TYPED not in app.export_screenshot().replace("&#160;", " ")
        field.forget()
        assert field.value == ""
