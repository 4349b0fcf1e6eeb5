"""Forms: sentences beside the fields, nothing typed is lost, made twice, or overwritten unseen."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from pftui.domain.accounts import AccountQuery
from pftui.domain.secret import Secret
from pftui.screens.accounts.choose_role import RolePicker
from pftui.screens.accounts.create_service_account import CreateServiceAccount, NewKeyForm
from pftui.screens.accounts.edit_account import EditAccount
from pftui.screens.accounts.new_team import NewTeam
from pftui.screens.accounts.new_user import NewUser
from pftui.screens.accounts.own_password import OwnPassword
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.dialogs.form import Tick
from pftui.screens.reveal.reveal import Reveal
from pftui.screens.teams.dialogs import RenameTeam
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.screens import flows
from tests.screens.flow_app import LOST, FlowApp, Store, fill, opened, shows, until

NEW_PASSWORD = "walnut ferry uncle parade"


def typed(app: FlowApp, name: str) -> str:
    return app.screen.query_one(f"#{name}", Input).value


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "A name is needed: 1 to 80 characters."),
        ("   ", "A name is needed"),
        ("x" * 81, "80 characters at most; this has 81."),
        ("a\u202eb", "direction of writing"),
        ("CI-BOT", "already"),
        ("сi-bot", 'looks like "ci-bot", which exists'),
    ],
)
async def test_r6_a_bad_name_is_told_beside_its_field(store: Store, name: str, sentence: str) -> None:
    store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.create_service_account)
        await opened(pilot, CreateServiceAccount)
        fill(app, name=name, description="nightly scans")
        app.screen.query_one("#description").focus()
        await pilot.press("enter")
        await shows(pilot, sentence)
        assert app.focused is app.screen.query_one("#name")
        assert typed(app, "name") == name
        assert typed(app, "description") == "nightly scans"
        assert set(store.accounts()) == {"Alice Ng", "ci-bot"}


async def test_r6_a_persons_twin_is_warned_of_and_made_all_the_same(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.new_user)
        await opened(pilot, NewUser)
        fill(app, name="Alicе Ng", email="alice2@acme.example")
        await pilot.press("enter")
        await shows(pilot, f'! "Alicе Ng" looks like "Alice Ng" ({ADMIN_EMAIL}), who exists. Enter once more')
        assert set(store.accounts()) == {"Alice Ng"}
        await pilot.press("enter")
        await opened(pilot, Reveal)
        assert set(store.accounts()) == {"Alice Ng", "Alicе Ng"}


async def test_r6_so_is_who_is_renamed_to_one_but_not_whose_name_stays(store: Store) -> None:
    bao = store.person("Bao Tran")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        for change, warned in (({"email": "b@acme.example"}, False), ({"name": "Alice  Ng"}, True)):
            app.start(flows.edit_account, bao)
            await opened(pilot, EditAccount)
            fill(app, **change)
            await pilot.press("enter")
            await shows(pilot, "Enter once more saves it.")
            await pilot.press("enter")
            if warned:
                await shows(pilot, 'looks like "Alice Ng"')
                assert "Bao Tran" in store.accounts()
                await pilot.press("enter")
            await until(pilot, lambda: not isinstance(app.screen, EditAccount))
        assert set(store.accounts()) == {"Alice Ng", "Alice  Ng"}


@pytest.mark.parametrize(
    "name", ["🦊 fox", "[red]markup[/]", "'; drop table accounts; --", "日本語", "a/b\\c"]
)
async def test_any_other_name_is_taken_as_it_is(store: Store, name: str) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.create_service_account)
        await opened(pilot, CreateServiceAccount)
        fill(app, name=name)
        await pilot.press("enter")
        await opened(pilot, Reveal)
        await shows(pilot, f"API key for {name}")
        assert name in store.accounts()


async def test_two_enters_create_one_account(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.create_service_account)
        await opened(pilot, CreateServiceAccount)
        fill(app, name="ci-bot")
        app.gate.clear()
        await pilot.press("enter", "enter", "enter", "escape")
        await shows(pilot, "shown only once")
        app.gate.set()
        await opened(pilot, Reveal)
        assert app.calls.count("create") == 1
        await shows(pilot, "API key for ci-bot")


@pytest.mark.parametrize(
    ("restricted", "words"),
    [(False, "all organization settings"), (True, "makes and changes no admin")],
    ids=["all", "restricted"],
)
async def test_r13_the_reveal_of_an_admins_key_says_what_it_may(
    restricted: bool, words: str, store: Store
) -> None:
    store.services.organization_settings.update(store.admin, keys_restricted=restricted)
    app = FlowApp(store)
    async with app.run_test(size=(120, 40)) as pilot:
        app.start(flows.create_service_account)
        await opened(pilot, CreateServiceAccount)
        fill(app, name="terraform")
        app.screen.query_one(Tick).focus()
        await pilot.press("space", "enter")
        await opened(pilot, Reveal)
        await shows(pilot, "Its key may: ", words)


async def test_global_admin_is_a_choice_with_its_meaning(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.create_service_account)
        await opened(pilot, CreateServiceAccount)
        await shows(pilot, "[ ] Global admin privileges", "No team's data.")
        fill(app, name="terraform")
        app.screen.query_one(Tick).focus()
        await pilot.press("space")
        await shows(pilot, "[✓] Global admin privileges")
        await pilot.press("enter")
        await opened(pilot, Reveal)
        await shows(pilot, "Organization settings: global admin privileges.")
        assert store.accounts()["terraform"].global_admin


async def test_created_in_a_team_it_has_its_role_in_one_go(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.create_service_account, store.teams()["Red Team"].id)
        await opened(pilot, CreateServiceAccount)
        await shows(pilot, "Select the role in Red Team", "Run Scans, Create Evaluations")
        fill(app, name="ci-bot")
        app.screen.query_one(RolePicker).focus()
        await pilot.press("down", "enter")
        await opened(pilot, Reveal)
        await shows(pilot, "Viewer in Red Team: view")
        assert store.roles("ci-bot") == {"Red Team": "Viewer"}


async def test_nothing_is_created_with_a_role_that_was_not_seen(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        list_roles = app.services.roles.list

        async def call(function, *args, **kwargs):  # type: ignore[no-untyped-def]
            app.lost = function == list_roles
            return await FlowApp.call(app, function, *args, **kwargs)

        app.call = call  # type: ignore[method-assign]
        app.start(flows.create_service_account, store.teams()["Red Team"].id)
        await opened(pilot, CreateServiceAccount)
        await shows(pilot, LOST, "Retry")
        del app.call
        app.lost = False
        fill(app, name="ci-bot")
        await pilot.press("enter")
        await shows(pilot, "View Configurations, Run Scans", "Create Service Account")
        assert "ci-bot" not in store.accounts()
        await pilot.press("enter")
        await opened(pilot, Reveal)
        assert store.roles("ci-bot") == {"Red Team": "CI Runner"}


async def test_a_lost_store_keeps_what_was_typed_and_offers_to_try_again(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.create_service_account)
        await opened(pilot, CreateServiceAccount)
        fill(app, name="ci-bot", description="nightly scans")
        app.lost = True
        await pilot.press("enter")
        await shows(pilot, LOST, "Retry")
        assert (typed(app, "name"), typed(app, "description")) == ("ci-bot", "nightly scans")
        app.lost = False
        await pilot.press("enter")
        await opened(pilot, Reveal)
        details = store.services.accounts.show(store.admin, store.accounts()["ci-bot"].id)
        assert details.description == "nightly scans"


async def test_a_stray_escape_loses_nothing(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.create_service_account)
        await opened(pilot, CreateServiceAccount)
        await pilot.press(*"bot", "escape")
        await opened(pilot, Confirm)
        await shows(pilot, "Discard what you typed?", "Back to the form")
        await pilot.press("enter")  # the way back has the focus
        await opened(pilot, CreateServiceAccount)
        assert typed(app, "name") == "bot"
        await pilot.press("escape")
        await opened(pilot, Confirm)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: running.result is False)
        assert set(store.accounts()) == {"Alice Ng"}


async def test_an_untouched_form_closes_at_once(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.new_user)
        await opened(pilot, NewUser)
        await pilot.press("escape")
        await until(pilot, lambda: running.result is False)


async def test_a_tick_alone_is_something_to_lose(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.new_user)
        await opened(pilot, NewUser)
        app.screen.query_one(Tick).focus()
        await pilot.press("space", "escape")
        await opened(pilot, Confirm)


@pytest.mark.parametrize(
    ("email", "sentence"),
    [("nowhere", "looks like name@example.org"), (ADMIN_EMAIL.upper(), "already")],
)
async def test_a_bad_e_mail_is_told_beside_its_field(store: Store, email: str, sentence: str) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.new_user)
        await opened(pilot, NewUser)
        fill(app, name="Bao", email=email)
        await pilot.press("enter")
        await shows(pilot, sentence)
        assert app.focused is app.screen.query_one("#email")
        assert typed(app, "name") == "Bao"
        assert set(store.accounts()) == {"Alice Ng"}


async def test_a_further_key_leaves_the_first_one_working(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.new_key, account_id)
        await opened(pilot, NewKeyForm)
        await shows(pilot, "Its other key goes on working until you revoke it.")
        fill(app, label="staging")
        await pilot.press("enter")
        await opened(pilot, Reveal)
        keys = store.services.keys.list(store.admin, account_id)
        states = {key.label: (key.live, key.saved) for key in keys}
        assert states == {"staging": (True, False), "": (True, True)}


async def test_a_label_that_cannot_be_is_told_beside_its_field(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.new_key, account_id)
        await opened(pilot, NewKeyForm)
        fill(app, label="a\u202eb")
        await pilot.press("enter")
        await shows(pilot, "✕", "direction of writing")
        assert app.screen.query_one("#field-label .hint").has_class("-error")


async def test_edits_an_account(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.edit_account, account_id)
        await opened(pilot, EditAccount)
        assert typed(app, "name") == "ci-bot"
        fill(app, name="[red]bot[/]", description="nightly")
        await pilot.press("enter")
        await shows(pilot, "ci-bot → [red]bot[/]. Enter once more saves it.")
        assert "ci-bot" in store.accounts()
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        details = store.services.accounts.show(store.admin, account_id)
        assert (details.summary.name, details.description) == ("[red]bot[/]", "nightly")
        assert app.notices == [("[red]bot[/] is saved.", "success")]
        assert app.changes


async def conflicting(store: Store, app: FlowApp, pilot, account_id: str):  # type: ignore[no-untyped-def]
    """Two operators edit the same account; ours comes second."""
    running = app.start(flows.edit_account, account_id)
    await opened(pilot, EditAccount)
    fill(app, name="mine")
    store.services.accounts.update(store.admin, account_id, name="theirs", description="their words")
    await pilot.press("enter", "enter")
    await shows(pilot, "Now: theirs", "Take theirs", "Save mine over it")
    assert typed(app, "name") == "mine"
    assert typed(app, "description") == "their words", "what only they changed is theirs"
    assert "Alice Ng" in app.text or ADMIN_EMAIL in app.text, "it says who"
    assert "theirs" in store.accounts()
    return running


async def test_r10_a_conflict_can_be_saved_over(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await conflicting(store, app, pilot, account_id)
        await pilot.press("enter")
        await shows(pilot, "First choose:")
        assert "theirs" in store.accounts()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: running.result is True)
        assert "mine" in store.accounts()
        assert store.services.accounts.show(store.admin, account_id).description == "their words"


async def test_r10_two_who_change_different_fields_both_keep_their_change(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.edit_account, account_id)
        await opened(pilot, EditAccount)
        fill(app, name="mine")
        store.services.accounts.update(store.admin, account_id, description="their words")
        await pilot.press("enter", "enter")
        await shows(pilot, "Save both changes", "you had not changed it")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: running.result is True)
        details = store.services.accounts.show(store.admin, account_id)
        assert (details.summary.name, details.description) == ("mine", "their words")


async def test_r10_or_given_up_for_theirs(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await conflicting(store, app, pilot, account_id)
        await pilot.press("ctrl+y")
        await until(pilot, lambda: typed(app, "name") == "theirs")
        assert typed(app, "description") == "their words"
        await pilot.press("escape")  # nothing of ours is left to lose
        await until(pilot, lambda: running.result is False)
        assert "theirs" in store.accounts()


async def test_after_a_retry_theirs_can_still_be_taken_and_is_saved_as_itself(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await conflicting(store, app, pilot, account_id)
        app.lost = True
        await pilot.press("ctrl+s")
        await shows(pilot, LOST)
        app.lost = False
        await pilot.press("ctrl+y")
        await shows(pilot, "This is what the other operator saved.", "⏎ Save")
        assert "Save mine over it" not in app.text


async def test_an_account_deleted_meanwhile_is_told(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    store.services.accounts.delete(store.admin, account_id)
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.edit_account, account_id)
        await until(pilot, lambda: running.result is False)
        assert [severity for _, severity in app.notices] == ["error"]


async def test_a_text_that_is_typed_into_a_list_renames_nobody(store: Store) -> None:
    """`e` opens the form; the rest of the text stands behind the name, which one Enter does not change."""
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.edit_account, store.admin.id)
        await opened(pilot, EditAccount)
        await pilot.press("n", "enter")
        await shows(pilot, "Alice Ng → Alice Ngn. Enter once more saves it.")
        await pilot.press("x")
        await pilot.press("enter")
        await shows(pilot, "Alice Ng → Alice Ngnx.")
        assert set(store.accounts()) == {"Alice Ng"}


async def test_the_enter_of_a_burst_and_the_second_key_are_one(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.edit_account, account_id)
        await opened(pilot, EditAccount)
        fill(app, name="other")
        app.typed_in_burst = True
        await pilot.press("enter")
        await shows(pilot, "ci-bot → other. Enter once more saves it.")
        await pilot.press("enter")
        await shows(pilot, "Nothing was changed: press enter to go on.")
        app.typed_in_burst = False
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)


async def test_new_team_and_its_slug(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.new_team)
        await opened(pilot, NewTeam)
        fill(app, name="RED team")
        await pilot.press("enter")
        await shows(pilot, "already")
        fill(app, name="Bleu Équipe")
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert store.teams()["Bleu Équipe"].slug == "bleu-equipe"


async def test_renames_a_team_and_r10(store: Store) -> None:
    team = store.teams()["Red Team"]
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.rename_team, team.id)
        await opened(pilot, RenameTeam)
        await shows(pilot, "Programs go on to know it as red-team.")
        fill(app, name="Mine")
        store.services.teams.rename(store.admin, team.id, "Theirs")
        await pilot.press("enter")
        await shows(pilot, "Red Team → Mine. Enter once more saves it.")
        await pilot.press("enter")
        await shows(pilot, "Now: Theirs", "ctrl+s Save mine over it", "ctrl+y Take theirs")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: running.result is True)
        assert store.teams()["Mine"].slug == "red-team"


async def test_changes_ones_own_password(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.change_own_password)
        await opened(pilot, OwnPassword)
        fill(app, current="wrong", password=NEW_PASSWORD, again=NEW_PASSWORD + "x")
        await pilot.press("enter")
        await shows(pilot, "The two new passwords differ.")
        fill(app, again="")
        await pilot.press("enter")
        await shows(pilot, "Type the new password once more.")
        fill(app, again=NEW_PASSWORD)
        await pilot.press("enter")
        await shows(pilot, "This is not your current password. Nothing was changed.")
        fill(app, current=ADMIN_PASSWORD, password="short", again="short")
        await pilot.press("enter")
        await shows(pilot, "A password needs 15 characters at least")
        assert ADMIN_PASSWORD not in app.text
        inputs = list(app.screen.query(Input))
        fill(app, password=NEW_PASSWORD, again=NEW_PASSWORD)
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        await until(pilot, lambda: [each.value for each in inputs] == ["", "", ""])
        store.services.sign_in.with_password(ADMIN_EMAIL, Secret(NEW_PASSWORD))


async def test_a_temporary_password_must_be_changed_or_one_is_out(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.change_own_password, forced=True)
        await opened(pilot, OwnPassword)
        await shows(pilot, "You signed in with a temporary password.", "New password", "Sign out")
        assert not app.screen.query("#current"), "it was typed once, to sign in"
        await pilot.press("escape")
        await until(pilot, lambda: running.result is False)


async def test_every_form_fits_the_smallest_terminal(store: Store) -> None:
    """At 60×18 the focused field is seen, and the buttons can be reached."""
    app = FlowApp(store)
    async with app.run_test(size=(60, 18)) as pilot:
        app.start(flows.create_service_account, store.teams()["Red Team"].id)
        await opened(pilot, CreateServiceAccount)
        await until(pilot, lambda: app.screen.query_one(RolePicker).role)
        app.screen.query_one("#submit").focus()
        await shows(pilot, "Create Service Account", "Viewer")
        assert store.services.accounts.count(store.admin, AccountQuery()).total == 1
