"""Keys that come in one packet take effect in their order."""

from __future__ import annotations

import pytest
from textual import events
from textual.app import App, ComposeResult

from pftui.widgets.entry import Entry
from pftui.widgets.filter_bar import FilterInput
from pftui.widgets.password_input import PasswordInput


class Fields(App[None]):
    def __init__(self, field: Entry) -> None:
        super().__init__()
        self._field = field

    def compose(self) -> ComposeResult:
        yield self._field


BURSTS = {
    "abX backspace cdef": "abcdef",
    "cix backspace -bot": "ci-bot",
    "abY left Z home H end E": "HabZYE",
    "old ctrl+a ctrl+k new": "new",
    "one ctrl+u two": "two",
}


@pytest.mark.parametrize("kind", [Entry, FilterInput, PasswordInput])
@pytest.mark.parametrize("burst", BURSTS)
async def test_a_packet_of_keys_is_typed_in_order(burst: str, kind: type[Entry]) -> None:
    named = {"backspace", "left", "home", "end", "ctrl+a", "ctrl+k", "ctrl+u"}
    field = kind()
    app = Fields(field)
    async with app.run_test() as pilot:
        field.focus()
        await pilot.pause()
        for word in burst.split():
            for key in [word] if word in named else word:
                app.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        assert field.value == BURSTS[burst]
