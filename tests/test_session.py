"""The console's session: what it tells of the store and of who is signed in, without any screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pftui import bootstrap
from pftui.domain.accounts import Operator
from pftui.domain.clock import Clock
from pftui.domain.errors import PftuiError, StoreUnavailable
from pftui.domain.secret import Secret
from pftui.services.contracts import Services
from pftui.session import Session
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION, SetClock


class Listener:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.session: Session

    async def store_missing(self) -> None:
        self.heard.append("missing")

    def store_unavailable(self, error: PftuiError) -> None:
        self.heard.append(f"unavailable: {error.message}")

    def store_opened(self) -> None:
        self.heard.append("opened")

    def session_started(self) -> None:
        self.heard.append("started")

    async def session_ended(self, sentence: str) -> None:
        self.heard.append(f"ended: {sentence}")

    def session_locked(self) -> None:
        self.heard.append("locked")

    def open_again(self) -> None:
        self.heard.append("open again")
        self.opening = asyncio.create_task(self.session.open())

    def store_failed(self, error: PftuiError) -> None:
        self.heard.append(f"failed: {error.message}")

    def store_looked_at(self, *, changed: bool, used: bool) -> None:
        self.heard.append("changed" if changed else "used" if used else "the same")

    def operator_changed(self, before: Operator) -> None:
        self.heard.append(f"was admin: {before.global_admin}")


@asynccontextmanager
async def session_on(
    url: str | None, clock: Clock, *, demo: bool = False
) -> AsyncIterator[tuple[Session, list[str]]]:
    listener = Listener()
    listener.session = session = Session(url, demo=demo, clock=clock, listener=listener)
    yield session, listener.heard
    await session.close()


async def sign_in(session: Session) -> None:
    signed_in = await session.sign_in(ADMIN_EMAIL, Secret(ADMIN_PASSWORD))
    session.enter(signed_in.operator)


async def test_a_store_is_opened_and_nobody_is_in(sqlite_url: str, clock: SetClock) -> None:
    async with session_on(sqlite_url, clock) as (session, heard):
        await session.open()
        assert heard == ["opened"]
        assert not session.ready
        with pytest.raises(RuntimeError, match="nobody has signed in"):
            _ = session.operator


async def test_before_it_is_open_there_are_no_services(sqlite_url: str, clock: SetClock) -> None:
    async with session_on(sqlite_url, clock) as (session, _):
        with pytest.raises(RuntimeError, match="not open"):
            _ = session.services


async def test_a_demo_has_its_admin_signed_in(clock: SetClock) -> None:
    async with session_on(None, clock, demo=True) as (session, heard):
        await session.open()
        assert heard == ["started"]
        assert session.ready
        assert session.operator.global_admin


async def test_a_store_that_is_missing_is_made(tmp_path: Path, clock: SetClock) -> None:
    async with session_on(f"sqlite:///{tmp_path}/new/pftui.db", clock) as (session, heard):
        await session.open()
        assert heard == ["missing"]
        signed_in = await session.create(ORGANIZATION)
        assert signed_in is not None
        assert signed_in.operator.email == ADMIN_EMAIL


async def test_a_store_that_somebody_else_made_meanwhile_is_opened(sqlite_url: str, clock: SetClock) -> None:
    async with session_on(sqlite_url, clock) as (session, _):
        assert await session.create(ORGANIZATION) is None
        await sign_in(session)
        assert session.ready


async def test_whoever_signs_in_to_a_store_that_could_not_be_opened_has_it_tried_again(
    sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, lost = bootstrap.open_services, [StoreUnavailable("It cannot be reached.")]

    def opening(url: str, clock: Clock) -> Services:
        if lost:
            raise lost.pop()
        return real(url, clock)

    monkeypatch.setattr(bootstrap, "open_services", opening)
    async with session_on(sqlite_url, clock) as (session, heard):
        await session.open()
        assert heard == ["unavailable: It cannot be reached."]
        await sign_in(session)
        assert heard[1:] == ["open again", "opened"]
        assert session.open_error is None


async def test_a_look_says_what_has_changed(sqlite_url: str, clock: SetClock) -> None:
    async with session_on(sqlite_url, clock) as (session, heard):
        await session.open()
        await session.look()
        assert heard == ["opened"], "nobody is in, and nothing is looked at"
        await sign_in(session)
        for _ in range(2):
            await session.look()
        session.services.teams.create(session.operator, "Blue Team")
        await session.look()
        assert heard[1:] == ["changed", "the same", "changed"]


async def test_a_demotion_and_an_end_are_heard_of(sqlite_url: str, clock: SetClock) -> None:
    async with session_on(sqlite_url, clock) as (session, heard):
        await session.open()
        await sign_in(session)
        services, admin = session.services, session.operator
        invited = services.users.create(admin, email="dana@acme.example", name="Dana", global_admin=True)
        dana = services.sign_in.with_password("dana@acme.example", invited.password).operator
        own = Secret("cobalt otter fjord lantern")
        services.sign_in.change_password(dana, invited.password, own)
        services.accounts.revoke_admin(dana, admin.id)
        del heard[:]
        await session.look()
        assert heard == ["was admin: True"]
        assert not session.operator.global_admin
        services.accounts.disable(dana, admin.id)
        await session.look()
        assert heard[1].startswith("ended: Your account was disabled")


async def test_an_answer_about_who_was_in_before_is_not_told(sqlite_url: str, clock: SetClock) -> None:
    async with session_on(sqlite_url, clock) as (session, heard):
        await session.open()
        await sign_in(session)
        looking = asyncio.create_task(session.look())
        await asyncio.sleep(0)
        session.end()
        await looking
        assert heard == ["opened"]


async def test_a_store_that_does_not_answer_is_told(sqlite_url: str, clock: SetClock) -> None:
    async with session_on(sqlite_url, clock) as (session, heard):
        await session.open()
        await sign_in(session)
        file = session.file
        assert file is not None
        away = file.rename(file.with_suffix(".away"))
        await session.look()
        assert heard[-1].startswith("failed: ")
        away.rename(file)
        await session.look()
        assert heard[-1] in ("changed", "the same")


async def test_signing_out_and_leaving_end_the_row(sqlite_url: str, clock: SetClock) -> None:
    async with session_on(sqlite_url, clock) as (session, _):
        await session.open()
        for _ in range(2):
            await sign_in(session)
            await session.sign_out()
            assert not session.ready
        await sign_in(session)
    async with session_on(sqlite_url, clock) as (session, _):
        await session.open()
        await sign_in(session)
        rows = session.services.sessions.list(session.operator)
        assert [row.live for row in rows] == [True, False, False, False]


async def test_a_sign_out_that_cannot_be_written_is_one_all_the_same(
    sqlite_url: str, clock: SetClock
) -> None:
    async with session_on(sqlite_url, clock) as (session, _):
        await session.open()
        await sign_in(session)
        file = session.file
        assert file is not None
        file.rename(file.with_suffix(".away"))
        await session.sign_out()
        assert not session.ready
        file.with_suffix(".away").rename(file)


async def test_a_mere_use_is_told_of_apart_and_once_in_five_seconds(sqlite_url: str, clock: SetClock) -> None:
    async with session_on(sqlite_url, clock) as (session, heard):
        await session.open()
        await sign_in(session)
        await session.look()
        await session.look()
        del heard[:]
        store = session.services.lifecycle.store
        for _ in range(3):
            clock.forward(seconds=2)
            with store.write() as unit:
                unit.accounts.mark_used(session.operator.id, clock())
                unit.commit()
            await session.look()
        assert heard == ["used", "the same", "the same"]
        clock.forward(seconds=2)
        await session.look()
        await session.look()
        assert heard[3:] == ["used", "the same"], "what was kept back is told of, once"
        with store.write() as unit:
            unit.accounts.mark_used(session.operator.id, clock())
            unit.commit()
        session.services.teams.create(session.operator, "Blue Team")
        await session.look()
        assert heard[5:] == ["changed"]
