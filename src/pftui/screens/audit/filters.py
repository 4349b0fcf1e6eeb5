"""The documented filters of the trail, as a form: it writes what can be typed after `/`, too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pftui.domain.audit_filter import FIELDS, filter_fields, filter_text, parse_audit_filter
from pftui.domain.clock import Clock
from pftui.domain.errors import InvalidInput
from pftui.screens.dialogs.form import Field, Form

if TYPE_CHECKING:
    from textual.widget import Widget

#: With what may be typed: all of them and the buttons are in view on 24 lines.
_LABELS = {
    "from": "Start date (2026-01-31, 2026-01-31T12:00, or how long ago: 2h, 7d)",
    "to": "End date",
    "by": "Actor (a part of the name or address)",
    "action": "Action (login, api_key_revoked …, or how it begins)",
    "target": "Target (user, team, role, service_account, api_key, organization …)",
    "about": "About an account, team, role, key or webhook",
}


class Filters(Form[str]):
    """Asks for each field; what else stands in the filter stays."""

    verb = "Show"

    def __init__(self, text: str, clock: Clock) -> None:
        super().__init__("Filters")
        self._fields, self._words = filter_fields(text)
        self._clock = clock

    def body(self) -> Iterable[Widget]:
        """The fields."""
        for name in FIELDS:
            yield Field(name, _LABELS[name], self._fields.get(name, ""))

    async def save(self) -> None:
        """Take it, where each field is understood."""
        typed = {name: self.typed(name).strip() for name in FIELDS}
        for name, value in typed.items():
            problem = parse_audit_filter(filter_text({name: value}), self._clock(), None).problem
            if problem:
                raise InvalidInput(name, problem)
        self.dismiss(filter_text(typed, self._words))
