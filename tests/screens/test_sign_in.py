"""Signing in: one message, a wait that counts down, a temporary password, a store that is away."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from pftui import bootstrap
from pftui.app import PftuiApp
from pftui.domain.errors import SignInFailed, StoreUnavailable, Throttled
from pftui.domain.limits import LANE
from pftui.screens.accounts.own_password import OwnPassword
from pftui.screens.frame.sign_in import SignInScreen
from pftui.widgets.key_footer import KeyFooter
from pftui.widgets.password_input import PasswordInput
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.patience import PATIENCE
from tests.screens.console_app import LOST, console_on, footer, names, screen_text, until
from tests.screens.flow_app import Store, fill

OWN = "cobalt otter fjord lantern"


def field(app: PftuiApp, name: str) -> Input:
    return app.screen.query_one(f"#{name}", Input)


async def test_the_name_of_the_organization_and_then_the_list(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with console_on(sqlite_url, clock) as (app, pilot):
        await until(lambda: "Sign in to Acme Corp" in screen_text(app))
        await pilot.press(*ADMIN_EMAIL, "enter", *ADMIN_PASSWORD, "enter")
        await until(lambda: app.shell is not None and names(app) == ["Alice Ng"])
        assert not app.query(PasswordInput)


async def test_unknown_and_wrong_get_the_same_sentence(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    said = []
    for email, password in ((ADMIN_EMAIL, "not the password"), ("nobody@acme.example", ADMIN_PASSWORD)):
        async with console_on(sqlite_url, clock) as (app, pilot):
            await pilot.press(*email, "enter", *password, "enter")
            await until(lambda: "✕" in screen_text(app))
            said.append(screen_text(app).split("✕")[1].strip())
            assert field(app, "password").value == ""
            assert field(app, "email").value == email
    assert said[0] == said[1]


async def test_too_many_failures_count_down(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SignInScreen._count_down

    def count_by_hand(screen: SignInScreen, error: Throttled) -> None:
        real(screen, error)
        assert screen._ticking is not None
        screen._ticking.pause()

    monkeypatch.setattr(SignInScreen, "_count_down", count_by_hand)
    async with console_on(sqlite_url, clock) as (app, pilot):
        await pilot.press(*ADMIN_EMAIL, "enter")
        for _ in range(LANE.burst + 1):
            await pilot.press(*"wrong words", "enter")
            await until(lambda: not app.screen._busy)  # type: ignore[attr-defined]
        await until(lambda: "Too many failed attempts. Wait" in screen_text(app))
        asked: list[str] = []
        monkeypatch.setattr(app, "sign_in", lambda email, password: asked.append(email))
        await pilot.press(*"wrong words", "enter")
        assert asked == []
        screen = app.screen
        assert isinstance(screen, SignInScreen)
        while screen._wait > 0:
            screen._tick()
        await until(lambda: "You can try again now." in screen_text(app))


async def test_who_has_another_address_need_not_wait(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def ask(email: str, _password: object) -> None:
        asked.append(email)
        raise Throttled("", 480.0) if email == ADMIN_EMAIL else SignInFailed("No.")

    async with console_on(sqlite_url, clock) as (app, pilot):
        monkeypatch.setattr(app, "sign_in", ask)
        await pilot.press(*ADMIN_EMAIL, "enter", *"wrong words", "enter")
        await until(lambda: "Too many failed attempts. Wait" in screen_text(app))
        await pilot.press("enter")
        field(app, "email").value = "bao@acme.example"
        await pilot.press("enter")
        await until(lambda: "✕ No." in screen_text(app))
    assert asked == [ADMIN_EMAIL, "bao@acme.example"]


async def test_it_is_not_sent_twice_while_it_is_checked(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    gate, calls = threading.Event(), []

    class Slow:
        def with_password(self, email: str, password: object, **_: object) -> object:
            calls.append(email)
            gate.wait(PATIENCE)
            return store.services.sign_in.with_password(email, password)  # type: ignore[arg-type]

    async with console_on(sqlite_url, clock) as (app, pilot):
        await app.session.wait_until_open()
        app.services = replace(app.services, sign_in=Slow())  # type: ignore[arg-type]
        await pilot.press(*ADMIN_EMAIL, "enter", *ADMIN_PASSWORD, "enter")
        await until(lambda: "Checking…" in screen_text(app))
        await pilot.press("enter", "enter")
        gate.set()
        await until(lambda: app.shell is not None and names(app))
    assert calls == [ADMIN_EMAIL]


async def test_nothing_typed_says_what_is_missing(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with console_on(sqlite_url, clock) as (app, pilot):
        await pilot.press("enter", "enter")
        await until(lambda: "Type your e-mail address and your password." in screen_text(app))


async def test_a_temporary_password_is_changed_before_anything_else(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    new = store.services.users.create(store.admin, email="bao@acme.example", name="Bao Tran")
    temporary = new.password.reveal()
    async with console_on(sqlite_url, clock) as (app, pilot):
        await pilot.press(*"bao@acme.example", "enter")
        field(app, "password").value = temporary
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OwnPassword))
        assert not app.ready
        below = app.screen_stack[0].query_one(KeyFooter)
        await until(lambda: below.render().plain == "")  # the sign-in's keys do not work now
        fill(app, password=OWN, again=OWN)
        app.screen.query_one("#again").focus()
        await pilot.press("enter")
        await until(lambda: app.shell is not None and names(app) == ["Bao Tran"])


async def test_without_a_new_password_one_is_out_again(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    new = store.services.users.create(store.admin, email="bao@acme.example", name="Bao Tran")
    async with console_on(sqlite_url, clock) as (app, pilot):
        await pilot.press(*"bao@acme.example", "enter")
        field(app, "password").value = new.password.reveal()
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, OwnPassword))
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, SignInScreen))
        await until(lambda: "Sign in" in footer(app))
        assert app.shell is None
        assert not app.ready


async def test_a_store_that_is_away_says_so_keeps_the_address_and_is_tried_again(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, away = bootstrap.open_services, True

    def opening(url: str, clock: SetClock) -> object:
        if away:
            raise StoreUnavailable(LOST)
        return real(url, clock)

    monkeypatch.setattr(bootstrap, "open_services", opening)
    async with console_on(sqlite_url, clock) as (app, pilot):
        await until(lambda: LOST in screen_text(app))
        assert "Press enter to try again." in " ".join(screen_text(app).split())
        await pilot.press(*ADMIN_EMAIL, "enter", *ADMIN_PASSWORD, "enter")
        await until(lambda: not app.screen._busy)  # type: ignore[attr-defined]
        assert field(app, "email").value == ADMIN_EMAIL
        assert field(app, "password").value == ADMIN_PASSWORD
        away = False
        await pilot.press("enter")
        await until(lambda: app.shell is not None and names(app) == ["Alice Ng"])


async def test_what_the_store_answers_before_the_screen_is_there_is_shown_when_it_is(
    tmp_path: Path, clock: SetClock
) -> None:
    async with console_on(f"sqlite:///{tmp_path / 'missing.db'}", clock) as (app, _):
        screen = SignInScreen()
        screen.store_opened("Beta Ltd")
        screen.store_unavailable(StoreUnavailable(LOST))
        app.push_screen(screen)
        await until(lambda: "Sign in to Beta Ltd" in screen_text(app))
        assert LOST in screen_text(app)
