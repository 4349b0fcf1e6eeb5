"""The first run: what it asks, what it refuses, and the store that it makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.content import Content
from textual.widgets import Input

from pftui import bootstrap
from pftui.app import PftuiApp
from pftui.domain.errors import StoreUnavailable
from pftui.domain.source import Source
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.frame.welcome import FIELDS, WelcomeScreen
from pftui.services.results import NewOrganization
from tests.conftest import ORGANIZATION, SetClock
from tests.screens.console_app import console_on, names, screen_text, until
from tests.screens.flow_app import fill

PASSWORD = "harvest moon tractor violin"
ANSWERS = {
    "organization": "Acme Corp",
    "name": "Alice Ng",
    "email": "alice@acme.example",
    "password": PASSWORD,
    "again": PASSWORD,
}


@pytest.fixture
def missing(tmp_path: Path) -> Path:
    """Where no store is yet, nor its folder."""
    return tmp_path / "new" / "pftui.db"


def modes(path: Path) -> tuple[int, int]:
    return path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777


def sentence(app: PftuiApp, name: str) -> str:
    screen = app.screen
    assert isinstance(screen, WelcomeScreen)
    shown = screen.question(name)._sentence.render()
    assert isinstance(shown, Content)
    return shown.plain


async def test_it_fits_eighty_columns(missing: Path, clock: SetClock) -> None:
    async with console_on(f"sqlite:///{missing}", clock, (80, 24)) as (app, _):
        text = screen_text(app)
        assert all(label in text for _, label, _ in FIELDS)
        assert "There is no store yet." in text
    assert not missing.parent.exists()


async def test_a_quit_asks_before_what_was_typed_is_lost(missing: Path, clock: SetClock) -> None:
    async with console_on(f"sqlite:///{missing}", clock) as (app, pilot):
        await pilot.press("A", "ctrl+q")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, WelcomeScreen))
        await pilot.press("backspace", "ctrl+q")
        await until(lambda: not app.is_running)


async def test_it_makes_a_store_and_signs_in(missing: Path, clock: SetClock) -> None:
    async with console_on(f"sqlite:///{missing}", clock) as (app, pilot):
        for name, _, _ in FIELDS:
            await pilot.press(*ANSWERS[name], "enter")
        await until(lambda: app.shell is not None and names(app) == ["Alice Ng"], 20)
        assert "Acme Corp" in screen_text(app)
        assert app.operator.global_admin
    assert modes(missing) == (0o700, 0o600)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("organization", "", "A name is needed"),
        ("name", "x" * 81, "this has 81"),
        ("name", "evil\u202ename", "direction of writing"),
        ("email", "nobody", "looks like name@example.org"),
        ("password", "", "A password is needed."),
        ("again", "", "Type the same password once more."),
        ("again", "something else entirely", "The two passwords differ."),
    ],
)
async def test_what_cannot_be_accepted_is_said_beside_its_field(
    missing: Path, clock: SetClock, name: str, value: str, words: str
) -> None:
    async with console_on(f"sqlite:///{missing}", clock) as (app, pilot):
        fill(app, **{**ANSWERS, name: value})
        await pilot.pause()
        app.screen.action_submit()  # type: ignore[attr-defined]
        await until(lambda: words in sentence(app, name))
        await until(lambda: app.focused is app.screen.query_one(f"#{name}", Input))
        assert app.screen.query_one("#organization", Input).value == {**ANSWERS, name: value}["organization"]
    assert not missing.parent.exists()


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("hunter2", "this has 7"),
        ("aaaaaaaaaaaaaaaaaa", "too easy to guess"),
        ("alice@acme.example", "your own name or address"),
        (PASSWORD, "Good: hard to guess."),
    ],
)
async def test_a_password_is_judged_while_it_is_typed(
    missing: Path, clock: SetClock, password: str, words: str
) -> None:
    async with console_on(f"sqlite:///{missing}", clock) as (app, _):
        fill(app, organization="Acme Corp", name="Alice Ng", email="alice@acme.example")
        fill(app, password=password)
        await until(lambda: words in sentence(app, "password"))


async def test_a_weak_password_makes_nothing(missing: Path, clock: SetClock) -> None:
    async with console_on(f"sqlite:///{missing}", clock) as (app, _):
        fill(app, **{**ANSWERS, "password": "a" * 20, "again": "a" * 20})
        app.screen.action_submit()  # type: ignore[attr-defined]
        await until(lambda: "✕ This is too easy to guess" in sentence(app, "password"))
    assert not missing.parent.exists()


async def test_a_store_that_somebody_made_meanwhile_is_signed_in_to(missing: Path, clock: SetClock) -> None:
    async with console_on(f"sqlite:///{missing}", clock) as (app, _):
        fill(app, **ANSWERS)
        bootstrap.create_store(f"sqlite:///{missing}", ORGANIZATION, clock)
        app.screen.action_submit()  # type: ignore[attr-defined]
        await until(lambda: "Somebody has made this store meanwhile" in screen_text(app))
        assert "Sign in to Acme Corp" in screen_text(app)
        assert app.screen.query_one("#email", Input).value == ANSWERS["email"]


async def test_a_store_that_cannot_be_made_keeps_what_was_typed(
    missing: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = StoreUnavailable("The disk is full.")

    def refused(url: str, organization: NewOrganization, clock: SetClock, source: Source) -> None:
        raise error

    monkeypatch.setattr(bootstrap, "create_store", refused)
    async with console_on(f"sqlite:///{missing}", clock) as (app, _):
        fill(app, **ANSWERS)
        app.screen.action_submit()  # type: ignore[attr-defined]
        await until(lambda: error.message in screen_text(app))
        values = {name: app.screen.query_one(f"#{name}", Input).value for name in ANSWERS}
        assert values == ANSWERS
        assert PASSWORD not in screen_text(app)


async def test_a_second_enter_creates_nothing_twice(
    missing: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, real = [], bootstrap.create_store

    def counted(url: str, organization: NewOrganization, clock: SetClock, source: Source) -> None:
        made.append(url)
        real(url, organization, clock, source)

    monkeypatch.setattr(bootstrap, "create_store", counted)
    async with console_on(f"sqlite:///{missing}", clock) as (app, pilot):
        fill(app, **ANSWERS)
        app.screen.query_one("#again").focus()
        await pilot.press("enter", "enter", "enter")
        await until(lambda: app.shell is not None and names(app), 20)
    assert len(made) == 1
