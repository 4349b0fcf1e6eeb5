"""Teams: made, renamed and deleted; and who is in them, with which role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from pftui.domain.accounts import Kind, Operator
from pftui.domain.audit import Action, Target
from pftui.domain.clock import Clock
from pftui.domain.errors import Ambiguous, Conflict, NotFound, Taken
from pftui.domain.names import clean_name, fold, numbered_slug, slugify
from pftui.domain.paging import PageRequest
from pftui.domain.teams import Membership, TeamQuery, TeamSummary
from pftui.repositories.models import Assignment, Principal, Team
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.lookups import require_account, require_assignment, require_role, require_team
from pftui.services.policy import scope
from pftui.services.sentences import changed_meanwhile, gone
from pftui.services.transaction import Transaction, change, new_id, target_of


@dataclass(frozen=True, slots=True)
class TeamService:
    """Implements `contracts.Teams`."""

    store: Store
    clock: Clock

    def page(self, operator: Operator, query: TeamQuery, request: PageRequest) -> Sequence[TeamSummary]:
        """One page of the teams that the operator may see."""
        with self.store.read() as unit:
            member = scope(unit, operator)
            if member is not None:  # a neighbour or another account that they name tells them nothing
                query, request = (
                    replace(query, without_account=None),
                    PageRequest(request.offset, request.size),
                )
            return [_visible(team, member) for team in unit.teams.page(query, request, member)]

    def count(self, operator: Operator, query: TeamQuery) -> int:
        """How many rows `page` has."""
        with self.store.read() as unit:
            member = scope(unit, operator)
            return unit.teams.count(query if member is None else replace(query, without_account=None), member)

    def position(self, operator: Operator, query: TeamQuery, team_id: str) -> int | None:
        """At which row number `page` has the team."""
        with self.store.read() as unit:
            member = scope(unit, operator)
            query = query if member is None else replace(query, without_account=None)
            return unit.teams.position(query, team_id, member)

    def show(self, operator: Operator, team_id: str) -> TeamSummary:
        """One team."""
        with self.store.read() as unit:
            member = scope(unit, operator)
            team = unit.teams.summary(team_id, member)
            if team is None:
                raise NotFound(_not_seen(unit, team_id, member))
            return _visible(team, member)

    def find(self, operator: Operator, reference: str) -> TeamSummary:
        """The team that a reference means: an id, a slug or a name."""
        with self.store.read() as unit:
            member = scope(unit, operator)
            candidates = [_visible(team, member) for team in unit.teams.matching(reference, member)]
        exact = [team for team in candidates if team.id == reference.strip()]
        if len(exact or candidates) == 1:
            return (exact or candidates)[0]
        if not candidates:
            raise NotFound(f"There is no team with the name, slug or id {reference.strip()!r}.")
        listed = [f"{team.name} ({team.slug}, {team.id})" for team in candidates]
        raise Ambiguous(
            f"{reference.strip()!r} fits several teams: {', '.join(listed)}. Give the id.", listed
        )

    def members(
        self, operator: Operator, team_id: str, kind: Kind, request: PageRequest
    ) -> Sequence[Membership]:
        """One page of a team's people or service accounts, by name."""
        with self.store.read() as unit:
            only = scope(unit, operator)
            if unit.teams.summary(team_id, only) is None:
                raise NotFound(_not_seen(unit, team_id, only))
            if only is not None:  # a neighbour that they name tells them nothing
                request = PageRequest(request.offset, request.size)
            return unit.teams.members(team_id, kind, request, only)

    def create(self, operator: Operator, name: str) -> TeamSummary:
        """A new team, with a slug of its own (R6)."""
        name = clean_name(name)
        with change(self.store, operator, self.clock) as transaction:
            _ensure_name_free(transaction.unit, name)
            team = Team(
                id=new_id(),
                name=name,
                slug=free_slug(transaction.unit, name),
                created_at=transaction.now,
                created_by=transaction.by,
            )
            transaction.unit.teams.add(team)
            transaction.record(
                Action.TEAM_CREATED, Target.TEAM, team.id, f"Created team {name}", team.id, slug=team.slug
            )
            return _summary(transaction.unit, team.id)

    def rename(self, operator: Operator, team_id: str, name: str, version: int | None = None) -> TeamSummary:
        """Rename a team; its slug stays."""
        name = clean_name(name)
        with change(self.store, operator, self.clock) as transaction:
            team = require_team(transaction.unit, team_id)
            if version is not None and version != team.version:
                raise Conflict(changed_meanwhile(transaction.unit, team_id, "team"))
            if name != team.name:
                _ensure_name_free(transaction.unit, name, team_id)
                old = team.name
                team.name = name
                transaction.record(
                    Action.TEAM_UPDATED,
                    Target.TEAM,
                    team_id,
                    f"Renamed team {old} to {name}",
                    team_id,
                    changes={"name": {"from": old, "to": name}},
                )
            return _summary(transaction.unit, team_id)

    def delete(self, operator: Operator, team_id: str) -> None:
        """Delete a team and the assignments to it; the accounts stay."""
        with change(self.store, operator, self.clock) as transaction:
            team = require_team(transaction.unit, team_id)
            name, members = team.name, transaction.unit.teams.member_ids(team_id)
            transaction.unit.teams.remove(team)
            transaction.record(
                Action.TEAM_DELETED,
                Target.TEAM,
                team_id,
                f"Deleted team {name}, which ended {len(members)} assignments",
                team_id,
                name=name,
                accounts=members,
            )

    def add(self, operator: Operator, team_id: str, account_id: str, role_id: str) -> None:
        """Assign an account to a team with a role."""
        with change(self.store, operator, self.clock) as transaction:
            assign(transaction, team_id, require_account(transaction.unit, account_id), role_id)

    def set_role(
        self,
        operator: Operator,
        team_id: str,
        account_id: str,
        role_id: str,
        current_role_id: str | None = None,
    ) -> None:
        """Change the role of an account in a team."""
        with change(self.store, operator, self.clock) as transaction:
            team = require_team(transaction.unit, team_id)
            principal = require_account(transaction.unit, account_id)
            assignment = require_assignment(transaction.unit, team, principal)
            if current_role_id is not None and assignment.role_id != current_role_id:
                raise Conflict(changed_meanwhile(transaction.unit, account_id, "role", team_id))
            role = require_role(transaction.unit, role_id)
            if assignment.role_id == role.id:
                return
            old = require_role(transaction.unit, assignment.role_id)
            assignment.role_id = role.id
            is_user = principal.kind == Kind.USER
            transaction.record(
                Action.USER_ROLE_CHANGED_IN_TEAM if is_user else Action.SERVICE_ACCOUNT_ROLE_CHANGED_IN_TEAM,
                target_of(principal.kind),
                account_id,
                f"Changed the role of {principal.name} in {team.name} from {old.name} to {role.name}",
                team_id,
                changes={"role": {"from": old.name, "to": role.name}},
            )

    def remove(self, operator: Operator, team_id: str, account_id: str) -> None:
        """Take an account out of a team (R9)."""
        with change(self.store, operator, self.clock) as transaction:
            team = require_team(transaction.unit, team_id)
            principal = require_account(transaction.unit, account_id)
            transaction.unit.teams.unassign(require_assignment(transaction.unit, team, principal))
            is_user = principal.kind == Kind.USER
            transaction.record(
                Action.USER_REMOVED_FROM_TEAM if is_user else Action.SERVICE_ACCOUNT_REMOVED_FROM_TEAM,
                target_of(principal.kind),
                account_id,
                f"Removed {principal.name} from {team.name}",
                team_id,
            )


def assign(transaction: Transaction, team_id: str, principal: Principal, role_id: str) -> None:
    """Put an account into a team with a role, and tell of it, as part of a change."""
    team, role = require_team(transaction.unit, team_id), require_role(transaction.unit, role_id)
    if transaction.unit.teams.assignment(principal.id, team_id) is not None:
        raise Taken("account", f"{principal.name} is in {team.name} already. Change the role instead.")
    transaction.unit.teams.assign(
        Assignment(
            principal_id=principal.id,
            team_id=team_id,
            role_id=role_id,
            created_at=transaction.now,
            created_by=transaction.by,
        )
    )
    is_user = principal.kind == Kind.USER
    transaction.record(
        Action.USER_ADDED_TO_TEAM if is_user else Action.SERVICE_ACCOUNT_ADDED_TO_TEAM,
        target_of(principal.kind),
        principal.id,
        f"Added {principal.name} to {team.name} as {role.name}",
        team_id,
        role=role.name,
    )


def free_slug(unit: UnitOfWork, name: str) -> str:
    """The first slug for `name` that no team has."""
    slugs = (numbered_slug(slugify(name), number) for number in count(1))
    return next(slug for slug in slugs if slug == fold(name) or not _taken(unit, slug))


def _taken(unit: UnitOfWork, slug: str) -> bool:
    found = (unit.teams.with_slug(slug), unit.teams.named(slug), unit.teams.get(slug))
    return any(team is not None for team in found)


def _ensure_name_free(unit: UnitOfWork, name: str, own_id: str | None = None) -> None:
    other = unit.teams.named(name)
    if other is not None and other.id != own_id:
        raise Taken("name", f"There is a team named {other.name} already.")
    # A reference must never fit two teams: programs that verify keys by it would be refused then.
    other = unit.teams.with_slug(fold(name)) or unit.teams.get(fold(name))
    if other is not None and other.id != own_id:
        raise Taken("name", f"This is what programs call the team {other.name}: choose another name.")


def _not_seen(unit: UnitOfWork, team_id: str, member: str | None) -> str:
    return gone(unit, team_id, "team") if member is None else "There is no such team, or you may not see it."


def _visible(team: TeamSummary, member: str | None) -> TeamSummary:
    """The team as its viewer may see it: who made it is another account."""
    return team if member is None else replace(team, created_by="")


def _summary(unit: UnitOfWork, team_id: str) -> TeamSummary:
    team = unit.teams.summary(team_id, None)
    if team is None:
        raise NotFound(gone(unit, team_id, "team"))
    return team
