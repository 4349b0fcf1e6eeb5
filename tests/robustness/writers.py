"""Processes that work on one store at the same time: `python -m tests.robustness.writers ROLE`.

Each reads one line of JSON, works until something more stands on its standard input, and answers with a line
of JSON: how often it did what. Whatever is raised ends it with a traceback, which is the test's failure.
"""

from __future__ import annotations

import json
import random
import select
import sys
from collections import Counter
from typing import Any

from pftui.bootstrap import open_services
from pftui.domain.accounts import AccountQuery, Kind, Operator
from pftui.domain.errors import Conflict
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.domain.teams import TeamQuery
from pftui.services.contracts import Services

#: How many audit events each change writes.
EVENTS = {"count": 1, "create": 3, "delete": 1, "add": 1, "set_role": 1, "remove": 1, "rename": 1}


def main() -> None:
    """Work, and say how much."""
    request = json.loads(sys.stdin.readline())
    services = open_services(request["url"])
    operator = services.lifecycle.refresh(Operator(request["operator"], Kind.USER, "", "", True))
    roles: dict[str, type[Writer | Reader]] = {"writer": Writer, "reader": Reader}
    worker = roles[sys.argv[1]](services, operator, request)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()  # all begin at once
    try:
        while not select.select([sys.stdin], [], [], 0)[0]:
            worker.work()
    finally:
        services.lifecycle.close()
    sys.stdout.write(json.dumps(worker.done) + "\n")


class Writer:
    """Counts one shared number up, and makes changes of its own in a team that all writers share."""

    def __init__(self, services: Services, operator: Operator, request: dict[str, Any]) -> None:
        self.done: Counter[str] = Counter()
        self._services, self._operator = services, operator
        self._shared, self._team, self._roles = request["shared"], request["team"], request["roles"]
        self._seed = request["seed"]
        self._draw = random.Random(self._seed)
        self._inside: list[str] = []
        self._outside: list[str] = []

    def work(self) -> None:
        """Count up, then make one of the changes that are possible now."""
        self._count_up()
        changes = [self._create, self._rename]
        changes += [self._add] * 4 * bool(self._outside)
        changes += [self._remove, self._remove, self._set_role, self._set_role] * bool(self._inside)
        changes += [self._delete] * bool(self._inside)
        self._draw.choice(changes)()

    def _count_up(self) -> None:
        """Read a number, add one and write it back, again where another process came between (R10)."""
        while True:
            shown = self._services.accounts.show(self._operator, self._shared)
            following = str(int(shown.description) + 1)
            try:
                self._services.accounts.update(
                    self._operator, self._shared, description=following, version=shown.version
                )
            except Conflict:
                self.done["conflicts"] += 1
            else:
                self.done["count"] += 1
                return

    def _name(self, what: str) -> str:
        return f"{what} {self._seed} {self.done['create'] + self.done['rename']}"

    def _create(self) -> None:
        made = self._services.service_accounts.create(
            self._operator, name=self._name("bot"), team_id=self._team, role_id=self._roles[0]
        )
        self._inside.append(made.account_id)
        self.done["create"] += 1

    def _rename(self) -> None:
        self._services.teams.rename(self._operator, self._team, self._name("Team"))
        self.done["rename"] += 1

    def _add(self) -> None:
        account = self._taken(self._outside)
        self._services.teams.add(self._operator, self._team, account, self._roles[0])
        self._inside.append(account)
        self.done["add"] += 1

    def _remove(self) -> None:
        account = self._taken(self._inside)
        self._services.teams.remove(self._operator, self._team, account)
        self._outside.append(account)
        self.done["remove"] += 1

    def _set_role(self) -> None:
        account = self._draw.choice(self._inside)
        for role in reversed(self._roles):
            self._services.teams.set_role(self._operator, self._team, account, role)
            self.done["set_role"] += 1

    def _delete(self) -> None:
        self._services.accounts.delete(self._operator, self._taken(self._inside))
        self.done["delete"] += 1

    def _taken(self, accounts: list[str]) -> str:
        return accounts.pop(self._draw.randrange(len(accounts)))


class Reader:
    """Reads all that a console reads, checks the trail, and asks about a key whose answer is known."""

    def __init__(self, services: Services, operator: Operator, request: dict[str, Any]) -> None:
        self.done: Counter[str] = Counter()
        self._services, self._operator = services, operator
        self._key, self._team = Secret(request["key"]), request["team"]

    def work(self) -> None:
        """Once through everything."""
        services, operator = self._services, self._operator
        verdict = services.audit.verify(operator)
        assert verdict.intact, verdict
        assert services.verifier.verify(self._key, team=self._team, permission="run_scans").allowed
        page = services.accounts.page(operator, AccountQuery(), PageRequest(size=100))
        assert len(page) > 1
        assert services.accounts.count(operator, AccountQuery()).total > 1
        (team,) = services.teams.page(operator, TeamQuery(), PageRequest())
        robots = services.teams.members(operator, team.id, Kind.SERVICE_ACCOUNT, PageRequest(size=100))
        assert robots
        assert services.lifecycle.revision()
        self.done["reads"] += 1


if __name__ == "__main__":
    main()
