"""The rows and the audit trail of the sample organization; the same each time but for the times in them."""

from __future__ import annotations

import base64
import os
import random
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pftui.demo import data
from pftui.demo.data import CustomRole, ServiceAccount
from pftui.domain.accounts import Kind, Operator, status_of
from pftui.domain.api_key import ALPHABET, KEY_ID_LENGTH, shown
from pftui.domain.audit import SYSTEM, Action, Actor, AuditEvent, Target
from pftui.domain.audit_form import GENESIS, event_hash
from pftui.domain.clock import to_microseconds
from pftui.domain.look_alikes import look_hash
from pftui.domain.names import fold, slugify
from pftui.domain.passwords import TEMPORARY_LIFETIME
from pftui.domain.permissions import PREDEFINED_ROLES, PredefinedRole
from pftui.domain.search import creator_text, searched_text
from pftui.domain.webhooks import shown_url

_SEED = 20260301
_AGE = timedelta(days=210)
_TABLES = (
    "organizations",
    "roles",
    "role_permissions",
    "teams",
    "principals",
    "passwords",
    "api_keys",
    "assignments",
)


@dataclass(slots=True)
class SampleRows:
    """Rows by table, and a chained trail that tells how they came about."""

    now: datetime
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in _TABLES})
    events: list[AuditEvent] = field(default_factory=list)
    _random: random.Random = field(default_factory=lambda: random.Random(_SEED))  # noqa: S311  # no secrets
    _unchained: list[AuditEvent] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)  # of roles and teams, by name
    _holders: set[tuple[str, str]] = field(default_factory=set)  # accounts, and roles by name
    _admin: Actor = SYSTEM

    @classmethod
    def build(cls, now: datetime) -> SampleRows:
        """The sample organization as of `now`."""
        sample = cls(now)
        sample._organization()
        for number, name in enumerate(data.USERS):
            sample._user(name, number)
        for account in data.SERVICE_ACCOUNTS:
            sample._service_account(account)
        for team in sample.tables["teams"]:
            sample._count_members(team)
        sample._sign_ins()
        sample._tell_of_custom_roles()
        sample._tell_of_webhooks()
        sample._chain()
        return sample

    @property
    def admin(self) -> Operator:
        """The first person, who is a global admin."""
        return Operator(self._admin.id, Kind.USER, self._admin.name, self._admin.email, global_admin=True)

    def _id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _ago(self, least: timedelta, most: timedelta) -> datetime:
        return self.now - least - (most - least) * self._random.random()

    def _organization(self) -> None:
        start = self.now - _AGE
        organization_id = self._id()
        email = f"{_first_name(data.USERS[0])}@{data.DOMAIN}"
        self._admin = Actor(self._id(), data.USERS[0], email)
        self.tables["organizations"].append(
            {"id": organization_id, "name": data.ORGANIZATION, "created_at": start}
        )
        self._record(
            start,
            Action.ORGANIZATION_CREATED,
            Target.ORGANIZATION,
            organization_id,
            f"Created organization {data.ORGANIZATION}",
        )
        for position, role in enumerate(PREDEFINED_ROLES):
            self._role(role, predefined=True, position=position)
        for number, name in enumerate(data.TEAMS):
            self._team(name, start + timedelta(hours=1, days=9 * number))
        self._custom_roles()

    def _role(
        self, role: PredefinedRole | CustomRole, *, predefined: bool, position: int, role_id: str = ""
    ) -> None:
        role_id = self._ids[role.name] = role_id or self._id()
        self.tables["roles"].append(
            {
                "id": role_id,
                "name": role.name,
                "name_folded": fold(role.name),
                "name_look": look_hash(role.name),
                "predefined": predefined,
                "position": position,
                "description": role.description,
                "member_count": 0,
                "service_account_count": 0,
            }
        )
        self.tables["role_permissions"] += [
            {"role_id": role_id, "permission": permission.value} for permission in role.permissions
        ]

    def _custom_roles(self) -> None:
        """With ids drawn apart: nobody else is another one for their sake."""
        apart = random.Random(_SEED + 1)  # noqa: S311
        for role in data.CUSTOM_ROLES:
            role_id = str(uuid.UUID(int=apart.getrandbits(128), version=4))
            self._role(role, predefined=False, position=0, role_id=role_id)

    def _tell_of_custom_roles(self) -> None:
        for number, role in enumerate(data.CUSTOM_ROLES):
            created = self.now - _AGE + timedelta(hours=3, days=11 * number)
            held = [each.value for each in role.permissions]
            self._record(
                created,
                Action.ROLE_CREATED,
                Target.ROLE,
                self._ids[role.name],
                f"Created role {role.name}",
                name=role.name,
                permissions=held,
            )

    def _tell_of_webhooks(self) -> None:
        """What else there is of them follows from the trail (`demo/webhooks.py`)."""
        apart = random.Random(_SEED + 2)  # noqa: S311
        for webhook in data.WEBHOOKS:
            webhook_id = str(uuid.UUID(int=apart.getrandbits(128), version=4))
            team_id = self._ids[webhook.team] if webhook.team else None
            whose = f" for team {webhook.team}" if webhook.team else ""
            self._record(
                self.now - timedelta(days=webhook.days),
                Action.WEBHOOK_CREATED,
                Target.WEBHOOK,
                webhook_id,
                f"Created webhook {webhook.name} to {shown_url(webhook.url)}{whose}",
                team_id,
                name=webhook.name,
                url=shown_url(webhook.url),
                events=list(webhook.events),
                enabled=True,
            )
            if webhook.paused_days:
                self._record(
                    self.now - timedelta(days=webhook.paused_days),
                    Action.WEBHOOK_UPDATED,
                    Target.WEBHOOK,
                    webhook_id,
                    f"Paused webhook {webhook.name}",
                    team_id,
                    changes={"enabled": {"from": True, "to": False}},
                )

    def _team(self, name: str, created: datetime) -> None:
        team_id = self._ids[name] = self._id()
        self.tables["teams"].append(
            {
                "id": team_id,
                "name": name,
                "name_folded": fold(name),
                "name_look": look_hash(name),
                "slug": slugify(name),
                "slug_look": look_hash(slugify(name)),
                "search_text": searched_text((name, slugify(name))),
                "created_at": created,
                "created_by": self._admin.email,
                "created_by_id": self._admin.id,
            }
        )
        text = f"Created team {name}"
        self._record(created, Action.TEAM_CREATED, Target.TEAM, team_id, text, team_id, slug=slugify(name))

    def _principal(self, kind: Kind, name: str, created: datetime, **columns: Any) -> dict[str, Any]:
        row = {
            "id": self._id(),
            "kind": kind.value,
            "name": name,
            "name_folded": fold(name),
            "name_look": look_hash(name),
            "email": None,
            "email_folded": None,
            "search_text": searched_text((name,)),
            "created_by_folded": creator_text(self._admin.email or ""),
            "description": "",
            "global_admin": False,
            "disabled": False,
            "last_used_at": 0,
            "created_at": created,
            "created_by": self._admin.email,
            "created_by_id": self._admin.id,
            **columns,
        }
        self.tables["principals"].append(row)
        return row

    def _user(self, name: str, number: int) -> None:
        email = f"{_first_name(name)}@{data.DOMAIN}"
        invited, first = name in data.INVITED_USERS, number == 0
        created = self.now - _AGE if first else self._ago(timedelta(days=30), _AGE - timedelta(days=50))
        if invited:
            created = self._ago(timedelta(hours=2), timedelta(days=4))
        row = self._principal(
            Kind.USER,
            name,
            created,
            email=email,
            email_folded=fold(email),
            search_text=searched_text((name, email)),
            global_admin=name in data.ADMINS,
            disabled=name in data.DISABLED_USERS,
        )
        if first:
            row["id"], row["last_used_at"] = self._admin.id, to_microseconds(self.now)
        elif not invited and self._random.random() < 0.9:
            row["last_used_at"] = to_microseconds(self._ago(timedelta(minutes=2), timedelta(days=25)))
        admin = " with global admin privileges" if row["global_admin"] else ""
        self._record(
            created, Action.USER_ADDED, Target.USER, row["id"], f"Added user {name} ({email}){admin}"
        )
        self.tables["passwords"].append(
            {
                "principal_id": row["id"],
                "hash": _unusable_hash("m=65536,t=3,p=4"),
                "temporary": invited,
                "void_after": created + TEMPORARY_LIFETIME if invited else None,
                "changed_at": created,
            }
        )
        teams = self._teams_of_user(name)
        for team in teams:
            role = self._random.choice(("Engineer", "Engineer", "Viewer", "Administrator"))
            self._assign(row, team, "Triage" if name in data.TRIAGE else role)
        self._ended(row, Action.USER_DISABLED, Target.USER)
        self._finish(row, len(teams), temporary_password=invited, identifier=email)

    def _teams_of_user(self, name: str) -> list[str]:
        if name in data.USERS_WITHOUT_TEAM:
            return []
        count = self._random.choice((1, 1, 1, 2, 2, 3))
        return sorted(self._random.sample(data.TEAMS, count))

    def _service_account(self, account: ServiceAccount) -> None:
        created = self._ago(timedelta(days=20), _AGE - timedelta(days=60))
        row = self._principal(
            Kind.SERVICE_ACCOUNT,
            account.name,
            created,
            description=account.description,
            global_admin=account.admin,
            disabled=account.disabled,
        )
        admin = " with global admin privileges" if account.admin else ""
        text = f"Created service account {account.name}{admin}"
        self._record(created, Action.SERVICE_ACCOUNT_CREATED, Target.SERVICE_ACCOUNT, row["id"], text)
        for team, role in account.teams:
            self._assign(row, team, role)
        keys = self._keys(account, row)
        self._ended(row, Action.SERVICE_ACCOUNT_DISABLED, Target.SERVICE_ACCOUNT)
        row["last_used_at"] = max((key["last_used_at"] for key in keys), default=0)
        live = [key for key in keys if key["revoked_at"] is None]
        self._finish(
            row,
            len(account.teams),
            live_keys=len(live),
            unsaved_keys=sum(not key["saved"] for key in live),
            identifier=shown(live[-1]["key_id"]) if live else "",
        )

    def _keys(self, account: ServiceAccount, row: dict[str, Any]) -> list[dict[str, Any]]:
        """Revoked keys, the oldest, then live ones; never used where nothing could come of it."""
        total, keys = account.revoked + account.keys, []
        age = self.now - row["created_at"]
        for number in range(total):
            created = row["created_at"] + age * (number / max(total, 1)) * 0.9
            unsaved = account.unsaved and number == total - 1
            if unsaved:
                created = self._ago(timedelta(hours=1), timedelta(hours=30))
            keys.append(self._key(row, created, revoked=number < account.revoked, saved=not unsaved))
        for key in keys:
            if key["saved"] and (account.teams or account.admin):
                key["last_used_at"] = to_microseconds(self._last_use(account, key))
        return keys

    def _last_use(self, account: ServiceAccount, key: dict[str, Any]) -> datetime:
        ended: datetime | None = key["revoked_at"]
        if ended is not None:
            return ended - timedelta(hours=3)
        if account.disabled:
            return self._ago(timedelta(days=11), timedelta(days=16))
        return self._ago(timedelta(seconds=90), timedelta(hours=self._random.choice((1, 20, 90))))

    def _key(self, row: dict[str, Any], created: datetime, *, revoked: bool, saved: bool) -> dict[str, Any]:
        key_id = "".join(self._random.choices(ALPHABET, k=KEY_ID_LENGTH))
        ended = created + (self.now - created) * 0.6 if revoked else None
        key = {
            "key_id": key_id,
            "principal_id": row["id"],
            "hash": _unusable_hash("m=19456,t=2,p=1"),
            "saved": saved,
            "created_at": created,
            "created_by": self._admin.email,
            "created_by_id": self._admin.id,
            "last_used_at": 0,
            "search_text": key_id.lower(),
            "created_by_folded": creator_text(self._admin.email or ""),
            "revoked_at": ended,
            "revoked_by": self._admin.email if ended else None,
            "revoked_by_id": self._admin.id if ended else None,
        }
        self.tables["api_keys"].append(key)
        text = f"Created API key {shown(key_id)} for {row['name']}"
        self._record(created, Action.API_KEY_CREATED, Target.API_KEY, key_id, text)
        if ended is not None:
            text = f"Revoked API key {shown(key_id)} of {row['name']}"
            self._record(ended, Action.API_KEY_REVOKED, Target.API_KEY, key_id, text)
        return key

    def _assign(self, row: dict[str, Any], team: str, role: str) -> None:
        created = row["created_at"] + timedelta(minutes=self._random.randint(2, 50))
        self.tables["assignments"].append(
            {
                "principal_id": row["id"],
                "team_id": self._ids[team],
                "role_id": self._ids[role],
                "created_at": created,
                "created_by": self._admin.email,
                "created_by_id": self._admin.id,
            }
        )
        is_user = row["kind"] == Kind.USER
        if (row["id"], role) not in self._holders:
            self._holders.add((row["id"], role))
            held = next(each for each in self.tables["roles"] if each["id"] == self._ids[role])
            held["member_count" if is_user else "service_account_count"] += 1
        action = Action.USER_ADDED_TO_TEAM if is_user else Action.SERVICE_ACCOUNT_ADDED_TO_TEAM
        target = Target.USER if is_user else Target.SERVICE_ACCOUNT
        text = f"Added {row['name']} to {team} as {role}"
        self._record(
            created, action, target, row["id"], text, self._ids[team], role=role, roleId=self._ids[role]
        )

    def _ended(self, row: dict[str, Any], action: Action, target: Target) -> None:
        if row["disabled"]:
            text = f"Disabled {row['name']}"
            self._record(self._ago(timedelta(days=5), timedelta(days=10)), action, target, row["id"], text)

    def _finish(self, row: dict[str, Any], team_count: int, *, identifier: str, **facts: Any) -> None:
        """What follows from the rest is stored beside it, as the services do; a test compares."""
        row["team_count"] = team_count
        row["identifier"], row["identifier_folded"] = identifier, fold(identifier)
        status = status_of(
            Kind(row["kind"]),
            disabled=row["disabled"],
            global_admin=row["global_admin"],
            team_count=team_count,
            **facts,
        )
        row["status"] = int(status)

    def _count_members(self, team: dict[str, Any]) -> None:
        kinds = {row["id"]: row["kind"] for row in self.tables["principals"]}
        inside = [
            kinds[row["principal_id"]] for row in self.tables["assignments"] if row["team_id"] == team["id"]
        ]
        team["member_count"] = inside.count(Kind.USER)
        team["service_account_count"] = inside.count(Kind.SERVICE_ACCOUNT)

    def _sign_ins(self) -> None:
        for row in self.tables["principals"]:
            if row["kind"] == Kind.USER and row["last_used_at"]:
                ago = timedelta(microseconds=to_microseconds(self.now) - row["last_used_at"])
                actor = Actor(row["id"], row["name"], row["email"])
                text = f"{row['email']} signed in"
                self._record(self.now - ago, Action.LOGIN, Target.USER, row["id"], text, actor=actor)

    def _record(
        self,
        moment: datetime,
        action: Action,
        target: Target,
        target_id: str,
        description: str,
        team_id: str | None = None,
        actor: Actor | None = None,
        **metadata: object,
    ) -> None:
        organization_id = self.tables["organizations"][0]["id"]
        event = AuditEvent(
            sequence=0,
            id=self._id(),
            description=description,
            actor=actor or self._admin,
            action=action,
            target=target,
            target_id=target_id,
            organization_id=organization_id,
            team_id=team_id,
            created_at=moment,
            metadata=metadata,
        )
        self._unchained.append(event)

    def _chain(self) -> None:
        """Put the events in the order of their times, and each under the hash of the one before."""
        self.events = list(_chained(sorted(self._unchained, key=lambda event: event.created_at)))


def _chained(events: Iterable[AuditEvent]) -> Iterable[AuditEvent]:
    previous = GENESIS
    for sequence, event in enumerate(events, start=1):
        numbered = replace(event, sequence=sequence, previous_hash=previous)
        previous = event_hash(numbered)
        yield replace(numbered, hash=previous)


def _first_name(name: str) -> str:
    """The local part of an address: the first name in ASCII."""
    first = unicodedata.normalize("NFKD", name.partition(" ")[0])
    return first.encode("ascii", "ignore").decode("ascii").lower()


def _unusable_hash(parameters: str) -> str:
    """A well-formed argon2id hash of nothing that anybody knows; making real ones would take seconds."""
    salt, digest = (base64.b64encode(os.urandom(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19${parameters}${salt}${digest}"
