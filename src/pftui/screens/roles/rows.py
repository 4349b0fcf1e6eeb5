"""The rows of the Roles tab."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pftui.domain.names import fold
from pftui.domain.roles import RoleQuery, RoleSort
from pftui.domain.search import RoleState, Search, Term, parse_search, searched_text
from pftui.domain.teams import RoleView
from pftui.screens.lists.rows import page_of

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.domain.paging import PageRequest
    from pftui.services.contracts import Services

_KEYS: dict[RoleSort, Callable[[RoleView], Any]] = {
    RoleSort.NAME: lambda role: 0,
    RoleSort.KIND: lambda role: role.predefined,
    RoleSort.PEOPLE: lambda role: role.people,
    RoleSort.SERVICE_ACCOUNTS: lambda role: role.service_accounts,
}


@dataclass(frozen=True, slots=True)
class RoleCounts:
    """How many roles a query finds; and of all there are, how many are custom ones."""

    total: int
    custom: int
    everything: int


@dataclass(frozen=True, slots=True)
class RolePages:
    """The roles in pages (implements `lists.rows.Pages`). They are few, and the service lists them whole."""

    services: Services

    def page(self, operator: Operator, query: RoleQuery, request: PageRequest) -> Sequence[RoleView]:
        """Some of them."""
        return page_of(self._found(operator, query), request)

    def count(self, operator: Operator, query: RoleQuery) -> RoleCounts:
        """How many there are."""
        everything = self.services.roles.list(operator)
        custom = sum(not role.predefined for role in everything)
        return RoleCounts(len(_fitting(everything, query)), custom, len(everything))

    def position(self, operator: Operator, query: RoleQuery, row_id: str, /) -> int | None:
        """Where one of them is."""
        ids = [row.id for row in self._found(operator, query)]
        return ids.index(row_id) if row_id in ids else None

    def _found(self, operator: Operator, query: RoleQuery) -> list[RoleView]:
        found = _fitting(self.services.roles.list(operator), query)
        key = _KEYS[query.sort]
        return sorted(found, key=lambda role: (key(role), fold(role.name), role.id), reverse=query.descending)


def _fitting(roles: Sequence[RoleView], query: RoleQuery) -> list[RoleView]:
    search = parse_search(query.text, RoleState)
    return [role for role in roles if fits(role, search)]


def fits(role: RoleView, search: Search) -> bool:
    """Whether a role fits every word: by its name, its description, what it can do, or its state."""
    return not search.hopeless and all(_holds(role, term) is not term.excluded for term in search.terms)


def _holds(role: RoleView, term: Term) -> bool:
    held = role.permissions
    words = (*(each.label for each in held), *(each.short for each in held))  # the list has the short ones
    texts = (role.name, role.description, *words)
    if term.text and term.text in searched_text(texts):
        return True
    states = {
        RoleState.CUSTOM: not role.predefined,
        RoleState.PREDEFINED: role.predefined,
        RoleState.UNUSED: role.accounts == 0,
    }
    return any(states[RoleState(state)] for state in term.states)
