"""What follows from the facts about a key, for all facts (R3)."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.accounts import AssignmentView
from pftui.domain.decisions import SETTINGS_ONLY, KeyAccount, KeyFacts, Reason, decide
from pftui.domain.permissions import OLDER_NAMES, Permission, allows, in_order, included

TEAMS = ("t1", "t2", "t3")


@st.composite
def facts(draw: st.DrawFn) -> KeyFacts:
    teams = draw(st.lists(st.sampled_from(TEAMS), unique=True))
    grants = tuple(
        AssignmentView(
            team, team.upper(), team, "r", "Role", in_order(draw(st.frozensets(st.sampled_from(Permission))))
        )
        for team in teams
    )
    account = KeyAccount("a", "bot", draw(st.booleans()))
    return KeyFacts("Ab12Cd34Ef", account, draw(st.booleans()), draw(st.booleans()), grants)


wanted_team = st.sampled_from([None, *TEAMS])
wanted_permission: st.SearchStrategy[tuple[Permission, ...]] = st.sampled_from(
    [(), *((each,) for each in Permission), *OLDER_NAMES.values()]
)


@given(facts(), wanted_team, wanted_permission)
def test_an_ended_key_may_nothing_and_hears_the_first_reason(
    known: KeyFacts, team: str | None, permission: tuple[Permission, ...]
) -> None:
    decision = decide(known, team, permission)
    if known.revoked:
        assert decision.reason is Reason.REVOKED
    elif known.disabled:
        assert decision.reason is Reason.DISABLED
    else:
        assert decision.reason not in (Reason.REVOKED, Reason.DISABLED)


@given(facts(), st.sampled_from(TEAMS), wanted_permission)
def test_r3_only_an_assignment_opens_a_team(
    known: KeyFacts, team: str, permission: tuple[Permission, ...]
) -> None:
    decision = decide(known, team, permission)
    grants = [grant for grant in known.assignments if grant.team_id == team]
    live = not known.revoked and not known.disabled
    may = bool(grants) and all(allows(grants[0].permissions, each) for each in permission)
    assert decision.allowed is (live and may)
    if decision:
        assert list(decision.grants) == grants


@given(facts())
def test_r3_without_a_team_any_assignment_or_the_settings_will_do(known: KeyFacts) -> None:
    decision = decide(known)
    live = not known.revoked and not known.disabled
    assert decision.allowed is (live and bool(known.assignments or known.account.global_admin))
    settings_only = decision.allowed and not known.assignments
    assert (decision.message == SETTINGS_ONLY) is settings_only


@given(facts(), wanted_team, wanted_permission)
def test_global_admin_privileges_change_nothing_about_a_team(
    known: KeyFacts, team: str | None, permission: tuple[Permission, ...]
) -> None:
    if team is None:
        return
    account = known.account
    other = KeyFacts(
        known.key_id,
        KeyAccount(account.id, account.name, not account.global_admin),
        known.revoked,
        known.disabled,
        known.assignments,
    )
    assert decide(known, team, permission).allowed is decide(other, team, permission).allowed


@given(facts(), wanted_team, wanted_permission)
def test_the_answer_is_one_shape_and_a_denial_gives_no_grants(
    known: KeyFacts, team: str | None, permission: tuple[Permission, ...]
) -> None:
    decision = decide(known, team, permission)
    shape = json.loads(json.dumps(decision.as_json()))
    assert set(shape) == {"allowed", "reason", "message", "keyId", "account", "teams", "moreTeams"}
    assert shape["allowed"] is decision.allowed is bool(decision)
    assert (shape["reason"] is None) is decision.allowed
    if not decision:
        assert shape["message"]
        assert shape["teams"] == []


@given(facts(), st.sampled_from(TEAMS), wanted_permission)
def test_what_is_allowed_names_the_permission_by_which(
    known: KeyFacts, team: str, permission: tuple[Permission, ...]
) -> None:
    decision = decide(known, team, permission)
    if not decision:
        assert decision.by == ()
        return
    held = decision.grants[0].permissions
    assert len(decision.by) == len(permission)
    told = []
    for by, each in zip(decision.by, permission, strict=True):
        assert by in held
        assert by is each or (each not in held and allows([by], each))
        told += [included(by, each)] if by is not each else []
    assert decision.message == (f"{'; '.join(told)}." if told else None)


def test_what_includes_the_permission_is_said_in_words() -> None:
    grant = AssignmentView("t1", "T1", "t1", "r", "Role", (Permission.MANAGE_EVALUATIONS,))
    known = KeyFacts("Ab12Cd34Ef", KeyAccount("a", "bot", False), False, False, (grant,))
    decision = decide(known, "t1", (Permission.CREATE_EVALUATIONS,))
    assert decision.message == "Manage Evaluations includes Create Evaluations."
    (team,) = decision.as_json()["teams"]
    assert team["permissions"] == ["manage_evaluations"]
    assert team["effectivePermissions"] == ["view_evaluations", "create_evaluations", "manage_evaluations"]
