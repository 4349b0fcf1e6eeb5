"""Events for the palette: by number, since anything else that is typed is told of by many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pftui.domain.audit import AuditEvent
from pftui.domain.errors import NotFound
from pftui.presentation.times import exact
from pftui.screens.tab_spec import Found

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services

_LONGEST = 18  # digits of a number that a store can hold


def find(services: Services, operator: Operator, text: str, limit: int) -> Sequence[Found]:
    """The event with this number, as `88307`, `88,307` or `#88,307`."""
    digits = text.removeprefix("#").replace(",", "")
    if not operator.global_admin or not (digits.isascii() and digits.isdigit()) or len(digits) > _LONGEST:
        return ()
    try:
        event = services.audit.show(operator, int(digits))
    except NotFound:
        return ()
    when = f" · {exact(event.created_at)}" if isinstance(event, AuditEvent) else ""
    name = f"#{event.sequence:,} {event.description}"
    return (Found(str(event.sequence), name, f"event{when}"),)
