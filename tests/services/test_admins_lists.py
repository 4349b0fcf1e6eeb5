"""What a global admin's lists leave out and go on from: what is for others without effect is not for them."""

from __future__ import annotations

from pftui.domain.accounts import AccountQuery, Kind, Operator
from pftui.domain.paging import PageRequest
from pftui.domain.teams import TeamQuery
from pftui.services.contracts import Services
from tests.conftest import SetClock
from tests.services.conftest import Cast


def test_teams_without_an_account_are_listed_counted_and_placed_alike(
    services: Services, admin: Operator, cast: Cast
) -> None:
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    query = TeamQuery(without_account=cast.bot.account_id)
    assert [team.name for team in services.teams.page(admin, query, PageRequest())] == ["Default"]
    assert services.teams.count(admin, query) == 1
    assert services.teams.position(admin, query, cast.team_id) is None


def test_accounts_outside_a_team_are_listed_counted_and_placed_alike(
    services: Services, admin: Operator, cast: Cast
) -> None:
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    query = AccountQuery(not_in_team=cast.team_id)
    assert [row.id for row in services.accounts.page(admin, query, PageRequest())] == [admin.id, cast.bao.id]
    assert services.accounts.count(admin, query).total == 2
    assert services.accounts.position(admin, query, cast.bot.account_id) is None


def test_pages_go_on_from_their_neighbours(services: Services, admin: Operator, cast: Cast) -> None:
    for account_id in (admin.id, cast.bao.id):
        services.teams.add(admin, cast.team_id, account_id, cast.role_id)
    after_alice = PageRequest(after=admin.id)
    people = services.teams.members(admin, cast.team_id, Kind.USER, after_alice)
    assert [each.account.id for each in people] == [cast.bao.id]
    accounts = services.accounts.page(admin, AccountQuery(), after_alice)
    assert [row.id for row in accounts] == [cast.bao.id, cast.bot.account_id]
    before_red = PageRequest(before=cast.team_id)
    assert [team.name for team in services.teams.page(admin, TeamQuery(), before_red)] == ["Default"]


def test_each_key_is_listed_once_with_its_owner_live_ones_and_newest_first(
    services: Services, admin: Operator, cast: Cast, clock: SetClock
) -> None:
    clock.forward(minutes=1)
    other = services.service_accounts.create(admin, name="other")
    clock.forward(minutes=1)
    second = services.keys.create(admin, cast.bot.account_id)
    services.keys.revoke(admin, cast.bot.key_id)
    listed = [(key.key_id, key.account_name) for key in services.keys.list(admin)]
    own = [(second.key_id, "ci-bot"), (cast.bot.key_id, "ci-bot")]
    assert listed == [own[0], (other.key_id, "other"), own[1]]
    of_one = services.keys.list(admin, cast.bot.account_id)
    assert [(key.key_id, key.account_name) for key in of_one] == own
    shown = services.accounts.show(admin, cast.bot.account_id).keys
    assert [key.key_id for key in shown] == [second.key_id, cast.bot.key_id]
