"""Teams: made, renamed and deleted; and who is in them, with which role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from pftui.domain.accounts import Kind, Operator
from pftui.domain.acts import Act, Intent, on_account, on_team
from pftui.domain.audit import AccountVerb, Action, Target, account_action
from pftui.domain.clock import Clock
from pftui.domain.errors import Ambiguous, Conflict, NotFound, Taken
from pftui.domain.names import clean_name, fold, numbered_slug, slugify
from pftui.domain.paging import PageRequest
from pftui.domain.progress import Progress, silent
from pftui.domain.teams import Membership, TeamQuery, TeamSummary
from pftui.repositories.alike import is_alike
from pftui.repositories.models import Assignment, Principal, Team
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.clearing import clear
from pftui.services.lookups import require_account, require_assignment, require_role, require_team
from pftui.services.results import AlreadySo
from pftui.services.scope import Scope
from pftui.services.sentences import already_so, changed_meanwhile, gone, looks_like
from pftui.services.trail.writer import MOST_NAMED, new_id, number_of
from pftui.services.transaction import Transaction, change
from pftui.services.webhook_rows import pause_of_team


@dataclass(frozen=True, slots=True)
class TeamService:
    """Teams and who is in them. Who is not a global admin sees their own teams."""

    store: Store
    clock: Clock

    def page(self, operator: Operator, query: TeamQuery, request: PageRequest) -> Sequence[TeamSummary]:
        """One page of teams."""
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            rows = unit.teams.page(scope.teams(query), scope.rows(request), scope.viewer_id)
            return [scope.team(team) for team in rows]

    def count(self, operator: Operator, query: TeamQuery) -> int:
        """How many rows `page` can give."""
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            return unit.teams.count(scope.teams(query), scope.viewer_id)

    def position(self, operator: Operator, query: TeamQuery, team_id: str) -> int | None:
        """The row number (from 0) at which `page` gives the team."""
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            return unit.teams.position(scope.teams(query), team_id, scope.viewer_id)

    def show(self, operator: Operator, team_id: str) -> TeamSummary:
        """One team. Raises `NotFound`."""
        with self.store.read() as unit:
            return Scope.of(unit, operator).require_team(team_id)

    def find(self, operator: Operator, reference: str) -> TeamSummary:
        """The team with this id, slug or name. Raises `NotFound`, `Ambiguous`."""
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            candidates = [scope.team(team) for team in unit.teams.matching(reference, scope.viewer_id)]
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
        """One page of a team's users or service accounts, by name (`request.after` is an account's id).

        Who is not a global admin sees only themselves among them.
        """
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            scope.require_team(team_id)
            return unit.teams.members(team_id, kind, scope.rows(request), scope.viewer_id)

    def member_position(self, operator: Operator, team_id: str, kind: Kind, account_id: str) -> int | None:
        """The row number (from 0) at which `members` gives the account; None where it gives it nowhere."""
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            scope.require_team(team_id)
            return unit.teams.member_position(team_id, kind, account_id, scope.viewer_id)

    def create(self, operator: Operator, name: str) -> TeamSummary:
        """A new team with a slug of its own (R6). Raises `InvalidInput`, `Taken`."""
        name = clean_name(name)
        with change(
            self.store, operator, self.clock, Intent(Act.TEAM_CREATE, Target.TEAM, name=name)
        ) as transaction:
            unit = transaction.unit
            ensure_team_name_free(unit, name)
            team = Team(
                id=new_id(),
                name=name,
                slug=free_slug(unit, name),
                created_at=transaction.now,
                created_by=transaction.by,
                created_by_id=transaction.operator.id,
            )
            unit.teams.add(team)
            text = f"Created team {name}"
            transaction.record(Action.TEAM_CREATED, Target.TEAM, team.id, text, team.id, slug=team.slug)
            return _summary(unit, team.id)

    def rename(self, operator: Operator, team_id: str, name: str, version: int | None = None) -> TeamSummary:
        """Rename; the slug stays. Raises `InvalidInput`, `Taken`, `Conflict`, `NotFound`."""
        name = clean_name(name)
        with change(self.store, operator, self.clock, on_team(Act.TEAM_RENAME, team_id)) as transaction:
            unit = transaction.unit
            team = require_team(unit, team_id)
            if version is not None and version != team.version:
                raise Conflict(changed_meanwhile(unit, team_id, "team"))
            if name != team.name:
                ensure_team_name_free(unit, name, team_id)
                old, team.name = team.name, name
                transaction.record(
                    Action.TEAM_UPDATED,
                    Target.TEAM,
                    team_id,
                    f"Renamed team {old} to {name}",
                    team_id,
                    changes={"name": {"from": old, "to": name}},
                )
            return _summary(unit, team_id)

    def delete(self, operator: Operator, team_id: str, progress: Progress = silent) -> None:
        """Delete a team and the assignments to it; accounts stay, webhooks pause.

        It has ended at once, however many are in it: nobody finds it any more, no key reaches it, and its
        name is free. Thousands of assignments are cleared after that, some at a time, so that nobody else
        waits for long; where that breaks off, it is gone on with later (`services/clearing.py`).

        Args:
            progress: told of how many are cleared, of how many.

        Raises:
            ProofNeeded: the operator's own password was given more than 15 minutes ago.
        """
        with change(
            self.store, operator, self.clock, on_team(Act.TEAM_DELETE, team_id), proof=True
        ) as transaction:
            unit = transaction.unit
            team = require_team(unit, team_id)
            name, members = team.name, team.member_count + team.service_account_count
            named = unit.teams.some_members(team_id, MOST_NAMED)
            webhooks = pause_of_team(transaction, team)
            unit.teams.remove(team, transaction.now)
            transaction.record(
                Action.TEAM_DELETED,
                Target.TEAM,
                team_id,
                f"Deleted team {name}, which ended {members} assignments",
                team_id,
                name=name,
                accounts=named,
                assignments=number_of(members),
                webhooks=webhooks,
            )
        clear(self.store, self.clock, progress)

    def add(self, operator: Operator, team_id: str, account_id: str, role_id: str) -> None:
        """Assign an account with a role. Raises `Taken` (field `account`) where it is in the team."""
        with change(
            self.store, operator, self.clock, on_account(Act.TEAM_ADD, account_id, team_id)
        ) as transaction:
            assign(transaction, team_id, require_account(transaction.unit, account_id), role_id)

    def set_role(
        self,
        operator: Operator,
        team_id: str,
        account_id: str,
        role_id: str,
        current_role_id: str | None = None,
    ) -> AlreadySo | None:
        """Change the role; tells where the account has it.

        Raises:
            NotFound: the account is not in the team.
            Conflict: `current_role_id` is given and it is no longer that (R10).
        """
        with change(
            self.store, operator, self.clock, on_account(Act.TEAM_SET_ROLE, account_id, team_id)
        ) as transaction:
            unit = transaction.unit
            team, principal = require_team(unit, team_id), require_account(unit, account_id)
            assignment = require_assignment(unit, team, principal)
            if current_role_id is not None and assignment.role_id != current_role_id:
                raise Conflict(changed_meanwhile(unit, account_id, "role", team_id))
            role = require_role(unit, role_id)
            if assignment.role_id == role.id:
                kind = Kind(principal.kind)
                verbs = (AccountVerb.ADDED_TO_TEAM, AccountVerb.ROLE_CHANGED_IN_TEAM)
                actions = (account_action(verb, kind) for verb in verbs)
                return already_so(unit, account_id, *actions, team_id=team_id)
            old = require_role(unit, assignment.role_id)
            assignment.role_id = role.id
            transaction.record_account(
                AccountVerb.ROLE_CHANGED_IN_TEAM,
                principal,
                f"Changed the role of {principal.name} in {team.name} from {old.name} to {role.name}",
                team_id,
                changes={"role": {"from": old.name, "to": role.name}},
                roleId=role.id,
                roleIdBefore=old.id,
            )
            return None

    def remove(self, operator: Operator, team_id: str, account_id: str) -> None:
        """Take an account out of a team (R9). Raises `NotFound` where it is not in the team."""
        with change(
            self.store, operator, self.clock, on_account(Act.TEAM_REMOVE, account_id, team_id)
        ) as transaction:
            unit = transaction.unit
            team, principal = require_team(unit, team_id), require_account(unit, account_id)
            assignment = require_assignment(unit, team, principal)
            role = require_role(unit, assignment.role_id)
            unit.teams.unassign(assignment)
            text = f"Removed {principal.name} from {team.name}"
            transaction.record_account(
                AccountVerb.REMOVED_FROM_TEAM, principal, text, team_id, role=role.name, roleId=role.id
            )


def assign(
    transaction: Transaction, team_id: str, principal: Principal, role_id: str, **metadata: object
) -> None:
    """Put an account into a team with a role, and tell of it, as part of a change."""
    unit = transaction.unit
    team, role = require_team(unit, team_id), require_role(unit, role_id)
    if unit.teams.assignment(principal.id, team_id) is not None:
        raise Taken("account", f"{principal.name} is in {team.name} already. Change the role instead.")
    unit.teams.assign(
        Assignment(
            principal_id=principal.id,
            team_id=team_id,
            role_id=role_id,
            created_at=transaction.now,
            created_by=transaction.by,
            created_by_id=transaction.operator.id,
        )
    )
    text = f"Added {principal.name} to {team.name} as {role.name}"
    transaction.record_account(
        AccountVerb.ADDED_TO_TEAM, principal, text, team_id, role=role.name, roleId=role.id, **metadata
    )


def free_slug(unit: UnitOfWork, name: str) -> str:
    """The first slug for `name` that no team has."""
    slugs = (numbered_slug(slugify(name), number) for number in count(1))
    return next(slug for slug in slugs if slug == fold(name) or not _taken(unit, slug))


def _taken(unit: UnitOfWork, slug: str) -> bool:
    holders = (unit.teams.with_slug(slug), unit.teams.named(slug), unit.teams.get(slug))
    return unit.teams.alike(slug) is not None or any(team is not None for team in holders)


def ensure_team_name_free(unit: UnitOfWork, name: str, own_id: str | None = None) -> None:
    """Raise `Taken` where another team has this name or slug, or one that looks like it (R6)."""
    other = unit.teams.named(name)
    if other is not None and other.id != own_id:
        raise Taken("name", f"There is a team named {other.name} already.")
    # A reference must never fit two teams: programs that verify keys by it would be refused then.
    other = unit.teams.with_slug(fold(name)) or unit.teams.get(fold(name))
    if other is not None and other.id != own_id:
        raise Taken("name", f"This is what programs call the team {other.name}: choose another name.")
    other = unit.teams.alike(name, own_id)
    if other is not None:
        raise Taken("name", looks_like(name, other.name if is_alike(name, other.name) else other.slug))


def _summary(unit: UnitOfWork, team_id: str) -> TeamSummary:
    team = unit.teams.summary(team_id, None)
    if team is None:
        raise gone(unit, team_id, "team")
    return team
