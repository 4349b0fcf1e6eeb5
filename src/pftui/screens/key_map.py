"""Which key means what, where somebody has chosen other keys than the commands have by themselves.

Commands keep the keys that the registry gives them, and so do the bindings of all screens: a key map says
which of those keys is meant by the one that is pressed. So it holds in one place, `KeyMap.meant`, and what
shows a key asks `KeyMap.shown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, NamedTuple

from pftui.screens.command import PALETTE_KEY
from pftui.screens.registry import COMMANDS
from pftui.terminal.key_names import key_name


class Motion(NamedTuple):
    """A key that moves, in every list and text."""

    id: str
    keys: str
    title: str


MOTIONS: Final = (
    Motion("move_up", "up", "A row up"),
    Motion("move_down", "down", "A row down"),
    Motion("page_up", "pageup", "A page up"),
    Motion("page_down", "pagedown,space", "A page down"),
    Motion("half_page_up", "ctrl+u", "Half a page up"),
    Motion("half_page_down", "ctrl+d", "Half a page down"),
    Motion("first", "home", "The first row"),
    Motion("first_twice", "g", "The first row, where it is pressed twice"),
    Motion("last", "end,G", "The last row"),
    Motion("step_in", "right", "Into the selected team"),
    Motion("step_out", "left", "Out of the team"),
)

#: Begins what stands for the key of a command that has none by itself: no terminal sends it.
ALONE: Final = "command:"

#: What moves is found by these.
MOVING: Final = frozenset(motion.keys.split(",")[0] for motion in MOTIONS)

#: What has to be where a hand looks for it, whatever a file says: nobody is locked out by a key map.
FIXED: Final = frozenset(
    {
        *("enter", "escape", "tab", "shift+tab", "backspace", "up", "down", "left", "right"),
        *("pageup", "pagedown", "home", "end"),
        *("ctrl+c", "ctrl+q", "ctrl+z", "ctrl+l", "ctrl+r", "ctrl+t", "ctrl+p", "f1"),
    }
)

Chosen = Mapping[str, Sequence[str]]
"""Ids of commands and motions, each with the keys that it is to have, as people write them."""

#: What `keys` may be. In "vim" the letters move; what they meant before is on the same letter, with shift.
PRESETS: Final[Mapping[str, Chosen]] = {
    "default": {},
    "vim": {
        "move_down": ("j",),
        "move_up": ("k",),
        "step_out": ("h",),
        "step_in": ("l",),
        "page_down": ("ctrl+f", "space"),
        "page_up": ("ctrl+b",),
        "undo": ("u", "z"),
        "new_key": ("K",),
        "notices": ("H",),
        "history": ("W",),
        "key_history": ("L",),
    },
}


class Fault(NamedTuple):
    """What is wrong in a key map, as a sentence; `id` is what it was given for, where that tells the line."""

    id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class KeyMap:
    """The keys that hold.

    `source` says where they are from, and `faults` why they are not what somebody has chosen. A key map with
    faults is the default one.
    """

    meanings: Mapping[str, str | None] = field(default_factory=dict)
    written: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""
    faults: Sequence[str] = ()

    def meant(self, key: str) -> str | None:
        """The key of the registry that this one stands for; None where it means nothing any more."""
        return self.meanings.get(key, key)

    def shown(self, command_id: str) -> str:
        """The key of a command as it is shown; empty for one without."""
        if command_id in self.written:
            return next(iter(self.written[command_id]), "")
        command = COMMANDS.get(command_id)
        return command.key if command else ""

    def press(self, command_id: str) -> str:
        """The beginning of a sentence: `Press a`, or for what has no key, where it is found."""
        key = self.shown(command_id)
        return f"Press {key}" if key else f"Choose {COMMANDS[command_id].title} ({PALETTE_KEY})"


DEFAULT_KEYS: Final = KeyMap()


def known_ids() -> frozenset[str]:
    """All that can have a key."""
    return frozenset({*COMMANDS, *(motion.id for motion in MOTIONS)})


def made_of(chosen: Chosen, preset: str = "default") -> tuple[KeyMap, Sequence[Fault]]:
    """A key map of what somebody has chosen, on top of a preset; the default one where there are faults."""
    faults = list(_faults_of_names(chosen))
    if faults:
        return DEFAULT_KEYS, faults
    families = _families()
    given: dict[str, tuple[str, ...]] = {}
    for each, keys in PRESETS[preset].items():
        given |= dict.fromkeys(families[each], tuple(keys))
    for each, keys in chosen.items():
        faults += [
            Fault(other, f"{each} and {other} are one key: give it once, or both the same.")
            for other in families[each]
            if other > each and tuple(chosen.get(other, keys)) != tuple(keys)
        ]
        given |= dict.fromkeys(families[each], tuple(keys))
    faults += _clashes(given)
    return (DEFAULT_KEYS, faults) if faults else (_resolved(given), ())


def _default_keys() -> dict[str, str]:
    """Each id with the keys that it has by itself, separated by commas."""
    motions = {motion.id: motion.keys for motion in MOTIONS}
    return {**{command.id: command.keys for command in COMMANDS.values()}, **motions}


def _families() -> dict[str, tuple[str, ...]]:
    """Each id with all that have its key: one key does the same in every place, under several ids."""
    defaults = _default_keys()
    return {
        each: tuple(other for other in defaults if keys and defaults[other] == keys) or (each,)
        for each, keys in defaults.items()
    }


def _faults_of_names(chosen: Chosen) -> Iterable[Fault]:
    known, defaults = known_ids(), _default_keys()
    for each, keys in chosen.items():
        if each not in known:
            near = get_close_matches(each, known, 1)
            hint = f"Did you mean {near[0]}?" if near else "The ids are in docs/keys.md and behind `:`."
            yield Fault(each, f"There is no command {each!r}. {hint}")
            continue
        for written in keys:
            name = key_name(written)
            if name is None:
                yield Fault(
                    each, f"{written!r} is no key that terminals send. Keys are as K, /, ctrl+k or f5."
                )
            elif name in FIXED and name not in defaults[each].split(","):
                yield Fault(each, f"{written} keeps what it means everywhere: choose another key for {each}.")


def _held(each: str, given: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The keys that an id has: what was chosen, and what it keeps."""
    defaults = [key for key in _default_keys()[each].split(",") if key]
    if each not in given:
        return defaults
    names = [name for written in given[each] if (name := key_name(written))]
    return [*(key for key in defaults if key in FIXED), *(name for name in names if name not in FIXED)]


def _resolved(given: Mapping[str, tuple[str, ...]]) -> KeyMap:
    """What each key stands for."""
    defaults = _default_keys()
    meanings: dict[str, str | None] = {}
    for each in given:  # what was moved away is nothing, unless something else has come there
        before = defaults[each].split(",")
        meanings |= dict.fromkeys((key for key in before if key and key not in FIXED), None)
    for each in given:
        stands_for = defaults[each].split(",")[0] or f"{ALONE}{each}"
        meanings |= dict.fromkeys((key for key in _held(each, given) if key not in FIXED), stands_for)
    return KeyMap({key: meant for key, meant in meanings.items() if meant != key}, dict(given))


def _clashes(given: Mapping[str, tuple[str, ...]]) -> Iterable[Fault]:
    """Two things on one key, be it in two places: the same key does the same everywhere."""
    families = _families()
    by_key: dict[str, str] = {}
    told: set[tuple[str, tuple[str, ...]]] = set()
    for each in _default_keys():
        for key in _held(each, given):
            other = by_key.setdefault(key, each)
            if other not in families[each] and (key, families[each]) not in told:
                told.add((key, families[each]))
                about, written = each if each in given else other, _as_written(key, given)
                yield Fault(about, f"{written} would be the key of {other} and of {each}: move one of them.")


def _as_written(key: str, given: Mapping[str, tuple[str, ...]]) -> str:
    written = (each for keys in given.values() for each in keys if key_name(each) == key)
    return next(written, key)
