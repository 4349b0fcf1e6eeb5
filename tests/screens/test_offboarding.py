"""Somebody has left: the console lists what they leave behind, decides on it, and shows that it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from pftui.domain.accounts import Operator, Status
from pftui.domain.decisions import Reason
from pftui.domain.errors import LastAdmin, NotFound
from pftui.domain.secret import Secret
from pftui.screens.accounts.offboard import LeftKeys, Offboard
from pftui.screens.accounts.offboarding_report import OffboardingReport
from pftui.screens.console import IN_A_BURST
from pftui.screens.dialogs.confirm import Confirm
from pftui.services.results import NewKey
from tests.screens import flows
from tests.screens.flow_app import LOST, FlowApp, Running, Store, fill, opened, shows, until
from tests.screens.test_dialog_sizes import assert_whole

Flow = Callable[..., Awaitable[bool]]
OWN = "correct lantern gravel saxophone"


@dataclass
class Leaver:
    """Who leaves, and what they were shown."""

    operator: Operator
    root: NewKey
    bot: NewKey


@pytest.fixture
def dana(store: Store) -> Leaver:
    """A global admin who was shown the key of an admin account, and one of another account."""
    services = store.services
    invited = services.users.create(
        store.admin, email="dana@acme.example", name="Dana Fox", global_admin=True
    )
    dana = services.sign_in.with_password("dana@acme.example", invited.password).operator
    dana = services.sign_in.change_password(dana, invited.password, Secret(OWN))
    root = services.service_accounts.create(dana, name="root-bot", global_admin=True)
    return Leaver(dana, root, services.service_accounts.create(dana, name="ci-bot"))


def reason(store: Store, key: NewKey) -> Reason | None:
    return store.services.verifier.verify(key.key, touch=False).reason


@asynccontextmanager
async def offboarding(
    store: Store, account_id: str, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[FlowApp, Pilot[None], Running]]:
    """The form for who leaves, open."""
    app = FlowApp(store)
    async with app.run_test(size=size) as pilot:
        running = app.start(flows.offboard, account_id)
        await opened(pilot, Offboard)
        yield app, pilot, running


async def test_each_key_is_revoked_or_kept_and_the_report_says_so(store: Store, dana: Leaver) -> None:
    async with offboarding(store, dana.operator.id) as (app, pilot, running):
        await shows(
            pilot,
            "They cannot sign in any more, and 1 open session ends.",
            "2 service accounts that they created stay: root-bot, ci-bot.",
            f"✕ revoke pfsa_{dana.root.key_id}… root-bot",
            "! admin never used",
            f"✕ revoke pfsa_{dana.bot.key_id}… ci-bot",
        )
        await pilot.press("down", "space")
        await shows(pilot, f"● keep pfsa_{dana.bot.key_id}", f"Why pfsa_{dana.bot.key_id}… is kept")
        await pilot.press("enter")
        await shows(pilot, "A reason is needed")
        await pilot.press(*"until May", "enter")
        await shows(pilot, "Now type Dana Fox, and press Enter once more.")
        assert reason(store, dana.root) is None
        await pilot.press(*"dana fo", "enter")
        await shows(pilot, "Nothing was done: what you typed is not Dana Fox.")
        await pilot.press("x", "enter")
        await opened(pilot, OffboardingReport)
        await shows(pilot, "Offboarding of Dana Fox (dana@acme.example)", "Done ", "Audit trail: events")
        await pilot.press("end")
        await shows(pilot, "All of it is over.", f"yes pfsa_{dana.root.key_id}… is refused.")
        assert app.notices == [
            ("Dana Fox is offboarded: 1 key revoked, 1 kept. All of it is over.", "success")
        ]
        await pilot.press("enter")
        assert isinstance(app.screen, OffboardingReport), "Enter closes nothing that nobody has kept"
        await pilot.press("escape")
        await opened(pilot, Confirm)
        await shows(pilot, "It was neither copied nor saved, and is made only once.")
        await pilot.press("y")
        await until(pilot, lambda: running.result is True)
    assert (reason(store, dana.root), reason(store, dana.bot)) == (Reason.REVOKED, Reason.NO_TEAM)
    assert store.accounts()["Dana Fox"].status is Status.DISABLED


async def test_the_report_is_copied_and_saved(
    store: Store, dana: Leaver, copied: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o700)
    async with offboarding(store, dana.operator.id, (120, 40)) as (app, pilot, running):
        fill(app, name="Dana Fox")
        await pilot.press("enter")
        await opened(pilot, OffboardingReport)
        assert app.screen.touched  # type: ignore[attr-defined]  # a quit asks
        await pilot.press("c")
        await shows(pilot, "Sent to your terminal's clipboard.")
        await pilot.press("s")
        path = app.screen.query_one("#path", Input)
        assert path.value.startswith("~/offboarding-dana-fox-20")
        path.value = str(folder / "report.txt")
        await pilot.press("enter")
        await shows(pilot, "which only you can read.")
        await pilot.press("escape")
        await until(pilot, lambda: running.result is True)
    (text,) = copied
    assert text == (folder / "report.txt").read_text()
    assert (folder / "report.txt").stat().st_mode & 0o777 == 0o600
    assert f"! global admin: pfsa_{dana.root.key_id}…" in text
    assert "Keys revoked: 2" in text
    assert text.endswith("All of it is over.\n")
    assert dana.root.key.reveal() not in text


async def test_r10_a_key_that_was_made_meanwhile_is_shown_and_what_was_decided_stays(
    store: Store, dana: Leaver
) -> None:
    async with offboarding(store, dana.operator.id) as (app, pilot, running):
        await pilot.press("down", "space", *"until May")
        late = store.services.keys.create(dana.operator, dana.bot.account_id)
        fill(app, name="Dana Fox")
        await pilot.press("enter")
        await shows(pilot, "since you looked. Nothing was", f"✕ revoke pfsa_{late.key_id}", "until May")
        assert reason(store, dana.root) is None
        await pilot.press("enter")
        await opened(pilot, OffboardingReport)
        await pilot.press("escape", "y")
        await until(pilot, lambda: running.result is True)
    assert reason(store, late) is Reason.REVOKED
    assert reason(store, dana.bot) is Reason.NO_TEAM


async def test_esc_waits_for_the_report_which_is_made_only_once(store: Store, dana: Leaver) -> None:
    async with offboarding(store, dana.operator.id) as (app, pilot, _):
        fill(app, name="Dana Fox")
        app.gate.clear()
        await pilot.press("enter", "escape")
        await shows(pilot, "The report on it is made only once: wait for it")
        app.gate.set()
        await opened(pilot, OffboardingReport)


async def test_the_mouse_alone_decides_on_a_key(store: Store, dana: Leaver) -> None:
    async with offboarding(store, dana.operator.id) as (app, pilot, _):
        await shows(pilot, f"✕ revoke pfsa_{dana.bot.key_id}")
        keys = app.screen.query_one(LeftKeys)
        await pilot.click(keys, offset=(4, 1))
        await pilot.click(keys, offset=(4, 1), times=2)
        await shows(pilot, f"● keep pfsa_{dana.bot.key_id}", f"✕ revoke pfsa_{dana.root.key_id}")


async def test_the_report_moves_as_every_text_and_a_name_in_it_colours_nothing(
    store: Store, dana: Leaver
) -> None:
    for number in range(30):
        store.services.service_accounts.create(dana.operator, name=f"NO touch {number}")
    async with offboarding(store, dana.operator.id) as (app, pilot, _):
        fill(app, name="Dana Fox")
        await pilot.press("enter")
        await opened(pilot, OffboardingReport)
        box = app.screen.query_one("#report")
        for keys, at in (
            (("ctrl+d",), 10),
            (("space",), 20),
            (("ctrl+u",), 10),
            (("g",), 10),
            (("g", "g"), 0),
        ):
            await pilot.press(*keys)
            assert box.scroll_y == at, keys
        said = app.screen.query_one("#report Static", Static).visual
        wrong = [said.plain[span.start : span.end] for span in said.spans if "error" in str(span.style)]  # type: ignore[attr-defined]
        assert wrong == []


async def test_a_burst_of_keys_offboards_nobody(store: Store, dana: Leaver) -> None:
    async with offboarding(store, dana.operator.id) as (app, pilot, _):
        fill(app, name="Dana Fox")
        app.typed_in_burst = True
        await pilot.press("enter")
        await shows(pilot, IN_A_BURST[:30])
        assert store.accounts()["Dana Fox"].status is not Status.DISABLED


async def test_a_lost_store_loses_nothing_typed(store: Store, dana: Leaver) -> None:
    async with offboarding(store, dana.operator.id) as (app, pilot, _):
        await pilot.press("space", *"until May")
        fill(app, name="Dana Fox")
        app.lost = True
        await pilot.press("enter")
        await shows(pilot, LOST[:40], "Retry", "until May")
        app.lost = False
        await pilot.press("enter")
        await opened(pilot, OffboardingReport)


async def test_leaving_asks_where_something_was_decided(store: Store, dana: Leaver) -> None:
    async with offboarding(store, dana.operator.id) as (_, pilot, running):
        await pilot.press("space", "escape")
        await opened(pilot, Confirm)
        await pilot.press("y")
        await until(pilot, lambda: running.result is False)


async def test_who_was_shown_no_key_is_asked_for_by_name_alone(store: Store) -> None:
    person = store.person("Bao Tran", "Red Team")
    async with offboarding(store, person) as (_, pilot, _):
        await shows(pilot, "They cannot sign in any more. 1 team: Red Team (Viewer).", "shown no key")
        await pilot.press(*"Bao Tran", "enter")
        await opened(pilot, OffboardingReport)


async def test_r5_is_said_in_place(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    person = store.person("Bao Tran")

    def refuse(*_: object) -> NoReturn:
        raise LastAdmin("Bao Tran is the last global admin who can sign in.")

    monkeypatch.setattr(type(store.services.offboarding), "offboard", refuse)
    async with offboarding(store, person) as (app, pilot, _):
        fill(app, name="Bao Tran")
        await pilot.press("enter")
        await shows(pilot, "Bao Tran is the last global admin")


@pytest.mark.parametrize(
    ("flow", "key"),
    [(flows.toggle_disabled, "o"), (flows.delete_account, "ctrl+o")],
    ids=["disable", "delete"],
)
async def test_disable_and_delete_name_the_live_keys_and_offer_to_offboard(
    store: Store, dana: Leaver, flow: Flow, key: str
) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flow, dana.operator.id)
        await opened(pilot, Confirm)
        await shows(
            pilot,
            "1 open session ends. 2 service accounts that they created stay: root-bot, ci-bot.",
            "2 keys that they were shown work on: ! global admin:",
            f"pfsa_{dana.root.key_id}…",
            f"{key} Offboard…",
        )
        await pilot.press(key)
        await opened(pilot, Offboard)
        await pilot.press("escape")
        await until(pilot, lambda: running.result is False)
        assert store.accounts()["Dana Fox"].status is not Status.DISABLED


async def test_disabling_who_was_shown_no_key_offers_nothing_else(store: Store) -> None:
    person = store.person("Bao Tran")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.toggle_disabled, person)
        await opened(pilot, Confirm)
        await pilot.press("o")
        assert isinstance(app.screen, Confirm)
        assert "Offboard" not in app.text


async def test_who_is_gone_is_told(store: Store) -> None:
    person = store.person("Bao Tran")
    store.services.accounts.delete(store.admin, person)
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.offboard, person)
        await until(pilot, lambda: running.result is False)
        assert "deleted this account" in app.notices[0][0]
    with pytest.raises(NotFound):
        store.services.offboarding.look(store.admin, person)


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40)])
async def test_all_of_it_fits(store: Store, dana: Leaver, size: tuple[int, int]) -> None:
    for number in range(12):
        store.services.service_accounts.create(dana.operator, name=f"{'名' * 70}{number}")
    async with offboarding(store, dana.operator.id, size) as (app, pilot, _):
        await pilot.press("space", *"until May")
        assert_whole(app)
        fill(app, name="Dana Fox")
        await pilot.press("enter")
        await opened(pilot, OffboardingReport)
        assert_whole(app)


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40)])
@pytest.mark.parametrize("flow", [flows.toggle_disabled, flows.delete_account], ids=["disable", "delete"])
async def test_three_answers_fit(store: Store, dana: Leaver, flow: Flow, size: tuple[int, int]) -> None:
    store.services.accounts.update(store.admin, dana.operator.id, name="n" * 80)
    app = FlowApp(store)
    async with app.run_test(size=size) as pilot:
        app.start(flow, dana.operator.id)
        await opened(pilot, Confirm)
        assert_whole(app)
