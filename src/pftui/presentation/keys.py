"""API keys: their state in a word, and the columns of their table."""

from __future__ import annotations

from enum import StrEnum

from pftui.domain.accounts import AccountDetails, KeyView
from pftui.domain.api_key import shown
from pftui.domain.decisions import KeyAccount, KeyFacts, decide
from pftui.domain.reasons import Reason
from pftui.presentation.columns import Column
from pftui.presentation.permissions import grants_of
from pftui.presentation.text import creator
from pftui.presentation.times import relative


class KeyState(StrEnum):
    """The one state a key is in; the value is the word for people and for programs."""

    REVOKED = "revoked"
    UNSAVED = "unsaved"
    ACTIVE = "active"


def key_state(key: KeyView) -> KeyState:
    """The first that holds."""
    if not key.live:
        return KeyState.REVOKED
    return KeyState.ACTIVE if key.saved else KeyState.UNSAVED


def key_access(key: KeyView, details: AccountDetails) -> list[str]:
    """What a key can do now, a sentence or a team each; why nothing, where it can do nothing."""
    account = KeyAccount(details.summary.id, details.summary.name, details.summary.global_admin)
    decision = decide(KeyFacts(key.key_id, account, not key.live, details.disabled, details.assignments))
    if decision.reason is not None:
        return [f"nothing: {_WHY_NOTHING[decision.reason]}"]
    settings = ["organization settings: global admin"] if account.global_admin else []
    return settings + grants_of(decision)


_WHY_NOTHING = {
    Reason.REVOKED: "it is revoked",
    Reason.DISABLED: "its account is disabled",
    Reason.NO_TEAM: "its account is in no team",
}


KEY_COLUMNS = (
    Column[KeyView]("Key", lambda key, now: shown(key.key_id)),
    Column[KeyView]("Account", lambda key, now: key.account_name),
    Column[KeyView]("Label", lambda key, now: key.label),
    Column[KeyView]("Created", lambda key, now: relative(key.created_at, now)),
    Column[KeyView]("By", lambda key, now: creator(key.created_by, gone=key.creator_gone)),
    Column[KeyView]("Last used", lambda key, now: relative(key.last_used_at, now)),
    Column[KeyView]("Status", lambda key, now: key_state(key)),
)
