"""The style of a cell, and the shortest way from one style to another.

A style is the parameters of an SGR sequence as Rich writes them (`1;38;2;215;221;229;48;5;17`), and for a
hyperlink a NUL, its id, a semicolon and its address. It is a plain string: styles compare fast, and hold
nothing of a cell's text.

Source of the parameters: ECMA-48, 8.3.117 (SGR); xterm's ctlseqs for 38 and 48; Rich's `Style._style_map` for
what can occur.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

LINK_MARK: Final = "\0"
"""Parts a style's SGR parameters from its hyperlink."""

PLAIN: Final = ""
"""The style after SGR 0: the terminal's own colours, no attribute."""

_OFF: Final = {
    "1": "22",
    "2": "22",
    "3": "23",
    "4": "24",
    "21": "24",
    "5": "25",
    "6": "25",
    "7": "27",
    "8": "28",
    "9": "29",
    "51": "54",
    "52": "54",
    "53": "55",
}
"""Each attribute with what switches it off; some share it, so that switching one off takes its twin along."""

_SEEN_ON_BLANK: Final = frozenset({"4", "21", "7", "9", "51", "52", "53"})
"""Attributes that show on a space: lines through, under and around it, and swapped colours."""


class _Style(NamedTuple):
    attributes: frozenset[str]
    foreground: str
    background: str
    link: str

    def code(self) -> str:
        parts = [*sorted(self.attributes, key=int), self.foreground, self.background]
        code = ";".join(part for part in parts if part)
        return f"{code}{LINK_MARK}{self.link}" if self.link else code

    def on_blank(self) -> tuple[frozenset[str], str, str, str]:
        """What is left of the style when the cell is a space; reversed, its foreground shows."""
        shown = self.attributes & _SEEN_ON_BLANK
        return shown, self.foreground if shown else "", self.background, self.link


@lru_cache(maxsize=1024)
def _parse(code: str) -> _Style:
    parameters, _, link = code.partition(LINK_MARK)
    attributes: set[str] = set()
    colours = {"3": "", "4": ""}
    parts = iter(parameters.split(";") if parameters else ())
    for part in parts:
        if part in ("38", "48"):
            kind = next(parts)
            values = [next(parts) for _ in range(1 if kind == "5" else 3)]
            colours[part[0]] = ";".join((part, kind, *values))
        elif part in _OFF:
            attributes.add(part)
        elif part in ("39", "49"):
            colours[part[0]] = ""
        else:
            # 30-37 and 90-97 are foregrounds, 40-47 and 100-107 backgrounds.
            colours["3" if part[0] in "39" else "4"] = part
    return _Style(frozenset(attributes), colours["3"], colours["4"], link)


@lru_cache(maxsize=4096)
def alike_when_blank(one: str, other: str) -> bool:
    """Whether a space with the one style cannot be told from a space with the other."""
    return one == other or _parse(one).on_blank() == _parse(other).on_blank()


@lru_cache(maxsize=1024)
def erasable(code: str) -> bool:
    """Whether an erased cell equals a space with this style.

    Only the terminal's own background is safe: with another, terminals differ in what erasing leaves ("BCE").
    """
    return _parse(code).on_blank() == _parse(PLAIN).on_blank()


@lru_cache(maxsize=4096)
def step(current: str, wanted: str, blank: bool) -> tuple[str, str]:
    """The shortest sequence after which text has the wanted style.

    Args:
        current: The style that the terminal has now.
        wanted: The style that the next cells should have.
        blank: The next cells are all spaces, so only what shows on a space has to be right.

    Returns:
        The sequence to send, often empty, and the style that the terminal has then.
    """
    now, then = _parse(current), _parse(wanted)
    if blank:
        if now.on_blank() == then.on_blank():
            return "", current
        if not then.attributes & _SEEN_ON_BLANK:
            then = _Style(now.attributes - _SEEN_ON_BLANK, now.foreground, then.background, then.link)
    change = _sgr(now, then)
    if now.link != then.link:
        change += _hyperlink(then.link)
    return change, then.code()


def _sgr(now: _Style, then: _Style) -> str:
    if now[:3] == then[:3]:
        return ""
    gone = now.attributes - then.attributes
    off = {_OFF[attribute] for attribute in gone}
    # Switching bold off takes dim along (and so on): what stays of such a pair has to be said again.
    again = {attribute for attribute in then.attributes if _OFF[attribute] in off}
    difference = [*sorted(off, key=int), *sorted(again | (then.attributes - now.attributes), key=int)]
    if then.foreground != now.foreground:
        difference.append(then.foreground or "39")
    if then.background != now.background:
        difference.append(then.background or "49")
    short = ";".join(difference)
    afresh = then._replace(link="").code()
    # A bare `CSI m` is SGR 0, and `CSI ;1m` resets and then sets: both are in every terminal.
    afresh = f";{afresh}" if afresh else ""
    return f"\x1b[{min(short, afresh, key=len)}m"


def _hyperlink(link: str) -> str:
    """OSC 8, as terminals agreed on it: https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda"""
    if not link:
        return "\x1b]8;;\x1b\\"
    identity, _, address = link.partition(";")
    return f"\x1b]8;id={identity};{address}\x1b\\"
