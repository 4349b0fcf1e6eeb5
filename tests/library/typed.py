"""What a type checker makes of a program that uses pftui: read by mypy, never run.

Each `type: ignore` is a mistake that must not pass; one that passed is unused, which `--strict` refuses.
"""

from collections.abc import Sequence
from typing import assert_type

import pftui
from pftui import (  # type: ignore[attr-defined]
    AlreadySo,
    AsyncVerifier,
    Decision,
    NewKey,
    NotThere,  # noqa: F401
    Organization,
    Permission,
    PermissionName,
    Person,
    PftuiError,
    Reason,
    RoleView,
    Secret,
    StoreUnavailable,
    TeamSummary,
    TryAgain,
    VerificationEvent,
    Verifier,
)

pftui.not_there  # type: ignore[attr-defined]
assert_type(pftui.__version__, str)


def names(error: PftuiError, unavailable: StoreUnavailable, later: TryAgain) -> None:
    """What is raised."""
    assert_type(error.message, str)
    assert_type(unavailable.message, str)
    assert_type(later.seconds, float)


def answers(verifier: Verifier, decision: Decision, name: PermissionName) -> None:
    """What is returned."""
    assert_type(pftui.Verifier(), Verifier)
    assert_type(verifier.verify("key", team="red-team"), Decision)
    assert_type(decision.reason, Reason | None)
    assert_type(decision.allowed, bool)
    assert_type(decision.grants[0].permissions, tuple[Permission, ...])
    assert_type(Permission(name), Permission)
    decision.allowd  # type: ignore[attr-defined]


def asks(verifier: Verifier, name: str, header: str | None) -> None:
    """What is taken."""
    for key in (None, b"key", Secret("key"), "key"):
        verifier.verify(key)
    verifier.verify("key", team="red-team", permission="run_scans")
    verifier.verify("key", team="red-team", permission=Permission.RUN_SCANS)
    verifier.verify("key", team="red-team", permission=Permission(name))
    verifier.verify("key", team="red-team", permission="run_scnas")  # type: ignore[arg-type]
    verifier.verify("key", team="red-team", permission=name)  # type: ignore[arg-type]
    verifier.check(team="red-team", permission="run_scnas")  # type: ignore[arg-type]
    decision = verifier.verify_header(header, x_api_key=[b"key"], team="red-team", permission="run_scans")
    assert_type(decision.status, int)
    assert_type(decision.headers, dict[str, str])
    verifier.verify_header()  # type: ignore[call-arg]
    verifier.verify("key", timeout=0.5, caller="job 17")
    verifier.verify("key", timeout="0.5")  # type: ignore[arg-type]
    verifier.health(timeout=1)


def watches(event: VerificationEvent) -> None:
    """What a hook is told."""
    assert_type(event.seconds, float)
    assert_type(event.caller, str | None)
    pftui.Verifier(timeout=2, hook=watches)
    pftui.AsyncVerifier(timeout=2, hook=lambda event: event.outcome)
    pftui.Verifier(hook=lambda: None)  # type: ignore[arg-type, misc]


def unavailable(error: StoreUnavailable | TryAgain) -> None:
    """What an answer is made of, where nothing was decided."""
    assert_type(error.status, int)
    assert_type(error.headers, dict[str, str])


async def on_a_loop(verifier: AsyncVerifier) -> None:
    """What is awaited."""
    assert_type(await verifier.verify("key", team="red-team", permission="run_scans"), Decision)
    await verifier.verify("key", team="red-team", permission="run_scnas")  # type: ignore[arg-type]
    verifier.verify("key").allowed  # type: ignore[attr-defined]  # it was not awaited


def administers(organization: Organization) -> None:
    """What the admin client takes and gives."""
    Organization("store.db", operator=Person("alice@acme.example", lambda: Secret("password")))
    Organization("store.db", operator=b"key")  # type: ignore[arg-type]
    assert_type(organization.teams.create("Red Team"), TeamSummary)
    assert_type(organization.roles.list(), Sequence[RoleView])
    assert_type(organization.accounts.disable("id"), AlreadySo | None)
    assert_type(organization.service_accounts.create(name="bot", description="for CI"), NewKey)
    organization.service_accounts.create("bot")  # type: ignore[call-arg]
    organization.teams.create(nmae="Red Team")  # type: ignore[call-arg]
    organization.teams.crate("Red Team")  # type: ignore[attr-defined]
