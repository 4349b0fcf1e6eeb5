"""What is painted can be read in few colours: measured on the screens, after the colours are brought down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem, ColorType
from rich.segment import Segment

from pftui.app import PftuiApp
from pftui.screens.account_details import AccountDetailsScreen
from pftui.widgets.theme import IN_256, SIXTEEN
from tests.conftest import SetClock
from tests.screens.console_app import screen_text, selected, signed_in, until, users
from tests.screens.flow_app import Store
from tests.widgets.test_theme import contrast

#: The first sixteen as xterm and a VGA console have them by default.
XTERM = [
    "#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5",
    "#7f7f7f", "#ff0000", "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff",
]  # fmt: skip
VGA = [
    "#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa",
    "#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff",
]  # fmt: skip


def painted(app: PftuiApp) -> Iterator[Segment]:
    """What is written on the screen, words alone: lines and bars are no text."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    for line in update.strips:  # type: ignore[union-attr]
        for strip in line:
            yield from (each for each in strip if any(sign.isalnum() for sign in each.text))


def in_256(color: RichColor | None) -> str:
    assert color is not None
    assert color.type is ColorType.TRUECOLOR, "a theme's own colour"
    sent = color.downgrade(ColorSystem.EIGHT_BIT)
    assert sent.number is not None
    assert sent.number >= 16, "none of those that each terminal has its own of"
    return sent.get_truecolor().hex


def in_16(color: RichColor | None, palette: list[str], default: str) -> str:
    if color is None or color.is_default:
        return default
    assert color.number is not None
    assert color.number < 16, "one of the terminal's own"
    return palette[color.number]


async def screens(app: PftuiApp, pilot: object, store: Store) -> Iterator[Segment]:
    """All that the main screens show, a form, the palette and the roles to choose from."""
    users(app).reveal(store.accounts()["ci-bot"].id)
    await until(lambda: selected(app) == "ci-bot")
    found = list(painted(app))
    for keys, there in (
        (("enter",), lambda: isinstance(app.screen, AccountDetailsScreen) and app.screen.context().account),
        (("escape", "c"), lambda: app.screen.query("#field-name")),
        (("escape", "ctrl+p"), lambda: "Create Service Account" in screen_text(app)),
        (tuple("tea"), lambda: "New team" in screen_text(app)),
        (("escape", "a"), lambda: app.screen.query("PagedTable")),
        (("enter",), lambda: app.screen.query("RolePicker")),
        (
            ("escape", "escape", "2"),
            lambda: app.shell and app.screen is app.shell and app.shell.context().team,
        ),
    ):
        await pilot.press(*keys)  # type: ignore[attr-defined]
        await until(there)
        found += painted(app)
    return iter(found)


@pytest.mark.parametrize("theme", IN_256.values())
async def test_in_256_colours(theme: str, store: Store, sqlite_url: str, clock: SetClock) -> None:
    store.service_account("ci-bot")
    async with signed_in(sqlite_url, clock, theme=theme) as (app, pilot):
        for segment in await screens(app, pilot, store):
            style = segment.style
            assert style is not None
            on, ground = in_256(style.color), in_256(style.bgcolor)
            assert contrast(on, ground) >= 4.5, (segment.text, on, ground)


@pytest.mark.parametrize("palette", [XTERM, VGA], ids=["xterm", "vga"])
async def test_in_the_terminals_own_sixteen(
    palette: list[str], store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.service_account("ci-bot")
    async with signed_in(sqlite_url, clock, theme=SIXTEEN) as (app, pilot):
        for segment in await screens(app, pilot, store):
            style = segment.style
            assert style is not None
            assert not style.dim, segment.text  # nobody knows how dim
            on, ground = in_16(style.color, palette, palette[7]), in_16(style.bgcolor, palette, palette[0])
            assert contrast(on, ground) >= 4.5, (segment.text, style)
