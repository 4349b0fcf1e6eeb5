"""What a key can do, in words: as the verifier decides it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pftui.domain.accounts import AccountDetails, AccountSummary, AssignmentView, KeyView, Kind, Status
from pftui.domain.decisions import KeyAccount, KeyFacts, decide
from pftui.domain.permissions import Permission
from pftui.presentation.keys import key_access
from tests.conftest import START

KEY = KeyView("Ab12Cd34Ef", "bot", "ci-bot", "", START, "Alice Ng", None, True, None, None)
GRANT = AssignmentView("t", "Red Team", "red-team", "r", "CI Runner", (Permission.RUN_SCANS,))
IN_A_TEAM = "Red Team (red-team), CI Runner: run_scans"
SETTINGS = "organization settings: global admin"


def details(*, admin: bool, disabled: bool, assignments: tuple[AssignmentView, ...]) -> AccountDetails:
    summary = AccountSummary("bot", Kind.SERVICE_ACCOUNT, "ci-bot", "", admin, 1, None, Status.ACTIVE)
    return AccountDetails(summary, None, "", disabled, None, START, "", 1, (KEY,), assignments)


@pytest.mark.parametrize("revoked", [False, True])
@pytest.mark.parametrize("disabled", [False, True])
@pytest.mark.parametrize("admin", [False, True])
@pytest.mark.parametrize("assignments", [(), (GRANT,)])
def test_it_is_what_the_verifier_would_say(
    revoked: bool, disabled: bool, admin: bool, assignments: tuple[AssignmentView, ...]
) -> None:
    key = replace(KEY, revoked_at=START if revoked else None)
    said = key_access(key, details(admin=admin, disabled=disabled, assignments=assignments))
    facts = KeyFacts(key.key_id, KeyAccount("bot", "ci-bot", admin), revoked, disabled, assignments)
    assert decide(facts).allowed is not said[0].startswith("nothing")
    if revoked:
        assert said == ["nothing: it is revoked"]
    elif disabled:
        assert said == ["nothing: its account is disabled"]
    elif not admin and not assignments:
        assert said == ["nothing: its account is in no team"]
    else:
        assert said == [SETTINGS] * admin + [IN_A_TEAM] * len(assignments)
