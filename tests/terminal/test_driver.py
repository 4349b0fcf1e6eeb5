"""What the driver asks of a terminal's mouse, by what the app wants and the environment tells."""

from __future__ import annotations

import os
from typing import Any

import pytest
from textual import events
from textual.app import App

from pftui.terminal.driver import ConsoleDriver, DrivenApp

MOTION_OFF = "\x1b[?1003l\x1b[?1002h"
DRAGGING_OFF = "\x1b[?1002l"


class Wanting(DrivenApp):
    MOUSE_MOTION = True


class Refusing(DrivenApp):
    MOUSE_MOTION = False


class Unplugged(ConsoleDriver):
    """Keeps what it would write."""

    def __init__(self, app: App[Any], mouse: bool) -> None:
        self.sent: list[str] = []
        super().__init__(app, mouse=mouse)

    def write(self, data: str) -> None:
        self.sent.append(data)


@pytest.mark.parametrize(
    ("kind", "over_ssh", "motion"),
    [
        (DrivenApp, False, True),
        (DrivenApp, True, False),
        (App, True, False),
        (Wanting, True, True),
        (Refusing, False, False),
    ],
)
async def test_motion_is_reported_where_it_is_wanted_or_cheap(
    kind: type[App[None]], over_ssh: bool, motion: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    if over_ssh:
        monkeypatch.setenv("SSH_TTY", "/dev/pts/9")
    driver = Unplugged(kind(), mouse=True)
    driver.enable_mouse()
    assert (driver.sent[-1] == MOTION_OFF) is not motion
    del driver.sent[:]
    driver.disable_mouse()
    assert (driver.sent[0] == DRAGGING_OFF) is not motion


async def test_what_is_there_when_what_came_before_is_read_through_came_with_it() -> None:
    """A paste that is longer than one read is one burst, however long its first part takes."""
    driver = Unplugged(DrivenApp(), mouse=False)
    reader, writer = os.pipe()
    keys: list[events.Key] = []
    driver.fileno = reader
    driver.process_message = keys.append  # type: ignore[assignment,method-assign]
    os.write(writer, b"x" * 4096 + b"\r")
    os.close(writer)
    driver.read_input()
    os.close(reader)
    assert [key.key for key in keys[4095:]] == ["x", "enter"]
    assert keys[-1].time == keys[0].time


async def test_without_a_mouse_nothing_is_asked_of_it() -> None:
    driver = Unplugged(Refusing(), mouse=False)
    driver.enable_mouse()
    driver.disable_mouse()
    assert driver.sent == []
