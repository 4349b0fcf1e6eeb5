"""What any app needs that is used over a slow link and shows secrets, in one base class."""

from __future__ import annotations

from pftui.terminal.output_stage import ChangedCells
from pftui.widgets.secret_guard import SecretGuard
from pftui.widgets.size_guard import SizeGuard
from pftui.widgets.theme_cache import ThemeCache
from pftui.widgets.type_ahead import TypeAhead


class ConsoleApp(TypeAhead, SizeGuard, SecretGuard, ThemeCache, ChangedCells):
    """Composes the behaviours; each is a class of its own with tests of its own.

    The order of the base classes counts, from what hears a key first to what is next to Textual:

    1. `TypeAhead` before `SizeGuard`: a key that was held passes the guard when it is let go, by the size
       that the terminal has then. The other way round it would get by, and act on what is covered.
    2. `SizeGuard` before all that acts on a key or a click: what is not seen does nothing.
    3. `SecretGuard` before `ChangedCells`: it decides what an error may print. The output stage, which ends
       the app on an error while it paints, only reports it.
    4. `ThemeCache` before Textual: it decides when stylesheets are parsed, and which filters a frame passes.
    5. `ChangedCells` last: it takes a frame as Textual has rendered it and sends what differs.

    Handlers of messages (`on_mount`, `on_resize`) do not hide each other: Textual calls each class's own, in
    this order.
    """
