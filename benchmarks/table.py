"""Rows of the result: a figure, its baseline, the target and whether it was met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal

Unit = Literal["ms", "MB", "bytes", "/s", "%"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a row is held to: the ratio to its baseline or, where `absolute`, the figure itself."""

    sign: Literal["≤", "<", "≥"]
    limit: float
    absolute: bool = False

    def met(self, figure: float) -> bool:
        """Whether a figure is within it."""
        if self.sign == "≥":
            return figure >= self.limit
        return figure <= self.limit if self.sign == "≤" else figure < self.limit

    def __str__(self) -> str:
        return f"{self.sign} {self.limit:,.10g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Args:
        measured: in `unit`; None where it could not be measured, with the reason in `note`.
        baseline: the same of what it is compared with.
        ratio: where it is not simply `measured` ÷ `baseline`: the median of the pairs' ratios.
        target: None for what is only reported.
    """

    what: str
    measured: float | None
    unit: Unit
    baseline: float | None = None
    ratio: float | None = None
    target: Target | None = None
    note: str = ""

    @property
    def quotient(self) -> float | None:
        """Measured ÷ baseline."""
        if self.ratio is not None or self.measured is None or not self.baseline:
            return self.ratio
        return self.measured / self.baseline

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None without a target or a figure."""
        figure = self.measured if self.target and self.target.absolute else self.quotient
        return None if self.target is None or figure is None else self.target.met(figure)

    @property
    def verdict(self) -> str:
        """In a word."""
        if self.measured is None:
            return "left out"
        return {None: "", True: "met", False: "MISSED"}[self.met]

    def as_json(self) -> dict[str, Any]:
        """All of it, for programs."""
        return {**asdict(self), "target": str(self.target or ""), "ratio": self.quotient, "met": self.met}


def left_out(what: str, unit: Unit, target: Target | None, reason: str) -> Row:
    """A row without figures, and why."""
    return Row(what, None, unit, target=target, note=reason)


def paired(
    what: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    unit: Unit,
    target: Target | None,
    note: str = "",
) -> Row:
    """A row from pairs that were measured one right after the other, so that both met the same neighbours.

    The ratio is the median of the pairs' ratios; the note gives the middle half of them.
    """
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    quarter = len(ratios) // 4
    spread = f"{len(ratios)} pairs, half of them {_ratio(ratios[quarter])}–{_ratio(ratios[-1 - quarter])}"
    return Row(
        what,
        median(ours),
        unit,
        median(theirs),
        median(ratios),
        target,
        "; ".join(filter(None, [spread, note])),
    )


HEADINGS = ("what", "measured", "baseline", "ratio", "target", "verdict", "")


def lines(rows: Sequence[Row]) -> list[str]:
    """The table, aligned."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    told = []
    for line in cells:
        padded = [
            text.ljust(width) if column in (0, 4, 5, 6) else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        told.append("  ".join(padded).rstrip())
    told.insert(1, "  ".join("─" * width for width in widths[:-1]))
    return told


def _cells(row: Row) -> tuple[str, ...]:
    quotient = "" if row.quotient is None else _ratio(row.quotient)
    target = "" if row.target is None else str(row.target)
    return (
        row.what,
        _figure(row.measured, row.unit),
        _figure(row.baseline, row.unit),
        quotient,
        target,
        row.verdict,
        row.note,
    )


def _figure(figure: float | None, unit: Unit) -> str:
    return "" if figure is None else f"{figure:,.0f} {unit}"


def _ratio(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2f}"
