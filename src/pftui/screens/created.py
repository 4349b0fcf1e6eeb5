"""What an operator has just created: it is selected wherever it is listed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from pftui.domain.accounts import Kind


class What(Enum):
    """What it is."""

    ACCOUNT = auto()
    TEAM = auto()
    KEY = auto()
    ASSIGNMENT = auto()
    ROLE = auto()
    WEBHOOK = auto()


@dataclass(frozen=True, slots=True)
class Created:
    """`id` is the account's, the team's or the key's; of an assignment the account's, `kind` its kind.

    `within` is the account that a key, and the team that an assignment belongs to.
    """

    what: What
    id: str
    within: str | None = None
    kind: Kind | None = None
