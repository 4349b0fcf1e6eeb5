"""The rows of a big organization: accounts, teams, assignments, keys and a trail, the same each time.

Half of the accounts are people. One team has a twentieth of all accounts (`LARGEST_TEAM` at most), one is in
every team, one has `MOST_KEYS` keys, and there are two assignments for each account and an event.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pftui.domain.accounts import Kind, Status
from pftui.domain.api_key import shown
from pftui.domain.audit import Action, Actor, AuditEvent, Target
from pftui.domain.audit_form import event_hash
from pftui.domain.look_alikes import look_hash
from pftui.domain.names import fold
from pftui.domain.search import creator_text, searched_text

VERSION = 1
"""To be raised where the rows become others."""

Row = dict[str, Any]
MOST_TEAMS, LARGEST_TEAM, MOST_KEYS = 5_000, 50_000, 1_000
_BEGUN = datetime(2024, 1, 1, tzinfo=UTC)


def _words(text: str) -> list[str]:
    return text.split()


_FIRST = _words(
    "Alice Bao Carla Dana Emil Farid Grete Hiro Ines Jonas Karin Lena Mateo Nadia Oskar "
    "Pavel Quinn Rosa Sven Tariq Uma Viktor Wanda Xenia Yara Zoë Anselm Birgit Cosimo Dragan"
)
_LAST_HEAD = _words(
    "Al Ber Cor Dan Fel Gar Hol Ivan Jan Kov Lind Mar Nov Ols Pet Ros Sal Tran Ul Vasq Wei Zim"
)
_LAST_TAIL = _words("ák berg ez ov sen son ström ic er i ini mann wicz ard oux")
_WORK = _words(
    "ci build deploy release scan nightly report mirror sync probe eval audit triage export canary"
)
_PLACE = _words("payments billing search mobile web infra data ml core edge legal risk growth support")
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Seed:
    """What the rows take from the store that they are put into."""

    admin_id: str
    admin_email: str
    organization_id: str
    role_ids: tuple[str, ...]
    key_hash: str
    password_hash: str
    sequence: int
    head: str


class MadeUp:
    """The rows for so many accounts; each method gives the same whenever it is asked."""

    def __init__(self, accounts: int, seed: Seed) -> None:
        self.accounts, self.seed = accounts, seed
        self.teams = max(5, min(MOST_TEAMS, accounts // 20))
        self.largest = min(LARGEST_TEAM, accounts // 20)
        self._by = {"created_by": seed.admin_email, "created_by_id": seed.admin_id}

    def principals(self) -> Iterator[Row]:
        """People and service accounts in turns; number 0 is in every team, number 1 has the most keys."""
        in_teams = self._team_counts()
        chance, looks = random.Random(1), creator_text(self.seed.admin_email)
        for number in range(self.accounts):
            user, name, email = self._named(number)
            live = [key_id for key_id, revoked in self._keys_of(number) if not revoked]
            identifier = email or (shown(live[0]) if live else "")
            disabled = number % 97 == 5
            yield {
                "id": _id("a", number),
                "kind": Kind.USER.value if user else Kind.SERVICE_ACCOUNT.value,
                "name": name,
                "name_folded": fold(name),
                "name_look": look_hash(name),
                "email": email,
                "email_folded": email and fold(email),
                "identifier": identifier,
                "identifier_folded": fold(identifier),
                "description": "",
                "global_admin": False,
                "disabled": disabled,
                "status": int(_status(user, disabled, bool(live), in_teams[number])),
                "team_count": in_teams[number],
                "last_used_at": 0 if chance.random() < 0.3 else 1_700_000_000_000_000 + number * 1_000_003,
                "created_at": _BEGUN + timedelta(seconds=number),
                "version": 1,
                "stamp": 1,
                "search_text": searched_text((name, email)),
                "created_by_folded": looks,
                **self._by,
            }

    def _named(self, number: int) -> tuple[bool, str, str | None]:
        one, two, three = _dice("n", number)
        if number % 2:
            return False, f"{_of(_WORK, one)}-{_of(_PLACE, two)}-{number}", None
        first, last = _of(_FIRST, one), _of(_LAST_HEAD, two) + _of(_LAST_TAIL, three)
        # Teams of letters that are no word, so that there is something rare to look for.
        name = f"{first} {last}" if number % 1000 else f"{first} Q{last} Xq{number // 1000}"
        address = searched_text((f"{first}.{last}",)).replace(" ", "")
        return True, name, f"{address}.{number}@acme.example"

    def passwords(self) -> Iterator[Row]:
        """Of people; all have the admin's, so that nothing is hashed."""
        for number in range(0, self.accounts, 2):
            yield {
                "principal_id": _id("a", number),
                "hash": self.seed.password_hash,
                "temporary": False,
                "void_after": None,
                "changed_at": _BEGUN,
            }

    def api_keys(self) -> Iterator[Row]:
        """One each, of every tenth two, of which one is revoked; none can be used."""
        looks = creator_text(self.seed.admin_email)
        for number in range(1, self.accounts, 2):
            for place, (key_id, revoked) in enumerate(self._keys_of(number)):
                yield {
                    "key_id": key_id,
                    "principal_id": _id("a", number),
                    "label": "",
                    "hash": self.seed.key_hash,
                    "saved": True,
                    "created_at": _BEGUN + timedelta(seconds=number * 2 - place),
                    "last_used_at": 0,
                    "revoked_at": _BEGUN + timedelta(days=900) if revoked else None,
                    "revoked_by": self.seed.admin_email if revoked else None,
                    "revoked_by_id": self.seed.admin_id if revoked else None,
                    "live": int(not revoked),
                    "tag": None,
                    "search_text": key_id.lower(),
                    "created_by_folded": looks,
                    **self._by,
                }

    def _keys_of(self, number: int) -> list[tuple[str, bool]]:
        """Ids, newest first, and whether each is revoked."""
        if not number % 2 or number % 50 == 49:
            return []
        many = min(MOST_KEYS, self.accounts // 2) if number == 1 else 1 + (number % 10 == 3)
        return [(_key_id(number, place), place % 2 == 1) for place in range(many)]

    def teams_rows(self) -> Iterator[Row]:
        """Team 0 is the largest."""
        people, others = self._team_members()
        for number in range(self.teams):
            one, two, _ = _dice("t", number)
            name = f"{_of(_PLACE, one).title()} {_of(_WORK, two)} {number}"
            slug = name.lower().replace(" ", "-")
            yield {
                "id": _id("b", number),
                "name": name,
                "name_folded": fold(name),
                "name_look": look_hash(name),
                "slug": slug,
                "slug_look": look_hash(slug),
                "member_count": people[number],
                "service_account_count": others[number],
                "created_at": _BEGUN,
                "version": 1,
                "search_text": searched_text((name, slug)),
                **self._by,
            }

    def assignments(self) -> Iterator[Row]:
        """By account."""
        roles, before, folded = self.seed.role_ids, -1, ""
        for account, team in self._assigned():
            if account != before:
                before, folded = account, fold(self._named(account)[1])
            yield {
                "principal_id": _id("a", account),
                "team_id": _id("b", team),
                "role_id": roles[(account + team) % len(roles)],
                "created_at": _BEGUN,
                "kind": Kind.SERVICE_ACCOUNT.value if account % 2 else Kind.USER.value,
                "name_folded": folded,
                **self._by,
            }

    def role_counts(self) -> dict[str, tuple[int, int]]:
        """By how many people and service accounts each role is held."""
        roles = self.seed.role_ids
        held = {role: [0, 0] for role in roles}
        for account, team in self._assigned():
            held[roles[(account + team) % len(roles)]][account % 2] += 1
        return {role: (counts[0], counts[1]) for role, counts in held.items()}

    def _assigned(self) -> Iterator[tuple[int, int]]:
        """Pairs of numbers: two for each account and a little more, in the order of accounts."""
        chance, teams_of = random.Random(3).random, self.teams - 1
        for team in range(self.teams):
            yield 0, team
        for account in range(1, self.accounts):
            if account % 33 == 7:
                continue  # in no team
            teams = {1 + int(chance() * teams_of), 1 + int(chance() * teams_of)}
            if account <= self.largest:
                teams.add(0)
            for team in sorted(teams):
                yield account, team

    def _team_counts(self) -> list[int]:
        counts = [0] * self.accounts
        for account, _ in self._assigned():
            counts[account] += 1
        return counts

    def _team_members(self) -> tuple[list[int], list[int]]:
        both = [0] * self.teams, [0] * self.teams
        for account, team in self._assigned():
            both[account % 2][team] += 1
        return both

    def events(self) -> Iterator[AuditEvent]:
        """As many as there are accounts, chained to those that the store has: sign-ins, keys, changes."""
        seed, previous = self.seed, self.seed.head
        admin = Actor(seed.admin_id, "Alice Ng", seed.admin_email)
        actions = (Action.LOGIN, Action.API_KEY_CREATED, Action.USER_UPDATED, Action.SERVICE_ACCOUNT_UPDATED)
        for number in range(self.accounts):
            action = actions[number % len(actions)]
            key = action is Action.API_KEY_CREATED
            event = AuditEvent(
                id=_id("e", number),
                description=f"{action.value} {number}",
                actor=admin,
                action=action,
                target=Target.API_KEY if key else Target.USER,
                target_id=_key_id(number | 1, 0) if key else _id("a", number),
                metadata={"accountId": _id("a", number | 1)} if key else {},
                organization_id=seed.organization_id,
                team_id=None,
                created_at=_BEGUN + timedelta(seconds=number * 30),
                sequence=seed.sequence + 1 + number,
                previous_hash=previous,
            )
            previous = event_hash(event)
            object.__setattr__(event, "hash", previous)
            yield event


def _dice(what: str, number: int) -> tuple[int, int, int]:
    """Three numbers that are the same each time."""
    thrown = hashlib.blake2b(f"{what}{number}".encode(), digest_size=6).digest()
    return thrown[0] | thrown[1] << 8, thrown[2] | thrown[3] << 8, thrown[4] | thrown[5] << 8


def _of(words: list[str], number: int) -> str:
    return words[number % len(words)]


def _status(user: bool, disabled: bool, keys: bool, teams: int) -> Status:
    if disabled:
        return Status.DISABLED
    if not user and not keys:
        return Status.NO_KEY
    return Status.ACTIVE if teams else Status.NO_TEAM


def _id(what: str, number: int) -> str:
    """Like a random UUID, as all ids are: rows that follow each other have ids that do not."""
    text = hashlib.blake2b(f"{what}{number}".encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


def _key_id(number: int, place: int) -> str:
    value, text = (number * 1009 + place) * 0x9E3779B97F4A7 % 62**10, ""
    for _ in range(10):
        value, digit = divmod(value, 62)
        text += _LETTERS[digit]
    return text
