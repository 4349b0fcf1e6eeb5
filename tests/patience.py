"""How long a test waits for what a thread, a process or a frame will bring about."""

from __future__ import annotations

from typing import Final

PATIENCE: Final = 60.0
"""Seconds after which what never comes is given up.

Only a defect takes that long: no rule is tested by it, and a host may be as busy as it likes.
"""
