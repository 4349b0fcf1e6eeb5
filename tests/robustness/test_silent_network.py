"""A network that falls silent, or loses an answer: nobody hangs, and what was done is told as it is."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from pftui import Verifier
from pftui.bootstrap import create_store, open_services
from pftui.domain.accounts import Operator
from pftui.domain.audit import Action
from pftui.domain.errors import OutcomeUnknown, SignInFailed, StoreUnavailable
from pftui.domain.secret import Secret
from pftui.repositories import lost_answers
from pftui.repositories.database import connections, postgresql
from pftui.repositories.database.engine import connect
from pftui.repositories.key_lookup import reader, uses
from pftui.repositories.unit_of_work import Store
from pftui.services.contracts import Services
from pftui.services.recovery import reset_password_on_host
from pftui.services.service_accounts import ServiceAccountService
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION, SetClock
from tests.peers.relay import COMMIT, Fate, Relay
from tests.robustness.consistency import check
from tests.robustness.test_bad_stores import assert_unusable, pftui_on

#: Seconds for an answer here, and a time in which a test that waits for it must be over. The first is also
#: the time after which the server ends a change between two statements, where a busy host may pause.
SOON, BOUND = 5.0, 60.0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is waited for as ever, but less long."""
    monkeypatch.setattr(postgresql, "ANSWER_SECONDS", SOON)
    monkeypatch.setattr(connections, "CONNECT_SECONDS", 4)
    monkeypatch.setitem(connections._DEFAULTS, "connect_timeout", (4, None))
    monkeypatch.setattr(reader, "_ANSWER_SECONDS", SOON)
    monkeypatch.setattr(uses, "_ANSWER_SECONDS", SOON)
    monkeypatch.setattr(lost_answers, "LOOK_SECONDS", 12.0)


@pytest.fixture
def admin(postgresql_url: str, clock: SetClock) -> Operator:
    """Signed in with all the patience there is: a busy host takes its time for a password."""
    services = open_services(postgresql_url, clock)
    try:
        return services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    finally:
        services.lifecycle.close()


@pytest.fixture
def on_relay(
    admin: Operator, impatient: None, relay: Relay, postgresql_url: str, clock: SetClock
) -> Iterator[tuple[Services, Operator]]:
    """Services by way of the relay, and the admin signed in."""
    services = open_services(relay.url(postgresql_url), clock)
    yield services, admin
    services.lifecycle.close()


@pytest.fixture
def in_time() -> Iterator[None]:
    """The test is over in the time in which nobody takes it for hung."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < BOUND


DONE = (Fate.SILENT_AFTER, Fate.CUT_AFTER)


@pytest.mark.parametrize("fate", Fate)
def test_a_change_whose_answer_is_lost_is_done_or_not(
    fate: Fate, on_relay: tuple[Services, Operator], relay: Relay, postgresql_url: str, in_time: None
) -> None:
    services, admin = on_relay
    relay.at(COMMIT, fate)
    if fate in DONE:
        made = services.service_accounts.create(admin, name="ci-bot")
        with Verifier(postgresql_url) as verifier:
            account = verifier.verify(made.key).account
        assert account is not None
        assert account.name == "ci-bot"
    else:
        with pytest.raises(StoreUnavailable, match="Nothing was changed"):
            services.service_accounts.create(admin, name="ci-bot")
        # And so it can be done again: the name is free.
        assert services.service_accounts.create(admin, name="ci-bot").account_name == "ci-bot"
    assert relay.happened.is_set()
    assert [event.action for event in check(postgresql_url)].count(Action.SERVICE_ACCOUNT_CREATED) == 1


@pytest.mark.parametrize("fate", Fate)
def test_what_cannot_be_known_is_told_so(
    fate: Fate, on_relay: tuple[Services, Operator], relay: Relay, in_time: None
) -> None:
    services, admin = on_relay
    relay.at(COMMIT, fate, unreachable=True)
    with pytest.raises(OutcomeUnknown, match=r"not known whether.*audit list") as caught:
        services.service_accounts.create(admin, name="ci-bot")
    assert caught.value.exit_code == 3
    assert "Nothing was changed" not in caught.value.message
    relay.heal()
    assert services.teams.create(admin, "Red Team").name == "Red Team"


def test_a_change_that_is_only_slow_to_end_is_waited_for(
    on_relay: tuple[Services, Operator], relay: Relay, postgresql_url: str
) -> None:
    """The server has not come to the COMMIT yet when it is looked for: the lock of the change says so."""
    services, admin = on_relay
    relay.at(COMMIT, Fate.SILENT_BEFORE)
    looks: list[float] = []
    looked = lost_answers._is_there

    def look(*arguments: Any) -> bool:
        looks.append(time.monotonic())
        return looked(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lost_answers, "_is_there", look)
        with pytest.raises(StoreUnavailable, match="Nothing was changed"):
            services.teams.create(admin, "Red Team")
    assert looks
    assert services.teams.create(admin, "Red Team").slug == "red-team"


def _sign_in(services: Services) -> object:
    return services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD))


def _fail_to_sign_in(services: Services) -> object:
    with pytest.raises(SignInFailed):
        services.sign_in.with_password(ADMIN_EMAIL, Secret("wrong"))
    return True


@pytest.mark.parametrize("use", [_sign_in, _fail_to_sign_in])
@pytest.mark.parametrize("fate", DONE)
def test_signing_in_hears_of_a_lost_answer_too(
    fate: Fate,
    use: Callable[[Services], object],
    on_relay: tuple[Services, Operator],
    relay: Relay,
    in_time: None,
) -> None:
    relay.at(COMMIT, fate)
    assert use(on_relay[0])
    assert relay.happened.is_set()


def test_recovery_hears_of_a_lost_answer_too(
    impatient: None, relay: Relay, postgresql_url: str, clock: SetClock, in_time: None
) -> None:
    relay.at(COMMIT, Fate.CUT_AFTER)
    reset = reset_password_on_host(relay.url(postgresql_url), ADMIN_EMAIL, "alice", clock)
    assert relay.happened.is_set()
    services = open_services(postgresql_url, clock)
    assert services.sign_in.with_password(ADMIN_EMAIL, reset.password).must_change_password
    services.lifecycle.close()


@pytest.mark.parametrize("fate", Fate)
def test_making_a_store_hears_of_a_lost_answer_too(
    fate: Fate, impatient: None, relay: Relay, new_database: Callable[[], str], clock: SetClock, in_time: None
) -> None:
    url = new_database()
    relay.at(COMMIT, fate)
    if fate in DONE:
        create_store(relay.url(url), ORGANIZATION, clock)
    else:
        with pytest.raises(StoreUnavailable, match="Nothing was changed"):
            create_store(relay.url(url), ORGANIZATION, clock)
        _create_when_it_is_free(relay.url(url), clock)
    assert check(url)


def _create_when_it_is_free(url: str, clock: SetClock) -> None:
    """As the sentence says: try again, since the server may yet have to notice that the first try is gone."""
    until = time.monotonic() + BOUND / 2
    while True:
        try:
            create_store(url, ORGANIZATION, clock)
            return
        except StoreUnavailable:
            if time.monotonic() > until:
                raise


@pytest.mark.parametrize("done", [True, False])
def test_a_commit_that_a_disk_fails_is_looked_up_on_sqlite_too(
    done: bool, sqlite_url: str, clock: SetClock
) -> None:
    services = open_services(sqlite_url, clock)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    services.lifecycle.close()
    store = Store(connect(sqlite_url))
    commit = store.engine.dialect.do_commit
    fail = [True]

    def failing(connection: Any) -> None:
        if fail.pop() if fail else False:
            (connection.commit if done else connection.rollback)()
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        commit(connection)

    accounts = ServiceAccountService(store, clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.engine.dialect, "do_commit", failing)
        if done:
            assert accounts.create(admin, name="ci-bot").account_name == "ci-bot"
        else:
            with pytest.raises(StoreUnavailable, match=r"reports an error.*Nothing was changed"):
                accounts.create(admin, name="ci-bot")
    store.close()
    assert [each.action for each in check(sqlite_url)].count(Action.SERVICE_ACCOUNT_CREATED) == done


# Silence


@pytest.mark.parametrize("message", [b"SET LOCAL", b"SELECT", b"INSERT", b"UPDATE"])
def test_a_change_ends_in_silence_at_any_of_its_statements(
    message: bytes, on_relay: tuple[Services, Operator], relay: Relay, postgresql_url: str, in_time: None
) -> None:
    services, admin = on_relay
    relay.at(message, Fate.SILENT_BEFORE)
    with pytest.raises(StoreUnavailable, match=r"did not answer in time.*Nothing was changed"):
        services.service_accounts.create(admin, name="ci-bot")
    assert relay.happened.is_set()
    # Its session is ended by the server, unseen by whom: others need not wait for hours.
    assert services.service_accounts.create(admin, name="ci-bot").account_name == "ci-bot"


def test_nobody_waits_for_a_server_that_is_silent(
    impatient: None, relay: Relay, postgresql_url: str, clock: SetClock, in_time: None
) -> None:
    relay.fall_silent()
    for attempt in (
        lambda: open_services(relay.url(postgresql_url), clock),
        lambda: Verifier(relay.url(postgresql_url)),
    ):
        with pytest.raises(StoreUnavailable):
            attempt()


def test_a_verifier_ends_in_silence(
    on_relay: tuple[Services, Operator], relay: Relay, postgresql_url: str, in_time: None
) -> None:
    services, admin = on_relay
    made = services.service_accounts.create(admin, name="ci-bot")
    with Verifier(relay.url(postgresql_url)) as verifier:
        assert verifier.verify(made.key).account
        relay.fall_silent()
        with pytest.raises(StoreUnavailable):
            verifier.verify(made.key)
        relay.heal()
        assert verifier.verify(made.key).account


def test_a_note_of_use_that_gets_no_answer_changes_no_decision(
    on_relay: tuple[Services, Operator], relay: Relay, postgresql_url: str, in_time: None
) -> None:
    services, admin = on_relay
    made = services.service_accounts.create(admin, name="ci-bot", team_id=None)
    with Verifier(relay.url(postgresql_url)) as verifier:
        relay.at(COMMIT, Fate.SILENT_AFTER)
        decision = verifier.verify(made.key)
        assert decision.account


def test_silence_is_counted_from_the_question(impatient: None, postgresql_url: str) -> None:
    """An answer that takes its time, but comes, is no silence; one that takes longer is."""
    engine = connect(postgresql_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT pg_sleep({SOON / 5})").all()
        connection.rollback()
    ends: list[float] = []
    event.listen(engine, "handle_error", lambda _: ends.append(time.monotonic()))
    began = time.monotonic()
    with pytest.raises(Exception, match="no answer"), engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(60)")
    assert SOON <= ends[0] - began < 30
    engine.dispose()


@pytest.mark.thorough
@pytest.mark.parametrize("arguments", [("service-accounts", "list"), ("verify",), ("db", "status")])
def test_a_command_ends_in_silence(
    arguments: tuple[str, ...], relay: Relay, postgresql_url: str, tmp_path: Path
) -> None:
    """With the limits that hold for everybody."""
    relay.at(b"SELECT", Fate.SILENT_BEFORE, unreachable=True)
    began = time.monotonic()
    assert_unusable(pftui_on(relay.url(postgresql_url), *arguments, home=tmp_path))
    assert relay.happened.is_set()
    assert time.monotonic() - began < 55  # sooner than the test gives it up
