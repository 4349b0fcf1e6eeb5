"""One event, sent at once because somebody asked for it; what became of it is kept with the rest."""

from __future__ import annotations

from pftui.domain.audit import AuditEvent
from pftui.domain.errors import NotFound, PftuiError
from pftui.domain.webhooks import Delivery
from pftui.services.delivering.outbox import Outbox, delivery_of, keep_deliveries
from pftui.services.delivering.turn import Sends


def send_now(outbox: Outbox, sender: Sends, webhook_id: str, event: AuditEvent) -> Delivery:
    """Send an event to a webhook, whatever waits for it, and whether or not it is paused.

    Raises:
        NotFound: the webhook was deleted meanwhile.
        PftuiError: it cannot be signed; with what to do.
    """
    receiver = outbox.receiver(webhook_id)
    if receiver is None:
        raise NotFound("This webhook was deleted meanwhile. Nothing was sent.")
    if receiver.secret is None:
        raise PftuiError(receiver.problem)
    answer = sender.send(receiver.request(event))
    made = delivery_of(event, answer, 1, outbox.time())
    with outbox.store.write() as unit:
        if unit.webhooks.get(webhook_id) is not None:
            keep_deliveries(unit, webhook_id, [made], made[1])
            unit.commit()
    return made[0]
