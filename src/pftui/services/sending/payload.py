"""The bytes that a receiver gets, and the headers that it checks them by.

As Promptfoo documents them (enterprise/webhooks): `{event, timestamp, data}`, and `X-Promptfoo-Signature`,
the hex HMAC-SHA-256 of the body under the webhook's secret. The documented receiver does not sign what it
got but `JSON.stringify(req.body)`: so the body is written as JavaScript writes it, and those that look at
the raw body and those that write it anew come to the same bytes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pftui.domain.secret import Secret
from pftui.version import __version__

SIGNATURE = "X-Promptfoo-Signature"
PREVIOUS_SIGNATURE = "X-Promptfoo-Signature-Previous"
WEBHOOK_ID = "X-Webhook-Id"
EVENT_ID = "X-Webhook-Event-Id"

_FIXED = {"Content-Type": "application/json", "User-Agent": f"pftui/{__version__}"}
_LONE = range(0xD800, 0xE000)


def body_of(event: str, timestamp: datetime, data: Mapping[str, Any]) -> bytes:
    """The body of a delivery; the same arguments give the same bytes, in any version of Python.

    Args:
        event: such as `api_key.revoked`.
        timestamp: when it happened, with its zone; sent in UTC with milliseconds, as JavaScript writes a
        time. data: texts, integers, booleans, None, lists and dicts of such by text. A float, or a number
        beyond
            2**53, is written in another way by JavaScript.
    """
    moment = timestamp.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = json.dumps(
        {"event": event, "timestamp": moment, "data": data},
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
    )
    return (
        text.translate({code: f"\\u{code:04x}" for code in _LONE}).encode()
        if _has_lone(text)
        else text.encode()
    )


def _has_lone(text: str) -> bool:
    return not text.isascii() and any(ord(character) in _LONE for character in text)


def signature(secret: Secret, body: bytes) -> str:
    """The hex HMAC-SHA-256 of a body under a secret."""
    return hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest()


def headers_of(
    body: bytes, *, webhook_id: str, event_id: str, secret: Secret, previous: Secret | None = None
) -> dict[str, str]:
    """All headers of a delivery but those of HTTP itself.

    Args:
        event_id: by which a receiver knows a repeat.
        previous: an old secret that still signs beside its successor.
    """
    # Ids are plain ASCII; where a store is damaged they are quoted, so that none can begin another header.
    headers = {**_FIXED, WEBHOOK_ID: quote(webhook_id), EVENT_ID: quote(event_id)}
    headers[SIGNATURE] = signature(secret, body)
    if previous is not None:
        headers[PREVIOUS_SIGNATURE] = signature(previous, body)
    return headers
