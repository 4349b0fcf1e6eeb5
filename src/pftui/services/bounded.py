"""Events that strangers can cause as often as they like: bounded, and the rest counted (R8)."""

from __future__ import annotations

from datetime import timedelta

from pftui.domain.audit import Action, Target
from pftui.repositories.models import Principal
from pftui.services.writer import AuditWriter

#: Of one action at most one event about one target in this time, and at most `MOST` in all.
PAUSE = timedelta(minutes=1)
MOST = 10


def record_bounded(
    writer: AuditWriter,
    action: Action,
    target: Target,
    target_id: str,
    description: str,
    times: int = 1,
    **metadata: object,
) -> None:
    """Write an event, or where that would be one too many, count it for the next that is written.

    Args:
        times: how many this tells of.
    """
    audit, since = writer.unit.audit, writer.now - PAUSE
    if audit.told_between(since, writer.now, action, target_id) or audit.told_between(
        since, writer.now, action, most=MOST
    ):
        audit.count_untold(action, times)
        return
    others = audit.take_untold(action) + times - 1
    more = f"; {others:,} more like it were not told one by one" if others else ""
    writer.record(action, target, target_id, f"{description}{more}", None, others=others or None, **metadata)


def record_put_off(writer: AuditWriter, user: Principal | None) -> None:
    """Tell of a password that was not looked at; what was typed is not kept where nobody has that address."""
    if user is not None:
        target, target_id, who = Target.USER, user.id, f" as {user.email}"
    else:
        target, target_id, who = Target.ORGANIZATION, writer.unit.organization.get().id, ""
    text = f"Put off a sign-in{who} after too many failures"
    record_bounded(writer, Action.LOGIN_PUT_OFF, target, target_id, text)
