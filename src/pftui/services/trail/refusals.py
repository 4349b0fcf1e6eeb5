"""The event of a refusal: which act, on what, by which rule (R8)."""

from __future__ import annotations

from typing import NamedTuple

from pftui.domain.accounts import Kind
from pftui.domain.acts import Intent
from pftui.domain.api_key import shown
from pftui.domain.audit import Action, Target, account_target
from pftui.domain.errors import Refused
from pftui.repositories.unit_of_work import UnitOfWork
from pftui.services.trail.writer import AuditWriter


class _Object(NamedTuple):
    target: Target
    id: str
    name: str

    @property
    def words(self) -> str:
        return " ".join(word for word in (self.target.noun, self.name or self.id) if word)


def record_refusal(writer: AuditWriter, intent: Intent, refusal: Refused) -> None:
    """Tell of a refusal; what is not there, or not any more, goes without its name."""
    unit = writer.unit
    found = _object(unit, intent)
    team = unit.teams.get(intent.team_id) if intent.team_id else None
    told = intent.act.told(found.words, f"team {team.name}" if team else "a team that is not there")
    named = {"kind": found.target.value, "id": found.id, "name": found.name}
    writer.record(
        Action.CHANGE_REFUSED,
        found.target,
        found.id,
        f"Refused to {told}. {refusal.message}",
        intent.team_id,
        act=intent.act.named(found.target),
        rule=refusal.rule,
        object={field: text for field, text in named.items() if text},
    )


def _object(unit: UnitOfWork, intent: Intent) -> _Object:
    target, target_id, name = intent.target, intent.target_id, intent.name
    if target is Target.ORGANIZATION:
        organization = unit.organization.get()
        return _Object(target, organization.id, organization.name)
    if not target_id:  # it would have been made
        return _Object(target, "", name)
    if target is Target.API_KEY:
        return _Object(target, target_id, shown(target_id))
    if target is Target.TEAM:
        team = unit.teams.get(target_id)
        return _Object(target, target_id, team.name if team else name)
    if target is Target.ROLE:
        role = unit.roles.get(target_id)
        return _Object(target, target_id, role.name if role else name)
    if target is Target.WEBHOOK:
        webhook = unit.webhooks.get(target_id)
        return _Object(target, target_id, webhook.name if webhook else name)
    principal = unit.accounts.get(target_id)
    if principal is None:
        return _Object(target, target_id, name)
    who = f"{principal.name} ({principal.email})" if principal.email else principal.name
    return _Object(account_target(Kind(principal.kind)), target_id, who)
