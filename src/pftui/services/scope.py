"""What an operator sees: a global admin everything, everybody else their own account and teams only.

The rule stands here once. Who is no admin learns nothing of others by naming them either: what a query or a
request says of a neighbour or of another account is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pftui.domain.accounts import AccountDetails, AccountQuery, Operator
from pftui.domain.errors import NotFound
from pftui.domain.paging import PageRequest
from pftui.domain.teams import TeamQuery, TeamSummary
from pftui.repositories.unit_of_work import UnitOfWork
from pftui.services.policy import current_operator
from pftui.services.sentences import gone


@dataclass(frozen=True, slots=True)
class Scope:
    """What the queries of one operator are restricted to.

    `viewer_id` is None for who sees everything, else the one account whose own rows are seen.
    """

    unit: UnitOfWork
    viewer_id: str | None

    @classmethod
    def of(cls, unit: UnitOfWork, operator: Operator) -> Scope:
        """What the operator, as the store has them now, may see. Raises `SignInFailed`."""
        current = current_operator(unit, operator)
        return cls(unit, None if current.global_admin else current.id)

    @property
    def everything(self) -> bool:
        """Whether nothing is hidden."""
        return self.viewer_id is None

    def accounts(self, query: AccountQuery) -> AccountQuery:
        """What may be asked about accounts."""
        return query if self.everything else replace(query, not_in_team=None, created_by=None)

    def teams(self, query: TeamQuery) -> TeamQuery:
        """What may be asked about teams."""
        return query if self.everything else replace(query, without_account=None)

    def rows(self, request: PageRequest) -> PageRequest:
        """Which page may be asked for: by its number only, and not by a neighbour."""
        return request if self.everything else PageRequest(request.offset, request.size)

    def account(self, details: AccountDetails) -> AccountDetails:
        """The account as it may be seen: who made it is another one."""
        return (
            details
            if self.everything
            else replace(details, created_by="", created_by_id=None, creator_gone=False)
        )

    def team(self, team: TeamSummary) -> TeamSummary:
        """The team as it may be seen: who made it is another account."""
        return team if self.everything else replace(team, created_by="", created_by_id=None)

    def require_account(self, account_id: str) -> None:
        """Raise `NotFound` for another account."""
        if self.viewer_id not in (None, account_id):
            raise self._hidden("account")

    def require_team(self, team_id: str) -> TeamSummary:
        """One team. Raises `NotFound`."""
        team = self.unit.teams.summary(team_id, self.viewer_id)
        if team is None:
            raise gone(self.unit, team_id, "team") if self.everything else self._hidden("team")
        return self.team(team)

    @staticmethod
    def _hidden(what: str) -> NotFound:
        return NotFound(f"There is no such {what}, or you may not see it.")
