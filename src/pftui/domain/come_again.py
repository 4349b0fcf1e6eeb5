"""The HTTP answer where nothing was decided: its status, and when to come again."""

from __future__ import annotations

import math

UNAVAILABLE = 503


def retry_headers(seconds: float) -> dict[str, str]:
    """The header that says when to come again: whole seconds, rounded up, at least 1 (RFC 9110, 10.2.3)."""
    return {"Retry-After": str(max(1, math.ceil(seconds)) if math.isfinite(seconds) else 1)}
