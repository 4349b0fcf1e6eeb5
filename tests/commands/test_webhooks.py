"""`pftui webhooks …`, and the key that seals what they sign with."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pftui.domain.secret import Secret
from tests.commands.conftest import Pftui
from tests.patience import PATIENCE
from tests.peers.receiver import Documented, Receiver, answering

CREATE = ("webhooks", "create", "SIEM", "--event", "team.*", "--url")
NOWHERE = "http://127.0.0.1:9/in"


def shown(pftui: Pftui, name: str = "SIEM") -> dict[str, object]:
    found: dict[str, object] = json.loads(pftui.ok("webhooks", "show", name, "--json"))
    return found


def allow_this_host(pftui: Pftui) -> None:
    pftui.ok("organization", "update", "--allow-network", "127.0.0.0/8")


def test_the_signing_secret_stands_alone_and_is_nowhere_else(pftui: Pftui) -> None:
    made = pftui(*CREATE, NOWHERE)
    secret = made.out.removesuffix("\n")
    assert made.code == 0
    assert secret.startswith("pfwh_")
    assert "\n" not in secret
    assert secret not in made.err
    again = pftui.ok("webhooks", "regenerate-secret", "siem", "--json")
    assert json.loads(again)["secret"] != secret
    stored = pftui.store.read_bytes() + Path(f"{pftui.store}.key").read_bytes()
    assert secret.encode() not in stored


def test_events_arrive_signed_as_documented_and_the_place_is_kept(pftui: Pftui) -> None:
    allow_this_host(pftui)
    secret = pftui.ok(*CREATE, NOWHERE).strip()
    taker = Documented(Secret(secret))
    with Receiver(taker) as receiver:
        pftui.ok("webhooks", "update", "SIEM", "--url", f"http://127.0.0.1:{receiver.port}/in")
        for name in ("Red Team", "Blue Team"):
            pftui.ok("teams", "create", name)
        assert "Delivered 2 events." in pftui("webhooks", "deliver").err
        assert "Delivered 0 events." in pftui("webhooks", "deliver").err
    sent = [json.loads(request.body) for request in taker.received]
    assert [each["data"]["description"] for each in sent] == [
        "Created team Red Team",
        "Created team Blue Team",
    ]
    assert {each["event"] for each in sent} == {"team.created"}
    made = json.loads(pftui.ok("webhooks", "deliveries", "SIEM", "--json"))
    assert [(each["status"], each["delivered"]) for each in made] == [(200, True), (200, True)]
    assert pftui("webhooks", "deliver", "--status").code == 0


def test_what_is_not_taken_is_told_with_its_answer_and_can_be_sent_again(pftui: Pftui) -> None:
    allow_this_host(pftui)
    pftui.ok(*CREATE, NOWHERE)
    with Receiver(answering(503, b"down for a while")) as receiver:
        pftui.ok("webhooks", "update", "SIEM", "--url", f"http://127.0.0.1:{receiver.port}/in")
        pftui.ok("teams", "create", "Red Team")
        assert "team.created failed, try 1" in pftui("webhooks", "deliver").err
        (made,) = json.loads(pftui.ok("webhooks", "deliveries", "SIEM", "--failed", "--json"))
        assert (made["status"], made["answer"]) == (503, "down for a while")
        again = pftui("webhooks", "resend", "SIEM", made["eventId"])
        assert (again.code, again.out) == (1, "down for a while\n")
    assert shown(pftui)["status"] == "retrying"


def test_a_test_says_what_came_of_it_by_its_exit_code(pftui: Pftui) -> None:
    pftui.ok(*CREATE, NOWHERE)
    refused = pftui("webhooks", "test", "SIEM")
    assert refused.code == 1
    assert "SIEM did not take webhook.tested" in refused.err
    assert "127.0.0.1" in refused.err
    assert "allow its network" in refused.err


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("file:///etc/passwd", "begins with https:// or http://"),
        ("https://bao:secret@siem.acme.example/", "cannot hold a user name or password"),
        (f"https://siem.acme.example/{'x' * 3000}", "2,000 characters at most"),
    ],
)
def test_an_address_that_cannot_be_is_wrong_usage_and_never_repeated(
    url: str, says: str, pftui: Pftui
) -> None:
    before = pftui.store.read_bytes()
    refused = pftui(*CREATE, url)
    assert refused.code == 2
    assert says in refused.err
    assert "secret@" not in refused.err
    assert pftui.store.read_bytes() == before


def test_networks_and_a_proxy_are_settled_and_taken_back(pftui: Pftui) -> None:
    update = ("organization", "update", "--json")
    settled = json.loads(pftui.ok(*update, "--allow-network", "10.20.0.0/16", "--allow-network", "::1"))
    assert settled["allowedNetworks"] == ["10.20.0.0/16", "::1/128"]
    assert json.loads(pftui.ok(*update, "--remove-network", "::1"))["allowedNetworks"] == ["10.20.0.0/16"]
    assert pftui(*update, "--remove-network", "::1").code == 2
    assert pftui(*update, "--allow-network", "10.20.0.1/16").code == 2
    proxied = json.loads(pftui.ok(*update, "--webhook-proxy", "http://proxy.acme.example:3128"))
    assert proxied["webhookProxy"] == "http://proxy.acme.example:3128"
    assert "what the proxy" in pftui.ok("organization", "show")
    assert json.loads(pftui.ok(*update, "--webhook-proxy", ""))["webhookProxy"] is None
    events = json.loads(pftui.ok("audit", "list", "--action", "organization_updated", "--json"))["logs"]
    assert len(events) == 4


def test_the_first_webhook_makes_the_key_beside_the_store(pftui: Pftui) -> None:
    key = Path(f"{pftui.store}.key")
    assert json.loads(pftui.ok("db", "status", "--json"))["storeKey"] is None
    assert not key.exists()
    pftui.ok(*CREATE, NOWHERE)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    told = json.loads(pftui.ok("db", "status", "--json"))["storeKey"]
    assert (told["file"], told["problem"]) == (str(key), None)


def test_a_key_that_is_missing_wrong_or_open_to_others_is_a_sentence_and_no_second_key(pftui: Pftui) -> None:
    pftui.ok(*CREATE, NOWHERE)
    key = Path(f"{pftui.store}.key")
    whole = key.read_text()
    create = ("webhooks", "create", "Chat", "--event", "*", "--url", NOWHERE)

    key.unlink()
    refused = pftui(*create)
    assert (refused.code, "there is no" in refused.err, "rotate-key --lost" in refused.err) == (3, True, True)
    assert not key.exists()
    assert pftui("webhooks", "deliver").code == 3
    assert pftui("webhooks", "deliver", "--status").code == 3
    assert "is not here" in pftui("db", "status").out

    key.write_text("AAAA" * 10 + "AAA=\n")
    key.chmod(0o600)
    assert "is not the one that seals" in pftui(*create).err
    key.write_text("not a key\n")
    assert "it holds no key" in pftui(*create).err
    key.write_text(whole)
    key.chmod(0o644)
    assert "others can read it" in pftui(*create).err
    key.chmod(0o600)
    pftui.ok(*create)


def test_a_key_may_be_named(pftui: Pftui, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    named = str(folder / "pftui.key")
    pftui.ok(*CREATE, NOWHERE, PFTUI_STORE_KEY_FILE=named)
    assert (folder / "pftui.key").exists()
    assert not Path(f"{pftui.store}.key").exists()
    assert pftui("webhooks", "regenerate-secret", "SIEM").code == 3
    pftui.ok("webhooks", "regenerate-secret", "SIEM", PFTUI_STORE_KEY_FILE=named)


def test_another_key_signs_the_same(pftui: Pftui) -> None:
    allow_this_host(pftui)
    secret = pftui.ok(*CREATE, NOWHERE).strip()
    before = json.loads(pftui.ok("db", "status", "--json"))["storeKey"]["fingerprint"]
    done = json.loads(pftui.ok("db", "rotate-key", "--json", PFTUI_API_KEY=None))
    assert (done["before"], done["webhooks"], done["lostSecrets"]) == (before, 1, 0)
    assert json.loads(pftui.ok("db", "status", "--json"))["storeKey"]["fingerprint"] == done["after"]
    assert not Path(f"{pftui.store}.key.next").exists()
    taker = Documented(Secret(secret))
    with Receiver(taker) as receiver:
        pftui.ok("webhooks", "update", "SIEM", "--url", f"http://127.0.0.1:{receiver.port}/in")
        pftui.ok("webhooks", "test", "SIEM")
    event = json.loads(pftui.ok("audit", "list", "--action", "store_key_rotated", "--json"))["logs"][0]
    assert event["metadata"]["changes"]["storeKey"] == {"from": before, "to": done["after"]}


def test_without_the_old_key_each_webhook_waits_for_another_secret(pftui: Pftui) -> None:
    pftui.ok(*CREATE, NOWHERE)
    Path(f"{pftui.store}.key").unlink()
    assert pftui("db", "rotate-key", PFTUI_API_KEY=None).code == 3
    assert pftui("db", "rotate-key", "--lost", PFTUI_API_KEY=None).code == 2, "it asks"
    done = json.loads(pftui.ok("db", "rotate-key", "--lost", "--yes", "--json", PFTUI_API_KEY=None))
    assert done["lostSecrets"] == 1
    assert shown(pftui)["status"] == "secret_lost"
    assert pftui("webhooks", "deliver", "--status").code == 1
    pftui.ok("webhooks", "regenerate-secret", "SIEM")
    assert shown(pftui)["status"] in ("waiting", "up_to_date")


def test_without_any_webhook_there_is_no_key_to_change(pftui: Pftui) -> None:
    assert pftui("db", "rotate-key", PFTUI_API_KEY=None).code == 2


def test_one_who_follows_sends_what_happens_and_ends_by_a_signal(pftui: Pftui) -> None:
    allow_this_host(pftui)
    secret = pftui.ok(*CREATE, NOWHERE).strip()
    taker = Documented(Secret(secret))
    with Receiver(taker) as receiver:
        pftui.ok("webhooks", "update", "SIEM", "--url", f"http://127.0.0.1:{receiver.port}/in")
        at_work = subprocess.Popen(
            [sys.executable, "-m", "pftui", "webhooks", "deliver", "--follow"],
            env=pftui.environment(PFTUI_API_KEY=None),
            stderr=subprocess.PIPE,
        )
        try:
            pftui.ok("teams", "create", "Red Team")
            end = time.monotonic() + PATIENCE
            while not taker.received and time.monotonic() < end:
                time.sleep(0.02)
            at_work.send_signal(signal.SIGTERM)
            _, said = at_work.communicate(timeout=PATIENCE)
        finally:
            at_work.kill()
            at_work.wait()
    assert at_work.returncode == 0
    assert b"Delivered 1 event." in said
    assert len(taker.received) == 1


def test_event_types_are_listed_for_nobody(pftui: Pftui) -> None:
    listed = pftui.ok("webhooks", "event-types", PFTUI_API_KEY=None).splitlines()
    assert {"user.login", "api_key.revoked", "service_account.created"} < set(listed)
