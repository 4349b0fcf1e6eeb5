"""What any app needs that is used over a slow link and shows secrets, in one base class."""

from __future__ import annotations

from pftui.terminal.output_stage import ChangedCells
from pftui.widgets.idle_watch import IdleWatch
from pftui.widgets.key_mapped import KeyMapped
from pftui.widgets.secret_guard import SecretGuard
from pftui.widgets.size_guard import SizeGuard
from pftui.widgets.theme_cache import ThemeCache
from pftui.widgets.type_ahead import TypeAhead


class ConsoleApp(IdleWatch, TypeAhead, SizeGuard, KeyMapped, SecretGuard, ThemeCache, ChangedCells):
    """Composes the behaviours, each a class of its own, in an order that goes from the keys to the terminal:

    1. `IdleWatch` hears of each key and click as it comes, and of each frame before it is shown. It comes
       first: a key that is held has been pressed all the same, and one that comes too late is held by nobody.
    2. `TypeAhead` holds keys until the screen is there that they are meant for.
    3. `SizeGuard` lets nothing through to what is covered. It comes after `TypeAhead`, and this order counts:
       a key that was held passes the guard when it is let go, by the size that the terminal has then. The
       other way round it would act on what nobody sees.
    4. `KeyMapped` asks which key is meant, once a key is let go and seen: by what has the focus then.
    5. `SecretGuard` decides what an error prints, what a picture shows and what a copy leaves behind.
    6. `ThemeCache` decides when stylesheets are parsed and which colours a frame has.
    7. `ChangedCells` takes a frame as Textual has rendered it, and sends what differs.

    The last three override nothing that another one does, so that among them no order could be wrong; a test
    holds that. Handlers of messages (`on_mount`, `on_resize`) do not hide each other: Textual calls each
    class's own, in this order.
    """
