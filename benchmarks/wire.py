"""How many bytes an action sends to a terminal of 120×40."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.peers import PEERS, NotInstalled, lay_out, program
from benchmarks.programs import BARE, DEMO, Opened
from benchmarks.table import Row, Target, left_out

DOWN, PAGE_DOWN, ENTER, ESCAPE = "\x1b[B", "\x1b[6~", "\r", "\x1b"
HOME = "\x1b[H"
F1, F2, CTRL_P = "\x1bOP", "\x1bOQ", "\x10"
MOVES, STOPS = 10, 5

MOVING = 0.04
"""Seconds between two keys of a cursor that moves: more than the frame it is painted in, less than a rest."""

AT_REST = 0.6
"""Seconds without output after which nothing more follows from a key."""

_KEY = re.compile(r"pfsa_\w{40}")

MODAL = Target("<", 0.2)


def _limit(size: int) -> Target:
    return Target("≤", size, absolute=True)


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes, the most of several times."""

    most: int
    note: str = ""


def _most(sizes: list[int]) -> Sent:
    note = f"the most of {len(sizes)}; median {median(sizes):,.0f}" if len(sizes) > 1 else ""
    return Sent(max(sizes), note)


# What a person does, in the console and in the bare app alike


def _started(opened: Opened) -> Sent:
    opened.ready()
    return _most([opened.bytes])


def _moving(opened: Opened) -> Sent:
    """The cursor down, by a key that is held."""
    sizes = [opened.sent(DOWN, MOVING) for _ in range(MOVES)]
    opened.settle(AT_REST)
    return _most(sizes)


def _following(opened: Opened) -> Sent:
    """What comes after the cursor has moved once and rests."""
    sizes = []
    for _ in range(STOPS):
        opened.sent(DOWN, MOVING)
        sizes.append(opened.sent("", AT_REST))
    return _most(sizes)


def _page_down(opened: Opened) -> Sent:
    """What a page down sends until nothing more follows: list and details."""
    return _most([opened.sent(PAGE_DOWN, AT_REST)])


def _mouse(opened: Opened) -> Sent:
    """The mouse over 20 rows of the list: SGR reports of motion without a button (xterm's 1003 and 1006)."""
    over = "".join(f"\x1b[<35;20;{row}M" for row in range(10, 30))
    opened.sent("\x1b[<35;20;9M", AT_REST)
    return _most([opened.sent(over, AT_REST)])


def _tab(opened: Opened) -> Sent:
    return _most([opened.sent(key, AT_REST) for key in "2121"])


def _to_tab(key: str) -> Callable[[Opened], Sent]:
    """To a tab of the settings, from Users and from Teams."""

    def act(opened: Opened) -> Sent:
        sizes = []
        for start in "12":
            opened.sent(start, AT_REST)
            sizes.append(opened.sent(key, AT_REST))
        return _most(sizes)

    return act


def _audit_filter(opened: Opened) -> Sent:
    """A word in the Audit tab's filter, from the key that begins it until its rows are there."""
    opened.sent("5", AT_REST)
    before = opened.bytes
    for key in ("/", *"created", ENTER):
        opened.sent(key, MOVING)
    opened.settle(AT_REST)
    sent = opened.bytes - before
    opened.sent(ESCAPE, AT_REST)
    opened.sent("1", AT_REST)
    return _most([sent])


#: What is done, in this order, in one session; the target for the console; whether the bare app does it too.
ACTIONS: tuple[tuple[str, Callable[[Opened], Sent], Target, bool], ...] = (
    ("start to first rest", _started, _limit(12_000), True),
    ("cursor down while moving", _moving, _limit(400), True),
    ("details following once it rests", _following, _limit(2_500), False),
    ("page down, details included", _page_down, _limit(8_000), True),
    ("mouse over 20 rows", _mouse, _limit(0), True),
    ("tab changed, there and back", _tab, _limit(8_000), True),
    ("to the Roles tab", _to_tab("3"), _limit(8_000), False),
    ("to the Webhooks tab", _to_tab("4"), _limit(8_000), False),
    ("to the Audit tab", _to_tab("5"), _limit(8_000), False),
    ("a filter applied in Audit", _audit_filter, _limit(6_000), False),
)


def console(home: Path) -> Iterator[Row]:
    """All actions in the demo, each beside what the bare app sends for it, and the reveal."""
    with Opened(BARE, home) as opened:
        bare = {what: act(opened) for what, act, _, both in ACTIONS if both}
        box = opened.sent(F2, AT_REST), opened.sent(F2, AT_REST)
    with Opened(DEMO, home) as opened:
        for what, act, target, _ in ACTIONS:
            sent = act(opened)
            baseline = float(bare[what].most) if what in bare else None
            yield Row(f"bytes: {what}", sent.most, "bytes", baseline, None, target, sent.note)
        yield from _reveal(opened, *box)


def _reveal(opened: Opened, box_opened: int, box_closed: int) -> Iterator[Row]:
    """Create two service accounts; the form gives way to the reveal in the same moment.

    What was created is selected behind the reveal: among the rows in sight, which moves those below it,
    or on a page of its own, which the list goes to.
    """
    note = "baseline: a box of 80×12 on a ModalScreen"
    form, shown, closed = _created(opened, "aa-new-bot")
    yield Row("bytes: form opened", form, "bytes", box_opened, note="reported only")
    yield Row("bytes: reveal opened, its form closed", shown, "bytes", box_opened, None, _limit(4_000), note)
    yield Row("bytes: reveal closed", closed, "bytes", box_closed, None, _limit(3_000), note)
    _, shown, closed = _created(opened, "zz-new-bot")
    yield Row("bytes: the same, the list elsewhere", shown, "bytes", box_opened, note="reported only")
    yield Row("bytes: reveal closed there", closed, "bytes", box_closed, None, _limit(3_000), note)


def _created(opened: Opened, name: str) -> tuple[int, int, int]:
    """Bytes of the form, the reveal that follows it, and the lists when that has closed."""
    opened.sent(HOME, AT_REST)
    form = opened.sent("c", AT_REST)
    opened.sent(name, AT_REST)
    before = opened.bytes
    opened.type(ENTER)
    opened.wait_for(lambda: _KEY.search(opened.text))
    opened.settle(AT_REST)
    shown = opened.bytes - before
    opened.sent("s", AT_REST)  # saved to a file, else closing asks once more
    opened.type(ENTER)
    opened.wait_for(lambda: "Saved to" in opened.text)
    opened.settle(AT_REST)
    before = opened.bytes
    opened.type(ENTER)
    opened.wait_for(lambda: not _KEY.search(opened.text))
    opened.settle(AT_REST)
    return form, shown, opened.bytes - before


# Against the peers


def peers(home: Path) -> Iterator[Row]:
    """Help and palette opened, and a row down, against the peers."""
    lay_out(home)
    with Opened(DEMO, home) as opened:
        opened.ready()
        row = _moving(opened).most
        help_, _ = opened.sent("?", AT_REST), opened.sent(ESCAPE, AT_REST)
        palette = opened.sent(CTRL_P, AT_REST)
        opened.sent(ESCAPE, AT_REST)
    ours = {"help": help_, "palette": palette, "row": row}
    for name, kinds in _DONE.items():
        peer = next(each for each in PEERS if each.name == name)
        try:
            with Opened(program(peer), home) as opened:
                opened.ready(settle=False)
                opened.sent_within("", 2.0)
                theirs = {kind: act(opened) for kind, act in kinds.items()}
        except (NotInstalled, AssertionError) as reason:
            for kind in kinds:
                yield left_out(_against(kind, name), "bytes", _held_to(kind), str(reason).splitlines()[0])
            continue
        for kind, sent in theirs.items():
            note = "" if kind != "row" else "reported only"
            yield Row(_against(kind, name), ours[kind], "bytes", sent, None, _held_to(kind), note)


def _against(kind: str, name: str) -> str:
    what = {"help": "help opened", "palette": "palette opened", "row": "a row down"}[kind]
    return f"bytes: {what} ÷ {name}'s"


def _held_to(kind: str) -> Target | None:
    return None if kind == "row" else MODAL


def _a_row_down(opened: Opened) -> int:
    return max(opened.sent_within(DOWN, 0.25) for _ in range(5))


def _opened_and_closed(keys: str) -> Callable[[Opened], int]:
    def act(opened: Opened) -> int:
        sent = opened.sent_within(keys, 1.5)
        opened.sent_within(ESCAPE, 1.5)
        return sent

    return act


def _postings_row(opened: Opened) -> int:
    """A row of its tree of requests."""
    opened.sent_within("\x0f", 1.0)  # ctrl+o: jump
    opened.sent_within("\t", 1.0)  # to the collection
    return _a_row_down(opened)


def _harlequins_row(opened: Opened) -> int:
    """A row of the result of a query."""
    opened.sent_within("with recursive n(x) as (select 1 union all select x + 1 from n where x < 99) ", 1.0)
    opened.sent_within("select x, 'text' from n", 1.0)
    opened.sent_within("\n", 2.5)  # ctrl+j runs it and goes to its result
    return _a_row_down(opened)


_DONE: Mapping[str, Mapping[str, Callable[[Opened], int]]] = {
    "harlequin": {"help": _opened_and_closed(F1), "row": _harlequins_row},
    "posting": {"palette": _opened_and_closed(CTRL_P), "row": _postings_row},
}
