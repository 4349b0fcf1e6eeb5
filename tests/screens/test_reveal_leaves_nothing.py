"""When the reveal has closed, nothing that can be reached in the process holds the key."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual import events

from pftui.screens.reveal.leave import LeaveReveal
from pftui.screens.reveal.reveal import PasteBack
from pftui.terminal import clipboard
from pftui.terminal.clipboard import CopyResult, Way
from tests.screens.flow_app import FlowApp, Store, Ticks, fill, opened, shows, until
from tests.screens.revealing import key_on_screen, line, revealed

pytestmark = pytest.mark.usefixtures("nothing_frozen")


def holders(canary: tuple[str, str]) -> list[str]:
    """What can be reached and holds the key, which comes in two parts so that the test does not count."""
    gc.collect()
    whole = "".join
    found: list[str] = []
    seen: set[int] = set()
    stack: list[object] = list(gc.get_objects())
    mine = {id(stack), id(found), id(seen)}
    while stack:
        each = stack.pop()
        if id(each) in seen or id(each) in mine:
            continue
        seen.add(id(each))
        for inner in gc.get_referents(each):
            kind = type(inner)  # `isinstance` would wake what is made at its first use
            text = bytes(inner).decode("latin-1") if issubclass(kind, bytes | bytearray) else inner
            if issubclass(type(text), str) and whole(canary) in text:
                found.append(f"{type(each).__name__}: {repr(each)[:300]}")
            elif not gc.is_tracked(inner) and issubclass(kind, dict | tuple | list):
                stack.append(inner)
    return found


async def test_nothing_reachable_holds_the_key_afterwards(
    store: Store, ticks: Ticks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown, selected, copied, saved, checked, hidden: then closed, and gone."""
    sent = CopyResult(Way.TERMINAL, "Sent.")
    monkeypatch.setattr(clipboard, "copy", lambda text, write, environ: sent)
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await revealed(pilot, app)
        text = key_on_screen(app)
        canary = (text[:30], text[30:])
        entry = app.screen.query_one(PasteBack)
        await pilot.press("c", "p")
        entry.post_message(events.Paste("".join(canary)))
        del text, entry
        await shows(pilot, "That is the key.")
        for strip in app.screen._compositor.render_strips():  # as a terminal's driver and others do
            strip.render(app.console)
            cell_len(strip.text)
        del strip
        app.export_screenshot()
        assert any("tuple" in held for held in holders(canary)), "Rich's caches hold it now"
        line(app).text_select_all()
        await pilot.pause()
        await pilot.press("s")
        fill(app, path=str(tmp_path / "ci.key"))
        await pilot.press("enter")
        await shows(pilot, "Saved to")
        await pilot.press("h", "h")
        ticks.now += 1
        await pilot.press("enter")
        await until(pilot, lambda: running.result is True)
        assert holders(canary) == []
        assert app.clipboard == ""


async def test_the_secret_is_forgotten_by_whoever_still_has_it(
    store: Store, ticks: Ticks, copied: list[str]
) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await revealed(pilot, app)
        secret = app.screen._handover.secret  # type: ignore[attr-defined]
        await pilot.press("c")
        await until(pilot, lambda: copied)
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: running.result is True)
        with pytest.raises(ValueError, match="forgotten"):
            secret.reveal()
