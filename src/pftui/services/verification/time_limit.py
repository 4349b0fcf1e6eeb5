"""The seconds that a call of a verifier may take, and what its caller hears at their end."""

from __future__ import annotations

import math
import threading
from time import monotonic

from pftui.domain.errors import TryAgain, WrongUsage


def valid(seconds: float | None) -> float | None:
    """A time-out that was given. Raises `WrongUsage` where it is no number of seconds above 0."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
        raise WrongUsage("`timeout` is a number of seconds above 0, or None.")
    return min(float(seconds), threading.TIMEOUT_MAX / 2)


def deadline(seconds: float) -> float:
    """Its end, of `time.monotonic`."""
    return monotonic() + seconds


def left(until: float) -> float:
    """The seconds up to then, 0 where it is over."""
    return max(0.0, until - monotonic())


def turn_slow() -> TryAgain:
    """Argon2 has not run in time."""
    return TryAgain("The key was not looked at in time. Nothing was decided; try again in 1 s.", 1.0)
