"""Every verb by the key of a service account: with global admin privileges, without them, and with no key.

The table below is compared with the commands, so that none that is new can be forgotten.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from pftui.bootstrap import open_services
from pftui.commands.root import root
from pftui.domain.secret import Secret
from pftui.services.sealing import KEY_VARIABLE
from tests.commands.conftest import ADMIN, PASSWORD, Pftui, Template

#: How each verb is called; `{key}` and its like are of `World`.
CALLS: dict[str, str] = {
    "users list": "",
    "users show": "bao@acme.io",
    "users create": "dana@acme.io --name Dana",
    "users update": "bao@acme.io --name Bao",
    "users disable": "bao@acme.io --yes",
    "users enable": "bao@acme.io",
    "users delete": "bao@acme.io --yes",
    "users offboard": "bao@acme.io --yes",
    "users grant-admin": "bao@acme.io",
    "users revoke-admin": "carmen@acme.io --yes",
    "users reset-password": "bao@acme.io --yes",
    "teams list": "",
    "teams show": "default",
    "teams create": "Blue",
    "teams rename": "default Red",
    "teams delete": "default --yes",
    "teams add": "default bao@acme.io --role Uploader",
    "teams set-role": "default ci-bot --role Uploader",
    "teams remove": "default ci-bot --yes",
    "roles list": "",
    "roles show": "Uploader",
    "roles create": "Scanner --permission run_scans",
    "roles update": "Uploader --add run_scans",
    "roles duplicate": "Uploader Other",
    "roles delete": "Uploader --yes",
    "service-accounts list": "",
    "service-accounts show": "ci-bot",
    "service-accounts create": "nightly",
    "service-accounts update": "ci-bot --description Scans",
    "service-accounts disable": "ci-bot --yes",
    "service-accounts enable": "ci-bot",
    "service-accounts delete": "ci-bot --yes",
    "service-accounts grant-admin": "ci-bot",
    "service-accounts revoke-admin": "ci-bot --yes",
    "webhooks list": "",
    "webhooks show": "SIEM",
    "webhooks create": "Chat --url https://127.0.0.1:9/ --event api_key.*",
    "webhooks update": "SIEM --event user.*",
    "webhooks pause": "SIEM",
    "webhooks resume": "SIEM",
    "webhooks delete": "SIEM --yes",
    "webhooks regenerate-secret": "SIEM",
    "webhooks deliveries": "SIEM",
    "webhooks test": "SIEM",
    "webhooks resend": "SIEM --parked",
    "keys list": "ci-bot",
    "keys show": "{key_id}",
    "keys identify": "",
    "keys create": "ci-bot",
    "keys revoke": "{key_id} --yes",
    "sessions list": "--all",
    "sessions end": "{session_id} --yes",
    "organization show": "",
    "organization update": "--idle-lock 5",
    "audit list": "",
    "audit show": "1",
    "audit head": "",
    "audit verify": "",
    "audit export": "",
    "audit tail": "",
    "audit archive": "--before 2020-01-01 --to {folder}/old.archive --yes",
    "whoami": "",
    "explain": "ci-bot",
}
#: What comes to nothing here: nobody listens there; and only people archive, whatever a key may do.
IN_VAIN = {"webhooks test": 1, "audit archive": 1}
#: What the owner of the store may without being anybody there.
OWNERS_TOO = {"audit verify"}
#: Verbs by which nobody acts on an organization, and why.
WITHOUT_OPERATOR = {
    "init": "there is no store yet",
    "login": "a person signs in, by password",
    "logout": "ends what `login` kept",
    "verify": "whoever may read the store may ask of a key, which comes on standard input",
    "db status": "of the store's owner",
    "db check": "of the store's owner",
    "db upgrade": "of the store's owner",
    "db backup": "of the store's owner",
    "db copy": "of the owner of both stores",
    "db restore": "of the store's owner",
    "db rotate-key": "of the store's owner",
    "webhooks deliver": "of the store's owner",
    "webhooks event-types": "of no store",
}


@dataclass(frozen=True)
class World:
    """A store with people, an ordinary service account in a team, a custom role, and somebody's session."""

    file: Path
    key: str
    key_id: str
    session_id: str


@pytest.fixture(scope="session")
def world(template: Template, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once a worker."""
    file = tmp_path_factory.mktemp("world") / "store.db"
    shutil.copyfile(template.file, file)
    file.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(KEY_VARIABLE, raising=False)  # which other tests of this worker may name
        services = open_services(f"sqlite:///{file}")
    try:
        alice = services.sign_in.with_password(ADMIN, Secret(PASSWORD)).operator
        team = services.teams.find(alice, "default")
        runner = services.roles.find(alice, "CI Runner")
        bot = services.service_accounts.create(alice, name="ci-bot", team_id=team.id, role_id=runner.id)
        services.users.create(alice, email="bao@acme.io", name="Bao Tran")
        services.users.create(alice, email="carmen@acme.io", name="Carmen Ortiz", global_admin=True)
        services.webhooks.create(alice, "SIEM", "https://127.0.0.1:9/", ["api_key.*"])
        services.roles.create(alice, "Uploader", ["create_evaluations"])
        session_id = services.sessions.list(alice)[0].id
        return World(file, bot.key.reveal(), bot.key_id, session_id)
    finally:
        services.lifecycle.close()


@pytest.fixture
def store(pftui: Pftui, world: World) -> Pftui:
    """pftui on that store."""
    shutil.copyfile(world.file, pftui.store)
    shutil.copy(f"{world.file}.key", f"{pftui.store}.key")
    return pftui


def verbs() -> set[str]:
    """Every command by its words, of the commands themselves."""
    context, found = click.Context(root), set()
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        if isinstance(command, click.Group):
            found |= {f"{name} {verb}" for verb in command.list_commands(context)}
        else:
            found.add(name)
    return found


def call(verb: str, world: World) -> tuple[str, ...]:
    given = CALLS[verb].format(key_id=world.key_id, session_id=world.session_id, folder=world.file.parent)
    return (*verb.split(), *given.split())


def test_every_verb_is_in_the_table() -> None:
    assert verbs() == CALLS.keys() | WITHOUT_OPERATOR.keys()


@pytest.mark.parametrize("verb", CALLS)
def test_the_key_of_a_global_admin_may(verb: str, store: Pftui, world: World) -> None:
    result = store(*call(verb, world), stdin=world.key.encode())
    assert result.code == IN_VAIN.get(verb, 0), result


@pytest.mark.parametrize("verb", CALLS)
def test_an_ordinary_key_may_not_and_is_told_why(verb: str, store: Pftui, world: World) -> None:
    result = store(*call(verb, world), stdin=world.key.encode(), PFTUI_API_KEY=world.key)
    assert (result.code, result.out) == (1, ""), result
    assert "ci-bot has no global admin privileges" in result.err
    assert world.key not in result.err


@pytest.mark.parametrize("verb", CALLS)
def test_without_a_key_it_says_how_one_acts(verb: str, store: Pftui, world: World) -> None:
    before = store.store.read_bytes()
    result = store(*call(verb, world), stdin=world.key.encode(), PFTUI_API_KEY=None)
    if verb in OWNERS_TOO:
        assert result.code == 0, result
    else:
        assert (result.code, result.out) == (2, ""), result
        assert "PFTUI_API_KEY" in result.err
    assert store.store.read_bytes() == before
