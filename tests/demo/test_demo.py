"""The demo's throw-away store: believable, true in itself, and gone afterwards."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from pftui.bootstrap import open_demo, open_services
from pftui.demo import store as demo
from pftui.demo.rows import SampleRows
from pftui.demo.store import create_demo, demo_keys, remove_abandoned, remove_demo
from pftui.domain.accounts import AccountQuery, Kind, Operator, Status
from pftui.domain.audit import AuditEvent, ChainVerdict
from pftui.domain.decisions import Reason
from pftui.domain.errors import StoreUnavailable
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.domain.webhooks import WebhookStatus
from pftui.repositories.database.engine import connect
from pftui.repositories.models import ApiKeyRow, Principal, Team
from pftui.repositories.unit_of_work import Store
from pftui.services.contracts import Services
from pftui.services.delivering.outbox import Outbox
from pftui.services.sending.exchange import Exchange
from tests.conftest import SetClock
from tests.repositories.summaries import expected, stored
from tests.trail import whole

EVERYTHING = PageRequest(size=500)


@pytest.fixture
def url(tmp_path: Path, clock: SetClock) -> Iterator[str]:
    made, _ = create_demo(str(tmp_path), clock)
    yield made
    remove_demo(made)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(connect(url))
    yield opened
    opened.close()


@pytest.fixture
def demo_services(url: str, clock: SetClock) -> Iterator[Services]:
    opened = open_services(url, clock)
    yield opened
    opened.lifecycle.close()


@pytest.fixture
def alice(store: Store) -> Operator:
    with store.read() as unit:
        row = unit.accounts.by_email("alice@acme.example")
    assert row is not None
    return Operator(row.id, Kind.USER, row.name, row.email, row.global_admin)


def test_every_state_that_exists_is_there(demo_services: Services, alice: Operator) -> None:
    counts = demo_services.accounts.count(alice, AccountQuery())
    assert (counts.users, counts.service_accounts) == (40, 25)
    rows = demo_services.accounts.page(alice, AccountQuery(), EVERYTHING)
    states = Counter((row.kind, row.status) for row in rows)
    assert {status for _, status in states} == set(Status)
    bots = {status for kind, status in states if kind is Kind.SERVICE_ACCOUNT}
    assert bots == set(Status) - {Status.INVITED}
    assert demo_services.organization.name == "Acme Corp"
    assert sum(row.global_admin for row in rows if row.kind is Kind.USER) == 3


def test_teams_have_members_and_service_accounts(demo_services: Services, store: Store) -> None:
    with store.read() as unit:
        teams = list(unit.session.scalars(select(Team)))
    assert len(teams) == 6
    assert all(5 <= team.member_count <= 30 and 1 <= team.service_account_count <= 15 for team in teams)


def test_roles_of_its_own_are_held_and_told_of(
    demo_services: Services, alice: Operator, store: Store
) -> None:
    custom = [role for role in demo_services.roles.list(alice) if not role.predefined]
    assert [role.name for role in custom] == ["Release Bot", "Triage", "Uploader"]
    assert all(role.accounts and role.description for role in custom)
    with store.read() as unit:
        told = {event.target_id for event in whole(unit.audit.oldest_first())}
    assert {role.id for role in custom} <= told


def test_webhooks_show_what_there_is_to_see(
    demo_services: Services, alice: Operator, clock: SetClock
) -> None:
    webhooks = demo_services.webhooks
    found = {row.name: row for row in webhooks.list(alice)}
    assert {name: row.status(clock.now) for name, row in found.items()} == {
        "SIEM": WebhookStatus.UP_TO_DATE,
        "chat-ops": WebhookStatus.PARKED,
        "ticketing": WebhookStatus.PAUSED,
    }
    siem, chat, tickets = found["SIEM"], found["chat-ops"], found["ticketing"]
    assert siem.last is not None
    assert siem.last.status == 204
    assert siem.waiting_since is None
    assert tickets.team_name == "Payments"
    (parked,) = webhooks.parked(alice, chat.id)
    assert parked.events == chat.parked > 1
    for row in found.values():
        for made in webhooks.deliveries(alice, row.id):
            assert row.created_at < made.at <= clock.now
            event = demo_services.audit.show(alice, made.sequence)
            assert isinstance(event, AuditEvent)
            assert event.id == made.event_id
            assert row.selection.fits(event)


def test_what_a_deliverer_would_send_next_is_signed_with_a_secret_that_can_be_read(
    url: str, demo_services: Services, alice: Operator, clock: SetClock, store: Store
) -> None:
    outbox = Outbox(store, demo_keys(url), clock)
    clock.forward(hours=2)
    chat = demo_services.webhooks.find(alice, "chat-ops")
    assert outbox.to_do() == [chat.id]
    work = outbox.next_work(chat.id)
    assert work is not None
    assert work.place.attempts > 1
    assert work.receiver.secret is not None
    assert work.events[0].sequence > webhooks_parked(demo_services, alice, chat.id)


def webhooks_parked(services: Services, alice: Operator, webhook_id: str) -> int:
    """The last number that is parked."""
    return max(each.last for each in services.webhooks.parked(alice, webhook_id))


def test_nothing_is_sent_and_no_key_of_a_store_is_used(
    tmp_path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PFTUI_STORE_KEY_FILE", str(tmp_path / "a.key"))
    monkeypatch.setattr(Exchange, "__init__", None)
    services, alice = open_demo(clock)
    with closing(services.lifecycle):
        siem = services.webhooks.find(alice, "SIEM")
        assert services.webhooks.test(alice, siem.id).failure == "This is a demo: nothing is sent anywhere."
        services.webhooks.regenerate_secret(alice, siem.id)
    assert list(tmp_path.iterdir()) == []


def test_stored_columns_are_what_the_services_would_store(store: Store) -> None:
    with store.read() as unit:
        assert stored(unit.session) == expected(unit.session)


def test_the_trail_is_whole_and_tells_of_every_account(
    demo_services: Services, alice: Operator, store: Store
) -> None:
    verdict = demo_services.audit.verify(alice)
    assert isinstance(verdict, ChainVerdict)
    assert verdict.intact
    assert verdict.events > 200
    with store.read() as unit:
        told = {event.target_id for event in whole(unit.audit.oldest_first())}
        accounts = set(unit.session.scalars(select(Principal.id)))
        keys = set(unit.session.scalars(select(ApiKeyRow.key_id)))
    assert accounts <= told
    assert keys <= told


def test_times_are_in_the_past_and_recent(
    demo_services: Services, alice: Operator, store: Store, clock: SetClock
) -> None:
    rows = demo_services.accounts.page(alice, AccountQuery(), EVERYTHING)
    used = [row.last_used_at for row in rows if row.last_used_at]
    assert len(used) > 45
    assert all(moment <= clock.now for moment in used)
    assert sum((clock.now - moment).days < 2 for moment in used) > 10
    with store.read() as unit:
        for event in whole(unit.audit.oldest_first()):
            assert event.created_at <= clock.now
        for key in unit.session.scalars(select(ApiKeyRow)):
            assert key.created_at <= clock.now
            assert key.last_used_at == 0 or key.last_used_at >= key.created_at.timestamp() * 1_000_000


def test_it_can_be_worked_with(demo_services: Services, alice: Operator) -> None:
    made = demo_services.service_accounts.create(alice, name="mine")
    assert demo_services.verifier.verify(made.key).reason is Reason.NO_TEAM
    team = demo_services.teams.find(alice, "Red Team")
    demo_services.teams.add(alice, team.id, made.account_id, demo_services.roles.find(alice, "CI Runner").id)
    assert demo_services.verifier.verify(made.key, "red-team", "run_scans")


def test_nobody_knows_a_password_or_a_key_and_no_two_demos_share_a_hash(
    store: Store, clock: SetClock, demo_services: Services
) -> None:
    first, second = (
        {
            row["hash"]
            for name in ("passwords", "api_keys")
            for row in SampleRows.build(clock.now).tables[name]
        }
        for _ in range(2)
    )
    assert not first & second
    assert all(stored.startswith("$argon2id$") for stored in first)
    with pytest.raises(Exception, match="wrong"):
        demo_services.sign_in.with_password("bao@acme.example", Secret(""))


def test_it_is_the_same_each_time_but_for_its_times_and_hashes(clock: SetClock) -> None:
    def names(sample: SampleRows) -> list[object]:
        return [(row["id"], row["name"], row["status"]) for row in sample.tables["principals"]]

    before = SampleRows.build(clock.now)
    clock.forward(days=30)
    assert names(SampleRows.build(clock.now)) == names(before)


# -- the folder ---------------------------------------------------------------------------------------


def test_only_its_owner_can_look(url: str) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    assert path.parent.name.startswith(demo.PREFIX)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_remove_demo_removes_that_and_nothing_else(tmp_path: Path, clock: SetClock) -> None:
    kept = tmp_path / "store"
    kept.mkdir()
    (kept / "pftui.db").write_text("precious")
    url, _ = create_demo(str(tmp_path), clock)
    remove_demo(url)
    remove_demo(url)
    remove_demo(f"sqlite:///{kept / 'pftui.db'}")
    remove_demo("postgresql+psycopg://localhost/x")
    assert os.listdir(tmp_path) == ["store"]
    assert (kept / "pftui.db").read_text() == "precious"


PROGRAM = """
import os, sys
from pftui.demo.store import create_demo
print(create_demo(sys.argv[1])[0], flush=True)
{then}
"""


def run(folder: Path, then: str) -> subprocess.Popen[str]:
    program = [sys.executable, "-c", PROGRAM.format(then=then), str(folder)]
    process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("sqlite:///")
    return process


def test_it_is_gone_on_exit_and_a_forked_child_does_not_end_it(tmp_path: Path) -> None:
    then = (
        "child = os.fork()\n"
        "if child == 0: sys.exit()\n"
        "os.waitpid(child, 0)\n"
        "print(len(os.listdir(sys.argv[1])))"
    )
    out, _ = run(tmp_path, then).communicate(timeout=60)
    assert out == "1\n"
    assert os.listdir(tmp_path) == []


def test_after_a_kill_it_is_gone_at_the_next_start_and_one_in_use_stays(
    tmp_path: Path, clock: SetClock
) -> None:
    killed, living = run(tmp_path, "sys.stdin.read()"), run(tmp_path, "sys.stdin.read()")
    assert len(os.listdir(tmp_path)) == 2
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    url, _ = create_demo(str(tmp_path), clock)
    assert len(os.listdir(tmp_path)) == 2
    remove_demo(url)
    assert len(os.listdir(tmp_path)) == 1
    living.communicate("")
    assert os.listdir(tmp_path) == []


def test_what_only_looks_like_a_demo_stays(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    (outside / demo.MARKER).touch()
    folder = tmp_path / "temporary"
    folder.mkdir()
    (folder / f"{demo.PREFIX}link").symlink_to(outside)
    (folder / f"{demo.PREFIX}file").touch()
    (folder / f"{demo.PREFIX}open").mkdir(mode=0o755)
    (folder / f"{demo.PREFIX}open" / demo.MARKER).touch()
    (folder / f"{demo.PREFIX}other").mkdir(mode=0o700)
    (folder / f"{demo.PREFIX}other" / "notes").touch()
    (folder / f"{demo.PREFIX}marked").mkdir(mode=0o700)
    (folder / f"{demo.PREFIX}marked" / demo.MARKER).symlink_to(outside / demo.MARKER)
    before = sorted(os.listdir(folder))
    remove_abandoned(folder)
    assert sorted(os.listdir(folder)) == before
    assert (outside / demo.MARKER).exists()


def test_one_that_was_killed_at_its_very_beginning_goes_too(tmp_path: Path) -> None:
    (tmp_path / f"{demo.PREFIX}empty").mkdir(mode=0o700)
    remove_abandoned(tmp_path)
    assert os.listdir(tmp_path) == []


def test_r11_no_room_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be made"):
        create_demo(str(tmp_path / "no such folder"), clock)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(demo, "write_sample", full)
    with pytest.raises(sqlite3.OperationalError):
        create_demo(str(tmp_path), clock)
    assert os.listdir(tmp_path) == []
