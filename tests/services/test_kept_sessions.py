"""Sessions that the command line goes on with: by a token, in one place, as short as the console's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from pftui.bootstrap import open_services
from pftui.domain.accounts import Operator
from pftui.domain.audit import Action
from pftui.domain.errors import (
    PasswordChangeRequired,
    ProofNeeded,
    SessionEnded,
    SessionLocked,
    SignInFailed,
    StoreUnavailable,
    Throttled,
    WrongUsage,
)
from pftui.domain.secret import Secret
from pftui.domain.session_token import KeptSession, is_token_hash, new_token, token_hash
from pftui.domain.source import Source
from pftui.domain.store_urls import sqlite_path
from pftui.repositories.completion import OFFERED, libpq_parameters
from pftui.repositories.database.engine import connect, parse_url
from pftui.services import hashing
from pftui.services.completion import Wanted, completions
from pftui.services.contracts import Services
from pftui.services.location import store_name
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.services.conftest import OWN_PASSWORD, Cast
from tests.services.test_sessions import ENDS
from tests.trail import latest

HERE, ELSEWHERE = "build-7\nmachine\nstart\n1000", "build-8\nmachine\nstart\n1000"
SOURCE = Source(1000, "build-7", "pts/3")
BAO = "bao@acme.example"


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash costs is tested elsewhere."""
    monkeypatch.setattr(hashing, "PASSWORDS", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


class Kept:
    """A person signed in by `pftui login`."""

    def __init__(self, services: Services, email: str = ADMIN_EMAIL, password: str = ADMIN_PASSWORD) -> None:
        self.services = services
        self.token = new_token()
        self.hash = token_hash(self.token, HERE)
        done = services.sign_in.with_password(
            email, Secret(password), interactive=False, source=SOURCE, token_hash=self.hash
        )
        self.session_id = done.operator.session_id or ""

    def resume(self, services: Services | None = None) -> Operator:
        return (services or self.services).sessions.resume(self.session_id, self.hash, SOURCE)

    def command(self) -> Operator:
        operator = self.resume()
        self.services.sessions.attend(operator)
        return operator

    def completed(self, url: str, clock: SetClock, wanted: Wanted, beginning: str = "") -> list[str]:
        found = completions(url, self.session_id, self.hash, wanted, beginning, clock())
        return [value for value, _ in found]


@pytest.fixture
def alice(services: Services, admin: Operator, cast: Cast) -> Kept:
    return Kept(services)


@pytest.fixture
def bao(services: Services, admin: Operator, cast: Cast) -> Kept:
    return Kept(services, BAO, OWN_PASSWORD)


def stored(url: str) -> str:
    """All that the store holds, as a text."""
    engine = connect(url)
    try:
        with engine.connect() as connection:
            from pftui.repositories.models import Base

            return "\n".join(
                str(row)
                for table in Base.metadata.sorted_tables
                for row in connection.execute(text(f'SELECT * FROM "{table.name}"'))
            )
    finally:
        engine.dispose()


def test_a_command_goes_on_as_the_person_in_a_session_of_its_own(alice: Kept, services: Services) -> None:
    operator = alice.command()
    assert (operator.email, operator.session_id, operator.source) == (ADMIN_EMAIL, alice.session_id, SOURCE)
    (row,) = [row for row in services.sessions.list(operator) if row.id == alice.session_id]
    assert (row.for_commands, row.live, row.source) == (True, True, SOURCE)
    services.teams.create(operator, "Blue Team")
    event = latest(services, operator)[0]
    assert (event.action, event.actor.email) == (Action.TEAM_CREATED, ADMIN_EMAIL)
    assert event.as_json()["source"]["sessionId"] == alice.session_id


def test_a_sign_in_is_told_once_and_the_commands_after_it_are_not(alice: Kept, services: Services) -> None:
    before = latest(services, alice.resume())[0]
    assert before.action is Action.LOGIN
    alice.command()
    assert latest(services, alice.resume())[0] == before


def test_who_reads_the_store_has_nothing_to_go_on_with(alice: Kept, store_url: str) -> None:
    everything = stored(store_url)
    assert alice.token.reveal() not in everything
    assert alice.hash in everything
    for shown in (alice.hash, token_hash(Secret(alice.hash), HERE), "", alice.session_id):
        if shown != alice.hash:
            with pytest.raises(SessionEnded):
                alice.services.sessions.resume(alice.session_id, shown, SOURCE)
    # What is stored is what is compared with: it has to be made of the token, which is not there.
    assert token_hash(Secret(alice.hash), HERE) != alice.hash


@pytest.mark.parametrize(
    "place", [ELSEWHERE, HERE.replace("1000", "1001"), HERE.replace("start", "again"), ""]
)
def test_the_file_alone_is_of_no_use_on_another_host_or_to_another_user(alice: Kept, place: str) -> None:
    with pytest.raises(SessionEnded, match="no longer one"):
        alice.services.sessions.resume(alice.session_id, token_hash(alice.token, place), SOURCE)
    assert alice.resume()


def test_a_consoles_session_is_resumed_by_nothing(services: Services, alice: Kept) -> None:
    console = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), source=SOURCE).operator
    for shown in (alice.hash, "", "None"):
        with pytest.raises(SessionEnded):
            services.sessions.resume(console.session_id or "", shown, SOURCE)
    assert not is_token_hash(None, "")
    (row,) = [row for row in services.sessions.list(console) if row.id == console.session_id]
    assert not row.for_commands


@pytest.mark.parametrize("session_id", ["", "no-such", "\0", "\udc80"])
def test_no_session_is_resumed(alice: Kept, session_id: str) -> None:
    with pytest.raises(SessionEnded):
        alice.services.sessions.resume(session_id, alice.hash, SOURCE)


@pytest.mark.parametrize("how", ENDS)
def test_r9_it_ends_with_what_ends_a_consoles(
    how: str, services: Services, admin: Operator, cast: Cast, bao: Kept, store_url: str, clock: SetClock
) -> None:
    other = open_services(store_url, clock)  # as another process
    try:
        bao.resume(other)
        assert bao.completed(store_url, clock, Wanted.ROLE)
        ENDS[how](services, admin, cast)
        with pytest.raises(SessionEnded):
            bao.resume(other)
        assert bao.completed(store_url, clock, Wanted.ROLE) == []
    finally:
        other.lifecycle.close()


def test_it_ends_by_the_console_and_by_signing_out(services: Services, alice: Kept, clock: SetClock) -> None:
    console = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    services.sessions.end(console, alice.session_id)
    with pytest.raises(SessionEnded, match=f"ended by {ADMIN_EMAIL}"):
        alice.resume()
    again = Kept(services)
    services.sessions.sign_out(again.resume())
    with pytest.raises(SessionEnded):
        again.resume()


def test_a_temporary_password_begins_none(services: Services, admin: Operator, cast: Cast) -> None:
    invited = services.users.create(admin, email="x@acme.example", name="X")
    with pytest.raises(PasswordChangeRequired):
        Kept(services, invited.email, invited.password.reveal())
    assert not [
        row for row in services.sessions.list(admin, everyone=True) if row.account_email == invited.email
    ]


def test_a_throttled_sign_in_begins_none(services: Services, admin: Operator, cast: Cast) -> None:
    for _ in range(20):
        try:
            Kept(services, BAO, "not the password at all")
        except Throttled:
            break
        except SignInFailed:
            continue
    else:
        pytest.fail("it was never put off")


@pytest.mark.parametrize("minutes", [1, 10, 1440])
def test_it_locks_as_an_idle_console_does(
    minutes: int, services: Services, alice: Kept, clock: SetClock, store_url: str
) -> None:
    services.organization_settings.update(alice.command(), idle_lock_minutes=minutes, session_hours=720)
    for _ in range(3):  # each command begins the time anew
        clock.forward(minutes=minutes, seconds=-1)
        operator = alice.command()
    clock.forward(minutes=minutes, seconds=-1)
    assert alice.completed(store_url, clock, Wanted.TEAM)
    clock.forward(seconds=1)
    assert alice.completed(store_url, clock, Wanted.TEAM) == []
    with pytest.raises(SessionLocked, match="locked"):
        alice.command()
    with pytest.raises(SignInFailed):
        services.sessions.prove(operator, Secret("not the password at all"))
    with pytest.raises(SessionLocked):
        alice.command()
    services.sessions.prove(operator, Secret(ADMIN_PASSWORD))
    alice.command()
    assert alice.completed(store_url, clock, Wanted.TEAM)


def test_it_locks_after_the_hours_however_busy_it_is(
    services: Services, alice: Kept, clock: SetClock, store_url: str
) -> None:
    services.organization_settings.update(alice.command(), idle_lock_minutes=0, session_hours=2)
    clock.forward(hours=2, seconds=-1)
    alice.command()
    assert alice.completed(store_url, clock, Wanted.TEAM)
    clock.forward(seconds=1)
    with pytest.raises(SessionLocked, match="after 2 h"):
        alice.command()
    assert alice.completed(store_url, clock, Wanted.TEAM) == []


def test_a_clock_that_was_set_back_is_no_longer_session(alice: Kept, clock: SetClock, store_url: str) -> None:
    clock.forward(minutes=-5)
    with pytest.raises(SessionLocked):
        alice.command()
    assert alice.completed(store_url, clock, Wanted.TEAM) == []


def test_what_matters_most_asks_for_the_password_again(
    services: Services, alice: Kept, clock: SetClock
) -> None:
    clock.forward(minutes=8)
    alice.command()
    clock.forward(minutes=8)
    operator = alice.command()
    with pytest.raises(ProofNeeded):
        services.users.create(operator, email="x@acme.example", name="X", global_admin=True)
    services.sessions.prove(operator, Secret(ADMIN_PASSWORD))
    services.users.create(operator, email="x@acme.example", name="X", global_admin=True)


# Completion


def test_a_global_admin_completes_all(
    services: Services, alice: Kept, cast: Cast, clock: SetClock, store_url: str
) -> None:
    assert alice.completed(store_url, clock, Wanted.USER) == [ADMIN_EMAIL, BAO]
    assert alice.completed(store_url, clock, Wanted.USER, "BA") == [BAO]
    assert alice.completed(store_url, clock, Wanted.SERVICE_ACCOUNT) == ["ci-bot"]
    assert alice.completed(store_url, clock, Wanted.ACCOUNT) == [ADMIN_EMAIL, BAO, "ci-bot"]
    assert alice.completed(store_url, clock, Wanted.TEAM) == ["default", "red-team"]
    assert alice.completed(store_url, clock, Wanted.TEAM, "Red") == ["red-team"]
    assert alice.completed(store_url, clock, Wanted.ROLE, "ci r") == ["CI Runner"]
    assert "Viewer" in alice.completed(store_url, clock, Wanted.ROLE)
    for pattern in ("%", "_", "*", "'", '"', "\0", "\udc80", ":first"):
        assert alice.completed(store_url, clock, Wanted.ACCOUNT, pattern) == []


def test_a_member_completes_what_they_may_see(
    services: Services, admin: Operator, bao: Kept, cast: Cast, clock: SetClock, store_url: str
) -> None:
    assert bao.completed(store_url, clock, Wanted.ACCOUNT) == [BAO]
    assert bao.completed(store_url, clock, Wanted.SERVICE_ACCOUNT) == []
    assert bao.completed(store_url, clock, Wanted.TEAM) == []
    services.teams.add(admin, cast.team_id, cast.bao.id, cast.role_id)
    assert bao.completed(store_url, clock, Wanted.TEAM) == ["red-team"]
    assert "CI Runner" in bao.completed(store_url, clock, Wanted.ROLE)  # everybody sees roles
    services.accounts.grant_admin(admin, cast.bao.id)
    assert bao.completed(store_url, clock, Wanted.TEAM) == ["default", "red-team"]


def test_it_is_the_same_as_in_lists(
    services: Services, admin: Operator, bao: Kept, alice: Kept, cast: Cast, clock: SetClock, store_url: str
) -> None:
    from pftui.domain.accounts import AccountQuery
    from pftui.domain.paging import PageRequest
    from pftui.domain.teams import TeamQuery

    services.teams.add(admin, cast.team_id, cast.bao.id, cast.role_id)
    for kept in (bao, alice):
        operator = kept.resume()
        accounts = services.accounts.page(operator, AccountQuery(), PageRequest(size=100))
        seen = {row.identifier if "@" in row.identifier else row.name for row in accounts}
        assert set(kept.completed(store_url, clock, Wanted.ACCOUNT)) == seen
        teams = services.teams.page(operator, TeamQuery(), PageRequest(size=100))
        assert set(kept.completed(store_url, clock, Wanted.TEAM)) == {team.slug for team in teams}
        roles = services.roles.list(operator)
        assert kept.completed(store_url, clock, Wanted.ROLE) == [role.name for role in roles]


STRANGERS: dict[str, Callable[[Kept], tuple[str, str]]] = {
    "another place": lambda kept: (kept.session_id, token_hash(kept.token, ELSEWHERE)),
    "another token": lambda kept: (kept.session_id, token_hash(new_token(), HERE)),
    "another session": lambda kept: ("3f0c6a52-4a43-4c7e-9f0e-8a0b6c2d1e55", kept.hash),
    "none": lambda kept: ("", ""),
}


@pytest.mark.parametrize("how", STRANGERS)
def test_a_stranger_completes_nothing(how: str, alice: Kept, clock: SetClock, store_url: str) -> None:
    session_id, shown = STRANGERS[how](alice)
    for wanted in Wanted:
        assert alice.completed(store_url, clock, wanted)
        assert completions(store_url, session_id, shown, wanted, "", clock()) == []


def test_a_consoles_session_completes_nothing(
    services: Services, alice: Kept, clock: SetClock, store_url: str
) -> None:
    console = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    assert completions(store_url, console.session_id or "", alice.hash, Wanted.ROLE, "", clock()) == []


@pytest.mark.damages_the_store
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE organizations SET session_hours = 1000000000000",
        "UPDATE organizations SET idle_lock_minutes = 1000000000000000",
        "UPDATE sessions SET proved_at = '0001-01-01 00:00:00+05:00'",
        "UPDATE sessions SET proved_at = '9999-12-31 23:59:59-05:00'",
    ],
)
def test_what_is_no_time_completes_nothing(
    damage: str, services: Services, alice: Kept, clock: SetClock, store_url: str
) -> None:
    path = sqlite_path(store_url)
    if path is None:
        pytest.skip("PostgreSQL holds none of these")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(damage)
    found: list[str] = []
    with suppress(StoreUnavailable):
        found = alice.completed(store_url, clock, Wanted.ROLE)
    assert found == []


def test_completing_writes_nothing_and_is_no_use_of_the_session(
    services: Services, alice: Kept, clock: SetClock, store_url: str
) -> None:
    alice.command()
    before = stored(store_url)
    clock.forward(minutes=5)
    assert alice.completed(store_url, clock, Wanted.TEAM)
    assert stored(store_url) == before


def test_there_is_an_end_of_what_is_offered(
    services: Services, admin: Operator, alice: Kept, clock: SetClock, store_url: str
) -> None:
    for number in range(OFFERED + 5):
        services.teams.create(admin, f"Many {number:03}")
    assert len(alice.completed(store_url, clock, Wanted.TEAM)) == OFFERED
    assert alice.completed(store_url, clock, Wanted.TEAM, "many-104") == ["many-104"]


# Texts and names


def test_what_is_kept_comes_back_and_nothing_else() -> None:
    kept = KeptSession("3f0c6a52-4a43-4c7e-9f0e-8a0b6c2d1e55", new_token())
    line = kept.as_text().reveal()
    for text_ in (line, line + "\n"):
        assert KeptSession.from_text(text_) == kept
    for wrong in ("", "\n", line[:-1], line + "x", line.replace(" ", "  "), f"{line}\n{line}", "ü" * 80):
        assert KeptSession.from_text(wrong) is None
    assert kept.token.reveal() not in repr(kept)
    assert len({new_token().reveal() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://alice@db.Example:6432/pftui?sslmode=require",
        "postgresql+psycopg://alice:p%40ss%2Fw%3A@db/pf%20tui",
        "postgres://alice@/pftui?host=db1:5432&host=db2:5433",
        "postgresql://alice@/pftui?host=/Var/run&prepared=yes",
        "postgresql://[::1]:5432/pftui?options=-csearch_path%3Dx",
        "postgresql:///pftui",
        "postgresql://127.0.0.1",
        "postgresql://u:s#x@db1/a",
        "postgresql://u:s?x@db1/a",
        "postgresql://u:a[b@db/a",
        "postgresql://u:p\u2100@db/a",
        "postgresql://a%40b:c%3Ad@db/a",
    ],
)
def test_a_servers_url_is_read_as_sqlalchemy_reads_it(url: str) -> None:
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    dialect: Any = PGDialect_psycopg
    _, wanted = dialect().create_connect_args(parse_url(url))
    wanted.pop("context", None)
    assert {name: str(value) for name, value in libpq_parameters(url).items()} == {
        name: str(value) for name, value in wanted.items()
    }


def test_a_stores_name_holds_no_password_and_is_the_same_for_the_same(tmp_path: object) -> None:
    names = {
        store_name(url)
        for url in (
            "postgresql://alice:secret@db/pftui",
            "postgres://alice@db/pftui",
            "postgresql+psycopg://alice:other@db/pftui?password=secret",
        )
    }
    assert len(names) == 1
    assert "secret" not in names.pop()
    assert store_name("postgresql://alice@db/other") != store_name("postgresql://alice@db/pftui")
    assert store_name("sqlite:////tmp/../tmp/a.db") == store_name("sqlite:////tmp/a.db")


@pytest.mark.parametrize("password", ["s#x", "s?x", "a[b", "p\u2100", "s/x", "[x]"])
def test_a_stores_name_is_its_own_whatever_the_password(password: str) -> None:
    one, other = (store_name(f"postgresql://alice:{password}@{host}/pftui") for host in ("db1", "db2"))
    assert one != other
    assert one == store_name("postgresql://alice@db1/pftui")


def test_a_stores_name_stays_what_it_was() -> None:
    """Where the session is kept follows from it."""
    url = "postgresql://al%20ice:x@db.example:6432/pftui?sslmode=require"
    assert store_name(url) == "postgresql://al%20ice@db.example:6432/pftui?sslmode=require"


@pytest.mark.parametrize(
    "url", ["postgresql://u:secret@db:x/a", "mysql://u:secret@db/a", "postgresql://u:secret\ud800@db:x"]
)
def test_what_is_no_servers_url_is_not_repeated(url: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        libpq_parameters(url)
    assert "secret" not in str(refused.value)


def test_somebody_elses_session_is_not_attended(services: Services, alice: Kept, bao: Kept) -> None:
    with pytest.raises(SessionEnded):
        services.sessions.attend(replace(bao.resume(), session_id=alice.session_id))
