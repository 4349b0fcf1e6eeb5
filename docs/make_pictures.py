"""Makes the pictures of the README from the real program: `make pictures`.

The demo runs without a terminal, its screens are exported as SVG, and Chromium turns those into PNG.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot

from pftui.app import PftuiApp
from pftui.widgets.theme import DARK

PICTURES = Path(__file__).parent / "pictures"
WIDE = (120, 30)
Steps = Callable[[Pilot[None]], Awaitable[None]]


async def picture_of(steps: Steps, size: tuple[int, int], theme: str = DARK) -> str:
    """The SVG of the demo after `steps`."""
    app = PftuiApp(demo=True, theme=theme)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.ready)
        await pilot.pause(0.8)  # the rows, and the details that follow them
        await steps(pilot)
        await pilot.pause(0.8)
        # A picture of the real thing, of a key that goes with the demo's store.
        app.secret_on_screen = False
        return app.export_screenshot(title="pftui")


async def until(pilot: Pilot[None], fits: Callable[[], bool]) -> None:
    """Wait for something that a thread brings about."""
    for _ in range(400):
        if fits():
            return
        await pilot.pause(0.05)
    raise RuntimeError("the demo never got there")


async def users(pilot: Pilot[None]) -> None:
    """The Users tab, on a service account that can do nothing yet."""
    await pilot.press("v", "v", *["down"] * 2)


async def reveal(pilot: Pilot[None]) -> None:
    """A key that has just been made."""
    await pilot.press("c")
    await pilot.pause(0.5)
    await pilot.press(*"release-bot", "enter")
    await pilot.pause(1.0)


async def teams(pilot: Pilot[None]) -> None:
    """The Teams tab."""
    await pilot.press("2", *["down"] * 3)


async def roles(pilot: Pilot[None]) -> None:
    """The Roles tab, on a role of one's own."""
    await pilot.press("3", *["down"] * 5)


async def webhooks(pilot: Pilot[None]) -> None:
    """The Webhooks tab, on one whose receiver is down."""
    await pilot.press("4")


async def audit(pilot: Pilot[None]) -> None:
    """The Audit tab."""
    await pilot.press("5", *["down"] * 6)


def to_png(svg: str, target: Path) -> None:
    """Draw an SVG with a browser, which gets its text right."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("Chromium is needed to draw the pictures (Debian: apt-get install chromium fonts-firacode)")
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if box is None:
        raise ValueError("no size in the SVG")
    width, height = (round(float(number)) for number in box.groups())
    # The browser must not ask a network for fonts.
    svg = re.sub(r"url\(\"https?://[^)]*\)[^,;]*[,;]?", "", svg)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "picture.html"
        page.write_text(f"<body style='margin:0;background:transparent'>{svg}</body>")
        command = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run", "--hide-scrollbars",
            "--default-background-color=00000000", f"--user-data-dir={folder}/profile",
            f"--window-size={width},{height}", f"--screenshot={target}", str(page),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)


async def main() -> None:
    """Make them all."""
    PICTURES.mkdir(exist_ok=True)
    for name, steps, size, theme in (
        ("users", users, WIDE, DARK),
        ("reveal", reveal, (90, 24), DARK),
        ("teams", teams, WIDE, DARK),
        ("roles", roles, WIDE, DARK),
        ("webhooks", webhooks, WIDE, DARK),
        ("audit", audit, WIDE, DARK),
    ):
        to_png(await picture_of(steps, size, theme), PICTURES / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
