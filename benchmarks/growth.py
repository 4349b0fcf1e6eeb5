"""How what lists ask for grows from 1,000 to 1,000,000 accounts, as a picture.

`python -m benchmarks.growth FILE.json … docs/pictures/growth.svg` draws what `python -m benchmarks lists` and
`million` have written with `--json`. Each query is a line; both axes are logarithmic.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

_WHAT = re.compile(r"(\w+), ([\d,]+) accounts: (?!the first row|memory|a console|assigning)(.+)")
_SIZES = (1_000, 100_000, 1_000_000)
_LOW, _HIGH = 0.1, 10_000.0  # milliseconds
_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP, _LINE = 330, 420, 60, 40, 330, 12
_COLOURS = ("#0b6e99", "#b3541e", "#3d7a37", "#7b3fa0", "#a61e3c", "#5b5b5b", "#a88400", "#00736b")

#: Of a query, the milliseconds at each size.
Series = Mapping[str, Mapping[int, float]]


def series(rows: Iterable[Mapping[str, object]]) -> dict[str, dict[str, dict[int, float]]]:
    """By database and query, what was measured at each size: the baseline is that at the smallest."""
    found: dict[str, dict[str, dict[int, float]]] = {}
    for row in rows:
        match, measured, baseline = _WHAT.fullmatch(str(row["what"])), row["measured"], row["baseline"]
        if match is None or not isinstance(measured, float | int) or not isinstance(baseline, float | int):
            continue
        points = found.setdefault(match[1], {}).setdefault(match[3], {})
        points[int(match[2].replace(",", ""))] = float(measured)
        points.setdefault(_SIZES[0], float(baseline))
    return found


def drawn(found: Mapping[str, Series]) -> str:
    """The picture, as SVG: a panel for each database."""
    panel = _LEFT + _WIDTH + _GAP
    height = _TOP + max(_HEIGHT, *(_LINE * len(each) for each in found.values()), 0) + 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{panel * len(found)}" height="{height}" '
        'font-family="sans-serif" font-size="10">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for number, (database, queries) in enumerate(found.items()):
        parts.append(f'<g transform="translate({number * panel + _LEFT},{_TOP})">')
        parts += [*_axes(database), *_lines(queries), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _axes(database: str) -> Iterable[str]:
    yield f'<text x="0" y="-16" font-size="14">{escape(database)}: milliseconds, by accounts</text>'
    for size in (1_000, 10_000, 100_000, 1_000_000):
        x = _x(size)
        yield f'<line x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{_HEIGHT}" stroke="#dddddd"/>'
        yield f'<text x="{x:.1f}" y="{_HEIGHT + 16}" text-anchor="middle">{size:,}</text>'
    for power in range(round(math.log10(_LOW)), round(math.log10(_HIGH)) + 1):
        y = _y(10.0**power)
        yield f'<line x1="0" y1="{y:.1f}" x2="{_WIDTH}" y2="{y:.1f}" stroke="#dddddd"/>'
        yield f'<text x="-6" y="{y + 3:.1f}" text-anchor="end">{10.0**power:,g}</text>'


def _lines(queries: Series) -> Iterable[str]:
    """The slowest at the end first, so that the list beside them is in the order of their ends."""
    ordered = sorted(queries.items(), key=lambda each: -each[1][max(each[1])])
    for place, (what, points) in enumerate(ordered):
        colour = _COLOURS[place % len(_COLOURS)]
        path = " ".join(f"{_x(size):.1f},{_y(taken):.1f}" for size, taken in sorted(points.items()))
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        y = place * _LINE + 8
        yield f'<line x1="{_WIDTH + 12}" y1="{y - 3}" x2="{_WIDTH + 28}" y2="{y - 3}" stroke="{colour}"/>'
        ends = f"{points[max(points)]:,.1f} ms"
        yield f'<text x="{_WIDTH + 34}" y="{y}" fill="{colour}">{escape(what)}: {ends}</text>'


def _x(size: int) -> float:
    low, high = math.log10(_SIZES[0]), math.log10(_SIZES[-1])
    return _WIDTH * (math.log10(size) - low) / (high - low)


def _y(milliseconds: float) -> float:
    low, high = math.log10(_LOW), math.log10(_HIGH)
    within = min(max(milliseconds, _LOW), _HIGH)
    return _HEIGHT * (1 - (math.log10(within) - low) / (high - low))


def main(arguments: Sequence[str]) -> None:
    """Draw what is in the files into the last one."""
    rows = [row for name in arguments[:-1] for row in json.loads(Path(name).read_text())["rows"]]
    Path(arguments[-1]).write_text(drawn(series(rows)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
