"""No method of a service is forgotten in the tables by which the rules are tested."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from inspect import getmembers, isfunction, signature
from unittest.mock import MagicMock

import pytest

from pftui.domain.accounts import Operator
from pftui.domain.audit import Action
from pftui.services.contracts import Services
from tests.services.conftest import Cast
from tests.services.test_reading import ADMINS_READ, READS
from tests.services.test_rules import CHANGES, R8_EVENTS
from tests.services.test_sessions import ASKS

Attempt = Callable[[Services, Operator, Cast], object]

#: A change that all make to their own account only, so R1 does not hold for it.
OWN = {
    "sign_in.change_password",
    "sign_in.choose_password",
    "sessions.attend",
    "sessions.prove",
    "sessions.sign_out",
}

ELSEWHERE = {
    Action.LOGIN,
    Action.LOGIN_FAILED,
    Action.PASSWORD_CHANGED,
    Action.CHANGE_REFUSED,
    Action.ORGANIZATION_CREATED,
    Action.LOGOUT,
    Action.API_KEY_FIRST_USED,
    Action.API_KEY_WRONG_SECRET,
    Action.API_KEY_KEPT,
    Action.LOGIN_PUT_OFF,
    Action.BACKUP_CREATED,
    Action.STORE_RESTORED,
    Action.AUDIT_CHAIN_STARTED,
    Action.STORE_KEY_ROTATED,
}
"""Their events are tested with sign-ins, refusals, uses of keys, offboardings, and stores made or copied."""
NOT_YET = {
    Action.API_TOKEN_CREATED,
    Action.API_TOKEN_REVOKED,
}
"""Named by the documented list, and written by nothing so far."""


def with_an_operator(services: Services) -> set[str]:
    """The methods of all services that somebody calls as an operator: `accounts.page`, …"""
    return {
        f"{field.name}.{name}"
        for field in fields(services)
        for name, method in getmembers(type(getattr(services, field.name)), isfunction)
        if not name.startswith("_") and "operator" in signature(method).parameters
    }


def changing(services: Services) -> set[str]:
    """Those that change something."""
    return with_an_operator(services) - READS.keys() - ADMINS_READ.keys() - OWN


def asking(services: Services) -> set[str]:
    """Those of which a docstring says that they ask for the password again."""
    found = set()
    for name in changing(services):
        field, method = name.split(".")
        if "ProofNeeded" in (getattr(type(getattr(services, field)), method).__doc__ or ""):
            found.add(name)
    return found


def called(attempts: Iterable[Attempt]) -> set[str]:
    """The methods that the attempts call."""
    services = MagicMock()
    for attempt in attempts:
        attempt(services, MagicMock(), MagicMock())
    return {name for name, _, _ in services.method_calls}


def test_services_have_methods_that_read_and_that_change(services: Services) -> None:
    assert READS.keys() | ADMINS_READ.keys() < with_an_operator(services)
    assert "accounts.delete" in changing(services)


@pytest.mark.parametrize("name", READS | ADMINS_READ)
def test_the_tables_of_what_is_read_name_what_they_call(name: str) -> None:
    assert called([(READS | ADMINS_READ)[name]]) == {name}


def test_r1_is_tried_with_every_method_that_changes_something(services: Services) -> None:
    assert called(CHANGES.values()) - READS.keys() - ADMINS_READ.keys() == changing(services)


def test_r8_is_tried_with_every_action_there_is() -> None:
    tried = {action for _, actions in R8_EVENTS.values() for action in actions}
    assert {action for action in Action if action not in tried} == ELSEWHERE | NOT_YET


def test_r8_is_tried_with_every_method_that_changes_something(services: Services) -> None:
    tried = called(attempt for attempt, _ in R8_EVENTS.values()) - READS.keys() - ADMINS_READ.keys()
    assert tried == changing(services)


def test_the_password_is_asked_for_again_by_all_that_say_so(services: Services) -> None:
    """And by no other: `test_sessions` tries all changes with a password that was given long ago."""
    assert called(ASKS.values()) - READS.keys() == asking(services)
