"""What a change ends is said before it is made: the same in the console and on the command line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pftui.domain.accounts import AccountDetails, AccountSummary, AssignmentView, KeyView, Kind
from pftui.domain.permissions import Permission
from pftui.domain.teams import TeamSummary
from pftui.presentation import consequences
from tests.samples import sample

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def key(number: int, *, revoked: bool = False) -> KeyView:
    return sample(KeyView, key_id=f"key{number}", revoked_at=NOW if revoked else None)


def assignment(number: int) -> AssignmentView:
    return sample(
        AssignmentView,
        team_id=str(number),
        team_name=f"Team {number}",
        role_name="Viewer",
        permissions=(Permission.VIEW_ISSUES,),
    )


def account(kind: Kind, *, keys: int = 0, teams: int = 0, disabled: bool = False) -> AccountDetails:
    return sample(
        AccountDetails,
        summary=sample(AccountSummary, kind=kind, name="ci", team_count=teams),
        disabled=disabled,
        keys=(*(key(number) for number in range(keys)), key(99, revoked=True)),
        assignments=tuple(assignment(number) for number in range(teams)),
    )


def service(keys: int = 0, teams: int = 0, *, disabled: bool = False) -> AccountDetails:
    return account(Kind.SERVICE_ACCOUNT, keys=keys, teams=teams, disabled=disabled)


def user(teams: int = 0, *, disabled: bool = False) -> AccountDetails:
    return account(Kind.USER, teams=teams, disabled=disabled)


def team(members: int, service_accounts: int) -> TeamSummary:
    return sample(TeamSummary, members=members, service_accounts=service_accounts)


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        (service(), "It has no working key."),
        (service(keys=1), "1 key stops working now."),
        (service(keys=3), "3 keys stop working now."),
        (service(keys=1, disabled=True), "It is disabled: no key of it works until it is enabled."),
        (user(), "They cannot sign in any more."),
        (user(disabled=True), "They are disabled, and cannot sign in now."),
    ],
)
def test_access_ends(details: AccountDetails, sentence: str) -> None:
    assert consequences.disable(details)[0] == sentence
    assert consequences.delete(details)[0] == sentence


@pytest.mark.parametrize(
    ("teams", "sentence"),
    [
        (0, "No team is concerned."),
        (1, "1 role ends, in Team 0."),
        (3, "3 roles end, in Team 0, Team 1, Team 2."),
        (4, "4 roles end, in Team 0, Team 1, Team 2, …."),
    ],
)
def test_a_deletion_ends_roles(teams: int, sentence: str) -> None:
    assert consequences.delete(user(teams))[1] == sentence


def test_what_is_enabled_works_again() -> None:
    assert consequences.enable(service(keys=1))[0] == "1 key works again now."
    assert consequences.enable(service())[0] == "0 keys work again now."
    assert consequences.enable(user())[0] == "They can sign in again now."


@pytest.mark.parametrize(
    ("details", "sentences"),
    [
        (None, ("1 key stops working now, for good.",)),
        (
            service(keys=1),
            (
                "1 key stops working now, for good.",
                "It is the only working key: ci can do nothing until it gets another.",
            ),
        ),
        (service(keys=3), ("1 key stops working now, for good.", "ci has 2 other working keys.")),
        (
            service(keys=2, disabled=True),
            ("This key ends now, for good.", "It is disabled: no key of it works until it is enabled."),
        ),
    ],
)
def test_a_revocation_leaves_keys(details: AccountDetails | None, sentences: tuple[str, ...]) -> None:
    assert consequences.revoke_key("key0", details) == sentences


@pytest.mark.parametrize(
    ("details", "left"),
    [
        (user(1), "It is their last team: they can do nothing in any team then."),
        (service(teams=1), "It is its last team: its keys can do nothing in any team then."),
        (user(2), "The role in 1 other team stays."),
        (user(3), "The roles in 2 other teams stay."),
    ],
)
def test_an_assignment_ends(details: AccountDetails, left: str) -> None:
    assert consequences.unassign(details, "0") == ("Viewer in Team 0 ends now: view issues.", left)
    assert consequences.unassign(details, "elsewhere") == ()


@pytest.mark.parametrize(
    ("members", "service_accounts", "sentence"),
    [
        (0, 0, "Nobody is in it."),
        (1, 0, "0 service accounts and 1 person loses what the team allows, now."),
        (2, 1, "1 service account and 2 people lose what the team allows, now."),
    ],
)
def test_a_team_ends(members: int, service_accounts: int, sentence: str) -> None:
    assert consequences.delete_team(team(members, service_accounts))[0] == sentence
