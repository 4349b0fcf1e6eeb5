"""All keys, and why some of them cannot be used now."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from textual.content import Content

from pftui.domain.clock import Clock, utc_now
from pftui.presentation.cells import fit
from pftui.presentation.times import relative
from pftui.screens.command import PALETTE_KEY, Command, CommandContext, Group
from pftui.screens.key_map import DEFAULT_KEYS, MOTIONS, KeyMap
from pftui.screens.registry import available
from pftui.widgets.notice_line import SIGNS, Notice, sign_style

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


def help_text(context: CommandContext, width: int, keys: KeyMap = DEFAULT_KEYS) -> Content:
    """Every command that exists here, by heading, in `width` cells; the greyed ones with their reason.

    Keys that somebody wanted, and that do not hold, come first, with what is wrong.
    """
    commands = available(context)
    blocks = [_unused(keys, width)]
    blocks += [
        _block(group.value, [each for each in commands if each.group is group], context, keys, width)
        for group in Group
    ]
    moving = [*MOVING, *_chosen_motions(keys)]
    lines = [Content.styled("Moving", "$heading")]
    lines += [Content.assemble((f"  {fit(key, _KEY)}", "$key"), (text, "$text")) for key, text in moving]
    blocks.append(Content("\n").join(lines))
    if keys.source and not keys.faults:
        blocks.append(_wrapped("Key map", [f"{keys.source}."], width))
    return Content("\n\n").join(block for block in blocks if block)


def unused_keys(faults: Sequence[str]) -> str:
    """Why the keys that somebody has chosen do not hold, and which do."""
    more = f" {len(faults) - 1} more in the help (f1)." if len(faults) > 1 else ""
    return f"The default keys hold. {faults[0]}{more}"


def _unused(keys: KeyMap, width: int) -> Content:
    if not keys.faults:
        return Content("")
    return _wrapped("The keys that you have chosen are not used", keys.faults, width)


def _wrapped(title: str, sentences: Sequence[str], width: int) -> Content:
    lines = [Content.styled(title, "$heading")]
    for sentence in sentences:
        lines += [Content.styled(f"  {line}", "$text") for line in wrap(sentence, width - 2)]
    return Content("\n").join(lines)


def _chosen_motions(keys: KeyMap) -> Sequence[tuple[str, str]]:
    """The keys that move besides those that always do."""
    chosen = ((" ".join(keys.written.get(motion.id, ())), motion.title) for motion in MOTIONS)
    return [(key, title) for key, title in chosen if key]


def _block(
    title: str, commands: Sequence[Command], context: CommandContext, keys: KeyMap, width: int
) -> Content:
    lines = [Content.styled(title, "$heading")]
    # What has no key of its own is found in the palette, which opens above the lists only.
    found = context.place.is_tab
    lines += [
        _line(each, keys.shown(each.id), context, width)
        for each in commands
        if keys.shown(each.id) or (each.palette and found)
    ]
    return Content("\n").join(lines) if len(lines) > 1 else Content("")


def _line(command: Command, key: str, context: CommandContext, width: int) -> Content:
    reason = command.guard(context)
    styles = ("$key", "$text") if reason is None else ("$muted", "$muted")
    said = command.tooltip if reason is None else f"Not now: {reason}"
    indent = " " * (_KEY + 2)
    if len(said) <= width - len(indent) - len(command.title) - 2:
        said = f"  {said}"
    else:
        said = "".join(f"\n{indent}{line}" for line in wrap(said, width - len(indent)))
    key = f"  {fit(key or PALETTE_KEY, _KEY)}"
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
