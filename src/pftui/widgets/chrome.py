"""The top of the screen: who is where, the tabs, and the one rule under them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from pftui.presentation.cells import fit
from pftui.presentation.text import visible


class HeaderLine(Widget):
    """Program and organization on the left, the operator on the right."""

    ALLOW_SELECT = False

    organization = reactive("")
    operator = reactive("")
    standing = reactive("")
    demo = reactive(False)
    working = reactive(False)

    def render(self) -> Content:
        """The line; the organization's name gives way first."""
        width = self.size.width
        left = [(" pftui ", "$chip"), ("  ", "$text")]
        badge = [("  ", "$text"), (" DEMO ", "bold reverse $warning")] if self.demo else []
        state = [("  working…", "$muted")] if self.working else []
        right = self._right(width)
        taken = sum(cell_len(text) for text, _ in [*left, *badge, *state, *right]) + 2
        organization = visible(self.organization)
        name = fit(organization, max(0, min(cell_len(organization), width - taken)))
        parts = [*left, (name, "bold $text"), *badge, *state]
        used = sum(cell_len(text) for text, _ in [*parts, *right])
        return Content.assemble(*parts, (" " * max(0, width - used - 1), "$text"), *right)

    def _right(self, width: int) -> list[tuple[str, str]]:
        if not self.operator:
            return []
        operator = visible(self.operator)
        who = fit(operator, min(cell_len(operator), max(12, width // 2 - 10)))
        return [(who, "$text"), (f" · {self.standing}", "$muted")]


class TabLabel(NamedTuple):
    """A tab's id, its title, and the key that leads to it."""

    id: str
    title: str
    key: str


class TabBar(Widget):
    """The tabs with their keys, and the rule under them that marks the active one."""

    ALLOW_SELECT = False

    active = reactive("")

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, tab_id: str) -> None:
            super().__init__()
            self.tab_id = tab_id

    def __init__(self, tabs: Sequence[TabLabel], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._tabs = tabs
        self.set_reactive(TabBar.active, tabs[0].id)

    def _spans(self) -> dict[str, tuple[int, int]]:
        """Where each tab's label begins and ends, in cells."""
        spans, at = {}, 1
        for tab in self._tabs:
            spans[tab.id] = (at, at + len(tab.title) + 4)
            at += len(tab.title) + 7
        return spans

    def render(self) -> Content:
        """Labels, and beneath them the rule."""
        labels: list[tuple[str, str]] = [(" ", "$muted")]
        for tab in self._tabs:
            labels.append((f" {tab.key} ", "$muted"))
            labels.append((f"{tab.title} ", "$heading" if tab.id == self.active else "$text"))
            labels.append(("   ", "$muted"))
        start, end = self._spans()[self.active]
        rule = [
            ("─" * start, "$rule"),
            ("━" * (end - start), "$accent"),
            ("─" * max(0, self.size.width - end), "$rule"),
        ]
        return Content.assemble(*labels, ("\n", "$muted"), *rule)

    def on_click(self, event: events.Click) -> None:
        """Find the tab under the mouse."""
        for tab_id, (start, end) in self._spans().items():
            if start <= event.x < end:
                self.post_message(self.Chosen(tab_id))
