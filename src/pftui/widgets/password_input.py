"""An input for a password, which neither a copy key nor a message's repr gives away."""

from __future__ import annotations

from dataclasses import dataclass

import rich.repr
from textual.widgets import Input

from pftui.domain.secret import MASK, Secret
from pftui.widgets.entry import Entry


class PasswordInput(Entry):
    """An `Input(password=True)` that can be pasted into, but not copied or cut from.

    Textual's own copies the plain text with ctrl+c and ctrl+x, and its messages show it in their repr.
    """

    @dataclass(repr=False)
    class Changed(Input.Changed, namespace="input"):
        """The text has changed; the repr does not show it."""

        def __repr__(self) -> str:
            return f"PasswordInput.Changed(value={MASK!r})"

        def __rich_repr__(self) -> rich.repr.Result:
            yield "value", MASK

    @dataclass(repr=False)
    class Submitted(Input.Submitted, namespace="input"):
        """Enter was pressed; the repr does not show the text."""

        def __repr__(self) -> str:
            return f"PasswordInput.Submitted(value={MASK!r})"

        def __rich_repr__(self) -> rich.repr.Result:
            yield "value", MASK

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(placeholder=placeholder, password=True, id=id)

    def secret(self) -> Secret:
        """What is typed."""
        return Secret(self.value)

    def forget(self) -> None:
        """Empty the field, so that it no longer holds what was typed."""
        self.value = ""

    def action_copy(self) -> None:
        """Nothing: what is hidden is not copied."""
        self.app.bell()

    def action_cut(self) -> None:
        """Nothing: what is hidden is not copied."""
        self.app.bell()
