"""All keys, and why some of them cannot be used now."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from textual.content import Content

from pftui.domain.clock import Clock, utc_now
from pftui.presentation.cells import fit
from pftui.presentation.times import relative
from pftui.screens.command import Command, CommandContext, Group
from pftui.screens.registry import available
from pftui.widgets.notice_line import SIGNS, Notice, sign_style

PALETTE_KEY = "ctrl+p"
_KEY = 11
"""Cells for a key and the space behind it."""

MOVING = (
    ("↑ ↓", "A row up or down"),
    ("pgup pgdn", "A page up or down"),
    ("ctrl+u/d", "Half a page up or down"),
    ("home end", "The first or last row, as gg and G"),
    ("tab", "The next part of the screen"),
    ("ctrl+q", "Quit, from anywhere"),
    ("esc", "Clear the filter; leave a dialog"),
)


def room(width: int) -> int:
    """Cells for text in a modal on a screen of `width` columns."""
    return min(width, 88) - 8


def help_text(context: CommandContext, width: int) -> Content:
    """Every command that exists here, by heading, in `width` cells; the greyed ones with their reason."""
    commands = available(context)
    blocks = [
        _block(group.value, [each for each in commands if each.group is group], context, width)
        for group in Group
    ]
    moving = [Content.styled("Moving", "$heading")]
    moving += [Content.assemble((f"  {fit(key, _KEY)}", "$key"), (text, "$text")) for key, text in MOVING]
    return Content("\n\n").join([*(block for block in blocks if block), Content("\n").join(moving)])


def _block(title: str, commands: Sequence[Command], context: CommandContext, width: int) -> Content:
    lines = [Content.styled(title, "$heading")]
    # What has no key of its own is found in the palette, which opens above the lists only.
    found = context.place.is_tab
    lines += [_line(each, context, width) for each in commands if each.keys or (each.palette and found)]
    return Content("\n").join(lines) if len(lines) > 1 else Content("")


def _line(command: Command, context: CommandContext, width: int) -> Content:
    reason = command.guard(context)
    styles = ("$key", "$text") if reason is None else ("$muted", "$muted")
    said = command.tooltip if reason is None else f"Not now: {reason}"
    indent = " " * (_KEY + 2)
    if len(said) <= width - len(indent) - len(command.title) - 2:
        said = f"  {said}"
    else:
        said = "".join(f"\n{indent}{line}" for line in wrap(said, width - len(indent)))
    key = f"  {fit(command.key or PALETTE_KEY, _KEY)}"
    return Content.assemble((key, styles[0]), (command.title, styles[1]), (said, "$muted"))


def notices_text(notices: Sequence[Notice], clock: Clock = utc_now) -> Content:
    """The last notices, newest first."""
    if not notices:
        return Content.styled("Nothing yet. What the line above the footer says is kept here.", "$muted")
    now = clock()
    lines = [
        Content.assemble(
            (f"{fit(relative(each.at, now), 11)}  ", "$muted"),
            (f"{SIGNS[each.severity]} ", sign_style(each.severity)),
            (each.text, "$text"),
        )
        for each in notices
    ]
    return Content("\n").join(lines)
