"""Keys as people write them (`/`, `ctrl+k`, `pgdn`), and the names that Textual has for them."""

from __future__ import annotations

import unicodedata
from typing import Final

from textual.keys import KEY_NAME_REPLACEMENTS, Keys

_ALIASES: Final = {
    "esc": "escape",
    "return": "enter",
    "⏎": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "page_up": "pageup",
    "page_down": "pagedown",
    "backtab": "shift+tab",
    "↑": "up",
    "↓": "down",
    "←": "left",
    "→": "right",
}
#: What terminals send as another key: ctrl+i is Tab, ctrl+m Enter, ctrl+h often Backspace.
_NEVER_SENT: Final = frozenset({"ctrl+h", "ctrl+i", "ctrl+m", "ctrl-at", "return"})
_SENT: Final = frozenset(
    each.value for each in Keys if not each.value.startswith("<") and each.value not in _NEVER_SENT
)


def key_name(written: str) -> str | None:
    """Textual's name of a key; None for what no terminal sends as a key of its own.

    A letter is as it is typed: `K` is shift and k. Names are known in upper and lower case.
    """
    if len(written) == 1:
        return _of_character(written)
    lowered = written.strip().lower()
    name = _ALIASES.get(lowered, lowered)
    if name in _SENT:
        return name
    modifier, _, rest = written.strip().partition("+")
    if modifier.lower() == "alt" and len(rest) == 1:
        plain = _of_character(rest)
        return plain and f"alt+{plain}"
    return name if name in _OF_ASCII else None


def _of_character(character: str) -> str | None:
    if not character.isprintable():
        return None
    if character.isalnum():
        return character
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name) or None


_OF_ASCII: Final = frozenset(_of_character(chr(code)) for code in range(0x20, 0x7F)) - {None}
