"""A deliverer for a store, opened and closed; and how far all webhooks are. Neither has an operator.

Who can read and write the store's file, or has the server's password, and its secrets' key, needs none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import StoreKeyUnavailable
from pftui.domain.webhooks import BEHIND, WebhookView
from pftui.repositories.database.engine import connect
from pftui.repositories.unit_of_work import Store
from pftui.services.delivering.deliverer import Deliverer
from pftui.services.delivering.outbox import Outbox
from pftui.services.sending.client import Sender
from pftui.services.store_key import keys_of

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.webhooks import WebhookService


@contextmanager
def deliverer(url: str, tell: Callable[[str], None], clock: Clock = utc_now) -> Iterator[Deliverer]:
    """A deliverer on an existing store.

    Args:
        tell: is given a sentence on what somebody may want to know.

    Raises:
        StoreMissing, StoreOutdated, StoreUnavailable: with what to do; nothing was touched.
    """
    with closing(Store(connect(url))) as store, Sender() as sender:
        yield Deliverer(Outbox(store, keys_of(url, store), clock), sender, tell)


def ensure_may_deliver(webhooks: WebhookService, operator: Operator) -> None:
    """Who switches a deliverer on in a console is a global admin, and it can sign.

    Raises:
        Forbidden: who may not see webhooks.
        StoreKeyUnavailable: the key that seals the signing secrets is not here.
    """
    webhooks.list(operator)
    _outbox(webhooks).check_key()


@contextmanager
def deliverer_beside(
    webhooks: WebhookService, tell: Callable[[str], None], stopped: threading.Event
) -> Iterator[Deliverer]:
    """A deliverer on a store that is open for something else. It acts for nobody, as any other.

    Args:
        tell: is given a sentence on what somebody may want to know.
        stopped: ends it.
    """
    with webhooks.sender() as sender:
        yield Deliverer(_outbox(webhooks), sender, tell, stopped)


def _outbox(webhooks: WebhookService) -> Outbox:
    return Outbox(webhooks.store, webhooks.keys, webhooks.clock)


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """How far all webhooks are; `key_problem` says why nothing can be signed, where that is so."""

    webhooks: tuple[WebhookView, ...]
    late: tuple[WebhookView, ...]
    key_problem: str = ""

    @property
    def fine(self) -> bool:
        """Whether nothing is parked, lost, or more than five minutes behind."""
        return not self.late


def delivery_status(url: str, clock: Clock = utc_now) -> DeliveryStatus:
    """How far all webhooks of a store are. Raises `StoreMissing`, `StoreOutdated`, `StoreUnavailable`."""
    with closing(Store(connect(url))) as store:
        with store.read() as unit:
            webhooks, known = tuple(unit.webhooks.views()), unit.webhooks.key()
        now, problem = clock(), ""
        late = tuple(each for each in webhooks if each.parked or each.secret_lost or each.lag(now) > BEHIND)
        if known is not None and webhooks:
            try:
                keys_of(url, store).find(known.fingerprint)
            except StoreKeyUnavailable as error:
                problem = error.message
        return DeliveryStatus(webhooks, late, problem)
