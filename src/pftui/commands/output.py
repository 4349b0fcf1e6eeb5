"""Standard output: tables for people, JSON for programs, and a secret alone on its line.

Only answers go there. What a command says about itself goes to standard error (`failures.notify`), so
that `$(pftui keys create ci-bot)` is the key and nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from pftui.commands.failures import ReaderGone, notify, writing_output
from pftui.domain.clock import utc_now
from pftui.domain.errors import PftuiError
from pftui.presentation.cells import cell_width, fit
from pftui.presentation.text import visible, visible_json

if TYPE_CHECKING:
    from pftui.presentation.columns import Column, RowT

PAGE = 500  # rows asked for at once, so that a list of a million needs the memory of one page


def write(text: str) -> None:
    """Text to standard output, as it is.

    Raises:
        ReaderGone: the other end of the pipe is closed.
        PftuiError: it cannot be written, on a full disk for example.
    """
    if sys.stdout is None:
        return
    with writing_output():
        sys.stdout.write(text)


def flush() -> None:
    """Write out what is buffered, so that a failure is met here and not after the exit code is settled."""
    if sys.stdout is not None:
        with writing_output():
            sys.stdout.flush()


def _encoding() -> str:
    """That of standard output, as Python names it."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    return "utf-8" if encoding.replace("-", "") == "utf8" else encoding


def shown(text: str) -> str:
    """Text for people: what does not print, or has no place in the output's encoding, as its escape."""
    return visible(text, _encoding())


def line(text: str = "") -> None:
    """One line for people."""
    write(shown(text) + "\n")


def secret(text: str, if_lost: str) -> None:
    """A secret alone on its line, out at once.

    Args:
        if_lost: what to do where it could not be written, for it cannot be shown again.

    Raises:
        PftuiError: it was not written; with `if_lost`.
    """
    try:
        write(text + "\n")
        flush()
    except ReaderGone:
        raise PftuiError(f"Nobody read standard output, so it was lost. {if_lost}") from None
    except PftuiError as error:
        raise PftuiError(f"{error.message} {if_lost}") from None


def _encoded(value: Any) -> str:
    import json

    return visible_json(json.dumps(value, ensure_ascii=_encoding() != "utf-8"))


def json_object(value: Any) -> None:
    """One JSON value on one line."""
    write(_encoded(value) + "\n")


def json_text(value: Any) -> str:
    """One JSON value, without a line break, for where a secret in it goes."""
    return _encoded(value)


def json_array(values: Iterable[Any]) -> None:
    """A JSON array, a value a line, written as the values come."""
    separator = "[\n"
    for value in values:
        write(separator + _encoded(value))
        separator = ",\n"
    write("[]\n" if separator == "[\n" else "\n]\n")


def table(columns: Sequence[Column[RowT]], rows: Iterable[RowT], empty: str) -> None:
    """Rows in aligned columns under their titles; `empty` on standard error where there are none.

    Widths are those of the rows so far, a page at a time, so that a long list starts at once and needs
    no memory; a later, wider row widens the column from its page on.
    """
    now = utc_now()
    source = iter(rows)
    lines = [[shown(column.title) for column in columns]]
    widths = [0] * len(columns)
    while batch := list(islice(source, PAGE)):
        lines += [[shown(column.text(row, now)) for column in columns] for row in batch]
        for index in range(len(columns)):
            widths[index] = max(widths[index], *(cell_width(cells[index]) for cells in lines))
        for cells in lines:
            _row(columns, widths, cells)
        lines.clear()
    if lines:
        notify(empty)


def _row(columns: Sequence[Column[RowT]], widths: Sequence[int], cells: Sequence[str]) -> None:
    parts = (
        fit(cell, width, column.number) for column, width, cell in zip(columns, widths, cells, strict=True)
    )
    write("  ".join(parts).rstrip() + "\n")


def field(label: str, values: Sequence[str], none: str = "none") -> Iterator[tuple[str, str]]:
    """A label with all that stands under it, for `fields`; `none` where that is nothing."""
    for number, value in enumerate(values or (none,)):
        yield ("" if number else label), value


def fields(pairs: Iterable[tuple[str, str]]) -> None:
    """A label and a value a line, aligned; a label that is empty goes on with the one above."""
    listed = list(pairs)
    width = max(cell_width(label) for label, _ in listed)
    for label, value in listed:
        write(f"{fit(label, width)}  {shown(value)}".rstrip() + "\n")
