"""Text as the cells of a terminal.

A row is two lists of equal length, one entry a column: what stands in the cell, and its style (see `sgr`). A
character of two columns has an empty string in its second one, so that the column of a cell is its index.
Every entry holds one character (with the marks that combine with it), so no list holds a word of what is
shown, and no cache a text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import cell_len

UNKNOWN: Final = "\0"
"""A cell of which nobody knows what the terminal shows; equal to no text, for control characters are dropped.
"""

_JOINER: Final = "\u200d"
_PLAIN_RANGES: Final = (range(0x20, 0x7F), range(0xA0, 0xAD), range(0xAE, 0x300), range(0x2500, 0x25FD))
_PLAIN_SYMBOLS: Final = frozenset(chr(code) for codes in _PLAIN_RANGES for code in codes)
"""What is narrow beyond doubt and makes up nearly all text: Latin, and the lines and shapes of boxes."""

_UNSETTLED: Final = frozenset({"Mn", "Me", "Mc", "Cf", "Cc", "Cs", "Cn", "Co"})
"""Unicode's categories of which terminals disagree how wide they are: marks, formats, private, not assigned
yet.
"""


class Cells(NamedTuple):
    """A piece of a row."""

    texts: list[str]
    styles: list[str]
    narrow: bool
    """Every cell holds one character that all terminals draw one column wide."""


@lru_cache(maxsize=2048)
def is_narrow(character: str) -> bool:
    """Whether every terminal draws the character in one column, by itself."""
    if character in _PLAIN_SYMBOLS:
        return True
    return (
        not _is_regional(character)
        and unicodedata.category(character) not in _UNSETTLED
        and unicodedata.east_asian_width(character) not in "WF"
        and cell_len(character) == 1
    )


@lru_cache(maxsize=2048)
def is_settled(cluster: str) -> bool:
    """Whether all terminals agree how wide it is: the narrow, and East Asia's ideographs and syllables."""
    if len(cluster) != 1:
        return False
    wide = unicodedata.category(cluster) == "Lo" and unicodedata.east_asian_width(cluster) == "W"
    return wide or is_narrow(cluster)


def expand(pieces: Iterable[tuple[str, str]]) -> Cells:
    """Lay text out into cells.

    Control characters are dropped: they take no column, and a terminal would obey them.

    Args:
        pieces: Text and its style, from left to right.
    """
    texts: list[str] = []
    styles: list[str] = []
    narrow = True
    for text, style in pieces:
        if _PLAIN_SYMBOLS.issuperset(text) or all(map(is_narrow, text)):
            texts.extend(text)
            styles.extend([style] * len(text))
        else:
            narrow = _lay_clusters(text, style, texts, styles) and narrow
    return Cells(texts, styles, narrow)


def _lay_clusters(text: str, style: str, texts: list[str], styles: list[str]) -> bool:
    """Append text in which some character is not narrow; tells whether all was, but for its controls."""
    narrow = True
    for cluster in _clusters(text):
        width = _width(cluster)
        if width == 0:
            narrow = _join(cluster, texts) and narrow
            continue
        narrow = narrow and is_narrow(cluster) if len(cluster) == 1 else False
        texts.append(cluster)
        texts.extend([""] * (width - 1))
        styles.extend([style] * width)
    return narrow


def _join(mark: str, texts: list[str]) -> bool:
    """Join a mark to the character before it, which may be of another style; without one it is dropped."""
    last = len(texts) - 1
    while last >= 0 and texts[last] == "":
        last -= 1
    if last < 0:
        return True
    texts[last] += mark
    return False


def _clusters(text: str) -> list[str]:
    """What a terminal may draw as one sign: marks, joined emoji, skin tones, pairs of regional letters."""
    clusters: list[str] = []
    for character in text:
        if unicodedata.category(character) == "Cc":
            continue
        if clusters and _joins(clusters[-1], character):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _joins(cluster: str, character: str) -> bool:
    if cluster.endswith(_JOINER) or "\U0001f3fb" <= character <= "\U0001f3ff":
        return True
    if _is_regional(character):
        return _is_regional(cluster)
    return _width(character) == 0


def _is_regional(cluster: str) -> bool:
    """Whether it is one of the letters of which two make a flag."""
    return len(cluster) == 1 and "\U0001f1e6" <= cluster <= "\U0001f1ff"


def _width(cluster: str) -> int:
    """Columns as Rich counts them, for Textual's layout is built on that."""
    return cell_len(cluster) if len(cluster) > 1 else _character_width(cluster)


@lru_cache(maxsize=2048)
def _character_width(character: str) -> int:
    return cell_len(character)


def mend(texts: list[str]) -> None:
    """Replace by spaces, in place, what is left of a wide character that was partly overwritten."""
    column, width = 0, len(texts)
    while column < width:
        if texts[column] == "":
            texts[column] = " "
        end = column + 1
        wanted = column + max(1, _width(texts[column])) if texts[column] != UNKNOWN else end
        while end < width and end < wanted and texts[end] == "":
            end += 1
        if end < wanted:
            texts[column:end] = [" "] * (end - column)
        column = end
