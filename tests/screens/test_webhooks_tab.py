"""The Webhooks tab: where events are sent, how far each is, and what can be done about it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from textual.widgets import Input

from pftui.app import PftuiApp
from pftui.domain.errors import Forbidden
from pftui.domain.search import WebhookState, parse_search
from pftui.domain.secret import Secret
from pftui.domain.webhooks import WebhookView
from pftui.screens.dialogs.choose import Choose
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.frame.sign_in import SignInScreen
from pftui.screens.reveal.leave import LeaveReveal
from pftui.screens.reveal.reveal import Reveal
from pftui.screens.webhooks.dialogs import EditWebhook, NewWebhook
from pftui.screens.webhooks.rows import fits
from pftui.screens.webhooks.tab import WebhooksTab
from pftui.services.delivering.deliverer import Deliverer
from pftui.services.delivering.outbox import Outbox
from tests.conftest import SetClock
from tests.peers.receiver import Documented, Receiver
from tests.screens.console_app import notice, press_command, screen_text, signed_in, until
from tests.screens.flow_app import Store
from tests.services.delivering.conftest import REFUSED, FakeSender

URL = "https://siem.acme.example/in"


def on_screen(app: PftuiApp, *texts: str) -> bool:
    shown = screen_text(app)
    return all(text in shown for text in texts)


def deliver(store: Store, clock: SetClock, sender: FakeSender) -> None:
    """Send what waits, to a receiver in the test's hand."""
    services = store.services
    outbox = Outbox(services.lifecycle.store, services.webhooks.keys, clock)
    Deliverer(outbox, sender, lambda sentence: None).once()


@pytest.fixture
def siem(store: Store) -> WebhookView:
    """A webhook that is told of teams."""
    return store.services.webhooks.create(store.admin, "SIEM", URL, ["team.*", "user.*"]).webhook


async def test_it_lists_webhooks_and_shows_what_the_selected_one_was_sent(
    store: Store, siem: WebhookView, sqlite_url: str, clock: SetClock
) -> None:
    store.services.teams.create(store.admin, "Blue Team")
    deliver(store, clock, FakeSender())
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("4")
        await until(lambda: on_screen(app, "1 webhook", "SIEM", "team.* +1", "● waiting"))
        await until(lambda: on_screen(app, URL, "whole organization", "team.created", "204", "10 ms"))


async def test_an_empty_tab_says_what_it_is_for_and_how_to_begin(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("4")
        await until(lambda: on_screen(app, "No webhooks yet.", "Press n to create the first one."))


async def test_a_webhook_is_made_and_its_secret_is_revealed_once(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("4", "n")
        await until(lambda: isinstance(app.screen, NewWebhook))
        await pilot.press(*"SIEM")
        app.screen.query_one("#url", Input).value = "ftp://siem.acme.example"
        app.screen.query_one("#events", Input).value = "api_key.*, user.login"
        await pilot.press("enter")
        await until(lambda: on_screen(app, "begins with https:// or http://"))
        app.screen.query_one("#url", Input).value = URL
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Reveal))
        await until(lambda: on_screen(app, "Signing secret of SIEM", "pfwh_", "X-Promptfoo-Signature"))
        assert not on_screen(app, "Assign to a team")
        await pilot.press("a")
        assert isinstance(app.screen, Reveal), "there is nothing to assign"
        clock.forward(seconds=1)
        app.screen._deaf_until = 0
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, LeaveReveal))
        await pilot.press("y")
        await until(lambda: app.screen is app.shell)
        await until(lambda: "SIEM has its signing secret." in notice(app))
        assert app.shell is not None
        tab = app.shell.tab
        assert isinstance(tab, WebhooksTab)
        await until(lambda: tab.table.row is not None and tab.table.row.name == "SIEM")
        assert tab.table.row.events == ("api_key.*", "user.login")  # type: ignore[union-attr]


async def test_it_is_edited_and_what_is_no_team_is_refused_in_place(
    store: Store, siem: WebhookView, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("4")
        await until(lambda: on_screen(app, "SIEM"))
        await pilot.press("e")
        await until(lambda: isinstance(app.screen, EditWebhook))
        app.screen.query_one("#team", Input).value = "Blue Team"
        await pilot.press("enter")
        await until(lambda: on_screen(app, "There is no team with the name"))
        app.screen.query_one("#team", Input).value = "red-team"
        await pilot.press("enter")
        await until(lambda: app.screen is app.shell)
        row = store.services.webhooks.show(store.admin, siem.id)
        assert row.team_name == "Red Team"


async def test_r10_the_second_of_two_editors_is_told_and_loses_nothing(
    store: Store, siem: WebhookView, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("4")
        await until(lambda: on_screen(app, "SIEM"))
        await pilot.press("e")
        await until(lambda: isinstance(app.screen, EditWebhook))
        app.screen.query_one("#events", Input).value = "role.*"
        store.services.webhooks.update(store.admin, siem.id, url=f"{URL}/2")
        await pilot.press("enter")
        await until(lambda: on_screen(app, "since you opened it"))
        await until(lambda: on_screen(app, "Save both changes"))
        await pilot.press("ctrl+s")
        await until(lambda: app.screen is app.shell)
        row = store.services.webhooks.show(store.admin, siem.id)
        assert (row.url, row.events) == (f"{URL}/2", ("role.*",))


async def test_it_is_paused_and_resumed(
    store: Store, siem: WebhookView, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("4")
        await until(lambda: on_screen(app, "SIEM"))
        await pilot.press("p")
        await until(lambda: on_screen(app, "○ paused", "SIEM is paused. What happens meanwhile waits."))
        await pilot.press("p")
        await until(lambda: on_screen(app, "SIEM is resumed."))


async def test_what_is_parked_needs_attention_and_is_sent_again_or_given_up(
    store: Store, siem: WebhookView, sqlite_url: str, clock: SetClock
) -> None:
    store.services.teams.create(store.admin, "Blue Team")
    clock.forward(hours=25)
    deliver(store, clock, FakeSender())
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("4")
        await until(lambda: on_screen(app, "1 webhook · 1 needs attention", "! parked 1"))
        await until(lambda: on_screen(app, "1 event parked: not taken", "within 24 hours"))
        await pilot.press("a")
        await until(lambda: isinstance(app.screen, Confirm))
        await until(lambda: on_screen(app, "Send 1 parked event to SIEM again"))
        await pilot.press("o")
        await until(lambda: on_screen(app, "Give up 1 parked event of SIEM"))
        await pilot.press("escape")
        await until(lambda: app.screen is app.shell)
        await pilot.press("a")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(lambda: "will be sent again" in notice(app))
        sender = FakeSender()
        deliver(store, clock, sender)
        sent = [json.loads(request.body)["event"] for request in sender.to(siem)]
        assert sent.count("team.created") == 1


async def test_an_event_is_chosen_to_be_sent_again(
    store: Store, siem: WebhookView, sqlite_url: str, clock: SetClock
) -> None:
    store.services.webhooks.update(store.admin, siem.id, url="http://127.0.0.1:9/")
    store.services.teams.create(store.admin, "Blue Team")
    deliver(store, clock, FakeSender(lambda request: REFUSED))
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("4")
        await until(lambda: on_screen(app, "SIEM", "! retrying", "no room"))
        await pilot.press("a")
        await until(lambda: isinstance(app.screen, Choose))
        await until(lambda: on_screen(app, "team.created"))
        await pilot.press("enter")
        await until(lambda: "SIEM did not take team.created" in notice(app))
        await until(lambda: app.screen is app.shell)


async def test_a_test_event_tells_what_came_of_it(
    store: Store, siem: WebhookView, sqlite_url: str, clock: SetClock
) -> None:
    store.services.webhooks.update(store.admin, siem.id, url="http://127.0.0.1:9/")
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("4")
        await until(lambda: on_screen(app, "SIEM"))
        await pilot.press("t")
        await until(lambda: "SIEM did not take webhook.tested" in notice(app))
        await until(lambda: on_screen(app, "webhook.tested", "no answer"))


async def test_it_is_deleted_once_its_name_is_typed(
    store: Store, siem: WebhookView, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("4")
        await until(lambda: on_screen(app, "SIEM"))
        await pilot.press("D")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press(*"siem", "enter")
        await until(lambda: app.screen is app.shell)
        await until(lambda: on_screen(app, "No webhooks yet."))


async def test_another_secret_is_revealed(
    store: Store, siem: WebhookView, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("4")
        await until(lambda: on_screen(app, "SIEM"))
        await pilot.press("k")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(lambda: isinstance(app.screen, Reveal))
        row = store.services.webhooks.show(store.admin, siem.id)
        assert row.previous_until is not None


def test_the_filter_knows_texts_and_states(siem: WebhookView, clock: SetClock) -> None:
    def finds(text: str) -> bool:
        return fits(siem, parse_search(text, WebhookState), clock())

    assert finds("siem team")
    assert finds("acme.example !is:paused")
    assert not finds("is:attention")
    assert not finds("chat")


# The deliverer inside the console


async def test_an_admin_lets_the_console_send_until_it_is_left(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    services, admin = store.services, store.admin
    services.organization_settings.update(admin, allow_networks=["127.0.0.0/8"])
    new = services.webhooks.create(admin, "local", URL, ["team.*"])
    taken = Documented(new.secret)
    with Receiver(taken) as receiver:
        services.webhooks.update(admin, new.webhook.id, url=f"http://127.0.0.1:{receiver.port}/in")
        services.teams.create(admin, "Blue Team")
        async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
            await pilot.press("4")
            await until(lambda: on_screen(app, "1 webhook", "local"))
            assert taken.received == []
            await pilot.press("d")
            await until(lambda: on_screen(app, "1 webhook · sending"))
            await until(lambda: len(taken.received) == 1)
            services.teams.create(admin, "Green Team")
            await until(lambda: len(taken.received) == 2)
            await pilot.press("d")
            await until(lambda: "sends to webhooks no more" in notice(app))
            await until(lambda: not on_screen(app, "sending"))  # once the list is read again
            await pilot.press("d")
            await until(lambda: app.delivers)
            press_command(app, "sign_out")
            await until(lambda: isinstance(app.screen, SignInScreen))
            assert not app.delivers
            services.teams.create(admin, "Red Team 2")
    assert len(taken.received) == 2


async def test_where_nothing_was_sent_yet_it_says_what_sends(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.services.webhooks.create(store.admin, "SIEM", URL, ["role.*"])  # of which nothing happens
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("4")
        await until(lambda: on_screen(app, "None yet. `pftui webhooks deliver", "Press d to"))
        await pilot.press("d")
        await until(lambda: on_screen(app, "None yet. This console sends what"))
        assert not on_screen(app, "Press d to")
        await pilot.press("d")
        await until(lambda: on_screen(app, "Press d to"))


async def test_who_is_demoted_sends_no_more(store: Store, sqlite_url: str, clock: SetClock) -> None:
    users, admin = store.services.users, store.admin
    new = users.create(admin, email="cem@acme.example", name="Cem Kaya", global_admin=True)
    own = "correct lantern gravel saxophone"
    cem = store.services.sign_in.with_password("cem@acme.example", new.password).operator
    store.services.sign_in.choose_password(cem, Secret(own))
    async with signed_in(sqlite_url, clock, (120, 40), "cem@acme.example", own) as (app, pilot):
        await pilot.press("4", "d")
        await until(lambda: app.delivers)
        store.services.accounts.revoke_admin(store.admin, cem.id)
        await app.session.look()
        await until(lambda: not app.delivers)
        await pilot.press("d")
        await until(lambda: "Only a global admin can send to webhooks" in notice(app))
        with pytest.raises(Forbidden):
            await app.deliver(on=True)
        assert not app.delivers


async def test_the_webhook_is_read_at_a_first_visit_before_the_tab_hears_of_its_size(
    store: Store, siem: WebhookView, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.services.teams.create(store.admin, "Blue Team")
    deliver(store, clock, FakeSender())
    clock.forward(days=2)
    monkeypatch.setattr(WebhooksTab, "on_resize", lambda self, event: None)
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("4")
        await until(lambda: on_screen(app, URL, f"{clock.now - timedelta(days=2):%d %b} "))
        assert re.search(r"Mar \d\d:\d\d team\.created", screen_text(app)) is not None
