"""What a terminal sends, as events: what cannot be read is dropped, and nothing that comes ends the console.

Terminals answer questions, report keys and the mouse in several ways, and are rebuilt under a program that
runs; links cut and join what they send. Textual's own parser types what it does not know as keys, one by one,
which in a list of one-letter commands does things, and fails on numbers that it does not expect. Here a
sequence is read to its end by its grammar (ECMA-48, 5.4 and 8.3; xterm's ctlseqs), and taken only where it is
well known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from textual import constants, events, messages

from pftui.terminal.textual_private import TerminalCodes

if TYPE_CHECKING:
    from textual.message import Message

ESC: Final = "\x1b"
#: Seconds after which an escape character that nothing follows was the key; and after which the rest of a
#: sequence, which no hand types, is not waited for any more.
KEY_DELAY: Final = constants.ESCAPE_DELAY
REST_DELAY: Final = 2.0
#: Seconds after which a paste that goes on no more has lost its end.
PASTE_DELAY: Final = 10.0
#: Characters of a sequence, of an answer in text, and of one paste, beyond which it is not kept.
LONGEST_SEQUENCE: Final = 64
LONGEST_PASTE: Final = 1_000_000
#: Columns, rows and pixels that a terminal may claim to have.
LARGEST_SCREEN: Final = 32_767

#: The question that every terminal answers (DSR), after all that it was asked before.
ASK_STATUS: Final = "\x1b[5n"
_STATUS = "\x1b[0n"
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
_STRINGS = frozenset("]P_^")  # OSC, DCS, APC, PM: up to BEL or ST
_MOUSE = re.compile(r"\x1b\[<[0-9]{1,5};-?[0-9]{1,6};-?[0-9]{1,6}[Mm]")
_MODE = re.compile(r"\x1b\[\?([0-9]{1,5});([0-9])\$y")
_SIZE = re.compile(r"\x1b\[48;([0-9:]+);([0-9:]+);([0-9:]+);([0-9:]+)t")
_KEY = re.compile(r"\x1b\[([0-9:]*)(?:;([0-9:]*))?(?:;([0-9:]*))?([u~ABCDEFHPQRS])")
_RELEASED = "3"  # kitty's keyboard protocol: the type of an event, after the modifiers
_LINUX_FUNCTION_KEY = "\x1b[["
_OLD_MOUSE = "\x1b[M"


class InputParser:
    """Turns text into events; what has not come whole is kept until it has, or has not come in time.

    Times are seconds of any clock that does not go back.
    """

    def __init__(self, on_status: Callable[[], None] = lambda: None) -> None:
        """`on_status` is called where the terminal has answered `ASK_STATUS`."""
        self._on_status = on_status
        self._codes = TerminalCodes()
        self._sequence = ""
        self._since = 0.0
        self._in_string = False
        self._paste: list[str] | None = None
        self._pasted = 0

    def feed(self, text: str, now: float) -> Iterator[Message]:
        """The events of what has come."""
        for character in text:
            yield from self._next(character)
            self._since = now

    def tick(self, now: float) -> Iterator[Message]:
        """What has come to an end because nothing has followed it."""
        waited = now - self._since
        if self._sequence == ESC and waited >= KEY_DELAY:
            self._sequence = ""
            yield from self._escape()
        elif (self._sequence or self._in_string) and waited >= REST_DELAY:
            self._sequence, self._in_string = "", False
        elif self._paste is not None and waited >= PASTE_DELAY:
            yield from self._end_paste()

    def _next(self, character: str) -> Iterator[Message]:
        if self._in_string:
            self._string(character)
        elif self._sequence:
            yield from self._in_sequence(character)
        elif character == ESC:
            self._sequence = ESC
        elif self._paste is not None:
            self._keep_pasted(character)
        elif not "\x80" <= character <= "\x9f":  # controls of eight bits, which no key sends
            yield from self._keys(character)

    # Sequences

    def _in_sequence(self, character: str) -> Iterator[Message]:
        if character == ESC:  # the one before was cut short, or was the key
            before, self._sequence = self._sequence, ESC
            if before == ESC:
                yield from self._escape()
            return
        self._sequence += character
        sequence = self._sequence
        if len(sequence) == 2 and character in _STRINGS:
            self._sequence, self._in_string = "", True
        elif len(sequence) == 2 and character not in "[O":
            self._sequence = ""
            if self._paste is None and character != "\\":  # which ends a text (ST)
                yield from self._alt(character)
        elif self._is_whole(sequence):
            self._sequence = ""
            if len(sequence) <= LONGEST_SEQUENCE:
                yield from self._read(sequence)
        else:  # what is longer than any is read to its end, and not kept
            self._sequence = sequence[:LONGEST_SEQUENCE]

    @staticmethod
    def _is_whole(sequence: str) -> bool:
        """Whether a sequence has its last character."""
        last = sequence[-1]
        if len(sequence) < 3:
            return False
        if sequence.startswith(_LINUX_FUNCTION_KEY):
            return len(sequence) == 4
        if sequence.startswith(_OLD_MOUSE):
            return len(sequence) == 6
        if last == "$" and "?" not in sequence:  # rxvt ends keys with it; else it stands before the last one
            return True
        return not " " <= last <= "?"

    def _string(self, character: str) -> None:
        """An answer in text: nothing that is asked for, so it goes by."""
        if character == ESC:  # of the string's end, `ESC \\`; anything else begins with it too
            self._in_string, self._sequence = False, ESC
        elif character in "\x07\x9c\x18\x1a":
            self._in_string = False

    def _read(self, sequence: str) -> Iterator[Message]:
        if sequence == _PASTE_BEGINS:
            self._paste, self._pasted = [], 0
        elif sequence == _PASTE_ENDS:
            yield from self._end_paste()
        elif sequence == _STATUS:
            self._on_status()
        elif self._paste is not None:
            return  # in a paste there are no keys
        elif sequence == "\x1b[I":
            yield events.AppFocus()
        elif sequence == "\x1b[O":
            yield events.AppBlur()
        elif _MOUSE.fullmatch(sequence):
            yield from self._mouse(sequence)
        elif match := _MODE.fullmatch(sequence):
            yield from _mode(match[1], int(match[2]))
        elif match := _SIZE.fullmatch(sequence):
            yield from self._size(match.groups())
        else:
            yield from self._keys(_canonical(sequence))

    # Events

    def _escape(self) -> Iterator[Message]:
        if self._paste is None:
            yield events.Key("escape", ESC)

    def _alt(self, character: str) -> Iterator[Message]:
        keys = self._keys_of(ESC + character) or self._keys_of(character, alt=True)
        yield from keys

    def _keys(self, sequence: str) -> Iterator[Message]:
        yield from self._keys_of(sequence)

    def _keys_of(self, sequence: str, *, alt: bool = False) -> list[events.Key]:
        if not sequence:
            return []
        try:
            keys = self._codes.keys(sequence, alt=alt)
        except (ValueError, OverflowError):  # numbers that are no characters
            return []
        return [key for key in keys if _is_text(key.key) and _is_text(key.character or "")]

    def _mouse(self, sequence: str) -> Iterator[Message]:
        try:
            event = self._codes.mouse(sequence)
        except (ValueError, ArithmeticError):  # a terminal of no size
            return
        if event is not None:
            yield event

    def _size(self, claimed: tuple[str | None, ...]) -> Iterator[Message]:
        numbers = [int(text) for each in claimed if (text := (each or "").partition(":")[0])]
        if len(numbers) == 4 and all(0 < number <= LARGEST_SCREEN for number in numbers):
            height, width, pixel_height, pixel_width = numbers
            event = events.Resize.from_dimensions((width, height), (pixel_width, pixel_height))
            self._codes.resized(event)
            yield event

    # Pastes

    def _keep_pasted(self, character: str) -> None:
        self._pasted += 1
        # A text has lines and tabs; other controls in it are nothing that a field could hold.
        control = character < " " or "\x7f" <= character <= "\x9f"
        if control and character not in "\t\n\r":
            return
        if self._paste is not None and self._pasted <= LONGEST_PASTE:
            self._paste.append(character)

    def _end_paste(self) -> Iterator[Message]:
        pasted, self._paste = self._paste, None
        if pasted is not None:
            yield events.Paste("".join(pasted))


def _mode(number: str, setting: int) -> Iterator[Message]:
    """The answer to whether the terminal has a mode (DECRPM)."""
    if number == "2026" and setting > 0:
        yield messages.TerminalSupportsSynchronizedOutput()
    elif number == "2048" and constants.SMOOTH_SCROLL:
        yield messages.InBandWindowResize.from_setting_parameter(setting)


def _canonical(sequence: str) -> str:
    """A key report without what Textual's table does not expect; "" for a key that was let go.

    kitty's keyboard protocol: `CSI code:shifted:base ; modifiers:event ; text:text… u`.
    """
    match = _KEY.fullmatch(sequence)
    if match is None or ":" not in sequence:
        return sequence
    codes, modifiers, text, end = match.groups(default="")
    modifier, _, event = modifiers.partition(":")
    if event == _RELEASED:
        return ""
    parts = [codes.partition(":")[0], modifier, text]
    while parts and not parts[-1]:
        parts.pop()
    return f"{ESC}[{';'.join(parts)}{end}"


def _is_text(text: str) -> bool:
    """Whether a text can be written again: a half of a surrogate pair cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
