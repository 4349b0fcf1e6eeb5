"""The same program and store as the tests of the commands have."""

from __future__ import annotations

from tests.commands.conftest import pftui, template

__all__ = ["pftui", "template"]
