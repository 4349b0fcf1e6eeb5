"""Connections to PostgreSQL: what is chosen, what is encrypted, and that a pooler may stand in between."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from pftui import Verifier
from pftui.bootstrap import create_store, open_services
from pftui.domain.errors import StoreMissing, StoreUnavailable, WrongUsage
from pftui.domain.secret import Secret
from pftui.repositories.database.encryption import with_encryption
from pftui.repositories.database.engine import connect, for_reading, open_engine, parse_url
from pftui.repositories.errors import translated
from pftui.services.store_admin import check, status
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION, SetClock, missing_peer
from tests.patience import PATIENCE
from tests.peers.pgbouncer import PgBouncer
from tests.peers.postgresql import PostgreSQL, binaries
from tests.peers.tls import Certificate, make_authority, make_certificate

HOSTILE = {
    "PGOPTIONS": "-c datestyle=German -c timezone=Asia/Kathmandu",
    "PGDATESTYLE": "German",
    "PGTZ": "Asia/Kathmandu",
    "PGCLIENTENCODING": "LATIN1",
}


def direct(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def ask(engine: Engine, query: str) -> Any:
    with translated(), engine.connect() as connection:
        return connection.execute(text(query)).scalar()


def name_of(url: str) -> str:
    return str(make_url(url).database)


# The URL


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_scheme_means_psycopg(scheme: str) -> None:
    assert parse_url(f"{scheme}://u:p@db/x").drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["postgresql://u:se@cret@db/x", "postgres://u:se@c/ret@db/x"])
def test_what_may_be_a_part_of_the_password_is_not_asked_for_as_a_host(url: str) -> None:
    """A resolver, and the sentence that names the host, would hear of it."""
    with pytest.raises(WrongUsage, match="%40") as caught:
        parse_url(url)
    assert "cret" not in caught.value.message


@pytest.mark.parametrize("value", ["maybe", "", "1"])
def test_prepared_is_yes_or_no(value: str) -> None:
    with pytest.raises(WrongUsage, match="yes or no"):
        parse_url(f"postgresql://u@127.0.0.1/x?prepared={value}" if value else "postgresql:///x?prepared=+")


def test_the_tables_are_made_where_the_url_says(new_database: Callable[[], str], clock: SetClock) -> None:
    url = new_database()
    with direct(url) as connection:
        connection.execute("CREATE SCHEMA ours")
    url += "?options=-csearch_path%3Dours"
    create_store(url, ORGANIZATION, clock)
    with direct(url.partition("?")[0]) as connection:
        found = connection.execute("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename = 'principals'")
        assert found.fetchall() == [("ours",)]
    services = open_services(url, clock)
    assert services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator.global_admin
    services.lifecycle.close()
    assert status(url).healthy
    assert check(url).whole


def test_the_tables_are_made_where_the_environment_says(
    new_database: Callable[[], str], clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_database()
    with direct(url) as connection:
        connection.execute("CREATE SCHEMA ours")
    monkeypatch.setenv("PGOPTIONS", "-c search_path=ours")
    create_store(url, ORGANIZATION, clock)
    monkeypatch.delenv("PGOPTIONS")
    with pytest.raises(StoreMissing):
        connect(url)


# What is set, and where


def test_a_connection_says_whose_it_is(postgresql_url: str) -> None:
    for given, name in (("", "pftui"), ("?application_name=nightly", "nightly")):
        with closing_engine(postgresql_url + given) as engine:
            assert ask(engine, "SHOW application_name") == name


class closing_engine:  # noqa: N801 - as a function is called
    """An engine for a block."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(parse_url(url))

    def __enter__(self) -> Engine:
        return self._engine

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()


def test_nothing_is_set_for_a_session(postgresql_url: str) -> None:
    """It would stay with the session, and reach whoever is given it next by a pooler."""
    query = "SELECT name, setting FROM pg_settings WHERE source = 'session'"
    with closing_engine(postgresql_url) as engine:
        for way in (engine, for_reading(engine)):
            with way.connect() as connection:
                assert connection.execute(text("SHOW lock_timeout")).scalar() == "5s"
                level = connection.execute(text("SHOW transaction_isolation")).scalar()
                raw = connection.connection.driver_connection
                connection.rollback()
            assert level == ("read committed" if way is engine else "repeatable read")
            assert raw is not None
            raw.autocommit = True
            assert raw.execute(query).fetchall() == []
            assert raw.execute("SHOW default_transaction_isolation").fetchone() == ("read committed",)
            assert raw.execute("SHOW lock_timeout").fetchone() == ("0",)
            raw.autocommit = False


def test_writers_take_turns_whatever_the_roles_isolation_is(postgresql_url: str, clock: SetClock) -> None:
    """Else who waits for another's change would be refused as soon as that one ends."""
    url = f"{postgresql_url}?options=-cdefault_transaction_isolation%3Dserializable"
    with closing_engine(url) as engine:
        assert ask(engine, "SHOW transaction_isolation") == "read committed"
    services = open_services(url, clock)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    with ThreadPoolExecutor(6) as pool:
        made = [pool.submit(services.teams.create, admin, f"Team {number}") for number in range(20)]
        assert len({team.result().slug for team in made}) == 20
    services.lifecycle.close()


@pytest.mark.parametrize(("given", "prepared"), [("", 0), ("?prepared=no", 0), ("?prepared=yes", 1)])
def test_statements_are_prepared_only_where_the_url_says_so(
    postgresql_url: str, given: str, prepared: int
) -> None:
    with closing_engine(postgresql_url + given) as engine, engine.connect() as connection:
        for _ in range(10):
            connection.execute(text("SELECT count(*) FROM teams WHERE id = :id"), {"id": "x"})
        count = connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar()
        assert bool(count) == bool(prepared)


@pytest.mark.parametrize("where", ["environment", "role"])
@pytest.mark.parametrize("way", ["direct", "pooled"])
def test_what_is_stored_and_read_depends_on_no_setting(
    where: str,
    way: str,
    postgresql_url: str,
    pgbouncer: PgBouncer,
    clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = postgresql_url if way == "direct" else pgbouncer.url(name_of(postgresql_url))
    roles = ["DateStyle = 'German'", "timezone = 'Asia/Kathmandu'", "client_encoding = 'LATIN1'"]
    if where == "environment":
        for name, value in HOSTILE.items():
            if way == "direct" or name != "PGOPTIONS":  # which a pooler does not take
                monkeypatch.setenv(name, value)
    else:
        with direct(postgresql_url) as connection:
            for setting in roles:
                connection.execute(
                    f"ALTER ROLE pftui IN DATABASE {name_of(postgresql_url)} SET {setting}".encode()
                )
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        _wait_for_new_sessions(url)
    try:
        services = open_services(url, clock)
        admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        made = services.service_accounts.create(admin, name="Zoë \u20ac \U0001f511")
        shown = services.accounts.show(admin, made.account_id)
        assert shown.summary.name == "Zoë \u20ac \U0001f511"
        assert shown.created_at == clock.now
        assert services.audit.verify(admin).intact
        with Verifier(url) as verifier:
            account = verifier.verify(made.key).account
        assert account is not None
        assert account.name == "Zoë \u20ac \U0001f511"
        services.lifecycle.close()
        assert check(url).whole
    finally:
        if where == "role":
            with direct(postgresql_url) as connection:
                connection.execute(
                    f"ALTER ROLE pftui IN DATABASE {name_of(postgresql_url)} RESET ALL".encode()
                )


def _wait_for_new_sessions(url: str) -> None:
    """A pooler hands out a session that was ended until it has heard of that."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with direct(url) as connection:
                connection.execute("SELECT 1")
            return
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise


# Behind a pooler that hands out transactions


def test_a_store_is_made_and_used_behind_a_pooler(
    new_database: Callable[[], str], pgbouncer: PgBouncer, clock: SetClock
) -> None:
    url = pgbouncer.url(name_of(new_database()))
    create_store(url, ORGANIZATION, clock)
    services = open_services(url, clock)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    made = services.service_accounts.create(admin, name="ci-bot")
    with Verifier(url) as verifier, ThreadPoolExecutor(6) as pool:
        teams = [pool.submit(services.teams.create, admin, f"Team {number}") for number in range(30)]
        answers = [pool.submit(verifier.verify, made.key) for _ in range(60)]
        assert {answer.result().account.name for answer in answers} == {"ci-bot"}  # type: ignore[union-attr]
        assert len({team.result().id for team in teams}) == 30
    assert services.audit.verify(admin).intact
    services.lifecycle.close()
    assert status(url).healthy
    assert check(url).whole


def test_nothing_leaks_to_the_next_client_of_a_pooler(
    postgresql_url: str, pgbouncer: PgBouncer, clock: SetClock
) -> None:
    url = pgbouncer.url(name_of(postgresql_url))
    services = open_services(url, clock)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    made = services.service_accounts.create(admin, name="ci-bot")
    with Verifier(url) as verifier:
        for number in range(10):  # a driver prepares what it has seen some times
            verifier.verify(made.key)
            services.teams.create(admin, f"Team {number}")
    services.lifecycle.close()
    left = "SELECT name FROM pg_settings WHERE source = 'session' AND name NOT IN ({})"
    tracked = "'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings', 'application_name'"
    for _ in range(4):
        with direct(url) as connection:
            assert connection.execute("SELECT name FROM pg_prepared_statements").fetchall() == []
            assert connection.execute(left.format(tracked).encode()).fetchall() == []
            assert connection.execute("SHOW lock_timeout").fetchone() == ("0",)


def test_a_pooler_that_takes_no_options_is_named(postgresql_url: str, pgbouncer: PgBouncer) -> None:
    url = pgbouncer.url(name_of(postgresql_url))
    with pytest.raises(StoreUnavailable, match=r"pooler .* unsupported startup parameter"):
        connect(f"{url}?options=-csearch_path%3Dours")


# Whose database it is


def test_a_database_that_is_not_utf8_is_refused(postgresql: PostgreSQL, clock: SetClock) -> None:
    with direct(postgresql.url("postgres")) as connection:
        connection.execute(
            "CREATE DATABASE of_bytes ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
    url = postgresql.url("of_bytes")
    for attempt in (
        lambda: connect(url),
        lambda: create_store(url, ORGANIZATION, clock),
        lambda: status(url),
    ):
        with pytest.raises(StoreUnavailable, match=r"SQL_ASCII.*ENCODING 'UTF8'"):
            attempt()


@pytest.mark.parametrize(
    ("revision", "table"), [("4f1d0a", "invoices"), ("0001", "invoices"), ("4f1d0a", "principals")]
)
def test_a_database_of_another_program_is_left_alone(
    revision: str, table: str, new_database: Callable[[], str], clock: SetClock
) -> None:
    url = new_database()
    with direct(url) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        connection.execute("INSERT INTO alembic_version VALUES (%s)", [revision])
        connection.execute(f"CREATE TABLE {table} (id int)".encode())
    for attempt in (
        lambda: connect(url),
        lambda: create_store(url, ORGANIZATION, clock),
        lambda: status(url),
    ):
        with pytest.raises(StoreUnavailable, match="belongs to another program"):
            attempt()


def test_tables_of_another_program_are_left_alone(new_database: Callable[[], str], clock: SetClock) -> None:
    url = new_database()
    with direct(url) as connection:
        connection.execute("CREATE TABLE teams (id int)")
    with pytest.raises(StoreUnavailable, match=r'tables of another program.*"teams"'):
        create_store(url, ORGANIZATION, clock)
    with direct(url) as connection:
        assert connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall() == [("teams",)]


# Encryption


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    if shutil.which("openssl") is None:
        missing_peer("no OpenSSL here: install the package openssl")
    return make_authority(tmp_path_factory.mktemp("authority"), "Acme Root")


@pytest.fixture(scope="module")
def tls_server(authority: Certificate) -> Iterator[PostgreSQL]:
    """A server with a certificate for `localhost`, which is a name and no loopback literal."""
    if binaries() is None:
        missing_peer("no PostgreSQL server here: install the package postgresql")
    with TemporaryDirectory(prefix="pftui-tls-") as folder:
        certificate = make_certificate(authority.file.parent, authority, "localhost")
        server = PostgreSQL(Path(folder), certificate)
        yield server
        server.stop()


@pytest.fixture
def no_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment in which nobody has chosen anything; its home."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def encrypted(url: str) -> bool:
    with closing_engine(url) as engine:
        return bool(ask(engine, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))


def test_a_host_has_to_prove_who_it_is(
    tls_server: PostgreSQL, authority: Certificate, no_choice: Path
) -> None:
    url = f"postgresql://pftui@localhost:{tls_server.port}/postgres"
    with pytest.raises(StoreUnavailable, match=r"certificate.*sslrootcert=FILE.*sslmode"):
        encrypted(url)
    assert encrypted(f"{url}?sslrootcert={authority.file}")
    with pytest.raises(StoreUnavailable, match="could not prove"):  # it is somebody, but not this host
        encrypted(
            f"postgresql://pftui@/postgres?host=db.acme.example&hostaddr=127.0.0.1&port={tls_server.port}"
            f"&sslmode=verify-full&sslrootcert={authority.file}"
        )


@pytest.mark.parametrize("where", ["PGSSLROOTCERT", "home"])
def test_who_is_believed_is_chosen_elsewhere_too(
    where: str,
    tls_server: PostgreSQL,
    authority: Certificate,
    no_choice: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if where == "home":
        (no_choice / ".postgresql").mkdir()
        shutil.copy(authority.file, no_choice / ".postgresql" / "root.crt")
    else:
        monkeypatch.setenv(where, str(authority.file))
    assert encrypted(f"postgresql://pftui@localhost:{tls_server.port}/postgres")


@pytest.mark.parametrize("mode", ["disable", "require"])
def test_another_mode_is_a_choice(
    mode: str, tls_server: PostgreSQL, no_choice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://pftui@localhost:{tls_server.port}/postgres"
    assert encrypted(f"{url}?sslmode={mode}") == (mode == "require")
    monkeypatch.setenv("PGSSLMODE", mode)
    assert encrypted(url) == (mode == "require")


def test_a_server_without_encryption_is_told_of_with_the_way_out(
    postgresql: PostgreSQL, no_choice: Path
) -> None:
    url = f"postgresql://pftui@localhost:{postgresql.port}/postgres"
    with pytest.raises(StoreUnavailable, match=r"no encryption.*sslmode=disable.*PGSSLMODE"):
        encrypted(url)
    assert not encrypted(f"{url}?sslmode=disable")
    assert not encrypted(url.replace("localhost", "127.0.0.1"))


CHOICES: dict[str, tuple[dict[str, str], dict[str, str], str | None]] = {
    "a name": ({"host": "db.acme.example"}, {}, "verify-full"),
    "an address": ({"host": "192.0.2.7"}, {}, "verify-full"),
    "an address beside a name": ({"host": "localhost", "hostaddr": "127.0.0.1"}, {}, None),
    "a name of this host": ({"host": "localhost"}, {}, "verify-full"),
    "a loopback literal": ({"host": "127.0.0.2"}, {}, None),
    "a loopback literal of IPv6": ({"host": "::1"}, {}, None),
    "a socket": ({"host": "/run/postgresql"}, {}, None),
    "an abstract socket": ({"host": "@pg"}, {}, None),
    "nothing": ({}, {}, None),
    "one of several": ({"host": "127.0.0.1,db.acme.example"}, {}, "verify-full"),
    "the environment's host": ({}, {"PGHOST": "db.acme.example"}, "verify-full"),
    "the URL's mode": ({"host": "db", "sslmode": "require"}, {}, "require"),
    "the environment's mode": ({"host": "db"}, {"PGSSLMODE": "require"}, None),
}


@pytest.mark.parametrize("which", CHOICES)
def test_the_mode_is_the_safe_one_unless_it_is_chosen(which: str, no_choice: Path) -> None:
    parameters, environ, mode = CHOICES[which]
    assert with_encryption(parameters, environ).get("sslmode") == mode


def test_a_service_file_is_a_choice_too(no_choice: Path) -> None:
    file = no_choice / "services.conf"
    file.write_text(
        "# ours\n[open]\nhost=db\nsslmode=disable\n[other]\nhost=db\n[here]\nhost=/run/postgresql\n"
    )
    environ = {"PGSERVICEFILE": str(file)}
    assert "sslmode" not in with_encryption({"service": "open"}, environ)
    assert with_encryption({"service": "other"}, environ)["sslmode"] == "verify-full"
    assert "sslmode" not in with_encryption({}, {**environ, "PGSERVICE": "here"})


def test_the_systems_own_authorities_are_the_last_to_be_believed(no_choice: Path) -> None:
    """The driver's wheel brings an OpenSSL of its own, which looks where the system has none."""
    found = with_encryption({"host": "db"}, {})["sslrootcert"]
    assert found == "system" or Path(found).is_file()
    assert "sslrootcert" not in with_encryption({"host": "db"}, {"PGSSLROOTCERT": "x"})


# What the server said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("?sslmode=nonsense", "invalid sslmode value"),
        ("?sslmod=require", 'invalid connection option "sslmod"'),
        ("?service=nowhere", 'service "nowhere" not found'),
        ("?options=-cnonsense%3D1", 'unrecognized configuration parameter "nonsense"'),
    ],
)
def test_a_wrong_setting_is_told_as_what_it_is(postgresql_url: str, change: str, words: str) -> None:
    url = postgresql_url.replace("pftui@", "pftui:hunter2@") + change
    with pytest.raises(StoreUnavailable) as caught:
        connect(url)
    assert words in caught.value.message
    assert "lost" not in caught.value.message
    assert "hunter2" not in caught.value.message
    assert "://" not in caught.value.message


def test_a_host_that_is_not_known_is_named() -> None:
    with pytest.raises(StoreUnavailable, match=r"not known.*nohost\.invalid") as caught:
        connect("postgresql://pftui:hunter2@nohost.invalid/x")
    assert "hunter2" not in caught.value.message


def test_a_missing_right_names_its_table(postgresql_url: str, clock: SetClock) -> None:
    with direct(postgresql_url) as connection:
        connection.execute("CREATE ROLE guest LOGIN")
        connection.execute("GRANT SELECT ON alembic_version, audit_head, principals TO guest")
    try:
        url = postgresql_url.replace("pftui@", "guest@")
        with pytest.raises(
            StoreUnavailable, match=r"lacks a right.*permission denied for table organizations"
        ):
            open_services(url, clock)
    finally:
        with direct(postgresql_url) as connection:
            connection.execute("DROP OWNED BY guest")
            connection.execute("DROP ROLE guest")


def test_a_time_limit_of_the_role_is_named(postgresql_url: str) -> None:
    with closing_engine(f"{postgresql_url}?options=-cstatement_timeout%3D50") as engine:
        with pytest.raises(StoreUnavailable, match=r"time limit of its own.*statement timeout"):
            ask(engine, "SELECT pg_sleep(5)")
        assert ask(engine, "SELECT 1") == 1


def test_a_closed_verifier_and_engine_leave_no_connection(postgresql_url: str) -> None:
    with Verifier(f"{postgresql_url}?application_name=leaving") as verifier:
        verifier.verify("pfsa_x")
    with closing(direct(postgresql_url)) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'leaving'"
        assert connection.execute(query).fetchone() == (0,)
