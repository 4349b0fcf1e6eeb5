"""The theme that a person chooses is theirs at the next sign-in; the environment comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from pftui.process.remembered import Remembered
from pftui.screens.frame.sign_in import SignInScreen
from tests.conftest import SetClock
from tests.screens.console_app import press_command, signed_in, until
from tests.screens.flow_app import Store


@pytest.fixture
def remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Remembered:
    monkeypatch.delenv("PFTUI_THEME", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")
    return Remembered(tmp_path / "themes")


async def test_it_is_remembered_and_goes_with_who_signs_out(
    store: Store, sqlite_url: str, clock: SetClock, remembered: Remembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with signed_in(sqlite_url, clock, theme=None, remembered=remembered) as (app, _):
        assert app.theme == "pftui-dark"
        press_command(app, "theme_light")
        await until(lambda: app.theme == "pftui-light" and remembered.folder.exists())
        await until(lambda: [each for each in remembered.folder.iterdir() if "tmp" not in each.name])
    async with signed_in(sqlite_url, clock, theme=None, remembered=remembered) as (app, _):
        assert app.theme == "pftui-light"
        press_command(app, "sign_out")
        await until(lambda: isinstance(app.screen, SignInScreen))
        assert app.theme == "pftui-dark", "the next one has not chosen it"
    monkeypatch.setenv("COLORTERM", "")
    monkeypatch.setenv("TERM", "linux")
    async with signed_in(sqlite_url, clock, theme=None, remembered=remembered) as (app, _):
        assert app.theme == "pftui-16", "a terminal of 16 colours asks for a choice of its own"


async def test_the_environment_comes_first(
    store: Store, sqlite_url: str, clock: SetClock, remembered: Remembered, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with signed_in(sqlite_url, clock, theme=None, remembered=remembered) as (app, _):
        remembered.keep("light", *app._whose_theme)
    monkeypatch.setenv("PFTUI_THEME", "16")
    async with signed_in(sqlite_url, clock, theme=None, remembered=remembered) as (app, _):
        assert app.theme == "pftui-16"


async def test_a_place_that_cannot_be_written_to_is_no_error(
    store: Store, sqlite_url: str, clock: SetClock, remembered: Remembered
) -> None:
    nowhere = Remembered(Path("/proc/nowhere"))
    async with signed_in(sqlite_url, clock, theme=None, remembered=nowhere) as (app, pilot):
        press_command(app, "theme_light")
        await until(lambda: app.theme == "pftui-light")
        await pilot.pause(0.1)
        assert app.is_running
        assert app.return_code in (None, 0)
