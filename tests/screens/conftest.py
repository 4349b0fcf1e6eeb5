"""A store for the screens' tests: SQLite, with a team to assign to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pftui.bootstrap import open_services
from pftui.domain.secret import Secret
from pftui.screens.reveal.secret_line import SecretLine
from pftui.terminal import clipboard
from pftui.terminal.clipboard import CopyResult, Way
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.screens.flow_app import Store, Ticks


@pytest.fixture
def store(sqlite_url: str, clock: SetClock) -> Iterator[Store]:
    """An open store whose admin is signed in."""
    services = open_services(sqlite_url, clock)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    services.teams.create(admin, "Red Team")
    yield Store(services, admin)
    services.lifecycle.close()


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    """The reveal's clock."""
    ticks = Ticks()
    monkeypatch.setattr(SecretLine, "clock", staticmethod(ticks))
    return ticks


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was sent to the clipboard."""
    texts: list[str] = []

    def copy(text: str, write: object, environ: object = None) -> CopyResult:
        texts.append(text)
        return CopyResult(
            Way.TERMINAL, "Sent to your terminal's clipboard. pftui cannot see whether it arrived."
        )

    monkeypatch.setattr(clipboard, "copy", copy)
    yield texts
    texts.clear()
