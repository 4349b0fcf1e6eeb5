"""`pftui.Organization`: all that the services can do, with their rules and events."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
import typing
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import pftui
from pftui import (
    AuditEvent,
    AuditQuery,
    Forbidden,
    LastAdmin,
    Organization,
    Person,
    Secret,
    SessionEnded,
    SignInFailed,
    Verifier,
)
from pftui import organization as client
from pftui.domain.accounts import Operator
from pftui.domain.audit import Action
from pftui.services.contracts import Services
from tests.commands.program import environment
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.documentation.blocks import Block, blocks
from tests.library import client_table

#: Where a service stands in the client under another name.
NAMES = {"organization_settings": "settings"}
#: What is no function of the client's parts, and why.
ELSEWHERE = {
    "organization": "a result; `settings.show` reads it anew",
    "verifier": "`Organization.verifier`, whole",
    "lifecycle.open": "how the client opens",
    "lifecycle.organization": "`settings.show`",
    "lifecycle.refresh": "`Organization.refresh`",
    "lifecycle.look": "for a console's poll: the one before and the one after in one",
    "lifecycle.revision": "`Organization.revision`",
    "lifecycle.close": "`Organization.close`",
    "sign_in.with_password": "how the client signs in",
    "sign_in.with_key": "how the client signs in",
    "sign_in.wait": "told by `Throttled`, which signing in raises",
    "sign_in.authenticate": "`Organization.authenticate`",
    "sign_in.change_password": "`Organization.change_password`",
    "sign_in.choose_password": "for a console's session with a temporary password",
    "audit.resolve": "for a console's filter, and the command line's",
    "audit.extent": "for a console's list, as the two that follow",
    "audit.numbers": "for a console's list",
    "audit.numbered": "for a console's list",
    "audit.stream": "`audit export` and `audit tail` of the command line",
    "audit.archive": "`audit archive` of the command line, where a person is asked",
    "sessions.attend": "for a session that the command line keeps",
    "sessions.resume": "for a session that the command line keeps",
    "sessions.prove": "how the client proves; else for a console's session",
    "sessions.sign_out": "for a console's session",
}


@pytest.fixture
def key(services: Services, admin: Operator) -> str:
    new = services.service_accounts.create(admin, name="provisioning", global_admin=True)
    return new.key.reveal()


@pytest.fixture
def organization(store_url: str, key: str) -> Iterator[Organization]:
    with Organization(store_url, operator=key) as opened:
        yield opened


def newest_event(organization: Organization) -> AuditEvent:
    event = organization.audit.list(AuditQuery(limit=1)).events[0]
    assert isinstance(event, AuditEvent)
    return event


def test_every_public_method_of_the_services_is_there_or_said_to_be_elsewhere(services: Services) -> None:
    there = {
        f"{name}.{verb}": function.method
        for name, part in client_table.parts().items()
        for verb, function in client_table.functions(part).items()
    }
    found, elsewhere = {}, set()
    for name, kind in client_table.services(services).items():
        methods = {verb: each for verb, each in vars(kind).items() if _is_public_method(verb, each)}
        for verb, method in methods.items():
            if name in ELSEWHERE or f"{name}.{verb}" in ELSEWHERE:
                elsewhere.add(name if name in ELSEWHERE else f"{name}.{verb}")
            else:
                found[f"{NAMES.get(name, name)}.{verb}"] = method
    assert there == found
    assert elsewhere | {"organization"} == set(ELSEWHERE)


def _is_public_method(name: str, each: object) -> bool:
    return not name.startswith("_") and (inspect.isfunction(each) or isinstance(each, classmethod))


def test_every_function_has_its_documentation_and_its_parameters_without_the_operator(
    organization: Organization,
) -> None:
    for name, part in client_table.parts().items():
        for verb, function in client_table.functions(part).items():
            bound = getattr(getattr(organization, name), verb)
            assert bound.__doc__, (name, verb)
            assert bound.__doc__ == function.method.__doc__
            assert not {"self", "operator"} & set(inspect.signature(bound).parameters)


def test_the_page_has_the_functions_that_there_are() -> None:
    page = client_table.PAGE.read_text(encoding="utf-8")
    assert page == client_table.renewed(page), "run: python -m tests.library.client_table"


def test_what_the_functions_take_and_give_can_be_imported_from_pftui() -> None:
    missing = set()
    for part in client_table.parts().values():
        for function in client_table.functions(part).values():
            method = function.method
            for hint in typing.get_type_hints(method, vars(sys.modules[method.__module__])).values():
                missing |= {each.__name__ for each in _ours(hint)} - set(pftui.__all__)
    assert not missing
    # One name is another's: the settings, which `settings.show` gives, are an `Organization` too.


def _ours(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and hint.__module__.startswith("pftui."):
        yield hint
    for each in typing.get_args(hint):
        yield from _ours(each)


def test_the_key_of_a_global_admin_provisions(organization: Organization, store_url: str) -> None:
    team = organization.teams.create("Red Team")
    role = organization.roles.find("ci runner")
    new = organization.service_accounts.create(name="bot", team_id=team.id, role_id=role.id)
    with Verifier(store_url) as verifier:
        assert verifier.verify(new.key, team="red-team", permission="run_scans")
        organization.keys.revoke(new.key_id)
        assert not verifier.verify(new.key, team="red-team", permission="run_scans")
    event = newest_event(organization)
    assert (event.actor.name, event.description[:15]) == ("provisioning", "Revoked API key")
    assert (event.source["by"], event.source["keyId"]) == ("key", organization.operator.key_id)
    assert event.source["uid"] >= 0


def test_a_person_may_what_they_may_in_the_console(store_url: str) -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("password")
        return ADMIN_PASSWORD

    with Organization(store_url, operator=Person(ADMIN_EMAIL, ask)) as organization:
        assert organization.operator.email == ADMIN_EMAIL
        team = organization.teams.create("Red Team")
        assert len(asked) == 1
        organization.teams.delete(team.id)
        assert len(asked) == 2
        organization.settings.update(name="Acme")
        assert len(asked) == 3  # each time, however short ago the last one was
        with pytest.raises(LastAdmin):
            organization.accounts.delete(organization.operator.id)
        newest = newest_event(organization)
    assert len(asked) == 4
    assert (newest.action, newest.actor.email) == (Action.CHANGE_REFUSED, ADMIN_EMAIL)


def test_whose_password_is_no_longer_right_changes_nothing_that_asks_for_it(store_url: str) -> None:
    given = [Secret(ADMIN_PASSWORD), Secret("something else entirely")]
    with Organization(store_url, operator=Person(ADMIN_EMAIL, lambda: given.pop(0))) as organization:
        team = organization.teams.create("Red Team")
        with pytest.raises(SignInFailed):
            organization.teams.delete(team.id)
        assert organization.teams.show(team.id) == team


def test_what_the_function_raises_goes_to_the_caller(store_url: str, key: str) -> None:
    class NotNow(Exception):
        pass

    given = [key]

    def ask() -> str:
        if not given:
            raise NotNow
        return given.pop()

    with Organization(store_url, operator=ask) as organization:
        team = organization.teams.create("Red Team")
        with pytest.raises(NotNow):
            organization.teams.delete(team.id)
        assert organization.teams.show(team.id) == team


def test_a_key_may_be_exchanged_on_the_way_but_only_for_the_same_account(
    store_url: str, services: Services, admin: Operator, key: str
) -> None:
    current = [key]
    with Organization(store_url, operator=lambda: current[0]) as organization:
        own = organization.operator
        current[0] = organization.keys.create(own.id).key.reveal()  # which asked for the old one
        organization.teams.delete(organization.teams.create("Red Team").id)  # and this for the new one
        assert own.key_id is not None
        organization.keys.revoke(own.key_id)
        assert organization.refresh().key_id == current[0][5:15]
        other = services.service_accounts.create(admin, name="other", global_admin=True)
        current[0] = other.key.reveal()
        with pytest.raises(SignInFailed, match="of other, not of provisioning"):
            organization.teams.delete(organization.teams.create("Red Team").id)


def test_a_key_without_global_admin_privileges_does_not_come_in(
    store_url: str, services: Services, admin: Operator
) -> None:
    new = services.service_accounts.create(admin, name="bot")
    with pytest.raises(Forbidden):
        Organization(store_url, operator=new.key)
    with pytest.raises(SignInFailed):
        Organization(store_url, operator="no key")


def test_what_an_operator_ends_has_ended_at_the_next_call(
    organization: Organization, services: Services, admin: Operator
) -> None:
    services.accounts.disable(admin, organization.operator.id)
    with pytest.raises(SessionEnded):
        organization.teams.create("Red Team")
    with pytest.raises(SessionEnded):
        organization.refresh()


def test_an_own_password_can_be_changed_and_the_client_goes_on(store_url: str) -> None:
    new = "walnut harbour ninety lanterns"
    current = [ADMIN_PASSWORD]
    with Organization(store_url, operator=Person(ADMIN_EMAIL, lambda: current[0])) as organization:
        organization.change_password(ADMIN_PASSWORD, new)
        team = organization.teams.create("Red Team")
        with pytest.raises(SignInFailed):
            organization.teams.delete(team.id)
        current[0] = new
        organization.teams.delete(team.id)


def test_a_password_that_was_given_as_a_text_is_the_new_one_once_it_was_changed(
    store_url: str, admin: Operator
) -> None:
    new = "walnut harbour ninety lanterns"
    with Organization(store_url, operator=Person(ADMIN_EMAIL, ADMIN_PASSWORD)) as organization:
        organization.change_password(ADMIN_PASSWORD, new)
        organization.teams.delete(organization.teams.create("Red Team").id)


def test_a_proof_from_before_a_new_password_does_not_undo_it(
    store_url: str, admin: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = "walnut harbour ninety lanterns"
    prove = client._prove

    def prove_slowly(*arguments: Any) -> Operator:
        proved = prove(*arguments)
        monkeypatch.setattr(client, "_prove", prove)
        opened.change_password(ADMIN_PASSWORD, new)  # as another thread does
        return proved

    with Organization(store_url, operator=Person(ADMIN_EMAIL, ADMIN_PASSWORD)) as opened:
        team = opened.teams.create("Red Team")
        monkeypatch.setattr(client, "_prove", prove_slowly)
        with suppress(SessionEnded):
            opened.teams.delete(team.id)
        opened.teams.create("Blue Team")


def test_who_asks_for_nobody_knows_the_revision_and_whose_a_key_is(
    organization: Organization, key: str
) -> None:
    before = organization.revision()
    organization.teams.create("Red Team")
    assert organization.revision() != before
    assert organization.authenticate(key).name == "provisioning"
    assert organization.verifier.verify(key)


def test_it_is_neither_pickled_nor_does_it_show_a_secret(organization: Organization) -> None:
    with pytest.raises(TypeError, match="neither pickled nor copied"):
        pickle.dumps(organization)
    assert "hunter2" not in repr(Person("alice@acme.example", "hunter2"))


def examples() -> list[Block]:
    return [block for block in blocks("docs/admin-client.md") if block.language == "python"]


@pytest.mark.parametrize("block", examples(), ids=str)
def test_the_examples_do_what_they_say(
    block: Block, services: Services, admin: Operator, key: str, store_url: str, tmp_path: Path
) -> None:
    (tmp_path / "admin-key.txt").write_text(key + "\n")
    given = f"import getpass; getpass.getpass = lambda _: {ADMIN_PASSWORD!r}\n"
    env = environment(tmp_path, PFTUI_DATABASE_URL=store_url)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", given + block.text],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    made = tmp_path / "deploy-key.txt"
    if made.exists():
        assert services.verifier.verify(made.read_text(), team="blue-team", permission="run_scans")
