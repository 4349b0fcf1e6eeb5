"""What cannot be undone is named before, asks for the name, and says on the spot why it was refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from textual.widgets import Input

from pftui.domain.accounts import Status
from pftui.domain.errors import PftuiError
from pftui.domain.secret import Secret
from pftui.screens.accounts.own_password import OwnPassword
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.reveal.reveal import Reveal
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.screens import flows
from tests.screens.flow_app import LOST, FlowApp, Running, Store, fill, opened, shows, until


def ended_without_a_change(running: Running) -> bool:
    return running.result is False


async def test_r7_delete_names_what_ends_and_asks_for_the_name(store: Store) -> None:
    account_id = store.service_account("ci-bot", "Red Team")
    for _ in range(2):
        store.services.keys.create(store.admin, account_id)
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.delete_account, account_id)
        await opened(pilot, Confirm)
        await shows(
            pilot, "3 keys stop working now.", "1 role ends, in Red Team.", "Delete ci-bot", "audit trail"
        )
        assert " OK " not in app.text
        fill(app, name="ci-bo")
        await pilot.press("enter")
        await shows(pilot, "Nothing was done: what you typed is not ci-bot.")
        assert "ci-bot" in store.accounts()
        fill(app, name="CI-bot ")
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert "ci-bot" not in store.accounts()
        assert app.notices == [("ci-bot is deleted.", "success")]


async def test_escape_and_the_safe_button_change_nothing(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.delete_account, account_id)
        await opened(pilot, Confirm)
        await pilot.press("escape")
        await until(pilot, lambda: running.result is False)
        running = app.start(flows.toggle_disabled, account_id)
        await opened(pilot, Confirm)
        assert app.focused is app.screen.query_one("#cancel")
        await pilot.press("enter")
        await until(pilot, lambda: running.result is False)
        assert store.accounts()["ci-bot"].status is Status.NO_TEAM


#: A flow, what somebody else does while its question is open, and what is told of it then.
OVERTAKEN: list[tuple[Callable[..., object], str, str]] = [
    (flows.toggle_disabled, "disable", "ci-bot is disabled already"),
    (flows.toggle_admin, "grant_admin", "ci-bot is a global admin already"),
]


@pytest.mark.parametrize(("flow", "change", "words"), OVERTAKEN)
async def test_r10_what_somebody_else_has_done_meanwhile_is_told(
    store: Store, flow: Callable[..., object], change: str, words: str
) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flow, account_id)  # type: ignore[arg-type]
        await opened(pilot, Confirm)
        getattr(store.services.accounts, change)(store.admin, account_id)
        app.screen.query_one("#go").focus()
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        ((sentence, _),) = app.notices
        assert sentence.startswith(f"{words}: {ADMIN_EMAIL} did it at ")
        assert sentence.endswith("Nothing was changed.")


LAST_ADMIN: list[Callable[..., object]] = [
    flows.delete_account,
    flows.toggle_admin,
    flows.toggle_disabled,
]


@pytest.mark.parametrize("flow", LAST_ADMIN)
async def test_r5_the_last_admin_is_refused_in_place(store: Store, flow: Callable[..., object]) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flow, store.admin.id)  # type: ignore[arg-type]
        await opened(pilot, Confirm)
        if app.screen.query("#name"):
            fill(app, name="Alice Ng")
        app.screen.query_one("#go").focus()
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query_one("#problem").has_class("-error"))
        await shows(pilot, "last global admin")
        await pilot.press("escape")
        await until(pilot, lambda: running.result is False)
        assert store.accounts()["Alice Ng"].status is Status.ACTIVE
        assert store.accounts()["Alice Ng"].global_admin


async def test_ones_own_password_is_changed_and_not_reset(store: Store) -> None:
    """A reset would sign the operator out, behind the reveal of a password that is theirs."""
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.reset_password, store.admin.id)
        await opened(pilot, OwnPassword)
        await pilot.press("escape")
        await until(pilot, lambda: running.result is False)
        store.services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD))


@pytest.mark.parametrize(
    ("flow", "done"), [(flows.delete_account, "deleted"), (flows.toggle_disabled, "disabled")]
)
async def test_who_ends_their_own_account_is_told_before_and_after(
    store: Store, flow: Callable[..., object], done: str
) -> None:
    store.services.accounts.grant_admin(store.admin, store.person("Bao Tran"))
    account = store.services.users.create(store.admin, email="hana@acme.example", name="Hana")
    signed_in = store.services.sign_in.with_password("hana@acme.example", account.password)
    own = Secret("walnut ferry uncle parade")
    store.services.sign_in.change_password(signed_in.operator, account.password, own)
    store.services.accounts.grant_admin(store.admin, account.account_id)
    app = FlowApp(store)
    app.operator = store.services.lifecycle.refresh(signed_in.operator)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flow, account.account_id)  # type: ignore[arg-type]
        await opened(pilot, Confirm)
        await shows(pilot, "This is your own account: you are signed out now, and cannot sign in any more.")
        if app.screen.query("#name"):
            fill(app, name="Hana")
        app.screen.query_one("#go").focus()
        await pilot.press("enter")
        await until(pilot, lambda: running.result is False)
        assert app.left == [f"Hana is {done}. It was your own account."]
        assert app.notices == []


async def test_what_is_disabled_already_is_not_said_to_stop(store: Store) -> None:
    account_id = store.service_account("ci-bot", "Red Team")
    store.services.accounts.disable(store.admin, account_id)
    key = store.services.accounts.show(store.admin, account_id).keys[0]
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        for flow, argument in (
            (flows.delete_account, account_id),
            (flows.revoke_key, key),
            (flows.new_key, account_id),
        ):
            running = app.start(flow, argument)
            await shows(pilot, "It is disabled: no key of it works until it is enabled.")
            assert "now." not in app.text.replace("ends now, for good.", "")
            await pilot.press("escape")
            await until(pilot, partial(ended_without_a_change, running))


async def test_disables_and_enables(store: Store) -> None:
    account_id = store.service_account("ci-bot", "Red Team")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.toggle_disabled, account_id)
        await opened(pilot, Confirm)
        await shows(pilot, "1 key stops working now.", "Disable ci-bot")
        app.screen.query_one("#go").focus()
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.accounts()["ci-bot"].status is Status.DISABLED
        running = app.start(flows.toggle_disabled, account_id)
        await opened(pilot, Confirm)
        await shows(pilot, "1 key works again now.")
        app.screen.query_one("#go").focus()
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.accounts()["ci-bot"].status is Status.ACTIVE


async def test_r3_grants_and_revokes_global_admin_and_says_what_it_means(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        for verb, admin in (("Grant", True), ("Revoke", False)):
            running = app.start(flows.toggle_admin, account_id)
            await opened(pilot, Confirm)
            await shows(pilot, f"{verb} global admin", "teams, roles, users and webhooks")
            app.screen.query_one("#go").focus()
            await pilot.press("enter")
            await until(pilot, lambda: running.result is True)  # noqa: B023
            assert store.accounts()["ci-bot"].global_admin is admin


async def test_revokes_a_key_for_good(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    key = store.services.keys.list(store.admin, account_id)[0]
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.revoke_key, key)
        await opened(pilot, Confirm)
        await shows(pilot, f"Revoke pfsa_{key.key_id}…", "the only working key", "for good")
        fill(app, name="ci-bot")
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert not store.services.keys.list(store.admin, account_id)[0].live
        assert store.accounts()["ci-bot"].status is Status.NO_KEY


async def test_resets_a_password_and_reveals_the_temporary_one(store: Store) -> None:
    person = store.person("Bao Tran")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.reset_password, person)
        await opened(pilot, Confirm)
        await shows(pilot, "Their password stops working now.")
        app.screen.query_one("#go").focus()
        await pilot.press("enter")
        await opened(pilot, Reveal)
        await shows(pilot, "Temporary password for Bao Tran")


async def test_a_lost_store_is_told_and_tried_again(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.delete_account, account_id)
        await opened(pilot, Confirm)
        fill(app, name="ci-bot")
        app.lost = True
        await pilot.press("enter")
        await shows(pilot, LOST, "Retry")
        assert app.screen.query_one("#name", Input).value == "ci-bot"
        app.lost = False
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert "ci-bot" not in store.accounts()


async def test_deletes_a_team_and_says_who_loses_what(store: Store) -> None:
    store.service_account("ci-bot", "Red Team")
    store.person("Bao Tran", "Red Team")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.delete_team, store.teams()["Red Team"].id)
        await opened(pilot, Confirm)
        await shows(pilot, "1 service account and 1 person lose what the team allows, now.")
        fill(app, name="red team")
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert "Red Team" not in store.teams()
        assert {"ci-bot", "Bao Tran"} <= set(store.accounts())


async def test_names_are_shown_as_typed_in_titles_sentences_and_buttons(store: Store) -> None:
    account_id = store.service_account("[red]x[/]", "Red Team")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.delete_account, account_id)
        await opened(pilot, Confirm)
        assert app.text.count("Delete [red]x[/]") == 2
        await shows(pilot, "Type [red]x[/] to go on:")


async def test_r1_a_refusal_by_the_services_is_read_in_place(store: Store) -> None:
    """The screen greys out, the service refuses: a demotion while the question is open."""
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)

    def refuse(operator: object, account: object) -> None:
        raise PftuiError("Only a global admin can delete accounts. Nothing was changed.")

    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.delete_account, account_id)
        await opened(pilot, Confirm)
        fill(app, name="ci-bot")
        call = app.call

        async def refused(function, *args, **kwargs):  # type: ignore[no-untyped-def]
            return await call(refuse, *args, **kwargs)

        app.call = refused  # type: ignore[method-assign]
        await pilot.press("enter")
        await shows(pilot, "Only a global admin can delete accounts. Nothing was changed.")
        await pilot.press("escape")
        await until(pilot, lambda: running.result is False)
